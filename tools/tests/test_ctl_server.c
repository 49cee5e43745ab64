// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's end: requests on sessions, slow and hostile clients, large replies. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/ctl.h"
#include "../lib/ctl_server.h"
#include "../lib/json.h"
#include "../lib/text.h"
#include "cli_daemon.h"

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

static void connect_to(struct ctl_client *c)
{
	char err[256];

	if (ctl_connect(c, daemon_process.socket, err, sizeof(err)))
		fail_msg("%s", err);
}

static json_t *call(struct ctl_client *c, json_t *request)
{
	char err[256];
	json_t *reply;

	if (ctl_call(c, request, &reply, err, sizeof(err)))
		fail_msg("%s", err);
	return reply;
}

static json_t *exec_line(struct ctl_client *c, const char *line)
{
	return call(c, json_pack("{s:s, s:s}", "op", "exec", "line", line));
}

static const char *member(const json_t *reply, const char *key)
{
	const char *text = json_string_value(json_object_get(reply, key));

	return text ? text : "";
}

static void expect(struct ctl_client *c, const char *line, const char *status,
		   const char *prompt)
{
	json_t *reply = exec_line(c, line);

	assert_string_equal(member(reply, "status"), status);
	assert_string_equal(member(reply, "prompt"), prompt);
	json_decref(reply);
}

static void sessions(void **state)
{
	struct ctl_client a, b;
	json_t *reply;

	(void)state;
	connect_to(&a);
	connect_to(&b);
	expect(&a, "configure terminal", "done", "Router(config)#");
	expect(&a, "crypto map M 10 ipsec-manual", "done", "Router(config-crypto-map)#");
	expect(&b, "show value", "done", "Router#");
	expect(&a, "set peer 192.0.2.1", "done", "Router(config-crypto-map)#");
	reply = call(&b, json_pack("{s:s, s:s, s:b}", "op", "exec", "line",
				   "show crypto map", "json", 1));
	assert_int_equal(json_array_size(json_object_get(reply, "json")), 1);
	assert_string_equal(member(reply, "text"), "");
	json_decref(reply);
	reply = exec_line(&a, "set frob");
	assert_string_equal(member(reply, "status"), "unknown");
	assert_string_equal(member(reply, "word"), "frob");
	assert_int_equal(json_integer_value(json_object_get(reply, "marker")), 4);
	json_decref(reply);
	reply = exec_line(&a, "set session-key inbound esp 300 cipher 00");
	assert_true(json_is_true(json_object_get(reply, "secret")));
	assert_string_equal(member(reply, "warnings"), "% Key of 1 octets is weak\n");
	json_decref(reply);
	ctl_close(&a);
	expect(&b, "exit", "done", "Router#");
	ctl_close(&b);
}

static void other_requests(void **state)
{
	struct ctl_client c;
	json_t *reply;

	(void)state;
	connect_to(&c);
	reply = call(&c, json_pack("{s:s}", "op", "prompt"));
	assert_string_equal(member(reply, "prompt"), "Router#");
	json_decref(reply);
	reply = call(&c, json_pack("{s:s, s:s, s:i}", "op", "complete", "line", "show cry zz",
				   "cursor", 8));
	assert_int_equal(json_integer_value(json_object_get(reply, "start")), 5);
	assert_int_equal(json_array_size(json_object_get(reply, "matches")), 1);
	assert_string_equal(member(reply, "text"), "crypto\n");
	json_decref(reply);
	reply = call(&c, json_pack("{s:s, s:s}", "op", "apply", "text",
				   "interface eth0\n ip mtu 1\nbanner motd #x#\n"));
	assert_string_equal(member(reply, "status"), "refused");
	assert_int_equal(json_integer_value(json_object_get(reply, "applied")), 1);
	assert_int_equal(json_integer_value(json_object_get(reply, "ignored")), 1);
	assert_int_equal(json_array_size(json_object_get(reply, "lines")), 2);
	json_decref(reply);
	ctl_close(&c);
}

static void bad_requests(void **state)
{
	static const char * const bad[] = {
		"{}", "{\"op\":7}", "{\"op\":\"frob\"}", "{\"op\":\"exec\"}",
		"{\"op\":\"exec\",\"line\":[]}", "{\"op\":\"apply\",\"text\":null}",
		"{\"op\":\"complete\",\"cursor\":3}",
	};
	struct ctl_client c;
	json_t *reply;
	size_t i;

	(void)state;
	connect_to(&c);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		reply = call(&c, json_loads(bad[i], 0, NULL));
		assert_string_equal(member(reply, "status"), "error");
		assert_true(*member(reply, "error"));
		json_decref(reply);
	}
	/* Odd numbers are not believed. */
	reply = call(&c, json_loads("{\"op\":\"complete\",\"line\":\"sh\",\"cursor\":-1,"
				    "\"width\":-7}", 0, NULL));
	assert_string_equal(member(reply, "text"), "show\n");
	json_decref(reply);
	reply = call(&c, json_loads("{\"op\":\"complete\",\"line\":\"sh\","
				    "\"cursor\":99999999999}", 0, NULL));
	assert_string_equal(member(reply, "text"), "show\n");
	json_decref(reply);
	ctl_close(&c);
}

