/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trust - trustpoints whose files were read: once for a configuration, not for
 * each handshake.
 */
#ifndef _IPSECD_IKE_TRUST_H
#define _IPSECD_IKE_TRUST_H

#include "engine.h"

struct cert_store;
struct trust;

/*
 * The trustpoint of a profile, or the first one that is configured if @profile
 * is NULL or names none. NULL if there is none or its files are not good; why
 * is logged once. trust_put() ends the use.
 */
struct trust *trust_get(struct ike *ike, const char *profile);
void trust_put(struct trust *trust);
struct cert_store *trust_store(const struct trust *trust);

/*
 * The first trustpoint with a certificate of ours that trusts the CA whose subject
 * is @name (DER), as @trust for choice: that one if it does. NULL if there is none.
 */
struct trust *trust_for_ca(struct ike *ike, struct trust *trust, const void *name, size_t len);
/* Whether it is the one of that name. */
bool trust_is(const struct trust *trust, const char *name);

/* The files are read again for those who come from now on. */
void trust_forget(struct ike *ike);

#endif /* _IPSECD_IKE_TRUST_H */
