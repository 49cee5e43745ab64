// SPDX-License-Identifier: GPL-2.0-or-later
/* show crypto engine connections active (O9), show crypto drops. */
#include <string.h>

#include "../show.h"
#include "../snapshot.h"
#include "commands.h"

static json_t *connection_value(const struct daemon *d, const struct snapshot *s,
				const struct cm_sa_info *info)
{
	const struct cm_flow *flow = snapshot_flow(s, info->sa.flow);
	bool in = info->sa.id.direction == CRYPTOMAP_DIRECTION_IN;
	char algorithm[64];

	show_algorithm(&info->sa, algorithm, sizeof(algorithm));
	return json_pack("{s:I, s:s, s:o, s:s, s:s, s:I, s:I}",
		"id", (json_int_t)info->conn_id, "interface",
		flow ? show_interface(d->running, d->links, flow->ifindex) : "<none>",
		"address", show_address(in ? &info->sa.id.dst : &info->sa.src),
		"state", info->state == CRYPTOMAP_SA_STATE_MATURE ? "set" : "alloc",
		"algorithm", algorithm,
		"encrypt", (json_int_t)(in ? 0 : info->packets),
		"decrypt", (json_int_t)(in ? info->packets : 0));
}

static int show_connections(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct snapshot_filter filter = { .map = NULL };
	json_t *list = json_array();
	struct snapshot s;
	struct kerr err;

	if (snapshot_take(&s, d->kernel, &filter, &err) < 0) {
		json_decref(list);
		return cli_refuse(c, "%s", err.text);
	}
	for (size_t i = 0; i < s.n_sas; i++)
		json_array_append_new(list, connection_value(d, &s, &s.sas[i]));
	snapshot_release(&s);
	cli_set_json(c, json_pack("{s:o}", "connections", list));
	return 0;
}

static void render_connections(const json_t *value, struct text *out)
{
	json_t *row;
	size_t i;

	text_puts(out, "\n  ID Interface            IP-Address      State  Algorithm             Encrypt  Decrypt\n");
	json_array_foreach(json_object_get(value, "connections"), i, row)
		text_printf(out, "%4lld %-20s %-15s %-6s %-20s %8lld %8lld\n",
			    (long long)show_int(row, "id"), show_str(row, "interface"),
			    show_str(row, "address"), show_str(row, "state"),
			    show_str(row, "algorithm"), (long long)show_int(row, "encrypt"),
			    (long long)show_int(row, "decrypt"));
}

static json_t *all_drops(const struct cm_drops *drops)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < drops->n; i++)
		json_object_set_new(object, drops->list[i].reason,
				    json_integer(drops->list[i].count));
	return object;
}

static int show_drops_of_all(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct cm_stats stats;
	struct kerr err;

	if (d->kernel->stats_get(d->kernel, 0, &stats, &err) < 0)
		return cli_refuse(c, "%s", err.text);
	cli_set_json(c, json_pack("{s:o, s:I, s:I, s:I, s:I, s:I}",
		"drops", all_drops(&stats.drops), "encaps", (json_int_t)stats.encaps,
		"decaps", (json_int_t)stats.decaps, "held", (json_int_t)stats.held,
		"flows", (json_int_t)stats.flows, "sas", (json_int_t)stats.sas));
	cm_stats_release(&stats);
	return 0;
}

static void render_drops(const json_t *value, struct text *out)
{
	const char *reason;
	json_t *count;

	text_printf(out, "Packets encapsulated: %lld, decapsulated: %lld, held: %lld\n",
		    (long long)show_int(value, "encaps"), (long long)show_int(value, "decaps"),
		    (long long)show_int(value, "held"));
	text_printf(out, "Flows: %lld, security associations: %lld\n\n",
		    (long long)show_int(value, "flows"), (long long)show_int(value, "sas"));
	text_puts(out, "Drop reason                      Packets\n");
	json_object_foreach(json_object_get(value, "drops"), reason, count)
		text_printf(out, "%-28s %11lld\n", reason, (long long)json_integer_value(count));
}

#define SHOW	"Show running system information\n" "Encryption module\n"

static const struct cli_command commands[] = {
	{
		.grammar = "show crypto engine connections/connection active",
		.help = SHOW "Show crypto engine info\n" "Show connection information\n"
			"Show all active crypto engine connections\n",
		.modes = CLI_IN_EXEC,
		.set = show_connections, .render = render_connections, .ref = "C95",
	}, {
		.grammar = "show crypto {drops|statistics}",
		.help = SHOW "Packets dropped, by reason\n" "Packets dropped, by reason\n",
		.modes = CLI_IN_EXEC,
		.set = show_drops_of_all, .render = render_drops,
	},
};

const struct command_table commands_show_engine = COMMAND_TABLE(commands);
