// SPDX-License-Identifier: GPL-2.0-or-later
/* invoke: call a handler inside its candidate and deal with what it answers. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

void cli_commit_refuse(struct cli_commit *r, unsigned int line, const char *fmt, ...)
{
	struct text t = TEXT_INIT;
	va_list ap;

	r->refused++;
	text_puts(&t, "% ");
	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	if (r->report) {
		report_add(r->report, line, CLI_REFUSED, -1, text_steal(&t), false);
		return;
	}
	if (!r->res->error)
		result_set(r->res, CLI_REFUSED, -1, "%s", text_str(&t) + 2);
	text_free(&t);
}

static void call_handler(struct cli_ctx *c)
{
	const struct cli_command *cmd = c->match->slot->cmd;
	cli_handler handler = c->op == CLI_SET ? cmd->set : cmd->unset;

	if (handler(c) && !c->res->error)
		cli_refuse(c, "Command failed");
}

static void call_in_candidate(struct cli_ctx *c)
{
	const struct cli_ops *ops = c->s->cli->ops;
	struct cli_commit r = { .res = c->res };
	char err[256] = "";

	c->candidate = ops->begin(c->s->cli->user, err, sizeof(err));
	if (!c->candidate) {
		cli_refuse(c, "%s", *err ? err : "The configuration cannot be changed now");
		return;
	}
	call_handler(c);
	if (c->res->error || c->ignored)
		ops->abort(c->s->cli->user, c->candidate);
	else if (ops->commit(c->s->cli->user, c->candidate, &r) && !c->res->error)
		cli_refuse(c, "The change could not be applied");
	c->candidate = NULL;
}

/* Configuration lines change a candidate; exec commands and built-ins do not. */
static bool wants_candidate(const struct cli_ctx *c)
{
	return c->level && c->s->cli->ops->begin &&
	       !(c->match->slot->cmd->flags & CLI_F_BUILTIN);
}

static void run_handler(struct cli_ctx *c)
{
	if (c->match->slot->cmd->flags & CLI_F_IGNORED) {
		c->ignored = true;
	} else if (!wants_candidate(c)) {
		call_handler(c);
	} else if (c->s->file) {
		c->candidate = c->s->candidate;
		call_handler(c);
	} else {
		call_in_candidate(c);
	}
}

/*
 * A line of an open section that is only known as a global command that is
 * ignored: "mpls ip" of an interface is not the end of that interface.
 */
static bool stays_inside(const struct cli_ctx *c, size_t indent)
{
	size_t top = c->s->depth - 1;

	return c->ignored && c->match->slot->cmd->flags & CLI_F_IGNORED && top > c->level &&
	       c->level && indent > c->s->stack[top].indent;
}

static void move_stack(struct cli_ctx *c, size_t indent)
{
	const struct cli_command *cmd = c->match->slot->cmd;

	if (stays_inside(c, indent))
		return;
	if (c->ignored && cmd->flags & CLI_F_IGNORED && cmd->enters && c->op == CLI_SET)
		cli_enter(c, cmd->enters, NULL, NULL);
	if (c->keep)
		session_pop(c->s, c->keep);
	else if (c->level)
		session_pop(c->s, c->level + 1);
	if (!c->enter)
		return;
	c->next.indent = indent;
	session_push(c->s, &c->next);
	memset(&c->next, 0, sizeof(c->next));
}

static void show_value(struct cli_ctx *c)
{
	const struct cli_command *cmd = c->match->slot->cmd;
	char *dump;

	if (!c->json)
		return;
	if (c->flags & CLI_EXEC_JSON) {
		c->res->json = json_incref(c->json);
	} else if (cmd->render) {
		cmd->render(c->json, &c->res->out);
	} else {
		dump = checked(json_dumps(c->json, JSON_INDENT(2) | JSON_ENCODE_ANY));
		text_printf(&c->res->out, "%s\n", dump);
		explicit_bzero(dump, strlen(dump));
		free(dump);
	}
}

static void take_warnings(struct cli_ctx *c)
{
	if (c->warnings.len) {
		text_puts(&c->warnings, c->res->warnings ? c->res->warnings : "");
		free(c->res->warnings);
		c->res->warnings = text_steal(&c->warnings);
	}
	text_free(&c->warnings);
}

static bool too_deep(const struct cli_ctx *c)
{
	return c->match->slot->cmd->enters && c->level + 2 > CLI_DEPTH_MAX;
}

static bool has_secret(const struct match *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->path[i].atom->secret)
			return true;
	return false;
}

void invoke_reading(struct cli_session *s, const struct reading *r,
		    const struct text *block, unsigned int flags,
		    struct cli_result *res)
{
	struct cli_ctx c = { .s = s, .res = res, .match = &r->match, .level = r->level,
			     .op = r->op, .flags = flags };

	res->secret = has_secret(&r->match);
	args_build(&c, r->words + r->first, r->n_cmd);
	if (block)
		args_replace_line(&c, block);
	if (too_deep(&c))
		cli_refuse(&c, "Modes nested too deep");
	else
		run_handler(&c);
	if (res->error) {
		res->status = CLI_REFUSED;
	} else {
		res->status = c.ignored ? CLI_IGNORED : CLI_DONE;
		move_stack(&c, r->indent);
		show_value(&c);
	}
	take_warnings(&c);
	if (c.next.release)
		c.next.release(c.next.obj);
	json_decref(c.json);
	args_free(&c);
}
