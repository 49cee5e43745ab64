// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A datagram: header and payloads. What is accepted is written again, and that
 * is the same up to the padding.
 */
#include <string.h>

#include "fuzz.h"
#include "ike/message.h"

/* Of the first byte. */
#define PADDED		1
#define FIX_LENGTH	2

#define LENGTH_OFFSET	24

static void check_refusal(const struct message_error *error)
{
	FUZZ_CHECK(error->notify);
	FUZZ_CHECK(error->text[0]);
}

static void write_again(const struct message *m, const uint8_t *data, size_t size)
{
	struct message_writer w;
	struct buf out;

	buf_init(&out, ISAKMP_MESSAGE_MAX);
	message_begin(&w, &out, &m->header);
	for (unsigned int i = 0; i < m->n; i++)
		message_put(&w, m->payloads[i].type, m->payloads[i].body, m->payloads[i].len);
	message_end(&w, 1);
	FUZZ_CHECK(!out.failed && out.len <= size);
	FUZZ_CHECK(!memcmp(out.data, data, LENGTH_OFFSET));
	FUZZ_CHECK(!memcmp(out.data + ISAKMP_HEADER_LEN, data + ISAKMP_HEADER_LEN,
			   out.len - ISAKMP_HEADER_LEN));
	message_end(&w, 16);
	FUZZ_CHECK(out.failed || (out.len - ISAKMP_HEADER_LEN) % 16 == 0);
	buf_release(&out);
}

static void check_payloads(const struct message *m, const uint8_t *data)
{
	size_t offset = ISAKMP_HEADER_LEN;

	FUZZ_CHECK(m->n >= 1 && m->n <= MESSAGE_PAYLOADS_MAX);
	for (unsigned int i = 0; i < m->n; i++) {
		const struct payload *p = &m->payloads[i];

		FUZZ_CHECK(p->offset == offset && p->whole == data + offset);
		FUZZ_CHECK(p->body == p->whole + 4 && p->whole_len == p->len + 4);
		FUZZ_CHECK(p->index == i + 1);
		FUZZ_CHECK(message_find(m, p->type) && message_count(m, p->type));
		offset += p->whole_len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t copy[ISAKMP_MESSAGE_MAX + 100];
	struct message_error error = { 0 };
	struct message m;
	uint8_t how;

	if (!size || size - 1 > sizeof(copy))
		return 0;
	how = *data++;
	size--;
	memcpy(copy, data, size);
	if (how & FIX_LENGTH && size >= ISAKMP_HEADER_LEN) {
		copy[LENGTH_OFFSET] = copy[LENGTH_OFFSET + 1] = 0;
		copy[LENGTH_OFFSET + 2] = size >> 8;
		copy[LENGTH_OFFSET + 3] = size;
	}
	if (message_parse_header(&m.header, copy, size, &error)) {
		check_refusal(&error);
		return 0;
	}
	if (message_parse_payloads(&m, copy + ISAKMP_HEADER_LEN, size - ISAKMP_HEADER_LEN,
				   how & PADDED, &error)) {
		check_refusal(&error);
		return 0;
	}
	check_payloads(&m, copy);
	write_again(&m, copy, size);
	return 0;
}
