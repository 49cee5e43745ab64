/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kerr - why a request to the kernel was refused.
 *
 * One type for the data plane (kernel.h), interfaces (link.h) and routes
 * (route.h), so that a command handler prints all of them alike.
 */
#ifndef _CM_TOOLS_KERR_H
#define _CM_TOOLS_KERR_H

#define KERR_TEXT_MAX	256
#define KERR_ATTR_MAX	96

/**
 * struct kerr - an error
 * @err: positive errno, 0 when there is no error
 * @text: one line for people, never empty when @err is set: the kernel's
 *	extended-ack text where it gave one, else what was tried and strerror
 * @attr: path of the attribute that is to blame ("rule.src-mask"), or ""
 */
struct kerr {
	int err;
	char text[KERR_TEXT_MAX];
	char attr[KERR_ATTR_MAX];
};

/* All take NULL for an error that nobody wants to see. */
void kerr_clear(struct kerr *e);

/* Sets errno @err and a text; returns -@err, so that it ends a function. */
int kerr_set(struct kerr *e, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* _CM_TOOLS_KERR_H */
