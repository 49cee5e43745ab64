// SPDX-License-Identifier: GPL-2.0-or-later
/* Peers that are given by host name: looked up for each attempt, moved, in turn. */
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

#define HOST	"peer.example"
#define ADDR_B	"192.0.2.2"
#define ADDR_C	"192.0.2.3"

/* A calls a peer by name, which is B or C; both have the same to offer. */
struct trio {
	struct world *w;
	struct world_node *a, *b, *c;
};

static void add_answerer(struct trio *t, struct world_node **n, const char *name,
			 const char *address)
{
	*n = world_add(t->w, name, address);
	node_configure(*n, WORLD_POLICY "crypto isakmp key secret address 192.0.2.1\n");
	node_tunnel(*n, t->a, 10, 2, 1);
}

static void begin(struct trio *t, const char *addresses, const char *peers)
{
	char lines[512];

	t->w = world_new(1);
	t->w->hosts[0] = (struct world_host){ HOST, addresses };
	t->a = world_add(t->w, "A", "192.0.2.1");
	snprintf(lines, sizeof(lines), WORLD_POLICY
		 "access-list 110 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n"
		 "crypto isakmp key secret hostname " HOST "\n"
		 "crypto map M 10 ipsec-isakmp\n"
		 "%s"
		 " set transform-set T\n"
		 " match address 110\n"
		 "interface eth0\n"
		 " crypto map M\n", peers);
	node_configure(t->a, lines);
	add_answerer(t, &t->b, "B", ADDR_B);
	add_answerer(t, &t->c, "C", ADDR_C);
}

static void end(struct trio *t)
{
	world_free(t->w);
}

static struct sa_pair *current(const struct world_node *n)
{
	struct tunnel *t = tunnel_find(n->ike, kernel_mock_flow(n->router->mock, 0)->id);

	return tunnel_current(t);
}

static bool goes_to(const struct trio *t, const char *address)
{
	const struct sa_pair *pair = current(t->a);
	struct addr_buf text;

	return pair && !strcmp(addr_text(&pair->peer, &text), address);
}

static void expect_up(struct trio *t, const char *address, uint64_t ms)
{
	node_acquire(t->a, 0);
	for (uint64_t until = t->w->now + ms; !current(t->a) && t->w->now < until;) {
		world_run(t->w, 100);
		/* Traffic goes on asking. */
		if (!current(t->a))
			node_acquire(t->a, 0);
	}
	assert_true(goes_to(t, address));
}

static void clear_all(struct trio *t)
{
	const struct addr any = { .family = AF_UNSPEC };

	ike_clear_sessions(t->a->ike, &any, &any);
	world_run(t->w, 5000);
	assert_null(current(t->a));
}

/* Its key goes by name as well: in main mode it is found by the address that the name has. */
static void test_by_name(void **state)
{
	struct cm_entry *entry;
	struct addr_buf text;
	unsigned int lookups;
	struct trio t;

	(void)state;
	begin(&t, ADDR_B, " set peer " HOST "\n");
	world_run(t.w, 100);
	/* When it is configured, and for the attempt. */
	lookups = t.w->lookups;
	assert_true(lookups > 0);
	expect_up(&t, ADDR_B, 2000);
	assert_int_equal(t.w->lookups, lookups + 1);
	assert_string_equal(current(t.a)->host, HOST);
	/* What the kernel is told. */
	entry = &t.a->router->d.policy->entries[0].entry;
	assert_int_equal(entry->n_peers, 0);
	ike_name_peers(t.a->ike, t.a->router->d.running, t.a->router->d.policy);
	assert_int_equal(entry->n_peers, 1);
	assert_string_equal(addr_text(&entry->peers[0], &text), ADDR_B);
	end(&t);
}

/* The first packet does not wait for a lookup that is over. */
static void test_at_once(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, ADDR_B, " set peer " HOST "\n");
	expect_up(&t, ADDR_B, 2000);
	/* A rekey under the IKE SA that is there asks nobody. */
	t.w->lookups = 0;
	ike_acquire(t.a->ike, &(struct cm_event){ .flow = current(t.a)->tunnel->flow.id });
	world_run(t.w, 1000);
	assert_int_equal(t.w->lookups, 0);
	end(&t);
}

/* IPv6 addresses of the name are nothing for an IPv4 map. */
static void test_addresses_in_turn(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, "2001:db8::2 " ADDR_B " " ADDR_C, " set peer " HOST "\n");
	t.b->deaf = true;
	expect_up(&t, ADDR_C, 12000);
	end(&t);
}

