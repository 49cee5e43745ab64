// SPDX-License-Identifier: GPL-2.0-or-later
/* A small PKI that is made anew in each run; what is good or bad about it is said in each case. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "ipsecd/ike/cert.h"

#define NOW	1800000000
#define DAY	86400

enum { KEY_ROOT, KEY_SUB, KEY_PEER, KEY_OTHER, N_KEYS };

static EVP_PKEY *keys[N_KEYS];
static EVP_PKEY *key_ec, *key_short;

/* --- making */

/**
 * struct spec - a certificate; zeros are a good one of a peer, signed by itself
 * @ca: and who signed it
 * @from, @to: days from now; 0 are -10 and 10
 */
struct spec {
	const char *cn;
	EVP_PKEY *key;
	X509 *issuer;
	EVP_PKEY *ca;
	int serial;
	int from, to;
	const char *constraints, *usage, *names;
};

static void add_name(X509_NAME *name, const char *cn)
{
	assert_true(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
					       (const unsigned char *)"Example", -1, -1, 0));
	assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					       (const unsigned char *)cn, -1, -1, 0));
}

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension;

	if (!value)
		return;
	extension = X509V3_EXT_nconf_nid(NULL, NULL, nid, value);
	assert_non_null(extension);
	assert_true(X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

static X509 *make(const struct spec *s)
{
	X509 *cert = X509_new();

	assert_true(X509_set_version(cert, X509_VERSION_3));
	assert_true(ASN1_INTEGER_set(X509_get_serialNumber(cert), s->serial));
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(cert),
				      NOW + (s->from ? s->from : -10) * DAY));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(cert), NOW + (s->to ? s->to : 10) * DAY));
	add_name(X509_get_subject_name(cert), s->cn);
	assert_true(X509_set_issuer_name(cert, X509_get_subject_name(s->issuer ? s->issuer :
								     cert)));
	assert_true(X509_set_pubkey(cert, s->key));
	add_extension(cert, NID_basic_constraints, s->constraints);
	add_extension(cert, NID_key_usage, s->usage);
	add_extension(cert, NID_subject_alt_name, s->names);
	assert_true(X509_sign(cert, s->ca ? s->ca : s->key, EVP_sha256()));
	return cert;
}

static X509 *make_ca(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *ca, int serial)
{
	return make(&(struct spec){ .cn = cn, .key = key, .issuer = issuer, .ca = ca,
				    .serial = serial, .constraints = "critical,CA:TRUE",
				    .usage = "critical,keyCertSign,cRLSign" });
}

static X509 *make_peer(X509 *issuer, EVP_PKEY *ca)
{
	return make(&(struct spec){ .cn = "r2", .key = keys[KEY_PEER], .issuer = issuer,
				    .ca = ca, .serial = 7 });
}

static X509_CRL *make_crl(X509 *ca, EVP_PKEY *key, int serial, int to)
{
	X509_CRL *crl = X509_CRL_new();
	X509_REVOKED *revoked = X509_REVOKED_new();
	ASN1_TIME *time = ASN1_TIME_set(NULL, NOW - 5 * DAY);
	ASN1_INTEGER *number = ASN1_INTEGER_new();

	assert_true(X509_CRL_set_version(crl, 1));
	assert_true(X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca)));
	assert_true(X509_CRL_set1_lastUpdate(crl, time));
	assert_true(ASN1_INTEGER_set(number, serial));
	assert_true(X509_REVOKED_set_serialNumber(revoked, number));
	assert_true(X509_REVOKED_set_revocationDate(revoked, time));
	assert_true(X509_CRL_add0_revoked(crl, revoked));
	assert_non_null(ASN1_TIME_set(time, NOW + to * DAY));
	assert_true(X509_CRL_set1_nextUpdate(crl, time));
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()));
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(time);
	return crl;
}

/* --- giving */

static const char *text_of(BIO *bio, size_t *len)
{
	char *text;

	*len = (size_t)BIO_get_mem_data(bio, &text);
	return text;
}

static BIO *pem_of(X509 *const *certs, unsigned int n)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned int i;

	for (i = 0; i < n; i++)
		assert_true(PEM_write_bio_X509(bio, certs[i]));
	return bio;
}

static BIO *pem_of_key(EVP_PKEY *key, const char *passphrase)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_true(PEM_write_bio_PrivateKey(bio, key, passphrase ? EVP_aes_128_cbc() : NULL,
					     (const unsigned char *)passphrase,
					     passphrase ? (int)strlen(passphrase) : 0, NULL, NULL));
	return bio;
}

