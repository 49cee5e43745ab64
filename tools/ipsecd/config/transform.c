// SPDX-License-Identifier: GPL-2.0-or-later
/* Transform sets; the algorithms come from include/cryptomap/algorithms.h. */
#include <cryptomap/algorithms.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transform.h"

#define ENCR_LINE(suffix, name, ios, display, crypto, key_min, key_max,	\
		  key_step, salt, iv, block, icv, flags)		\
	[CRYPTOMAP_ENCR_ALG_##suffix] = {				\
		name, ios, display, key_min, key_max, key_step, salt,	\
		iv, block, icv, flags },

static const struct encr_info encr_infos[] = { CM_ENCR_ALGS(ENCR_LINE) };

#define AUTH_LINE(suffix, name, ios_esp, ios_ah, display, crypto, key,	\
		  icv, flags)						\
	[CRYPTOMAP_AUTH_ALG_##suffix] = {				\
		name, ios_esp, ios_ah, display, key, icv, flags },

static const struct auth_info auth_infos[] = { CM_AUTH_ALGS(AUTH_LINE) };

#define N_ENCR	(sizeof(encr_infos) / sizeof(*encr_infos))
#define N_AUTH	(sizeof(auth_infos) / sizeof(*auth_infos))

/* Transforms of IOS that are known and not there. */
static const char *const unsupported[] = {
	"esp-seal", "esp-gmac",
	"ah-md5-hmac", "ah-sha-hmac", "ah-sha256-hmac", "ah-sha384-hmac",
	"ah-sha512-hmac", "comp-lzs",
};

/* NULL for CRYPTOMAP_ENCR_ALG_NONE and unknown numbers. */
const struct encr_info *transform_encr(enum cryptomap_encr_alg alg)
{
	if (alg >= N_ENCR || !encr_infos[alg].name)
		return NULL;
	return &encr_infos[alg];
}

/* NULL for CRYPTOMAP_AUTH_ALG_NONE and unknown numbers. */
const struct auth_info *transform_auth(enum cryptomap_auth_alg alg)
{
	if (alg >= N_AUTH || !auth_infos[alg].name)
		return NULL;
	return &auth_infos[alg];
}

const char *transform_mode_name(enum cryptomap_mode mode)
{
	return mode == CRYPTOMAP_MODE_TRANSPORT ? "Transport" : "Tunnel";
}

struct transform_set *transform_new(const char *name)
{
	struct transform_set *set = object_alloc(sizeof(*set));

	set->name = object_strdup(name);
	set->mode = CRYPTOMAP_MODE_TUNNEL;
	return set;
}

const struct transform_set *transform_find(const struct objects *sets,
					   const char *name)
{
	struct transform_set key = { .name = (char *)name };

	return objects_find(sets, &key);
}

/* Number of the algorithm with the IOS keyword @word, or 0 (none). */
static unsigned int find_encr(const char *word)
{
	for (unsigned int i = 1; i < N_ENCR; i++)
		if (encr_infos[i].ios && strcmp(encr_infos[i].ios, word) == 0)
			return i;
	return 0;
}

static unsigned int find_auth(const char *word)
{
	for (unsigned int i = 1; i < N_AUTH; i++)
		if (auth_infos[i].ios_esp && strcmp(auth_infos[i].ios_esp, word) == 0)
			return i;
	return 0;
}

/* Whether @word is a key length in bits; then it is stored. */
static bool parse_bits(const char *word, unsigned int *bits)
{
	char *end;
	unsigned long value;

	if (!word || *word < '0' || *word > '9')
		return false;
	errno = 0;
	value = strtoul(word, &end, 10);
	if (*end || errno || value > 65535)
		return false;
	*bits = value;
	return true;
}

static bool bits_fit(const struct encr_info *info, unsigned int bits)
{
	unsigned int bytes = bits / 8;

	if (bits % 8 || bytes < info->key_min || bytes > info->key_max)
		return false;
	return info->key_step && (bytes - info->key_min) % info->key_step == 0;
}

static bool add_encr(struct transform_set *set, unsigned int alg,
		     const char *bits, size_t *used, char *error, size_t size)
{
	const struct encr_info *info = &encr_infos[alg];

	if (set->encr) {
		snprintf(error, size, "Only one ESP cipher is possible in a transform set: %s or %s",
			 encr_infos[set->encr].ios, info->ios);
		return false;
	}
	set->encr = alg;
	set->key_bits = info->key_min * 8;
	*used = 1;
	if (!parse_bits(bits, &set->key_bits))
		return true;
	*used = 2;
	if (bits_fit(info, set->key_bits))
		return true;
	snprintf(error, size, "%s has no key of %s bits", info->ios, bits);
	return false;
}

