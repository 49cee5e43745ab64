// SPDX-License-Identifier: GPL-2.0-or-later
/* What is offered in phase 2 (RFC 2407 4.4, 4.5); see proposal.h. */
#include <string.h>

#include "proposal.h"
#include "sa_payload.h"

/* Below are those that IANA keeps (RFC 4303 2.1). */
#define SPI_MIN		256
#define ESN_64_BIT	1

static const struct sa_attribute_kind kind = {
	.basic = 1U << IPSEC_ATTR_GROUP | 1U << IPSEC_ATTR_ENCAPSULATION | 1U << IPSEC_ATTR_AUTH |
		 1U << IPSEC_ATTR_KEY_LENGTH | 1U << IPSEC_ATTR_ESN,
	.life_type = IPSEC_ATTR_LIFE_TYPE,
	.life_duration = IPSEC_ATTR_LIFE_DURATION,
};

static const char *esp_name(unsigned int id)
{
	switch (id) {
	case ISAKMP_ESP_DES:
		return "DES-CBC";
	case ISAKMP_ESP_3DES:
		return "3DES-CBC";
	case ISAKMP_ESP_NULL:
		return "NULL";
	case ISAKMP_ESP_AES_CBC:
		return "AES-CBC";
	case ISAKMP_ESP_AES_GCM_16:
		return "AES-GCM-16";
	default:
		return "unknown";
	}
}

static const char *ah_name(unsigned int id)
{
	switch (id) {
	case ISAKMP_AH_MD5:
		return "MD5";
	case ISAKMP_AH_SHA:
		return "SHA";
	case ISAKMP_AH_SHA2_256:
		return "SHA256";
	case ISAKMP_AH_SHA2_384:
		return "SHA384";
	case ISAKMP_AH_SHA2_512:
		return "SHA512";
	default:
		return "unknown";
	}
}

