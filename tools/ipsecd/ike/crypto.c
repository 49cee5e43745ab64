// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "crypto.h"

static struct crypto_hash hashes[] = {
	{ IKE_HASH_MD5, 16, "MD5", NULL, NULL },
	{ IKE_HASH_SHA, 20, "SHA1", NULL, NULL },
	{ IKE_HASH_SHA256, 32, "SHA2-256", NULL, NULL },
	{ IKE_HASH_SHA384, 48, "SHA2-384", NULL, NULL },
	{ IKE_HASH_SHA512, 64, "SHA2-512", NULL, NULL },
};

/*
 * DES is 3DES with one key three times. OpenSSL has DES itself in a module of
 * its own, which is not installed everywhere.
 */
static struct crypto_cipher ciphers[] = {
	{ IKE_ENCRYPTION_DES, 0, 8, 8, "DES-EDE3-CBC", NULL },
	{ IKE_ENCRYPTION_3DES, 0, 24, 8, "DES-EDE3-CBC", NULL },
	{ IKE_ENCRYPTION_AES, 128, 16, 16, "AES-128-CBC", NULL },
	{ IKE_ENCRYPTION_AES, 192, 24, 16, "AES-192-CBC", NULL },
	{ IKE_ENCRYPTION_AES, 256, 32, 16, "AES-256-CBC", NULL },
};

#define N_HASHES (sizeof(hashes) / sizeof(hashes[0]))
#define N_CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))

/* An HMAC to copy. OpenSSL copies none that has no key yet. */
static EVP_MAC_CTX *load_hmac(EVP_MAC *mac, const char *name)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

	if (ctx && EVP_MAC_init(ctx, (const unsigned char *)"none", 4, params))
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

static void load_hashes(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	struct crypto_hash *h;

	for (h = hashes; mac && h < hashes + N_HASHES; h++) {
		if (!h->md)
			h->md = EVP_MD_fetch(NULL, h->name, NULL);
		if (h->md && !h->hmac)
			h->hmac = load_hmac(mac, h->name);
	}
	/* The contexts hold it. */
	EVP_MAC_free(mac);
}

void ike_crypto_init(void)
{
	struct crypto_cipher *c;

	load_hashes();
	for (c = ciphers; c < ciphers + N_CIPHERS; c++) {
		if (!c->cipher)
			c->cipher = EVP_CIPHER_fetch(NULL, c->name, NULL);
	}
	dh_init();
	ERR_clear_error();
}

void ike_crypto_exit(void)
{
	struct crypto_cipher *c;
	struct crypto_hash *h;

	dh_exit();
	for (c = ciphers; c < ciphers + N_CIPHERS; c++) {
		EVP_CIPHER_free(c->cipher);
		c->cipher = NULL;
	}
	for (h = hashes; h < hashes + N_HASHES; h++) {
		EVP_MAC_CTX_free(h->hmac);
		h->hmac = NULL;
		EVP_MD_free(h->md);
		h->md = NULL;
	}
}

const struct crypto_hash *crypto_hash(unsigned int number)
{
	unsigned int i;

	for (i = 0; i < N_HASHES; i++) {
		if (hashes[i].number == number)
			return &hashes[i];
	}
	return NULL;
}

const struct crypto_cipher *crypto_cipher(unsigned int number, unsigned int key_bits)
{
	unsigned int i;

	for (i = 0; i < N_CIPHERS; i++) {
		if (ciphers[i].number == number && ciphers[i].key_bits == key_bits)
			return &ciphers[i];
	}
	return NULL;
}

size_t ike_hash_len(unsigned int hash)
{
	const struct crypto_hash *h = crypto_hash(hash);

	return h ? h->len : 0;
}

size_t ike_block_len(unsigned int encryption)
{
	unsigned int i;

	for (i = 0; i < N_CIPHERS; i++) {
		if (ciphers[i].number == encryption)
			return ciphers[i].block;
	}
	return 0;
}

size_t ike_key_len(const struct ike_suite *suite)
{
	const struct crypto_cipher *c = crypto_cipher(suite->encryption, suite->key_bits);

	return c ? c->key_len : 0;
}

bool ike_suite_supported(const struct ike_suite *suite)
{
	const struct crypto_cipher *c = crypto_cipher(suite->encryption, suite->key_bits);
	const struct crypto_hash *h = crypto_hash(suite->hash);

	return c && c->cipher && h && h->hmac && dh_group_supported(suite->group) &&
	       (suite->auth == IKE_AUTH_PSK || suite->auth == IKE_AUTH_RSA_SIG);
}
