// SPDX-License-Identifier: GPL-2.0-or-later
/* What main mode and aggressive mode have in common. */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "half_open.h"
#include "identity.h"
#include "informational.h"
#include "lib/log.h"
#include "peer.h"
#include "phase1.h"
#include "report.h"
#include "trace.h"
#include "trust.h"
#include "tunnel.h"

static const char *mode_name(const struct ike_sa *sa)
{
	return sa->exchange_type == ISAKMP_EXCHANGE_AGGRESSIVE ? "Aggressive" : "Main";
}

/* --- which messages may come */

static bool is_known(uint8_t type)
{
	return type < 32;
}

static int count_payloads(uint32_t required, uint32_t allowed, const struct message *message,
			  struct message_error *error)
{
	unsigned int i, type;

	for (i = 0; i < message->n; i++) {
		type = message->payloads[i].type;
		if (!is_known(type) || !((required | allowed) & (1U << type)))
			return message_refuse(error, ISAKMP_NOTIFY_INVALID_PAYLOAD_TYPE,
					      "payload %u (%s) does not belong here", i + 1,
					      isakmp_payload_name(type));
	}
	for (type = 0; type < 32; type++)
		if ((required & (1U << type)) && message_count(message, type) != 1)
			return message_refuse(error, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
					      "%u payloads of type %s instead of one",
					      message_count(message, type),
					      isakmp_payload_name(type));
	return 0;
}

static int check_protection(struct ike *ike, const struct phase1_rule *rule,
			    const struct message *message, struct message_error *error)
{
	bool encrypted = message->header.flags & ISAKMP_FLAG_ENCRYPTED;

	if (rule->protection == PHASE1_EITHER ||
	    encrypted == (rule->protection == PHASE1_ENCRYPTED))
		return 0;
	ike_count(ike, encrypted ? IKE_COUNTER_UNEXPECTED : IKE_COUNTER_CLEAR);
	return message_refuse(error, ISAKMP_NOTIFY_INVALID_FLAGS, "%s: %s", rule->name, encrypted ?
			      "it must not be encrypted" : "it was not encrypted and should have been");
}

int phase1_check(struct ike *ike, const struct phase1_rule *rule, unsigned int auth,
		 const struct message *message, struct message_error *error)
{
	uint32_t required;
	int err;

	if (!rule || !rule->receive) {
		ike_count(ike, IKE_COUNTER_UNEXPECTED);
		return message_refuse(error, 0, "no message is expected");
	}
	err = check_protection(ike, rule, message, error);
	if (err)
		return err;
	required = rule->required;
	if (rule->proof)
		required |= auth == IKE_AUTH_RSA_SIG ? PHASE1_PAYLOAD(SIG) : PHASE1_PAYLOAD(HASH);
	err = count_payloads(required, rule->allowed, message, error);
	if (err)
		ike_count(ike, IKE_COUNTER_UNEXPECTED);
	return err;
}

int phase1_receive(struct exchange *x, const struct phase1_rule *rule,
		   const struct message *message, struct message_error *error)
{
	struct ike_sa *sa = x->sa;
	int err;

	err = phase1_check(sa->ike, rule, sa->suite.auth, message, error);
	if (err)
		return err;
	ike_sa_debug(sa, "it is %s", rule->name);
	return rule->receive(x, message, error);
}

/* With another pre-shared key a peer cannot read what we send, nor can we what it answers. */
static const char *silence(const struct exchange *x)
{
	const struct ike_sa *sa = x->sa;

	if (sa->refused)
		return "the peer refuses";
	if (!x->has_heard)
		return "no answer";
	if (sa->suite.auth == IKE_AUTH_PSK && sa->state == IKE_MM_KEY_EXCH)
		return x->initiator ?
		       "no answer to our proof (do both sides have the same pre-shared key?)" :
		       "no proof of the peer (do both sides have the same pre-shared key?)";
	return "no answer any more";
}

