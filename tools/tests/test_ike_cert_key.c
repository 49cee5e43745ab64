// SPDX-License-Identifier: GPL-2.0-or-later
/* Private keys: which texts are read, and that nothing of them stays in memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/encoder.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "ipsecd/ike/cert_store.h"

#define SECRET_LEN	16

/* Part of the key, in both orders of bytes; what is given back must not have it. */
static uint8_t secret[2][SECRET_LEN];
static bool watching;
static unsigned int left_behind;

static void watch(const void *memory)
{
	size_t len = memory && watching ? malloc_usable_size((void *)memory) : 0;
	unsigned int i;

	for (i = 0; i < 2; i++)
		left_behind += len && memmem(memory, len, secret[i], SECRET_LEN);
}

static void *watched_malloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(len);
}

static void watched_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	watch(memory);
	free(memory);
}

static void *watched_realloc(void *memory, size_t len, const char *file, int line)
{
	void *larger;
	size_t old;

	if (!memory || !watching)
		return realloc(memory, len);
	larger = malloc(len);
	old = malloc_usable_size(memory);
	memcpy(larger, memory, old < len ? old : len);
	watched_free(memory, file, line);
	return larger;
}

static EVP_PKEY *rsa, *ec;

static BIO *text_of(EVP_PKEY *key, const char *structure, const char *cipher)
{
	OSSL_ENCODER_CTX *ctx = OSSL_ENCODER_CTX_new_for_pkey(key, EVP_PKEY_KEYPAIR, "PEM",
							      structure, NULL);
	BIO *bio = BIO_new(BIO_s_mem());

	if (cipher) {
		assert_true(OSSL_ENCODER_CTX_set_cipher(ctx, cipher, NULL));
		assert_true(OSSL_ENCODER_CTX_set_passphrase(ctx, (const unsigned char *)"secret",
							    6));
	}
	assert_true(OSSL_ENCODER_to_bio(ctx, bio));
	OSSL_ENCODER_CTX_free(ctx);
	return bio;
}

static void assert_refused(BIO *bio, const char *why)
{
	struct kerr err;

	assert_null(cert_key_read(bio, &err));
	assert_int_equal(err.err, EINVAL);
	assert_string_equal(err.text, why);
	BIO_free(bio);
}

static void test_texts(void **state)
{
	static const char *const structures[] = { "PrivateKeyInfo", "type-specific" };
	struct kerr err;
	unsigned int i;
	EVP_PKEY *key;
	BIO *bio;

	(void)state;
	for (i = 0; i < 2; i++) {
		bio = text_of(rsa, structures[i], NULL);
		key = cert_key_read(bio, &err);
		assert_non_null(key);
		assert_int_equal(EVP_PKEY_eq(key, rsa), 1);
		EVP_PKEY_free(key);
		BIO_free(bio);
		assert_refused(text_of(ec, structures[i], NULL), "private key: the key is not RSA");
	}
	assert_refused(text_of(rsa, "EncryptedPrivateKeyInfo", "AES-128-CBC"),
		       "private key: it is protected by a passphrase");
	bio = BIO_new(BIO_s_mem());
	assert_true(PEM_write_bio_PrivateKey_traditional(bio, rsa, EVP_aes_128_cbc(),
							 (const unsigned char *)"secret", 6, NULL,
							 NULL));
	assert_refused(bio, "private key: it is protected by a passphrase");
	assert_refused(BIO_new_mem_buf("hello\n", 6), "private key: there is none in the text");
}

/* Reads DER as if it were text. */
static void read_der(const char *name, const uint8_t *der, long len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct kerr err = { 0 };
	EVP_PKEY *key;

	assert_true(PEM_write_bio(bio, name, "", der, len) > 0 || !len);
	key = cert_key_read(bio, &err);
	assert_true(key || err.err == EINVAL);
	EVP_PKEY_free(key);
	BIO_free(bio);
}

static void test_malformed(void **state)
{
	static const char *const structures[] = { "PrivateKeyInfo", "type-specific" };
	unsigned char *der;
	char *name, *header;
	unsigned int i;
	long len, at;
	BIO *bio;

	(void)state;
	for (i = 0; i < 2; i++) {
		bio = text_of(rsa, structures[i], NULL);
		assert_true(PEM_read_bio(bio, &name, &header, &der, &len));
		BIO_free(bio);
		for (at = 0; at < len; at++) {
			read_der(name, der, at);
			der[at] ^= (unsigned char)(1 << (at % 8));
			read_der(name, der, len);
			der[at] ^= (unsigned char)(1 << (at % 8));
		}
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
}

static void test_wiped(void **state)
{
	static const char *const structures[] = { "PrivateKeyInfo", "type-specific" };
	uint8_t prime[64], *der;
	BIGNUM *p = NULL;
	struct kerr err;
	unsigned int i;
	EVP_PKEY *key;
	BIO *bio;

	(void)state;
	assert_true(EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_FACTOR1, &p));
	assert_int_equal(BN_bn2binpad(p, prime, sizeof(prime)), sizeof(prime));
	memcpy(secret[0], prime + 24, SECRET_LEN);
	assert_int_equal(BN_bn2lebinpad(p, prime, sizeof(prime)), sizeof(prime));
	memcpy(secret[1], prime + 24, SECRET_LEN);
	BN_clear_free(p);
	for (i = 0; i < 2; i++) {
		bio = text_of(rsa, structures[i], NULL);
		watching = true;
		key = cert_key_read(bio, &err);
		EVP_PKEY_free(key);
		watching = false;
		assert_int_equal(left_behind, 0);
		BIO_free(bio);
	}
	/* Such a thing would be seen. */
	der = OPENSSL_malloc(100);
	memcpy(der + 50, secret[0], SECRET_LEN);
	watching = true;
	OPENSSL_free(der);
	watching = false;
	assert_int_equal(left_behind, 1);
}

static int setup(void **state)
{
	(void)state;
	rsa = EVP_RSA_gen(1024);
	ec = EVP_EC_gen("P-256");
	return rsa && ec ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_wiped),
	};

	if (!CRYPTO_set_mem_functions(watched_malloc, watched_realloc, watched_free))
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
