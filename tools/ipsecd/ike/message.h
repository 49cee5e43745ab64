/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message - an ISAKMP message: its header and the chain of payloads (RFC 2408
 * section 3). Only the format: nothing here decides what a message means.
 *
 * A parsed message points into the bytes that it was parsed from.
 */
#ifndef _IPSECD_IKE_MESSAGE_H
#define _IPSECD_IKE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isakmp.h"
#include "lib/buf.h"

/* More payloads in one message are refused: nobody needs them. */
#define MESSAGE_PAYLOADS_MAX	40

struct message_header {
	uint8_t initiator_cookie[ISAKMP_COOKIE_LEN];
	uint8_t responder_cookie[ISAKMP_COOKIE_LEN];
	uint8_t next_payload;
	uint8_t version;
	uint8_t exchange;
	uint8_t flags;
	uint32_t id;
	uint32_t length;
};

/**
 * struct payload - one payload
 * @type: enum isakmp_payload, or ISAKMP_PAYLOAD_PRIVATE or above
 * @index: in its message, from 1; for messages
 * @offset: in its message, that of the generic header; for messages
 * @whole: with its generic header, as HASH() covers it
 * @body: behind the generic header
 */
struct payload {
	uint8_t type;
	unsigned int index;
	size_t offset;
	const uint8_t *whole;
	size_t whole_len;
	const uint8_t *body;
	size_t len;
};

struct message {
	struct message_header header;
	unsigned int n;
	struct payload payloads[MESSAGE_PAYLOADS_MAX];
};

/*
 * What is wrong with a message. @notify is the answer that RFC 2408 section 5
 * gives to it (enum isakmp_notify), @text says it to people with the place:
 * "payload 3 (NONCE) at offset 124: length 2 is below 4".
 */
struct message_error {
	uint16_t notify;
	char text[160];
};

/* Return -EINVAL, for the caller to return. The second writes the place in front. */
int message_refuse(struct message_error *error, uint16_t notify, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int payload_refuse(struct message_error *error, const struct payload *payload, uint16_t notify,
		   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * The header alone, which stands in clear. @len is that of the datagram; bytes
 * behind the message's own length are refused. Whether the exchange type is one
 * of ours is the caller's to check. Returns 0 or -EINVAL; then @header is what
 * there was of it.
 */
int message_parse_header(struct message_header *header, const void *data, size_t len,
			 struct message_error *error);

/*
 * The payloads. @message->header is set; @data is what follows it, decrypted if
 * it was encrypted: then @padded, and what is behind the last payload is
 * padding, whatever it is. In clear, up to three zeros that make the message a
 * multiple of four bytes are padding as well (libreswan sends them).
 *
 * Every length, the reserved bytes, the types and the number of payloads are
 * checked; the contents of a payload are not. Returns 0 or -EINVAL.
 */
int message_parse_payloads(struct message *message, const void *data, size_t len, bool padded,
			   struct message_error *error);

/* The first payload of a type, or NULL; the next one of the type of @after behind it. */
const struct payload *message_find(const struct message *message, uint8_t type);
const struct payload *message_next(const struct message *message, const struct payload *after);
unsigned int message_count(const struct message *message, uint8_t type);

/* --- writing */

/**
 * struct message_writer - a message that is being written
 * @buf: of the caller; the message begins at its start
 * @next: where the type of the next payload goes
 * @payload: where the open payload begins, 0 for none
 */
struct message_writer {
	struct buf *buf;
	size_t next;
	size_t payload;
};

/*
 * Starts a message in an empty @buf; length and next payload follow by
 * themselves, whatever @header says. What does not fit makes @buf fail.
 */
void message_begin(struct message_writer *w, struct buf *buf, const struct message_header *header);
/* Starts a payload, which ends with the next one or the message; its body goes to w->buf. */
void message_payload(struct message_writer *w, uint8_t type);
/* A whole payload. */
void message_put(struct message_writer *w, uint8_t type, const void *body, size_t len);
/*
 * Ends the message: the length of the header is set. @block: pad the payloads
 * to a multiple of it with zeros (RFC 2409 appendix B), 1 for none. May be
 * called first with 1 and then again: hashes do not cover the padding.
 */
void message_end(struct message_writer *w, size_t block);

#endif /* _IPSECD_IKE_MESSAGE_H */
