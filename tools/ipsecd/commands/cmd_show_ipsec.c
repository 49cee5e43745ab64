// SPDX-License-Identifier: GPL-2.0-or-later
/* show crypto ipsec sa (O5 to O8). */
#include <stdlib.h>
#include <string.h>

#include "../ike/pair.h"
#include "../show.h"
#include "../snapshot.h"
#include "commands.h"

static bool flow_checks_replay(const struct snapshot *s, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		if (s->sas[i].sa.id.direction == CRYPTOMAP_DIRECTION_IN &&
		    s->sas[i].sa.replay_window)
			return true;
	return false;
}

/* The outbound SA that is in use: the newest one that is not on its way out. */
static const struct cm_sa_info *current_outbound(const struct snapshot *s, size_t first, size_t n)
{
	for (size_t i = first + n; i-- > first;)
		if (s->sas[i].sa.id.direction == CRYPTOMAP_DIRECTION_OUT &&
		    s->sas[i].state == CRYPTOMAP_SA_STATE_MATURE)
			return &s->sas[i];
	return NULL;
}

static const struct transform_set *flow_transform(const struct daemon *d,
						  const struct cm_flow *flow)
{
	const struct map_entry *entry = config_entry(d->running, flow->map, flow->family,
						     flow->seq, flow->subseq);

	return entry ? config_transform(d->running, entry) : NULL;
}

static json_t *sa_list(const struct daemon *d, const struct snapshot *s,
		       const struct cm_flow *flow, enum cryptomap_direction direction)
{
	const struct transform_set *set = flow_transform(d, flow);
	size_t n, first = snapshot_sas(s, flow->id, &n);
	bool replay = flow_checks_replay(s, first, n);
	json_t *list = json_array();

	for (size_t i = first; i < first + n; i++)
		if (s->sas[i].sa.id.direction == direction)
			json_array_append_new(list, show_sa(&s->sas[i], flow->map, replay, set));
	return list;
}

static const struct interface *configured_interface(const struct daemon *d, unsigned int ifindex)
{
	const struct interface *iface;
	size_t i;

	objects_for_each(iface, &d->running->interfaces, i) {
		const struct link *link = link_find(d->links, iface->name);

		if (link && link->ifindex == ifindex)
			return iface;
	}
	return NULL;
}

static struct addr local_address(const struct daemon *d, const struct cm_flow *flow)
{
	const struct interface *iface = configured_interface(d, flow->ifindex);
	const struct link *link = link_find_index(d->links, flow->ifindex);

	if (!iface)
		return (struct addr){ .family = AF_UNSPEC };
	return policy_local_address(iface, link, flow->family);
}

static struct addr current_peer(const struct daemon *d, const struct cm_flow *flow,
				const struct cm_sa_info *out)
{
	const struct map_entry *entry = config_entry(d->running, flow->map, flow->family,
						     flow->seq, flow->subseq);

	if (out)
		return out->sa.id.dst;
	if (entry && entry->n_peers)
		return entry->peers[0];
	return (struct addr){ .family = AF_UNSPEC };
}

/* The group that its quick mode had, null without PFS, and without an SA of IKE. */
static json_t *pfs_group(const struct cm_sa_info *out)
{
	struct pair_owner owner;

	return out && pair_read_owner(&out->sa.owner, &owner) && owner.pfs_group ?
		json_integer(owner.pfs_group) : json_null();
}

static void add_drops(struct daemon *d, const struct cm_flow *flow, json_t *value)
{
	struct cm_stats stats;

	if (d->kernel->stats_get(d->kernel, flow->id, &stats, NULL) < 0)
		return;
	json_object_set_new(value, "drops", show_drops(&stats.drops));
	cm_stats_release(&stats);
}

static json_t *counters(const struct cm_flow *flow)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"encaps", (json_int_t)flow->encaps, "encrypt", (json_int_t)flow->encaps,
		"digest", (json_int_t)flow->encaps, "decaps", (json_int_t)flow->decaps,
		"decrypt", (json_int_t)flow->decaps, "verify", (json_int_t)flow->decaps,
		"send-errors", (json_int_t)flow->send_errors,
		"recv-errors", (json_int_t)flow->recv_errors);
}

