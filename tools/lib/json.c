// SPDX-License-Identifier: GPL-2.0-or-later
/* json: what jansson leaves to its users. */
#include "json.h"

#include <err.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/*
 * Blocks stay those of malloc(): what json_dumps() returns is released with
 * free() by everybody.
 */
static void wiping_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void json_wipe_freed(void)
{
	json_set_alloc_funcs(malloc, wiping_free);
}

json_t *json_text(const char *text, size_t len)
{
	json_t *v = json_stringn(text, len);
	char *utf8;
	size_t i, n = 0;

	if (v)
		return v;
	utf8 = malloc(2 * len + 1);
	if (!utf8)
		err(1, "out of memory");
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x80) {
			utf8[n++] = (char)c;
		} else {
			utf8[n++] = (char)(0xc0 | c >> 6);
			utf8[n++] = (char)(0x80 | (c & 0x3f));
		}
	}
	v = json_stringn(utf8, n);
	explicit_bzero(utf8, 2 * len + 1);
	free(utf8);
	if (!v)
		err(1, "out of memory");
	return v;
}
