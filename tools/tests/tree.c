// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of the source tree; see tree.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

void tree_path(char path[PATH_MAX], const char *name)
{
	char exe[PATH_MAX] = "", *slash;

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		abort();
	for (int i = 0; i < 4; i++) {
		slash = strrchr(exe, '/');
		if (!slash)
			abort();
		*slash = 0;
	}
	if (snprintf(path, PATH_MAX, "%s/%s", exe, name) >= PATH_MAX)
		abort();
}

char *tree_read(const char *name)
{
	char path[PATH_MAX], *text = NULL;
	size_t size = 0;
	FILE *file;

	tree_path(path, name);
	file = fopen(path, "r");
	if (!file || getdelim(&text, &size, 0, file) < 0)
		fail_msg("%s cannot be read", path);
	fclose(file);
	return text;
}
