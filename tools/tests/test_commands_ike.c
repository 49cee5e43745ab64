// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands about IKE as it is now, and what is logged of sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/sa.h"
#include "lib/log.h"
#include "router.h"

static void begin(struct world_pair *p)
{
	pair_begin(p, 1, WORLD_POLICY, WORLD_POLICY);
	p->a->router->d.ike = p->a->ike;
	p->b->router->d.ike = p->b->ike;
}

static void bring_up(struct world_pair *p)
{
	node_acquire(p->a, 0);
	assert_true(world_until(p->w, pair_established, p, 5000));
	world_run(p->w, 1000);
	assert_int_equal(router_sas(p->a->router), 2);
	/* Out of the configuration. */
	router_line(p->a->router, "end");
}

static void contains(struct world_node *n, const char *command, const char *text)
{
	const char *shown = router_show(n->router, command);

	if (!strstr(shown, text))
		fail_msg("%s: \"%s\" is missing in \"%s\"", command, text, shown);
}

static void test_peers(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p);
	assert_string_equal(router_show(p.a->router, "show crypto isakmp peers"), "");
	bring_up(&p);
	assert_string_equal(router_show(p.a->router, "show crypto isakmp peers"),
			    "Peer: 192.0.2.2 Port: 500 Local: 192.0.2.1\n"
			    " Phase1 id: 192.0.2.2\n");
	assert_string_equal(router_show(p.a->router, "show crypto isakmp peer detail"),
			    "Peer: 192.0.2.2 Port: 500 Local: 192.0.2.1\n"
			    " Phase1 id: 192.0.2.2\n"
			    " Capabilities: DPD cryptomap\n"
			    " ISAKMP SA: conn-id 1001 QM_IDLE\n");
	pair_end(&p);
}

static void test_statistics(void **state)
{
	static const uint8_t garbage[40] = { 1 };
	struct world_pair p;
	struct ike_path path = { .local_port = ISAKMP_PORT, .remote_port = ISAKMP_PORT };

	(void)state;
	begin(&p);
	bring_up(&p);
	contains(p.a, "show crypto isakmp statistics",
		 "ISAKMP SAs: 1 established, 0 negotiating, 0 openings without state\n");
	contains(p.a, "show crypto isakmp statistics", "\nmalformed              0  ");
	path.local = p.b->addr;
	path.remote = p.a->addr;
	world_inject(p.w, &path, garbage, 10);
	contains(p.a, "show crypto isakmp stats", "\nmalformed              1  ");
	/* Each counter has its row. */
	for (unsigned int i = 0; i < IKE_COUNTER_N; i++)
		contains(p.a, "show crypto isakmp statistics", ike_counter_name(i));
	assert_int_equal(router_line(p.a->router, "clear counters"), CLI_DONE);
	contains(p.a, "show crypto isakmp statistics", "\nmalformed              0  ");
	pair_end(&p);
}

static void clear_half(unsigned int nth)
{
	struct world_pair p;
	struct cm_sa_info *sa;
	char line[128];

	begin(&p);
	bring_up(&p);
	router_refuses(p.a->router, "clear crypto sa entry 192.0.2.2 esp 256",
		       "There is no SA with this destination and SPI");
	sa = kernel_mock_sa(p.a->router->mock, nth);
	assert_non_null(sa);
	snprintf(line, sizeof(line), "clear crypto sa entry %s esp %u",
		 sa->sa.id.direction == CRYPTOMAP_DIRECTION_IN ? "192.0.2.1" : "192.0.2.2",
		 sa->sa.id.spi);
	assert_int_equal(router_line(p.a->router, line), CLI_DONE);
	world_run(p.w, 3000);
	assert_int_equal(router_sas(p.a->router), 0);
	assert_int_equal(router_sas(p.b->router), 0);
	pair_end(&p);
}

/* One half; the other one follows, and the peer is told. */
static void test_clear_entry(void **state)
{
	(void)state;
	clear_half(0);
	clear_half(1);
}

struct tally {
	const char *text;
	unsigned int n;
};

static void tally_line(void *arg, const struct timespec *when, int severity, const char *text)
{
	struct tally *t = arg;

	(void)when;
	(void)severity;
	t->n += strstr(text, t->text) != NULL;
}

static unsigned int times(const char *text)
{
	struct tally t = { .text = text };

	log_each(tally_line, &t);
	return t.n;
}

/* Once up and once down, however many SAs there are in between. */
static void test_session_status(void **state)
{
	static const char up[] =
		"%CRYPTO-5-SESSION_STATUS: Crypto tunnel is UP. Peer 192.0.2.2:500 Id: b.example.net";
	static const char down[] =
		"%CRYPTO-5-SESSION_STATUS: Crypto tunnel is DOWN. Peer 192.0.2.2:500 Id: b.example.net";
	struct world_pair p;

	(void)state;
	begin(&p);
	debug_set(DEBUG_ALL, false);
	node_configure(p.b, "hostname b\nip domain name example.net\n"
		       "crypto isakmp identity hostname\n");
	bring_up(&p);
	assert_int_equal(times(up), 1);
	assert_int_equal(times("is DOWN"), 0);
	/* A second pair in the place of the first one. */
	node_acquire(p.a, 0);
	world_run(p.w, 20000);
	assert_int_equal(times("is UP. Peer 192.0.2.2"), 1);
	assert_int_equal(times("is DOWN"), 0);
	assert_int_equal(router_line(p.a->router, "clear crypto session"), CLI_DONE);
	world_run(p.w, 3000);
	assert_int_equal(times(down), 1);
	/* The peer's session went down too: it was told. */
	assert_int_equal(times("is DOWN. Peer 192.0.2.1:500 Id: 192.0.2.1"), 1);
	pair_end(&p);
}

/* Of the SAs, as negotiated: whoever has none configured takes what the peer wants. */
static void test_pfs(void **state)
{
	static const char *const with = "     PFS (Y/N): Y, DH group: group19\n";
	static const char *const without = "     PFS (Y/N): N, DH group: none\n";
	struct world_pair p;

	(void)state;
	begin(&p);
	node_configure(p.a, "crypto map M 10 ipsec-isakmp\n set pfs group19\n");
	router_line(p.a->router, "end");
	router_line(p.b->router, "end");
	contains(p.a, "show crypto ipsec sa", without);
	bring_up(&p);
	contains(p.a, "show crypto ipsec sa", with);
	contains(p.b, "show crypto ipsec sa", with);
	/* Nor does another configuration change the SAs that there are. */
	node_configure(p.a, "crypto map M 10 ipsec-isakmp\n no set pfs\n");
	router_line(p.a->router, "end");
	assert_int_equal(router_sas(p.a->router), 2);
	contains(p.a, "show crypto ipsec sa", with);
	assert_int_equal(router_line(p.a->router, "clear crypto session"), CLI_DONE);
	world_run(p.w, 3000);
	contains(p.b, "show crypto ipsec sa", without);
	bring_up(&p);
	contains(p.a, "show crypto ipsec sa", without);
	contains(p.b, "show crypto ipsec sa", without);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_statistics),
		cmocka_unit_test(test_clear_entry),
		cmocka_unit_test(test_session_status),
		cmocka_unit_test(test_pfs),
	};

	return cmocka_run_group_tests_name("commands_ike", tests, NULL, NULL);
}
