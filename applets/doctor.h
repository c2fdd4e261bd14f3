/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_DOCTOR_H
#define APPLETS_DOCTOR_H

/*
 * doctor - letterbox doctor: would mail get there, and if not, which step fails?
 *
 * It takes the steps of a delivery up to the message itself, for every host that could take it, and prints one
 * line a step, "ok" or "FAILED": route, mx, address, connect, greeting, ehlo, starttls; for an address mail and rcpt.
 * The last, "result", is what a delivery would come to: as there, the first host that answers for the recipient
 * decides, and if none does it names the step that failed.
 */

#include <stdbool.h>

#include "settings.h"

enum { DOCTOR_HOPS_MAX = 10 /* next hops of one address that are tried: an alias may have thousands */ };

/*
 * `operand` is a domain or an address. With json each step is an object on a line. 0 the result is ok; 1 it is not, and
 * was printed; -1 it could not be examined. *f is the reason of the last two.
 */
int doctor_run(const struct settings_options *from, const char *operand, bool json, struct fault *f);

#endif
