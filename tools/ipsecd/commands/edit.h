/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * edit - changing one object of the candidate.
 *
 * A handler changes the object as the line says, looks whether the result is
 * valid, and either keeps it or takes it back, so that a refused line leaves
 * no trace:
 *
 *	entry = edit_begin(&e, c, &config->entries, key);
 *	entry->... = ...;
 *	if (!validate_entry(config, entry, &error))
 *		return edit_refuse(&e, error.text);
 *	return edit_done(&e);
 */
#ifndef _IPSECD_COMMANDS_EDIT_H
#define _IPSECD_COMMANDS_EDIT_H

#include "../cli/cli.h"
#include "../config/config.h"

struct edit {
	struct cli_ctx *c;
	struct objects *set;
	const void *held;
	void *object;
};

void *edit_begin(struct edit *e, struct cli_ctx *c, struct objects *set, const void *key);
/*
 * The same for a change that is made as a whole or not at all: no way back is
 * kept, for which a long list would be copied.  Not to be followed by
 * edit_refuse().
 */
void *edit_directly(struct edit *e, struct cli_ctx *c, struct objects *set, const void *key);
void *edit_create(struct edit *e, struct cli_ctx *c, struct objects *set, void *object);
int edit_done(struct edit *e);
int edit_refuse(struct edit *e, const char *text);

/**
 * struct edit_ref - which object a mode is in; released with free()
 * @family: of a map or an access list
 * @seq: of a map entry
 * @name: of the object
 */
struct edit_ref {
	uint16_t family;
	unsigned int seq;
	char name[];
};

struct edit_ref *edit_ref_new(const char *name, uint16_t family, unsigned int seq);

/* Addresses from the arguments of a command; unset if not given. */
struct addr edit_address(const struct cli_ctx *c, const char *variable);
struct addr_prefix edit_prefix(const struct cli_ctx *c, const char *variable);

#endif /* _IPSECD_COMMANDS_EDIT_H */
