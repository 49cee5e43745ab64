/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cert - RSA signatures and X.509 certificates of phase 1 (RFC 2409 5.1, RFC
 * 4945), by OpenSSL: whom we trust, who we are, and what a peer shows.
 */
#ifndef _IPSECD_IKE_CERT_H
#define _IPSECD_IKE_CERT_H

#include "lib/kerr.h"
#include "payload.h"

#define CERT_SIGNATURE_MAX	1024
/* Certificates that a peer may send in one message. */
#define CERT_CHAIN_MAX		10

/**
 * struct cert_store - a trustpoint: CA certificates, CRLs, and our own key and
 * certificate
 *
 * The private key is in memory that is wiped when the store is released.
 */
struct cert_store;

struct cert_store *cert_store_new(void);
void cert_store_free(struct cert_store *store);
/*
 * From PEM text, one or several in it; all of them or none. Return 0 or a
 * negative errno with *@err, which names what is wrong: -EINVAL for what is no
 * PEM, or no certificate of a CA; -EKEYREJECTED for a CRL that is not signed by
 * the CA whose name it has, if that was added before.
 */
int cert_store_add_ca(struct cert_store *store, const char *pem, size_t len, struct kerr *err);
int cert_store_add_crl(struct cert_store *store, const char *pem, size_t len, struct kerr *err);
/*
 * Certificate with its chain, in any order, and key, without passphrase;
 * -EKEYREJECTED if they do not belong together. An identity that was there is
 * replaced; if it fails, it stays.
 */
int cert_store_set_identity(struct cert_store *store, const char *cert, size_t cert_len,
			    const char *key, size_t key_len, struct kerr *err);
bool cert_store_has_identity(const struct cert_store *store);

/* Our own certificate and those between it and the root, DER, in order: [0] is ours. */
unsigned int cert_store_chain(const struct cert_store *store);
const uint8_t *cert_store_chain_der(const struct cert_store *store, unsigned int index,
				    size_t *len);
/* Subject of each CA as DER, appended, for certificate requests. 0, -ENOENT, -EMSGSIZE. */
unsigned int cert_store_cas(const struct cert_store *store);
int cert_store_ca_name(const struct cert_store *store, unsigned int index, struct buf *out);
/* Our subject as an ID of type ISAKMP_ID_DER_ASN1_DN. 0, -ENOENT without identity, -EMSGSIZE. */
int cert_store_own_id(const struct cert_store *store, struct isakmp_id *id);

/*
 * RSA-PKCS#1 signature over the bare hash, without the DER of the algorithm,
 * as RFC 2409 5.1 says. @out: CERT_SIGNATURE_MAX bytes. 0, -ENOENT without
 * identity, -EIO if OpenSSL fails.
 */
int cert_sign(const struct cert_store *store, const void *hash, size_t hash_len,
	      uint8_t *out, size_t *out_len);

/** struct cert_peer - a peer's certificate, verified */
struct cert_peer;

/*
 * Verifies a chain as it came (bodies of CERT payloads, beginning with the number
 * of their encoding; those that are no X.509 certificates for signatures are
 * passed over; the first is the peer's own) against the store: signatures,
 * validity at @now (seconds since 1970), key usage (RFC 4945 5.1.3.2; extended
 * key usage does not matter), an RSA key of 1024 to 8192 bits, and revocation by
 * each CA of which a CRL is there; when that is out of date, nobody is good.
 * -EKEYREJECTED with the reason in @err.
 */
int cert_verify_chain(const struct cert_store *store, const struct payload *chain,
		      unsigned int n, int64_t now, struct cert_peer **out, struct kerr *err);
void cert_peer_free(struct cert_peer *peer);
/*
 * The ID must be the subject or one of the subject's alternative names (RFC 4945
 * 3.1): a name of a host, a mailbox, an address or another distinguished name.
 */
bool cert_peer_is(const struct cert_peer *peer, const struct isakmp_id *id);
/* 0, or -EKEYREJECTED. */
int cert_peer_verify(const struct cert_peer *peer, const void *hash, size_t hash_len,
		     const void *signature, size_t signature_len);
const char *cert_peer_subject(const struct cert_peer *peer, char *text, size_t size);

#endif /* _IPSECD_IKE_CERT_H */
