/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grammar: a grammar string compiled to a position automaton.
 *
 * Every keyword and variable of the string is an atom; for each atom the set
 * of atoms that may follow it is known, so that a line is matched word by
 * word without backtracking (Glushkov's construction).
 */
#ifndef IPSECD_CLI_GRAMMAR_H
#define IPSECD_CLI_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRAMMAR_ATOMS_MAX	512
#define GRAMMAR_ALIASES_MAX	3
#define GRAMMAR_GROUPS_MAX	3	/* {..}$name around one atom */

enum atom_kind {
	ATOM_KEYWORD,
	ATOM_IP4,
	ATOM_IP4_PREFIX,
	ATOM_IP6,
	ATOM_IP6_PREFIX,
	ATOM_MASK,
	ATOM_WILDCARD,
	ATOM_RANGE,
	ATOM_WORD,
	ATOM_HEX,
	ATOM_IFNAME,
	ATOM_LINE,
};

struct atom {
	enum atom_kind kind;
	char *text;	/* keyword, or the variable as '?' shows it: "<1-10>" */
	char *alias[GRAMMAR_ALIASES_MAX];
	char *name;	/* of a variable, else NULL */
	char *group[GRAMMAR_GROUPS_MAX]; /* names of groups that begin here */
	char *help;	/* "" when the table leaves it to another command */
	uint64_t lo, hi;
	bool secret;
};

struct atom_set {
	uint64_t bits[GRAMMAR_ATOMS_MAX / 64];
};

struct grammar {
	struct atom *atoms;
	size_t n;
	struct atom_set *follow;	/* by atom */
	struct atom_set first;
	struct atom_set last;
	uint64_t initials[4];		/* octets the first word may begin with */
	bool secret;			/* has a secret variable somewhere */
};

static inline bool atom_set_has(const struct atom_set *s, size_t i)
{
	return s->bits[i / 64] >> (i % 64) & 1;
}

/* grammar_may_begin - could a line that begins with octet @c be of @g? */
static inline bool grammar_may_begin(const struct grammar *g, unsigned char c)
{
	return g->initials[c / 64] >> (c % 64) & 1;
}

/*
 * grammar_compile - 0, or -1 with a text in @err that names the place.
 * @g is to be freed in both cases.
 */
int grammar_compile(struct grammar *g, const char *text, char *err, size_t size);
void grammar_free(struct grammar *g);

/*
 * grammar_set_help - give the atoms their help, one line of @help each.
 * -1 with a text if the number of lines is another one.
 */
int grammar_set_help(struct grammar *g, const char *help, char *err, size_t size);
/* grammar_copy_help - take the help of equal atoms from @from. */
void grammar_copy_help(struct grammar *g, const struct grammar *from);

#endif
