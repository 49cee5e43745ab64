// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules between the parts of a configuration; see validate.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "validate.h"

static bool refuse(struct validate_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool refuse(struct validate_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return false;
}

static const char *direction_name(unsigned int direction)
{
	return direction == CRYPTOMAP_DIRECTION_IN ? "inbound" : "outbound";
}

/* Key lengths of one direction against the transform set (V of 1.21, item 4). */
static bool check_key(const struct map_entry *entry, unsigned int direction,
		      const struct transform_set *set, struct validate_error *error)
{
	const struct session_key *key = &entry->key[direction];
	const struct encr_info *encr = transform_encr(set->encr);
	const struct auth_info *auth = transform_auth(set->auth);
	const char *where = direction_name(direction);

	if (!key->set)
		return true;
	if (key->cipher_len != set->key_bits / 8) {
		if (!set->key_bits)
			return refuse(error, "%s of transform set %s takes no %s cipher key, but %u bytes are given",
				      encr->ios, set->name, where, key->cipher_len);
		return refuse(error, "%s %u of transform set %s needs an %s cipher key of %u bytes, not %u",
			      encr->ios, set->key_bits, set->name, where,
			      set->key_bits / 8, key->cipher_len);
	}
	if (!auth || key->auth_len == auth->key)
		return true;
	if (!key->auth_len)
		return refuse(error, "%s of transform set %s needs an %s authenticator key of %u bytes",
			      auth->ios_esp, set->name, where, auth->key);
	return refuse(error, "%s of transform set %s needs an %s authenticator key of %u bytes, not %u",
		      auth->ios_esp, set->name, where, auth->key, key->auth_len);
}

static bool check_manual(const struct config *config, const struct map_entry *entry,
			 struct validate_error *error)
{
	const struct transform_set *set = config_transform(config, entry);

	if (entry->n_peers > 1)
		return refuse(error, "Only one peer is possible in an ipsec-manual entry; remove the other one first");
	if (entry->n_transforms > 1)
		return refuse(error, "Only one transform set is possible in an ipsec-manual entry");
	if (!set)
		return true;
	if (transform_encr(set->encr)->flags & CM_ALG_FRESH_KEY)
		return refuse(error, "Transform set %s cannot be used with ipsec-manual: RFC 4106 forbids AES-GCM with static keys, an IV must never meet the same key twice",
			      set->name);
	return check_key(entry, CRYPTOMAP_DIRECTION_IN, set, error) &&
	       check_key(entry, CRYPTOMAP_DIRECTION_OUT, set, error);
}

/* What only IKE can do. */
static bool check_no_ike(const struct map_entry *entry, struct validate_error *error)
{
	if (entry->n_peers && entry->hosts[0].name)
		return refuse(error, "The peer of an ipsec-manual entry needs an address");
	if (entry->default_peer)
		return refuse(error, "A default peer is only possible in ipsec-isakmp entries");
	if (entry->pfs_group)
		return refuse(error, "Perfect forward secrecy is only possible in ipsec-isakmp entries");
	if (entry->lifetime_seconds || entry->lifetime_kilobytes)
		return refuse(error, "Lifetimes of SAs are only possible in ipsec-isakmp entries: nothing would replace the keys");
	if (entry->idle_seconds)
		return refuse(error, "Idle times of SAs are only possible in ipsec-isakmp entries");
	if (entry->isakmp_profile)
		return refuse(error, "An ISAKMP profile is only possible in ipsec-isakmp entries");
	return true;
}

static bool check_ace(const struct map_entry *entry, const char *acl,
		      const struct ace *ace, struct validate_error *error)
{
	if (ace->remark || ace_usable(ace))
		return true;
	if (ace->options)
		return refuse(error, "Access list %s cannot be used by crypto map %s %u: \"%s\" in entry %u cannot be checked by IPsec",
			      acl, entry->name, entry->seq, ace->options, ace->seq);
	return refuse(error, "Access list %s cannot be used by crypto map %s %u: permit entry %u with neq is two flows; write lt and gt",
		      acl, entry->name, entry->seq, ace->seq);
}

static bool check_acl(const struct config *config, const struct map_entry *entry,
		      struct validate_error *error)
{
	const struct acl *acl = config_acl(config, entry);

	if (!acl || !acl->unusable)
		return true;
	for (size_t i = 0; i < acl->n; i++)
		if (!check_ace(entry, acl->name, acl->v[i], error))
			return false;
	return true;
}

static bool spi_clash(const struct map_entry *a, const struct map_entry *b,
		      unsigned int direction)
{
	const struct session_key *x = &a->key[direction], *y = &b->key[direction];

	if (!x->set || !y->set || x->spi != y->spi)
		return false;
	if (direction == CRYPTOMAP_DIRECTION_IN)
		return true;
	return a->n_peers && b->n_peers && addr_equal(&a->peers[0], &b->peers[0]);
}

/*
 * Entries of one map share the local address, so their inbound SPIs must
 * differ; outbound ones need to differ only towards the same peer.
 */
static bool check_spi(const struct config *config, const struct map_entry *entry,
		      unsigned int direction, struct validate_error *error)
{
	unsigned int *holder = spis_record(config->spis, &config->entries, entry, direction);
	const struct map_entry *other = map_find(&config->entries, entry->name,
						 entry->family, *holder);

	if (other && other->seq != entry->seq && spi_clash(entry, other, direction))
		return refuse(error, "The %s SPI %u is in use by crypto map %s %u",
			      direction_name(direction), entry->key[direction].spi,
			      other->name, other->seq);
	*holder = entry->seq;
	return true;
}

static bool check_spis(const struct config *config, const struct map_entry *entry,
		       struct validate_error *error)
{
	for (unsigned int d = 0; d < 2; d++)
		if (entry->key[d].set && !check_spi(config, entry, d, error))
			return false;
	return true;
}

bool validate_entry(const struct config *config, const struct map_entry *entry,
		    struct validate_error *error)
{
	for (unsigned int i = 0; i < entry->n_peers; i++)
		if (addr_is_set(&entry->peers[i]) && entry->peers[i].family != entry->family)
			return refuse(error, "The peer of an %s crypto map needs an %s address",
				      entry->family == AF_INET6 ? "IPv6" : "IPv4",
				      entry->family == AF_INET6 ? "IPv6" : "IPv4");
	if (entry->kind == CRYPTOMAP_ENTRY_KIND_MANUAL &&
	    (!check_manual(config, entry, error) || !check_no_ike(entry, error)))
		return false;
	return check_acl(config, entry, error) && check_spis(config, entry, error);
}

/* After a transform set has changed: what of its users depends on it. */
bool validate_transform_users(const struct config *config, const char *name,
			      struct validate_error *error)
{
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, &config->entries, i)
		if (entry->kind == CRYPTOMAP_ENTRY_KIND_MANUAL &&
		    map_uses_transform(entry, name) && !check_manual(config, entry, error))
			return false;
	return true;
}

