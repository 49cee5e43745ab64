/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nlsock_error - extended acks of netlink; a part of nlsock.
 */
#ifndef _CM_TOOLS_NLSOCK_ERROR_H
#define _CM_TOOLS_NLSOCK_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "nlsock.h"

/* Command of a generic netlink request, NULL if it is not known. */
const struct nlsock_command *nlsock_error_command(nlsock_names names,
						  const struct nlmsghdr *request);

/* Where in an NLMSG_ERROR message the extended ack begins. */
size_t nlsock_error_tlvs(const struct nlmsghdr *hdr);

/*
 * Fills @err from the extended ack at offset @tlvs of @hdr, the kernel's
 * answer to @request.  Returns whether the kernel gave more than an errno.
 */
bool nlsock_error_parse(nlsock_names names, const struct nlmsghdr *request,
			const struct nlmsghdr *hdr, size_t tlvs, int error, struct kerr *err);

/* Positive errno of libnl's own error number. */
int nlsock_error_errno(int nle);

#endif /* _CM_TOOLS_NLSOCK_ERROR_H */
