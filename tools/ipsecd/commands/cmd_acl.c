// SPDX-License-Identifier: GPL-2.0-or-later
/* access-list, ip access-list extended, ipv6 access-list (ACL-1 … ACL-6). */
#include <stdlib.h>
#include <string.h>

#include "../config/validate.h"
#include "ace_args.h"
#include "commands.h"
#include "edit.h"

/* Every change of a list is one that acl.h makes as a whole or not at all. */
static struct acl *acl_edit(struct edit *e, struct cli_ctx *c, uint16_t family,
			    const char *name)
{
	struct config *config = cli_candidate(c);
	struct acl key = { .family = family, .name = (char *)name };

	return edit_directly(e, c, &config->acls, &key);
}

/* *@created: there was no such list. */
static struct acl *acl_edit_or_create(struct edit *e, struct cli_ctx *c, uint16_t family,
				      const char *name, bool *created)
{
	struct config *config = cli_candidate(c);
	struct acl *acl = acl_edit(e, c, family, name);

	*created = !acl;
	return acl ? acl : edit_create(e, c, &config->acls, acl_new(family, name));
}

static int no_list(struct cli_ctx *c, const char *name)
{
	return cli_refuse(c, "Access list %s does not exist", name);
}

/* Permits of a manual entry behind the first get no SA: said once, when met. */
static void warn_users(struct cli_ctx *c, const struct acl *acl)
{
	const struct config *config = cli_candidate(c);
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, &config->entries, i)
		if (entry->kind == CRYPTOMAP_ENTRY_KIND_MANUAL &&
		    entry->family == acl->family && object_same_text(entry->acl, acl->name))
			cli_warn(c, "Crypto map %s %u has session keys for the first permit of access list %s only; what the others select is dropped",
				 entry->name, entry->seq, acl->name);
}

/* Adds @ace to the list of @e; nothing is left of it or of the list if it cannot be. */
static int put_entry(struct edit *e, bool created, const struct ace *ace)
{
	struct acl *acl = e->object;
	size_t permits = acl->permits;
	struct validate_error error;

	if (!acl_add(acl, ace, error.text, sizeof(error.text)))
		return cli_refuse(e->c, "%s", error.text);
	if (!ace_usable(ace) &&
	    !validate_acl_users(cli_candidate(e->c), acl->family, acl->name, &error)) {
		if (created)
			return edit_refuse(e, error.text);
		acl_remove(acl, ace);
		return cli_refuse(e->c, "%s", error.text);
	}
	if (permits == 1 && acl->permits == 2)
		warn_users(e->c, acl);
	return edit_done(e);
}

static int add_entry(struct cli_ctx *c, uint16_t family, const char *name, uint32_t seq)
{
	struct ace ace;
	struct edit e;
	bool created;
	int ret = ace_args_read(c, family, &ace, &seq);

	if (!ret) {
		ace.seq = seq;
		acl_edit_or_create(&e, c, family, name, &created);
		ret = put_entry(&e, created, &ace);
	}
	ace_clear(&ace);
	return ret;
}

static int remove_entry(struct cli_ctx *c, uint16_t family, const char *name)
{
	uint32_t seq = 0;
	struct acl *acl;
	struct ace ace;
	struct edit e;
	int ret = ace_args_read(c, family, &ace, &seq);

	if (ret)
		goto out;
	acl = acl_edit(&e, c, family, name);
	if (!acl)
		ret = no_list(c, name);
	else if (!acl_remove(acl, &ace))
		ret = cli_refuse(c, "The access list has no such entry");
	else
		ret = edit_done(&e);
out:
	ace_clear(&ace);
	return ret;
}

/* What stops being protected when a list goes. */
static void warn_unprotected(struct cli_ctx *c, uint16_t family, const char *name)
{
	const struct config *config = cli_candidate(c);
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, &config->entries, i)
		if (entry->family == family && object_same_text(entry->acl, name))
			cli_warn(c, "Crypto map %s %u used access list %s: it protects nothing until the list is there again",
				 entry->name, entry->seq, name);
}

static int remove_list(struct cli_ctx *c, uint16_t family, const char *name)
{
	struct config *config = cli_candidate(c);
	struct acl key = { .family = family, .name = (char *)name };

	if (!objects_remove(&config->acls, &key))
		return no_list(c, name);
	warn_unprotected(c, family, name);
	return 0;
}

static int add_remark(struct cli_ctx *c, uint16_t family, const char *name)
{
	struct acl *acl;
	struct edit e;
	bool created;

	acl = acl_edit_or_create(&e, c, family, name, &created);
	acl_add_remark(acl, cli_arg_u32(c, "seq"), cli_arg_str(c, "text"));
	return edit_done(&e);
}

