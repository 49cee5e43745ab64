// SPDX-License-Identifier: GPL-2.0-or-later
/* show crypto isakmp sa (O1, O3, O4), show crypto session (C99): IKE as it is now. */
#include <string.h>

#include "../ike/dpd.h"
#include "../ike/dynamic.h"
#include "../ike/tunnel.h"
#include "../show.h"
#include "../snapshot.h"
#include "commands.h"

/* --- show crypto isakmp sa */

static uint64_t remaining(const struct ike_sa *sa)
{
	uint64_t gone = (ike_now(sa->ike) - sa->established) / 1000;

	if (!ike_sa_is_established(sa))
		return 0;
	return gone < sa->lifetime ? sa->lifetime - gone : 0;
}

static json_t *capabilities(const struct ike_sa *sa)
{
	json_t *list = json_array();

	if (sa->dpd)
		json_array_append_new(list, json_string("D"));
	return list;
}

static json_t *isakmp_value(const struct ike_sa *sa)
{
	return json_pack("{s:b, s:o, s:o, s:s, s:I, s:s, s:b, s:i, s:i, s:i, s:i, s:i, s:I, s:o, s:b}",
		"ipv6", sa->path.local.family == AF_INET6,
		"local", show_address(&sa->path.local),
		"remote", show_address(&sa->path.remote),
		"state", ike_state_name(sa->state),
		"conn_id", (json_int_t)sa->conn_id,
		"status", sa->state == IKE_DELETED ? "ACTIVE (deleted)" : "ACTIVE",
		"initiator", sa->initiator,
		"encryption", sa->suite.encryption,
		"key_bits", sa->suite.key_bits,
		"hash", sa->suite.hash,
		"auth", sa->suite.auth,
		"group", sa->suite.group,
		"lifetime", (json_int_t)remaining(sa),
		"capabilities", capabilities(sa),
		"established", ike_sa_is_established(sa));
}

static void add_isakmp(void *arg, const struct ike_sa *sa)
{
	json_array_append_new(arg, isakmp_value(sa));
}

static int show_isakmp(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	json_t *list = json_array();

	if (d->ike)
		ike_sa_each(d->ike, add_isakmp, list);
	cli_set_json(c, json_pack("{s:b, s:o}", "detail", cli_has(c, "detail"),
				  "isakmp_sas", list));
	return 0;
}

/* dst is who answered, src who began. */
static void isakmp_row(const json_t *sa, struct text *out)
{
	bool initiator = show_true(sa, "initiator");
	const char *local = show_str(sa, "local"), *remote = show_str(sa, "remote");

	text_printf(out, "%-15s %-15s %-18s %7lld %s\n", initiator ? remote : local,
		    initiator ? local : remote, show_str(sa, "state"),
		    (long long)show_int(sa, "conn_id"), show_str(sa, "status"));
}

static const char *auth_code(json_int_t auth)
{
	return auth == IKE_AUTH_RSA_SIG ? "rsig" : "psk";
}

static const char *encryption_code(json_int_t encryption)
{
	switch (encryption) {
	case IKE_ENCRYPTION_DES:
		return "des";
	case IKE_ENCRYPTION_3DES:
		return "3des";
	case IKE_ENCRYPTION_AES:
		return "aes";
	default:
		return "";
	}
}

static const char *hash_code(json_int_t hash)
{
	static const char *const names[] = {
		[IKE_HASH_MD5] = "md5", [IKE_HASH_SHA] = "sha", [IKE_HASH_SHA256] = "sha256",
		[IKE_HASH_SHA384] = "sha384", [IKE_HASH_SHA512] = "sha512",
	};

	if (hash <= 0 || hash > IKE_HASH_SHA512 || !names[hash])
		return "";
	return names[hash];
}

static void isakmp_row_detail(const json_t *sa, struct text *out)
{
	json_int_t life = show_int(sa, "lifetime");
	json_t *code;
	size_t i;

	text_printf(out, "%-5lld %-15s %-15s        %-6s %-4s %-6s %-4s %-2lld %02lld:%02lld:%02lld ",
		    (long long)show_int(sa, "conn_id"), show_str(sa, "local"),
		    show_str(sa, "remote"), show_true(sa, "established") ? "ACTIVE" : "",
		    encryption_code(show_int(sa, "encryption")), hash_code(show_int(sa, "hash")),
		    auth_code(show_int(sa, "auth")), (long long)show_int(sa, "group"),
		    (long long)life / 3600, (long long)life / 60 % 60, (long long)life % 60);
	json_array_foreach(json_object_get(sa, "capabilities"), i, code)
		text_puts(out, json_string_value(code));
	text_printf(out, "\n       Engine-id:Conn-id =  SW:%lld\n", (long long)show_int(sa, "conn_id"));
}

