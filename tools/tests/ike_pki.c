// SPDX-License-Identifier: GPL-2.0-or-later
/* A certificate authority for tests. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ike_pki.h"

#define YEAR	(365 * 24 * 3600)
#define FILES	16

struct pki {
	int64_t now;
	char dir[64];
	EVP_PKEY *key;
	X509 *cert;
	long serial;
	unsigned int n_files;
	char files[FILES][128];
	char lines[1024];
};

static void check(bool fine)
{
	if (!fine)
		abort();
}

static const char *file_of(const struct pki *pki, const char *name, const char *kind, char *path)
{
	snprintf(path, 128, "%s/%s-%s.pem", pki->dir, name, kind);
	return path;
}

static FILE *create(struct pki *pki, const char *name, const char *kind)
{
	FILE *f;

	check(pki->n_files < FILES);
	f = fopen(file_of(pki, name, kind, pki->files[pki->n_files++]), "w");
	check(f);
	return f;
}

static void write_cert(struct pki *pki, const char *name, X509 *cert)
{
	FILE *f = create(pki, name, "cert");

	check(PEM_write_X509(f, cert) == 1);
	fclose(f);
}

static void write_key(struct pki *pki, const char *name, EVP_PKEY *key)
{
	FILE *f = create(pki, name, "key");

	check(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(f);
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	check(extension && X509_add_ext(cert, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static X509 *cert_new(struct pki *pki, const char *name, EVP_PKEY *key, int64_t from, int64_t to)
{
	X509 *cert = X509_new();
	X509_NAME *subject;

	check(cert && X509_set_version(cert, 2) == 1);
	subject = X509_get_subject_name(cert);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), ++pki->serial);
	check(X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, (const uint8_t *)"test", -1,
					 -1, 0) == 1 &&
	      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1,
					 -1, 0) == 1);
	check(ASN1_TIME_set(X509_getm_notBefore(cert), from) &&
	      ASN1_TIME_set(X509_getm_notAfter(cert), to));
	check(X509_set_pubkey(cert, key) == 1);
	return cert;
}

struct pki *pki_new(const char *name, int64_t now)
{
	struct pki *pki = calloc(1, sizeof(*pki));

	check(pki);
	pki->now = now;
	strcpy(pki->dir, "/tmp/ike_pki.XXXXXX");
	check(mkdtemp(pki->dir));
	pki->key = EVP_RSA_gen(2048);
	check(pki->key);
	pki->cert = cert_new(pki, name, pki->key, now - YEAR, now + YEAR);
	check(X509_set_issuer_name(pki->cert, X509_get_subject_name(pki->cert)) == 1);
	add_extension(pki->cert, pki->cert, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(pki->cert, pki->cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	add_extension(pki->cert, pki->cert, NID_subject_key_identifier, "hash");
	check(X509_sign(pki->cert, pki->key, EVP_sha256()) > 0);
	write_cert(pki, "ca", pki->cert);
	return pki;
}

void pki_free(struct pki *pki)
{
	while (pki->n_files)
		unlink(pki->files[--pki->n_files]);
	rmdir(pki->dir);
	EVP_PKEY_free(pki->key);
	X509_free(pki->cert);
	free(pki);
}

void pki_issue(struct pki *pki, const char *name, const char *alternative, bool expired)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *cert;

	check(key);
	cert = cert_new(pki, name, key, pki->now - YEAR, expired ? pki->now : pki->now + YEAR);
	check(X509_set_issuer_name(cert, X509_get_subject_name(pki->cert)) == 1);
	add_extension(cert, pki->cert, NID_key_usage, "critical,digitalSignature");
	add_extension(cert, pki->cert, NID_authority_key_identifier, "keyid");
	if (*alternative)
		add_extension(cert, pki->cert, NID_subject_alt_name, alternative);
	check(X509_sign(cert, pki->key, EVP_sha256()) > 0);
	write_cert(pki, name, cert);
	write_key(pki, name, key);
	EVP_PKEY_free(key);
	X509_free(cert);
}

const char *pki_lines(struct pki *pki, const char *name)
{
	char ca[128], cert[128], key[128];

	snprintf(pki->lines, sizeof(pki->lines),
		 "crypto pki trustpoint %s\n ca file %s\n certificate file %s\n key file %s\n",
		 name, file_of(pki, "ca", "cert", ca), file_of(pki, name, "cert", cert),
		 file_of(pki, name, "key", key));
	return pki->lines;
}
