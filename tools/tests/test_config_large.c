// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Long configurations: the cost of a line must not grow with the lines before
 * it.  With cost that does these tests do not come to their end within the
 * limit of the runner.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router.h"

#define LINES	60000
#define ENTRIES	10000
#define KEY16	"000102030405060708090a0b0c0d0e0f"
#define KEY20	"000102030405060708090a0b0c0d0e0f10111213"

/* Returns how many lines were reported. */
static size_t load(struct router *r, struct text *file)
{
	struct cli_report report;
	size_t reported;

	if (router_file(r, text_str(file), &report))
		fail_msg("%u: %s", report.lines[0].line, report.lines[0].text);
	reported = report.n;
	cli_report_free(&report);
	text_free(file);
	return reported;
}

static void add_lines(struct text *file, const char *prefix, unsigned int from, unsigned int n)
{
	for (unsigned int i = from; i < from + n; i++)
		text_printf(file, "%spermit tcp host 10.0.%u.%u any eq %u\n", prefix,
			    i / 256, i % 256, 1 + i % 1000);
}

static const struct acl *list(struct router *r, const char *name)
{
	return acl_find(&r->d.running->acls, AF_INET, name);
}

static void test_numbered_list(void **state)
{
	struct router *r = *state;
	struct text file = TEXT_INIT;

	add_lines(&file, "access-list 101 ", 0, LINES);
	load(r, &file);
	assert_int_equal(list(r, "101")->n, LINES);
	assert_int_equal(list(r, "101")->v[LINES - 1]->seq, LINES * 10);
	/* Once more changes nothing. */
	add_lines(&file, "access-list 101 ", 0, LINES);
	load(r, &file);
	assert_int_equal(list(r, "101")->n, LINES);
}

/* Of a list in use each line is looked at by the map, and it warns once. */
static void test_list_of_a_map(void **state)
{
	struct router *r = *state;
	struct text file = TEXT_INIT;

	text_puts(&file, "crypto map M 10 ipsec-manual\n set peer 192.0.2.2\n match address BIG\n"
		  "ip access-list extended BIG\n");
	add_lines(&file, " ", 0, LINES);
	assert_int_equal(load(r, &file), 1);
	assert_int_equal(list(r, "BIG")->permits, LINES);
	assert_int_equal(list(r, "BIG")->unusable, 0);
}

static void test_entries_with_keys(void **state)
{
	struct router *r = *state;
	struct text file = TEXT_INIT;

	text_puts(&file, "crypto ipsec transform-set T esp-aes esp-sha-hmac\n");
	for (unsigned int i = 1; i <= ENTRIES; i++)
		text_printf(&file, "crypto map M %u ipsec-manual\n"
			    " set peer 192.0.2.2\n"
			    " set session-key inbound esp %u cipher " KEY16 " authenticator " KEY20 "\n"
			    " set session-key outbound esp %u cipher " KEY16 " authenticator " KEY20 "\n"
			    " set transform-set T\n"
			    " match address ALL\n", i, 1000 + i, 1000 + i);
	load(r, &file);
	assert_int_equal(map_count(&r->d.running->entries, "M", AF_INET), ENTRIES);
	/* All users of the set are looked at again. */
	text_puts(&file, "crypto ipsec transform-set T esp-aes esp-sha-hmac\n mode transport\n");
	load(r, &file);
	router_configure(r, "no crypto map M\n");
	assert_false(map_exists(&r->d.running->entries, "M", AF_INET));
}

