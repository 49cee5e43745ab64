/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * negotiated - what peers have negotiated under dynamic maps (DYN-1, DYN-2):
 * rules that no access list has, and that are in the kernel's policy as long as
 * there are SAs for them.
 */
#ifndef _IPSECD_NEGOTIATED_H
#define _IPSECD_NEGOTIATED_H

#include <sys/types.h>

#include "kernel.h"

/**
 * struct negotiated_rule - one of them
 * @map, @family, @seq: entry of the crypto map
 * @subseq: sequence number of the dynamic map's entry
 * @rule: always permit; @rule.index means nothing
 * @precision: of the rule, see selector.h
 * @ace: index of the access list's entry that it is within, -1 without any; looked for
 *	when its entry is compiled first (@placed)
 * @flow: number of its flow, of the one that was asked for last if there are several
 *	interfaces; 0 if none was
 * @keep: for whoever sorts out which ones are still in use
 */
struct negotiated_rule {
	char map[CRYPTOMAP_MAP_NAME_MAX + 1];
	uint16_t family;
	uint32_t seq;
	uint32_t subseq;
	struct cm_rule rule;
	unsigned int precision;
	bool placed;
	ssize_t ace;
	uint32_t flow;
	bool keep;
};

/* Sorted by entry, the most precise rules first; no two alike. Zeroed it is empty. */
struct negotiated {
	size_t n;
	size_t room;
	struct negotiated_rule *v;
};

/* That of a flow, by its map, entry and rule; NULL if it is not negotiated. */
struct negotiated_rule *negotiated_find(const struct negotiated *list, const struct cm_flow *flow);
/* 0, -EEXIST if it is there already, or -ENOMEM. */
int negotiated_add(struct negotiated *list, const struct cm_flow *flow);
void negotiated_remove(struct negotiated *list, struct negotiated_rule *rule);
/* Those of one entry stand together: the first one, and how many. */
struct negotiated_rule *negotiated_of(const struct negotiated *list, const struct cm_entry *entry,
				      size_t *n);
void negotiated_release(struct negotiated *list);

/*
 * Adds what the kernel has of a daemon before this one: flows of dynamic maps
 * that have SAs. Returns 0 or a negative errno.
 */
int negotiated_read(struct negotiated *list, struct kernel *kernel, struct kerr *err);

#endif /* _IPSECD_NEGOTIATED_H */
