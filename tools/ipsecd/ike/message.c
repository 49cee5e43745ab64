// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "message.h"

#define GENERIC_LEN		4
/* Where things stand in the header. */
#define HEADER_NEXT_PAYLOAD	16
#define HEADER_LENGTH		24
/* libreswan fills messages up to a multiple of this, also those in clear. */
#define CLEAR_ALIGNMENT		4

#define FLAGS_KNOWN \
	(ISAKMP_FLAG_ENCRYPTED | ISAKMP_FLAG_COMMIT | ISAKMP_FLAG_AUTH_ONLY)

int message_refuse(struct message_error *error, uint16_t notify, const char *fmt, ...)
{
	va_list ap;

	error->notify = notify;
	va_start(ap, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int payload_refuse(struct message_error *error, const struct payload *payload, uint16_t notify,
		   const char *fmt, ...)
{
	char what[sizeof(error->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return message_refuse(error, notify, "payload %u (%s) at offset %zu: %s", payload->index,
			      isakmp_payload_name(payload->type), payload->offset, what);
}

/* --- header */

static int check_version(const struct message_header *h, struct message_error *error)
{
	if (h->version >> 4 != ISAKMP_VERSION >> 4)
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_MAJOR_VERSION,
				      "header: major version %u, not 1", h->version >> 4);
	if (h->version != ISAKMP_VERSION)
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_MINOR_VERSION,
				      "header: minor version %u, not 0", h->version & 15);
	return 0;
}

static int check_length(const struct message_header *h, size_t len, struct message_error *error)
{
	if (h->length < ISAKMP_HEADER_LEN)
		return message_refuse(error, ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
				      "header: length %u is below %u", h->length,
				      ISAKMP_HEADER_LEN);
	if (h->length > ISAKMP_MESSAGE_MAX)
		return message_refuse(error, ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
				      "header: length %u is above %u", h->length,
				      ISAKMP_MESSAGE_MAX);
	if (h->length != len)
		return message_refuse(error, ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
				      "header: length %u in a datagram of %zu bytes", h->length,
				      len);
	return 0;
}

int message_parse_header(struct message_header *header, const void *data, size_t len,
			 struct message_error *error)
{
	static const uint8_t no_cookie[ISAKMP_COOKIE_LEN];
	struct buf_reader r;
	int ret;

	buf_read_init(&r, data, len);
	buf_get_bytes(&r, header->initiator_cookie, ISAKMP_COOKIE_LEN);
	buf_get_bytes(&r, header->responder_cookie, ISAKMP_COOKIE_LEN);
	header->next_payload = buf_get_u8(&r);
	header->version = buf_get_u8(&r);
	header->exchange = buf_get_u8(&r);
	header->flags = buf_get_u8(&r);
	header->id = buf_get_u32(&r);
	header->length = buf_get_u32(&r);
	if (r.failed)
		return message_refuse(error, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "header: %zu bytes, %u are needed", len, ISAKMP_HEADER_LEN);
	/* First, as everything else depends on it. */
	ret = check_version(header, error);
	if (ret)
		return ret;
	ret = check_length(header, len, error);
	if (ret)
		return ret;
	if (header->flags & ~FLAGS_KNOWN)
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_FLAGS,
				      "header: flags 0x%02x, of which 0x%02x are not known",
				      header->flags, header->flags & ~FLAGS_KNOWN);
	if (!memcmp(header->initiator_cookie, no_cookie, sizeof(no_cookie)))
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_COOKIE,
				      "header: the initiator's cookie is zero");
	return 0;
}

/* --- payloads */

/*
 * At the top of a message. Numbers that are not assigned are refused (RFC 2408
 * 5.3), those for private use are between others.
 */
static bool type_is_valid(uint8_t type)
{
	return (type >= ISAKMP_PAYLOAD_SA && type <= ISAKMP_PAYLOAD_VENDOR &&
		type != ISAKMP_PAYLOAD_PROPOSAL && type != ISAKMP_PAYLOAD_TRANSFORM) ||
	       type == ISAKMP_PAYLOAD_NAT_D || type == ISAKMP_PAYLOAD_NAT_OA ||
	       type >= ISAKMP_PAYLOAD_PRIVATE;
}

/* One payload; its type is set, @next gets that of the next one. */
static int parse_payload(struct payload *p, struct buf_reader *r, uint8_t *next,
			 struct message_error *error)
{
	size_t left = buf_left(r);
	struct buf_reader generic = *r;
	uint8_t reserved;
	size_t length;

	if (!type_is_valid(p->type))
		return payload_refuse(error, p, ISAKMP_NOTIFY_INVALID_PAYLOAD_TYPE,
				      "type %u is not valid here", p->type);
	*next = buf_get_u8(&generic);
	reserved = buf_get_u8(&generic);
	length = buf_get_u16(&generic);
	if (generic.failed)
		return payload_refuse(error, p, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "%zu bytes are left, %u are needed", left, GENERIC_LEN);
	if (reserved)
		return payload_refuse(error, p, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "reserved byte is %u", reserved);
	if (length < GENERIC_LEN)
		return payload_refuse(error, p, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "length %zu is below %u", length, GENERIC_LEN);
	if (length > left)
		return payload_refuse(error, p, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "length %zu, %zu bytes are left", length, left);
	p->whole = buf_get_ptr(r, length);
	p->whole_len = length;
	p->body = p->whole + GENERIC_LEN;
	p->len = length - GENERIC_LEN;
	return 0;
}