/* Members come and go in any order: the list and its tree say the same. */
static void test_any_order(void **state)
{
	struct acl *acl = acl_new(AF_INET, "X"), *copy;
	char error[256];

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		struct ace ace = { .seq = 1 + i * 7919 % 1000, .permit = i % 3, .proto = 6,
				   .sport = { ACL_PORT_EQ, i, 0 } };

		assert_true(acl_add(acl, &ace, error, sizeof(error)));
		if (i % 10 == 0)
			acl_add_remark(acl, ace.seq, i % 20 ? "odd" : "even");
	}
	assert_int_equal(acl->n, 1002);
	for (size_t i = 1; i < acl->n; i++)
		assert_true(acl->v[i - 1]->seq <= acl->v[i]->seq);
	copy = acl_class.clone(acl);
	assert_true(acl_class.equal(acl, copy));
	for (unsigned int i = 0; i < 1000; i++) {
		struct ace ace = { .permit = i % 3, .proto = 6, .sport = { ACL_PORT_EQ, i, 0 } };

		if (i % 2)
			assert_true(acl_remove(acl, &ace));
		else
			assert_true(acl_remove_seq(acl, 1 + i * 7919 % 1000));
		assert_false(acl_remove(acl, &ace));
	}
	assert_int_equal(acl->permits, 0);
	assert_true(acl_remove_remark(acl, "odd"));
	assert_true(acl_remove_remark(acl, NULL));
	assert_int_equal(acl->n, 0);
	assert_null(acl->contents);
	assert_int_equal(copy->n, 1002);
	acl_class.destroy(acl);
	acl_class.destroy(copy);
}

static enum cli_status key(struct router *r, unsigned int entry, unsigned int spi)
{
	char line[256];

	snprintf(line, sizeof(line), "crypto map M %u ipsec-manual", entry);
	router_configure(r, line);
	snprintf(line, sizeof(line), "set session-key inbound esp %u cipher " KEY16
		 " authenticator " KEY20, spi);
	return router_line(r, line);
}

/* Who had an SPI and has it no more is not in the way. */
static void test_spis_move(void **state)
{
	struct router *r = *state;
	struct cli_report report;

	assert_int_equal(key(r, 10, 1000), CLI_DONE);
	assert_int_equal(key(r, 20, 1000), CLI_REFUSED);
	assert_int_equal(key(r, 10, 1001), CLI_DONE);
	assert_int_equal(key(r, 20, 1000), CLI_DONE);
	assert_int_equal(key(r, 10, 1000), CLI_REFUSED);
	router_configure(r, "no crypto map M 20\n");
	assert_int_equal(key(r, 10, 1000), CLI_DONE);
	/* The same within one file, whose lines share a candidate. */
	assert_int_equal(router_file(r,
		"crypto map M 10 ipsec-manual\n"
		" set session-key inbound esp 1002 cipher " KEY16 " authenticator " KEY20 "\n"
		"crypto map M 30 ipsec-manual\n"
		" set session-key inbound esp 1000 cipher " KEY16 " authenticator " KEY20 "\n"
		"crypto map M 10 ipsec-manual\n"
		" set session-key inbound esp 1000 cipher " KEY16 " authenticator " KEY20 "\n"
		"no crypto map M 30\n"
		"crypto map M 10 ipsec-manual\n"
		" set session-key inbound esp 1000 cipher " KEY16 " authenticator " KEY20 "\n",
		&report), -1);
	assert_int_equal(report.refused, 1);
	for (size_t i = 0; i < report.n; i++)
		if (report.lines[i].status == CLI_REFUSED)
			assert_int_equal(report.lines[i].line, 6);
	cli_report_free(&report);
}

/* The counter of a line is the sum over the maps that use the list. */
static void test_matches(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"access-list 101 remark first\n"
		"access-list 101 deny ip host 10.0.0.9 any\n"
		"access-list 101 permit ip host 10.0.0.1 any\n"
		"access-list 101 permit ip host 10.0.0.2 any\n"
		"crypto map M 10 ipsec-isakmp\n match address 101\n"
		"crypto map N 10 ipsec-isakmp\n match address 101\n"
		"interface eth0\n ip address 192.0.2.1 255.255.255.0\n crypto map M\n"
		"interface eth1\n ip address 198.51.100.1 255.255.255.0\n crypto map N\n");
	for (unsigned int i = 0; kernel_mock_flow(r->mock, i); i++)
		kernel_mock_flow(r->mock, i)->encaps = 1 + i;
	assert_string_equal(router_show(r, "show access-lists"),
			    "Extended IP access list 101\n"
			    "    10 deny ip host 10.0.0.9 any\n"
			    "    20 permit ip host 10.0.0.1 any (4 matches)\n"
			    "    30 permit ip host 10.0.0.2 any (6 matches)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_numbered_list, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_list_of_a_map, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_entries_with_keys, router_setup, router_teardown),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test_setup_teardown(test_spis_move, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_matches, router_setup, router_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
