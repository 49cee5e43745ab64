/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proposal - SA payloads: proposals, transforms and their attributes (RFC 2408
 * 3.4 to 3.6), of phase 1 and of phase 2. Parsed, written and compared; which
 * of them is wanted is decided elsewhere.
 */
#ifndef _IPSECD_IKE_PROPOSAL_H
#define _IPSECD_IKE_PROPOSAL_H

#include "lib/codec_types.h"
#include "message.h"

#define PROPOSAL_TRANSFORMS_MAX	64
#define PROPOSALS_MAX		32
#define PROPOSAL_LIFE_FOREVER	UINT64_MAX

/**
 * struct ike_transform - what protects an IKE SA
 * @number: of the transform in its proposal
 * @unknown: has an attribute or a value that we do not know; never matches
 * @attribute: the first attribute that made it unknown, 0 for none
 * @key_bits: 0 when not given
 * @life_seconds: 0 when not given
 * @life_kilobytes: 0 when not given
 *
 * The others are of enum ike_encryption, ike_hash, ike_auth, ike_group.
 */
struct ike_transform {
	uint8_t number;
	bool unknown;
	uint16_t attribute;
	uint16_t encryption;
	uint16_t key_bits;
	uint16_t hash;
	uint16_t auth;
	uint16_t group;
	uint64_t life_seconds;
	uint64_t life_kilobytes;
};

/** struct ike_offer - the SA payload of phase 1: one proposal, transforms in the order of preference */
struct ike_offer {
	uint8_t number;
	unsigned int n;
	struct ike_transform transforms[PROPOSAL_TRANSFORMS_MAX];
};

/*
 * Returns 0 or -EINVAL. Refused are: more than one proposal (RFC 2409 5), other
 * protocols than ISAKMP, transforms of the same number, attributes that
 * contradict each other (RFC 2407 4.5.3). The SPI is ignored.
 */
int ike_offer_parse(struct ike_offer *offer, const struct payload *payload,
		    struct message_error *error);
/* Writes the body of an SA payload, as it was offered: SPI size 0. */
void ike_offer_put(struct buf *out, const struct ike_offer *offer);
/* "encryption AES-CBC 128, hash SHA256, group 14, auth pre-share, lifetime 86400" */
const char *ike_transform_text(const struct ike_transform *t, char *text, size_t size);
/*
 * Which attribute differs first: "hash: SHA offered, SHA256 wanted", or NULL if
 * none. A lifetime differs when it is longer than the one wanted (IKE-4); one
 * that is not given does not.
 */
const char *ike_transform_difference(const struct ike_transform *offered,
				     const struct ike_transform *wanted,
				     char *text, size_t size);

/**
 * struct ipsec_transform - what protects an IPsec SA, one protocol of it
 * @unknown, @attribute: as in struct ike_transform; all of other protocols are
 *	unknown
 * @id: enum isakmp_esp or isakmp_ah
 * @auth: enum ipsec_auth
 * @encapsulation: enum ipsec_encapsulation; 0 when not given
 * @group: for PFS; 0 for none
 */
struct ipsec_transform {
	uint8_t number;
	bool unknown;
	uint16_t attribute;
	uint8_t id;
	uint16_t key_bits;
	uint16_t auth;
	uint16_t encapsulation;
	uint16_t group;
	bool esn;
	uint64_t life_seconds;
	uint64_t life_kilobytes;
};

/**
 * struct ipsec_proposal - one proposal payload
 * @number: proposals with the same number belong together (AH and ESP)
 * @protocol: enum isakmp_protocol, or any other number
 * @spi: host order; 0 if it is not of four bytes (IPComp, unknown protocols)
 */
struct ipsec_proposal {
	uint8_t number;
	uint8_t protocol;
	uint32_t spi;
	unsigned int n;
	struct ipsec_transform transforms[PROPOSAL_TRANSFORMS_MAX];
};

struct ipsec_offer {
	unsigned int n;
	struct ipsec_proposal proposals[PROPOSALS_MAX];
};

/*
 * Large; do not put several on the stack. Returns 0 or -EINVAL. Refused are:
 * reserved SPIs (below 256) of AH and ESP, proposals of the same number that
 * are not next to each other, and what ike_offer_parse() refuses in transforms.
 */
int ipsec_offer_parse(struct ipsec_offer *offer, const struct payload *payload,
		      struct message_error *error);
void ipsec_offer_put(struct buf *out, const struct ipsec_proposal *proposals, unsigned int n);
/* "ESP AES-CBC 256, auth HMAC-SHA, mode tunnel, group 14, lifetime 3600 s, 4608000 KB" */
const char *ipsec_transform_text(uint8_t protocol, const struct ipsec_transform *t,
				 char *text, size_t size);
/* All but lifetimes, of which the shorter one is used; names are those of ESP. */
const char *ipsec_transform_difference(const struct ipsec_transform *offered,
				       const struct ipsec_transform *wanted,
				       char *text, size_t size);

#endif /* _IPSECD_IKE_PROPOSAL_H */
