// SPDX-License-Identifier: GPL-2.0-or-later
/* Identification payloads (RFC 2407 4.6.2): who a peer is, which packets an SA is for. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "cert_store.h"
#include "payload.h"

/* What follows type, protocol and port. */
enum id_kind {
	ID_NONE,		/* not known */
	ID_HOST,
	ID_SUBNET,
	ID_RANGE,
	ID_TEXT,		/* a name: no NUL in it */
	ID_BYTES,
};

static enum id_kind id_kind(uint8_t type)
{
	switch (type) {
	case ISAKMP_ID_IPV4_ADDR:
	case ISAKMP_ID_IPV6_ADDR:
		return ID_HOST;
	case ISAKMP_ID_IPV4_SUBNET:
	case ISAKMP_ID_IPV6_SUBNET:
		return ID_SUBNET;
	case ISAKMP_ID_IPV4_RANGE:
	case ISAKMP_ID_IPV6_RANGE:
		return ID_RANGE;
	case ISAKMP_ID_FQDN:
	case ISAKMP_ID_USER_FQDN:
		return ID_TEXT;
	case ISAKMP_ID_DER_ASN1_DN:
	case ISAKMP_ID_DER_ASN1_GN:
	case ISAKMP_ID_KEY_ID:
		return ID_BYTES;
	default:
		return ID_NONE;
	}
}

static uint16_t id_family(uint8_t type)
{
	switch (type) {
	case ISAKMP_ID_IPV4_ADDR:
	case ISAKMP_ID_IPV4_SUBNET:
	case ISAKMP_ID_IPV4_RANGE:
		return AF_INET;
	case ISAKMP_ID_IPV6_ADDR:
	case ISAKMP_ID_IPV6_SUBNET:
	case ISAKMP_ID_IPV6_RANGE:
		return AF_INET6;
	default:
		return AF_UNSPEC;
	}
}

static void get_addr(struct buf_reader *r, struct addr *a, uint16_t family)
{
	a->family = family;
	buf_get_bytes(r, a->bytes, addr_length(family));
}

static int parse_addresses(struct isakmp_id *id, struct buf_reader *r,
			   const struct payload *payload, struct message_error *error)
{
	uint16_t family = id_family(id->type);
	enum id_kind kind = id_kind(id->type);

	get_addr(r, &id->first, family);
	if (kind != ID_HOST)
		get_addr(r, &id->second, family);
	if (!buf_at_end(r))
		return payload_refuse(error, payload, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "%zu bytes of %s, %zu are needed", payload->len - 4,
				      isakmp_id_name(id->type),
				      addr_length(family) * (kind == ID_HOST ? 1 : 2));
	if (kind == ID_RANGE && addr_compare(&id->first, &id->second) > 0)
		return payload_refuse(error, payload, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
				      "range ends before it begins");
	return 0;
}

static int parse_text(struct isakmp_id *id, struct buf_reader *r, const struct payload *payload,
		      struct message_error *error)
{
	size_t len = buf_left(r);

	if (!len || len > ISAKMP_ID_MAX)
		return payload_refuse(error, payload, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
				      "%s of %zu bytes, 1 to %u are accepted",
				      isakmp_id_name(id->type), len, ISAKMP_ID_MAX);
	buf_get_bytes(r, id->text, len);
	id->len = len;
	/* Would be another name for whoever compares strings. */
	if (id_kind(id->type) == ID_TEXT && memchr(id->text, 0, len))
		return payload_refuse(error, payload, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
				      "%s with a NUL", isakmp_id_name(id->type));
	return 0;
}

int isakmp_id_parse(struct isakmp_id *id, const struct payload *payload,
		    struct message_error *error)
{
	struct buf_reader r;

