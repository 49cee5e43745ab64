/* SPDX-License-Identifier: GPL-2.0-or-later */
/* serve: requests of the control protocol (lib/ctl.h) on command sessions. */
#ifndef IPSECD_CLI_SERVE_H
#define IPSECD_CLI_SERVE_H

#include "../../lib/ctl_server.h"
#include "cli.h"

/*
 * serve_request - carry out one request on session @s. Always returns a
 * reply, owned by the caller; what cannot be understood yields status
 * "error". *@close is set when the session is to end after the reply.
 *
 * With ctl_server this is the whole body of ctl_server_ops.request.
 */
json_t *serve_request(struct cli_session *s, const json_t *request, bool *close);

/*
 * serve_monitor - from now on what is logged goes to the sessions of @srv, all
 * of them struct cli_session, that have said "terminal monitor". NULL: no more.
 */
void serve_monitor(struct ctl_server *srv);

#endif
