// SPDX-License-Identifier: GPL-2.0
/* The algorithm table's kernel side, and requests to the crypto API. */

#include <crypto/authenc.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include <cryptomap/algorithms.h>

#include "crypto.h"
#include "sa.h"

struct encr_alg {
	const char *name;
	const char *crypto;
	u8 key_min;
	u8 key_max;
	u8 key_step;
	u8 salt;
	u8 iv;
	u8 block;
	u8 icv;
	u8 flags;
};

#define ENCR(suffix, name, ios, display, crypto, min, max, step, salt, iv,	\
	     block, icv, flags)							\
	[CRYPTOMAP_ENCR_ALG_##suffix] = {					\
		name, crypto, min, max, step, salt, iv, block, icv, flags },
static const struct encr_alg encr_algs[] = {
	CM_ENCR_ALGS(ENCR)
};

#undef ENCR

struct auth_alg {
	const char *name;
	const char *crypto;
	u8 key;
	u8 icv;
};

#define AUTH(suffix, name, ios_esp, ios_ah, display, crypto, key, icv, flags)	\
	[CRYPTOMAP_AUTH_ALG_##suffix] = { name, crypto, key, icv },
static const struct auth_alg auth_algs[] = {
	CM_AUTH_ALGS(AUTH)
};

#undef AUTH

/*
 * One request for each CPU waits for the next packet. A driver that goes
 * asynchronous keeps the one it got, then the place is empty for a while.
 */
static DEFINE_PER_CPU(struct cm_crypto_req *, spare_req);

static int check_encr(const struct encr_alg *encr,
		      const struct cm_sa_param *param,
		      struct netlink_ext_ack *extack)
{
	u32 key = param->encr_key_len - encr->salt;

	if (param->encr_key_len < encr->salt || key < encr->key_min ||
	    key > encr->key_max ||
	    (encr->key_step && (key - encr->key_min) % encr->key_step)) {
		NL_SET_ERR_MSG_ATTR(extack, param->encr_key_attr,
				    "Length of the encryption key does not fit its algorithm");
		return -EINVAL;
	}
	return 0;
}

static int check_auth(const struct encr_alg *encr,
		      const struct cm_sa_param *param,
		      struct netlink_ext_ack *extack)
{
	bool aead = encr->flags & CM_ALG_AEAD;

	if (aead && param->auth_alg != CRYPTOMAP_AUTH_ALG_NONE) {
		NL_SET_ERR_MSG_ATTR(extack, param->auth_alg_attr,
				    "An AEAD algorithm takes no integrity algorithm beside it");
		return -EINVAL;
	}
	if (!aead && param->auth_alg == CRYPTOMAP_AUTH_ALG_NONE) {
		NL_SET_ERR_MSG_ATTR(extack, param->encr_alg_attr,
				    "This encryption algorithm needs an integrity algorithm");
		return -EINVAL;
	}
	if (!aead && param->auth_key_len != auth_algs[param->auth_alg].key) {
		NL_SET_ERR_MSG_ATTR(extack, param->auth_key_attr,
				    "Length of the integrity key does not fit its algorithm");
		return -EINVAL;
	}
	if (aead && param->auth_key_len) {
		NL_SET_ERR_MSG_ATTR(extack, param->auth_key_attr,
				    "An AEAD algorithm has no integrity key");
		return -EINVAL;
	}
	return 0;
}

static int set_authenc_key(struct crypto_aead *aead,
			   const struct cm_sa_param *param)
{
	struct crypto_authenc_key_param *keyparam;
	struct rtattr *rta;
	unsigned int len;
	u8 *key;
	int err;

	len = RTA_SPACE(sizeof(*keyparam)) + param->auth_key_len +
	      param->encr_key_len;
	key = kzalloc(len, GFP_KERNEL);
	if (!key)
		return -ENOMEM;
	rta = (void *)key;
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	rta->rta_len = RTA_LENGTH(sizeof(*keyparam));
	keyparam = RTA_DATA(rta);
	keyparam->enckeylen = cpu_to_be32(param->encr_key_len);
	memcpy(key + RTA_SPACE(sizeof(*keyparam)), param->auth_key,
	       param->auth_key_len);
	memcpy(key + len - param->encr_key_len, param->encr_key,
	       param->encr_key_len);
	err = crypto_aead_setkey(aead, key, len);
	kfree_sensitive(key);
	return err;
}

static struct crypto_aead *alloc_aead(const struct encr_alg *encr,
				      const struct cm_sa_param *param)
{
	bool esn = param->flags & CRYPTOMAP_SA_FLAGS_ESN;
	char name[CRYPTO_MAX_ALG_NAME];

	/*
	 * No mask: asking for a synchronous driver selects a generic GCM that
	 * is several times slower. Both kinds of completion are handled.
	 */
	if (encr->flags & CM_ALG_AEAD)
		return crypto_alloc_aead(encr->crypto, 0, 0);
	snprintf(name, sizeof(name), "%s(%s,%s)", esn ? "authencesn" : "authenc",
		 auth_algs[param->auth_alg].crypto, encr->crypto);
	return crypto_alloc_aead(name, 0, 0);
}

static int set_key(struct crypto_aead *aead, const struct encr_alg *encr,
		   const struct cm_sa_param *param)
{
	int err;

	err = crypto_aead_setauthsize(aead, encr->icv ?:
				      auth_algs[param->auth_alg].icv);
	if (err)
		return err;
	if (encr->flags & CM_ALG_AEAD)
		return crypto_aead_setkey(aead, param->encr_key,
					  param->encr_key_len);
	return set_authenc_key(aead, param);
}

/**
 * cm_crypto_setup - give an SA its transform and the sizes that come of it
 * @sa: new SA
 * @param: checked for ranges of the algorithm numbers by netlink's policy
 * @extack: for the refusal
 *
 * Context: process; may load modules.
 * Return: 0, or a negative error with a text in @extack.
 */
int cm_crypto_setup(struct cm_sa *sa, const struct cm_sa_param *param,
		    struct netlink_ext_ack *extack)
{
	const struct encr_alg *encr;
	struct crypto_aead *aead;
	int err;

	if (param->encr_alg >= ARRAY_SIZE(encr_algs) ||
	    !encr_algs[param->encr_alg].name ||
	    param->auth_alg >= ARRAY_SIZE(auth_algs)) {
		NL_SET_ERR_MSG_ATTR(extack, param->encr_alg_attr,
				    "Unknown algorithm");
		return -EOPNOTSUPP;
	}
	encr = &encr_algs[param->encr_alg];
	err = check_encr(encr, param, extack) ?: check_auth(encr, param, extack);
	if (err)
		return err;

	aead = alloc_aead(encr, param);
	if (IS_ERR(aead)) {
		NL_SET_ERR_MSG_ATTR(extack, param->encr_alg_attr,
				    "The kernel does not have this algorithm");
		return PTR_ERR(aead);
	}
	err = set_key(aead, encr, param);
	if (err) {
		NL_SET_ERR_MSG_ATTR(extack, param->encr_key_attr,
				    "The algorithm does not take this key");
		crypto_free_aead(aead);
		return err;
	}
	sa->aead = aead;
	sa->iv_len = encr->iv;
	sa->icv_len = crypto_aead_authsize(aead);
	sa->align = max_t(u8, encr->block, 4);
	sa->salt_iv = encr->flags & CM_ALG_AEAD;
	sa->key_bits = (param->encr_key_len - encr->salt) * 8;
	return 0;
}

/**
 * cm_crypto_cleanup - free the transform of an SA, which wipes its key
 * @sa: no request of it is under way
 */
void cm_crypto_cleanup(struct cm_sa *sa)
{
	crypto_free_aead(sa->aead);
	sa->aead = NULL;
}

/* Free the spare requests; no SA exists any more. */
void cm_crypto_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		kfree_sensitive(per_cpu(spare_req, cpu));
		per_cpu(spare_req, cpu) = NULL;
	}
}

