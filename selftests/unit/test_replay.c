// SPDX-License-Identifier: GPL-2.0
/*
 * The anti-replay window: an edge table for every size, extended sequence
 * numbers, and long random runs beside a model that keeps every number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/kernel.h>

#include "../../kmod/replay.h"

#define HALF_SPACE	0x100000000ULL

static const u32 sizes[] = {
	64, 128, 192, 256, 320, 512, 576, 1024, 1088, 2048, 4032, 4096,
};

/* Repeatable: a failing run is the same one the next time. */
static u64 random_state;

static u64 random64(void)
{
	u64 z = random_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static u32 random_below(u32 limit)
{
	return random64() % limit;
}

/* The exact size is allocated: ASan sees an access behind the last block. */
static struct cm_replay *window_new(u32 window, bool esn)
{
	struct cm_replay *r = malloc(cm_replay_size(window));

	assert_non_null(r);
	memset(r, 0xa5, cm_replay_size(window));
	cm_replay_init(r, window, esn);
	return r;
}

/* Receive a number: check and advance agree, and a refusal changes nothing. */
static enum cm_replay_verdict receive(struct cm_replay *r, u64 seq)
{
	size_t size = cm_replay_size(r->window);
	enum cm_replay_verdict before;
	enum cm_replay_verdict verdict;
	struct cm_replay *copy;

	copy = malloc(size);
	assert_non_null(copy);
	memcpy(copy, r, size);
	before = cm_replay_check(r, seq);
	assert_memory_equal(copy, r, size);
	verdict = cm_replay_advance(r, seq);
	assert_int_equal(before, verdict);
	if (verdict != CM_REPLAY_OK)
		assert_memory_equal(copy, r, size);
	free(copy);
	return verdict;
}

static void test_sizes(void **state)
{
	u32 window;

	(void)state;
	for (window = 0; window <= 2 * CM_REPLAY_WINDOW_MAX; window++)
		assert_int_equal(cm_replay_window_valid(window),
				 window % 64 == 0 && window <= 4096);
	assert_false(cm_replay_window_valid(UINT32_MAX - 63));
	assert_int_equal(cm_replay_size(0), 24);
	assert_int_equal(cm_replay_size(64), 40);
	assert_int_equal(cm_replay_size(1024), 160);
	assert_int_equal(cm_replay_size(4096), 544);
}

/* One line of an edge table; numbers in terms of the window size N. */
struct step {
	s64				times_n;
	s64				plus;
	enum cm_replay_verdict		verdict;
};

/*
 * Starts from an empty window. Written for X = 10 N + 7 as the base, which is
 * in the middle of a block for every N.
 */
static const struct step edges[] = {
	{ 0,	0,	CM_REPLAY_ZERO },
	{ 0,	1,	CM_REPLAY_OK },
	{ 0,	1,	CM_REPLAY_DUPLICATE },
	{ 0,	0,	CM_REPLAY_ZERO },
	{ 0,	3,	CM_REPLAY_OK },
	{ 0,	2,	CM_REPLAY_OK },
	{ 0,	2,	CM_REPLAY_DUPLICATE },
	{ 0,	3,	CM_REPLAY_DUPLICATE },
	/* X = N: number 1 is the left edge, still inside. */
	{ 1,	0,	CM_REPLAY_OK },
	{ 0,	1,	CM_REPLAY_DUPLICATE },
	{ 0,	4,	CM_REPLAY_OK },
	/* X = N + 1: 1 is X - N, out. */
	{ 1,	1,	CM_REPLAY_OK },
	{ 0,	1,	CM_REPLAY_OLD },
	{ 0,	2,	CM_REPLAY_DUPLICATE },
	{ 0,	5,	CM_REPLAY_OK },
	/* A jump by exactly N: the old X is X - N, out; X - N + 1 is in. */
	{ 2,	1,	CM_REPLAY_OK },
	{ 1,	1,	CM_REPLAY_OLD },
	{ 1,	2,	CM_REPLAY_OK },
	{ 1,	2,	CM_REPLAY_DUPLICATE },
	{ 2,	0,	CM_REPLAY_OK },
	{ 2,	0,	CM_REPLAY_DUPLICATE },
	/* A jump by N - 1: the old X is the left edge. */
	{ 3,	0,	CM_REPLAY_OK },
	{ 2,	1,	CM_REPLAY_DUPLICATE },
	{ 2,	0,	CM_REPLAY_OLD },
	/* Far beyond the window: nothing of before is left in the ring. */
	{ 10,	7,	CM_REPLAY_OK },
	{ 10,	7,	CM_REPLAY_DUPLICATE },
	{ 9,	7,	CM_REPLAY_OLD },
	{ 9,	6,	CM_REPLAY_OLD },
	{ 0,	1,	CM_REPLAY_OLD },
	{ 9,	8,	CM_REPLAY_OK },
	{ 9,	8,	CM_REPLAY_DUPLICATE },
	{ 9,	9,	CM_REPLAY_OK },
	{ 10,	6,	CM_REPLAY_OK },
	{ 10,	5,	CM_REPLAY_OK },
	{ 10,	6,	CM_REPLAY_DUPLICATE },
	/* Over a block's edge and back. */
	{ 10,	63,	CM_REPLAY_OK },
	{ 10,	64,	CM_REPLAY_OK },
	{ 10,	63,	CM_REPLAY_DUPLICATE },
	{ 10,	64,	CM_REPLAY_DUPLICATE },
	{ 10,	65,	CM_REPLAY_OK },
	{ 9,	66,	CM_REPLAY_OK },
	{ 9,	65,	CM_REPLAY_OLD },
	{ 0,	0,	CM_REPLAY_ZERO },
};

static void test_edges(void **state)
{
	struct cm_replay *r;
	size_t i, s;

	(void)state;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		r = window_new(sizes[s], false);
		for (i = 0; i < ARRAY_SIZE(edges); i++) {
			u64 seq = edges[i].times_n * sizes[s] + edges[i].plus;
			enum cm_replay_verdict verdict = receive(r, seq);

			if (verdict != edges[i].verdict)
				fail_msg("window %u line %zu number %llu: verdict %d, not %d",
					 sizes[s], i, seq, verdict, edges[i].verdict);
		}
		free(r);
	}
}

