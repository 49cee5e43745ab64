// SPDX-License-Identifier: GPL-2.0-or-later
#include <cap-ng.h>
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "privs.h"

int privs_keep(const unsigned int *caps, size_t n, struct kerr *err)
{
	size_t i;

	kerr_clear(err);
	for (i = 0; i < n; i++)
		if (capng_have_capability(CAPNG_PERMITTED, caps[i]) != 1)
			return kerr_set(err, EPERM, "this needs %s, which is not given",
					capng_capability_to_name(caps[i]));
	capng_clear(CAPNG_SELECT_ALL);
	for (i = 0; i < n; i++)
		if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, caps[i]))
			return kerr_set(err, EINVAL, "there is no capability %u", caps[i]);
	/* With an empty bounding set not even a program that root runs gets more. */
	if (capng_apply(CAPNG_SELECT_ALL))
		return kerr_set(err, EPERM, "cannot give up capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return kerr_set(err, errno, "no new privileges: %s", strerror(errno));
	return 0;
}

void privs_no_core(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

/*
 * By name, since not every architecture has all: what libseccomp does not
 * know here is left out.
 */
static const char *const allowed[] = {
	/* memory */
	"brk", "madvise", "mlock", "mlock2", "mlockall", "mmap", "mprotect", "mremap",
	"munlock", "munlockall", "munmap",
	/* files */
	"access", "chmod", "chown", "close", "close_range", "dup", "dup2", "dup3", "faccessat",
	"faccessat2", "fchmod", "fchmodat", "fchown", "fchownat", "fcntl", "fdatasync", "flock",
	"fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents64", "ioctl", "link",
	"linkat", "lseek", "lstat", "mkdir", "mkdirat", "newfstatat", "open", "openat",
	"openat2", "pipe", "pipe2", "pread64", "pwrite64", "read", "readlink", "readlinkat",
	"readv", "rename", "renameat", "renameat2", "stat", "statfs", "statx", "umask",
	"unlink", "unlinkat", "write", "writev",
	/* sockets */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt",
	"listen", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto",
	"setsockopt", "shutdown", "socket", "socketpair",
	/* waiting */
	"clock_nanosleep", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait",
	"epoll_pwait2", "epoll_wait", "eventfd2", "futex", "nanosleep", "poll", "ppoll",
	"pselect6", "restart_syscall", "select", "timerfd_create", "timerfd_gettime",
	"timerfd_settime",
	/* time, chance, oneself */
	"capget", "clock_getres", "clock_gettime", "getegid", "geteuid", "getgid", "getgroups",
	"getpgrp", "getpid", "getppid", "getrandom", "getresgid", "getresuid", "getrlimit",
	"getrusage", "gettid", "gettimeofday", "getuid", "prctl", "prlimit64",
	"sched_getaffinity", "sched_yield", "sysinfo", "time", "uname",
	/* signals, and the end */
	"exit", "exit_group", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
	"rt_sigreturn", "rt_sigtimedwait", "set_robust_list", "set_tid_address", "sigaltstack",
	"signalfd4", "tgkill", "wait4", "waitid",
};

static int allow(scmp_filter_ctx ctx)
{
	size_t i;

	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		int call = seccomp_syscall_resolve_name(allowed[i]);
		int ret;

		if (call < 0)
			continue;
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 0);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int privs_confine(struct kerr *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int ret;

	kerr_clear(err);
	if (!ctx)
		return kerr_set(err, ENOMEM, "out of memory");
	/* Older kernels do not note it; that is no reason to do without. */
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1);
	ret = allow(ctx);
	if (ret >= 0)
		ret = seccomp_load(ctx);
	seccomp_release(ctx);
	if (ret < 0)
		return kerr_set(err, -ret, "cannot confine system calls: %s", strerror(-ret));
	return 0;
}
