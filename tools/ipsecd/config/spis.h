/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spis - which entry of a crypto map has which SPI of a session key.
 *
 * A record tells who had an SPI last, and may be out of date: who finds one
 * looks whether that entry still has it.  So nothing is to be done when keys
 * or entries go.
 */
#ifndef _IPSECD_CONFIG_SPIS_H
#define _IPSECD_CONFIG_SPIS_H

#include "map.h"

struct spis;

struct spis *spis_new(void);
void spis_free(struct spis *spis);

/*
 * The record of the SPI that @entry has in @direction: the sequence number
 * of the entry of the same map that had it last, 0 for none; for the caller to
 * change.  Outbound, the same SPI towards another peer is another record.
 * @entries is all there are, @entry among them; the first call records them.
 */
unsigned int *spis_record(struct spis *spis, const struct objects *entries,
			  const struct map_entry *entry,
			  enum cryptomap_direction direction);

#endif /* _IPSECD_CONFIG_SPIS_H */
