/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner - the cookie by which a daemon knows the manual SAs of its own and
 * of the one before it.
 *
 * It holds a salt and a digest over all parameters of the SA, keys included.
 * After a restart the digest is computed again from the configuration with
 * the salt of the cookie: equal means that the SA still fits and is adopted.
 * The kernel never shows keys, and with 128 random bits of salt two SAs with
 * one key have nothing in common that could be seen in a dump.
 */
#ifndef _IPSECD_OWNER_H
#define _IPSECD_OWNER_H

#include "lib/codec_types.h"

int owner_make(struct cm_owner *owner, const struct cm_sa *sa, const struct cm_sa_keys *keys);
bool owner_is_manual(const struct cm_owner *owner);
bool owner_matches(const struct cm_owner *owner, const struct cm_sa *sa,
		   const struct cm_sa_keys *keys);

#endif /* _IPSECD_OWNER_H */
