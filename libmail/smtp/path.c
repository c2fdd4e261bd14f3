/* SPDX-License-Identifier: ISC */
/*
 * path - the arguments of MAIL, RCPT and VRFY.
 *
 * One pass finds where the path ends, with quotes and backslashes understood,
 * a second reads the parameters by table, and only then the address is judged,
 * because SMTPUTF8 behind it says what it may contain.
 */
#include "smtp/path.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "message/address.h"
#include "message/date.h"
#include "message/verp.h"
#include "message/xtext.h"

enum place { IN_MAIL = 1, IN_RCPT = 2, IN_VRFY = 4 };

/* What is being read: the sink of every parameter. */
struct reading {
	struct arena *arena;
	unsigned extensions;
	enum place place;
	bool utf8, held;
	uint64_t size;
	struct envelope *envelope;
	struct envelope_rcpt *rcpt;
};

static int read_size(struct reading *r, struct span value)
{
	if (value.n == 0 || value.n > PATH_SIZE_DIGITS)
		return -1;
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < '0' || value.p[i] > '9')
			return -1;
	if (span_number(value, UINT64_MAX, &r->size) < 0)
		r->size = UINT64_MAX;
	return 0;
}

static int read_body(struct reading *r, struct span value)
{
	if (span_is_nocase(value, SPAN("8BITMIME")))
		r->envelope->body = ENVELOPE_8BITMIME;
	else if (!span_is_nocase(value, SPAN("7BIT")))
		return -1;
	return 0;
}

static int read_smtputf8(struct reading *r, struct span value)
{
	(void)value;
	r->utf8 = true;
	return 0;
}

static int read_ret(struct reading *r, struct span value)
{
	if (span_is_nocase(value, SPAN("FULL")))
		r->envelope->ret = ENVELOPE_RET_FULL;
	else if (span_is_nocase(value, SPAN("HDRS")))
		r->envelope->ret = ENVELOPE_RET_HDRS;
	else
		return -1;
	return 0;
}

static int read_envid(struct reading *r, struct span value)
{
	if (value.n == 0 || value.n > PATH_ENVID_MAX)
		return -1;
	return xtext_parse(r->arena, value, &r->envelope->envid);
}

/* The value says whether the client vouches for the submitter; it never grants anything (RFC 4954 5). */
static int read_auth(struct reading *r, struct span value)
{
	const char *submitter;

	return value.n == 0 ? -1 : xtext_parse(r->arena, value, &submitter);
}

static int read_notify(struct reading *r, struct span value)
{
	static const struct {
		const char *word;
		unsigned flag;
	} words[] = {
		{ "NEVER", ENVELOPE_NOTIFY_NEVER },
		{ "SUCCESS", ENVELOPE_NOTIFY_SUCCESS },
		{ "FAILURE", ENVELOPE_NOTIFY_FAILURE },
		{ "DELAY", ENVELOPE_NOTIFY_DELAY },
	};
	unsigned notify = 0;

	if (value.n == 0 || value.p[value.n - 1] == ',')
		return -1;
	while (value.n) {
		struct span word = span_cut(&value, ',');
		size_t i = 0;

		while (i < sizeof(words) / sizeof(words[0]) && !span_is_nocase(word, span_str(words[i].word)))
			i++;
		if (i == sizeof(words) / sizeof(words[0]))
			return -1;
		notify |= words[i].flag;
	}
	if ((notify & ENVELOPE_NOTIFY_NEVER) && notify != ENVELOPE_NOTIFY_NEVER)
		return -1;
	r->rcpt->notify = notify;
	return 0;
}

/* The two exclude each other. */
static int hold_until(struct reading *r, int64_t when)
{
	if (r->held)
		return -1;
	r->held = true;
	r->envelope->hold_until = when > clock_wall() ? when : 0;
	return 0;
}

static int read_seconds(struct span digits, uint64_t *out)
{
	return digits.n > PATH_TIME_DIGITS ? -1 : span_number(digits, UINT32_MAX, out);
}

