// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define BUF_SIZE_FIRST	256

void buf_read_init(struct buf_reader *r, const void *data, size_t len)
{
	r->data = data ? data : (const void *)"";
	r->len = len;
	r->pos = 0;
	r->failed = false;
}

const uint8_t *buf_get_ptr(struct buf_reader *r, size_t n)
{
	const uint8_t *p;

	if (r->failed || n > buf_left(r)) {
		r->failed = true;
		return NULL;
	}
	p = r->data + r->pos;
	r->pos += n;
	return p;
}

static uint64_t get_number(struct buf_reader *r, size_t n)
{
	const uint8_t *p = buf_get_ptr(r, n);
	uint64_t v = 0;
	size_t i;

	for (i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t buf_get_u8(struct buf_reader *r)
{
	return get_number(r, 1);
}

uint16_t buf_get_u16(struct buf_reader *r)
{
	return get_number(r, 2);
}

uint32_t buf_get_u32(struct buf_reader *r)
{
	return get_number(r, 4);
}

uint64_t buf_get_u64(struct buf_reader *r)
{
	return get_number(r, 8);
}

void buf_get_bytes(struct buf_reader *r, void *out, size_t n)
{
	const uint8_t *p = buf_get_ptr(r, n);

	if (!n)
		return;
	if (p)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

void buf_skip(struct buf_reader *r, size_t n)
{
	buf_get_ptr(r, n);
}

struct buf_reader buf_get_sub(struct buf_reader *r, size_t n)
{
	struct buf_reader sub;
	const uint8_t *p = buf_get_ptr(r, n);

	buf_read_init(&sub, p, p ? n : 0);
	sub.failed = !p;
	return sub;
}

void buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void buf_reset(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->len);
	b->len = 0;
	b->failed = false;
}

void buf_release(struct buf *b)
{
	buf_reset(b);
	free(b->data);
	b->data = NULL;
	b->size = 0;
}

/* Not by realloc(): that would leave an unwiped copy behind. */
static bool grow(struct buf *b, size_t need)
{
	size_t size = b->size ? b->size : BUF_SIZE_FIRST;
	uint8_t *data;

	while (size < need)
		size *= 2;
	if (size > b->max)
		size = b->max;
	data = malloc(size);
	if (!data)
		return false;
	if (b->data) {
		memcpy(data, b->data, b->len);
		explicit_bzero(b->data, b->len);
		free(b->data);
	}
	b->data = data;
	b->size = size;
	return true;
}

/* Room for @n more bytes, counted as written; NULL if there is none. */
static uint8_t *put_room(struct buf *b, size_t n)
{
	uint8_t *p;

	if (b->failed)
		return NULL;
	if (n > b->max - b->len || (b->len + n > b->size && !grow(b, b->len + n))) {
		b->failed = true;
		return NULL;
	}
	p = b->data + b->len;
	b->len += n;
	return p;
}

static void store(uint8_t *p, uint64_t v, size_t n)
{
	while (n--) {
		p[n] = v & 0xff;
		v >>= 8;
	}
}

static void put_number(struct buf *b, uint64_t v, size_t n)
{
	uint8_t *p = put_room(b, n);

	if (p)
		store(p, v, n);
}

void buf_put_u8(struct buf *b, uint8_t v)
{
	put_number(b, v, 1);
}

void buf_put_u16(struct buf *b, uint16_t v)
{
	put_number(b, v, 2);
}

void buf_put_u32(struct buf *b, uint32_t v)
{
	put_number(b, v, 4);
}

void buf_put_u64(struct buf *b, uint64_t v)
{
	put_number(b, v, 8);
}

void buf_put_bytes(struct buf *b, const void *data, size_t n)
{
	uint8_t *p = n ? put_room(b, n) : NULL;

	if (p)
		memcpy(p, data, n);
}

void buf_put_zeros(struct buf *b, size_t n)
{
	uint8_t *p = n ? put_room(b, n) : NULL;

	if (p)
		memset(p, 0, n);
}

static void set_number(struct buf *b, size_t pos, uint64_t v, size_t n)
{
	if (pos > b->len || n > b->len - pos)
		b->failed = true;
	else if (!b->failed)
		store(b->data + pos, v, n);
}

void buf_set_u8(struct buf *b, size_t pos, uint8_t v)
{
	set_number(b, pos, v, 1);
}

void buf_set_u16(struct buf *b, size_t pos, uint16_t v)
{
	set_number(b, pos, v, 2);
}

void buf_set_u32(struct buf *b, size_t pos, uint32_t v)
{
	set_number(b, pos, v, 4);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int buf_parse_hex(void *out, size_t max, const char *text)
{
	size_t i, n = strlen(text);
	uint8_t *p = out;

	for (i = 0; i < n; i++)
		if (hex_digit(text[i]) < 0)
			return -EINVAL;
	if (n % 2)
		return -EINVAL;
	if (n / 2 > max)
		return -EMSGSIZE;
	for (i = 0; i < n / 2; i++)
		p[i] = hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]);
	return n / 2;
}

bool buf_equal_secret(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;
	size_t i;

	for (i = 0; i < n; i++)
		diff |= x[i] ^ y[i];
	return !diff;
}
