// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory runs out while a peer is served. Each allocation of a negotiation
 * fails once, in a world of its own: nothing is half-applied, what was there
 * stays, and the next try does it. The linker puts the functions here in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/dynamic.h"
#include "ipsecd/ike/pair.h"

#define HUB								\
	WORLD_POLICY							\
	"crypto isakmp key secret address 0.0.0.0 0.0.0.0\n"		\
	"ip access-list extended SITES\n"				\
	" deny ip any host 10.7.7.7\n"					\
	" permit ip 10.9.0.0 0.0.255.255 any\n"				\
	"crypto dynamic-map D 10\n"					\
	" set transform-set T\n"					\
	" match address SITES\n"					\
	"crypto dynamic-map D 20\n"					\
	" set transform-set T\n"					\
	"crypto map M 100 ipsec-isakmp dynamic D\n"			\
	"interface eth0\n"						\
	" crypto map M\n"

/* Rules of SITES that drop: the flow of its permit. */
#define HUB_FLOWS	1

/* --- memory */

static struct {
	const struct ike *victim;
	unsigned int depth;	/* within the victim, and not within the mock */
	unsigned int exempt;
	unsigned int n;
	unsigned int fail;	/* which one, from 1 on; 0 for none */
	bool lasting;		/* and all after it, until the victim returns */
	bool failed;
} memory;

static bool refused(void)
{
	if (!memory.depth || memory.exempt || ++memory.n < memory.fail || !memory.fail)
		return false;
	if (memory.n > memory.fail && !(memory.lasting && memory.failed))
		return false;
	memory.failed = true;
	return true;
}

static void enter(const struct ike *ike)
{
	memory.depth += ike == memory.victim;
}