void phase1_failed(struct exchange *x)
{
	struct ike_sa *sa = x->sa;
	struct addr_buf peer;

	report_peer(&sa->path, 6, "IKMP_MODE_FAILURE",
		    "Processing of %s mode failed with peer at %s: %s", mode_name(sa),
		    addr_text(&sa->path.remote, &peer),
		    silence(x));
	ike_sa_end(sa, false, "death by retransmission P1");
}

int phase1_refuse(struct exchange *x, uint16_t notify, struct message_error *error,
		  const char *fmt, ...)
{
	struct isakmp_notification n = { .protocol = ISAKMP_PROTO_ISAKMP, .type = notify };
	struct ike_sa *sa = x->sa;
	struct addr_buf peer;
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	message_refuse(error, notify, "%s", text);
	report_peer(&sa->path, 6, "IKMP_MODE_FAILURE",
		    "Processing of %s mode failed with peer at %s: %s", mode_name(sa),
		    addr_text(&sa->path.remote, &peer), text);
	if (sa->keys.len) {
		sa->iv = x->iv;
		info_send_notify(sa, &n, NULL);
	} else {
		info_send_clear(sa->ike, &sa->path, &sa->cookies, notify);
	}
	sa->refused = true;
	ike_sa_end(sa, false, text);
	return -EPROTO;
}

/* --- negotiation */

struct offer_means phase1_means(struct ike *ike, const struct addr *remote, const char *profile)
{
	struct trust *trust = trust_get(ike, profile);
	struct offer_means means = {
		.peer = *remote,
		.psk = identity_has_key(ike, remote, profile),
		.rsa = trust && cert_store_has_identity(trust_store(trust)),
	};

	trust_put(trust);
	return means;
}

static bool names_trustpoint(const struct ike_sa *sa)
{
	const struct isakmp_profile *profile = sa->profile ?
		isakmp_profile_find(&sa->ike->config->isakmp_profiles, sa->profile) : NULL;

	return profile && profile->trustpoint;
}

int phase1_agree(struct ike_sa *sa, const struct isakmp_policy *policy,
		 const struct ike_transform *chosen, const struct isakmp_id *id,
		 struct message_error *error)
{
	struct ike_handshake *h = sa->handshake;
	struct addr_buf peer;
	char text[128];

	sa->suite = offer_suite(chosen);
	sa->lifetime = offer_lifetime(policy, chosen);
	sa->policy = policy->priority;
	ike_sa_debug(sa, "atts are acceptable. Next payload is 0 (policy %u: %s)", policy->priority,
		     ike_transform_text(chosen, text, sizeof(text)));
	trust_put(h->trust);
	h->trust = NULL;
	if (sa->suite.auth == IKE_AUTH_RSA_SIG) {
		h->trust = trust_get(sa->ike, sa->profile);
		h->trust_fixed = names_trustpoint(sa);
		if (!h->trust)
			return message_refuse(error, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN,
					      "the trustpoint is gone");
		return 0;
	}
	if (identity_find_key(sa, id))
		return message_refuse(error, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN,
				      "there is no pre-shared key for %s",
				      addr_text(&sa->path.remote, &peer));
	ike_sa_debug(sa, "found peer pre-shared key matching %s",
		     addr_text(&sa->path.remote, &peer));
	return 0;
}

/* --- vendor IDs */

static const uint8_t vendor_dpd[] = {	/* RFC 3706 5.1, version 1.0 */
	0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9,
	0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00,
};
static const uint8_t vendor_natt[] = {	/* MD5 of "RFC 3947" */
	0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45,
	0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f,
};
static const uint8_t vendor_fragments[] = {	/* MD5 of "FRAGMENTATION" */
	0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85,
	0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3,
};
static const uint8_t vendor_unity[] = {	/* of IOS; the last two bytes are a version */
	0x12, 0xf5, 0xf2, 0x8c, 0x45, 0x71, 0x68, 0xa9,
	0x70, 0x2d, 0x9f, 0xe2, 0x74, 0xcc,
};
static const uint8_t vendor_own[] = "cryptomap ipsecd";	/* 16 bytes without the NUL */

