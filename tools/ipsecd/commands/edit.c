// SPDX-License-Identifier: GPL-2.0-or-later
/* Changing one object of the candidate; see edit.h. */
#include <stdlib.h>
#include <string.h>

#include "edit.h"

/* The object with @key for changing, NULL if there is none. */
void *edit_begin(struct edit *e, struct cli_ctx *c, struct objects *set, const void *key)
{
	*e = (struct edit){ .c = c, .set = set };
	e->held = objects_hold(set, key);
	if (e->held)
		e->object = objects_edit(set, key);
	return e->object;
}

void *edit_directly(struct edit *e, struct cli_ctx *c, struct objects *set, const void *key)
{
	*e = (struct edit){ .c = c, .set = set, .object = objects_edit(set, key) };
	return e->object;
}

/* A new object; its reference is taken over. */
void *edit_create(struct edit *e, struct cli_ctx *c, struct objects *set, void *object)
{
	*e = (struct edit){ .c = c, .set = set, .object = object };
	objects_insert(set, object);
	return object;
}

int edit_done(struct edit *e)
{
	config_touch(cli_candidate(e->c), e->object, cli_line(e->c));
	objects_release(e->set, e->held);
	return 0;
}

int edit_refuse(struct edit *e, const char *text)
{
	objects_undo(e->set, e->object, e->held);
	return cli_refuse(e->c, "%s", text);
}

struct edit_ref *edit_ref_new(const char *name, uint16_t family, unsigned int seq)
{
	size_t len = strlen(name) + 1;
	struct edit_ref *ref = malloc(sizeof(*ref) + len);

	if (!ref)
		abort();
	ref->family = family;
	ref->seq = seq;
	memcpy(ref->name, name, len);
	return ref;
}

struct addr edit_address(const struct cli_ctx *c, const char *variable)
{
	return edit_prefix(c, variable).addr;
}

struct addr_prefix edit_prefix(const struct cli_ctx *c, const char *variable)
{
	struct addr_prefix p = { .addr = { .family = AF_UNSPEC } };
	struct in_addr ip4;

	switch (cli_arg_family(c, variable)) {
	case AF_INET:
		ip4 = cli_arg_ip4(c, variable);
		addr_from_bytes(&p.addr, &ip4, sizeof(ip4));
		break;
	case AF_INET6:
		addr_from_bytes(&p.addr, cli_arg_ip6(c, variable), 16);
		break;
	}
	p.len = cli_arg_plen(c, variable);
	return p;
}
