// SPDX-License-Identifier: GPL-2.0-or-later
/* What debug crypto isakmp and ipsec tell about negotiations; see trace.h. */
#include <stdio.h>

#include "lib/log.h"
#include "trace.h"

#define FLOW_TEXT_MAX	384

static uint32_t conn_id(const struct ike_sa *sa)
{
	return sa ? sa->conn_id : 0;
}

/* --- messages */

void trace_put_header_in(const struct ike_sa *sa, const struct ike_path *path,
			 const struct message_header *header)
{
	struct addr_buf peer;
	char state[32] = "(N) NEW SA";

	if (sa)
		ike_sa_role_state(sa, state, sizeof(state));
	debug_put(DEBUG_ISAKMP, &path->remote,
		  "ISAKMP:(%u):received packet from %s dport %u sport %u Global %s: %s, message ID = %d, %u bytes%s",
		  conn_id(sa), addr_text(&path->remote, &peer), path->local_port,
		  path->remote_port, state, isakmp_exchange_name(header->exchange),
		  (int32_t)header->id, header->length,
		  header->flags & ISAKMP_FLAG_ENCRYPTED ? ", encrypted" : "");
}

/* What does not fit is left out: a peer says how many there are. */
static const char *list_payloads(char out[LOG_LINE_MAX], const struct message *message)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned int i = 0; i < message->n && len < LOG_LINE_MAX; i++)
		len += snprintf(out + len, LOG_LINE_MAX - len, " %s(%zu)",
				isakmp_payload_name(message->payloads[i].type),
				message->payloads[i].len);
	return out;
}

void trace_put_payloads_in(const struct ike_sa *sa, const struct addr *peer,
			   const struct message *message)
{
	char list[LOG_LINE_MAX];

	debug_put(DEBUG_ISAKMP, peer, "ISAKMP:(%u):processing payloads%s. message ID = %d",
		  conn_id(sa), list_payloads(list, message), (int32_t)message->header.id);
}

/* It is well-formed: it is ours. */
void trace_put_message_out(const struct ike_sa *sa, const struct ike_path *path,
			   const struct buf *clear)
{
	struct message_error error;
	char list[LOG_LINE_MAX];
	struct message message;

	if (message_parse_header(&message.header, clear->data, clear->len, &error) ||
	    message_parse_payloads(&message, clear->data + ISAKMP_HEADER_LEN,
				   clear->len - ISAKMP_HEADER_LEN, true, &error))
		return;
	debug_put(DEBUG_ISAKMP, &path->remote,
		  "ISAKMP:(%u):constructed %s message%s. message ID = %d, %zu bytes",
		  conn_id(sa), isakmp_exchange_name(message.header.exchange),
		  list_payloads(list, &message), (int32_t)message.header.id, clear->len);
}

/* --- phase 1 */

#define ISAKMP_LINE(peer, ...)	debug_put(DEBUG_ISAKMP, peer, __VA_ARGS__)

/* Up to two bytes long or longer, as IOS tells a lifetime of its peer. */
static void put_life(const struct addr *peer, const char *what, const char *unit, uint64_t life)
{
	if (!life)
		return;
	ISAKMP_LINE(peer, "ISAKMP:      %slife type in %s", what, unit);
	if (life == PROPOSAL_LIFE_FOREVER)
		ISAKMP_LINE(peer, "ISAKMP:      %slife duration without end", what);
	else if (life > UINT16_MAX)
		ISAKMP_LINE(peer, "ISAKMP:      %slife duration (VPI) of  0x%X 0x%X 0x%X 0x%X",
			    what, (unsigned int)(life >> 24) & 0xff,
			    (unsigned int)(life >> 16) & 0xff, (unsigned int)(life >> 8) & 0xff,
			    (unsigned int)life & 0xff);
	else
		ISAKMP_LINE(peer, "ISAKMP:      %slife duration (basic) of %u", what,
			    (unsigned int)life);
}

