/* SPDX-License-Identifier: GPL-2.0-or-later */
/* show - building the values of show commands, and reading them for text. */
#ifndef _IPSECD_SHOW_H
#define _IPSECD_SHOW_H

#include <jansson.h>

#include "config/config.h"
#include "lib/codec_types.h"
#include "lib/text.h"
#include "link.h"

/* Building. */
json_t *show_address(const struct addr *a);
json_t *show_drops(const struct cm_drops *drops);
json_t *show_sa(const struct cm_sa_info *info, const char *map, bool replay,
		const struct transform_set *set);
json_t *show_ident(const struct cm_rule *rule, uint16_t family, bool source);
const char *show_interface(const struct config *config, const struct link_table *links,
			   unsigned int ifindex);
void show_algorithm(const struct cm_sa *sa, char *text, size_t size);

/* Reading; "" or 0 for what is not there. */
const char *show_str(const json_t *object, const char *key);
json_int_t show_int(const json_t *object, const char *key);
bool show_true(const json_t *object, const char *key);

/* Rendering. */
void show_sa_text(const json_t *sa, struct text *out);

#endif /* _IPSECD_SHOW_H */
