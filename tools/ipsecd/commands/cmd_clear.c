// SPDX-License-Identifier: GPL-2.0-or-later
/* clear crypto sa, clear counters (CUT-1, CUT-2). */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "../apply.h"
#include "../ike/ike.h"
#include "../snapshot.h"
#include "commands.h"
#include "lib/log.h"

/* False if the map that is named does not exist. */
static bool read_filter(struct cli_ctx *c, struct cm_sa_filter *filter)
{
	const struct daemon *d = cli_user(c);
	const char *tag = cli_has(c, "tag") ? cli_arg_str(c, "tag") : NULL;

	memset(filter, 0, sizeof(*filter));
	if (cli_has(c, "address"))
		addr_parse(&filter->peer, AF_UNSPEC, cli_arg_str(c, "address"));
	if (!tag)
		return true;
	if (strlen(tag) > CRYPTOMAP_MAP_NAME_MAX ||
	    (!map_exists(&d->running->entries, tag, AF_INET) &&
	     !map_exists(&d->running->entries, tag, AF_INET6)))
		return false;
	strcpy(filter->map, tag);
	return true;
}

/* The counters of the flows whose SAs go: a cleared flow starts at zero. */
static int clear_flow_counters(struct daemon *d, const struct cm_sa_filter *filter,
			       struct kerr *err)
{
	struct snapshot_filter wanted = {
		.map = *filter->map ? filter->map : NULL, .peer = filter->peer,
	};
	struct snapshot s;
	int ret = snapshot_take(&s, d->kernel, &wanted, err);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < s.n_flows && ret >= 0; i++)
		ret = d->kernel->stats_clear(d->kernel, s.flows[i].id, err);
	snapshot_release(&s);
	return ret;
}

/*
 * SAs of ipsec-manual entries are configuration: they are there again at
 * once, with sequence number 1.
 */
static int clear_sas(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct manual_result result;
	struct cm_sa_filter filter;
	struct kerr err;
	uint32_t count = 0;

	if (!read_filter(c, &filter))
		return cli_refuse_at(c, "tag", "Crypto map with tag \"%s\" does not exist",
				     cli_arg_str(c, "tag"));
	if (clear_flow_counters(d, &filter, &err) < 0 ||
	    d->kernel->sa_flush(d->kernel, &filter, &count, &err) < 0)
		return cli_refuse(c, "%s", err.text);
	if (apply_manual(d, &result, &err)) {
		apply_schedule(d);
		return cli_refuse(c, "%s", err.text);
	}
	log_msg(LOG_INFO, "clear crypto sa: %u SAs deleted, %u manual SAs installed again",
		count, result.added);
	if (result.added)
		cli_warn(c, "SAs with manual keys begin again at sequence number 1: a peer that checks replay drops packets until it is cleared too");
	return 0;
}

/* One SA of either direction; IKE ends the other half of its pair, and tells the peer. */
static int clear_entry(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct cm_sa_id id = {
		.direction = CRYPTOMAP_DIRECTION_IN, .proto = IPPROTO_ESP,
		.spi = cli_arg_u32(c, "spi"),
	};
	struct kerr err;
	int ret;

	addr_parse(&id.dst, AF_UNSPEC, cli_arg_str(c, "address"));
	ret = d->kernel->sa_del(d->kernel, &id, &err);
	if (ret == -ENOENT) {
		id.direction = CRYPTOMAP_DIRECTION_OUT;
		ret = d->kernel->sa_del(d->kernel, &id, &err);
	}
	if (ret == -ENOENT)
		return cli_refuse_at(c, "spi", "There is no SA with this destination and SPI");
	return ret < 0 ? cli_refuse(c, "%s", err.text) : 0;
}

static int clear_counters(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct cm_sa_filter filter;
	struct kerr err;
	int ret;

	if (!read_filter(c, &filter))
		return cli_refuse_at(c, "tag", "Crypto map with tag \"%s\" does not exist",
				     cli_arg_str(c, "tag"));
	if (*filter.map || addr_is_set(&filter.peer))
		ret = clear_flow_counters(d, &filter, &err);
	else
		ret = d->kernel->stats_clear(d->kernel, 0, &err);
	if (ret >= 0 && d->ike && !cli_has(c, "sa"))
		ike_counters_clear(d->ike);
	return ret < 0 ? cli_refuse(c, "%s", err.text) : 0;
}

static int clear_log(struct cli_ctx *c)
{
	(void)c;
	log_clear();
	return 0;
}

#define CLEAR	"Reset functions\n"
#define CRYPTO	"Encryption subsystem\n"
#define WHICH	"{map WORD$tag|peer {A.B.C.D$address|X:X::X:X$address}}"
#define WHICH_HELP							\
	"Clear all SAs for a given crypto map\n" "Crypto map tag\n"	\
	"Clear all SAs for a given crypto peer\n"			\
	"IP address of peer\n" "IPv6 address of peer\n"
#define IN_PRIV	.modes = CLI_IN(CLI_MODE_PRIV)

static const struct cli_command commands[] = {
	{
		.grammar = "clear crypto sa [" WHICH "]",
		.help = CLEAR CRYPTO "Clear all crypto SAs\n" WHICH_HELP,
		IN_PRIV, .set = clear_sas, .ref = "C113",
	}, {
		.grammar = "clear crypto sa entry {A.B.C.D$address|X:X::X:X$address} esp (256-4294967295)$spi",
		.help = CLEAR CRYPTO "Clear all crypto SAs\n" "Clear a single SA\n"
			"Destination address\n" "Destination IPv6 address\n"
			"Encapsulating Security Payload\n" "SPI\n",
		IN_PRIV, .set = clear_entry, .ref = "C113",
	}, {
		.grammar = "clear crypto sa counters [" WHICH "]",
		.help = CLEAR CRYPTO "Clear all crypto SAs\n"
			"Reset the SA counters\n" WHICH_HELP,
		IN_PRIV, .set = clear_counters,
	}, {
		.grammar = "clear counters",
		.help = CLEAR "Clear counters on all flows, SAs and drop reasons\n",
		IN_PRIV, .set = clear_counters,
	}, {
		.grammar = "clear logging",
		.help = CLEAR "Clear logging buffer\n",
		IN_PRIV, .set = clear_log,
	},
};

const struct command_table commands_clear = COMMAND_TABLE(commands);
