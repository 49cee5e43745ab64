/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli_daemon: the demo router as a daemon in a process of its own. */
#ifndef TESTS_CLI_DAEMON_H
#define TESTS_CLI_DAEMON_H

#include <sys/types.h>

struct cli_daemon {
	pid_t pid;
	char dir[32];
	char socket[48];
};

/* Listening when this returns. Ends the program on failure. */
void cli_daemon_start(struct cli_daemon *d);
/* Checks that it ended well: exit status 0, hence no leak under ASan. */
int cli_daemon_stop(struct cli_daemon *d);

#endif