static int remove_remark(struct cli_ctx *c, uint16_t family, const char *name)
{
	struct acl *acl;
	struct edit e;

	acl = acl_edit(&e, c, family, name);
	if (!acl)
		return no_list(c, name);
	if (!acl_remove_remark(acl, cli_arg_str(c, "text")))
		return cli_refuse(c, "The access list has no such remark");
	return edit_done(&e);
}

static int set_numbered(struct cli_ctx *c)
{
	return add_entry(c, AF_INET, cli_arg_str(c, "number"), 0);
}

/* With an entry only that entry goes, without one the whole list. */
static int unset_numbered(struct cli_ctx *c)
{
	if (cli_has(c, "action"))
		return remove_entry(c, AF_INET, cli_arg_str(c, "number"));
	return remove_list(c, AF_INET, cli_arg_str(c, "number"));
}

static int set_numbered_remark(struct cli_ctx *c)
{
	return add_remark(c, AF_INET, cli_arg_str(c, "number"));
}

static int unset_numbered_remark(struct cli_ctx *c)
{
	return remove_remark(c, AF_INET, cli_arg_str(c, "number"));
}

/* A numbered list whose numbering a reload would change is shown as a named one. */
static bool shown_as_numbered(const struct acl *acl)
{
	return acl->family == AF_INET && acl_number(acl->name) &&
	       acl_numbered_by_default(acl);
}

static void write_numbered(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	struct text line = TEXT_INIT;
	const struct acl *acl;
	size_t i;

	objects_for_each(acl, &config->acls, i) {
		if (!shown_as_numbered(acl))
			continue;
		for (size_t k = 0; k < acl->n; k++) {
			text_truncate(&line, 0);
			ace_format(acl->v[k], &line);
			cli_write_line(w, "access-list %s %s", acl->name, text_str(&line));
		}
	}
	text_free(&line);
}

static int enter_list(struct cli_ctx *c, uint16_t family, unsigned int mode)
{
	const char *name = cli_arg_str(c, "name");
	struct edit e;
	bool created;

	acl_edit_or_create(&e, c, family, name, &created);
	cli_enter(c, mode, edit_ref_new(name, family, 0), free);
	return edit_done(&e);
}

static bool is_number(const char *name)
{
	return name[strspn(name, "0123456789")] == 0;
}

static int set_named(struct cli_ctx *c)
{
	const char *name = cli_arg_str(c, "name");

	if (is_number(name) && !acl_number(name))
		return cli_refuse_at(c, "name", "Extended access lists have the numbers 100-199 and 2000-2699");
	return enter_list(c, AF_INET, MODE_ACL);
}

static int unset_named(struct cli_ctx *c)
{
	return remove_list(c, AF_INET, cli_arg_str(c, "name"));
}

static void write_list(struct cli_writer *w, const struct acl *acl, const char *head)
{
	cli_write_line(w, "%s %s", head, acl->name);
	cli_write_mode(w, acl->family == AF_INET6 ? MODE_ACL6 : MODE_ACL, acl);
}

static void write_named(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct acl *acl;
	size_t i;

	objects_for_each(acl, &config->acls, i)
		if (acl->family == AF_INET && !shown_as_numbered(acl))
			write_list(w, acl, "ip access-list extended");
}

static int set_ipv6(struct cli_ctx *c)
{
	return enter_list(c, AF_INET6, MODE_ACL6);
}

static int unset_ipv6(struct cli_ctx *c)
{
	return remove_list(c, AF_INET6, cli_arg_str(c, "name"));
}

static void write_ipv6(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct acl *acl;
	size_t i;

	objects_for_each(acl, &config->acls, i)
		if (acl->family == AF_INET6)
			write_list(w, acl, "ipv6 access-list");
}

/* Commands inside a list; its family and name are what the mode is in. */
static int set_inside(struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);

	return add_entry(c, ref->family, ref->name, cli_arg_u32(c, "seq"));
}

static int unset_inside(struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);

	return remove_entry(c, ref->family, ref->name);
}

static int set_remark_inside(struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);

	return add_remark(c, ref->family, ref->name);
}

static int unset_remark_inside(struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);

	return remove_remark(c, ref->family, ref->name);
}

