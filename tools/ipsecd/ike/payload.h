/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * payload - the bodies of identification, notification and delete payloads
 * (RFC 2408 3.8, 3.14, 3.15, RFC 2407 4.6.2), parsed and written. The body of
 * an SA payload is in proposal.h.
 */
#ifndef _IPSECD_IKE_PAYLOAD_H
#define _IPSECD_IKE_PAYLOAD_H

#include "lib/addr.h"
#include "lib/codec_types.h"
#include "message.h"

#define ISAKMP_ID_MAX		1024
#define ISAKMP_DELETE_MAX	64

/**
 * struct isakmp_id - who a peer is, or which packets an SA is for
 * @type: enum isakmp_id_type
 * @proto: IP protocol, 0 for any
 * @port: 0 for any
 * @first: address, network, or begin of a range
 * @second: mask of a network, or end of a range
 * @text: of other types, with a NUL behind, @len bytes
 */
struct isakmp_id {
	uint8_t type;
	uint8_t proto;
	uint16_t port;
	struct addr first, second;
	size_t len;
	uint8_t text[ISAKMP_ID_MAX + 1];
};

/*
 * Parsers return 0, or -EINVAL with @error. Names (FQDN, USER_FQDN) have no NUL
 * in them, a range does not end before it begins; masks may have holes.
 */
int isakmp_id_parse(struct isakmp_id *id, const struct payload *payload,
		    struct message_error *error);
void isakmp_id_put(struct message_writer *w, const struct isakmp_id *id);
/* The body alone, as it goes into HASH_I and HASH_R. */
void isakmp_id_body(struct buf *out, const struct isakmp_id *id);
/* The same bytes on the wire. */
bool isakmp_id_equal(const struct isakmp_id *a, const struct isakmp_id *b);
/*
 * For people: "10.1.1.0/255.255.255.0/0/0", "10.1.1.1/6/23", "2001:DB8::/32/0/0",
 * "10.1.1.1-10.1.1.9/0/0", "10.1.1.1" for no more than a host,
 * "router.example.org"; unprintable bytes escaped.
 */
const char *isakmp_id_text(const struct isakmp_id *id, char *text, size_t size);

/*
 * The one side of a rule as an ID of phase 2: host or subnet, protocol and
 * port. -ERANGE if IDs cannot say it: a mask with holes, a range of ports, port
 * 0 alone. Any is the subnet of length 0, as IOS has it.
 * @source: the side of the source.
 */
int isakmp_id_from_rule(struct isakmp_id *id, const struct cm_rule *rule, uint16_t family,
			bool source);
/*
 * Two IDs of phase 2 as a rule, ours as source; an address of any is absent.
 * -EINVAL for types that are no addresses, -ERANGE for ranges that are no prefix
 * and masks with holes, -EPROTO if the two do not fit together: other families
 * or protocols, or a port of a protocol without.
 */
int isakmp_id_to_rule(struct cm_rule *rule, const struct isakmp_id *ours,
		      const struct isakmp_id *theirs);

/**
 * struct isakmp_notification - @spi and @data point into the message
 * @protocol: enum isakmp_protocol
 * @type: enum isakmp_notify or any other number
 */
struct isakmp_notification {
	uint8_t protocol;
	uint16_t type;
	size_t spi_len;
	const uint8_t *spi;
	size_t len;
	const uint8_t *data;
};

int isakmp_notify_parse(struct isakmp_notification *n, const struct payload *payload,
			struct message_error *error);
void isakmp_notify_put(struct message_writer *w, const struct isakmp_notification *n);

/** struct isakmp_delete - 1 to ISAKMP_DELETE_MAX SPIs of @spi_len bytes each (16: two cookies) */
struct isakmp_delete {
	uint8_t protocol;
	size_t spi_len;
	unsigned int n;
	const uint8_t *spis;
};

int isakmp_delete_parse(struct isakmp_delete *d, const struct payload *payload,
			struct message_error *error);
void isakmp_delete_put(struct message_writer *w, const struct isakmp_delete *d);

#endif /* _IPSECD_IKE_PAYLOAD_H */
