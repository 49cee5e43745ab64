// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "cert_store.h"

struct cert_peer {
	X509 *cert;
};

/* --- the chain */

/* One CERT payload: the number of its encoding, then the certificate and nothing behind it. */
static X509 *decode(const struct payload *payload)
{
	const unsigned char *der = payload->body + 1;
	X509 *cert = d2i_X509(NULL, &der, (long)payload->len - 1);

	if (!cert || der == payload->body + payload->len)
		return cert;
	X509_free(cert);
	return NULL;
}

/* The certificates among the payloads, in order; NULL with *@err if there are none, or bad ones. */
static STACK_OF(X509) *decode_all(const struct payload *chain, unsigned int n, struct kerr *err)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	unsigned int i;
	X509 *cert;

	if (!certs || n > CERT_CHAIN_MAX) {
		kerr_set(err, EKEYREJECTED, "%s",
			 certs ? "too many certificates" : "out of memory");
		goto fail;
	}
	for (i = 0; i < n; i++) {
		if (!chain[i].len || chain[i].body[0] != ISAKMP_CERT_X509_SIGNATURE)
			continue;
		cert = decode(&chain[i]);
		if (!cert || !sk_X509_push(certs, cert)) {
			X509_free(cert);
			kerr_set(err, EKEYREJECTED, "certificate %u is malformed", i + 1);
			goto fail;
		}
	}
	if (sk_X509_num(certs))
		return certs;
	kerr_set(err, EKEYREJECTED, "there is no X.509 certificate for signatures");
fail:
	sk_X509_pop_free(certs, X509_free);
	return NULL;
}

static bool has_crl_of(const struct cert_store *store, const X509_NAME *issuer)
{
	int i;

	for (i = 0; i < sk_X509_CRL_num(store->crls); i++) {
		if (!X509_NAME_cmp(X509_CRL_get_issuer(sk_X509_CRL_value(store->crls, i)), issuer))
			return true;
	}
	return false;
}

