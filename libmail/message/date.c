/* SPDX-License-Identifier: ISC */
/*
 * date - date and time, RFC 5322 3.3 and 4.3.
 *
 * The names are written here and not with strftime(3), because they are
 * English whatever the locale. Days are counted in the proleptic Gregorian
 * calendar, so that no time zone of this machine takes part in reading.
 */
#include "message/date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static void put(struct buf *out, const struct tm *tm, long offset)
{
	long minutes = (offset < 0 ? -offset : offset) / 60;

	buf_printf(out, "%s, %d %s %04d %02d:%02d:%02d %c%02ld%02ld", days[tm->tm_wday], tm->tm_mday,
		   months[tm->tm_mon], tm->tm_year + 1900, tm->tm_hour, tm->tm_min, tm->tm_sec, offset < 0 ? '-' : '+',
		   minutes / 60, minutes % 60);
}

void date_put(struct buf *out, int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (localtime_r(&t, &tm))
		put(out, &tm, tm.tm_gmtoff);
	else
		date_put_utc(out, 0);
}

void date_put_utc(struct buf *out, int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (gmtime_r(&t, &tm))
		put(out, &tm, 0);
	else
		date_put_utc(out, 0);
}

void date_asctime(char out[DATE_ASCTIME], int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	snprintf(out, DATE_ASCTIME, "%s %s %2d %02d:%02d:%02d %d", days[tm.tm_wday], months[tm.tm_mon], tm.tm_mday,
		 tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
}

static bool is_between(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',';
}

/* Behind the blanks, commas and comments at the front of s. */
static struct span skip_between(struct span s)
{
	size_t depth = 0, i;

	for (i = 0; i < s.n && (depth > 0 || is_between(s.p[i]) || s.p[i] == '('); i++) {
		if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')')
			depth--;
		else if (s.p[i] == '\\' && depth > 0)
			i++;
	}
	return span_from(s, i);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static struct span take(struct span *s, bool (*is)(char))
{
	struct span word = skip_between(*s);
	size_t n = 0;

	while (n < word.n && is(word.p[n]))
		n++;
	*s = span_from(word, n);
	return span_of(word.p, n);
}

/* A number of `least` to `most` digits in [0, max]; -1 if there is none. */
static long take_number(struct span *s, size_t least, size_t most, uint64_t max)
{
	struct span digits = take(s, is_digit);
	uint64_t value;

	if (digits.n < least || digits.n > most || span_number(digits, max, &value) < 0)
		return -1;
	return (long)value;
}

static bool take_char(struct span *s, char c)
{
	*s = skip_between(*s);
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = span_from(*s, 1);
	return true;
}

/* Index in a table of three-letter names; longer words that begin so ("Sept", "Monday") are taken too. -1: none. */
static int find_name(struct span word, const char (*names)[4], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_starts_nocase(word, span_of(names[i], 3)))
			return (int)i;
	return -1;
}

/* RFC 5322 4.3: what two and three digits mean. */
static long take_year(struct span *s)
{
	size_t before = skip_between(*s).n;
	long year = take_number(s, 2, 4, 9999);
	size_t digits = before - s->n;

	if (digits == 2 && year >= 0)
		return year < 50 ? year + 2000 : year + 1900;
	if (digits == 3 && year >= 0)
		return year + 1900;
	return year < 1900 ? -1 : year;
}

/* Days since 1970-01-01 of a date in the Gregorian calendar; month 0 to 11. */
static int64_t day_number(long year, int month, long day)
{
	static const short before[] = { 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275 };
	int64_t y = month < 2 ? year - 1 : year; /* years begin with March, so that the leap day is the last */

	return y * 365 + y / 4 - y / 100 + y / 400 + before[month] + day - 1 - 719468;
}

static bool is_day(long year, int month, long day)
{
	static const char length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return day >= 1 && day <= length[month] + (month == 1 && leap);
}

