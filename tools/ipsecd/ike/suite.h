/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suite - a transform set of the configuration, as IKE says it on the wire and
 * as the data plane wants it (RFC 2407 4.4.4 and 4.5, RFC 3602, 4106, 4868).
 */
#ifndef _IPSECD_IKE_SUITE_H
#define _IPSECD_IKE_SUITE_H

#include "config/transform.h"
#include "lib/codec_types.h"
#include "proposal.h"

/* Longest key material of one SA. */
#define SUITE_KEYMAT_MAX	(CM_ENCR_KEYMAT_MAX + CM_AUTH_KEY_MAX)

/*
 * Algorithms only: lifetimes, group and number are left as they are. Returns
 * false if IKE has no number for an algorithm.
 */
bool suite_from_set(struct ipsec_transform *t, const struct transform_set *set,
		    enum cryptomap_mode mode);
/* Same algorithms and encapsulation. */
bool suite_equal(const struct ipsec_transform *a, const struct ipsec_transform *b);
/* The length of the key material of one SA. */
size_t suite_keymat_len(const struct transform_set *set);
/* @keymat: cipher key, salt, integrity key, in that order (RFC 2409 5.5, RFC 4106 8.1). */
void suite_split_keys(struct cm_sa_keys *keys, const struct transform_set *set,
		      const uint8_t *keymat);

#endif /* _IPSECD_IKE_SUITE_H */
