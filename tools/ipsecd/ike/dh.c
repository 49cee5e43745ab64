// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "dh.h"
#include "isakmp.h"

/*
 * A private exponent has twice the bits that the group is strong (RFC 3526
 * section 8). OpenSSL does so for the groups that it has names for; for the
 * two old ones this is more than enough and costs little.
 */
#define SHORT_EXPONENT_BITS	200

/* First octet of an uncompressed point (SEC 1), which IKE leaves out. */
#define POINT_UNCOMPRESSED	0x04

/**
 * struct group - a group
 * @bits: of the prime
 * @openssl: OpenSSL's name, NULL if it has none
 * @prime: when it has none
 * @curve: ECP
 * @subgroup: the prime is no safe one: that a peer's value is of the right
 *	order has to be computed (RFC 6989 2.2)
 * @params: set once by dh_init(); shared by all exchanges
 * @generator: makes keys of them; to make it anew each time costs more than
 *	some keys
 */
struct group {
	uint16_t number;
	uint16_t bits;
	const char *openssl;
	BIGNUM *(*prime)(BIGNUM *bn);
	bool curve;
	bool subgroup;
	EVP_PKEY *params;
	EVP_PKEY_CTX *generator;
};

static struct group groups[] = {
	{ IKE_GROUP_1, 768, .prime = BN_get_rfc2409_prime_768 },
	{ IKE_GROUP_2, 1024, .prime = BN_get_rfc2409_prime_1024 },
	{ IKE_GROUP_5, 1536, .openssl = "modp_1536" },
	{ IKE_GROUP_14, 2048, .openssl = "modp_2048" },
	{ IKE_GROUP_15, 3072, .openssl = "modp_3072" },
	{ IKE_GROUP_16, 4096, .openssl = "modp_4096" },
	{ IKE_GROUP_19, 256, .openssl = "P-256", .curve = true },
	{ IKE_GROUP_20, 384, .openssl = "P-384", .curve = true },
	{ IKE_GROUP_21, 521, .openssl = "P-521", .curve = true },
	{ IKE_GROUP_24, 2048, .openssl = "dh_2048_256", .subgroup = true },
};

#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

struct dh {
	const struct group *group;
	EVP_PKEY *key;
	uint8_t public[DH_PUBLIC_MAX];
};

static struct group *find(unsigned int number)
{
	unsigned int i;

	for (i = 0; i < N_GROUPS; i++) {
		if (groups[i].number == number)
			return &groups[i];
	}
	return NULL;
}

static size_t prime_len(const struct group *group)
{
	return (group->bits + 7) / 8;
}

bool dh_group_known(unsigned int group)
{
	return find(group);
}

size_t dh_public_len(unsigned int group)
{
	const struct group *g = find(group);

	return !g ? 0 : g->curve ? 2 * prime_len(g) : prime_len(g);
}

/* The parameters as OpenSSL wants them: a name, or p and g = 2. */
static OSSL_PARAM *describe(const struct group *group, OSSL_PARAM_BLD *bld, BIGNUM *p, BIGNUM *g)
{
	if (group->openssl) {
		if (!OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
						     group->openssl, 0))
			return NULL;
	} else if (!group->prime(p) || !BN_set_word(g, 2) ||
		   !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_P, p) ||
		   !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_G, g)) {
		return NULL;
	}
	return OSSL_PARAM_BLD_to_param(bld);
}

static EVP_PKEY *load(const struct group *group)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, group->curve ? "EC" : "DH", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *p = BN_new(), *g = BN_new();
	OSSL_PARAM *description = NULL;
	EVP_PKEY *params = NULL;

	if (ctx && bld && p && g)
		description = describe(group, bld, p, g);
	if (description && EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &params, EVP_PKEY_KEY_PARAMETERS, description);
	OSSL_PARAM_free(description);
	BN_free(p);
	BN_free(g);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return params;
}

static EVP_PKEY_CTX *load_generator(const struct group *group)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, group->params, NULL);
	int bits = SHORT_EXPONENT_BITS;
	const OSSL_PARAM exponent[] = {
		OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_DH_PRIV_LEN, &bits),
		OSSL_PARAM_construct_end(),
	};

	if (ctx && EVP_PKEY_keygen_init(ctx) > 0 &&
	    (group->openssl || EVP_PKEY_CTX_set_params(ctx, exponent) > 0))
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

