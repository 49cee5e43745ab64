// SPDX-License-Identifier: GPL-2.0-or-later
/* What is written is read again as it was, and broken messages are refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netlink/genl/genl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"

static struct addr parse(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, AF_UNSPEC, text), 0);
	return a;
}

static struct nl_msg *message(uint8_t cmd, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + size);

	assert_non_null(genlmsg_put(msg, 1, 1, 0x20, 0, 0, cmd, 1));
	return msg;
}

static const struct nlattr *attr(struct nl_msg *msg, int type)
{
	return nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, type);
}

static const struct nlattr *inner(const struct nlattr *nest, int type)
{
	return nla_find(nla_data(nest), nla_len(nest), type);
}

static void test_names(void **state)
{
	unsigned int cmd;

	(void)state;
	assert_string_equal(codec_command(CRYPTOMAP_CMD_SA_ADD)->name, "sa-add");
	assert_null(codec_command(0));
	assert_null(codec_command(CRYPTOMAP_CMD_MAX + 1));
	assert_null(codec_command(255));
	for (cmd = 1; cmd <= CRYPTOMAP_CMD_MAX; cmd++)
		assert_non_null(codec_command(cmd)->set);
}

static struct cm_rule full_rule(void)
{
	return (struct cm_rule){
		.index = 7, .action = CRYPTOMAP_ACTION_PERMIT, .proto = IPPROTO_TCP,
		.src = parse("10.1.0.0"), .src_mask = parse("255.255.0.255"),
		.dst = parse("10.2.0.0"), .dst_mask = parse("255.255.0.0"),
		.has_sport = true, .sport_min = 0, .sport_max = 1023,
		.has_dport = true, .dport_min = 80, .dport_max = 80,
	};
}

static void assert_rule(const struct cm_rule *a, const struct cm_rule *b)
{
	assert_int_equal(a->index, b->index);
	assert_int_equal(a->action, b->action);
	assert_int_equal(a->proto, b->proto);
	assert_true(addr_equal(&a->src, &b->src));
	assert_true(addr_equal(&a->src_mask, &b->src_mask));
	assert_true(addr_equal(&a->dst, &b->dst));
	assert_true(addr_equal(&a->dst_mask, &b->dst_mask));
	assert_int_equal(a->has_sport, b->has_sport);
	assert_int_equal(a->has_dport, b->has_dport);
	assert_int_equal(a->sport_max, b->sport_max);
	assert_int_equal(a->dport_min, b->dport_min);
}

/* The kernel sends a rule inside of a flow. */
static struct nl_msg *flow_with_rule(const struct cm_rule *rule)
{
	struct nl_msg *msg = message(CRYPTOMAP_CMD_FLOW_GET, 1024);
	struct nlattr *nest;

	assert_int_equal(codec_put_rule(msg, rule), 0);
	nest = (struct nlattr *)attr(msg, CRYPTOMAP_A_POLICY_RULE);
	nest->nla_type = CRYPTOMAP_A_FLOW_RULE | NLA_F_NESTED;
	return msg;
}

static void test_rule(void **state)
{
	struct cm_rule rule = full_rule(), any = { .index = 1 };
	struct nl_msg *msg = flow_with_rule(&rule);
	struct cm_flow flow;

	(void)state;
	assert_int_equal(codec_get_flow(nlmsg_hdr(msg), &flow), 0);
	assert_true(flow.has == CM_HAS(FLOW_RULE));
	assert_rule(&flow.rule, &rule);
	nlmsg_free(msg);
	msg = flow_with_rule(&any);
	assert_int_equal(codec_get_flow(nlmsg_hdr(msg), &flow), 0);
	assert_rule(&flow.rule, &any);
	assert_true(flow.rule.has ==
		    (CM_HAS(RULE_INDEX) | CM_HAS(RULE_ACTION) | CM_HAS(RULE_PROTO)));
	nlmsg_free(msg);
}

