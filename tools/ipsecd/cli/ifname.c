// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ifname: one spelling for interface names (CLI-6).
 *
 * The daemon looks for a netdev of the canonical name or altname without
 * regard to case; so a full type name may be typed in any case, and a Linux
 * name is left as it is. A rule that asked which devices exist now would
 * give the same configuration another meaning at the next boot.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli.h"

#define TYPE_MIN_ABBREV 2

static const struct {
	const char *name;
	const char *brief;	/* NULL: rare, and not to be abbreviated */
	bool common;		/* wins an abbreviation that others share */
} types[] = {
	{ "Async", "As", false },
	{ "ATM", "AT", false },
	{ "BRI", "BR", false },
	{ "BVI", "BV", false },
	{ "Cellular", "Ce", false },
	{ "Dialer", "Di", true },
	{ "Ethernet", "Et", true },
	{ "FastEthernet", "Fa", true },
	{ "Fddi", "Fd", false },
	{ "FortyGigabitEthernet", "Fo", false },
	{ "GigabitEthernet", "Gi", true },
	{ "Hssi", "Hs", false },
	{ "HundredGigE", "Hu", false },
	{ "Loopback", "Lo", true },
	{ "Multilink", "Mu", false },
	{ "Null", "Nu", false },
	{ "Port-channel", "Po", true },
	{ "POS", "PO", false },
	{ "Serial", "Se", true },
	{ "TenGigabitEthernet", "Te", true },
	{ "TokenRing", "To", false },
	{ "Tunnel", "Tu", true },
	{ "Virtual-Access", "Vi", false },
	{ "Virtual-Template", "Vt", false },
	{ "Vlan", "Vl", true },
	{ "AppGigabitEthernet", NULL, false },
	{ "BDI", NULL, false },
	{ "Embedded-Service-Engine", NULL, false },
	{ "ISM", NULL, false },
	{ "Service-Engine", NULL, false },
	{ "TwentyFiveGigE", NULL, false },
	{ "TwoGigabitEthernet", NULL, false },
	{ "VirtualPortGroup", NULL, false },
	{ "Wlan-GigabitEthernet", NULL, false },
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))

/* Abbreviations of IOS types that are in daily use as names on Linux. */
static const char * const linux_names[] = { "br", "eth", "veth" };

static bool linux_name(const char *type, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(linux_names) / sizeof(linux_names[0]); i++)
		if (strlen(linux_names[i]) == len && !strncasecmp(linux_names[i], type, len))
			return true;
	return false;
}

/* The type that @type is, or that it alone abbreviates; or NULL. */
static const char *find_type(const char *type, size_t len)
{
	const char *found[2] = { NULL, NULL };
	size_t count[2] = { 0, 0 };
	size_t i;

	for (i = 0; i < N_TYPES; i++) {
		if (strncasecmp(types[i].name, type, len))
			continue;
		if (!types[i].name[len])
			return types[i].name;
		if (!types[i].brief)
			continue;
		found[types[i].common] = types[i].name;
		count[types[i].common]++;
	}
	if (count[1])
		return count[1] == 1 ? found[1] : NULL;
	return count[0] == 1 ? found[0] : NULL;
}

static bool number_valid(const char *number)
{
	const char *p;

	for (p = number; *p; p++) {
		bool separator = *p == '/' || *p == '.' || *p == ':';

		if (!separator && !isdigit((unsigned char)*p))
			return false;
		if (separator && !isdigit((unsigned char)p[1]))
			return false;
	}
	return isdigit((unsigned char)*number);
}

/* A name the kernel would take for a netdev, beginning with a letter. */
static bool netdev_valid(const char *name)
{
	const char *p;

	if (!isalpha((unsigned char)*name))
		return false;
	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.@", *p))
			return false;
	return true;
}

static int put(char *out, size_t size, const char *type, const char *number)
{
	int n = snprintf(out, size, "%s%s", type, number);

	return n < 0 || (size_t)n >= size ? -1 : 0;
}

int cli_ifname_canonical(const char *text, char *out, size_t size)
{
	size_t len = strcspn(text, "0123456789 ");
	const char *number = text + len;
	bool blank = *number == ' ';
	const char *type;

	number += strspn(number, " ");
	type = len ? find_type(text, len) : NULL;
	if (type && number_valid(number)) {
		bool slash = strchr(number, '/') || blank;

		if (strlen(type) == len || slash ||
		    (len >= TYPE_MIN_ABBREV && !linux_name(text, len)))
			return put(out, size, type, number);
	}
	if (type && !*number && strlen(type) == len)
		return put(out, size, type, "");
	if (blank || !netdev_valid(text))
		return -1;
	return put(out, size, text, "");
}
