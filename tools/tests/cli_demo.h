/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_demo: a small router configuration declared on the command engine, so
 * that the engine's tests depend on no real command.
 */
#ifndef TESTS_CLI_DEMO_H
#define TESTS_CLI_DEMO_H

#include "../ipsecd/cli/cli.h"

#define DEMO_MAX 64

enum { DEMO_MAP = CLI_MODE_FIRST, DEMO_IF, DEMO_POLICY, DEMO_CLASS };

struct demo_map {
	char name[32];
	uint32_t seq;
	char peer[32];
	char acl[32];
	uint32_t spi;
	uint8_t key[32];
	size_t key_len;
};

struct demo_if {
	char name[64];
	char address[64];
	char map[32];
	char description[128];
	uint32_t mtu;
	bool shutdown;
};

struct demo_config {
	char hostname[64];
	char banner[256];
	struct demo_map maps[DEMO_MAX];
	size_t n_maps;
	struct demo_if ifs[DEMO_MAX];
	size_t n_ifs;
	char routes[DEMO_MAX][96];
	size_t n_routes;
	unsigned int classes;
};

struct demo {
	struct cli *cli;
	struct demo_config running;
	unsigned int begun, committed, aborted;
	unsigned int released;		/* mode objects given back */
	unsigned int refuse_line;	/* commit refuses this line, applies the rest */
	bool refuse_commit;		/* commit applies nothing */
	bool refuse_begin;
};

/* demo_new - an engine with the demo's commands; aborts on a bad table. */
struct demo *demo_new(void);
void demo_free(struct demo *demo);
/* demo_setup, demo_teardown - for cmocka: a demo with one session, as struct demo_fixture. */
struct demo_fixture {
	struct demo *demo;
	struct cli_session *s;
	struct cli_report report;	/* released at the end */
};

int demo_setup(void **state);
int demo_teardown(void **state);
const struct demo_map *demo_map_find(const struct demo *demo, const char *name, uint32_t seq);
const struct demo_if *demo_if_find(const struct demo *demo, const char *name);

#endif