/* Every X in two rounds of the ring, and the four numbers around each edge. */
static void test_edges_everywhere(void **state)
{
	struct cm_replay *r;
	size_t s;
	u64 x;

	(void)state;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		u32 n = sizes[s];

		r = window_new(n, false);
		for (x = 2; x < 2ULL * (n + 64) + 2; x += 2) {
			assert_int_equal(receive(r, x), CM_REPLAY_OK);
			assert_int_equal(r->highest, x);
			assert_int_equal(cm_replay_check(r, x), CM_REPLAY_DUPLICATE);
			assert_int_equal(cm_replay_check(r, x - 1),
					 CM_REPLAY_OK);
			assert_int_equal(cm_replay_check(r, x + 1), CM_REPLAY_OK);
			if (x <= n + 1)
				continue;
			assert_int_equal(cm_replay_check(r, x - n), CM_REPLAY_OLD);
			assert_int_equal(cm_replay_check(r, x - n - 1), CM_REPLAY_OLD);
			/* Only even ones came. */
			assert_int_equal(cm_replay_check(r, x - n + 1), CM_REPLAY_OK);
			assert_int_equal(cm_replay_check(r, x - n + 2),
					 CM_REPLAY_DUPLICATE);
		}
		free(r);
	}
}

/* A window full of received numbers, moved by every distance to 2 N + 130. */
static void test_jumps(void **state)
{
	static const u32 some[] = { 64, 128, 192, 1024 };
	struct cm_replay *r;
	u32 jump, n;
	size_t s;
	u64 seq;

	(void)state;
	for (s = 0; s < ARRAY_SIZE(some); s++) {
		n = some[s];
		for (jump = 1; jump <= 2 * n + 130; jump += 1 + n / 100) {
			u64 old = 3 * n + 17, x = old + jump;

			r = window_new(n, false);
			for (seq = 1; seq <= old; seq++)
				assert_int_equal(cm_replay_advance(r, seq), CM_REPLAY_OK);
			assert_int_equal(receive(r, x), CM_REPLAY_OK);
			for (seq = x - n + 1; seq <= x; seq++)
				assert_int_equal(cm_replay_check(r, seq),
						 seq <= old || seq == x ?
						 CM_REPLAY_DUPLICATE : CM_REPLAY_OK);
			assert_int_equal(cm_replay_check(r, x - n), CM_REPLAY_OLD);
			free(r);
		}
	}
}

