// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole configurations of routers with what stands in them beside IPsec: the
 * crypto parts are applied, every other line is ignored, or refused for what
 * it would mean, as listed in NAME.said.txt; what comes out goes in again.
 *
 * With ACCEPT in the environment the lists are written anew; read the
 * difference before committing it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router.h"
#include "tree.h"

struct fixture {
	const char *name;
	const char *const *netdevs;
	unsigned int flows, sas;
	const char *const *secrets;
};

static const char *const isr_netdevs[] = {
	"GigabitEthernet0/0", "GigabitEthernet0/1", "GigabitEthernet0/1.20",
	"GigabitEthernet0/2", "Serial0/0/0", NULL
};

static const char *const isr_secrets[] = {
	"0822455D0A16", "nhEmQVczB7dqsO", "UUFcQ2WbT", "05080F1C2243", "Sup3rS3cret",
	"06120A3258", "1511021F0725", "13061E010803", "0f0e0d0c", "131211100f", NULL
};

static const char *const asr_netdevs[] = {
	"GigabitEthernet0/0/0", "GigabitEthernet0/0/1", "TenGigabitEthernet0/1/0",
	"GigabitEthernet0", NULL
};

static const char *const asr_secrets[] = { "iUjJ", "admin123", "00010203", NULL };

static const struct fixture fixtures[] = {
	{ "isr2911", isr_netdevs, 2, 4, isr_secrets },
	{ "asr1001", asr_netdevs, 2, 4, asr_secrets },
};

static char *read_fixture(const char *name, const char *suffix)
{
	char path[128];

	snprintf(path, sizeof(path), "selftests/cli/routers/%s.%s", name, suffix);
	return tree_read(path);
}

static void write_fixture(const char *name, const char *suffix, const char *text)
{
	char relative[128], path[PATH_MAX];
	FILE *file;

	snprintf(relative, sizeof(relative), "selftests/cli/routers/%s.%s", name, suffix);
	tree_path(path, relative);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0)
		fail_msg("%s cannot be written", path);
	fclose(file);
}

static struct router *router_for(const struct fixture *f)
{
	struct router *r = router_new();

	for (unsigned int i = 0; f->netdevs[i]; i++)
		fake_link_add(r->d.links, f->netdevs[i], 10 + i);
	return r;
}

/* What ipsecctl -f prints of the report. */
static void print_report(const struct cli_report *report, struct text *out)
{
	for (size_t i = 0; i < report->n; i++)
		text_printf(out, "%u: %s%s\n", report->lines[i].line,
			    report->lines[i].status == CLI_IGNORED ? "ignored: " : "",
			    report->lines[i].text);
	text_printf(out, "%u applied, %u ignored, %u refused\n", report->applied,
		    report->ignored, report->refused);
}

static void load(struct router *r, const char *text, struct text *said)
{
	struct cli_report report;

	router_file(r, text, &report);
	assert_true(report.committed);
	print_report(&report, said);
	cli_report_free(&report);
}

static void check_said(const struct fixture *f, const struct text *said, bool accept)
{
	char *wanted;

	for (unsigned int i = 0; f->secrets[i]; i++)
		if (strstr(text_str(said), f->secrets[i]))
			fail_msg("%s: the report tells %s", f->name, f->secrets[i]);
	if (accept && getenv("ACCEPT"))
		write_fixture(f->name, "said.txt", text_str(said));
	wanted = read_fixture(f->name, "said.txt");
	assert_string_equal(text_str(said), wanted);
	free(wanted);
}

static void test_said(void **state)
{
	const struct fixture *f = *state;
	char *text = read_fixture(f->name, "cfg");
	struct router *r = router_for(f);
	struct text said = TEXT_INIT;

	load(r, text, &said);
	check_said(f, &said, true);
	assert_int_equal(router_flows(r), f->flows);
	assert_int_equal(router_sas(r), f->sas);
	assert_int_equal(kernel_mock_calls(r->mock, "policy_commit"), 1);
	text_free(&said);
	free(text);
	router_free(r);
}

/* As a terminal program stores it. */
static char *with_crlf(const char *text)
{
	char *out = malloc(2 * strlen(text) + 1), *p = out;

	if (!out)
		abort();
	for (; *text; text++) {
		if (*text == '\n')
			*p++ = '\r';
		*p++ = *text;
	}
	*p = 0;
	return out;
}

static void test_crlf(void **state)
{
	const struct fixture *f = *state;
	char *text = read_fixture(f->name, "cfg"), *crlf = with_crlf(text), *wanted;
	struct router *plain = router_for(f), *r;
	struct text said = TEXT_INIT;

	load(plain, text, &said);
	wanted = strdup(router_running(plain));
	router_free(plain);
	text_truncate(&said, 0);
	r = router_for(f);
	load(r, crlf, &said);
	check_said(f, &said, false);
	assert_string_equal(router_running(r), wanted);
	text_free(&said);
	free(wanted);
	free(crlf);
	free(text);
	router_free(r);
}

/* running-config, reload elsewhere, running-config: identical, and no line ignored. */
static void test_identity(void **state)
{
	const struct fixture *f = *state;
	char *text = read_fixture(f->name, "cfg"), *running;
	struct router *r = router_for(f), *other = NULL;
	struct text said = TEXT_INIT;

	load(r, text, &said);
	text_truncate(&said, 0);
	running = strdup(router_running(r));
	router_free(r);
	other = router_for(f);
	load(other, running, &said);
	if (!strstr(text_str(&said), " applied, 0 ignored, 0 refused\n"))
		fail_msg("%s: %s", f->name, text_str(&said));
	assert_string_equal(router_running(other), running);
	assert_int_equal(router_sas(other), f->sas);
	kernel_mock_log_clear(other->mock);
	load(other, running, &said);
	assert_int_equal(kernel_mock_calls(other->mock, "policy_commit"), 0);
	assert_int_equal(kernel_mock_calls(other->mock, "sa_add"), 0);
	text_free(&said);
	free(running);
	free(text);
	router_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_said, (void *)&fixtures[0]),
		cmocka_unit_test_prestate(test_said, (void *)&fixtures[1]),
		cmocka_unit_test_prestate(test_crlf, (void *)&fixtures[0]),
		cmocka_unit_test_prestate(test_crlf, (void *)&fixtures[1]),
		cmocka_unit_test_prestate(test_identity, (void *)&fixtures[0]),
		cmocka_unit_test_prestate(test_identity, (void *)&fixtures[1]),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
