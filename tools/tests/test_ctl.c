// SPDX-License-Identifier: GPL-2.0-or-later
/* Framing: split, joined, oversized and garbage input; sockets; the client. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/ctl.h"
#include "../lib/json.h"

static uint8_t *frame(const char *text, size_t *len)
{
	uint32_t n = htonl((uint32_t)strlen(text));
	uint8_t *data = malloc(4 + strlen(text));

	memcpy(data, &n, 4);
	memcpy(data + 4, text, strlen(text));
	*len = 4 + strlen(text);
	return data;
}

static void expect_error(const void *data, size_t len, size_t max, int error, const char *text)
{
	struct ctl_decoder d;
	json_t *value;
	char err[128] = "";

	ctl_decoder_init(&d, max);
	assert_int_equal(ctl_decoder_add(&d, data, len), 0);
	assert_int_equal(ctl_decoder_next(&d, &value, err, sizeof(err)), error);
	assert_null(value);
	if (!strstr(err, text))
		fail_msg("\"%s\" is not about \"%s\"", err, text);
	ctl_decoder_free(&d);
}

static void round_trip(void **state)
{
	struct ctl_decoder d;
	char err[128];
	uint8_t *data;
	json_t *in, *out;
	size_t len;

	(void)state;
	in = json_pack("{s:s, s:i}", "op", "exec", "n", 42);
	assert_int_equal(ctl_encode(in, 1000, &data, &len), 0);
	ctl_decoder_init(&d, 1000);
	assert_int_equal(ctl_decoder_add(&d, data, len), 0);
	assert_int_equal(ctl_decoder_next(&d, &out, err, sizeof(err)), 1);
	assert_true(json_equal(in, out));
	json_decref(out);
	assert_int_equal(ctl_decoder_next(&d, &out, err, sizeof(err)), 0);
	assert_null(out);
	json_decref(in);
	free(data);
	ctl_decoder_free(&d);
}

/* One octet at a time, and several frames in one piece. */
static void split_and_joined(void **state)
{
	struct ctl_decoder d;
	uint8_t *data, all[256];
	size_t len, total = 0, i;
	char err[128];
	json_t *value;
	int n;

	(void)state;
	data = frame("{\"op\":\"prompt\"}", &len);
	ctl_decoder_init(&d, 1000);
	for (i = 0; i < len; i++) {
		assert_int_equal(ctl_decoder_next(&d, &value, err, sizeof(err)), 0);
		assert_int_equal(ctl_decoder_add(&d, data + i, 1), 0);
	}
	assert_int_equal(ctl_decoder_next(&d, &value, err, sizeof(err)), 1);
	json_decref(value);
	for (i = 0; i < 3; i++) {
		memcpy(all + total, data, len);
		total += len;
	}
	assert_int_equal(ctl_decoder_add(&d, all, total - 1), 0);
	for (n = 0; ctl_decoder_next(&d, &value, err, sizeof(err)) == 1; n++)
		json_decref(value);
	assert_int_equal(n, 2);
	assert_int_equal(ctl_decoder_add(&d, all + total - 1, 1), 0);
	assert_int_equal(ctl_decoder_next(&d, &value, err, sizeof(err)), 1);
	json_decref(value);
	assert_int_equal(d.len, 0);
	free(data);
	ctl_decoder_free(&d);
}

static void garbage(void **state)
{
	static const uint8_t huge[4] = { 0xff, 0xff, 0xff, 0xff };
	static const char * const bad[] = {
		"", "{", "[]", "null", "7", "\"x\"", "{\"a\":1} x", "{\"a\":1,\"a\":2}",
		"{\"a\":\"\xff\"}", "{'a':1}",
	};
	char deep[4096];
	uint8_t *data;
	size_t len, i;

	(void)state;
	expect_error(huge, 4, CTL_REQUEST_MAX, -EMSGSIZE, "limit");
	expect_error("GET / HTTP/1.1\r\n", 16, CTL_REQUEST_MAX, -EMSGSIZE, "limit");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		data = frame(bad[i], &len);
		expect_error(data, len, 1000, -EBADMSG, "JSON");
		free(data);
	}
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	data = frame(deep, &len);
	expect_error(data, len, 10000, -EBADMSG, "maximum parsing depth");
	free(data);
	data = frame("{\"a\":1}", &len);
	expect_error(data, len, 6, -EMSGSIZE, "limit 6");
	free(data);
}