static void garbage_is_answered_and_closed(void **state)
{
	struct ctl_client c;
	char err[128];
	json_t *reply;

	(void)state;
	connect_to(&c);
	assert_int_equal(send(c.fd, "\0\0\0\3{]}", 7, MSG_NOSIGNAL), 7);
	reply = call(&c, json_pack("{s:s}", "op", "prompt"));
	assert_string_equal(member(reply, "status"), "error");
	assert_non_null(strstr(member(reply, "error"), "not JSON"));
	json_decref(reply);
	assert_int_not_equal(ctl_call(&c, json_pack("{s:s}", "op", "prompt"), &reply,
				      err, sizeof(err)), 0);
	ctl_close(&c);
}

/* A reply of megabytes arrives whole; meanwhile others are served. */
static void slow_reader(void **state)
{
	struct ctl_client slow, quick;
	uint8_t *data;
	char err[128];
	json_t *request, *reply;
	size_t len;
	int i;

	(void)state;
	connect_to(&slow);
	connect_to(&quick);
	request = json_pack("{s:s, s:s}", "op", "exec", "line", "show lines 300000");
	assert_int_equal(ctl_encode(request, 1000, &data, &len), 0);
	json_decref(request);
	/* Two requests at once, nothing read. */
	assert_int_equal(send(slow.fd, data, len, MSG_NOSIGNAL), len);
	assert_int_equal(send(slow.fd, data, len, MSG_NOSIGNAL), len);
	free(data);
	for (i = 0; i < 50; i++)
		expect(&quick, "show value", "done", "Router#");
	reply = call(&slow, json_pack("{s:s}", "op", "prompt"));
	assert_true(json_string_length(json_object_get(reply, "text")) > 8000000);
	assert_non_null(strstr(member(reply, "text"), "line 299999 of the long output\n"));
	json_decref(reply);
	for (i = 0; i < 2; i++) {
		int rc = 0;

		while (!(rc = ctl_decoder_next(&slow.in, &reply, err, sizeof(err)))) {
			uint8_t chunk[65536];
			ssize_t n = recv(slow.fd, chunk, sizeof(chunk), 0);

			assert_true(n > 0);
			ctl_decoder_add(&slow.in, chunk, (size_t)n);
		}
		assert_int_equal(rc, 1);
		json_decref(reply);
	}
	ctl_close(&slow);
	ctl_close(&quick);
}

/* What was pushed to a client. */
struct pushed {
	unsigned int lines;
	unsigned int lost;
	bool in_order;
};

static void on_push(void *arg, const json_t *frame)
{
	struct pushed *p = arg;
	const json_t *line;
	char text[64];
	size_t i;

	assert_true(json_array_size(json_object_get(frame, "monitor")) <= CTL_SERVER_LINES_MAX);
	json_array_foreach(json_object_get(frame, "monitor"), i, line) {
		snprintf(text, sizeof(text), "line %u of the log", p->lines + p->lost);
		p->in_order = p->in_order && !strcmp(member(line, "text"), text);
		assert_int_equal(json_integer_value(json_object_get(line, "severity")), 6);
		assert_true(json_integer_value(json_object_get(line, "time")) > 1000000000000);
		p->lines++;
	}
	p->lost += (unsigned int)json_integer_value(json_object_get(frame, "lost"));
}

static void watch(struct ctl_client *c, struct pushed *p)
{
	*p = (struct pushed){ .in_order = true };
	connect_to(c);
	c->push = on_push;
	c->push_arg = p;
}

static void monitors(void **state)
{
	struct ctl_client a, b;
	struct pushed to_a, to_b;
	char err[128];
	json_t *reply;

	(void)state;
	watch(&a, &to_a);
	watch(&b, &to_b);
	reply = exec_line(&a, "terminal monitor");
	assert_true(json_is_true(json_object_get(reply, "monitor")));
	json_decref(reply);
	reply = exec_line(&b, "show value");
	assert_null(json_object_get(reply, "monitor"));
	json_decref(reply);
	/* Unasked, to whom it was promised; nothing to anybody else. */
	expect(&b, "clear log 3", "done", "Router#");
	while (to_a.lines < 3)
		assert_int_equal(ctl_listen_in(&a, err, sizeof(err)), 0);
	assert_true(to_a.in_order);
	assert_int_equal(to_a.lost, 0);
	/* What a request logs itself comes with its reply, or behind it. */
	to_a = (struct pushed){ .in_order = true };
	expect(&a, "clear log 2", "done", "Router#");
	while (to_a.lines < 2)
		assert_int_equal(ctl_listen_in(&a, err, sizeof(err)), 0);
	assert_true(to_a.in_order);
	expect(&a, "terminal no monitor", "done", "Router#");
	expect(&b, "clear log 3", "done", "Router#");
	expect(&a, "show value", "done", "Router#");
	assert_int_equal(to_a.lines, 2);
	assert_int_equal(to_b.lines, 0);
	/* It is for privileged ones, as in IOS, and ends with that. */
	expect(&a, "terminal monitor", "done", "Router#");
	reply = exec_line(&a, "disable");
	assert_null(json_object_get(reply, "monitor"));
	json_decref(reply);
	expect(&a, "terminal monitor", "unknown", "Router>");
	expect(&b, "clear log 3", "done", "Router#");
	expect(&a, "show value", "done", "Router>");
	assert_int_equal(to_a.lines, 2);
	ctl_close(&a);
	ctl_close(&b);
}

