// SPDX-License-Identifier: GPL-2.0-or-later
/* serve: requests of the control protocol on command sessions. */
#include "serve.h"

#include <stdlib.h>
#include <string.h>

#include "../../lib/json.h"
#include "../../lib/log.h"

static json_t *error_reply(const char *why)
{
	return json_pack("{s:s, s:s}", "status", "error", "error", why);
}

static void set_text(json_t *reply, const char *key, const char *text, size_t len)
{
	json_object_set_new(reply, key, json_text(text, len));
}

static void add_prompt(json_t *reply, const struct cli_session *s)
{
	struct text prompt = TEXT_INIT;

	cli_prompt(s, &prompt);
	set_text(reply, "prompt", text_str(&prompt), prompt.len);
	text_free(&prompt);
}

static bool flag(const json_t *request, const char *key)
{
	return json_is_true(json_object_get(request, key));
}

/* The string member @key, which may hold any octets but is not shortened. */
static const char *string(const json_t *request, const char *key, size_t *len)
{
	const json_t *v = json_object_get(request, key);

	*len = json_string_length(v);
	return json_string_value(v);
}

static json_t *exec_reply(struct cli_session *s, const struct cli_result *res)
{
	json_t *reply = json_pack("{s:s}", "status", cli_status_name(res->status));

	set_text(reply, "text", text_str(&res->out), res->out.len);
	if (res->json)
		json_object_set(reply, "json", res->json);
	if (res->error)
		set_text(reply, "error", res->error, strlen(res->error));
	if (res->word)
		set_text(reply, "word", res->word, strlen(res->word));
	if (res->detail)
		set_text(reply, "detail", res->detail, strlen(res->detail));
	if (res->marker >= 0)
		json_object_set_new(reply, "marker", json_integer(res->marker));
	if (res->warnings)
		set_text(reply, "warnings", res->warnings, strlen(res->warnings));
	if (res->secret)
		json_object_set_new(reply, "secret", json_true());
	if (res->close)
		json_object_set_new(reply, "close", json_true());
	if (cli_session_monitors(s))
		json_object_set_new(reply, "monitor", json_true());
	add_prompt(reply, s);
	return reply;
}

static json_t *serve_exec(struct cli_session *s, const json_t *request, bool *close)
{
	unsigned int flags = 0;
	struct cli_result res;
	const char *line;
	json_t *reply;
	size_t len;

	line = string(request, "line", &len);
	if (!line)
		return error_reply("exec: \"line\" is missing");
	if (flag(request, "json"))
		flags |= CLI_EXEC_JSON;
	if (flag(request, "paste"))
		flags |= CLI_EXEC_PASTE;
	cli_exec(s, line, len, flags, &res);
	*close = res.close;
	reply = exec_reply(s, &res);
	cli_result_free(&res);
	return reply;
}

static json_t *report_line(const struct cli_report_line *l)
{
	json_t *v = json_pack("{s:i, s:s, s:o}", "line", (int)l->line,
			      "status", cli_status_name(l->status),
			      "text", json_text(l->text, strlen(l->text)));

	if (l->marker >= 0)
		json_object_set_new(v, "marker", json_integer(l->marker));
	if (l->warning)
		json_object_set_new(v, "warning", json_true());
	return v;
}

static json_t *serve_apply(struct cli_session *s, const json_t *request)
{
	struct cli_report report;
	json_t *reply, *lines;
	const char *text;
	size_t len, i;
	int rc;

	text = string(request, "text", &len);
	if (!text)
		return error_reply("apply: \"text\" is missing");
	rc = cli_apply(s, text, len, &report);
	lines = json_array();
	for (i = 0; i < report.n; i++)
		json_array_append_new(lines, report_line(&report.lines[i]));
	reply = json_pack("{s:s, s:i, s:i, s:i, s:b, s:o}",
			  "status", cli_status_name(rc ? CLI_REFUSED : CLI_DONE),
			  "applied", (int)report.applied, "ignored", (int)report.ignored,
			  "refused", (int)report.refused, "committed", report.committed,
			  "lines", lines);
	add_prompt(reply, s);
	cli_report_free(&report);
	return reply;
}

static json_t *help_matches(const struct cli_help *help)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < help->n; i++) {
		const struct cli_match *m = &help->matches[i];

		json_array_append_new(list, json_pack("{s:o, s:o, s:b}",
			"word", json_text(m->word, strlen(m->word)),
			"help", json_text(m->help, strlen(m->help)),
			"literal", m->literal));
	}
	return list;
}

static json_t *serve_complete(struct cli_session *s, const json_t *request)
{
	json_int_t width = json_integer_value(json_object_get(request, "width"));
	const json_t *cursor = json_object_get(request, "cursor");
	struct text text = TEXT_INIT;
	struct cli_help help;
	const char *line;
	json_t *reply;
	size_t len;

	line = string(request, "line", &len);
	if (!line)
		return error_reply("complete: \"line\" is missing");
	if (json_is_integer(cursor) && json_integer_value(cursor) >= 0 &&
	    (size_t)json_integer_value(cursor) < len)
		len = (size_t)json_integer_value(cursor);
	cli_complete(s, line, len, &help);
	cli_help_text(&help, width > 0 && width <= 512 ? (unsigned int)width : 80, &text);
	reply = json_pack("{s:i, s:b, s:o}", "start", (int)help.start,
			  "partial", help.partial, "matches", help_matches(&help));
	set_text(reply, "text", text_str(&text), text.len);
	if (help.error)
		set_text(reply, "error", help.error, strlen(help.error));
	if (help.marker >= 0)
		json_object_set_new(reply, "marker", json_integer(help.marker));
	add_prompt(reply, s);
	text_free(&text);
	cli_help_free(&help);
	return reply;
}

static json_t *serve_prompt(struct cli_session *s)
{
	json_t *reply = json_object();

	json_object_set_new(reply, "mode", json_integer(cli_session_mode(s)));
	add_prompt(reply, s);
	return reply;
}

json_t *serve_request(struct cli_session *s, const json_t *request, bool *close)
{
	const char *op = json_string_value(json_object_get(request, "op"));

	*close = false;
	if (!op)
		return error_reply("\"op\" is missing");
	if (!strcmp(op, "exec"))
		return serve_exec(s, request, close);
	if (!strcmp(op, "apply"))
		return serve_apply(s, request);
	if (!strcmp(op, "complete"))
		return serve_complete(s, request);
	if (!strcmp(op, "prompt"))
		return serve_prompt(s);
	return error_reply("unknown \"op\"");
}

/* ---------------------------------------------------------------- monitor */

static bool monitors(const void *session)
{
	return cli_session_monitors(session);
}

static void push_line(void *arg, const struct timespec *when, int severity, const char *text)
{
	json_int_t ms = (json_int_t)when->tv_sec * 1000 + when->tv_nsec / 1000000;

	if (ctl_server_wanted(arg, monitors))
		ctl_server_push(arg, monitors,
				json_pack("{s:I, s:i, s:o}", "time", ms, "severity", severity,
					  "text", json_text(text, strlen(text))));
}

void serve_monitor(struct ctl_server *srv)
{
	log_listen(srv ? push_line : NULL, srv);
}