void dh_init(void)
{
	unsigned int i;

	for (i = 0; i < N_GROUPS; i++) {
		if (!groups[i].params)
			groups[i].params = load(&groups[i]);
		if (groups[i].params && !groups[i].generator)
			groups[i].generator = load_generator(&groups[i]);
	}
	ERR_clear_error();
}

void dh_exit(void)
{
	unsigned int i;

	for (i = 0; i < N_GROUPS; i++) {
		EVP_PKEY_CTX_free(groups[i].generator);
		groups[i].generator = NULL;
		EVP_PKEY_free(groups[i].params);
		groups[i].params = NULL;
	}
}

bool dh_group_supported(unsigned int group)
{
	const struct group *g = find(group);

	return g && g->generator;
}

static EVP_PKEY *generate(const struct group *group)
{
	EVP_PKEY *key = NULL;

	EVP_PKEY_generate(group->generator, &key);
	return key;
}

/* The public value as IKE writes it: a number of the prime's length, or x | y. */
static bool export(struct dh *dh)
{
	uint8_t encoded[DH_PUBLIC_MAX];
	size_t skip = dh->group->curve ? 1 : 0, len = 0;
	size_t want = dh_public_len(dh->group->number);

	if (EVP_PKEY_get_octet_string_param(dh->key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
					    encoded, sizeof(encoded), &len) <= 0 ||
	    len != skip + want)
		return false;
	memcpy(dh->public, encoded + skip, want);
	return true;
}

int dh_new(struct dh **out, unsigned int group)
{
	const struct group *g = find(group);
	struct dh *dh;

	*out = NULL;
	if (!g)
		return -EINVAL;
	if (!g->generator)
		return -EIO;
	dh = calloc(1, sizeof(*dh));
	if (!dh)
		return -ENOMEM;
	dh->group = g;
	dh->key = generate(g);
	if (!dh->key || !export(dh)) {
		dh_free(dh);
		ERR_clear_error();
		return -EIO;
	}
	*out = dh;
	return 0;
}

void dh_free(struct dh *dh)
{
	if (!dh)
		return;
	/* OpenSSL wipes the private half. */
	EVP_PKEY_free(dh->key);
	free(dh);
}

const uint8_t *dh_public(const struct dh *dh)
{
	return dh->public;
}

/* The peer's half as a key; NULL if it is not in 2 … p - 2, or not on the curve. */
static EVP_PKEY *import(const struct group *group, const void *peer, size_t len)
{
	uint8_t encoded[DH_PUBLIC_MAX];
	size_t skip = group->curve ? 1 : 0;
	EVP_PKEY *key = EVP_PKEY_new();

	encoded[0] = POINT_UNCOMPRESSED;
	memcpy(encoded + skip, peer, len);
	if (key && EVP_PKEY_copy_parameters(key, group->params) > 0 &&
	    EVP_PKEY_set1_encoded_public_key(key, encoded, skip + len) > 0)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/*
 * A number below a safe prime other than the trivial ones is of the group's
 * order or twice that, which tells no more than one bit of an exponent that is
 * used once. Only elsewhere the order is worth an exponentiation.
 */
static int derive(struct dh *dh, EVP_PKEY *peer, struct dh_secret *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->key, NULL);
	unsigned int pad = 1;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad),
		OSSL_PARAM_construct_end(),
	};
	size_t len = sizeof(out->bytes);
	int err = -EIO;

	if (!ctx || EVP_PKEY_derive_init_ex(ctx, dh->group->curve ? NULL : params) <= 0)
		goto out;
	err = -EBADMSG;
	if (EVP_PKEY_derive_set_peer_ex(ctx, peer, dh->group->subgroup) <= 0 ||
	    EVP_PKEY_derive(ctx, out->bytes, &len) <= 0)
		goto out;
	err = -EIO;
	if (len != prime_len(dh->group))
		goto out;
	out->len = len;
	err = 0;
out:
	EVP_PKEY_CTX_free(ctx);
	return err;
}

int dh_compute(struct dh *dh, const void *peer, size_t len, struct dh_secret *out)
{
	EVP_PKEY *key;
	int err = -EBADMSG;

	out->len = 0;
	if (len != dh_public_len(dh->group->number))
		return -EBADMSG;
	key = import(dh->group, peer, len);
	if (key)
		err = derive(dh, key, out);
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (err)
		dh_secret_wipe(out);
	return err;
}

void dh_secret_wipe(struct dh_secret *secret)
{
	OPENSSL_cleanse(secret, sizeof(*secret));
}
