/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_network - link.h and route.h in memory, for tests that must neither
 * have nor change real interfaces.  Linked instead of link.c and route.c.
 */
#ifndef TESTS_FAKE_NETWORK_H
#define TESTS_FAKE_NETWORK_H

#include "ipsecd/link.h"
#include "ipsecd/route.h"

struct link_table *fake_links_new(void);
struct route_table *fake_routes_new(void);

/* An Ethernet interface, down, MTU 1500; 0 lets the ifindex be chosen. */
struct link *fake_link_add(struct link_table *t, const char *name, unsigned int ifindex);
void fake_link_remove(struct link_table *t, const char *name);
/* An address that somebody else configured. */
void fake_link_address(struct link_table *t, const char *name, const char *prefix);
bool fake_link_has(struct link_table *t, const char *name, const char *prefix);

/* The next change of a link or route fails with @err and @text. */
void fake_network_fail(int err, const char *text);

/* Changes of links and routes since the last call of fake_network_log_clear(). */
const char *fake_network_log(void);
void fake_network_log_clear(void);

#endif
