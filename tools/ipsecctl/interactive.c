// SPDX-License-Identifier: GPL-2.0-or-later
/* interactive: a session on the terminal, with libedit. */
#define _GNU_SOURCE
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <wchar.h>

#include "../lib/json.h"
#include "ipsecctl.h"

#define HISTORY_LINES 500

struct terminal {
	struct ipsecctl *ctl;
	EditLine *el;
	History *history;
	char *prompt;		/* "" inside a banner: what is typed is text */
	bool editing;		/* a line is on the screen, and the cursor in it */
	int status;		/* of a lost connection, else EXIT_DONE */
};

static struct terminal *terminal_of(EditLine *el)
{
	void *data = NULL;

	el_get(el, EL_CLIENTDATA, &data);
	return data;
}

static char *prompt(EditLine *el)
{
	static char none[] = "";
	struct terminal *t = terminal_of(el);

	return t->prompt ? t->prompt : none;
}

static void take_prompt(struct terminal *t, const json_t *reply)
{
	const char *text = json_string_value(json_object_get(reply, "prompt"));

	if (!text)
		return;
	free(t->prompt);
	t->prompt = strdup(text);
}

/* ------------------------------------------------------------- '?' and Tab */

static json_t *ask(struct terminal *t, const LineInfo *line)
{
	size_t cursor = (size_t)(line->cursor - line->buffer);
	int columns = 80;

	el_get(t->el, EL_GETTC, "co", &columns, NULL);
	return ipsecctl_call(t->ctl, json_pack("{s:s, s:o, s:i, s:i}", "op", "complete",
					       "line", json_text(line->buffer, cursor),
					       "cursor", (int)cursor, "width", columns),
			     &t->status);
}

static unsigned char on_help(EditLine *el, int ch)
{
	struct terminal *t = terminal_of(el);
	const char *text;
	json_t *reply;

	(void)ch;
	if (!*prompt(el)) {
		el_insertstr(el, "?");
		return CC_REFRESH;
	}
	reply = ask(t, el_line(el));
	if (!reply)
		return CC_EOF;
	text = json_string_value(json_object_get(reply, "text"));
	printf("?\n%s\n", text ? text : "");
	fflush(stdout);
	json_decref(reply);
	return CC_REDISPLAY;
}

