// SPDX-License-Identifier: GPL-2.0-or-later
/* cli_fuzz: lines made from the declared grammars, sound and damaged. */
#include "cli_fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "../ipsecd/cli/engine.h"

/* xorshift64*: the same lines on every machine. */
uint32_t cli_fuzz_number(struct cli_fuzz *f, uint32_t n)
{
	f->state ^= f->state >> 12;
	f->state ^= f->state << 25;
	f->state ^= f->state >> 27;
	return (uint32_t)((f->state * UINT64_C(2685821657736338717)) >> 33) % n;
}

static const char *one_of(struct cli_fuzz *f, const char * const *list, uint32_t n)
{
	return list[cli_fuzz_number(f, n)];
}

#define ONE_OF(f, ...) one_of(f, (const char * const []){ __VA_ARGS__ }, \
	sizeof((const char * const []){ __VA_ARGS__ }) / sizeof(char *))

static void put_range(struct cli_fuzz *f, const struct atom *a, struct text *out)
{
	uint64_t n = a->lo;

	switch (cli_fuzz_number(f, 3)) {
	case 0:
		n = a->hi;
		break;
	case 1:
		n += a->hi - a->lo ? cli_fuzz_number(f, UINT32_MAX) % (a->hi - a->lo + 1) : 0;
		break;
	}
	text_printf(out, "%llu", (unsigned long long)n);
}

static void put_value(struct cli_fuzz *f, const struct atom *a, struct text *out)
{
	switch (a->kind) {
	case ATOM_KEYWORD:
		text_puts(out, a->text);
		break;
	case ATOM_IP4:
		text_puts(out, ONE_OF(f, "192.0.2.1", "10.0.0.0", "0.0.0.0", "255.255.255.255"));
		break;
	case ATOM_IP4_PREFIX:
		text_puts(out, ONE_OF(f, "192.0.2.1/24", "0.0.0.0/0", "10.0.0.1/32"));
		break;
	case ATOM_IP6:
		text_puts(out, ONE_OF(f, "2001:db8::1", "::", "fe80::1", "::ffff:192.0.2.1"));
		break;
	case ATOM_IP6_PREFIX:
		text_puts(out, ONE_OF(f, "2001:db8::1/64", "::/0", "2001:DB8::1/128"));
		break;
	case ATOM_MASK:
		text_puts(out, ONE_OF(f, "255.255.255.0", "0.0.0.0", "255.255.255.255"));
		break;
	case ATOM_WILDCARD:
		text_puts(out, ONE_OF(f, "0.0.0.255", "0.255.0.3", "255.255.255.255"));
		break;
	case ATOM_RANGE:
		put_range(f, a, out);
		break;
	case ATOM_WORD:
		text_puts(out, ONE_OF(f, "NAME", "Xy-9_z", "\xc3\xbc", "zzz", "Q"));
		break;
	case ATOM_HEX:
		text_puts(out, ONE_OF(f, "00", "0123456789abcdefABCDEF", "0x0011223344556677"));
		break;
	case ATOM_IFNAME:
		text_puts(out, ONE_OF(f, "GigabitEthernet0/0", "gi 0/1", "eth0", "Tunnel 7"));
		break;
	case ATOM_LINE:
		text_puts(out, ONE_OF(f, "some more words", "^C text ^C", "x | y ! z"));
		break;
	}
}

static size_t pick(struct cli_fuzz *f, const struct grammar *g, const struct atom_set *set)
{
	size_t i, n = 0;

	for (i = 0; i < g->n; i++)
		n += atom_set_has(set, i);
	if (!n)
		return g->n;
	n = cli_fuzz_number(f, (uint32_t)n);
	for (i = 0; i < g->n; i++)
		if (atom_set_has(set, i) && !n--)
			return i;
	return g->n;
}

