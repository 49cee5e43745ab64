/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * router - an ipsecd in a test: real configuration, commands and apply on a
 * data plane and interfaces in memory.
 */
#ifndef TESTS_ROUTER_H
#define TESTS_ROUTER_H

#include "fake_network.h"
#include "ipsecd/apply.h"
#include "ipsecd/commands/commands.h"
#include "ipsecd/daemon.h"
#include "kernel_mock.h"

struct router {
	struct daemon d;
	struct kernel_mock *mock;
	struct cli_session *session;
	struct cli_result result;	/* of the last line */
	struct text text;		/* scratch for router_running() */
};

/* Interfaces eth0 (ifindex 2) and eth1 (3), nothing configured. */
struct router *router_new(void);
void router_free(struct router *r);
/* The same for cmocka. */
int router_setup(void **state);
int router_teardown(void **state);
/* A second daemon on the kernel and interfaces of @r, which is freed. */
struct router *router_restart(struct router *r);

/* One line; returns its status, and the rest in r->result. */
enum cli_status router_line(struct router *r, const char *line);
/*
 * The line is refused with @text in its message, and nothing has changed; else
 * the test fails.
 */
void router_refuses(struct router *r, const char *line, const char *text);
/* Lines separated by newlines from global configuration; each must be done. */
void router_configure(struct router *r, const char *lines);
/* A whole file at once, as ipsecctl -f sends it. */
int router_file(struct router *r, const char *text, struct cli_report *report);
/* Output of a show command, which must be done. */
const char *router_show(struct router *r, const char *command);
/* The configuration without the two lines above it. */
const char *router_running(struct router *r);

/* What its data plane has. */
unsigned int router_flows(struct router *r);
unsigned int router_sas(struct router *r);
struct cm_sa_info *router_find_sa(struct router *r, uint32_t spi);

#endif
