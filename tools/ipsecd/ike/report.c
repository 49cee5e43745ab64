// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages about peers; see report.h. */
#include <stdarg.h>
#include <stdio.h>

#include "engine.h"
#include "peer.h"
#include "report.h"
#include "sa.h"

#define ID_TEXT_MAX	160

/* What the fields of the journal are made of; "" is left out. */
struct peer_text {
	struct addr_buf local, remote;
	char port[8];
	const char *id;
	const char *status;
};

static void emit(struct peer_text *p, const struct ike_path *path, int severity,
		 const char *mnemonic, const char *text)
{
	const struct log_field fields[] = {
		{ "CRYPTOMAP_PEER", addr_text(&path->remote, &p->remote) },
		{ "CRYPTOMAP_PEER_PORT", p->port },
		{ "CRYPTOMAP_LOCAL", addr_text(&path->local, &p->local) },
		{ "CRYPTOMAP_PEER_ID", p->id },
		{ "CRYPTOMAP_SESSION", p->status },
	};

	snprintf(p->port, sizeof(p->port), "%u", path->remote_port);
	log_event_fields(fields, sizeof(fields) / sizeof(fields[0]), "CRYPTO", severity, mnemonic,
			 "%s", text);
}

void report_repeats(void *arg)
{
	struct ike *ike = arg;
	uint64_t next = repeats_end(&ike->repeats, ike_now(ike));

	if (next)
		ike->world->timer_set(ike->repeating, next);
}

void report_line(struct ike *ike, const struct addr *peer, int severity, const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (repeats_take(&ike->repeats, ike_now(ike), peer, severity, text))
		log_msg(severity, "%s", text);
	report_repeats(ike);
}

void report_peer(const struct ike_path *path, int severity, const char *mnemonic,
		 const char *fmt, ...)
{
	struct peer_text p = { .id = "", .status = "" };
	char text[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	emit(&p, path, severity, mnemonic, text);
}

/* The newest IKE SA with a peer that has shown who it is; one that has ended will do. */
static const struct ike_sa *last_with(struct ike *ike, const struct ike_path *path)
{
	const struct ike_sa *sa, *best = NULL;

	for (sa = peer_first_sa(ike, &path->remote); sa; sa = peer_next_sa(sa))
		if (sa->peer_id.type && addr_equal(&sa->path.local, &path->local) &&
		    (!best || sa->created >= best->created))
			best = sa;
	return best;
}

void report_session(struct ike *ike, const struct ike_path *path, bool up)
{
	struct peer_text p = { .status = up ? "UP" : "DOWN" };
	const struct ike_sa *sa = last_with(ike, path);
	struct ike_path with = *path;
	char text[LOG_LINE_MAX], id[ID_TEXT_MAX];
	struct addr_buf peer;

	addr_text(&path->remote, &peer);
	with.remote_port = sa ? sa->path.remote_port : ISAKMP_PORT;
	p.id = sa ? isakmp_id_text(&sa->peer_id, id, sizeof(id)) : peer.text;
	snprintf(text, sizeof(text), "Crypto tunnel is %s. Peer %s:%u Id: %s", p.status,
		 peer.text, with.remote_port, p.id);
	emit(&p, &with, 5, "SESSION_STATUS", text);
}
