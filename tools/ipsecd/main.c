// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ipsecd - owns the configuration of one network namespace's IPsec and keeps
 * the kernel in line with it.
 *
 * It may die at any time: the data plane goes on without it, and the next
 * one adopts what fits.  So ending it, by whatever signal, changes nothing
 * in the kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "apply.h"
#include "cli/serve.h"
#include "commands/commands.h"
#include "commands/reference.h"
#include "debug.h"
#include "events.h"
#include "isakmp.h"
#include "lib/ctl.h"
#include "lib/ctl_server.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/privs.h"
#include "lib/version.h"
#include "startup.h"

#define SOCKET_DEFAULT	"/run/ipsecd/ipsecd.sock"

enum { EXIT_USAGE = 2 };

struct options {
	bool foreground;
	bool debug;
	const char *socket;
	const char *startup;
};

/**
 * struct program - what is opened in stages and closed in reverse
 * @lock: descriptor of the lock file, held for life
 * @ready: pipe to the process that waits for us in the background case, or -1
 */
struct program {
	struct options options;
	struct daemon d;
	struct events *events;
	struct isakmp *isakmp;
	struct ctl_server *server;
	struct event *signals[3];
	int lock;
	int ready;
};

static void usage(FILE *out)
{
	fputs("usage: ipsecd [-F] [-d] [-s SOCKET] [-f STARTUP-CONFIG]\n"
	      "  -F  stay in the foreground, messages to stderr too\n"
	      "  -d  log debugging messages\n"
	      "  -s  control socket, " SOCKET_DEFAULT " by default\n"
	      "  -f  startup configuration, " STARTUP_PATH_DEFAULT " by default\n"
	      "  -R  print the command reference\n"
	      "  -V  print the version\n", out);
}

