/* SPDX-License-Identifier: GPL-2.0-or-later */
/* router_expect - what a line of configuration is answered with. */
#ifndef TESTS_ROUTER_EXPECT_H
#define TESTS_ROUTER_EXPECT_H

#include "router.h"

/* Refused with @text in what is said, and without a trace. */
void expect_refused(struct router *r, const char *line, const char *text);
void expect_warning(struct router *r, const char *line, const char *text);
void expect_silent(struct router *r, const char *line);
/* The running-config is @text, and read by another router it is that again. */
void expect_running(struct router *r, const char *text);

#endif
