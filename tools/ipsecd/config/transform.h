/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transform sets: what ESP does to the packets of a flow (TSET-1 … TSET-4). */
#ifndef _IPSECD_CONFIG_TRANSFORM_H
#define _IPSECD_CONFIG_TRANSFORM_H

#include <linux/cryptomap.h>
#include <stdint.h>

#include "object.h"

/**
 * struct transform_set - crypto ipsec transform-set
 * @object: reference count
 * @name: key
 * @mode: as configured; transport is used only where it can be, see
 *	resolve_mode()
 * @encr: CRYPTOMAP_ENCR_ALG_NONE if the set names no cipher
 * @key_bits: length of the cipher key, 0 for esp-null
 * @auth: CRYPTOMAP_AUTH_ALG_NONE if the set names no integrity algorithm
 * @auth_first: the integrity algorithm was written before the cipher
 */
struct transform_set {
	struct object object;
	char *name;
	enum cryptomap_mode mode;
	enum cryptomap_encr_alg encr;
	unsigned int key_bits;
	enum cryptomap_auth_alg auth;
	bool auth_first;
};

/**
 * struct encr_info - one line of CM_ENCR_ALGS
 * Sizes in bytes; see include/cryptomap/algorithms.h.
 */
struct encr_info {
	const char *name;
	const char *ios;
	const char *display;
	unsigned int key_min;
	unsigned int key_max;
	unsigned int key_step;
	unsigned int salt;
	unsigned int iv;
	unsigned int block;
	unsigned int icv;
	unsigned int flags;
};

/** struct auth_info - one line of CM_AUTH_ALGS; sizes in bytes */
struct auth_info {
	const char *name;
	const char *ios_esp;
	const char *ios_ah;
	const char *display;
	unsigned int key;
	unsigned int icv;
	unsigned int flags;
};

extern const struct object_class transform_class;

struct transform_set *transform_new(const char *name);
const struct transform_set *transform_find(const struct objects *sets,
					   const char *name);
bool transform_parse(struct transform_set *set, const char *const words[],
		     size_t n, char *error, size_t size);
size_t transform_format(const struct transform_set *set, char *text,
			size_t size);
const char *transform_mode_name(enum cryptomap_mode mode);

const struct encr_info *transform_encr(enum cryptomap_encr_alg alg);
const struct auth_info *transform_auth(enum cryptomap_auth_alg alg);

#endif /* _IPSECD_CONFIG_TRANSFORM_H */
