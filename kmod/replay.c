// SPDX-License-Identifier: GPL-2.0
/*
 * Anti-replay window of an inbound SA (RFC 4303 3.4.3, RFC 6479, REPLAY-1).
 */
#include <linux/string.h>
#include <linux/types.h>

#include "replay.h"

#define BLOCK_NUMBERS	64

bool cm_replay_window_valid(u32 window)
{
	return window <= CM_REPLAY_WINDOW_MAX && window % BLOCK_NUMBERS == 0;
}

/* One block more than the window: see struct cm_replay. */
static u32 window_blocks(u32 window)
{
	return window ? window / BLOCK_NUMBERS + 1 : 0;
}

size_t cm_replay_size(u32 window)
{
	return sizeof(struct cm_replay) + window_blocks(window) * sizeof(u64);
}

void cm_replay_init(struct cm_replay *r, u32 window, bool esn)
{
	memset(r, 0, cm_replay_size(window));
	r->window = window;
	r->blocks = window_blocks(window);
	r->esn = esn;
}

u64 cm_replay_recover(const struct cm_replay *r, u32 seq_low)
{
	/* With the check off: half of the space on either side of the highest. */
	u32 window = r->window ? r->window : 1U << 31;
	u32 low = (u32)r->highest;
	u32 high = (u32)(r->highest >> 32);
	u32 bottom = low - window + 1;

	if (!r->esn)
		return seq_low;

	if (low >= window - 1) {
		/* The window lies in one half space: below it is the next one. */
		if (seq_low < bottom)
			high++;
	} else if (seq_low >= bottom && high) {
		/* The window reaches back into the half space before. */
		high--;
	}
	return (u64)high << 32 | seq_low;
}

/* The block of a number that is inside of the window. */
static u32 block_of(const struct cm_replay *r, u64 seq)
{
	u32 back = (u32)(r->highest / BLOCK_NUMBERS - seq / BLOCK_NUMBERS);

	return r->head >= back ? r->head - back : r->head + r->blocks - back;
}

static u64 bit_of(u64 seq)
{
	return 1ULL << (seq % BLOCK_NUMBERS);
}

enum cm_replay_verdict cm_replay_check(const struct cm_replay *r, u64 seq)
{
	if (!r->window)
		return CM_REPLAY_OK;
	if (!seq)
		return CM_REPLAY_ZERO;
	if (seq > r->highest)
		return CM_REPLAY_OK;
	if (r->highest - seq >= r->window)
		return CM_REPLAY_OLD;
	if (r->bitmap[block_of(r, seq)] & bit_of(seq))
		return CM_REPLAY_DUPLICATE;
	return CM_REPLAY_OK;
}

/* Make @seq the highest number; the blocks that come in hold nothing yet. */
static void move_window(struct cm_replay *r, u64 seq)
{
	u64 ahead = seq / BLOCK_NUMBERS - r->highest / BLOCK_NUMBERS;

	if (ahead >= r->blocks) {
		memset(r->bitmap, 0, r->blocks * sizeof(r->bitmap[0]));
		ahead = 0;
	}
	while (ahead--) {
		if (++r->head == r->blocks)
			r->head = 0;
		r->bitmap[r->head] = 0;
	}
	r->highest = seq;
}

enum cm_replay_verdict cm_replay_advance(struct cm_replay *r, u64 seq)
{
	enum cm_replay_verdict verdict = cm_replay_check(r, seq);

	if (verdict != CM_REPLAY_OK)
		return verdict;

	if (!r->window) {
		if (seq > r->highest)
			r->highest = seq;
		return verdict;
	}
	if (seq > r->highest)
		move_window(r, seq);
	r->bitmap[block_of(r, seq)] |= bit_of(seq);
	return verdict;
}
