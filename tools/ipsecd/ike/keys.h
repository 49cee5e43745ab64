/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys - the key derivations and hashes of IKE (RFC 2409 sections 5 and
 * appendix B): what all exchanges compute, and nothing of what they say.
 */
#ifndef _IPSECD_IKE_KEYS_H
#define _IPSECD_IKE_KEYS_H

#include "dh.h"
#include "isakmp.h"
#include "lib/buf.h"

#define IKE_HASH_MAX	64
#define IKE_NONCE_MIN	8
#define IKE_NONCE_MAX	256
/* What this side sends. */
#define IKE_NONCE_LEN	32
#define IKE_KEY_MAX	32
#define IKE_BLOCK_MAX	16

/*
 * Fetches all that OpenSSL is asked for later: once, before capabilities and
 * system calls are given up, since OpenSSL may read its configuration and
 * modules for it. What it does not have is not supported; nothing else fails.
 * May be called again. ike_crypto_exit() gives all of it back.
 */
void ike_crypto_init(void);
void ike_crypto_exit(void);

/** struct ike_suite - the algorithms of an IKE SA, by their numbers on the wire */
struct ike_suite {
	uint16_t encryption;
	uint16_t key_bits;	/* 0 for ciphers with one length */
	uint16_t hash;
	uint16_t auth;
	uint16_t group;
};

/* Whether all of it can be done on this machine: what OpenSSL was built and allowed to do. */
bool ike_suite_supported(const struct ike_suite *suite);
size_t ike_hash_len(unsigned int hash);
size_t ike_block_len(unsigned int encryption);
size_t ike_key_len(const struct ike_suite *suite);

/* Part of a hashed text. */
struct ike_part {
	const void *data;
	size_t len;
};

/*
 * prf(key, parts…) is HMAC with the negotiated hash. @out gets ike_hash_len()
 * bytes. All of these return 0, or -EIO if OpenSSL fails.
 */
int ike_prf(unsigned int hash, const void *key, size_t key_len,
	    const struct ike_part *parts, unsigned int n, uint8_t out[IKE_HASH_MAX]);
int ike_digest(unsigned int hash, const struct ike_part *parts, unsigned int n,
	       uint8_t out[IKE_HASH_MAX]);

/**
 * struct ike_keys - SKEYID and what is derived from it
 * @suite: that they are for
 * @len: of the four, that of the hash
 * @encryption: cipher key
 */
struct ike_keys {
	struct ike_suite suite;
	size_t len;
	uint8_t skeyid[IKE_HASH_MAX];
	uint8_t skeyid_d[IKE_HASH_MAX];
	uint8_t skeyid_a[IKE_HASH_MAX];
	uint8_t skeyid_e[IKE_HASH_MAX];
	uint8_t encryption[IKE_KEY_MAX];
};

/** struct ike_keying - all that phase 1 has exchanged for its keys */
struct ike_keying {
	struct ike_suite suite;
	struct ike_part psk;		/* IKE_AUTH_PSK only */
	struct ike_part nonce_i, nonce_r;
	struct ike_part public_i, public_r;
	uint8_t cookie_i[ISAKMP_COOKIE_LEN], cookie_r[ISAKMP_COOKIE_LEN];
	const struct dh_secret *secret;
};

/*
 * 0; -EINVAL for a suite or a nonce that is out of what is possible, -EIO if
 * OpenSSL fails, -EKEYREJECTED if the cipher key that came out is a weak one of
 * DES (RFC 2409 appendix B). When it fails, *@keys is wiped.
 */
int ike_keys_derive(struct ike_keys *keys, const struct ike_keying *k);
/* Whether the cipher key is a good one: 0 or -EKEYREJECTED. Part of ike_keys_derive(). */
int ike_key_check(const struct ike_keys *keys);
void ike_keys_wipe(struct ike_keys *keys);

/*
 * HASH_I or HASH_R (RFC 2409 5); @sa is the body of the initiator's SA payload,
 * @id that of the ID payload.
 */
int ike_hash_auth(const struct ike_keys *keys, const struct ike_keying *k, bool initiator,
		  struct ike_part sa, struct ike_part id, uint8_t out[IKE_HASH_MAX]);

/* HASH(1), and of informational exchanges: prf(SKEYID_a, M-ID | rest of the message). */
int ike_hash1(const struct ike_keys *keys, uint32_t message_id, struct ike_part rest,
	      uint8_t out[IKE_HASH_MAX]);
/* HASH(2): prf(SKEYID_a, M-ID | Ni_b | rest). */
int ike_hash2(const struct ike_keys *keys, uint32_t message_id, struct ike_part nonce_i,
	      struct ike_part rest, uint8_t out[IKE_HASH_MAX]);
/* HASH(3): prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b). */
int ike_hash3(const struct ike_keys *keys, uint32_t message_id, struct ike_part nonce_i,
	      struct ike_part nonce_r, uint8_t out[IKE_HASH_MAX]);

/*
 * Key material of an IPsec SA (RFC 2409 5.5): @secret of PFS or NULL, @spi in
 * network order as on the wire.
 */
int ike_keymat(const struct ike_keys *keys, uint8_t protocol, uint32_t spi,
	       const struct dh_secret *secret, struct ike_part nonce_i,
	       struct ike_part nonce_r, uint8_t *out, size_t len);

/* --- encryption of messages (RFC 2409 appendix B) */

/** struct ike_iv - CBC state of one exchange; the last cipher block seen */
struct ike_iv {
	uint8_t bytes[IKE_BLOCK_MAX];
};

/* IV of phase 1: hash(g^xi | g^xr). */
int ike_iv_phase1(struct ike_iv *iv, const struct ike_keying *k);
/* IV of another exchange: hash(last block of phase 1 | M-ID). */
int ike_iv_exchange(struct ike_iv *iv, const struct ike_keys *keys,
		    const struct ike_iv *phase1, uint32_t message_id);
/*
 * In place; @len is a multiple of the block. *iv becomes the last block of
 * cipher text. Keep the old one until a message has proven to be right: a
 * forged one must not disturb the chain.
 */
int ike_encrypt(const struct ike_keys *keys, struct ike_iv *iv, void *data, size_t len);
/* Both: -EBADMSG if @len is no multiple of the block, or 0; then nothing has changed. */
int ike_decrypt(const struct ike_keys *keys, struct ike_iv *iv, void *data, size_t len);

#endif /* _IPSECD_IKE_KEYS_H */
