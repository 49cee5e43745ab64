/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sa - IKE SAs (RFC 2408 2.4: ISAKMP SAs): one from its first message to its
 * end, and the table of them.
 */
#ifndef _IPSECD_IKE_SA_H
#define _IPSECD_IKE_SA_H

#include "cert.h"
#include "config/isakmp.h"
#include "debug.h"
#include "dh.h"
#include "engine.h"
#include "exchange.h"
#include "keys.h"
#include "lib/hash.h"
#include "payload.h"

struct trust;

/* States as IOS names them (requirements 6.2, O9); the names are printed. */
#define IKE_STATES(X)		\
	X(MM_NO_STATE)		\
	X(MM_SA_SETUP)		\
	X(MM_KEY_EXCH)		\
	X(AG_NO_STATE)		\
	X(AG_INIT_EXCH)		\
	X(QM_IDLE)		\
	X(DELETED)

enum ike_state {
#define IKE_STATE_ENUM(name) IKE_##name,
	IKE_STATES(IKE_STATE_ENUM)
#undef IKE_STATE_ENUM
};

/* Cookies of both sides, as they stand in the header. */
struct ike_cookies {
	uint8_t initiator[ISAKMP_COOKIE_LEN];
	uint8_t responder[ISAKMP_COOKIE_LEN];
};

/* What a peer has said that it can do. */
#define IKE_PEER_DPD		(1U << 0)
#define IKE_PEER_FRAGMENTS	(1U << 1)
#define IKE_PEER_NATT		(1U << 2)
#define IKE_PEER_IOS		(1U << 3)
#define IKE_PEER_OURS		(1U << 4)	/* a cryptomap */

/*
 * A responder's phase 1 is over after so long, whatever comes; that of an
 * initiator mostly ends by its repetitions, and else after twice as long.
 */
#define IKE_HANDSHAKE_MS	60000
/* Of an IKE SA that has ended the name stays for a while (INVSPI-11). */
#define IKE_DELETED_MS		60000
/*
 * One that is replaced is deleted so much later: quick modes end under it. The
 * initiator of the newer one knows that both sides have it, and goes first. Of
 * either side there are two times for the case that both do not mean the same
 * one (see replace_others() in sa.c).
 */
#define IKE_REPLACED_HIGH_MS		30000
#define IKE_REPLACED_LOW_MS		45000
#define IKE_REPLACED_RESPONDER_MS	90000
/*
 * The delete payload of an IKE SA is sent again so long after its end, and once
 * more after three times that: nobody answers it.
 */
#define IKE_FAREWELL_MS		1000
/* How often it is looked whether one that is replaced is still used. */
#define IKE_STILL_USED_MS	5000
/* Between attempts to replace one whose end is near. */
#define IKE_REKEY_RETRY_MS	10000
/*
 * How often phase 1 is begun with a peer of which is said that it does not know
 * us, in the long run; a few times at once, as that may be true each time.
 */
#define IKE_DOUBT_MS		5000
#define IKE_DOUBTS		4
/*
 * Message IDs of an IKE SA that are remembered, of either kind: more exchanges
 * than it mostly has in its life. Beyond that the oldest are forgotten.
 */
#define IKE_IDS_MAX		4096

/**
 * struct ike_handshake - what only phase 1 needs; freed when it is over
 * @offer_body: body of the initiator's SA payload, for HASH_I and HASH_R
 * @dh: our half
 * @public_i, @public_r: halves as they came, dh_public_len() bytes
 * @nonce_i, @nonce_r: bodies of the nonces
 * @psk, @psk_len: the key that was found for the peer, copied: the configuration may change
 * @keyring: where it was found, NULL for the global keys
 * @trust: trustpoint for signatures, NULL for pre-shared keys
 * @trust_fixed: by the configuration, or by a certificate request of the peer
 * @own_id_body: body of our ID payload
 * @peer_id_body: of the peer's, if it came before its proof (aggressive mode)
 * @counted: it is among the handshakes that half_open.h counts
 */
struct ike_handshake {
	struct buf offer_body;
	struct dh *dh;
	struct buf public_i, public_r;
	struct buf nonce_i, nonce_r;
	size_t psk_len;
	uint8_t psk[ISAKMP_KEY_MAX];
	char *keyring;
	struct trust *trust;
	bool trust_fixed;
	struct buf own_id_body, peer_id_body;
	bool counted;
};

