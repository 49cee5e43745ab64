/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Anti-replay window of an inbound SA (RFC 4303 3.4.3, RFC 6479, REPLAY-1).
 *
 * Pure: the same file is compiled in user space for the unit tests.
 *
 * Locking: the caller holds the lock of the receive state of the SA over every
 * call but cm_replay_size() and cm_replay_window_valid(). A check before
 * decryption may be left out or made without the lock's protection lasting
 * until cm_replay_advance(): the latter checks again.
 */
#ifndef CM_REPLAY_H
#define CM_REPLAY_H

#include <linux/types.h>

#define CM_REPLAY_WINDOW_MAX	4096

enum cm_replay_verdict {
	CM_REPLAY_OK,
	CM_REPLAY_DUPLICATE,	/* inside of the window and already there */
	CM_REPLAY_OLD,		/* left of the window */
	CM_REPLAY_ZERO,		/* number 0 is never sent (RFC 4303 3.3.3) */
};

/**
 * struct cm_replay - the window
 * @highest: highest number that was authenticated (X of REPLAY-1); 0: none yet
 * @window: N of REPLAY-1 in packets, 0: no check
 * @head: block of @bitmap that holds @highest
 * @blocks: number of blocks
 * @esn: 64-bit extended sequence numbers
 * @bitmap: a ring of blocks of 64 numbers
 *
 * RFC 6479: a block holds 64 numbers aligned to 64, and moving the window
 * clears whole blocks. The highest block is seldom full, so the ring has one
 * block more than the window; that makes every window size exact.
 */
struct cm_replay {
	u64	highest;
	u32	window;
	u16	head;
	u16	blocks;
	bool	esn;
	u64	bitmap[];
};

/**
 * cm_replay_window_valid() - whether a window can have this size
 * @window: packets
 *
 * Return: true for 0 and for multiples of 64 up to CM_REPLAY_WINDOW_MAX.
 */
bool cm_replay_window_valid(u32 window);

/**
 * cm_replay_size() - bytes to allocate for a window
 * @window: valid size in packets
 *
 * The head of 24 bytes, an eighth of a byte for each packet and 8 bytes for
 * the block more: 40 bytes for 64, 160 bytes for 1024. Without check: 24.
 */
size_t cm_replay_size(u32 window);

/**
 * cm_replay_init() - set up an empty window
 * @r: cm_replay_size(@window) bytes
 * @window: valid size in packets
 * @esn: extended sequence numbers
 */
void cm_replay_init(struct cm_replay *r, u32 window, bool esn);

/**
 * cm_replay_recover() - the full number of a packet
 * @r: the window
 * @seq_low: number in the packet, host order
 *
 * With ESN the high half does not travel (RFC 4303 2.2.1): it follows from
 * where the window stands (RFC 4303 A2.2). Only authentication proves it. With
 * the check off the number nearest to the highest one is taken. Before the
 * first wrap there is no lower half space, so that a number far above the
 * window is taken as a jump ahead. Without ESN: @seq_low.
 */
u64 cm_replay_recover(const struct cm_replay *r, u32 seq_low);

/**
 * cm_replay_check() - whether a number can be accepted; changes nothing
 * @r: the window
 * @seq: full number
 *
 * Before decryption, to save the work. With the check off everything is
 * accepted, 0 too: a peer that knows of it lets its counter roll over
 * (RFC 4303 3.3.3).
 */
enum cm_replay_verdict cm_replay_check(const struct cm_replay *r, u64 seq);

/**
 * cm_replay_advance() - take a number as received
 * @r: the window
 * @seq: full number, the one that authentication has proved
 *
 * Checks again, as another packet may have been faster. The window is changed
 * only if the verdict is CM_REPLAY_OK. With the check off only @highest moves.
 */
enum cm_replay_verdict cm_replay_advance(struct cm_replay *r, u64 seq);

#endif /* CM_REPLAY_H */
