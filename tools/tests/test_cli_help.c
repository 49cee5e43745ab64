// SPDX-License-Identifier: GPL-2.0-or-later
/* '?' and Tab. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../ipsecd/cli/cli.h"
#include "cli_demo.h"

static void done(struct demo_fixture *f, const char *line)
{
	struct cli_result res;

	if (cli_exec(f->s, line, strlen(line), 0, &res) != CLI_DONE)
		fail_msg("\"%s\": %s", line, res.error);
	cli_result_free(&res);
}

static void help_is(struct demo_fixture *f, const char *line, const char *expected)
{
	struct text t = TEXT_INIT;
	struct cli_help help;

	cli_complete(f->s, line, strlen(line), &help);
	cli_help_text(&help, 80, &t);
	assert_string_equal(text_str(&t), expected);
	text_free(&t);
	cli_help_free(&help);
}

/* The literal matches, joined by commas: what Tab may insert. */
static void tab_is(struct demo_fixture *f, const char *line, size_t start, const char *expected)
{
	struct text t = TEXT_INIT;
	struct cli_help help;
	size_t i;

	cli_complete(f->s, line, strlen(line), &help);
	for (i = 0; i < help.n; i++)
		if (help.matches[i].literal)
			text_printf(&t, "%s%s", t.len ? "," : "", help.matches[i].word);
	assert_string_equal(text_str(&t), expected);
	assert_int_equal(help.start, start);
	text_free(&t);
	cli_help_free(&help);
}

static void whole_mode(void **state)
{
	struct demo_fixture *f = *state;

	help_is(f, "", "  clear      Reset functions\n"
		"  configure  Enter configuration mode\n"
		"  disable    Turn off privileged commands\n"
		"  enable     Turn on privileged commands\n"
		"  end        Return to privileged EXEC mode\n"
		"  exit       Leave the current mode\n"
		"  help       Description of the interactive help system\n"
		"  logout     Exit from the EXEC\n"
		"  quit       Exit from the EXEC\n"
		"  show       Show running system information\n"
		"  terminal   Set terminal line parameters\n");
	done(f, "conf t");
	done(f, "crypto map M 10 ipsec-manual");
	help_is(f, "", "  default  Set a command to its defaults\n"
		"  do       To run exec commands in config mode\n"
		"  end      Return to privileged EXEC mode\n"
		"  exit     Leave the current mode\n"
		"  help     Description of the interactive help system\n"
		"  match    Match values\n"
		"  no       Negate a command or set its defaults\n"
		"  set      Set values for encryption/decryption\n");
}

static void next_words(void **state)
{
	struct demo_fixture *f = *state;

	help_is(f, "show crypto ", "  ipsec   IPsec\n  isakmp  ISAKMP\n  map     Crypto maps\n");
	help_is(f, "sh cry isa sa ", "  detail  Detail\n  |       Output modifiers\n  <cr>\n");
	help_is(f, "show crypto map tag ", "  WORD  Crypto map name\n");
	done(f, "conf t");
	help_is(f, "crypto map M ", "  <1-65535>  Sequence to insert into crypto map entry\n");
	help_is(f, "crypto map M 10 ipsec-manual ", "  <cr>\n");
	help_is(f, "no crypto map M ",
		"  <1-65535>  Sequence to insert into crypto map entry\n  <cr>\n");
	help_is(f, "ip route 10.0.0.0 ", "  A.B.C.D  Destination prefix mask\n");
	help_is(f, "ip route 10.0.0.0 255.0.0.0 ",
		"  A.B.C.D  Forwarding router\n  IFNAME   Interface\n");
	help_is(f, "do show crypto m", "map\n");
	help_is(f, "default host", "hostname\n");
}

