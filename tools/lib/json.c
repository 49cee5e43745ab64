// SPDX-License-Identifier: GPL-2.0-or-later
/* json: what jansson leaves to its users. */
#include "json.h"

#include <err.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of each block, so that its length is known when it is released. */
union header {
	size_t size;
	max_align_t align;
};

static void *wiping_malloc(size_t size)
{
	union header *h;

	if (size > SIZE_MAX - sizeof(*h))
		return NULL;
	h = malloc(sizeof(*h) + size);
	if (!h)
		return NULL;
	h->size = size;
	return h + 1;
}

static void wiping_free(void *p)
{
	union header *h = p;

	if (!h)
		return;
	h--;
	explicit_bzero(h + 1, h->size);
	free(h);
}

void json_wipe_freed(void)
{
	json_set_alloc_funcs(wiping_malloc, wiping_free);
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