/* The first attribute that does not match, or NULL (IKE-4). */
static const char *policy_difference(const struct ike_transform *t,
				     const struct isakmp_policy *policy)
{
	if (t->unknown)
		return "Attribute that is not known";
	if (t->encryption != policy->encryption)
		return "Encryption algorithm offered does not match policy!";
	if (t->key_bits != policy->key_bits)
		return "Proposed key length does not match policy";
	if (t->hash != policy->hash)
		return "Hash algorithm offered does not match policy!";
	if (t->auth != policy->auth)
		return "Authentication method offered does not match policy!";
	if (t->group != policy->group)
		return "Diffie-Hellman group offered does not match policy!";
	if (t->life_seconds > policy->lifetime)
		return "Lifetime offered is longer than that of the policy!";
	return NULL;
}

void trace_put_policy_check(const struct addr *peer, const struct ike_transform *t,
			    const struct isakmp_policy *policy)
{
	const char *differs = policy_difference(t, policy);

	ISAKMP_LINE(peer, "ISAKMP:(0):Checking ISAKMP transform %u against priority %u policy",
		    t->number, policy->priority);
	ISAKMP_LINE(peer, "ISAKMP:      encryption %s", ike_encryption_name(t->encryption));
	if (t->key_bits)
		ISAKMP_LINE(peer, "ISAKMP:      keylength of %u", t->key_bits);
	ISAKMP_LINE(peer, "ISAKMP:      hash %s", ike_hash_name(t->hash));
	ISAKMP_LINE(peer, "ISAKMP:      default group %u", t->group);
	ISAKMP_LINE(peer, "ISAKMP:      auth %s", ike_auth_name(t->auth));
	put_life(peer, "", "seconds", t->life_seconds);
	put_life(peer, "", "kilobytes", t->life_kilobytes);
	if (differs)
		ISAKMP_LINE(peer, "ISAKMP:(0):%s", differs);
	ISAKMP_LINE(peer, "ISAKMP:(0):atts are %sacceptable.", differs ? "not " : "");
}

void trace_put_policy_skipped(const struct addr *peer, const struct isakmp_policy *policy)
{
	ISAKMP_LINE(peer, "ISAKMP:(0):priority %u policy is left out: %s", policy->priority,
		    policy->auth == IKE_AUTH_PSK ?
		    "no pre-shared key for the peer, or another group" :
		    "no certificate of ours, or another group");
}

/* --- phase 2 */

static const char *encapsulation_name(uint16_t encapsulation)
{
	switch (encapsulation) {
	case IPSEC_ENCAPSULATION_TUNNEL:
		return "Tunnel";
	case IPSEC_ENCAPSULATION_TRANSPORT:
		return "Transport";
	case IPSEC_ENCAPSULATION_UDP_TUNNEL:
		return "Tunnel-UDP";
	case IPSEC_ENCAPSULATION_UDP_TRANSPORT:
		return "Transport-UDP";
	default:
		return "none";
	}
}

static const char *auth_name(uint16_t auth)
{
	switch (auth) {
	case IPSEC_AUTH_NONE:
		return "none";
	case IPSEC_AUTH_HMAC_MD5:
		return "HMAC-MD5";
	case IPSEC_AUTH_HMAC_SHA:
		return "HMAC-SHA";
	case IPSEC_AUTH_HMAC_SHA2_256:
		return "HMAC-SHA256";
	case IPSEC_AUTH_HMAC_SHA2_384:
		return "HMAC-SHA384";
	case IPSEC_AUTH_HMAC_SHA2_512:
		return "HMAC-SHA512";
	default:
		return "unknown";
	}
}

static const char *transform_name(const struct ipsec_proposal *p, const struct ipsec_transform *t)
{
	if (p->protocol != ISAKMP_PROTO_ESP)
		return p->protocol == ISAKMP_PROTO_AH ? "AH" : "unknown protocol";
	switch (t->id) {
	case ISAKMP_ESP_DES:
		return "ESP_DES";
	case ISAKMP_ESP_3DES:
		return "ESP_3DES";
	case ISAKMP_ESP_NULL:
		return "ESP_NULL";
	case ISAKMP_ESP_AES_CBC:
		return "ESP_AES";
	case ISAKMP_ESP_AES_GCM_16:
		return "ESP_AES_GCM";
	default:
		return "ESP, unknown cipher";
	}
}