/* Without ESN the numbers end at 2^32 - 1, and there is nothing behind. */
static void test_end_of_numbers(void **state)
{
	struct cm_replay *r;
	size_t s;

	(void)state;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		u32 n = sizes[s];

		r = window_new(n, false);
		assert_int_equal(receive(r, UINT32_MAX - 1), CM_REPLAY_OK);
		assert_int_equal(receive(r, UINT32_MAX), CM_REPLAY_OK);
		assert_int_equal(receive(r, UINT32_MAX), CM_REPLAY_DUPLICATE);
		assert_int_equal(receive(r, UINT32_MAX - n), CM_REPLAY_OLD);
		assert_int_equal(receive(r, UINT32_MAX - n + 1), CM_REPLAY_OK);
		assert_int_equal(cm_replay_recover(r, 0), 0);
		assert_int_equal(receive(r, cm_replay_recover(r, 0)), CM_REPLAY_ZERO);
		assert_int_equal(cm_replay_recover(r, 1), 1);
		assert_int_equal(receive(r, cm_replay_recover(r, 1)), CM_REPLAY_OLD);
		assert_int_equal(cm_replay_recover(r, UINT32_MAX), UINT32_MAX);
		free(r);
	}
}

static void test_off(void **state)
{
	struct cm_replay *r = window_new(0, false);
	static const u32 numbers[] = { 5, 5, 0, 0, 1, UINT32_MAX, UINT32_MAX, 0, 1, 2 };
	u64 highest = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		assert_int_equal(cm_replay_recover(r, numbers[i]), numbers[i]);
		assert_int_equal(cm_replay_check(r, numbers[i]), CM_REPLAY_OK);
		assert_int_equal(cm_replay_advance(r, numbers[i]), CM_REPLAY_OK);
		if (numbers[i] > highest)
			highest = numbers[i];
		assert_int_equal(r->highest, highest);
	}
	free(r);
}

static struct cm_replay *window_at(u32 window, u64 highest)
{
	struct cm_replay *r = window_new(window, true);

	if (highest)
		assert_int_equal(receive(r, highest), CM_REPLAY_OK);
	return r;
}

static void recovers(u32 window, u64 highest, u32 low, u64 full)
{
	struct cm_replay *r = window_at(window, highest);
	u64 got = cm_replay_recover(r, low);

	if (got != full)
		fail_msg("window %u highest %#llx low %#x: %#llx, not %#llx",
			 window, highest, low, got, full);
	free(r);
}

