/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buf - a bounds-checked reader and writer for wire formats.
 *
 * Everything that comes from the wire is read through a struct buf_reader.
 * An access beyond the end, or a number that is cut off, yields zeros and
 * sets @failed, which stays set: a parser may read a whole header and check
 * once.  Nothing is ever read or written outside of the given bytes.
 *
 * Numbers are big-endian on the wire.
 */
#ifndef _CM_TOOLS_BUF_H
#define _CM_TOOLS_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct buf_reader - bytes that are being read
 * @data: not owned
 * @len: of @data
 * @pos: next byte, never above @len
 * @failed: an access went beyond the end
 */
struct buf_reader {
	const uint8_t *data;
	size_t len;
	size_t pos;
	bool failed;
};

void buf_read_init(struct buf_reader *r, const void *data, size_t len);

static inline size_t buf_left(const struct buf_reader *r)
{
	return r->len - r->pos;
}

/* All is read and nothing was missing. */
static inline bool buf_at_end(const struct buf_reader *r)
{
	return !r->failed && r->pos == r->len;
}

uint8_t buf_get_u8(struct buf_reader *r);
uint16_t buf_get_u16(struct buf_reader *r);
uint32_t buf_get_u32(struct buf_reader *r);
uint64_t buf_get_u64(struct buf_reader *r);
/* Copies @n bytes; zeros if there are fewer. */
void buf_get_bytes(struct buf_reader *r, void *out, size_t n);
/* The next @n bytes in place, or NULL if there are fewer. */
const uint8_t *buf_get_ptr(struct buf_reader *r, size_t n);
void buf_skip(struct buf_reader *r, size_t n);
/*
 * A reader of the next @n bytes, as for a payload inside of a message; @r
 * goes on behind them.  If there are fewer, both have failed.
 */
struct buf_reader buf_get_sub(struct buf_reader *r, size_t n);

/**
 * struct buf - bytes that are being written; grows up to @max
 * @data: owned; wiped whenever it is let go, for it may hold keys
 * @len: bytes written
 * @size: bytes allocated
 * @max: never grows beyond
 * @failed: something did not fit or memory ran out; then @len stays as it
 *	was before and all later writes do nothing
 */
struct buf {
	uint8_t *data;
	size_t len;
	size_t size;
	size_t max;
	bool failed;
};

/* Empty; nothing is allocated yet. */
void buf_init(struct buf *b, size_t max);
/* Wipes and frees; may be used again. */
void buf_release(struct buf *b);
/* Wipes what was written and keeps the memory. */
void buf_reset(struct buf *b);

void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_put_bytes(struct buf *b, const void *data, size_t n);
void buf_put_zeros(struct buf *b, size_t n);
/*
 * Overwrites a number that was written before, as a length field; fails if
 * it does not lie inside of what was written.
 */
void buf_set_u8(struct buf *b, size_t pos, uint8_t v);
void buf_set_u16(struct buf *b, size_t pos, uint16_t v);
void buf_set_u32(struct buf *b, size_t pos, uint32_t v);

/*
 * Two hexadecimal digits a byte and nothing else: no blanks, no "0x".
 * Returns the number of bytes, -EINVAL for an odd number of digits or another
 * character, -EMSGSIZE if there are more than @max bytes.
 */
int buf_parse_hex(void *out, size_t max, const char *text);

/* Compares in a time that depends on @n alone. */
bool buf_equal_secret(const void *a, const void *b, size_t n);

#endif /* _CM_TOOLS_BUF_H */
