// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces as configuration objects. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "interface.h"

struct interface *interface_new(const char *name)
{
	struct interface *iface = object_alloc(sizeof(*iface));

	iface->name = object_strdup(name);
	return iface;
}

const struct interface *interface_find(const struct objects *interfaces,
				       const char *name)
{
	struct interface key = { .name = (char *)name };

	return objects_find(interfaces, &key);
}

const char *interface_map(const struct interface *iface, uint16_t family)
{
	return family == AF_INET6 ? iface->map6 : iface->map;
}

/* Letters without case, numbers by value: Ethernet2 is before Ethernet10. */
int interface_name_compare(const char *a, const char *b)
{
	while (*a && *b) {
		int x = tolower((unsigned char)*a), y = tolower((unsigned char)*b);

		if (isdigit(x) && isdigit(y)) {
			char *end_a, *end_b;
			unsigned long na = strtoul(a, &end_a, 10);
			unsigned long nb = strtoul(b, &end_b, 10);

			if (na != nb)
				return na < nb ? -1 : 1;
			if (end_a - a != end_b - b)
				return end_a - a < end_b - b ? -1 : 1;
			a = end_a;
			b = end_b;
			continue;
		}
		if (x != y)
			return x < y ? -1 : 1;
		a++;
		b++;
	}
	return (*a != 0) - (*b != 0);
}

/* Whether @name is @type and a number, like "Loopback0". */
bool interface_number(const char *name, const char *type, unsigned int *number)
{
	size_t len = strlen(type);
	unsigned long value;
	char *end;

	if (strncasecmp(name, type, len) || !isdigit((unsigned char)name[len]))
		return false;
	errno = 0;
	value = strtoul(name + len, &end, 10);
	if (*end || errno || value > INT32_MAX)
		return false;
	*number = value;
	return true;
}

static void *grown(void *v, size_t n, size_t size)
{
	v = realloc(v, n * size);
	if (!v)
		abort();
	return v;
}

/* An address that is there gets the new prefix length. */
void interface_add_secondary(struct interface *iface, const struct addr_prefix *p)
{
	for (size_t i = 0; i < iface->n_secondary; i++) {
		if (addr_equal(&iface->secondary[i].addr, &p->addr)) {
			iface->secondary[i] = *p;
			return;
		}
	}
	iface->secondary = grown(iface->secondary, iface->n_secondary + 1, sizeof(*p));
	iface->secondary[iface->n_secondary++] = *p;
}

bool interface_remove_secondary(struct interface *iface, const struct addr_prefix *p)
{
	for (size_t i = 0; i < iface->n_secondary; i++) {
		if (!addr_prefix_equal(&iface->secondary[i], p))
			continue;
		iface->n_secondary--;
		memmove(iface->secondary + i, iface->secondary + i + 1,
			(iface->n_secondary - i) * sizeof(*p));
		return true;
	}
	return false;
}

void interface_add_address6(struct interface *iface, const struct interface_address6 *a)
{
	for (size_t i = 0; i < iface->n_address6; i++) {
		if (addr_equal(&iface->address6[i].prefix.addr, &a->prefix.addr)) {
			iface->address6[i] = *a;
			return;
		}
	}
	iface->address6 = grown(iface->address6, iface->n_address6 + 1, sizeof(*a));
	iface->address6[iface->n_address6++] = *a;
}

bool interface_remove_address6(struct interface *iface, const struct addr_prefix *p)
{
	for (size_t i = 0; i < iface->n_address6; i++) {
		if (!addr_prefix_equal(&iface->address6[i].prefix, p))
			continue;
		iface->n_address6--;
		memmove(iface->address6 + i, iface->address6 + i + 1,
			(iface->n_address6 - i) * sizeof(*iface->address6));
		return true;
	}
	return false;
}

static int interface_compare(const void *a, const void *b)
{
	const struct interface *x = a, *y = b;

	return interface_name_compare(x->name, y->name);
}

static bool same_addresses(const struct interface *x, const struct interface *y)
{
	if (!addr_prefix_equal(&x->primary, &y->primary) ||
	    x->n_secondary != y->n_secondary || x->n_address6 != y->n_address6)
		return false;
	for (size_t i = 0; i < x->n_secondary; i++)
		if (!addr_prefix_equal(&x->secondary[i], &y->secondary[i]))
			return false;
	for (size_t i = 0; i < x->n_address6; i++)
		if (x->address6[i].eui64 != y->address6[i].eui64 ||
		    !addr_prefix_equal(&x->address6[i].prefix, &y->address6[i].prefix))
			return false;
	return true;
}

static bool interface_equal(const void *a, const void *b)
{
	const struct interface *x = a, *y = b;

	return strcmp(x->name, y->name) == 0 && x->shutdown == y->shutdown &&
	       x->mtu == y->mtu && x->mtu6 == y->mtu6 && same_addresses(x, y) &&
	       object_same_text(x->description, y->description) &&
	       object_same_text(x->map, y->map) && object_same_text(x->map6, y->map6);
}

static void *interface_clone(const void *object)
{
	const struct interface *from = object;
	struct interface *to = interface_new(from->name);
	char *name = to->name;

	*to = *from;
	to->object.refs = 1;
	to->name = name;
	to->description = object_strdup(from->description);
	to->map = object_strdup(from->map);
	to->map6 = object_strdup(from->map6);
	to->secondary = object_memdup(from->secondary,
				      from->n_secondary * sizeof(*from->secondary));
	to->address6 = object_memdup(from->address6,
				     from->n_address6 * sizeof(*from->address6));
	return to;
}

static void interface_destroy(void *object)
{
	struct interface *iface = object;

	free(iface->name);
	free(iface->description);
	free(iface->secondary);
	free(iface->address6);
	free(iface->map);
	free(iface->map6);
	free(iface);
}

const struct object_class interface_class = {
	.compare = interface_compare,
	.equal = interface_equal,
	.clone = interface_clone,
	.destroy = interface_destroy,
};
