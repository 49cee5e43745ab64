/* SPDX-License-Identifier: GPL-2.0 */
/* The algorithm table's kernel side, and requests to the crypto API. */
#ifndef _CM_CRYPTO_H
#define _CM_CRYPTO_H

#include <crypto/aead.h>
#include <linux/netlink.h>
#include <linux/scatterlist.h>
#include <linux/skbuff.h>

#include "compat.h"
#include "encap.h"

struct cm_sa;
struct cm_sa_param;

#define CM_CRYPTO_IV_MAX	16
#define CM_CRYPTO_AAD_MAX	(12 + CM_CRYPTO_IV_MAX)
/* Padding to 16 bytes, pad length and next header. */
#define CM_CRYPTO_TRAILER_MAX	20
/* Associated data, head, page fragments, trailer. */
#define CM_CRYPTO_SG_MAX	(1 + 1 + MAX_SKB_FRAGS + 1)

/**
 * struct cm_crypto_req - one packet on its way through the crypto API
 * @sa: the SA; holds a reference
 * @skb: the packet that comes out; with the request until it is done
 * @source: the packet that is read, if @skb is another one
 * @dst: outbound, route to the peer; holds a reference
 * @inner: outbound, what the outer header takes from the packet
 * @seq: sequence number, 64 bits also without ESN
 * @len: plaintext bytes
 * @iv: for the cipher, which may write to it
 * @aad: SPI, sequence number and IV as they are authenticated
 * @trailer: outbound, padding and the bytes behind it
 * @src: what is read
 * @to: what is written, if not @src
 * @room: bytes behind this structure
 * @aead: the request proper, @room bytes of context follow
 */
struct cm_crypto_req {
	struct cm_sa *sa;
	struct sk_buff *skb;
	struct sk_buff *source;
	struct dst_entry *dst;
	struct cm_encap_inner inner;
	u64 seq;
	unsigned int len;
	u8 iv[CM_CRYPTO_IV_MAX];
	u8 aad[CM_CRYPTO_AAD_MAX];
	u8 trailer[CM_CRYPTO_TRAILER_MAX];
	struct scatterlist src[CM_CRYPTO_SG_MAX];
	struct scatterlist to[2];
	unsigned int room;
	struct aead_request aead CRYPTO_MINALIGN_ATTR;
};

typedef void (*cm_crypto_done_t)(cm_crypto_data_t data, int err);

int cm_crypto_setup(struct cm_sa *sa, const struct cm_sa_param *param,
		    struct netlink_ext_ack *extack);
void cm_crypto_cleanup(struct cm_sa *sa);
void cm_crypto_exit(void);

struct cm_crypto_req *cm_crypto_req_get(struct cm_sa *sa);
void cm_crypto_req_put(struct cm_crypto_req *req);
void cm_crypto_aad(struct cm_crypto_req *req);
int cm_crypto_encrypt(struct cm_crypto_req *req, struct scatterlist *to,
		      unsigned int len, cm_crypto_done_t done);
int cm_crypto_decrypt(struct cm_crypto_req *req, unsigned int len,
		      cm_crypto_done_t done);

#endif /* _CM_CRYPTO_H */
