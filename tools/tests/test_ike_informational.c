// SPDX-License-Identifier: GPL-2.0-or-later
/* Notifications and deletes: acted upon when they are authentic, and once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/informational.h"
#include "ipsecd/ike/sa.h"
#include "lib/log.h"

static void begin(struct world_pair *p, uint64_t seed)
{
	pair_begin(p, seed, WORLD_POLICY, WORLD_POLICY);
	assert_non_null(node_initiate(p->a, p->b));
	assert_true(world_until(p->w, pair_established, p, 1000));
}

static unsigned int pairs_of(const struct world_node *n)
{
	unsigned int i = 0;

	while (kernel_mock_sa(n->router->mock, i))
		i++;
	return i / 2;
}

static bool has_pairs(void *arg)
{
	struct world_pair *p = arg;

	return pairs_of(p->a) && pairs_of(p->b);
}

/* --- deletes */

static void test_delete_ike(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	assert_int_equal(ike_clear_sas(p.a->ike, 0, NULL), 1);
	assert_int_equal(node_established(p.a), 0);
	world_run(p.w, 100);
	assert_int_equal(node_established(p.b), 0);
	assert_true(world_logged("deleting SA reason \"deleted by the peer\" state (R) QM_IDLE (peer 192.0.2.1)"));
	/* INVSPI-11 */
	assert_int_equal(node_others(p.b), 1);
	world_run(p.w, IKE_DELETED_MS);
	assert_int_equal(node_others(p.b), 0);
	pair_end(&p);
}

static bool lose_two(void *arg, struct world_datagram *d)
{
	(void)d;
	return ++*(unsigned int *)arg > 2;
}

/* Nobody answers a delete: it is sent three times. */
static void test_lost_delete(void **state)
{
	unsigned int n = 0;
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	p.w->filter = lose_two;
	p.w->filter_arg = &n;
	ike_clear_sas(p.a->ike, 0, NULL);
	world_run(p.w, 3000);
	assert_int_equal(node_established(p.b), 1);
	world_run(p.w, 2000);
	assert_int_equal(node_established(p.b), 0);
	world_run(p.w, 100000);
	assert_int_equal(n, 3);
	pair_end(&p);
}

static void test_clear_by_id_and_peer(void **state)
{
	struct addr other;
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	addr_parse(&other, AF_INET, "192.0.2.77");
	assert_int_equal(ike_clear_sas(p.a->ike, 0, &other), 0);
	assert_int_equal(ike_clear_sas(p.a->ike, 1234, NULL), 0);
	assert_int_equal(node_established(p.a), 1);
	assert_int_equal(ike_clear_sas(p.a->ike, 1001, &p.b->addr), 1);
	assert_int_equal(ike_clear_sas(p.a->ike, 1001, &p.b->addr), 0);
	pair_end(&p);
}

/* The IPsec SAs stay, and so that they are watched there is a new IKE SA. */
static void test_delete_of_what_is_needed(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	node_acquire(p.a, 0);
	assert_true(world_until(p.w, has_pairs, &p, 1000));
	assert_int_equal(ike_clear_sas(p.a->ike, 0, NULL), 1);
	world_run(p.w, 5000);
	assert_int_equal(pairs_of(p.a), 1);
	assert_int_equal(pairs_of(p.b), 1);
	pair_expect_same_sa(&p);
	pair_end(&p);
}

/* --- what is not authentic */

/* A message of A, as B would get it. */
struct catcher {
	unsigned int exchange;
	size_t len;
	uint8_t data[2048];
	struct ike_path path;
};

static bool catch(void *arg, struct world_datagram *d)
{
	struct catcher *c = arg;

	if (d->data[18] == c->exchange && !c->len && d->len <= sizeof(c->data)) {
		c->len = d->len;
		c->path = d->path;
		memcpy(c->data, d->data, d->len);
		return false;
	}
	return true;
}

static void catch_delete(struct world_pair *p, struct catcher *c)
{
	*c = (struct catcher){ .exchange = ISAKMP_EXCHANGE_INFORMATIONAL };
	p->w->filter = catch;
	p->w->filter_arg = c;
	info_send_delete_ike(node_sa(p->a));
	assert_true(c->len);
	p->w->filter = NULL;
}

