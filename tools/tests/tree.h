/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree - files of the source tree, for a test that is build/tools…/tests/test_X in it. */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include <limits.h>

/* The absolute path of @name in the tree. */
void tree_path(char path[PATH_MAX], const char *name);
/* The whole file as text, to be freed; one that cannot be read fails the test. */
char *tree_read(const char *name);

#endif