/* A walk through the automaton, up to a place where the command is whole. */
static void put_line(struct cli_fuzz *f, const struct grammar *g, struct text *out)
{
	size_t words, at = pick(f, g, &g->first);

	for (words = 0; at < g->n; words++) {
		text_printf(out, "%s", words ? " " : "");
		put_value(f, &g->atoms[at], out);
		if (atom_set_has(&g->last, at) && (words > 40 || !cli_fuzz_number(f, 3)))
			return;
		at = pick(f, g, &g->follow[at]);
	}
}

const struct cli_command *cli_fuzz_line(struct cli_fuzz *f, struct text *out)
{
	return cli_fuzz_line_in(f, UINT64_MAX, out);
}

const struct cli_command *cli_fuzz_line_in(struct cli_fuzz *f, uint64_t modes,
					   struct text *out)
{
	const struct slot *slot;
	bool set;

	do
		slot = f->cli->slots[cli_fuzz_number(f, (uint32_t)f->cli->n_slots)];
	while (!(slot->cmd->modes & modes));
	set = slot->cmd->set || slot->cmd->flags & CLI_F_IGNORED;
	if (slot->has_no && (!set || !cli_fuzz_number(f, 4))) {
		text_puts(out, cli_fuzz_number(f, 2) ? "no " : "default ");
		put_line(f, &slot->no, out);
	} else {
		put_line(f, &slot->set, out);
	}
	return slot->cmd;
}

static void insert(struct text *line, size_t at, const char *s)
{
	char *rest = strdup(text_str(line) + at), *what = strdup(s);

	text_truncate(line, at);
	text_puts(line, what);
	text_puts(line, rest);
	free(rest);
	free(what);
}

void cli_fuzz_damage(struct cli_fuzz *f, struct text *line)
{
	uint32_t n = cli_fuzz_number(f, 4) + 1;
	char octet[2] = "";

	while (n-- && line->len) {
		size_t at = cli_fuzz_number(f, (uint32_t)line->len);

		switch (cli_fuzz_number(f, 8)) {
		case 0:
			memmove(line->data + at, line->data + at + 1, line->len - at);
			line->len--;
			break;
		case 1:
			line->data[at] = (char)(cli_fuzz_number(f, 255) + 1);
			break;
		case 2:
			text_truncate(line, at);
			break;
		case 3:
			octet[0] = (char)(cli_fuzz_number(f, 255) + 1);
			insert(line, at, octet);
			break;
		case 4:
			insert(line, at, " ");
			break;
		case 5:
			insert(line, at, ONE_OF(f, "no ", "do ", "| ", "!", "?", "\t", "^C", "-1 ",
						"99999999999999999999 ", "{", "}", "%s%n"));
			break;
		case 6:
			insert(line, at, text_str(line));
			break;
		case 7:
			text_puts(line, ONE_OF(f, " | include x", " | section [", " |", " | c .*",
					       " | begin {", " | exclude a|b"));
			break;
		}
		if (line->len > 2 * CLI_LINE_MAX)
			text_truncate(line, 100);
	}
}

unsigned int cli_fuzz_sound(struct cli_fuzz *f, unsigned int rounds, struct text *bad)
{
	struct word words[CLI_TOKENS_MAX];
	struct text line = TEXT_INIT;
	unsigned int failed = 0;

	while (rounds--) {
		const struct cli_command *cmd;
		struct match_error e;
		struct match m;
		unsigned int mode = 0;
		enum cli_op op;
		size_t n, skip;

		text_truncate(&line, 0);
		cmd = cli_fuzz_line(f, &line);
		while (!(cmd->modes & CLI_IN(mode)))
			mode++;
		n = (size_t)word_split(line.data, line.len, words, CLI_TOKENS_MAX);
		op = word_is(&words[0], "no") ? CLI_NO :
		     word_is(&words[0], "default") ? CLI_DEFAULT : CLI_SET;
		skip = op != CLI_SET;
		n -= skip;
		if (match_line(f->cli, mode, op, words + skip, &n, &m, &e)) {
			match_free(&m);
			continue;
		}
		failed++;
		text_truncate(bad, 0);
		text_printf(bad, "\"%s\" of \"%s\"", line.data, cmd->grammar);
	}
	text_free(&line);
	return failed;
}
