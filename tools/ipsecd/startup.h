/* SPDX-License-Identifier: GPL-2.0-or-later */
/* startup - the startup-config: a file that only root can read. */
#ifndef _IPSECD_STARTUP_H
#define _IPSECD_STARTUP_H

#include "lib/text.h"

#define STARTUP_PATH_DEFAULT	"/etc/cryptomap/startup-config"
#define STARTUP_SIZE_MAX	(16u << 20)

/* Longest message of the functions below. */
#define STARTUP_ERROR_MAX	512

/*
 * Reads the file into @out.  Returns 0, -ENOENT if there is none, or another
 * negative errno with a text.
 */
int startup_read(const char *path, struct text *out, char *err, size_t size);

/*
 * Replaces the file by @content in one step, mode 0600; the directory is
 * made (0700) if it is missing.  0 or a negative errno with a text.
 */
int startup_write(const char *path, const struct text *content, char *err, size_t size);

/* Removes the file; fine if there is none. */
int startup_erase(const char *path, char *err, size_t size);

#endif /* _IPSECD_STARTUP_H */