static int read_holdfor(struct reading *r, struct span value)
{
	uint64_t seconds;

	return read_seconds(value, &seconds) < 0 ? -1 : hold_until(r, clock_wall() + (int64_t)seconds);
}

static int read_holduntil(struct reading *r, struct span value)
{
	int64_t when;

	return date_parse_rfc3339(value, &when) < 0 ? -1 : hold_until(r, when);
}

/* "120;R", "-5;NT": with R the time must lie ahead. */
static int read_by(struct reading *r, struct span value)
{
	struct envelope_by *by = &r->envelope->deliver_by;
	struct span mode = value, number = span_cut(&mode, ';');
	bool past = number.n && number.p[0] == '-';
	uint64_t seconds;

	if (number.n && (past || number.p[0] == '+'))
		number = span_from(number, 1);
	if (read_seconds(number, &seconds) < 0 || mode.n < 1 || mode.n > 2)
		return -1;
	by->trace = mode.n == 2;
	if (by->trace && !span_is_nocase(span_from(mode, 1), SPAN("T")))
		return -1;
	mode.n = 1;
	if (span_is_nocase(mode, SPAN("N")))
		by->mode = ENVELOPE_BY_NOTIFY;
	else if (span_is_nocase(mode, SPAN("R")) && !past && seconds > 0)
		by->mode = ENVELOPE_BY_RETURN;
	else
		return -1;
	by->at = clock_wall() + (past ? -(int64_t)seconds : (int64_t)seconds);
	return 0;
}

static int read_priority(struct reading *r, struct span value)
{
	bool low = value.n && value.p[0] == '-';
	uint64_t number;

	value = span_from(value, low);
	if (value.n != 1 || span_number(value, ENVELOPE_PRIORITY_MAX, &number) < 0)
		return -1;
	r->envelope->priority = low ? -(int)number : (int)number;
	return 0;
}

static int read_requiretls(struct reading *r, struct span value)
{
	(void)value;
	r->envelope->require_tls = true;
	return 0;
}

static int read_xverp(struct reading *r, struct span value)
{
	if (value.n && !verp_is_delimiters(value))
		return -1;
	r->envelope->verp = arena_span(r->arena, value);
	return 0;
}

static bool is_address_type(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= 0x20 || (unsigned char)s.p[i] >= 0x7f || s.p[i] == '+' || s.p[i] == '=')
			return false;
	return s.n > 0;
}

/*
 * "rfc822;bo+2Btag@example.org" is kept decoded. The type utf-8 has its own
 * encoding (RFC 6533 3) and is kept as it is.
 */
static int read_orcpt(struct reading *r, struct span value)
{
	struct span text = value, type = span_cut(&text, ';');
	const char *decoded;

	if (value.n > PATH_ORCPT_MAX || !is_address_type(type) || text.n == 0)
		return -1;
	if (span_is_nocase(type, SPAN("utf-8"))) {
		if (!utf8_is_valid(text) || span_find(text, '+') < text.n || span_find(text, '=') < text.n)
			return -1;
		r->rcpt->orcpt = arena_span(r->arena, value);
		return 0;
	}
	if (xtext_parse(r->arena, text, &decoded) < 0)
		return -1;
	r->rcpt->orcpt = arena_printf(r->arena, "%.*s;%s", SPAN_ARG(type), decoded);
	return 0;
}

enum value { VALUE, NO_VALUE, MAYBE_VALUE };

