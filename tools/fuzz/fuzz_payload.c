// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bodies of identification, notification and delete payloads. What is
 * accepted is written again and is the same; IDs become rules and IDs again.
 */
#include <errno.h>
#include <string.h>

#include "config/acl.h"
#include "fuzz.h"
#include "ike/payload.h"

static void begin(struct message_writer *w, struct buf *out)
{
	const struct message_header header = { .version = ISAKMP_VERSION };

	buf_init(out, ISAKMP_MESSAGE_MAX);
	message_begin(w, out, &header);
}

/* The one payload that was written has the body @p. @skip: the DOI, of which there are two. */
static void end(struct message_writer *w, const struct payload *p, size_t skip)
{
	const size_t start = ISAKMP_HEADER_LEN + 4;
	struct buf *out = w->buf;

	message_end(w, 1);
	FUZZ_CHECK(!out->failed);
	FUZZ_CHECK(out->len - start == p->len);
	FUZZ_CHECK(!memcmp(out->data + start + skip, p->body + skip, p->len - skip));
	buf_release(out);
}

static int fuzz_notify(const struct payload *p, struct message_error *error)
{
	struct isakmp_notification n;
	struct message_writer w;
	struct buf out;
	int ret = isakmp_notify_parse(&n, p, error);

	isakmp_notify_name(n.type);
	if (ret)
		return ret;
	begin(&w, &out);
	isakmp_notify_put(&w, &n);
	end(&w, p, 4);
	return 0;
}

static int fuzz_delete(const struct payload *p, struct message_error *error)
{
	struct isakmp_delete d;
	struct message_writer w;
	struct buf out;
	int ret = isakmp_delete_parse(&d, p, error);

	if (ret)
		return ret;
	begin(&w, &out);
	isakmp_delete_put(&w, &d);
	end(&w, p, 4);
	return 0;
}

static void check_text(const struct isakmp_id *id)
{
	char text[4 * ISAKMP_ID_MAX + 1];

	for (size_t size = 1; size <= sizeof(text); size *= 3) {
		isakmp_id_text(id, text, size);
		for (size_t i = 0; text[i]; i++)
			FUZZ_CHECK(text[i] >= ' ' && text[i] < 0x7f);
	}
}

/* A rule that was made from IDs can be said by IDs, and they make the same one. */
static void check_rule(const struct isakmp_id *ours, const struct isakmp_id *theirs)
{
	struct isakmp_id a, b;
	struct cm_rule rule, again;

	if (isakmp_id_to_rule(&rule, ours, theirs))
		return;
	FUZZ_CHECK(!isakmp_id_from_rule(&a, &rule, ours->first.family, true));
	FUZZ_CHECK(!isakmp_id_from_rule(&b, &rule, ours->first.family, false));
	FUZZ_CHECK(!isakmp_id_to_rule(&again, &a, &b));
	FUZZ_CHECK(acl_same_selector(&rule, &again));
	FUZZ_CHECK(a.proto == ours->proto && a.port == ours->port && b.port == theirs->port);
}

static int fuzz_id(const struct payload *p, struct message_error *error)
{
	static struct isakmp_id id, other;
	struct message_writer w;
	struct buf out;
	int ret = isakmp_id_parse(&id, p, error);

	if (ret)
		return ret;
	FUZZ_CHECK(isakmp_id_equal(&id, &id));
	check_text(&id);
	begin(&w, &out);
	isakmp_id_put(&w, &id);
	end(&w, p, 0);
	check_rule(&id, &id);
	/* Any of the family to the ID. */
	other = id;
	other.type = id.first.family == AF_INET6 ? ISAKMP_ID_IPV6_SUBNET : ISAKMP_ID_IPV4_SUBNET;
	memset(other.first.bytes, 0, sizeof(other.first.bytes));
	other.second = other.first;
	check_rule(&other, &id);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message_error error = { 0 };
	struct payload p = { .index = 1, .offset = ISAKMP_HEADER_LEN };
	int ret;

	if (!size || size > ISAKMP_MESSAGE_MAX - 64)
		return 0;
	p.body = data + 1;
	p.len = size - 1;
	switch (data[0] % 3) {
	case 0:
		p.type = ISAKMP_PAYLOAD_ID;
		ret = fuzz_id(&p, &error);
		break;
	case 1:
		p.type = ISAKMP_PAYLOAD_NOTIFY;
		ret = fuzz_notify(&p, &error);
		break;
	default:
		p.type = ISAKMP_PAYLOAD_DELETE;
		ret = fuzz_delete(&p, &error);
	}
	if (ret)
		FUZZ_CHECK(ret == -EINVAL && error.notify && error.text[0]);
	return 0;
}
