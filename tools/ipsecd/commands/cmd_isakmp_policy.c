// SPDX-License-Identifier: GPL-2.0-or-later
/* crypto isakmp policy (IKE-1 … IKE-3). */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "edit.h"

#define CRYPTO		"Encryption module\n"
#define ISAKMP		CRYPTO "Configure ISAKMP policy\n"

static int set_policy(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	unsigned int priority = cli_arg_u32(c, "priority");
	struct isakmp_policy key = { .priority = priority };
	struct edit e;

	if (!objects_find(&config->isakmp_policies, &key)) {
		edit_create(&e, c, &config->isakmp_policies, isakmp_policy_new(priority));
		edit_done(&e);
	}
	cli_enter(c, MODE_POLICY, edit_ref_new("", 0, priority), free);
	return 0;
}

static int unset_policy(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	struct isakmp_policy key = { .priority = cli_arg_u32(c, "priority") };

	if (!cli_has(c, "priority"))
		objects_clear(&config->isakmp_policies);
	else if (!objects_remove(&config->isakmp_policies, &key))
		return cli_refuse_at(c, "priority", "ISAKMP policy %u does not exist",
				     key.priority);
	return 0;
}

static void write_policies(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct isakmp_policy *policy;
	size_t i;

	objects_for_each(policy, &config->isakmp_policies, i) {
		cli_write_sep(w);
		cli_write_line(w, "crypto isakmp policy %u", policy->priority);
		cli_write_mode(w, MODE_POLICY, policy);
	}
}

static struct isakmp_policy *policy_begin(struct edit *e, struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);
	struct config *config = cli_candidate(c);
	struct isakmp_policy key = { .priority = ref->seq };
	struct isakmp_policy *policy = edit_begin(e, c, &config->isakmp_policies, &key);

	if (!policy)
		cli_refuse(c, "ISAKMP policy %u does not exist any more", ref->seq);
	return policy;
}

static void warn_weak(struct cli_ctx *c, const char *what)
{
	if (cli_op(c) == CLI_SET)
		cli_warn(c, "Warning: weaker %s is deprecated", what);
}

static unsigned int aes_bits(const struct cli_ctx *c)
{
	if (cli_has(c, "aes256") || cli_has(c, "256"))
		return 256;
	return cli_has(c, "aes192") || cli_has(c, "192") ? 192 : 128;
}

/* "no" gives the default back, which is the weakest one, as in IOS. */
static int set_encryption(struct cli_ctx *c)
{
	bool aes = cli_has(c, "aes") || cli_has(c, "aes192") || cli_has(c, "aes256");
	struct isakmp_policy *policy;
	struct edit e;

	policy = policy_begin(&e, c);
	if (!policy)
		return -1;
	policy->encryption = IKE_ENCRYPTION_DES;
	policy->key_bits = 0;
	if (cli_op(c) == CLI_SET && aes) {
		policy->encryption = IKE_ENCRYPTION_AES;
		policy->key_bits = aes_bits(c);
	} else if (cli_op(c) == CLI_SET && cli_has(c, "3des")) {
		policy->encryption = IKE_ENCRYPTION_3DES;
	}
	if (policy->encryption == IKE_ENCRYPTION_DES)
		warn_weak(c, "encryption algorithm");
	return edit_done(&e);
}

static void write_encryption(struct cli_writer *w)
{
	const struct isakmp_policy *policy = cli_write_obj(w);

	if (policy->encryption == IKE_ENCRYPTION_3DES)
		cli_write_line(w, "encr 3des");
	else if (policy->encryption == IKE_ENCRYPTION_AES && policy->key_bits == 128)
		cli_write_line(w, "encr aes");
	else if (policy->encryption == IKE_ENCRYPTION_AES)
		cli_write_line(w, "encr aes %u", policy->key_bits);
}

static const struct {
	uint16_t number;
	const char *name;
} hashes[] = {
	{ IKE_HASH_SHA, "sha" },
	{ IKE_HASH_MD5, "md5" },
	{ IKE_HASH_SHA256, "sha256" },
	{ IKE_HASH_SHA384, "sha384" },
	{ IKE_HASH_SHA512, "sha512" },
};

#define N_HASHES	(sizeof(hashes) / sizeof(*hashes))

static int set_hash(struct cli_ctx *c)
{
	const char *name = cli_op(c) == CLI_SET ? cli_arg_str(c, "hash") : "sha";
	struct isakmp_policy *policy;
	struct edit e;

	policy = policy_begin(&e, c);
	if (!policy)
		return -1;
	for (size_t i = 0; i < N_HASHES; i++)
		if (!strcmp(hashes[i].name, name))
			policy->hash = hashes[i].number;
	if (policy->hash == IKE_HASH_MD5)
		warn_weak(c, "hash algorithm");
	return edit_done(&e);
}

static void write_hash(struct cli_writer *w)
{
	const struct isakmp_policy *policy = cli_write_obj(w);

	for (size_t i = 1; i < N_HASHES; i++)
		if (hashes[i].number == policy->hash)
			cli_write_line(w, "hash %s", hashes[i].name);
}

static int set_auth(struct cli_ctx *c)
{
	struct isakmp_policy *policy;
	struct edit e;

	if (cli_op(c) == CLI_SET && cli_has(c, "rsa-encr"))
		return cli_refuse_at(c, "rsa-encr", "rsa-encr is not supported; use rsa-sig or pre-share");
	policy = policy_begin(&e, c);
	if (!policy)
		return -1;
	policy->auth = IKE_AUTH_RSA_SIG;
	if (cli_op(c) == CLI_SET && cli_has(c, "pre-share"))
		policy->auth = IKE_AUTH_PSK;
	return edit_done(&e);
}