/* A CA that no CRL was ever imported of is not asked for one. */
static int tolerate(int ok, X509_STORE_CTX *ctx)
{
	const struct cert_store *store = X509_STORE_CTX_get_app_data(ctx);
	const X509 *cert = X509_STORE_CTX_get_current_cert(ctx);

	if (ok || X509_STORE_CTX_get_error(ctx) != X509_V_ERR_UNABLE_TO_GET_CRL ||
	    has_crl_of(store, X509_get_issuer_name(cert)))
		return ok;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

static int verify(const struct cert_store *store, X509_STORE_CTX *ctx, STACK_OF(X509) *certs,
		  int64_t now, struct kerr *err)
{
	/* A CA is trusted because it was imported, whether it signed itself or not. */
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
	char name[CERT_NAME_MAX];
	const X509 *culprit;

	if (!X509_STORE_CTX_init(ctx, store->trusted, sk_X509_value(certs, 0), certs))
		return kerr_set(err, EKEYREJECTED, "out of memory");
	if (sk_X509_CRL_num(store->crls))
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	X509_STORE_CTX_set_flags(ctx, flags);
	X509_STORE_CTX_set_time(ctx, 0, (time_t)now);
	X509_STORE_CTX_set_app_data(ctx, (void *)store);
	X509_STORE_CTX_set_verify_cb(ctx, tolerate);
	if (X509_verify_cert(ctx) > 0)
		return 0;
	culprit = X509_STORE_CTX_get_current_cert(ctx);
	return kerr_set(err, EKEYREJECTED, "certificate of %s: %s",
			culprit ? cert_subject_text(culprit, name, sizeof(name)) : "the peer",
			X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
}

/* What the key of a peer is to be for (RFC 4945 5.1.3.2); all, if it does not say. */
static int check_usage(X509 *cert, struct kerr *err)
{
	const char *refusal = cert_key_refusal(X509_get0_pubkey(cert));
	char name[CERT_NAME_MAX];

	if (!refusal && !(X509_get_key_usage(cert) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
		refusal = "the key is not for signatures";
	if (!refusal)
		return 0;
	return kerr_set(err, EKEYREJECTED, "certificate of %s: %s",
			cert_subject_text(cert, name, sizeof(name)), refusal);
}

static struct cert_peer *new_peer(X509 *cert)
{
	struct cert_peer *peer = calloc(1, sizeof(*peer));

	if (peer && X509_up_ref(cert))
		peer->cert = cert;
	return peer;
}

int cert_verify_chain(const struct cert_store *store, const struct payload *chain,
		      unsigned int n, int64_t now, struct cert_peer **out, struct kerr *err)
{
	STACK_OF(X509) *certs = decode_all(chain, n, err);
	X509_STORE_CTX *ctx = certs ? X509_STORE_CTX_new() : NULL;
	int e = -EKEYREJECTED;

	*out = NULL;
	if (ctx)
		e = verify(store, ctx, certs, now, err);
	else if (certs)
		kerr_set(err, EKEYREJECTED, "out of memory");
	if (!e)
		e = check_usage(sk_X509_value(certs, 0), err);
	if (!e) {
		*out = new_peer(sk_X509_value(certs, 0));
		if (!*out)
			e = kerr_set(err, ENOMEM, "out of memory");
	}
	X509_STORE_CTX_free(ctx);
	sk_X509_pop_free(certs, X509_free);
	ERR_clear_error();
	return e;
}

void cert_peer_free(struct cert_peer *peer)
{
	if (!peer)
		return;
	X509_free(peer->cert);
	free(peer);
}

/* --- whose it is */

static bool is_name(const X509_NAME *name, const struct isakmp_id *id)
{
	const unsigned char *der = id->text;
	X509_NAME *wanted = d2i_X509_NAME(NULL, &der, (long)id->len);
	bool same = wanted && der == id->text + id->len && X509_NAME_cmp(name, wanted) == 0;

	X509_NAME_free(wanted);
	return same;
}

/* An empty one and one with a NUL inside are nobody's. */
static bool same_host(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len && a_len == b_len && !memchr(a, '\0', a_len) && !strncasecmp(a, b, a_len);
}

/* The name of a mailbox is its host's affair (RFC 5321 2.4), with capitals and small letters. */
static bool same_mailbox(const char *a, size_t a_len, const char *b, size_t b_len)
{
	const char *at = memrchr(a, '@', a_len);
	size_t local = at ? (size_t)(at - a) + 1 : 0;

	return local && a_len == b_len && !memcmp(a, b, local) &&
	       same_host(a + local, a_len - local, b + local, b_len - local);
}

static bool same_text(const ASN1_STRING *name, const struct isakmp_id *id,
		      bool (*same)(const char *, size_t, const char *, size_t))
{
	return same((const char *)id->text, id->len, (const char *)ASN1_STRING_get0_data(name),
		    (size_t)ASN1_STRING_length(name));
}

static bool same_address(const ASN1_STRING *name, const struct isakmp_id *id)
{
	size_t len = addr_length(id->first.family);

	return len && (size_t)ASN1_STRING_length(name) == len &&
	       !memcmp(ASN1_STRING_get0_data(name), id->first.bytes, len);
}

/* No wildcards: neither in a certificate nor in an ID they stand for names. */
static bool is_alternative(const GENERAL_NAME *name, const struct isakmp_id *id)
{
	switch (id->type) {
	case ISAKMP_ID_FQDN:
		return name->type == GEN_DNS && same_text(name->d.dNSName, id, same_host);
	case ISAKMP_ID_USER_FQDN:
		return name->type == GEN_EMAIL && same_text(name->d.rfc822Name, id, same_mailbox);
	case ISAKMP_ID_IPV4_ADDR:
	case ISAKMP_ID_IPV6_ADDR:
		return name->type == GEN_IPADD && same_address(name->d.iPAddress, id);
	case ISAKMP_ID_DER_ASN1_DN:
		return name->type == GEN_DIRNAME && is_name(name->d.directoryName, id);
	default:
		return false;
	}
}

static bool has_alternative(const X509 *cert, const struct isakmp_id *id)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bool found = false;
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++)
		found = is_alternative(sk_GENERAL_NAME_value(names, i), id);
	GENERAL_NAMES_free(names);
	return found;
}

bool cert_peer_is(const struct cert_peer *peer, const struct isakmp_id *id)
{
	bool is = (id->type == ISAKMP_ID_DER_ASN1_DN &&
		   is_name(X509_get_subject_name(peer->cert), id)) ||
		  has_alternative(peer->cert, id);

	ERR_clear_error();
	return is;
}

int cert_peer_verify(const struct cert_peer *peer, const void *hash, size_t hash_len,
		     const void *signature, size_t signature_len)
{
	EVP_PKEY *key = X509_get0_pubkey(peer->cert);
	EVP_PKEY_CTX *ctx;
	bool good;

	if (!hash_len || signature_len != (size_t)EVP_PKEY_get_size(key))
		return -EKEYREJECTED;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	/* No digest is set: what was signed is the hash alone. */
	good = ctx && EVP_PKEY_verify_init(ctx) > 0 &&
	       EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
	       EVP_PKEY_verify(ctx, signature, signature_len, hash, hash_len) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return good ? 0 : -EKEYREJECTED;
}

const char *cert_peer_subject(const struct cert_peer *peer, char *text, size_t size)
{
	return cert_subject_text(peer->cert, text, size);
}
