// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is right is computed another way here: primes by their formula from pi,
 * secrets by powers and multiples, and that by published examples.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "ipsecd/ike/keys.h"
#include "lib/buf.h"

/* RFC 5114 2.3; its generator and prime are no numbers that follow from others. */
#define GROUP_24_PRIME \
	"87a8e61db4b6663cffbbd19c651959998ceef608660dd0f25d2ceed4435e3b00e00df8f1" \
	"d61957d4faf7df4561b2aa3016c3d91134096faa3bf4296d830e9a7c209e0c6497517abd" \
	"5a8a9d306bcf67ed91f9e6725b4758c022e0b1ef4275bf7b6c5bfc11d45f9088b941f54e" \
	"b1e59bb8bc39a0bf12307f5c4fdb70c581b23f76b63acae1caa6b7902d52526735488a0e" \
	"f13c6d9a51bfa4ab3ad8347796524d8ef6a167b5a41825d967e144e5140564251ccacb83" \
	"e6b486f6b3ca3f7971506026c0b857f689962856ded4010abd0be621c3a3960a54e710c3" \
	"75f26375d7014103a4b54330c198af126116d2276e11715f693877fad7ef09cadb094ae9" \
	"1e1a1597"
#define GROUP_24_GENERATOR \
	"3fb32c9b73134d0b2e77506660edbd484ca7b18f21ef205407f4793a1a0ba12510dbc150" \
	"77be463fff4fed4aac0bb555be3a6c1b0c6b47b1bc3773bf7e8c6f62901228f8c28cbb18" \
	"a55ae31341000a650196f931c77a57f2ddf463e5e9ec144b777de62aaab8a8628ac376d2" \
	"82d6ed3864e67982428ebc831d14348f6f2f9193b5045af2767164e1dfc967c1fb3f2e55" \
	"a4bd1bffe83b9c80d052b985d182ea0adb2a3b7313d3fe14c8484b1e052588b9b7d2bbd2" \
	"df016199ecd06e1557cd0915b3353bbb64e0ec377fd028370df92b52c7891428cdc67eb6" \
	"184b523d1db246c32f63078490f00ef8d647d148d47954515e2327cfef98c582664b4c0f" \
	"6cc41659"

/* RFC 5903 section 8, RFC 5114 A.3: two private halves, two public ones, the secret. */
static const struct {
	unsigned int group;
	const char *private_i, *public_i, *private_r, *public_r, *secret;
} published[] = {
	{
		19,
		"c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
		"dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a046"
		"1cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
		"c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
		"d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca"
		"366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
		"d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
	},
	{
		20,
		"099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b5380"
		"41e649ee3faef896783ab194",
		"667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808"
		"acb4bdb4c88732aee95f41aa9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ad"
		"a024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
		"41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312"
		"916b8ed2960e4bd55a7448fc",
		"e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a"
		"0336def96fda41d0774a3571dcfbec7aacf3196472169e838430367f66eebe3c6e70c416"
		"dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
		"11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d6031355"
		"69b9e9d09cf5d4a270f59746",
	},
	{
		21,
		"0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a3"
		"0fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d4a52",
		"0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3bf42"
		"e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176ced3e017cae20b664"
		"1d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8a788015ac405d7799d"
		"c75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582",
		"0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d60"
		"0b343757a3bdbf2a3163e4c2f869cca7458aa4a4effc311f5cb151685eb9",
		"00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356"
		"436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9460f015c68226383"
		"956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87220b6536c5c408a1d2ae"
		"bb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a",
		"01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73"
		"ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddea",
	},
	{
		24,
		"0881382cdb87660c6dc13e614938d5b9c8b2f248581cc5e31b35454397fce50e",
		"2e9380c8323af97545bc4941deb0ec3742c62fe0ece824a6abdbe66c59bee0242911bfb9"
		"67235ceba35ae13e4ec752be630b92dc4bde2847a9c62cb8152745421fb7eb60a63c0fe9"
		"159fcce726ce7cd8523d7450667ef840e4919121eb5f01c8c9b0d3d648a93bfb75689e82"
		"44ac134af544711ce79a02dcc34226684780dddcb498594106c37f5bc79856487af5ab02"
		"2a2e5e42f09897c1a85a11ea0212af04d9b4cebc937c3c1a3e15a8a0342e337615c84e7f"
		"e3b8b9b87fb1e73a15af12a30d746e06dfc34f290d797ce51aa13aa785bf6658aff5e4b0"
		"93003cbeaf665b3c2e113a3a4e905269341dc0711426685f4ef37e868a8126ff3f2279b5"
		"7ca67e29",
		"7d62a7e3ef36de617b13d1afb82c780d83a23bd4ee6705645121f371f546a53d",
		"575f0351bd2b1b817448bdf87a6c362c1e289d3903a30b9832c5741fa250363e7acbc7f7"
		"7f3dacbc1f131add8e03367eff8fbbb3e1c5784424809b25afe4d2262a1a6fd2fab64105"
		"ca30a674e07f7809852088632fc049233791ad4edd083a978b883ee618bc5e0dd047415f"
		"2d95e683cf14826b5fbe10d3ce41c6c120c78ab20008c698bf7f0bcab9d7f407bed0f43a"
		"fb2970f57f8d12043963e66ddd320d599ad9936c8f44137c08b180ec5e985cebe186f3d5"
		"49677e80607331ee17af3380a725b0782317d7dd43f59d7af9568a9bb63a84d365f92244"
		"ed120988219302f42924c7ca90b89d24f71b0ab697823d7deb1aff5b0e8e4a45d49f7f53"
		"757e1913",
		"86c70bf8d0bb81bb01078a17219cb7d27203db2a19c877f1d1f19fd7d77ef22546a68f00"
		"5ad52dc84553b78fc60330be51ea7c0672cac1515e4b35c047b9a551b88f39dc26da14a0"
		"9ef74774d47c762dd177f9ed5bc2f11e52c879bd95098504cd9eecd8a8f9b3efbd1f008a"
		"c5853097d9d1837f2b18f77cd7be01af80a7c7b5ea3ca54cc02d0c116fee3f95bb873993"
		"85875d7e86747e676e728938acbff7098e05be4dcfb24052b83aeffb14783f029adbde7f"
		"53fae92084224090e007cee94d4bf2bace9ffd4b57d2af7c724d0caa19bf0501f6f17b4a"
		"a10f425e3ea76080b4b9d6b3cefea115b2ceb8789bb8a3b0ea87febe63b6c8f846ec6db0"
		"c26c5d7c",
	},
};

