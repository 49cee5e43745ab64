// SPDX-License-Identifier: GPL-2.0-or-later
/* Dynamic maps: a hub that does not know its spokes, in simulated time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/dynamic.h"
#include "ipsecd/ike/pair.h"
#include "ipsecd/ike/sa.h"
#include "ipsecd/ike/tunnel.h"

#define HUB_KEYS							\
	"crypto isakmp key secret address 0.0.0.0 0.0.0.0\n"

/* A dynamic map of one entry, attached behind all static entries. */
#define HUB								\
	WORLD_POLICY HUB_KEYS						\
	"crypto dynamic-map D 10\n"					\
	" set transform-set T\n"					\
	"crypto map M 100 ipsec-isakmp dynamic D\n"			\
	"interface eth0\n"						\
	" crypto map M\n"

struct hub {
	struct world *w;
	struct world_node *hub;
	struct world_node *spokes[3];
};

/* Networks: 10.9 behind the hub, 10.1, 10.2, 10.3 behind the spokes. */
static void begin(struct hub *h, const char *hub_lines, const char *spoke_lines)
{
	char name[8], address[32];

	h->w = world_new(7);
	h->hub = world_add(h->w, "H", "192.0.2.1");
	node_configure(h->hub, hub_lines);
	for (unsigned int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "S%u", i + 1);
		snprintf(address, sizeof(address), "192.0.2.%u", i + 11);
		h->spokes[i] = world_add(h->w, name, address);
		node_configure(h->spokes[i], WORLD_POLICY
			       "crypto isakmp key secret address 192.0.2.1\n");
		node_configure(h->spokes[i], spoke_lines);
		node_tunnel(h->spokes[i], h->hub, 10, i + 1, 9);
		kernel_mock_set_next_spi(h->spokes[i]->router->mock, (i + 1) << 28);
	}
}

static void end(struct hub *h)
{
	world_free(h->w);
}

/* The hub's tunnel that has a pair with the spoke, or NULL. */
static struct tunnel *tunnel_with(const struct hub *h, const struct world_node *spoke)
{
	struct tunnel *t, *next;
	const struct sa_pair *pair;

	HASH_ITER(hh, h->hub->ike->tunnels, t, next) {
		pair = tunnel_current(t);
		if (pair && addr_equal(&pair->peer, &spoke->addr))
			return t;
	}
	return NULL;
}

static unsigned int tunnels(const struct hub *h)
{
	return HASH_COUNT(h->hub->ike->tunnels);
}

static struct tunnel *of_spoke(const struct world_node *spoke)
{
	const struct cm_flow *flow = kernel_mock_flow(spoke->router->mock, 0);

	return flow ? tunnel_find(spoke->ike, flow->id) : NULL;
}

struct leg {
	const struct hub *h;
	const struct world_node *spoke;
};

/* Each side's current outbound SA is the other side's current inbound one. */
static bool is_up(void *arg)
{
	const struct leg *l = arg;
	struct tunnel *t = tunnel_with(l->h, l->spoke), *s = of_spoke(l->spoke);
	struct sa_pair *a = t ? tunnel_current(t) : NULL, *b = s ? tunnel_current(s) : NULL;

	return a && b && a->in.spi == b->out.spi && a->out.spi == b->in.spi;
}

static bool try_up(struct hub *h, unsigned int i)
{
	struct leg l = { h, h->spokes[i] };

	node_acquire(h->spokes[i], 0);
	return world_until(h->w, is_up, &l, 5000);
}

static void bring_up(struct hub *h, unsigned int i)
{
	assert_true(try_up(h, i));
}

static void clear(struct world_node *n)
{
	const struct addr all = { .family = AF_UNSPEC };

	assert_true(ike_clear_sessions(n->ike, &all, &all) > 0);
}

static struct cm_event expire_event(const struct tunnel *t, bool hard)
{
	const struct sa_pair *pair = tunnel_current(t);

	return (struct cm_event){
		.flow = t->flow.id, .direction = CRYPTOMAP_DIRECTION_OUT,
		.spi = pair->out.spi, .dst = pair->out.dst, .hard = hard,
	};
}

static unsigned int commits(struct hub *h)
{
	return kernel_mock_generation(h->hub->router->mock);
}

/* --- making and ending */

