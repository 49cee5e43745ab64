/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * addr - IPv4 and IPv6 addresses, masks and prefixes in one type.
 *
 * An all-zero struct is "no address" (family AF_UNSPEC).  Masks are kept as
 * Linux and the data plane have them: a set bit is compared.  An IOS wildcard
 * mask is the inverse, see addr_invert().
 */
#ifndef _CM_TOOLS_ADDR_H
#define _CM_TOOLS_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDR_BYTES_MAX	16
/* Longest text of an address or prefix with final NUL. */
#define ADDR_TEXT_MAX	64

/**
 * struct addr - an address or mask
 * @family: AF_INET, AF_INET6 or AF_UNSPEC
 * @bytes: network order; 4 or 16 are in use, the rest is zero
 */
struct addr {
	uint16_t family;
	uint8_t bytes[ADDR_BYTES_MAX];
};

/**
 * struct addr_prefix - an address with a prefix length
 * @addr: may have host bits set ("ip address 10.1.1.1 255.255.255.0")
 * @len: 0 to 32 or 128
 */
struct addr_prefix {
	struct addr addr;
	uint8_t len;
};

/* A buffer for addr_text() and addr_prefix_text(). */
struct addr_buf {
	char text[ADDR_TEXT_MAX];
};

/* Bytes of an address of @family: 4, 16, or 0 for any other family. */
size_t addr_length(uint16_t family);

static inline bool addr_is_set(const struct addr *a)
{
	return a->family != AF_UNSPEC;
}

/*
 * Parses a whole string.  @family AF_UNSPEC takes both.  IPv4 only as four
 * decimal parts without leading zeros; IPv6 without zone.
 * Returns 0, or -EINVAL and leaves @out alone.
 */
int addr_parse(struct addr *out, uint16_t family, const char *text);

/* From @len bytes of the wire; 0, or -EINVAL if @len fits neither family. */
int addr_from_bytes(struct addr *out, const void *bytes, size_t len);

int addr_from_sockaddr(struct addr *out, const struct sockaddr *sa, socklen_t len);

/* Fills a socket address with port in host order; returns its length, 0 if unset. */
socklen_t addr_to_sockaddr(const struct addr *a, uint16_t port, struct sockaddr_storage *out);

/* "10.1.1.1", "2001:DB8::1" (upper case as IOS), or "" when unset. */
const char *addr_text(const struct addr *a, struct addr_buf *buf);

/* The same in lower case, as Linux tools print it. */
const char *addr_text_lower(const struct addr *a, struct addr_buf *buf);

/* <0, 0, >0; unset before IPv4 before IPv6, then by number. */
int addr_compare(const struct addr *a, const struct addr *b);

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return addr_compare(a, b) == 0;
}

/* 0.0.0.0 or ::. */
bool addr_is_any(const struct addr *a);
/* 255.255.255.255 or all ones. */
bool addr_is_ones(const struct addr *a);
/* 224.0.0.0/4 or ff00::/8. */
bool addr_is_multicast(const struct addr *a);
/* 127.0.0.0/8 or ::1. */
bool addr_is_loopback(const struct addr *a);
/* fe80::/10 (IPv6 only). */
bool addr_is_linklocal(const struct addr *a);

/* Address of all zeros; the address part of "any". */
void addr_set_any(struct addr *a, uint16_t family);

/* Every bit flipped: IOS wildcard mask <-> mask. */
struct addr addr_invert(const struct addr *a);
/* Bitwise and; the families must be the same. */
struct addr addr_and(const struct addr *a, const struct addr *mask);
/* Mask of a prefix length; @len is cut to the width of the family. */
struct addr addr_mask(uint16_t family, unsigned int len);
/* Prefix length of a mask, -1 when it has holes. */
int addr_mask_len(const struct addr *mask);
/* Whether @a and @b are the same under @mask. */
bool addr_match(const struct addr *a, const struct addr *b, const struct addr *mask);

/*
 * "10.1.1.0/24" or "2001:DB8::/32"; without a slash the prefix is one
 * address.  Returns 0 or -EINVAL.
 */
int addr_prefix_parse(struct addr_prefix *out, uint16_t family, const char *text);
const char *addr_prefix_text(const struct addr_prefix *p, struct addr_buf *buf);
/* Network part: host bits cleared. */
struct addr addr_prefix_network(const struct addr_prefix *p);
bool addr_prefix_contains(const struct addr_prefix *p, const struct addr *a);
bool addr_prefix_equal(const struct addr_prefix *a, const struct addr_prefix *b);

/*
 * Interface identifier by EUI-64 (RFC 4291 App. A) put into the lower half of
 * an IPv6 prefix, for "ipv6 address PREFIX eui-64".
 */
void addr_set_eui64(struct addr *a, const uint8_t mac[6]);

#endif /* _CM_TOOLS_ADDR_H */
