// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of peers and their addresses; see names.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "names.h"
#include "peer.h"

/**
 * struct name - a host name
 * @hh: in ike->names by @host
 * @addrs: in an order that stays: known ones before new ones
 * @lookup: on its way, or NULL
 * @asked: time of the last lookup, ms
 * @answered: a lookup was over
 * @used: while the names are compared with a configuration
 */
struct name {
	UT_hash_handle hh;
	struct ike *ike;
	char *host;
	unsigned int n;
	struct addr addrs[NAME_ADDRESSES_MAX];
	struct ike_lookup *lookup;
	uint64_t asked;
	bool answered;
	bool used;
	TAILQ_HEAD(, name_waiter) waiters;
};

static struct name *find(const struct ike *ike, const char *host)
{
	struct name *name;

	HASH_FIND_STR(ike->names, host, name);
	return name;
}

static void name_free(struct name *name)
{
	struct ike *ike = name->ike;
	struct name_waiter *w;

	if (name->lookup)
		ike->world->resolve_cancel(name->lookup);
	while ((w = TAILQ_FIRST(&name->waiters)))
		names_cancel(w);
	HASH_DELETE(hh, ike->names, name);
	free(name->host);
	free(name);
}

static struct name *name_new(struct ike *ike, const char *host)
{
	struct name *name = calloc(1, sizeof(*name));

	if (!name)
		return NULL;
	name->ike = ike;
	name->host = strdup(host);
	if (!name->host) {
		free(name);
		return NULL;
	}
	TAILQ_INIT(&name->waiters);
	HASH_ADD_KEYPTR(hh, ike->names, name->host, strlen(name->host), name);
	if (HASH_ADDED(name))
		return name;
	free(name->host);
	free(name);
	return NULL;
}

/* --- lookups */

static bool has(const struct addr *addrs, unsigned int n, const struct addr *addr)
{
	for (unsigned int i = 0; i < n; i++)
		if (addr_equal(&addrs[i], addr))
			return true;
	return false;
}

/* Known ones keep their place: who tries them in turn counts. Returns whether any differs. */
static bool merge(struct name *name, const struct addr *addrs, unsigned int n)
{
	bool changed = false;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < name->n; i++) {
		if (has(addrs, n, &name->addrs[i]))
			name->addrs[kept++] = name->addrs[i];
		else
			changed = true;
	}
	name->n = kept;
	for (unsigned int i = 0; i < n && name->n < NAME_ADDRESSES_MAX; i++) {
		if (has(name->addrs, name->n, &addrs[i]))
			continue;
		name->addrs[name->n++] = addrs[i];
		changed = true;
	}
	return changed;
}

static void log_addresses(const struct name *name)
{
	struct addr_buf text;

	for (unsigned int i = 0; i < name->n; i++)
		log_msg(LOG_INFO, "ISAKMP: peer %s is %s", name->host,
			addr_text(&name->addrs[i], &text));
}

static void on_answer(void *arg, const struct addr *addrs, unsigned int n)
{
	struct name *name = arg;
	struct ike *ike = name->ike;
	struct name_waiter *w;
	unsigned int waiting = 0;

	name->lookup = NULL;
	name->answered = true;
	if (!n)
		log_msg(LOG_WARNING, "ISAKMP: peer %s: its name has no address%s", name->host,
			name->n ? " any more; the last one is used" : "");
	else if (merge(name, addrs, n)) {
		log_addresses(name);
		ike->world->names_changed(ike->arg);
	}
	/* Who waits may ask again at once, and is then behind them; or others go. */
	TAILQ_FOREACH(w, &name->waiters, link)
		waiting++;
	while (waiting-- && (w = TAILQ_FIRST(&name->waiters))) {
		TAILQ_REMOVE(&name->waiters, w, link);
		w->name = NULL;
		w->fn(w->arg);
	}
}

static bool look_up(struct name *name)
{
	struct ike *ike = name->ike;

	if (name->lookup)
		return true;
	name->asked = ike_now(ike);
	name->lookup = ike->world->resolve(ike->arg, name->host, on_answer, name);
	if (!name->lookup)
		log_msg(LOG_ERR, "ISAKMP: peer %s: its name cannot be looked up", name->host);
	return name->lookup;
}

bool names_ask(struct ike *ike, const char *host, struct name_waiter *waiter)
{
	struct name *name = find(ike, host);

	if (!name || !look_up(name))
		return false;
	names_cancel(waiter);
	waiter->name = name;
	TAILQ_INSERT_TAIL(&name->waiters, waiter, link);
	return true;
}

void names_cancel(struct name_waiter *waiter)
{
	if (waiter->name)
		TAILQ_REMOVE(&waiter->name->waiters, waiter, link);
	waiter->name = NULL;
}