static void leave(const struct ike *ike)
{
	memory.depth -= ike == memory.victim;
	if (!memory.depth && memory.failed)
		memory.fail = 0;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
void *__real_mock_more(void *list, size_t n, size_t each);
void *__wrap_mock_more(void *list, size_t n, size_t each);
void __real_ike_receive(struct ike *ike, const struct ike_path *path, const void *data, size_t len);
void __wrap_ike_receive(struct ike *ike, const struct ike_path *path, const void *data, size_t len);
void __real_ike_acquire(struct ike *ike, const struct cm_event *ev);
void __wrap_ike_acquire(struct ike *ike, const struct cm_event *ev);
int __real_policy_sweep_negotiated(struct policy *policy, const struct config *config,
				   struct kernel *kernel, struct kerr *err);
int __wrap_policy_sweep_negotiated(struct policy *policy, const struct config *config,
				   struct kernel *kernel, struct kerr *err);

void *__wrap_malloc(size_t size)
{
	return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return refused() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return refused() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *text)
{
	return refused() ? NULL : __real_strdup(text);
}

void *__wrap_mock_more(void *list, size_t n, size_t each)
{
	memory.exempt++;
	list = __real_mock_more(list, n, each);
	memory.exempt--;
	return list;
}

void __wrap_ike_receive(struct ike *ike, const struct ike_path *path, const void *data, size_t len)
{
	enter(ike);
	__real_ike_receive(ike, path, data, len);
	leave(ike);
}

void __wrap_ike_acquire(struct ike *ike, const struct cm_event *ev)
{
	enter(ike);
	__real_ike_acquire(ike, ev);
	leave(ike);
}

int __wrap_policy_sweep_negotiated(struct policy *policy, const struct config *config,
				   struct kernel *kernel, struct kerr *err)
{
	int ret;

	enter(memory.victim);
	ret = __real_policy_sweep_negotiated(policy, config, kernel, err);
	leave(memory.victim);
	return ret;
}

/* --- the world */

struct star {
	struct world *w;
	struct world_node *hub, *spokes[2];
};

static struct world_node *add_spoke(struct star *s, const char *name, const char *address,
				    unsigned int net)
{
	struct world_node *spoke = world_add(s->w, name, address);

	node_configure(spoke, WORLD_POLICY "crypto isakmp key secret address 192.0.2.1\n");
	node_tunnel(spoke, s->hub, 10, net, 9);
	kernel_mock_set_next_spi(spoke->router->mock, net << 28);
	return spoke;
}

static void begin(struct star *s)
{
	memset(&memory, 0, sizeof(memory));
	s->w = world_new(3);
	s->hub = world_add(s->w, "H", "192.0.2.1");
	node_configure(s->hub, HUB);
	s->spokes[0] = add_spoke(s, "S1", "192.0.2.11", 1);
	s->spokes[1] = add_spoke(s, "S2", "192.0.2.12", 2);
}

static const struct sa_pair *pair_of(struct world_node *n, const struct addr *peer)
{
	struct tunnel *t, *next;
	const struct sa_pair *pair;

	HASH_ITER(hh, n->ike->tunnels, t, next) {
		pair = tunnel_current(t);
		if (pair && addr_equal(&pair->peer, peer))
			return pair;
	}
	return NULL;
}

struct leg {
	struct world_node *hub, *spoke;
};

/* Each side's current outbound SA is the other side's current inbound one. */
static bool is_up(void *arg)
{
	const struct leg *l = arg;
	const struct sa_pair *h = pair_of(l->hub, &l->spoke->addr);
	const struct sa_pair *s = pair_of(l->spoke, &l->hub->addr);

	return h && s && h->in.spi == s->out.spi && h->out.spi == s->in.spi;
}

/* As long as traffic wants it. */
static bool comes_up(struct star *s, unsigned int i)
{
	struct leg l = { s->hub, s->spokes[i] };

	for (unsigned int try = 0; try < 12; try++) {
		node_acquire(s->spokes[i], 0);
		if (world_until(s->w, is_up, &l, 10000))
			return true;
	}
	return false;
}

/* Returns whether there was an allocation of this number to fail. */
static bool survives(struct star *s, const struct ike *victim, unsigned int nth, bool lasting)
{
	const struct addr all = { .family = AF_UNSPEC };

	assert_true(comes_up(s, 0));
	memory.victim = victim;
	memory.fail = nth;
	memory.lasting = lasting;
	assert_true(comes_up(s, 1));
	assert_true(is_up(&(struct leg){ s->hub, s->spokes[0] }));
	assert_int_equal(router_flows(s->hub->router), HUB_FLOWS + 2);
	/* It goes again, and nothing is left of it. */
	ike_clear_sessions(s->spokes[1]->ike, &all, &all);
	world_run(s->w, 200000);
	assert_true(is_up(&(struct leg){ s->hub, s->spokes[0] }));
	assert_int_equal(router_flows(s->hub->router), HUB_FLOWS + 1);
	assert_int_equal(router_sas(s->hub->router), 2);
	assert_int_equal(router_sas(s->spokes[1]->router), 0);
	return memory.failed;
}

static void exhaust(bool hub, bool lasting)
{
	unsigned int nth = 0;
	struct star s;
	bool failed;

	do {
		begin(&s);
		failed = survives(&s, hub ? s.hub->ike : s.spokes[1]->ike, ++nth, lasting);
		memory.victim = NULL;
		world_free(s.w);
	} while (failed);
	print_message("%u allocations\n", nth - 1);
	/* Else nothing was tried. */
	assert_in_range(nth, 50, 2000);
}

static void test_responder(void **state)
{
	(void)state;
	exhaust(true, false);
}

static void test_responder_lasting(void **state)
{
	(void)state;
	exhaust(true, true);
}

static void test_initiator(void **state)
{
	(void)state;
	exhaust(false, false);
}

static void test_initiator_lasting(void **state)
{
	(void)state;
	exhaust(false, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_responder),
		cmocka_unit_test(test_responder_lasting),
		cmocka_unit_test(test_initiator),
		cmocka_unit_test(test_initiator_lasting),
	};

	return cmocka_run_group_tests_name("ike_nomem", tests, NULL, NULL);
}