static json_t *flow_value(struct daemon *d, const struct snapshot *s,
			  const struct cm_flow *flow, bool detail)
{
	const struct link *link = link_find_index(d->links, flow->ifindex);
	size_t n, first = snapshot_sas(s, flow->id, &n);
	const struct cm_sa_info *out = current_outbound(s, first, n);
	struct addr local = local_address(d, flow), peer = current_peer(d, flow, out);
	json_t *value = json_pack("{s:I, s:I, s:s, s:o, s:o, s:o, s:i, s:o, s:o}",
		"flow-id", (json_int_t)flow->id, "sequence", (json_int_t)flow->seq,
		"kind", flow->kind == CRYPTOMAP_ENTRY_KIND_MANUAL ? "ipsec-manual" : "ipsec-isakmp",
		"local-ident", show_ident(&flow->rule, flow->family, true),
		"remote-ident", show_ident(&flow->rule, flow->family, false),
		"current-peer", show_address(&peer), "port", 500,
		"counters", counters(flow), "local-endpoint", show_address(&local));

	json_object_set_new(value, "remote-endpoint", show_address(&peer));
	json_object_set_new(value, "pfs-group", pfs_group(out));
	json_object_set_new(value, "held", json_integer(flow->held));
	json_object_set_new(value, "plaintext-mtu", json_integer(flow->plaintext_mtu));
	json_object_set_new(value, "path-mtu", json_integer(flow->path_mtu));
	json_object_set_new(value, "ip-mtu", json_integer(link ? link->mtu : 0));
	json_object_set_new(value, "current-outbound-spi",
			    json_integer(out ? out->sa.id.spi : 0));
	if (detail)
		add_drops(d, flow, value);
	json_object_set_new(value, "inbound-esp",
			    sa_list(d, s, flow, CRYPTOMAP_DIRECTION_IN));
	json_object_set_new(value, "outbound-esp",
			    sa_list(d, s, flow, CRYPTOMAP_DIRECTION_OUT));
	return value;
}

static bool same_place(const struct cm_flow *a, const struct cm_flow *b)
{
	return a->ifindex == b->ifindex && a->family == b->family && !strcmp(a->map, b->map);
}

/* One object per crypto map on an interface, with its flows. */
static json_t *maps_value(struct daemon *d, const struct snapshot *s, bool detail)
{
	json_t *list = json_array(), *flows = NULL;

	for (size_t i = 0; i < s->n_flows; i++) {
		const struct cm_flow *flow = &s->flows[i];
		struct addr local;

		if (!i || !same_place(flow, &s->flows[i - 1])) {
			flows = json_array();
			local = local_address(d, flow);
			json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:o}",
				"interface", show_interface(d->running, d->links, flow->ifindex),
				"crypto-map", flow->map,
				"family", flow->family == AF_INET6 ? "ipv6" : "ipv4",
				"local-address", show_address(&local), "flows", flows));
		}
		json_array_append_new(flows, flow_value(d, s, flow, detail));
	}
	return list;
}

static bool read_filter(struct cli_ctx *c, struct snapshot_filter *filter)
{
	const struct daemon *d = cli_user(c);
	const struct link *link;
	const char *peer = cli_arg_str(c, "address");

	memset(filter, 0, sizeof(*filter));
	filter->map = cli_arg_str(c, "tag");
	if (cli_has(c, "ipv6"))
		filter->family = AF_INET6;
	if (cli_has(c, "peer") && peer)
		addr_parse(&filter->peer, AF_UNSPEC, peer);
	if (!cli_has(c, "if"))
		return true;
	link = link_find(d->links, cli_arg_str(c, "if"));
	if (!link)
		return false;
	filter->ifindex = link->ifindex;
	return true;
}

static int show_sas(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct snapshot_filter filter;
	struct snapshot s;
	struct kerr err;
	json_t *value;

	if (!read_filter(c, &filter))
		return cli_refuse_at(c, "if", "There is no interface %s", cli_arg_str(c, "if"));
	if (snapshot_take(&s, d->kernel, &filter, &err) < 0)
		return cli_refuse(c, "%s", err.text);
	value = json_pack("{s:o, s:b, s:b}", "crypto-maps",
			  maps_value(d, &s, cli_has(c, "detail")),
			  "detail", cli_has(c, "detail"),
			  "identity", cli_has(c, "identity"));
	snapshot_release(&s);
	cli_set_json(c, value);
	return 0;
}

static void render_ident(const json_t *ident, const char *name, struct text *out)
{
	text_printf(out, "   %s ident (addr/mask/prot/port): (%s/%s/%lld/%s)\n", name,
		    show_str(ident, "address"), show_str(ident, "mask"),
		    (long long)show_int(ident, "protocol"), show_str(ident, "port"));
}

static void render_counters(const json_t *flow, struct text *out)
{
	const json_t *c = json_object_get(flow, "counters");

	text_printf(out, "    #pkts encaps: %lld, #pkts encrypt: %lld, #pkts digest: %lld\n",
		    (long long)show_int(c, "encaps"), (long long)show_int(c, "encrypt"),
		    (long long)show_int(c, "digest"));
	text_printf(out, "    #pkts decaps: %lld, #pkts decrypt: %lld, #pkts verify: %lld\n",
		    (long long)show_int(c, "decaps"), (long long)show_int(c, "decrypt"),
		    (long long)show_int(c, "verify"));
	text_puts(out, "    #pkts compressed: 0, #pkts decompressed: 0\n"
		       "    #pkts not compressed: 0, #pkts compr. failed: 0\n"
		       "    #pkts not decompressed: 0, #pkts decompress failed: 0\n");
	text_printf(out, "    #send errors %lld, #recv errors %lld\n",
		    (long long)show_int(c, "send-errors"), (long long)show_int(c, "recv-errors"));
}