static void write_auth(struct cli_writer *w)
{
	const struct isakmp_policy *policy = cli_write_obj(w);

	if (policy->auth == IKE_AUTH_PSK)
		cli_write_line(w, "authentication pre-share");
}

static int set_group(struct cli_ctx *c)
{
	struct isakmp_policy *policy;
	struct edit e;

	policy = policy_begin(&e, c);
	if (!policy)
		return -1;
	policy->group = IKE_GROUP_1;
	if (cli_op(c) == CLI_SET)
		policy->group = strtoul(cli_arg_str(c, "group"), NULL, 10);
	if (policy->group <= IKE_GROUP_5)
		warn_weak(c, "dh-group");
	return edit_done(&e);
}

static void write_group(struct cli_writer *w)
{
	const struct isakmp_policy *policy = cli_write_obj(w);

	if (policy->group != IKE_GROUP_1)
		cli_write_line(w, "group %u", policy->group);
}

static int set_lifetime(struct cli_ctx *c)
{
	struct isakmp_policy *policy;
	struct edit e;

	policy = policy_begin(&e, c);
	if (!policy)
		return -1;
	policy->lifetime = cli_op(c) == CLI_SET ? cli_arg_u32(c, "seconds") :
						  ISAKMP_LIFETIME_DEFAULT;
	return edit_done(&e);
}

static void write_lifetime(struct cli_writer *w)
{
	const struct isakmp_policy *policy = cli_write_obj(w);

	if (policy->lifetime != ISAKMP_LIFETIME_DEFAULT)
		cli_write_line(w, "lifetime %u", policy->lifetime);
}

static const struct cli_command commands[] = {
	{
		.grammar = "crypto isakmp policy (1-10000)$priority",
		.no_grammar = "crypto isakmp policy [(1-10000)$priority]",
		.help = ISAKMP "Set policy for an ISAKMP protection suite\n"
			"Priority of protection suite, 1 is the highest\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_POLICY,
		.set = set_policy, .unset = unset_policy,
		.write = write_policies, .order = ORDER_ISAKMP, .ref = "C1",
	}, {
		.grammar = "encryption {des|3des|aes [128|192|256]|aes192|aes256}",
		.no_grammar = "encryption [des|3des|aes [128|192|256]|aes192|aes256]",
		.help = "Set encryption algorithm for protection suite\n"
			"DES - Data Encryption Standard (56 bit keys)\n"
			"Three key triple DES\n"
			"AES - Advanced Encryption Standard\n"
			"128 bit keys\n" "192 bit keys\n" "256 bit keys\n"
			"AES with 192 bit keys\n" "AES with 256 bit keys\n",
		.modes = CLI_IN(MODE_POLICY),
		.set = set_encryption, .unset = set_encryption,
		.write = write_encryption, .order = 10, .ref = "C2",
	}, {
		.grammar = "hash {sha|md5|sha256|sha384|sha512}$hash",
		.no_grammar = "hash [sha|md5|sha256|sha384|sha512]",
		.help = "Set hash algorithm for protection suite\n"
			"Secure Hash Standard\n" "Message Digest 5\n"
			"Secure Hash Standard 2 (256 bit)\n"
			"Secure Hash Standard 2 (384 bit)\n"
			"Secure Hash Standard 2 (512 bit)\n",
		.modes = CLI_IN(MODE_POLICY),
		.set = set_hash, .unset = set_hash,
		.write = write_hash, .order = 10, .ref = "C3",
	}, {
		.grammar = "authentication {pre-share|rsa-sig|rsa-encr}",
		.no_grammar = "authentication [pre-share|rsa-sig|rsa-encr]",
		.help = "Set authentication method for protection suite\n"
			"Pre-Shared Key\n" "Rivest-Shamir-Adleman Signature\n"
			"Rivest-Shamir-Adleman Encryption (not supported)\n",
		.modes = CLI_IN(MODE_POLICY),
		.set = set_auth, .unset = set_auth,
		.write = write_auth, .order = 10, .ref = "C4",
	}, {
		.grammar = "group {1|2|5|14|15|16|19|20|21|24}$group",
		.no_grammar = "group [1|2|5|14|15|16|19|20|21|24]",
		.help = "Set the Diffie-Hellman group\n"
			"Diffie-Hellman group 1 (768 bit)\n"
			"Diffie-Hellman group 2 (1024 bit)\n"
			"Diffie-Hellman group 5 (1536 bit)\n"
			"Diffie-Hellman group 14 (2048 bit)\n"
			"Diffie-Hellman group 15 (3072 bit)\n"
			"Diffie-Hellman group 16 (4096 bit)\n"
			"Diffie-Hellman group 19 (256 bit ecp)\n"
			"Diffie-Hellman group 20 (384 bit ecp)\n"
			"Diffie-Hellman group 21 (521 bit ecp)\n"
			"Diffie-Hellman group 24 (2048 bit, 256 bit subgroup)\n",
		.modes = CLI_IN(MODE_POLICY),
		.set = set_group, .unset = set_group,
		.write = write_group, .order = 10, .ref = "C5",
	}, {
		.grammar = "lifetime (60-86400)$seconds",
		.no_grammar = "lifetime [(60-86400)$seconds]",
		.help = "Set lifetime for ISAKMP security association\n"
			"Lifetime in seconds\n",
		.modes = CLI_IN(MODE_POLICY),
		.set = set_lifetime, .unset = set_lifetime,
		.write = write_lifetime, .order = 10, .ref = "C6",
	},
};

const struct command_table commands_isakmp_policy = COMMAND_TABLE(commands);
