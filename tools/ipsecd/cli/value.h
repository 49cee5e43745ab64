/* SPDX-License-Identifier: GPL-2.0-or-later */
/* value: what a typed variable of a grammar was given. */
#ifndef IPSECD_CLI_VALUE_H
#define IPSECD_CLI_VALUE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grammar.h"

/* A word of a line; @text is not terminated. */
struct word {
	const char *text;
	size_t len;
	size_t column;		/* of its first octet in the line */
};

struct value {
	int family;		/* AF_INET, AF_INET6, AF_UNSPEC */
	struct in_addr ip4;
	struct in6_addr ip6;
	unsigned int plen;
	uint64_t number;
	char *text;
	uint8_t *bytes;		/* HEX */
	size_t n_bytes;
	size_t size;		/* octets allocated at @text, to be wiped */
};

#define VALUE_REASON_MAX 96

/*
 * value_parse - does @words[0] (of @n left) suit the variable @a? Returns
 * the number of words used, 0 if it does not. @v may be NULL. @reason (of
 * VALUE_REASON_MAX octets, may be NULL) says what is wrong with a word that
 * has the right shape but not a permitted value; it never quotes the word.
 */
size_t value_parse(const struct atom *a, const struct word *words, size_t n,
		   struct value *v, char *reason);

/* value_plausible - could more letters turn @w into a value of @a? */
bool value_plausible(const struct atom *a, const struct word *w);

/* value_free - wipe and release. */
void value_free(struct value *v);

#endif
