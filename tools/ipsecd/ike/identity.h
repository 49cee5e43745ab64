/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity - who we are in phase 1, who a peer may be, and the key that goes
 * with it (IKE-8 … IKE-12): the configuration as phase 1 asks for it.
 */
#ifndef _IPSECD_IKE_IDENTITY_H
#define _IPSECD_IKE_IDENTITY_H

#include "sa.h"

/* The first profile that an identity matches, or NULL. */
const struct isakmp_profile *identity_profile(const struct ike *ike, const struct isakmp_id *id);
/* Whether we begin phase 1 with a peer in aggressive mode (IKE-11). */
bool identity_begins_aggressive(const struct ike *ike, const struct addr *remote,
				const char *profile);
/*
 * Whether a peer may begin in aggressive mode: only if it is configured for its
 * address, or for the identity that it shows.
 */
bool identity_allows_aggressive(const struct ike *ike, const struct addr *remote,
				const struct isakmp_id *id);

/* Who we are towards the peer of @sa. 0, or -ENOENT with *@err. */
int identity_own(const struct ike_sa *sa, struct isakmp_id *id, struct kerr *err);

/*
 * The pre-shared key for the peer of @sa, by its address and, if @id is not
 * NULL, by name first; copied into the handshake. Returns 0 or -ENOENT.
 */
int identity_find_key(struct ike_sa *sa, const struct isakmp_id *id);
/* Whether there is one for an address at all. */
bool identity_has_key(const struct ike *ike, const struct addr *remote, const char *profile);

/*
 * The profile that matches an identity: of @wanted only, if that is not NULL.
 * *@profile is NULL when there is none. Returns 0, or -EPROTO with @error if
 * the peer must not be this one.
 */
int identity_check_peer(const struct ike_sa *sa, const struct isakmp_id *id,
			const struct isakmp_profile **profile, struct message_error *error);

#endif /* _IPSECD_IKE_IDENTITY_H */
