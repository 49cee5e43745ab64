/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipsecctl: sends lines to ipsecd and prints what it answers. */
#ifndef IPSECCTL_H
#define IPSECCTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../lib/ctl.h"

#define IPSECCTL_SOCKET "/run/ipsecd/ipsecd.sock"

/* Exit status; a contract with scripts. */
enum ipsecctl_exit {
	EXIT_DONE,
	EXIT_REFUSED,		/* refused or failed */
	EXIT_USAGE,
	EXIT_UNREACHABLE,	/* no daemon at the socket */
};

struct ipsecctl {
	struct ctl_client client;
	bool json;
};

/* ipsecctl_main - the program; returns its exit status. */
int ipsecctl_main(int argc, char **argv);

/*
 * ipsecctl_call - one request (taken over) and its reply; NULL after a
 * message on stderr, with *@status set.
 */
json_t *ipsecctl_call(struct ipsecctl *ctl, json_t *request, int *status);
/* ipsecctl_exec - one line; NULL as above. */
json_t *ipsecctl_exec(struct ipsecctl *ctl, const char *line, size_t len, bool paste,
		      int *status);

/* reply_status - EXIT_DONE or EXIT_REFUSED, as the reply says. */
int reply_status(const json_t *reply);
/*
 * reply_print - output to stdout, warnings and errors to stderr. @line is
 * repeated above the marker as far as it holds no secret.
 */
void reply_print(const json_t *reply, const char *line, bool json);
/* reply_print_at - the same with "FILE:LINE: " in front of each message. */
void reply_print_at(const json_t *reply, const char *file, unsigned int line, bool json);
/* reply_print_report - the report of a whole file. */
void reply_print_report(const json_t *reply, const char *file, bool json);

/*
 * monitor_print - lines that came unasked, one each: with the local time as IOS
 * prints it, or as JSON objects.
 */
void monitor_print(const json_t *frame, bool json);
/*
 * monitor_follow - print what comes until the daemon ends, or we are
 * interrupted; returns the exit status.
 */
int monitor_follow(struct ipsecctl *ctl);

/* interactive_run - a session on the terminal; returns the exit status. */
int interactive_run(struct ipsecctl *ctl);

#endif
