// SPDX-License-Identifier: GPL-2.0-or-later
/* show access-lists, show version, show logging. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "../show.h"
#include "../snapshot.h"
#include "commands.h"
#include "lib/log.h"
#include "lib/version.h"

/**
 * struct hits - packets of the flows that came of one rule of an access list
 * @rule: number of the rule
 */
struct hits {
	const struct acl *acl;
	uint32_t rule;
	json_int_t packets;
};

/* @v: @n of them, by list and rule; a list in several maps has several. */
struct hit_table {
	struct hits *v;
	size_t n;
};

static int compare_hits(const void *a, const void *b)
{
	const struct hits *x = a, *y = b;

	if (x->acl != y->acl)
		return (uintptr_t)x->acl < (uintptr_t)y->acl ? -1 : 1;
	return (x->rule > y->rule) - (x->rule < y->rule);
}

static void collect_hits(struct hit_table *table, const struct daemon *d,
			 const struct snapshot *s)
{
	table->v = calloc(s->n_flows + 1, sizeof(*table->v));
	table->n = 0;
	/* Then they are shown uncounted, as without the kernel. */
	if (!table->v)
		return;
	for (size_t i = 0; i < s->n_flows; i++) {
		const struct cm_flow *flow = &s->flows[i];
		const struct map_entry *entry = map_find(&d->running->entries, flow->map,
							 flow->family, flow->seq);
		const struct acl *acl = entry ? config_acl(d->running, entry) : NULL;

		if (acl)
			table->v[table->n++] = (struct hits){
				acl, flow->rule.index, flow->encaps + flow->send_errors,
			};
	}
	qsort(table->v, table->n, sizeof(*table->v), compare_hits);
}

/*
 * Packets that matched rule @rule of the list on their way out; -1 if no flow
 * came of it, so that nothing counts them.
 */
static json_int_t count_matches(const struct hit_table *table, const struct acl *acl,
				uint32_t rule)
{
	const struct hits key = { .acl = acl, .rule = rule };
	size_t low = 0, high = table->n;
	json_int_t matches = -1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_hits(&table->v[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < table->n && !compare_hits(&table->v[low], &key); low++)
		matches = (matches < 0 ? 0 : matches) + table->v[low].packets;
	return matches;
}

static json_t *acl_value(const struct hit_table *table, const struct acl *acl)
{
	struct cm_rule rules[ACL_RULES_PER_ACE];
	struct text line = TEXT_INIT;
	json_t *entries = json_array();
	uint32_t rule = 1;

	for (size_t i = 0; i < acl->n; i++) {
		const struct ace *ace = acl->v[i];
		json_int_t matches;
		json_t *value;

		if (ace->remark)
			continue;
		text_truncate(&line, 0);
		ace_format(ace, &line);
		value = json_pack("{s:I, s:s}", "sequence", (json_int_t)ace->seq,
				  "entry", text_str(&line));
		matches = count_matches(table, acl, rule);
		if (matches >= 0)
			json_object_set_new(value, "matches", json_integer(matches));
		json_array_append_new(entries, value);
		rule += acl_rules(ace, rules);
	}
	text_free(&line);
	return json_pack("{s:s, s:s, s:o}", "name", acl->name,
			 "family", acl->family == AF_INET6 ? "ipv6" : "ipv4",
			 "entries", entries);
}

static bool acl_wanted(struct cli_ctx *c, const struct acl *acl)
{
	if (cli_has(c, "acl") && strcmp(acl->name, cli_arg_str(c, "acl")))
		return false;
	if (cli_has(c, "ipv6"))
		return acl->family == AF_INET6;
	return !cli_has(c, "ip") || acl->family == AF_INET;
}

static int show_acls(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	struct snapshot_filter filter = { .map = NULL };
	struct snapshot s = { .n_flows = 0 };
	json_t *list = json_array();
	struct hit_table hits;
	const struct acl *acl;
	size_t i;

	/* Without the kernel the lists are shown all the same, uncounted. */
	snapshot_take(&s, d->kernel, &filter, NULL);
	collect_hits(&hits, d, &s);
	objects_for_each(acl, &d->running->acls, i)
		if (acl_wanted(c, acl))
			json_array_append_new(list, acl_value(&hits, acl));
	free(hits.v);
	snapshot_release(&s);
	cli_set_json(c, json_pack("{s:o}", "access-lists", list));
	return 0;
}

static void render_acl_entry(const json_t *entry, bool ipv6, struct text *out)
{
	long long matches = show_int(entry, "matches");
	long long sequence = show_int(entry, "sequence");

	if (ipv6)
		text_printf(out, "    %s", show_str(entry, "entry"));
	else
		text_printf(out, "    %lld %s", sequence, show_str(entry, "entry"));
	if (matches)
		text_printf(out, " (%lld match%s)", matches, matches == 1 ? "" : "es");
	if (ipv6)
		text_printf(out, " sequence %lld", sequence);
	text_puts(out, "\n");
}

static void render_acls(const json_t *value, struct text *out)
{
	json_t *acl, *entry;
	size_t i, k;

	json_array_foreach(json_object_get(value, "access-lists"), i, acl) {
		bool ipv6 = !strcmp(show_str(acl, "family"), "ipv6");

		text_printf(out, "%s access list %s\n", ipv6 ? "IPv6" : "Extended IP",
			    show_str(acl, "name"));
		json_array_foreach(json_object_get(acl, "entries"), k, entry)
			render_acl_entry(entry, ipv6, out);
	}
}

static int show_version(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	struct timespec now;
	struct utsname uts;

	clock_gettime(CLOCK_BOOTTIME, &now);
	uname(&uts);
	cli_set_json(c, json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}",
		"version", TOOLS_VERSION, "kernel", uts.release, "machine", uts.machine,
		"hostname", d->running->hostname ? d->running->hostname : CONFIG_HOSTNAME_DEFAULT,
		"uptime-seconds", (json_int_t)(now.tv_sec - d->started),
		"startup-config", d->startup_path));
	return 0;
}

