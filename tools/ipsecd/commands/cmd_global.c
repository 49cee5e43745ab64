// SPDX-License-Identifier: GPL-2.0-or-later
/* hostname, ip domain name. */
#include <ctype.h>
#include <string.h>

#include "commands.h"

#define HOSTNAME_MAX	63
#define DOMAIN_MAX	253

static bool hostname_allowed(const char *name)
{
	if (!isalnum((unsigned char)*name) || strlen(name) > HOSTNAME_MAX)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-._", *name))
			return false;
	return true;
}

static int set_hostname(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_op(c) == CLI_SET ? cli_arg_str(c, "name") : NULL;

	if (name && !hostname_allowed(name))
		return cli_refuse_at(c, "name", "A host name has up to %u letters, digits, '-', '_' and '.'",
				     HOSTNAME_MAX);
	object_set_text(&config->hostname, name);
	return 0;
}

static void write_hostname(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);

	if (config->hostname)
		cli_write_line(w, "hostname %s", config->hostname);
}

/* With the host name it is what this router calls itself in IKE (IKE-10). */
static int set_domain(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_op(c) == CLI_SET ? cli_arg_str(c, "domain") : NULL;

	if (name && (strlen(name) > DOMAIN_MAX || !isalnum((unsigned char)*name)))
		return cli_refuse_at(c, "domain", "A domain name begins with a letter or digit and has at most %u characters",
				     DOMAIN_MAX);
	object_set_text(&config->domain, name);
	return 0;
}

static void write_domain(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);

	if (config->domain)
		cli_write_line(w, "ip domain name %s", config->domain);
}

static const struct cli_command commands[] = {
	{
		.grammar = "hostname WORD$name",
		.no_grammar = "hostname [WORD$name]",
		.help = "Set system's network name\n"
			"This system's network name\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_hostname, .unset = set_hostname,
		.write = write_hostname, .order = ORDER_HOSTNAME,
	}, {
		.grammar = "ip {domain name|domain-name} WORD$domain",
		.no_grammar = "ip {domain name|domain-name} [WORD$domain]",
		.help = "Global IP configuration subcommands\n"
			"IP DNS resolver\n"
			"Define the default domain name\n"
			"Define the default domain name\n"
			"Default domain name\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_domain, .unset = set_domain,
		.write = write_domain, .order = ORDER_DOMAIN, .ref = "IKE-10",
	},
};

const struct command_table commands_global = COMMAND_TABLE(commands);
