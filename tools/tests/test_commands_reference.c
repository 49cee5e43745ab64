// SPDX-License-Identifier: GPL-2.0-or-later
/* Documentation/commands.rst says what the command tables say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipsecd/commands/reference.h"
#include "router.h"
#include "tree.h"

static void test_reference_is_current(void **state)
{
	struct router *r = router_new();
	struct text out = TEXT_INIT;
	char *file = tree_read("Documentation/commands.rst");

	(void)state;
	reference_write(r->d.cli, &out);
	/* If not: build/tools/ipsecd -R >Documentation/commands.rst */
	assert_string_equal(text_str(&out), file);
	text_free(&out);
	free(file);
	router_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