static int add_ca(struct cert_store *store, X509 *ca, struct kerr *err)
{
	BIO *pem = pem_of(&ca, 1);
	size_t len;
	const char *text = text_of(pem, &len);
	int e = cert_store_add_ca(store, text, len, err);

	BIO_free(pem);
	return e;
}

static int add_crl(struct cert_store *store, X509_CRL *crl, struct kerr *err)
{
	BIO *pem = BIO_new(BIO_s_mem());
	const char *text;
	size_t len;
	int e;

	assert_true(PEM_write_bio_X509_CRL(pem, crl));
	text = text_of(pem, &len);
	e = cert_store_add_crl(store, text, len, err);
	BIO_free(pem);
	X509_CRL_free(crl);
	return e;
}

static int set_identity(struct cert_store *store, X509 *const *certs, unsigned int n,
			EVP_PKEY *key, const char *passphrase, struct kerr *err)
{
	BIO *cert_pem = pem_of(certs, n), *key_pem = pem_of_key(key, passphrase);
	size_t cert_len, key_len;
	const char *cert_text = text_of(cert_pem, &cert_len);
	const char *key_text = text_of(key_pem, &key_len);
	int e = cert_store_set_identity(store, cert_text, cert_len, key_text, key_len, err);

	BIO_free(cert_pem);
	BIO_free(key_pem);
	return e;
}

/* A store that trusts @ca. */
static struct cert_store *trusting(X509 *ca)
{
	struct cert_store *store = cert_store_new();
	struct kerr err;

	assert_non_null(store);
	assert_int_equal(add_ca(store, ca, &err), 0);
	return store;
}

/* What the peer sends. */
static int verify(const struct cert_store *store, X509 *const *certs, unsigned int n,
		  struct cert_peer **peer, struct kerr *err)
{
	struct payload chain[CERT_CHAIN_MAX + 1] = { 0 };
	uint8_t *bytes[CERT_CHAIN_MAX + 1], *at;
	unsigned int i;
	int e;

	for (i = 0; i < n; i++) {
		chain[i].type = ISAKMP_PAYLOAD_CERT;
		chain[i].len = (size_t)i2d_X509(certs[i], NULL) + 1;
		bytes[i] = malloc(chain[i].len);
		at = bytes[i];
		*at++ = ISAKMP_CERT_X509_SIGNATURE;
		i2d_X509(certs[i], &at);
		chain[i].body = bytes[i];
	}
	e = cert_verify_chain(store, chain, n, NOW, peer, err);
	for (i = 0; i < n; i++)
		free(bytes[i]);
	return e;
}

static void assert_good(const struct cert_store *store, X509 *const *certs, unsigned int n)
{
	struct cert_peer *peer = NULL;
	struct kerr err;

	kerr_clear(&err);
	assert_int_equal(verify(store, certs, n, &peer, &err), 0);
	assert_non_null(peer);
	cert_peer_free(peer);
}

static void assert_bad(const struct cert_store *store, X509 *const *certs, unsigned int n,
		       const char *why)
{
	struct cert_peer *peer = (struct cert_peer *)&store;
	struct kerr err;

	assert_int_equal(verify(store, certs, n, &peer, &err), -EKEYREJECTED);
	assert_null(peer);
	assert_int_equal(err.err, EKEYREJECTED);
	if (!strstr(err.text, why))
		fail_msg("\"%s\" instead of \"%s\"", err.text, why);
	/* Those who do not ask why are not told. */
	assert_int_equal(verify(store, certs, n, &peer, NULL), -EKEYREJECTED);
}

/* --- chains */

/* A root, a CA below it, and the peers of both. */
struct pki {
	X509 *root, *sub, *peer, *sub_peer;
};

static void make_pki(struct pki *p)
{
	p->root = make_ca("root", keys[KEY_ROOT], NULL, NULL, 1);
	p->sub = make_ca("sub", keys[KEY_SUB], p->root, keys[KEY_ROOT], 2);
	p->peer = make_peer(p->root, keys[KEY_ROOT]);
	p->sub_peer = make_peer(p->sub, keys[KEY_SUB]);
}

static void free_pki(struct pki *p)
{
	X509_free(p->root);
	X509_free(p->sub);
	X509_free(p->peer);
	X509_free(p->sub_peer);
}

