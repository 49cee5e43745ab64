// SPDX-License-Identifier: GPL-2.0-or-later
/* What holds for all of IKE: identity, keepalive, modes (IKE-10, DPD-1 … DPD-5). */

#include "commands.h"
#include "edit.h"

#define CRYPTO		"Encryption module\n"
#define ISAKMP		CRYPTO "Configure ISAKMP policy\n"

struct keepalive command_parse_keepalive(struct cli_ctx *c)
{
	struct keepalive keepalive = { 0 };

	if (cli_op(c) != CLI_SET)
		return keepalive;
	keepalive.seconds = cli_arg_u32(c, "seconds");
	keepalive.retry = cli_has(c, "retries") ? cli_arg_u32(c, "retries") :
						  KEEPALIVE_RETRY_DEFAULT;
	keepalive.periodic = cli_has(c, "periodic");
	return keepalive;
}

static int set_keepalive(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);

	config->keepalive = command_parse_keepalive(c);
	return 0;
}

/* The default retry and "on-demand" are not displayed (DPD-5). */
static void write_keepalive(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct keepalive *k = &config->keepalive;
	const char *periodic = k->periodic ? " periodic" : "";

	if (k->seconds && k->retry != KEEPALIVE_RETRY_DEFAULT)
		cli_write_line(w, "crypto isakmp keepalive %u %u%s", k->seconds, k->retry, periodic);
	else if (k->seconds)
		cli_write_line(w, "crypto isakmp keepalive %u%s", k->seconds, periodic);
}

static int set_identity(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);

	config->identity = ISAKMP_IDENTITY_ADDRESS;
	if (cli_op(c) == CLI_SET && cli_has(c, "hostname"))
		config->identity = ISAKMP_IDENTITY_HOSTNAME;
	else if (cli_op(c) == CLI_SET && cli_has(c, "dn"))
		config->identity = ISAKMP_IDENTITY_DN;
	return 0;
}

static void write_identity(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);

	if (config->identity != ISAKMP_IDENTITY_ADDRESS)
		cli_write_line(w, "crypto isakmp identity %s",
			       config->identity == ISAKMP_IDENTITY_DN ? "dn" : "hostname");
}

static int set_enable(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);

	config->isakmp_disabled = cli_op(c) == CLI_NO;
	return 0;
}

static void write_enable(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);

	if (config->isakmp_disabled)
		cli_write_line(w, "no crypto isakmp enable");
}

static int set_aggressive(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);

	config->aggressive_disabled = cli_op(c) == CLI_SET;
	return 0;
}

static void write_aggressive(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);

	if (config->aggressive_disabled)
		cli_write_line(w, "crypto isakmp aggressive-mode disable");
}

static const struct cli_command commands[] = {
	{
		.grammar = "crypto isakmp identity {address|hostname|dn}",
		.no_grammar = "crypto isakmp identity [address|hostname|dn]",
		.help = ISAKMP "Set the identity which ISAKMP will use\n"
			"Use the IP address of the interface for the identity\n"
			"Use the hostname of the router for the identity\n"
			"Use the distinguished name of the router cert for the identity\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_identity, .unset = set_identity,
		.write = write_identity, .order = ORDER_ISAKMP, .ref = "IKE-10",
	}, {
		.grammar = "crypto isakmp keepalive (10-3600)$seconds [(2-60)$retries] [periodic|on-demand]",
		.no_grammar = "crypto isakmp keepalive [(10-3600)$seconds [(2-60)$retries] [periodic|on-demand]]",
		.help = ISAKMP "Set a keepalive interval for use with IOS peers\n"
			"Number of seconds between keep alives\n"
			"Number of seconds between retries if keepalive fails\n"
			"Send DPD messages at regular intervals\n"
			"Send DPD messages on demand, the default\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_keepalive, .unset = set_keepalive,
		.write = write_keepalive, .order = ORDER_ISAKMP, .ref = "C12",
	}, {
		.grammar = "crypto isakmp aggressive-mode disable",
		.help = ISAKMP "Aggressive mode of ISAKMP\n"
			"Neither begin nor answer aggressive mode\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_aggressive, .unset = set_aggressive,
		.write = write_aggressive, .order = ORDER_ISAKMP, .ref = "IKE-11",
	}, {
		.grammar = "crypto isakmp enable",
		.help = ISAKMP "Enable ISAKMP, the default\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_enable, .unset = set_enable,
		.write = write_enable, .order = ORDER_ISAKMP, .ref = "IKE-1",
	},
};

const struct command_table commands_isakmp = COMMAND_TABLE(commands);
