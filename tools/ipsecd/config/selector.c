// SPDX-License-Identifier: GPL-2.0-or-later
/* Selectors of rules; see selector.h. */
#include <string.h>

#include "selector.h"

/* Ports of one side; both ends belong to them. */
struct ports {
	uint16_t min, max;
};

static struct ports source_ports(const struct cm_rule *r)
{
	return r->has_sport ? (struct ports){ r->sport_min, r->sport_max } :
			      (struct ports){ 0, UINT16_MAX };
}

static struct ports destination_ports(const struct cm_rule *r)
{
	return r->has_dport ? (struct ports){ r->dport_min, r->dport_max } :
			      (struct ports){ 0, UINT16_MAX };
}

/* An address and its mask in one spelling, whatever was left out; both unset is any. */
static void canonical(struct addr *a, struct addr *mask)
{
	if (addr_is_set(a) && !addr_is_set(mask))
		*mask = addr_mask(a->family, 128);
	if (addr_is_set(a))
		*a = addr_and(a, mask);
	if (!addr_is_set(a) || addr_is_any(mask)) {
		memset(a, 0, sizeof(*a));
		memset(mask, 0, sizeof(*mask));
	}
}

static struct cm_rule spelled(const struct cm_rule *rule)
{
	struct cm_rule r = *rule;

	canonical(&r.src, &r.src_mask);
	canonical(&r.dst, &r.dst_mask);
	return r;
}

static int compare_ports(struct ports a, struct ports b)
{
	return a.min != b.min ? (int)a.min - b.min : (int)a.max - b.max;
}

int selector_compare(const struct cm_rule *a, const struct cm_rule *b)
{
	struct cm_rule x = spelled(a), y = spelled(b);
	int order = addr_compare(&x.src, &y.src);

	if (!order)
		order = addr_compare(&x.src_mask, &y.src_mask);
	if (!order)
		order = addr_compare(&x.dst, &y.dst);
	if (!order)
		order = addr_compare(&x.dst_mask, &y.dst_mask);
	if (!order)
		order = (int)x.proto - y.proto;
	if (!order)
		order = compare_ports(source_ports(&x), source_ports(&y));
	if (!order)
		order = compare_ports(destination_ports(&x), destination_ports(&y));
	return order;
}

static bool contains_addresses(const struct addr *a, const struct addr *mask,
			       const struct addr *inner, const struct addr *inner_mask)
{
	struct addr both;

	if (!addr_is_set(a))
		return true;
	if (!addr_is_set(inner) || inner->family != a->family)
		return false;
	both = addr_and(mask, inner_mask);
	return addr_equal(&both, mask) && addr_match(a, inner, mask);
}

static bool contains_ports(struct ports outer, struct ports inner)
{
	return outer.min <= inner.min && inner.max <= outer.max;
}

bool selector_contains(const struct cm_rule *outer, const struct cm_rule *inner)
{
	struct cm_rule o = spelled(outer), i = spelled(inner);

	return contains_addresses(&o.src, &o.src_mask, &i.src, &i.src_mask) &&
	       contains_addresses(&o.dst, &o.dst_mask, &i.dst, &i.dst_mask) &&
	       (!o.proto || o.proto == i.proto) &&
	       contains_ports(source_ports(&o), source_ports(&i)) &&
	       contains_ports(destination_ports(&o), destination_ports(&i));
}

static unsigned int ones(const struct addr *mask)
{
	unsigned int n = 0;

	for (size_t i = 0; i < sizeof(mask->bytes); i++)
		n += (unsigned int)__builtin_popcount(mask->bytes[i]);
	return n;
}

static unsigned int precision_of_ports(struct ports ports)
{
	return UINT16_MAX - (ports.max - ports.min);
}

unsigned int selector_precision(const struct cm_rule *rule)
{
	struct cm_rule r = spelled(rule);

	/* Addresses weigh more than all ports. */
	return ((ones(&r.src_mask) + ones(&r.dst_mask)) << 18) + (r.proto ? 1U << 17 : 0) +
	       precision_of_ports(source_ports(&r)) + precision_of_ports(destination_ports(&r));
}