static void test_spokes(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	assert_int_equal(router_flows(h.hub->router), 0);
	for (unsigned int i = 0; i < 3; i++) {
		bring_up(&h, i);
		assert_int_equal(router_flows(h.hub->router), i + 1);
		assert_int_equal(router_sas(h.hub->router), 2 * (i + 1));
	}
	for (unsigned int i = 0; i < 3; i++) {
		const struct cm_flow *flow = kernel_mock_flow(h.hub->router->mock, i);

		assert_int_equal(flow->kind, CRYPTOMAP_ENTRY_KIND_DYNAMIC);
		assert_int_equal(flow->seq, 100);
		assert_int_equal(flow->subseq, 10);
		assert_int_equal(flow->rule.dst.bytes[1], i + 1);
	}
	/* One goes: its flow does, after a while, and no other one. */
	clear(h.spokes[1]);
	world_run(h.w, DYNAMIC_LINGER_MS / 2);
	assert_int_equal(router_sas(h.hub->router), 4);
	assert_int_equal(router_flows(h.hub->router), 3);
	world_run(h.w, DYNAMIC_LINGER_MS);
	assert_int_equal(router_flows(h.hub->router), 2);
	assert_int_equal(tunnels(&h), 2);
	assert_non_null(tunnel_with(&h, h.spokes[0]));
	assert_non_null(tunnel_with(&h, h.spokes[2]));
	/* It comes back. */
	bring_up(&h, 1);
	assert_int_equal(router_flows(h.hub->router), 3);
	/* And the hub ends all. */
	clear(h.hub);
	world_run(h.w, 2 * DYNAMIC_LINGER_MS);
	assert_int_equal(router_flows(h.hub->router), 0);
	assert_int_equal(router_sas(h.hub->router), 0);
	assert_int_equal(tunnels(&h), 0);
	assert_int_equal(router_sas(h.spokes[0]->router), 0);
	end(&h);
}

/* A peer that comes back at once meets the flow that was its own. */
static void test_returns(void **state)
{
	struct hub h;
	uint32_t flow;
	unsigned int before;

	(void)state;
	begin(&h, HUB, "");
	bring_up(&h, 0);
	flow = tunnel_with(&h, h.spokes[0])->flow.id;
	before = commits(&h);
	clear(h.spokes[0]);
	world_run(h.w, 100);
	assert_null(tunnel_with(&h, h.spokes[0]));
	bring_up(&h, 0);
	assert_int_equal(tunnel_with(&h, h.spokes[0])->flow.id, flow);
	world_run(h.w, 3 * DYNAMIC_LINGER_MS);
	assert_true(is_up(&(struct leg){ &h, h.spokes[0] }));
	assert_int_equal(commits(&h), before);
	end(&h);
}

/* Each flow for itself, whenever it is looked after the others. */
static void test_linger(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	bring_up(&h, 0);
	bring_up(&h, 1);
	clear(h.spokes[0]);
	world_run(h.w, DYNAMIC_LINGER_MS - 500);
	assert_int_equal(router_flows(h.hub->router), 2);
	clear(h.spokes[1]);
	world_run(h.w, 1000);
	assert_int_equal(router_flows(h.hub->router), 1);
	world_run(h.w, DYNAMIC_LINGER_MS - 1000);
	assert_int_equal(router_flows(h.hub->router), 1);
	world_run(h.w, 1000);
	assert_int_equal(router_flows(h.hub->router), 0);
	end(&h);
}

static void test_peer_dies(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, HUB "crypto isakmp keepalive 10 2 periodic\n", "");
	bring_up(&h, 0);
	bring_up(&h, 1);
	h.spokes[0]->deaf = true;
	world_run(h.w, 60000);
	assert_int_equal(router_flows(h.hub->router), 1);
	assert_int_equal(router_sas(h.hub->router), 2);
	assert_non_null(tunnel_with(&h, h.spokes[1]));
	end(&h);
}

static void test_hard_expiry(void **state)
{
	struct cm_event ev;
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	bring_up(&h, 0);
	ev = expire_event(tunnel_with(&h, h.spokes[0]), true);
	ike_expire(h.hub->ike, &ev);
	world_run(h.w, 2 * DYNAMIC_LINGER_MS);
	assert_int_equal(router_flows(h.hub->router), 0);
	assert_int_equal(router_sas(h.spokes[0]->router), 0);
	end(&h);
}

static bool lose_third(void *arg, struct world_datagram *d)
{
	(void)arg;
	return d->nth < 9 || d->path.local.bytes[3] == 1;
}