static const struct vendor {
	const uint8_t *id;
	size_t len;
	unsigned int can;
} vendors[] = {
	{ vendor_dpd, sizeof(vendor_dpd), IKE_PEER_DPD },
	{ vendor_natt, sizeof(vendor_natt), IKE_PEER_NATT },
	{ vendor_fragments, sizeof(vendor_fragments), IKE_PEER_FRAGMENTS },
	{ vendor_unity, sizeof(vendor_unity), IKE_PEER_IOS },
	{ vendor_own, sizeof(vendor_own) - 1, IKE_PEER_OURS },
};

unsigned int phase1_peer_can(const struct message *message)
{
	const struct payload *p;
	unsigned int can = 0;
	size_t i;

	for (p = message_find(message, ISAKMP_PAYLOAD_VENDOR); p; p = message_next(message, p))
		for (i = 0; i < sizeof(vendors) / sizeof(*vendors); i++)
			if (p->len >= vendors[i].len &&
			    !memcmp(p->body, vendors[i].id, vendors[i].len))
				can |= vendors[i].can;
	return can;
}

void phase1_put_vendor_ids(struct message_writer *w)
{
	message_put(w, ISAKMP_PAYLOAD_VENDOR, vendor_dpd, sizeof(vendor_dpd));
	message_put(w, ISAKMP_PAYLOAD_VENDOR, vendor_own, sizeof(vendor_own) - 1);
}

/* --- writing */

void phase1_begin(struct message_writer *w, struct buf *buf, const struct ike_sa *sa)
{
	struct message_header header = {
		.version = ISAKMP_VERSION,
		.exchange = sa->exchange_type,
	};

	memcpy(header.initiator_cookie, sa->cookies.initiator, ISAKMP_COOKIE_LEN);
	memcpy(header.responder_cookie, sa->cookies.responder, ISAKMP_COOKIE_LEN);
	buf_init(buf, ISAKMP_MESSAGE_MAX);
	message_begin(w, buf, &header);
}

static struct buf *own_public(struct ike_sa *sa)
{
	return sa->initiator ? &sa->handshake->public_i : &sa->handshake->public_r;
}

static struct buf *own_nonce(struct ike_sa *sa)
{
	return sa->initiator ? &sa->handshake->nonce_i : &sa->handshake->nonce_r;
}

static struct buf *peer_public(struct ike_sa *sa)
{
	return sa->initiator ? &sa->handshake->public_r : &sa->handshake->public_i;
}

static struct buf *peer_nonce(struct ike_sa *sa)
{
	return sa->initiator ? &sa->handshake->nonce_r : &sa->handshake->nonce_i;
}

int phase1_make_half(struct ike_sa *sa)
{
	struct ike_handshake *h = sa->handshake;
	uint8_t nonce[IKE_NONCE_LEN];
	int err;

	if (h->dh)
		return 0;
	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		return -EIO;
	err = dh_new(&h->dh, sa->suite.group);
	ike_sa_engine(sa, "generate Diffie-Hellman key pair, group %u: %s", sa->suite.group,
		      trace_result(err));
	if (err)
		return err;
	buf_reset(own_public(sa));
	buf_put_bytes(own_public(sa), dh_public(h->dh), dh_public_len(sa->suite.group));
	buf_reset(own_nonce(sa));
	buf_put_bytes(own_nonce(sa), nonce, sizeof(nonce));
	return own_public(sa)->failed || own_nonce(sa)->failed ? -ENOMEM : 0;
}

void phase1_put_half(struct message_writer *w, struct ike_sa *sa)
{
	message_put(w, ISAKMP_PAYLOAD_KE, own_public(sa)->data, own_public(sa)->len);
	message_put(w, ISAKMP_PAYLOAD_NONCE, own_nonce(sa)->data, own_nonce(sa)->len);
}