static struct cm_crypto_req *take_spare(unsigned int room)
{
	struct cm_crypto_req *req = __this_cpu_xchg(spare_req, NULL);

	if (req && req->room < room) {
		kfree_sensitive(req);
		req = NULL;
	}
	return req;
}

/**
 * cm_crypto_req_get - a request for one packet of an SA
 * @sa: gets a reference more
 *
 * Context: bottom halves disabled.
 * Return: the request, or NULL if memory is short or the SA is being freed.
 */
struct cm_crypto_req *cm_crypto_req_get(struct cm_sa *sa)
{
	unsigned int room = crypto_aead_reqsize(sa->aead);
	struct cm_crypto_req *req;

	if (!cm_sa_get(sa))
		return NULL;
	req = take_spare(room);
	if (!req) {
		req = kmalloc(sizeof(*req) + room, GFP_ATOMIC);
		if (!req) {
			cm_sa_put(sa);
			return NULL;
		}
		req->room = room;
	}
	req->sa = sa;
	req->skb = NULL;
	req->source = NULL;
	req->dst = NULL;
	return req;
}

/**
 * cm_crypto_req_put - a packet is through, or was dropped
 * @req: its packets are somebody else's now; gives the SA's reference back
 *
 * Context: bottom halves disabled.
 */