	memset(id, 0, sizeof(*id));
	buf_read_init(&r, payload->body, payload->len);
	id->type = buf_get_u8(&r);
	id->proto = buf_get_u8(&r);
	id->port = buf_get_u16(&r);
	if (r.failed)
		return payload_refuse(error, payload, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "%zu bytes are too few", payload->len);
	switch (id_kind(id->type)) {
	case ID_HOST:
	case ID_SUBNET:
	case ID_RANGE:
		return parse_addresses(id, &r, payload, error);
	case ID_TEXT:
	case ID_BYTES:
		return parse_text(id, &r, payload, error);
	case ID_NONE:
		break;
	}
	return payload_refuse(error, payload, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
			      "identification type %u", id->type);
}

void isakmp_id_body(struct buf *out, const struct isakmp_id *id)
{
	size_t n = addr_length(id_family(id->type));

	buf_put_u8(out, id->type);
	buf_put_u8(out, id->proto);
	buf_put_u16(out, id->port);
	if (n) {
		buf_put_bytes(out, id->first.bytes, n);
		if (id_kind(id->type) != ID_HOST)
			buf_put_bytes(out, id->second.bytes, n);
	} else {
		buf_put_bytes(out, id->text, id->len);
	}
}

void isakmp_id_put(struct message_writer *w, const struct isakmp_id *id)
{
	message_payload(w, ISAKMP_PAYLOAD_ID);
	isakmp_id_body(w->buf, id);
}

bool isakmp_id_equal(const struct isakmp_id *a, const struct isakmp_id *b)
{
	return a->type == b->type && a->proto == b->proto && a->port == b->port &&
	       addr_equal(&a->first, &b->first) && addr_equal(&a->second, &b->second) &&
	       a->len == b->len && !memcmp(a->text, b->text, a->len);
}

/* --- for people */

static void escape(const uint8_t *bytes, size_t len, char *text, size_t size)
{
	size_t pos = 0;

	if (size)
		text[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		bool plain = bytes[i] > ' ' && bytes[i] < 0x7f && bytes[i] != '\\';
		size_t need = plain ? 1 : 4;

		if (pos + need >= size)
			return;
		snprintf(text + pos, size - pos, plain ? "%c" : "\\x%02x", bytes[i]);
		pos += need;
	}
}

/* What stands behind the first address: "", "/255.255.255.0", "/32" or "-10.1.1.9". */
static void second_text(const struct isakmp_id *id, char *text, size_t size)
{
	struct addr_buf buf;

	text[0] = '\0';
	if (id_kind(id->type) == ID_RANGE)
		snprintf(text, size, "-%s", addr_text(&id->second, &buf));
	else if (id_kind(id->type) == ID_SUBNET && id->second.family == AF_INET6 &&
		 addr_mask_len(&id->second) >= 0)
		snprintf(text, size, "/%d", addr_mask_len(&id->second));
	else if (id_kind(id->type) == ID_SUBNET)
		snprintf(text, size, "/%s", addr_text(&id->second, &buf));
}

/* A subject; returns false if it is none. */
static bool subject_text(const struct isakmp_id *id, char *text, size_t size)
{
	const unsigned char *der = id->text;
	X509_NAME *name = d2i_X509_NAME(NULL, &der, (long)id->len);
	bool whole = name && der == id->text + id->len;

	text[0] = '\0';
	if (whole)
		cert_name_text(name, text, size);
	X509_NAME_free(name);
	ERR_clear_error();
	return whole && *text;
}

const char *isakmp_id_text(const struct isakmp_id *id, char *text, size_t size)
{
	char second[ADDR_TEXT_MAX + 1];
	struct addr_buf buf;

	if (id->type == ISAKMP_ID_DER_ASN1_DN && size && subject_text(id, text, size))
		return text;
	if (!id_family(id->type)) {
		escape(id->text, id->len, text, size);
		return text;
	}
	second_text(id, second, sizeof(second));
	addr_text(&id->first, &buf);
	/* A host that is nothing but a host is how phase 1 calls a peer. */
	if (id_kind(id->type) == ID_HOST && !id->proto && !id->port)
		snprintf(text, size, "%s", buf.text);
	else
		snprintf(text, size, "%s%s/%u/%u", buf.text, second, id->proto, id->port);
	return text;
}

/* --- rules of the data plane */

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP;
}

