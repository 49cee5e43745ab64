/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ike_pki - a certificate authority for tests; its files are in a directory of their own. */
#ifndef TESTS_IKE_PKI_H
#define TESTS_IKE_PKI_H

#include <stdbool.h>
#include <stdint.h>

struct pki;

/* An authority whose certificates are good for a year from @now on, seconds since 1970. */
struct pki *pki_new(const char *name, int64_t now);
/* Removes its files. */
void pki_free(struct pki *pki);
/*
 * A key and a certificate for /O=test/CN=@name with these alternative names
 * ("IP:192.0.2.1,DNS:a.example.org"). @expired: it was good until @now.
 */
void pki_issue(struct pki *pki, const char *name, const char *alternative, bool expired);
/* Lines that configure it as trustpoint @name with the certificate of @name. */
const char *pki_lines(struct pki *pki, const char *name);

#endif