static const struct parameter {
	const char *keyword;
	unsigned extension;
	unsigned places;
	enum value value;
	int (*read)(struct reading *r, struct span value);
} parameters[] = {
	{ "SIZE", PATH_SIZE, IN_MAIL, VALUE, read_size },
	{ "BODY", PATH_8BITMIME, IN_MAIL, VALUE, read_body },
	{ "SMTPUTF8", PATH_SMTPUTF8, IN_MAIL | IN_VRFY, NO_VALUE, read_smtputf8 },
	{ "RET", PATH_DSN, IN_MAIL, VALUE, read_ret },
	{ "ENVID", PATH_DSN, IN_MAIL, VALUE, read_envid },
	{ "AUTH", PATH_AUTH, IN_MAIL, VALUE, read_auth },
	{ "HOLDFOR", PATH_FUTURERELEASE, IN_MAIL, VALUE, read_holdfor },
	{ "HOLDUNTIL", PATH_FUTURERELEASE, IN_MAIL, VALUE, read_holduntil },
	{ "BY", PATH_DELIVERBY, IN_MAIL, VALUE, read_by },
	{ "MT-PRIORITY", PATH_MT_PRIORITY, IN_MAIL, VALUE, read_priority },
	{ "REQUIRETLS", PATH_REQUIRETLS, IN_MAIL, NO_VALUE, read_requiretls },
	{ "XVERP", PATH_XVERP, IN_MAIL, MAYBE_VALUE, read_xverp },
	{ "NOTIFY", PATH_DSN, IN_RCPT, VALUE, read_notify },
	{ "ORCPT", PATH_DSN, IN_RCPT, VALUE, read_orcpt },
};

enum { PARAMETERS = sizeof(parameters) / sizeof(parameters[0]) };

static int find_parameter(const struct reading *r, struct span keyword)
{
	for (int i = 0; i < PARAMETERS; i++)
		if (span_is_nocase(keyword, span_str(parameters[i].keyword)) && (parameters[i].places & r->place) &&
		    (parameters[i].extension & r->extensions))
			return i;
	return -1;
}

static bool has_right_value(const struct parameter *p, bool has_value, struct span value)
{
	if (p->value == MAYBE_VALUE)
		return !has_value || value.n > 0;
	return (p->value == VALUE) == has_value;
}

static int read_parameters(struct reading *r, struct span rest, struct fault *f)
{
	unsigned seen = 0;

	for (;;) {
		struct span word = span_word(&rest), value = word, keyword = span_cut(&value, '=');
		int i;

		if (word.n == 0)
			return 0;
		i = find_parameter(r, keyword);
		if (i < 0)
			return fault_perm(f, 555, "5.5.4", "Unsupported parameter: %.*s", SPAN_ARG(keyword));
		if (seen & 1u << i)
			return fault_perm(f, 501, "5.5.4", "Parameter given twice: %.*s", SPAN_ARG(keyword));
		seen |= 1u << i;
		if (!has_right_value(&parameters[i], keyword.n < word.n, value) || parameters[i].read(r, value) < 0)
			return fault_perm(f, 501, "5.5.4", "Bad value in parameter: %.*s", SPAN_ARG(word));
	}
}

/*
 * Where a path that starts at s ends: at `end` outside quotes, or at the end of s when end is ' '. -1 when a quote
 * stays open, the end is missing, or a blank stands outside quotes.
 */
static ptrdiff_t path_end(struct span s, char end)
{
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '"')
			quoted = !quoted;
		else if (c == '\\')
			i++;
		else if (!quoted && c == end)
			return (ptrdiff_t)i;
		else if (!quoted && (c == ' ' || c == '<' || c == '>'))
			return -1;
	}
	return end == ' ' && !quoted ? (ptrdiff_t)s.n : -1;
}

/* "<path> parameters" or "path parameters" into its two parts. */
static int cut_path(struct span s, struct span *path, struct span *rest)
{
	bool angle = s.n && s.p[0] == '<';
	ptrdiff_t end;

	s = span_from(s, angle);
	end = path_end(s, angle ? '>' : ' ');
	if (end < 0 || (size_t)end > s.n || (!angle && end == 0))
		return -1;
	*path = span_of(s.p, (size_t)end);
	*rest = span_from(s, (size_t)end + angle);
	return rest->n && rest->p[0] != ' ' ? -1 : 0;
}

/* "@a,@b:al@c" is al@c. */
static int drop_source_route(struct arena *a, struct span *path)
{
	struct span rest = *path, route;

	if (path->n == 0 || path->p[0] != '@')
		return 0;
	route = span_cut(&rest, ':');
	if (rest.n == 0 || route.p[route.n - 1] == ',')
		return -1;
	*path = rest;
	while (route.n) {
		struct span hop = span_cut(&route, ',');

		if (hop.n == 0 || hop.p[0] != '@' ||
		    !address_is_valid(span_str(arena_printf(a, "x%.*s", SPAN_ARG(hop))), false, true))
			return -1;
	}
	return 0;
}

