// SPDX-License-Identifier: GPL-2.0-or-later
/* What is configured for IKE, and what it means for a peer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ipsecd/config/config.h"

static int setup(void **state)
{
	*state = config_new();
	return 0;
}

static int teardown(void **state)
{
	config_free(*state);
	return 0;
}

static struct addr_prefix prefix(const char *text)
{
	struct addr_prefix p;

	assert_int_equal(addr_prefix_parse(&p, AF_UNSPEC, text), 0);
	return p;
}

static struct addr address(const char *text)
{
	return prefix(text).addr;
}

static void add_key(struct config *config, const char *keyring, const char *who,
		    const char *secret)
{
	struct addr_prefix p;
	struct isakmp_key *key;

	if (addr_prefix_parse(&p, AF_UNSPEC, who))
		key = isakmp_key_new(keyring, who, NULL);
	else
		key = isakmp_key_new(keyring, NULL, &p);
	isakmp_key_set_secret(key, secret);
	objects_insert(&config->isakmp_keys, key);
}

static void expect_key(const struct config *config, const char *keyring, const char *peer,
		       const char *hostname, const char *secret)
{
	struct addr a = address(peer);
	const struct isakmp_key *key = config_isakmp_key(config, keyring, &a, hostname);

	if (!secret) {
		assert_null(key);
		return;
	}
	assert_non_null(key);
	assert_int_equal(key->len, strlen(secret));
	assert_memory_equal(key->secret, secret, key->len);
}

static void test_longest_prefix_of_keys(void **state)
{
	struct config *config = *state;

	add_key(config, NULL, "0.0.0.0/0", "any");
	add_key(config, NULL, "10.1.2.3/16", "sixteen");
	add_key(config, NULL, "10.1.2.0/24", "twentyfour");
	add_key(config, NULL, "10.1.2.3", "host");
	add_key(config, NULL, "2001:db8::/32", "six");
	add_key(config, NULL, "gw.example.com", "name");
	add_key(config, "K", "10.1.2.0/24", "ring");
	expect_key(config, NULL, "10.1.2.3", NULL, "host");
	expect_key(config, NULL, "10.1.2.4", NULL, "twentyfour");
	expect_key(config, NULL, "10.1.3.4", NULL, "sixteen");
	expect_key(config, NULL, "192.0.2.1", NULL, "any");
	expect_key(config, NULL, "2001:db8:1::1", NULL, "six");
	expect_key(config, NULL, "2001:db9::1", NULL, NULL);
	expect_key(config, NULL, "10.1.2.3", "GW.Example.com", "name");
	expect_key(config, NULL, "10.1.2.3", "gw2.example.com", "host");
	/* A keyring is searched alone. */
	expect_key(config, "K", "10.1.2.3", NULL, "ring");
	expect_key(config, "K", "192.0.2.1", NULL, NULL);
	expect_key(config, "K", "10.1.2.3", "gw.example.com", "ring");
	expect_key(config, "L", "10.1.2.3", NULL, NULL);
}

static void test_unset_address_has_no_key(void **state)
{
	struct config *config = *state;
	struct addr none = { .family = AF_UNSPEC };

	add_key(config, NULL, "0.0.0.0/0", "any");
	assert_null(config_isakmp_key(config, NULL, &none, NULL));
	assert_null(config_isakmp_peer(config, &none));
}

static void test_peer_of_address(void **state)
{
	struct config *config = *state;
	struct addr_prefix wide = prefix("10.0.0.0/8"), host = prefix("10.1.1.1");
	struct addr a = address("10.1.1.1"), b = address("10.9.9.9"), c = address("192.0.2.1");

	objects_insert(&config->isakmp_peers, isakmp_peer_new(NULL, &wide));
	objects_insert(&config->isakmp_peers, isakmp_peer_new(NULL, &host));
	objects_insert(&config->isakmp_peers, isakmp_peer_new("gw.example.com", NULL));
	assert_int_equal(config_isakmp_peer(config, &a)->peer.len, 32);
	assert_int_equal(config_isakmp_peer(config, &b)->peer.len, 8);
	assert_null(config_isakmp_peer(config, &c));
}

