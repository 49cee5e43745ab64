// SPDX-License-Identifier: GPL-2.0-or-later
/* Owner cookies of manual SAs: magic | salt | SHA-256(salt | parameters). */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

#include "owner.h"

#define SALT_LEN	16
#define DIGEST_LEN	32

static const uint8_t magic[4] = { 'c', 'm', 's', 1 };

#define OWNER_LEN	(sizeof(magic) + SALT_LEN + DIGEST_LEN)

_Static_assert(OWNER_LEN <= CRYPTOMAP_OWNER_MAX, "owner cookie fits");

static int add_number(EVP_MD_CTX *ctx, uint32_t number)
{
	uint8_t bytes[4] = { number >> 24, number >> 16, number >> 8, number };

	return EVP_DigestUpdate(ctx, bytes, sizeof(bytes));
}

static int add_address(EVP_MD_CTX *ctx, const struct addr *a)
{
	return add_number(ctx, a->family) &&
	       EVP_DigestUpdate(ctx, a->bytes, addr_length(a->family));
}

/*
 * The replay window is left out on purpose: a changed window is for SAs made
 * after it (REPLAY-10).  So is the flow, whose number is the kernel's.
 */
static int add_parameters(EVP_MD_CTX *ctx, const struct cm_sa *sa,
			  const struct cm_sa_keys *keys)
{
	return add_number(ctx, sa->id.direction) && add_number(ctx, sa->id.spi) &&
	       add_number(ctx, sa->id.proto) && add_address(ctx, &sa->src) &&
	       add_address(ctx, &sa->id.dst) && add_number(ctx, sa->mode) &&
	       add_number(ctx, sa->encr_alg) && add_number(ctx, sa->auth_alg) &&
	       add_number(ctx, keys->encr_len) &&
	       EVP_DigestUpdate(ctx, keys->encr, keys->encr_len) &&
	       add_number(ctx, keys->auth_len) &&
	       EVP_DigestUpdate(ctx, keys->auth, keys->auth_len);
}

static int digest(uint8_t out[DIGEST_LEN], const uint8_t salt[SALT_LEN],
		  const struct cm_sa *sa, const struct cm_sa_keys *keys)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int done;

	if (!ctx)
		return -ENOMEM;
	done = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) &&
	       EVP_DigestUpdate(ctx, salt, SALT_LEN) &&
	       add_parameters(ctx, sa, keys) && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return done ? 0 : -EIO;
}

/* A cookie with a fresh salt.  Returns 0 or a negative errno. */
int owner_make(struct cm_owner *owner, const struct cm_sa *sa, const struct cm_sa_keys *keys)
{
	uint8_t *salt = owner->bytes + sizeof(magic);

	memset(owner, 0, sizeof(*owner));
	memcpy(owner->bytes, magic, sizeof(magic));
	if (getrandom(salt, SALT_LEN, 0) != SALT_LEN)
		return -errno;
	owner->len = OWNER_LEN;
	return digest(salt + SALT_LEN, salt, sa, keys);
}

/* Whether an SA was made from an ipsec-manual entry by some ipsecd. */
bool owner_is_manual(const struct cm_owner *owner)
{
	return owner->len == OWNER_LEN && memcmp(owner->bytes, magic, sizeof(magic)) == 0;
}

bool owner_matches(const struct cm_owner *owner, const struct cm_sa *sa,
		   const struct cm_sa_keys *keys)
{
	const uint8_t *salt = owner->bytes + sizeof(magic);
	uint8_t expected[DIGEST_LEN];

	if (!owner_is_manual(owner) || digest(expected, salt, sa, keys))
		return false;
	return CRYPTO_memcmp(expected, salt + SALT_LEN, DIGEST_LEN) == 0;
}
