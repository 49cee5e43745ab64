/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended IPv4 and IPv6 access lists (ACL-1 … ACL-6). */
#ifndef _IPSECD_CONFIG_ACL_H
#define _IPSECD_CONFIG_ACL_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/addr.h"
#include "lib/codec_types.h"
#include "lib/text.h"
#include "object.h"

#define ACL_SEQ_STEP	10
#define ACL_SEQ_MAX	2147483647u
#define ACL_ENTRIES_MAX	65536

enum acl_port_op {
	ACL_PORT_ANY,
	ACL_PORT_EQ,
	ACL_PORT_NEQ,
	ACL_PORT_LT,
	ACL_PORT_GT,
	ACL_PORT_RANGE,
};

/* @last is only used by ACL_PORT_RANGE; both ends belong to it. */
struct acl_ports {
	enum acl_port_op op;
	uint16_t first;
	uint16_t last;
};

/**
 * struct ace - one access list entry, or a remark
 * @seq: place in the list; a remark stands behind the entry of this number,
 *	or of the next lower one
 * @remark: text of a remark, else NULL; nothing below is used then
 * @permit: permit, else deny
 * @proto: IP protocol, 0 is any
 * @src: under @src_mask; both are always set
 * @src_mask: bits that are compared; all zeros is any
 * @dst: as @src
 * @dst_mask: as @src_mask
 * @sport: only for TCP, UDP and SCTP, as @dport
 * @log: "log" was given; it has no effect
 * @options: further conditions that the data plane cannot check, as written;
 *	a crypto map refuses a list that has them
 */
struct ace {
	uint32_t seq;
	char *remark;
	bool permit;
	uint8_t proto;
	struct addr src, src_mask;
	struct addr dst, dst_mask;
	struct acl_ports sport, dport;
	bool log;
	char *options;
};

/**
 * struct acl - an access list
 * @object: reference count
 * @family: key; AF_INET or AF_INET6
 * @name: key; number or name
 * @v: @n entries and remarks in order
 * @contents: the same by what they say, a tree of tsearch(3)
 * @permits: how many of them permit
 * @unusable: how many of them no crypto map can take, see ace_usable()
 */
struct acl {
	struct object object;
	uint16_t family;
	char *name;
	struct ace **v;
	size_t n;
	size_t room;
	void *contents;
	size_t permits;
	size_t unusable;
};

extern const struct object_class acl_class;

struct acl *acl_new(uint16_t family, const char *name);
const struct acl *acl_find(const struct objects *acls, uint16_t family,
			   const char *name);
/* The number of a numbered extended list (100-199, 2000-2699), else 0. */
unsigned int acl_number(const char *name);

bool acl_add(struct acl *acl, const struct ace *ace, char *error, size_t size);
void acl_add_remark(struct acl *acl, uint32_t before, const char *text);
bool acl_remove_seq(struct acl *acl, uint32_t seq);
bool acl_remove(struct acl *acl, const struct ace *ace);
bool acl_remove_remark(struct acl *acl, const char *text);
/* Whether a reload of the entries without their numbers numbers them alike. */
bool acl_numbered_by_default(const struct acl *acl);

void ace_clear(struct ace *ace);
bool ace_same(const struct ace *a, const struct ace *b);
/* Whether a crypto map can take the entry: the data plane can check all of it. */
bool ace_usable(const struct ace *ace);
void ace_format(const struct ace *ace, struct text *out);

/* IP protocols and ports by the names that IOS uses. */
bool acl_proto_parse(const char *text, uint16_t family, uint8_t *proto);
bool acl_port_parse(const char *text, uint8_t proto, uint16_t *port);
bool acl_proto_has_ports(uint8_t proto);
bool acl_options_known(const char *options);

/* Most rules that one entry turns into. */
#define ACL_RULES_PER_ACE	4

unsigned int acl_rules(const struct ace *ace, struct cm_rule *rules);
bool acl_same_selector(const struct cm_rule *a, const struct cm_rule *b);
ssize_t acl_covering(const struct acl *acl, const struct cm_rule *rule);
const struct ace *acl_first_permit(const struct acl *acl);

#endif /* _IPSECD_CONFIG_ACL_H */