void phase1_put_cert_requests(struct message_writer *w, const struct ike_sa *sa)
{
	const struct cert_store *store = trust_store(sa->handshake->trust);
	unsigned int i, n = store ? cert_store_cas(store) : 0;

	for (i = 0; i < n; i++) {
		message_payload(w, ISAKMP_PAYLOAD_CERTREQ);
		buf_put_u8(w->buf, ISAKMP_CERT_X509_SIGNATURE);
		if (cert_store_ca_name(store, i, w->buf))
			w->buf->failed = true;
	}
}

int phase1_put_id(struct message_writer *w, struct ike_sa *sa)
{
	struct isakmp_id id;
	struct kerr err;
	int e;

	e = identity_own(sa, &id, &err);
	if (e) {
		log_msg(LOG_ERR, "ISAKMP: %s", err.text);
		return e;
	}
	ike_sa_debug(sa, "SA is doing %s authentication using id type %s",
		     sa->suite.auth == IKE_AUTH_PSK ? "pre-shared key" : "RSA signature",
		     isakmp_id_name(id.type));
	buf_reset(&sa->handshake->own_id_body);
	isakmp_id_body(&sa->handshake->own_id_body, &id);
	ike_sa_debug(sa, "ID payload next-payload : %u type : %u protocol : %u port : %u length : %zu",
		     sa->suite.auth == IKE_AUTH_PSK ? ISAKMP_PAYLOAD_HASH : ISAKMP_PAYLOAD_SIG,
		     id.type, id.proto, id.port, sa->handshake->own_id_body.len);
	isakmp_id_put(w, &id);
	return sa->handshake->own_id_body.failed ? -ENOMEM : 0;
}

static struct ike_part part_of(const struct buf *b)
{
	return (struct ike_part){ b->data, b->len };
}

static struct ike_keying keying_of(const struct ike_sa *sa, const struct dh_secret *secret)
{
	const struct ike_handshake *h = sa->handshake;
	struct ike_keying k = {
		.suite = sa->suite,
		.psk = { h->psk, h->psk_len },
		.nonce_i = part_of(&h->nonce_i), .nonce_r = part_of(&h->nonce_r),
		.public_i = part_of(&h->public_i), .public_r = part_of(&h->public_r),
		.secret = secret,
	};

	memcpy(k.cookie_i, sa->cookies.initiator, ISAKMP_COOKIE_LEN);
	memcpy(k.cookie_r, sa->cookies.responder, ISAKMP_COOKIE_LEN);
	return k;
}

/* HASH_I or HASH_R. */
static int auth_hash(const struct ike_sa *sa, bool initiator, struct ike_part id,
		     uint8_t out[IKE_HASH_MAX])
{
	const struct ike_keying k = keying_of(sa, NULL);

	return ike_hash_auth(&sa->keys, &k, initiator, part_of(&sa->handshake->offer_body), id,
			     out);
}

static void put_certs(struct message_writer *w, const struct cert_store *store)
{
	const uint8_t *der;
	unsigned int i;
	size_t len;

	for (i = 0; i < cert_store_chain(store); i++) {
		der = cert_store_chain_der(store, i, &len);
		message_payload(w, ISAKMP_PAYLOAD_CERT);
		buf_put_u8(w->buf, ISAKMP_CERT_X509_SIGNATURE);
		buf_put_bytes(w->buf, der, len);
	}
}

static int put_signature(struct message_writer *w, const struct ike_sa *sa,
			 const uint8_t hash[IKE_HASH_MAX])
{
	const struct cert_store *store = trust_store(sa->handshake->trust);
	uint8_t signature[CERT_SIGNATURE_MAX];
	size_t len;
	int err;

	/* Without being asked, too: libreswan does not ask, and expects it all the same. */
	put_certs(w, store);
	err = cert_sign(store, hash, sa->keys.len, signature, &len);
	ike_sa_engine(sa, "sign with our RSA key: %s", trace_result(err));
	if (!err)
		message_put(w, ISAKMP_PAYLOAD_SIG, signature, len);
	return err;
}

