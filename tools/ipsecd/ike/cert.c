// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "cert_store.h"

/* Longer texts are no certificates, CRLs or keys that anybody has. */
#define PEM_MAX		(16 * 1024 * 1024)
/* A shorter modulus is broken by anybody. */
#define RSA_BITS_MIN	1024
#define RSA_BITS_MAX	(8 * CERT_SIGNATURE_MAX)

struct cert_store *cert_store_new(void)
{
	struct cert_store *store = calloc(1, sizeof(*store));
	unsigned int i;

	if (!store)
		return NULL;
	for (i = 0; i < CERT_CHAIN_MAX; i++)
		buf_init(&store->der[i], ISAKMP_MESSAGE_MAX);
	store->trusted = X509_STORE_new();
	store->cas = sk_X509_new_null();
	store->crls = sk_X509_CRL_new_null();
	store->chain = sk_X509_new_null();
	if (store->trusted && store->cas && store->crls && store->chain)
		return store;
	cert_store_free(store);
	ERR_clear_error();
	return NULL;
}

void cert_store_free(struct cert_store *store)
{
	unsigned int i;

	if (!store)
		return;
	EVP_PKEY_free(store->key);
	sk_X509_pop_free(store->chain, X509_free);
	sk_X509_CRL_pop_free(store->crls, X509_CRL_free);
	sk_X509_pop_free(store->cas, X509_free);
	X509_STORE_free(store->trusted);
	for (i = 0; i < CERT_CHAIN_MAX; i++)
		buf_release(&store->der[i]);
	free(store);
}

const char *cert_name_text(const X509_NAME *name, char *text, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = -1;

	if (!size)
		return "";
	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_read(bio, text, (int)size - 1);
	text[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
	ERR_clear_error();
	return text;
}

const char *cert_subject_text(const X509 *cert, char *text, size_t size)
{
	return cert_name_text(X509_get_subject_name(cert), text, size);
}

const char *cert_key_refusal(const EVP_PKEY *key)
{
	int bits = key ? EVP_PKEY_get_bits(key) : 0;

	if (!key || !EVP_PKEY_is_a(key, "RSA"))
		return "the key is not RSA";
	if (bits < RSA_BITS_MIN)
		return "the RSA key has fewer than 1024 bits";
	if (bits > RSA_BITS_MAX)
		return "the RSA key has more than 8192 bits";
	return NULL;
}

/* --- PEM */

static const char *openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason ? reason : "unknown error";
}

static BIO *open_pem(const char *what, const char *pem, size_t len, struct kerr *err)
{
	BIO *bio;

	if (!len || len > PEM_MAX) {
		kerr_set(err, EINVAL, "%s: %s", what, len ? "the text is too long" : "is empty");
		return NULL;
	}
	ERR_clear_error();
	bio = BIO_new_mem_buf(pem, (int)len);
	if (!bio)
		kerr_set(err, ENOMEM, "%s: out of memory", what);
	return bio;
}

/*
 * What stopped the reading behind @n objects of the text: its end, which is
 * good if there were any, or one that cannot be read.
 */
static int end_of_pem(const char *what, int n, struct kerr *err)
{
	unsigned long e = ERR_peek_last_error();
	bool end = ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
	int ret = 0;

	if (!end)
		ret = kerr_set(err, EINVAL, "%s %d of the text cannot be read: %s", what, n + 1,
			       openssl_reason());
	else if (!n)
		ret = kerr_set(err, EINVAL,
			       "no %s in the text (PEM begins with a line of -----BEGIN)", what);
	ERR_clear_error();
	return ret;
}

/* All certificates of a text, or none of them. */
static STACK_OF(X509) *read_certs(const char *what, const char *pem, size_t len, struct kerr *err)
{
	BIO *bio = open_pem(what, pem, len, err);
	STACK_OF(X509) *certs = bio ? sk_X509_new_null() : NULL;
	X509 *cert;

	while (certs && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		sk_X509_push(certs, cert);
	if (certs && end_of_pem(what, sk_X509_num(certs), err)) {
		sk_X509_pop_free(certs, X509_free);
		certs = NULL;
	}
	BIO_free(bio);
	return certs;
}

static STACK_OF(X509_CRL) *read_crls(const char *pem, size_t len, struct kerr *err)
{
	BIO *bio = open_pem("CRL", pem, len, err);
	STACK_OF(X509_CRL) *crls = bio ? sk_X509_CRL_new_null() : NULL;
	X509_CRL *crl;

	while (crls && (crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)))
		sk_X509_CRL_push(crls, crl);
	if (crls && end_of_pem("CRL", sk_X509_CRL_num(crls), err)) {
		sk_X509_CRL_pop_free(crls, X509_CRL_free);
		crls = NULL;
	}
	BIO_free(bio);
	return crls;
}

/* --- whom we trust */

