/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manual - the SAs of ipsec-manual entries: what the configuration wants in
 * the flows that the kernel has, against what is there.
 */
#ifndef _IPSECD_MANUAL_H
#define _IPSECD_MANUAL_H

#include "config/config.h"
#include "kernel.h"
#include "policy.h"

/* What a reconciliation did. */
struct manual_result {
	unsigned int kept;
	unsigned int added;
	unsigned int deleted;
	unsigned int line;	/* of the configuration, when it failed */
};

int manual_reconcile(const struct config *config, const struct policy *policy,
		     struct kernel *kernel, struct manual_result *result,
		     struct kerr *err);

enum cryptomap_mode manual_mode(const struct transform_set *set, const struct cm_rule *rule,
				const struct addr *local, const struct addr *peer);

#endif /* _IPSECD_MANUAL_H */
