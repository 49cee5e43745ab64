// SPDX-License-Identifier: GPL-2.0-or-later
/* block: banners and certificates, whose text goes on over several lines. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

/* "^C" as a running-config prints it, the control character, or any other. */
static size_t find_delimiter(const char *text, char out[4])
{
	size_t len = text[0] == '^' && text[1] == 'C' ? 2 : 1;

	memcpy(out, text, len);
	out[len] = '\0';
	return len;
}

static const struct matched *line_argument(const struct match *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->path[i].atom->kind == ATOM_LINE)
			return &m->path[i];
	return NULL;
}

/* Starts collecting; false if the text ends on the same line. */
static bool begin_delimited(struct block *b, const struct reading *r)
{
	const struct matched *arg = line_argument(&r->match);
	const struct word *w;
	char *text, *rest, *end;
	size_t len;

	if (!arg)
		return false;
	w = &r->words[r->first + arg->word];
	text = checked(strndup(w->text, r->len - w->column));
	len = find_delimiter(text, b->delimiter);
	rest = text + len;
	end = strstr(rest, b->delimiter);
	if (end)
		*end = '\0';
	text_printf(&b->text, "%s%s", rest, end ? "" : "\n");
	free(text);
	return !end;
}

bool block_begin(struct cli_session *s, const struct reading *r)
{
	const struct cli_command *cmd = r->match.slot->cmd;
	struct block *b = &s->block;

	if (r->op != CLI_SET || !(cmd->flags & (CLI_F_BLOCK_DELIM | CLI_F_BLOCK_QUIT)))
		return false;
	memset(b, 0, sizeof(*b));
	b->quit = cmd->flags & CLI_F_BLOCK_QUIT;
	if (!b->quit && !begin_delimited(b, r))
		return false;
	b->active = true;
	b->line = s->line;
	b->head = checked(strndup(r->line, r->len));
	return true;
}

static bool is_quit(const char *line, size_t len)
{
	struct word w;

	return word_split(line, len, &w, 1) == 1 && word_is(&w, "quit");
}

bool block_add(struct cli_session *s, const char *line, size_t len, bool *overflow)
{
	struct block *b = &s->block;
	const char *end = NULL;

	*overflow = b->text.len + len > BLOCK_MAX;
	if (*overflow)
		return true;
	if (b->quit) {
		if (is_quit(line, len))
			return true;
	} else {
		end = memmem(line, len, b->delimiter, strlen(b->delimiter));
	}
	text_add(&b->text, line, end ? (size_t)(end - line) : len);
	if (!end)
		text_puts(&b->text, "\n");
	return end;
}

void block_end(struct cli_session *s)
{
	free(s->block.head);
	text_wipe(&s->block.text);
	memset(&s->block, 0, sizeof(s->block));
}