/* What may stand behind the last payload of a message in clear. */
static int check_rest(struct buf_reader *r, struct message_error *error)
{
	size_t offset = ISAKMP_HEADER_LEN + r->pos, left = buf_left(r);

	if (left >= CLEAR_ALIGNMENT || (left && (offset + left) % CLEAR_ALIGNMENT))
		return message_refuse(error, ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
				      "%zu bytes behind the last payload at offset %zu", left,
				      offset);
	while (buf_left(r))
		if (buf_get_u8(r))
			return message_refuse(error, ISAKMP_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS,
					      "padding at offset %zu is not zero",
					      ISAKMP_HEADER_LEN + r->pos - 1);
	return 0;
}

int message_parse_payloads(struct message *message, const void *data, size_t len, bool padded,
			   struct message_error *error)
{
	uint8_t type = message->header.next_payload;
	struct buf_reader r;
	int ret;

	buf_read_init(&r, data, len);
	message->n = 0;
	if (type == ISAKMP_PAYLOAD_NONE)
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_PAYLOAD_TYPE,
				      "header: no payloads");
	while (type != ISAKMP_PAYLOAD_NONE) {
		struct payload *p = &message->payloads[message->n];

		if (message->n == MESSAGE_PAYLOADS_MAX)
			return message_refuse(error, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
					      "more than %u payloads at offset %zu",
					      MESSAGE_PAYLOADS_MAX, ISAKMP_HEADER_LEN + r.pos);
		memset(p, 0, sizeof(*p));
		p->type = type;
		p->index = message->n + 1;
		p->offset = ISAKMP_HEADER_LEN + r.pos;
		ret = parse_payload(p, &r, &type, error);
		if (ret)
			return ret;
		message->n++;
	}
	return padded ? 0 : check_rest(&r, error);
}

static const struct payload *find_from(const struct message *message, const struct payload *p,
				       uint8_t type)
{
	for (; p < message->payloads + message->n; p++)
		if (p->type == type)
			return p;
	return NULL;
}

const struct payload *message_find(const struct message *message, uint8_t type)
{
	return find_from(message, message->payloads, type);
}

const struct payload *message_next(const struct message *message, const struct payload *after)
{
	return find_from(message, after + 1, after->type);
}

unsigned int message_count(const struct message *message, uint8_t type)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < message->n; i++)
		count += message->payloads[i].type == type;
	return count;
}

/* --- writing */

void message_begin(struct message_writer *w, struct buf *buf, const struct message_header *header)
{
	w->buf = buf;
	w->next = HEADER_NEXT_PAYLOAD;
	w->payload = 0;
	/* Behind something else all offsets were wrong. */
	if (buf->len)
		buf->failed = true;
	buf_put_bytes(buf, header->initiator_cookie, ISAKMP_COOKIE_LEN);
	buf_put_bytes(buf, header->responder_cookie, ISAKMP_COOKIE_LEN);
	buf_put_u8(buf, ISAKMP_PAYLOAD_NONE);
	buf_put_u8(buf, header->version);
	buf_put_u8(buf, header->exchange);
	buf_put_u8(buf, header->flags);
	buf_put_u32(buf, header->id);
	buf_put_u32(buf, 0);
}

static void end_payload(struct message_writer *w)
{
	size_t length = w->buf->len - w->payload;

	if (!w->payload || w->buf->failed)
		return;
	if (length > UINT16_MAX)
		w->buf->failed = true;
	else
		buf_set_u16(w->buf, w->payload + 2, length);
	w->payload = 0;
}

void message_payload(struct message_writer *w, uint8_t type)
{
	end_payload(w);
	buf_set_u8(w->buf, w->next, type);
	w->next = w->payload = w->buf->len;
	buf_put_u8(w->buf, ISAKMP_PAYLOAD_NONE);
	buf_put_u8(w->buf, 0);
	buf_put_u16(w->buf, 0);
}

void message_put(struct message_writer *w, uint8_t type, const void *body, size_t len)
{
	message_payload(w, type);
	buf_put_bytes(w->buf, body, len);
	end_payload(w);
}

void message_end(struct message_writer *w, size_t block)
{
	struct buf *b = w->buf;
	size_t odd;

	end_payload(w);
	if (b->failed)
		return;
	odd = (b->len - ISAKMP_HEADER_LEN) % block;
	if (odd)
		buf_put_zeros(b, block - odd);
	if (b->len > ISAKMP_MESSAGE_MAX)
		b->failed = true;
	else
		buf_set_u32(b, HEADER_LENGTH, b->len);
}
