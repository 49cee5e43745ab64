// SPDX-License-Identifier: GPL-2.0-or-later
/* Each case in a child, for what is given up is given up for good. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/privs.h"

/* Returns from the child the line of the check that failed, 0 if none. */
#define CHECK(condition) do { if (!(condition)) return __LINE__ & 0xff ? __LINE__ & 0xff : 1; } while (0)

static void in_child(int (*act)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (!child)
		_exit(act());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static unsigned long long capabilities(const char *set)
{
	unsigned long long value = ~0ULL;
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, set, strlen(set)))
			value = strtoull(line + strlen(set), NULL, 16);
	if (f)
		fclose(f);
	return value;
}

static int keep_one(void)
{
	const unsigned int caps[] = { CAP_NET_ADMIN, CAP_NET_BIND_SERVICE };
	const unsigned long long wanted = 1ULL << CAP_NET_ADMIN | 1ULL << CAP_NET_BIND_SERVICE;
	struct kerr err;

	CHECK(privs_keep(caps, 2, &err) == 0);
	CHECK(capabilities("CapEff:") == wanted);
	CHECK(capabilities("CapPrm:") == wanted);
	CHECK(capabilities("CapInh:") == 0);
	CHECK(capabilities("CapBnd:") == 0);
	CHECK(capabilities("CapAmb:") == 0);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK(chroot("/") < 0 && errno == EPERM);
	/* For good. */
	CHECK(privs_keep((const unsigned int[]){ CAP_SYS_ADMIN }, 1, &err) == -EPERM);
	CHECK(strstr(err.text, "sys_admin"));
	return 0;
}

static int keep_without(void)
{
	const unsigned int caps[] = { CAP_NET_ADMIN };
	struct kerr err;

	CHECK(privs_keep(NULL, 0, &err) == 0);
	CHECK(capabilities("CapEff:") == 0);
	CHECK(privs_keep(caps, 1, &err) == -EPERM);
	CHECK(strstr(err.text, "net_admin"));
	return 0;
}

static int confined(void)
{
	char *const argv[] = { (char *)"true", NULL };
	struct pollfd p = { .events = POLLIN };
	int fds[2], fd;
	struct kerr err;

	CHECK(privs_confine(&err) == 0);
	/* The daily work goes on. */
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK(write(fds[0], "x", 1) == 1);
	p.fd = fds[1];
	CHECK(poll(&p, 1, 1000) == 1);
	CHECK(eventfd(0, 0) >= 0);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK(socket(AF_NETLINK, SOCK_RAW, 0) >= 0);
	free(malloc(1 << 20));
	/* The rest does not. */
	CHECK(execv("/bin/true", argv) < 0 && errno == EPERM);
	CHECK(mount("none", "/mnt", "tmpfs", 0, NULL) < 0 && errno == EPERM);
	CHECK(unshare(CLONE_NEWNET) < 0 && errno == EPERM);
	CHECK(setns(fd, 0) < 0 && errno == EPERM);
	CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 && errno == EPERM);
	CHECK(syscall(SYS_finit_module, fd, "", 0) < 0 && errno == EPERM);
	CHECK(syscall(SYS_bpf, 0, NULL, 0) < 0 && errno == EPERM);
	CHECK(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0) < 0 &&
	      errno == EPERM);
	CHECK(kill(getppid(), 0) < 0 && errno == EPERM);
	return 0;
}

static void test_keep(void **state)
{
	const unsigned long long needed = 1ULL << CAP_NET_ADMIN | 1ULL << CAP_NET_BIND_SERVICE |
					  1ULL << CAP_SETPCAP;

	(void)state;
	/* Only who has rights can keep them. */
	in_child((capabilities("CapEff:") & needed) == needed ? keep_one : keep_without);
}

static void test_keep_without(void **state)
{
	(void)state;
	in_child(keep_without);
}

static void test_confine(void **state)
{
	(void)state;
	in_child(confined);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_keep_without),
		cmocka_unit_test(test_confine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