static void partial_words(void **state)
{
	struct demo_fixture *f = *state;

	help_is(f, "sh", "show\n");
	help_is(f, "e", "enable  end  exit\n");
	help_is(f, "show crypto i", "ipsec  isakmp\n");
	help_is(f, "show CRY", "crypto\n");
	help_is(f, "zz", "% Unrecognized command\n");
	help_is(f, "show zz ", "% Invalid input detected at '^' marker.\n");
	help_is(f, "show crypto i sa", "% Ambiguous command:  \"show crypto i\"\n");
	done(f, "conf t");
	done(f, "interface eth0");
	help_is(f, "ip mtu 14", "<68-9216>\n");
	help_is(f, "ip mtu x", "% Unrecognized command\n");
}

/* What the mode itself does not know may be a global command (CLI-4). */
static void outer_modes(void **state)
{
	struct demo_fixture *f = *state;

	done(f, "conf t");
	done(f, "interface eth0");
	help_is(f, "crypto ", "  map  Assign a crypto map\n");
	help_is(f, "crypto map M 10 ", "  ipsec-manual  Keys by hand\n");
	tab_is(f, "host", 0, "hostname");
	tab_is(f, "ip ro", 3, "route-cache");
	help_is(f, "hostname ", "  WORD  This system's network name\n");
}

static void tab(void **state)
{
	struct demo_fixture *f = *state;

	tab_is(f, "sh", 0, "show");
	tab_is(f, "  sh", 2, "show");
	tab_is(f, "show crypto isakmp sa det", 22, "detail");
	tab_is(f, "show crypto isakmp sa detaile", 22, "detailed");
	tab_is(f, "conf ter", 5, "terminal");
	tab_is(f, "show value | s", 13, "section");
	tab_is(f, "show value | ", 13, "begin,count,exclude,include,section");
	tab_is(f, "show value |b", 11, "");
	done(f, "conf t");
	tab_is(f, "n", 0, "no");
	tab_is(f, "d", 0, "default,do");
	tab_is(f, "no h", 3, "hostname");
	done(f, "crypto map VPN 10 ipsec-manual");
	done(f, "crypto map vpn2 10 ipsec-manual");
	done(f, "end");
	tab_is(f, "show crypto map tag ", 20, "VPN,vpn2");
	tab_is(f, "show crypto map tag VPN", 20, "VPN,vpn2");
	tab_is(f, "show crypto map tag vpn2", 20, "vpn2");
	help_is(f, "show crypto map tag ", "  VPN\n  WORD  Crypto map name\n  vpn2\n");
}

static void filter_help(void **state)
{
	struct demo_fixture *f = *state;

	help_is(f, "show value | ", "  begin    Begin with the line that matches\n"
		"  count    Count number of lines which match regexp\n"
		"  exclude  Exclude lines that match\n"
		"  include  Include lines that match\n"
		"  section  Filter a section of output\n");
	help_is(f, "show value | include ", "  LINE  Regular Expression\n");
	done(f, "conf t");
	help_is(f, "do show value ", "  |     Output modifiers\n  <cr>\n");
	help_is(f, "hostname R ", "  <cr>\n");
}

static void inside_a_block(void **state)
{
	struct demo_fixture *f = *state;

	done(f, "conf t");
	done(f, "banner exec ^C");
	tab_is(f, "sh", 2, "");
	done(f, "^C");
	tab_is(f, "ho", 0, "hostname");
}

static void wide_rows(void **state)
{
	struct demo_fixture *f = *state;
	struct text t = TEXT_INIT;
	struct cli_help help;

	cli_complete(f->s, "e", 1, &help);
	cli_help_text(&help, 12, &t);
	assert_string_equal(text_str(&t), "enable  end\nexit\n");
	text_free(&t);
	cli_help_free(&help);
}

static void user_exec(void **state)
{
	struct demo_fixture *f = *state;

	done(f, "disable");
	tab_is(f, "c", 0, "");
	tab_is(f, "show r", 5, "");
	tab_is(f, "show v", 5, "value");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, demo_setup, demo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_mode),
		TEST(next_words),
		TEST(partial_words),
		TEST(outer_modes),
		TEST(tab),
		TEST(filter_help),
		TEST(inside_a_block),
		TEST(wide_rows),
		TEST(user_exec),
	};

	return cmocka_run_group_tests_name("cli_help", tests, NULL, NULL);
}
