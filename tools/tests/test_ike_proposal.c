// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ike/proposal.h"

#define HEAD		"00000001" "00000001"
/* The attributes of one transform of phase 1, without its life. */
#define AES_128		"80010007" "800e0080" "80020004" "8004000e" "80030001"
/* Phase 1 of IOS: AES-CBC 256 and 3DES, life of four bytes. */
#define IOS_IKE		HEAD "00000054" "01010002" \
			"03000028" "01010000" "80010007" "800e0100" "80020002" "80040002" \
			"80030001" "800b0001" "000c0004" "00015180" \
			"00000024" "02010000" "80010005" "80020002" "80040002" "80030001" \
			"800b0001" "000c0004" "00015180"
/* Phase 1 of libreswan: life first, numbers from 0. */
#define PLUTO_IKE	HEAD "0000002c" "00010001" \
			"00000024" "00010000" "800b0001" "800c7080" AES_128
/* Phase 2 of IOS: an hour and 4608000 KB, tunnel, HMAC-SHA, AES-CBC 256, PFS. */
#define IOS_ESP		HEAD "00000038" "01030401" "12345678" \
			"0000002c" "010c0000" "80040001" "80010001" "80020e10" \
			"80010002" "00020004" "00465000" "80050002" "80060100" "8003000e"

static struct message_error error;
static struct ike_offer ike, ike_again;
static struct ipsec_offer ipsec, ipsec_again;
static uint8_t bytes[8192];
static struct payload payload;

static void as_payload(const void *body, size_t len)
{
	memset(&error, 0, sizeof(error));
	payload = (struct payload) {
		.type = ISAKMP_PAYLOAD_SA, .index = 1, .offset = 28, .body = body, .len = len,
	};
}

static void from_hex(const char *text)
{
	int n = buf_parse_hex(bytes, sizeof(bytes), text);

	assert_true(n >= 0);
	as_payload(bytes, n);
}

static int parse_ike(const char *text)
{
	from_hex(text);
	return ike_offer_parse(&ike, &payload, &error);
}

static int parse_ipsec(const char *text)
{
	from_hex(text);
	return ipsec_offer_parse(&ipsec, &payload, &error);
}

static void assert_refused(int ret, uint16_t notify, const char *text)
{
	assert_int_equal(ret, -EINVAL);
	assert_string_equal(error.text, text);
	assert_int_equal(error.notify, notify);
}

/* One transform of phase 1 with these attributes, which fit into 200 bytes. */
static int parse_attributes(const char *attributes)
{
	static char text[2 * sizeof(bytes)];
	size_t n = strlen(attributes) / 2;

	snprintf(text, sizeof(text), HEAD "0000%04zx" "01010001" "0000%04zx" "01010000" "%s",
		 16 + n, 8 + n, attributes);
	return parse_ike(text);
}

static void test_ios_ike(void **state)
{
	const struct ike_transform *t = ike.transforms;
	char text[200];

	(void)state;
	assert_int_equal(parse_ike(IOS_IKE), 0);
	assert_int_equal(ike.number, 1);
	assert_int_equal(ike.n, 2);
	assert_false(t[0].unknown);
	assert_string_equal(ike_transform_text(&t[0], text, sizeof(text)),
			    "encryption AES-CBC 256, hash SHA, group 2, auth pre-share, lifetime 86400");
	assert_int_equal(t[1].number, 2);
	assert_string_equal(ike_transform_text(&t[1], text, sizeof(text)),
			    "encryption 3DES-CBC, hash SHA, group 2, auth pre-share, lifetime 86400");
	assert_string_equal(ike_transform_text(&t[1], text, 16), "encryption 3DES");
	text[0] = 'x';
	ike_transform_text(&t[1], text, 0);
	assert_int_equal(text[0], 'x');
}

