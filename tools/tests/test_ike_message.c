// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "ike/message.h"

#define COOKIES		"0102030405060708" "0000000000000000"
/* Phase 1 of one transform: AES-CBC 128, SHA, group 2, pre-share, a day. */
#define SA_BODY		"00000001" "00000001" "0000002c" "01010001" \
			"00000024" "01010000" "80010007" "800e0080" "80020002" "80040002" \
			"80030001" "800b0001" "800c0e10"
/* As IOS opens main mode: SA, and vendor IDs for NAT traversal. */
#define IOS_MM1		COOKIES "01100200" "00000000" "0000007c" \
			"0d000038" SA_BODY \
			"0d000014" "4a131c81070358455c5728f20e95452f" \
			"00000014" "439b59f8ba676c4c7737ae22eab8f582"
/* As strongSwan does: XAUTH is of eight bytes, then DPD, FRAGMENTATION, RFC 3947, draft 02. */
#define CHARON_MM1	COOKIES "01100200" "00000000" "000000b4" \
			"0d000038" SA_BODY \
			"0d00000c" "09002689dfd6b712" \
			"0d000014" "afcad71368a1f1c96b8696fc77570100" \
			"0d000018" "4048b7d56ebce88525e7de7f00d6c2d380000000" \
			"0d000014" "4a131c81070358455c5728f20e95452f" \
			"00000014" "90cb80913ebb696e086381b5ec427b1f"

static struct message_error error;
static struct message message;
static uint8_t bytes[ISAKMP_MESSAGE_MAX + 100];

static size_t from_hex(const char *text)
{
	int n = buf_parse_hex(bytes, sizeof(bytes), text);

	assert_true(n >= 0);
	return n;
}

static int parse_header(size_t len)
{
	memset(&error, 0, sizeof(error));
	return message_parse_header(&message.header, bytes, len, &error);
}

static int parse(size_t len, bool padded)
{
	int ret = parse_header(len);

	if (ret)
		return ret;
	return message_parse_payloads(&message, bytes + ISAKMP_HEADER_LEN,
				      len - ISAKMP_HEADER_LEN, padded, &error);
}

static void assert_refused(int ret, uint16_t notify, const char *text)
{
	assert_int_equal(ret, -EINVAL);
	assert_string_equal(error.text, text);
	assert_int_equal(error.notify, notify);
}

static void set_length(size_t len)
{
	bytes[26] = len >> 8;
	bytes[27] = len;
}

