// SPDX-License-Identifier: GPL-2.0-or-later
/* value: what a typed variable of a grammar was given. */
#include "value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define IFNAME_TEXT_MAX 128	/* ALTIFNAMSIZ of the kernel */

static void __attribute__((format(printf, 2, 3)))
explain(char *reason, const char *fmt, ...)
{
	va_list ap;

	if (!reason)
		return;
	va_start(ap, fmt);
	vsnprintf(reason, VALUE_REASON_MAX, fmt, ap);
	va_end(ap);
}

static bool all_of(const struct word *w, const char *set)
{
	size_t i;

	for (i = 0; i < w->len; i++)
		if (!strchr(set, w->text[i]))
			return false;
	return true;
}

static void take_text(struct value *v, const char *text, size_t len)
{
	if (!v)
		return;
	v->text = strndup(text, len);
	if (!v->text)
		err(1, "out of memory");
	v->size = len;
}

static bool copy_word(const struct word *w, char *out, size_t size)
{
	if (w->len >= size)
		return false;
	memcpy(out, w->text, w->len);
	out[w->len] = '\0';
	return true;
}

static bool parse_number(const struct word *w, uint64_t *out)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < w->len; i++) {
		unsigned int digit = (unsigned int)(w->text[i] - '0');

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return w->len > 0;
}

static size_t parse_range(const struct atom *a, const struct word *w,
			  struct value *v, char *reason)
{
	uint64_t n;

	if (!all_of(w, "0123456789"))
		return 0;
	if (!parse_number(w, &n) || n < a->lo || n > a->hi) {
		explain(reason, "out of the range %s", a->text);
		return 0;
	}
	if (v)
		v->number = n;
	take_text(v, w->text, w->len);
	return 1;
}

/* The address part; *@rest is set to what follows a '/', or NULL. */
static bool parse_address(int family, const struct word *w, void *out, char *text,
			  size_t size, char **rest)
{
	if (!copy_word(w, text, size))
		return false;
	*rest = strchr(text, '/');
	if (*rest)
		*(*rest)++ = '\0';
	return inet_pton(family, text, out) == 1;
}

static bool parse_plen(const char *text, unsigned int max, unsigned int *plen, char *reason)
{
	struct word w = { .text = text, .len = strlen(text) };
	uint64_t n;

	if (w.len > 3 || !parse_number(&w, &n) || n > max) {
		explain(reason, "prefix length out of the range <0-%u>", max);
		return false;
	}
	*plen = (unsigned int)n;
	return true;
}

static size_t parse_ip4(const struct atom *a, const struct word *w,
			struct value *v, char *reason)
{
	bool prefix = a->kind == ATOM_IP4_PREFIX;
	unsigned int plen = 32;
	struct in_addr ip;
	char text[32], *rest;

	if (!parse_address(AF_INET, w, &ip, text, sizeof(text), &rest)) {
		if (all_of(w, "0123456789./") && memchr(w->text, '.', w->len))
			explain(reason, "not an IPv4 %s", prefix ? "prefix" : "address");
		return 0;
	}
	if (!rest != !prefix) {
		explain(reason, prefix ? "prefix length missing" : "no prefix length here");
		return 0;
	}
	if (prefix && !parse_plen(rest, 32, &plen, reason))
		return 0;
	if (v) {
		v->family = AF_INET;
		v->ip4 = ip;
		v->plen = plen;
	}
	take_text(v, w->text, w->len);
	return 1;
}

static size_t parse_ip6(const struct atom *a, const struct word *w,
			struct value *v, char *reason)
{
	bool prefix = a->kind == ATOM_IP6_PREFIX;
	unsigned int plen = 128;
	struct in6_addr ip;
	char text[64], *rest;

	if (!parse_address(AF_INET6, w, &ip, text, sizeof(text), &rest)) {
		if (all_of(w, "0123456789abcdefABCDEF:./") && memchr(w->text, ':', w->len))
			explain(reason, "not an IPv6 %s", prefix ? "prefix" : "address");
		return 0;
	}
	if (!rest != !prefix) {
		explain(reason, prefix ? "prefix length missing" : "no prefix length here");
		return 0;
	}
	if (prefix && !parse_plen(rest, 128, &plen, reason))
		return 0;
	if (v) {
		v->family = AF_INET6;
		v->ip6 = ip;
		v->plen = plen;
	}
	take_text(v, w->text, w->len);
	return 1;
}

static size_t parse_mask(const struct atom *a, const struct word *w,
			 struct value *v, char *reason)
{
	uint32_t host, inverse;
	struct in_addr ip;
	char text[32], *rest;