static void test_esn_recover(void **state)
{
	size_t s;

	(void)state;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		u32 n = sizes[s];
		u64 two = 2 * HALF_SPACE;

		/* Before the first packet, and the first half space. */
		recovers(n, 0, 1, 1);
		recovers(n, 0, n, n);
		recovers(n, 0, UINT32_MAX, UINT32_MAX);
		recovers(n, n - 2, UINT32_MAX, UINT32_MAX);
		recovers(n, n - 1, 0, 0);
		recovers(n, n, 0, HALF_SPACE);
		recovers(n, n, 1, 1);
		recovers(n, n + 1, 1, HALF_SPACE + 1);
		recovers(n, 1000000, 1000000 - n + 1, 1000000 - n + 1);
		recovers(n, 1000000, 1000000 - n, HALF_SPACE + 1000000 - n);
		recovers(n, 1000000, UINT32_MAX, UINT32_MAX);
		/* The window at the end of a half space, the packet in the next. */
		recovers(n, HALF_SPACE - 1, 0, HALF_SPACE);
		recovers(n, HALF_SPACE - 1, 1, HALF_SPACE + 1);
		recovers(n, HALF_SPACE - 1, UINT32_MAX - n + 1, UINT32_MAX - n + 1);
		recovers(n, HALF_SPACE - 1, UINT32_MAX - n, HALF_SPACE + UINT32_MAX - n);
		/* The window over the border, packets on both sides (case B). */
		recovers(n, HALF_SPACE, UINT32_MAX, UINT32_MAX);
		recovers(n, HALF_SPACE, 0, HALF_SPACE);
		recovers(n, HALF_SPACE, 5, HALF_SPACE + 5);
		recovers(n, two + 5, (u32)-1, two - 1);
		recovers(n, two + 5, 6 - n, two + 6 - n);
		recovers(n, two + 5, 5 - n, two + (u32)(5 - n));
		recovers(n, two + n - 2, UINT32_MAX, two - 1);
		recovers(n, two + n - 1, UINT32_MAX, two + UINT32_MAX);
		recovers(n, two + n - 1, 0, two);
		recovers(n, two + n, 0, 3 * HALF_SPACE);
		/* The end of everything: the number is refused, not reused. */
		recovers(n, UINT64_MAX, UINT32_MAX, UINT64_MAX);
		recovers(n, UINT64_MAX, 3, 3);
	}
}

static void test_esn_off(void **state)
{
	(void)state;
	recovers(0, 0, 1, 1);
	recovers(0, HALF_SPACE - 1, 0, HALF_SPACE);
	recovers(0, HALF_SPACE - 1, 1U << 31, 1U << 31);
	recovers(0, HALF_SPACE + 5, UINT32_MAX, UINT32_MAX);
	recovers(0, HALF_SPACE + 5, 4, HALF_SPACE + 4);
	recovers(0, 5 * HALF_SPACE + (1U << 31), 1, 5 * HALF_SPACE + 1);
	recovers(0, 5 * HALF_SPACE + (1U << 31), 0, 6 * HALF_SPACE);
}

/* A duplicate of before the wrap and the same low half behind it differ. */
static void test_esn_wrap(void **state)
{
	struct cm_replay *r;
	size_t s;
	u32 i;

	(void)state;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		u32 n = sizes[s], low = UINT32_MAX - n - 100;

		r = window_at(n, (u64)low++);
		for (i = 0; i < 2 * n + 300; i++, low++) {
			u64 full = cm_replay_recover(r, low);

			assert_int_equal(full, r->highest + 1);
			assert_int_equal(receive(r, full), CM_REPLAY_OK);
			assert_int_equal(cm_replay_recover(r, low), full);
			assert_int_equal(receive(r, full), CM_REPLAY_DUPLICATE);
			assert_int_equal(cm_replay_recover(r, low - n + 1), full - n + 1);
		}
		assert_int_equal(r->highest >> 32, 1);
		free(r);
	}
	r = window_at(64, UINT64_MAX);
	assert_int_equal(receive(r, cm_replay_recover(r, 3)), CM_REPLAY_OLD);
	assert_int_equal(receive(r, cm_replay_recover(r, 0)), CM_REPLAY_ZERO);
	free(r);
}

/*
 * The model: the numbers of the last MODEL_SLOTS in full. Nothing clever: a
 * number was received if its slot says just this number.
 */
#define MODEL_SLOTS	16384

struct model {
	u64	highest;
	u32	window;
	u64	seen[MODEL_SLOTS];
};

static enum cm_replay_verdict model_receive(struct model *m, u64 seq)
{
	if (!seq)
		return CM_REPLAY_ZERO;
	if (m->highest >= m->window && seq <= m->highest - m->window)
		return CM_REPLAY_OLD;
	if (m->seen[seq % MODEL_SLOTS] == seq)
		return CM_REPLAY_DUPLICATE;
	m->seen[seq % MODEL_SLOTS] = seq;
	if (seq > m->highest)
		m->highest = seq;
	return CM_REPLAY_OK;
}

