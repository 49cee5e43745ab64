// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

size_t addr_length(uint16_t family)
{
	switch (family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	default:
		return 0;
	}
}

/* inet_pton() does just what addr.h promises for IPv4: no octal, no short forms. */
static bool parse_family(struct addr *a, uint16_t family, const char *text)
{
	memset(a, 0, sizeof(*a));
	a->family = family;
	return inet_pton(family, text, a->bytes) == 1;
}

int addr_parse(struct addr *out, uint16_t family, const char *text)
{
	struct addr a;

	if (family != AF_INET6 && parse_family(&a, AF_INET, text)) {
		*out = a;
		return 0;
	}
	if (family != AF_INET && parse_family(&a, AF_INET6, text)) {
		*out = a;
		return 0;
	}
	return -EINVAL;
}

int addr_from_bytes(struct addr *out, const void *bytes, size_t len)
{
	if (len != 4 && len != 16)
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	out->family = len == 4 ? AF_INET : AF_INET6;
	memcpy(out->bytes, bytes, len);
	return 0;
}

int addr_from_sockaddr(struct addr *out, const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_in6 sin6;
	struct sockaddr_in sin;

	if (len >= sizeof(sin) && sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		return addr_from_bytes(out, &sin.sin_addr, 4);
	}
	if (len >= sizeof(sin6) && sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		return addr_from_bytes(out, &sin6.sin6_addr, 16);
	}
	return -EINVAL;
}

socklen_t addr_to_sockaddr(const struct addr *a, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *sin = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (a->family == AF_INET) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(port);
		memcpy(&sin->sin_addr, a->bytes, 4);
		return sizeof(*sin);
	}
	if (a->family == AF_INET6) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(port);
		memcpy(&sin6->sin6_addr, a->bytes, 16);
		return sizeof(*sin6);
	}
	return 0;
}

const char *addr_text_lower(const struct addr *a, struct addr_buf *buf)
{
	if (!addr_is_set(a) || !inet_ntop(a->family, a->bytes, buf->text, sizeof(buf->text)))
		buf->text[0] = '\0';
	return buf->text;
}

const char *addr_text(const struct addr *a, struct addr_buf *buf)
{
	char *p;

	addr_text_lower(a, buf);
	for (p = buf->text; *p; p++)
		*p = toupper((unsigned char)*p);
	return buf->text;
}

static int family_rank(uint16_t family)
{
	return family == AF_UNSPEC ? 0 : family == AF_INET ? 1 : 2;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return family_rank(a->family) - family_rank(b->family);
	return memcmp(a->bytes, b->bytes, addr_length(a->family));
}

static bool all_bytes(const struct addr *a, uint8_t value)
{
	size_t i, n = addr_length(a->family);

	for (i = 0; i < n; i++)
		if (a->bytes[i] != value)
			return false;
	return n > 0;
}

bool addr_is_any(const struct addr *a)
{
	return all_bytes(a, 0x00);
}

bool addr_is_ones(const struct addr *a)
{
	return all_bytes(a, 0xff);
}

bool addr_is_multicast(const struct addr *a)
{
	if (a->family == AF_INET)
		return (a->bytes[0] & 0xf0) == 0xe0;
	return a->family == AF_INET6 && a->bytes[0] == 0xff;
}

bool addr_is_loopback(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] == 127;
	return a->family == AF_INET6 && !memcmp(a->bytes, &in6addr_loopback, 16);
}

bool addr_is_linklocal(const struct addr *a)
{
	return a->family == AF_INET6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

void addr_set_any(struct addr *a, uint16_t family)
{
	memset(a, 0, sizeof(*a));
	a->family = family;
}

struct addr addr_invert(const struct addr *a)
{
	size_t i, n = addr_length(a->family);
	struct addr out = *a;

	for (i = 0; i < n; i++)
		out.bytes[i] = ~a->bytes[i];
	return out;
}

struct addr addr_and(const struct addr *a, const struct addr *mask)
{
	size_t i, n = addr_length(a->family);
	struct addr out = *a;

	for (i = 0; i < n; i++)
		out.bytes[i] &= mask->bytes[i];
	return out;
}

struct addr addr_mask(uint16_t family, unsigned int len)
{
	size_t i, n = addr_length(family);
	struct addr out;

	addr_set_any(&out, family);
	for (i = 0; i < n && len > 0; i++) {
		unsigned int bits = len < 8 ? len : 8;

		out.bytes[i] = 0xff << (8 - bits);
		len -= bits;
	}
	return out;
}

int addr_mask_len(const struct addr *mask)
{
	size_t n = addr_length(mask->family);
	unsigned int len = 0;
	struct addr whole;

	while (len < n * 8 && mask->bytes[len / 8] & (0x80 >> (len % 8)))
		len++;
	whole = addr_mask(mask->family, len);
	return n && addr_equal(&whole, mask) ? (int)len : -1;
}

bool addr_match(const struct addr *a, const struct addr *b, const struct addr *mask)
{
	struct addr x = addr_and(a, mask), y = addr_and(b, mask);

	return a->family == mask->family && addr_equal(&x, &y);
}

/* Decimal number without sign or leading zeros, at most @max; -1 if it is not. */
static int parse_len(const char *text, int max)
{
	int value = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		value = value * 10 + (*text - '0');
		if (value > max)
			return -1;
	}
	return value;
}

int addr_prefix_parse(struct addr_prefix *out, uint16_t family, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	char host[ADDR_TEXT_MAX];
	struct addr_prefix p;
	int width, len;

	if (n >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	if (addr_parse(&p.addr, family, host))
		return -EINVAL;
	width = addr_length(p.addr.family) * 8;
	len = slash ? parse_len(slash + 1, width) : width;
	if (len < 0)
		return -EINVAL;
	p.len = len;
	*out = p;
	return 0;
}

const char *addr_prefix_text(const struct addr_prefix *p, struct addr_buf *buf)
{
	size_t n;

	addr_text(&p->addr, buf);
	n = strlen(buf->text);
	if (n)
		snprintf(buf->text + n, sizeof(buf->text) - n, "/%u", p->len);
	return buf->text;
}

struct addr addr_prefix_network(const struct addr_prefix *p)
{
	struct addr mask = addr_mask(p->addr.family, p->len);

	return addr_and(&p->addr, &mask);
}

bool addr_prefix_contains(const struct addr_prefix *p, const struct addr *a)
{
	struct addr mask = addr_mask(p->addr.family, p->len);

	return addr_match(&p->addr, a, &mask);
}

bool addr_prefix_equal(const struct addr_prefix *a, const struct addr_prefix *b)
{
	return a->len == b->len && addr_equal(&a->addr, &b->addr);
}

void addr_set_eui64(struct addr *a, const uint8_t mac[6])
{
	memcpy(a->bytes + 8, mac, 3);
	a->bytes[8] ^= 0x02;
	a->bytes[11] = 0xff;
	a->bytes[12] = 0xfe;
	memcpy(a->bytes + 13, mac + 3, 3);
}