static void encode_limit(void **state)
{
	json_t *value = json_pack("{s:s}", "a", "0123456789");
	uint8_t *data;
	size_t len;

	(void)state;
	assert_int_equal(ctl_encode(value, 17, &data, &len), -EMSGSIZE);
	assert_null(data);
	assert_int_equal(ctl_encode(value, 18, &data, &len), 0);
	assert_int_equal(len, 22);
	free(data);
	json_decref(value);
}

/* Text of any character set arrives; NUL octets do, too. */
static void character_sets(void **state)
{
	json_t *v;

	(void)state;
	v = json_text("gr\xfc\xdf", 4);
	assert_string_equal(json_string_value(v), "gr\xc3\xbc\xc3\x9f");
	json_decref(v);
	v = json_text("\xe3\x83\x86", 3);
	assert_string_equal(json_string_value(v), "\xe3\x83\x86");
	json_decref(v);
	v = json_text("a\0b", 3);
	assert_int_equal(json_string_length(v), 3);
	json_decref(v);
}

static void listen_and_replace(void **state)
{
	char dir[] = "/tmp/ctl.XXXXXX", path[64], err[256] = "", name[200];
	struct stat st;
	int fd, other;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	fd = ctl_listen(path, (gid_t)-1, err, sizeof(err));
	assert_true(fd >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* In use: refused, and not harmed. */
	other = ctl_listen(path, (gid_t)-1, err, sizeof(err));
	assert_int_equal(other, -EADDRINUSE);
	assert_non_null(strstr(err, "another daemon"));
	/* Left behind: replaced. */
	close(fd);
	fd = ctl_listen(path, getgid(), err, sizeof(err));
	assert_true(fd >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	close(fd);
	unlink(path);
	/* Something else: kept. */
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(ctl_listen(path, (gid_t)-1, err, sizeof(err)), -EEXIST);
	assert_non_null(strstr(err, "is no socket"));
	unlink(path);
	rmdir(dir);
	assert_int_equal(ctl_listen(path, (gid_t)-1, err, sizeof(err)), -ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(ctl_listen(name, (gid_t)-1, err, sizeof(err)), -ENAMETOOLONG);
}

static void peers(void **state)
{
	uid_t uid;
	gid_t gid;
	pid_t pid, child;
	int fd[2], status;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(ctl_peer(fd[0], &uid, &gid, &pid), 0);
	assert_int_equal(uid, getuid());
	assert_int_equal(gid, getgid());
	assert_int_equal(pid, getpid());
	assert_true(ctl_peer_allowed(fd[0], (gid_t)-1));
	close(fd[0]);
	close(fd[1]);
	assert_true(ctl_peer(fd[0], &uid, &gid, &pid) < 0);
	assert_false(ctl_peer_allowed(fd[0], (gid_t)-1));
	if (getuid())
		return;		/* the rest needs to become somebody else */
	/* Made by nobody, judged by root: as the daemon sees a foreign client. */
	child = fork();
	if (!child) {
		gid_t extra[2] = { 4242, 4243 };
		int pair[2], rc = 0;

		if (setgroups(2, extra) || setegid(65534) || seteuid(65534))
			_exit(99);
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			_exit(98);
		if (seteuid(0))
			_exit(97);
		rc |= ctl_peer_allowed(pair[0], (gid_t)-1) << 0;
		rc |= !ctl_peer_allowed(pair[0], 65534) << 1;
		rc |= !ctl_peer_allowed(pair[0], 4243) << 2;
		rc |= ctl_peer_allowed(pair[0], 4244) << 3;
		_exit(rc);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

struct server {
	int listener;
	const char *mode;
};

/* A daemon that answers wrongly in several ways. */
static void *serve(void *arg)
{
	struct server *srv = arg;
	uint8_t buf[256];
	uint8_t *data;
	size_t len, i;
	int fd;

	fd = accept4(srv->listener, NULL, NULL, 0);
	while (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		usleep(1000);
		fd = accept4(srv->listener, NULL, NULL, 0);
	}
	if (strcmp(srv->mode, "early"))
		if (recv(fd, buf, sizeof(buf), 0) <= 0)
			return NULL;
	data = frame("{\"status\":\"done\"}", &len);
	if (!strcmp(srv->mode, "garbage"))
		data[5] = '!';
	if (!strcmp(srv->mode, "cut"))
		len -= 3;
	if (strcmp(srv->mode, "nothing"))
		for (i = 0; i < len; i++)
			if (send(fd, data + i, 1, MSG_NOSIGNAL) != 1)
				break;
	free(data);
	close(fd);
	return NULL;
}

static int call(const char *mode, json_t **reply, char *err, size_t size)
{
	char dir[] = "/tmp/ctl.XXXXXX", path[64];
	struct ctl_client client;
	struct server srv = { .mode = mode };
	pthread_t thread;
	int rc;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	srv.listener = ctl_listen(path, (gid_t)-1, err, size);
	assert_true(srv.listener >= 0);
	assert_int_equal(pthread_create(&thread, NULL, serve, &srv), 0);
	assert_int_equal(ctl_connect(&client, path, err, size), 0);
	rc = ctl_call(&client, json_pack("{s:s}", "op", "prompt"), reply, err, size);
	ctl_close(&client);
	pthread_join(thread, NULL);
	close(srv.listener);
	unlink(path);
	rmdir(dir);
	return rc;
}

static void client(void **state)
{
	struct ctl_client c;
	char err[256];
	json_t *reply;

	(void)state;
	assert_int_equal(call("good", &reply, err, sizeof(err)), 0);
	assert_string_equal(json_string_value(json_object_get(reply, "status")), "done");
	json_decref(reply);
	/* The refusal of a daemon that does not even read is still seen. */
	assert_int_equal(call("early", &reply, err, sizeof(err)), 0);
	json_decref(reply);
	assert_int_equal(call("garbage", &reply, err, sizeof(err)), -EBADMSG);
	assert_int_equal(call("cut", &reply, err, sizeof(err)), -EPIPE);
	assert_int_equal(call("nothing", &reply, err, sizeof(err)), -EPIPE);
	assert_int_equal(ctl_connect(&c, "/nonexistent/sock", err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "/nonexistent/sock"));
}

static void oversized_request(void **state)
{
	char *text = malloc(CTL_REQUEST_MAX + 1);
	struct ctl_client c;
	char err[128];
	json_t *reply;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	c.fd = fd[0];
	ctl_decoder_init(&c.in, 1000);
	memset(text, 'x', CTL_REQUEST_MAX + 1);
	assert_int_equal(ctl_call(&c, json_pack("{s:o}", "text",
						json_text(text, CTL_REQUEST_MAX + 1)),
				  &reply, err, sizeof(err)), -EMSGSIZE);
	ctl_close(&c);
	close(fd[1]);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(split_and_joined),
		cmocka_unit_test(garbage),
		cmocka_unit_test(encode_limit),
		cmocka_unit_test(character_sets),
		cmocka_unit_test(listen_and_replace),
		cmocka_unit_test(peers),
		cmocka_unit_test(client),
		cmocka_unit_test(oversized_request),
	};

	json_wipe_freed();
	return cmocka_run_group_tests_name("ctl", tests, NULL, NULL);
}
