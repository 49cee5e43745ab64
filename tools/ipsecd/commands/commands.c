// SPDX-License-Identifier: GPL-2.0-or-later
/* All commands into the engine, and the engine onto the running configuration. */
#include <string.h>

#include "../apply.h"
#include "commands.h"

static const struct cli_mode modes[] = {
	{ MODE_TRANSFORM, CLI_MODE_CONFIG, "crypto-transform", "config-crypto-transform" },
	{ MODE_MAP, CLI_MODE_CONFIG, "crypto-map", "config-crypto-map" },
	{ MODE_INTERFACE, CLI_MODE_CONFIG, "interface", "config-if" },
	{ MODE_ACL, CLI_MODE_CONFIG, "access-list", "config-ext-nacl" },
	{ MODE_ACL6, CLI_MODE_CONFIG, "ipv6-access-list", "config-ipv6-acl" },
	{ MODE_POLICY, CLI_MODE_CONFIG, "isakmp-policy", "config-isakmp" },
	{ MODE_KEYRING, CLI_MODE_CONFIG, "keyring", "config-keyring" },
	{ MODE_ISAKMP_PROFILE, CLI_MODE_CONFIG, "isakmp-profile", "config-isakmp-profile" },
	{ MODE_ISAKMP_PEER, CLI_MODE_CONFIG, "isakmp-peer", "config-isakmp-peer" },
	{ MODE_TRUSTPOINT, CLI_MODE_CONFIG, "ca-trustpoint", "ca-trustpoint" },
	{ MODE_DYNAMIC, CLI_MODE_CONFIG, "dynamic-map", "config-crypto-map" },
};

static const struct command_table *const tables[] = {
	&commands_global,
	&commands_transform,
	&commands_pki,
	&commands_isakmp_policy,
	&commands_isakmp_key,
	&commands_isakmp,
	&commands_isakmp_profile,
	&commands_isakmp_peer,
	&commands_map,
	&commands_map_isakmp,
	&commands_dynamic,
	&commands_interface,
	&commands_ip,
	&commands_acl,
	&commands_acl6,
	&commands_save,
	&commands_clear,
	&commands_debug,
	&commands_show_ipsec,
	&commands_show_map,
	&commands_show_isakmp,
	&commands_show_session,
	&commands_show_engine,
	&commands_show_config,
	&commands_show_network,
	&commands_refused,
	&commands_ignored,
};

int commands_register(struct cli *cli, char *err, size_t size)
{
	if (cli_add_modes(cli, modes, sizeof(modes) / sizeof(*modes), err, size))
		return -1;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (cli_add_commands(cli, tables[i]->commands, tables[i]->n, err, size))
			return -1;
	return 0;
}

static const char *get_hostname(void *user)
{
	const struct daemon *d = user;

	return d->running->hostname ? d->running->hostname : CONFIG_HOSTNAME_DEFAULT;
}

static void *begin(void *user, char *err, size_t size)
{
	const struct daemon *d = user;

	(void)err;
	(void)size;
	return config_copy(d->running);
}

static int commit(void *user, void *candidate, struct cli_commit *r)
{
	struct daemon *d = user;
	struct config *config = candidate;
	struct apply_error error;

	if (d->policy && config_equal(config, d->running)) {
		config_free(config);
		return 0;
	}
	if (apply_config(d, config, &error) == 0)
		return 0;
	cli_commit_refuse(r, error.line, "%s", error.err.text);
	return -1;
}

static void drop(void *user, void *candidate)
{
	(void)user;
	config_free(candidate);
}

static void name_maps(const struct objects *entries, void (*add)(void *arg, const char *name),
		      void *arg)
{
	const char *last = NULL;
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, entries, i) {
		if (!object_same_text(last, entry->name))
			add(arg, entry->name);
		last = entry->name;
	}
}

static void name_isakmp(const struct config *config, const char *var,
			void (*add)(void *arg, const char *name), void *arg)
{
	const struct isakmp_profile *profile;
	const struct trustpoint *trustpoint;
	const struct keyring *keyring;
	size_t i;

	if (!strcmp(var, "keyring"))
		objects_for_each(keyring, &config->keyrings, i)
			add(arg, keyring->name);
	if (!strcmp(var, "profile"))
		objects_for_each(profile, &config->isakmp_profiles, i)
			add(arg, profile->name);
	if (!strcmp(var, "trustpoint"))
		objects_for_each(trustpoint, &config->trustpoints, i)
			add(arg, trustpoint->name);
	if (!strcmp(var, "template"))
		name_maps(&config->dynamic_maps, add, arg);
}

/* Names for '?' and Tab. */
static void values(void *user, const char *var, void (*add)(void *arg, const char *name),
		   void *arg)
{
	const struct daemon *d = user;
	const struct interface *iface;
	const struct transform_set *set;
	const struct link *link = NULL;
	const struct acl *acl;
	size_t i;

	if (!strcmp(var, "tag"))
		name_maps(&d->running->entries, add, arg);
	name_isakmp(d->running, var, add, arg);
	if (!strcmp(var, "name"))
		objects_for_each(set, &d->running->transforms, i)
			add(arg, set->name);
	if (!strcmp(var, "acl"))
		objects_for_each(acl, &d->running->acls, i)
			add(arg, acl->name);
	if (strcmp(var, "if"))
		return;
	objects_for_each(iface, &d->running->interfaces, i)
		add(arg, iface->name);
	while ((link = link_next(d->links, link)))
		if (!interface_find(&d->running->interfaces, link->name))
			add(arg, link->name);
}

const struct cli_ops commands_ops = {
	.hostname = get_hostname,
	.begin = begin,
	.commit = commit,
	.abort = drop,
	.values = values,
};