static void put_attributes(const struct addr *peer, const struct ipsec_proposal *p,
			   const struct ipsec_transform *t)
{
	ISAKMP_LINE(peer, "ISAKMP:Checking IPSec proposal %u", p->number);
	ISAKMP_LINE(peer, "ISAKMP: transform %u, %s", t->number, transform_name(p, t));
	ISAKMP_LINE(peer, "ISAKMP:   attributes in transform:");
	ISAKMP_LINE(peer, "ISAKMP:      encaps is %u (%s)", t->encapsulation,
		    encapsulation_name(t->encapsulation));
	put_life(peer, "SA ", "seconds", t->life_seconds);
	put_life(peer, "SA ", "kilobytes", t->life_kilobytes);
	ISAKMP_LINE(peer, "ISAKMP:      authenticator is %s", auth_name(t->auth));
	if (t->key_bits)
		ISAKMP_LINE(peer, "ISAKMP:      key length is %u", t->key_bits);
	if (t->group)
		ISAKMP_LINE(peer, "ISAKMP:      group is %u", t->group);
	if (t->esn)
		ISAKMP_LINE(peer, "ISAKMP:      extended sequence numbers");
}

/* "local= A, remote= B, local_proxy= X (type=4), remote_proxy= Y (type=4)" */
static const char *flow_text(const struct tunnel *tunnel, const struct addr *peer,
			     char text[FLOW_TEXT_MAX])
{
	const struct cm_flow *flow = &tunnel->flow;
	char ours[80] = "?", theirs[80] = "?";
	struct addr_buf local, remote;
	unsigned int our_type = 0, their_type = 0;
	struct isakmp_id id;

	if (isakmp_id_from_rule(&id, &flow->rule, flow->family, true) == 0) {
		isakmp_id_text(&id, ours, sizeof(ours));
		our_type = id.type;
	}
	if (isakmp_id_from_rule(&id, &flow->rule, flow->family, false) == 0) {
		isakmp_id_text(&id, theirs, sizeof(theirs));
		their_type = id.type;
	}
	snprintf(text, FLOW_TEXT_MAX,
		 "local= %s, remote= %s, local_proxy= %s (type=%u), remote_proxy= %s (type=%u)",
		 addr_text(&tunnel->local, &local), addr_text(peer, &remote), ours, our_type,
		 theirs, their_type);
	return text;
}

void trace_put_proposal_check(const struct tunnel *tunnel, const struct addr *peer,
			      const struct ipsec_proposal *proposal,
			      const struct ipsec_transform *transform,
			      const struct transform_set *set, const struct ipsec_transform *own,
			      bool fits)
{
	char flow[FLOW_TEXT_MAX], text[160];
	const char *differs = fits ? NULL : transform->unknown ? "an attribute that is not known" :
		ipsec_transform_difference(transform, own, text, sizeof(text));

	if (!fits && !differs)
		differs = "it is not what was proposed";

	if (debug_wants(DEBUG_ISAKMP))
		put_attributes(peer, proposal, transform);
	debug_isakmp(peer, "ISAKMP:atts are %sacceptable%s%s", differs ? "not " : "",
		     differs ? ": " : ".", differs ? differs : "");
	debug_ipsec(peer,
		    "IPSEC(validate_proposal_request): proposal part #%u, (key eng. msg.) INBOUND %s",
		    proposal->number, flow_text(tunnel, peer, flow));
	if (differs)
		debug_ipsec(peer, "IPSEC(validate_transform_proposal): transform set %s of crypto map %s %u does not match: %s",
			    set->name, tunnel->flow.map, tunnel->flow.seq, differs);
	else
		debug_ipsec(peer, "IPSEC(validate_transform_proposal): transform set %s of crypto map %s %u matches",
			    set->name, tunnel->flow.map, tunnel->flow.seq);
}

/* --- the data plane */