/* A peer that does not finish what it begins leaves nothing behind. */
static void test_unfinished(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	h.w->filter = lose_third;
	node_acquire(h.spokes[0], 0);
	world_run(h.w, 1000);
	assert_int_equal(router_flows(h.hub->router), 1);
	assert_int_equal(tunnels(&h), 1);
	world_run(h.w, 300000);
	assert_int_equal(router_flows(h.hub->router), 0);
	assert_int_equal(router_sas(h.hub->router), 0);
	assert_int_equal(tunnels(&h), 0);
	end(&h);
}

static void test_kernel_refuses(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	bring_up(&h, 0);
	kernel_mock_fail(h.hub->router->mock, "policy_commit", 1, ENOMEM, "no memory");
	/* The peer is refused, and comes up with its next try. */
	bring_up(&h, 1);
	assert_true(world_logged("no flow for 192.0.2.12: no memory"));
	assert_true(is_up(&(struct leg){ &h, h.spokes[0] }));
	/* Going fails first, and is tried again. */
	clear(h.spokes[0]);
	world_run(h.w, 100);
	kernel_mock_fail(h.hub->router->mock, "policy_begin", 1, EBUSY, "somebody else stages");
	world_run(h.w, DYNAMIC_LINGER_MS);
	assert_int_equal(router_flows(h.hub->router), 2);
	world_run(h.w, 2 * DYNAMIC_LINGER_MS);
	assert_int_equal(router_flows(h.hub->router), 1);
	assert_true(is_up(&(struct leg){ &h, h.spokes[1] }));
	end(&h);
}

/* However many a peer asks for. */
static void test_many(void **state)
{
	char line[128];
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	bring_up(&h, 1);
	for (unsigned int i = 0; i < DYNAMIC_PEER_MAX + 8; i++) {
		snprintf(line, sizeof(line), "ip access-list extended MANY\n"
			 " permit ip host 10.1.%u.%u 10.9.0.0 0.0.255.255\n", i / 256, i % 256);
		node_configure(h.spokes[0], line);
	}
	node_configure(h.spokes[0], "crypto map M 10 ipsec-isakmp\n match address MANY\n");
	for (unsigned int i = 0; i < DYNAMIC_PEER_MAX + 8; i++) {
		node_acquire(h.spokes[0], i);
		world_run(h.w, 20);
	}
	world_run(h.w, 2000);
	assert_int_equal(tunnels(&h), DYNAMIC_PEER_MAX + 1);
	assert_true(world_logged("has 512 tunnels already"));
	bring_up(&h, 2);
	end(&h);
}

/* --- which entry */

static void test_access_list(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, "access-list 150 deny ip any host 10.1.0.9\n"
	      "access-list 150 permit ip 10.9.0.0 0.0.255.255 10.1.0.0 0.0.255.255\n"
	      "access-list 150 permit ip 10.8.0.0 0.1.255.255 10.2.0.0 0.0.255.255\n" HUB
	      "crypto dynamic-map D 10\n match address 150\n", "");
	/* What the list permits is protected without any SA. */
	assert_int_equal(router_flows(h.hub->router), 2);
	assert_int_equal(tunnels(&h), 0);
	/* The first is the list's own, the second within, the third is not permitted. */
	bring_up(&h, 0);
	assert_int_equal(router_flows(h.hub->router), 2);
	bring_up(&h, 1);
	assert_int_equal(router_flows(h.hub->router), 3);
	assert_false(try_up(&h, 2));
	assert_true(world_logged("no crypto map entry for this peer protects"));
	assert_int_equal(tunnels(&h), 2);
	/* The deny, what is negotiated, what it was permitted by. */
	assert_int_equal(h.hub->router->d.policy->entries[0].n_rules, 5);
	assert_int_equal(h.hub->router->d.policy->entries[0].rules[0].action,
			 CRYPTOMAP_ACTION_DENY);
	assert_int_equal(h.hub->router->d.policy->entries[0].rules[3].dst.bytes[1], 2);
	assert_int_equal(h.hub->router->d.policy->entries[0].rules[3].src.bytes[1], 9);
	/* With their SAs gone it is the list's flows that stay. */
	clear(h.hub);
	world_run(h.w, 2 * DYNAMIC_LINGER_MS);
	assert_int_equal(router_flows(h.hub->router), 2);
	assert_int_equal(tunnels(&h), 0);
	end(&h);
}

