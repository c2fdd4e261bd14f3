/* SPDX-License-Identifier: ISC */
/*
 * mboxread - the messages of an mbox file.
 *
 * Works on whole lines where it must know what a line is (its start decides), and gives long ones in pieces.
 */
#include "store/mboxread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message/date.h"
#include "store/mboxlock.h"

#define FROM "From "
enum { FROM_SIZE = sizeof(FROM) - 1 };

/* ---- the file ---- */

static struct span rest_of(const struct mboxread *r)
{
	return span_from(buf_span(&r->in), r->pos);
}

/* Have `want` octets, or all that there are. What was given is dropped a piece at a time, so that each is moved once.
 */
static int fill(struct mboxread *r, size_t want, struct fault *f)
{
	while (r->in.n - r->pos < want && !r->ended) {
		ssize_t n;

		buf_consume(&r->in, r->pos);
		r->pos = 0;
		n = read(r->fd, buf_room(&r->in, MBOXREAD_PIECE), MBOXREAD_PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, "cannot read %s", r->path);
		buf_added(&r->in, (size_t)n);
		r->ended = n == 0;
	}
	return 0;
}

static int check_file(struct mboxread *r, struct fault *f)
{
	struct stat st;

	if (fstat(r->fd, &st) < 0)
		return fault_errno(f, "cannot stat %s", r->path);
	if (!S_ISREG(st.st_mode))
		return fault_perm(f, 550, "5.3.5", "mailbox %s is not a regular file", r->path);
	if (fill(r, FROM_SIZE, f) < 0)
		return -1;
	if (r->in.n > 0 && !span_starts(rest_of(r), SPAN(FROM)))
		return fault_perm(f, 550, "5.6.0", "%s is no mbox: it does not begin with \"From \"", r->path);
	return 0;
}

int mboxread_open(struct mboxread *r, const char *path, struct fault *f)
{
	memset(r, 0, sizeof(*r));
	r->path = path;
	buf_init(&r->in, 4 * MBOXREAD_PIECE);
	r->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (r->fd < 0)
		return fault_errno(f, "cannot open mailbox %s", path);
	if (mboxlock_take(&r->lock, r->path, r->fd, true, f) == 0 && check_file(r, f) == 0)
		return 0;
	int error = errno;

	mboxread_close(r);
	errno = error;
	return -1;
}

void mboxread_adopt(struct mboxread *r, int fd, struct span start, const char *name)
{
	memset(r, 0, sizeof(*r));
	r->path = name;
	r->fd = fd;
	r->adopted = true;
	buf_init(&r->in, 4 * MBOXREAD_PIECE + start.n);
	buf_put_span(&r->in, start);
}

void mboxread_close(struct mboxread *r)
{
	if (r->fd >= 0 && !r->adopted)
		close(r->fd);
	r->fd = -1;
	lock_release(&r->lock);
	buf_clear(&r->in);
}

/* ---- lines ---- */

static void skip(struct mboxread *r, size_t n)
{
	r->pos += n;
	r->at += (off_t)n;
}

/* Octets of the first line, with its end, or of what there is of it. */
static size_t line_length(struct span s)
{
	size_t n = span_find(s, '\n');

	return n < s.n ? n + 1 : s.n;
}

/* The words of a "From " line's date, "Sat Nov 22 06:00:00 2025"; those that are missing are empty. */
struct stamp {
	struct span week_day, month, day, time, year, zone;
};

static bool is_time(struct span word)
{
	return word.n >= 4 && span_find(word, ':') < word.n && word.p[0] >= '0' && word.p[0] <= '9';
}

static bool is_year(struct span word)
{
	uint64_t number;

	return word.n == 4 && span_number(word, 9999, &number) == 0 && number >= 1970;
}

static bool is_zone(struct span word)
{
	size_t n = 0;

	while (n < word.n && word.p[n] >= 'A' && word.p[n] <= 'Z')
		n++;
	return word.n > 0 && (n == word.n || word.p[0] == '+' || word.p[0] == '-');
}

/* The zone stands on either side of the year, in digits or by name. */
static void find_stamp(struct span line, struct stamp *out)
{
	struct span words[3] = { { NULL, 0 } }, word;

	memset(out, 0, sizeof(*out));
	while ((word = span_word(&line)).n > 0) {
		if (is_time(word))
			*out = (struct stamp){ words[0], words[1], words[2], word, out->year, { NULL, 0 } };
		else if (is_year(word))
			out->year = word;
		else if (out->time.n > 0 && out->zone.n == 0 && is_zone(word))
			out->zone = word;
		words[0] = words[1];
		words[1] = words[2];
		words[2] = word;
	}
}

/* Does the list, of words of three letters, have it? */
static bool is_one_of(struct span word, const char *list)
{
	char text[] = " xxx ";

	if (word.n != 3)
		return false;
	memcpy(text + 1, word.p, 3);
	return strstr(list, text);
}

/* All of it, in the words that are always English: what nobody writes at the start of a line by chance. */
static bool has_whole_date(struct span line)
{
	struct stamp s;

	find_stamp(line, &s);
	return s.year.n > 0 && is_one_of(s.week_day, " Mon Tue Wed Thu Fri Sat Sun ") &&
	       is_one_of(s.month, " Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ");
}

