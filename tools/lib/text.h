/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text: a growing text buffer.
 *
 * Allocation failure ends the program: at the sizes a configuration or a
 * show output has, there is nothing sensible to continue with.
 */
#ifndef TOOLS_LIB_TEXT_H
#define TOOLS_LIB_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
	char *data;		/* always NUL-terminated once anything was added */
	size_t len;
	size_t size;
};

#define TEXT_INIT { NULL, 0, 0 }

/* text_add - append @len bytes. */
void text_add(struct text *t, const char *data, size_t len);

/* text_puts - append a string. */
void text_puts(struct text *t, const char *s);

/* text_printf, text_vprintf - append formatted text. */
void text_printf(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *t, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* text_pad - append blanks up to @column counted from the last newline. */
void text_pad(struct text *t, size_t column);

/* text_str - the content as a string; "" when nothing was added yet. */
const char *text_str(const struct text *t);

/* text_truncate - cut back to @len bytes. */
void text_truncate(struct text *t, size_t len);

/* text_steal - hand the content to the caller, who frees it; never NULL. */
char *text_steal(struct text *t);

/* text_free - release the memory; the buffer may be used again. */
void text_free(struct text *t);

/* text_wipe - as text_free(), but overwrite the content first. */
void text_wipe(struct text *t);

#endif