void cm_crypto_req_put(struct cm_crypto_req *req)
{
	dst_release(req->dst);
	cm_sa_put(req->sa);
	req = __this_cpu_xchg(spare_req, req);
	kfree_sensitive(req);
}

/**
 * cm_crypto_aad - write what is authenticated beside the payload
 * @req: its sequence number and IV are set
 *
 * SPI, sequence number, of which ESN adds the high half between the two (RFC
 * 4303 2.2.1), and the IV. It stands in the request and not in the packet, so
 * that one layout serves all algorithms.
 */
void cm_crypto_aad(struct cm_crypto_req *req)
{
	const struct cm_sa *sa = req->sa;
	u8 *at = req->aad;

	memcpy(at, &sa->id.spi, 4);
	at += 4;
	if (sa->esn) {
		put_unaligned_be32(req->seq >> 32, at);
		at += 4;
	}
	put_unaligned_be32(req->seq, at);
	memcpy(at + 4, req->iv, sa->iv_len);
	aead_request_set_tfm(&req->aead, sa->aead);
	aead_request_set_ad(&req->aead, at + 4 + sa->iv_len - req->aad);
}

/**
 * cm_crypto_encrypt - encrypt and authenticate
 * @req: @src holds associated data, payload and trailer
 * @to: where to, associated data and room for the ICV included; may be @src
 * @len: bytes of payload and trailer
 * @done: called later if this returns -EINPROGRESS
 *
 * Context: bottom halves disabled, so is @done.
 * Return: 0, -EINPROGRESS, or an error.
 */
int cm_crypto_encrypt(struct cm_crypto_req *req, struct scatterlist *to,
		      unsigned int len, cm_crypto_done_t done)
{
	aead_request_set_callback(&req->aead, 0, done, req);
	aead_request_set_crypt(&req->aead, req->src, to, len, req->iv);
	return crypto_aead_encrypt(&req->aead);
}

/**
 * cm_crypto_decrypt - verify and decrypt in place
 * @req: @src holds associated data, ciphertext and ICV
 * @len: bytes of ciphertext and ICV
 * @done: called later if this returns -EINPROGRESS
 *
 * Context: bottom halves disabled, so is @done.
 * Return: 0, -EINPROGRESS, -EBADMSG if the ICV is wrong, or another error.
 */
int cm_crypto_decrypt(struct cm_crypto_req *req, unsigned int len,
		      cm_crypto_done_t done)
{
	aead_request_set_callback(&req->aead, 0, done, req);
	aead_request_set_crypt(&req->aead, req->src, req->src, len, req->iv);
	return crypto_aead_decrypt(&req->aead);
}
