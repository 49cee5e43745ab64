/* SPDX-License-Identifier: GPL-2.0 */
/* The algorithm table's kernel side, and requests to the crypto API. */
#ifndef _CM_CRYPTO_H
#define _CM_CRYPTO_H

#include <crypto/aead.h>
#include <linux/netlink.h>

struct cm_sa;
struct cm_sa_param;

int cm_crypto_setup(struct cm_sa *sa, const struct cm_sa_param *param,
		    struct netlink_ext_ack *extack);
void cm_crypto_cleanup(struct cm_sa *sa);

#endif /* _CM_CRYPTO_H */
