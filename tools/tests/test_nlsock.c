// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Against the kernel's own generic netlink controller, which every machine
 * has, and against messages made by hand.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/genl/genl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/nlsock.h"
#include "lib/nlsock_error.h"

static const struct nlsock_attr ctrl_attrs[] = {
	[CTRL_ATTR_FAMILY_ID] = { "family-id", NULL },
	[CTRL_ATTR_FAMILY_NAME] = { "family-name", NULL },
};

static const struct nlsock_set ctrl_set = { ctrl_attrs, CTRL_ATTR_FAMILY_NAME };
static const struct nlsock_command getfamily = { "getfamily", &ctrl_set };

static const struct nlsock_command *ctrl_names(uint8_t cmd)
{
	return cmd == CTRL_CMD_GETFAMILY ? &getfamily : NULL;
}

static struct nlsock *open_ctrl(void)
{
	struct nlsock *s;
	struct kerr err;

	assert_int_equal(nlsock_open_genl(&s, "nlctrl", ctrl_names, 2000, &err), 0);
	return s;
}

static void test_open(void **state)
{
	struct nlsock *s = NULL;
	struct kerr err;

	(void)state;
	assert_int_equal(nlsock_open_genl(&s, "no such family", NULL, 1000, &err), -ENOENT);
	assert_int_equal(err.err, ENOENT);
	assert_non_null(strstr(err.text, "no such family"));
	assert_null(s);
	s = open_ctrl();
	assert_int_equal(nlsock_family(s), GENL_ID_CTRL);
	assert_true(nlsock_fd(s) >= 0);
	assert_int_not_equal(nlsock_port(s), 0);
	assert_int_equal(nlsock_resolve(s, &err), 0);
	nlsock_close(s);
	nlsock_close(NULL);
}

static int get_id(void *arg, struct nlmsghdr *hdr)
{
	struct nlattr *nla = nlmsg_find_attr(hdr, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);

	assert_non_null(nla);
	*(int *)arg = nla_get_u16(nla);
	return 0;
}

static void test_do(void **state)
{
	struct nlsock *s = open_ctrl();
	struct kerr err;
	int id = 0, i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct nl_msg *msg = nlsock_genl_msg(s, CTRL_CMD_GETFAMILY, 0, 64);

		id = 0;
		nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, "nlctrl");
		assert_int_equal(nlsock_do(s, msg, get_id, &id, &err), 0);
		assert_int_equal(err.err, 0);
		assert_int_equal(id, GENL_ID_CTRL);
		nlsock_msg_free(msg);
	}
	nlsock_close(s);
}

/* An error of the callback ends in an error of the request, and only of it. */
static int refuse(void *arg, struct nlmsghdr *hdr)
{
	(void)arg;
	(void)hdr;
	return -EBADMSG;
}

static void test_callback_fails(void **state)
{
	struct nlsock *s = open_ctrl();
	struct nl_msg *msg = nlsock_genl_msg(s, CTRL_CMD_GETFAMILY, 0, 64);
	struct kerr err;
	int id = 0;

	(void)state;
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, "nlctrl");
	assert_int_equal(nlsock_do(s, msg, refuse, NULL, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "getfamily"));
	assert_int_equal(nlsock_do(s, msg, get_id, &id, &err), 0);
	assert_int_equal(id, GENL_ID_CTRL);
	nlsock_msg_free(msg);
	nlsock_close(s);
}

/* The kernel's policy refuses a name that is too long, and says where. */
static void test_refused(void **state)
{
	struct nlsock *s = open_ctrl();
	struct nl_msg *msg = nlsock_genl_msg(s, CTRL_CMD_GETFAMILY, 0, 128);
	struct kerr err;

	(void)state;
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, 0xfff0);
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, "much too long for the name of any family");
	assert_true(nlsock_do(s, msg, NULL, NULL, &err) < 0);
	assert_true(err.err == ERANGE || err.err == EINVAL);
	assert_true(strlen(err.text) > 0);
	assert_string_equal(err.attr, "family-name");
	/* Without somebody who wants to know it is refused all the same. */
	assert_true(nlsock_do(s, msg, NULL, NULL, NULL) < 0);
	nlsock_msg_free(msg);
	nlsock_close(s);
}

static void test_refused_bare(void **state)
{
	struct nlsock *s = open_ctrl();
	struct nl_msg *msg = nlsock_genl_msg(s, CTRL_CMD_GETFAMILY, 0, 128);
	struct kerr err;

	(void)state;
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, "no_such");
	assert_int_equal(nlsock_do(s, msg, NULL, NULL, &err), -ENOENT);
	assert_string_equal(err.text, "getfamily: No such file or directory");
	assert_string_equal(err.attr, "");
	nlsock_msg_free(msg);
	nlsock_close(s);
}

