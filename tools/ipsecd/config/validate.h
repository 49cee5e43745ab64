/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of a configuration must not say together (requirements
 * 1.21, RFC 4106, RFC 4303).  References to what does not exist yet are
 * fine: the lines of a configuration come in any order.
 */
#ifndef _IPSECD_CONFIG_VALIDATE_H
#define _IPSECD_CONFIG_VALIDATE_H

#include "config.h"

#define VALIDATE_TEXT_MAX	256

/* Why something was refused, one line without "% ". */
struct validate_error {
	char text[VALIDATE_TEXT_MAX];
};

bool validate_entry(const struct config *config, const struct map_entry *entry,
		    struct validate_error *error);
bool validate_transform_users(const struct config *config, const char *name,
			      struct validate_error *error);
bool validate_acl_users(const struct config *config, uint16_t family,
			const char *name, struct validate_error *error);
bool validate_map_usable(const struct config *config, const char *name,
			 uint16_t family, struct validate_error *error);

unsigned int validate_permits_without_sa(const struct acl *acl);

#endif /* _IPSECD_CONFIG_VALIDATE_H */
