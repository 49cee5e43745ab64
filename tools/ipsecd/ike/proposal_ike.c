// SPDX-License-Identifier: GPL-2.0-or-later
/* What is offered in phase 1 (RFC 2409 appendix A); see proposal.h. */
#include <string.h>

#include "proposal.h"
#include "sa_payload.h"

static const struct sa_attribute_kind kind = {
	.basic = 1U << IKE_ATTR_ENCRYPTION | 1U << IKE_ATTR_HASH | 1U << IKE_ATTR_AUTH |
		 1U << IKE_ATTR_GROUP | 1U << IKE_ATTR_KEY_LENGTH,
	.life_type = IKE_ATTR_LIFE_TYPE,
	.life_duration = IKE_ATTR_LIFE_DURATION,
};

static bool is_known(const char *name)
{
	return strcmp(name, "unknown") != 0;
}

static uint16_t first_unknown(const struct sa_attributes *a)
{
	if (!is_known(ike_encryption_name(a->value[IKE_ATTR_ENCRYPTION])))
		return IKE_ATTR_ENCRYPTION;
	if (!is_known(ike_hash_name(a->value[IKE_ATTR_HASH])))
		return IKE_ATTR_HASH;
	if (!is_known(ike_auth_name(a->value[IKE_ATTR_AUTH])))
		return IKE_ATTR_AUTH;
	if (!ike_group_known(a->value[IKE_ATTR_GROUP]))
		return IKE_ATTR_GROUP;
	if (a->seen & 1U << IKE_ATTR_KEY_LENGTH && !a->value[IKE_ATTR_KEY_LENGTH])
		return IKE_ATTR_KEY_LENGTH;
	return a->unknown;
}

static int parse_transform(struct sa_reader *r, struct sa_proposal *p, struct ike_transform *t)
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
	t->encryption = a.value[IKE_ATTR_ENCRYPTION];
	t->key_bits = a.value[IKE_ATTR_KEY_LENGTH];
	t->hash = a.value[IKE_ATTR_HASH];
	t->auth = a.value[IKE_ATTR_AUTH];
	t->group = a.value[IKE_ATTR_GROUP];
	t->life_seconds = a.life_seconds;
	t->life_kilobytes = a.life_kilobytes;
	t->attribute = first_unknown(&a);
	t->unknown = t->attribute || frame.id != ISAKMP_KEY_IKE;
	return 0;
}

static int check_proposal(struct sa_reader *r, const struct sa_proposal *p)
{
	if (r->more)
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "is not the only one, as it has to be in phase 1");
	if (p->protocol != ISAKMP_PROTO_ISAKMP)
		return sa_refuse(r, ISAKMP_NOTIFY_INVALID_PROTOCOL_ID, "protocol %u in phase 1",
				 p->protocol);
	if (p->spi_len > 2 * ISAKMP_COOKIE_LEN)
		return sa_refuse(r, ISAKMP_NOTIFY_INVALID_SPI, "SPI of %zu bytes", p->spi_len);
	if (p->n > PROPOSAL_TRANSFORMS_MAX)
		return sa_refuse(r, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
				 "%u transforms, at most %u are accepted", p->n,
				 PROPOSAL_TRANSFORMS_MAX);
	return 0;
}

int ike_offer_parse(struct ike_offer *offer, const struct payload *payload,
		    struct message_error *error)
{
	struct sa_proposal p;
	struct sa_reader r;
	int ret;

	offer->n = 0;
	ret = sa_open(&r, payload, error);
	if (!ret)
		ret = sa_next_proposal(&r, &p);
	if (!ret)
		ret = check_proposal(&r, &p);
	if (ret)
		return ret;
	offer->number = p.number;
	while (p.more) {
		ret = parse_transform(&r, &p, &offer->transforms[offer->n]);
		if (ret)
			return ret;
		offer->n++;
	}
	return 0;
}

static void put_transform(struct buf *out, const struct ike_transform *t, bool last)
{
	size_t at = sa_begin_transform(out, last, t->number, ISAKMP_KEY_IKE);

	sa_put_basic(out, IKE_ATTR_ENCRYPTION, t->encryption);
	if (t->key_bits)
		sa_put_basic(out, IKE_ATTR_KEY_LENGTH, t->key_bits);
	sa_put_basic(out, IKE_ATTR_HASH, t->hash);
	sa_put_basic(out, IKE_ATTR_GROUP, t->group);
	sa_put_basic(out, IKE_ATTR_AUTH, t->auth);
	sa_put_life(out, &kind, t->life_seconds, t->life_kilobytes);
	sa_end(out, at);
}

void ike_offer_put(struct buf *out, const struct ike_offer *offer)
{
	size_t at;

	sa_put_head(out);
	at = sa_begin_proposal(out, true, offer->number, ISAKMP_PROTO_ISAKMP, NULL, 0, offer->n);
	for (unsigned int i = 0; i < offer->n; i++)
		put_transform(out, &offer->transforms[i], i + 1 == offer->n);
	sa_end(out, at);
}

const char *ike_transform_text(const struct ike_transform *t, char *text, size_t size)
{
	struct sa_text s;

	sa_text_init(&s, text, size);
	sa_text_add(&s, "encryption ");
	sa_text_name(&s, ike_encryption_name(t->encryption), t->encryption);
	if (t->key_bits)
		sa_text_add(&s, " %u", t->key_bits);
	sa_text_add(&s, ", hash ");
	sa_text_name(&s, ike_hash_name(t->hash), t->hash);
	sa_text_add(&s, ", group %u, auth ", t->group);
	sa_text_name(&s, ike_auth_name(t->auth), t->auth);
	if (t->life_seconds)
		sa_text_add(&s, ", lifetime %llu", (unsigned long long)t->life_seconds);
	if (t->life_kilobytes)
		sa_text_add(&s, ", lifetime %llu KB", (unsigned long long)t->life_kilobytes);
	if (t->unknown)
		sa_text_unknown(&s, t->attribute);
	return text;
}

const char *ike_transform_difference(const struct ike_transform *offered,
				     const struct ike_transform *wanted,
				     char *text, size_t size)
{
	struct sa_text s;

	sa_text_init(&s, text, size);
	if (offered->encryption != wanted->encryption)
		sa_text_differ(&s, "encryption", ike_encryption_name, offered->encryption,
			       wanted->encryption);
	else if (offered->key_bits != wanted->key_bits)
		sa_text_differ(&s, "key length", NULL, offered->key_bits, wanted->key_bits);
	else if (offered->hash != wanted->hash)
		sa_text_differ(&s, "hash", ike_hash_name, offered->hash, wanted->hash);
	else if (offered->auth != wanted->auth)
		sa_text_differ(&s, "auth", ike_auth_name, offered->auth, wanted->auth);
	else if (offered->group != wanted->group)
		sa_text_differ(&s, "group", NULL, offered->group, wanted->group);
	else if (wanted->life_seconds && offered->life_seconds > wanted->life_seconds)
		sa_text_add(&s, "lifetime: %llu offered, at most %llu wanted",
			    (unsigned long long)offered->life_seconds,
			    (unsigned long long)wanted->life_seconds);
	else if (offered->unknown)
		sa_text_not_supported(&s, offered->attribute);
	else
		return NULL;
	return text;
}