struct counted {
	unsigned int restarts;
	unsigned int messages;
};

static void count_restart(void *arg)
{
	struct counted *c = arg;

	c->restarts++;
	c->messages = 0;
}

static int count_message(void *arg, struct nlmsghdr *hdr)
{
	(void)hdr;
	((struct counted *)arg)->messages++;
	return 0;
}

static void test_dump(void **state)
{
	static const struct nlsock_dump dump = { count_restart, count_message };
	static const struct nlsock_dump failing = { count_restart, refuse };
	struct nlsock *s = open_ctrl();
	struct nl_msg *msg = nlsock_genl_msg(s, CTRL_CMD_GETFAMILY, 0, 16);
	struct counted c = { 0 };
	struct kerr err;
	int id;

	(void)state;
	assert_int_equal(nlsock_dump(s, msg, &dump, &c, &err), 0);
	assert_int_equal(c.restarts, 1);
	assert_true(c.messages >= 1);
	assert_int_equal(nlsock_dump(s, msg, &failing, &c, &err), -EBADMSG);
	nlsock_msg_free(msg);
	/* The socket is good for more. */
	msg = nlsock_genl_msg(s, CTRL_CMD_GETFAMILY, 0, 64);
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, "nlctrl");
	assert_int_equal(nlsock_do(s, msg, get_id, &id, &err), 0);
	nlsock_msg_free(msg);
	nlsock_close(s);
}

static void test_route_dump(void **state)
{
	static const struct nlsock_dump dump = { count_restart, count_message };
	const struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct counted c = { 0 };
	struct nl_msg *msg;
	struct nlsock *s;
	struct kerr err;

	(void)state;
	assert_int_equal(nlsock_open_route(&s, 2000, &err), 0);
	msg = nlsock_route_msg(RTM_GETLINK, 0, &ifi, sizeof(ifi), 0);
	assert_int_equal(nlsock_dump(s, msg, &dump, &c, &err), 0);
	assert_true(c.messages >= 1);
	nlsock_msg_free(msg);
	nlsock_close(s);
}

static void test_events(void **state)
{
	struct nlsock *s = open_ctrl();
	struct counted c = { 0 };
	struct kerr err;

	(void)state;
	assert_int_equal(nlsock_join(s, "no such group", &err), -ENOENT);
	assert_non_null(strstr(err.text, "no such group"));
	assert_int_equal(nlsock_join(s, "notify", &err), 0);
	/* Does not block. */
	assert_int_equal(nlsock_read(s, count_message, &c, &err), 0);
	nlsock_close(s);
}

/* ------------------------------------------------ extended acks by hand */

static struct nl_msg *policy_request(size_t *bad_offset)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *nest, *bad;

	assert_non_null(genlmsg_put(msg, 1, 1, 0x20, 0, 0, CRYPTOMAP_CMD_POLICY_ADD, 1));
	nla_put_u32(msg, CRYPTOMAP_A_POLICY_STAGE, 1);
	nest = nla_nest_start(msg, CRYPTOMAP_A_POLICY_RULE);
	nla_put_u32(msg, CRYPTOMAP_A_RULE_INDEX, 1);
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, CRYPTOMAP_A_POLICY_RULE);
	nla_put_u8(msg, CRYPTOMAP_A_RULE_PROTO, 6);
	nla_put(msg, CRYPTOMAP_A_RULE_SRC_MASK, 3, "abc");
	bad = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, CRYPTOMAP_A_POLICY_STAGE);
	assert_non_null(bad);
	*bad_offset = nlmsg_hdr(msg)->nlmsg_len - 8 - sizeof(struct nlmsghdr);
	nla_nest_end(msg, nest);
	return msg;
}

/* An NLMSG_ERROR as the kernel makes it with NETLINK_CAP_ACK. */
static struct nl_msg *answer(const struct nlmsghdr *request, int error)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlmsgerr e = { .error = -error };

	e.msg = *request;
	assert_non_null(nlmsg_put(msg, 1, 1, NLMSG_ERROR, 0, NLM_F_CAPPED | NLM_F_ACK_TLVS));
	assert_int_equal(nlmsg_append(msg, &e, sizeof(e), NLMSG_ALIGNTO), 0);
	return msg;
}