static void test_entry(void **state)
{
	struct cm_entry entry = {
		.map = "vpn", .family = AF_INET6, .seq = 10,
		.kind = CRYPTOMAP_ENTRY_KIND_ISAKMP, .n_peers = 2,
		.has_hold_limit = true, .hold_limit = 0,
	};
	struct nl_msg *msg = message(CRYPTOMAP_CMD_POLICY_ADD, 1024);
	const struct nlattr *nest, *nla;
	int left, peers = 0;

	(void)state;
	entry.peers[0] = parse("192.0.2.1");
	entry.peers[1] = parse("2001:db8::1");
	assert_int_equal(codec_put_entry(msg, &entry, false), 0);
	nest = attr(msg, CRYPTOMAP_A_POLICY_ENTRY);
	assert_true(nest->nla_type & NLA_F_NESTED);
	assert_string_equal(nla_get_string(inner(nest, CRYPTOMAP_A_ENTRY_MAP)), "vpn");
	assert_int_equal(nla_get_u16(inner(nest, CRYPTOMAP_A_ENTRY_FAMILY)), AF_INET6);
	assert_int_equal(nla_get_u32(inner(nest, CRYPTOMAP_A_ENTRY_HOLD_LIMIT)), 0);
	nla_for_each_attr(nla, nla_data(nest), nla_len(nest), left)
		peers += nla_type(nla) == CRYPTOMAP_A_ENTRY_PEER;
	assert_int_equal(peers, 2);
	nlmsg_free(msg);

	msg = message(CRYPTOMAP_CMD_POLICY_ADD, 1024);
	assert_int_equal(codec_put_entry(msg, &entry, true), 0);
	nest = attr(msg, CRYPTOMAP_A_POLICY_ENTRY);
	assert_null(inner(nest, CRYPTOMAP_A_ENTRY_KIND));
	assert_null(inner(nest, CRYPTOMAP_A_ENTRY_PEER));
	assert_null(inner(nest, CRYPTOMAP_A_ENTRY_HOLD_LIMIT));
	nlmsg_free(msg);
}

static void test_binding(void **state)
{
	struct cm_binding b = {
		.ifindex = 3, .map = "vpn", .family = AF_INET, .local = parse("192.0.2.9"),
		.df_bit = CRYPTOMAP_DF_BIT_COPY,
		.fragmentation = CRYPTOMAP_FRAGMENTATION_BEFORE_ENCRYPTION,
	};
	struct nl_msg *msg = message(CRYPTOMAP_CMD_POLICY_ADD, 256);
	const struct nlattr *nest;

	(void)state;
	assert_int_equal(codec_put_binding(msg, &b), 0);
	nest = attr(msg, CRYPTOMAP_A_POLICY_BINDING);
	/* Zero is a value here, so it must be there. */
	assert_int_equal(nla_get_u32(inner(nest, CRYPTOMAP_A_BINDING_DF_BIT)), 0);
	assert_int_equal(nla_get_u32(inner(nest, CRYPTOMAP_A_BINDING_FRAGMENTATION)), 0);
	assert_int_equal(nla_len(inner(nest, CRYPTOMAP_A_BINDING_LOCAL)), 4);
	nlmsg_free(msg);
}

static struct cm_sa full_sa(void)
{
	return (struct cm_sa){
		.id = { CRYPTOMAP_DIRECTION_IN, IPPROTO_ESP, parse("2001:db8::2"), 0x12345678 },
		.src = parse("2001:db8::1"), .flow = 9, .mode = CRYPTOMAP_MODE_TRANSPORT,
		.encr_alg = CRYPTOMAP_ENCR_ALG_AES_GCM_16, .auth_alg = CRYPTOMAP_AUTH_ALG_NONE,
		.flags = CRYPTOMAP_SA_FLAGS_ESN, .replay_window = 0,
		.limits = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.owner = { .len = 3, .bytes = "abc" },
	};
}