static void render_drops(const json_t *drops, const char *indent, struct text *out)
{
	const char *reason;
	json_t *count;

	json_object_foreach((json_t *)drops, reason, count)
		text_printf(out, "%s#drops %s: %lld\n", indent, reason,
			    (long long)json_integer_value(count));
}

static const char *address_or_none(const json_t *flow, const char *key)
{
	const char *text = show_str(flow, key);

	return *text ? text : "(none)";
}

static void render_endpoints(const json_t *flow, const char *interface, struct text *out)
{
	long long spi = show_int(flow, "current-outbound-spi");
	long long group = show_int(flow, "pfs-group");

	text_printf(out, "\n     local crypto endpt.: %s, remote crypto endpt.: %s\n",
		    address_or_none(flow, "local-endpoint"),
		    address_or_none(flow, "remote-endpoint"));
	text_printf(out, "     plaintext mtu %lld, path mtu %lld, ip mtu %lld, ip mtu idb %s\n",
		    (long long)show_int(flow, "plaintext-mtu"),
		    (long long)show_int(flow, "path-mtu"),
		    (long long)show_int(flow, "ip-mtu"), interface);
	text_printf(out, "     current outbound spi: 0x%llX(%lld)\n", spi, spi);
	if (group)
		text_printf(out, "     PFS (Y/N): Y, DH group: group%lld\n", group);
	else
		text_puts(out, "     PFS (Y/N): N, DH group: none\n");
}

static void render_sa_detail(const json_t *sa, struct text *out)
{
	text_printf(out, "        packets: %lld, bytes: %lld, sequence number: %lld\n",
		    (long long)show_int(sa, "packets"), (long long)show_int(sa, "bytes"),
		    (long long)show_int(sa, "sequence"));
	text_printf(out, "        age: %lld seconds, idle: %lld seconds\n",
		    (long long)show_int(sa, "age-seconds"), (long long)show_int(sa, "idle-seconds"));
	if (json_object_get(sa, "replay-window"))
		text_printf(out, "        replay window size: %lld\n",
			    (long long)show_int(sa, "replay-window"));
	render_drops(json_object_get(sa, "drops"), "        ", out);
}

static void render_list(const json_t *list, const char *title, bool detail, struct text *out)
{
	json_t *sa;
	size_t i;

	text_printf(out, "\n     %s esp sas:\n", title);
	json_array_foreach((json_t *)list, i, sa) {
		show_sa_text(sa, out);
		if (detail)
			render_sa_detail(sa, out);
	}
	text_printf(out, "\n     %s ah sas:\n\n     %s pcp sas:\n", title, title);
}

static void render_flow(const json_t *flow, const char *interface, bool detail,
			bool identity, struct text *out)
{
	text_puts(out, "\n   protected vrf: (none)\n");
	render_ident(json_object_get(flow, "local-ident"), "local ", out);
	render_ident(json_object_get(flow, "remote-ident"), "remote", out);
	text_printf(out, "   current_peer %s port %lld\n", address_or_none(flow, "current-peer"),
		    (long long)show_int(flow, "port"));
	text_puts(out, "     PERMIT, flags={origin_is_acl,}\n");
	render_counters(flow, out);
	if (detail) {
		text_printf(out, "    #pkts held %lld\n", (long long)show_int(flow, "held"));
		render_drops(json_object_get(flow, "drops"), "    ", out);
	}
	render_endpoints(flow, interface, out);
	if (identity)
		return;
	render_list(json_object_get(flow, "inbound-esp"), "inbound", detail, out);
	render_list(json_object_get(flow, "outbound-esp"), "outbound", detail, out);
}

static void render_sas(const json_t *value, struct text *out)
{
	const char *last = NULL;
	json_t *map, *flow;
	size_t i, k;

	json_array_foreach(json_object_get(value, "crypto-maps"), i, map) {
		const char *interface = show_str(map, "interface");

		if (!last || strcmp(last, interface))
			text_printf(out, "\ninterface: %s\n", interface);
		else
			text_puts(out, "\n");
		last = interface;
		text_printf(out, "    Crypto map tag: %s, local addr %s\n",
			    show_str(map, "crypto-map"), address_or_none(map, "local-address"));
		json_array_foreach(json_object_get(map, "flows"), k, flow)
			render_flow(flow, interface, show_true(value, "detail"),
				    show_true(value, "identity"), out);
	}
	if (!last)
		text_puts(out, "\nNo SAs found\n");
}

