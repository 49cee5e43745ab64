/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sa_payload - the frame of an SA payload, which is the same in both phases:
 * proposals, transforms in them, attributes in those. The inside of
 * proposal.h.
 */
#ifndef _IPSECD_IKE_SA_PAYLOAD_H
#define _IPSECD_IKE_SA_PAYLOAD_H

#include "message.h"

/* Numbers of attributes that we know are below. */
#define SA_ATTRIBUTES_MAX	16

/**
 * struct sa_reader - one that walks over an SA payload
 * @payload, @error: for messages
 * @proposals: what is left of them
 * @more: another proposal follows
 * @proposal: number of the one that was read last
 * @transform: likewise, -1 for none
 */
struct sa_reader {
	const struct payload *payload;
	struct message_error *error;
	struct buf_reader proposals;
	bool more;
	int proposal;
	int transform;
};

/**
 * struct sa_proposal - frame of a proposal
 * @transforms: what is left of them
 * @n: how many there are to be
 * @got: how many there were
 * @more: another transform follows
 * @seen: numbers of transforms, a bit each
 */
struct sa_proposal {
	uint8_t number;
	uint8_t protocol;
	size_t spi_len;
	const uint8_t *spi;
	struct buf_reader transforms;
	unsigned int n;
	unsigned int got;
	bool more;
	uint8_t seen[32];
};

/** struct sa_transform - frame of a transform */
struct sa_transform {
	uint8_t number;
	uint8_t id;
	struct buf_reader attributes;
};

/**
 * struct sa_attributes - the attributes of a transform
 * @seen: a bit for each basic attribute that we know, by its number
 * @value: of these
 * @unknown: number of the first one that we do not know, or whose life type or
 *	duration is of no use; 0 for none
 * @life_seconds, @life_kilobytes: 0 when not given
 */
struct sa_attributes {
	uint32_t seen;
	uint16_t value[SA_ATTRIBUTES_MAX];
	uint16_t unknown;
	uint64_t life_seconds;
	uint64_t life_kilobytes;
};

/**
 * struct sa_attribute_kind - which attributes there are in a phase
 * @basic: a bit for each that we know, without those of the lifetime
 */
struct sa_attribute_kind {
	uint32_t basic;
	uint16_t life_type;
	uint16_t life_duration;
};

/* All return 0 or -EINVAL with @r->error. */
int sa_open(struct sa_reader *r, const struct payload *payload, struct message_error *error);
/* To be called while @r->more, with all transforms of the one before read. */
int sa_next_proposal(struct sa_reader *r, struct sa_proposal *p);
/* To be called while @p->more. */
int sa_next_transform(struct sa_reader *r, struct sa_proposal *p, struct sa_transform *t);
int sa_get_attributes(struct sa_reader *r, struct sa_transform *t,
		      const struct sa_attribute_kind *kind, struct sa_attributes *a);
/* Refuses; the text is preceded by payload, proposal and transform. */
int sa_refuse(struct sa_reader *r, uint16_t notify, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* --- writing: each begin has its end, which sets the length; @at is the place of both */
void sa_put_head(struct buf *out);
size_t sa_begin_proposal(struct buf *out, bool last, uint8_t number, uint8_t protocol,
			 const void *spi, size_t spi_len, unsigned int n);
size_t sa_begin_transform(struct buf *out, bool last, uint8_t number, uint8_t id);
void sa_end(struct buf *out, size_t at);
void sa_put_basic(struct buf *out, uint16_t type, uint16_t value);
/* Lifetimes that are not 0: variable, of four bytes as IOS has them, or eight. */
void sa_put_life(struct buf *out, const struct sa_attribute_kind *kind, uint64_t seconds,
		 uint64_t kilobytes);

/* --- for people */

/** struct sa_text - a text that grows in a buffer of the caller, cut off at its end */
struct sa_text {
	char *text;
	size_t size;
	size_t len;
};

void sa_text_init(struct sa_text *t, char *text, size_t size);
void sa_text_add(struct sa_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "SHA", or "unknown (9)". */
void sa_text_name(struct sa_text *t, const char *name, unsigned int number);
/* "hash: SHA offered, SHA256 wanted"; without @name the numbers, "none" for 0. */
void sa_text_differ(struct sa_text *t, const char *what, const char *(*name)(unsigned int number),
		    unsigned int offered, unsigned int wanted);
/* Behind a transform: ", attribute 13 is not supported"; 0 for other reasons. */
void sa_text_unknown(struct sa_text *t, unsigned int attribute);
void sa_text_not_supported(struct sa_text *t, unsigned int attribute);

#endif /* _IPSECD_IKE_SA_PAYLOAD_H */
