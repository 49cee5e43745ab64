// SPDX-License-Identifier: GPL-2.0-or-later
/* An ipsecd on a data plane and interfaces in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "router.h"

static struct router *start(struct kernel_mock *mock, struct link_table *links,
			    struct route_table *routes)
{
	struct router *r = calloc(1, sizeof(*r));
	char err[256];

	if (!r)
		abort();
	r->mock = mock;
	r->d.kernel = kernel_mock_kernel(mock);
	r->d.links = links;
	r->d.routes = routes;
	r->d.running = config_new();
	r->d.startup_path = "/nonexistent/startup-config";
	r->d.cli = cli_new(&commands_ops, &r->d);
	if (commands_register(r->d.cli, err, sizeof(err))) {
		fprintf(stderr, "command table: %s\n", err);
		abort();
	}
	r->session = cli_session_new(r->d.cli);
	return r;
}

struct router *router_new(void)
{
	struct link_table *links = fake_links_new();

	fake_network_log_clear();
	fake_link_add(links, "eth0", 2);
	fake_link_add(links, "eth1", 3);
	return start(kernel_mock_new(), links, fake_routes_new());
}

static void stop(struct router *r)
{
	cli_result_free(&r->result);
	cli_session_free(r->session);
	cli_free(r->d.cli);
	config_free(r->d.running);
	policy_free(r->d.policy);
	network_free(&r->d.network);
	text_wipe(&r->text);
}

void router_free(struct router *r)
{
	stop(r);
	r->d.kernel->close(r->d.kernel);
	link_table_close(r->d.links);
	route_table_close(r->d.routes);
	fake_network_log_clear();
	free(r);
}

int router_setup(void **state)
{
	*state = router_new();
	return 0;
}

int router_teardown(void **state)
{
	router_free(*state);
	return 0;
}

struct router *router_restart(struct router *r)
{
	struct router *next = start(r->mock, r->d.links, r->d.routes);

	stop(r);
	free(r);
	return next;
}

enum cli_status router_line(struct router *r, const char *line)
{
	cli_result_free(&r->result);
	return cli_exec(r->session, line, strlen(line), 0, &r->result);
}

static void expect_done(struct router *r, const char *line)
{
	enum cli_status status = router_line(r, line);

	if (status == CLI_DONE || status == CLI_IGNORED)
		return;
	fprintf(stderr, "\"%s\": %s\n", line, r->result.error ? r->result.error :
		cli_status_name(status));
	abort();
}

void router_configure(struct router *r, const char *lines)
{
	char *copy = strdup(lines), *save, *line;

	if (!copy)
		abort();
	router_line(r, "end");
	expect_done(r, "configure terminal");
	for (line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		expect_done(r, line);
	free(copy);
}

int router_file(struct router *r, const char *text, struct cli_report *report)
{
	router_line(r, "end");
	return cli_apply(r->session, text, strlen(text), report);
}

const char *router_show(struct router *r, const char *command)
{
	router_line(r, "end");
	expect_done(r, command);
	return text_str(&r->result.out);
}

const char *router_running(struct router *r)
{
	text_wipe(&r->text);
	cli_running_config(r->d.cli, r->d.running, CLI_WRITE_SECRETS, &r->text);
	return text_str(&r->text);
}

void router_refuses(struct router *r, const char *line, const char *text)
{
	char *before = strdup(router_running(r));
	enum cli_status status = router_line(r, line);
	const char *error = r->result.error ? r->result.error : "";
	const char *detail = r->result.detail ? r->result.detail : "";
	const char *word = r->result.word ? r->result.word : "";

	if (status == CLI_DONE || status == CLI_IGNORED ||
	    (!strstr(error, text) && !strstr(detail, text) && !strstr(word, text)))
		fail_msg("\"%s\": %s: %s %s, expected: %s", line, cli_status_name(status),
			 error, detail, text);
	assert_string_equal(router_running(r), before);
	free(before);
}

unsigned int router_flows(struct router *r)
{
	unsigned int n = 0;

	while (kernel_mock_flow(r->mock, n))
		n++;
	return n;
}

unsigned int router_sas(struct router *r)
{
	unsigned int n = 0;

	while (kernel_mock_sa(r->mock, n))
		n++;
	return n;
}

struct cm_sa_info *router_find_sa(struct router *r, uint32_t spi)
{
	struct cm_sa_info *info;

	for (unsigned int i = 0; (info = kernel_mock_sa(r->mock, i)); i++)
		if (info->sa.id.spi == spi)
			return info;
	return NULL;
}