static void test_garbled_delete(void **state)
{
	struct catcher c;
	struct world_pair p;
	unsigned int bit;

	(void)state;
	begin(&p, 1);
	catch_delete(&p, &c);
	for (bit = 0; bit < c.len * 8; bit++) {
		/* The minor version and the other flags say nothing. */
		if (bit / 8 == 17 || (bit / 8 == 19 && bit % 8))
			continue;
		c.data[bit / 8] ^= 1U << bit % 8;
		world_inject(p.w, &c.path, c.data, c.len);
		c.data[bit / 8] ^= 1U << bit % 8;
		if (!node_established(p.b))
			fail_msg("bit %u", bit);
	}
	/* All of it, shorter by a block or more. */
	for (bit = 0; bit < c.len; bit++)
		world_inject(p.w, &c.path, c.data, bit);
	assert_int_equal(node_established(p.b), 1);
	assert_true(ike_counter(p.b->ike, IKE_COUNTER_BAD_HASH) > 0);
	world_inject(p.w, &c.path, c.data, c.len);
	assert_int_equal(node_established(p.b), 0);
	pair_end(&p);
}

/* From another address it is nothing. */
static void test_delete_from_elsewhere(void **state)
{
	struct catcher c;
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	catch_delete(&p, &c);
	c.path.local.bytes[3] = 77;
	world_inject(p.w, &c.path, c.data, c.len);
	assert_int_equal(node_established(p.b), 1);
	assert_int_equal(ike_counter(p.b->ike, IKE_COUNTER_UNKNOWN_COOKIE), 1);
	pair_end(&p);
}

static size_t clear_message(const struct ike_sa *sa, uint8_t *out, size_t size,
			    void (*put)(struct message_writer *w, const struct ike_sa *sa))
{
	struct message_header h = {
		.version = ISAKMP_VERSION, .exchange = ISAKMP_EXCHANGE_INFORMATIONAL, .id = 7,
	};
	struct message_writer w;
	struct buf buf;
	size_t len;

	memcpy(h.initiator_cookie, sa->cookies.initiator, 8);
	memcpy(h.responder_cookie, sa->cookies.responder, 8);
	buf_init(&buf, 2048);
	message_begin(&w, &buf, &h);
	put(&w, sa);
	message_end(&w, 1);
	assert_true(!buf.failed && buf.len <= size);
	len = buf.len;
	memcpy(out, buf.data, len);
	buf_release(&buf);
	return len;
}

static void put_delete(struct message_writer *w, const struct ike_sa *sa)
{
	const struct isakmp_delete d = {
		.protocol = ISAKMP_PROTO_ISAKMP, .spi_len = 16, .n = 1,
		.spis = (const uint8_t *)&sa->cookies,
	};

	isakmp_delete_put(w, &d);
}

static void put_refusal(struct message_writer *w, const struct ike_sa *sa)
{
	const struct isakmp_notification n = {
		.protocol = ISAKMP_PROTO_ISAKMP, .type = ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN,
	};

	(void)sa;
	isakmp_notify_put(w, &n);
}

static struct ike_path path_from(const struct world_node *from, const struct world_node *to)
{
	return (struct ike_path){
		.local = from->addr, .remote = to->addr, .local_port = 500, .remote_port = 500,
	};
}

static void test_in_clear(void **state)
{
	uint8_t data[256];
	struct ike_path path;
	struct world_pair p;
	size_t len;

	(void)state;
	begin(&p, 1);
	path = path_from(p.a, p.b);
	len = clear_message(node_sa(p.a), data, sizeof(data), put_delete);
	world_inject(p.w, &path, data, len);
	len = clear_message(node_sa(p.a), data, sizeof(data), put_refusal);
	world_inject(p.w, &path, data, len);
	assert_int_equal(node_established(p.b), 1);
	assert_int_equal(ike_counter(p.b->ike, IKE_COUNTER_CLEAR), 2);
	pair_end(&p);
}

/* A refusal that nobody has signed: a true answer still counts, and without one the wait is shorter. */
static void refuse_in_clear(uint8_t cookie)
{
	struct ike_path path;
	struct world_pair p;
	struct ike_sa *sa;
	uint8_t data[256];
	size_t len;
	unsigned int i;

	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY);
	path = path_from(p.b, p.a);
	sa = node_initiate(p.a, p.b);
	len = clear_message(sa, data, sizeof(data), put_refusal);
	for (i = 0; i < 100; i++) {
		/* Before the responder has a cookie, and with one that it has not made. */
		memset(data + 8, i % 2, 8);
		world_inject(p.w, &path, data, len);
	}
	assert_true(world_until(p.w, pair_established, &p, 1000));
	ike_clear_sas(p.a->ike, 0, NULL);
	/* With all repetitions of the delete. */
	world_run(p.w, 10000);

	p.b->deaf = true;
	i = p.w->sent;
	sa = node_initiate(p.a, p.b);
	memcpy(data, sa->cookies.initiator, 8);
	memset(data + 8, cookie, 8);
	world_inject(p.w, &path, data, len);
	world_run(p.w, 60000);
	assert_int_equal(p.w->sent - i, 1 + EXCHANGE_REFUSED_TRIES);
	assert_true(world_logged("the peer refuses"));
	assert_true(world_logged("has refused"));
	pair_end(&p);
}