int phase1_put_proof(struct message_writer *w, struct ike_sa *sa)
{
	uint8_t hash[IKE_HASH_MAX];
	int err;

	err = auth_hash(sa, sa->initiator, part_of(&sa->handshake->own_id_body), hash);
	if (err)
		return err;
	if (sa->suite.auth == IKE_AUTH_RSA_SIG)
		return put_signature(w, sa, hash);
	message_put(w, ISAKMP_PAYLOAD_HASH, hash, sa->keys.len);
	return 0;
}

static bool is_first_contact(const struct ike_sa *sa)
{
	const struct ike_sa *other;

	for (other = peer_first_sa(sa->ike, &sa->path.remote); other; other = peer_next_sa(other))
		if (other != sa && other->state != IKE_DELETED)
			return false;
	return !tunnels_have_pairs(sa->ike, &sa->path);
}

void phase1_put_initial_contact(struct message_writer *w, const struct ike_sa *sa)
{
	struct isakmp_notification n = {
		.protocol = ISAKMP_PROTO_ISAKMP,
		.type = ISAKMP_NOTIFY_INITIAL_CONTACT,
		.spi = (const uint8_t *)&sa->cookies,
		.spi_len = sizeof(sa->cookies),
	};

	if (!is_first_contact(sa))
		return;
	ike_sa_debug(sa, "sending INITIAL_CONTACT");
	isakmp_notify_put(w, &n);
}

/* --- reading */

void phase1_forget_peer_half(struct ike_sa *sa)
{
	buf_reset(peer_public(sa));
	buf_reset(peer_nonce(sa));
	ike_keys_wipe(&sa->keys);
}

int phase1_get_half(struct ike_sa *sa, const struct message *message,
		    struct message_error *error)
{
	const struct payload *nonce = message_find(message, ISAKMP_PAYLOAD_NONCE);
	const struct payload *ke = message_find(message, ISAKMP_PAYLOAD_KE);

	if (nonce->len < IKE_NONCE_MIN || nonce->len > IKE_NONCE_MAX)
		return message_refuse(error, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "NONCE of %zu bytes", nonce->len);
	if (ke->len != dh_public_len(sa->suite.group))
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_KEY_INFORMATION,
				      "KE of %zu bytes, group %u has %zu", ke->len,
				      sa->suite.group, dh_public_len(sa->suite.group));
	buf_reset(peer_public(sa));
	buf_put_bytes(peer_public(sa), ke->body, ke->len);
	buf_reset(peer_nonce(sa));
	buf_put_bytes(peer_nonce(sa), nonce->body, nonce->len);
	return peer_public(sa)->failed || peer_nonce(sa)->failed ? -ENOMEM : 0;
}

static void get_notify(struct ike_sa *sa, const struct payload *payload, bool encrypted)
{
	struct isakmp_notification n;
	struct message_error error;

	if (isakmp_notify_parse(&n, payload, &error))
		return;
	ike_sa_debug(sa, "processing NOTIFY %s protocol %u", isakmp_notify_name(n.type),
		     n.protocol);
	if (n.type == ISAKMP_NOTIFY_INITIAL_CONTACT && encrypted)
		sa->initial_contact = true;
}

/*
 * Which of our trustpoints is for this peer nobody has said: one of a CA that it
 * trusts. In aggressive mode too much depends on the first one by then.
 */
static void choose_trust(struct ike_sa *sa, const struct payload *request)
{
	struct ike_handshake *h = sa->handshake;
	struct trust *trust;

	if (!h->trust || h->trust_fixed || request->len < 2 ||
	    sa->exchange_type != ISAKMP_EXCHANGE_MAIN)
		return;
	trust = trust_for_ca(sa->ike, h->trust, request->body + 1, request->len - 1);
	if (!trust)
		return;
	trust_put(h->trust);
	h->trust = trust;
	h->trust_fixed = true;
}

