// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a quick mode makes: key material (RFC 2409 5.5), SAs in the kernel, and
 * the pair of them that its tunnel gets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "dpd.h"
#include "dynamic.h"
#include "lib/log.h"
#include "quick_priv.h"
#include "trace.h"

/* The configuration may exchange the transform set while we wait. */
int quick_keep_terms(struct quick *q, const struct ipsec_transform *transform)
{
	q->group = transform->group;
	free(q->set_name);
	q->set_name = strdup(q->terms.set->name);
	return q->set_name ? 0 : -ENOMEM;
}

static int keymat(const struct exchange *x, uint32_t spi, const struct dh_secret *secret,
		  uint8_t out[SUITE_KEYMAT_MAX])
{
	const struct quick *q = x->state;

	int ret;

	ret = ike_keymat(&x->sa->keys, ISAKMP_PROTO_ESP, htonl(spi), secret,
			 quick_part(&q->nonce_i), quick_part(&q->nonce_r), out,
			 suite_keymat_len(q->terms.set));
	ike_sa_engine(x->sa, "derive %zu bytes of key material for spi 0x%X%s: %s",
		      suite_keymat_len(q->terms.set), spi, secret ? " with PFS" : "",
		      trace_result(ret));
	return ret;
}

static int digest_nonces(struct sa_pair *pair, const struct quick *q)
{
	struct ike_part parts[] = { quick_part(&q->nonce_i), quick_part(&q->nonce_r) };
	uint8_t hash[IKE_HASH_MAX];
	int ret = ike_digest(IKE_HASH_SHA256, parts, 2, hash);

	memcpy(pair->nonces, hash, sizeof(pair->nonces));
	return ret;
}

static int make_pair(struct exchange *x, struct tunnel *t)
{
	struct quick *q = x->state;

	q->pair = pair_new(t, &x->sa->path.remote, x->initiator, q->spi_in, q->spi_out);
	if (!q->pair)
		return -ENOMEM;
	q->pair->pfs_group = q->group;
	q->pair->generation = q->generation;
	q->pair->created = q->began;
	return digest_nonces(q->pair, q);
}

/* With PFS, the secret that both halves make. */
int quick_share_secret(struct quick *q, const struct message *message, struct dh_secret *secret,
			struct message_error *o)
{
	const struct payload *ke = message_find(message, ISAKMP_PAYLOAD_KE);

	if (!q->group)
		return 0;
	if (!ke)
		return message_refuse(o, ISAKMP_NOTIFY_INVALID_KEY_INFORMATION,
			      "PFS without a key exchange payload");
	if (dh_compute(q->dh, ke->body, ke->len, secret))
		return message_refuse(o, ISAKMP_NOTIFY_INVALID_KEY_INFORMATION,
			      "the peer's public value is no member of group %u", q->group);
	return 0;
}

static int install(struct exchange *x, enum cryptomap_direction direction,
		   const uint8_t *material, struct message_error *o)
{
	struct quick *q = x->state;
	struct kerr err;
	uint32_t watch = dpd_liveness_seconds(x->sa);

	if (pair_install(q->pair, direction, &q->terms, watch, material, &err) == 0)
		return 0;
	return message_refuse(o, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN, "%s", err.text);
}

/* Inbound now; the key material of the outbound SA is kept in q->keymat_out. */
int quick_install_inbound(struct exchange *x, struct tunnel *t,
			   const struct dh_secret *secret, struct message_error *o)
{
	struct quick *q = x->state;
	uint8_t material[SUITE_KEYMAT_MAX];
	int ret;

	if (make_pair(x, t) || keymat(x, q->spi_in, secret, material) ||
	    keymat(x, q->spi_out, secret, q->keymat_out))
		ret = message_refuse(o, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN, "out of memory");
	else
		ret = install(x, CRYPTOMAP_DIRECTION_IN, material, o);
	OPENSSL_cleanse(material, sizeof(material));
	return ret;
}

int quick_install_outbound(struct exchange *x, struct tunnel *t, struct message_error *o)
{
	struct quick *q = x->state;
	int ret;

	/* The configuration may have changed since the first message. */
	q->terms.set = transform_find(&t->ike->config->transforms, q->set_name);
	if (!q->terms.set)
		return message_refuse(o, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN,
			      "transform set %s is gone", q->set_name);
	ret = install(x, CRYPTOMAP_DIRECTION_OUT, q->keymat_out, o);
	OPENSSL_cleanse(q->keymat_out, sizeof(q->keymat_out));
	return ret;
}

/* The tunnel waits for us no longer. */
void quick_stop_answering(const struct exchange *x, struct tunnel *t)
{
	struct quick *q = x->state;

	if (q->answering)
		t->answering--;
	q->answering = false;
	dynamic_check(t);
}

/* It is no longer ours. */
struct sa_pair *quick_give_pair(struct quick *q)
{
	struct sa_pair *pair = q->pair;

	q->pair = NULL;
	q->spi_in = 0;
	return pair;
}

void quick_hand_over(struct exchange *x, struct tunnel *t)
{
	struct quick *q = x->state;
	const struct sa_pair *pair = q->pair;
	struct addr_buf local, peer;

	ike_sa_debug(x->sa, "Creating IPsec SAs: inbound SPI 0x%X, outbound SPI 0x%X, %s to %s, lifetime of %llu seconds, %llu kilobytes",
		     pair->in.spi, pair->out.spi, addr_text(&t->local, &local),
		     addr_text(&pair->peer, &peer), (unsigned long long)q->terms.life_seconds,
		     (unsigned long long)q->terms.life_kilobytes);
	if (x->initiator)
		t->quick = NULL;
	quick_stop_answering(x, t);
	tunnel_add_pair(t, quick_give_pair(q));
}

/* What no tunnel has taken over goes out of the kernel. */
void quick_release_sas(struct quick *q)
{
	const struct cm_sa_id reserved = {
		CRYPTOMAP_DIRECTION_IN, IPPROTO_ESP, q->local, q->spi_in
	};

	if (q->pair) {
		pair_uninstall(q->pair);
		pair_free(q->pair);
	} else if (q->spi_in) {
		q->ike->kernel->sa_del(q->ike->kernel, &reserved, NULL);
	}
	q->pair = NULL;
	q->spi_in = 0;
}

void quick_begin_again(struct ike_sa *sa)
{
	struct exchange *x, *next;
	struct tunnel *t;

	for (x = TAILQ_FIRST(&sa->exchanges); x; x = next) {
		next = TAILQ_NEXT(x, link);
		if (x->type != ISAKMP_EXCHANGE_QUICK || x->step != STEP_WAIT2 || x->running)
			continue;
		t = quick_tunnel(x);
		exchange_free(x);
		if (!t || t->quick != x)
			continue;
		t->quick = NULL;
		tunnel_want(t);
	}
}
