// SPDX-License-Identifier: GPL-2.0-or-later
/* text: a growing text buffer. */
#include "text.h"

#include <err.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct text *t, size_t more)
{
	size_t size = t->size ? t->size : 64;
	char *data;

	if (more >= SIZE_MAX / 2 - t->len)
		errx(1, "out of memory");
	while (size < t->len + more + 1)
		size *= 2;
	if (size == t->size)
		return;
	/* Not realloc(): it would leave what may be a key in freed memory. */
	data = malloc(size);
	if (!data)
		err(1, "out of memory");
	if (t->data) {
		memcpy(data, t->data, t->len + 1);
		explicit_bzero(t->data, t->size);
	}
	free(t->data);
	t->data = data;
	t->size = size;
}

void text_add(struct text *t, const char *data, size_t len)
{
	reserve(t, len);
	if (len)
		memcpy(t->data + t->len, data, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void text_puts(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_vprintf(struct text *t, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return;
	reserve(t, (size_t)len);
	vsnprintf(t->data + t->len, (size_t)len + 1, fmt, ap);
	t->len += (size_t)len;
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(t, fmt, ap);
	va_end(ap);
}

void text_pad(struct text *t, size_t column)
{
	size_t start = t->len;

	while (start && t->data[start - 1] != '\n')
		start--;
	while (t->len - start < column)
		text_add(t, " ", 1);
}

const char *text_str(const struct text *t)
{
	return t->data ? t->data : "";
}

void text_truncate(struct text *t, size_t len)
{
	if (len >= t->len)
		return;
	t->len = len;
	t->data[len] = '\0';
}

char *text_steal(struct text *t)
{
	char *data;

	text_add(t, "", 0);
	data = t->data;
	t->data = NULL;
	t->len = 0;
	t->size = 0;
	return data;
}

void text_free(struct text *t)
{
	free(t->data);
	t->data = NULL;
	t->len = 0;
	t->size = 0;
}

void text_wipe(struct text *t)
{
	if (t->data)
		explicit_bzero(t->data, t->size);
	text_free(t);
}
