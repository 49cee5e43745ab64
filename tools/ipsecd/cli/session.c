// SPDX-License-Identifier: GPL-2.0-or-later
/* session: the mode stack of one user, and the way of a line through it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

/* Lines that "show running-config" prints around the configuration (CLI-7). */
static const char * const noise[] = {
	"Building configuration...",
	"Current configuration :",
	"Using ",
};

struct cli_session *cli_session_new(struct cli *cli)
{
	struct cli_session *s = checked(calloc(1, sizeof(*s)));

	s->cli = cli;
	s->depth = 1;
	s->stack[0].mode = CLI_MODE_PRIV;
	return s;
}

void cli_session_free(struct cli_session *s)
{
	if (!s)
		return;
	session_pop(s, 0);
	block_end(s);
	free(s);
}

bool cli_session_monitors(const struct cli_session *s)
{
	return s->monitor;
}

unsigned int cli_session_mode(const struct cli_session *s)
{
	return s->stack[s->depth - 1].mode;
}

void cli_prompt(const struct cli_session *s, struct text *out)
{
	const struct cli_mode *mode = s->cli->modes[cli_session_mode(s)];
	const struct cli_ops *ops = s->cli->ops;
	const char *host = ops->hostname ? ops->hostname(s->cli->user) : NULL;

	if (s->block.active)
		return;
	text_puts(out, host && *host ? host : "Router");
	if (mode->prompt)
		text_printf(out, "(%s)", mode->prompt);
	text_puts(out, mode->id == CLI_MODE_EXEC ? ">" : "#");
}

void session_pop(struct cli_session *s, size_t depth)
{
	while (s->depth > depth) {
		struct level *l = &s->stack[--s->depth];

		if (l->release)
			l->release(l->obj);
		memset(l, 0, sizeof(*l));
	}
}

void session_push(struct cli_session *s, const struct level *level)
{
	if (s->depth == CLI_DEPTH_MAX) {
		if (level->release)
			level->release(level->obj);
		return;
	}
	s->stack[s->depth++] = *level;
}

/* ------------------------------------------------------------- one line */

static size_t trim_end(const char *line, size_t len)
{
	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r' ||
		       isblank((unsigned char)line[len - 1])))
		len--;
	return len;
}

/*
 * Octets that no command may hold: they could drive the terminal of whoever
 * looks at the configuration later. ^C is the usual delimiter of a banner.
 */
static int find_control(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)line[i];
		bool c1 = ch == 0xc2 && i + 1 < len && ((unsigned char)line[i + 1] & 0xe0) == 0x80;

		if ((ch < ' ' && ch != '\t' && ch != 3) || ch == 0x7f || c1)
			return (int)i;
	}
	return -1;
}

static bool is_noise(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
		if (len >= strlen(noise[i]) && !strncmp(line, noise[i], strlen(noise[i])))
			return true;
	return false;
}

static size_t indent_of(const char *line, size_t len)
{
	size_t i = 0;

	while (i < len && isblank((unsigned char)line[i]))
		i++;
	return i;
}

/* Takes the line apart. False if it is done with, one way or the other. */
static bool split(const char *line, size_t len, bool guarded, struct reading *r,
		  struct cli_result *res)
{
	int control, n;

	memset(r, 0, sizeof(*r));
	r->line = line;
	r->len = len;
	r->indent = indent_of(line, len);
	if (r->indent == len || line[r->indent] == '!' || (guarded && is_noise(line, len)))
		return false;
	control = find_control(line, len);
	if (control >= 0) {
		result_set(res, CLI_UNKNOWN, control, NULL);
		res->detail = checked(strdup("control character"));
		return false;
	}
	n = len > CLI_LINE_MAX ? -1 : word_split(line, len, r->words, CLI_TOKENS_MAX);
	if (n < 0) {
		result_set(res, CLI_REFUSED, -1, "Line too long");
		return false;
	}
	r->n = (size_t)n;
	return true;
}