/* One that is not there permits nothing; one that denies is asked first. */
static void test_access_list_refuses(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, HUB "crypto dynamic-map D 10\n match address 150\n", "");
	assert_false(try_up(&h, 0));
	node_configure(h.hub, "access-list 150 deny ip any 10.1.0.0 0.0.255.255\n"
		       "access-list 150 permit ip any any\n");
	world_run(h.w, 60000);
	assert_false(try_up(&h, 0));
	/* Before it comes to a flow, which the policy would not take either. */
	assert_false(world_logged("no flow for"));
	bring_up(&h, 1);
	end(&h);
}

static void test_order(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, "crypto ipsec transform-set STRONG esp-aes 256 esp-sha512-hmac\n" HUB
	      "crypto dynamic-map D 2\n set transform-set STRONG\n"
	      "crypto dynamic-map D 4\n set transform-set T\n set peer 192.0.2.12\n"
	      "crypto dynamic-map D 6\n set transform-set T\n set pfs group19\n"
	      "crypto isakmp profile P\n match identity address 192.0.2.99 255.255.255.255\n"
	      "crypto dynamic-map D 8\n set transform-set T\n set isakmp-profile P\n", "");
	bring_up(&h, 0);
	assert_int_equal(tunnel_with(&h, h.spokes[0])->flow.subseq, 10);
	bring_up(&h, 1);
	assert_int_equal(tunnel_with(&h, h.spokes[1])->flow.subseq, 4);
	node_configure(h.spokes[2], "crypto map M 10 ipsec-isakmp\n set pfs group19\n");
	bring_up(&h, 2);
	assert_int_equal(tunnel_with(&h, h.spokes[2])->flow.subseq, 6);
	assert_int_equal(tunnel_current(tunnel_with(&h, h.spokes[2]))->pfs_group, 19);
	end(&h);
}

/* Both sides are logged next to each other. */
static void test_no_transform_set(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, "crypto ipsec transform-set STRONG esp-aes 256 esp-sha512-hmac\n" HUB
	      "crypto dynamic-map D 10\n set transform-set STRONG\n", "");
	assert_false(try_up(&h, 0));
	assert_true(world_logged("transform set STRONG is"));
	assert_int_equal(router_flows(h.hub->router), 0);
	end(&h);
}

static void test_static_first(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	node_tunnel(h.hub, h.spokes[0], 20, 9, 1);
	bring_up(&h, 0);
	assert_int_equal(tunnel_with(&h, h.spokes[0])->flow.seq, 20);
	bring_up(&h, 1);
	assert_int_equal(tunnel_with(&h, h.spokes[1])->flow.seq, 100);
	end(&h);
}

static void test_same_proxies(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	bring_up(&h, 0);
	/* The second spoke has moved into the first one's network. */
	node_configure(h.spokes[1], "no access-list 110\n"
		       "access-list 110 permit ip 10.1.0.0 0.0.255.255 10.9.0.0 0.0.255.255\n");
	bring_up(&h, 1);
	assert_true(world_logged("a tunnel of 192.0.2.11 is taken over by 192.0.2.12"));
	world_run(h.w, 1000);
	assert_int_equal(router_flows(h.hub->router), 1);
	assert_int_equal(router_sas(h.hub->router), 2);
	/* The first one was told. */
	assert_int_equal(router_sas(h.spokes[0]->router), 0);
	world_run(h.w, 10 * DYNAMIC_LINGER_MS);
	assert_true(is_up(&(struct leg){ &h, h.spokes[1] }));
	end(&h);
}

/* The most precise proxies first, whoever came first. */
static void test_overlap(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	node_configure(h.spokes[0], "no access-list 110\n"
		       "access-list 110 permit ip 10.0.0.0 0.255.255.255 10.9.0.0 0.0.255.255\n");
	bring_up(&h, 0);
	bring_up(&h, 1);
	assert_int_equal(h.hub->router->d.policy->entries[0].n_rules, 2);
	assert_int_equal(h.hub->router->d.policy->entries[0].rules[0].dst.bytes[1], 2);
	assert_int_equal(h.hub->router->d.policy->entries[0].rules[1].dst.bytes[1], 0);
	end(&h);
}