void names_refresh(struct ike *ike)
{
	struct name *name, *next;
	uint64_t now = ike_now(ike);

	HASH_ITER(hh, ike->names, name, next)
		if (!name->lookup && now - name->asked >= NAME_REFRESH_MS)
			look_up(name);
}

/* --- which names there are */

static void use_names(struct ike *ike, const struct objects *entries)
{
	const struct map_entry *entry;
	struct name *name;
	size_t i;

	objects_for_each(entry, entries, i) {
		for (unsigned int p = 0; p < entry->n_peers; p++) {
			const char *host = entry->hosts[p].name;

			if (!host)
				continue;
			name = find(ike, host);
			if (!name)
				name = name_new(ike, host);
			if (name)
				name->used = true;
		}
	}
}

void names_configure(struct ike *ike)
{
	struct name *name, *next;

	HASH_ITER(hh, ike->names, name, next)
		name->used = false;
	use_names(ike, &ike->config->entries);
	use_names(ike, &ike->config->dynamic_maps);
	HASH_ITER(hh, ike->names, name, next) {
		if (!name->used)
			name_free(name);
		else if (!name->answered)
			look_up(name);
	}
}

void names_free(struct ike *ike)
{
	struct name *name, *next;

	HASH_ITER(hh, ike->names, name, next)
		name_free(name);
}

/* --- the peers of an entry */

unsigned int names_count(const struct ike *ike, const struct map_entry *entry, unsigned int peer)
{
	const struct name *name;
	unsigned int n = 0;

	if (!entry->hosts[peer].name)
		return 1;
	name = find(ike, entry->hosts[peer].name);
	for (unsigned int i = 0; name && i < name->n; i++)
		n += name->addrs[i].family == entry->family;
	return n;
}

bool names_address(const struct ike *ike, const struct map_entry *entry, unsigned int peer,
		   unsigned int nth, struct addr *out)
{
	const struct name *name;

	*out = entry->peers[peer];
	if (!entry->hosts[peer].name)
		return addr_is_set(out);
	name = find(ike, entry->hosts[peer].name);
	for (unsigned int i = 0; name && i < name->n; i++) {
		if (name->addrs[i].family != entry->family || nth--)
			continue;
		*out = name->addrs[i];
		return true;
	}
	return false;
}

bool names_have(const struct ike *ike, const struct map_entry *entry, const struct addr *addr,
		const char **host)
{
	const struct name *name;

	for (unsigned int p = 0; p < entry->n_peers; p++) {
		if (host)
			*host = entry->hosts[p].name;
		name = entry->hosts[p].name ? find(ike, entry->hosts[p].name) : NULL;
		if (name ? has(name->addrs, name->n, addr) : addr_equal(&entry->peers[p], addr))
			return true;
	}
	return false;
}

bool names_unsure(const struct ike *ike, const struct map_entry *entry)
{
	const struct name *name;

	for (unsigned int p = 0; p < entry->n_peers; p++) {
		name = entry->hosts[p].name ? find(ike, entry->hosts[p].name) : NULL;
		if (name && !name->answered)
			return true;
	}
	return false;
}

bool names_each_of(const struct ike *ike, const struct addr *addr,
		   bool (*fn)(void *arg, const char *host), void *arg)
{
	const struct peer_tunnel *at;
	const char *host;

	for (at = peer_first_tunnel(ike, addr); at; at = peer_next_tunnel(at)) {
		const struct map_entry *entry = tunnel_entry(at->tunnel);

		if (entry && names_have(ike, entry, addr, &host) && host && fn(arg, host))
			return true;
	}
	return false;
}

/* --- what the kernel is told */

static void put_peers(const struct ike *ike, const struct map_entry *entry, struct cm_entry *out)
{
	struct addr addr;

	out->n_peers = 0;
	for (unsigned int p = 0; p < entry->n_peers; p++)
		for (unsigned int i = 0; out->n_peers < CRYPTOMAP_PEERS_MAX &&
		     i < names_count(ike, entry, p) && names_address(ike, entry, p, i, &addr); i++)
			out->peers[out->n_peers++] = addr;
}

void ike_name_peers(const struct ike *ike, const struct config *config, struct policy *policy)
{
	for (size_t i = 0; ike->names && i < policy->n_entries; i++) {
		struct cm_entry *out = &policy->entries[i].entry;
		const struct map_entry *entry = config_entry(config, out->map, out->family,
							     out->seq, out->subseq);

		for (unsigned int p = 0; entry && p < entry->n_peers; p++) {
			if (!entry->hosts[p].name)
				continue;
			put_peers(ike, entry, out);
			break;
		}
	}
}
