/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cert_store - the inside of a trustpoint, for cert.c, cert_key.c and cert_peer.c. */
#ifndef _IPSECD_IKE_CERT_STORE_H
#define _IPSECD_IKE_CERT_STORE_H

#include <openssl/x509.h>

#include "cert.h"

/* A subject as text, all of it printable. */
#define CERT_NAME_MAX	160

/**
 * struct cert_store - see cert.h
 * @trusted: @cas and @crls, as OpenSSL verifies by them
 * @chain: [0] is ours; empty without identity
 * @der: of @chain
 * @key: private, of @chain[0]
 */
struct cert_store {
	X509_STORE *trusted;
	STACK_OF(X509) *cas;
	STACK_OF(X509_CRL) *crls;
	STACK_OF(X509) *chain;
	struct buf der[CERT_CHAIN_MAX];
	EVP_PKEY *key;
};

/* "CN=r1,O=example" in @text; returns @text. */
const char *cert_name_text(const X509_NAME *name, char *text, size_t size);
const char *cert_subject_text(const X509 *cert, char *text, size_t size);
/* Why a key cannot be used for signatures of IKE, or NULL if it can. */
const char *cert_key_refusal(const EVP_PKEY *key);
/* The private key of a PEM text: RSA, without passphrase. NULL with *@err. */
EVP_PKEY *cert_key_read(BIO *bio, struct kerr *err);

#endif /* _IPSECD_IKE_CERT_STORE_H */
