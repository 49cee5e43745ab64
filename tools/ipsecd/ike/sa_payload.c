// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sa_payload.h"

#define GENERIC_LEN	4
/* Of an attribute: its value is in the place of the length. */
#define ATTRIBUTE_BASIC	0x8000
/* A duration that we can count with. */
#define DURATION_MAX	8

int sa_refuse(struct sa_reader *r, uint16_t notify, const char *fmt, ...)
{
	char what[sizeof(r->error->text)], place[48] = "";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (r->proposal >= 0 && r->transform >= 0)
		snprintf(place, sizeof(place), "proposal %d, transform %d: ", r->proposal,
			 r->transform);
	else if (r->proposal >= 0)
		snprintf(place, sizeof(place), "proposal %d: ", r->proposal);
	return payload_refuse(r->error, r->payload, notify, "%s%s", place, what);
}

int sa_open(struct sa_reader *r, const struct payload *payload, struct message_error *error)
{
	uint32_t doi, situation;

	r->payload = payload;
	r->error = error;
	r->more = true;
	r->proposal = -1;
	r->transform = -1;
	buf_read_init(&r->proposals, payload->body, payload->len);
	doi = buf_get_u32(&r->proposals);
	situation = buf_get_u32(&r->proposals);
	if (r->proposals.failed)
		return sa_refuse(r, ISAKMP_NOTIFY_PAYLOAD_MALFORMED, "%zu bytes are too few",
				 payload->len);
	if (doi != ISAKMP_DOI_IPSEC)
		return sa_refuse(r, ISAKMP_NOTIFY_DOI_NOT_SUPPORTED, "DOI %u", doi);
	if (situation != ISAKMP_SIT_IDENTITY_ONLY)
		return sa_refuse(r, ISAKMP_NOTIFY_SITUATION_NOT_SUPPORTED, "situation 0x%x",
				 situation);
	return 0;
}

/*
 * The generic header of a proposal or a transform, and a reader of what is
 * behind. Of the next payload, @type is the only one there may be.
 */
static int get_frame(struct sa_reader *r, struct buf_reader *from, uint8_t type, bool *more,
		     struct buf_reader *body)
{
	const char *name = isakmp_payload_name(type);
	size_t left = buf_left(from), length;
	uint8_t next, reserved;

	next = buf_get_u8(from);
	reserved = buf_get_u8(from);
	length = buf_get_u16(from);
	if (from->failed)
		return sa_refuse(r, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				 "%s: %zu bytes are left, %u are needed", name, left, GENERIC_LEN);
	if (next != ISAKMP_PAYLOAD_NONE && next != type)
		return sa_refuse(r, ISAKMP_NOTIFY_INVALID_PAYLOAD_TYPE,
				 "%s: next payload is of type %u", name, next);
	if (reserved)
		return sa_refuse(r, ISAKMP_NOTIFY_PAYLOAD_MALFORMED, "%s: reserved byte is %u",
				 name, reserved);
	if (length < GENERIC_LEN || length > left)
		return sa_refuse(r, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				 "%s: length %zu, %zu bytes are left", name, length, left);
	*body = buf_get_sub(from, length - GENERIC_LEN);
	*more = next != ISAKMP_PAYLOAD_NONE;
	if (!*more && buf_left(from))
		return sa_refuse(r, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				 "%s: %zu bytes behind the last one", name, buf_left(from));
	return 0;
}

int sa_next_proposal(struct sa_reader *r, struct sa_proposal *p)
{
	struct buf_reader *body = &p->transforms;
	int ret;

	memset(p, 0, sizeof(*p));
	r->transform = -1;
	ret = get_frame(r, &r->proposals, ISAKMP_PAYLOAD_PROPOSAL, &r->more, body);
	if (ret)
		return ret;
	p->number = buf_get_u8(body);
	p->protocol = buf_get_u8(body);
	p->spi_len = buf_get_u8(body);
	p->n = buf_get_u8(body);
	p->spi = buf_get_ptr(body, p->spi_len);
	if (body->failed)
		return sa_refuse(r, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				 "PROPOSAL: %zu bytes are too few", body->len);
	r->proposal = p->number;
	if (!p->n)
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX, "no transforms");
	p->more = true;
	return 0;
}

