// SPDX-License-Identifier: GPL-2.0-or-later
/* Pairs of IPsec SAs; see pair.h. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/log.h"
#include "pair.h"
#include "trace.h"

/*
 * Soft limits in thousandths of the lifetime, and by how much chance shortens
 * them: peers and tunnels do not all begin at once. Who began the last quick
 * mode begins the next one, long before the other side would.
 */
#define SOFT_INITIATOR	850
#define SOFT_RESPONDER	950
#define SOFT_SPREAD	50

static const uint8_t magic[4] = { 'c', 'm', 'i', 2 };

#define OWNER_LEN	(sizeof(magic) + 1 + 4 + 2 + 4 + 32)

_Static_assert(OWNER_LEN <= CRYPTOMAP_OWNER_MAX, "owner cookie fits");

struct sa_pair *pair_new(struct tunnel *tunnel, const struct addr *peer, bool initiator,
			 uint32_t spi_in, uint32_t spi_out)
{
	struct sa_pair *pair = calloc(1, sizeof(*pair));
	const char *host = NULL;

	if (!pair)
		return NULL;
	pair->ike = tunnel->ike;
	pair->tunnel = tunnel;
	pair->peer = *peer;
	pair->initiator = initiator;
	pair->in = (struct cm_sa_id){ CRYPTOMAP_DIRECTION_IN, IPPROTO_ESP, tunnel->local, spi_in };
	pair->out = (struct cm_sa_id){ CRYPTOMAP_DIRECTION_OUT, IPPROTO_ESP, *peer, spi_out };
	pair->created = ike_now(tunnel->ike);
	if (getrandom(&pair->chance, sizeof(pair->chance), 0) != sizeof(pair->chance))
		pair->chance = 0;
	if (tunnel->entry && names_have(tunnel->ike, tunnel->entry, peer, &host) && host)
		pair->host = strdup(host);
	return pair;
}

/* The books only. */
void pair_free(struct sa_pair *pair)
{
	if (!pair)
		return;
	pair->ike->world->timer_free(pair->timer);
	free(pair->host);
	free(pair);
}

static void write_owner(struct cm_owner *owner, const struct sa_pair *pair, uint32_t other)
{
	struct buf b;

	buf_init(&b, sizeof(owner->bytes));
	buf_put_bytes(&b, magic, sizeof(magic));
	buf_put_u8(&b, pair->initiator);
	buf_put_u32(&b, other);
	buf_put_u16(&b, pair->pfs_group);
	buf_put_u32(&b, pair->generation);
	buf_put_bytes(&b, pair->nonces, sizeof(pair->nonces));
	if (!b.failed) {
		memcpy(owner->bytes, b.data, b.len);
		owner->len = b.len;
	}
	buf_release(&b);
}

bool pair_read_owner(const struct cm_owner *owner, struct pair_owner *out)
{
	struct buf_reader r;
	uint8_t found[sizeof(magic)];

	buf_read_init(&r, owner->bytes, owner->len);
	buf_get_bytes(&r, found, sizeof(found));
	out->initiator = buf_get_u8(&r);
	out->other_spi = buf_get_u32(&r);
	out->pfs_group = buf_get_u16(&r);
	out->generation = buf_get_u32(&r);
	buf_get_bytes(&r, out->nonces, sizeof(out->nonces));
	return buf_at_end(&r) && memcmp(found, magic, sizeof(magic)) == 0;
}

static uint64_t soft(uint64_t hard, bool initiator, uint16_t chance)
{
	unsigned int part = initiator ? SOFT_INITIATOR : SOFT_RESPONDER;

	part -= chance % (SOFT_SPREAD + 1);
	return hard / 1000 * part + hard % 1000 * part / 1000;
}

/*
 * The volume that is left between soft and hard limit is to last for a while at
 * the rate of the SA that is replaced, as long as half a dozen repetitions: a
 * fast flow begins earlier, though never before a quarter is used.
 */