static void isakmp_family(const json_t *value, bool ipv6, struct text *out)
{
	bool detail = show_true(value, "detail");
	json_t *sa;
	size_t i;

	text_printf(out, "IPv%c Crypto ISAKMP SA\n", ipv6 ? '6' : '4');
	text_puts(out, detail ?
		  "\nC-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.\n\n" :
		  "dst             src             state              conn-id status\n");
	json_array_foreach(json_object_get(value, "isakmp_sas"), i, sa) {
		if (show_true(sa, "ipv6") != ipv6)
			continue;
		if (detail)
			isakmp_row_detail(sa, out);
		else
			isakmp_row(sa, out);
	}
	text_puts(out, "\n");
}

static void render_isakmp(const json_t *value, struct text *out)
{
	if (show_true(value, "detail"))
		text_puts(out, "Codes: C - IKE configuration mode, D - Dead Peer Detection\n"
			  "       K - Keepalives, N - NAT-traversal\n"
			  "       X - IKE Extended Authentication\n"
			  "       psk - Preshared key, rsig - RSA signature\n"
			  "       renc - RSA encryption\n");
	isakmp_family(value, false, out);
	isakmp_family(value, true, out);
}

/* --- show crypto session */

/* What is collected: sessions by interface, local and remote address. */
struct sessions {
	struct daemon *d;
	struct snapshot *snapshot;
	struct addr local, remote;	/* unset: all */
	json_t *list;
};

static const char *session_status(bool ike, bool negotiating, bool sas)
{
	if (sas)
		return ike ? "UP-ACTIVE" : "UP-NO-IKE";
	if (ike)
		return "UP-IDLE";
	return negotiating ? "DOWN-NEGOTIATING" : "DOWN";
}

static json_t *phase1_value(const struct ike_sa *sa)
{
	char id[256];
	json_t *value = isakmp_value(sa);

	json_object_set_new(value, "id", json_string(isakmp_id_text(&sa->peer_id, id, sizeof(id))));
	return value;
}

/* The sum over the SAs of a flow, one direction. */
static json_t *direction_value(const struct sessions *s, const struct tunnel *t,
			       enum cryptomap_direction direction)
{
	const struct sa_pair *current = tunnel_current(t);
	json_int_t packets = 0, seconds = 0, kilobytes = 0, drops = 0;
	size_t n, first = snapshot_sas(s->snapshot, t->flow.id, &n);

	for (size_t i = first; i < first + n; i++) {
		const struct cm_sa_info *sa = &s->snapshot->sas[i];
		const struct cm_sa_limits *limits = &sa->sa.limits;

		if (sa->sa.id.direction != direction)
			continue;
		packets += sa->packets;
		for (unsigned int k = 0; k < sa->drops.n; k++)
			drops += sa->drops.list[k].count;
		if (!current || (sa->sa.id.spi != current->in.spi && sa->sa.id.spi != current->out.spi))
			continue;
		seconds = limits->hard_seconds > sa->age_seconds ?
			limits->hard_seconds - sa->age_seconds : 0;
		kilobytes = limits->hard_bytes > sa->bytes ?
			(limits->hard_bytes - sa->bytes) / 1024 : 0;
	}
	return json_pack("{s:I, s:I, s:I, s:I}", "packets", packets, "drops", drops,
			 "life_kilobytes", kilobytes, "life_seconds", seconds);
}

static json_t *flow_value(const struct sessions *s, const struct tunnel *t)
{
	size_t n;

	snapshot_sas(s->snapshot, t->flow.id, &n);
	return json_pack("{s:o, s:o, s:I, s:o, s:o, s:s, s:i}",
		"local_ident", show_ident(&t->flow.rule, t->flow.family, true),
		"remote_ident", show_ident(&t->flow.rule, t->flow.family, false),
		"sas", (json_int_t)n,
		"inbound", direction_value(s, t, CRYPTOMAP_DIRECTION_IN),
		"outbound", direction_value(s, t, CRYPTOMAP_DIRECTION_OUT),
		"map", t->flow.map, "seq", t->flow.seq);
}

static json_t *new_session(const struct sessions *s, const struct tunnel *t,
			   const struct addr *remote, const struct ike_sa *sa)
{
	json_t *ike = json_array();

	if (sa)
		json_array_append_new(ike, phase1_value(sa));
	return json_pack("{s:s, s:o, s:o, s:I, s:s, s:o, s:[]}",
		"interface", show_interface(s->d->running, s->d->links, t->flow.ifindex),
		"local", show_address(&t->local), "peer", show_address(remote),
		"ifindex", (json_int_t)t->flow.ifindex, "status", "DOWN",
		"isakmp_sas", ike, "flows");
}

