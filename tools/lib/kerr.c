// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kerr.h"

void kerr_clear(struct kerr *e)
{
	if (e)
		memset(e, 0, sizeof(*e));
}

int kerr_set(struct kerr *e, int err, const char *format, ...)
{
	va_list ap;

	if (!e)
		return -err;
	kerr_clear(e);
	e->err = err;
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	return -err;
}
