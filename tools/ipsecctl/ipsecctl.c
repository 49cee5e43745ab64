// SPDX-License-Identifier: GPL-2.0-or-later
/* ipsecctl: arguments, and the ways to run that need no terminal. */
#include "ipsecctl.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/json.h"
#include "../lib/text.h"
#include "../lib/version.h"

struct options {
	const char *socket;
	const char *file;
	const char *complete;
	char **lines;		/* of -c */
	size_t n_lines;
	bool json;
};

static void usage(FILE *out)
{
	fputs("usage: ipsecctl [-s SOCKET] [-j] [COMMAND...]\n"
	      "       ipsecctl [-s SOCKET] [-j] -c LINE [-c LINE]...\n"
	      "       ipsecctl [-s SOCKET] [-j] -f FILE\n"
	      "       ipsecctl [-s SOCKET] --complete LINE\n"
	      "\n"
	      "  COMMAND          one exec command: ipsecctl show crypto ipsec sa\n"
	      "  -c LINE          a line of a session; repeatable, in order, up to the first\n"
	      "                   that is refused\n"
	      "  -f FILE          apply a configuration, '-' is standard input\n"
	      "  -j               print values as JSON\n"
	      "  -s SOCKET        control socket (" IPSECCTL_SOCKET ")\n"
	      "  --complete LINE  what may come at the end of LINE, for shells\n"
	      "  --help, --version\n"
	      "\n"
	      "After \"terminal monitor\" log and debug lines are printed until interrupted.\n"
	      "Without COMMAND: a session on the terminal, or one pasted to standard input.\n"
	      "Keys do not belong in arguments, where other users see them: use -f -.\n"
	      "Exit status: 0 done, 1 refused or failed, 2 usage, 3 daemon not reachable.\n",
	      out);
}

/* ------------------------------------------------------------- requests */

json_t *ipsecctl_call(struct ipsecctl *ctl, json_t *request, int *status)
{
	char err[256];
	json_t *reply;
	int rc;

	rc = ctl_call(&ctl->client, request, &reply, err, sizeof(err));
	if (!rc)
		return reply;
	fprintf(stderr, "ipsecctl: %s\n", err);
	*status = rc == -EMSGSIZE ? EXIT_REFUSED : EXIT_UNREACHABLE;
	return NULL;
}

json_t *ipsecctl_exec(struct ipsecctl *ctl, const char *line, size_t len, bool paste,
		      int *status)
{
	json_t *request;

	request = json_pack("{s:s, s:o, s:b, s:b}", "op", "exec",
			    "line", json_text(line, len), "json", ctl->json,
			    "paste", paste);
	return ipsecctl_call(ctl, request, status);
}

/* ------------------------------------------------------------- ways to run */

/* Off the list of processes, in case it has a key. */
static void hide(char *argument)
{
	explicit_bzero(argument, strlen(argument));
}

/* It has said "terminal monitor": when its commands are done it goes on to listen. */
static bool is_monitor(const json_t *reply)
{
	return json_object_get(reply, "monitor") && !json_object_get(reply, "close");
}

/* The arguments are words of one line. */
static int run_command(struct ipsecctl *ctl, char **argv, int argc)
{
	struct text line = TEXT_INIT;
	int i, status = EXIT_DONE;
	bool follow = false;
	json_t *reply;

	for (i = 0; i < argc; i++) {
		text_printf(&line, "%s%s", i ? " " : "", argv[i]);
		hide(argv[i]);
	}
	reply = ipsecctl_exec(ctl, text_str(&line), line.len, false, &status);
	if (reply) {
		reply_print(reply, text_str(&line), ctl->json);
		status = reply_status(reply);
		follow = is_monitor(reply);
		json_decref(reply);
	}
	text_wipe(&line);
	return follow && status == EXIT_DONE ? monitor_follow(ctl) : status;
}

static int run_lines(struct ipsecctl *ctl, char **lines, size_t n)
{
	bool done = false, follow = false;
	int status = EXIT_DONE;
	json_t *reply;
	size_t i;

	for (i = 0; i < n && status == EXIT_DONE && !done; i++) {
		reply = ipsecctl_exec(ctl, lines[i], strlen(lines[i]), false, &status);
		if (!reply)
			break;
		reply_print(reply, lines[i], ctl->json);
		status = reply_status(reply);
		done = json_object_get(reply, "close");
		follow = is_monitor(reply);
		json_decref(reply);
	}
	return follow && status == EXIT_DONE ? monitor_follow(ctl) : status;
}

/* The lines of -c are copies, as arguments are hidden. */
static bool add_line(struct options *o, char *argument)
{
	char *copy = strdup(argument);

	if (!copy)
		return false;
	o->lines[o->n_lines++] = copy;
	hide(argument);
	return true;
}

static void release_lines(struct options *o)
{
	while (o->n_lines) {
		hide(o->lines[--o->n_lines]);
		free(o->lines[o->n_lines]);
	}
	free(o->lines);
}

static int read_all(const char *name, struct text *out)
{
	char chunk[65536];
	ssize_t n;
	int fd;

	fd = strcmp(name, "-") ? open(name, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		text_add(out, chunk, (size_t)n);
		if (out->len > CTL_REQUEST_MAX)
			break;
	}
	n = n < 0 ? -errno : n;
	explicit_bzero(chunk, sizeof(chunk));
	close(fd);
	if (n < 0)
		return (int)n;
	return n ? -EFBIG : 0;
}