/**
 * struct ike_ids - message IDs that were used, by whichever side
 * @v: ring of @room entries, of which @n are filled, the oldest one at @oldest
 */
struct ike_ids {
	uint32_t *v;
	unsigned int n, room, oldest;
};

/**
 * struct ike_sa - an IKE SA
 * @hh: in ike->sas, by @cookies
 * @peer, @of_peer: what is with the same address
 * @initiator: we began
 * @conn_id: for people; from 1001 on
 * @exchange_type: enum isakmp_exchange of phase 1
 * @state: enum ike_state
 * @path: the peer's address and port of now
 * @policy: priority of the policy that was agreed upon
 * @profile: name of the ISAKMP profile that was asked for or that the peer's
 *	identity selected, or NULL
 * @keys: from the moment they can be derived
 * @iv: last block of phase 1, from which those of other exchanges come
 * @peer_id: from authentication on
 * @peer_can: IKE_PEER_*
 * @handshake: NULL when established
 * @phase1: repeats phase 1's last message
 * @exchanges: quick modes and informational exchanges in flight
 * @created: time of the first message, ms
 * @established: time, ms
 * @heard: when something authentic came last, ms
 * @lifetime: seconds agreed upon
 * @ends: time, ms: of the handshake, then of the IKE SA, then of its memory
 * @lifetimer: for it, and for what is to be done before
 * @dpd: see dpd.h
 * @dpd_sequence: of our last R_U_THERE; 0 before the first
 * @dpd_begin: of our first one
 * @dpd_peer, @dpd_peer_asked: of the peer's last one, and whether there was one
 * @doubted: it was said that the peer does not know it, and nothing authentic
 *	came under it since
 * @doubt_failed: a phase 1 that was begun for that has failed: nothing waits for another
 *	one, until something authentic came under it
 * @replaced: a newer IKE SA with the peer is established
 * @refused: the peer has said no
 * @initial_contact: INITIAL-CONTACT came under it; once is enough
 * @farewell: the delete that was sent, encrypted; @farewells: how often
 * @quick_ids, @info_ids: message IDs that are used up, against repetitions and
 *	reflections, apart from each other because strangers can make us send
 *	notifications; those of DPD have sequence numbers instead
 */
struct ike_sa {
	UT_hash_handle hh;
	struct ike *ike;
	struct ike_cookies cookies;
	struct peer *peer;
	TAILQ_ENTRY(ike_sa) of_peer;
	bool initiator;
	uint32_t conn_id;
	uint8_t exchange_type;
	enum ike_state state;
	struct ike_path path;
	unsigned int policy;
	char *profile;
	struct ike_suite suite;
	struct ike_keys keys;
	struct ike_iv iv;
	struct isakmp_id peer_id;
	unsigned int peer_can;
	struct ike_handshake *handshake;
	struct exchange *phase1;
	struct exchange_list exchanges;
	uint64_t created;
	uint64_t established;
	uint64_t heard;
	uint32_t lifetime;
	uint64_t ends;
	struct ike_timer *lifetimer;
	struct dpd *dpd;
	uint32_t dpd_sequence;
	uint32_t dpd_begin;
	uint32_t dpd_peer;
	bool dpd_peer_asked;
	bool doubted;
	bool doubt_failed;
	bool replaced;
	bool refused;
	bool initial_contact;
	struct buf farewell;
	unsigned int farewells;
	struct ike_ids quick_ids, info_ids;
};

const char *ike_state_name(enum ike_state state);

/* A new one in the table; @cookies may lack the responder's. NULL without memory. */
struct ike_sa *ike_sa_new(struct ike *ike, const struct ike_path *path,
			  const struct ike_cookies *cookies, bool initiator, uint8_t exchange_type);
/* Silently: no message, nobody told. */
void ike_sa_free(struct ike_sa *sa);
/*
 * Our side learns the responder's cookie. -ENOMEM: the SA hears nothing any more,
 * and goes when the time for its handshake is over.
 */
int ike_sa_set_responder(struct ike_sa *sa, const uint8_t cookie[ISAKMP_COOKIE_LEN]);
struct ike_sa *ike_sa_find(struct ike *ike, const struct ike_cookies *cookies);

/*
 * The IKE SA to use with a peer: the newest established one that is not
 * replaced; else one that is being negotiated by us; else NULL.
 */