static void test_chains(void **state)
{
	struct cert_store *root, *sub, *nobody = cert_store_new();
	struct pki p;

	(void)state;
	make_pki(&p);
	root = trusting(p.root);
	sub = trusting(p.sub);
	assert_good(root, (X509 *[]){ p.peer }, 1);
	assert_good(root, (X509 *[]){ p.peer, p.root }, 2);
	assert_good(root, (X509 *[]){ p.sub_peer, p.sub }, 2);
	assert_good(root, (X509 *[]){ p.sub_peer, p.root, p.sub }, 3);
	assert_good(sub, (X509 *[]){ p.sub_peer }, 1);
	assert_good(sub, (X509 *[]){ p.sub_peer, p.sub, p.root }, 3);
	assert_bad(root, (X509 *[]){ p.sub_peer }, 1,
		   "CN=r2,O=Example: unable to get local issuer");
	/* The CA below is trusted, that above is not. */
	assert_bad(sub, (X509 *[]){ p.peer, p.root }, 2, "self-signed certificate");
	assert_bad(nobody, (X509 *[]){ p.peer, p.root }, 2, "self-signed certificate");
	assert_bad(nobody, (X509 *[]){ p.peer }, 1, "unable to get local issuer");
	cert_store_free(root);
	cert_store_free(sub);
	cert_store_free(nobody);
	cert_store_free(NULL);
	free_pki(&p);
}

/* The peer's certificate as @spec says, signed by the root. */
static void assert_peer(const struct cert_store *store, struct spec spec, const char *why)
{
	X509 *cert;

	spec.cn = spec.cn ? spec.cn : "r2";
	spec.key = spec.key ? spec.key : keys[KEY_PEER];
	cert = make(&spec);
	if (why)
		assert_bad(store, &cert, 1, why);
	else
		assert_good(store, &cert, 1);
	X509_free(cert);
}

static void test_refused(void **state)
{
	struct cert_store *store;
	X509 *impostor, *child;
	struct pki p;

	(void)state;
	make_pki(&p);
	store = trusting(p.root);
#define BY_ROOT .issuer = p.root, .ca = keys[KEY_ROOT]
	assert_peer(store, (struct spec){ BY_ROOT, .from = -20, .to = -1 }, "has expired");
	assert_peer(store, (struct spec){ BY_ROOT, .from = 1, .to = 9 }, "not yet valid");
	assert_peer(store, (struct spec){ .from = -1 }, "self-signed");
	/* One that only says that the root has signed it. */
	assert_peer(store, (struct spec){ .issuer = p.root, .ca = keys[KEY_OTHER] },
		    "certificate signature failure");
	assert_peer(store, (struct spec){ BY_ROOT, .usage = "critical,keyEncipherment" },
		    "not for signatures");
	assert_peer(store, (struct spec){ BY_ROOT, .usage = "digitalSignature" }, NULL);
	assert_peer(store, (struct spec){ BY_ROOT, .usage = "nonRepudiation" }, NULL);
	assert_peer(store, (struct spec){ BY_ROOT, .key = key_ec }, "not RSA");
	assert_peer(store, (struct spec){ BY_ROOT, .key = key_short }, "fewer than 1024 bits");
	/* Another root of the same name. */
	impostor = make_ca("root", keys[KEY_OTHER], NULL, NULL, 1);
	child = make_peer(impostor, keys[KEY_OTHER]);
	assert_bad(store, (X509 *[]){ child, impostor }, 2, "certificate signature failure");
	X509_free(child);
	X509_free(impostor);
	/* A peer that plays CA. */
	child = make(&(struct spec){ .cn = "r3", .key = keys[KEY_OTHER], .issuer = p.peer,
				     .ca = keys[KEY_PEER] });
	assert_bad(store, (X509 *[]){ child, p.peer }, 2,
		   "CN=r2,O=Example: invalid CA certificate");
	X509_free(child);
	cert_store_free(store);
	free_pki(&p);
}