/* What a peer and an attacker send: near, around the edges, jumps, garbage. */
static u64 random_number(const struct model *m, u64 limit)
{
	u32 n = m->window;
	u64 seq;

	switch (random_below(16)) {
	case 0:
		seq = m->highest - n + random_below(5) - 2;
		break;
	case 1:
		seq = m->highest + 1 + random_below(2 * n + 200);
		break;
	case 2:
		seq = m->highest;
		break;
	case 8:
		seq = random_below(64) ? random_below(200) : random64();
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		seq = m->highest + 1 + random_below(3);
		break;
	case 7:
		seq = m->highest + random_below(130) - 64;
		break;
	default:
		seq = m->highest - random_below(n + n / 4);
	}
	if (seq > limit)
		seq = random_below(200);
	return seq;
}

static void random_run(u32 window, u64 start, u64 limit, u32 steps)
{
	struct model *m = calloc(1, sizeof(*m));
	struct cm_replay *r = window_new(window, true);
	u32 seen[4] = { 0 };
	u32 i;

	assert_non_null(m);
	m->window = window;
	assert_int_equal(cm_replay_advance(r, start), model_receive(m, start));
	for (i = 0; i < steps; i++) {
		u64 seq = random_number(m, limit);
		enum cm_replay_verdict check = cm_replay_check(r, seq);
		enum cm_replay_verdict verdict = cm_replay_advance(r, seq);
		enum cm_replay_verdict expected = model_receive(m, seq);

		if (verdict != expected || check != expected || r->highest != m->highest)
			fail_msg("window %u step %u number %llu highest %llu: %d/%d, not %d",
				 window, i, seq, m->highest, check, verdict, expected);
		seen[verdict]++;
		/* A new number in reach has one right high half. */
		if (verdict == CM_REPLAY_OK && seq > window &&
		    cm_replay_recover(r, (u32)seq) != seq)
			fail_msg("window %u number %llu is not recovered", window, seq);
	}
	/* The run has met every verdict, or it shows little. */
	for (i = 0; i < ARRAY_SIZE(seen); i++)
		assert_true(seen[i] > 0);
	free(r);
	free(m);
}

static void test_random(void **state)
{
	size_t s;

	(void)state;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		random_state = sizes[s];
		random_run(sizes[s], 1, UINT32_MAX, 500000);
		random_run(sizes[s], UINT32_MAX - 100000, HALF_SPACE + (1U << 31), 300000);
		random_run(sizes[s], UINT64_MAX - 3000000, UINT64_MAX, 200000);
	}
}

/* Random walks of the full number, seen through its low half only. */
static void test_esn_random(void **state)
{
	size_t s;
	u32 i;

	(void)state;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		u32 n = sizes[s];
		struct cm_replay *r = window_new(n, true);

		random_state = 1000 + n;
		for (i = 0; i < 300000; i++) {
			u64 seq;

			/* Steps of up to 2^32 - N ahead, or back into the window. */
			if (random_below(4))
				seq = r->highest - random_below(n);
			else if (random_below(2))
				seq = r->highest + 1 + random_below(1000);
			else
				seq = r->highest + 1 + random_below(UINT32_MAX - n);
			if (seq > r->highest + HALF_SPACE || !seq)
				continue;
			if (cm_replay_recover(r, (u32)seq) != seq)
				fail_msg("window %u highest %#llx number %#llx: %#llx", n,
					 r->highest, seq, cm_replay_recover(r, (u32)seq));
			cm_replay_advance(r, seq);
		}
		assert_true(r->highest > 1000 * HALF_SPACE);
		free(r);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_edges_everywhere),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_end_of_numbers),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_esn_recover),
		cmocka_unit_test(test_esn_off),
		cmocka_unit_test(test_esn_wrap),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_esn_random),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