/* The flow is on each interface of the map, the SAs on that where the peer called. */
static void test_interfaces(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, HUB "interface eth1\n ip address 198.51.100.1 255.255.255.0\n crypto map M\n",
	      "");
	bring_up(&h, 0);
	bring_up(&h, 1);
	assert_int_equal(router_flows(h.hub->router), 4);
	assert_int_equal(router_sas(h.hub->router), 4);
	/* All flows are looked at again: those of the other interface are nobody's. */
	node_configure(h.hub, "access-list 199 permit ip any any\n");
	world_run(h.w, 10 * DYNAMIC_LINGER_MS);
	assert_int_equal(router_flows(h.hub->router), 4);
	assert_true(is_up(&(struct leg){ &h, h.spokes[0] }));
	/* The peer goes, and its flows on both. */
	clear(h.spokes[0]);
	world_run(h.w, 2 * DYNAMIC_LINGER_MS);
	assert_int_equal(router_flows(h.hub->router), 2);
	clear(h.hub);
	world_run(h.w, 2 * DYNAMIC_LINGER_MS);
	assert_int_equal(router_flows(h.hub->router), 0);
	assert_int_equal(tunnels(&h), 0);
	end(&h);
}

/* --- while it lasts */

static void test_rekey(void **state)
{
	struct cm_event ev;
	struct tunnel *t;
	struct hub h;
	uint32_t spi;

	(void)state;
	begin(&h, HUB, "");
	bring_up(&h, 0);
	t = tunnel_with(&h, h.spokes[0]);
	for (int i = 0; i < 4; i++) {
		struct leg l = { &h, h.spokes[0] };

		spi = tunnel_current(t)->in.spi;
		ev = expire_event(i % 2 ? t : of_spoke(h.spokes[0]), false);
		ike_expire(i % 2 ? h.hub->ike : h.spokes[0]->ike, &ev);
		while (tunnel_current(t)->in.spi == spi)
			world_run(h.w, 1);
		assert_int_equal(tunnel_current(t)->initiator, i % 2);
		assert_true(world_until(h.w, is_up, &l, 1000));
		world_run(h.w, 100000);
		assert_ptr_equal(tunnel_with(&h, h.spokes[0]), t);
		assert_int_equal(router_sas(h.hub->router), 2);
	}
	end(&h);
}

/* Nobody begins what nobody has negotiated. */
static void test_no_acquire(void **state)
{
	struct hub h;

	(void)state;
	begin(&h, "access-list 150 permit ip any 10.0.0.0 0.255.255.255\n" HUB
	      "crypto dynamic-map D 10\n match address 150\n set peer 192.0.2.11\n", "");
	assert_int_equal(router_flows(h.hub->router), 1);
	node_acquire(h.hub, 0);
	world_run(h.w, 10000);
	assert_int_equal(h.w->sent, 0);
	end(&h);
}

static void test_configuration(void **state)
{
	uint32_t flow[2];
	struct hub h;

	(void)state;
	begin(&h, "access-list 150 permit ip any 10.1.0.0 0.0.255.255\n" HUB, "");
	bring_up(&h, 0);
	bring_up(&h, 1);
	flow[0] = tunnel_with(&h, h.spokes[0])->flow.id;
	flow[1] = tunnel_with(&h, h.spokes[1])->flow.id;
	/* Another entry comes and goes. */
	node_tunnel(h.hub, h.spokes[2], 20, 9, 3);
	node_configure(h.hub, "no crypto map M 20\n");
	assert_int_equal(tunnel_with(&h, h.spokes[0])->flow.id, flow[0]);
	assert_int_equal(tunnel_with(&h, h.spokes[1])->flow.id, flow[1]);
	assert_int_equal(router_sas(h.hub->router), 4);
	/* An access list that allows only one of the two. */
	node_configure(h.hub, "crypto dynamic-map D 10\n match address 150\n");
	world_run(h.w, 1000);
	assert_int_equal(tunnel_with(&h, h.spokes[0])->flow.id, flow[0]);
	assert_null(tunnel_with(&h, h.spokes[1]));
	assert_int_equal(router_sas(h.spokes[1]->router), 0);
	/* A list of peers, and then no entry. */
	node_configure(h.hub, "crypto dynamic-map D 10\n set peer 192.0.2.99\n");
	world_run(h.w, 1000);
	assert_null(tunnel_with(&h, h.spokes[0]));
	assert_int_equal(router_sas(h.spokes[0]->router), 0);
	node_configure(h.hub, "crypto dynamic-map D 10\n no match address\n no set peer\n");
	bring_up(&h, 1);
	node_configure(h.hub, "interface eth0\n no crypto map M\n");
	world_run(h.w, 1000);
	assert_int_equal(router_flows(h.hub->router), 0);
	assert_int_equal(router_sas(h.spokes[1]->router), 0);
	end(&h);
}