static void test_header(void **state)
{
	const uint8_t cookie[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct message_header *h = &message.header;
	size_t len = from_hex(IOS_MM1);

	(void)state;
	assert_int_equal(parse_header(len), 0);
	assert_memory_equal(h->initiator_cookie, cookie, sizeof(cookie));
	assert_int_equal(h->next_payload, ISAKMP_PAYLOAD_SA);
	assert_int_equal(h->version, 0x10);
	assert_int_equal(h->exchange, ISAKMP_EXCHANGE_MAIN);
	assert_int_equal(h->flags, 0);
	assert_int_equal(h->id, 0);
	assert_int_equal(h->length, len);
}

static void test_header_short(void **state)
{
	(void)state;
	from_hex(IOS_MM1);
	for (size_t len = 0; len < ISAKMP_HEADER_LEN; len++)
		assert_int_equal(parse_header(len), -EINVAL);
	assert_refused(parse_header(27), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "header: 27 bytes, 28 are needed");
}

static void test_header_length(void **state)
{
	size_t len = from_hex(IOS_MM1);

	(void)state;
	assert_refused(parse_header(len - 1), ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
		       "header: length 124 in a datagram of 123 bytes");
	assert_refused(parse_header(len + 1), ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
		       "header: length 124 in a datagram of 125 bytes");
	set_length(27);
	assert_refused(parse_header(28), ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
		       "header: length 27 is below 28");
	set_length(ISAKMP_MESSAGE_MAX);
	assert_int_equal(parse_header(ISAKMP_MESSAGE_MAX), 0);
	set_length(ISAKMP_MESSAGE_MAX + 1);
	assert_refused(parse_header(ISAKMP_MESSAGE_MAX + 1), ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
		       "header: length 16385 is above 16384");
	bytes[24] = 0xff;
	assert_int_equal(parse_header(len), -EINVAL);
}

static void test_header_fields(void **state)
{
	size_t len = from_hex(IOS_MM1);

	(void)state;
	bytes[17] = 0x20;
	assert_refused(parse_header(len), ISAKMP_NOTIFY_INVALID_MAJOR_VERSION,
		       "header: major version 2, not 1");
	/* What can be answered is there. */
	assert_int_equal(message.header.initiator_cookie[0], 1);
	bytes[17] = 0x11;
	assert_refused(parse_header(len), ISAKMP_NOTIFY_INVALID_MINOR_VERSION,
		       "header: minor version 1, not 0");
	bytes[17] = 0x10;
	bytes[19] = 7;
	assert_int_equal(parse_header(len), 0);
	bytes[19] = 0x08 | 1;
	assert_refused(parse_header(len), ISAKMP_NOTIFY_INVALID_FLAGS,
		       "header: flags 0x09, of which 0x08 are not known");
	bytes[19] = 0;
	memset(bytes, 0, 8);
	assert_refused(parse_header(len), ISAKMP_NOTIFY_INVALID_COOKIE,
		       "header: the initiator's cookie is zero");
}

static void test_ios(void **state)
{
	size_t len = from_hex(IOS_MM1);
	const struct payload *p;

	(void)state;
	assert_int_equal(parse(len, false), 0);
	assert_int_equal(message.n, 3);
	assert_int_equal(message_count(&message, ISAKMP_PAYLOAD_VENDOR), 2);
	p = message_find(&message, ISAKMP_PAYLOAD_SA);
	assert_ptr_equal(p, message.payloads);
	assert_int_equal(p->index, 1);
	assert_int_equal(p->offset, 28);
	assert_ptr_equal(p->whole, bytes + 28);
	assert_int_equal(p->whole_len, 56);
	assert_ptr_equal(p->body, bytes + 32);
	assert_int_equal(p->len, 52);
	assert_null(message_next(&message, p));
	p = message_find(&message, ISAKMP_PAYLOAD_VENDOR);
	assert_int_equal(p->body[0], 0x4a);
	p = message_next(&message, p);
	assert_int_equal(p->body[0], 0x43);
	assert_null(message_next(&message, p));
	assert_null(message_find(&message, ISAKMP_PAYLOAD_KE));
	assert_int_equal(message_count(&message, ISAKMP_PAYLOAD_KE), 0);
}

static void test_charon(void **state)
{
	static const size_t lens[] = { 52, 8, 16, 20, 16, 16 };
	size_t len = from_hex(CHARON_MM1);

	(void)state;
	assert_int_equal(parse(len, false), 0);
	assert_int_equal(message.n, 6);
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(message.payloads[i].len, lens[i]);
}

/* Every message that ends before it should. */
static void test_cut(void **state)
{
	size_t whole = from_hex(CHARON_MM1);

	(void)state;
	for (size_t len = ISAKMP_HEADER_LEN; len < whole; len++) {
		set_length(len);
		assert_int_equal(parse(len, false), -EINVAL);
		assert_int_equal(parse(len, true), -EINVAL);
		assert_int_equal(error.notify, ISAKMP_NOTIFY_PAYLOAD_MALFORMED);
	}
	set_length(30);
	assert_refused(parse(30, false), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 1 (SA) at offset 28: 2 bytes are left, 4 are needed");
	set_length(83);
	assert_refused(parse(83, false), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 1 (SA) at offset 28: length 56, 55 bytes are left");
	set_length(85);
	assert_refused(parse(85, false), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 2 (VENDOR) at offset 84: 1 bytes are left, 4 are needed");
}

static void test_generic_header(void **state)
{
	size_t len = from_hex(IOS_MM1);

	(void)state;
	bytes[85] = 9;
	assert_refused(parse(len, false), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 2 (VENDOR) at offset 84: reserved byte is 9");
	bytes[85] = 0;
	bytes[87] = 3;
	assert_refused(parse(len, false), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 2 (VENDOR) at offset 84: length 3 is below 4");
	bytes[87] = 0;
	assert_int_equal(parse(len, false), -EINVAL);
	bytes[86] = 0xff;
	assert_refused(parse(len, false), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 2 (VENDOR) at offset 84: length 65280, 40 bytes are left");
}

static void test_types(void **state)
{
	static const uint8_t wrong[] = { 2, 3, 14, 15, 19, 22, 127 };
	static const uint8_t right[] = { 1, 4, 5, 13, 20, 21, 128, 132, 255 };
	size_t len = from_hex(IOS_MM1);

	(void)state;
	for (size_t i = 0; i < sizeof(right); i++) {
		bytes[16] = right[i];
		assert_int_equal(parse(len, false), 0);
		assert_int_equal(message.payloads[0].type, right[i]);
	}
	for (size_t i = 0; i < sizeof(wrong); i++) {
		bytes[16] = wrong[i];
		assert_int_equal(parse(len, false), -EINVAL);
		assert_int_equal(error.notify, ISAKMP_NOTIFY_INVALID_PAYLOAD_TYPE);
	}
	assert_string_equal(error.text,
			    "payload 1 (unknown) at offset 28: type 127 is not valid here");
	bytes[16] = 0;
	assert_refused(parse(len, false), ISAKMP_NOTIFY_INVALID_PAYLOAD_TYPE,
		       "header: no payloads");
}

/* Behind the last payload: in clear up to the next multiple of four zeros, else anything. */
static void test_padding(void **state)
{
	size_t len = from_hex(COOKIES "0d100200" "00000000" "00000024" "00000005" "aa000000");

	(void)state;
	assert_int_equal(parse(len, false), 0);
	assert_int_equal(message.payloads[0].len, 1);
	bytes[34] = 1;
	assert_refused(parse(len, false), ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
		       "padding at offset 34 is not zero");
	assert_int_equal(parse(len, true), 0);
	bytes[34] = 0;
	set_length(len - 1);
	assert_refused(parse(len - 1, false), ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
		       "2 bytes behind the last payload at offset 33");
	set_length(len + 4);
	memset(bytes + len, 0, 4);
	assert_refused(parse(len + 4, false), ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
		       "7 bytes behind the last payload at offset 33");
	assert_int_equal(parse(len + 4, true), 0);
}

static size_t many_payloads(unsigned int n)
{
	size_t len = from_hex(COOKIES "0d100200" "00000000" "00000000");

	for (unsigned int i = 0; i < n; i++) {
		bytes[len++] = i + 1 < n ? ISAKMP_PAYLOAD_VENDOR : ISAKMP_PAYLOAD_NONE;
		bytes[len++] = 0;
		bytes[len++] = 0;
		bytes[len++] = 4;
	}
	set_length(len);
	return len;
}

static void test_many(void **state)
{
	(void)state;
	assert_int_equal(parse(many_payloads(MESSAGE_PAYLOADS_MAX), false), 0);
	assert_int_equal(message.n, MESSAGE_PAYLOADS_MAX);
	assert_int_equal(message.payloads[39].len, 0);
	assert_refused(parse(many_payloads(MESSAGE_PAYLOADS_MAX + 1), false),
		       ISAKMP_NOTIFY_PAYLOAD_MALFORMED, "more than 40 payloads at offset 188");
}

static void write_again(struct message_writer *w, struct buf *out)
{
	message_begin(w, out, &message.header);
	for (unsigned int i = 0; i < message.n; i++) {
		const struct payload *p = &message.payloads[i];

		/* Both ways of writing one. */
		if (i % 2) {
			message_put(w, p->type, p->body, p->len);
		} else {
			message_payload(w, p->type);
			buf_put_bytes(w->buf, p->body, p->len);
		}
	}
}

static void test_write(void **state)
{
	size_t len = from_hex(CHARON_MM1);
	struct message_writer w;
	struct buf out;

	(void)state;
	assert_int_equal(parse(len, false), 0);
	buf_init(&out, ISAKMP_MESSAGE_MAX);
	write_again(&w, &out);
	message_end(&w, 1);
	assert_false(out.failed);
	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, bytes, len);
	/* 152 bytes of payloads: eight more to a multiple of 16. */
	message_end(&w, 16);
	assert_int_equal(out.len, len + 8);
	assert_int_equal(out.data[27], len + 8);
	assert_memory_equal(out.data + 28, bytes + 28, len - 28);
	for (size_t i = len; i < out.len; i++)
		assert_int_equal(out.data[i], 0);
	message_end(&w, 16);
	assert_int_equal(out.len, len + 8);
	buf_release(&out);
}

static void test_write_overflow(void **state)
{
	const struct message_header header = { .version = ISAKMP_VERSION };
	struct message_writer w;
	struct buf out;

	(void)state;
	/* More than the buffer holds, at each place. */
	for (size_t max = 0; max < 60; max++) {
		buf_init(&out, max);
		message_begin(&w, &out, &header);
		message_put(&w, ISAKMP_PAYLOAD_HASH, bytes, 20);
		message_payload(&w, ISAKMP_PAYLOAD_NONCE);
		buf_put_zeros(&out, 4);
		message_end(&w, 8);
		assert_int_equal(out.failed, max < 60);
		buf_release(&out);
	}
	buf_init(&out, 1 << 20);
	message_begin(&w, &out, &header);
	message_payload(&w, ISAKMP_PAYLOAD_CERT);
	buf_put_zeros(&out, UINT16_MAX - 4);
	message_payload(&w, ISAKMP_PAYLOAD_CERT);
	assert_false(out.failed);
	buf_put_zeros(&out, UINT16_MAX - 3);
	message_end(&w, 1);
	assert_true(out.failed);
	buf_release(&out);
	/* Not at the begin of its buffer. */
	buf_init(&out, 100);
	buf_put_u8(&out, 0);
	message_begin(&w, &out, &header);
	assert_true(out.failed);
	buf_release(&out);
}

static void test_longest(void **state)
{
	const struct message_header header = { .version = ISAKMP_VERSION };
	struct message_writer w;
	struct buf out;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		buf_init(&out, 1 << 20);
		message_begin(&w, &out, &header);
		message_payload(&w, ISAKMP_PAYLOAD_CERT);
		buf_put_zeros(&out, ISAKMP_MESSAGE_MAX - 32 + more);
		message_end(&w, 1);
		assert_int_equal(out.failed, more);
		buf_release(&out);
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(isakmp_exchange_name(2), "Main Mode");
	assert_string_equal(isakmp_exchange_name(3), "unknown");
	assert_string_equal(isakmp_payload_name(10), "NONCE");
	assert_string_equal(isakmp_notify_name(14), "PROPOSAL_NOT_CHOSEN");
	assert_string_equal(isakmp_notify_name(36136), "DPD/R_U_THERE");
	assert_string_equal(isakmp_notify_name(99), "unknown");
	assert_string_equal(isakmp_id_name(4), "ID_IPV4_ADDR_SUBNET");
	assert_string_equal(ike_encryption_name(7), "AES-CBC");
	assert_string_equal(ike_hash_name(4), "SHA256");
	assert_string_equal(ike_auth_name(1), "pre-share");
	assert_true(ike_group_known(24));
	assert_false(ike_group_known(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_header_short),
		cmocka_unit_test(test_header_length),
		cmocka_unit_test(test_header_fields),
		cmocka_unit_test(test_ios),
		cmocka_unit_test(test_charon),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_generic_header),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_overflow),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("ike_message", tests, NULL, NULL);
}