static json_t *find_session(const struct sessions *s, const struct tunnel *t,
			    const struct addr *remote)
{
	struct addr_buf local_text, remote_text;
	json_t *session;
	size_t i;

	addr_text(&t->local, &local_text);
	addr_text(remote, &remote_text);
	json_array_foreach(s->list, i, session)
		if (show_int(session, "ifindex") == t->flow.ifindex &&
		    strcmp(show_str(session, "local"), local_text.text) == 0 &&
		    strcmp(show_str(session, "peer"), remote_text.text) == 0)
			return session;
	return NULL;
}

static bool is_wanted(const struct sessions *s, const struct tunnel *t, const struct addr *remote)
{
	return (!addr_is_set(&s->local) || addr_equal(&s->local, &t->local)) &&
	       (!addr_is_set(&s->remote) || addr_equal(&s->remote, remote));
}

static bool has_sas(const json_t *session)
{
	json_t *flow;
	size_t i;

	json_array_foreach(json_object_get(session, "flows"), i, flow)
		if (show_int(flow, "sas"))
			return true;
	return false;
}

static void add_tunnel(void *arg, const struct tunnel *t)
{
	struct sessions *s = arg;
	const struct sa_pair *pair = tunnel_current(t);
	struct addr remote;
	struct ike_sa *sa;
	json_t *session;
	bool up;

	if (pair)
		remote = pair->peer;
	else if (!tunnel_peer(t, &remote))
		remote = (struct addr){ .family = AF_UNSPEC };
	/* Of a peer that has called at another interface. */
	if (dynamic_is(t) && !addr_is_set(&remote))
		return;
	if (!is_wanted(s, t, &remote))
		return;
	sa = ike_sa_with(s->d->ike, &t->local, &remote, NULL);
	up = sa && ike_sa_is_established(sa);
	session = find_session(s, t, &remote);
	if (!session) {
		session = new_session(s, t, &remote, sa);
		json_array_append_new(s->list, session);
	}
	json_array_append_new(json_object_get(session, "flows"), flow_value(s, t));
	json_object_set_new(session, "status", json_string(
		session_status(up, sa || t->wanted, has_sas(session))));
}

static void read_addresses(struct cli_ctx *c, struct sessions *s)
{
	if (cli_has(c, "ours"))
		addr_parse(&s->local, AF_UNSPEC, cli_arg_str(c, "ours"));
	if (cli_has(c, "theirs"))
		addr_parse(&s->remote, AF_UNSPEC, cli_arg_str(c, "theirs"));
}

static int show_session(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct snapshot_filter all = { .map = NULL };
	struct snapshot snapshot;
	struct sessions s = { .d = d, .snapshot = &snapshot };
	struct kerr err;

	read_addresses(c, &s);
	if (snapshot_take(&snapshot, d->kernel, &all, &err) < 0)
		return cli_refuse(c, "%s", err.text);
	s.list = json_array();
	if (d->ike)
		tunnel_each(d->ike, add_tunnel, &s);
	snapshot_release(&snapshot);
	cli_set_json(c, json_pack("{s:b, s:o}", "detail", cli_has(c, "detail"),
				  "sessions", s.list));
	return 0;
}

static void render_phase1(const json_t *sa, bool detail, struct text *out)
{
	json_int_t life = show_int(sa, "lifetime");
	json_t *code;
	size_t i;

	text_printf(out, "  IKEv1 SA: local %s/%u remote %s/%u %s\n", show_str(sa, "local"),
		    ISAKMP_PORT, show_str(sa, "remote"), ISAKMP_PORT,
		    show_true(sa, "established") ? "Active" : "Inactive");
	if (!detail)
		return;
	text_puts(out, "          Capabilities:");
	if (!json_array_size(json_object_get(sa, "capabilities")))
		text_puts(out, "(none)");
	json_array_foreach(json_object_get(sa, "capabilities"), i, code)
		text_puts(out, json_string_value(code));
	text_printf(out, " connid:%lld lifetime:%02lld:%02lld:%02lld\n",
		    (long long)show_int(sa, "conn_id"), (long long)life / 3600,
		    (long long)life / 60 % 60, (long long)life % 60);
}

static void render_ident(const json_t *ident, struct text *out)
{
	text_printf(out, " %s/%s", show_str(ident, "address"), show_str(ident, "mask"));
}

static void render_direction(const json_t *flow, const char *key, const char *label,
			     struct text *out)
{
	const json_t *v = json_object_get(flow, key);

