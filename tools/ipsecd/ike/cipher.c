// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "crypto.h"

#define DES_KEY_LEN	8
#define DES3_KEY_LEN	24

/* DES keys under which encryption is or nearly is its own inverse; without the bits of parity. */
static const uint8_t des_weak[][DES_KEY_LEN] = {
	/* weak */
	{ 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 },
	{ 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe },
	{ 0x1e, 0x1e, 0x1e, 0x1e, 0x0e, 0x0e, 0x0e, 0x0e },
	{ 0xe0, 0xe0, 0xe0, 0xe0, 0xf0, 0xf0, 0xf0, 0xf0 },
	/* semi-weak */
	{ 0x00, 0xfe, 0x00, 0xfe, 0x00, 0xfe, 0x00, 0xfe },
	{ 0xfe, 0x00, 0xfe, 0x00, 0xfe, 0x00, 0xfe, 0x00 },
	{ 0x1e, 0xe0, 0x1e, 0xe0, 0x0e, 0xf0, 0x0e, 0xf0 },
	{ 0xe0, 0x1e, 0xe0, 0x1e, 0xf0, 0x0e, 0xf0, 0x0e },
	{ 0x00, 0xe0, 0x00, 0xe0, 0x00, 0xf0, 0x00, 0xf0 },
	{ 0xe0, 0x00, 0xe0, 0x00, 0xf0, 0x00, 0xf0, 0x00 },
	{ 0x1e, 0xfe, 0x1e, 0xfe, 0x0e, 0xfe, 0x0e, 0xfe },
	{ 0xfe, 0x1e, 0xfe, 0x1e, 0xfe, 0x0e, 0xfe, 0x0e },
	{ 0x00, 0x1e, 0x00, 0x1e, 0x00, 0x0e, 0x00, 0x0e },
	{ 0x1e, 0x00, 0x1e, 0x00, 0x0e, 0x00, 0x0e, 0x00 },
	{ 0xe0, 0xfe, 0xe0, 0xfe, 0xf0, 0xfe, 0xf0, 0xfe },
	{ 0xfe, 0xe0, 0xfe, 0xe0, 0xfe, 0xf0, 0xfe, 0xf0 },
};

/* Compares two DES keys but for the bits of parity. */
static bool des_equal(const uint8_t *a, const uint8_t *b)
{
	uint8_t difference = 0;
	unsigned int i;

	for (i = 0; i < DES_KEY_LEN; i++)
		difference |= (a[i] ^ b[i]) & 0xfe;
	return !difference;
}

static bool des_is_weak(const uint8_t *key)
{
	bool weak = false;
	unsigned int i;

	for (i = 0; i < sizeof(des_weak) / sizeof(des_weak[0]); i++)
		weak |= des_equal(key, des_weak[i]);
	return weak;
}

int ike_key_check(const struct ike_keys *keys)
{
	const uint8_t *key = keys->encryption;

	switch (keys->suite.encryption) {
	case IKE_ENCRYPTION_DES:
		return des_is_weak(key) ? -EKEYREJECTED : 0;
	case IKE_ENCRYPTION_3DES:
		/* Two in a row that are the same leave simple DES. */
		if (des_is_weak(key) || des_is_weak(key + 8) || des_is_weak(key + 16) ||
		    des_equal(key, key + 8) || des_equal(key + 8, key + 16))
			return -EKEYREJECTED;
		return 0;
	default:
		return 0;
	}
}

static int make_iv(struct ike_iv *iv, unsigned int hash, const struct ike_part *parts)
{
	uint8_t digest[IKE_HASH_MAX];
	int err = ike_digest(hash, parts, 2, digest);

	/* As many bytes of it as the cipher has in a block; that is never more. */
	if (!err)
		memcpy(iv->bytes, digest, sizeof(iv->bytes));
	OPENSSL_cleanse(digest, sizeof(digest));
	return err;
}

int ike_iv_phase1(struct ike_iv *iv, const struct ike_keying *k)
{
	const struct ike_part parts[] = { k->public_i, k->public_r };

	return make_iv(iv, k->suite.hash, parts);
}

int ike_iv_exchange(struct ike_iv *iv, const struct ike_keys *keys,
		    const struct ike_iv *phase1, uint32_t message_id)
{
	const uint32_t id = htonl(message_id);
	const struct ike_part parts[] = {
		{ phase1->bytes, ike_block_len(keys->suite.encryption) },
		{ &id, sizeof(id) },
	};

	return make_iv(iv, keys->suite.hash, parts);
}

static bool run(const struct crypto_cipher *c, const struct ike_keys *keys,
		const struct ike_iv *iv, uint8_t *data, size_t len, bool encrypt)
{
	uint8_t key[DES3_KEY_LEN];
	const bool des = c->number == IKE_ENCRYPTION_DES;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done = 0, rest = 0;
	bool ok;

	if (des) {
		memcpy(key, keys->encryption, DES_KEY_LEN);
		memcpy(key + DES_KEY_LEN, keys->encryption, DES_KEY_LEN);
		memcpy(key + 2 * DES_KEY_LEN, keys->encryption, DES_KEY_LEN);
	}
	ok = ctx && EVP_CipherInit_ex2(ctx, c->cipher, des ? key : keys->encryption, iv->bytes,
				       encrypt, NULL) &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) &&
	     EVP_CipherUpdate(ctx, data, &done, data, (int)len) &&
	     EVP_CipherFinal_ex(ctx, data + done, &rest) && (size_t)done + rest == len;
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(key, sizeof(key));
	if (!ok)
		ERR_clear_error();
	return ok;
}

static int crypt(const struct ike_keys *keys, struct ike_iv *iv, uint8_t *data, size_t len,
		 bool encrypt)
{
	const struct crypto_cipher *c = crypto_cipher(keys->suite.encryption,
						      keys->suite.key_bits);
	struct ike_iv next;

	if (!c || !c->cipher)
		return -EIO;
	if (!len || len % c->block || len > INT_MAX)
		return -EBADMSG;
	memset(&next, 0, sizeof(next));
	if (!encrypt)
		memcpy(next.bytes, data + len - c->block, c->block);
	if (!run(c, keys, iv, data, len, encrypt))
		return -EIO;
	if (encrypt)
		memcpy(next.bytes, data + len - c->block, c->block);
	*iv = next;
	return 0;
}

int ike_encrypt(const struct ike_keys *keys, struct ike_iv *iv, void *data, size_t len)
{
	return crypt(keys, iv, data, len, true);
}

int ike_decrypt(const struct ike_keys *keys, struct ike_iv *iv, void *data, size_t len)
{
	return crypt(keys, iv, data, len, false);
}