static bool add_auth(struct transform_set *set, unsigned int alg, char *error,
		     size_t size)
{
	if (set->auth) {
		snprintf(error, size, "Only one ESP authentication is possible in a transform set: %s or %s",
			 auth_infos[set->auth].ios_esp, auth_infos[alg].ios_esp);
		return false;
	}
	set->auth = alg;
	set->auth_first = !set->encr;
	return true;
}

static bool refuse_word(const char *word, char *error, size_t size)
{
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(*unsupported); i++) {
		if (strcmp(unsupported[i], word))
			continue;
		snprintf(error, size, "Transform %s is not supported yet", word);
		return false;
	}
	snprintf(error, size, "Unknown transform %s", word);
	return false;
}

/* What RFC 4303 or IOS does not allow together. */
static bool check_combination(const struct transform_set *set, char *error,
			      size_t size)
{
	const struct encr_info *encr = transform_encr(set->encr);
	const struct auth_info *auth = transform_auth(set->auth);

	if (!encr) {
		snprintf(error, size, "%s needs an ESP cipher beside it; esp-null is one",
			 auth->ios_esp);
		return false;
	}
	if ((encr->flags & CM_ALG_AEAD) && auth) {
		snprintf(error, size, "%s authenticates by itself, %s cannot be used with it",
			 encr->ios, auth->ios_esp);
		return false;
	}
	if (!(encr->flags & CM_ALG_AEAD) && !auth) {
		snprintf(error, size, "%s needs an ESP authentication beside it: ESP without integrity is not supported",
			 encr->ios);
		return false;
	}
	return true;
}

/*
 * Set the transforms of @set from the words of a command; key lengths are
 * words of their own behind their cipher.  On failure @error says why and the
 * transforms of @set are undefined.
 */
bool transform_parse(struct transform_set *set, const char *const words[],
		     size_t n, char *error, size_t size)
{
	unsigned int alg;
	size_t used;

	set->encr = CRYPTOMAP_ENCR_ALG_NONE;
	set->auth = CRYPTOMAP_AUTH_ALG_NONE;
	set->key_bits = 0;
	set->auth_first = false;
	for (size_t i = 0; i < n; i += used) {
		used = 1;
		if ((alg = find_encr(words[i]))) {
			if (!add_encr(set, alg, i + 1 < n ? words[i + 1] : NULL,
				      &used, error, size))
				return false;
		} else if ((alg = find_auth(words[i]))) {
			if (!add_auth(set, alg, error, size))
				return false;
		} else {
			return refuse_word(words[i], error, size);
		}
	}
	if (!n) {
		snprintf(error, size, "A transform set needs at least one transform");
		return false;
	}
	return check_combination(set, error, size);
}

/* The transforms as they are written, like "esp-aes 256 esp-sha-hmac". */
size_t transform_format(const struct transform_set *set, char *text,
			size_t size)
{
	const struct encr_info *encr = transform_encr(set->encr);
	const struct auth_info *auth = transform_auth(set->auth);
	char cipher[32] = "";

	if (encr && set->key_bits != encr->key_min * 8)
		snprintf(cipher, sizeof(cipher), "%s %u", encr->ios, set->key_bits);
	else if (encr)
		snprintf(cipher, sizeof(cipher), "%s", encr->ios);
	if (!auth)
		return snprintf(text, size, "%s", cipher);
	if (set->auth_first)
		return snprintf(text, size, "%s %s", auth->ios_esp, cipher);
	return snprintf(text, size, "%s %s", cipher, auth->ios_esp);
}

static int transform_compare(const void *a, const void *b)
{
	const struct transform_set *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool transform_equal(const void *a, const void *b)
{
	const struct transform_set *x = a, *y = b;

	return strcmp(x->name, y->name) == 0 && x->mode == y->mode &&
	       x->encr == y->encr && x->key_bits == y->key_bits &&
	       x->auth == y->auth && x->auth_first == y->auth_first;
}

static void *transform_clone(const void *object)
{
	const struct transform_set *from = object;
	struct transform_set *to = transform_new(from->name);

	to->mode = from->mode;
	to->encr = from->encr;
	to->key_bits = from->key_bits;
	to->auth = from->auth;
	to->auth_first = from->auth_first;
	return to;
}

static void transform_destroy(void *object)
{
	struct transform_set *set = object;

	free(set->name);
	free(set);
}

const struct object_class transform_class = {
	.compare = transform_compare,
	.equal = transform_equal,
	.clone = transform_clone,
	.destroy = transform_destroy,
};
