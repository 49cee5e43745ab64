/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * half_open - openings of phase 1 by others, until they have proven their
 * address by coming back with our cookie.
 *
 * Against floods: after message 1 there is only a small record here, in a table
 * of limited size; no Diffie-Hellman, no timer, nothing is sent but the one
 * answer. Our cookie is an HMAC over addresses, ports and the peer's cookie, so
 * that it cannot be guessed and is the same when message 1 comes again. A
 * responder without any state is impossible in IKEv1: HASH_I and HASH_R of the
 * last two messages cover the SA payload of the first one, which never comes
 * again.
 *
 * It also counts the handshakes that came out of them, by source.
 */
#ifndef _IPSECD_IKE_HALF_OPEN_H
#define _IPSECD_IKE_HALF_OPEN_H

#include "proposal.h"
#include "sa.h"

/* Records in total and of one source; beyond that the oldest one gives way. */
#define HALF_OPEN_MAX		2048
#define HALF_OPEN_SOURCE_MAX	64
/* Longest SA payload that is kept. */
#define HALF_OPEN_BODY_MAX	2048
/* A record is forgotten after so long. */
#define HALF_OPEN_MS		30000
/* Handshakes after it, which cost Diffie-Hellman, in total and of one source. */
#define HANDSHAKES_MAX		1024
#define HANDSHAKES_SOURCE_MAX	32

/**
 * struct half_open - an opening
 * @chosen: the transform that we answered
 * @peer_can: IKE_PEER_*, from the vendor IDs of message 1
 * @body: of the SA payload
 */
struct half_open {
	UT_hash_handle hh;
	TAILQ_ENTRY(half_open) age;
	TAILQ_ENTRY(half_open) of_source;
	struct half_open_source *source;
	struct ike_cookies cookies;
	struct ike_path path;
	uint64_t created;
	struct ike_transform chosen;
	unsigned int peer_can;
	size_t body_len;
	uint8_t body[];
};

struct half_open_table *half_open_new(struct ike *ike);
void half_open_free(struct half_open_table *table);

/* Our cookie as responder; 0 or -EIO. */
int half_open_cookie(const struct ike *ike, const struct ike_path *path,
		     const uint8_t initiator[ISAKMP_COOKIE_LEN],
		     uint8_t responder[ISAKMP_COOKIE_LEN]);
/* A new record without contents but @body; NULL without memory or if that is too long. */
struct half_open *half_open_add(struct half_open_table *table, const struct ike_path *path,
				const struct ike_cookies *cookies, const void *body, size_t len);
struct half_open *half_open_find(struct half_open_table *table, const struct ike_path *path,
				 const struct ike_cookies *cookies);
void half_open_remove(struct half_open_table *table, struct half_open *h);
unsigned int half_open_count(const struct half_open_table *table);

/*
 * Whether one more handshake of @remote may begin; it is counted, until
 * half_open_leave(), or counted among the refused ones.
 */
bool half_open_enter(struct half_open_table *table, const struct addr *remote);
void half_open_leave(struct half_open_table *table, const struct addr *remote);

#endif /* _IPSECD_IKE_HALF_OPEN_H */