static const unsigned int all[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };

#define N_ALL		(sizeof(all) / sizeof(all[0]))
#define N_PUBLISHED	(sizeof(published) / sizeof(published[0]))

/* A half of a peer that is always the same. */
static const uint8_t some_private[] = {
	0x41, 0x9b, 0x05, 0x77, 0xe2, 0x3c, 0xd8, 0x6f, 0x12, 0xaa, 0x90, 0x4e,
	0x5d, 0x83, 0xfe, 0x21, 0x66, 0xb7, 0x38, 0xc9, 0x04, 0x1f, 0xda, 0x75,
};

/* arctan(1/x) times @one; @one * @factor at once. */
static BIGNUM *arctan(unsigned int x, unsigned int factor, const BIGNUM *one)
{
	BIGNUM *sum = BN_new(), *term = BN_dup(one), *part = BN_new();
	unsigned int n = 1;
	bool plus = true;

	BN_mul_word(term, factor);
	BN_div_word(term, x);
	BN_zero(sum);
	while (!BN_is_zero(term)) {
		BN_copy(part, term);
		BN_div_word(part, n);
		if (plus)
			BN_add(sum, sum, part);
		else
			BN_sub(sum, sum, part);
		plus = !plus;
		n += 2;
		BN_div_word(term, x * x);
	}
	BN_free(term);
	BN_free(part);
	return sum;
}

/* [2^bits pi] by Machin's formula, with some bits more on the way. */
static BIGNUM *pi(int bits)
{
	BIGNUM *one = BN_new(), *a, *b;

	BN_zero(one);
	BN_set_bit(one, bits + 64);
	a = arctan(5, 16, one);
	b = arctan(239, 4, one);
	BN_sub(a, a, b);
	BN_rshift(a, a, 64);
	BN_free(b);
	BN_free(one);
	return a;
}

/* 2^n - 2^(n-64) - 1 + 2^64 * { [2^(n-130) pi] + c }: RFC 2409 6, RFC 3526. */
static BIGNUM *prime_from_pi(int n, unsigned long c)
{
	BIGNUM *p = pi(n - 130), *power = BN_new();

	BN_add_word(p, c);
	BN_lshift(p, p, 64);
	BN_zero(power);
	BN_set_bit(power, n);
	BN_add(p, p, power);
	BN_zero(power);
	BN_set_bit(power, n - 64);
	BN_sub(p, p, power);
	BN_sub_word(p, 1);
	BN_free(power);
	return p;
}

