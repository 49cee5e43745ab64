// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SAs that an engine before this one has made. The data plane has gone on
 * with them, and goes on; their owner cookies tell which two belong together.
 * An IKE SA with each peer is made again, without INITIAL-CONTACT, and they
 * are replaced when their time has come.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dynamic.h"
#include "lib/log.h"
#include "pair.h"

/* Peers are not all called at once. */
#define RECONNECT_SPREAD_MS	3000

struct half {
	struct cm_sa sa;
	struct pair_owner owner;
	uint32_t age;
	bool taken;
};

struct halves {
	struct half *v;
	size_t n, room;
};

static int take_sa(void *arg, const struct cm_sa_info *info)
{
	struct halves *halves = arg;
	struct half *h, *larger;
	struct pair_owner owner;

	if (!pair_read_owner(&info->sa.owner, &owner))
		return 0;
	if (halves->n == halves->room) {
		size_t room = halves->room ? 2 * halves->room : 64;

		larger = realloc(halves->v, room * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		halves->v = larger;
		halves->room = room;
	}
	h = &halves->v[halves->n++];
	*h = (struct half){ .sa = info->sa, .owner = owner, .age = info->age_seconds };
	return 0;
}

/* By flow and SPI of the inbound half, that before the other one, old before new. */
static uint32_t spi_in(const struct half *h)
{
	return h->sa.id.direction == CRYPTOMAP_DIRECTION_IN ? h->sa.id.spi : h->owner.other_spi;
}

static int compare(const void *a, const void *b)
{
	const struct half *x = a, *y = b;

	if (x->sa.flow != y->sa.flow)
		return x->sa.flow < y->sa.flow ? -1 : 1;
	if (spi_in(x) != spi_in(y))
		return spi_in(x) < spi_in(y) ? -1 : 1;
	return (int)x->sa.id.direction - (int)y->sa.id.direction;
}

static bool belong(const struct half *in, const struct half *out)
{
	return in->sa.id.direction == CRYPTOMAP_DIRECTION_IN &&
	       out->sa.id.direction == CRYPTOMAP_DIRECTION_OUT &&
	       in->sa.flow == out->sa.flow && in->sa.id.spi == out->owner.other_spi &&
	       in->owner.other_spi == out->sa.id.spi &&
	       memcmp(in->owner.nonces, out->owner.nonces, sizeof(in->owner.nonces)) == 0;
}

static void insert(struct tunnel *t, struct sa_pair *pair)
{
	struct sa_pair *at;

	TAILQ_FOREACH(at, &t->pairs, link) {
		if (at->generation != pair->generation ? at->generation < pair->generation :
		    at->created <= pair->created) {
			TAILQ_INSERT_BEFORE(at, pair, link);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&t->pairs, pair, link);
}

static bool adopt(struct tunnel *t, const struct half *in, const struct half *out)
{
	struct sa_pair *pair = pair_new(t, &out->sa.id.dst, in->owner.initiator, in->sa.id.spi,
					out->sa.id.spi);
	uint64_t age = (uint64_t)out->age * 1000;

	if (!pair)
		return false;
	pair->in.dst = in->sa.id.dst;
	pair->created = pair->created > age ? pair->created - age : 0;
	pair->life_seconds = out->sa.limits.hard_seconds;
	pair->life_kilobytes = out->sa.limits.hard_bytes / 1024;
	pair->pfs_group = in->owner.pfs_group;
	pair->generation = in->owner.generation;
	if (pair->generation > t->generation)
		t->generation = pair->generation;
	memcpy(pair->nonces, in->owner.nonces, sizeof(pair->nonces));
	insert(t, pair);
	tunnel_index(t);
	return true;
}

static void forget(struct ike *ike, const struct half *h)
{
	struct kerr err;

	if (ike->kernel->sa_del(ike->kernel, &h->sa.id, &err) < 0)
		log_msg(LOG_DEBUG, "ISAKMP: SA without its other half: %s", err.text);
}

static unsigned int pair_up(struct ike *ike, struct halves *halves)
{
	unsigned int n = 0;

	for (size_t i = 0; i < halves->n; i++) {
		struct half *in = &halves->v[i], *out = in + 1;
		struct tunnel *t = tunnel_find(ike, in->sa.flow);

		if (t && i + 1 < halves->n && belong(in, out) && adopt(t, in, out)) {
			n++;
			i++;
		} else {
			forget(ike, in);
		}
	}
	return n;
}

static void settle(struct tunnel *t)
{
	const struct sa_pair *current = tunnel_current(t);
	struct sa_pair *pair;
	uint16_t chance;

	if (!current)
		return;
	if (dynamic_is(t))
		t->remote = current->peer;
	TAILQ_FOREACH(pair, &t->pairs, link)
		if (pair != current)
			tunnel_retire_pair(pair, false);
	if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		chance = 0;
	tunnel_reconnect(t, chance % RECONNECT_SPREAD_MS);
}

void tunnels_adopt(struct ike *ike)
{
	struct halves halves = { 0 };
	struct tunnel *t, *next;
	struct kerr err;
	unsigned int n = 0;
	int ret = 1;

	for (int i = 0; ret == 1 && i < 5; i++) {
		halves.n = 0;
		ret = ike->kernel->sa_dump(ike->kernel, NULL, take_sa, &halves, &err);
	}
	if (ret < 0)
		log_msg(LOG_ERR, "ISAKMP: SAs of the kernel: %s", err.text);
	if (ret >= 0 && halves.n) {
		qsort(halves.v, halves.n, sizeof(*halves.v), compare);
		n = pair_up(ike, &halves);
	}
	free(halves.v);
	if (!n)
		return;
	log_msg(LOG_NOTICE, "ISAKMP: %u pairs of IPsec SAs are adopted", n);
	HASH_ITER(hh, ike->tunnels, t, next)
		settle(t);
}
