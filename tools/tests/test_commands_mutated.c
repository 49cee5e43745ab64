// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of IKE's configuration with words left out, doubled, exchanged and
 * mistyped, on one router: what is refused leaves no trace, and whatever is
 * configured in the end is written so that it reads the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router_expect.h"

#define ROUNDS		12000
#define CHECK_EVERY	400
#define WORDS_MAX	32

static const char *const lines[] = {
	"crypto pki trustpoint CA", "ca file /ca.pem", "crl file /crl.pem", "no key file",
	"crypto keyring RING", "pre-shared-key address 10.1.0.0 255.255.0.0 key k1",
	"pre-shared-key ipv6 2001:db8::/32 key 0 k2", "no pre-shared-key hostname gw",
	"pre-shared-key hostname gw key k3", "description two words",
	"crypto isakmp policy 10", "encryption aes 256", "encr 3des", "hash sha256",
	"authentication pre-share", "group 19", "lifetime 3600", "no group",
	"crypto isakmp key 0 k4 address 10.2.0.1", "no crypto isakmp key address 10.2.0.1",
	"crypto isakmp key k5 address ipv6 2001:db8::1/64 no-xauth",
	"crypto isakmp key 6 k6 hostname gw.example.com", "no crypto isakmp policy 10",
	"crypto isakmp identity hostname", "crypto isakmp keepalive 30 20 periodic",
	"no crypto isakmp enable", "crypto isakmp enable", "crypto isakmp aggressive-mode disable",
	"crypto isakmp profile SITE", "keyring RING", "ca trust-point CA",
	"self-identity user-fqdn me@example.com", "match identity host domain example.com",
	"match identity address 10.3.0.0 255.255.0.0", "no match identity group g",
	"keepalive 60 retry 5 periodic", "initiate mode aggressive",
	"crypto isakmp peer address 10.4.0.1", "set aggressive-mode password k7",
	"set aggressive-mode client-endpoint fqdn me.example.com", "no crypto isakmp profile SITE",
	"crypto ipsec security-association lifetime kilobytes disable",
	"crypto ipsec security-association lifetime seconds 600",
	"crypto ipsec security-association idle-time 120",
	"crypto ipsec transform-set T esp-aes 256 esp-sha-hmac",
	"crypto dynamic-map ROAM 5", "crypto map M 10 ipsec-isakmp", "crypto map M 10 ipsec-manual",
	"crypto map M 99 ipsec-isakmp dynamic ROAM", "no crypto map M 10",
	"set peer 10.5.0.1 default", "set peer gw.example.com dynamic", "no set peer gw.example.com",
	"set transform-set T", "set pfs group14", "set isakmp-profile SITE", "match address 101",
	"set security-association lifetime seconds 600 ", "set security-association idle-time 60 default",
	"no crypto dynamic-map ROAM", "no crypto keyring RING", "ip domain name example.com",
	"exit",
};

#define N_LINES	(sizeof(lines) / sizeof(*lines))

static uint32_t seed = 1;

/* Numerical Recipes; the same on every machine. */
static unsigned int pick(unsigned int n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static size_t split(char *line, char *words[WORDS_MAX])
{
	size_t n = 0;
	char *save, *word;

	for (word = strtok_r(line, " ", &save); word && n < WORDS_MAX / 2;
	     word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	return n;
}

static size_t mutate(char *words[WORDS_MAX], size_t n, char *foreign)
{
	size_t i = pick(n), k = pick(n);
	char *other[WORDS_MAX], *word = words[i];

	switch (pick(6)) {
	case 0:
		memmove(&words[i], &words[i + 1], (n - i - 1) * sizeof(*words));
		return n - 1;
	case 1:
		memmove(&words[i + 1], &words[i], (n - i) * sizeof(*words));
		return n + 1;
	case 2:
		words[i] = words[k];
		words[k] = word;
		return n;
	case 3:
		words[i] = other[pick(split(foreign, other))];
		return n;
	case 4:
		word[pick(strlen(word))] = (char)(33 + pick(94));
		return n;
	default:
		return n;
	}
}

static void next_line(char *out, size_t size)
{
	char own[128], foreign[128], *words[WORDS_MAX];
	static size_t at;
	size_t n, len = 0;

	/* Often the line behind the last one, which belongs to its section. */
	at = pick(3) ? (at + 1) % N_LINES : pick(N_LINES);
	snprintf(own, sizeof(own), "%s", lines[at]);
	snprintf(foreign, sizeof(foreign), "%s", lines[pick(N_LINES)]);
	n = split(own, words);
	if (pick(2))
		n = mutate(words, n, foreign);
	out[0] = 0;
	for (size_t i = 0; i < n; i++)
		len += snprintf(out + len, size - len, "%s%s", i ? " " : "", words[i]);
}

/* "end" and "exit" may have left the configuration. */
static void enter_configuration(struct router *r)
{
	if (cli_session_mode(r->session) == CLI_MODE_EXEC)
		router_line(r, "enable");
	if (cli_session_mode(r->session) == CLI_MODE_PRIV)
		router_line(r, "configure terminal");
}

static void test_mutated_lines(void **state)
{
	struct router *r = router_new();
	unsigned int done = 0, refused = 0;
	size_t longest = 0;
	char line[512], *before;

	(void)state;
	for (unsigned int i = 1; i <= ROUNDS; i++) {
		enter_configuration(r);
		next_line(line, sizeof(line));
		before = strdup(router_running(r));
		if (router_line(r, line) == CLI_DONE) {
			done++;
		} else {
			refused++;
			if (strcmp(router_running(r), before))
				fail_msg("\"%s\" is refused and left a trace", line);
		}
		free(before);
		if (i % CHECK_EVERY == 0) {
			before = strdup(router_running(r));
			longest = strlen(before) > longest ? strlen(before) : longest;
			expect_running(r, before);
			free(before);
		}
	}
	/* Neither all nor nothing, or this tests nothing. */
	assert_true(done > ROUNDS / 4);
	assert_true(refused > ROUNDS / 8);
	assert_true(longest > 2048);
	router_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutated_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