void phase1_get_extras(struct ike_sa *sa, const struct message *message)
{
	bool encrypted = message->header.flags & ISAKMP_FLAG_ENCRYPTED;
	const struct payload *p;
	unsigned int i;

	sa->peer_can |= phase1_peer_can(message);
	for (i = 0; i < message->n; i++) {
		p = &message->payloads[i];
		if (p->type == ISAKMP_PAYLOAD_CERTREQ && p->len &&
		    p->body[0] == ISAKMP_CERT_X509_SIGNATURE)
			choose_trust(sa, p);
		else if (p->type == ISAKMP_PAYLOAD_NOTIFY)
			get_notify(sa, p, encrypted);
	}
}

int phase1_derive(struct exchange *x, struct message_error *error)
{
	struct ike_sa *sa = x->sa;
	struct dh_secret secret;
	struct ike_keying k;
	int err;

	err = dh_compute(sa->handshake->dh, peer_public(sa)->data, peer_public(sa)->len, &secret);
	ike_sa_engine(sa, "create Diffie-Hellman shared secret, group %u: %s", sa->suite.group,
		      trace_result(err));
	if (err == -EBADMSG)
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_KEY_INFORMATION,
				      "KE is no member of group %u", sa->suite.group);
	if (err)
		return err;
	k = keying_of(sa, &secret);
	err = ike_keys_derive(&sa->keys, &k);
	if (!err)
		err = ike_iv_phase1(&x->iv, &k);
	dh_secret_wipe(&secret);
	ike_sa_engine(sa, "create IKE SA keys, %s, prf HMAC-%s: %s",
		      ike_encryption_name(sa->suite.encryption), ike_hash_name(sa->suite.hash),
		      trace_result(err));
	if (err)
		ike_keys_wipe(&sa->keys);
	else
		ike_sa_debug(sa, "SKEYID state generated");
	if (!err && (sa->peer_can & IKE_PEER_IOS))
		ike_sa_debug(sa, "speaking to another IOS box!");
	return err;
}

/* --- verifying */

static int verify_hash(struct ike_sa *sa, const struct payload *payload,
		       const uint8_t hash[IKE_HASH_MAX], struct message_error *error)
{
	if (payload->len == sa->keys.len && buf_equal_secret(payload->body, hash, sa->keys.len))
		return 0;
	ike_count(sa->ike, IKE_COUNTER_BAD_HASH);
	return message_refuse(error, ISAKMP_NOTIFY_INVALID_HASH_INFORMATION,
			      "HASH is wrong (do both sides have the same pre-shared key?)");
}

/* Certificates in the message; others may stand between them. */
static unsigned int get_chain(const struct message *message, struct payload chain[CERT_CHAIN_MAX])
{
	const struct payload *p;
	unsigned int n = 0;

	for (p = message_find(message, ISAKMP_PAYLOAD_CERT); p && n < CERT_CHAIN_MAX;
	     p = message_next(message, p))
		chain[n++] = *p;
	return n;
}

static int verify_signature(struct exchange *x, const struct message *message,
			    const struct isakmp_id *id, const uint8_t hash[IKE_HASH_MAX],
			    struct message_error *error)
{
	const struct payload *sig = message_find(message, ISAKMP_PAYLOAD_SIG);
	struct payload chain[CERT_CHAIN_MAX];
	struct cert_peer *peer = NULL;
	struct ike_sa *sa = x->sa;
	struct addr_buf from;
	char subject[100];
	struct kerr why;
	int err;

	err = cert_verify_chain(trust_store(sa->handshake->trust), chain,
				get_chain(message, chain),
				sa->ike->world->calendar(sa->ike->arg), &peer, &why);
	if (err) {
		report_peer(&sa->path, 5, "IKMP_INVAL_CERT", "Certificate received from %s is bad: %s",
			    addr_text(&sa->path.remote, &from), why.text);
		return phase1_refuse(x, ISAKMP_NOTIFY_INVALID_CERTIFICATE, error, "%.150s",
				     why.text);
	}
	if (cert_peer_verify(peer, hash, sa->keys.len, sig->body, sig->len)) {
		ike_count(sa->ike, IKE_COUNTER_BAD_HASH);
		err = message_refuse(error, ISAKMP_NOTIFY_INVALID_SIGNATURE,
				     "the signature is wrong");
	} else if (!cert_peer_is(peer, id)) {
		err = phase1_refuse(x, ISAKMP_NOTIFY_INVALID_ID_INFORMATION, error,
				    "the certificate of %s is not for the identity that is shown",
				    cert_peer_subject(peer, subject, sizeof(subject)));
	}
	cert_peer_free(peer);
	return err;
}