static void test_pluto_ike(void **state)
{
	(void)state;
	assert_int_equal(parse_ike(PLUTO_IKE), 0);
	assert_int_equal(ike.number, 0);
	assert_int_equal(ike.n, 1);
	assert_int_equal(ike.transforms[0].life_seconds, 28800);
	assert_int_equal(ike.transforms[0].group, 14);
	assert_int_equal(ike.transforms[0].hash, IKE_HASH_SHA256);
}

static void test_ios_esp(void **state)
{
	const struct ipsec_proposal *p = ipsec.proposals;
	char text[200];

	(void)state;
	assert_int_equal(parse_ipsec(IOS_ESP), 0);
	assert_int_equal(ipsec.n, 1);
	assert_int_equal(p->spi, 0x12345678);
	assert_int_equal(p->protocol, ISAKMP_PROTO_ESP);
	assert_false(p->transforms[0].unknown);
	assert_string_equal(ipsec_transform_text(p->protocol, p->transforms, text, sizeof(text)),
			    "ESP AES-CBC 256, auth HMAC-SHA, mode tunnel, group 14, "
			    "lifetime 3600 s, 4608000 KB");
}

/* AH and ESP together, IPComp, and a protocol that nobody knows. */
static void test_several(void **state)
{
	const struct ipsec_proposal *p = ipsec.proposals;
	char text[200];

	(void)state;
	assert_int_equal(parse_ipsec(HEAD
		"0200001c" "01020401" "00000101" "00000010" "01030000" "80050002" "80040001"
		"02000014" "01030401" "00000102" "00000008" "010b0000"
		"02000012" "02040201" "abcd" "00000008" "01020000"
		"00000010" "03090001" "00000008" "01010000"), 0);
	assert_int_equal(ipsec.n, 4);
	assert_int_equal(p[0].number, 1);
	assert_int_equal(p[1].number, 1);
	assert_int_equal(p[1].spi, 0x102);
	assert_false(p[0].transforms[0].unknown);
	assert_false(p[1].transforms[0].unknown);
	assert_string_equal(ipsec_transform_text(2, p[0].transforms, text, sizeof(text)),
			    "AH SHA, auth HMAC-SHA, mode tunnel");
	assert_string_equal(ipsec_transform_text(3, p[1].transforms, text, sizeof(text)), "ESP NULL");
	assert_int_equal(p[2].spi, 0);
	assert_true(p[2].transforms[0].unknown);
	assert_string_equal(ipsec_transform_text(4, p[2].transforms, text, sizeof(text)),
			    "IPComp transform 2, transform is not supported");
	assert_int_equal(p[3].protocol, 9);
	assert_true(p[3].transforms[0].unknown);
}

static void test_life(void **state)
{
	const struct ike_transform *t = ike.transforms;

	(void)state;
	assert_int_equal(parse_attributes(AES_128), 0);
	assert_true(t->life_seconds == 0 && t->life_kilobytes == 0);
	assert_int_equal(parse_attributes(AES_128 "800b0001" "000c0001" "3c"), 0);
	assert_true(t->life_seconds == 60);
	assert_int_equal(parse_attributes(AES_128 "800b0001" "000c0002" "0e10"), 0);
	assert_true(t->life_seconds == 3600);
	assert_int_equal(parse_attributes(AES_128 "800b0002" "000c0008" "0102030405060708"), 0);
	assert_true(t->life_seconds == 0 && t->life_kilobytes == 0x0102030405060708ULL);
	assert_int_equal(parse_attributes(AES_128 "800b0001" "000c0008" "ffffffffffffffff"), 0);
	assert_true(t->life_seconds == PROPOSAL_LIFE_FOREVER);
	assert_refused(parse_attributes("800b0001" "000c0009" "010203040506070809"),
		       ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
		       "payload 1 (SA) at offset 28: proposal 1, transform 1: "
		       "attribute 12: life duration of 9 bytes, 1 to 8 are accepted");
	assert_int_equal(parse_attributes("800b0001" "000c0000"), -EINVAL);
	assert_refused(parse_attributes("800c0e10"), ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
		       "payload 1 (SA) at offset 28: proposal 1, transform 1: "
		       "attribute 12: life duration without a life type");
	assert_int_equal(parse_attributes("800b0001"), -EINVAL);
	assert_int_equal(parse_attributes("800b0001" "800b0002" "800c0e10"), -EINVAL);
	assert_int_equal(parse_attributes("800b0000" "800c0e10"), -EINVAL);
	/* None of these can be agreed upon, but the others beside them can. */
	assert_int_equal(parse_attributes(AES_128 "800b0001" "800c0000"), 0);
	assert_true(t->unknown && t->attribute == 12);
	assert_int_equal(parse_attributes(AES_128 "800b0003" "800c0e10"), 0);
	assert_true(t->unknown && t->attribute == 12);
}

