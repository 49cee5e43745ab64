// SPDX-License-Identifier: GPL-2.0-or-later
/* Tunnels that want SAs: none waits for ever, and none asks without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "ike_world.h"
#include "ipsecd/ike/informational.h"
#include "ipsecd/ike/quick_priv.h"
#include "ipsecd/ike/sa.h"
#include "ipsecd/ike/tunnel.h"

static struct tunnel *tunnel_of(const struct world_node *n)
{
	const struct cm_flow *flow = kernel_mock_flow(n->router->mock, 0);

	return flow ? tunnel_find(n->ike, flow->id) : NULL;
}

static void begin(struct world_pair *p, uint64_t seed)
{
	pair_begin(p, seed, WORLD_POLICY, WORLD_POLICY);
}

static bool both_have_pairs(void *arg)
{
	const struct world_pair *p = arg;

	return tunnel_current(tunnel_of(p->a)) && tunnel_current(tunnel_of(p->b));
}

static bool comes_up(struct world_pair *p)
{
	node_acquire(p->a, 0);
	return world_until(p->w, both_have_pairs, p, 10000);
}

/* A profile without match: SAs are made under the IKE SA that there is, whoever began it. */
static void test_profile_without_match(void **state)
{
	static const char lines[] = "crypto isakmp profile P\n"
				    "crypto map M 10 ipsec-isakmp\n set isakmp-profile P\n";
	struct world_pair p;
	uint32_t first;

	(void)state;
	begin(&p, 1);
	node_configure(p.a, lines);
	node_configure(p.b, lines);
	assert_true(comes_up(&p));
	first = node_sa(p.a)->conn_id;
	for (unsigned int i = 0; i < 10; i++) {
		tunnel_want(tunnel_of(i % 2 ? p.a : p.b));
		world_run(p.w, 5000);
	}
	assert_int_equal(node_sa(p.a)->conn_id, first);
	pair_end(&p);
}

/* Routes of the router change all the time: that is no reason to ask again what was refused. */
static void test_refused_resync(void **state)
{
	struct world_pair p;
	unsigned int sent;

	(void)state;
	begin(&p, 1);
	node_configure(p.b, "crypto map M 10 ipsec-isakmp\n no match address\n");
	node_acquire(p.a, 0);
	world_run(p.w, 400);
	sent = p.w->sent;
	for (unsigned int i = 0; i < 80; i++) {
		ike_configure(p.a->ike, p.a->ike->config, p.a->ike->policy);
		world_run(p.w, 100);
	}
	/* After 1, 2 and 4 s. */
	assert_in_range(p.w->sent - sent, 1, 8);
	pair_end(&p);
}

static bool lose_third(void *arg, struct world_datagram *d)
{
	const struct world_pair *p = arg;

	return d->data[18] != ISAKMP_EXCHANGE_QUICK || addr_equal(&d->path.local, &p->a->addr) ||
	       d->len > 120;
}

static bool answers(void *arg)
{
	return tunnel_of(arg)->answering;
}

/* A answers, and wants SAs itself; what it has answered is refused. */
static void test_answer_refused(void **state)
{
	struct world_pair p;
	struct exchange *x;
	uint32_t spi = 0;

	(void)state;
	begin(&p, 1);
	assert_true(comes_up(&p));
	p.w->filter = lose_third;
	p.w->filter_arg = &p;
	tunnel_want(tunnel_of(p.b));
	assert_true(world_until(p.w, answers, p.a, 1000));
	tunnel_want(tunnel_of(p.a));
	assert_null(tunnel_of(p.a)->quick);
	TAILQ_FOREACH(x, &node_sa(p.a)->exchanges, link)
		if (x->type == ISAKMP_EXCHANGE_QUICK && x->step == STEP_WAIT3)
			spi = htonl(((struct quick *)x->state)->spi_in);
	info_send_notify(node_sa(p.b), &(struct isakmp_notification){
			 .protocol = ISAKMP_PROTO_ESP, .type = ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN,
			 .spi_len = sizeof(spi), .spi = (const uint8_t *)&spi }, NULL);
	p.w->filter = NULL;
	assert_true(world_until(p.w, both_have_pairs, &p, 5000));
	world_run(p.w, 100);
	assert_false(tunnel_of(p.a)->wanted);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profile_without_match),
		cmocka_unit_test(test_refused_resync),
		cmocka_unit_test(test_answer_refused),
	};

	return cmocka_run_group_tests_name("ike_want", tests, NULL, NULL);
}
