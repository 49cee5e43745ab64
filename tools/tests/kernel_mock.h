/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_mock - a data plane in memory, for unit tests.
 *
 * It keeps policy, flows and SAs as the module does, as far as a user of
 * kernel.h can see: flows come from the permit rules of bound maps and keep
 * their id and SAs over a commit when they are equal; SAs have states,
 * connection ids and limits of number.  It writes a log of every call, and
 * can be told to fail.
 */
#ifndef _CM_TESTS_KERNEL_MOCK_H
#define _CM_TESTS_KERNEL_MOCK_H

#include "ipsecd/kernel.h"

struct kernel_mock;

/* NULL without memory.  Ends with close() of its struct kernel. */
struct kernel_mock *kernel_mock_new(void);
struct kernel *kernel_mock_kernel(struct kernel_mock *m);

/*
 * Makes the call number @nth (1 is the next) of @function ("sa_add", or ""
 * for any) fail with errno @err and @text.  One failure waits at a time.
 */
void kernel_mock_fail(struct kernel_mock *m, const char *function, unsigned int nth, int err,
		      const char *text);

/*
 * What was called since the last kernel_mock_log_clear(), a line for each
 * call: function, arguments and " = -errno" if it failed, as
 *	policy_add_entry vpn 4 seq 10 isakmp rules 2 peers 192.0.2.1
 *	sa_add in 0x00001000 192.0.2.2 flow 1 tunnel aes-cbc hmac-sha1-96
 * Keys are not in it.
 */
const char *kernel_mock_log(const struct kernel_mock *m);
void kernel_mock_log_clear(struct kernel_mock *m);
/* How many calls of @function there were since then. */
unsigned int kernel_mock_calls(const struct kernel_mock *m, const char *function);

/* Keys that an SA was added with, or NULL. */
const struct cm_sa_keys *kernel_mock_keys(const struct kernel_mock *m,
					  const struct cm_sa_id *id);

/* Objects in force, to look at or to change (counters, states); NULL: no more. */
struct cm_flow *kernel_mock_flow(struct kernel_mock *m, unsigned int i);
struct cm_sa_info *kernel_mock_sa(struct kernel_mock *m, unsigned int i);
const struct cm_binding *kernel_mock_binding(struct kernel_mock *m, unsigned int i);
uint32_t kernel_mock_generation(const struct kernel_mock *m);

/* SPIs that spi_reserve gives, one after the other; 0x1000 at first. */
void kernel_mock_set_next_spi(struct kernel_mock *m, uint32_t spi);

/* Queues an event CRYPTOMAP_CMD_*_NTF; events_read delivers it. */
void kernel_mock_event(struct kernel_mock *m, uint8_t cmd, const struct cm_event *ev);
/* Queues a loss of events. */
void kernel_mock_lose(struct kernel_mock *m);

#endif /* _CM_TESTS_KERNEL_MOCK_H */