static void test_attributes(void **state)
{
	const struct ike_transform *t = ike.transforms;
	char text[200];

	(void)state;
	/* The same twice is fine, two values are not (RFC 2407 4.5.3). */
	assert_int_equal(parse_attributes(AES_128 "80020004"), 0);
	assert_false(t->unknown);
	assert_refused(parse_attributes(AES_128 "80020002"),
		       ISAKMP_NOTIFY_ATTRIBUTES_NOT_SUPPORTED,
		       "payload 1 (SA) at offset 28: proposal 1, transform 1: "
		       "attribute 2 is there twice, with different values");
	assert_int_equal(parse_attributes("800b0001" "800c0001" "800b0001" "800c0001"), 0);
	assert_int_equal(parse_attributes("800b0001" "800c0001" "800b0001" "800c0002"), -EINVAL);
	assert_refused(parse_attributes("00010002" "0007"), ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
		       "payload 1 (SA) at offset 28: proposal 1, transform 1: "
		       "attribute 1 is not basic");
	assert_int_equal(parse_attributes(AES_128 "800d0001"), 0);
	assert_true(t->unknown && t->attribute == 13);
	assert_string_equal(ike_transform_text(t, text, sizeof(text)),
			    "encryption AES-CBC 128, hash SHA256, group 14, auth pre-share, "
			    "attribute 13 is not supported");
	assert_int_equal(parse_attributes(AES_128 "00060010" "00112233445566778899aabbccddeeff"), 0);
	assert_int_equal(t->attribute, 6);
	assert_int_equal(parse_attributes("80010003" "80020004" "8004000e" "80030001"), 0);
	assert_true(t->unknown && t->attribute == IKE_ATTR_ENCRYPTION);
	assert_string_equal(ike_transform_text(t, text, sizeof(text)),
			    "encryption unknown (3), hash SHA256, group 14, auth pre-share, "
			    "attribute 1 is not supported");
	assert_int_equal(parse_attributes(AES_128 "00060010" "00"), -EINVAL);
	assert_int_equal(parse_attributes(AES_128 "80"), -EINVAL);
	assert_int_equal(parse_attributes(""), 0);
	assert_true(t->unknown);
}

/* A length that says more or less than there is, at each place, and each cut. */
static void test_cut(void **state)
{
	size_t len;

	(void)state;
	assert_int_equal(parse_ike(IOS_IKE), 0);
	len = payload.len;
	for (size_t n = 0; n < len; n++) {
		as_payload(bytes, n);
		assert_int_equal(ike_offer_parse(&ike, &payload, &error), -EINVAL);
		as_payload(bytes, n);
		assert_int_equal(ipsec_offer_parse(&ipsec, &payload, &error), -EINVAL);
	}
	assert_int_equal(parse_ipsec(IOS_ESP), 0);
	len = payload.len;
	for (size_t n = 0; n < len; n++) {
		as_payload(bytes, n);
		assert_int_equal(ipsec_offer_parse(&ipsec, &payload, &error), -EINVAL);
	}
	as_payload(bytes, len + 1);
	assert_refused(ipsec_offer_parse(&ipsec, &payload, &error), ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       "payload 1 (SA) at offset 28: PROPOSAL: 1 bytes behind the last one");
}

