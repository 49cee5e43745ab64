// SPDX-License-Identifier: GPL-2.0-or-later
/* Openings of phase 1 that have proven nothing yet. */
#include <stdlib.h>
#include <string.h>

#include "half_open.h"

TAILQ_HEAD(half_open_list, half_open);

/**
 * struct half_open_source - an address that openings or handshakes come from
 * @openings: oldest first
 */
struct half_open_source {
	UT_hash_handle hh;
	struct addr addr;
	unsigned int n_openings;
	unsigned int n_handshakes;
	struct half_open_list openings;
};

/**
 * struct half_open_table - all of them
 * @records: by both cookies
 * @ages: oldest first
 * @timer: runs while there are records
 */
struct half_open_table {
	struct ike *ike;
	struct half_open *records;
	struct half_open_source *sources;
	struct half_open_list ages;
	unsigned int n_handshakes;
	struct ike_timer *timer;
};

static struct half_open_source *source_get(struct half_open_table *table, const struct addr *addr)
{
	struct half_open_source *source;

	HASH_FIND(hh, table->sources, addr, sizeof(*addr), source);
	if (source)
		return source;
	source = calloc(1, sizeof(*source));
	if (!source)
		return NULL;
	source->addr = *addr;
	TAILQ_INIT(&source->openings);
	HASH_ADD(hh, table->sources, addr, sizeof(source->addr), source);
	if (HASH_ADDED(source))
		return source;
	free(source);
	return NULL;
}

static void source_put(struct half_open_table *table, struct half_open_source *source)
{
	if (source->n_openings || source->n_handshakes)
		return;
	HASH_DELETE(hh, table->sources, source);
	free(source);
}

void half_open_remove(struct half_open_table *table, struct half_open *h)
{
	struct half_open_source *source = h->source;

	HASH_DELETE(hh, table->records, h);
	TAILQ_REMOVE(&table->ages, h, age);
	TAILQ_REMOVE(&source->openings, h, of_source);
	source->n_openings--;
	source_put(table, source);
	free(h);
}

/* The oldest one is over, and all that are as old. */
static void on_timer(void *arg)
{
	struct half_open_table *table = arg;
	uint64_t now = ike_now(table->ike);
	struct half_open *h;

	while ((h = TAILQ_FIRST(&table->ages)) && h->created + HALF_OPEN_MS <= now)
		half_open_remove(table, h);
	if (h)
		table->ike->world->timer_set(table->timer, h->created + HALF_OPEN_MS - now);
}

struct half_open_table *half_open_new(struct ike *ike)
{
	struct half_open_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->ike = ike;
	TAILQ_INIT(&table->ages);
	table->timer = ike->world->timer_new(ike->arg, on_timer, table);
	if (!table->timer) {
		free(table);
		return NULL;
	}
	return table;
}

void half_open_free(struct half_open_table *table)
{
	struct half_open_source *source, *next;
	struct half_open *h;

	if (!table)
		return;
	while ((h = TAILQ_FIRST(&table->ages)))
		half_open_remove(table, h);
	HASH_ITER(hh, table->sources, source, next) {
		HASH_DELETE(hh, table->sources, source);
		free(source);
	}
	table->ike->world->timer_free(table->timer);
	free(table);
}

int half_open_cookie(const struct ike *ike, const struct ike_path *path,
		     const uint8_t initiator[ISAKMP_COOKIE_LEN],
		     uint8_t responder[ISAKMP_COOKIE_LEN])
{
	const struct ike_part parts[] = {
		{ &path->local.family, sizeof(path->local.family) },
		{ path->local.bytes, sizeof(path->local.bytes) },
		{ path->remote.bytes, sizeof(path->remote.bytes) },
		{ &path->local_port, sizeof(path->local_port) },
		{ &path->remote_port, sizeof(path->remote_port) },
		{ initiator, ISAKMP_COOKIE_LEN },
	};
	uint8_t hash[IKE_HASH_MAX];
	int err;

	err = ike_prf(IKE_HASH_SHA256, ike->cookie_secret, sizeof(ike->cookie_secret), parts,
		      sizeof(parts) / sizeof(*parts), hash);
	if (err)
		return err;
	memcpy(responder, hash, ISAKMP_COOKIE_LEN);
	/* All zeros are no cookie. */
	responder[0] |= !memcmp(responder, (uint8_t [ISAKMP_COOKIE_LEN]){ 0 }, ISAKMP_COOKIE_LEN);
	return 0;
}

