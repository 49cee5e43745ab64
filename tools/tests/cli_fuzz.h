/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_fuzz: lines made from the declared grammars, sound and damaged. Works
 * on any engine, also on the one with all commands of the product.
 */
#ifndef TESTS_CLI_FUZZ_H
#define TESTS_CLI_FUZZ_H

#include <stdint.h>

#include "../ipsecd/cli/cli.h"
#include "../lib/text.h"

struct cli_fuzz {
	uint64_t state;		/* of the generator; not 0 */
	const struct cli *cli;
};

/* cli_fuzz_number - 0 .. @n - 1. */
uint32_t cli_fuzz_number(struct cli_fuzz *f, uint32_t n);
/* cli_fuzz_line - a line that the grammar of a random command accepts. */
const struct cli_command *cli_fuzz_line(struct cli_fuzz *f, struct text *out);
/* cli_fuzz_line_in - the same of a command that exists in one of @modes. */
const struct cli_command *cli_fuzz_line_in(struct cli_fuzz *f, uint64_t modes,
					   struct text *out);
/* cli_fuzz_damage - abbreviate, drop, double, swap and garble. */
void cli_fuzz_damage(struct cli_fuzz *f, struct text *line);
/*
 * cli_fuzz_sound - the line of a command must be a command of its mode.
 * Returns the number of lines that were not, and the last of them in @bad.
 */
unsigned int cli_fuzz_sound(struct cli_fuzz *f, unsigned int rounds, struct text *bad);

#endif
