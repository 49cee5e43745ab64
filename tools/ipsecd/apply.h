/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply - making a configuration the running one, all of it or nothing. */
#ifndef _IPSECD_APPLY_H
#define _IPSECD_APPLY_H

#include "daemon.h"
#include "manual.h"

/* What was refused, and by which line of the file (0: none). */
struct apply_error {
	struct kerr err;
	unsigned int line;
};

int apply_config(struct daemon *d, struct config *candidate, struct apply_error *error);
int apply_resync(struct daemon *d, struct kerr *err);
void apply_forget_kernel(struct daemon *d);
void apply_schedule(struct daemon *d);
int apply_manual(struct daemon *d, struct manual_result *result, struct kerr *err);

#endif /* _IPSECD_APPLY_H */