static void set_and_refuse(size_t at, uint8_t value, uint16_t notify, const char *text)
{
	from_hex(IOS_ESP);
	bytes[at] = value;
	assert_refused(ipsec_offer_parse(&ipsec, &payload, &error), notify, text);
}

#define SA_AT		"payload 1 (SA) at offset 28: "
static void test_frames(void **state)
{
	(void)state;
	set_and_refuse(3, 2, ISAKMP_NOTIFY_DOI_NOT_SUPPORTED, SA_AT "DOI 2");
	set_and_refuse(7, 3, ISAKMP_NOTIFY_SITUATION_NOT_SUPPORTED, SA_AT "situation 0x3");
	set_and_refuse(8, 3, ISAKMP_NOTIFY_INVALID_PAYLOAD_TYPE,
		       SA_AT "PROPOSAL: next payload is of type 3");
	set_and_refuse(9, 1, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       SA_AT "PROPOSAL: reserved byte is 1");
	set_and_refuse(11, 0x41, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       SA_AT "PROPOSAL: length 65, 56 bytes are left");
	set_and_refuse(11, 3, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       SA_AT "PROPOSAL: length 3, 56 bytes are left");
	set_and_refuse(14, 8, ISAKMP_NOTIFY_INVALID_SPI, SA_AT "proposal 1: SPI of 8 bytes, not 4");
	set_and_refuse(14, 200, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       SA_AT "PROPOSAL: 52 bytes are too few");
	set_and_refuse(15, 0, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX, SA_AT "proposal 1: no transforms");
	set_and_refuse(15, 2, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
		       SA_AT "proposal 1, transform 1: is number 1 of 2 transforms, and the last one");
	set_and_refuse(15, 65, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
		       SA_AT "proposal 1: 65 transforms, at most 64 are accepted");
	set_and_refuse(20, 2, ISAKMP_NOTIFY_INVALID_PAYLOAD_TYPE,
		       SA_AT "proposal 1: TRANSFORM: next payload is of type 2");
	set_and_refuse(21, 2, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       SA_AT "proposal 1: TRANSFORM: reserved byte is 2");
	set_and_refuse(20, 3, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
		       SA_AT "proposal 1, transform 1: is number 1 of 1 transforms, and more follow");
	set_and_refuse(27, 1, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
		       SA_AT "proposal 1, transform 1: reserved bytes are 0x0001");
}

static void test_refused_ipsec(void **state)
{
	(void)state;
	assert_refused(parse_ipsec(HEAD "00000014" "01030401" "000000ff" "00000008" "010b0000"),
		       ISAKMP_NOTIFY_INVALID_SPI, SA_AT "proposal 1: SPI 255 is reserved");
	assert_int_equal(parse_ipsec(HEAD "00000014" "01030401" "00000100" "00000008" "010b0000"), 0);
	assert_refused(parse_ipsec(HEAD
		"02000014" "01030401" "00000100" "00000008" "010b0000"
		"02000014" "02030401" "00000100" "00000008" "010b0000"
		"00000014" "01030401" "00000100" "00000008" "010b0000"),
		ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
		SA_AT "proposal 1: another one has the same number");
	assert_refused(parse_ipsec(HEAD "0000001c" "01030402" "00000100"
				   "03000008" "010b0000" "00000008" "010c0000"),
		       ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
		       SA_AT "proposal 1, transform 1: another one has the same number");
}

static void test_refused_ike(void **state)
{
	(void)state;
	assert_refused(parse_ike(HEAD "02000010" "01010001" "00000008" "01010000"
				 "00000010" "02010001" "00000008" "01010000"),
		       ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
		       SA_AT "proposal 1: is not the only one, as it has to be in phase 1");
	assert_refused(parse_ike(HEAD "00000010" "01030001" "00000008" "01010000"),
		       ISAKMP_NOTIFY_INVALID_PROTOCOL_ID, SA_AT "proposal 1: protocol 3 in phase 1");
	/* An SPI of up to sixteen bytes is ignored, and another transform than KEY_IKE never fits. */
	assert_int_equal(parse_ike(HEAD "00000020" "01011001" "000102030405060708090a0b0c0d0e0f"
				   "00000008" "01020000"), 0);
	assert_true(ike.transforms[0].unknown);
	assert_refused(parse_ike(HEAD "00000021" "01011101" "000102030405060708090a0b0c0d0e0f10"
				 "00000008" "01010000"),
		       ISAKMP_NOTIFY_INVALID_SPI, SA_AT "proposal 1: SPI of 17 bytes");
}