struct ike_sa *ike_sa_with(struct ike *ike, const struct addr *local, const struct addr *remote,
			   const char *profile);

/*
 * Begins phase 1 with a peer, main mode or what is configured for it. What
 * comes of it is told by tunnels_ike_established() or tunnels_ike_failed().
 * NULL if it cannot be begun (no policy, no key): the reason is in @why.
 */
struct ike_sa *ike_sa_initiate(struct ike *ike, const struct ike_path *path, const char *profile,
			       struct kerr *why);

/*
 * Phase 1 is over and the peer is who it should be: INITIAL-CONTACT, timers,
 * older IKE SAs with the same peer become replaced, tunnels are told.
 */
void ike_sa_established(struct ike_sa *sa);
/*
 * Ends it: its exchanges fail, its keys are wiped, and it stays for a while as
 * DELETED, so that a caller may hold it until it returns to the loop. @tell:
 * send a delete payload if it is established. @why is logged as IOS does. If
 * it was a phase 1 of ours, tunnels_ike_failed() is told.
 */
void ike_sa_end(struct ike_sa *sa, bool tell, const char *why);
/* The peer has deleted @sa: one that it had replaced is good again. Returns false if there is none. */
bool ike_sa_revive_other(const struct ike_sa *sa);
/*
 * If IPsec SAs were watched by it and there is no other one with the peer:
 * phase 1 anew. @sa has ended.
 */
void ike_sa_begin_again(const struct ike_sa *sa);
/*
 * Somebody says, without proof, that the peer does not know @sa: phase 1 anew
 * beside it, by which the peer proves who it is, and says if it has no SAs
 * (INITIAL-CONTACT). Not more often than IKE_DOUBT_MS and IKE_DOUBTS say.
 */
void ike_sa_doubt(struct ike_sa *sa);
/* Another one is about to take its place: what is begun had better wait for that. */
bool ike_sa_is_doubted(const struct ike_sa *sa);
static inline bool ike_sa_is_established(const struct ike_sa *sa)
{
	return sa->state == IKE_QM_IDLE;
}

/* Whether phase 1 is under way with its peer anew, and the peer has said something in it. */
bool ike_sa_is_renewed(const struct ike_sa *sa);
/* How long ago one that is DELETED has ended, ms. */
static inline uint64_t ike_sa_ended_ms(const struct ike_sa *sa)
{
	return ike_now(sa->ike) + IKE_DELETED_MS - sa->ends;
}

/* Its configuration and policy are new: end what does not fit any more. */
void ike_sas_configure(struct ike *ike);
/* At the end of the engine. */
void ike_sas_free(struct ike *ike);
void ike_handshake_free(struct ike_sa *sa);
/* Whether a message ID was used before. */
bool ike_ids_have(const struct ike_ids *ids, uint32_t id);
/* Remembers it. Returns false if it was used before, or without memory. */
bool ike_ids_use(struct ike_ids *ids, uint32_t id);
/* It may be used again. */
void ike_ids_forget(struct ike_ids *ids, uint32_t id);

/*
 * A new state, which debug crypto isakmp tells.
 */
void ike_sa_set_state(struct ike_sa *sa, enum ike_state state);

/*
 * A line of debug crypto isakmp about an IKE SA, and one of debug crypto
 * engine; nothing is evaluated unless it is asked for.
 */
#define ike_sa_debug(sa, ...) do {					\
	if (debug_wants(DEBUG_ISAKMP))					\
		ike_sa_debug_put(DEBUG_ISAKMP, sa, __VA_ARGS__);	\
} while (0)
#define ike_sa_engine(sa, ...) do {					\
	if (debug_wants(DEBUG_ENGINE))					\
		ike_sa_debug_put(DEBUG_ENGINE, sa, __VA_ARGS__);	\
} while (0)
void ike_sa_debug_put(unsigned int topic, const struct ike_sa *sa, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "(I) MM_NO_STATE", as IOS ends its lines. */
const char *ike_sa_role_state(const struct ike_sa *sa, char *text, size_t size);

/* For show: calls @fn for each; which may not end any. */
void ike_sa_each(struct ike *ike, void (*fn)(void *arg, const struct ike_sa *sa), void *arg);

#endif /* _IPSECD_IKE_SA_H */
