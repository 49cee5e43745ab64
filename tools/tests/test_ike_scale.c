// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a negotiation costs must not depend on how many peers there are. Time
 * would say little on a machine that others use: the comparisons of addresses
 * and the searches for entries are counted, which is what a walk over all IKE
 * SAs or all tunnels is made of. The linker puts the functions here in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/pair.h"
#include "ipsecd/ike/sa.h"
#include "lib/text.h"

#define FEW		20
#define MANY		5000

static unsigned long long operations;

int __real_addr_compare(const struct addr *a, const struct addr *b);
int __wrap_addr_compare(const struct addr *a, const struct addr *b);
const struct map_entry *__real_map_find(const struct objects *entries, const char *name,
					uint16_t family, unsigned int seq);
const struct map_entry *__wrap_map_find(const struct objects *entries, const char *name,
					uint16_t family, unsigned int seq);

int __wrap_addr_compare(const struct addr *a, const struct addr *b)
{
	operations++;
	return __real_addr_compare(a, b);
}

const struct map_entry *__wrap_map_find(const struct objects *entries, const char *name,
					uint16_t family, unsigned int seq)
{
	operations++;
	return __real_map_find(entries, name, family, seq);
}

/* About rules of dynamic maps. */
static unsigned long long searches;

ssize_t __real_acl_covering(const struct acl *acl, const struct cm_rule *rule);
ssize_t __wrap_acl_covering(const struct acl *acl, const struct cm_rule *rule);
unsigned int __real_selector_precision(const struct cm_rule *rule);
unsigned int __wrap_selector_precision(const struct cm_rule *rule);

ssize_t __wrap_acl_covering(const struct acl *acl, const struct cm_rule *rule)
{
	searches++;
	return __real_acl_covering(acl, rule);
}

unsigned int __wrap_selector_precision(const struct cm_rule *rule)
{
	searches++;
	return __real_selector_precision(rule);
}

static struct addr address_of(unsigned int i)
{
	const uint8_t bytes[] = { 198, 18, i >> 8, i };
	struct addr addr;

	assert_int_equal(addr_from_bytes(&addr, bytes, sizeof(bytes)), 0);
	return addr;
}

/* Entries of the map, each with a peer of its own. */
static void add_entries(struct world_node *n, unsigned int count)
{
	struct text lines = TEXT_INIT;
	struct cli_report report;
	struct addr_buf peer;

	for (unsigned int i = 0; i < count; i++) {
		const struct addr addr = address_of(i);

		text_printf(&lines, "ip access-list extended L%u\n"
			    " permit ip 10.1.0.0 0.0.255.255 172.%u.%u.0 0.0.0.255\n", i,
			    16 + i / 256, i % 256);
		text_printf(&lines, "crypto map M %u ipsec-isakmp\n"
			    " set peer %s\n"
			    " set transform-set T\n"
			    " match address L%u\n", 100 + i, addr_text(&addr, &peer), i);
	}
	/* As a file: it is put in force once. */
	assert_int_equal(router_file(n->router, text_str(&lines), &report), 0);
	cli_report_free(&report);
	text_free(&lines);
	node_configure(n, "");
}

/* As if main mode with each of them were over. */
static void add_sas(struct world_node *n, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		const struct ike_path path = {
			.local = n->addr, .remote = address_of(i),
			.local_port = ISAKMP_PORT, .remote_port = ISAKMP_PORT,
		};
		struct ike_cookies cookies = { { 1, i >> 8, i }, { 2, i >> 8, i } };
		struct ike_sa *sa = ike_sa_new(n->ike, &path, &cookies, i % 2,
					       ISAKMP_EXCHANGE_MAIN);

		assert_non_null(sa);
		ike_handshake_free(sa);
		sa->state = IKE_QM_IDLE;
		sa->lifetime = 86400;
		sa->ends = sa->created + 86400000;
	}
}

static bool both_have_sas(void *arg)
{
	const struct world_pair *p = arg;

	return router_sas(p->a->router) == 2 && router_sas(p->b->router) == 2;
}

