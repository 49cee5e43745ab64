// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel.h against the module.  Outside of the lab's guest there is no
 * module, and that is what is tested there; the rest is run in the guest by
 * selftests/netlink/test_tools.sh.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipsecd/kernel.h"

#define PATIENCE_MS	20000
#define MANY_RULES	2000

static struct kernel *k;

static void run(const char *command)
{
	if (system(command))
		fail_msg("failed: %s", command);
}

static struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, AF_UNSPEC, text), 0);
	return a;
}

/* Fails with the kernel's text. */
static void done(int ret, const struct kerr *err)
{
	if (ret < 0)
		fail_msg("%d %s [%s]", ret, err->text, err->attr);
}

static int setup(void **state)
{
	struct kerr err;

	(void)state;
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	run("ip link set lo up && ip link add wan type dummy && ip link set wan up &&"
	    "ip addr add 192.0.2.1/24 dev wan");
	done(kernel_netlink_open(&k, &err), &err);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	k->close(k);
	return 0;
}

static struct cm_entry entry(void)
{
	struct cm_entry e = {
		.map = "vpn", .family = AF_INET, .seq = 10,
		.kind = CRYPTOMAP_ENTRY_KIND_ISAKMP, .n_peers = 1,
	};

	e.peers[0] = addr("192.0.2.2");
	return e;
}

static struct cm_binding binding(void)
{
	struct cm_binding b = {
		.ifindex = if_nametoindex("wan"), .map = "vpn", .family = AF_INET,
		.local = addr("192.0.2.1"),
	};

	return b;
}

static struct cm_rule rule(unsigned int index)
{
	struct cm_rule r = {
		.index = index, .action = CRYPTOMAP_ACTION_PERMIT, .proto = IPPROTO_UDP,
		.src = addr("10.1.0.0"), .src_mask = addr("255.255.0.255"),
		.has_dport = true, .dport_min = index, .dport_max = index,
	};

	return r;
}

static struct cm_commit put_policy(unsigned int n_rules)
{
	struct cm_rule *rules = calloc(n_rules + 1, sizeof(*rules));
	struct cm_binding b = binding();
	struct cm_entry e = entry();
	struct cm_commit commit;
	struct kerr err;
	unsigned int i;

	assert_non_null(rules);
	for (i = 0; i < n_rules; i++)
		rules[i] = rule(i);
	done(k->policy_begin(k, NULL, &err), &err);
	done(k->policy_add_entry(k, &e, rules, n_rules, &err), &err);
	done(k->policy_add_binding(k, &b, &err), &err);
	done(k->policy_commit(k, &commit, &err), &err);
	free(rules);
	return commit;
}

struct flows {
	unsigned int n;
	unsigned int stop_after;
	struct cm_flow first, last;
};

static int on_flow(void *arg, const struct cm_flow *flow)
{
	struct flows *f = arg;
	struct cm_flow again;
	struct kerr err;

	/* A callback may make requests of its own. */
	if (!f->n) {
		done(k->flow_get(k, flow->id, &again, &err), &err);
		assert_int_equal(again.id, flow->id);
		f->first = *flow;
	}
	f->last = *flow;
	f->n++;
	return f->n == f->stop_after ? 77 : 0;
}

static struct flows dump_flows(const struct cm_flow_filter *filter, int wanted)
{
	struct flows f = { .stop_after = wanted == 77 ? 3 : 0 };
	struct kerr err;

	assert_int_equal(k->flow_dump(k, filter, on_flow, &f, &err), wanted);
	return f;
}

/* ---------------------------------------------------------------- cases */

static void test_not_loaded(void **state)
{
	struct kernel *none = NULL;
	struct kerr err;

	(void)state;
	assert_int_equal(kernel_netlink_open(&none, &err), -ENOENT);
	assert_null(none);
	assert_non_null(strstr(err.text, "is its module loaded"));
}

