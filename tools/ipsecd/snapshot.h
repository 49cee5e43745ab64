/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshot - flows and SAs of the kernel at one time, for show commands. */
#ifndef _IPSECD_SNAPSHOT_H
#define _IPSECD_SNAPSHOT_H

#include "daemon.h"

/**
 * struct snapshot - what the kernel has
 * @flows: @n_flows by interface, map, sequence number and rule
 * @by_id: the same by id
 * @sas: @n_sas by flow, direction and connection id
 */
struct snapshot {
	size_t n_flows;
	struct cm_flow *flows;
	const struct cm_flow **by_id;
	size_t n_sas;
	struct cm_sa_info *sas;
};

/**
 * struct snapshot_filter - what is wanted of it; zero members want all
 * @map: name of a crypto map
 * @ifindex: interface
 * @family: of the protected packets
 * @peer: SAs of this peer, and the flows that have any
 */
struct snapshot_filter {
	const char *map;
	unsigned int ifindex;
	uint16_t family;
	struct addr peer;
};

int snapshot_take(struct snapshot *s, struct kernel *kernel,
		  const struct snapshot_filter *filter, struct kerr *err);
void snapshot_release(struct snapshot *s);

/* NULL if it is not among them. */
const struct cm_flow *snapshot_flow(const struct snapshot *s, uint32_t id);

/* SAs of a flow: index of the first in @s->sas, and how many. */
size_t snapshot_sas(const struct snapshot *s, uint32_t flow, size_t *n);

#endif /* _IPSECD_SNAPSHOT_H */
