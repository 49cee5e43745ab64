// SPDX-License-Identifier: GPL-2.0-or-later
/* grammar: a grammar string compiled to a position automaton. */
#define _GNU_SOURCE
#include "grammar.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the automaton of a part of the string looks like from outside. */
struct part {
	struct atom_set first;
	struct atom_set last;
	bool nullable;
};

struct parser {
	struct grammar *g;
	const char *text;
	const char *p;
	char *err;
	size_t size;
	unsigned int depth;
};

static int parse_alternatives(struct parser *ps, char close, struct part *out);

static const struct {
	const char *text;
	enum atom_kind kind;
} types[] = {
	{ "A.B.C.D", ATOM_IP4 },
	{ "A.B.C.D/M", ATOM_IP4_PREFIX },
	{ "X:X::X:X", ATOM_IP6 },
	{ "X:X::X:X/M", ATOM_IP6_PREFIX },
	{ "MASK", ATOM_MASK },
	{ "WILDCARD", ATOM_WILDCARD },
	{ "WORD", ATOM_WORD },
	{ "HEX", ATOM_HEX },
	{ "IFNAME", ATOM_IFNAME },
	{ "LINE", ATOM_LINE },
};

static void *checked(void *p)
{
	if (!p)
		err(1, "out of memory");
	return p;
}

static int __attribute__((format(printf, 2, 3)))
fail(struct parser *ps, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(ps->err, ps->size, "grammar \"%s\", column %zu: ", ps->text,
		     (size_t)(ps->p - ps->text) + 1);
	if (n < 0 || (size_t)n >= ps->size)
		return -1;
	va_start(ap, fmt);
	vsnprintf(ps->err + n, ps->size - (size_t)n, fmt, ap);
	va_end(ap);
	return -1;
}

static void set_add(struct atom_set *s, size_t i)
{
	s->bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static void set_union(struct atom_set *s, const struct atom_set *more)
{
	size_t i;

	for (i = 0; i < GRAMMAR_ATOMS_MAX / 64; i++)
		s->bits[i] |= more->bits[i];
}

/* Every atom that may end @from may be followed by every one of @to. */
static void link_sets(struct grammar *g, const struct atom_set *from,
		      const struct atom_set *to)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (atom_set_has(from, i))
			set_union(&g->follow[i], to);
}

static struct atom *atom_new(struct parser *ps)
{
	struct grammar *g = ps->g;

	if (g->n == GRAMMAR_ATOMS_MAX) {
		fail(ps, "more than %d words", GRAMMAR_ATOMS_MAX);
		return NULL;
	}
	g->atoms = checked(reallocarray(g->atoms, g->n + 1, sizeof(*g->atoms)));
	g->follow = checked(reallocarray(g->follow, g->n + 1, sizeof(*g->follow)));
	memset(&g->atoms[g->n], 0, sizeof(*g->atoms));
	memset(&g->follow[g->n], 0, sizeof(*g->follow));
	g->atoms[g->n].help = checked(strdup(""));
	return &g->atoms[g->n++];
}

static bool name_valid(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!islower((unsigned char)name[i]) &&
		    !isdigit((unsigned char)name[i]) && name[i] != '_')
			return false;
	return len > 0;
}

static bool keyword_valid(const char *word)
{
	if (!islower((unsigned char)*word) && !isdigit((unsigned char)*word))
		return false;
	for (; *word; word++)
		if (!islower((unsigned char)*word) && !isdigit((unsigned char)*word) &&
		    !strchr("-_.", *word))
			return false;
	return true;
}

static int parse_keyword(struct parser *ps, struct atom *a, char *word)
{
	char *alias = strchr(word, '/');
	size_t n = 0;

	if (alias)
		*alias++ = '\0';
	a->kind = ATOM_KEYWORD;
	if (!keyword_valid(word))
		return fail(ps, "\"%s\" is neither a keyword nor a known type", word);
	a->text = checked(strdup(word));
	while (alias) {
		char *next = strchr(alias, '/');

		if (next)
			*next++ = '\0';
		if (!keyword_valid(alias) || n == GRAMMAR_ALIASES_MAX)
			return fail(ps, "bad alias \"%s\"", alias);
		a->alias[n++] = checked(strdup(alias));
		alias = next;
	}
	return 0;
}

static int parse_range(struct parser *ps, struct atom *a, const char *type)
{
	unsigned long long lo, hi;
	char *end;

	errno = 0;
	lo = strtoull(type + 1, &end, 10);
	if (errno || end == type + 1 || *end != '-' || !isdigit((unsigned char)end[1]))
		return fail(ps, "bad range \"%s\"", type);
	hi = strtoull(end + 1, &end, 10);
	if (errno || strcmp(end, ")") || lo > hi)
		return fail(ps, "bad range \"%s\"", type);
	a->kind = ATOM_RANGE;
	a->lo = lo;
	a->hi = hi;
	if (asprintf(&a->text, "<%llu-%llu>", lo, hi) < 0)
		err(1, "out of memory");
	return 0;
}