static int take_peer(struct exchange *x, const struct isakmp_id *id, struct message_error *error)
{
	const struct isakmp_profile *profile = NULL;
	struct message_error why = { .notify = 0 };
	struct ike_sa *sa = x->sa;
	char *name;

	if (identity_check_peer(sa, id, &profile, &why))
		return phase1_refuse(x, why.notify, error, "%s", why.text);
	if (profile && !sa->profile) {
		name = strdup(profile->name);
		if (!name)
			return -ENOMEM;
		sa->profile = name;
		ike_sa_debug(sa, "peer matches %s profile", name);
	}
	sa->peer_id = *id;
	/* Of no meaning from here on: some peers send them in one role and not in the other. */
	sa->peer_id.proto = 0;
	sa->peer_id.port = 0;
	return 0;
}

/*
 * HASH_I and HASH_R do not cover notifications. Of those under keys at least
 * the cookies must be ours: so that a garbled one does not become part of the
 * chain of IVs.
 */
static int check_notifications(const struct ike_sa *sa, const struct message *message,
			       struct message_error *error)
{
	struct isakmp_notification n;
	const struct payload *p;

	if (!(message->header.flags & ISAKMP_FLAG_ENCRYPTED))
		return 0;
	for (p = message_find(message, ISAKMP_PAYLOAD_NOTIFY); p; p = message_next(message, p)) {
		if (isakmp_notify_parse(&n, p, error))
			return -EPROTO;
		if (n.spi_len == sizeof(sa->cookies) &&
		    memcmp(n.spi, &sa->cookies, sizeof(sa->cookies)) != 0)
			return message_refuse(error, ISAKMP_NOTIFY_INVALID_COOKIE,
					      "NOTIFY with cookies of something else");
	}
	return 0;
}

int phase1_verify(struct exchange *x, const struct message *message,
		  struct message_error *error)
{
	const struct payload *p = message_find(message, ISAKMP_PAYLOAD_ID);
	struct ike_sa *sa = x->sa;
	uint8_t hash[IKE_HASH_MAX];
	struct isakmp_id id;
	char text[128];
	int err;

	err = check_notifications(sa, message, error);
	if (err)
		return err;
	/* The third message of aggressive mode has none: it came in the first. */
	if (p)
		err = isakmp_id_parse(&id, p, error);
	else
		id = sa->peer_id;
	if (err)
		return err;
	ike_sa_debug(sa, "processing ID payload: %s", isakmp_id_text(&id, text, sizeof(text)));
	err = auth_hash(sa, !sa->initiator,
			p ? (struct ike_part){ p->body, p->len } :
			    part_of(&sa->handshake->peer_id_body), hash);
	if (err)
		return err;
	if (sa->suite.auth == IKE_AUTH_RSA_SIG)
		err = verify_signature(x, message, &id, hash, error);
	else
		err = verify_hash(sa, message_find(message, ISAKMP_PAYLOAD_HASH), hash, error);
	OPENSSL_cleanse(hash, sizeof(hash));
	ike_sa_engine(sa, "verify the peer's %s: %s", sa->suite.auth == IKE_AUTH_RSA_SIG ?
		      "RSA signature" : "HASH", trace_result(err));
	return err ? err : take_peer(x, &id, error);
}

void phase1_finish(struct exchange *x)
{
	x->sa->iv = x->iv;
	exchange_done(x);
	ike_sa_established(x->sa);
}
