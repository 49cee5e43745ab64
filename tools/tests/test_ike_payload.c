// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ike/payload.h"

#define COOKIES		"000102030405060708090a0b0c0d0e0f"

static struct message_error error;
static struct isakmp_id id, theirs;
static struct isakmp_notification notify;
static struct isakmp_delete delete;
static uint8_t bytes[2048];
static struct payload payload;
static char text[400];

static void from_hex(uint8_t type, const char *hex)
{
	int n = buf_parse_hex(bytes, sizeof(bytes), hex);

	assert_true(n >= 0);
	memset(&error, 0, sizeof(error));
	payload = (struct payload) {
		.type = type, .index = 4, .offset = 100, .body = bytes, .len = n,
	};
}

static int parse_id(const char *hex)
{
	from_hex(ISAKMP_PAYLOAD_ID, hex);
	return isakmp_id_parse(&id, &payload, &error);
}

static int parse_notify(const char *hex)
{
	from_hex(ISAKMP_PAYLOAD_NOTIFY, hex);
	return isakmp_notify_parse(&notify, &payload, &error);
}

static int parse_delete(const char *hex)
{
	from_hex(ISAKMP_PAYLOAD_DELETE, hex);
	return isakmp_delete_parse(&delete, &payload, &error);
}

static void assert_refused(int ret, uint16_t type, const char *expected)
{
	assert_int_equal(ret, -EINVAL);
	assert_string_equal(error.text, expected);
	assert_int_equal(error.notify, type);
}

/* --- identification */

/* It is parsed, written again as it was, and every cut of it is refused. */
static void assert_id(const char *hex, const char *expected, bool address)
{
	struct buf out;

	assert_int_equal(parse_id(hex), 0);
	assert_string_equal(isakmp_id_text(&id, text, sizeof(text)), expected);
	buf_init(&out, 2000);
	isakmp_id_body(&out, &id);
	assert_int_equal(out.len, payload.len);
	assert_memory_equal(out.data, bytes, out.len);
	buf_release(&out);
	for (payload.len--; payload.len >= (address ? 1 : 5); payload.len--)
		assert_int_equal(isakmp_id_parse(&id, &payload, &error), address ? -EINVAL : 0);
}

static void test_id(void **state)
{
	(void)state;
	assert_id("01000000" "0a010101", "10.1.1.1", true);
	/* How IOS calls itself in phase 1. */
	assert_id("011101f4" "0a010101", "10.1.1.1/17/500", true);
	assert_id("04000000" "0a010100" "ffffff00", "10.1.1.0/255.255.255.0/0/0", true);
	assert_id("04060017" "00000000" "00000000", "0.0.0.0/0.0.0.0/6/23", true);
	assert_id("07000000" "0a010100" "0a010109", "10.1.1.0-10.1.1.9/0/0", true);
	assert_id("05000000" "20010db8000000000000000000000001", "2001:DB8::1", true);
	assert_id("06000000" "20010db8000000000000000000000000"
		  "ffffffff000000000000000000000000", "2001:DB8::/32/0/0", true);
	assert_id("08000000" "20010db8000000000000000000000000"
		  "20010db8000000000000000000000009", "2001:DB8::-2001:DB8::9/0/0", true);
	assert_id("02000000" "722e6578616d706c65", "r.example", false);
	assert_id("03000000" "6d65407222", "me@r\"", false);
	assert_id("0b000000" "0041205c7f", "\\x00A\\x20\\x5c\\x7f", false);
	assert_id("09000000" "3000", "0\\x00", false);
}

