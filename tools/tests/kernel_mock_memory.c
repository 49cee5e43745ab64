// SPDX-License-Identifier: GPL-2.0-or-later
/* In a file of its own: a test that lets memory run out leaves out the mock. */
#include <stdlib.h>

#include "kernel_mock_priv.h"

void *mock_more(void *list, size_t n, size_t each)
{
	list = reallocarray(list, n, each);
	if (!list)
		abort();
	return list;
}
