// SPDX-License-Identifier: GPL-2.0-or-later
/* What several show commands have in common: addresses, SAs, drop reasons. */
#include <arpa/inet.h>
#include <string.h>

#include "show.h"

const char *show_str(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

json_int_t show_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

bool show_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* null for an unset address. */
json_t *show_address(const struct addr *a)
{
	struct addr_buf text;

	return addr_is_set(a) ? json_string(addr_text(a, &text)) : json_null();
}

/* {"reason": count}, only what is not zero. */
json_t *show_drops(const struct cm_drops *drops)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < drops->n; i++)
		if (drops->list[i].count)
			json_object_set_new(object, drops->list[i].reason,
					    json_integer(drops->list[i].count));
	return object;
}

static const char *state_name(enum cryptomap_sa_state state)
{
	switch (state) {
	case CRYPTOMAP_SA_STATE_LARVAL:
		return "LARVAL";
	case CRYPTOMAP_SA_STATE_MATURE:
		return "ACTIVE";
	case CRYPTOMAP_SA_STATE_DYING:
		return "DYING";
	case CRYPTOMAP_SA_STATE_DEAD:
		break;
	}
	return "DEAD";
}

/* "esp-aes 256 esp-sha-hmac"; a dump does not tell the key length, the set does. */
static json_t *transform_name(const struct cm_sa *sa, const struct transform_set *set)
{
	const struct encr_info *encr = transform_encr(sa->encr_alg);
	const struct auth_info *auth = transform_auth(sa->auth_alg);
	char text[128];

	if (set && set->encr == sa->encr_alg && set->auth == sa->auth_alg) {
		transform_format(set, text, sizeof(text));
		return json_string(text);
	}
	return json_sprintf("%s%s%s", encr ? encr->ios : "", encr && auth ? " " : "",
			    auth ? auth->ios_esp : "");
}

/* The configured name of an interface, or that of the device. */
const char *show_interface(const struct config *config, const struct link_table *links,
			   unsigned int ifindex)
{
	const struct link *link = link_find_index(links, ifindex);
	const struct interface *iface;
	size_t i;

	if (!link)
		return "(gone)";
	objects_for_each(iface, &config->interfaces, i)
		if (link_find(links, iface->name) == link)
			return iface->name;
	return link->name;
}

/* For "show crypto engine connections active". */
void show_algorithm(const struct cm_sa *sa, char *text, size_t size)
{
	const struct encr_info *encr = transform_encr(sa->encr_alg);
	const struct auth_info *auth = transform_auth(sa->auth_alg);

	snprintf(text, size, "%s%s%s%s", auth ? "HMAC_" : "", auth ? auth->display : "",
		 auth && encr ? "+" : "", encr ? encr->display : "");
}

static void set_lifetime(json_t *sa, const struct cm_sa_info *info)
{
	const struct cm_sa_limits *l = &info->sa.limits;

	if (l->hard_bytes)
		json_object_set_new(sa, "remaining-kilobytes", json_integer(
			l->hard_bytes > info->bytes ? (l->hard_bytes - info->bytes) / 1024 : 0));
	if (l->hard_seconds)
		json_object_set_new(sa, "remaining-seconds", json_integer(
			l->hard_seconds > info->age_seconds ?
			l->hard_seconds - info->age_seconds : 0));
}

/*
 * @replay: whether the flow's inbound SAs check replay.  @set: transform set
 * that the SA was made from, NULL if it is not known.
 */