/* Who does not read keeps CTL_SERVER_LINES_MAX lines waiting, and learns how many he lost. */
static void slow_monitor(void **state)
{
	const unsigned int all = 3000;
	struct ctl_client slow, quick;
	struct pushed to_slow;
	char err[128];

	(void)state;
	watch(&slow, &to_slow);
	connect_to(&quick);
	expect(&slow, "terminal monitor", "done", "Router#");
	expect(&quick, "clear log 3000", "done", "Router#");
	expect(&quick, "show value", "done", "Router#");
	while (to_slow.lines + to_slow.lost < all)
		assert_int_equal(ctl_listen_in(&slow, err, sizeof(err)), 0);
	assert_int_equal(to_slow.lines + to_slow.lost, all);
	assert_true(to_slow.lines >= CTL_SERVER_LINES_MAX);
	assert_true(to_slow.lost > 0);
	assert_true(to_slow.in_order);
	/* It goes on. */
	to_slow = (struct pushed){ .in_order = true };
	expect(&quick, "clear log 1", "done", "Router#");
	while (!to_slow.lines)
		assert_int_equal(ctl_listen_in(&slow, err, sizeof(err)), 0);
	assert_int_equal(to_slow.lost, 0);
	expect(&slow, "show value", "done", "Router#");
	/* One who goes away in the midst of it. */
	expect(&quick, "clear log 100", "done", "Router#");
	ctl_close(&slow);
	expect(&quick, "clear log 100", "done", "Router#");
	ctl_close(&quick);
}

/* Someone who asks for much and goes away, and someone who sends half. */
static void vanishing_clients(void **state)
{
	struct ctl_client c;
	uint8_t *data;
	json_t *request = json_pack("{s:s, s:s}", "op", "exec", "line", "show lines 100000");
	size_t len, i;

	(void)state;
	assert_int_equal(ctl_encode(request, 1000, &data, &len), 0);
	json_decref(request);
	for (i = 0; i <= len; i += 7) {
		connect_to(&c);
		if (i)
			assert_int_equal(send(c.fd, data, i, MSG_NOSIGNAL), i);
		ctl_close(&c);
	}
	for (i = 0; i < 5; i++) {
		connect_to(&c);
		assert_int_equal(send(c.fd, data, len, MSG_NOSIGNAL), len);
		ctl_close(&c);
	}
	free(data);
	connect_to(&c);
	expect(&c, "show value", "done", "Router#");
	ctl_close(&c);
}

static void too_many_clients(void **state)
{
	struct ctl_client c[CTL_SERVER_CLIENTS_MAX + 1];
	json_t *reply;
	size_t i;

	(void)state;
	for (i = 0; i < CTL_SERVER_CLIENTS_MAX; i++) {
		connect_to(&c[i]);
		expect(&c[i], "show value", "done", "Router#");
	}
	connect_to(&c[i]);
	reply = call(&c[i], json_pack("{s:s}", "op", "prompt"));
	assert_string_equal(member(reply, "error"), "too many sessions");
	json_decref(reply);
	for (i = 0; i <= CTL_SERVER_CLIENTS_MAX; i++)
		ctl_close(&c[i]);
}

/* The mode of the socket keeps others out; if it is widened, SO_PEERCRED does. */
static void foreigner(void **state)
{
	int status;
	pid_t child;

	(void)state;
	if (getuid())
		skip();
	assert_int_equal(chmod(daemon_process.dir, 0755), 0);
	assert_int_equal(chmod(daemon_process.socket, 0777), 0);
	fflush(NULL);
	child = fork();
	if (!child) {
		struct ctl_client c;
		char err[256];
		json_t *reply;
		bool ok;

		if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
			_exit(90);
		if (ctl_connect(&c, daemon_process.socket, err, sizeof(err)))
			_exit(91);
		if (ctl_call(&c, json_pack("{s:s, s:s}", "op", "exec", "line", "show value"),
			     &reply, err, sizeof(err)))
			_exit(92);
		ok = strstr(member(reply, "error"), "permission denied") &&
		     !json_object_get(reply, "text");
		_exit(!ok);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions),
		cmocka_unit_test(other_requests),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(garbage_is_answered_and_closed),
		cmocka_unit_test(slow_reader),
		cmocka_unit_test(monitors),
		cmocka_unit_test(slow_monitor),
		cmocka_unit_test(vanishing_clients),
		cmocka_unit_test(too_many_clients),
		cmocka_unit_test(foreigner),
	};

	json_wipe_freed();
	return cmocka_run_group_tests_name("ctl_server", tests, start, stop);
}