static void test_write_ike(void **state)
{
	struct buf out;

	(void)state;
	memset(&ike, 0, sizeof(ike));
	ike.number = 1;
	for (ike.n = 0; ike.n < PROPOSAL_TRANSFORMS_MAX; ike.n++)
		ike.transforms[ike.n] = (struct ike_transform) {
			.number = ike.n + 1, .encryption = IKE_ENCRYPTION_AES,
			.key_bits = 128 + ike.n % 3 * 64, .hash = IKE_HASH_SHA256,
			.auth = IKE_AUTH_RSA_SIG, .group = IKE_GROUP_19,
			.life_seconds = 86400, .life_kilobytes = ike.n % 2 ? 1ULL << 40 : 0,
		};
	buf_init(&out, 8192);
	ike_offer_put(&out, &ike);
	assert_false(out.failed);
	as_payload(out.data, out.len);
	assert_int_equal(ike_offer_parse(&ike_again, &payload, &error), 0);
	assert_int_equal(ike_again.n, ike.n);
	assert_memory_equal(&ike_again, &ike, sizeof(ike));
	buf_release(&out);
	/* As IOS writes them, byte for byte but for the order: life is of four bytes. */
	assert_int_equal(parse_attributes("80010007" "800e0080" "80020004" "8004000e" "80030001"
					  "800b0001" "000c0004" "00015180"), 0);
	buf_init(&out, 8192);
	ike_offer_put(&out, &ike);
	assert_int_equal(out.len, payload.len);
	assert_memory_equal(out.data, bytes, out.len);
	buf_release(&out);
}

/* An SA payload of @n small proposals. */
static void put_many(struct buf *out, unsigned int n)
{
	buf_put_u32(out, 1);
	buf_put_u32(out, 1);
	for (unsigned int i = 1; i <= n; i++) {
		buf_put_u32(out, i < n ? 0x02000014 : 0x00000014);
		buf_put_u32(out, i << 24 | 0x030401);
		buf_put_u32(out, 0x1000);
		buf_put_u32(out, 0x00000008);
		buf_put_u32(out, 0x010b0000);
	}
}

static void test_write_ipsec(void **state)
{
	struct buf out;

	(void)state;
	memset(&ipsec, 0, sizeof(ipsec));
	for (ipsec.n = 0; ipsec.n < PROPOSALS_MAX; ipsec.n++) {
		struct ipsec_proposal *p = &ipsec.proposals[ipsec.n];

		p->number = 1 + ipsec.n / 2;
		p->protocol = ipsec.n % 2 ? ISAKMP_PROTO_ESP : ISAKMP_PROTO_AH;
		p->spi = 0xfffffff0 + ipsec.n % 8;
		p->n = 2;
		for (unsigned int i = 0; i < p->n; i++)
			p->transforms[i] = (struct ipsec_transform) {
				.number = i + 1, .id = 3, .key_bits = i ? 0 : 256,
				.auth = IPSEC_AUTH_HMAC_SHA2_512, .group = IKE_GROUP_24,
				.encapsulation = IPSEC_ENCAPSULATION_TRANSPORT, .esn = i,
				.life_seconds = 3600, .life_kilobytes = 4608000,
			};
	}
	buf_init(&out, 16384);
	ipsec_offer_put(&out, ipsec.proposals, ipsec.n);
	assert_false(out.failed);
	as_payload(out.data, out.len);
	assert_int_equal(ipsec_offer_parse(&ipsec_again, &payload, &error), 0);
	assert_memory_equal(&ipsec_again, &ipsec, sizeof(ipsec));
	buf_release(&out);
	/* One more than is accepted: the last one has another behind it. */
	buf_init(&out, 16384);
	put_many(&out, PROPOSALS_MAX + 1);
	as_payload(out.data, out.len);
	assert_refused(ipsec_offer_parse(&ipsec, &payload, &error),
		       ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
		       SA_AT "proposal 32: more follow, at most 32 are accepted");
	buf_release(&out);
}