static void render_version(const json_t *value, struct text *out)
{
	long long up = show_int(value, "uptime-seconds");

	text_printf(out, "cryptomap ipsecd version %s\n", show_str(value, "version"));
	text_printf(out, "Linux %s on %s\n\n", show_str(value, "kernel"), show_str(value, "machine"));
	text_printf(out, "%s uptime is %lld days, %lld hours, %lld minutes\n",
		    show_str(value, "hostname"), up / 86400, up / 3600 % 24, up / 60 % 60);
	text_printf(out, "Startup configuration is %s\n", show_str(value, "startup-config"));
}

static void add_log_line(void *arg, const struct timespec *when, int severity, const char *text)
{
	char stamp[64];
	struct tm tm;

	gmtime_r(&when->tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
	json_array_append_new(arg, json_pack("{s:o, s:i, s:s}",
		"time", json_sprintf("%s.%03ld", stamp, when->tv_nsec / 1000000),
		"severity", severity, "text", text));
}

static int show_logging(struct cli_ctx *c)
{
	json_t *list = json_array();

	log_each(add_log_line, list);
	cli_set_json(c, json_pack("{s:I, s:o}", "messages", (json_int_t)log_count(), "log", list));
	return 0;
}

static void render_logging(const json_t *value, struct text *out)
{
	json_t *line;
	size_t i;

	text_printf(out, "Syslog logging: enabled\n    Buffer logging: %lld messages logged\n\nLog Buffer (%d lines):\n\n",
		    (long long)show_int(value, "messages"), LOG_RING_LINES);
	json_array_foreach(json_object_get(value, "log"), i, line)
		text_printf(out, "*%s: %s\n", show_str(line, "time"), show_str(line, "text"));
}

#define SHOW	"Show running system information\n"

static const struct cli_command commands[] = {
	{
		.grammar = "show access-lists/access-list [WORD$acl]",
		.help = SHOW "List access lists\n" "Number or name\n",
		.modes = CLI_IN_EXEC,
		.set = show_acls, .render = render_acls,
	}, {
		.grammar = "show ip access-lists/access-list [WORD$acl]",
		.help = SHOW "IP information\n" "List IP access lists\n" "Number or name\n",
		.modes = CLI_IN_EXEC,
		.set = show_acls, .render = render_acls,
	}, {
		.grammar = "show ipv6 access-list/access-lists [WORD$acl]",
		.help = SHOW "IPv6 information\n" "List IPv6 access lists\n" "Name\n",
		.modes = CLI_IN_EXEC,
		.set = show_acls, .render = render_acls, .ref = "C102",
	}, {
		.grammar = "show version",
		.help = SHOW "System hardware and software status\n",
		.modes = CLI_IN_EXEC,
		.set = show_version, .render = render_version,
	}, {
		.grammar = "show logging",
		.help = SHOW "Show the contents of logging buffers\n",
		.modes = CLI_IN_EXEC,
		.set = show_logging, .render = render_logging, .ref = "C109",
	},
};

const struct command_table commands_show_config = COMMAND_TABLE(commands);