static const char *auth_name(unsigned int number)
{
	switch (number) {
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

static const char *encapsulation_name(unsigned int number)
{
	switch (number) {
	case 0:
		return "none";
	case IPSEC_ENCAPSULATION_TUNNEL:
		return "tunnel";
	case IPSEC_ENCAPSULATION_TRANSPORT:
		return "transport";
	case IPSEC_ENCAPSULATION_UDP_TUNNEL:
		return "tunnel over UDP";
	case IPSEC_ENCAPSULATION_UDP_TRANSPORT:
		return "transport over UDP";
	default:
		return "unknown";
	}
}

static bool is_known(const char *name)
{
	return strcmp(name, "unknown") != 0;
}

static bool id_known(uint8_t protocol, uint8_t id)
{
	if (protocol == ISAKMP_PROTO_ESP)
		return is_known(esp_name(id));
	return protocol == ISAKMP_PROTO_AH && is_known(ah_name(id));
}

/* Zero is the value of none of these when they are there. */
static uint16_t first_unknown(const struct sa_attributes *a)
{
	for (unsigned int i = 0; i < SA_ATTRIBUTES_MAX; i++)
		if (a->seen & 1U << i && !a->value[i])
			return i;
	if (!is_known(encapsulation_name(a->value[IPSEC_ATTR_ENCAPSULATION])))
		return IPSEC_ATTR_ENCAPSULATION;
	if (!is_known(auth_name(a->value[IPSEC_ATTR_AUTH])))
		return IPSEC_ATTR_AUTH;
	if (a->value[IPSEC_ATTR_GROUP] && !ike_group_known(a->value[IPSEC_ATTR_GROUP]))
		return IPSEC_ATTR_GROUP;
	if (a->value[IPSEC_ATTR_ESN] > ESN_64_BIT)
		return IPSEC_ATTR_ESN;
	return a->unknown;
}

static int parse_transform(struct sa_reader *r, struct sa_proposal *p, struct ipsec_transform *t)
{
	struct sa_transform frame;
	struct sa_attributes a;
	int ret;

	ret = sa_next_transform(r, p, &frame);
	if (!ret)
		ret = sa_get_attributes(r, &frame, &kind, &a);
	if (ret)
		return ret;
	memset(t, 0, sizeof(*t));
	t->number = frame.number;
	t->id = frame.id;
	t->key_bits = a.value[IPSEC_ATTR_KEY_LENGTH];
	t->auth = a.value[IPSEC_ATTR_AUTH];
	t->encapsulation = a.value[IPSEC_ATTR_ENCAPSULATION];
	t->group = a.value[IPSEC_ATTR_GROUP];
	t->esn = a.value[IPSEC_ATTR_ESN] == ESN_64_BIT;
	t->life_seconds = a.life_seconds;
	t->life_kilobytes = a.life_kilobytes;
	t->attribute = first_unknown(&a);
	t->unknown = t->attribute || !id_known(p->protocol, frame.id);
	return 0;
}

static int take_spi(struct sa_reader *r, const struct sa_proposal *frame, uint32_t *spi)
{
	struct buf_reader bytes;

	*spi = 0;
	if (frame->spi_len == 4) {
		buf_read_init(&bytes, frame->spi, frame->spi_len);
		*spi = buf_get_u32(&bytes);
	}
	if (frame->protocol != ISAKMP_PROTO_ESP && frame->protocol != ISAKMP_PROTO_AH)
		return 0;
	if (frame->spi_len != 4)
		return sa_refuse(r, ISAKMP_NOTIFY_INVALID_SPI, "SPI of %zu bytes, not 4",
				 frame->spi_len);
	if (*spi < SPI_MIN)
		return sa_refuse(r, ISAKMP_NOTIFY_INVALID_SPI, "SPI %u is reserved", *spi);
	return 0;
}

/* Proposals that belong together stand together. */
static bool number_taken(const struct ipsec_offer *offer, uint8_t number)
{
	if (offer->n && offer->proposals[offer->n - 1].number == number)
		return false;
	for (unsigned int i = 0; i < offer->n; i++)
		if (offer->proposals[i].number == number)
			return true;
	return false;
}

static int parse_proposal(struct sa_reader *r, struct ipsec_offer *offer)
{
	struct ipsec_proposal *p = &offer->proposals[offer->n];
	struct sa_proposal frame;
	int ret;

	ret = sa_next_proposal(r, &frame);
	if (ret)
		return ret;
	if (frame.n > PROPOSAL_TRANSFORMS_MAX)
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "%u transforms, at most %u are accepted", frame.n,
				 PROPOSAL_TRANSFORMS_MAX);
	if (number_taken(offer, frame.number))
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "another one has the same number");
	p->number = frame.number;
	p->protocol = frame.protocol;
	p->n = 0;
	ret = take_spi(r, &frame, &p->spi);
	while (!ret && frame.more) {
		ret = parse_transform(r, &frame, &p->transforms[p->n]);
		if (!ret)
			p->n++;
	}
	return ret;
}

int ipsec_offer_parse(struct ipsec_offer *offer, const struct payload *payload,
		      struct message_error *error)
{
	struct sa_reader r;
	int ret;

	offer->n = 0;
	ret = sa_open(&r, payload, error);
	while (!ret && r.more) {
		r.transform = -1;
		if (offer->n == PROPOSALS_MAX)
			return sa_refuse(&r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
					 "more follow, at most %u are accepted", PROPOSALS_MAX);
		ret = parse_proposal(&r, offer);
		if (!ret)
			offer->n++;
	}
	return ret;
}

static void put_transform(struct buf *out, const struct ipsec_transform *t, bool last)
{
	size_t at = sa_begin_transform(out, last, t->number, t->id);

	if (t->encapsulation)
		sa_put_basic(out, IPSEC_ATTR_ENCAPSULATION, t->encapsulation);
	sa_put_life(out, &kind, t->life_seconds, t->life_kilobytes);
	if (t->auth)
		sa_put_basic(out, IPSEC_ATTR_AUTH, t->auth);
	if (t->key_bits)
		sa_put_basic(out, IPSEC_ATTR_KEY_LENGTH, t->key_bits);
	if (t->group)
		sa_put_basic(out, IPSEC_ATTR_GROUP, t->group);
	if (t->esn)
		sa_put_basic(out, IPSEC_ATTR_ESN, ESN_64_BIT);
	sa_end(out, at);
}