json_t *show_sa(const struct cm_sa_info *info, const char *map, bool replay,
		const struct transform_set *set)
{
	const struct encr_info *encr = transform_encr(info->sa.encr_alg);
	bool in = info->sa.id.direction == CRYPTOMAP_DIRECTION_IN;
	json_t *sa = json_pack("{s:I, s:s, s:o, s:s, s:I, s:I, s:s, s:I, s:b, s:s}",
		"spi", (json_int_t)info->sa.id.spi,
		"direction", in ? "inbound" : "outbound",
		"transform", transform_name(&info->sa, set),
		"mode", transform_mode_name(info->sa.mode),
		"conn-id", (json_int_t)info->conn_id,
		"flow-id", (json_int_t)info->sa.flow,
		"crypto-map", map,
		"iv-size", (json_int_t)(encr ? encr->iv : 0),
		"replay-detection", replay,
		"status", state_name(info->state));

	json_object_set_new(sa, "source", show_address(&info->sa.src));
	json_object_set_new(sa, "destination", show_address(&info->sa.id.dst));
	if (in)
		json_object_set_new(sa, "replay-window", json_integer(info->sa.replay_window));
	set_lifetime(sa, info);
	json_object_set_new(sa, "age-seconds", json_integer(info->age_seconds));
	json_object_set_new(sa, "idle-seconds", json_integer(info->idle_for_seconds));
	json_object_set_new(sa, "packets", json_integer(info->packets));
	json_object_set_new(sa, "bytes", json_integer(info->bytes));
	json_object_set_new(sa, "sequence", json_integer(info->sequence));
	json_object_set_new(sa, "esn", json_boolean(info->sa.flags & CRYPTOMAP_SA_FLAGS_ESN));
	json_object_set_new(sa, "drops", show_drops(&info->drops));
	return sa;
}

static json_t *mask_text(const struct addr *a, const struct addr *mask, uint16_t family)
{
	struct addr all = addr_mask(family, addr_is_set(a) ? 128 : 0);
	const struct addr *m = addr_is_set(a) && addr_is_set(mask) ? mask : &all;
	struct addr_buf text;

	if (family == AF_INET6 && addr_mask_len(m) >= 0)
		return json_sprintf("%d", addr_mask_len(m));
	return json_string(addr_text(m, &text));
}

static json_t *port_text(bool has, uint16_t min, uint16_t max)
{
	if (!has)
		return json_string("0");
	if (min == max)
		return json_sprintf("%u", min);
	return json_sprintf("%u-%u", min, max);
}

/* One side of a flow's selector, as the packets have it that leave. */
json_t *show_ident(const struct cm_rule *rule, uint16_t family, bool source)
{
	const struct addr *a = source ? &rule->src : &rule->dst;
	const struct addr *mask = source ? &rule->src_mask : &rule->dst_mask;
	struct addr any;

	addr_set_any(&any, family);
	return json_pack("{s:o, s:o, s:i, s:o}",
		"address", show_address(addr_is_set(a) ? a : &any),
		"mask", mask_text(a, mask, family),
		"protocol", rule->proto,
		"port", source ? port_text(rule->has_sport, rule->sport_min, rule->sport_max) :
				 port_text(rule->has_dport, rule->dport_min, rule->dport_max));
}

/* One SA as in O8. */
void show_sa_text(const json_t *sa, struct text *out)
{
	const json_t *kilobytes = json_object_get(sa, "remaining-kilobytes");
	const json_t *seconds = json_object_get(sa, "remaining-seconds");
	bool tunnel = !strcmp(show_str(sa, "mode"), "Tunnel");

	text_printf(out, "      spi: 0x%llX(%llu)\n", (long long)show_int(sa, "spi"),
		    (long long)show_int(sa, "spi"));
	text_printf(out, "        transform: %s ,\n", show_str(sa, "transform"));
	text_printf(out, "        in use settings ={%s, }\n", show_str(sa, "mode"));
	text_printf(out, "        conn id: %lld, flow_id: SW:%lld, sibling_flags %s, crypto map: %s\n",
		    (long long)show_int(sa, "conn-id"), (long long)show_int(sa, "flow-id"),
		    tunnel ? "80000040" : "80000000", show_str(sa, "crypto-map"));
	if (kilobytes || seconds)
		text_printf(out, "        sa timing: remaining key lifetime (k/sec): (%lld/%lld)\n",
			    (long long)json_integer_value(kilobytes),
			    (long long)json_integer_value(seconds));
	else
		text_puts(out, "        no sa timing\n");
	text_printf(out, "        IV size: %lld bytes\n", (long long)show_int(sa, "iv-size"));
	text_printf(out, "        replay detection support: %s\n",
		    show_true(sa, "replay-detection") ? "Y" : "N");
	text_printf(out, "        Status: %s(%s)\n", show_str(sa, "status"), show_str(sa, "status"));
}
