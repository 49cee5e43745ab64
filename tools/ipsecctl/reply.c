// SPDX-License-Identifier: GPL-2.0-or-later
/* reply: what the daemon answered, for people and for scripts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipsecctl.h"

static const char *member(const json_t *reply, const char *key)
{
	return json_string_value(json_object_get(reply, key));
}

int reply_status(const json_t *reply)
{
	const char *status = member(reply, "status");

	if (status && (!strcmp(status, "done") || !strcmp(status, "ignored")))
		return EXIT_DONE;
	return EXIT_REFUSED;
}

static void print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
}

static void print_output(const json_t *reply, bool json)
{
	const json_t *value = json_object_get(reply, "json");
	const json_t *text = json_object_get(reply, "text");
	json_t *wrapped;

	if (json && value) {
		print_json(value);
	} else if (json && json_string_length(text)) {
		wrapped = json_pack("{s:O}", "output", text);
		print_json(wrapped);
		json_decref(wrapped);
	} else if (text) {
		fwrite(json_string_value(text), 1, json_string_length(text), stdout);
	}
	fflush(stdout);
}

/* Each line of @text behind @prefix. */
static void print_lines(const char *prefix, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");

		fprintf(stderr, "%s%.*s\n", prefix, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

/* The line up to the end of the word at the marker, and the marker below. */
static void print_marked(const char *line, size_t marker)
{
	size_t len = strlen(line), end, i;

	if (marker > len)
		return;
	end = marker + strcspn(line + marker, " \t");
	fprintf(stderr, "%.*s\n", (int)end, line);
	for (i = 0; i < marker; i++)
		fputc(line[i] == '\t' ? '\t' : ' ', stderr);
	fputs("^\n", stderr);
}

static void print_error(const json_t *reply, const char *line)
{
	const json_t *marker = json_object_get(reply, "marker");
	const char *error = member(reply, "error");
	const char *detail = member(reply, "detail");

	if (!error)
		return;
	if (line && marker && !json_object_get(reply, "secret"))
		print_marked(line, (size_t)json_integer_value(marker));
	fprintf(stderr, "%s\n", error);
	if (detail)
		fprintf(stderr, "%% %s\n", detail);
}

void reply_print(const json_t *reply, const char *line, bool json)
{
	print_output(reply, json);
	print_lines("", member(reply, "warnings"));
	print_error(reply, line);
	if (member(reply, "status") && !strcmp(member(reply, "status"), "ignored"))
		fprintf(stderr, "%% Ignored\n");
}

void reply_print_at(const json_t *reply, const char *file, unsigned int line, bool json)
{
	const json_t *marker = json_object_get(reply, "marker");
	const char *status = member(reply, "status");
	const char *error = member(reply, "error");
	const char *detail = member(reply, "detail");
	const char *word = member(reply, "word");
	char prefix[4096];

	snprintf(prefix, sizeof(prefix), "%s:%u: ", file, line);
	print_output(reply, json);
	print_lines(prefix, member(reply, "warnings"));
	if (status && !strcmp(status, "unknown") && marker)
		fprintf(stderr, "%s%% Invalid input detected at column %d%s%s%s%s%s\n", prefix,
			(int)json_integer_value(marker) + 1, word ? ": \"" : "",
			word ? word : "", word ? "\"" : "", detail ? ": " : "",
			detail ? detail : "");
	else if (error)
		fprintf(stderr, "%s%s\n", prefix, error);
}

void reply_print_report(const json_t *reply, const char *file, bool json)
{
	json_t *lines = json_object_get(reply, "lines"), *l;
	size_t i;

	if (json) {
		print_json(reply);
		return;
	}
	if (member(reply, "error"))
		fprintf(stderr, "%s: %% %s\n", file, member(reply, "error"));
	json_array_foreach(lines, i, l) {
		json_int_t number = json_integer_value(json_object_get(l, "line"));
		const char *status = member(l, "status");
		const char *text = member(l, "text");
		bool ignored = status && !strcmp(status, "ignored");

		/* The two streams may end in one file. */
		if (!ignored)
			fflush(stdout);
		if (number)
			fprintf(ignored ? stdout : stderr, "%s:%lld: %s%s\n", file,
				(long long)number, ignored ? "ignored: " : "", text ? text : "");
		else
			fprintf(stderr, "%s: %s\n", file, text ? text : "");
	}
	if (lines)
		printf("%s: %d applied, %d ignored, %d refused\n", file,
		       (int)json_integer_value(json_object_get(reply, "applied")),
		       (int)json_integer_value(json_object_get(reply, "ignored")),
		       (int)json_integer_value(json_object_get(reply, "refused")));
	fflush(stdout);
}