static int parse_type(struct parser *ps, struct atom *a, const char *type)
{
	size_t i;

	if (*type == '(')
		return parse_range(ps, a, type);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].text, type))
			continue;
		a->kind = types[i].kind;
		if (a->kind == ATOM_MASK || a->kind == ATOM_WILDCARD)
			type = "A.B.C.D";
		a->text = checked(strdup(type));
		return 0;
	}
	return fail(ps, "unknown type \"%s\"", type);
}

static bool is_type(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].text, word))
			return true;
	return *word == '(';
}

static int parse_variable(struct parser *ps, struct atom *a, char *word)
{
	char *name = strchr(word, '$');

	if (!name)
		return parse_type(ps, a, word);	/* named by its group */
	*name++ = '\0';
	a->secret = *name == '!';
	if (a->secret) {
		ps->g->secret = true;
		name++;
	}
	if (!name_valid(name, strlen(name)))
		return fail(ps, "bad variable name \"%s\"", name);
	a->name = checked(strdup(name));
	return parse_type(ps, a, word);
}

static size_t word_length(const char *p)
{
	size_t n = strcspn(p, " {}[]|");

	if (n > 3 && !strncmp(p + n - 3, "...", 3))
		n -= 3;
	return n;
}

static int parse_word(struct parser *ps, struct part *out)
{
	size_t n = word_length(ps->p);
	char word[128];
	struct atom *a;
	int rc;

	if (!n || n >= sizeof(word))
		return fail(ps, "a keyword or variable is expected");
	a = atom_new(ps);
	if (!a)
		return -1;
	memcpy(word, ps->p, n);
	word[n] = '\0';
	rc = strchr(word, '$') || is_type(word) ? parse_variable(ps, a, word)
						 : parse_keyword(ps, a, word);
	if (rc)
		return rc;
	ps->p += n;
	memset(out, 0, sizeof(*out));
	set_add(&out->first, ps->g->n - 1);
	set_add(&out->last, ps->g->n - 1);
	return 0;
}

/* "$name" behind a group: its first words are also known by that name. */
static int parse_group_name(struct parser *ps, const struct part *group)
{
	size_t len, i, k;

	if (*ps->p != '$')
		return 0;
	len = word_length(++ps->p);
	if (!name_valid(ps->p, len))
		return fail(ps, "bad group name");
	for (i = 0; i < ps->g->n; i++) {
		struct atom *a = &ps->g->atoms[i];

		if (!atom_set_has(&group->first, i))
			continue;
		if (a->kind != ATOM_KEYWORD && !a->name) {
			a->name = checked(strndup(ps->p, len));
			continue;
		}
		for (k = 0; k < GRAMMAR_GROUPS_MAX && a->group[k]; k++)
			;
		if (k == GRAMMAR_GROUPS_MAX)
			return fail(ps, "groups nested too deep");
		a->group[k] = checked(strndup(ps->p, len));
	}
	ps->p += len;
	return 0;
}

static int parse_group(struct parser *ps, struct part *out)
{
	bool optional = *ps->p == '[';

	if (++ps->depth > 16)
		return fail(ps, "nested too deep");
	ps->p++;
	if (parse_alternatives(ps, optional ? ']' : '}', out))
		return -1;
	ps->p++;
	ps->depth--;
	if (out->nullable)
		return fail(ps, "an alternative is empty");
	if (parse_group_name(ps, out))
		return -1;
	out->nullable = optional;
	return 0;
}

static int parse_item(struct parser *ps, struct part *out)
{
	int rc = *ps->p == '{' || *ps->p == '[' ? parse_group(ps, out) : parse_word(ps, out);

	if (rc)
		return rc;
	if (!strncmp(ps->p, "...", 3)) {
		link_sets(ps->g, &out->last, &out->first);
		ps->p += 3;
	}
	if (*ps->p && !strchr(" }]|", *ps->p))
		return fail(ps, "a blank is expected");
	return 0;
}

static int parse_sequence(struct parser *ps, struct part *out)
{
	struct part item;

	memset(out, 0, sizeof(*out));
	out->nullable = true;
	for (;;) {
		while (*ps->p == ' ')
			ps->p++;
		if (!*ps->p || strchr("}]|", *ps->p))
			return 0;
		if (parse_item(ps, &item))
			return -1;
		link_sets(ps->g, &out->last, &item.first);
		if (out->nullable)
			set_union(&out->first, &item.first);
		if (!item.nullable)
			memset(&out->last, 0, sizeof(out->last));
		set_union(&out->last, &item.last);
		out->nullable = out->nullable && item.nullable;
	}
}