static int check_cas(STACK_OF(X509) *certs, struct kerr *err)
{
	char name[CERT_NAME_MAX];
	int i;

	for (i = 0; i < sk_X509_num(certs); i++) {
		X509 *cert = sk_X509_value(certs, i);

		if (!X509_check_ca(cert))
			return kerr_set(err, EINVAL,
					"%s is no CA: its certificate may not sign others",
					cert_subject_text(cert, name, sizeof(name)));
	}
	return 0;
}

static bool has_cert(STACK_OF(X509) *certs, const X509 *cert)
{
	int i;

	for (i = 0; i < sk_X509_num(certs); i++) {
		if (!X509_cmp(sk_X509_value(certs, i), cert))
			return true;
	}
	return false;
}

int cert_store_add_ca(struct cert_store *store, const char *pem, size_t len, struct kerr *err)
{
	STACK_OF(X509) *certs = read_certs("certificate", pem, len, err);
	X509 *cert;
	int e;

	if (!certs)
		return -EINVAL;
	e = check_cas(certs, err);
	while (!e && (cert = sk_X509_shift(certs))) {
		if (has_cert(store->cas, cert)) {
			X509_free(cert);
		} else if (!X509_STORE_add_cert(store->trusted, cert) ||
			   !sk_X509_push(store->cas, cert)) {
			X509_free(cert);
			e = kerr_set(err, ENOMEM, "certificate: out of memory");
		}
	}
	sk_X509_pop_free(certs, X509_free);
	ERR_clear_error();
	return e;
}

/* Of a CA that we have: it must have signed. Of others their certificate is to come. */
static int check_crl(const struct cert_store *store, X509_CRL *crl, struct kerr *err)
{
	const X509_NAME *issuer = X509_CRL_get_issuer(crl);
	char name[CERT_NAME_MAX];
	bool known = false;
	int i;

	for (i = 0; i < sk_X509_num(store->cas); i++) {
		X509 *ca = sk_X509_value(store->cas, i);

		if (X509_NAME_cmp(X509_get_subject_name(ca), issuer))
			continue;
		if (X509_CRL_verify(crl, X509_get0_pubkey(ca)) > 0)
			return 0;
		known = true;
	}
	if (!known)
		return 0;
	return kerr_set(err, EKEYREJECTED, "the CRL of %s is not signed by it",
			cert_name_text(issuer, name, sizeof(name)));
}

int cert_store_add_crl(struct cert_store *store, const char *pem, size_t len, struct kerr *err)
{
	STACK_OF(X509_CRL) *crls = read_crls(pem, len, err);
	X509_CRL *crl;
	int i, e = 0;

	if (!crls)
		return -EINVAL;
	for (i = 0; i < sk_X509_CRL_num(crls) && !e; i++)
		e = check_crl(store, sk_X509_CRL_value(crls, i), err);
	while (!e && (crl = sk_X509_CRL_shift(crls))) {
		if (!X509_STORE_add_crl(store->trusted, crl) ||
		    !sk_X509_CRL_push(store->crls, crl)) {
			X509_CRL_free(crl);
			e = kerr_set(err, ENOMEM, "CRL: out of memory");
		}
	}
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
	ERR_clear_error();
	return e;
}

unsigned int cert_store_cas(const struct cert_store *store)
{
	return (unsigned int)sk_X509_num(store->cas);
}

static int put_name(const X509_NAME *name, struct buf *out)
{
	const unsigned char *der;
	size_t len;

	if (!X509_NAME_get0_der(name, &der, &len))
		return -EIO;
	buf_put_bytes(out, der, len);
	return out->failed ? -EMSGSIZE : 0;
}

int cert_store_ca_name(const struct cert_store *store, unsigned int index, struct buf *out)
{
	if (index >= cert_store_cas(store))
		return -ENOENT;
	return put_name(X509_get_subject_name(sk_X509_value(store->cas, (int)index)), out);
}

/* --- who we are */

/* Moves the first of @certs that fits from there into @chain; false if there is none. */
static bool take(STACK_OF(X509) *certs, STACK_OF(X509) *chain, EVP_PKEY *key)
{
	X509 *last = sk_X509_value(chain, sk_X509_num(chain) - 1);
	int i;

	for (i = 0; i < sk_X509_num(certs); i++) {
		X509 *cert = sk_X509_value(certs, i);

		if (key ? X509_check_private_key(cert, key) != 1 :
			  X509_check_issued(cert, last) != X509_V_OK)
			continue;
		sk_X509_delete(certs, i);
		if (sk_X509_push(chain, cert))
			return true;
		X509_free(cert);
		return false;
	}
	return false;
}

/* Puts our chain in order, whatever that of the text is: first whose key it is, then who signed. */
static int order_chain(STACK_OF(X509) *certs, STACK_OF(X509) *chain, EVP_PKEY *key,
		       struct kerr *err)
{
	char name[CERT_NAME_MAX];
	X509 *last;