static BIGNUM *prime(unsigned int group)
{
	BIGNUM *p = NULL;

	switch (group) {
	case 1:
		return prime_from_pi(768, 149686);
	case 2:
		return prime_from_pi(1024, 129093);
	case 5:
		return prime_from_pi(1536, 741804);
	case 14:
		return prime_from_pi(2048, 124476);
	case 15:
		return prime_from_pi(3072, 1690314);
	case 16:
		return prime_from_pi(4096, 240904);
	case 24:
		BN_hex2bn(&p, GROUP_24_PRIME);
		return p;
	default:
		return NULL;
	}
}

static void modp(unsigned int group, const uint8_t *base, size_t base_len,
		 const uint8_t *private, size_t private_len, uint8_t *out)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *p = prime(group), *x = BN_bin2bn(private, (int)private_len, NULL);
	BIGNUM *b = BN_new();

	if (base)
		BN_bin2bn(base, (int)base_len, b);
	else if (group == 24)
		BN_hex2bn(&b, GROUP_24_GENERATOR);
	else
		BN_set_word(b, 2);
	assert_true(BN_mod_exp(b, b, x, p, ctx));
	assert_true(BN_bn2binpad(b, out, BN_num_bytes(p)) > 0);
	BN_free(b);
	BN_free(x);
	BN_free(p);
	BN_CTX_free(ctx);
}

static void ecp(unsigned int group, const uint8_t *base, size_t base_len,
		const uint8_t *private, size_t private_len, uint8_t *out)
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name(group == 19 ? NID_X9_62_prime256v1 :
						 group == 20 ? NID_secp384r1 : NID_secp521r1);
	BIGNUM *k = BN_bin2bn(private, (int)private_len, NULL), *x = BN_new(), *y = BN_new();
	EC_POINT *point = EC_POINT_new(g);
	int half = (EC_GROUP_get_degree(g) + 7) / 8;

	if (base) {
		BN_bin2bn(base, (int)base_len / 2, x);
		BN_bin2bn(base + base_len / 2, (int)base_len / 2, y);
		assert_true(EC_POINT_set_affine_coordinates(g, point, x, y, NULL));
	} else {
		assert_true(EC_POINT_copy(point, EC_GROUP_get0_generator(g)));
	}
	assert_true(EC_POINT_mul(g, point, NULL, point, k, NULL));
	assert_true(EC_POINT_get_affine_coordinates(g, point, x, y, NULL));
	assert_true(BN_bn2binpad(x, out, half) > 0);
	if (!base)
		assert_true(BN_bn2binpad(y, out + half, half) > 0);
	BN_free(k);
	BN_free(x);
	BN_free(y);
	EC_POINT_free(point);
	EC_GROUP_free(g);
}

static bool is_curve(unsigned int group)
{
	return group >= 19 && group <= 21;
}

static size_t secret_len(unsigned int group)
{
	return is_curve(group) ? dh_public_len(group) / 2 : dh_public_len(group);
}

/* The public half of @private, or with the half of another the secret. */
static void power(unsigned int group, const uint8_t *base, const uint8_t *private,
		  size_t private_len, uint8_t *out)
{
	(is_curve(group) ? ecp : modp)(group, base, dh_public_len(group), private, private_len,
				       out);
}

static void test_published(void **state)
{
	uint8_t private[2][DH_PUBLIC_MAX], public[2][DH_PUBLIC_MAX], secret[DH_PUBLIC_MAX];
	uint8_t out[DH_PUBLIC_MAX];
	size_t private_len, len;
	unsigned int i, group;

	(void)state;
	for (i = 0; i < N_PUBLISHED; i++) {
		group = published[i].group;
		len = dh_public_len(group);
		private_len = (size_t)buf_parse_hex(private[0], DH_PUBLIC_MAX,
						    published[i].private_i);
		buf_parse_hex(private[1], DH_PUBLIC_MAX, published[i].private_r);
		assert_int_equal(buf_parse_hex(public[0], len, published[i].public_i), len);
		assert_int_equal(buf_parse_hex(public[1], len, published[i].public_r), len);
		assert_int_equal(buf_parse_hex(secret, sizeof(secret), published[i].secret),
				 secret_len(group));
		power(group, NULL, private[0], private_len, out);
		assert_memory_equal(out, public[0], len);
		power(group, NULL, private[1], private_len, out);
		assert_memory_equal(out, public[1], len);
		power(group, public[0], private[1], private_len, out);
		assert_memory_equal(out, secret, secret_len(group));
		power(group, public[1], private[0], private_len, out);
		assert_memory_equal(out, secret, secret_len(group));
	}
}