int sa_next_transform(struct sa_reader *r, struct sa_proposal *p, struct sa_transform *t)
{
	struct buf_reader *body = &t->attributes;
	uint16_t reserved;
	int ret;

	r->transform = -1;
	ret = get_frame(r, &p->transforms, ISAKMP_PAYLOAD_TRANSFORM, &p->more, body);
	if (ret)
		return ret;
	t->number = buf_get_u8(body);
	t->id = buf_get_u8(body);
	reserved = buf_get_u16(body);
	if (body->failed)
		return sa_refuse(r, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				 "TRANSFORM: %zu bytes are too few", body->len);
	r->transform = t->number;
	if (reserved)
		return sa_refuse(r, ISAKMP_NOTIFY_PAYLOAD_MALFORMED, "reserved bytes are 0x%04x",
				 reserved);
	if (p->seen[t->number / 8] & 1 << t->number % 8)
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "another one has the same number");
	p->seen[t->number / 8] |= 1 << t->number % 8;
	p->got++;
	/* Both say how many there are: the last one has no next one. */
	if (p->more != (p->got < p->n))
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "is number %u of %u transforms, and %s", p->got, p->n,
				 p->more ? "more follow" : "the last one");
	return 0;
}

/* --- attributes (RFC 2408 3.3) */

/**
 * struct attribute - one as it stands there
 * @len: of the value; 0 if it is basic
 * @value: meaningless if it is longer than DURATION_MAX
 */
struct attribute {
	uint16_t type;
	bool basic;
	size_t len;
	uint64_t value;
};

static int get_attribute(struct sa_reader *r, struct buf_reader *from, struct attribute *a)
{
	size_t left = buf_left(from);
	struct buf_reader bytes;

	a->type = buf_get_u16(from);
	a->len = 0;
	a->value = buf_get_u16(from);
	a->basic = a->type & ATTRIBUTE_BASIC;
	a->type &= ~ATTRIBUTE_BASIC;
	if (!from->failed && !a->basic) {
		a->len = a->value;
		a->value = 0;
		bytes = buf_get_sub(from, a->len);
		while (buf_left(&bytes))
			a->value = a->value << 8 | buf_get_u8(&bytes);
	}
	if (from->failed)
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "attribute %u: length %zu, %zu bytes are left with its header",
				 a->type, a->len, left);
	return 0;
}

static int contradiction(struct sa_reader *r, const struct attribute *a)
{
	return sa_refuse(r, ISAKMP_NOTIFY_ATTRIBUTES_NOT_SUPPORTED,
			 "attribute %u is there twice, with different values", a->type);
}

static int take_basic(struct sa_reader *r, struct sa_attributes *list, const struct attribute *a)
{
	if (!a->basic)
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "attribute %u is not basic", a->type);
	if (list->seen & 1U << a->type && list->value[a->type] != a->value)
		return contradiction(r, a);
	list->seen |= 1U << a->type;
	list->value[a->type] = a->value;
	return 0;
}

static void note_unknown(struct sa_attributes *list, const struct attribute *a)
{
	if (!list->unknown)
		list->unknown = a->type;
}

static int take_duration(struct sa_reader *r, struct sa_attributes *list, unsigned int life,
			 const struct attribute *a)
{
	uint64_t *to = life == ISAKMP_LIFE_SECONDS ? &list->life_seconds : &list->life_kilobytes;

	if (!life)
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "attribute %u: life duration without a life type", a->type);
	if (!a->basic && (!a->len || a->len > DURATION_MAX))
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "attribute %u: life duration of %zu bytes, 1 to %u are accepted",
				 a->type, a->len, DURATION_MAX);
	if (!a->value || (life != ISAKMP_LIFE_SECONDS && life != ISAKMP_LIFE_KILOBYTES)) {
		note_unknown(list, a);
		return 0;
	}
	if (*to && *to != a->value)
		return contradiction(r, a);
	*to = a->value;
	return 0;
}

int sa_get_attributes(struct sa_reader *r, struct sa_transform *t,
		      const struct sa_attribute_kind *kind, struct sa_attributes *list)
{
	/* Of a duration that is to come (RFC 2407 4.5); 0: none is. */
	unsigned int life = 0;
	struct attribute a;
	int ret;

	memset(list, 0, sizeof(*list));
	while (buf_left(&t->attributes)) {
		ret = get_attribute(r, &t->attributes, &a);
		if (ret)
			return ret;
		if (a.type == kind->life_duration) {
			ret = take_duration(r, list, life, &a);
			life = 0;
		} else if (a.type == kind->life_type && (!a.basic || !a.value || life)) {
			ret = sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
					"attribute %u: no life type, or one without a duration",
					a.type);
		} else if (a.type == kind->life_type) {
			life = a.value;
		} else if (a.type < SA_ATTRIBUTES_MAX && kind->basic & 1U << a.type) {
			ret = take_basic(r, list, &a);
		} else {
			note_unknown(list, &a);
		}
		if (ret)
			return ret;
	}
	if (life)
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "attribute %u: life type without a duration", kind->life_type);
	return 0;
}

