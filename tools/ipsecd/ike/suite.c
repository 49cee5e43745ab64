// SPDX-License-Identifier: GPL-2.0-or-later
/* Transform sets on the wire and in the data plane; see suite.h. */
#include <string.h>

#include "suite.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

static const uint8_t esp_ids[] = {
	[CRYPTOMAP_ENCR_ALG_NULL] = ISAKMP_ESP_NULL,
	[CRYPTOMAP_ENCR_ALG_AES_CBC] = ISAKMP_ESP_AES_CBC,
	[CRYPTOMAP_ENCR_ALG_AES_GCM_16] = ISAKMP_ESP_AES_GCM_16,
	[CRYPTOMAP_ENCR_ALG_DES_CBC] = ISAKMP_ESP_DES,
	[CRYPTOMAP_ENCR_ALG_DES3_CBC] = ISAKMP_ESP_3DES,
};

static const uint8_t auth_ids[] = {
	[CRYPTOMAP_AUTH_ALG_HMAC_SHA1_96] = IPSEC_AUTH_HMAC_SHA,
	[CRYPTOMAP_AUTH_ALG_HMAC_SHA2_256_128] = IPSEC_AUTH_HMAC_SHA2_256,
	[CRYPTOMAP_AUTH_ALG_HMAC_SHA2_384_192] = IPSEC_AUTH_HMAC_SHA2_384,
	[CRYPTOMAP_AUTH_ALG_HMAC_SHA2_512_256] = IPSEC_AUTH_HMAC_SHA2_512,
	[CRYPTOMAP_AUTH_ALG_HMAC_MD5_96] = IPSEC_AUTH_HMAC_MD5,
};

bool suite_from_set(struct ipsec_transform *t, const struct transform_set *set,
		    enum cryptomap_mode mode)
{
	const struct encr_info *encr = transform_encr(set->encr);

	t->id = set->encr < N(esp_ids) ? esp_ids[set->encr] : 0;
	/* Said only where there are several (RFC 2407 4.5). */
	t->key_bits = encr && encr->key_step ? set->key_bits : 0;
	t->auth = set->auth < N(auth_ids) ? auth_ids[set->auth] : 0;
	t->encapsulation = mode == CRYPTOMAP_MODE_TRANSPORT ?
		IPSEC_ENCAPSULATION_TRANSPORT : IPSEC_ENCAPSULATION_TUNNEL;
	return t->id && (t->auth || !set->auth);
}

/*
 * RFC 2407 4.5 leaves open what is meant without an encapsulation; peers mean
 * tunnel mode.
 */
static uint16_t encapsulation(const struct ipsec_transform *t)
{
	return t->encapsulation ? t->encapsulation : IPSEC_ENCAPSULATION_TUNNEL;
}

bool suite_equal(const struct ipsec_transform *a, const struct ipsec_transform *b)
{
	return a->id == b->id && a->key_bits == b->key_bits && a->auth == b->auth &&
	       encapsulation(a) == encapsulation(b) && a->esn == b->esn;
}

static size_t cipher_len(const struct transform_set *set)
{
	const struct encr_info *encr = transform_encr(set->encr);

	return set->key_bits / 8 + (encr ? encr->salt : 0);
}

static size_t auth_len(const struct transform_set *set)
{
	const struct auth_info *auth = transform_auth(set->auth);

	return auth ? auth->key : 0;
}

size_t suite_keymat_len(const struct transform_set *set)
{
	return cipher_len(set) + auth_len(set);
}

void suite_split_keys(struct cm_sa_keys *keys, const struct transform_set *set,
		      const uint8_t *keymat)
{
	memset(keys, 0, sizeof(*keys));
	keys->encr_len = cipher_len(set);
	memcpy(keys->encr, keymat, keys->encr_len);
	keys->auth_len = auth_len(set);
	memcpy(keys->auth, keymat + keys->encr_len, keys->auth_len);
}