static int parse_day(struct span *s, int64_t *out)
{
	struct span word = take(s, is_letter);
	long day, year;
	int month;

	if (word.n && find_name(word, days, 7) < 0)
		return -1;
	day = take_number(s, 1, 2, 31);
	take_char(s, '-');
	month = find_name(take(s, is_letter), months, 12);
	take_char(s, '-');
	year = take_year(s);
	if (year < 0 || month < 0 || !is_day(year, month, day))
		return -1;
	*out = day_number(year, month, day);
	return 0;
}

static int parse_time(struct span *s, int64_t *out)
{
	long hour = take_number(s, 1, 2, 23);
	long minute = take_char(s, ':') ? take_number(s, 1, 2, 59) : -1;
	long second = take_char(s, ':') ? take_number(s, 1, 2, 60) : 0; /* 60: a leap second */

	if (hour < 0 || minute < 0 || second < 0)
		return -1;
	*out = hour * 3600 + minute * 60 + second;
	return 0;
}

/* RFC 5322 4.3. All other names, the military letters too, are "-0000". */
static const struct zone {
	const char *name;
	int hours;
} zones[] = {
	{ "UT", 0 },   { "GMT", 0 },  { "UTC", 0 },  { "Z", 0 },    { "EDT", -4 }, { "EST", -5 },
	{ "CDT", -5 }, { "CST", -6 }, { "MDT", -6 }, { "MST", -7 }, { "PDT", -7 }, { "PST", -8 },
};

static void name_zone(struct span name, struct date *d)
{
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (span_is_nocase(name, span_str(zones[i].name))) {
			d->zone = zones[i].hours * 60;
			d->zone_known = true;
		}
}

static int parse_zone(struct span *s, struct date *d)
{
	bool west = take_char(s, '-');
	long value;

	if (!west && !take_char(s, '+')) {
		name_zone(take(s, is_letter), d);
		return 0;
	}
	value = take_number(s, 4, 4, 9959);
	if (value < 0 || value % 100 > 59)
		return -1;
	d->zone = (int)(value / 100 * 60 + value % 100) * (west ? -1 : 1);
	d->zone_known = !(west && value == 0);
	return 0;
}

int date_parse(struct span text, struct date *out)
{
	struct date d = { 0 };
	int64_t day, seconds;

	if (parse_day(&text, &day) < 0 || parse_time(&text, &seconds) < 0 || parse_zone(&text, &d) < 0)
		return -1;
	if (skip_between(text).n > 0)
		return -1;
	d.when = day * 86400 + seconds - d.zone * 60;
	*out = d;
	return 0;
}

/* ---- RFC 3339 ---- */

void date_put_rfc3339(struct buf *out, int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		   tm.tm_min, tm.tm_sec);
}

/* Exactly `digits` of them, and then the character; 0 for none. */
static long cut_number(struct span *s, size_t digits, char then, uint64_t max)
{
	uint64_t value;

	if (s->n < digits + (then != 0) || (then && s->p[digits] != then) ||
	    span_number(span_of(s->p, digits), max, &value) < 0)
		return -1;
	*s = span_from(*s, digits + (then != 0));
	return (long)value;
}

static int cut_offset(struct span *s, long *seconds)
{
	bool west = s->n && s->p[0] == '-';
	long hours, minutes;

	*seconds = 0;
	if (span_is_nocase(*s, SPAN("Z"))) {
		*s = span_from(*s, 1);
		return 0;
	}
	if (!west && (s->n == 0 || s->p[0] != '+'))
		return -1;
	*s = span_from(*s, 1);
	hours = cut_number(s, 2, ':', 23);
	minutes = cut_number(s, 2, 0, 59);
	*seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
	return hours < 0 || minutes < 0 ? -1 : 0;
}

static int skip_fraction(struct span *s)
{
	size_t n = 1;

	if (s->n == 0 || s->p[0] != '.')
		return 0;
	while (n < s->n && is_digit(s->p[n]))
		n++;
	*s = span_from(*s, n);
	return n > 1 ? 0 : -1;
}