static void test_policy(void **state)
{
	struct cm_commit commit = put_policy(MANY_RULES);
	struct cm_flow_filter filter = { .map = "other" };
	struct flows f;

	(void)state;
	assert_int_equal(commit.flows_added, MANY_RULES);
	assert_int_equal(commit.flows_kept, 0);
	f = dump_flows(NULL, 0);
	assert_int_equal(f.n, MANY_RULES);
	assert_int_equal(f.first.rule.index, 0);
	assert_int_equal(f.first.rule.dport_max, 0);
	assert_true(f.first.rule.has_dport);
	assert_false(f.first.rule.has_sport);
	assert_int_equal(f.last.rule.dport_min, MANY_RULES - 1);
	assert_int_equal(addr_mask_len(&f.last.rule.src_mask), -1);
	assert_false(addr_is_set(&f.last.rule.dst));
	assert_string_equal(f.last.map, "vpn");
	assert_int_equal(f.last.kind, CRYPTOMAP_ENTRY_KIND_ISAKMP);
	assert_int_equal(dump_flows(NULL, 77).n, 3);
	assert_int_equal(dump_flows(&filter, 0).n, 0);
	commit = put_policy(1);
	assert_int_equal(commit.flows_kept, 1);
	assert_int_equal(commit.flows_removed, MANY_RULES - 1);
	assert_int_equal(dump_flows(NULL, 0).first.id, f.first.id);
}

static void test_policy_refused(void **state)
{
	struct cm_entry e = entry();
	struct cm_rule rules[2] = { rule(1), rule(2) };
	struct cm_flow flow;
	uint32_t generation;
	struct kernel *other;
	struct kerr err;

	(void)state;
	generation = put_policy(1).generation;
	/* Nothing staged: told here, without asking the kernel. */
	assert_int_equal(k->policy_add_entry(k, &e, rules, 2, &err), -EINVAL);
	assert_int_equal(k->policy_commit(k, NULL, &err), -EINVAL);
	assert_int_equal(k->policy_abort(k, &err), 0);
	done(k->policy_begin(k, &generation, &err), &err);
	done(kernel_netlink_open(&other, &err), &err);
	assert_int_equal(other->policy_begin(other, NULL, &err), -EBUSY);
	assert_non_null(strstr(err.text, "staged"));
	other->close(other);
	rules[1].sport_min = 2;
	rules[1].sport_max = 1;
	rules[1].has_sport = true;
	assert_int_equal(k->policy_add_entry(k, &e, rules, 2, &err), -EINVAL);
	assert_string_equal(err.attr, "rule");
	rules[1].has_sport = false;
	rules[1].src_mask = addr("ffff::");
	assert_int_equal(k->policy_add_entry(k, &e, rules, 2, &err), -EINVAL);
	assert_string_equal(err.attr, "rule.src-mask");
	e.map[0] = '\0';
	assert_int_equal(k->policy_add_entry(k, &e, rules, 0, &err), -EINVAL);
	assert_string_equal(err.attr, "entry.map");
	assert_int_equal(k->policy_abort(k, &err), 0);
	generation--;
	assert_int_equal(k->policy_begin(k, &generation, &err), -ESTALE);
	assert_string_equal(err.attr, "generation");
	assert_int_equal(dump_flows(NULL, 0).n, 1);
	assert_int_equal(k->flow_get(k, 4000000000U, &flow, &err), -ENOENT);
	assert_string_equal(err.attr, "id");
	assert_int_equal(k->hold_release(k, 4000000000U, NULL), -ENOENT);
	/* Beginning anew forgets what was staged. */
	done(k->policy_begin(k, NULL, &err), &err);
	done(k->policy_begin(k, NULL, &err), &err);
	done(k->policy_commit(k, NULL, &err), &err);
	assert_int_equal(dump_flows(NULL, 0).n, 0);
}

static struct cm_sa sa(enum cryptomap_direction direction, uint32_t spi, uint32_t flow)
{
	bool in = direction == CRYPTOMAP_DIRECTION_IN;
	struct cm_sa s = {
		.id = { direction, IPPROTO_ESP, addr(in ? "192.0.2.1" : "192.0.2.2"), spi },
		.src = addr(in ? "192.0.2.2" : "192.0.2.1"), .flow = flow,
		.mode = CRYPTOMAP_MODE_TUNNEL, .encr_alg = CRYPTOMAP_ENCR_ALG_AES_CBC,
		.auth_alg = CRYPTOMAP_AUTH_ALG_HMAC_SHA2_256_128,
		.replay_window = in ? 128 : 0,
		.limits = { .soft_seconds = 100, .hard_seconds = 200, .hard_bytes = 1ULL << 40 },
		.owner = { .len = 4, .bytes = { 0, 1, 2, 255 } },
	};

