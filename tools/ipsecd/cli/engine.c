// SPDX-License-Identifier: GPL-2.0-or-later
/* engine: modes and commands as they were declared. */
#include "engine.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_mode builtin_modes[] = {
	{ CLI_MODE_EXEC, CLI_MODE_EXEC, "exec", NULL },
	{ CLI_MODE_PRIV, CLI_MODE_PRIV, "privileged", NULL },
	{ CLI_MODE_CONFIG, CLI_MODE_PRIV, "config", "config" },
	{ CLI_MODE_IGNORED, CLI_MODE_CONFIG, "ignored", "config-ignored" },
};

void *checked(void *p)
{
	if (!p)
		err(1, "out of memory");
	return p;
}

char *checked_printf(const char *fmt, ...)
{
	struct text t = TEXT_INIT;
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	return text_steal(&t);
}

struct cli *cli_new(const struct cli_ops *ops, void *user)
{
	struct cli *cli = checked(calloc(1, sizeof(*cli)));
	char err[256];
	size_t i;

	cli->ops = ops;
	cli->user = user;
	for (i = 0; i < sizeof(builtin_modes) / sizeof(builtin_modes[0]); i++)
		cli->modes[builtin_modes[i].id] = &builtin_modes[i];
	if (cli_add_commands(cli, builtin_commands, builtin_commands_n, err, sizeof(err)))
		errx(1, "%s", err);
	return cli;
}

static void slot_free(struct slot *slot)
{
	grammar_free(&slot->set);
	grammar_free(&slot->no);
	free(slot);
}

void cli_free(struct cli *cli)
{
	size_t i;

	if (!cli)
		return;
	for (i = 0; i < cli->n_slots; i++)
		slot_free(cli->slots[i]);
	free(cli->slots);
	free(cli);
}

int cli_add_modes(struct cli *cli, const struct cli_mode *modes, size_t n,
		  char *err, size_t size)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct cli_mode *m = &modes[i];

		if (m->id < CLI_MODE_FIRST || m->id >= CLI_MODES_MAX || cli->modes[m->id] ||
		    !m->name || !m->prompt) {
			snprintf(err, size, "mode %u \"%s\": bad or used id, or no prompt",
				 m->id, m->name ? m->name : "");
			return -1;
		}
		if (m->parent < CLI_MODE_CONFIG || m->parent >= CLI_MODES_MAX ||
		    !cli->modes[m->parent]) {
			snprintf(err, size, "mode \"%s\": unknown parent %u", m->name, m->parent);
			return -1;
		}
		cli->modes[m->id] = m;
	}
	return 0;
}

static int check_block(const struct slot *slot, char *err, size_t size)
{
	const struct grammar *g = &slot->set;
	size_t i;

	if (!(slot->cmd->flags & CLI_F_BLOCK_DELIM))
		return 0;
	for (i = 0; i < g->n; i++)
		if (g->atoms[i].kind == ATOM_LINE)
			return 0;
	snprintf(err, size, "\"%s\": a delimited block needs a LINE", slot->cmd->grammar);
	return -1;
}

static int check_command(const struct cli *cli, const struct cli_command *cmd,
			 char *err, size_t size)
{
	bool ignored = cmd->flags & CLI_F_IGNORED;
	unsigned int i;

	if (!cmd->grammar || !cmd->help || !cmd->modes) {
		snprintf(err, size, "\"%s\": grammar, help or modes missing",
			 cmd->grammar ? cmd->grammar : "");
		return -1;
	}
	if (ignored ? cmd->set || cmd->unset : !cmd->set && !cmd->unset) {
		snprintf(err, size, "\"%s\": %s", cmd->grammar,
			 ignored ? "ignored, yet has a handler" : "no handler");
		return -1;
	}
	for (i = 0; i < CLI_MODES_MAX; i++) {
		if (!cli->modes[i] && (cmd->enters == i ||
				       (cmd->modes & CLI_IN(i) &&
					!(cmd->flags & CLI_F_BUILTIN)))) {
			snprintf(err, size, "\"%s\": mode %u does not exist", cmd->grammar, i);
			return -1;
		}
	}
	if (cmd->enters >= CLI_MODES_MAX) {
		snprintf(err, size, "\"%s\": mode %u does not exist", cmd->grammar, cmd->enters);
		return -1;
	}
	return 0;
}

static int compile_command(struct slot *slot, char *err, size_t size)
{
	const struct cli_command *cmd = slot->cmd;
	char why[160];

	if (grammar_compile(&slot->set, cmd->grammar, err, size))
		return -1;
	if (grammar_set_help(&slot->set, cmd->help, why, sizeof(why))) {
		snprintf(err, size, "\"%s\": %s", cmd->grammar, why);
		return -1;
	}
	if (check_block(slot, err, size))
		return -1;
	slot->has_no = cmd->unset || cmd->flags & CLI_F_IGNORED;
	if (!slot->has_no)
		return 0;
	if (grammar_compile(&slot->no, cmd->no_grammar ? cmd->no_grammar : cmd->grammar,
			    err, size))
		return -1;
	grammar_copy_help(&slot->no, &slot->set);
	return 0;
}

int cli_add_commands(struct cli *cli, const struct cli_command *cmds, size_t n,
		     char *err, size_t size)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct slot *slot;

		if (check_command(cli, &cmds[i], err, size))
			return -1;
		slot = checked(calloc(1, sizeof(*slot)));
		slot->cmd = &cmds[i];
		if (compile_command(slot, err, size)) {
			slot_free(slot);
			return -1;
		}
		cli->slots = checked(reallocarray(cli->slots, cli->n_slots + 1,
						  sizeof(struct slot *)));
		cli->slots[cli->n_slots++] = slot;
	}
	return 0;
}

void cli_walk(const struct cli *cli,
	      void (*fn)(void *arg, const struct cli_command *cmd), void *arg)
{
	size_t i;

	for (i = 0; i < cli->n_slots; i++)
		fn(arg, cli->slots[i]->cmd);
}
