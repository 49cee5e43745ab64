// SPDX-License-Identifier: GPL-2.0-or-later
/* context: what a handler knows about its line, and what it answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

enum cli_op cli_op(const struct cli_ctx *c)
{
	return c->op;
}

void *cli_user(const struct cli_ctx *c)
{
	return c->s->cli->user;
}

void *cli_candidate(const struct cli_ctx *c)
{
	return c->candidate;
}

unsigned int cli_line(const struct cli_ctx *c)
{
	return c->s->line;
}

bool cli_wants_json(const struct cli_ctx *c)
{
	return c->flags & CLI_EXEC_JSON;
}

void *cli_mode_obj(const struct cli_ctx *c)
{
	return c->s->stack[c->level].obj;
}

unsigned int cli_mode_id(const struct cli_ctx *c)
{
	return c->s->stack[c->level].mode;
}

void result_set(struct cli_result *res, enum cli_status status, int marker,
		const char *fmt, ...)
{
	static const char * const standard[] = {
		[CLI_UNKNOWN] = "% Invalid input detected at '^' marker.",
		[CLI_INCOMPLETE] = "% Incomplete command.",
		[CLI_SKIPPED] = "% Skipped",
	};
	struct text t = TEXT_INIT;
	va_list ap;

	if (fmt) {
		text_puts(&t, "% ");
		va_start(ap, fmt);
		text_vprintf(&t, fmt, ap);
		va_end(ap);
	} else {
		text_puts(&t, standard[status]);
	}
	free(res->error);
	res->error = text_steal(&t);
	res->status = status;
	res->marker = marker;
}

/* One message is one line, whatever the handler put into it. */
static char *message(const char *fmt, va_list ap)
{
	struct text t = TEXT_INIT;
	size_t i;

	text_vprintf(&t, fmt, ap);
	while (t.len && t.data[t.len - 1] == '\n')
		text_truncate(&t, t.len - 1);
	for (i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] < ' ')
			t.data[i] = ' ';
	return text_steal(&t);
}

int cli_refuse(struct cli_ctx *c, const char *fmt, ...)
{
	va_list ap;
	char *why;

	va_start(ap, fmt);
	why = message(fmt, ap);
	va_end(ap);
	result_set(c->res, CLI_REFUSED, -1, "%s", why);
	free(why);
	return -1;
}

int cli_refuse_at(struct cli_ctx *c, const char *name, const char *fmt, ...)
{
	va_list ap;
	char *why;

	va_start(ap, fmt);
	why = message(fmt, ap);
	va_end(ap);
	result_set(c->res, CLI_REFUSED, args_column(c, name), "%s", why);
	free(why);
	return -1;
}

int cli_ignore(struct cli_ctx *c)
{
	c->ignored = true;
	return 0;
}

void cli_warn(struct cli_ctx *c, const char *fmt, ...)
{
	va_list ap;
	char *why;

	va_start(ap, fmt);
	why = message(fmt, ap);
	va_end(ap);
	text_printf(&c->warnings, "%% %s\n", why);
	free(why);
}

void cli_printf(struct cli_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&c->res->out, fmt, ap);
	va_end(ap);
}

struct text *cli_out(struct cli_ctx *c)
{
	return &c->res->out;
}

void cli_set_json(struct cli_ctx *c, json_t *value)
{
	json_decref(c->json);
	c->json = value;
}

void cli_enter(struct cli_ctx *c, unsigned int mode, void *obj, void (*release)(void *))
{
	if (c->next.release)
		c->next.release(c->next.obj);
	c->enter = true;
	c->next.mode = (uint8_t)mode;
	c->next.obj = obj;
	c->next.release = release;
}

void cli_result_free(struct cli_result *res)
{
	free(res->error);
	free(res->word);
	free(res->detail);
	free(res->warnings);
	text_wipe(&res->out);
	json_decref(res->json);
	memset(res, 0, sizeof(*res));
}

const char *cli_status_name(enum cli_status status)
{
	static const char * const names[] = {
		[CLI_DONE] = "done",
		[CLI_IGNORED] = "ignored",
		[CLI_REFUSED] = "refused",
		[CLI_INCOMPLETE] = "incomplete",
		[CLI_AMBIGUOUS] = "ambiguous",
		[CLI_UNKNOWN] = "unknown",
		[CLI_SKIPPED] = "skipped",
	};

	return names[status];
}