/* --- writing */

void sa_put_head(struct buf *out)
{
	buf_put_u32(out, ISAKMP_DOI_IPSEC);
	buf_put_u32(out, ISAKMP_SIT_IDENTITY_ONLY);
}

static size_t begin(struct buf *out, uint8_t next)
{
	size_t at = out->len;

	buf_put_u8(out, next);
	buf_put_u8(out, 0);
	buf_put_u16(out, 0);
	return at;
}

size_t sa_begin_proposal(struct buf *out, bool last, uint8_t number, uint8_t protocol,
			 const void *spi, size_t spi_len, unsigned int n)
{
	size_t at = begin(out, last ? ISAKMP_PAYLOAD_NONE : ISAKMP_PAYLOAD_PROPOSAL);

	buf_put_u8(out, number);
	buf_put_u8(out, protocol);
	buf_put_u8(out, spi_len);
	buf_put_u8(out, n);
	buf_put_bytes(out, spi, spi_len);
	return at;
}

size_t sa_begin_transform(struct buf *out, bool last, uint8_t number, uint8_t id)
{
	size_t at = begin(out, last ? ISAKMP_PAYLOAD_NONE : ISAKMP_PAYLOAD_TRANSFORM);

	buf_put_u8(out, number);
	buf_put_u8(out, id);
	buf_put_u16(out, 0);
	return at;
}

void sa_end(struct buf *out, size_t at)
{
	if (out->len - at > UINT16_MAX)
		out->failed = true;
	buf_set_u16(out, at + 2, out->len - at);
}

void sa_put_basic(struct buf *out, uint16_t type, uint16_t value)
{
	buf_put_u16(out, ATTRIBUTE_BASIC | type);
	buf_put_u16(out, value);
}

static void put_one_life(struct buf *out, const struct sa_attribute_kind *kind,
			 enum isakmp_life life, uint64_t value)
{
	if (!value)
		return;
	sa_put_basic(out, kind->life_type, life);
	buf_put_u16(out, kind->life_duration);
	if (value <= UINT32_MAX) {
		buf_put_u16(out, 4);
		buf_put_u32(out, value);
	} else {
		buf_put_u16(out, 8);
		buf_put_u64(out, value);
	}
}

void sa_put_life(struct buf *out, const struct sa_attribute_kind *kind, uint64_t seconds,
		 uint64_t kilobytes)
{
	put_one_life(out, kind, ISAKMP_LIFE_SECONDS, seconds);
	put_one_life(out, kind, ISAKMP_LIFE_KILOBYTES, kilobytes);
}

/* --- for people */

void sa_text_init(struct sa_text *t, char *text, size_t size)
{
	t->text = text;
	t->size = size;
	t->len = 0;
	if (size)
		text[0] = '\0';
}

void sa_text_add(struct sa_text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->text + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	t->len += n;
	if (t->len > t->size)
		t->len = t->size;
}

void sa_text_name(struct sa_text *t, const char *name, unsigned int number)
{
	if (!strcmp(name, "unknown"))
		sa_text_add(t, "unknown (%u)", number);
	else
		sa_text_add(t, "%s", name);
}

static void add_value(struct sa_text *t, const char *(*name)(unsigned int number),
		      unsigned int number)
{
	if (name)
		sa_text_name(t, name(number), number);
	else if (number)
		sa_text_add(t, "%u", number);
	else
		sa_text_add(t, "none");
}

void sa_text_differ(struct sa_text *t, const char *what, const char *(*name)(unsigned int number),
		    unsigned int offered, unsigned int wanted)
{
	sa_text_add(t, "%s: ", what);
	add_value(t, name, offered);
	sa_text_add(t, " offered, ");
	add_value(t, name, wanted);
	sa_text_add(t, " wanted");
}

void sa_text_not_supported(struct sa_text *t, unsigned int attribute)
{
	if (attribute)
		sa_text_add(t, "attribute %u is not supported", attribute);
	else
		sa_text_add(t, "transform is not supported");
}

void sa_text_unknown(struct sa_text *t, unsigned int attribute)
{
	sa_text_add(t, ", ");
	sa_text_not_supported(t, attribute);
}