static void test_ike_difference(void **state)
{
	struct ike_transform a = {
		.encryption = IKE_ENCRYPTION_AES, .key_bits = 128, .hash = IKE_HASH_SHA,
		.auth = IKE_AUTH_PSK, .group = 14, .life_seconds = 3600,
	}, b = a;
	char text[100];

	(void)state;
#define DIFFERS(expected)							\
	assert_string_equal(ike_transform_difference(&a, &b, text, sizeof(text)), expected)
	assert_null(ike_transform_difference(&a, &b, text, sizeof(text)));
	/* Shorter is fine, as is none (IKE-4). */
	b.life_seconds = 3601;
	assert_null(ike_transform_difference(&a, &b, text, sizeof(text)));
	b.life_seconds = 3599;
	DIFFERS("lifetime: 3600 offered, at most 3599 wanted");
	b.group = 2;
	DIFFERS("group: 14 offered, 2 wanted");
	b.auth = IKE_AUTH_RSA_SIG;
	DIFFERS("auth: pre-share offered, RSA sig wanted");
	b.hash = IKE_HASH_SHA256;
	DIFFERS("hash: SHA offered, SHA256 wanted");
	b.key_bits = 0;
	DIFFERS("key length: 128 offered, none wanted");
	a.encryption = 9;
	DIFFERS("encryption: unknown (9) offered, AES-CBC wanted");
	b = a;
	a.unknown = true;
	DIFFERS("transform is not supported");
	a.attribute = 13;
	DIFFERS("attribute 13 is not supported");
}

static void test_ipsec_difference(void **state)
{
	struct ipsec_transform a = {
		.id = ISAKMP_ESP_AES_CBC, .key_bits = 128, .auth = IPSEC_AUTH_HMAC_SHA,
		.encapsulation = IPSEC_ENCAPSULATION_TUNNEL, .group = 14,
	}, b = a;
	char text[100];

	(void)state;
#undef DIFFERS
#define DIFFERS(expected)							\
	assert_string_equal(ipsec_transform_difference(&a, &b, text, sizeof(text)), expected)
	b.life_seconds = 3600;
	assert_null(ipsec_transform_difference(&a, &b, text, sizeof(text)));
	a.esn = true;
	DIFFERS("ESN: on offered, off wanted");
	b.group = 0;
	DIFFERS("PFS group: 14 offered, none wanted");
	b.encapsulation = IPSEC_ENCAPSULATION_TRANSPORT;
	DIFFERS("mode: tunnel offered, transport wanted");
	b.auth = IPSEC_AUTH_HMAC_SHA2_256;
	DIFFERS("auth: HMAC-SHA offered, HMAC-SHA256 wanted");
	b.key_bits = 256;
	DIFFERS("key length: 128 offered, 256 wanted");
	b.id = ISAKMP_ESP_3DES;
	DIFFERS("transform: AES-CBC offered, 3DES-CBC wanted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ios_ike),
		cmocka_unit_test(test_pluto_ike),
		cmocka_unit_test(test_ios_esp),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_refused_ipsec),
		cmocka_unit_test(test_refused_ike),
		cmocka_unit_test(test_write_ike),
		cmocka_unit_test(test_write_ipsec),
		cmocka_unit_test(test_ike_difference),
		cmocka_unit_test(test_ipsec_difference),
	};

	return cmocka_run_group_tests_name("ike_proposal", tests, NULL, NULL);
}