/* One port, or 0 for all. Port 0 alone cannot be said: that is all. */
static int port_from_range(uint16_t *port, bool has, uint16_t min, uint16_t max)
{
	*port = 0;
	if (!has || (!min && max == UINT16_MAX))
		return 0;
	if (min != max || !min)
		return -ERANGE;
	*port = min;
	return 0;
}

int isakmp_id_from_rule(struct isakmp_id *id, const struct cm_rule *rule, uint16_t family,
			bool source)
{
	const struct addr *a = source ? &rule->src : &rule->dst;
	const struct addr *mask = source ? &rule->src_mask : &rule->dst_mask;
	bool v6 = family == AF_INET6;
	int ret;

	memset(id, 0, sizeof(*id));
	id->proto = rule->proto;
	ret = source ?
	      port_from_range(&id->port, rule->has_sport, rule->sport_min, rule->sport_max) :
	      port_from_range(&id->port, rule->has_dport, rule->dport_min, rule->dport_max);
	if (ret)
		return ret;
	if (addr_is_set(a) && (!addr_is_set(mask) || addr_is_ones(mask))) {
		id->type = v6 ? ISAKMP_ID_IPV6_ADDR : ISAKMP_ID_IPV4_ADDR;
		id->first = *a;
		return 0;
	}
	id->type = v6 ? ISAKMP_ID_IPV6_SUBNET : ISAKMP_ID_IPV4_SUBNET;
	if (!addr_is_set(a)) {
		addr_set_any(&id->first, family);
		addr_set_any(&id->second, family);
		return 0;
	}
	id->first = addr_and(a, mask);
	id->second = *mask;
	return addr_mask_len(mask) < 0 ? -ERANGE : 0;
}

/* A range that is a prefix has its ends at the edges of it. */
static int range_mask(const struct addr *first, const struct addr *last, struct addr *mask)
{
	for (unsigned int len = 0; len <= 8 * addr_length(first->family); len++) {
		struct addr m = addr_mask(first->family, len), host = addr_invert(&m);
		struct addr low = addr_and(first, &host), high = addr_and(last, &host);

		if (addr_match(first, last, &m) && addr_is_any(&low) &&
		    addr_equal(&high, &host)) {
			*mask = m;
			return 0;
		}
	}
	return -ERANGE;
}

/* Absent for any, as in rules that come from an access list. */
static int side_to_rule(const struct isakmp_id *id, struct addr *a, struct addr *mask)
{
	int ret = 0;

	switch (id_kind(id->type)) {
	case ID_HOST:
		*mask = addr_mask(id->first.family, 128);
		break;
	case ID_SUBNET:
		*mask = id->second;
		if (addr_mask_len(mask) < 0)
			ret = -ERANGE;
		break;
	case ID_RANGE:
		ret = range_mask(&id->first, &id->second, mask);
		break;
	default:
		ret = -EINVAL;
	}
	if (ret)
		return ret;
	if (addr_is_any(mask))
		memset(mask, 0, sizeof(*mask));
	else
		*a = addr_and(&id->first, mask);
	return 0;
}

int isakmp_id_to_rule(struct cm_rule *rule, const struct isakmp_id *ours,
		      const struct isakmp_id *theirs)
{
	int ret;

	memset(rule, 0, sizeof(*rule));
	ret = side_to_rule(ours, &rule->src, &rule->src_mask);
	if (!ret)
		ret = side_to_rule(theirs, &rule->dst, &rule->dst_mask);
	if (ret)
		return ret;
	if (id_family(ours->type) != id_family(theirs->type) || ours->proto != theirs->proto)
		return -EPROTO;
	if ((ours->port || theirs->port) && !has_ports(ours->proto))
		return -EPROTO;
	rule->action = CRYPTOMAP_ACTION_PERMIT;
	rule->proto = ours->proto;
	rule->has_sport = ours->port;
	rule->sport_min = rule->sport_max = ours->port;
	rule->has_dport = theirs->port;
	rule->dport_min = rule->dport_max = theirs->port;
	return 0;
}