	cert_subject_text(sk_X509_value(certs, 0), name, sizeof(name));
	if (!take(certs, chain, key))
		return kerr_set(err, EKEYREJECTED,
				"the private key does not belong to the certificate of %s", name);
	while (take(certs, chain, NULL))
		;
	if (sk_X509_num(certs))
		return kerr_set(err, EINVAL, "the certificate of %s is not part of our chain",
				cert_subject_text(sk_X509_value(certs, 0), name, sizeof(name)));
	/* The peer must have the root itself; sending it would prove nothing. */
	last = sk_X509_value(chain, sk_X509_num(chain) - 1);
	if (sk_X509_num(chain) > 1 && X509_check_issued(last, last) == X509_V_OK)
		X509_free(sk_X509_pop(chain));
	if (sk_X509_num(chain) > CERT_CHAIN_MAX)
		return kerr_set(err, E2BIG, "our chain has more than %d certificates",
				CERT_CHAIN_MAX);
	return 0;
}

static int put_der(STACK_OF(X509) *chain, struct buf *der, struct kerr *err)
{
	unsigned char *bytes;
	int i, len;

	for (i = 0; i < sk_X509_num(chain); i++) {
		bytes = NULL;
		len = i2d_X509(sk_X509_value(chain, i), &bytes);
		if (len > 0)
			buf_put_bytes(&der[i], bytes, (size_t)len);
		OPENSSL_free(bytes);
		if (len <= 0 || der[i].failed)
			return kerr_set(err, EMSGSIZE, "certificate %d is too long for a message",
					i + 1);
	}
	return 0;
}

/* All is good: it replaces what was there. */
static void adopt(struct cert_store *store, STACK_OF(X509) **chain, struct buf *der,
		  EVP_PKEY **key)
{
	struct buf buf;
	STACK_OF(X509) *old_chain = store->chain;
	EVP_PKEY *old_key = store->key;
	unsigned int i;

	for (i = 0; i < CERT_CHAIN_MAX; i++) {
		buf = store->der[i];
		store->der[i] = der[i];
		der[i] = buf;
	}
	store->chain = *chain;
	*chain = old_chain;
	store->key = *key;
	*key = old_key;
}

int cert_store_set_identity(struct cert_store *store, const char *cert, size_t cert_len,
			    const char *key, size_t key_len, struct kerr *err)
{
	STACK_OF(X509) *certs = read_certs("certificate", cert, cert_len, err);
	STACK_OF(X509) *chain = certs ? sk_X509_new_null() : NULL;
	BIO *key_text = chain ? open_pem("private key", key, key_len, err) : NULL;
	EVP_PKEY *pkey = key_text ? cert_key_read(key_text, err) : NULL;
	struct buf der[CERT_CHAIN_MAX];
	unsigned int i;
	int e = -EINVAL;

	for (i = 0; i < CERT_CHAIN_MAX; i++)
		buf_init(&der[i], ISAKMP_MESSAGE_MAX);
	if (pkey)
		e = order_chain(certs, chain, pkey, err);
	if (!e)
		e = put_der(chain, der, err);
	if (!e)
		adopt(store, &chain, der, &pkey);
	for (i = 0; i < CERT_CHAIN_MAX; i++)
		buf_release(&der[i]);
	EVP_PKEY_free(pkey);
	BIO_free(key_text);
	sk_X509_pop_free(chain, X509_free);
	sk_X509_pop_free(certs, X509_free);
	ERR_clear_error();
	return e;
}

bool cert_store_has_identity(const struct cert_store *store)
{
	return store->key;
}

unsigned int cert_store_chain(const struct cert_store *store)
{
	return (unsigned int)sk_X509_num(store->chain);
}

const uint8_t *cert_store_chain_der(const struct cert_store *store, unsigned int index,
				    size_t *len)
{
	if (index >= cert_store_chain(store))
		return NULL;
	*len = store->der[index].len;
	return store->der[index].data;
}

int cert_store_own_id(const struct cert_store *store, struct isakmp_id *id)
{
	struct buf name;
	int err;

	if (!cert_store_has_identity(store))
		return -ENOENT;
	memset(id, 0, sizeof(*id));
	buf_init(&name, ISAKMP_ID_MAX);
	err = put_name(X509_get_subject_name(sk_X509_value(store->chain, 0)), &name);
	if (!err) {
		id->type = ISAKMP_ID_DER_ASN1_DN;
		id->len = name.len;
		memcpy(id->text, name.data, name.len);
	}
	buf_release(&name);
	return err;
}

int cert_sign(const struct cert_store *store, const void *hash, size_t hash_len,
	      uint8_t *out, size_t *out_len)
{
	EVP_PKEY_CTX *ctx;
	int err = 0;

	if (!store->key)
		return -ENOENT;
	*out_len = CERT_SIGNATURE_MAX;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, store->key, NULL);
	/* No digest is set: what is signed is the hash alone. */
	if (!ctx || EVP_PKEY_sign_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0 ||
	    EVP_PKEY_sign(ctx, out, out_len, hash, hash_len) <= 0) {
		ERR_clear_error();
		err = -EIO;
	}
	EVP_PKEY_CTX_free(ctx);
	return err;
}
