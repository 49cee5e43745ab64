/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration: a value that is copied, changed and put in force or
 * thrown away.
 */
#ifndef _IPSECD_CONFIG_CONFIG_H
#define _IPSECD_CONFIG_CONFIG_H

#include "acl.h"
#include "interface.h"
#include "map.h"
#include "object.h"
#include "static_route.h"
#include "transform.h"

#define CONFIG_HOSTNAME_DEFAULT	"Router"

/**
 * struct config - what show running-config prints
 * @stamp: number of the candidate, see config_touch()
 * @hostname: NULL for the default
 * @replay: crypto ipsec security-association replay
 * @transforms: struct transform_set
 * @entries: struct map_entry
 * @interfaces: struct interface
 * @routes: struct static_route
 * @acls: struct acl
 */
struct config {
	unsigned int stamp;
	char *hostname;
	struct replay replay;
	struct objects transforms;
	struct objects entries;
	struct objects interfaces;
	struct objects routes;
	struct objects acls;
};

struct config *config_new(void);
struct config *config_copy(const struct config *config);
void config_free(struct config *config);
bool config_equal(const struct config *a, const struct config *b);

void config_touch(const struct config *config, void *object, unsigned int line);
unsigned int config_line(const struct config *config, const void *object);

unsigned int config_replay_window(const struct config *config,
				  const struct map_entry *entry);
const struct transform_set *config_transform(const struct config *config,
					     const struct map_entry *entry);
const struct acl *config_acl(const struct config *config,
			     const struct map_entry *entry);
bool config_manual_complete(const struct config *config,
			    const struct map_entry *entry);

#endif /* _IPSECD_CONFIG_CONFIG_H */