static void assert_sa(const struct cm_sa *a, const struct cm_sa *b)
{
	assert_int_equal(a->id.direction, b->id.direction);
	assert_int_equal(a->id.spi, b->id.spi);
	assert_int_equal(a->id.proto, b->id.proto);
	assert_true(addr_equal(&a->id.dst, &b->id.dst));
	assert_true(addr_equal(&a->src, &b->src));
	assert_int_equal(a->flow, b->flow);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->encr_alg, b->encr_alg);
	assert_int_equal(a->auth_alg, b->auth_alg);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->replay_window, b->replay_window);
	assert_memory_equal(&a->limits, &b->limits, sizeof(a->limits));
	assert_int_equal(a->owner.len, b->owner.len);
	assert_memory_equal(a->owner.bytes, b->owner.bytes, a->owner.len);
}

static void test_sa(void **state)
{
	struct cm_sa_keys keys = { .encr_len = 36, .encr = "0123456789abcdef0123456789abcdefsalt" };
	struct nl_msg *msg = message(CRYPTOMAP_CMD_SA_ADD, 1024);
	struct cm_sa sa = full_sa();
	struct cm_sa_info info;
	const struct nlattr *spi;

	(void)state;
	assert_int_equal(codec_put_sa(msg, &sa, &keys), 0);
	spi = attr(msg, CRYPTOMAP_A_SA_SPI);
	assert_int_equal(ntohl(nla_get_u32(spi)), 0x12345678);
	assert_int_equal(nla_len(attr(msg, CRYPTOMAP_A_SA_ENCR_KEY)), 36);
	assert_null(attr(msg, CRYPTOMAP_A_SA_AUTH_KEY));
	/* Off is something else than not said. */
	assert_int_equal(nla_get_u32(attr(msg, CRYPTOMAP_A_SA_REPLAY_WINDOW)), 0);
	assert_int_equal(codec_get_sa_info(nlmsg_hdr(msg), &info), 0);
	assert_sa(&info.sa, &sa);
	cm_sa_info_release(&info);
	nlmsg_free(msg);

	sa.id.direction = CRYPTOMAP_DIRECTION_OUT;
	memset(&sa.limits, 0, sizeof(sa.limits));
	sa.owner.len = 0;
	msg = message(CRYPTOMAP_CMD_SA_ADD, 1024);
	assert_int_equal(codec_put_sa(msg, &sa, &keys), 0);
	assert_null(attr(msg, CRYPTOMAP_A_SA_REPLAY_WINDOW));
	assert_null(attr(msg, CRYPTOMAP_A_SA_SOFT_BYTES));
	assert_null(attr(msg, CRYPTOMAP_A_SA_OWNER));
	assert_non_null(attr(msg, CRYPTOMAP_A_SA_MODE));
	nlmsg_free(msg);
	cm_sa_keys_wipe(&keys);
	assert_int_equal(keys.encr[0] | keys.encr_len, 0);
}

/* Wherever the room ends, nothing of it stays in the message. */
static void test_no_room(void **state)
{
	struct cm_sa_keys keys = { .encr_len = 36, .auth_len = 64, .encr = "key", .auth = "key" };
	struct cm_sa sa = full_sa();
	size_t size, i;
	int ret = -EMSGSIZE;

	(void)state;
	for (size = 0; ret; size++) {
		struct nl_msg *msg = message(CRYPTOMAP_CMD_SA_ADD, size);
		const char *bytes = (const char *)nlmsg_hdr(msg);

		ret = codec_put_sa(msg, &sa, &keys);
		if (ret) {
			assert_int_equal(ret, -EMSGSIZE);
			assert_int_equal(nlmsg_hdr(msg)->nlmsg_len, NLMSG_HDRLEN + GENL_HDRLEN);
			for (i = NLMSG_HDRLEN + GENL_HDRLEN; i < nlmsg_get_max_size(msg); i++)
				assert_int_equal(bytes[i], 0);
		}
		nlmsg_free(msg);
		assert_true(size < 1024);
	}
}

