// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole exchanges: two engines negotiate, and at some point one of them gets a
 * message that nobody sent: as anybody could send it who sees theirs, or as the
 * peer itself could, under the keys of both.
 *
 * Nobody without keys ends what is established, or keeps both from a new
 * negotiation.
 */
#include <string.h>
#include <syslog.h>

#include "fuzz.h"
#include "ipsecd/debug.h"
#include "ipsecd/ike/sa.h"
#include "lib/log.h"
#include "tests/ike_world.h"

/* After so many datagrams; of main mode there are 6, then quick mode. */
#define MOMENTS		10
#define HEAD		6

enum how {
	RAW,		/* the input is the datagram */
	COOKIES,	/* the same with the cookies of the IKE SA */
	CLEAR,		/* the input is payloads */
	ENCRYPTED,	/* the same under the keys */
	HASHED,		/* and behind a HASH(1) that is right */
	HOWS,
};

static const uint8_t exchanges[] = {
	ISAKMP_EXCHANGE_MAIN, ISAKMP_EXCHANGE_AGGRESSIVE, ISAKMP_EXCHANGE_INFORMATIONAL,
	ISAKMP_EXCHANGE_QUICK,
};

/* Everything is logged, up to here. */
void syslog(int priority, const char *fmt, ...)
{
	(void)priority;
	(void)fmt;
}

static struct world_pair main_pair, aggressive_pair;

/* Unlike pair_begin() it is there once for all inputs. */
static void begin(struct world_pair *p, const char *lines)
{
	if (p->w)
		return;
	pair_begin(p, 1, WORLD_POLICY, WORLD_POLICY);
	log_set_level(LOG_DEBUG);
	debug_set(DEBUG_ALL, true);
	node_configure(p->a, lines);
	node_configure(p->b, lines);
}

static void reset(struct world_pair *p)
{
	struct world_node *nodes[] = { p->a, p->b };

	for (unsigned int i = 0; i < 2; i++) {
		struct kernel *k = nodes[i]->router->d.kernel;

		k->sa_flush(k, NULL, NULL, NULL);
		while (k->events_read(k, NULL) > 0)
			;
		kernel_mock_log_clear(nodes[i]->router->mock);
		node_restart(nodes[i]);
	}
	p->w->filter = NULL;
	/* What is on its way belongs to engines that are gone. */
	world_run(p->w, 1000);
	p->w->sent = 0;
}

static bool up_to(void *arg, struct world_datagram *d)
{
	return d->nth <= *(const unsigned int *)arg;
}

static void first(void *arg, const struct ike_sa *sa)
{
	const struct ike_sa **found = arg;

	if (!*found && sa->state != IKE_DELETED)
		*found = sa;
}

/* A message for @target, by somebody who knows @keys of its IKE SA. */
struct forgery {
	const struct ike_sa *sa;
	enum how how;
	struct message_header header;
	struct buf buf;
};

static void put_payloads(struct forgery *f, uint8_t type, const uint8_t *data, size_t size)
{
	uint8_t hash[IKE_HASH_MAX];

	buf_put_zeros(&f->buf, ISAKMP_HEADER_LEN);
	if (f->how == HASHED &&
	    !ike_hash1(&f->sa->keys, f->header.id, (struct ike_part){ data, size }, hash)) {
		buf_put_u8(&f->buf, type);
		buf_put_u8(&f->buf, 0);
		buf_put_u16(&f->buf, f->sa->keys.len + 4);
		buf_put_bytes(&f->buf, hash, f->sa->keys.len);
		type = ISAKMP_PAYLOAD_HASH;
	}
	buf_put_bytes(&f->buf, data, size);
	if (f->how >= ENCRYPTED)
		while ((f->buf.len - ISAKMP_HEADER_LEN) % 16)
			buf_put_u8(&f->buf, 0);
	buf_set_u8(&f->buf, 16, type);
}

