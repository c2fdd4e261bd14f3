/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_SEAT_H
#define LIBMAIL_AUTH_SEAT_H

/*
 * seat - how many sessions a user may have from one client at a time, counted over all processes of a server.
 *
 * A seat is a lock on one octet of an empty file, at a place that user, client and a number make. The kernel gives it
 * back when the process ends, however it ends, so nothing has to be counted and nothing can be left over. Two who
 * happen to share a place share their seats, which takes 2^39 of them to be likely.
 */

#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"

enum { SEAT_CLIENT = 16 /* octets of an address, IPv4 mapped into IPv6 */, SEAT_MAX = 65535 /* for one user */ };

/* Open or make the file: a descriptor; -1 temporary. Each process opens it anew: what fork(2) shares is one holder. */
int seat_open(int dir, const char *name, struct fault *f);

/*
 * Take a seat, until the descriptor is closed: 1; 0 when all `limit` (1 to SEAT_MAX) are taken; -1 temporary.
 */
int seat_take(int fd, struct span user, const uint8_t client[SEAT_CLIENT], long limit, struct fault *f);
/* Give back those that were taken with this descriptor. */
void seat_return(int fd);

#endif