/* A time with colons and a year of four digits. */
static bool has_date(struct span line)
{
	struct stamp s;

	find_stamp(line, &s);
	return s.time.n > 0 && s.year.n > 0;
}

static bool is_field(struct span in)
{
	size_t n = 0;

	while (n < in.n && in.p[n] > ' ' && in.p[n] < 0x7f && in.p[n] != ':')
		n++;
	return n > 0 && n < in.n && in.p[n] == ':';
}

/* What follows "From " in a line that is whole and not too long: `line`, and what stands behind it. */
static bool parse_from_line(struct span in, struct span *line, struct span *behind)
{
	size_t end = span_find(in, '\n');

	if (!span_starts(in, SPAN(FROM)) || end > MBOXREAD_LINE_MAX)
		return false;
	*line = span_trim(span_of(in.p + FROM_SIZE, end - FROM_SIZE));
	*behind = span_from(in, end < in.n ? end + 1 : end);
	return true;
}

/* Is what stands at `at` in the file, behind an empty line, the "From " line of a message? `line` is what follows "From
 * ". */
static bool is_from_line(struct span in, off_t at, struct span *line)
{
	struct span behind;

	if (!parse_from_line(in, line, &behind))
		return false;
	/* At the very beginning it is one however it looks. Thunderbird writes nothing else into it. */
	return at == 0 || has_date(*line) || (line->n == 0 && is_field(behind));
}

/* Behind a line that is not empty, as of a message whose end was lost. */
static bool is_certain_from_line(struct span in)
{
	struct span line, behind;

	return parse_from_line(in, &line, &behind) && has_whole_date(line);
}

static bool is_empty(struct span line)
{
	return span_is(line, SPAN("\n")) || span_is(line, SPAN("\r\n"));
}

/* An empty line that a "From " line or the end of the file follows is not the message's. */
static bool ends_here(const struct mboxread *r, struct span in)
{
	size_t n = line_length(in);
	struct span next = span_from(in, n), line;

	return is_empty(span_of(in.p, n)) && (next.n == 0 || is_from_line(next, r->at + (off_t)n, &line));
}

static bool is_quoted_from(struct span line)
{
	size_t quotes = 0;

	while (quotes < line.n && line.p[quotes] == '>')
		quotes++;
	return quotes > 0 && span_starts(span_from(line, quotes), SPAN(FROM));
}

int mboxread_piece(struct mboxread *r, struct span *piece, struct fault *f)
{
	struct span in;
	size_t n;

	skip(r, r->given);
	r->given = 0;
	if (!r->in_message)
		return 0;
	if (fill(r, MBOXREAD_LINE_MAX + FROM_SIZE + 2, f) < 0)
		return -1;
	in = rest_of(r);
	if (in.n == 0 || (r->at_start && (ends_here(r, in) || (r->is_begun && is_certain_from_line(in))))) {
		r->in_message = false;
		return 0;
	}
	n = line_length(in);
	*piece = span_of(in.p, n);
	if (r->at_start && is_quoted_from(in))
		*piece = span_from(*piece, 1);
	r->at_start = in.p[n - 1] == '\n';
	r->is_begun = true;
	r->given = n;
	return 1;
}

/* As RFC 5322 has it; some write it like that. */
static int64_t date_of(struct span line)
{
	char text[MBOXREAD_LINE_MAX + 16];
	struct date date;
	struct stamp s;

	find_stamp(line, &s);
	snprintf(text, sizeof(text), "%.*s %.*s %.*s %.*s %.*s", SPAN_ARG(s.day), SPAN_ARG(s.month), SPAN_ARG(s.year),
		 SPAN_ARG(s.time), SPAN_ARG(s.zone.n > 0 ? s.zone : SPAN("+0000")));
	if (date_parse(span_str(text), &date) == 0)
		return date.when;
	span_word(&line);
	return date_parse(span_trim(line), &date) == 0 ? date.when : 0;
}

int mboxread_next(struct mboxread *r, struct mboxread_message *out, struct fault *f)
{
	struct span piece, line;
	int rc;

	while ((rc = mboxread_piece(r, &piece, f)) > 0)
		;
	if (rc < 0)
		return -1;
	/* Empty lines between messages, and at the end. */
	for (;;) {
		if (fill(r, MBOXREAD_LINE_MAX + FROM_SIZE, f) < 0)
			return -1;
		if (rest_of(r).n == 0)
			return 0;
		if (is_from_line(rest_of(r), r->at, &line))
			break;
		if (r->at == 0 && span_starts(rest_of(r), SPAN(FROM)))
			return fault_perm(f, 550, "5.6.0", "%s is no mbox: its first line has more than %d octets",
					  r->path, MBOXREAD_LINE_MAX);
		skip(r, line_length(rest_of(r)));
	}
	out->offset = r->at;
	snprintf(out->from, sizeof(out->from), "%.*s", SPAN_ARG(line));
	out->date = date_of(line);
	skip(r, line_length(rest_of(r)));
	r->in_message = r->at_start = true;
	r->is_begun = false;
	return 1;
}
