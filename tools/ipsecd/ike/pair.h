/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair - an inbound and an outbound IPsec SA that one quick mode has made, in
 * the kernel and in our books; and the owner cookie by which the next engine
 * finds them.
 */
#ifndef _IPSECD_IKE_PAIR_H
#define _IPSECD_IKE_PAIR_H

#include "suite.h"
#include "tunnel.h"

/**
 * struct pair_terms - what a quick mode has agreed upon
 * @set: transform set, borrowed
 * @mode: tunnel or transport
 * @life_seconds, @life_kilobytes: 0 is none
 */
struct pair_terms {
	const struct transform_set *set;
	enum cryptomap_mode mode;
	uint64_t life_seconds;
	uint64_t life_kilobytes;
};

struct sa_pair *pair_new(struct tunnel *tunnel, const struct addr *peer, bool initiator,
			 uint32_t spi_in, uint32_t spi_out);
void pair_free(struct sa_pair *pair);

/* Installs one half. Returns 0 or a negative errno with *@err. */
int pair_install(struct sa_pair *pair, enum cryptomap_direction direction,
		 const struct pair_terms *terms, uint32_t liveness_seconds,
		 const uint8_t *keymat, struct kerr *err);
/* Both halves out of the kernel, one or both may be gone. */
void pair_uninstall(struct sa_pair *pair);

/* What the owner cookie of an SA says. */
struct pair_owner {
	bool initiator;
	uint32_t other_spi;
	uint8_t nonces[32];
	uint16_t pfs_group;
	uint32_t generation;
};

bool pair_read_owner(const struct cm_owner *owner, struct pair_owner *out);

#endif /* _IPSECD_IKE_PAIR_H */
