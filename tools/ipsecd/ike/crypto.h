/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crypto - OpenSSL's hashes and ciphers that IKE uses, fetched once. Inside of
 * keys.c and cipher.c; all others go through keys.h.
 */
#ifndef _IPSECD_IKE_CRYPTO_H
#define _IPSECD_IKE_CRYPTO_H

#include <openssl/evp.h>

#include "keys.h"

/**
 * struct crypto_hash - a hash and its HMAC
 * @hmac: keyed with nothing of worth; copied for each use
 */
struct crypto_hash {
	uint16_t number;
	uint16_t len;
	const char *name;
	EVP_MD *md;
	EVP_MAC_CTX *hmac;
};

/**
 * struct crypto_cipher - a cipher in CBC mode
 * @number, @key_bits: as in struct ike_suite
 * @key_len: bytes of the key that is derived
 * @block: bytes of a block and of the IV
 */
struct crypto_cipher {
	uint16_t number;
	uint16_t key_bits;
	uint8_t key_len;
	uint8_t block;
	const char *name;
	EVP_CIPHER *cipher;
};

/* NULL for numbers without meaning. What OpenSSL does not have has no md, or no cipher. */
const struct crypto_hash *crypto_hash(unsigned int number);
const struct crypto_cipher *crypto_cipher(unsigned int number, unsigned int key_bits);

#endif /* _IPSECD_IKE_CRYPTO_H */
