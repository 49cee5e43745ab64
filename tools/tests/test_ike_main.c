// SPDX-License-Identifier: GPL-2.0-or-later
/* Main mode between two engines, on good and bad networks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/sa.h"

#define POLICY								\
	"crypto isakmp policy 10\n"					\
	" encryption aes\n"						\
	" hash sha256\n"						\
	" authentication pre-share\n"					\
	" group 19\n"

struct pair {
	struct world *w;
	struct world_node *a, *b;
};

static void begin_with(struct pair *p, uint64_t seed, const char *lines_a, const char *lines_b)
{
	p->w = world_new(seed);
	p->a = world_add(p->w, "A", "192.0.2.1");
	p->b = world_add(p->w, "B", "192.0.2.2");
	node_configure(p->a, lines_a);
	node_configure(p->b, lines_b);
	node_configure(p->a, "crypto isakmp key secret address 192.0.2.2\n");
	node_configure(p->b, "crypto isakmp key secret address 192.0.2.1\n");
	node_tunnel(p->a, p->b, 10, 1, 2);
	node_tunnel(p->b, p->a, 10, 2, 1);
}

static void begin(struct pair *p, uint64_t seed)
{
	begin_with(p, seed, POLICY, POLICY);
}

static bool both_established(void *arg)
{
	struct pair *p = arg;

	return node_established(p->a) && node_established(p->b);
}

static void test_pre_shared_key(void **state)
{
	const struct ike_sa *i, *r;
	struct pair p;

	(void)state;
	begin(&p, 1);
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, both_established, &p, 1000));
	i = node_sa(p.a);
	r = node_sa(p.b);
	assert_memory_equal(&i->cookies, &r->cookies, sizeof(i->cookies));
	assert_memory_equal(i->keys.skeyid_d, r->keys.skeyid_d, i->keys.len);
	assert_memory_equal(&i->iv, &r->iv, sizeof(i->iv));
	assert_true(i->initiator && !r->initiator);
	assert_int_equal(i->policy, 10);
	assert_int_equal(i->lifetime, 86400);
	assert_null(i->handshake);
	/* Three messages each way. */
	assert_int_equal(p.w->sent, 6);
	world_free(p.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pre_shared_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
