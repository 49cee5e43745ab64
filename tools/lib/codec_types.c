// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "codec_types.h"

#define X(suffix, name, ios, display, crypto, key_min, key_max, key_step, salt, iv, block, icv, \
	  flags)									\
	_Static_assert((key_max) <= CM_ENCR_KEY_MAX &&					\
		       (key_max) + (salt) <= CM_ENCR_KEYMAT_MAX &&			\
		       (iv) <= CM_ENCR_IV_MAX && (icv) <= CM_ICV_MAX,			\
		       name ": a limit of algorithms.h is too small");
CM_ENCR_ALGS(X)
#undef X

#define X(suffix, name, ios_esp, ios_ah, display, crypto, key, icv, flags)		\
	_Static_assert((key) <= CM_AUTH_KEY_MAX && (icv) <= CM_ICV_MAX,			\
		       name ": a limit of algorithms.h is too small");
CM_AUTH_ALGS(X)
#undef X

void cm_sa_keys_wipe(struct cm_sa_keys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}

uint64_t cm_drops_count(const struct cm_drops *drops, const char *reason)
{
	unsigned int i;

	for (i = 0; i < drops->n; i++)
		if (!strcmp(drops->list[i].reason, reason))
			return drops->list[i].count;
	return 0;
}

void cm_drops_release(struct cm_drops *drops)
{
	free(drops->list);
	drops->list = NULL;
	drops->n = 0;
}

void cm_sa_info_release(struct cm_sa_info *info)
{
	cm_drops_release(&info->drops);
}

void cm_stats_release(struct cm_stats *stats)
{
	cm_drops_release(&stats->drops);
}
