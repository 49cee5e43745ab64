// SPDX-License-Identifier: GPL-2.0-or-later
/* show running-config and startup-config, write, copy, erase (CLI-7). */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "../startup.h"
#include "commands.h"

/*
 * Keys are part of what is printed: the output is made to be pasted, and
 * privileged exec is open to those only who could read the startup file.
 */
static void print_running(struct cli_ctx *c, const struct config *config)
{
	const struct daemon *d = cli_user(c);
	struct text out = TEXT_INIT;

	cli_running_config(d->cli, config, CLI_WRITE_HEADER | CLI_WRITE_SECRETS, &out);
	if (cli_wants_json(c))
		cli_set_json(c, json_pack("{s:s}", "running-config", text_str(&out)));
	else
		text_add(cli_out(c), out.data, out.len);
	text_wipe(&out);
}

static int show_running(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);

	print_running(c, d->running);
	return 0;
}

/* One section: "show running-config interface X" or "map M". */
static int show_running_part(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	struct config *part = config_new();
	const struct map_entry *entry;
	const struct interface *iface;
	size_t i;

	objects_for_each(iface, &d->running->interfaces, i)
		if (cli_has(c, "if") && !interface_name_compare(iface->name, cli_arg_str(c, "if")))
			objects_insert(&part->interfaces, interface_class.clone(iface));
	objects_for_each(entry, &d->running->entries, i)
		if (cli_has(c, "tag") && !strcmp(entry->name, cli_arg_str(c, "tag")))
			objects_insert(&part->entries, map_class.clone(entry));
	print_running(c, part);
	config_free(part);
	return 0;
}

static int save(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct text out = TEXT_INIT;
	char err[STARTUP_ERROR_MAX];
	int ret;

	cli_printf(c, "Building configuration...\n");
	cli_running_config(d->cli, d->running, CLI_WRITE_SECRETS, &out);
	ret = startup_write(d->startup_path, &out, err, sizeof(err));
	text_wipe(&out);
	if (ret)
		return cli_refuse(c, "The startup configuration was not saved: %s", err);
	d->startup_saved = time(NULL);
	cli_printf(c, "[OK]\n");
	return 0;
}

static int erase(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	char err[STARTUP_ERROR_MAX];

	if (startup_erase(d->startup_path, err, sizeof(err)))
		return cli_refuse(c, "The startup configuration was not erased: %s", err);
	cli_printf(c, "[OK]\n");
	return 0;
}

static int show_startup(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	struct text file = TEXT_INIT;
	char err[STARTUP_ERROR_MAX];
	int ret = startup_read(d->startup_path, &file, err, sizeof(err));

	if (ret == -ENOENT)
		return cli_refuse(c, "startup-config is not present");
	if (ret) {
		text_wipe(&file);
		return cli_refuse(c, "%s", err);
	}
	if (cli_wants_json(c))
		cli_set_json(c, json_pack("{s:s}", "startup-config", text_str(&file)));
	else
		cli_printf(c, "Using %zu bytes\n%s", file.len, text_str(&file));
	text_wipe(&file);
	return 0;
}

#define IN_PRIV	.modes = CLI_IN(CLI_MODE_PRIV)
#define SHOW	"Show running system information\n"
#define COPY	"Copy from one file to another\n"
#define WRITE	"Write running configuration to memory or terminal\n"

static const struct cli_command commands[] = {
	{
		.grammar = "show running-config",
		.help = SHOW "Current operating configuration\n",
		IN_PRIV, .set = show_running, .ref = "C110",
	}, {
		.grammar = "show running-config {interface IFNAME$if|map WORD$tag}",
		.help = SHOW "Current operating configuration\n"
			"Show interface configuration\n" "Interface name\n"
			"Show crypto map configuration\n" "Crypto map tag\n",
		IN_PRIV, .set = show_running_part, .ref = "C110",
	}, {
		.grammar = "show startup-config",
		.help = SHOW "Contents of startup configuration\n",
		IN_PRIV, .set = show_startup,
	}, {
		.grammar = "write [memory]",
		.help = WRITE "Write to startup configuration\n",
		IN_PRIV, .set = save,
	}, {
		.grammar = "write terminal",
		.help = WRITE "Write to terminal\n",
		IN_PRIV, .set = show_running,
	}, {
		.grammar = "write erase",
		.help = WRITE "Erase startup configuration\n",
		IN_PRIV, .set = erase,
	}, {
		.grammar = "erase startup-config",
		.help = "Erase a filesystem\n" "Erase contents of configuration memory\n",
		IN_PRIV, .set = erase,
	}, {
		.grammar = "copy running-config startup-config",
		.help = COPY "Copy from current system configuration\n"
			"Copy to startup configuration\n",
		IN_PRIV, .set = save,
	},
};

const struct command_table commands_save = COMMAND_TABLE(commands);