static int unset_seq(struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);
	struct acl *acl;
	struct edit e;

	acl = acl_edit(&e, c, ref->family, ref->name);
	if (!acl)
		return no_list(c, ref->name);
	if (!acl_remove_seq(acl, cli_arg_u32(c, "seq")))
		return cli_refuse(c, "The access list has no entry of this number");
	return edit_done(&e);
}

/* Numbers that a reload would not give again are written (ACL-1, CLI-7). */
static void write_inside(struct cli_writer *w)
{
	const struct acl *acl = cli_write_obj(w);
	bool numbered = !acl_numbered_by_default(acl);
	const char *word = acl->family == AF_INET6 ? "sequence " : "";
	struct text line = TEXT_INIT;

	for (size_t i = 0; i < acl->n; i++) {
		text_truncate(&line, 0);
		ace_format(acl->v[i], &line);
		if (numbered && !acl->v[i]->remark)
			cli_write_line(w, "%s%u %s", word, acl->v[i]->seq, text_str(&line));
		else
			cli_write_line(w, "%s", text_str(&line));
	}
	text_free(&line);
}

#define NUMBER		"{(100-199)$number|(2000-2699)$number}"
#define NUMBER_HELP						\
	"IP extended access list\n"				\
	"IP extended access list (expanded range)\n"

static const struct cli_command acl_commands[] = {
	{
		.grammar = "access-list " NUMBER " " ACE_ACTION " " ACE4,
		.no_grammar = "access-list " NUMBER " [" ACE_ACTION " " ACE4 "]",
		.help = "Add an access list entry\n"
			NUMBER_HELP ACE_ACTION_HELP ACE4_HELP,
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_numbered, .unset = unset_numbered,
		.write = write_numbered, .order = ORDER_ACL_NUMBERED, .ref = "C39",
	}, {
		.grammar = "access-list " NUMBER " remark LINE$text",
		.help = "Add an access list entry\n"
			NUMBER_HELP
			"Access list entry comment\n"
			"Comment up to the end of the line\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_numbered_remark, .unset = unset_numbered_remark, .ref = "C39",
	}, {
		.grammar = "ip access-list extended WORD$name",
		.help = "Global IP configuration subcommands\n"
			"Named access list\n"
			"Extended access list\n"
			"Access list name or number\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_ACL,
		.set = set_named, .unset = unset_named,
		.write = write_named, .order = ORDER_ACL_NAMED, .ref = "C40",
	}, {
		.grammar = "[(1-2147483647)$seq] " ACE_ACTION " " ACE4,
		.no_grammar = ACE_ACTION " " ACE4,
		.help = "Sequence number\n" ACE_ACTION_HELP ACE4_HELP,
		.modes = CLI_IN(MODE_ACL),
		.set = set_inside, .unset = unset_inside,
		.write = write_inside, .order = 10, .ref = "C40",
	}, {
		.grammar = "[(1-2147483647)$seq] remark LINE$text",
		.no_grammar = "remark [LINE$text]",
		.help = "Sequence number\n"
			"Access list entry comment\n"
			"Comment up to the end of the line\n",
		.modes = CLI_IN(MODE_ACL) | CLI_IN(MODE_ACL6),
		.set = set_remark_inside, .unset = unset_remark_inside,
	}, {
		.grammar = "(1-2147483647)$seq",
		.help = "Sequence number of the entry\n",
		.modes = CLI_IN(MODE_ACL),
		.unset = unset_seq,
	},
};

static const struct cli_command acl6_commands[] = {
	{
		.grammar = "ipv6 access-list WORD$name",
		.help = "Global IPv6 configuration commands\n"
			"Configure access lists\n"
			"User selected string identifying this access list\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_ACL6,
		.set = set_ipv6, .unset = unset_ipv6,
		.write = write_ipv6, .order = ORDER_ACL6, .ref = "ACL-6",
	}, {
		.grammar = "[sequence (1-2147483647)$seq] " ACE_ACTION " " ACE6,
		.no_grammar = ACE_ACTION " " ACE6,
		.help = "Sequence number for this entry\n"
			"Sequence number\n"
			ACE_ACTION_HELP ACE6_HELP,
		.modes = CLI_IN(MODE_ACL6),
		.set = set_inside, .unset = unset_inside,
		.write = write_inside, .order = 10,
	}, {
		.grammar = "sequence (1-2147483647)$seq",
		.help = "Sequence number of the entry\n"
			"Sequence number\n",
		.modes = CLI_IN(MODE_ACL6),
		.unset = unset_seq,
	},
};

const struct command_table commands_acl = COMMAND_TABLE(acl_commands);
const struct command_table commands_acl6 = COMMAND_TABLE(acl6_commands);
