// SPDX-License-Identifier: GPL-2.0-or-later
/* ipsecctl against a daemon: on a pseudo-terminal, one-shot, -c, -f, pasted. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "../ipsecctl/ipsecctl.h"
#include "../lib/text.h"
#include "cli_daemon.h"

#define PATIENCE_MS	20000	/* a condition that is not met by then never will be */
#define ARGS_MAX	16

static struct cli_daemon daemon_process;

static int start(void **state)
{
	(void)state;
	cli_daemon_start(&daemon_process);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	return cli_daemon_stop(&daemon_process);
}

/* ------------------------------------------------------------- not a terminal */

struct run {
	struct text out, err;
	int status;
};

static void run_free(struct run *r)
{
	text_free(&r->out);
	text_free(&r->err);
}

static int child_main(const char * const *args)
{
	char *argv[ARGS_MAX] = { (char *)"ipsecctl", (char *)"-s", daemon_process.socket };
	int argc = 3, status;

	/* Copies: ipsecctl overwrites what it has read. */
	while (*args && argc < ARGS_MAX - 1)
		argv[argc++] = strdup(*args++);
	status = ipsecctl_main(argc, argv);
	for (int i = 3; i < argc; i++)
		free(argv[i]);
	return status;
}

static void read_all(int out, int err, struct run *r)
{
	struct pollfd p[2] = { { .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN } };
	char chunk[4096];
	int open = 2, i;

	while (open) {
		if (poll(p, 2, PATIENCE_MS) <= 0)
			fail_msg("no more output");
		for (i = 0; i < 2; i++) {
			ssize_t n;

			if (!p[i].revents)
				continue;
			n = read(p[i].fd, chunk, sizeof(chunk));
			if (n > 0) {
				text_add(i ? &r->err : &r->out, chunk, (size_t)n);
			} else {
				p[i].fd = -1;
				open--;
			}
		}
	}
}

/* Runs ipsecctl with @input on its standard input. */
static struct run run(const char *input, const char * const *args)
{
	struct run r = { .status = -1 };
	int in[2], out[2], err[2], status;
	pid_t pid;

	assert_int_equal(pipe(in) | pipe(out) | pipe(err), 0);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		close(in[1]);
		close(out[0]);
		close(err[0]);
		status = child_main(args);
		fflush(NULL);
		_exit(status);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	assert_int_equal(write(in[1], input, strlen(input)), strlen(input));
	close(in[1]);
	read_all(out[0], err[0], &r);
	close(out[0]);
	close(err[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	r.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return r;
}

#define ARGS(...) ((const char * const []){ __VA_ARGS__, NULL })
#define NO_ARGS ((const char * const []){ NULL })

static void check(const char *input, const char * const *args, int status,
		  const char *out, const char *err)
{
	struct run r = run(input, args);

	assert_string_equal(text_str(&r.err), err);
	assert_string_equal(text_str(&r.out), out);
	assert_int_equal(r.status, status);
	run_free(&r);
}

static void one_shot(void **state)
{
	(void)state;
	check("", ARGS("show", "value"), 0, "{\n  \"value\": 7\n}\n", "");
	check("", ARGS("show", "value", "|", "include", "value"), 0, "  \"value\": 7\n", "");
	check("", ARGS("show lines 2 | count line"), 0,
	      "Number of lines which match regexp = 2\n", "");
	check("", ARGS("-j", "sh", "val"), 0, "{\n  \"value\": 7\n}\n", "");
	check("", ARGS("-j", "clear", "crypto", "sa"), 0,
	      "{\n  \"output\": \"cleared all\\n\"\n}\n", "");
	check("", ARGS("show", "frob", "it"), 1, "",
	      "show frob\n     ^\n% Invalid input detected at '^' marker.\n");
	check("", ARGS("show", "crypto"), 1, "", "% Incomplete command.\n");
	check("", ARGS("show", "crypto", "i", "sa"), 1, "",
	      "show crypto i\n            ^\n% Ambiguous command:  \"show crypto i\"\n");
}

static void usage_errors(void **state)
{
	struct run r;

	(void)state;
	r = run("", ARGS("-x"));
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(text_str(&r.err), "usage: ipsecctl"));
	run_free(&r);
	r = run("", ARGS("-f", "x", "-c", "y"));
	assert_int_equal(r.status, 2);
	run_free(&r);
	r = run("", ARGS("-f"));
	assert_int_equal(r.status, 2);
	run_free(&r);
	r = run("", ARGS("--help"));
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(text_str(&r.out), "Exit status"));
	assert_string_equal(text_str(&r.err), "");
	run_free(&r);
	r = run("", ARGS("--version"));
	assert_int_equal(r.status, 0);
	assert_int_equal(strncmp(text_str(&r.out), "ipsecctl ", 9), 0);
	run_free(&r);
	check("", ARGS("-s", "/nonexistent/sock", "show", "value"), 3, "",
	      "ipsecctl: /nonexistent/sock: No such file or directory\n");
}