/* What the other side computes from ours and its private half is what we compute. */
static void assert_secret(struct dh *dh, unsigned int group, const uint8_t *private, size_t len)
{
	uint8_t public[DH_PUBLIC_MAX], expected[DH_PUBLIC_MAX];
	struct dh_secret secret;

	power(group, NULL, private, len, public);
	power(group, dh_public(dh), private, len, expected);
	assert_int_equal(dh_compute(dh, public, dh_public_len(group), &secret), 0);
	assert_int_equal(secret.len, secret_len(group));
	assert_memory_equal(secret.bytes, expected, secret.len);
	dh_secret_wipe(&secret);
}

static void test_secrets(void **state)
{
	uint8_t private[DH_PUBLIC_MAX];
	struct dh *dh;
	unsigned int i;
	int len;

	(void)state;
	for (i = 0; i < N_ALL; i++) {
		assert_int_equal(dh_new(&dh, all[i]), 0);
		assert_secret(dh, all[i], some_private, sizeof(some_private));
		dh_free(dh);
	}
	for (i = 0; i < N_PUBLISHED; i++) {
		len = buf_parse_hex(private, sizeof(private), published[i].private_r);
		assert_int_equal(dh_new(&dh, published[i].group), 0);
		assert_secret(dh, published[i].group, private, (size_t)len);
		dh_free(dh);
	}
}

static void test_both_sides(void **state)
{
	struct dh_secret a, b;
	struct dh *i, *r;
	unsigned int n;
	size_t len;

	(void)state;
	for (n = 0; n < N_ALL; n++) {
		len = dh_public_len(all[n]);
		assert_int_equal(dh_new(&i, all[n]), 0);
		assert_int_equal(dh_new(&r, all[n]), 0);
		assert_memory_not_equal(dh_public(i), dh_public(r), len);
		assert_int_equal(dh_compute(i, dh_public(r), len, &a), 0);
		assert_int_equal(dh_compute(r, dh_public(i), len, &b), 0);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.bytes, b.bytes, a.len);
		/* Asked again it says the same. */
		assert_int_equal(dh_compute(r, dh_public(i), len, &b), 0);
		assert_memory_equal(a.bytes, b.bytes, a.len);
		dh_secret_wipe(&a);
		assert_int_equal(a.len | a.bytes[0] | a.bytes[1], 0);
		dh_free(i);
		dh_free(r);
	}
}

/* One secret of 256 begins with a zero, which belongs to it. */
static void leading_zero(unsigned int group)
{
	uint8_t public[DH_PUBLIC_MAX], private[2];
	struct dh_secret secret;
	unsigned int x;
	struct dh *dh;

	assert_int_equal(dh_new(&dh, group), 0);
	for (x = 2; x < 20000; x++) {
		private[0] = (uint8_t)(x >> 8);
		private[1] = (uint8_t)x;
		power(group, NULL, private, sizeof(private), public);
		assert_int_equal(dh_compute(dh, public, dh_public_len(group), &secret), 0);
		if (!secret.bytes[0])
			break;
	}
	assert_int_equal(secret.bytes[0], 0);
	assert_secret(dh, group, private, sizeof(private));
	dh_free(dh);
}

static void test_leading_zeros(void **state)
{
	(void)state;
	leading_zero(1);
	leading_zero(19);
}

static void assert_refused(struct dh *dh, const void *public, size_t len)
{
	struct dh_secret secret = { .len = 1, .bytes = { 1 } };

	assert_int_equal(dh_compute(dh, public, len, &secret), -EBADMSG);
	assert_int_equal(secret.len, 0);
}

/* p + @offset, or @offset alone. */
static void assert_number(struct dh *dh, unsigned int group, bool from_p, int offset, bool good)
{
	uint8_t public[DH_PUBLIC_MAX];
	BIGNUM *bn = from_p ? prime(group) : BN_new();
	size_t len = dh_public_len(group);
	struct dh_secret secret;

	if (offset < 0)
		BN_sub_word(bn, (BN_ULONG)-offset);
	else
		BN_add_word(bn, (BN_ULONG)offset);
	assert_true(BN_bn2binpad(bn, public, (int)len) > 0);
	BN_free(bn);
	if (good)
		assert_int_equal(dh_compute(dh, public, len, &secret), 0);
	else
		assert_refused(dh, public, len);
}

