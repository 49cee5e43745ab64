/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dh - Diffie-Hellman groups of IKE (RFC 2409 section 6, RFC 3526, 5114,
 * 5903), by OpenSSL.
 */
#ifndef _IPSECD_IKE_DH_H
#define _IPSECD_IKE_DH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Public value of the largest group (4096 bits). */
#define DH_PUBLIC_MAX	512

/**
 * struct dh_secret - what both sides have in common
 * @len: length of the group's prime; for ECP groups of one coordinate (RFC
 *	5903 section 9). Leading zeros are part of it.
 */
struct dh_secret {
	size_t len;
	uint8_t bytes[DH_PUBLIC_MAX];
};

struct dh;

/*
 * Loads the groups, once, while OpenSSL may still read its files; part of
 * ike_crypto_init(). A group that OpenSSL does not have is not supported.
 */
void dh_init(void);
void dh_exit(void);

/* The number has a meaning; and whether it can be done on this machine, after dh_init(). */
bool dh_group_supported(unsigned int group);
bool dh_group_known(unsigned int group);
/* Length of a public value on the wire. */
size_t dh_public_len(unsigned int group);

/*
 * Our half of an exchange. Returns 0, -EINVAL for an unknown group, -EIO if
 * OpenSSL fails or does not have it, -ENOMEM.
 */
int dh_new(struct dh **out, unsigned int group);
void dh_free(struct dh *dh);
/* dh_public_len() bytes. */
const uint8_t *dh_public(const struct dh *dh);
/*
 * The secret from the peer's half. -EBADMSG if that is of the wrong length or
 * no member of the group other than the trivial ones (RFC 2409 5, RFC 5903).
 */
int dh_compute(struct dh *dh, const void *peer, size_t len, struct dh_secret *out);
void dh_secret_wipe(struct dh_secret *secret);

#endif /* _IPSECD_IKE_DH_H */