static void test_policies_by_priority(void **state)
{
	struct config *config = *state;
	const struct isakmp_policy *policy;
	unsigned int last = 0;
	size_t i;

	objects_insert(&config->isakmp_policies, isakmp_policy_new(20));
	objects_insert(&config->isakmp_policies, isakmp_policy_new(3));
	objects_insert(&config->isakmp_policies, isakmp_policy_new(10000));
	objects_for_each(policy, &config->isakmp_policies, i) {
		assert_true(policy->priority > last);
		last = policy->priority;
		assert_int_equal(policy->encryption, IKE_ENCRYPTION_DES);
		assert_int_equal(policy->hash, IKE_HASH_SHA);
		assert_int_equal(policy->auth, IKE_AUTH_RSA_SIG);
		assert_int_equal(policy->group, IKE_GROUP_1);
		assert_int_equal(policy->lifetime, 86400);
	}
	assert_int_equal(i, 3);
}

static void test_keepalive_of_profile(void **state)
{
	struct config *config = *state;
	struct isakmp_profile *profile = isakmp_profile_new("P");

	assert_int_equal(config_keepalive(config, NULL).seconds, 0);
	config->keepalive = (struct keepalive){ .seconds = 10, .retry = 2 };
	assert_int_equal(config_keepalive(config, NULL).seconds, 10);
	assert_int_equal(config_keepalive(config, profile).seconds, 10);
	profile->keepalive = (struct keepalive){ .seconds = 60, .retry = 5, .periodic = true };
	assert_int_equal(config_keepalive(config, profile).retry, 5);
	isakmp_profile_class.destroy(profile);
}

static void test_lifetimes_of_entry(void **state)
{
	struct config *config = *state;
	struct map_entry *entry = map_new("M", AF_INET, 10, CRYPTOMAP_ENTRY_KIND_ISAKMP);

	assert_int_equal(config_lifetime(config, entry).seconds, 3600);
	assert_int_equal(config_lifetime(config, entry).kilobytes, 4608000);
	assert_int_equal(config_idle_seconds(config, entry), 0);
	config->lifetime_seconds = 7200;
	config->lifetime_kilobytes = LIFETIME_KILOBYTES_NONE;
	config->idle_seconds = 600;
	assert_int_equal(config_lifetime(config, entry).seconds, 7200);
	assert_int_equal(config_lifetime(config, entry).kilobytes, 0);
	assert_int_equal(config_idle_seconds(config, entry), 600);
	entry->lifetime_seconds = 600;
	entry->lifetime_kilobytes = 2560;
	entry->idle_seconds = 60;
	assert_int_equal(config_lifetime(config, entry).seconds, 600);
	assert_int_equal(config_lifetime(config, entry).kilobytes, 2560);
	assert_int_equal(config_idle_seconds(config, entry), 60);
	entry->lifetime_kilobytes = LIFETIME_KILOBYTES_NONE;
	assert_int_equal(config_lifetime(config, entry).kilobytes, 0);
	map_class.destroy(entry);
}

static void test_transforms_that_exist(void **state)
{
	static const char *const names[] = { "A", "B", "C" };
	struct config *config = *state;
	struct map_entry *entry = map_new("M", AF_INET, 10, CRYPTOMAP_ENTRY_KIND_ISAKMP);
	const struct transform_set *sets[MAP_TRANSFORMS_MAX];

	map_set_transforms(entry, names, 3);
	objects_insert(&config->transforms, transform_new("C"));
	objects_insert(&config->transforms, transform_new("A"));
	assert_int_equal(config_transforms(config, entry, sets), 2);
	assert_string_equal(sets[0]->name, "A");
	assert_string_equal(sets[1]->name, "C");
	map_class.destroy(entry);
}