void trace_put_sa_request(const struct tunnel *tunnel, const struct addr *peer,
			  const struct ipsec_offer *offer)
{
	char flow[FLOW_TEXT_MAX], text[160];

	for (unsigned int i = 0; i < offer->n; i++) {
		const struct ipsec_proposal *p = &offer->proposals[i];

		debug_put(DEBUG_IPSEC, peer,
			  "IPSEC(sa_request): , (key eng. msg.) OUTBOUND %s, protocol= ESP, transform= %s, spi= 0x%X(%u)",
			  flow_text(tunnel, peer, flow),
			  ipsec_transform_text(p->protocol, &p->transforms[0], text, sizeof(text)),
			  p->spi, p->spi);
	}
}

void trace_put_sa(const struct sa_pair *pair, enum cryptomap_direction direction,
		  const struct pair_terms *terms)
{
	const struct cm_sa_id *id = direction == CRYPTOMAP_DIRECTION_IN ? &pair->in : &pair->out;
	char flow[FLOW_TEXT_MAX];
	struct addr_buf dst;

	debug_put(DEBUG_IPSEC, &pair->peer,
		  "IPSEC(initialize_sas): , (key eng. msg.) %s %s, transform set %s (%s), lifedur= %llus and %llukb, spi= 0x%X(%u)",
		  direction == CRYPTOMAP_DIRECTION_IN ? "INBOUND" : "OUTBOUND",
		  flow_text(pair->tunnel, &pair->peer, flow), terms->set->name,
		  terms->mode == CRYPTOMAP_MODE_TUNNEL ? "Tunnel" : "Transport",
		  (unsigned long long)terms->life_seconds,
		  (unsigned long long)terms->life_kilobytes, id->spi, id->spi);
	debug_put(DEBUG_IPSEC, &pair->peer,
		  "IPSEC(create_sa): sa created, (sa) sa_dest= %s, sa_proto= %u, sa_spi= 0x%X(%u), crypto map %s %u",
		  addr_text(&id->dst, &dst), id->proto, id->spi, id->spi, pair->tunnel->flow.map,
		  pair->tunnel->flow.seq);
}

static void put_end(const struct sa_pair *pair, const struct cm_sa_id *id)
{
	struct addr_buf dst;

	debug_put(DEBUG_IPSEC, &pair->peer,
		  "IPSEC(delete_sa): deleting SA, (sa) sa_dest= %s, sa_proto= %u, sa_spi= 0x%X(%u)",
		  addr_text(&id->dst, &dst), id->proto, id->spi, id->spi);
}

void trace_put_pair_end(const struct sa_pair *pair)
{
	put_end(pair, &pair->in);
	put_end(pair, &pair->out);
}

void trace_put_event(struct ike *ike, const struct cm_event *ev, const char *what)
{
	const struct tunnel *t = tunnel_find(ike, ev->flow);
	struct addr peer = { .family = AF_UNSPEC };
	char flow[FLOW_TEXT_MAX];

	if (t)
		tunnel_peer(t, &peer);
	debug_put(DEBUG_IPSEC, &peer,
		  "IPSEC(key_engine): got a queue event: %s, flow %u of crypto map %s %u, spi= 0x%X(%u), %s",
		  what, ev->flow, t ? t->flow.map : "<none>", t ? t->flow.seq : 0, ev->spi,
		  ev->spi, t ? flow_text(t, &peer, flow) : "which IKE does not serve");
}

void trace_put_acquire(struct ike *ike, const struct cm_event *ev)
{
	struct addr_buf src, dst;
	char what[200];

	snprintf(what, sizeof(what), "a packet %s to %s, protocol %u, waits for an SA",
		 addr_text(&ev->src, &src), addr_text(&ev->dst, &dst), ev->ip_proto);
	trace_put_event(ike, ev, what);
}

void trace_put_policy_lookup(const struct tunnel *tunnel, const struct addr *peer, bool found)
{
	char flow[FLOW_TEXT_MAX];

	debug_put(DEBUG_IPSEC, peer, "IPSEC(crypto_map_check_policy): crypto map %s %u, %s: %s",
		  tunnel->flow.map, tunnel->flow.seq, flow_text(tunnel, peer, flow),
		  found ? "the peer's proxies are these" : "the peer's proxies are others");
}
