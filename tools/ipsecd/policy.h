/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy - a configuration resolved for the kernel: which crypto map entries
 * with which rules are on which interface index, with which local address.
 */
#ifndef _IPSECD_POLICY_H
#define _IPSECD_POLICY_H

#include "config/config.h"
#include "kernel.h"
#include "link.h"
#include "negotiated.h"

/**
 * struct policy_entry - one map entry with all its rules
 * @entry: as the kernel wants it
 * @rules: @n_rules, at least one but in entries of dynamic maps
 * @line: of the configuration file, 0 for none; not compared
 */
struct policy_entry {
	struct cm_entry entry;
	size_t n_rules;
	struct cm_rule *rules;
	unsigned int line;
};

/**
 * struct policy_binding - a map on an interface
 * @interface: as the configuration names it
 * @line: as above
 */
struct policy_binding {
	struct cm_binding binding;
	char *interface;
	unsigned int line;
};

/**
 * struct policy - all of it
 * @negotiated: under dynamic maps; in @entries, too
 */
struct policy {
	size_t n_entries;
	struct policy_entry *entries;
	size_t n_bindings;
	struct policy_binding *bindings;
	struct negotiated negotiated;
};

struct policy *policy_compile(const struct config *config, const struct link_table *links,
			      const struct policy *previous);
struct policy *policy_of_kernel(const struct config *config, struct kernel *kernel,
				struct kerr *err);
void policy_free(struct policy *policy);
bool policy_equal(const struct policy *a, const struct policy *b);
int policy_push(const struct policy *policy, struct kernel *kernel,
		struct cm_commit *result, unsigned int *line, struct kerr *err);

int policy_add_negotiated(struct policy *policy, const struct config *config,
			  struct kernel *kernel, const struct cm_flow *flow, struct kerr *err);
int policy_sweep_negotiated(struct policy *policy, const struct config *config,
			    struct kernel *kernel, struct kerr *err);

const struct cm_binding *policy_find_binding(const struct policy *policy,
					     const struct cm_flow *flow);
struct addr policy_local_address(const struct interface *iface,
				 const struct link *link, uint16_t family);

#endif /* _IPSECD_POLICY_H */