static void test_revoked(void **state)
{
	struct cert_store *store;
	struct kerr err;
	struct pki p;

	(void)state;
	make_pki(&p);
	/* Another is revoked; of the CA below no CRL is there. */
	store = trusting(p.root);
	assert_int_equal(add_crl(store, make_crl(p.root, keys[KEY_ROOT], 8, 1), &err), 0);
	assert_good(store, (X509 *[]){ p.peer }, 1);
	assert_good(store, (X509 *[]){ p.sub_peer, p.sub }, 2);
	/* It is there, before its CA was seen. */
	assert_int_equal(add_crl(store, make_crl(p.sub, keys[KEY_SUB], 7, 1), &err), 0);
	assert_bad(store, (X509 *[]){ p.sub_peer, p.sub }, 2,
		   "CN=r2,O=Example: certificate revoked");
	assert_good(store, (X509 *[]){ p.peer }, 1);
	cert_store_free(store);

	store = trusting(p.root);
	assert_int_equal(add_crl(store, make_crl(p.root, keys[KEY_ROOT], 7, 1), &err), 0);
	assert_bad(store, (X509 *[]){ p.peer }, 1, "CN=r2,O=Example: certificate revoked");
	cert_store_free(store);

	/* The CA between is revoked. */
	store = trusting(p.root);
	assert_int_equal(add_crl(store, make_crl(p.root, keys[KEY_ROOT], 2, 1), &err), 0);
	assert_bad(store, (X509 *[]){ p.sub_peer, p.sub }, 2,
		   "CN=sub,O=Example: certificate revoked");
	assert_good(store, (X509 *[]){ p.peer }, 1);
	cert_store_free(store);

	/* Nobody knows who was revoked since. */
	store = trusting(p.root);
	assert_int_equal(add_crl(store, make_crl(p.root, keys[KEY_ROOT], 8, -1), &err), 0);
	assert_bad(store, (X509 *[]){ p.peer }, 1, "CRL has expired");
	cert_store_free(store);
	free_pki(&p);
}

static void test_malformed(void **state)
{
	uint8_t *body, *at;
	struct payload chain = { .type = ISAKMP_PAYLOAD_CERT };
	struct cert_peer *peer;
	struct cert_store *store;
	struct kerr err;
	struct pki p;
	size_t len, i;

	(void)state;
	make_pki(&p);
	store = trusting(p.root);
	len = (size_t)i2d_X509(p.peer, NULL) + 1;
	/* Cut off everywhere, at the end of its memory. */
	for (i = 0; i < len; i++) {
		body = malloc(len + 1);
		at = body;
		*at++ = ISAKMP_CERT_X509_SIGNATURE;
		i2d_X509(p.peer, &at);
		body = realloc(body, i ? i : 1);
		chain.body = body;
		chain.len = i;
		assert_int_equal(cert_verify_chain(store, &chain, 1, NOW, &peer, &err),
				 -EKEYREJECTED);
		assert_null(peer);
		assert_non_null(strstr(err.text, i ? "certificate 1 is malformed" :
				       "no X.509 certificate"));
		free(body);
	}
	body = calloc(1, len + 1);
	at = body + 1;
	i2d_X509(p.peer, &at);
	chain.body = body;
	/* Something behind it; another encoding; every bit of it that is wrong. */
	body[0] = ISAKMP_CERT_X509_SIGNATURE;
	chain.len = len + 1;
	assert_int_equal(cert_verify_chain(store, &chain, 1, NOW, &peer, &err), -EKEYREJECTED);
	chain.len = len;
	for (i = 8; i < 8 * len; i += 3) {
		body[i / 8] ^= (uint8_t)(1 << (i % 8));
		assert_int_equal(cert_verify_chain(store, &chain, 1, NOW, &peer, &err),
				 -EKEYREJECTED);
		body[i / 8] ^= (uint8_t)(1 << (i % 8));
	}
	assert_int_equal(cert_verify_chain(store, &chain, 1, NOW, &peer, &err), 0);
	cert_peer_free(peer);
	body[0] = 1;
	assert_int_equal(cert_verify_chain(store, &chain, 1, NOW, &peer, &err), -EKEYREJECTED);
	assert_non_null(strstr(err.text, "no X.509 certificate"));
	assert_int_equal(cert_verify_chain(store, NULL, 0, NOW, &peer, &err), -EKEYREJECTED);
	assert_bad(store, (X509 *[CERT_CHAIN_MAX + 1]){ p.peer, p.root, p.root, p.root, p.root,
		   p.root, p.root, p.root, p.root, p.root, p.root }, CERT_CHAIN_MAX + 1,
		   "too many");
	free(body);
	cert_store_free(store);
	free_pki(&p);
}

/* --- identities */

static struct isakmp_id text_id(uint8_t type, const void *text, size_t len)
{
	struct isakmp_id id = { .type = type, .len = len };

	memcpy(id.text, text, len);
	return id;
}

static bool is(const struct cert_peer *peer, uint8_t type, const char *text)
{
	struct isakmp_id id = text_id(type, text, strlen(text));

	return cert_peer_is(peer, &id);
}