/*
 * Room for one more. Who is pushed out was either forged or begins anew; to
 * push out all of another source one must know its address and be faster than
 * its next message.
 */
static void make_room(struct half_open_table *table, struct half_open_source *source)
{
	if (source->n_openings >= HALF_OPEN_SOURCE_MAX) {
		ike_count(table->ike, IKE_COUNTER_HALF_OPEN_SOURCE);
		half_open_remove(table, TAILQ_FIRST(&source->openings));
	} else if (half_open_count(table) >= HALF_OPEN_MAX) {
		ike_count(table->ike, IKE_COUNTER_HALF_OPEN_TOTAL);
		half_open_remove(table, TAILQ_FIRST(&table->ages));
	}
}

struct half_open *half_open_add(struct half_open_table *table, const struct ike_path *path,
				const struct ike_cookies *cookies, const void *body, size_t len)
{
	struct half_open_source *source;
	struct half_open *h;

	if (len > HALF_OPEN_BODY_MAX)
		return NULL;
	source = source_get(table, &path->remote);
	h = calloc(1, sizeof(*h) + len);
	if (!source || !h) {
		free(h);
		if (source)
			source_put(table, source);
		return NULL;
	}
	/* Keeps the source alive while others of it go. */
	source->n_handshakes++;
	make_room(table, source);
	source->n_handshakes--;
	h->cookies = *cookies;
	HASH_ADD(hh, table->records, cookies, sizeof(h->cookies), h);
	if (!HASH_ADDED(h)) {
		free(h);
		source_put(table, source);
		return NULL;
	}
	if (TAILQ_EMPTY(&table->ages))
		table->ike->world->timer_set(table->timer, HALF_OPEN_MS);
	h->source = source;
	h->path = *path;
	h->created = ike_now(table->ike);
	h->body_len = len;
	memcpy(h->body, body, len);
	source->n_openings++;
	TAILQ_INSERT_TAIL(&source->openings, h, of_source);
	TAILQ_INSERT_TAIL(&table->ages, h, age);
	return h;
}

struct half_open *half_open_find(struct half_open_table *table, const struct ike_path *path,
				 const struct ike_cookies *cookies)
{
	struct half_open *h;

	HASH_FIND(hh, table->records, cookies, sizeof(*cookies), h);
	return h && ike_path_equal(&h->path, path) ? h : NULL;
}

unsigned int half_open_count(const struct half_open_table *table)
{
	return HASH_COUNT(table->records);
}

bool half_open_enter(struct half_open_table *table, const struct addr *remote)
{
	struct half_open_source *source;

	if (table->n_handshakes >= HANDSHAKES_MAX) {
		ike_count(table->ike, IKE_COUNTER_HALF_OPEN_TOTAL);
		return false;
	}
	source = source_get(table, remote);
	if (!source)
		return false;
	if (source->n_handshakes >= HANDSHAKES_SOURCE_MAX) {
		ike_count(table->ike, IKE_COUNTER_HALF_OPEN_SOURCE);
		return false;
	}
	source->n_handshakes++;
	table->n_handshakes++;
	return true;
}

void half_open_leave(struct half_open_table *table, const struct addr *remote)
{
	struct half_open_source *source;

	HASH_FIND(hh, table->sources, remote, sizeof(*remote), source);
	if (!source || !source->n_handshakes)
		return;
	source->n_handshakes--;
	table->n_handshakes--;
	source_put(table, source);
}