/* The daemon is killed and another one begins: all it has is the kernel. */
static void restart(struct world_node *n)
{
	struct daemon *d = &n->router->d;
	struct kerr err;

	policy_free(d->policy);
	d->policy = NULL;
	assert_int_equal(apply_resync(d, &err), 0);
	node_restart(n);
}

static void test_restart(void **state)
{
	uint32_t spi[2];
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	bring_up(&h, 0);
	bring_up(&h, 1);
	spi[0] = tunnel_with(&h, h.spokes[0])->pairs.tqh_first->out.spi;
	spi[1] = tunnel_with(&h, h.spokes[1])->pairs.tqh_first->out.spi;
	restart(h.hub);
	assert_int_equal(router_flows(h.hub->router), 2);
	assert_int_equal(router_sas(h.hub->router), 4);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(tunnel_current(tunnel_with(&h, h.spokes[i]))->out.spi, spi[i]);
	/* IKE SAs are made again, from here: the peers are known by their SAs. */
	world_run(h.w, 20000);
	assert_int_equal(node_established(h.hub), 2);
	assert_int_equal(router_sas(h.hub->router), 4);
	/* A flow whose SAs ended while nobody looked is not kept. */
	clear(h.spokes[0]);
	world_run(h.w, 1000);
	assert_int_equal(router_flows(h.hub->router), 2);
	restart(h.hub);
	assert_int_equal(router_flows(h.hub->router), 1);
	world_run(h.w, 2 * DYNAMIC_LINGER_MS);
	assert_int_equal(router_flows(h.hub->router), 1);
	assert_non_null(tunnel_with(&h, h.spokes[1]));
	end(&h);
}

/* Events were lost; nothing else was. */
static void test_resync(void **state)
{
	struct daemon *d;
	struct kerr err;
	struct hub h;

	(void)state;
	begin(&h, HUB, "");
	bring_up(&h, 0);
	d = &h.hub->router->d;
	ike_resync(h.hub->ike);
	policy_free(d->policy);
	d->policy = NULL;
	/* Nobody is taken until all is known again. */
	assert_false(try_up(&h, 1));
	assert_int_equal(apply_resync(d, &err), 0);
	ike_configure(h.hub->ike, d->running, d->policy);
	assert_true(is_up(&(struct leg){ &h, h.spokes[0] }));
	world_run(h.w, 60000);
	assert_true(is_up(&(struct leg){ &h, h.spokes[0] }));
	bring_up(&h, 1);
	end(&h);
}

static void test_ipv6(void **state)
{
	struct world *w = world_new(3);
	struct hub h = { .w = w };

	(void)state;
	h.hub = world_add(w, "H", "2001:db8:ffff::1");
	h.spokes[0] = world_add(w, "S", "2001:db8:ffff::2");
	node_configure(h.hub, WORLD_POLICY
		       "crypto isakmp key secret address ipv6 ::/0\n"
		       "ipv6 access-list L\n permit ipv6 2001:db8:9::/48 any\n"
		       "crypto dynamic-map ipv6 D 10\n set transform-set T\n match address L\n"
		       "crypto map ipv6 M 100 ipsec-isakmp dynamic D\n"
		       "interface eth0\n ipv6 crypto map M\n");
	node_configure(h.spokes[0], WORLD_POLICY
		       "crypto isakmp key secret address ipv6 2001:db8:ffff::1/128\n");
	node_tunnel(h.spokes[0], h.hub, 10, 1, 9);
	assert_int_equal(router_flows(h.hub->router), 1);
	bring_up(&h, 0);
	assert_int_equal(router_flows(h.hub->router), 2);
	end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spokes),
		cmocka_unit_test(test_returns),
		cmocka_unit_test(test_linger),
		cmocka_unit_test(test_peer_dies),
		cmocka_unit_test(test_hard_expiry),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_kernel_refuses),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_access_list),
		cmocka_unit_test(test_access_list_refuses),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_transform_set),
		cmocka_unit_test(test_static_first),
		cmocka_unit_test(test_same_proxies),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_rekey),
		cmocka_unit_test(test_no_acquire),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_resync),
		cmocka_unit_test(test_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