static void test_id_refused(void **state)
{
	(void)state;
	assert_refused(parse_id("010000"), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 4 (ID) at offset 100: 3 bytes are too few");
	assert_refused(parse_id("01000000" "0a01010101"), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 4 (ID) at offset 100: 5 bytes of ID_IPV4_ADDR, 4 are needed");
	assert_refused(parse_id("04000000" "0a010100"), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 4 (ID) at offset 100: "
		       "4 bytes of ID_IPV4_ADDR_SUBNET, 8 are needed");
	assert_refused(parse_id("07000000" "0a010101" "0a010100"),
		       ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
		       "payload 4 (ID) at offset 100: range ends before it begins");
	assert_refused(parse_id("02000000" "7200"), ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
		       "payload 4 (ID) at offset 100: ID_FQDN with a NUL");
	assert_refused(parse_id("02000000"), ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
		       "payload 4 (ID) at offset 100: ID_FQDN of 0 bytes, 1 to 1024 are accepted");
	assert_refused(parse_id("0c000000" "00"), ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
		       "payload 4 (ID) at offset 100: identification type 12");
	assert_int_equal(parse_id("00000000" "00"), -EINVAL);
	parse_id("0b000000" "01");
	payload.len = 4 + ISAKMP_ID_MAX;
	assert_int_equal(isakmp_id_parse(&id, &payload, &error), 0);
	assert_int_equal(id.len, ISAKMP_ID_MAX);
	payload.len++;
	assert_int_equal(isakmp_id_parse(&id, &payload, &error), -EINVAL);
}

static void test_id_equal(void **state)
{
	(void)state;
	assert_int_equal(parse_id("02000000" "7231"), 0);
	theirs = id;
	assert_true(isakmp_id_equal(&id, &theirs));
	theirs.text[1] = '2';
	assert_false(isakmp_id_equal(&id, &theirs));
	theirs = id;
	theirs.type = ISAKMP_ID_KEY_ID;
	assert_false(isakmp_id_equal(&id, &theirs));
	assert_int_equal(parse_id("04000000" "0a010100" "ffffff00"), 0);
	theirs = id;
	theirs.second.bytes[3] = 0x80;
	assert_false(isakmp_id_equal(&id, &theirs));
	theirs = id;
	theirs.port = 1;
	assert_false(isakmp_id_equal(&id, &theirs));
}

/* Not more than there is room for, and never half of an escape. */
static void test_id_text_short(void **state)
{
	(void)state;
	assert_int_equal(parse_id("0b000000" "410042"), 0);
	assert_string_equal(isakmp_id_text(&id, text, 7), "A\\x00B");
	assert_string_equal(isakmp_id_text(&id, text, 6), "A\\x00");
	assert_string_equal(isakmp_id_text(&id, text, 5), "A");
	assert_string_equal(isakmp_id_text(&id, text, 1), "");
}

/* --- rules */

static void set_side(struct cm_rule *rule, const char *src, const char *mask)
{
	memset(rule, 0, sizeof(*rule));
	if (src)
		assert_int_equal(addr_parse(&rule->src, AF_UNSPEC, src), 0);
	if (mask)
		assert_int_equal(addr_parse(&rule->src_mask, AF_UNSPEC, mask), 0);
}

static void assert_from(const struct cm_rule *rule, uint16_t family, const char *type,
			const char *expected)
{
	assert_int_equal(isakmp_id_from_rule(&id, rule, family, true), 0);
	assert_string_equal(isakmp_id_name(id.type), type);
	assert_string_equal(isakmp_id_text(&id, text, sizeof(text)), expected);
}

static void test_from_rule(void **state)
{
	struct cm_rule rule;

	(void)state;
	set_side(&rule, NULL, NULL);
	assert_from(&rule, AF_INET, "ID_IPV4_ADDR_SUBNET", "0.0.0.0/0.0.0.0/0/0");
	assert_from(&rule, AF_INET6, "ID_IPV6_ADDR_SUBNET", "::/0/0/0");
	set_side(&rule, "10.1.1.1", NULL);
	assert_from(&rule, AF_INET, "ID_IPV4_ADDR", "10.1.1.1");
	set_side(&rule, "10.1.1.1", "255.255.255.255");
	assert_from(&rule, AF_INET, "ID_IPV4_ADDR", "10.1.1.1");
	set_side(&rule, "10.1.1.1", "255.255.255.0");
	assert_from(&rule, AF_INET, "ID_IPV4_ADDR_SUBNET", "10.1.1.0/255.255.255.0/0/0");
	set_side(&rule, "2001:db8::1", NULL);
	assert_from(&rule, AF_INET6, "ID_IPV6_ADDR", "2001:DB8::1");
	set_side(&rule, "2001:db8::", "ffff:ffff::");
	assert_from(&rule, AF_INET6, "ID_IPV6_ADDR_SUBNET", "2001:DB8::/32/0/0");
	set_side(&rule, "10.1.1.1", "255.0.255.0");
	assert_int_equal(isakmp_id_from_rule(&id, &rule, AF_INET, true), -ERANGE);
	/* The other side is any. */
	assert_int_equal(isakmp_id_from_rule(&id, &rule, AF_INET, false), 0);
	assert_true(addr_is_any(&id.first));
}

static void test_from_rule_ports(void **state)
{
	struct cm_rule rule;

	(void)state;
	set_side(&rule, NULL, NULL);
	rule.proto = IPPROTO_TCP;
	rule.has_sport = rule.has_dport = true;
	rule.sport_min = rule.sport_max = 23;
	rule.dport_max = UINT16_MAX;
	assert_from(&rule, AF_INET, "ID_IPV4_ADDR_SUBNET", "0.0.0.0/0.0.0.0/6/23");
	assert_int_equal(isakmp_id_from_rule(&id, &rule, AF_INET, false), 0);
	assert_int_equal(id.port, 0);
	rule.sport_max = 24;
	assert_int_equal(isakmp_id_from_rule(&id, &rule, AF_INET, true), -ERANGE);
	rule.sport_min = rule.sport_max = 0;
	assert_int_equal(isakmp_id_from_rule(&id, &rule, AF_INET, true), -ERANGE);
}

static int to_rule(struct cm_rule *rule, const char *ours_hex, const char *theirs_hex)
{
	assert_int_equal(parse_id(theirs_hex), 0);
	theirs = id;
	assert_int_equal(parse_id(ours_hex), 0);
	return isakmp_id_to_rule(rule, &id, &theirs);
}

static void test_to_rule(void **state)
{
	struct addr_buf buf;
	struct cm_rule rule;

	(void)state;
	assert_int_equal(to_rule(&rule, "04060000" "0a010105" "ffffff00", "01060017" "0a020202"), 0);
	assert_int_equal(rule.proto, IPPROTO_TCP);
	assert_int_equal(rule.action, CRYPTOMAP_ACTION_PERMIT);
	assert_string_equal(addr_text(&rule.src, &buf), "10.1.1.0");
	assert_string_equal(addr_text(&rule.src_mask, &buf), "255.255.255.0");
	assert_string_equal(addr_text(&rule.dst, &buf), "10.2.2.2");
	assert_string_equal(addr_text(&rule.dst_mask, &buf), "255.255.255.255");
	assert_false(rule.has_sport);
	assert_true(rule.has_dport);
	assert_int_equal(rule.dport_min, 23);
	assert_int_equal(rule.dport_max, 23);
	assert_int_equal(to_rule(&rule, "04000000" "00000000" "00000000",
				 "07000000" "0a010100" "0a0101ff"), 0);
	assert_false(addr_is_set(&rule.src));
	assert_false(addr_is_set(&rule.src_mask));
	assert_string_equal(addr_text(&rule.dst_mask, &buf), "255.255.255.0");
	/* A range of one, and one of all. */
	assert_int_equal(to_rule(&rule, "07000000" "0a010101" "0a010101",
				 "07000000" "00000000" "ffffffff"), 0);
	assert_true(addr_is_ones(&rule.src_mask));
	assert_false(addr_is_set(&rule.dst));
}

static void test_to_rule_refused(void **state)
{
	struct cm_rule rule;

	(void)state;
	assert_int_equal(to_rule(&rule, "02000000" "72", "01000000" "0a020202"), -EINVAL);
	assert_int_equal(to_rule(&rule, "01000000" "0a020202", "0b000000" "72"), -EINVAL);
	assert_int_equal(to_rule(&rule, "04000000" "0a010100" "ff00ff00",
				 "01000000" "0a020202"), -ERANGE);
	assert_int_equal(to_rule(&rule, "07000000" "0a010100" "0a0101fe",
				 "01000000" "0a020202"), -ERANGE);
	assert_int_equal(to_rule(&rule, "07000000" "0a0101ff" "0a010200",
				 "01000000" "0a020202"), -ERANGE);
	assert_int_equal(to_rule(&rule, "01000000" "0a020202",
				 "05000000" "20010db8000000000000000000000001"), -EPROTO);
	assert_int_equal(to_rule(&rule, "01060000" "0a020202", "01110000" "0a020202"), -EPROTO);
	assert_int_equal(to_rule(&rule, "01000017" "0a020202", "01000000" "0a020202"), -EPROTO);
	assert_int_equal(to_rule(&rule, "01010000" "0a020202", "01010008" "0a020202"), -EPROTO);
}

/* --- notifications and deletes */

static void assert_written(void (*put)(struct message_writer *w))
{
	const struct message_header header = { .version = ISAKMP_VERSION };
	struct message_writer w;
	struct buf out;

	buf_init(&out, 2000);
	message_begin(&w, &out, &header);
	put(&w);
	message_end(&w, 1);
	assert_false(out.failed);
	assert_int_equal(out.len, ISAKMP_HEADER_LEN + 4 + payload.len);
	assert_int_equal(out.data[16], payload.type);
	assert_memory_equal(out.data + ISAKMP_HEADER_LEN + 4, bytes, payload.len);
	buf_release(&out);
}

static void put_notify(struct message_writer *w)
{
	isakmp_notify_put(w, &notify);
}

static void put_delete(struct message_writer *w)
{
	isakmp_delete_put(w, &delete);
}

static void put_id(struct message_writer *w)
{
	isakmp_id_put(w, &id);
}

static void test_put_id(void **state)
{
	(void)state;
	assert_int_equal(parse_id("011101f4" "0a010101"), 0);
	assert_written(put_id);
}

static void test_notify(void **state)
{
	(void)state;
	/* R_U_THERE: both cookies, a sequence number (RFC 3706). */
	assert_int_equal(parse_notify("00000001" "01108d28" COOKIES "00000007"), 0);
	assert_int_equal(notify.protocol, ISAKMP_PROTO_ISAKMP);
	assert_int_equal(notify.type, ISAKMP_NOTIFY_R_U_THERE);
	assert_int_equal(notify.spi_len, 16);
	assert_ptr_equal(notify.spi, bytes + 8);
	assert_int_equal(notify.len, 4);
	assert_ptr_equal(notify.data, bytes + 24);
	assert_written(put_notify);
	assert_int_equal(parse_notify("00000001" "0304000e" "12345678"), 0);
	assert_int_equal(notify.len, 0);
	assert_written(put_notify);
	assert_int_equal(parse_notify("00000001" "0300000e"), 0);
	assert_int_equal(parse_notify("00000000" "01000010"), 0);
	assert_int_equal(parse_notify("00000001" "0402000e" "1234"), 0);
}

static void test_notify_refused(void **state)
{
	(void)state;
	assert_refused(parse_notify("00000001" "010000"), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 4 (NOTIFY) at offset 100: "
		       "7 bytes are too few for an SPI of 0 bytes");
	assert_refused(parse_notify("00000001" "0304000e" "123456"),
		       ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 4 (NOTIFY) at offset 100: "
		       "11 bytes are too few for an SPI of 4 bytes");
	assert_refused(parse_notify("00000002" "0100000e"), ISAKMP_NOTIFY_DOI_NOT_SUPPORTED,
		       "payload 4 (NOTIFY) at offset 100: DOI 2");
	assert_refused(parse_notify("00000001" "0500000e"), ISAKMP_NOTIFY_INVALID_PROTOCOL_ID,
		       "payload 4 (NOTIFY) at offset 100: protocol 5");
	assert_refused(parse_notify("00000001" "0303000e" "123456"), ISAKMP_NOTIFY_INVALID_SPI,
		       "payload 4 (NOTIFY) at offset 100: SPI of 3 bytes for protocol 3");
	assert_int_equal(parse_notify("00000001" "01110001" COOKIES "00"), -EINVAL);
}

static void test_delete(void **state)
{
	(void)state;
	assert_int_equal(parse_delete("00000001" "03040002" "00001000" "00002000"), 0);
	assert_int_equal(delete.n, 2);
	assert_int_equal(delete.spi_len, 4);
	assert_ptr_equal(delete.spis, bytes + 8);
	assert_written(put_delete);
	assert_int_equal(parse_delete("00000001" "01100001" COOKIES), 0);
	assert_written(put_delete);
	assert_int_equal(parse_delete("00000001" "04020001" "1234"), 0);
}

static void test_delete_refused(void **state)
{
	(void)state;
	assert_refused(parse_delete("00000001" "030400"), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 4 (DELETE) at offset 100: 7 bytes are too few");
	assert_refused(parse_delete("00000001" "03040002" "00001000"),
		       ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 4 (DELETE) at offset 100: 2 SPIs of 4 bytes in 4 bytes (at most 64)");
	assert_int_equal(parse_delete("00000001" "03040001" "0000100000"), -EINVAL);
	assert_int_equal(parse_delete("00000001" "03040000"), -EINVAL);
	assert_refused(parse_delete("00000001" "03020001" "1234"), ISAKMP_NOTIFY_INVALID_SPI,
		       "payload 4 (DELETE) at offset 100: SPIs of 2 bytes for protocol 3");
	assert_int_equal(parse_delete("00000001" "01040001" "12345678"), -EINVAL);
	assert_int_equal(parse_delete("00000001" "00040001" "12345678"), -EINVAL);
	assert_int_equal(parse_delete("00000003" "03040001" "12345678"), -EINVAL);
	from_hex(ISAKMP_PAYLOAD_DELETE, "00000001" "03040040");
	payload.len = 8 + 64 * 4;
	assert_int_equal(isakmp_delete_parse(&delete, &payload, &error), 0);
	from_hex(ISAKMP_PAYLOAD_DELETE, "00000001" "03040041");
	payload.len = 8 + 65 * 4;
	assert_int_equal(isakmp_delete_parse(&delete, &payload, &error), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_id_refused),
		cmocka_unit_test(test_id_equal),
		cmocka_unit_test(test_id_text_short),
		cmocka_unit_test(test_from_rule),
		cmocka_unit_test(test_from_rule_ports),
		cmocka_unit_test(test_to_rule),
		cmocka_unit_test(test_to_rule_refused),
		cmocka_unit_test(test_put_id),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_notify_refused),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_delete_refused),
	};

	return cmocka_run_group_tests_name("ike_payload", tests, NULL, NULL);
}