/* "enable" and "configure terminal" at the head of a file say nothing new. */
static bool file_noop(struct cli_session *s, const struct reading *r)
{
	size_t n = r->n;
	struct match_error e;
	struct match m;
	bool noop;

	if (!s->file || r->found || r->op != CLI_SET ||
	    !match_line(s->cli, CLI_MODE_PRIV, CLI_SET, r->words, &n, &m, &e))
		return false;
	noop = m.slot->cmd->flags & CLI_F_FILE_NOOP;
	match_free(&m);
	return noop;
}

/* ^C may only delimit the text of a banner. */
static bool stray_delimiter(const struct reading *r, struct cli_result *res)
{
	const char *at = memchr(r->line, 3, r->len);

	if (!at || r->match.slot->cmd->flags & CLI_F_BLOCK_DELIM)
		return false;
	result_set(res, CLI_UNKNOWN, (int)(at - r->line), NULL);
	res->detail = checked(strdup("control character"));
	return true;
}

static void run_found(struct cli_session *s, struct reading *r, unsigned int flags,
		      struct cli_result *res)
{
	bool filter = r->filter < r->n;

	if (stray_delimiter(r, res))
		return;
	if (s->file && !r->level) {
		result_set(res, CLI_REFUSED, -1, "Not a configuration command");
		return;
	}
	if (filter && flags & CLI_EXEC_JSON) {
		result_set(res, CLI_REFUSED, (int)r->words[r->filter].column,
			   "Output filters apply to text, not to JSON");
		return;
	}
	if (filter && filter_check(r->line, r->len, r->words, r->n, r->filter, res))
		return;
	if (block_begin(s, r)) {
		if (r->match.slot->cmd->flags & CLI_F_IGNORED)
			res->status = CLI_IGNORED;
		return;
	}
	invoke_reading(s, r, s->block.text.data ? &s->block.text : NULL, flags, res);
	block_end(s);
	if (filter && res->status == CLI_DONE)
		filter_apply(r->line, r->len, r->words, r->n, r->filter, &res->out, res);
}

static void run_line(struct cli_session *s, struct reading *r, unsigned int flags,
		     struct cli_result *res)
{
	bool guarded = s->file || flags & CLI_EXEC_PASTE;

	reading_resolve(s, r);
	if (file_noop(s, r) || (guarded && guard_skips(s, r, res)))
		return;
	if (r->found)
		run_found(s, r, flags, res);
	else if (r->swallowed)
		res->status = CLI_IGNORED;
	else
		reading_fail(r, res);
	if (guarded)
		guard_note(s, r, res->status);
}

/* The block is whole: run its head with the text. */
static void finish_block(struct cli_session *s, unsigned int flags, struct cli_result *res)
{
	struct block b = s->block;
	struct reading r;

	memset(&s->block, 0, sizeof(s->block));
	if (split(b.head, strlen(b.head), false, &r, res)) {
		reading_resolve(s, &r);
		if (r.found && !(r.match.slot->cmd->flags & CLI_F_IGNORED))
			invoke_reading(s, &r, &b.text, flags, res);
		reading_free(&r);
	}
	free(b.head);
	text_wipe(&b.text);
}

static void run_block_line(struct cli_session *s, const char *line, size_t len,
			   unsigned int flags, struct cli_result *res)
{
	bool overflow;

	if (!block_add(s, line, len, &overflow))
		return;
	if (overflow) {
		result_set(res, CLI_REFUSED, -1, "Text longer than %u octets", BLOCK_MAX);
		block_end(s);
		return;
	}
	finish_block(s, flags, res);
}

enum cli_status cli_exec(struct cli_session *s, const char *line, size_t len,
			 unsigned int flags, struct cli_result *res)
{
	bool guarded = s->file || flags & CLI_EXEC_PASTE;
	struct reading r;

	memset(res, 0, sizeof(*res));
	res->marker = -1;
	if (s->block.active) {
		while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			len--;
		run_block_line(s, line, len, flags, res);
		return res->status;
	}
	if (!guarded)
		s->guard.active = false;
	len = trim_end(line, len);
	if (split(line, len, guarded, &r, res)) {
		run_line(s, &r, flags, res);
		if (res->status != CLI_DONE && secret_begins(r.words, r.n) < r.n)
			res->secret = true;
		reading_free(&r);
	}
	return res->status;
}