static bool is_address(const struct cert_peer *peer, uint8_t type, const char *text)
{
	struct isakmp_id id = { .type = type };

	assert_int_equal(addr_parse(&id.first, AF_UNSPEC, text), 0);
	return cert_peer_is(peer, &id);
}

static void check_names(const struct cert_peer *peer)
{
	struct isakmp_id id;

	assert_true(is(peer, ISAKMP_ID_FQDN, "r2.example.org"));
	assert_true(is(peer, ISAKMP_ID_FQDN, "R2.Example.ORG"));
	assert_false(is(peer, ISAKMP_ID_FQDN, "r2.example.or"));
	assert_false(is(peer, ISAKMP_ID_FQDN, "r2.example.org."));
	assert_false(is(peer, ISAKMP_ID_FQDN, ".example.org"));
	assert_false(is(peer, ISAKMP_ID_FQDN, "*.example.org"));
	assert_false(is(peer, ISAKMP_ID_FQDN, "a.wild.example.org"));
	assert_false(is(peer, ISAKMP_ID_FQDN, ""));
	assert_false(is(peer, ISAKMP_ID_FQDN, "r2"));
	assert_false(is(peer, ISAKMP_ID_FQDN, "admin@example.org"));
	id = text_id(ISAKMP_ID_FQDN, "r2.example.org\0.evil", 20);
	assert_false(cert_peer_is(peer, &id));
	assert_true(is(peer, ISAKMP_ID_USER_FQDN, "admin@example.org"));
	assert_true(is(peer, ISAKMP_ID_USER_FQDN, "admin@EXAMPLE.org"));
	assert_false(is(peer, ISAKMP_ID_USER_FQDN, "Admin@example.org"));
	assert_false(is(peer, ISAKMP_ID_USER_FQDN, "r2.example.org"));
	assert_false(is(peer, ISAKMP_ID_USER_FQDN, "@example.org"));
	assert_false(is(peer, ISAKMP_ID_KEY_ID, "r2.example.org"));
	assert_true(is_address(peer, ISAKMP_ID_IPV4_ADDR, "10.0.0.2"));
	assert_false(is_address(peer, ISAKMP_ID_IPV4_ADDR, "10.0.0.3"));
	assert_true(is_address(peer, ISAKMP_ID_IPV6_ADDR, "2001:db8::2"));
	assert_false(is_address(peer, ISAKMP_ID_IPV6_ADDR, "2001:db8::3"));
	assert_false(is_address(peer, ISAKMP_ID_IPV4_SUBNET, "10.0.0.2"));
	id = (struct isakmp_id){ .type = ISAKMP_ID_IPV4_ADDR };
	assert_false(cert_peer_is(peer, &id));
}

static void check_dn(const struct cert_peer *peer, X509 *cert, X509 *other)
{
	const unsigned char *der;
	struct isakmp_id id;
	size_t len;

	assert_true(X509_NAME_get0_der(X509_get_subject_name(cert), &der, &len));
	id = text_id(ISAKMP_ID_DER_ASN1_DN, der, len);
	assert_true(cert_peer_is(peer, &id));
	id.len--;
	assert_false(cert_peer_is(peer, &id));
	id.len += 2;
	assert_false(cert_peer_is(peer, &id));
	id.len = 0;
	assert_false(cert_peer_is(peer, &id));
	id.type = ISAKMP_ID_FQDN;
	assert_false(cert_peer_is(peer, &id));
	assert_true(X509_NAME_get0_der(X509_get_subject_name(other), &der, &len));
	id = text_id(ISAKMP_ID_DER_ASN1_DN, der, len);
	assert_false(cert_peer_is(peer, &id));
	assert_false(is(peer, ISAKMP_ID_DER_ASN1_DN, "CN=r2,O=Example"));
}