static void test_peers_of_entry(void **state)
{
	struct map_entry *entry = map_new("M", AF_INET, 10, CRYPTOMAP_ENTRY_KIND_ISAKMP);
	struct addr a = address("192.0.2.1"), b = address("192.0.2.2");
	struct map_entry *copy;

	(void)state;
	map_add_peer(entry, &a, NULL, false);
	map_add_peer(entry, NULL, "gw.example.com", true);
	map_add_peer(entry, &b, NULL, false);
	entry->default_peer = 3;
	assert_int_equal(map_find_peer(entry, NULL, "GW.example.com"), 1);
	assert_int_equal(map_find_peer(entry, &b, NULL), 2);
	assert_int_equal(map_find_peer(entry, NULL, "other"), 3);
	copy = map_class.clone(entry);
	assert_true(map_class.equal(entry, copy));
	map_remove_peer(copy, 1);
	assert_false(map_class.equal(entry, copy));
	assert_int_equal(copy->default_peer, 2);
	assert_true(addr_equal(&copy->peers[1], &b));
	assert_null(copy->hosts[1].name);
	map_remove_peer(copy, 1);
	assert_int_equal(copy->default_peer, 0);
	map_class.destroy(entry);
	map_class.destroy(copy);
}

/* @change makes a clone another object, and is in a clone of that. */
#define CHECK_MEMBER(class, object, change)					\
	do {									\
		void *other = (class)->clone(object), *third;			\
										\
		assert_true((class)->equal(object, other));			\
		change;								\
		assert_false((class)->equal(object, other));			\
		third = (class)->clone(other);					\
		assert_true((class)->equal(other, third));			\
		(class)->destroy(third);					\
		(class)->destroy(other);					\
	} while (0)

static void test_members_of_entries(void **state)
{
	struct map_entry *entry = map_new("M", AF_INET, 10, CRYPTOMAP_ENTRY_KIND_ISAKMP);

	(void)state;
#define CHECK(change)	CHECK_MEMBER(&map_class, entry, ((struct map_entry *)other)->change)
	CHECK(pfs_group = IKE_GROUP_14);
	CHECK(lifetime_seconds = 600);
	CHECK(lifetime_kilobytes = 2560);
	CHECK(idle_seconds = 60);
	CHECK(idle_default = true);
	CHECK(default_peer = 1);
	CHECK(isakmp_profile = object_strdup("P"));
	CHECK(dynamic = object_strdup("D"));
#undef CHECK
	map_class.destroy(entry);
}

static void test_members_of_profiles(void **state)
{
	struct isakmp_profile *profile = isakmp_profile_new("P");
	struct isakmp_match match = { .kind = ISAKMP_MATCH_HOST, .text = (char *)"gw" };

	(void)state;
	isakmp_profile_add_match(profile, &match);
#define CHECK(change)	CHECK_MEMBER(&isakmp_profile_class, profile,		\
				     ((struct isakmp_profile *)other)->change)
	CHECK(description = object_strdup("text"));
	CHECK(keyring = object_strdup("K"));
	CHECK(trustpoint = object_strdup("T"));
	CHECK(identity_set = true);
	CHECK(identity = ISAKMP_IDENTITY_DN);
	CHECK(identity_text = object_strdup("u@example.com"));
	CHECK(initiate_aggressive = true);
	CHECK(keepalive.seconds = 10);
	CHECK(keepalive.retry = 5);
	CHECK(keepalive.periodic = true);
	CHECK(matches[0].kind = ISAKMP_MATCH_USER);
	CHECK(matches[0].text[0] = 'x');
#undef CHECK
	match.kind = ISAKMP_MATCH_HOST_DOMAIN;
	assert_false(isakmp_profile_remove_match(profile, &match));
	match.kind = ISAKMP_MATCH_HOST;
	assert_true(isakmp_profile_remove_match(profile, &match));
	assert_int_equal(profile->n_matches, 0);
	isakmp_profile_class.destroy(profile);
}