static int run_file(struct ipsecctl *ctl, const char *name)
{
	struct text text = TEXT_INIT;
	int rc, status = EXIT_DONE;
	json_t *reply;

	rc = read_all(name, &text);
	if (rc) {
		fprintf(stderr, "ipsecctl: %s: %s\n", name, strerror(-rc));
		text_wipe(&text);
		return EXIT_REFUSED;
	}
	reply = ipsecctl_call(ctl, json_pack("{s:s, s:o}", "op", "apply", "text",
					     json_text(text_str(&text), text.len)), &status);
	text_wipe(&text);
	if (!reply)
		return status;
	reply_print_report(reply, name, ctl->json);
	status = reply_status(reply);
	json_decref(reply);
	return status;
}

/* As if pasted into a session: what is refused does not stop the rest. */
static int run_stdin(struct ipsecctl *ctl)
{
	int status = EXIT_DONE, rc = EXIT_DONE;
	bool done = false, follow = false;
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while (!done && rc != EXIT_UNREACHABLE && (len = getline(&line, &size, stdin)) >= 0) {
		json_t *reply = ipsecctl_exec(ctl, line, (size_t)len, true, &rc);

		number++;
		if (!reply)
			continue;
		reply_print_at(reply, "-", number, ctl->json);
		if (reply_status(reply))
			status = EXIT_REFUSED;
		done = json_object_get(reply, "close");
		follow = is_monitor(reply);
		json_decref(reply);
	}
	if (line)
		explicit_bzero(line, size);
	free(line);
	return follow && !rc ? monitor_follow(ctl) : rc ? rc : status;
}

static int run_complete(struct ipsecctl *ctl, const char *line)
{
	int status = EXIT_DONE;
	json_t *reply, *matches, *m;
	size_t i;

	reply = ipsecctl_call(ctl, json_pack("{s:s, s:o}", "op", "complete", "line",
					     json_text(line, strlen(line))), &status);
	if (!reply)
		return status;
	matches = json_object_get(reply, "matches");
	json_array_foreach(matches, i, m)
		if (json_is_true(json_object_get(m, "literal")))
			printf("%s\t%s\n", json_string_value(json_object_get(m, "word")),
			       json_string_value(json_object_get(m, "help")));
	json_decref(reply);
	return status;
}

/* ---------------------------------------------------------------- options */

enum { OPT_HELP = 256, OPT_VERSION, OPT_COMPLETE };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "complete", required_argument, NULL, OPT_COMPLETE },
	{ NULL, 0, NULL, 0 },
};

static int bad_usage(const char *why)
{
	if (why)
		fprintf(stderr, "ipsecctl: %s\n", why);
	usage(stderr);
	return EXIT_USAGE;
}

/* -1 to go on, else the exit status. */
static int parse_options(struct options *o, int argc, char **argv)
{
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "+c:f:hjs:", long_options, NULL)) != -1) {
		switch (c) {
		case 'c':
			if (!add_line(o, optarg))
				return EXIT_REFUSED;
			break;
		case 'f':
			if (o->file)
				return bad_usage("one -f only");
			o->file = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 's':
			o->socket = optarg;
			break;
		case OPT_COMPLETE:
			o->complete = optarg;
			break;
		case 'h':
		case OPT_HELP:
			usage(stdout);
			return EXIT_DONE;
		case OPT_VERSION:
			puts("ipsecctl " TOOLS_VERSION);
			return EXIT_DONE;
		default:
			return bad_usage(NULL);
		}
	}
	if (!!o->file + !!o->n_lines + !!o->complete + (optind < argc) > 1)
		return bad_usage("-f, -c, --complete and COMMAND exclude each other");
	return -1;
}

static int run(struct ipsecctl *ctl, const struct options *o, int argc, char **argv)
{
	if (o->file)
		return run_file(ctl, o->file);
	if (o->n_lines)
		return run_lines(ctl, o->lines, o->n_lines);
	if (o->complete)
		return run_complete(ctl, o->complete);
	if (argc)
		return run_command(ctl, argv, argc);
	if (isatty(STDIN_FILENO))
		return interactive_run(ctl);
	return run_stdin(ctl);
}

int ipsecctl_main(int argc, char **argv)
{
	struct options o = { .socket = IPSECCTL_SOCKET };
	struct ipsecctl ctl = { 0 };
	char err[256];
	int rc;

	json_wipe_freed();
	o.lines = calloc((size_t)argc + 1, sizeof(*o.lines));
	if (!o.lines)
		return EXIT_REFUSED;
	rc = parse_options(&o, argc, argv);
	if (rc >= 0) {
		release_lines(&o);
		return rc;
	}
	ctl.json = o.json;
	rc = ctl_connect(&ctl.client, o.socket, err, sizeof(err));
	if (rc) {
		fprintf(stderr, "ipsecctl: %s\n", err);
		rc = rc == -EACCES || rc == -EPERM ? EXIT_REFUSED : EXIT_UNREACHABLE;
	} else {
		rc = run(&ctl, &o, argc - optind, argv + optind);
		ctl_close(&ctl.client);
	}
	release_lines(&o);
	return rc;
}