static void test_identities(void **state)
{
	struct cert_peer *peer = NULL;
	struct cert_store *store;
	char text[64];
	struct kerr err;
	struct pki p;
	X509 *cert;

	(void)state;
	make_pki(&p);
	store = trusting(p.root);
	cert = make(&(struct spec){ .cn = "r2\n\xc3\xa4", .key = keys[KEY_PEER], BY_ROOT,
		.names = "DNS:r2.example.org,DNS:*.wild.example.org,email:admin@example.org,"
			 "IP:10.0.0.2,IP:2001:db8::2,URI:http://r2.example.org" });
	assert_int_equal(verify(store, &cert, 1, &peer, &err), 0);
	check_names(peer);
	check_dn(peer, cert, p.peer);
	/* Nothing in it that a terminal would obey. */
	assert_string_equal(cert_peer_subject(peer, text, sizeof(text)),
			    "CN=r2\\0A\\C3\\A4,O=Example");
	assert_string_equal(cert_peer_subject(peer, text, 6), "CN=r2");
	cert_peer_free(peer);
	X509_free(cert);
	/* Without alternative names. */
	assert_int_equal(verify(store, &p.peer, 1, &peer, &err), 0);
	check_dn(peer, p.peer, p.root);
	assert_false(is(peer, ISAKMP_ID_FQDN, "r2"));
	cert_peer_free(peer);
	cert_peer_free(NULL);
	cert_store_free(store);
	free_pki(&p);
}

/* --- signatures */

/* RSA by hand: the block that was signed. */
static void open_signature(EVP_PKEY *key, const uint8_t *signature, size_t len, uint8_t *block)
{
	BIGNUM *n = NULL, *e = NULL, *s = BN_bin2bn(signature, (int)len, NULL);
	BN_CTX *ctx = BN_CTX_new();

	assert_true(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n));
	assert_true(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e));
	assert_true(BN_mod_exp(s, s, e, n, ctx));
	assert_true(BN_bn2binpad(s, block, (int)len) > 0);
	BN_free(n);
	BN_free(e);
	BN_free(s);
	BN_CTX_free(ctx);
}

/* PKCS#1 v1.5 with the hash alone: 00 01 ff … ff 00 hash. */
static void assert_bare(EVP_PKEY *key, const uint8_t *signature, size_t len, const uint8_t *hash,
			size_t hash_len)
{
	uint8_t block[CERT_SIGNATURE_MAX];
	size_t i;

	open_signature(key, signature, len, block);
	assert_int_equal(block[0], 0);
	assert_int_equal(block[1], 1);
	for (i = 2; i < len - hash_len - 1; i++)
		assert_int_equal(block[i], 0xff);
	assert_int_equal(block[i], 0);
	assert_memory_equal(block + i + 1, hash, hash_len);
}

static void assert_forged(const struct cert_peer *peer, const uint8_t *hash, size_t hash_len,
			  const uint8_t *signature, size_t len)
{
	assert_int_equal(cert_peer_verify(peer, hash, hash_len, signature, len), -EKEYREJECTED);
}

/* As TLS does it, with the algorithm's DER before the hash. */
static void assert_no_digest_info(const struct cert_peer *peer, const uint8_t *hash)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, keys[KEY_PEER], NULL);
	uint8_t signature[CERT_SIGNATURE_MAX];
	size_t len = sizeof(signature);

	assert_true(EVP_PKEY_sign_init(ctx) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0);
	assert_true(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) > 0);
	assert_true(EVP_PKEY_sign(ctx, signature, &len, hash, 32) > 0);
	EVP_PKEY_CTX_free(ctx);
	assert_forged(peer, hash, 32, signature, len);
}

static void forge(const struct cert_peer *peer, uint8_t *hash, uint8_t *signature, size_t len)
{
	uint8_t other[CERT_SIGNATURE_MAX] = { 0 };
	size_t i;

	for (i = 0; i < len; i++) {
		signature[i] ^= 0x10;
		assert_forged(peer, hash, 32, signature, len);
		signature[i] ^= 0x10;
	}
	for (i = 0; i < 32; i++) {
		hash[i] ^= 1;
		assert_forged(peer, hash, 32, signature, len);
		hash[i] ^= 1;
	}
	assert_forged(peer, hash, 31, signature, len);
	assert_forged(peer, hash + 1, 31, signature, len);
	assert_forged(peer, hash, 0, signature, len);
	assert_forged(peer, hash, 32, signature, len - 1);
	assert_forged(peer, hash, 32, signature, 0);
	assert_forged(peer, hash, 32, other, len);
	memcpy(other + 1, signature, len);
	assert_forged(peer, hash, 32, other, len + 1);
	memset(other, 0xff, sizeof(other));
	assert_forged(peer, hash, 32, other, len);
}

