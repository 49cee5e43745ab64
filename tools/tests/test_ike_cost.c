// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a negotiation costs: memory that its SAs keep, and the operations that
 * are dear. What that is beside another daemon tells `make bench`.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <stdio.h>
#include <openssl/evp.h>

#include "ike_world.h"
#include "ipsecd/debug.h"
#include "ipsecd/ike/exchange.h"

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#define allocated()	__sanitizer_get_current_allocated_bytes()
#else
#include <malloc.h>
#define allocated()	mallinfo2().uordblks
#endif

#define SPOKES		(WORLD_NODES_MAX - 1)
/*
 * Octets of the heap for an IKE SA and a pair of IPsec SAs, with what the mock of
 * the kernel keeps: while finished exchanges still answer repetitions, and after.
 */
#define MEMORY_FRESH_MAX	8192
#define MEMORY_MAX		5120

/* --- operations of Diffie-Hellman, counted on their way to OpenSSL */

static unsigned int n_generated, n_derived;

int EVP_PKEY_generate(EVP_PKEY_CTX *ctx, EVP_PKEY **key)
{
	int (*real)(EVP_PKEY_CTX *ctx, EVP_PKEY **key);

	*(void **)&real = dlsym(RTLD_NEXT, "EVP_PKEY_generate");
	n_generated++;
	return real(ctx, key);
}

int EVP_PKEY_derive(EVP_PKEY_CTX *ctx, unsigned char *secret, size_t *len)
{
	int (*real)(EVP_PKEY_CTX *ctx, unsigned char *secret, size_t *len);

	*(void **)&real = dlsym(RTLD_NEXT, "EVP_PKEY_derive");
	n_derived++;
	return real(ctx, secret, len);
}

static void negotiate(struct world_pair *p)
{
	n_generated = 0;
	n_derived = 0;
	node_acquire(p->a, 0);
	world_run(p->w, 2000);
	assert_int_equal(router_sas(p->a->router), 2);
	assert_int_equal(router_sas(p->b->router), 2);
}

/* Each side makes one key and one secret in phase 1, and no other in quick mode. */
static void test_operations(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY);
	negotiate(&p);
	assert_int_equal(n_generated, 2);
	assert_int_equal(n_derived, 2);
	pair_end(&p);
}

/* PFS is one more of each. */
static void test_operations_pfs(void **state)
{
	static const char lines[] = "crypto map M 10 ipsec-isakmp\n set pfs group19\n";
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY);
	node_configure(p.a, lines);
	node_configure(p.b, lines);
	negotiate(&p);
	assert_int_equal(n_generated, 4);
	assert_int_equal(n_derived, 4);
	pair_end(&p);
}

static bool only_openings(void *arg, struct world_datagram *d)
{
	const struct world_pair *p = arg;

	return addr_equal(&d->path.local, &p->a->addr);
}

/* Openings of somebody who does not hear the answers: nothing of the kind. */
static void test_operations_opening(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY);
	p.w->filter = only_openings;
	p.w->filter_arg = &p;
	n_generated = 0;
	n_derived = 0;
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 60000);
	assert_in_range(p.w->sent, 2, UINT32_MAX);
	assert_int_equal(n_generated, 0);
	assert_int_equal(n_derived, 0);
	pair_end(&p);
}

/* --- memory */

static struct world_node *add_spoke(struct world *w, struct world_node *hub, unsigned int n)
{
	struct world_node *spoke;
	char text[64];

	snprintf(text, sizeof(text), "192.0.2.%u", 100 + n);
	spoke = world_add(w, "S", text);
	node_configure(spoke, WORLD_POLICY "crypto isakmp key secret address 192.0.2.1\n");
	node_tunnel(spoke, hub, 10, n, 0);
	snprintf(text, sizeof(text), "crypto isakmp key secret address 192.0.2.%u\n", 100 + n);
	node_configure(hub, text);
	node_tunnel(hub, spoke, 10 + n, 0, n);
	return spoke;
}

/* Octets for each end of each tunnel. */
static size_t per_end(size_t before)
{
	return (allocated() - before) / (2 * (SPOKES - 1));
}

static void test_memory(void **state)
{
	struct world *w = world_new(1);
	struct world_node *hub = world_add(w, "H", "192.0.2.1");
	size_t before;
	unsigned int i;

	(void)state;
	debug_set(DEBUG_ALL, false);
	node_configure(hub, WORLD_POLICY);
	for (i = 1; i <= SPOKES; i++)
		add_spoke(w, hub, i);
	/* What is there once for all of them. */
	node_acquire(hub, 0);
	world_run(w, EXCHANGE_LINGER_MS + 1000);
	before = allocated();
	for (i = 1; i < SPOKES; i++)
		node_acquire(hub, i);
	world_run(w, 2000);
	assert_int_equal(node_established(hub), SPOKES);
	assert_int_equal(router_sas(hub->router), 2 * SPOKES);
	assert_in_range(per_end(before), 1024, MEMORY_FRESH_MAX);
	world_run(w, EXCHANGE_LINGER_MS + 1000);
	assert_in_range(per_end(before), 1024, MEMORY_MAX);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_operations_pfs),
		cmocka_unit_test(test_operations_opening),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
