/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reference - the command reference, written from the command tables. */
#ifndef _IPSECD_COMMANDS_REFERENCE_H
#define _IPSECD_COMMANDS_REFERENCE_H

#include "../cli/cli.h"

/* Documentation/commands.rst. */
void reference_write(const struct cli *cli, struct text *out);

#endif /* _IPSECD_COMMANDS_REFERENCE_H */
