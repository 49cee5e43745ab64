/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: what jansson leaves to its users. */
#ifndef TOOLS_LIB_JSON_H
#define TOOLS_LIB_JSON_H

#include <jansson.h>
#include <stddef.h>

/*
 * json_wipe_freed - from now on jansson overwrites memory before it releases
 * it, because requests carry keys. To be called before any other use of
 * jansson in the program.
 */
void json_wipe_freed(void);

/*
 * json_text - a string value of @len octets. What is not UTF-8 is taken as
 * ISO 8859-1, octet by octet: text of old routers must not be refused for
 * the character set of a remark. NUL octets are kept. Never NULL.
 */
json_t *json_text(const char *text, size_t len);

#endif