static bool check_acl_in(const struct config *config, const struct objects *entries,
			 uint16_t family, const char *name, struct validate_error *error)
{
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, entries, i)
		if (entry->family == family && entry->acl &&
		    strcmp(entry->acl, name) == 0 && !check_acl(config, entry, error))
			return false;
	return true;
}

/* After an access list has changed. */
bool validate_acl_users(const struct config *config, uint16_t family,
			const char *name, struct validate_error *error)
{
	return check_acl_in(config, &config->entries, family, name, error) &&
	       check_acl_in(config, &config->dynamic_maps, family, name, error);
}

/* Before a map is put on an interface. */
bool validate_map_usable(const struct config *config, const char *name,
			 uint16_t family, struct validate_error *error)
{
	if (map_exists(&config->entries, name, family))
		return true;
	if (map_exists(&config->entries, name, family == AF_INET ? AF_INET6 : AF_INET))
		return refuse(error, "Crypto map %s is an %s map", name,
			      family == AF_INET ? "IPv6" : "IPv4");
	return refuse(error, "Crypto map with tag \"%s\" does not exist", name);
}

/*
 * IOS gives the session keys of an ipsec-manual entry to its first permit
 * only; how many others there are, whose packets will be dropped.
 */
unsigned int validate_permits_without_sa(const struct acl *acl)
{
	return acl->permits ? acl->permits - 1 : 0;
}