static void test_bad_numbers(void **state)
{
	uint8_t ones[DH_PUBLIC_MAX];
	unsigned int i, group;
	struct dh *dh;

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	for (i = 0; i < N_ALL; i++) {
		group = all[i];
		if (is_curve(group))
			continue;
		assert_int_equal(dh_new(&dh, group), 0);
		assert_number(dh, group, false, 0, false);
		assert_number(dh, group, false, 1, false);
		assert_number(dh, group, true, -1, false);
		assert_number(dh, group, true, 0, false);
		assert_number(dh, group, true, 1, false);
		assert_refused(dh, ones, dh_public_len(group));
		/* Good ones, unless they are not of the subgroup's order. */
		assert_number(dh, group, false, 2, group != 24);
		assert_number(dh, group, true, -2, group != 24);
		dh_free(dh);
	}
}

static void test_bad_points(void **state)
{
	uint8_t public[DH_PUBLIC_MAX];
	unsigned int group;
	struct dh *dh;
	size_t len;

	(void)state;
	for (group = 19; group <= 21; group++) {
		len = dh_public_len(group);
		assert_int_equal(dh_new(&dh, group), 0);
		power(group, NULL, some_private, sizeof(some_private), public);
		public[len - 1] ^= 1;
		assert_refused(dh, public, len);
		public[len - 1] ^= 1;
		public[0] ^= 1;
		assert_refused(dh, public, len);
		memset(public, 0, len);
		assert_refused(dh, public, len);
		memset(public, 0xff, len);
		assert_refused(dh, public, len);
		dh_free(dh);
	}
}

static void test_lengths(void **state)
{
	uint8_t public[DH_PUBLIC_MAX + 2] = { 0 };
	struct dh_secret secret;
	struct dh *dh;
	unsigned int i;
	size_t len;

	(void)state;
	for (i = 0; i < N_ALL; i++) {
		len = dh_public_len(all[i]);
		assert_int_equal(dh_new(&dh, all[i]), 0);
		/* Good ones with a zero before, with a zero behind, and cut off. */
		power(all[i], NULL, some_private, sizeof(some_private), public + 1);
		assert_refused(dh, public, len + 1);
		assert_refused(dh, public + 1, len + 1);
		assert_refused(dh, public + 1, len - 1);
		assert_refused(dh, public + 1, 0);
		assert_refused(dh, NULL, 0);
		/* As others write points. */
		public[0] = 4;
		assert_refused(dh, public, len + 1);
		public[0] = 0;
		assert_int_equal(dh_compute(dh, public + 1, len, &secret), 0);
		dh_free(dh);
	}
	assert_int_equal(dh_public_len(1), 96);
	assert_int_equal(dh_public_len(16), DH_PUBLIC_MAX);
	assert_int_equal(dh_public_len(21), 132);
}

static void test_unknown(void **state)
{
	static const unsigned int unknown[] = { 0, 3, 4, 6, 17, 22, 23, 25, 31, 65535 };
	struct dh *dh = (struct dh *)&unknown;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_false(dh_group_known(unknown[i]));
		assert_false(dh_group_supported(unknown[i]));
		assert_int_equal(dh_public_len(unknown[i]), 0);
		assert_int_equal(dh_new(&dh, unknown[i]), -EINVAL);
		assert_null(dh);
	}
	for (i = 0; i < N_ALL; i++) {
		assert_true(dh_group_known(all[i]));
		assert_true(dh_group_supported(all[i]));
	}
	dh_free(NULL);
}

/* Without the groups nothing is done, and nothing falls over. */
static void test_not_loaded(void **state)
{
	struct dh *dh;

	(void)state;
	ike_crypto_exit();
	assert_true(dh_group_known(14));
	assert_false(dh_group_supported(14));
	assert_int_equal(dh_new(&dh, 14), -EIO);
	assert_null(dh);
	ike_crypto_init();
	ike_crypto_init();
	assert_int_equal(dh_new(&dh, 14), 0);
	dh_free(dh);
}

static int setup(void **state)
{
	(void)state;
	ike_crypto_init();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ike_crypto_exit();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_both_sides),
		cmocka_unit_test(test_leading_zeros),
		cmocka_unit_test(test_bad_numbers),
		cmocka_unit_test(test_bad_points),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_not_loaded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
