// SPDX-License-Identifier: GPL-2.0-or-later
/* Transform sets: what goes together and what is refused, with its text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "ipsecd/config/transform.h"

struct sample {
	const char *words;
	const char *stored;	/* NULL: refused */
	const char *error;	/* part of the text */
};

static const struct sample samples[] = {
	{ "esp-aes esp-sha-hmac", "esp-aes esp-sha-hmac", NULL },
	{ "esp-aes 128 esp-sha-hmac", "esp-aes esp-sha-hmac", NULL },
	{ "esp-aes 192 esp-sha256-hmac", "esp-aes 192 esp-sha256-hmac", NULL },
	{ "esp-aes 256 esp-sha512-hmac", "esp-aes 256 esp-sha512-hmac", NULL },
	{ "esp-sha384-hmac esp-aes 256", "esp-sha384-hmac esp-aes 256", NULL },
	{ "esp-null esp-sha-hmac", "esp-null esp-sha-hmac", NULL },
	{ "esp-gcm", "esp-gcm", NULL },
	{ "esp-gcm 192", "esp-gcm 192", NULL },
	{ "esp-gcm 256", "esp-gcm 256", NULL },
	{ "esp-aes esp-null esp-sha-hmac", NULL, "Only one ESP cipher" },
	{ "esp-aes esp-gcm", NULL, "Only one ESP cipher" },
	{ "esp-aes esp-sha-hmac esp-sha256-hmac", NULL, "Only one ESP authentication" },
	{ "esp-gcm esp-sha-hmac", NULL, "authenticates by itself" },
	{ "esp-sha-hmac", NULL, "needs an ESP cipher" },
	{ "esp-null", NULL, "needs an ESP authentication" },
	{ "esp-aes", NULL, "ESP without integrity" },
	{ "esp-null 128 esp-sha-hmac", NULL, "no key of 128 bits" },
	{ "esp-aes 64 esp-sha-hmac", NULL, "no key of 64 bits" },
	{ "esp-aes 200 esp-sha-hmac", NULL, "no key of 200 bits" },
	{ "esp-des esp-md5-hmac", "esp-des esp-md5-hmac", NULL },
	{ "esp-3des esp-sha-hmac", "esp-3des esp-sha-hmac", NULL },
	{ "esp-md5-hmac esp-aes 256", "esp-md5-hmac esp-aes 256", NULL },
	{ "esp-des 64 esp-md5-hmac", NULL, "no key of 64 bits" },
	{ "esp-3des 168 esp-md5-hmac", NULL, "no key of 168 bits" },
	{ "esp-des", NULL, "ESP without integrity" },
	{ "esp-seal esp-sha-hmac", NULL, "esp-seal is not supported yet" },
	{ "ah-sha-hmac esp-aes", NULL, "ah-sha-hmac is not supported yet" },
	{ "comp-lzs esp-aes esp-sha-hmac", NULL, "comp-lzs is not supported yet" },
	{ "rot13", NULL, "Unknown transform rot13" },
	{ "", NULL, "at least one" },
};

static size_t split(char *text, const char **words)
{
	size_t n = 0;
	char *save, *word;

	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	return n;
}

static void test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		struct transform_set *set = transform_new("T");
		char copy[128], stored[128], error[256] = "";
		const char *words[16];
		bool done;

		strcpy(copy, samples[i].words);
		done = transform_parse(set, words, split(copy, words), error, sizeof(error));
		print_message("%s\n", samples[i].words);
		assert_int_equal(done, samples[i].stored != NULL);
		if (done) {
			transform_format(set, stored, sizeof(stored));
			assert_string_equal(stored, samples[i].stored);
		} else {
			assert_non_null(strstr(error, samples[i].error));
		}
		transform_class.destroy(set);
	}
}

static void test_clone_is_equal(void **state)
{
	const char *const words[] = { "esp-aes", "256", "esp-sha256-hmac" };
	struct transform_set *set = transform_new("T"), *copy;
	char error[256];

	(void)state;
	assert_true(transform_parse(set, words, 3, error, sizeof(error)));
	set->mode = CRYPTOMAP_MODE_TRANSPORT;
	copy = transform_class.clone(set);
	assert_true(transform_class.equal(set, copy));
	copy->mode = CRYPTOMAP_MODE_TUNNEL;
	assert_false(transform_class.equal(set, copy));
	transform_class.destroy(set);
	transform_class.destroy(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_clone_is_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