static size_t common_length(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

/* The longest beginning that all words have in common; *@n of them. */
static size_t common_prefix(const json_t *matches, const char **word, size_t *n)
{
	const json_t *m;
	size_t i, len = 0;

	*n = 0;
	*word = "";
	json_array_foreach((json_t *)matches, i, m) {
		const char *text = json_string_value(json_object_get(m, "word"));

		if (!text || !json_is_true(json_object_get(m, "literal")))
			continue;
		len = (*n)++ ? common_length(*word, text) < len ?
			       common_length(*word, text) : len : strlen(text);
		if (*n == 1)
			*word = text;
	}
	return len;
}

static void insert(EditLine *el, const char *text, size_t len, bool blank)
{
	char *copy = strndup(text, len);

	if (copy)
		el_insertstr(el, copy);
	if (blank)
		el_insertstr(el, " ");
	free(copy);
}

static unsigned char complete(struct terminal *t, const json_t *reply, const LineInfo *line)
{
	size_t start = (size_t)json_integer_value(json_object_get(reply, "start"));
	size_t typed = (size_t)(line->cursor - line->buffer);
	const char *word, *text;
	size_t n, len;

	len = common_prefix(json_object_get(reply, "matches"), &word, &n);
	typed = start < typed ? typed - start : 0;
	if (n && typed && len >= typed) {
		if (len > typed || n == 1) {
			el_deletestr(t->el, (int)typed);
			insert(t->el, word, len, n == 1);
			return CC_REFRESH;
		}
		text = json_string_value(json_object_get(reply, "text"));
		printf("\n%s", text ? text : "");
		fflush(stdout);
		return CC_REDISPLAY;
	}
	return CC_REFRESH_BEEP;
}

static unsigned char on_tab(EditLine *el, int ch)
{
	struct terminal *t = terminal_of(el);
	unsigned char what;
	json_t *reply;

	(void)ch;
	if (!*prompt(el)) {
		el_insertstr(el, "\t");
		return CC_REFRESH;
	}
	reply = ask(t, el_line(el));
	if (!reply)
		return CC_EOF;
	what = complete(t, reply, el_line(el));
	json_decref(reply);
	return what;
}

/* ---------------------------------------------------------- ^Z, ^C */

/* With its newline: an empty line would be the end of input. */
static void replace_line(EditLine *el, const char *text)
{
	el_cursor(el, (int)(el_line(el)->lastchar - el_line(el)->cursor));
	el_deletestr(el, (int)(el_line(el)->lastchar - el_line(el)->buffer));
	el_insertstr(el, text);
}

/* ^Z leaves the configuration; the line that was begun is dropped (CLI-2). */
static unsigned char on_end(EditLine *el, int ch)
{
	(void)ch;
	replace_line(el, "end\n");
	printf("^Z\n");
	fflush(stdout);
	return CC_NEWLINE;
}

static unsigned char on_cancel(EditLine *el, int ch)
{
	(void)ch;
	replace_line(el, "\n");
	printf("^C\n");
	fflush(stdout);
	return CC_NEWLINE;
}

/* ------------------------------- reading keys, and what comes in the meantime */

static volatile sig_atomic_t resized;

static void on_resize(int number)
{
	(void)number;
	resized = 1;
}

/* Columns of the first @len octets of @text; what cannot be shown is shown as ^X. */
static size_t columns_of(const char *text, size_t len)
{
	mbstate_t state = { 0 };
	size_t n, columns = 0;
	wchar_t c;
	int width;

	for (; len; text += n, len -= n) {
		n = mbrtowc(&c, text, len, &state);
		if (n == (size_t)-1 || n == (size_t)-2 || !n) {
			memset(&state, 0, sizeof(state));
			n = 1;
			width = 1;
		} else {
			width = wcwidth(c);
		}
		columns += width < 0 ? 2 : (size_t)width;
	}
	return columns;
}

/* Rows between the prompt and the cursor. */
static size_t cursor_row(struct terminal *t)
{
	const LineInfo *line = el_line(t->el);
	size_t at = columns_of(prompt(t->el), strlen(prompt(t->el)));
	int columns = 80;

	el_get(t->el, EL_GETTC, "co", &columns, NULL);
	at += columns_of(line->buffer, (size_t)(line->cursor - line->buffer));
	return columns > 0 ? at / (size_t)columns : 0;
}

/* Any terminal that can take text away does it as a vt100 does. */
static bool can_clear(struct terminal *t)
{
	char *sequence = NULL;

	return el_get(t->el, EL_GETTC, "cd", &sequence, NULL) == 0 && sequence && *sequence;
}

/*
 * Lines that came unasked. Those that come while a line is being edited take
 * its place on the screen, and it is drawn again below them: libedit goes from
 * the row in which it left the cursor to the first one, and writes all anew.
 */
static void on_push(void *arg, const json_t *frame)
{
	struct terminal *t = arg;
	size_t row, i;

	if (!t->editing) {
		monitor_print(frame, t->ctl->json);
		return;
	}
	row = can_clear(t) ? cursor_row(t) : 0;
	for (i = 0; i < row; i++)
		fputs("\033[A", stdout);
	fputs(can_clear(t) ? "\r\033[J" : "\n", stdout);
	monitor_print(frame, t->ctl->json);
	for (i = 0; i < row; i++)
		putchar('\n');
	fflush(stdout);
	el_set(t->el, EL_REFRESH);
}

/* @fn is ctl_deliver() or ctl_listen_in(). False when the daemon is gone. */
static bool take_pushed(struct terminal *t,
			int (*fn)(struct ctl_client *c, char *err, size_t size))
{
	char err[256];
	int rc;

	t->editing = true;
	rc = fn(&t->ctl->client, err, sizeof(err));
	t->editing = false;
	if (rc >= 0)
		return true;
	printf("\n");
	fflush(stdout);
	fprintf(stderr, "ipsecctl: %s\n", err);
	t->status = EXIT_UNREACHABLE;
	return false;
}

/* The octets of one character. 1, or what read() says. */
static int read_character(wchar_t *c)
{
	mbstate_t state = { 0 };
	ssize_t n;
	char octet;

	for (;;) {
		n = read(STDIN_FILENO, &octet, 1);
		if (n <= 0)
			return (int)n;
		switch (mbrtowc(c, &octet, 1, &state)) {
		case (size_t)-2:
			continue;
		case (size_t)-1:
			*c = (unsigned char)octet;
			return 1;
		default:
			return 1;
		}
	}
}

/* For libedit: the next key; until it comes, what is pushed is shown. */
static int next_key(EditLine *el, wchar_t *c)
{
	struct terminal *t = terminal_of(el);
	struct pollfd p[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = t->ctl->client.fd, .events = POLLIN },
	};

	/* What came together with the last reply. */
	if (!take_pushed(t, ctl_deliver))
		return 0;
	for (;;) {
		int n = poll(p, 2, -1);

		if (resized) {
			resized = 0;
			el_resize(el);
			el_set(el, EL_REFRESH);
		}
		if (n < 0 && errno != EINTR)
			return -1;
		if (n <= 0)
			continue;
		/* Keys first: a flood of lines must not keep "undebug all" away. */
		if (p[0].revents)
			return read_character(c);
		if (!take_pushed(t, ctl_listen_in))
			return 0;
	}
}