	if (!parse_address(AF_INET, w, &ip, text, sizeof(text), &rest) || rest)
		return 0;
	host = ntohl(ip.s_addr);
	inverse = ~host;
	if (a->kind == ATOM_MASK && inverse & (inverse + 1)) {
		explain(reason, "mask is not contiguous");
		return 0;
	}
	if (v) {
		v->family = AF_INET;
		v->ip4 = ip;
		v->plen = (unsigned int)__builtin_popcount(host);
	}
	take_text(v, w->text, w->len);
	return 1;
}

static unsigned int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? (unsigned int)(c - '0')
					 : (unsigned int)(tolower((unsigned char)c) - 'a' + 10);
}

static size_t parse_hex(const struct word *word, struct value *v, char *reason)
{
	struct word w = *word;
	size_t i;

	if (w.len > 2 && w.text[0] == '0' && (w.text[1] | 0x20) == 'x') {
		w.text += 2;
		w.len -= 2;
	}
	if (!w.len || !all_of(&w, "0123456789abcdefABCDEF")) {
		explain(reason, "not a hexadecimal string");
		return 0;
	}
	if (w.len % 2) {
		explain(reason, "odd number of hexadecimal digits");
		return 0;
	}
	if (!v)
		return 1;
	v->n_bytes = w.len / 2;
	v->bytes = malloc(v->n_bytes);
	if (!v->bytes)
		err(1, "out of memory");
	for (i = 0; i < v->n_bytes; i++)
		v->bytes[i] = (uint8_t)(hex_digit(w.text[2 * i]) << 4 |
					hex_digit(w.text[2 * i + 1]));
	take_text(v, w.text, w.len);
	return 1;
}

static bool is_unit_number(const struct word *w)
{
	return w->len && isdigit((unsigned char)w->text[0]) && all_of(w, "0123456789/.:");
}

static size_t parse_ifname(const struct word *words, size_t n, struct value *v)
{
	char text[IFNAME_TEXT_MAX], joined[2 * IFNAME_TEXT_MAX], name[IFNAME_TEXT_MAX];

	if (!copy_word(&words[0], text, sizeof(text)))
		return 0;
	if (n > 1 && !strpbrk(text, "0123456789") && is_unit_number(&words[1]) &&
	    words[1].len < IFNAME_TEXT_MAX) {
		snprintf(joined, sizeof(joined), "%s %.*s", text, (int)words[1].len,
			 words[1].text);
		if (!cli_ifname_canonical(joined, name, sizeof(name))) {
			take_text(v, name, strlen(name));
			return 2;
		}
	}
	if (cli_ifname_canonical(text, name, sizeof(name)))
		return 0;
	take_text(v, name, strlen(name));
	return 1;
}

size_t value_parse(const struct atom *a, const struct word *words, size_t n,
		   struct value *v, char *reason)
{
	const struct word *w = &words[0];

	if (v)
		memset(v, 0, sizeof(*v));
	switch (a->kind) {
	case ATOM_IP4:
	case ATOM_IP4_PREFIX:
		return parse_ip4(a, w, v, reason);
	case ATOM_IP6:
	case ATOM_IP6_PREFIX:
		return parse_ip6(a, w, v, reason);
	case ATOM_MASK:
	case ATOM_WILDCARD:
		return parse_mask(a, w, v, reason);
	case ATOM_RANGE:
		return parse_range(a, w, v, reason);
	case ATOM_WORD:
		take_text(v, w->text, w->len);
		return 1;
	case ATOM_HEX:
		return parse_hex(w, v, reason);
	case ATOM_IFNAME:
		return parse_ifname(words, n, v);
	case ATOM_LINE:
		take_text(v, w->text, words[n - 1].column + words[n - 1].len - w->column);
		return n;
	case ATOM_KEYWORD:
		break;
	}
	return 0;
}

bool value_plausible(const struct atom *a, const struct word *w)
{
	switch (a->kind) {
	case ATOM_KEYWORD:
		return false;
	case ATOM_RANGE:
		return all_of(w, "0123456789");
	case ATOM_IP4:
	case ATOM_MASK:
	case ATOM_WILDCARD:
		return all_of(w, "0123456789.");
	case ATOM_IP4_PREFIX:
		return all_of(w, "0123456789./");
	case ATOM_IP6:
		return all_of(w, "0123456789abcdefABCDEF:.");
	case ATOM_IP6_PREFIX:
		return all_of(w, "0123456789abcdefABCDEF:./");
	case ATOM_HEX:
		return all_of(w, "0123456789abcdefABCDEFxX");
	default:
		return true;
	}
}

void value_free(struct value *v)
{
	if (v->text)
		explicit_bzero(v->text, v->size);
	free(v->text);
	if (v->bytes)
		explicit_bzero(v->bytes, v->n_bytes);
	free(v->bytes);
	memset(v, 0, sizeof(*v));
}
