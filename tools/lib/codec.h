/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec - the objects of the data plane to and from netlink attributes.
 *
 * codec_put_*() append attributes to a message: 0, or -EMSGSIZE when they do
 * not fit; then nothing was appended.  codec_get_*() read a whole generic
 * netlink message: 0, -EBADMSG for an attribute of a wrong length, -ENOMEM.
 * What a newer kernel adds is skipped.
 */
#ifndef _CM_TOOLS_CODEC_H
#define _CM_TOOLS_CODEC_H

#include "codec_types.h"
#include "nlsock.h"

/* Name and attributes of CRYPTOMAP_CMD_*, NULL for others; generated. */
const struct nlsock_command *codec_command(uint8_t cmd);

/* The entry as a nest; with @id_only only what names it, to add rules. */
int codec_put_entry(struct nl_msg *msg, const struct cm_entry *entry, bool id_only);
int codec_put_rule(struct nl_msg *msg, const struct cm_rule *rule);
int codec_put_binding(struct nl_msg *msg, const struct cm_binding *binding);
int codec_put_flow_filter(struct nl_msg *msg, const struct cm_flow_filter *filter);

/* All attributes of sa-add; the message must be wiped. */
int codec_put_sa(struct nl_msg *msg, const struct cm_sa *sa, const struct cm_sa_keys *keys);
int codec_put_sa_id(struct nl_msg *msg, const struct cm_sa_id *id);
int codec_put_sa_change(struct nl_msg *msg, const struct cm_sa_change *change);
int codec_put_sa_filter(struct nl_msg *msg, const struct cm_sa_filter *filter);
int codec_put_spi_request(struct nl_msg *msg, const struct cm_spi_request *req);
int codec_put_u32(struct nl_msg *msg, int attr, uint32_t value);

/* -ENODATA if the attribute is not there. */
int codec_get_u32(const struct nlmsghdr *hdr, int attr, uint32_t *value);
int codec_get_spi(const struct nlmsghdr *hdr, uint32_t *spi);
int codec_get_commit(const struct nlmsghdr *hdr, struct cm_commit *out);
int codec_get_flow(const struct nlmsghdr *hdr, struct cm_flow *out);
/* Release also after an error. */
int codec_get_sa_info(const struct nlmsghdr *hdr, struct cm_sa_info *out);
/* Adds to @out, since a long list of drop reasons may come in parts. */
int codec_get_stats(const struct nlmsghdr *hdr, struct cm_stats *out);
int codec_get_event(const struct nlmsghdr *hdr, struct cm_event *out);

#endif /* _CM_TOOLS_CODEC_H */
