// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crypto pki trustpoint: a certificate authority, and what it gave to this
 * router, as files in PEM.  IOS keeps them in its configuration; here they
 * are named, and read when IKE needs them.
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "edit.h"

#define PATH_CHARS_MAX	1024

static int set_trustpoint(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "trustpoint");
	struct edit e;

	if (strlen(name) > ISAKMP_NAME_MAX)
		return cli_refuse_at(c, "trustpoint", "A name has at most %u characters",
				     ISAKMP_NAME_MAX);
	if (!trustpoint_find(&config->trustpoints, name)) {
		edit_create(&e, c, &config->trustpoints, trustpoint_new(name));
		edit_done(&e);
	}
	cli_enter(c, MODE_TRUSTPOINT, edit_ref_new(name, 0, 0), free);
	return 0;
}

static int unset_trustpoint(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "trustpoint");
	struct trustpoint key = { .name = (char *)name };
	const struct isakmp_profile *profile;
	size_t i;

	objects_for_each(profile, &config->isakmp_profiles, i)
		if (object_same_text(profile->trustpoint, name))
			return cli_refuse_at(c, "trustpoint", "Trustpoint %s is in use by ISAKMP profile %s; remove it there first",
					     name, profile->name);
	if (!objects_remove(&config->trustpoints, &key))
		return cli_refuse_at(c, "trustpoint", "Trustpoint %s does not exist", name);
	return 0;
}

static void write_trustpoints(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct trustpoint *trustpoint;
	size_t i;

	objects_for_each(trustpoint, &config->trustpoints, i) {
		cli_write_line(w, "crypto pki trustpoint %s", trustpoint->name);
		cli_write_mode(w, MODE_TRUSTPOINT, trustpoint);
	}
}

static struct trustpoint *trustpoint_begin(struct edit *e, struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);
	struct config *config = cli_candidate(c);
	struct trustpoint key = { .name = (char *)ref->name };
	struct trustpoint *trustpoint = edit_begin(e, c, &config->trustpoints, &key);

	if (!trustpoint)
		cli_refuse(c, "Trustpoint %s does not exist any more", ref->name);
	return trustpoint;
}

static char **file_of_line(const struct cli_ctx *c, struct trustpoint *trustpoint)
{
	if (cli_has(c, "ca"))
		return &trustpoint->ca;
	if (cli_has(c, "crl"))
		return &trustpoint->crl;
	return cli_has(c, "certificate") ? &trustpoint->certificate : &trustpoint->key;
}

static int set_file(struct cli_ctx *c)
{
	const char *path = cli_op(c) == CLI_SET ? cli_arg_str(c, "path") : NULL;
	struct trustpoint *trustpoint;
	struct edit e;

	if (path && path[0] != '/')
		return cli_refuse_at(c, "path", "The path of a file begins with /");
	if (path && strlen(path) > PATH_CHARS_MAX)
		return cli_refuse_at(c, "path", "A path has at most %u characters",
				     PATH_CHARS_MAX);
	trustpoint = trustpoint_begin(&e, c);
	if (!trustpoint)
		return -1;
	object_set_text(file_of_line(c, trustpoint), path);
	return edit_done(&e);
}

static void write_file(struct cli_writer *w, const char *word, const char *path)
{
	if (path)
		cli_write_line(w, "%s file %s", word, path);
}

static void write_files(struct cli_writer *w)
{
	const struct trustpoint *trustpoint = cli_write_obj(w);

	write_file(w, "ca", trustpoint->ca);
	write_file(w, "crl", trustpoint->crl);
	write_file(w, "certificate", trustpoint->certificate);
	write_file(w, "key", trustpoint->key);
}

/* Without a crl file nothing is asked for, and with one it always is. */
static int set_revocation(struct cli_ctx *c)
{
	if (!cli_has(c, "none"))
		return cli_refuse_at(c, "rest", "Only lists in a file are looked at: crl file");
	return cli_ignore(c);
}

static int ignore(struct cli_ctx *c)
{
	return cli_ignore(c);
}

static int refuse_setting(struct cli_ctx *c)
{
	return cli_refuse(c, "Certificates are not enrolled or checked otherwise: ca file, crl file, certificate file and key file name what is used");
}

static const struct cli_command commands[] = {
	{
		.grammar = "crypto pki trustpoint WORD$trustpoint",
		.help = "Encryption module\n" "Public Key components\n"
			"Define a CA trustpoint\n" "CA Server Name\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_TRUSTPOINT,
		.set = set_trustpoint, .unset = unset_trustpoint,
		.write = write_trustpoints, .order = ORDER_PKI, .ref = "IKE-2",
	}, {
		.grammar = "{ca|crl|certificate|key} file WORD$path",
		.no_grammar = "{ca|crl|certificate|key} [file [WORD$path]]",
		.help = "Certificates of the certificate authority\n"
			"List of revoked certificates; without one they are not checked\n"
			"Certificate of this router, and those between it and the authority\n"
			"Private key of this router\n"
			"File in PEM\n" "Path of the file\n",
		.modes = CLI_IN(MODE_TRUSTPOINT),
		.set = set_file, .unset = set_file,
		.write = write_files, .order = 10, .ref = "IKE-2",
	}, {
		.grammar = "{enrollment|subject-name|rsakeypair|fqdn|ip-address|serial-number|"
			   "usage|auto-enroll|fingerprint|hash} [LINE$rest]",
		.help = "Enrollment parameters\n" "Subject name\n" "Key pair\n" "FQDN\n"
			"IP address\n" "Serial number\n" "Usage\n" "Automatic enrollment\n"
			"Fingerprint\n" "Hash\n" "Ignored\n",
		.modes = CLI_IN(MODE_TRUSTPOINT),
		.flags = CLI_F_HIDDEN,
		.set = ignore, .unset = ignore,
	}, {
		.grammar = "revocation-check {none|LINE$rest}",
		.help = "Revocation checking\n" "Ignore revocation\n" "Not supported\n",
		.modes = CLI_IN(MODE_TRUSTPOINT),
		.flags = CLI_F_HIDDEN,
		.set = set_revocation, .unset = ignore,
	}, {
		.grammar = "{ocsp|chain-validation|match|authorization|source|vrf} [LINE$rest]",
		.help = "OCSP\n" "Chain\n" "Certificate maps\n"
			"Authorization\n" "Source interface\n" "VRF\n" "Not supported\n",
		.modes = CLI_IN(MODE_TRUSTPOINT),
		.flags = CLI_F_HIDDEN,
		.set = refuse_setting, .unset = ignore,
	},
};

const struct command_table commands_pki = COMMAND_TABLE(commands);
