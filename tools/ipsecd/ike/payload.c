// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "payload.h"

/* ISAKMP: both cookies or nothing (RFC 2407 4.6.3); IPComp: a CPI, in two bytes or in four. */
static bool spi_len_fits(uint8_t protocol, size_t len)
{
	switch (protocol) {
	case ISAKMP_PROTO_ISAKMP:
		return len == 2 * ISAKMP_COOKIE_LEN;
	case ISAKMP_PROTO_IPCOMP:
		return len == 2 || len == 4;
	default:
		return len == 4;
	}
}

static bool protocol_known(uint8_t protocol)
{
	return protocol >= ISAKMP_PROTO_ISAKMP && protocol <= ISAKMP_PROTO_IPCOMP;
}

/* --- notification (RFC 2408 3.14) */

/* The SPI may be missing, and that of ISAKMP means nothing, whatever its size. */
static bool notify_spi_fits(const struct isakmp_notification *n)
{
	if (n->protocol == ISAKMP_PROTO_ISAKMP)
		return n->spi_len <= 2 * ISAKMP_COOKIE_LEN;
	return !n->spi_len || spi_len_fits(n->protocol, n->spi_len);
}

int isakmp_notify_parse(struct isakmp_notification *n, const struct payload *payload,
			struct message_error *error)
{
	struct buf_reader r;
	uint32_t doi;

	memset(n, 0, sizeof(*n));
	buf_read_init(&r, payload->body, payload->len);
	doi = buf_get_u32(&r);
	n->protocol = buf_get_u8(&r);
	n->spi_len = buf_get_u8(&r);
	n->type = buf_get_u16(&r);
	n->spi = buf_get_ptr(&r, n->spi_len);
	n->len = buf_left(&r);
	n->data = buf_get_ptr(&r, n->len);
	if (r.failed)
		return payload_refuse(error, payload, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "%zu bytes are too few for an SPI of %zu bytes",
				      payload->len, n->spi_len);
	if (doi != ISAKMP_DOI_IPSEC && doi != ISAKMP_DOI_ISAKMP)
		return payload_refuse(error, payload, ISAKMP_NOTIFY_DOI_NOT_SUPPORTED,
				      "DOI %u", doi);
	if (!protocol_known(n->protocol))
		return payload_refuse(error, payload, ISAKMP_NOTIFY_INVALID_PROTOCOL_ID,
				      "protocol %u", n->protocol);
	if (!notify_spi_fits(n))
		return payload_refuse(error, payload, ISAKMP_NOTIFY_INVALID_SPI,
				      "SPI of %zu bytes for protocol %u", n->spi_len, n->protocol);
	return 0;
}

void isakmp_notify_put(struct message_writer *w, const struct isakmp_notification *n)
{
	message_payload(w, ISAKMP_PAYLOAD_NOTIFY);
	buf_put_u32(w->buf, ISAKMP_DOI_IPSEC);
	buf_put_u8(w->buf, n->protocol);
	buf_put_u8(w->buf, n->spi_len);
	buf_put_u16(w->buf, n->type);
	buf_put_bytes(w->buf, n->spi, n->spi_len);
	buf_put_bytes(w->buf, n->data, n->len);
}

/* --- delete (RFC 2408 3.15) */

int isakmp_delete_parse(struct isakmp_delete *d, const struct payload *payload,
			struct message_error *error)
{
	struct buf_reader r;
	uint32_t doi;

	memset(d, 0, sizeof(*d));
	buf_read_init(&r, payload->body, payload->len);
	doi = buf_get_u32(&r);
	d->protocol = buf_get_u8(&r);
	d->spi_len = buf_get_u8(&r);
	d->n = buf_get_u16(&r);
	if (r.failed)
		return payload_refuse(error, payload, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "%zu bytes are too few", payload->len);
	if (doi != ISAKMP_DOI_IPSEC && doi != ISAKMP_DOI_ISAKMP)
		return payload_refuse(error, payload, ISAKMP_NOTIFY_DOI_NOT_SUPPORTED,
				      "DOI %u", doi);
	if (!protocol_known(d->protocol))
		return payload_refuse(error, payload, ISAKMP_NOTIFY_INVALID_PROTOCOL_ID,
				      "protocol %u", d->protocol);
	if (!spi_len_fits(d->protocol, d->spi_len))
		return payload_refuse(error, payload, ISAKMP_NOTIFY_INVALID_SPI,
				      "SPIs of %zu bytes for protocol %u", d->spi_len, d->protocol);
	if (!d->n || d->n > ISAKMP_DELETE_MAX || buf_left(&r) != d->n * d->spi_len)
		return payload_refuse(error, payload, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "%u SPIs of %zu bytes in %zu bytes (at most %u)", d->n,
				      d->spi_len, buf_left(&r), ISAKMP_DELETE_MAX);
	d->spis = buf_get_ptr(&r, buf_left(&r));
	return 0;
}

void isakmp_delete_put(struct message_writer *w, const struct isakmp_delete *d)
{
	message_payload(w, ISAKMP_PAYLOAD_DELETE);
	buf_put_u32(w->buf, ISAKMP_DOI_IPSEC);
	buf_put_u8(w->buf, d->protocol);
	buf_put_u8(w->buf, d->spi_len);
	buf_put_u16(w->buf, d->n);
	buf_put_bytes(w->buf, d->spis, d->n * d->spi_len);
}