static void test_change(void **state)
{
	struct cm_sa_change change = {
		.has = CM_HAS(SA_HARD_BYTES) | CM_HAS(SA_OWNER) | CM_HAS(SA_IDLE_SECONDS),
		.limits = { .soft_seconds = 5, .hard_bytes = 6 },
	};
	struct nl_msg *msg = message(CRYPTOMAP_CMD_SA_UPDATE, 512);

	(void)state;
	assert_int_equal(codec_put_sa_change(msg, &change), 0);
	assert_null(attr(msg, CRYPTOMAP_A_SA_SOFT_SECONDS));
	assert_true(nla_get_u64(attr(msg, CRYPTOMAP_A_SA_HARD_BYTES)) == 6);
	assert_int_equal(nla_get_u32(attr(msg, CRYPTOMAP_A_SA_IDLE_SECONDS)), 0);
	assert_int_equal(nla_len(attr(msg, CRYPTOMAP_A_SA_OWNER)), 0);
	nlmsg_free(msg);
}

static void test_filters(void **state)
{
	struct cm_sa_filter filter = { .map = "vpn", .peer = parse("192.0.2.1") }, all = { 0 };
	struct cm_spi_request req = { .proto = IPPROTO_ESP, .dst = parse("192.0.2.1") };
	struct nl_msg *msg = message(CRYPTOMAP_CMD_SA_GET, 512);

	(void)state;
	assert_int_equal(codec_put_sa_filter(msg, &all), 0);
	assert_int_equal(nlmsg_hdr(msg)->nlmsg_len, NLMSG_HDRLEN + GENL_HDRLEN);
	assert_int_equal(codec_put_sa_filter(msg, &filter), 0);
	assert_string_equal(nla_get_string(attr(msg, CRYPTOMAP_A_SA_MAP)), "vpn");
	assert_non_null(attr(msg, CRYPTOMAP_A_SA_PEER));
	assert_null(attr(msg, CRYPTOMAP_A_SA_FLOW));
	nlmsg_free(msg);
	msg = message(CRYPTOMAP_CMD_SPI_RESERVE, 512);
	assert_int_equal(codec_put_spi_request(msg, &req), 0);
	assert_null(attr(msg, CRYPTOMAP_A_SA_SPI_LOW));
	assert_null(attr(msg, CRYPTOMAP_A_SA_HOLD_SECONDS));
	nlmsg_free(msg);
}

static void put_drop(struct nl_msg *msg, int type, const char *reason, uint64_t count)
{
	struct nlattr *nest = nla_nest_start(msg, type);

	nla_put_string(msg, CRYPTOMAP_A_DROP_REASON, reason);
	nla_put_u64(msg, CRYPTOMAP_A_DROP_COUNT, count);
	nla_nest_end(msg, nest);
}

static void test_stats(void **state)
{
	struct nl_msg *msg = message(CRYPTOMAP_CMD_STATS_GET, 512);
	struct cm_stats stats = { 0 };

	(void)state;
	put_drop(msg, CRYPTOMAP_A_STATS_DROP, "no_sa", 3);
	put_drop(msg, CRYPTOMAP_A_STATS_DROP, "replay", 1ULL << 40);
	nla_put_u64(msg, CRYPTOMAP_A_STATS_ENCAPS, 5);
	assert_int_equal(codec_get_stats(nlmsg_hdr(msg), &stats), 0);
	/* A second message adds. */
	assert_int_equal(codec_get_stats(nlmsg_hdr(msg), &stats), 0);
	assert_int_equal(stats.drops.n, 4);
	assert_true(cm_drops_count(&stats.drops, "replay") == 1ULL << 40);
	assert_true(cm_drops_count(&stats.drops, "other") == 0);
	assert_true(stats.encaps == 5);
	cm_stats_release(&stats);
	assert_int_equal(stats.drops.n, 0);
	nlmsg_free(msg);
}