static void put_header(struct forgery *f)
{
	uint8_t type = f->buf.data[16];
	struct message_writer w;
	struct buf header;

	f->header.next_payload = type;
	buf_init(&header, ISAKMP_HEADER_LEN);
	message_begin(&w, &header, &f->header);
	memcpy(f->buf.data, header.data, ISAKMP_HEADER_LEN);
	buf_release(&header);
	buf_set_u8(&f->buf, 16, type);
	buf_set_u8(&f->buf, 19, f->how >= ENCRYPTED ? ISAKMP_FLAG_ENCRYPTED : 0);
	buf_set_u32(&f->buf, 24, (uint32_t)f->buf.len);
}

static void encrypt(struct forgery *f)
{
	struct ike_iv iv = f->header.id || !f->sa->phase1 ? f->sa->iv : f->sa->phase1->iv;

	if (f->header.id)
		ike_iv_exchange(&iv, &f->sa->keys, &f->sa->iv, f->header.id);
	ike_encrypt(&f->sa->keys, &iv, f->buf.data + ISAKMP_HEADER_LEN,
		    f->buf.len - ISAKMP_HEADER_LEN);
}

static void forge(struct forgery *f, const uint8_t *head, const uint8_t *data, size_t size)
{
	buf_init(&f->buf, ISAKMP_MESSAGE_MAX);
	if (f->how == RAW || !f->sa || (f->how >= ENCRYPTED && !f->sa->keys.len)) {
		f->how = RAW;
		buf_put_bytes(&f->buf, data, size);
		return;
	}
	memcpy(f->header.initiator_cookie, f->sa->cookies.initiator, ISAKMP_COOKIE_LEN);
	memcpy(f->header.responder_cookie, f->sa->cookies.responder, ISAKMP_COOKIE_LEN);
	if (f->how == COOKIES) {
		buf_put_bytes(&f->buf, data, size);
		if (size >= 2 * ISAKMP_COOKIE_LEN)
			memcpy(f->buf.data, &f->sa->cookies, sizeof(f->sa->cookies));
		return;
	}
	f->header.version = ISAKMP_VERSION;
	f->header.exchange = exchanges[head[4] % sizeof(exchanges)];
	f->header.id = f->header.exchange <= ISAKMP_EXCHANGE_AGGRESSIVE ? 0 : 1 + head[5];
	put_payloads(f, head[3], data, size);
	put_header(f);
	if (f->how >= ENCRYPTED)
		encrypt(f);
}

static void expect_recovery(struct world_pair *p)
{
	for (unsigned int i = 0; i < 3 && !pair_established(p); i++) {
		node_initiate(p->a, p->b);
		world_until(p->w, pair_established, p, 60000);
	}
	FUZZ_CHECK(pair_established(p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct forgery f = { .sa = NULL };
	struct world_node *target, *other;
	unsigned int moment;
	struct world_pair *p;
	struct ike_path path;
	bool was;

	if (size < HEAD)
		return 0;
	begin(&main_pair, "");
	begin(&aggressive_pair, "crypto isakmp peer address 192.0.2.0 255.255.255.0\n"
	      " set aggressive-mode client-endpoint fqdn x.example.org\n");
	p = data[0] & 1 ? &aggressive_pair : &main_pair;
	target = data[0] & 2 ? p->a : p->b;
	other = data[0] & 2 ? p->b : p->a;
	moment = data[1] % MOMENTS;
	f.how = data[2] % HOWS;
	reset(p);

	p->w->filter = up_to;
	p->w->filter_arg = &moment;
	node_acquire(p->a, 0);
	world_run(p->w, 200);
	was = pair_established(p);
	ike_sa_each(target->ike, first, &f.sa);
	forge(&f, data, data + HEAD, size - HEAD);
	path = (struct ike_path){
		.local = other->addr, .remote = target->addr,
		.local_port = ISAKMP_PORT, .remote_port = ISAKMP_PORT,
	};
	world_inject(p->w, &path, f.buf.data, f.buf.len);
	if (was && f.how < ENCRYPTED)
		FUZZ_CHECK(pair_established(p));
	buf_release(&f.buf);
	p->w->filter = NULL;
	world_run(p->w, 5000);
	expect_recovery(p);
	return 0;
}
