// SPDX-License-Identifier: GPL-2.0-or-later
/* builtin: the commands every session has, whatever it configures. */
#include "engine.h"

#define ALL_MODES	(~UINT64_C(0))

/* "do disable" from a configuration mode would pull the ground away. */
static bool from_config(const struct cli_ctx *c)
{
	return c->s->depth > 1;
}

static int refuse_from_config(struct cli_ctx *c)
{
	return cli_refuse(c, "Not in a configuration mode");
}

static int enable(struct cli_ctx *c)
{
	if (!from_config(c))
		c->s->stack[0].mode = CLI_MODE_PRIV;
	return 0;
}

static int disable(struct cli_ctx *c)
{
	if (from_config(c))
		return refuse_from_config(c);
	c->s->stack[0].mode = CLI_MODE_EXEC;
	/* It was for privileged ones. */
	c->s->monitor = false;
	return 0;
}

static int configure(struct cli_ctx *c)
{
	if (from_config(c))
		return refuse_from_config(c);
	cli_enter(c, CLI_MODE_CONFIG, NULL, NULL);
	return 0;
}

/* CLI-2: one mode up; from exec, out. */
static int leave(struct cli_ctx *c)
{
	size_t lowest = c->s->file ? 2 : 1;

	if (!from_config(c)) {
		c->res->close = true;
		return 0;
	}
	if (!c->level)
		return refuse_from_config(c);
	c->keep = c->s->depth - 1 > lowest ? c->s->depth - 1 : lowest;
	return 0;
}

/* CLI-2: back to privileged exec; in a file, to global configuration. */
static int end(struct cli_ctx *c)
{
	if (from_config(c))
		c->keep = c->s->file ? 2 : 1;
	return 0;
}

/* Output is neither paged nor wrapped. */
static int terminal_size(struct cli_ctx *c)
{
	(void)c;
	return 0;
}

static int terminal_monitor(struct cli_ctx *c)
{
	c->s->monitor = !cli_has(c, "no");
	return 0;
}

static int help(struct cli_ctx *c)
{
	cli_printf(c,
		   "Help may be requested at any point in a command by entering\n"
		   "a question mark '?'.  If nothing matches, the help list will\n"
		   "be empty and you must back up until entering a '?' shows the\n"
		   "available options.\n"
		   "Two styles of help are provided:\n"
		   "1. Full help is available when you are ready to enter a\n"
		   "   command argument (e.g. 'show ?') and describes each possible\n"
		   "   argument.\n"
		   "2. Partial help is provided when an abbreviated argument is entered\n"
		   "   and you want to know what arguments match the input\n"
		   "   (e.g. 'show cr?').\n");
	return 0;
}

const struct cli_command builtin_commands[] = {
	{
		.grammar = "enable",
		.help = "Turn on privileged commands\n",
		.modes = CLI_IN_EXEC, .flags = CLI_F_BUILTIN | CLI_F_FILE_NOOP,
		.set = enable, .ref = "CLI-1",
	},
	{
		.grammar = "disable",
		.help = "Turn off privileged commands\n",
		.modes = CLI_IN(CLI_MODE_PRIV), .flags = CLI_F_BUILTIN,
		.set = disable, .ref = "CLI-1",
	},
	{
		.grammar = "configure terminal",
		.help = "Enter configuration mode\n" "Configure from the terminal\n",
		.modes = CLI_IN(CLI_MODE_PRIV), .flags = CLI_F_BUILTIN | CLI_F_FILE_NOOP,
		.enters = CLI_MODE_CONFIG, .set = configure, .ref = "CLI-1",
	},
	{
		.grammar = "exit",
		.help = "Leave the current mode\n",
		.modes = ALL_MODES, .flags = CLI_F_BUILTIN, .set = leave, .ref = "CLI-2",
	},
	{
		.grammar = "{quit|logout}",
		.help = "Exit from the EXEC\n" "Exit from the EXEC\n",
		.modes = CLI_IN_EXEC, .flags = CLI_F_BUILTIN, .set = leave,
	},
	{
		.grammar = "end",
		.help = "Return to privileged EXEC mode\n",
		.modes = ALL_MODES & ~CLI_IN(CLI_MODE_EXEC), .flags = CLI_F_BUILTIN,
		.set = end, .ref = "CLI-2",
	},
	{
		.grammar = "help",
		.help = "Description of the interactive help system\n",
		.modes = ALL_MODES, .flags = CLI_F_BUILTIN, .set = help,
	},
	{
		.grammar = "terminal width (0-512)$columns",
		.help = "Set terminal line parameters\n" "Width of the display terminal\n"
			"Accepted, output is never wrapped\n",
		.modes = CLI_IN_EXEC, .flags = CLI_F_BUILTIN, .set = terminal_size,
	},
	{
		.grammar = "terminal length (0-512)$lines",
		.help = "\n" "Number of lines on a screen\n" "Accepted, output is never paged\n",
		.modes = CLI_IN_EXEC, .flags = CLI_F_BUILTIN, .set = terminal_size,
	},
	{
		.grammar = "terminal [no] monitor",
		.help = "\n" "Negate a command or set its defaults\n"
			"Copy debug output and log messages to this session\n",
		.modes = CLI_IN(CLI_MODE_PRIV), .flags = CLI_F_BUILTIN, .set = terminal_monitor,
	},
};

const size_t builtin_commands_n = sizeof(builtin_commands) / sizeof(builtin_commands[0]);