static void several_lines(void **state)
{
	(void)state;
	check("", ARGS("-c", "configure terminal", "-c", "crypto map C 10 ipsec-manual", "-c",
		       "set peer 192.0.2.7", "-c", "do show crypto map tag C"), 0,
	      "Crypto Map \"C\" 10 ipsec-manual\n        Peer = 192.0.2.7\n", "");
	/* The first refusal ends it: what follows could land elsewhere. */
	check("", ARGS("-c", "conf t", "-c", "crypto map C 10 ipsec-manual", "-c",
		       "crypto map full 20 ipsec-manual", "-c", "set peer 192.0.2.8"), 1, "",
	      "crypto map full\n           ^\n% No room for map full\n");
	check("", ARGS("show crypto map tag C"), 0,
	      "Crypto Map \"C\" 10 ipsec-manual\n        Peer = 192.0.2.7\n", "");
	/* A key in a line that fails is not repeated. */
	check("", ARGS("-c", "conf t", "-c", "crypto map C 10 ipsec-manual", "-c",
		       "set session-key inbound esp 300 0011deadbeef"), 1, "",
	      "% Invalid input detected at '^' marker.\n");
	check("", ARGS("-c", "conf t", "-c", "service timestamps log datetime"), 0, "",
	      "% Ignored\n");
}

static void files(void **state)
{
	char name[] = "/tmp/cli.XXXXXX";
	char out[256], err[256];
	int fd;

	(void)state;
	check("crypto map F 10 ipsec-manual\n set peer 192.0.2.1\n", ARGS("-f", "-"), 0,
	      "-: 2 applied, 0 ignored, 0 refused\n", "");
	fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "service timestamps log uptime\nfrobnicate\n"
			    "crypto map F 10 ipsec-manual\n"
			    " set session-key inbound esp 999 cipher 00\n"
			    " set session-key inbound esp 999 cipher 0\n set peer 192.0.2.2") > 0);
	close(fd);
	snprintf(out, sizeof(out), "%s:1: ignored: service timestamps log uptime\n"
		 "%s: 3 applied, 1 ignored, 2 refused\n", name, name);
	snprintf(err, sizeof(err),
		 "%s:2: %% Invalid input detected at column 1: \"frobnicate\"\n"
		 "%s:4: %% Key of 1 octets is weak\n"
		 "%s:5: %% Invalid input detected at column 41: odd number of hexadecimal digits\n",
		 name, name, name);
	check("", ARGS("-f", name), 1, out, err);
	unlink(name);
	check("", ARGS("show", "crypto", "map", "tag", "F"), 0,
	      "Crypto Map \"F\" 10 ipsec-manual\n        Peer = 192.0.2.2\n", "");
	snprintf(err, sizeof(err), "ipsecctl: %s: No such file or directory\n", name);
	check("", ARGS("-f", name), 1, "", err);
	check("hostname \xfc\n", ARGS("-f", "-"), 0, "-: 1 applied, 0 ignored, 0 refused\n", "");
	check("no hostname\n", ARGS("-f", "-"), 0, "-: 1 applied, 0 ignored, 0 refused\n", "");
}

static void pasted(void **state)
{
	(void)state;
	check("enable\nconf t\n!\ncrypto map P 10 ipsec-manual\n set peer 192.0.2.1\n"
	      "crypto mpa P 20 ipsec-manual\n set peer 192.0.2.2\nend\n"
	      "show crypto map tag P\nexit\nshow value\n", NO_ARGS, 1,
	      "Crypto Map \"P\" 10 ipsec-manual\n        Peer = 192.0.2.1\n",
	      "-:6: % Invalid input detected at column 8: \"mpa\"\n"
	      "-:7: % Skipped: belongs to the section refused before\n");
	check("show value", NO_ARGS, 0, "{\n  \"value\": 7\n}\n", "");
	check("", NO_ARGS, 0, "", "");
}