int date_parse_rfc3339(struct span text, int64_t *out)
{
	struct span s = text;
	long year = cut_number(&s, 4, '-', 9999), month = cut_number(&s, 2, '-', 12), day = cut_number(&s, 2, 0, 31);
	long hour, minute, second, offset;

	if (year < 1900 || month < 1 || day < 1 || !is_day(year, (int)month - 1, day))
		return -1;
	if (s.n == 0 || (s.p[0] != 'T' && s.p[0] != 't'))
		return -1;
	s = span_from(s, 1);
	hour = cut_number(&s, 2, ':', 23);
	minute = cut_number(&s, 2, ':', 59);
	second = cut_number(&s, 2, 0, 60);
	if (hour < 0 || minute < 0 || second < 0 || skip_fraction(&s) < 0 || cut_offset(&s, &offset) < 0 || s.n)
		return -1;
	*out = day_number(year, (int)month - 1, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
	return 0;
}

/* ---- IMAP ---- */

static void put_digits(char *at, unsigned long value, int n)
{
	for (; n > 0; value /= 10)
		at[--n] = (char)('0' + value % 10);
}

/* By hand, as it is done for each of 100,000 messages. */
void date_put_imap(struct buf *out, int64_t when)
{
	char text[] = "DD-Mon-YYYY hh:mm:ss +zzzz";
	time_t t = (time_t)when;
	unsigned long minutes;
	struct tm tm;

	if (!localtime_r(&t, &tm) || tm.tm_year + 1900 > 9999 || tm.tm_year + 1900 < 0) {
		date_put_imap(out, 0);
		return;
	}
	minutes = (unsigned long)(tm.tm_gmtoff < 0 ? -tm.tm_gmtoff : tm.tm_gmtoff) / 60;
	put_digits(text, (unsigned long)tm.tm_mday, 2);
	if (text[0] == '0')
		text[0] = ' ';
	memcpy(text + 3, months[tm.tm_mon], 3);
	put_digits(text + 7, (unsigned long)tm.tm_year + 1900, 4);
	put_digits(text + 12, (unsigned long)tm.tm_hour, 2);
	put_digits(text + 15, (unsigned long)tm.tm_min, 2);
	put_digits(text + 18, (unsigned long)tm.tm_sec, 2);
	text[21] = tm.tm_gmtoff < 0 ? '-' : '+';
	put_digits(text + 22, minutes / 60 * 100 + minutes % 60, 4);
	buf_put(out, text, sizeof(text) - 1);
}

/* "1-Jul-1996", and "then" behind it. */
static int cut_imap_day(struct span *s, char then, int64_t *number)
{
	size_t digits = span_find(*s, '-');
	long day = digits == 1 || digits == 2 ? cut_number(s, digits, '-', 31) : -1, year;
	int month = s->n > 4 && s->p[3] == '-' ? find_name(span_of(s->p, 3), months, 12) : -1;

	if (day < 0 || month < 0)
		return -1;
	*s = span_from(*s, 4);
	year = cut_number(s, 4, then, 9999);
	if (year < 1900 || !is_day(year, month, day))
		return -1;
	*number = day_number(year, month, day);
	return 0;
}

int date_parse_imap_day(struct span text, int64_t *number)
{
	int64_t found;

	if (cut_imap_day(&text, 0, &found) < 0 || text.n)
		return -1;
	*number = found;
	return 0;
}

int date_parse_imap(struct span text, struct date *out)
{
	struct span s = text.n && text.p[0] == ' ' ? span_from(text, 1) : text;
	long hour, minute, second, zone;
	int64_t number;
	bool west;

	if (cut_imap_day(&s, ' ', &number) < 0)
		return -1;
	hour = cut_number(&s, 2, ':', 23);
	minute = cut_number(&s, 2, ':', 59);
	second = cut_number(&s, 2, ' ', 60);
	west = s.n && s.p[0] == '-';
	if (hour < 0 || minute < 0 || second < 0 || s.n != 5 || (!west && s.p[0] != '+'))
		return -1;
	s = span_from(s, 1);
	zone = cut_number(&s, 4, 0, 9959);
	if (zone < 0 || zone % 100 > 59)
		return -1;
	*out = (struct date){ .zone = (int)(zone / 100 * 60 + zone % 100) * (west ? -1 : 1), .zone_known = true };
	out->when = number * 86400 + hour * 3600 + minute * 60 + second - out->zone * 60;
	return 0;
}