static void test_members_of_others(void **state)
{
	struct addr_prefix host = prefix("10.1.1.1");
	struct isakmp_policy *policy = isakmp_policy_new(1);
	struct isakmp_key *key = isakmp_key_new(NULL, NULL, &host);
	struct isakmp_peer *peer = isakmp_peer_new(NULL, &host);
	struct trustpoint *trustpoint = trustpoint_new("T");
	struct keyring *keyring = keyring_new("K");

	(void)state;
	isakmp_key_set_secret(key, "secret");
#define CHECK(name, change)							\
	CHECK_MEMBER(&name##_class, name##_object, ((struct name *)other)->change)
#define isakmp_policy_object	policy
#define isakmp_key_object	key
#define isakmp_peer_object	peer
#define trustpoint_object	trustpoint
#define keyring_object		keyring
	CHECK(isakmp_policy, encryption = IKE_ENCRYPTION_3DES);
	CHECK(isakmp_policy, key_bits = 256);
	CHECK(isakmp_policy, hash = IKE_HASH_MD5);
	CHECK(isakmp_policy, auth = IKE_AUTH_PSK);
	CHECK(isakmp_policy, group = IKE_GROUP_2);
	CHECK(isakmp_policy, lifetime = 60);
	CHECK(isakmp_key, secret[0] = 'S');
	CHECK(isakmp_key, len = 5);
	CHECK(isakmp_key, no_xauth = true);
	CHECK(isakmp_peer, endpoint_type = ISAKMP_ID_FQDN);
	CHECK(isakmp_peer, endpoint = object_strdup("gw"));
	CHECK(isakmp_peer, password = object_strdup("secret"));
	CHECK(trustpoint, ca = object_strdup("/ca.pem"));
	CHECK(trustpoint, crl = object_strdup("/ca.pem"));
	CHECK(trustpoint, certificate = object_strdup("/ca.pem"));
	CHECK(trustpoint, key = object_strdup("/ca.pem"));
	CHECK(keyring, description = object_strdup("text"));
#undef CHECK
	isakmp_policy_class.destroy(policy);
	isakmp_key_class.destroy(key);
	isakmp_peer_class.destroy(peer);
	trustpoint_class.destroy(trustpoint);
	keyring_class.destroy(keyring);
}

/* What config_equal() does not see is never applied. */
static void test_config_equal_sees_all(void **state)
{
	struct config *config = *state;
	struct addr_prefix host = prefix("10.1.1.1");
	struct config *copy;

#define CHECK(change)						\
	do {							\
		copy = config_copy(config);			\
		assert_true(config_equal(config, copy));	\
		change;						\
		assert_false(config_equal(config, copy));	\
		config_free(config_copy(copy));			\
		config_free(copy);				\
	} while (0)
	CHECK(copy->domain = object_strdup("example.com"));
	CHECK(copy->lifetime_seconds = 120);
	CHECK(copy->lifetime_kilobytes = 2560);
	CHECK(copy->idle_seconds = 60);
	CHECK(copy->isakmp_disabled = true);
	CHECK(copy->aggressive_disabled = true);
	CHECK(copy->identity = ISAKMP_IDENTITY_DN);
	CHECK(copy->keepalive.seconds = 10);
	CHECK(copy->keepalive.retry = 5);
	CHECK(copy->keepalive.periodic = true);
	CHECK(objects_insert(&copy->isakmp_policies, isakmp_policy_new(1)));
	CHECK(objects_insert(&copy->isakmp_keys, isakmp_key_new(NULL, NULL, &host)));
	CHECK(objects_insert(&copy->keyrings, keyring_new("K")));
	CHECK(objects_insert(&copy->isakmp_profiles, isakmp_profile_new("P")));
	CHECK(objects_insert(&copy->isakmp_peers, isakmp_peer_new(NULL, &host)));
	CHECK(objects_insert(&copy->trustpoints, trustpoint_new("T")));
	CHECK(objects_insert(&copy->dynamic_maps,
			     map_new("D", AF_INET, 1, CRYPTOMAP_ENTRY_KIND_ISAKMP)));
#undef CHECK
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_longest_prefix_of_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unset_address_has_no_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_peer_of_address, setup, teardown),
		cmocka_unit_test_setup_teardown(test_policies_by_priority, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keepalive_of_profile, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lifetimes_of_entry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_transforms_that_exist, setup, teardown),
		cmocka_unit_test(test_peers_of_entry),
		cmocka_unit_test(test_members_of_entries),
		cmocka_unit_test(test_members_of_profiles),
		cmocka_unit_test(test_members_of_others),
		cmocka_unit_test_setup_teardown(test_config_equal_sees_all, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
