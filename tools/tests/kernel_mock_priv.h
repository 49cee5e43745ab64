/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of kernel_mock.c (SAs, events, what tests look at) and
 * kernel_mock_policy.c (policy, flows).
 */
#ifndef _CM_TESTS_KERNEL_MOCK_PRIV_H
#define _CM_TESTS_KERNEL_MOCK_PRIV_H

#include "kernel_mock.h"

struct mock_sa {
	struct cm_sa_info info;
	struct cm_sa_keys keys;
};

struct mock_entry {
	struct cm_entry entry;
	struct cm_rule *rules;
	size_t n_rules;
};

/* What is staged, or in force. */
struct policy {
	struct mock_entry *entries;
	size_t n_entries;
	struct cm_binding *bindings;
	size_t n_bindings;
};

/* @lost: not an event but the loss of some. */
struct mock_event {
	bool lost;
	uint8_t cmd;
	struct cm_event ev;
};

struct kernel_mock {
	struct kernel base;
	bool staged;
	struct policy stage, force;
	uint32_t generation;
	struct cm_flow *flows;
	size_t n_flows;
	uint32_t next_flow;
	struct mock_sa *sas;
	size_t n_sas;
	uint32_t next_conn, next_spi;
	char *log;
	size_t log_len;
	char fail_function[32];
	unsigned int fail_nth;
	int fail_err;
	char fail_text[KERR_TEXT_MAX];
	const struct kernel_events *event_cb;
	void *event_arg;
	int event_fd;
	struct mock_event *events;
	size_t n_events;
};

static inline struct kernel_mock *mock_of(struct kernel *k)
{
	return (struct kernel_mock *)k;
}

/* Memory for @n elements; a test that has none is over. */
void *mock_more(void *list, size_t n, size_t each);
/* Adds to the line of a call in the log. */
void mock_log(struct kernel_mock *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Begins the line of a call; an error that the test has asked for. */
int mock_begin(struct kernel_mock *m, const char *function, struct kerr *err);
/* Ends the line of a call; takes over its error. */
int mock_finish(struct kernel_mock *m, int ret);

/* Deletes the SA number @i, with the event. */
void mock_sa_remove(struct kernel_mock *m, size_t i, enum cryptomap_delete_reason reason);

struct cm_flow *mock_flow_find(struct kernel_mock *m, uint32_t id);
int mock_no_flow(struct kerr *err, uint32_t id);
void mock_policy_release(struct kernel_mock *m);
/* Fills in the functions on policy and flows. */
void mock_policy_init(struct kernel *k);

#endif /* _CM_TESTS_KERNEL_MOCK_PRIV_H */