static void test_peers_in_turn(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, ADDR_B, " set peer " HOST "\n set peer " ADDR_C "\n");
	node_configure(t.a, "crypto isakmp key secret address " ADDR_C "\n");
	t.b->deaf = true;
	expect_up(&t, ADDR_C, 12000);
	end(&t);
}

static void test_unknown(void **state)
{
	struct trio t;
	unsigned int sent;

	(void)state;
	begin(&t, NULL, " set peer " HOST "\n");
	node_acquire(t.a, 0);
	sent = t.w->sent;
	world_run(t.w, 5000);
	assert_int_equal(t.w->sent, sent);
	assert_true(world_logged("its name has no address"));
	/* It is asked again as long as traffic wants it. */
	t.w->hosts[0].addresses = ADDR_B;
	expect_up(&t, ADDR_B, 3000);
	end(&t);
}

/* The SAs stay while the peer is named; the next attempt goes to its new address. */
static void test_moved(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, ADDR_B, " set peer " HOST "\n");
	expect_up(&t, ADDR_B, 2000);
	t.w->hosts[0].addresses = ADDR_C;
	node_configure(t.a, "crypto isakmp keepalive 10 periodic\n");
	world_run(t.w, 5000);
	assert_true(goes_to(&t, ADDR_B));
	/* A lookup for whatever reason changes nothing about that. */
	world_run(t.w, 5000);
	t.b->deaf = true;
	clear_all(&t);
	expect_up(&t, ADDR_C, 3000);
	/* No answer: what was known is used. */
	t.w->hosts[0].addresses = NULL;
	clear_all(&t);
	expect_up(&t, ADDR_C, 3000);
	/* Another name is another peer. */
	node_configure(t.a, "crypto map M 10 ipsec-isakmp\n no set peer " HOST "\n");
	assert_null(current(t.a));
	end(&t);
}

static bool c_has_pair(void *arg)
{
	const struct trio *t = arg;

	return current(t->c) && goes_to(t, ADDR_C);
}

/* It calls from an address that its name did not have when it was looked up. */
static void test_moved_and_calls(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, ADDR_B, " set peer " HOST "\n");
	world_run(t.w, 10000);
	t.w->hosts[0].addresses = ADDR_C;
	node_acquire(t.c, 0);
	assert_true(world_until(t.w, c_has_pair, &t, 3000));
	end(&t);
}

/* While nobody answers the name gets another address: one acquire is enough. */
static void test_moved_while_called(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, ADDR_B, " set peer " HOST "\n");
	t.b->deaf = true;
	world_run(t.w, 5000);
	node_acquire(t.a, 0);
	world_run(t.w, 2000);
	t.w->hosts[0].addresses = ADDR_C;
	names_refresh(t.a->ike);
	world_run(t.w, 8000);
	assert_true(goes_to(&t, ADDR_C));
	end(&t);
}

/* A restart: the SAs of before stay although the name is not known yet. */
static void test_restart(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, ADDR_B, " set peer " HOST "\n");
	expect_up(&t, ADDR_B, 2000);
	node_restart(t.a);
	assert_true(goes_to(&t, ADDR_B));
	node_configure(t.a, "hostname A2\n");
	assert_true(goes_to(&t, ADDR_B));
	world_run(t.w, 10000);
	assert_true(goes_to(&t, ADDR_B));
	assert_int_equal(node_established(t.a), 1);
	end(&t);
}

/* After the default peer has failed the other one is used, until traffic rests. */
static void test_default(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, ADDR_B, " set peer " ADDR_C "\n set peer " HOST " default\n");
	node_configure(t.a, "crypto isakmp key secret address " ADDR_C "\n");
	node_acquire(t.a, 0);
	world_run(t.w, 20000);
	clear_all(&t);
	/* The first in the list has been tried first; from now on it is the default one. */
	tunnel_first_peer(tunnel_find(t.a->ike, kernel_mock_flow(t.a->router->mock, 0)->id));
	t.b->deaf = true;
	expect_up(&t, ADDR_C, 12000);
	clear_all(&t);
	t.b->deaf = false;
	t.c->deaf = true;
	expect_up(&t, ADDR_B, 12000);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_name),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_addresses_in_turn),
		cmocka_unit_test(test_peers_in_turn),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_moved_and_calls),
		cmocka_unit_test(test_moved_while_called),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_default),
	};

	return cmocka_run_group_tests_name("ike_names", tests, NULL, NULL);
}