static void parse(struct nl_msg *request, struct nl_msg *reply, struct kerr *err, bool more)
{
	struct nlmsghdr *hdr = nlmsg_hdr(reply);

	assert_int_equal(nlsock_error_parse(codec_command, nlmsg_hdr(request), hdr,
					    nlsock_error_tlvs(hdr), EINVAL, err), more);
	nlmsg_free(reply);
}

static void test_extack_offset(void **state)
{
	size_t offset;
	struct nl_msg *request = policy_request(&offset);
	struct nl_msg *reply = answer(nlmsg_hdr(request), EINVAL);
	struct kerr err;

	(void)state;
	offset += sizeof(struct nlmsghdr);
	nla_put_string(reply, NLMSGERR_ATTR_MSG, "the mask is not as long as an address");
	nla_put_u32(reply, NLMSGERR_ATTR_OFFS, offset);
	parse(request, reply, &err, true);
	assert_string_equal(err.text, "the mask is not as long as an address");
	assert_string_equal(err.attr, "rule.src-mask");
	nlmsg_free(request);
}

static void test_extack_missing(void **state)
{
	size_t offset;
	struct nl_msg *request = policy_request(&offset);
	const struct nlmsghdr *hdr = nlmsg_hdr(request);
	const uint32_t nest = NLMSG_HDRLEN + GENL_HDRLEN + 8;
	struct nl_msg *reply;
	struct kerr err;

	(void)state;
	reply = answer(hdr, EINVAL);
	nla_put_u32(reply, NLMSGERR_ATTR_MISS_TYPE, CRYPTOMAP_A_POLICY_ENTRY);
	parse(request, reply, &err, true);
	assert_string_equal(err.attr, "entry");
	assert_string_equal(err.text, "policy-add: an attribute is missing");

	reply = answer(hdr, EINVAL);
	nla_put_string(reply, NLMSGERR_ATTR_MSG, "no action");
	nla_put_u32(reply, NLMSGERR_ATTR_MISS_NEST, nest);
	nla_put_u32(reply, NLMSGERR_ATTR_MISS_TYPE, CRYPTOMAP_A_RULE_ACTION);
	parse(request, reply, &err, true);
	assert_string_equal(err.attr, "rule.action");
	assert_string_equal(err.text, "no action");
	nlmsg_free(request);
}

/* Whatever the answer holds, nothing is read that is not in it. */
static void test_extack_broken(void **state)
{
	static const uint32_t offsets[] = { 0, 1, 15, 16, 19, 20, 23, 24, 1000, 0xffffffff };
	size_t offset, i;
	struct nl_msg *request = policy_request(&offset);
	struct nl_msg *reply;
	struct kerr err;

	(void)state;
	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		reply = answer(nlmsg_hdr(request), EINVAL);
		nla_put_u32(reply, NLMSGERR_ATTR_OFFS, offsets[i]);
		parse(request, reply, &err, true);
		assert_true(strlen(err.text) > 0);
		reply = answer(nlmsg_hdr(request), EINVAL);
		nla_put_u32(reply, NLMSGERR_ATTR_MISS_NEST, offsets[i]);
		nla_put_u32(reply, NLMSGERR_ATTR_MISS_TYPE, offsets[i]);
		parse(request, reply, &err, true);
	}
	reply = answer(nlmsg_hdr(request), EINVAL);
	nla_put(reply, NLMSGERR_ATTR_MSG, 3, "abc");
	nla_put(reply, NLMSGERR_ATTR_OFFS, 2, "ab");
	parse(request, reply, &err, true);
	assert_string_equal(err.text, "abc");
	reply = answer(nlmsg_hdr(request), EINVAL);
	parse(request, reply, &err, false);
	assert_string_equal(err.text, "policy-add: Invalid argument");
	nlmsg_free(request);
}

static void test_wipe(void **state)
{
	struct nl_msg *msg;
	struct nlsock *s = open_ctrl();
	const char *bytes;
	size_t i;

	(void)state;
	msg = nlsock_genl_msg(s, 1, 0, 64);
	nla_put(msg, 1, 32, "0123456789abcdef0123456789abcdef");
	/* Held, so that the memory can be looked at when it is let go. */
	nlmsg_get(msg);
	bytes = (const char *)nlmsg_hdr(msg);
	nlsock_msg_free(msg);
	for (i = 0; i < NLMSG_HDRLEN + GENL_HDRLEN + 64; i++)
		assert_int_equal(bytes[i], 0);
	nlmsg_free(msg);
	nlsock_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_do),
		cmocka_unit_test(test_callback_fails),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_bare),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_route_dump),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_extack_offset),
		cmocka_unit_test(test_extack_missing),
		cmocka_unit_test(test_extack_broken),
		cmocka_unit_test(test_wipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