static void soft_expire(struct world_node *n)
{
	struct tunnel *t = tunnel_find(n->ike, kernel_mock_flow(n->router->mock, 0)->id);
	const struct sa_pair *pair = tunnel_current(t);
	struct cm_event ev = {
		.flow = t->flow.id, .direction = CRYPTOMAP_DIRECTION_OUT,
		.spi = pair->out.spi, .dst = pair->out.dst,
	};

	ike_expire(n->ike, &ev);
}

/* Main mode, quick mode, a rekey of both, and the end, beside so many other peers. */
static unsigned long long cost_beside(unsigned int others)
{
	const struct addr any = { .family = AF_UNSPEC };
	unsigned long long before, cost;
	struct world_pair p;

	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY);
	add_entries(p.a, others);
	add_sas(p.a, others);
	before = operations;
	node_acquire(p.a, 0);
	assert_true(world_until(p.w, both_have_sas, &p, 10000));
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 1000);
	soft_expire(p.a);
	world_run(p.w, 20000);
	assert_true(both_have_sas(&p));
	soft_expire(p.b);
	world_run(p.w, 20000);
	assert_true(both_have_sas(&p));
	ike_clear_sas(p.b->ike, 0, &any);
	world_run(p.w, 1000);
	cost = operations - before;
	pair_end(&p);
	return cost;
}

static void test_cost(void **state)
{
	unsigned long long few = cost_beside(FEW), many = cost_beside(MANY);

	(void)state;
	print_message("%llu operations beside %u peers, %llu beside %u\n", few, FEW, many, MANY);
	/* A search in a sorted list takes log2(5000 / 20) = 8 steps more; a walk 5000. */
	assert_in_range(many, 0, 3 * few);
}

/* --- dynamic maps */

static void add_sites(struct world_node *n, unsigned int count)
{
	struct text lines = TEXT_INIT;
	struct cli_report report;

	text_printf(&lines, "ip access-list extended L10\n");
	for (unsigned int i = 0; i < count; i++)
		text_printf(&lines, " permit ip 172.%u.%u.0 0.0.0.255 10.9.0.0 0.0.255.255\n",
			    16 + i / 256, i % 256);
	text_printf(&lines, "crypto map M 10 ipsec-isakmp\n match address L10\n");
	assert_int_equal(router_file(n->router, text_str(&lines), &report), 0);
	cli_report_free(&report);
	text_free(&lines);
	node_configure(n, "");
}

/* Of one more tunnel of a dynamic map beside so many. */
static unsigned long long searches_beside(unsigned int others)
{
	struct world *w = world_new(1);
	struct world_node *hub = world_add(w, "H", "192.0.2.1");
	struct world_node *spoke = world_add(w, "S", "192.0.2.2");
	unsigned long long cost;

	node_configure(hub, WORLD_POLICY "crypto isakmp key secret address 0.0.0.0 0.0.0.0\n"
		       "access-list 150 permit ip 10.9.0.0 0.0.255.255 any\n"
		       "crypto dynamic-map D 10\n set transform-set T\n match address 150\n"
		       "crypto map M 100 ipsec-isakmp dynamic D\n"
		       "interface eth0\n crypto map M\n");
	node_configure(spoke, WORLD_POLICY "crypto isakmp key secret address 192.0.2.1\n");
	node_tunnel(spoke, hub, 10, 1, 9);
	add_sites(spoke, others + 1);
	debug_set(DEBUG_ALL, false);
	for (unsigned int i = 0; i < others; i++) {
		node_acquire(spoke, i);
		world_run(w, 100);
	}
	assert_int_equal(router_sas(hub->router), 2 * others);
	searches = 0;
	node_acquire(spoke, others);
	world_run(w, 100);
	cost = searches;
	assert_int_equal(router_sas(hub->router), 2 * (others + 1));
	world_free(w);
	return cost;
}

static void test_dynamic(void **state)
{
	unsigned long long few = searches_beside(10), many = searches_beside(400);

	(void)state;
	print_message("%llu searches beside 10 tunnels, %llu beside 400\n", few, many);
	assert_true(few > 0);
	assert_int_equal(few, many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_dynamic),
	};

	return cmocka_run_group_tests_name("ike_scale", tests, NULL, NULL);
}
