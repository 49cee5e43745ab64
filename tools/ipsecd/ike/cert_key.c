// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Our private key out of its PEM text. OpenSSL 3.0's decoders leave copies of
 * it in memory that they give back; here each is wiped.
 */
#include <errno.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "cert_store.h"

/* RSAPrivateKey (RFC 8017 A.1.2): a version, then these. */
static const char *const numbers[] = {
	OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

/**
 * struct rsa_numbers - the numbers as OpenSSL takes them
 * @bytes: in the machine's order
 */
struct rsa_numbers {
	OSSL_PARAM params[N_NUMBERS + 1];
	uint8_t bytes[N_NUMBERS][CERT_SIGNATURE_MAX];
};

static bool get_number(struct rsa_numbers *rsa, unsigned int i, const ASN1_TYPE *type)
{
	bool good = false;
	BIGNUM *bn;
	int len;

	if (ASN1_TYPE_get(type) != V_ASN1_INTEGER)
		return false;
	bn = ASN1_INTEGER_to_BN(type->value.integer, NULL);
	len = bn && !BN_is_negative(bn) ? BN_num_bytes(bn) : 0;
	if (len && len <= CERT_SIGNATURE_MAX) {
		good = BN_bn2nativepad(bn, rsa->bytes[i], len) == len;
		rsa->params[i] = OSSL_PARAM_construct_BN(numbers[i], rsa->bytes[i], (size_t)len);
	}
	BN_clear_free(bn);
	return good;
}

static bool get_numbers(struct rsa_numbers *rsa, const ASN1_SEQUENCE_ANY *sequence)
{
	unsigned int i;

	/* With a tenth one it has more than two primes: nobody's. */
	if (sk_ASN1_TYPE_num(sequence) != N_NUMBERS + 1)
		return false;
	for (i = 0; i < N_NUMBERS; i++) {
		if (!get_number(rsa, i, sk_ASN1_TYPE_value(sequence, (int)i + 1)))
			return false;
	}
	rsa->params[N_NUMBERS] = OSSL_PARAM_construct_end();
	return true;
}

static void wipe_sequence(ASN1_SEQUENCE_ANY *sequence)
{
	ASN1_TYPE *type;

	while ((type = sk_ASN1_TYPE_pop(sequence))) {
		if (ASN1_TYPE_get(type) == V_ASN1_INTEGER)
			OPENSSL_cleanse(type->value.integer->data,
					(size_t)type->value.integer->length);
		ASN1_TYPE_free(type);
	}
	sk_ASN1_TYPE_free(sequence);
}

static EVP_PKEY *from_rsa(const unsigned char *der, long len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	ASN1_SEQUENCE_ANY *sequence = d2i_ASN1_SEQUENCE_ANY(NULL, &der, len);
	struct rsa_numbers rsa;
	EVP_PKEY *key = NULL;

	if (ctx && sequence && get_numbers(&rsa, sequence) && EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, rsa.params);
	OPENSSL_cleanse(&rsa, sizeof(rsa));
	wipe_sequence(sequence);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *from_pkcs8(const unsigned char *der, long len, const char **why)
{
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, len);
	const ASN1_OBJECT *algorithm;
	const unsigned char *inner;
	EVP_PKEY *key = NULL;
	int inner_len;

	if (info && PKCS8_pkey_get0(&algorithm, &inner, &inner_len, NULL, info)) {
		if (OBJ_obj2nid(algorithm) == NID_rsaEncryption)
			key = from_rsa(inner, inner_len);
		else
			*why = "the key is not RSA";
	}
	/* Wipes it. */
	PKCS8_PRIV_KEY_INFO_free(info);
	return key;
}

static EVP_PKEY *decode(const char *name, const unsigned char *der, long len, const char **why)
{
	*why = "it is malformed";
	if (!strcmp(name, PEM_STRING_PKCS8INF))
		return from_pkcs8(der, len, why);
	if (!strcmp(name, PEM_STRING_RSA))
		return from_rsa(der, len);
	*why = !strcmp(name, PEM_STRING_PKCS8) ? "it is protected by a passphrase" :
						 "the key is not RSA";
	return NULL;
}

/* Nobody is there to be asked for a passphrase. */
static int no_passphrase(char *text, int size, int writing, void *asked)
{
	(void)text;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

EVP_PKEY *cert_key_read(BIO *bio, struct kerr *err)
{
	const char *why = "there is none in the text";
	unsigned char *der = NULL;
	EVP_PKEY *key = NULL;
	bool asked = false;
	char *name = NULL;
	long len = 0;

	if (PEM_bytes_read_bio_secmem(&der, &len, &name, PEM_STRING_EVP_PKEY, bio, no_passphrase,
				      &asked))
		key = decode(name, der, len, &why);
	else if (asked)
		why = "it is protected by a passphrase";
	OPENSSL_secure_free(name);
	OPENSSL_secure_clear_free(der, (size_t)len);
	ERR_clear_error();
	if (key)
		why = cert_key_refusal(key);
	if (!why)
		return key;
	kerr_set(err, EINVAL, "private key: %s", why);
	EVP_PKEY_free(key);
	return NULL;
}