static void shell_completion(void **state)
{
	(void)state;
	check("", ARGS("--complete", "show crypto i"), 0, "ipsec\tIPsec\nisakmp\tISAKMP\n", "");
	check("", ARGS("--complete", "zz"), 0, "", "");
}

static void large_output(void **state)
{
	struct run r = run("", ARGS("show", "lines", "200000"));

	(void)state;
	assert_int_equal(r.status, 0);
	assert_true(r.out.len > 5000000);
	assert_string_equal(r.out.data + r.out.len - 31, "line 199999 of the long output\n");
	run_free(&r);
}

/* ---------------------------------------------------------------- a terminal */

struct tty {
	int fd;
	pid_t pid;
	struct text seen;
	size_t from;		/* what was matched already */
	struct termios settings;	/* as they were found, and must be left */
};

static void tty_open(struct tty *t, const char * const *args)
{
	struct winsize ws = { .ws_row = 24, .ws_col = 80 };
	int status;

	memset(t, 0, sizeof(*t));
	t->settings = (struct termios){
		.c_iflag = ICRNL | IXON, .c_oflag = OPOST | ONLCR,
		.c_cflag = B38400 | CS8 | CREAD,
		.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		.c_cc = { [VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4,
			  [VMIN] = 1, [VSUSP] = 26, [VLNEXT] = 22, [VWERASE] = 23 },
	};
	fflush(NULL);
	t->pid = forkpty(&t->fd, NULL, &t->settings, &ws);
	if (!t->pid) {
		setenv("TERM", "vt100", 1);
		status = child_main(args);
		fflush(NULL);
		_exit(status);
	}
	assert_true(t->pid > 0);
}

static void tty_send(struct tty *t, const char *keys)
{
	assert_int_equal(write(t->fd, keys, strlen(keys)), strlen(keys));
}

/* A vt100 gets NUL octets for padding. */
static void add_visible(struct text *t, const char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (data[i])
			text_add(t, data + i, 1);
}

/* Waits until @text appears behind what was matched before. */
static void tty_expect(struct tty *t, const char *text)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	char chunk[1024];

	for (;;) {
		const char *rest = text_str(&t->seen) + t->from;
		const char *at = strstr(rest, text);
		ssize_t n;

		if (at) {
			t->from = (size_t)(at - text_str(&t->seen)) + strlen(text);
			return;
		}
		if (poll(&p, 1, PATIENCE_MS) <= 0)
			fail_msg("\"%s\" is missing in \"%s\"", text, rest);
		n = read(t->fd, chunk, sizeof(chunk));
		if (n <= 0)
			fail_msg("ended without \"%s\": \"%s\"", text, rest);
		add_visible(&t->seen, chunk, (size_t)n);
	}
}

