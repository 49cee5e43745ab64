// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "crypto.h"

#define PART(array) ((struct ike_part){ (array), sizeof(array) })

/* HMAC under a key, for one value or several; NULL if OpenSSL fails. */
static EVP_MAC_CTX *prf_begin(unsigned int hash, const void *key, size_t key_len)
{
	const struct crypto_hash *h = crypto_hash(hash);
	EVP_MAC_CTX *ctx = h && h->hmac ? EVP_MAC_CTX_dup(h->hmac) : NULL;

	/* OpenSSL takes no key for "the one of before": an empty one has an address. */
	if (ctx && EVP_MAC_init(ctx, key_len ? key : "", key_len, NULL))
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

static int prf_next(EVP_MAC_CTX *ctx, const struct ike_part *parts, unsigned int n,
		    uint8_t out[IKE_HASH_MAX])
{
	size_t len;
	unsigned int i;

	if (!ctx || !EVP_MAC_init(ctx, NULL, 0, NULL))
		return -EIO;
	for (i = 0; i < n; i++) {
		if (parts[i].len && !EVP_MAC_update(ctx, parts[i].data, parts[i].len))
			return -EIO;
	}
	return EVP_MAC_final(ctx, out, &len, IKE_HASH_MAX) ? 0 : -EIO;
}

/* Wipes what it kept of the key. */
static void prf_end(EVP_MAC_CTX *ctx, int err)
{
	EVP_MAC_CTX_free(ctx);
	if (err)
		ERR_clear_error();
}

int ike_prf(unsigned int hash, const void *key, size_t key_len,
	    const struct ike_part *parts, unsigned int n, uint8_t out[IKE_HASH_MAX])
{
	EVP_MAC_CTX *ctx = prf_begin(hash, key, key_len);
	int err = prf_next(ctx, parts, n, out);

	prf_end(ctx, err);
	return err;
}

static bool digest_parts(EVP_MD_CTX *ctx, const EVP_MD *md, const struct ike_part *parts,
			 unsigned int n, uint8_t *out)
{
	unsigned int i;

	if (!EVP_DigestInit_ex2(ctx, md, NULL))
		return false;
	for (i = 0; i < n; i++) {
		if (parts[i].len && !EVP_DigestUpdate(ctx, parts[i].data, parts[i].len))
			return false;
	}
	return EVP_DigestFinal_ex(ctx, out, NULL);
}

int ike_digest(unsigned int hash, const struct ike_part *parts, unsigned int n,
	       uint8_t out[IKE_HASH_MAX])
{
	const struct crypto_hash *h = crypto_hash(hash);
	EVP_MD_CTX *ctx = h && h->md ? EVP_MD_CTX_new() : NULL;
	int err = 0;

	if (!ctx || !digest_parts(ctx, h->md, parts, n, out)) {
		ERR_clear_error();
		err = -EIO;
	}
	EVP_MD_CTX_free(ctx);
	return err;
}

/*
 * SKEYID (RFC 2409 5): of the pre-shared key, or of the nonces and the secret.
 * OpenSSL's HMAC hashes a key that is longer than a block itself, as a long
 * pair of nonces is.
 */
static int derive_skeyid(struct ike_keys *keys, const struct ike_keying *k)
{
	uint8_t nonces[2 * IKE_NONCE_MAX];
	const struct ike_part secret = { k->secret->bytes, k->secret->len };
	const struct ike_part both = { nonces, k->nonce_i.len + k->nonce_r.len };

	if (k->nonce_i.len > IKE_NONCE_MAX || k->nonce_r.len > IKE_NONCE_MAX)
		return -EINVAL;
	memcpy(nonces, k->nonce_i.data, k->nonce_i.len);
	memcpy(nonces + k->nonce_i.len, k->nonce_r.data, k->nonce_r.len);
	if (k->suite.auth == IKE_AUTH_PSK)
		return ike_prf(k->suite.hash, k->psk.data, k->psk.len, &both, 1, keys->skeyid);
	return ike_prf(k->suite.hash, both.data, both.len, &secret, 1, keys->skeyid);
}

/* SKEYID_d, _a and _e: each prf(SKEYID, the one before | g^xy | CKY-I | CKY-R | 0, 1, 2). */
static int derive_three(struct ike_keys *keys, const struct ike_keying *k)
{
	uint8_t *const key[] = { keys->skeyid_d, keys->skeyid_a, keys->skeyid_e };
	struct ike_part parts[] = {
		{ NULL, 0 },
		{ k->secret->bytes, k->secret->len },
		PART(k->cookie_i),
		PART(k->cookie_r),
		{ NULL, 1 },
	};
	EVP_MAC_CTX *ctx = prf_begin(k->suite.hash, keys->skeyid, keys->len);
	int err = 0;
	uint8_t i;

	parts[4].data = &i;
	for (i = 0; i < 3 && !err; i++) {
		err = prf_next(ctx, parts, 5, key[i]);
		parts[0] = (struct ike_part){ key[i], keys->len };
	}
	prf_end(ctx, err);
	return err;
}

/* Ka (RFC 2409 appendix B): K1 = prf(SKEYID_e, 0), K2 = prf(SKEYID_e, K1) … */
static int expand_encryption(struct ike_keys *keys, size_t want)
{
	uint8_t k[IKE_HASH_MAX] = { 0 };
	struct ike_part part = { k, 1 };
	size_t done, n;
	int err = 0;

	for (done = 0; done < want && !err; done += n) {
		err = ike_prf(keys->suite.hash, keys->skeyid_e, keys->len, &part, 1, k);
		part.len = keys->len;
		n = want - done < keys->len ? want - done : keys->len;
		memcpy(keys->encryption + done, k, n);
	}
	OPENSSL_cleanse(k, sizeof(k));
	return err;
}

static int derive_encryption(struct ike_keys *keys)
{
	size_t want = ike_key_len(&keys->suite);

	if (want > keys->len)
		return expand_encryption(keys, want);
	memcpy(keys->encryption, keys->skeyid_e, want);
	return 0;
}

int ike_keys_derive(struct ike_keys *keys, const struct ike_keying *k)
{
	int err;

	memset(keys, 0, sizeof(*keys));
	keys->suite = k->suite;
	keys->len = ike_hash_len(k->suite.hash);
	if (!keys->len || !ike_key_len(&k->suite) || !k->secret || !k->secret->len)
		return -EINVAL;
	err = derive_skeyid(keys, k);
	if (!err)
		err = derive_three(keys, k);
	if (!err)
		err = derive_encryption(keys);
	if (!err)
		err = ike_key_check(keys);
	if (err)
		ike_keys_wipe(keys);
	return err;
}

void ike_keys_wipe(struct ike_keys *keys)
{
	OPENSSL_cleanse(keys, sizeof(*keys));
}

int ike_hash_auth(const struct ike_keys *keys, const struct ike_keying *k, bool initiator,
		  struct ike_part sa, struct ike_part id, uint8_t out[IKE_HASH_MAX])
{
	const struct ike_part cookie_i = PART(k->cookie_i), cookie_r = PART(k->cookie_r);
	const struct ike_part parts[] = {
		initiator ? k->public_i : k->public_r,
		initiator ? k->public_r : k->public_i,
		initiator ? cookie_i : cookie_r,
		initiator ? cookie_r : cookie_i,
		sa,
		id,
	};

	return ike_prf(keys->suite.hash, keys->skeyid, keys->len, parts, 6, out);
}

int ike_hash1(const struct ike_keys *keys, uint32_t message_id, struct ike_part rest,
	      uint8_t out[IKE_HASH_MAX])
{
	const uint32_t id = htonl(message_id);
	const struct ike_part parts[] = { { &id, sizeof(id) }, rest };

	return ike_prf(keys->suite.hash, keys->skeyid_a, keys->len, parts, 2, out);
}

int ike_hash2(const struct ike_keys *keys, uint32_t message_id, struct ike_part nonce_i,
	      struct ike_part rest, uint8_t out[IKE_HASH_MAX])
{
	const uint32_t id = htonl(message_id);
	const struct ike_part parts[] = { { &id, sizeof(id) }, nonce_i, rest };

	return ike_prf(keys->suite.hash, keys->skeyid_a, keys->len, parts, 3, out);
}

int ike_hash3(const struct ike_keys *keys, uint32_t message_id, struct ike_part nonce_i,
	      struct ike_part nonce_r, uint8_t out[IKE_HASH_MAX])
{
	const uint32_t id = htonl(message_id);
	const struct ike_part parts[] = { { "", 1 }, { &id, sizeof(id) }, nonce_i, nonce_r };

	return ike_prf(keys->suite.hash, keys->skeyid_a, keys->len, parts, 4, out);
}

/* K1 = prf(SKEYID_d, all of @parts but the first), K2 has K1 before that, and so on. */
int ike_keymat(const struct ike_keys *keys, uint8_t protocol, uint32_t spi,
	       const struct dh_secret *secret, struct ike_part nonce_i,
	       struct ike_part nonce_r, uint8_t *out, size_t len)
{
	uint8_t k[IKE_HASH_MAX];
	struct ike_part parts[] = {
		{ k, 0 },
		{ secret ? secret->bytes : NULL, secret ? secret->len : 0 },
		{ &protocol, sizeof(protocol) },
		{ &spi, sizeof(spi) },
		nonce_i,
		nonce_r,
	};
	EVP_MAC_CTX *ctx = prf_begin(keys->suite.hash, keys->skeyid_d, keys->len);
	size_t done, n;
	int err = 0;

	for (done = 0; done < len && !err; done += n) {
		err = prf_next(ctx, parts, 6, k);
		parts[0].len = keys->len;
		n = len - done < keys->len ? len - done : keys->len;
		if (!err)
			memcpy(out + done, k, n);
	}
	prf_end(ctx, err);
	OPENSSL_cleanse(k, sizeof(k));
	if (err)
		OPENSSL_cleanse(out, len);
	return err;
}
