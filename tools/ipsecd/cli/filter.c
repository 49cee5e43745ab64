// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter: "| include", "exclude", "begin", "section" and "count".
 *
 * The expression is a POSIX extended one, as IOS engineers write them. Two
 * constructs IOS does not have are kept away from regcomp(), because a short
 * expression could cost gigabytes or hours with them: '{' stands for itself,
 * and back-references are refused.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define REGEX_MAX 256

enum filter_kind { BEGIN, COUNT, EXCLUDE, INCLUDE, SECTION };

static const struct {
	const char *name;
	const char *help;
} filters[] = {
	[BEGIN] = { "begin", "Begin with the line that matches" },
	[COUNT] = { "count", "Count number of lines which match regexp" },
	[EXCLUDE] = { "exclude", "Exclude lines that match" },
	[INCLUDE] = { "include", "Include lines that match" },
	[SECTION] = { "section", "Filter a section of output" },
};

#define N_FILTERS (sizeof(filters) / sizeof(filters[0]))

struct filter {
	enum filter_kind kind;
	regex_t re;
};

void filter_words(void (*fn)(void *arg, const char *word, const char *help), void *arg)
{
	size_t i;

	for (i = 0; i < N_FILTERS; i++)
		fn(arg, filters[i].name, filters[i].help);
}

size_t filter_find(const struct word *words, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (words[i].text[0] == '|')
			return i;
	return n;
}

/* As POSIX understands it, or -1 with a reason. */
static int translate(const char *re, size_t len, char *out, size_t size, const char **why)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (n + 3 > size) {
			*why = "too long";
			return -1;
		}
		if (re[i] == '\\' && i + 1 < len) {
			if (isdigit((unsigned char)re[i + 1])) {
				*why = "back-references are not supported";
				return -1;
			}
			out[n++] = re[i++];
		} else if (re[i] == '{' || re[i] == '}') {
			out[n++] = '\\';
		} else if (re[i] == '[') {
			/* A bracket expression is copied as it stands. */
			size_t start = i++;

			i += i < len && re[i] == '^';
			i += i < len && re[i] == ']';
			while (i < len && re[i] != ']')
				i++;
			if (i >= len || n + (i - start) + 3 > size) {
				*why = i >= len ? "unmatched [" : "too long";
				return -1;
			}
			memcpy(out + n, re + start, i - start);
			n += i - start;
		}
		out[n++] = re[i];
	}
	out[n] = '\0';
	return 0;
}

static int compile(regex_t *re, const char *text, size_t len, size_t column,
		   struct cli_result *res)
{
	char posix[2 * REGEX_MAX], reason[128];
	const char *why = reason;
	int rc;

	if (len > REGEX_MAX) {
		why = "too long";
	} else if (!translate(text, len, posix, sizeof(posix), &why)) {
		rc = regcomp(re, posix, REG_EXTENDED | REG_NOSUB);
		if (!rc)
			return 0;
		regerror(rc, NULL, reason, sizeof(reason));
	}
	result_set(res, CLI_REFUSED, (int)column, "Invalid regular expression: %s", why);
	return -1;
}

static int find_kind(const struct word *w, struct cli_result *res, enum filter_kind *kind)
{
	size_t i;

	for (i = 0; i < N_FILTERS; i++) {
		/* All five begin with different letters: never ambiguous. */
		if (word_abbreviates(w, filters[i].name)) {
			*kind = (enum filter_kind)i;
			return 0;
		}
	}
	result_set(res, CLI_UNKNOWN, (int)w->column, NULL);
	return -1;
}

static int parse(const char *line, size_t len, const struct word *words, size_t n,
		 size_t at, struct filter *f, struct cli_result *res)
{
	struct word name = words[at];
	size_t start, end = len;

	name.text++;
	name.len--;
	name.column++;
	if (!name.len && at + 1 < n)
		name = words[at + 1];
	if (!name.len) {
		result_set(res, CLI_INCOMPLETE, -1, NULL);
		return -1;
	}
	if (find_kind(&name, res, &f->kind))
		return -1;
	start = name.column + name.len;
	while (start < end && isblank((unsigned char)line[start]))
		start++;
	while (end > start && isblank((unsigned char)line[end - 1]))
		end--;
	if (start == end) {
		result_set(res, CLI_INCOMPLETE, -1, NULL);
		return -1;
	}
	return compile(&f->re, line + start, end - start, start, res);
}

static size_t indent_of(const char *line)
{
	return strspn(line, " ");
}

struct pass {
	const struct filter *f;
	struct text out;
	unsigned long count;
	bool on;		/* begin: seen; section: inside */
	size_t indent;		/* of the section's head */
};

static void pass_line(struct pass *p, const char *line)
{
	bool hit = !regexec(&p->f->re, line, 0, NULL, 0);
	bool keep = false;

	switch (p->f->kind) {
	case BEGIN:
		p->on = p->on || hit;
		keep = p->on;
		break;
	case COUNT:
		p->count += hit;
		break;
	case EXCLUDE:
		keep = !hit;
		break;
	case INCLUDE:
		keep = hit;
		break;
	case SECTION:
		if (!p->on || indent_of(line) <= p->indent) {
			p->on = hit;
			p->indent = indent_of(line);
		}
		keep = p->on;
		break;
	}
	if (keep)
		text_printf(&p->out, "%s\n", line);
}

static void pass_all(struct pass *p, struct text *in)
{
	char *line = in->data, *end;

	for (; line && *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		pass_line(p, line);
	}
	if (p->f->kind == COUNT)
		text_printf(&p->out, "Number of lines which match regexp = %lu\n", p->count);
}

int filter_check(const char *line, size_t len, const struct word *words, size_t n,
		 size_t at, struct cli_result *res)
{
	struct filter f;

	if (parse(line, len, words, n, at, &f, res))
		return -1;
	regfree(&f.re);
	return 0;
}

int filter_apply(const char *line, size_t len, const struct word *words, size_t n,
		 size_t at, struct text *out, struct cli_result *res)
{
	struct filter f;
	struct pass p = { .f = &f };

	if (parse(line, len, words, n, at, &f, res))
		return -1;
	pass_all(&p, out);
	text_free(out);
	*out = p.out;
	regfree(&f.re);
	return 0;
}