static int parse_alternatives(struct parser *ps, char close, struct part *out)
{
	struct part alt;

	memset(out, 0, sizeof(*out));
	for (;;) {
		if (parse_sequence(ps, &alt))
			return -1;
		set_union(&out->first, &alt.first);
		set_union(&out->last, &alt.last);
		out->nullable = out->nullable || alt.nullable;
		if (*ps->p == close)
			return 0;
		if (*ps->p != '|')
			return fail(ps, "'%c' is expected", close);
		ps->p++;
	}
}

static void add_initial(struct grammar *g, const char *word)
{
	unsigned char lower = (unsigned char)tolower((unsigned char)*word);
	unsigned char upper = (unsigned char)toupper((unsigned char)*word);

	g->initials[lower / 64] |= UINT64_C(1) << (lower % 64);
	g->initials[upper / 64] |= UINT64_C(1) << (upper % 64);
}

/* Most commands are ruled out for a line by its very first letter. */
static void find_initials(struct grammar *g)
{
	size_t i, k;

	for (i = 0; i < g->n; i++) {
		const struct atom *a = &g->atoms[i];

		if (!atom_set_has(&g->first, i))
			continue;
		if (a->kind != ATOM_KEYWORD) {
			memset(g->initials, 0xff, sizeof(g->initials));
			return;
		}
		add_initial(g, a->text);
		for (k = 0; k < GRAMMAR_ALIASES_MAX && a->alias[k]; k++)
			add_initial(g, a->alias[k]);
	}
}

static int check_names(struct parser *ps)
{
	size_t i;

	for (i = 0; i < ps->g->n; i++)
		if (ps->g->atoms[i].kind != ATOM_KEYWORD && !ps->g->atoms[i].name)
			return fail(ps, "%s has no name", ps->g->atoms[i].text);
	return 0;
}

static int check_lines_last(struct parser *ps)
{
	const struct grammar *g = ps->g;
	size_t i, k;

	for (i = 0; i < g->n; i++) {
		if (g->atoms[i].kind != ATOM_LINE)
			continue;
		for (k = 0; k < GRAMMAR_ATOMS_MAX / 64; k++)
			if (g->follow[i].bits[k])
				return fail(ps, "LINE must come last");
	}
	return 0;
}

int grammar_compile(struct grammar *g, const char *text, char *err, size_t size)
{
	struct parser ps = { .g = g, .text = text, .p = text, .err = err, .size = size };
	struct part all;

	memset(g, 0, sizeof(*g));
	if (parse_sequence(&ps, &all))
		return -1;
	if (*ps.p)
		return fail(&ps, "unexpected '%c'", *ps.p);
	if (all.nullable)
		return fail(&ps, "the command may be empty");
	g->first = all.first;
	g->last = all.last;
	find_initials(g);
	return check_names(&ps) ? -1 : check_lines_last(&ps);
}

void grammar_free(struct grammar *g)
{
	size_t i, k;

	for (i = 0; i < g->n; i++) {
		struct atom *a = &g->atoms[i];

		free(a->text);
		free(a->name);
		free(a->help);
		for (k = 0; k < GRAMMAR_ALIASES_MAX; k++)
			free(a->alias[k]);
		for (k = 0; k < GRAMMAR_GROUPS_MAX; k++)
			free(a->group[k]);
	}
	free(g->atoms);
	free(g->follow);
	memset(g, 0, sizeof(*g));
}

int grammar_set_help(struct grammar *g, const char *help, char *err, size_t size)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		size_t len = strcspn(help, "\n");

		if (help[len] != '\n') {
			snprintf(err, size, "no help line for \"%s\" (word %zu of %zu)",
				 g->atoms[i].text, i + 1, g->n);
			return -1;
		}
		free(g->atoms[i].help);
		g->atoms[i].help = checked(strndup(help, len));
		help += len + 1;
	}
	if (*help) {
		snprintf(err, size, "help line \"%.*s\" beyond the last word",
			 (int)strcspn(help, "\n"), help);
		return -1;
	}
	return 0;
}

static bool atoms_equal(const struct atom *a, const struct atom *b)
{
	if (a->kind != b->kind || !a->name != !b->name)
		return false;
	return a->name ? !strcmp(a->name, b->name) : !strcmp(a->text, b->text);
}

void grammar_copy_help(struct grammar *g, const struct grammar *from)
{
	size_t i, k;

	for (i = 0; i < g->n; i++) {
		for (k = 0; k < from->n; k++) {
			if (!atoms_equal(&g->atoms[i], &from->atoms[k]) || !*from->atoms[k].help)
				continue;
			free(g->atoms[i].help);
			g->atoms[i].help = checked(strdup(from->atoms[k].help));
			break;
		}
	}
}