void ipsec_offer_put(struct buf *out, const struct ipsec_proposal *proposals, unsigned int n)
{
	sa_put_head(out);
	for (unsigned int i = 0; i < n; i++) {
		const struct ipsec_proposal *p = &proposals[i];
		const uint8_t spi[4] = { p->spi >> 24, p->spi >> 16, p->spi >> 8, p->spi };
		size_t at = sa_begin_proposal(out, i + 1 == n, p->number, p->protocol,
					      spi, sizeof(spi), p->n);

		for (unsigned int k = 0; k < p->n; k++)
			put_transform(out, &p->transforms[k], k + 1 == p->n);
		sa_end(out, at);
	}
}

static void add_id(struct sa_text *s, uint8_t protocol, const struct ipsec_transform *t)
{
	if (protocol == ISAKMP_PROTO_ESP) {
		sa_text_add(s, "ESP ");
		sa_text_name(s, esp_name(t->id), t->id);
	} else if (protocol == ISAKMP_PROTO_AH) {
		sa_text_add(s, "AH ");
		sa_text_name(s, ah_name(t->id), t->id);
	} else {
		sa_text_add(s, "%s %u", protocol == ISAKMP_PROTO_IPCOMP ? "IPComp transform" :
			    "unknown protocol, transform", t->id);
	}
}

const char *ipsec_transform_text(uint8_t protocol, const struct ipsec_transform *t,
				 char *text, size_t size)
{
	struct sa_text s;

	sa_text_init(&s, text, size);
	add_id(&s, protocol, t);
	if (t->key_bits)
		sa_text_add(&s, " %u", t->key_bits);
	if (t->auth) {
		sa_text_add(&s, ", auth ");
		sa_text_name(&s, auth_name(t->auth), t->auth);
	}
	if (t->encapsulation) {
		sa_text_add(&s, ", mode ");
		sa_text_name(&s, encapsulation_name(t->encapsulation), t->encapsulation);
	}
	if (t->group)
		sa_text_add(&s, ", group %u", t->group);
	if (t->esn)
		sa_text_add(&s, ", ESN");
	if (t->life_seconds || t->life_kilobytes)
		sa_text_add(&s, ", lifetime");
	if (t->life_seconds)
		sa_text_add(&s, " %llu s", (unsigned long long)t->life_seconds);
	if (t->life_kilobytes)
		sa_text_add(&s, "%s %llu KB", t->life_seconds ? "," : "",
			    (unsigned long long)t->life_kilobytes);
	if (t->unknown)
		sa_text_unknown(&s, t->attribute);
	return text;
}

const char *ipsec_transform_difference(const struct ipsec_transform *offered,
				       const struct ipsec_transform *wanted,
				       char *text, size_t size)
{
	struct sa_text s;

	sa_text_init(&s, text, size);
	if (offered->id != wanted->id)
		sa_text_differ(&s, "transform", esp_name, offered->id, wanted->id);
	else if (offered->key_bits != wanted->key_bits)
		sa_text_differ(&s, "key length", NULL, offered->key_bits, wanted->key_bits);
	else if (offered->auth != wanted->auth)
		sa_text_differ(&s, "auth", auth_name, offered->auth, wanted->auth);
	else if (offered->encapsulation != wanted->encapsulation)
		sa_text_differ(&s, "mode", encapsulation_name, offered->encapsulation,
			       wanted->encapsulation);
	else if (offered->group != wanted->group)
		sa_text_differ(&s, "PFS group", NULL, offered->group, wanted->group);
	else if (offered->esn != wanted->esn)
		sa_text_add(&s, "ESN: %s offered, %s wanted", offered->esn ? "on" : "off",
			    wanted->esn ? "on" : "off");
	else if (offered->unknown)
		sa_text_not_supported(&s, offered->attribute);
	else
		return NULL;
	return text;
}
