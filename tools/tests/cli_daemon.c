// SPDX-License-Identifier: GPL-2.0-or-later
/* cli_daemon: the demo router as a daemon in a process of its own. */
#include "cli_daemon.h"

#include <err.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../ipsecd/cli/serve.h"
#include "../lib/ctl.h"
#include "../lib/ctl_server.h"
#include "../lib/log.h"
#include "cli_demo.h"

static void *open_session(void *user, uid_t uid, pid_t pid)
{
	struct demo *demo = user;

	(void)uid;
	(void)pid;
	return cli_session_new(demo->cli);
}

static json_t *request(void *user, void *session, const json_t *value, bool *close)
{
	(void)user;
	return serve_request(session, value, close);
}

static void close_session(void *user, void *session)
{
	(void)user;
	cli_session_free(session);
}

static const struct ctl_server_ops ops = {
	.open = open_session,
	.request = request,
	.close = close_session,
};

static void on_term(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static int run(int listener)
{
	struct event_base *base = event_base_new();
	struct demo *demo = demo_new();
	struct ctl_server *srv;
	struct event *term;
	char why[128];

	term = evsignal_new(base, SIGTERM, on_term, base);
	event_add(term, NULL);
	srv = ctl_server_new(base, listener, (gid_t)-1, &ops, demo, why, sizeof(why));
	if (!srv)
		errx(1, "%s", why);
	log_open("cli_daemon", false, LOG_INFO);
	serve_monitor(srv);
	event_base_dispatch(base);
	serve_monitor(NULL);
	log_close();
	ctl_server_free(srv);
	event_free(term);
	event_base_free(base);
	demo_free(demo);
	libevent_global_shutdown();
	return 0;
}

void cli_daemon_start(struct cli_daemon *d)
{
	char why[256];
	int fd;

	snprintf(d->dir, sizeof(d->dir), "/tmp/cli.XXXXXX");
	if (!mkdtemp(d->dir))
		err(1, "%s", d->dir);
	snprintf(d->socket, sizeof(d->socket), "%s/sock", d->dir);
	fd = ctl_listen(d->socket, (gid_t)-1, why, sizeof(why));
	if (fd < 0)
		errx(1, "%s", why);
	fflush(NULL);
	d->pid = fork();
	if (d->pid < 0)
		err(1, "fork");
	if (!d->pid) {
		/* Not to outlive a test that dies. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		exit(run(fd));
	}
	close(fd);
}

int cli_daemon_stop(struct cli_daemon *d)
{
	int status = 0;

	kill(d->pid, SIGTERM);
	if (waitpid(d->pid, &status, 0) != d->pid)
		return -1;
	unlink(d->socket);
	rmdir(d->dir);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
