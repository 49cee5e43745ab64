// SPDX-License-Identifier: GPL-2.0-or-later
/* Lookups by libevent: what needs no name server, and what is cancelled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipsecd/resolver.h"
#include "lib/privs.h"

struct fixture {
	struct event_base *base;
	struct resolver *resolver;
};

struct answer {
	unsigned int calls;
	unsigned int n;
	struct addr addrs[RESOLVER_ADDRESSES_MAX];
	struct fixture *next;
};

static int setup(void **state)
{
	static struct fixture f;

	f.base = event_base_new();
	f.resolver = resolver_new(f.base);
	*state = &f;
	return !f.resolver;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	resolver_free(f->resolver);
	event_base_free(f->base);
	return 0;
}

static void take(void *arg, const struct addr *addrs, unsigned int n)
{
	struct answer *a = arg;
	struct fixture *next = a->next;

	a->calls++;
	a->n = n;
	memcpy(a->addrs, addrs, n * sizeof(*addrs));
	/* From within its own call. */
	if (!next)
		return;
	memset(a, 0, sizeof(*a));
	assert_non_null(resolver_begin(next->resolver, "192.0.2.9", take, a));
}

static bool has(const struct answer *a, const char *text)
{
	struct addr addr;

	assert_int_equal(addr_parse(&addr, AF_UNSPEC, text), 0);
	for (unsigned int i = 0; i < a->n; i++)
		if (addr_equal(&a->addrs[i], &addr))
			return true;
	return false;
}

static void test_hosts(void **state)
{
	struct answer local = { 0 }, number = { 0 }, number6 = { 0 };
	struct fixture *f = *state;

	assert_non_null(resolver_begin(f->resolver, "localhost", take, &local));
	assert_non_null(resolver_begin(f->resolver, "192.0.2.7", take, &number));
	assert_non_null(resolver_begin(f->resolver, "2001:db8::7", take, &number6));
	/* Never from within the call. */
	assert_int_equal(local.calls + number.calls + number6.calls, 0);
	while (local.calls + number.calls + number6.calls < 3)
		assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
	assert_true(has(&local, "127.0.0.1"));
	assert_true(has(&number, "192.0.2.7"));
	assert_int_equal(number.n, 1);
	assert_true(has(&number6, "2001:db8::7"));
}

static void test_again_from_within(void **state)
{
	struct fixture *f = *state;
	struct answer a = { .next = f };

	assert_non_null(resolver_begin(f->resolver, "localhost", take, &a));
	while (!a.calls || a.next)
		assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
	assert_true(has(&a, "192.0.2.9"));
}

static void test_cancel(void **state)
{
	struct answer cancelled = { 0 }, other = { 0 };
	struct fixture *f = *state;
	struct resolver_lookup *lookup;

	lookup = resolver_begin(f->resolver, "localhost", take, &cancelled);
	assert_non_null(lookup);
	resolver_cancel(lookup);
	assert_non_null(resolver_begin(f->resolver, "localhost", take, &other));
	while (!other.calls)
		assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
	assert_int_equal(cancelled.calls, 0);
	/* And one that nobody waits for at the end. */
	assert_non_null(resolver_begin(f->resolver, "localhost", take, &other));
}

/* As in the daemon, which may not do much any more when names are looked up. */
static void test_confined(void **state)
{
	struct answer a = { 0 };
	struct fixture *f = *state;
	struct kerr err;
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (event_reinit(f->base) || privs_confine(&err) ||
		    !resolver_begin(f->resolver, "localhost", take, &a))
			_exit(2);
		while (!a.calls)
			event_base_loop(f->base, EVLOOP_ONCE);
		_exit(has(&a, "127.0.0.1") ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hosts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again_from_within, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_confined, setup, teardown),
	};

	return cmocka_run_group_tests_name("resolver", tests, NULL, NULL);
}