	return s;
}

static const struct cm_sa_keys keys = { .encr_len = 32, .auth_len = 32, .encr = "e", .auth = "a" };

static int count_sa(void *arg, const struct cm_sa_info *info)
{
	assert_int_equal(info->state, CRYPTOMAP_SA_STATE_MATURE);
	++*(unsigned int *)arg;
	return 0;
}

static void test_sa(void **state)
{
	struct cm_sa in, out;
	struct cm_sa_info info;
	struct cm_sa_filter filter = { .peer = addr("192.0.2.99") };
	uint32_t flow, conn_in = 0, conn_out = 0, count;
	struct cm_stats stats;
	unsigned int n = 0;
	struct kerr err;

	(void)state;
	put_policy(1);
	flow = dump_flows(NULL, 0).first.id;
	in = sa(CRYPTOMAP_DIRECTION_IN, 0x1000, flow);
	out = sa(CRYPTOMAP_DIRECTION_OUT, 0x2000, flow);
	done(k->sa_add(k, &in, &keys, &conn_in, &err), &err);
	done(k->sa_add(k, &out, &keys, &conn_out, &err), &err);
	assert_true(conn_in && conn_out && conn_in != conn_out);
	assert_int_equal(k->sa_add(k, &in, &keys, NULL, &err), -EEXIST);
	assert_string_equal(err.attr, "spi");
	done(k->sa_get(k, &in.id, &info, &err), &err);
	assert_int_equal(info.conn_id, conn_in);
	assert_int_equal(info.sa.id.spi, 0x1000);
	assert_int_equal(info.sa.replay_window, 128);
	assert_memory_equal(&info.sa.limits, &in.limits, sizeof(in.limits));
	assert_int_equal(info.sa.owner.len, 4);
	assert_memory_equal(info.sa.owner.bytes, in.owner.bytes, 4);
	assert_true(addr_equal(&info.sa.src, &in.src));
	assert_true(info.has & CM_HAS(SA_AGE_SECONDS));
	cm_sa_info_release(&info);
	assert_int_equal(k->sa_dump(k, NULL, count_sa, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(k->sa_dump(k, &filter, count_sa, &n, &err), 0);
	assert_int_equal(n, 2);
	done(k->stats_get(k, 0, &stats, &err), &err);
	assert_int_equal(stats.sas, 2);
	assert_int_equal(stats.flows, 1);
	assert_true(stats.drops.n > 10);
	assert_true(cm_drops_count(&stats.drops, "replay") == 0);
	cm_stats_release(&stats);
	done(k->stats_clear(k, flow, &err), &err);
	assert_int_equal(k->stats_get(k, 4000000000U, &stats, &err), -ENOENT);
	done(k->sa_del(k, &in.id, &err), &err);
	assert_int_equal(k->sa_del(k, &in.id, &err), -ENOENT);
	assert_int_equal(k->sa_get(k, &in.id, &info, &err), -ENOENT);
	done(k->sa_flush(k, &filter, &count, &err), &err);
	assert_int_equal(count, 0);
	done(k->sa_flush(k, NULL, &count, &err), &err);
	assert_int_equal(count, 1);
}

static void test_sa_update(void **state)
{
	struct cm_sa_change change = {
		.has = CM_HAS(SA_SOFT_SECONDS) | CM_HAS(SA_OWNER), .owner = { .len = 1 },
	};
	struct cm_sa_info info;
	struct kerr err;
	struct cm_sa in;

	(void)state;
	put_policy(1);
	in = sa(CRYPTOMAP_DIRECTION_IN, 0x1000, dump_flows(NULL, 0).first.id);
	done(k->sa_add(k, &in, &keys, NULL, &err), &err);
	done(k->sa_update(k, &in.id, &change, &err), &err);
	done(k->sa_get(k, &in.id, &info, &err), &err);
	assert_int_equal(info.sa.limits.soft_seconds, 0);
	assert_int_equal(info.sa.limits.hard_seconds, 200);
	assert_int_equal(info.sa.owner.len, 1);
	cm_sa_info_release(&info);
	change.has = CM_HAS(SA_SOFT_BYTES);
	change.limits.soft_bytes = 1ULL << 41;
	assert_int_equal(k->sa_update(k, &in.id, &change, &err), -EINVAL);
	assert_non_null(strstr(err.text, "hard"));
}

static void test_sa_refused(void **state)
{
	struct cm_sa_keys short_keys = keys;
	struct cm_sa bad;
	struct kerr err;

	(void)state;
	put_policy(1);
	bad = sa(CRYPTOMAP_DIRECTION_IN, 0x1000, dump_flows(NULL, 0).first.id);
	short_keys.encr_len = 15;
	assert_int_equal(k->sa_add(k, &bad, &short_keys, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "encryption key"));
	bad.replay_window = 100;
	assert_int_equal(k->sa_add(k, &bad, &keys, NULL, &err), -EINVAL);
	assert_string_equal(err.attr, "replay-window");
	bad.replay_window = 0;
	bad.id.spi = 255;
	assert_int_equal(k->sa_add(k, &bad, &keys, NULL, &err), -EINVAL);
	assert_string_equal(err.attr, "spi");
	bad.id.spi = 256;
	bad.flow = 4000000000U;
	assert_int_equal(k->sa_add(k, &bad, &keys, NULL, &err), -ENOENT);
	assert_string_equal(err.attr, "flow");
	memset(&bad.src, 0, sizeof(bad.src));
	assert_true(k->sa_add(k, &bad, &keys, NULL, &err) < 0);
	assert_string_equal(err.attr, "src");
}

static void test_spi_reserve(void **state)
{
	struct cm_spi_request req = {
		.proto = IPPROTO_ESP, .dst = addr("192.0.2.1"), .src = addr("192.0.2.2"),
		.spi_low = 7000, .spi_high = 7000,
	};
	struct cm_sa in;
	uint32_t spi;
	struct kerr err;

	(void)state;
	put_policy(1);
	done(k->spi_reserve(k, &req, &spi, &err), &err);
	assert_int_equal(spi, 7000);
	assert_int_equal(k->spi_reserve(k, &req, &spi, &err), -ENOSPC);
	in = sa(CRYPTOMAP_DIRECTION_IN, 7000, dump_flows(NULL, 0).first.id);
	done(k->sa_add(k, &in, &keys, NULL, &err), &err);
	memset(&req.dst, 0, sizeof(req.dst));
	assert_int_equal(k->spi_reserve(k, &req, &spi, &err), -EINVAL);
	assert_string_equal(err.attr, "dst");
}

/* --------------------------------------------------------------- events */

struct heard {
	unsigned int sa_del, acquire, lost;
	struct cm_event last;
};

static void on_sa_del(void *arg, const struct cm_event *ev)
{
	struct heard *h = arg;

	h->sa_del++;
	h->last = *ev;
}

static void on_acquire(void *arg, const struct cm_event *ev)
{
	struct heard *h = arg;
	struct kerr err;

	h->acquire++;
	h->last = *ev;
	/* A callback may make requests. */
	done(k->hold_release(k, ev->flow, &err), &err);
}

static void on_lost(void *arg)
{
	((struct heard *)arg)->lost++;
}

static const struct kernel_events callbacks = {
	.sa_del = on_sa_del, .acquire = on_acquire, .lost = on_lost,
};

static void listen_until(const unsigned int *counter)
{
	struct pollfd p = { .fd = k->events_fd(k), .events = POLLIN };
	unsigned int before = *counter;
	struct kerr err;

	while (*counter == before) {
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		done(k->events_read(k, &err), &err);
	}
}

static void test_events(void **state)
{
	struct heard h = { 0 };
	uint32_t flow, conn_id;
	struct cm_sa in;
	struct kerr err;

	(void)state;
	assert_int_equal(k->events_fd(k), -1);
	assert_int_equal(k->events_read(k, &err), -EINVAL);
	put_policy(100);
	done(k->events_open(k, &callbacks, &h, &err), &err);
	assert_int_equal(k->events_open(k, &callbacks, &h, &err), -EBUSY);
	assert_int_equal(k->events_read(k, &err), 0);
	flow = dump_flows(NULL, 0).first.id;
	in = sa(CRYPTOMAP_DIRECTION_IN, 0x1000, flow);
	done(k->sa_add(k, &in, &keys, &conn_id, &err), &err);
	done(k->sa_del(k, &in.id, &err), &err);
	listen_until(&h.sa_del);
	assert_int_equal(h.last.flow, flow);
	assert_int_equal(h.last.conn_id, conn_id);
	assert_int_equal(h.last.reason, CRYPTOMAP_DELETE_REASON_REQUEST);
	assert_int_equal(h.last.owner.len, 4);
	run("ip addr add 10.1.7.0/32 dev wan && ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 "
	    "dev wan && ip route add 10.2.0.0/16 via 192.0.2.2 src 10.1.7.0 &&"
	    "bash -c 'echo x >/dev/udp/10.2.0.1/53'");
	listen_until(&h.acquire);
	assert_int_equal(h.last.family, AF_INET);
	assert_int_equal(h.last.dport, 53);
	assert_int_equal(h.last.ip_proto, IPPROTO_UDP);
	k->events_close(k);
	k->events_close(k);
	assert_int_equal(k->events_fd(k), -1);
}

/* Who does not keep up is told so, and goes on. */
static void test_lost(void **state)
{
	const int small = 4096;
	struct heard h = { 0 };
	struct cm_sa in;
	struct kerr err;
	unsigned int i;

	(void)state;
	put_policy(1);
	done(k->events_open(k, &callbacks, &h, &err), &err);
	assert_int_equal(setsockopt(k->events_fd(k), SOL_SOCKET, SO_RCVBUF, &small,
				    sizeof(small)), 0);
	in = sa(CRYPTOMAP_DIRECTION_IN, 0x1000, dump_flows(NULL, 0).first.id);
	for (i = 0; i < 100; i++) {
		done(k->sa_add(k, &in, &keys, NULL, &err), &err);
		done(k->sa_del(k, &in.id, &err), &err);
	}
	listen_until(&h.lost);
	while (k->events_read(k, &err) > 0)
		;
	assert_int_equal(err.err, 0);
	assert_int_equal(h.lost, 1);
	assert_true(h.sa_del > 0 && h.sa_del < 100);
	done(k->sa_add(k, &in, &keys, NULL, &err), &err);
	done(k->sa_del(k, &in.id, &err), &err);
	listen_until(&h.sa_del);
}

/* The module goes and comes: events and requests go on with the new one. */
static void test_reload(void **state)
{
	struct heard h = { 0 };
	struct cm_stats stats;
	struct cm_sa in;
	struct kerr err;

	(void)state;
	put_policy(3);
	done(k->events_open(k, &callbacks, &h, &err), &err);
	run("rmmod cryptomap");
	listen_until(&h.lost);
	/* The kernel loads it again for whoever asks for the family. */
	done(k->stats_get(k, 0, &stats, &err), &err);
	cm_stats_release(&stats);
	listen_until(&h.lost);
	assert_int_equal(dump_flows(NULL, 0).n, 0);
	put_policy(3);
	assert_int_equal(dump_flows(NULL, 0).n, 3);
	in = sa(CRYPTOMAP_DIRECTION_IN, 0x1000, dump_flows(NULL, 0).first.id);
	done(k->sa_add(k, &in, &keys, NULL, &err), &err);
	done(k->sa_del(k, &in.id, &err), &err);
	listen_until(&h.sa_del);
}

int main(void)
{
	const struct CMUnitTest outside[] = {
		cmocka_unit_test(test_not_loaded),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_policy_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sa, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sa_update, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sa_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spi_reserve, setup, teardown),
		cmocka_unit_test_setup_teardown(test_events, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reload, setup, teardown),
	};

	if (!getenv("VM_GUEST"))
		return cmocka_run_group_tests(outside, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
