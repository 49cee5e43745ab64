// SPDX-License-Identifier: GPL-2.0-or-later
/* The command reference in reStructuredText. */
#include <string.h>

#include "commands.h"
#include "reference.h"

struct section {
	const char *title;
	uint64_t modes;
	struct text *out;
	bool ignored;
};

static void heading(struct text *out, const char *title, char underline)
{
	text_printf(out, "\n%s\n", title);
	for (size_t i = 0; i < strlen(title); i++)
		text_printf(out, "%c", underline);
	text_puts(out, "\n\n");
}

/* Only how it is typed: names of variables are for the program. */
static void grammar(struct text *out, const char *text)
{
	while (*text) {
		if (*text != '$') {
			text_add(out, text++, 1);
			continue;
		}
		text += strspn(text, "$!");
		text += strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
	}
}

static void help(struct text *out, const char *text)
{
	const char *end = strrchr(text, '\n');
	const char *last;

	/* The last line that says something. */
	while (end && end > text) {
		last = end;
		while (last > text && last[-1] != '\n')
			last--;
		if (last < end) {
			text_printf(out, "\t%.*s\n", (int)(end - last), last);
			return;
		}
		end = last - 1;
	}
}

static void write_command(void *arg, const struct cli_command *cmd)
{
	const struct section *s = arg;
	bool ignored = cmd->flags & CLI_F_IGNORED;

	if (!(cmd->modes & s->modes) || (cmd->flags & CLI_F_HIDDEN) || ignored != s->ignored)
		return;
	text_puts(s->out, "``");
	grammar(s->out, cmd->grammar);
	text_puts(s->out, "``\n");
	if (cmd->help && !ignored)
		help(s->out, cmd->help);
	if (cmd->unset && cmd->no_grammar) {
		text_puts(s->out, "\tUndone by ``no ");
		grammar(s->out, cmd->no_grammar);
		text_puts(s->out, "``\n");
	}
	text_puts(s->out, "\n");
}

void reference_write(const struct cli *cli, struct text *out)
{
	struct section sections[] = {
		{ "Exec", CLI_IN_EXEC, out, false },
		{ "Global configuration", CLI_IN(CLI_MODE_CONFIG), out, false },
		{ "Transform set", CLI_IN(MODE_TRANSFORM), out, false },
		{ "Crypto map entry", CLI_IN(MODE_MAP), out, false },
		{ "Interface", CLI_IN(MODE_INTERFACE), out, false },
		{ "Access list", CLI_IN(MODE_ACL), out, false },
		{ "IPv6 access list", CLI_IN(MODE_ACL6), out, false },
		{ "Ignored, global", CLI_IN(CLI_MODE_CONFIG), out, true },
		{ "Ignored, interface", CLI_IN(MODE_INTERFACE), out, true },
	};

	text_puts(out, ".. SPDX-License-Identifier: GPL-2.0\n"
		       ".. Written by \"ipsecd -R\" from the command tables.\n\n"
		       "========\nCommands\n========\n\n"
		       "``{a|b}`` is one of the alternatives, ``[a]`` may be left out, ``a...`` may be\n"
		       "repeated; words in capitals stand for values. Keywords can be abbreviated to\n"
		       "any unique beginning.  What is listed as ignored is accepted, so that whole\n"
		       "configurations can be pasted, and has no effect.\n");
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		heading(out, sections[i].title, '=');
		cli_walk(cli, write_command, &sections[i]);
	}
}
