// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The body of an SA payload, of phase 1 and of phase 2. What is accepted and
 * known is written and parsed again, and that is the same.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "ike/proposal.h"

static void as_payload(struct payload *p, const void *body, size_t len)
{
	memset(p, 0, sizeof(*p));
	p->type = ISAKMP_PAYLOAD_SA;
	p->index = 1;
	p->offset = ISAKMP_HEADER_LEN;
	p->body = body;
	p->len = len;
}

/* Texts end, whatever room there is. */
static void check_text(const char *text, size_t size)
{
	FUZZ_CHECK(memchr(text, 0, size));
}

static void check_ike_texts(const struct ike_offer *offer)
{
	char text[200];

	for (unsigned int i = 0; i < offer->n; i++) {
		const struct ike_transform *t = &offer->transforms[i];

		for (size_t size = 1; size <= sizeof(text); size *= 2)
			check_text(ike_transform_text(t, text, size), size);
		/* One that is not supported differs from itself, and no other one does. */
		FUZZ_CHECK(!ike_transform_difference(t, t, text, sizeof(text)) == !t->unknown);
		ike_transform_difference(t, &offer->transforms[0], text, sizeof(text));
	}
}

static int fuzz_ike(const struct payload *p, struct message_error *error)
{
	static struct ike_offer offer, again;
	unsigned int n = 0;
	struct payload q;
	struct buf out;
	int ret = ike_offer_parse(&offer, p, error);

	if (ret)
		return ret;
	FUZZ_CHECK(offer.n && offer.n <= PROPOSAL_TRANSFORMS_MAX);
	check_ike_texts(&offer);
	for (unsigned int i = 0; i < offer.n; i++)
		if (!offer.transforms[i].unknown)
			offer.transforms[n++] = offer.transforms[i];
	offer.n = n;
	if (!n)
		return 0;
	buf_init(&out, ISAKMP_MESSAGE_MAX);
	ike_offer_put(&out, &offer);
	FUZZ_CHECK(!out.failed);
	as_payload(&q, out.data, out.len);
	FUZZ_CHECK(!ike_offer_parse(&again, &q, error));
	FUZZ_CHECK(again.number == offer.number && again.n == n);
	FUZZ_CHECK(!memcmp(again.transforms, offer.transforms, n * sizeof(offer.transforms[0])));
	buf_release(&out);
	return 0;
}

static void check_ipsec_texts(const struct ipsec_proposal *p)
{
	char text[200];

	for (unsigned int i = 0; i < p->n; i++) {
		const struct ipsec_transform *t = &p->transforms[i];

		for (size_t size = 1; size <= sizeof(text); size *= 2)
			check_text(ipsec_transform_text(p->protocol, t, text, size), size);
		FUZZ_CHECK(!ipsec_transform_difference(t, t, text, sizeof(text)) == !t->unknown);
		ipsec_transform_difference(t, &p->transforms[0], text, sizeof(text));
	}
}

/* Removes what is not known, and proposals of which nothing is left. */
static void keep_known(struct ipsec_offer *offer)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < offer->n; i++) {
		struct ipsec_proposal *p = &offer->proposals[i];
		unsigned int n = 0;

		for (unsigned int k = 0; k < p->n; k++)
			if (!p->transforms[k].unknown)
				p->transforms[n++] = p->transforms[k];
		p->n = n;
		if (n && kept != i)
			offer->proposals[kept] = *p;
		kept += n > 0;
	}
	offer->n = kept;
}

static int fuzz_ipsec(const struct payload *p, struct message_error *error)
{
	static struct ipsec_offer offer, again;
	struct payload q;
	struct buf out;
	int ret = ipsec_offer_parse(&offer, p, error);

	if (ret)
		return ret;
	FUZZ_CHECK(offer.n && offer.n <= PROPOSALS_MAX);
	for (unsigned int i = 0; i < offer.n; i++)
		check_ipsec_texts(&offer.proposals[i]);
	keep_known(&offer);
	if (!offer.n)
		return 0;
	buf_init(&out, 1 << 20);
	ipsec_offer_put(&out, offer.proposals, offer.n);
	if (!out.failed) {
		as_payload(&q, out.data, out.len);
		FUZZ_CHECK(!ipsec_offer_parse(&again, &q, error));
		FUZZ_CHECK(again.n == offer.n);
		for (unsigned int i = 0; i < offer.n; i++) {
			const struct ipsec_proposal *a = &offer.proposals[i];
			const struct ipsec_proposal *b = &again.proposals[i];

			FUZZ_CHECK(a->number == b->number && a->protocol == b->protocol);
			FUZZ_CHECK(a->spi == b->spi && a->n == b->n);
			FUZZ_CHECK(!memcmp(a->transforms, b->transforms,
					   a->n * sizeof(a->transforms[0])));
		}
	}
	buf_release(&out);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message_error error = { 0 };
	struct payload p;
	int ret;

	if (!size || size > ISAKMP_MESSAGE_MAX)
		return 0;
	as_payload(&p, data + 1, size - 1);
	ret = data[0] & 1 ? fuzz_ipsec(&p, &error) : fuzz_ike(&p, &error);
	if (ret)
		FUZZ_CHECK(ret == -EINVAL && error.notify && error.text[0]);
	return 0;
}
