/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The algorithms of ESP and AH, declared once for the module and the tools.
 *
 * Each table is an X-macro: define X() with the columns below, expand the
 * table, undefine X().  The header needs no other header and declares no
 * objects.  A new algorithm is a new value in
 * Documentation/netlink/specs/cryptomap.yaml and a new line here; users that
 * expand the tables need no change.
 *
 * All sizes are bytes.
 */
#ifndef _CRYPTOMAP_ALGORITHMS_H
#define _CRYPTOMAP_ALGORITHMS_H

/* Column "flags" of both tables. */

/* Encrypts and authenticates in one (RFC 4106): no integrity algorithm beside. */
#define CM_ALG_AEAD		(1U << 0)
/* A key must never meet an IV again: not for manual keying (RFC 4106 2). */
#define CM_ALG_FRESH_KEY	(1U << 1)
/* Works, but gets a warning in the configuration and in show commands. */
#define CM_ALG_WEAK		(1U << 2)
/* Gives no confidentiality: never without integrity (RFC 4303 3.2.2). */
#define CM_ALG_NO_SECRECY	(1U << 3)

/*
 * Salt behind the cipher key in the key material of a counter mode
 * (RFC 4106 8.1, RFC 7634 2): the netlink key is key || salt.
 */
#define CM_ALG_SALT		4

/* Largest of the tables below; for arrays, checked where they are expanded. */
#define CM_ENCR_KEY_MAX		32
#define CM_ENCR_KEYMAT_MAX	(CM_ENCR_KEY_MAX + CM_ALG_SALT)
#define CM_ENCR_IV_MAX		16
#define CM_AUTH_KEY_MAX		64
#define CM_ICV_MAX		32

/*
 * X(suffix, name, ios, display, crypto,
 *   key_min, key_max, key_step, salt, iv, block, icv, flags)
 *
 * suffix:	of the uapi enumerator, CRYPTOMAP_ENCR_ALG_<suffix>
 * name:	as in the RFC and in the netlink specification
 * ios:		keyword of `crypto ipsec transform-set`; where several key
 *		lengths exist the bits follow as a number, and may be left out
 *		for the shortest
 * display:	in `show crypto engine connections active`
 * crypto:	name for the kernel's crypto API; a plain cipher is wrapped in
 *		authenc() with the integrity algorithm
 * key_min, key_max, key_step: allowed cipher key lengths, without salt; a
 *		step of 0 means that there is only one
 * salt:	bytes of salt behind the key
 * iv:		IV on the wire
 * block:	to which the payload with its trailer is padded; ESP itself
 *		asks for 4 at least
 * icv:		ICV of an AEAD, 0 where the integrity algorithm has it
 */
#define CM_ENCR_ALGS(X)							\
	X(NULL, "null", "esp-null", "NULL", "ecb(cipher_null)",		\
	  0, 0, 0, 0, 0, 1, 0, CM_ALG_NO_SECRECY)			\
	X(AES_CBC, "aes-cbc", "esp-aes", "AES", "cbc(aes)",		\
	  16, 32, 8, 0, 16, 16, 0, 0)					\
	X(AES_GCM_16, "aes-gcm-16", "esp-gcm", "GCM", "rfc4106(gcm(aes))", \
	  16, 32, 8, CM_ALG_SALT, 8, 1, 16, CM_ALG_AEAD | CM_ALG_FRESH_KEY) \
	X(DES_CBC, "des-cbc", "esp-des", "DES_56_CB", "cbc(des)",		\
	  8, 8, 0, 0, 8, 8, 0, CM_ALG_WEAK)				\
	X(DES3_CBC, "des3-cbc", "esp-3des", "3DES", "cbc(des3_ede)",	\
	  24, 24, 0, 0, 8, 8, 0, CM_ALG_WEAK)

/*
 * X(suffix, name, ios_esp, ios_ah, display, crypto, key, icv, flags)
 *
 * suffix:	of the uapi enumerator, CRYPTOMAP_AUTH_ALG_<suffix>
 * name:	as in the RFC (2403, 2404, 4868) and in the netlink specification
 * ios_esp, ios_ah: keywords of `crypto ipsec transform-set`
 * display:	in `show crypto engine connections active`
 * crypto:	name for the kernel's crypto API
 * key:		the one allowed key length
 * icv:		ICV on the wire, truncated as the RFC says
 */
#define CM_AUTH_ALGS(X)							\
	X(HMAC_SHA1_96, "hmac-sha1-96", "esp-sha-hmac", "ah-sha-hmac",	\
	  "SHA", "hmac(sha1)", 20, 12, 0)				\
	X(HMAC_SHA2_256_128, "hmac-sha2-256-128", "esp-sha256-hmac",	\
	  "ah-sha256-hmac", "SHA256", "hmac(sha256)", 32, 16, 0)	\
	X(HMAC_SHA2_384_192, "hmac-sha2-384-192", "esp-sha384-hmac",	\
	  "ah-sha384-hmac", "SHA384", "hmac(sha384)", 48, 24, 0)	\
	X(HMAC_SHA2_512_256, "hmac-sha2-512-256", "esp-sha512-hmac",	\
	  "ah-sha512-hmac", "SHA512", "hmac(sha512)", 64, 32, 0)	\
	X(HMAC_MD5_96, "hmac-md5-96", "esp-md5-hmac", "ah-md5-hmac",	\
	  "MD5", "hmac(md5)", 16, 12, CM_ALG_WEAK)

#endif /* _CRYPTOMAP_ALGORITHMS_H */