static int compare_destination(const void *a, const void *b)
{
	const struct cm_sa_info *x = *(const struct cm_sa_info *const *)a;
	const struct cm_sa_info *y = *(const struct cm_sa_info *const *)b;
	int order = addr_compare(&x->sa.id.dst, &y->sa.id.dst);

	if (order)
		return order;
	return x->sa.id.spi < y->sa.id.spi ? -1 : x->sa.id.spi > y->sa.id.spi;
}

static const struct cm_flow *find_flow(const struct snapshot *s, uint32_t id)
{
	for (size_t i = 0; i < s->n_flows; i++)
		if (s->flows[i].id == id)
			return &s->flows[i];
	return NULL;
}

/* All SAs by their destination. */
static int show_by_address(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct snapshot_filter filter = { .map = NULL };
	const struct cm_sa_info **order;
	json_t *list = json_array();
	struct snapshot s;
	struct kerr err;

	if (snapshot_take(&s, d->kernel, &filter, &err) < 0) {
		json_decref(list);
		return cli_refuse(c, "%s", err.text);
	}
	order = calloc(s.n_sas + 1, sizeof(*order));
	if (!order) {
		json_decref(list);
		snapshot_release(&s);
		return cli_refuse(c, "out of memory");
	}
	for (size_t i = 0; i < s.n_sas; i++)
		order[i] = &s.sas[i];
	qsort(order, s.n_sas, sizeof(*order), compare_destination);
	for (size_t i = 0; i < s.n_sas; i++) {
		const struct cm_flow *flow = find_flow(&s, order[i]->sa.flow);
		size_t n, first = snapshot_sas(&s, order[i]->sa.flow, &n);

		json_array_append_new(list, show_sa(order[i], flow ? flow->map : "",
						    flow_checks_replay(&s, first, n),
						    flow ? flow_transform(d, flow) : NULL));
	}
	free(order);
	snapshot_release(&s);
	cli_set_json(c, json_pack("{s:o, s:b}", "sas", list, "detail", cli_has(c, "detail")));
	return 0;
}

static void render_by_address(const json_t *value, struct text *out)
{
	const char *last = NULL;
	json_t *sa;
	size_t i;

	json_array_foreach(json_object_get(value, "sas"), i, sa) {
		const char *address = show_str(sa, "destination");

		if (!last || strcmp(last, address))
			text_printf(out, "\nfvrf/address: (none)/%s\n", address);
		last = address;
		text_puts(out, "   protocol: ESP\n");
		show_sa_text(sa, out);
		if (show_true(value, "detail"))
			render_sa_detail(sa, out);
	}
	if (!json_array_size(json_object_get(value, "sas")))
		text_puts(out, "\nNo SAs found\n");
}

#define SHOW	"Show running system information\n" "Encryption module\n"	\
		"Show IPSEC policy\n" "IPSEC SA table\n"
#define DETAIL	"Show counter detail\n"

static const struct cli_command commands[] = {
	{
		.grammar = "show crypto ipsec sa [detail/detailed]",
		.help = SHOW DETAIL,
		.modes = CLI_IN_EXEC,
		.set = show_sas, .render = render_sas, .ref = "C89",
	}, {
		.grammar = "show crypto ipsec sa {map WORD$tag|identity|peer {A.B.C.D$address|X:X::X:X$address}|interface IFNAME$if} [detail/detailed]",
		.help = SHOW
			"Show IPSEC SA table for a crypto map\n" "Crypto map tag\n"
			"Show IPSEC SADB identity tree\n"
			"Show IPSEC SA table for all SAs with a given peer\n"
			"IP address of peer\n" "IPv6 address of peer\n"
			"Show info for specific interface\n" "Interface name\n"
			DETAIL,
		.modes = CLI_IN_EXEC,
		.set = show_sas, .render = render_sas, .ref = "C89, C90",
	}, {
		.grammar = "show crypto ipsec sa ipv6 [interface] [IFNAME$if] [detail/detailed]",
		.help = SHOW
			"Show IPv6 crypto IPsec SAs\n"
			"Show info for specific interface\n" "Interface name\n"
			DETAIL,
		.modes = CLI_IN_EXEC,
		.set = show_sas, .render = render_sas, .ref = "C91",
	}, {
		.grammar = "show crypto ipsec sa address [detail/detailed]",
		.help = SHOW "IPSEC SA table in (dest) address order\n" DETAIL,
		.modes = CLI_IN_EXEC,
		.set = show_by_address, .render = render_by_address, .ref = "C89",
	},
};

const struct command_table commands_show_ipsec = COMMAND_TABLE(commands);