static int tty_close(struct tty *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	struct termios left;
	char chunk[1024];
	ssize_t n;
	int status;

	while (poll(&p, 1, PATIENCE_MS) > 0 && (n = read(t->fd, chunk, sizeof(chunk))) > 0)
		text_add(&t->seen, chunk, (size_t)n);
	assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
	assert_int_equal(tcgetattr(t->fd, &left), 0);
	assert_int_equal(left.c_lflag, t->settings.c_lflag);
	assert_memory_equal(left.c_cc, t->settings.c_cc, sizeof(left.c_cc));
	close(t->fd);
	text_free(&t->seen);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void interactive(void **state)
{
	struct tty t;

	(void)state;
	tty_open(&t, NO_ARGS);
	tty_expect(&t, "Router#");
	tty_send(&t, "conf t\r");
	tty_expect(&t, "Router(config)#");
	tty_send(&t, "crypto map T 10 ipsec-manual\r");
	tty_expect(&t, "Router(config-crypto-map)#");
	tty_send(&t, "set peer 192.0.2.99\r");
	tty_expect(&t, "Router(config-crypto-map)#");
	/* The marker stands below the word: prompt and line are 26 + 9 columns. */
	tty_send(&t, "set peer 192.0.2.999\r");
	tty_expect(&t, "\n                                   ^\r\n"
		   "% Invalid input detected at '^' marker.\r\n% not an IPv4 address\r\n");
	tty_expect(&t, "Router(config-crypto-map)#");
	/* ^Z: out of the configuration, and what was begun is dropped. */
	tty_send(&t, "set peer\032");
	tty_expect(&t, "^Z\r\n");
	tty_expect(&t, "Router#");
	tty_send(&t, "show crypto map tag T\r");
	tty_expect(&t, "Peer = 192.0.2.99\r\n");
	tty_expect(&t, "Router#");
	tty_send(&t, "exit\r");
	assert_int_equal(tty_close(&t), 0);
}

static void question_mark(void **state)
{
	struct tty t;

	(void)state;
	tty_open(&t, NO_ARGS);
	tty_expect(&t, "Router#");
	/* Help at once, no return key; then the line goes on where it was. */
	tty_send(&t, "show crypto ?");
	tty_expect(&t, "ipsec   IPsec\r\n  isakmp  ISAKMP\r\n  map     Crypto maps\r\n");
	tty_expect(&t, "Router#");
	tty_expect(&t, "show crypto ");
	tty_send(&t, "isakmp sa\r");
	tty_expect(&t, "\nsa\r\n");
	tty_expect(&t, "Router#");
	tty_send(&t, "show i?");
	tty_expect(&t, "% Unrecognized command\r\n");
	tty_expect(&t, "show i");
	tty_send(&t, "\003");
	tty_expect(&t, "^C\r\n");
	tty_expect(&t, "Router#");
	/* ^V: a question mark as such. */
	tty_send(&t, "show \026?\r");
	tty_expect(&t, "\n            ^\r\n% Invalid input");
	tty_expect(&t, "Router#");
	tty_send(&t, "exit\r");
	assert_int_equal(tty_close(&t), 0);
}

static void tab_key(void **state)
{
	struct tty t;

	(void)state;
	tty_open(&t, NO_ARGS);
	tty_expect(&t, "Router#");
	tty_send(&t, "sh\tcr\ti\t");
	tty_expect(&t, "ipsec  isakmp\r\n");
	tty_expect(&t, "show crypto i");
	tty_send(&t, "sak\tsa\tdet\t\r");
	tty_expect(&t, "\nsa detail\r\n");
	tty_expect(&t, "Router#");
	tty_send(&t, "SHOW VAL\t| inc\tvalue\r");
	tty_expect(&t, "\n  \"value\": 7\r\n");
	tty_expect(&t, "Router#");
	tty_send(&t, "exit\r");
	assert_int_equal(tty_close(&t), 0);
}

static void history_and_secrets(void **state)
{
	struct tty t;

	(void)state;
	tty_open(&t, NO_ARGS);
	tty_expect(&t, "Router#");
	tty_send(&t, "conf t\r");
	tty_expect(&t, "Router(config)#");
	tty_send(&t, "crypto map H 10 ipsec-manual\r");
	tty_expect(&t, "Router(config-crypto-map)#");
	tty_send(&t, "set session-key inbound esp 300 cipher 00112233445566778899aabbccddeeff\r");
	tty_expect(&t, "\nRouter(config-crypto-map)#");
	/* Mistyped, so that nobody knows it for a key. */
	tty_send(&t, "ste session-key inbound esp 300 cipher 00112233445566778899aabbccddeeff\r");
	tty_expect(&t, "\nRouter(config-crypto-map)#");
	/* Up: the line with the key is not there, the one before it is. */
	tty_send(&t, "\020");
	tty_expect(&t, "crypto map H 10 ipsec-manual");
	tty_send(&t, "\003");
	tty_expect(&t, "^C\r\n");
	tty_expect(&t, "Router(config-crypto-map)#");
	tty_send(&t, "end\r");
	tty_expect(&t, "Router#");
	tty_send(&t, "show value\r");
	tty_expect(&t, "Router#");
	tty_send(&t, "\020\r");
	tty_expect(&t, "show value");
	tty_expect(&t, "\"value\": 7");
	tty_expect(&t, "Router#");
	tty_send(&t, "\004");		/* end of input */
	assert_int_equal(tty_close(&t), 0);
}

static void banner_text(void **state)
{
	struct tty t;

	(void)state;
	tty_open(&t, NO_ARGS);
	tty_expect(&t, "Router#");
	tty_send(&t, "conf t\r");
	tty_expect(&t, "Router(config)#");
	tty_send(&t, "banner exec #\r");
	tty_send(&t, "who are you?\r");
	tty_send(&t, "#\r");
	tty_expect(&t, "who are you");
	tty_expect(&t, "?");
	tty_expect(&t, "Router(config)#");
	tty_send(&t, "end\r");
	tty_expect(&t, "Router#");
	tty_send(&t, "quit\r");
	assert_int_equal(tty_close(&t), 0);
}

/* "clear log N" from another session. */
static void log_lines(const char *n)
{
	check("", ARGS("clear", "log", n), 0, "", "");
}

/* Lines that come while one is typed: above it, and it is drawn again. */
static void monitor(void **state)
{
	static const char longer[] =
		"show value | include abcdefghijklmnopqrstuvwxyz0123456789"
		"abcdefghijklmnopqrstuvwxyz0123456789|value";
	struct tty t;

	(void)state;
	tty_open(&t, NO_ARGS);
	tty_expect(&t, "Router#");
	tty_send(&t, "terminal monitor\r");
	tty_expect(&t, "\nRouter#");
	tty_send(&t, "show val");
	tty_expect(&t, "show val");
	log_lines("2");
	tty_expect(&t, ": line 0 of the log\r\n");
	tty_expect(&t, ": line 1 of the log\r\n");
	tty_expect(&t, "Router#show val");
	tty_send(&t, "ue\r");
	tty_expect(&t, "\"value\": 7");
	tty_expect(&t, "Router#");
	/* A line of two rows: both are taken away, and both come back. */
	tty_send(&t, longer);
	tty_expect(&t, "|value");
	log_lines("1");
	tty_expect(&t, "\033[A\r\033[J");
	tty_expect(&t, ": line 0 of the log\r\n");
	tty_expect(&t, "Router#show value | include");
	tty_expect(&t, "|value");
	tty_send(&t, "\r");
	tty_expect(&t, "\"value\": 7");
	tty_expect(&t, "Router#");
	/* What its own command logs, while it is carried out. */
	tty_send(&t, "clear log 1\r");
	tty_expect(&t, ": line 0 of the log\r\n");
	tty_send(&t, "terminal no monitor\r");
	tty_expect(&t, "\nRouter#");
	log_lines("1");
	tty_send(&t, "show value\r");
	tty_expect(&t, "\"value\": 7");
	assert_null(strstr(text_str(&t.seen) + t.from, "of the log"));
	tty_expect(&t, "Router#");
	tty_send(&t, "exit\r");
	assert_int_equal(tty_close(&t), 0);
}

/* Not in a session on a terminal: its lines are printed until it is interrupted. */
static void monitor_follows(void **state)
{
	int status;
	struct tty t;

	(void)state;
	tty_open(&t, ARGS("-c", "terminal monitor", "-c", "clear log 2"));
	tty_expect(&t, ": line 0 of the log\r\n");
	tty_expect(&t, ": line 1 of the log\r\n");
	log_lines("1");
	tty_expect(&t, ": line 0 of the log\r\n");
	tty_send(&t, "\003");
	assert_int_equal(waitpid(t.pid, &status, 0), t.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	close(t.fd);
	text_free(&t.seen);
	tty_open(&t, ARGS("-j", "-c", "terminal monitor", "-c", "clear log 1"));
	tty_expect(&t, "{\"time\":");
	tty_expect(&t, "\"severity\":6,\"text\":\"line 0 of the log\"}\r\n");
	tty_send(&t, "\003");
	assert_int_equal(waitpid(t.pid, &status, 0), t.pid);
	close(t.fd);
	text_free(&t.seen);
	check("", ARGS("-c", "terminal monitor", "-c", "terminal no monitor"), 0, "", "");
}

static void lost_daemon(void **state)
{
	struct cli_daemon other = daemon_process;
	struct tty t;

	(void)state;
	cli_daemon_start(&daemon_process);
	tty_open(&t, NO_ARGS);
	tty_expect(&t, "Router#");
	assert_int_equal(cli_daemon_stop(&daemon_process), 0);
	tty_send(&t, "show value\r");
	tty_expect(&t, "the daemon closed the connection");
	assert_int_equal(tty_close(&t), 3);
	daemon_process = other;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_shot),
		cmocka_unit_test(usage_errors),
		cmocka_unit_test(several_lines),
		cmocka_unit_test(files),
		cmocka_unit_test(pasted),
		cmocka_unit_test(shell_completion),
		cmocka_unit_test(large_output),
		cmocka_unit_test(interactive),
		cmocka_unit_test(question_mark),
		cmocka_unit_test(tab_key),
		cmocka_unit_test(history_and_secrets),
		cmocka_unit_test(banner_text),
		cmocka_unit_test(monitor),
		cmocka_unit_test(monitor_follows),
		cmocka_unit_test(lost_daemon),
	};

	return cmocka_run_group_tests_name("cli_ipsecctl", tests, start, stop);
}