/* libreswan refuses before it has a cookie for what it refuses. */
static void test_refusal_in_clear(void **state)
{
	(void)state;
	refuse_in_clear(1);
	refuse_in_clear(0);
}

/* --- repetitions */

static void test_replayed_notification(void **state)
{
	const struct isakmp_notification n = {
		.protocol = ISAKMP_PROTO_ISAKMP, .type = ISAKMP_NOTIFY_INITIAL_CONTACT,
	};
	struct catcher c = { .exchange = ISAKMP_EXCHANGE_INFORMATIONAL };
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	p.w->filter = catch;
	p.w->filter_arg = &c;
	info_send_notify(node_sa(p.a), &n, NULL);
	p.w->filter = NULL;
	world_inject(p.w, &c.path, c.data, c.len);
	node_acquire(p.a, 0);
	assert_true(world_until(p.w, has_pairs, &p, 1000));
	world_inject(p.w, &c.path, c.data, c.len);
	assert_int_equal(ike_counter(p.b->ike, IKE_COUNTER_DUPLICATE), 1);
	for (unsigned int i = 0; i < 100; i++)
		info_send_invalid_spi(node_sa(p.a), ISAKMP_PROTO_ESP, 0xf0000000 + i);
	world_run(p.w, 100);
	world_inject(p.w, &c.path, c.data, c.len);
	assert_int_equal(ike_counter(p.b->ike, IKE_COUNTER_DUPLICATE), 2);
	assert_int_equal(pairs_of(p.b), 1);
	pair_end(&p);
}

/* A quick mode that was over long ago is not begun again by its first message. */
static void test_replayed_quick(void **state)
{
	struct catcher c = { .exchange = ISAKMP_EXCHANGE_QUICK };
	struct world_pair p;
	struct ike_path back;
	unsigned int sent;

	(void)state;
	begin(&p, 1);
	p.w->filter = catch;
	p.w->filter_arg = &c;
	node_acquire(p.a, 0);
	p.w->filter = NULL;
	world_inject(p.w, &c.path, c.data, c.len);
	assert_true(world_until(p.w, has_pairs, &p, 1000));
	world_run(p.w, 2 * EXCHANGE_LINGER_MS);
	sent = p.w->sent;
	world_inject(p.w, &c.path, c.data, c.len);
	back = path_from(p.b, p.a);
	world_inject(p.w, &back, c.data, c.len);
	world_run(p.w, 60000);
	assert_int_equal(p.w->sent, sent);
	assert_int_equal(ike_counter(p.a->ike, IKE_COUNTER_DUPLICATE), 1);
	assert_int_equal(ike_counter(p.b->ike, IKE_COUNTER_DUPLICATE), 1);
	assert_int_equal(node_established(p.b), 1);
	assert_int_equal(pairs_of(p.b), 1);
	pair_end(&p);
}

/* One that came to nothing is begun anew by a peer that still repeats itself. */
static void test_patient_peer(void **state)
{
	struct catcher c = { .exchange = ISAKMP_EXCHANGE_QUICK };
	struct world_pair p;
	unsigned int sent;

	(void)state;
	begin(&p, 1);
	p.w->filter = catch;
	p.w->filter_arg = &c;
	node_acquire(p.a, 0);
	p.w->filter = NULL;
	p.a->deaf = true;
	world_inject(p.w, &c.path, c.data, c.len);
	world_run(p.w, 40000);
	sent = p.w->sent;
	world_inject(p.w, &c.path, c.data, c.len);
	assert_int_equal(p.w->sent, sent + 1);
	assert_int_equal(ike_counter(p.b->ike, IKE_COUNTER_DUPLICATE), 0);
	pair_end(&p);
}

static const struct exchange_ops no_ops = { .name = "test" };

/* What is over is kept to answer repetitions, but not without end. */
static void test_lingering(void **state)
{
	struct exchange *x, *first = NULL;
	struct world_pair p;
	unsigned int n = 0;
	struct ike_sa *sa;

	(void)state;
	begin(&p, 1);
	sa = node_sa(p.a);
	for (unsigned int i = 0; i < EXCHANGE_LINGER_MAX + 10; i++) {
		x = exchange_new(sa, &no_ops, ISAKMP_EXCHANGE_QUICK, exchange_new_id(sa), false, NULL);
		assert_non_null(x);
		exchange_done(x);
		if (i == 10)
			first = x;
	}
	TAILQ_FOREACH(x, &sa->exchanges, link)
		n++;
	assert_int_equal(n, EXCHANGE_LINGER_MAX);
	assert_ptr_equal(TAILQ_FIRST(&sa->exchanges), first);
	world_run(p.w, EXCHANGE_LINGER_MS);
	assert_true(TAILQ_EMPTY(&sa->exchanges));
	pair_end(&p);
}

