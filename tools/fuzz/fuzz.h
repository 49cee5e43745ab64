/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz - what the targets of libFuzzer have in common. A target's first byte
 * chooses what is parsed; it is fuzz_NAME.c, its corpus is corpus/NAME.hex.
 */
#ifndef _FUZZ_FUZZ_H
#define _FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever came: else the input is reported and kept. */
#define FUZZ_CHECK(condition)						\
	do {								\
		if (!(condition)) {					\
			fprintf(stderr, "%s:%d: %s does not hold\n",	\
				__FILE__, __LINE__, #condition);	\
			abort();					\
		}							\
	} while (0)

#endif /* _FUZZ_FUZZ_H */