static int print_reference(void)
{
	struct cli *cli = cli_new(&commands_ops, NULL);
	struct text out = TEXT_INIT;
	char err[256];
	int ret = commands_register(cli, err, sizeof(err));

	if (ret)
		fprintf(stderr, "ipsecd: %s\n", err);
	else
		reference_write(cli, &out);
	fputs(text_str(&out), stdout);
	text_free(&out);
	cli_free(cli);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Returns -1 to go on, else the exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
	int option;

	*o = (struct options){ .socket = SOCKET_DEFAULT, .startup = STARTUP_PATH_DEFAULT };
	while ((option = getopt(argc, argv, "Fds:f:hRV")) != -1) {
		switch (option) {
		case 'F':
			o->foreground = true;
			break;
		case 'd':
			o->debug = true;
			break;
		case 's':
			o->socket = optarg;
			break;
		case 'f':
			o->startup = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'R':
			return print_reference();
		case 'V':
			puts("ipsecd " TOOLS_VERSION);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "ipsecd: unexpected argument %s\n", argv[optind]);
	usage(stderr);
	return EXIT_USAGE;
}

/* Keys must not reach a core file or the swap. */
static void guard_memory(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	privs_no_core();
	if (setrlimit(RLIMIT_MEMLOCK, &all) || mlockall(MCL_CURRENT | MCL_FUTURE))
		log_msg(LOG_WARNING, "memory cannot be locked: %s", strerror(errno));
}

static int make_directory(const char *path)
{
	char *copy = strdup(path);
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	if (mkdir(dirname(copy), 0700) && errno != EEXIST)
		ret = -errno;
	free(copy);
	return ret;
}

/* One daemon for a socket: the lock beside it is held until we end. */
static int lock_socket(const char *socket)
{
	char path[PATH_MAX];
	int fd, error;

	if (snprintf(path, sizeof(path), "%s.lock", socket) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

static bool take_socket(struct program *p)
{
	const char *socket = p->options.socket;
	int ret = make_directory(socket);

	p->lock = ret ? ret : lock_socket(socket);
	if (p->lock >= 0)
		return true;
	log_msg(LOG_ERR, "%s: %s", socket, p->lock == -EWOULDBLOCK ?
		"another ipsecd uses this socket" : strerror(-p->lock));
	return false;
}

/*
 * The parent waits until the child is ready, so that whoever started us can
 * talk to the socket when the command returns.
 */
static int go_background(struct program *p)
{
	int pipes[2];
	char status = EXIT_FAILURE;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return EXIT_FAILURE;
	pid = fork();
	if (pid < 0)
		return EXIT_FAILURE;
	if (pid) {
		close(pipes[1]);
		if (read(pipes[0], &status, 1) != 1)
			status = EXIT_FAILURE;
		return status;
	}
	close(pipes[0]);
	p->ready = pipes[1];
	setsid();
	if (chdir("/"))
		log_msg(LOG_WARNING, "/: %s", strerror(errno));
	return -1;
}

static void detach_stdio(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void tell_ready(struct program *p)
{
	const char status = EXIT_SUCCESS;

	sd_notify(0, "READY=1");
	log_msg(LOG_NOTICE, "ready on %s", p->options.socket);
	if (p->ready < 0)
		return;
	detach_stdio();
	if (write(p->ready, &status, 1) != 1)
		log_msg(LOG_DEBUG, "nobody waits for the daemon to be ready");
	close(p->ready);
	p->ready = -1;
}

static bool open_kernel(struct daemon *d)
{
	struct kerr err;

	if (kernel_netlink_open(&d->kernel, &err) < 0 ||
	    link_table_open(&d->links, &events_links, d, &err) < 0 ||
	    route_table_open(&d->routes, &events_routes, d, &err) < 0) {
		log_msg(LOG_ERR, "%s", err.text);
		return false;
	}
	return true;
}

static bool open_commands(struct daemon *d)
{
	char err[256];

	d->running = config_new();
	d->cli = cli_new(&commands_ops, d);
	if (commands_register(d->cli, err, sizeof(err)) == 0)
		return true;
	log_msg(LOG_ERR, "command table: %s", err);
	return false;
}

static void log_report(const char *path, const struct cli_report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct cli_report_line *l = &report->lines[i];

		if (l->status == CLI_IGNORED)
			log_msg(LOG_DEBUG, "%s:%u: ignored: %s", path, l->line, l->text);
		else
			log_msg(LOG_WARNING, "%s:%u: %s", path, l->line, l->text);
	}
}

/* As ipsecctl -f would send it: in UTF-8, whatever the file is in. */
static void apply_startup(struct daemon *d, const struct text *file)
{
	struct cli_session *session = cli_session_new(d->cli);
	json_t *text = json_text(text_str(file), file->len);
	struct cli_report report;

	d->lenient = true;
	cli_apply(session, json_string_value(text), json_string_length(text), &report);
	d->lenient = false;
	json_decref(text);
	log_report(d->startup_path, &report);
	cli_report_free(&report);
	cli_session_free(session);
}

/*
 * Returns false if the kernel could not be told: then we end, rather than
 * stand for a configuration that is not in force.
 */
static bool load_startup(struct daemon *d)
{
	struct text file = TEXT_INIT;
	struct apply_error error;
	char err[STARTUP_ERROR_MAX];
	int ret = startup_read(d->startup_path, &file, err, sizeof(err));

	if (ret && ret != -ENOENT) {
		log_msg(LOG_ERR, "%s", err);
		return false;
	}
	if (ret)
		log_msg(LOG_NOTICE, "%s is not present, the configuration is empty",
			d->startup_path);
	else
		apply_startup(d, &file);
	text_wipe(&file);
	if (d->policy)
		return true;
	if (!ret)
		log_msg(LOG_ERR, "%s was not put in force", d->startup_path);
	else if (apply_config(d, config_copy(d->running), &error) == 0)
		return true;
	else
		log_msg(LOG_ERR, "%s", error.err.text);
	return false;
}

static void *open_session(void *user, uid_t uid, pid_t pid)
{
	struct program *p = user;

	log_msg(LOG_DEBUG, "session of process %d, user %u", (int)pid, (unsigned int)uid);
	return cli_session_new(p->d.cli);
}

static json_t *answer(void *user, void *session, const json_t *request, bool *closes)
{
	(void)user;
	return serve_request(session, request, closes);
}

static void close_session(void *user, void *session)
{
	(void)user;
	cli_session_free(session);
}

static const struct ctl_server_ops server_ops = {
	.open = open_session,
	.request = answer,
	.close = close_session,
};

static bool serve(struct program *p)
{
	char err[256];
	int fd = ctl_listen(p->options.socket, -1, err, sizeof(err));

	if (fd >= 0)
		p->server = ctl_server_new(p->d.base, fd, -1, &server_ops, p, err, sizeof(err));
	if (!p->server)
		log_msg(LOG_ERR, "%s: %s", p->options.socket, err);
	else
		serve_monitor(p->server);
	return p->server;
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct program *p = arg;

	(void)what;
	if (number == SIGHUP) {
		log_msg(LOG_NOTICE, "SIGHUP has no effect; use ipsecctl -f");
		return;
	}
	log_msg(LOG_NOTICE, "ending on signal %d; the data plane goes on", (int)number);
	event_base_loopexit(p->d.base, NULL);
}

static bool watch_signals(struct program *p)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		p->signals[i] = evsignal_new(p->d.base, numbers[i], on_signal, p);
		if (!p->signals[i] || event_add(p->signals[i], NULL))
			return false;
	}
	return true;
}

static void close_all(struct program *p)
{
	struct daemon *d = &p->d;

	serve_monitor(NULL);
	if (p->server)
		ctl_server_free(p->server);
	if (p->server)
		unlink(p->options.socket);
	for (size_t i = 0; i < sizeof(p->signals) / sizeof(*p->signals); i++)
		if (p->signals[i])
			event_free(p->signals[i]);
	if (p->events)
		events_stop(p->events);
	if (p->isakmp)
		isakmp_stop(p->isakmp);
	if (d->cli)
		cli_free(d->cli);
	if (d->routes)
		route_table_close(d->routes);
	if (d->links)
		link_table_close(d->links);
	if (d->kernel)
		d->kernel->close(d->kernel);
	policy_free(d->policy);
	config_free(d->running);
	network_free(&d->network);
	if (d->base)
		event_base_free(d->base);
	log_close();
}

static bool open_loop(struct program *p)
{
	struct kerr err;

	p->d.base = event_base_new();
	if (!p->d.base || !watch_signals(p)) {
		log_msg(LOG_ERR, "the event loop cannot be set up");
		return false;
	}
	if (events_start(&p->events, &p->d, &err) == 0 &&
	    isakmp_start(&p->isakmp, &p->d, &err) == 0)
		return true;
	log_msg(LOG_ERR, "%s", err.text);
	return false;
}

/*
 * Netlink, and the files of root by being root: nothing else is needed any
 * more.
 */
static bool give_up_privileges(void)
{
	static const unsigned int needed[] = { CAP_NET_ADMIN };
	struct kerr err;

	if (privs_keep(needed, sizeof(needed) / sizeof(*needed), &err) == 0 &&
	    privs_confine(&err) == 0)
		return true;
	log_msg(LOG_ERR, "%s", err.text);
	return false;
}

/* In this order: no stage undoes what an earlier one did to the kernel. */
static bool start(struct program *p)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	p->d.started = now.tv_sec;
	p->d.startup_path = p->options.startup;
	return take_socket(p) && open_kernel(&p->d) && open_commands(&p->d) &&
	       open_loop(p) && load_startup(&p->d) && serve(p) &&
	       give_up_privileges();
}

/* The working directory changes in the background. */
static const char *absolute(const char *path, char buffer[PATH_MAX])
{
	size_t n;

	if (path[0] == '/' || !getcwd(buffer, PATH_MAX))
		return path;
	n = strlen(buffer);
	snprintf(buffer + n, PATH_MAX - n, "/%s", path);
	return buffer;
}

int main(int argc, char **argv)
{
	struct program p = { .lock = -1, .ready = -1 };
	char startup[PATH_MAX], socket[PATH_MAX];
	int status = parse_options(argc, argv, &p.options);

	if (status >= 0)
		return status;
	umask(077);
	json_wipe_freed();
	p.options.startup = absolute(p.options.startup, startup);
	p.options.socket = absolute(p.options.socket, socket);
	if (!p.options.foreground) {
		status = go_background(&p);
		if (status >= 0)
			return status;
	}
	log_open("ipsecd", p.options.foreground || p.ready >= 0,
		 p.options.debug ? LOG_DEBUG : LOG_INFO);
	debug_set(DEBUG_ALL, p.options.debug);
	guard_memory();
	status = EXIT_FAILURE;
	if (start(&p)) {
		tell_ready(&p);
		status = event_base_dispatch(p.d.base) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	close_all(&p);
	return status;
}