static void test_event(void **state)
{
	struct nl_msg *msg = message(CRYPTOMAP_CMD_EXPIRE_NTF, 512);
	struct cm_event ev;

	(void)state;
	nla_put_u32(msg, CRYPTOMAP_A_EVENT_FLOW, 4);
	nla_put_u32(msg, CRYPTOMAP_A_EVENT_SPI, htonl(0x1000));
	nla_put_flag(msg, CRYPTOMAP_A_EVENT_HARD);
	nla_put_u32(msg, CRYPTOMAP_A_EVENT_CAUSE, CRYPTOMAP_EXPIRE_CAUSE_BYTES);
	/* From a newer kernel. */
	nla_put_u32(msg, CRYPTOMAP_A_EVENT_MAX + 5, 1);
	assert_int_equal(codec_get_event(nlmsg_hdr(msg), &ev), 0);
	assert_int_equal(ev.flow, 4);
	assert_int_equal(ev.spi, 0x1000);
	assert_true(ev.hard);
	assert_int_equal(ev.cause, CRYPTOMAP_EXPIRE_CAUSE_BYTES);
	assert_true(ev.has == (CM_HAS(EVENT_FLOW) | CM_HAS(EVENT_SPI) | CM_HAS(EVENT_HARD) |
			       CM_HAS(EVENT_CAUSE)));
	nlmsg_free(msg);
}

static void assert_bad_event(int type, size_t len)
{
	struct nl_msg *msg = message(CRYPTOMAP_CMD_ACQUIRE_NTF, 512);
	struct cm_event ev;
	uint8_t bytes[128];

	memset(bytes, 'x', sizeof(bytes));
	nla_put(msg, type, len, bytes);
	assert_int_equal(codec_get_event(nlmsg_hdr(msg), &ev), -EBADMSG);
	nlmsg_free(msg);
}

static void test_bad_length(void **state)
{
	(void)state;
	assert_bad_event(CRYPTOMAP_A_EVENT_FLOW, 3);
	assert_bad_event(CRYPTOMAP_A_EVENT_FLOW, 8);
	assert_bad_event(CRYPTOMAP_A_EVENT_SPI, 0);
	assert_bad_event(CRYPTOMAP_A_EVENT_SEQUENCE, 4);
	assert_bad_event(CRYPTOMAP_A_EVENT_IP_PROTO, 2);
	assert_bad_event(CRYPTOMAP_A_EVENT_SRC, 5);
	assert_bad_event(CRYPTOMAP_A_EVENT_SRC, 0);
	assert_bad_event(CRYPTOMAP_A_EVENT_OWNER, 65);
	assert_bad_event(CRYPTOMAP_A_EVENT_MAP, 64);
}

/* Anything may come; nothing may be read beyond its end. */
static void test_garbage(void **state)
{
	unsigned int round;

	(void)state;
	srandom(1);
	for (round = 0; round < 20000; round++) {
		size_t len = random() % 96, i;
		uint8_t *bytes = malloc(NLMSG_HDRLEN + GENL_HDRLEN + len);
		struct nlmsghdr *hdr = (struct nlmsghdr *)bytes;
		struct cm_stats stats = { 0 };
		struct cm_sa_info info;
		struct cm_flow flow;
		struct cm_event ev;

		assert_non_null(bytes);
		memset(bytes, 0, NLMSG_HDRLEN + GENL_HDRLEN);
		for (i = 0; i < len; i++)
			bytes[NLMSG_HDRLEN + GENL_HDRLEN + i] =
				i % 4 == 1 || i % 4 == 3 ? 0 : random() % 48;
		hdr->nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + len;
		codec_get_event(hdr, &ev);
		codec_get_flow(hdr, &flow);
		codec_get_sa_info(hdr, &info);
		cm_sa_info_release(&info);
		codec_get_stats(hdr, &stats);
		cm_stats_release(&stats);
		hdr->nlmsg_len = NLMSG_HDRLEN;
		assert_int_equal(codec_get_event(hdr, &ev), -EBADMSG);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_sa),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_bad_length),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