/* Late, when SAs are made under the IKE SA already. */
static void test_late_initial_contact(void **state)
{
	const struct isakmp_notification n = {
		.protocol = ISAKMP_PROTO_ISAKMP, .type = ISAKMP_NOTIFY_INITIAL_CONTACT,
	};
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	node_acquire(p.a, 0);
	assert_true(world_until(p.w, has_pairs, &p, 1000));
	info_send_notify(node_sa(p.a), &n, NULL);
	world_run(p.w, 100);
	assert_int_equal(pairs_of(p.b), 1);
	pair_end(&p);
}

/* --- INITIAL-CONTACT in phase 1 */

/* The peer was replaced by one without SAs: what was there goes. */
static void test_peer_is_new(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	node_acquire(p.a, 0);
	assert_true(world_until(p.w, has_pairs, &p, 1000));
	world_run(p.w, 60000);

	p.a->deaf = true;
	p.a->router->d.kernel->sa_flush(p.a->router->d.kernel, NULL, NULL, NULL);
	world_run(p.w, 100);
	node_restart(p.a);
	p.a->deaf = false;
	node_acquire(p.a, 0);
	assert_true(world_until(p.w, has_pairs, &p, 2000));
	world_run(p.w, 1000);
	pair_expect_same_sa(&p);
	assert_true(world_logged("deleting SA reason \"the peer has begun anew\""));
	assert_int_equal(pairs_of(p.a), 1);
	assert_int_equal(pairs_of(p.b), 1);
	pair_end(&p);
}

/* A daemon that was restarted has its SAs still, and must not say it has none. */
static void test_daemon_is_new(void **state)
{
	struct cm_sa_id before;
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	node_acquire(p.a, 0);
	assert_true(world_until(p.w, has_pairs, &p, 1000));
	world_run(p.w, 60000);
	before = kernel_mock_sa(p.b->router->mock, 0)->sa.id;
	node_restart(p.a);
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 10000);
	assert_int_equal(pairs_of(p.a), 1);
	assert_int_equal(pairs_of(p.b), 1);
	assert_int_equal(kernel_mock_sa(p.b->router->mock, 0)->sa.id.spi, before.spi);
	assert_int_equal(node_established(p.a), 1);
	assert_int_equal(node_established(p.b), 1);
	pair_end(&p);
}

static void tally_says(void *arg, const struct timespec *when, int severity, const char *text)
{
	unsigned int *n = arg;

	(void)when;
	(void)severity;
	*n += strstr(text, "peer 192.0.2.1 says INVALID_SPI") != NULL;
}

/* A peer that complains all the time fills no log. */
static void test_repeated_complaint(void **state)
{
	struct world_pair p;
	unsigned int n = 0;

	(void)state;
	begin(&p, 1);
	for (unsigned int i = 0; i < 100; i++) {
		info_send_invalid_spi(node_sa(p.a), ISAKMP_PROTO_ESP, 0xf0000000 + i);
		world_run(p.w, 10);
		assert_true(world_logged("peer 192.0.2.1 says INVALID_SPI"));
	}
	log_each(tally_says, &n);
	assert_int_equal(n, 1);
	world_run(p.w, 20000);
	assert_true(world_logged("peer 192.0.2.1 says INVALID_SPI (99 more like it in 10 s)"));
	info_send_invalid_spi(node_sa(p.a), ISAKMP_PROTO_ESP, 0xf0000000);
	world_run(p.w, 100);
	n = 0;
	log_each(tally_says, &n);
	assert_int_equal(n, 3);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delete_ike),
		cmocka_unit_test(test_lost_delete),
		cmocka_unit_test(test_clear_by_id_and_peer),
		cmocka_unit_test(test_delete_of_what_is_needed),
		cmocka_unit_test(test_garbled_delete),
		cmocka_unit_test(test_delete_from_elsewhere),
		cmocka_unit_test(test_in_clear),
		cmocka_unit_test(test_refusal_in_clear),
		cmocka_unit_test(test_replayed_notification),
		cmocka_unit_test(test_replayed_quick),
		cmocka_unit_test(test_patient_peer),
		cmocka_unit_test(test_lingering),
		cmocka_unit_test(test_late_initial_contact),
		cmocka_unit_test(test_peer_is_new),
		cmocka_unit_test(test_daemon_is_new),
		cmocka_unit_test(test_repeated_complaint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