static void test_signatures(void **state)
{
	static const size_t lens[] = { 16, 20, 32, 48, 64 };
	uint8_t hash[64], signature[CERT_SIGNATURE_MAX];
	struct cert_store *ours, *theirs;
	struct cert_peer *peer = NULL;
	struct kerr err;
	struct pki p;
	size_t len, i;

	(void)state;
	make_pki(&p);
	for (i = 0; i < sizeof(hash); i++)
		hash[i] = (uint8_t)(i * 7 + 1);
	ours = trusting(p.root);
	theirs = trusting(p.root);
	assert_int_equal(cert_sign(ours, hash, 32, signature, &len), -ENOENT);
	assert_int_equal(set_identity(ours, &p.peer, 1, keys[KEY_PEER], NULL, &err), 0);
	assert_int_equal(verify(theirs, &p.peer, 1, &peer, &err), 0);
	for (i = 0; i < 5; i++) {
		assert_int_equal(cert_sign(ours, hash, lens[i], signature, &len), 0);
		assert_int_equal(len, 128);
		assert_bare(keys[KEY_PEER], signature, len, hash, lens[i]);
		assert_int_equal(cert_peer_verify(peer, hash, lens[i], signature, len), 0);
	}
	assert_int_equal(cert_sign(ours, hash, 32, signature, &len), 0);
	forge(peer, hash, signature, len);
	assert_no_digest_info(peer, hash);
	/* A hash that does not fit. */
	assert_int_equal(cert_sign(ours, signature, 128, signature, &len), -EIO);
	cert_store_free(ours);

	/* Somebody else, who is good, has signed. */
	ours = trusting(p.root);
	assert_int_equal(set_identity(ours, &p.sub, 1, keys[KEY_SUB], NULL, &err), 0);
	assert_int_equal(cert_sign(ours, hash, 32, signature, &len), 0);
	assert_forged(peer, hash, 32, signature, len);
	cert_peer_free(peer);
	cert_store_free(ours);
	cert_store_free(theirs);
	free_pki(&p);
}

/* --- our own */

static void assert_der(const struct cert_store *store, unsigned int index, X509 *cert)
{
	unsigned char *der = NULL;
	int expected = i2d_X509(cert, &der);
	size_t len = 0;
	const uint8_t *have = cert_store_chain_der(store, index, &len);

	assert_int_equal(len, expected);
	assert_memory_equal(have, der, len);
	OPENSSL_free(der);
}

static void test_identity(void **state)
{
	struct cert_store *store = cert_store_new();
	const unsigned char *der;
	struct isakmp_id id;
	struct kerr err;
	struct pki p;
	size_t len;

	(void)state;
	make_pki(&p);
	assert_false(cert_store_has_identity(store));
	assert_int_equal(cert_store_chain(store), 0);
	assert_int_equal(cert_store_own_id(store, &id), -ENOENT);
	assert_int_equal(set_identity(store, &p.peer, 1, keys[KEY_PEER], NULL, &err), 0);
	assert_int_equal(cert_store_chain(store), 1);
	assert_der(store, 0, p.peer);
	/* Any order; the root is left out. */
	assert_int_equal(set_identity(store, (X509 *[]){ p.root, p.sub, p.sub_peer }, 3,
				      keys[KEY_PEER], NULL, &err), 0);
	assert_true(cert_store_has_identity(store));
	assert_int_equal(cert_store_chain(store), 2);
	assert_der(store, 0, p.sub_peer);
	assert_der(store, 1, p.sub);
	assert_null(cert_store_chain_der(store, 2, &len));
	assert_int_equal(cert_store_own_id(store, &id), 0);
	assert_int_equal(id.type, ISAKMP_ID_DER_ASN1_DN);
	assert_true(X509_NAME_get0_der(X509_get_subject_name(p.sub_peer), &der, &len));
	assert_int_equal(id.len, len);
	assert_memory_equal(id.text, der, len);

	/* What fails leaves the one of before. */
	assert_int_equal(set_identity(store, &p.peer, 1, keys[KEY_OTHER], NULL, &err),
			 -EKEYREJECTED);
	assert_string_equal(err.text,
			    "the private key does not belong to the certificate of "
			    "CN=r2,O=Example");
	assert_int_equal(set_identity(store, (X509 *[]){ p.peer, p.sub }, 2, keys[KEY_PEER], NULL,
				      &err), -EINVAL);
	assert_string_equal(err.text,
			    "the certificate of CN=sub,O=Example is not part of our chain");
	assert_int_equal(set_identity(store, &p.peer, 1, keys[KEY_PEER], "secret", &err), -EINVAL);
	assert_string_equal(err.text, "private key: it is protected by a passphrase");
	assert_int_equal(set_identity(store, &p.peer, 1, key_ec, NULL, &err), -EINVAL);
	assert_string_equal(err.text, "private key: the key is not RSA");
	assert_int_equal(set_identity(store, &p.peer, 1, key_short, NULL, &err), -EINVAL);
	assert_int_equal(cert_store_set_identity(store, "x", 1, "y", 1, &err), -EINVAL);
	assert_int_equal(cert_store_chain(store), 2);
	assert_der(store, 0, p.sub_peer);
	cert_store_free(store);
	free_pki(&p);
}

