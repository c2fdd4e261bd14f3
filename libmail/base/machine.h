/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_MACHINE_H
#define LIBMAIL_BASE_MACHINE_H

/*
 * machine - which instructions the processor and the kernel let us use, asked for when somebody wants to know.
 *
 * __builtin_cpu_supports() answers the same, but whoever mentions it has all of the processor asked at the start of
 * every process: on virtual machines, where each question is a trap, that takes longer than to read the configuration.
 */

#include <stdbool.h>

/* False on other processors than x86. */
bool machine_has_ssse3(void);
bool machine_has_avx2(void); /* and the kernel keeps its registers */

#endif