#define MARGIN_SECONDS	25

static uint64_t soft_volume(uint64_t hard, const struct sa_pair *pair, uint64_t rate)
{
	uint64_t limit = soft(hard, pair->initiator, pair->chance >> 16), least = hard / 4;

	if (rate > hard / MARGIN_SECONDS)
		return least;
	if (rate * MARGIN_SECONDS > hard - limit)
		limit = hard - rate * MARGIN_SECONDS;
	return limit > least ? limit : least;
}

/* Octets per second on the SA that carries this direction now; 0 without any. */
static uint64_t rate_now(const struct sa_pair *pair, bool in)
{
	const struct sa_pair *current = tunnel_current(pair->tunnel);
	struct kernel *kernel = pair->ike->kernel;
	struct cm_sa_info info;
	uint64_t rate;

	if (!current || kernel->sa_get(kernel, in ? &current->in : &current->out, &info, NULL) < 0)
		return 0;
	rate = info.bytes / (info.age_seconds ? info.age_seconds : 1);
	cm_sa_info_release(&info);
	return rate;
}

static void set_limits(struct cm_sa_limits *limits, const struct sa_pair *pair, bool in)
{
	limits->hard_seconds = pair->life_seconds > UINT32_MAX ? UINT32_MAX : pair->life_seconds;
	limits->soft_seconds = soft(limits->hard_seconds, pair->initiator, (uint16_t)pair->chance);
	if (pair->life_kilobytes > UINT64_MAX / 1024)
		return;
	limits->hard_bytes = pair->life_kilobytes * 1024;
	limits->soft_bytes = soft_volume(limits->hard_bytes, pair, rate_now(pair, in));
}

int pair_install(struct sa_pair *pair, enum cryptomap_direction direction,
		 const struct pair_terms *terms, uint32_t liveness_seconds,
		 const uint8_t *keymat, struct kerr *err)
{
	struct tunnel *tunnel = pair->tunnel;
	const struct map_entry *entry = tunnel_entry(tunnel);
	struct kernel *kernel = tunnel->ike->kernel;
	bool in = direction == CRYPTOMAP_DIRECTION_IN;
	struct cm_sa sa = {
		.id = in ? pair->in : pair->out,
		.src = in ? pair->peer : tunnel->local,
		.flow = tunnel->flow.id,
		.mode = terms->mode,
		.encr_alg = terms->set->encr,
		.auth_alg = terms->set->auth,
	};
	struct cm_sa_keys keys;
	int ret;

	pair->life_seconds = terms->life_seconds;
	pair->life_kilobytes = terms->life_kilobytes;
	set_limits(&sa.limits, pair, in);
	sa.limits.idle_seconds = config_idle_seconds(tunnel->ike->config, entry);
	if (in)
		sa.replay_window = config_replay_window(tunnel->ike->config, entry);
	else
		sa.limits.liveness_seconds = liveness_seconds;
	write_owner(&sa.owner, pair, in ? pair->out.spi : pair->in.spi);
	suite_split_keys(&keys, terms->set, keymat);
	ret = kernel->sa_add(kernel, &sa, &keys, NULL, err);
	cm_sa_keys_wipe(&keys);
	if (!ret)
		trace_sa(pair, direction, terms);
	return ret;
}

static void remove_half(struct kernel *kernel, const struct cm_sa_id *id)
{
	struct kerr err;
	int ret = kernel->sa_del(kernel, id, &err);

	if (ret < 0 && ret != -ENOENT)
		log_msg(LOG_ERR, "%s", err.text);
}

/* The outbound half first: nothing is sent that the peer could not answer. */
void pair_uninstall(struct sa_pair *pair)
{
	struct kernel *kernel = pair->ike->kernel;

	trace_pair_end(pair);
	remove_half(kernel, &pair->out);
	remove_half(kernel, &pair->in);
}
