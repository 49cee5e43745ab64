// SPDX-License-Identifier: GPL-2.0-or-later
/* running: the running-config, as the commands write it (CLI-7). */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

struct cli_writer {
	const struct cli *cli;
	const void *config;
	const void *obj;
	struct text *out;
	unsigned int flags;
	unsigned int depth;
};

const void *cli_write_config(const struct cli_writer *w)
{
	return w->config;
}

const void *cli_write_obj(const struct cli_writer *w)
{
	return w->obj;
}

bool cli_write_secrets(const struct cli_writer *w)
{
	return w->flags & CLI_WRITE_SECRETS;
}

void cli_write_line(struct cli_writer *w, const char *fmt, ...)
{
	va_list ap;
	unsigned int i;

	for (i = 0; i < w->depth; i++)
		text_puts(w->out, " ");
	va_start(ap, fmt);
	text_vprintf(w->out, fmt, ap);
	va_end(ap);
	text_puts(w->out, "\n");
}

static bool ends_with_separator(const struct text *t)
{
	return t->len >= 2 && !strcmp(t->data + t->len - 2, "!\n") &&
	       (t->len == 2 || t->data[t->len - 3] == '\n');
}

void cli_write_sep(struct cli_writer *w)
{
	if (!ends_with_separator(w->out))
		text_puts(w->out, "!\n");
}

static int by_order(const void *a, const void *b)
{
	const struct slot *x = *(struct slot * const *)a, *y = *(struct slot * const *)b;

	return (x->cmd->order > y->cmd->order) - (x->cmd->order < y->cmd->order);
}

/* The commands of @mode that write something, in their order; *@n of them. */
static struct slot **writers_of(const struct cli *cli, unsigned int mode, size_t *n)
{
	struct slot **list = checked(calloc(cli->n_slots, sizeof(*list)));
	size_t i, k;

	*n = 0;
	for (i = 0; i < cli->n_slots; i++) {
		struct slot *slot = cli->slots[i];

		if (!slot->cmd->write || !(slot->cmd->modes & CLI_IN(mode)))
			continue;
		/* Insertion keeps the order of declaration among equals. */
		for (k = (*n)++; k && by_order(&list[k - 1], &slot) > 0; k--)
			list[k] = list[k - 1];
		list[k] = slot;
	}
	return list;
}

void cli_write_mode(struct cli_writer *w, unsigned int mode, const void *obj)
{
	const void *outer = w->obj;
	struct slot **list;
	size_t n, i;

	list = writers_of(w->cli, mode, &n);
	w->obj = obj;
	w->depth++;
	for (i = 0; i < n; i++)
		list[i]->cmd->write(w);
	w->depth--;
	w->obj = outer;
	free(list);
}

static void write_all(struct cli_writer *w)
{
	struct slot **list;
	size_t n, i;

	list = writers_of(w->cli, CLI_MODE_CONFIG, &n);
	for (i = 0; i < n; i++) {
		list[i]->cmd->write(w);
		if (i + 1 == n || list[i + 1]->cmd->order != list[i]->cmd->order)
			cli_write_sep(w);
	}
	free(list);
}

void cli_running_config(const struct cli *cli, const void *config,
			unsigned int flags, struct text *out)
{
	struct text body = TEXT_INIT;
	struct cli_writer w = { .cli = cli, .config = config, .out = &body, .flags = flags };

	cli_write_sep(&w);
	write_all(&w);
	cli_write_sep(&w);
	text_puts(&body, "end\n");
	if (flags & CLI_WRITE_HEADER)
		text_printf(out, "Building configuration...\n\n"
			    "Current configuration : %zu bytes\n", body.len);
	text_add(out, body.data, body.len);
	text_wipe(&body);
}
