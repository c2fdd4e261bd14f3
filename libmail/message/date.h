/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_DATE_H
#define LIBMAIL_MESSAGE_DATE_H

/*
 * date - date and time as RFC 5322 3.3 writes them:
 * "Fri, 21 Nov 1997 09:55:06 -0600".
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* When it is, in seconds since 1970, in the zone of this process (TZ), or in UTC ("+0000"). */
void date_put(struct buf *out, int64_t when);
void date_put_utc(struct buf *out, int64_t when);

/* "Sun Nov 22 06:00:00 2026", in UTC and with English names whatever the locale: for mbox and UUCP "From " lines. */
enum { DATE_ASCTIME = 40 };
void date_asctime(char out[DATE_ASCTIME], int64_t when);

struct date {
	int64_t when;	 /* seconds since 1970 */
	int zone;	 /* minutes east of UTC */
	bool zone_known; /* false for "-0000", for military zones and for no zone at all (RFC 5322 3.3, 4.3) */
};

/*
 * Read one, the obsolete forms of 4.3 included: comments and blanks anywhere between the words, years of two
 * or three digits, zones by name; the day of the week and the seconds may be missing, and the day of the
 * week is not compared. Years 1900 to 9999. 0, or -1 and *out untouched when it is no date.
 */
int date_parse(struct span text, struct date *out);

/*
 * The Internet form, RFC 3339 5.6: "2026-11-22T08:00:00Z", "2026-11-22T08:00:00.25+01:00", the fraction being
 * dropped. Written in UTC. 0, or -1 and *out untouched.
 */
void date_put_rfc3339(struct buf *out, int64_t when);
int date_parse_rfc3339(struct span text, int64_t *out);

/*
 * The form of IMAP, RFC 9051 9: "17-Jul-1996 02:44:25 -0700", in the zone of this process, a day below 10 with a blank
 * in front; and "1-Jul-1996", as the number of days since 1970-01-01. Years 1900 to 9999.
 */
void date_put_imap(struct buf *out, int64_t when);
int date_parse_imap(struct span text, struct date *out);
int date_parse_imap_day(struct span text, int64_t *days);

#endif