static void test_ca_names(void **state)
{
	struct cert_store *store;
	const unsigned char *der;
	struct buf out, small;
	struct kerr err;
	struct pki p;
	size_t len;

	(void)state;
	make_pki(&p);
	store = trusting(p.root);
	assert_int_equal(add_ca(store, p.sub, &err), 0);
	assert_int_equal(add_ca(store, p.root, &err), 0);
	assert_int_equal(cert_store_cas(store), 2);
	buf_init(&out, 1000);
	assert_int_equal(cert_store_ca_name(store, 1, &out), 0);
	assert_true(X509_NAME_get0_der(X509_get_subject_name(p.sub), &der, &len));
	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, der, len);
	assert_int_equal(cert_store_ca_name(store, 2, &out), -ENOENT);
	buf_init(&small, 5);
	assert_int_equal(cert_store_ca_name(store, 0, &small), -EMSGSIZE);
	buf_release(&out);
	buf_release(&small);
	cert_store_free(store);
	free_pki(&p);
}

/* --- texts that are wrong */

static void assert_text(struct cert_store *store, const char *text, size_t len, const char *why)
{
	struct kerr err;

	kerr_clear(&err);
	assert_int_equal(cert_store_add_ca(store, text, len, &err), -EINVAL);
	assert_int_equal(err.err, EINVAL);
	if (!strstr(err.text, why))
		fail_msg("\"%s\" instead of \"%s\"", err.text, why);
	assert_int_equal(cert_store_cas(store), 0);
}

static void test_bad_texts(void **state)
{
	struct cert_store *store = cert_store_new();
	struct kerr err;
	struct pki p;
	BIO *pem, *key;
	char *text;
	size_t len;

	(void)state;
	make_pki(&p);
	assert_text(store, "", 0, "certificate: is empty");
	assert_text(store, "hello\n", 6, "no certificate in the text");
	key = pem_of_key(keys[KEY_ROOT], NULL);
	text = (char *)text_of(key, &len);
	assert_text(store, text, len, "no certificate in the text");
	BIO_free(key);
	/* The second one is broken: neither is taken. */
	pem = pem_of((X509 *[]){ p.root, p.sub }, 2);
	text = (char *)text_of(pem, &len);
	text[len - 100] = '!';
	assert_text(store, text, len,
		    "certificate 2 of the text cannot be read: bad base64 decode");
	assert_text(store, text, len - 300, "certificate 2 of the text cannot be read");
	BIO_free(pem);
	/* One is no CA: neither is taken. */
	pem = pem_of((X509 *[]){ p.root, p.peer }, 2);
	text = (char *)text_of(pem, &len);
	assert_text(store, text, len, "CN=r2,O=Example is no CA");
	BIO_free(pem);

	assert_int_equal(add_ca(store, p.root, &err), 0);
	assert_int_equal(cert_store_add_crl(store, "hello", 5, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no CRL in the text"));
	assert_int_equal(add_crl(store, make_crl(p.root, keys[KEY_OTHER], 7, 1), &err),
			 -EKEYREJECTED);
	assert_string_equal(err.text, "the CRL of CN=root,O=Example is not signed by it");
	/* It has not come in. */
	assert_good(store, (X509 *[]){ p.peer }, 1);
	assert_int_equal(add_ca(store, p.peer, NULL), -EINVAL);
	cert_store_free(store);
	free_pki(&p);
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < N_KEYS; i++)
		keys[i] = EVP_RSA_gen(1024);
	key_short = EVP_RSA_gen(768);
	key_ec = EVP_EC_gen("P-256");
	return keys[N_KEYS - 1] && key_short && key_ec ? 0 : -1;
}

static int teardown(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < N_KEYS; i++)
		EVP_PKEY_free(keys[i]);
	EVP_PKEY_free(key_short);
	EVP_PKEY_free(key_ec);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_revoked),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_ca_names),
		cmocka_unit_test(test_bad_texts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
