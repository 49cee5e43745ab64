/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selector - which packets a rule selects (RFC 4301 4.4.1.1), however the
 * attributes that may be left out are given. Action and index do not matter.
 */
#ifndef _IPSECD_CONFIG_SELECTOR_H
#define _IPSECD_CONFIG_SELECTOR_H

#include "lib/codec_types.h"

/* An order of rules; 0 for two that select the same packets by the same means. */
int selector_compare(const struct cm_rule *a, const struct cm_rule *b);
/* Whether @outer selects all packets that @inner selects. */
bool selector_contains(const struct cm_rule *outer, const struct cm_rule *inner);
/* How much is asked for: of two of which one contains the other, that one has less. */
unsigned int selector_precision(const struct cm_rule *rule);

#endif /* _IPSECD_CONFIG_SELECTOR_H */
