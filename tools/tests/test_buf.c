// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/buf.h"

static void test_numbers(void **state)
{
	struct buf_reader r;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_put_u8(&b, 0x12);
	buf_put_u16(&b, 0x3456);
	buf_put_u32(&b, 0x789abcde);
	buf_put_u64(&b, 0x0123456789abcdefULL);
	assert_int_equal(b.len, 15);
	assert_int_equal(b.data[1], 0x34);
	buf_read_init(&r, b.data, b.len);
	assert_int_equal(buf_get_u8(&r), 0x12);
	assert_int_equal(buf_get_u16(&r), 0x3456);
	assert_int_equal(buf_get_u32(&r), 0x789abcde);
	assert_true(buf_get_u64(&r) == 0x0123456789abcdefULL);
	assert_true(buf_at_end(&r));
	buf_release(&b);
}

static void test_short(void **state)
{
	const uint8_t bytes[3] = { 1, 2, 3 };
	uint8_t out[4] = { 9, 9, 9, 9 };
	struct buf_reader r;

	(void)state;
	buf_read_init(&r, bytes, sizeof(bytes));
	assert_int_equal(buf_get_u32(&r), 0);
	assert_true(r.failed);
	assert_int_equal(r.pos, 0);
	/* It stays failed, also for what would be there. */
	assert_int_equal(buf_get_u8(&r), 0);
	buf_get_bytes(&r, out, sizeof(out));
	assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
	assert_null(buf_get_ptr(&r, 1));
	assert_false(buf_at_end(&r));
}

static void test_empty(void **state)
{
	struct buf_reader r, sub;

	(void)state;
	buf_read_init(&r, NULL, 0);
	assert_true(buf_at_end(&r));
	sub = buf_get_sub(&r, 0);
	assert_true(buf_at_end(&sub));
	buf_get_bytes(&r, NULL, 0);
	assert_true(buf_at_end(&r));
	assert_int_equal(buf_get_u8(&r), 0);
	assert_true(r.failed);
}

static void test_sub(void **state)
{
	const uint8_t bytes[6] = { 1, 2, 3, 4, 5, 6 };
	struct buf_reader r, sub;

	(void)state;
	buf_read_init(&r, bytes, sizeof(bytes));
	buf_skip(&r, 1);
	sub = buf_get_sub(&r, 2);
	assert_int_equal(buf_get_u16(&sub), 0x0203);
	assert_int_equal(buf_get_u8(&sub), 0);
	assert_true(sub.failed);
	assert_false(r.failed);
	assert_int_equal(buf_get_u8(&r), 4);
	sub = buf_get_sub(&r, 3);
	assert_true(sub.failed && r.failed);
	buf_read_init(&r, bytes, sizeof(bytes));
	buf_skip(&r, (size_t)-1);
	assert_true(r.failed);
}

static void test_limit(void **state)
{
	uint8_t big[1000];
	struct buf b;

	(void)state;
	memset(big, 7, sizeof(big));
	buf_init(&b, 600);
	buf_put_bytes(&b, big, 300);
	buf_put_bytes(&b, big, 300);
	assert_false(b.failed);
	assert_int_equal(b.len, 600);
	buf_put_u8(&b, 1);
	assert_true(b.failed);
	assert_int_equal(b.len, 600);
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_false(b.failed);
	/* Wiped although the memory is kept. */
	assert_int_equal(b.data[0] | b.data[599], 0);
	buf_put_bytes(&b, big, (size_t)-1);
	assert_true(b.failed);
	buf_release(&b);
	assert_null(b.data);
}

static void test_set(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	buf_put_zeros(&b, 8);
	buf_set_u16(&b, 2, 0x0102);
	buf_set_u32(&b, 4, 0xa0b0c0d0);
	buf_set_u8(&b, 0, 0xff);
	assert_memory_equal(b.data, "\xff\x00\x01\x02\xa0\xb0\xc0\xd0", 8);
	buf_set_u16(&b, 7, 1);
	assert_true(b.failed);
	assert_int_equal(b.data[7], 0xd0);
	buf_reset(&b);
	buf_set_u8(&b, (size_t)-1, 1);
	assert_true(b.failed);
	buf_release(&b);
}

static void test_hex(void **state)
{
	uint8_t out[4];

	(void)state;
	assert_int_equal(buf_parse_hex(out, 4, "00fFA9"), 3);
	assert_memory_equal(out, "\x00\xff\xa9", 3);
	assert_int_equal(buf_parse_hex(out, 4, ""), 0);
	assert_int_equal(buf_parse_hex(out, 4, "123"), -EINVAL);
	assert_int_equal(buf_parse_hex(out, 4, "0x12"), -EINVAL);
	assert_int_equal(buf_parse_hex(out, 4, "12 4"), -EINVAL);
	assert_int_equal(buf_parse_hex(out, 4, "0011223344"), -EMSGSIZE);
}

static void test_equal(void **state)
{
	(void)state;
	assert_true(buf_equal_secret("abcd", "abcd", 4));
	assert_false(buf_equal_secret("abcd", "abce", 4));
	assert_true(buf_equal_secret("abcd", "abce", 3));
	assert_true(buf_equal_secret("a", "b", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_sub),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