	text_printf(out, "        %s %lld drop %lld life (KB/Sec) %lld/%lld\n", label,
		    (long long)show_int(v, "packets"), (long long)show_int(v, "drops"),
		    (long long)show_int(v, "life_kilobytes"),
		    (long long)show_int(v, "life_seconds"));
}

static void render_flow(const json_t *flow, bool detail, struct text *out)
{
	json_int_t protocol = show_int(json_object_get(flow, "local_ident"), "protocol");

	text_puts(out, "  IPSEC FLOW: permit ");
	if (protocol)
		text_printf(out, "%lld", (long long)protocol);
	else
		text_puts(out, "ip");
	render_ident(json_object_get(flow, "local_ident"), out);
	render_ident(json_object_get(flow, "remote_ident"), out);
	text_printf(out, "\n        Active SAs: %lld, origin: crypto map\n",
		    (long long)show_int(flow, "sas"));
	if (!detail)
		return;
	render_direction(flow, "inbound", "Inbound:  #pkts dec'ed", out);
	render_direction(flow, "outbound", "Outbound: #pkts enc'ed", out);
}

static void render_session(const json_t *session, bool detail, struct text *out)
{
	const json_t *sas = json_object_get(session, "isakmp_sas");
	json_t *row;
	size_t i;

	text_printf(out, "Interface: %s\nSession status: %s\nPeer: %s port %u\n",
		    show_str(session, "interface"), show_str(session, "status"),
		    show_str(session, "peer"), ISAKMP_PORT);
	if (detail && json_array_size(sas))
		text_printf(out, "      Phase1_id: %s\n", show_str(json_array_get(sas, 0), "id"));
	json_array_foreach(sas, i, row)
		render_phase1(row, detail, out);
	json_array_foreach(json_object_get(session, "flows"), i, row)
		render_flow(row, detail, out);
	text_puts(out, "\n");
}

static void render_sessions(const json_t *value, struct text *out)
{
	json_t *session;
	size_t i;

	text_puts(out, "Crypto session current status\n\n");
	json_array_foreach(json_object_get(value, "sessions"), i, session)
		render_session(session, show_true(value, "detail"), out);
}

/* --- clear */

static int clear_isakmp(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct addr none = { .family = AF_UNSPEC };
	uint32_t conn_id = cli_has(c, "id") ? cli_arg_u32(c, "id") : 0;

	if (d->ike && !ike_clear_sas(d->ike, conn_id, &none) && conn_id)
		return cli_refuse_at(c, "id", "There is no ISAKMP SA with connection id %u",
				     conn_id);
	return 0;
}

static int clear_session(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct sessions s = { .d = d };

	read_addresses(c, &s);
	if (d->ike)
		ike_clear_sessions(d->ike, &s.local, &s.remote);
	return 0;
}

#define SHOW	"Show running system information\n" "Encryption module\n"
#define CLEAR	"Reset functions\n" "Encryption subsystem\n"
#define LOCAL	"{A.B.C.D$ours|X:X::X:X$ours}"
#define REMOTE	"{A.B.C.D$theirs|X:X::X:X$theirs}"
#define WHICH	"[local " LOCAL "] [remote " REMOTE "]"
#define WHICH_HELP							\
	"Of this address of ours\n" "IP address\n" "IPv6 address\n"	\
	"With this peer\n" "IP address\n" "IPv6 address\n"

static const struct cli_command commands[] = {
	{
		.grammar = "show crypto isakmp sa [detail]",
		.help = SHOW "Show ISAKMP\n" "Show ISAKMP Security Associations\n"
			"Show ISAKMP SA detail\n",
		.modes = CLI_IN_EXEC,
		.set = show_isakmp, .render = render_isakmp, .ref = "C87 C88",
	}, {
		.grammar = "show crypto session " WHICH " [detail]",
		.help = SHOW "Show crypto sessions (tunnels)\n" WHICH_HELP
			"Detailed\n",
		.modes = CLI_IN_EXEC,
		.set = show_session, .render = render_sessions, .ref = "C99",
	}, {
		.grammar = "clear crypto isakmp [(1-4294967295)$id]",
		.help = CLEAR "Clear ISAKMP database\n" "connection id of SA\n",
		.modes = CLI_IN(CLI_MODE_PRIV),
		.set = clear_isakmp, .ref = "C112",
	}, {
		.grammar = "clear crypto session " WHICH,
		.help = CLEAR "Clear crypto sessions (tunnels)\n" WHICH_HELP,
		.modes = CLI_IN(CLI_MODE_PRIV),
		.set = clear_session, .ref = "C114",
	},
};

const struct command_table commands_show_session = COMMAND_TABLE(commands);
