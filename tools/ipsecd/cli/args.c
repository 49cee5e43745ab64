// SPDX-License-Identifier: GPL-2.0-or-later
/* args: the arguments of a command, as its handler reads them. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

static struct argument *add(struct cli_ctx *c, const char *name,
			    const struct matched *p, const struct word *words)
{
	struct argument *arg;

	c->args = checked(reallocarray(c->args, c->n_args + 1, sizeof(*c->args)));
	arg = &c->args[c->n_args++];
	memset(arg, 0, sizeof(*arg));
	arg->name = name;
	arg->atom = p->atom;
	arg->column = words[p->word].column;
	return arg;
}

static void add_atom(struct cli_ctx *c, const struct matched *p,
		     const struct word *words, size_t n)
{
	const struct atom *a = p->atom;
	struct value value = { 0 };
	struct argument *arg;
	size_t k;

	if (a->kind == ATOM_KEYWORD)
		value.text = a->text;
	else
		value_parse(a, &words[p->word], n - p->word, &value, NULL);
	arg = add(c, a->name ? a->name : a->text, p, words);
	arg->value = value;
	arg->shared = a->kind == ATOM_KEYWORD;
	for (k = 0; k < GRAMMAR_GROUPS_MAX && a->group[k]; k++) {
		arg = add(c, a->group[k], p, words);
		arg->value = value;
		arg->shared = true;
	}
}

void args_build(struct cli_ctx *c, const struct word *words, size_t n)
{
	size_t i;

	for (i = 0; i < c->match->n; i++)
		add_atom(c, &c->match->path[i], words, n);
}

void args_free(struct cli_ctx *c)
{
	size_t i;

	for (i = 0; i < c->n_args; i++)
		if (!c->args[i].shared)
			value_free(&c->args[i].value);
	free(c->args);
	c->args = NULL;
	c->n_args = 0;
}

void args_replace_line(struct cli_ctx *c, const struct text *text)
{
	size_t i;

	for (i = 0; i < c->n_args; i++) {
		struct argument *arg = &c->args[i];

		if (arg->atom->kind != ATOM_LINE || arg->shared)
			continue;
		value_free(&arg->value);
		arg->value.text = checked(strndup(text_str(text), text->len));
		arg->value.size = text->len;
	}
}

/*
 * Where the grammar has a variable of the name, a keyword of the same spelling
 * is not meant: in "crypto map [WORD$map]" the map was given or not, though
 * the word "map" always was.
 */
static bool names_variable(const struct cli_ctx *c, const char *name)
{
	const struct grammar *g = c->match->g;
	size_t i, k;

	for (i = 0; i < g->n; i++) {
		if (g->atoms[i].name && !strcmp(g->atoms[i].name, name))
			return true;
		for (k = 0; k < GRAMMAR_GROUPS_MAX && g->atoms[i].group[k]; k++)
			if (!strcmp(g->atoms[i].group[k], name))
				return true;
	}
	return false;
}

static const struct argument *find(const struct cli_ctx *c, const char *name, size_t nth)
{
	bool variable = names_variable(c, name);
	size_t i;

	for (i = 0; i < c->n_args; i++) {
		const struct argument *arg = &c->args[i];

		if (strcmp(arg->name, name) || (variable && arg->name == arg->atom->text))
			continue;
		if (!nth--)
			return arg;
	}
	return NULL;
}

int args_column(const struct cli_ctx *c, const char *name)
{
	const struct argument *arg = find(c, name, 0);

	return arg ? (int)arg->column : -1;
}

bool cli_has(const struct cli_ctx *c, const char *name)
{
	return find(c, name, 0);
}

const char *cli_arg_str(const struct cli_ctx *c, const char *name)
{
	return cli_arg_str_nth(c, name, 0);
}

const char *cli_arg_str_nth(const struct cli_ctx *c, const char *name, size_t n)
{
	const struct argument *arg = find(c, name, n);

	return arg ? arg->value.text : NULL;
}

size_t cli_arg_count(const struct cli_ctx *c, const char *name)
{
	size_t n = 0;

	while (find(c, name, n))
		n++;
	return n;
}

uint64_t cli_arg_u64(const struct cli_ctx *c, const char *name)
{
	const struct argument *arg = find(c, name, 0);

	return arg ? arg->value.number : 0;
}

uint32_t cli_arg_u32(const struct cli_ctx *c, const char *name)
{
	return (uint32_t)cli_arg_u64(c, name);
}

struct in_addr cli_arg_ip4(const struct cli_ctx *c, const char *name)
{
	const struct argument *arg = find(c, name, 0);

	return arg ? arg->value.ip4 : (struct in_addr){ 0 };
}

const struct in6_addr *cli_arg_ip6(const struct cli_ctx *c, const char *name)
{
	const struct argument *arg = find(c, name, 0);

	return arg ? &arg->value.ip6 : &in6addr_any;
}

unsigned int cli_arg_plen(const struct cli_ctx *c, const char *name)
{
	const struct argument *arg = find(c, name, 0);

	return arg ? arg->value.plen : 0;
}

const uint8_t *cli_arg_bytes(const struct cli_ctx *c, const char *name, size_t *len)
{
	const struct argument *arg = find(c, name, 0);

	*len = arg ? arg->value.n_bytes : 0;
	return arg ? arg->value.bytes : NULL;
}

int cli_arg_family(const struct cli_ctx *c, const char *name)
{
	const struct argument *arg = find(c, name, 0);

	return arg ? arg->value.family : AF_UNSPEC;
}
