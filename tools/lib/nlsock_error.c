// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/genl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "nlsock_error.h"

/* struct nlmsghdr and genlmsghdr are what a generic netlink request begins with. */
#define GENL_START	(NLMSG_HDRLEN + GENL_HDRLEN)

const struct nlsock_command *nlsock_error_command(nlsock_names names,
						  const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl;

	if (!names || !request || request->nlmsg_len < GENL_START)
		return NULL;
	genl = nlmsg_data(request);
	return names(genl->cmd);
}

size_t nlsock_error_tlvs(const struct nlmsghdr *hdr)
{
	const struct nlmsgerr *e = nlmsg_data(hdr);
	size_t start = NLMSG_HDRLEN + sizeof(*e);

	/* Without NETLINK_CAP_ACK the kernel sends the whole request back. */
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > NLMSG_HDRLEN)
		start += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	return start;
}

static void path_add(char *out, size_t size, const char *name)
{
	size_t n = strlen(out);

	snprintf(out + n, size - n, "%s%s", n ? "." : "", name);
}

static const struct nlsock_attr *set_attr(const struct nlsock_set *set, unsigned int type)
{
	if (!set || type > set->max || !set->attrs[type].name)
		return NULL;
	return &set->attrs[type];
}

void nlsock_attr_path(const struct nlmsghdr *request, size_t start, const struct nlsock_set *set,
		      size_t offset, char *out, size_t size)
{
	const char *base = (const char *)request;
	size_t pos = start, end = request->nlmsg_len;

	out[0] = '\0';
	while (set && pos + NLA_HDRLEN <= end && pos <= offset) {
		const struct nlattr *nla = (const struct nlattr *)(base + pos);
		const struct nlsock_attr *attr;
		size_t len = NLA_ALIGN(nla->nla_len);

		if (nla->nla_len < NLA_HDRLEN)
			return;
		if (offset >= pos + len) {
			pos += len;
			continue;
		}
		attr = set_attr(set, nla->nla_type & NLA_TYPE_MASK);
		if (!attr)
			return;
		path_add(out, size, attr->name);
		if (offset < pos + NLA_HDRLEN)
			return;
		set = attr->nested;
		pos += NLA_HDRLEN;
	}
}

/* Set of the nest at @offset of the request. */
static const struct nlsock_set *nest_set(const struct nlmsghdr *request,
					 const struct nlsock_set *set, size_t offset)
{
	char path[KERR_ATTR_MAX], *name, *rest = path;

	if (offset + NLA_HDRLEN > request->nlmsg_len)
		return NULL;
	nlsock_attr_path(request, GENL_START, set, offset, path, sizeof(path));
	while (set && (name = strsep(&rest, ".")) && *name) {
		const struct nlsock_set *inner = NULL;
		unsigned int i;

		for (i = 0; i <= set->max; i++)
			if (set->attrs[i].name && !strcmp(set->attrs[i].name, name))
				inner = set->attrs[i].nested;
		set = inner;
	}
	return set;
}

/* What the kernel said, taken out of the TLVs. */
struct extack {
	const char *text;
	size_t text_len;
	const uint32_t *offset;
	const uint32_t *miss_type;
	const uint32_t *miss_nest;
};

static void extack_add(struct extack *x, const struct nlattr *nla)
{
	const void *data = nla_data(nla);
	int len = nla_len(nla);

	switch (nla_type(nla)) {
	case NLMSGERR_ATTR_MSG:
		x->text = data;
		x->text_len = strnlen(data, len);
		break;
	case NLMSGERR_ATTR_OFFS:
		x->offset = len >= 4 ? data : NULL;
		break;
	case NLMSGERR_ATTR_MISS_TYPE:
		x->miss_type = len >= 4 ? data : NULL;
		break;
	case NLMSGERR_ATTR_MISS_NEST:
		x->miss_nest = len >= 4 ? data : NULL;
		break;
	}
}

static struct extack extack_read(const struct nlmsghdr *hdr, size_t tlvs)
{
	const struct nlattr *nla = (const struct nlattr *)((const char *)hdr + tlvs);
	struct extack x = { 0 };
	int left;

	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS) || tlvs >= hdr->nlmsg_len)
		return x;
	left = hdr->nlmsg_len - tlvs;
	for (; nla_ok(nla, left); nla = nla_next(nla, &left))
		extack_add(&x, nla);
	return x;
}

static void blame(const struct extack *x, const struct nlmsghdr *request,
		  const struct nlsock_set *set, struct kerr *err)
{
	const struct nlsock_set *inner = set;
	const struct nlsock_attr *attr;

	if (x->offset) {
		nlsock_attr_path(request, GENL_START, set, *x->offset, err->attr,
				 sizeof(err->attr));
		return;
	}
	if (!x->miss_type)
		return;
	if (x->miss_nest) {
		nlsock_attr_path(request, GENL_START, set, *x->miss_nest, err->attr,
				 sizeof(err->attr));
		inner = nest_set(request, set, *x->miss_nest);
	}
	attr = set_attr(inner, *x->miss_type);
	if (attr)
		path_add(err->attr, sizeof(err->attr), attr->name);
}

bool nlsock_error_parse(nlsock_names names, const struct nlmsghdr *request,
			const struct nlmsghdr *hdr, size_t tlvs, int error, struct kerr *err)
{
	const struct nlsock_command *c = nlsock_error_command(names, request);
	struct extack x = extack_read(hdr, tlvs);

	if (x.text_len)
		kerr_set(err, error, "%.*s", (int)x.text_len, x.text);
	else if (x.miss_type)
		kerr_set(err, error, "%s: an attribute is missing", c ? c->name : "netlink request");
	else
		kerr_set(err, error, "%s: %s", c ? c->name : "netlink request", strerror(error));
	if (c && err)
		blame(&x, request, c->set, err);
	return x.text_len || x.offset || x.miss_type;
}

int nlsock_error_errno(int nle)
{
	static const uint8_t map[] = {
		[NLE_INTR] = EINTR, [NLE_BAD_SOCK] = EBADF, [NLE_AGAIN] = EAGAIN,
		[NLE_NOMEM] = ENOMEM, [NLE_EXIST] = EEXIST, [NLE_INVAL] = EINVAL,
		[NLE_RANGE] = ERANGE, [NLE_MSGSIZE] = EMSGSIZE,
		[NLE_OPNOTSUPP] = EOPNOTSUPP, [NLE_AF_NOSUPPORT] = EAFNOSUPPORT,
		[NLE_OBJ_NOTFOUND] = ENOENT, [NLE_NOACCESS] = EACCES, [NLE_PERM] = EPERM,
		[NLE_BUSY] = EBUSY, [NLE_MSG_TRUNC] = EMSGSIZE, [NLE_NODEV] = ENODEV,
	};
	unsigned int n = nle < 0 ? -nle : nle;

	return n < sizeof(map) && map[n] ? map[n] : EIO;
}