/*
 * libedit takes SIGWINCH once, and gives it back to who had it before: that is
 * us, from then on.
 */
static void watch_size(void)
{
	struct sigaction action = { .sa_handler = on_resize };

	sigemptyset(&action.sa_mask);
	sigaction(SIGWINCH, &action, NULL);
}

/* ------------------------------------------------------------- the session */

static bool terminal_open(struct terminal *t)
{
	HistEvent ev;

	setlocale(LC_ALL, "");
	t->el = el_init("ipsecctl", stdin, stdout, stderr);
	t->history = history_init();
	if (!t->el || !t->history)
		return false;
	history(t->history, &ev, H_SETSIZE, HISTORY_LINES);
	history(t->history, &ev, H_SETUNIQUE, 1);
	el_set(t->el, EL_CLIENTDATA, t);
	el_set(t->el, EL_EDITOR, "emacs");
	el_set(t->el, EL_SIGNAL, 1);
	el_set(t->el, EL_PROMPT, prompt);
	el_set(t->el, EL_GETCFN, next_key);
	el_set(t->el, EL_HIST, history, t->history);
	el_set(t->el, EL_ADDFN, "cm-help", "List what may come next", on_help);
	el_set(t->el, EL_ADDFN, "cm-complete", "Complete the word", on_tab);
	el_set(t->el, EL_ADDFN, "cm-end", "Leave the configuration", on_end);
	el_set(t->el, EL_ADDFN, "cm-cancel", "Drop the line", on_cancel);
	el_set(t->el, EL_BIND, "?", "cm-help", NULL);
	el_set(t->el, EL_BIND, "^I", "cm-complete", NULL);
	el_set(t->el, EL_BIND, "^Z", "cm-end", NULL);
	el_set(t->el, EL_BIND, "^C", "cm-cancel", NULL);
	el_set(t->el, EL_BIND, "^V", "ed-quoted-insert", NULL);
	el_set(t->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	/*
	 * ^C, ^D, ^V and ^Z are keys here. They keep their meaning when they are
	 * typed while a line is carried out, or between a prompt and libedit's
	 * first read: outside of its reads the terminal must not act on them
	 * either. ^\ still ends a session whose daemon does not answer.
	 */
	el_set(t->el, EL_SETTY, "-d", "-isig", NULL);
	el_set(t->el, EL_SETTY, "-x", "-icanon", "-echo", "-iexten", "intr=", "susp=", NULL);
	return true;
}

static void terminal_close(struct terminal *t)
{
	if (t->history)
		history_end(t->history);
	if (t->el)
		el_end(t->el);
	free(t->prompt);
}

static void remember(struct terminal *t, const char *line, const json_t *reply)
{
	HistEvent ev;

	if (strspn(line, " \t\r\n") == strlen(line) || json_object_get(reply, "secret"))
		return;
	history(t->history, &ev, H_ENTER, line);
}

/* The line is on the screen: only the marker is missing, below the prompt. */
static void print_marker(const char *prompt_text, const json_t *reply)
{
	const json_t *marker = json_object_get(reply, "marker");

	if (marker)
		printf("%*s^\n", (int)(strlen(prompt_text) +
				       (size_t)json_integer_value(marker)), "");
	fflush(stdout);
}

/* False when the session is over. */
static bool run_line(struct terminal *t, const char *line, size_t len)
{
	json_t *reply = ipsecctl_exec(t->ctl, line, len, false, &t->status);
	bool over;

	if (!reply)
		return false;
	remember(t, line, reply);
	print_marker(t->prompt ? t->prompt : "", reply);
	reply_print(reply, NULL, t->ctl->json);
	take_prompt(t, reply);
	over = json_object_get(reply, "close");
	json_decref(reply);
	return !over;
}

static bool first_prompt(struct terminal *t)
{
	json_t *reply = ipsecctl_call(t->ctl, json_pack("{s:s}", "op", "prompt"), &t->status);
	const char *error;

	if (!reply)
		return false;
	error = json_string_value(json_object_get(reply, "error"));
	if (error) {
		fprintf(stderr, "ipsecctl: %s\n", error);
		t->status = EXIT_REFUSED;
	}
	take_prompt(t, reply);
	json_decref(reply);
	return !error;
}

int interactive_run(struct ipsecctl *ctl)
{
	struct terminal t = { .ctl = ctl };
	const char *line;
	int len = 0;

	ctl->client.push = on_push;
	ctl->client.push_arg = &t;
	watch_size();
	if (!first_prompt(&t) || !terminal_open(&t)) {
		terminal_close(&t);
		return t.status ? t.status : EXIT_REFUSED;
	}
	while ((line = el_gets(t.el, &len)) && len > 0)
		if (!run_line(&t, line, (size_t)len))
			break;
	if (!line)
		putchar('\n');
	terminal_close(&t);
	return t.status;
}