/* Without needless quotes. address_is_valid() has passed it, so that the reader of header fields can only agree. */
static const char *normalise(struct arena *a, struct span path)
{
	struct span rest = path;
	struct address parsed;

	if (span_find(path, '"') == path.n)
		return arena_span(a, path);
	return address_next(&rest, a, &parsed) == 1 && rest.n == 0 ? parsed.mailbox : NULL;
}

static int take_address(struct reading *r, struct span path, const char **out, struct fault *f)
{
	bool sender = r->place == IN_MAIL;

	if (path.n == 0 && sender) {
		*out = "";
		return 0;
	}
	if (span_has_8bit(path) && !r->utf8)
		return fault_perm(f, 553, "5.6.7", "Address needs the SMTPUTF8 parameter");
	if (drop_source_route(r->arena, &path) == 0 && address_is_valid(path, true, r->utf8)) {
		*out = normalise(r->arena, path);
		if (*out)
			return 0;
	}
	return fault_perm(f, 501, sender ? "5.1.7" : "5.1.3", "Bad %s address syntax", sender ? "sender" : "recipient");
}

static int read_all(struct reading *r, struct span arguments, const char **address, struct fault *f)
{
	struct span path, rest;

	if (span_has_control(arguments))
		return fault_perm(f, 501, "5.5.4", "Control bytes in arguments");
	if (cut_path(arguments, &path, &rest) < 0)
		return fault_perm(f, 501, r->place == IN_MAIL ? "5.1.7" : "5.1.3", "Bad path syntax");
	if (read_parameters(r, rest, f) < 0)
		return -1;
	return take_address(r, path, address, f);
}

/* Behind "FROM:" or "TO:". */
static int cut_label(struct span *arguments, struct span label)
{
	if (!span_starts_nocase(*arguments, label))
		return -1;
	*arguments = span_from(*arguments, label.n);
	while (arguments->n && arguments->p[0] == ' ')
		*arguments = span_from(*arguments, 1);
	return 0;
}

int path_parse_mail(struct arena *a, struct span arguments, unsigned extensions, struct envelope *out, uint64_t *size,
		    struct fault *f)
{
	struct reading r = { .arena = a, .extensions = extensions, .place = IN_MAIL, .envelope = out };

	out->body = ENVELOPE_7BIT;
	out->ret = ENVELOPE_RET_UNSET;
	out->envid = NULL;
	out->hold_until = 0;
	out->deliver_by = (struct envelope_by){ .mode = ENVELOPE_BY_NONE };
	out->priority = 0;
	out->require_tls = false;
	out->verp = NULL;
	if (cut_label(&arguments, SPAN("FROM:")) < 0)
		return fault_perm(f, 501, "5.5.4", "Syntax: MAIL FROM:<address>");
	if (read_all(&r, arguments, &out->sender, f) < 0)
		return -1;
	out->smtputf8 = r.utf8;
	*size = r.size;
	return 0;
}

int path_parse_rcpt(struct arena *a, struct span arguments, unsigned extensions, bool utf8, struct envelope_rcpt *out,
		    struct fault *f)
{
	struct reading r = { .arena = a, .extensions = extensions, .place = IN_RCPT, .utf8 = utf8, .rcpt = out };

	*out = (struct envelope_rcpt){ .state = ENVELOPE_QUEUED };
	if (cut_label(&arguments, SPAN("TO:")) < 0)
		return fault_perm(f, 501, "5.5.4", "Syntax: RCPT TO:<address>");
	return read_all(&r, arguments, &out->address, f);
}

int path_parse_vrfy(struct arena *a, struct span arguments, unsigned extensions, const char **out, struct fault *f)
{
	struct reading r = { .arena = a, .extensions = extensions, .place = IN_VRFY };

	return read_all(&r, arguments, out, f);
}
