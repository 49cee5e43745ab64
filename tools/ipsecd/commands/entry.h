/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * entry - changing the entry of a crypto map or dynamic map whose mode is
 * open; as edit.h, with the rules of entries.
 */
#ifndef _IPSECD_COMMANDS_ENTRY_H
#define _IPSECD_COMMANDS_ENTRY_H

#include "edit.h"

/* NULL after a refusal, when the entry has gone since. */
struct map_entry *entry_begin(struct edit *e, struct cli_ctx *c);
/* Keeps the change, or refuses the line if the entry is not valid with it. */
int entry_done(struct edit *e);

#endif /* _IPSECD_COMMANDS_ENTRY_H */
