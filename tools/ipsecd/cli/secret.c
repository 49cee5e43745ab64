// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * secret: what may be a password in a line whose grammar nobody checked, as
 * it was ignored or mistyped.
 */
#include <ctype.h>

#include "engine.h"

#define KEY_DIGITS_MIN	16	/* hexadecimal, of the shortest cipher key */

static bool is_telling(const struct word *w)
{
	static const char * const telling[] = {
		"password", "secret", "key", "key-string", "community", "pre-shared-key",
		"authentication-key", "md5", "message-digest-key", "passphrase", "psk",
		"server-key", "wpa-psk", "auth", "priv",
	};
	size_t i;

	for (i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		if (word_is(w, telling[i]))
			return true;
	return false;
}

/* "snmp-server host A" and "user A" have a community or passwords behind. */
static bool is_snmp_name(const struct word *words, size_t i)
{
	return i == 2 && word_is(&words[0], "snmp-server") &&
	       (word_is(&words[1], "host") || word_is(&words[1], "user"));
}

static bool is_key(const struct word *w)
{
	size_t i = w->len > 2 && w->text[0] == '0' && (w->text[1] | 0x20) == 'x' ? 2 : 0;
	size_t digits = w->len - i;

	while (i < w->len && isxdigit((unsigned char)w->text[i]))
		i++;
	return i == w->len && digits >= KEY_DIGITS_MIN;
}

size_t secret_begins(const struct word *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (is_key(&words[i]))
			return i;
		if (i + 1 < n && (is_telling(&words[i]) || is_snmp_name(words, i)))
			return i + 1;
	}
	return n;
}
