// SPDX-License-Identifier: GPL-2.0-or-later
/* Documentation/commands.rst says what the command tables say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipsecd/commands/reference.h"
#include "router.h"

static char *read_reference(void)
{
	char path[PATH_MAX + 32], exe[PATH_MAX] = "";
	char *text = NULL, *slash;
	size_t size = 0;
	FILE *file;

	/* In the tree the test is build/tools/tests/test_commands_reference. */
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		abort();
	for (int i = 0; i < 4; i++) {
		slash = strrchr(exe, '/');
		if (!slash)
			abort();
		*slash = 0;
	}
	snprintf(path, sizeof(path), "%s/Documentation/commands.rst", exe);
	file = fopen(path, "r");
	if (!file || getdelim(&text, &size, 0, file) < 0)
		fail_msg("%s cannot be read", path);
	fclose(file);
	return text;
}

static void test_reference_is_current(void **state)
{
	struct router *r = router_new();
	struct text out = TEXT_INIT;
	char *file = read_reference();

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
