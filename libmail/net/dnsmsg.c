/* SPDX-License-Identifier: ISC */
/*
 * dnsmsg - DNS messages as bytes.
 *
 * An answer is walked a few times and never indexed: once for each alias, once to count and once to keep the records.
 */
#include "net/dnsmsg.h"

#include <string.h>

enum {
	HEADER = 12,
	LABEL_MAX = 63,
	NAME_OCTETS_MAX = 255,
	JUMPS_MAX = 127, /* pointers in a name: as many as it can have labels */
	CLASS_IN = 1,
	TYPE_OPT = 41,
	/* the header's flags, in its third and fourth octet */
	QR = 0x80,
	OPCODE = 0x78,
	AA = 0x04,
	TC = 0x02,
	RD = 0x01,
	RA = 0x80,
	AD = 0x20,
	RCODE = 0x0f,
	RCODE_OK = 0,
	RCODE_NXDOMAIN = 3,
};

static const struct {
	enum dns_type type;
	const char *name;
} types[] = { { DNS_A, "A" },	  { DNS_CNAME, "CNAME" }, { DNS_MX, "MX" },
	      { DNS_TXT, "TXT" }, { DNS_AAAA, "AAAA" },	  { DNS_TLSA, "TLSA" } };

const char *dnsmsg_type_name(enum dns_type type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return types[i].name;
	return "unknown";
}

const char *dnsmsg_rcode_name(int rcode)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };

	return rcode >= 0 && rcode < (int)(sizeof(names) / sizeof(names[0])) ? names[rcode] : "an unknown error";
}

/* ---- the query ---- */

static bool is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Labels with their lengths; 0 when it is no name. */
static size_t put_name(uint8_t *out, struct span rest)
{
	size_t n = 0;

	if (rest.n && rest.p[rest.n - 1] == '.')
		rest.n--;
	if (rest.n == 0)
		return 0;
	do {
		size_t length = span_find(rest, '.');

		if (length == 0 || length > LABEL_MAX || n + 1 + length + 1 > NAME_OCTETS_MAX)
			return 0;
		out[n++] = (uint8_t)length;
		for (size_t i = 0; i < length; i++) {
			if (!is_plain((unsigned char)rest.p[i]))
				return 0;
			out[n++] = (uint8_t)rest.p[i];
		}
		/* A second dot at the end would be an empty label. */
		if (length + 1 == rest.n)
			return 0;
		rest = span_from(rest, length + 1);
	} while (rest.n);
	out[n++] = 0;
	return n;
}

static void put16(uint8_t *out, unsigned value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

size_t dnsmsg_put_query(uint8_t out[DNSMSG_QUERY_MAX], uint16_t id, const char *name, enum dns_type type)
{
	size_t at = HEADER, n;

	memset(out, 0, DNSMSG_QUERY_MAX);
	put16(out, id);
	out[2] = RD;
	out[3] = AD;
	put16(out + 4, 1);  /* questions */
	put16(out + 10, 1); /* additional records */
	n = put_name(out + at, span_str(name));
	if (n == 0)
		return 0;
	at += n;
	put16(out + at, type);
	put16(out + at + 2, CLASS_IN);
	at += 4;
	put16(out + at + 1, TYPE_OPT); /* behind the root's empty name */
	put16(out + at + 3, DNSMSG_UDP);
	return at + DNSMSG_EDNS;
}

size_t dnsmsg_drop_edns(uint8_t *query, size_t n)
{
	put16(query + 10, 0);
	return n - DNSMSG_EDNS;
}

/* ---- reading ---- */

struct reader {
	const uint8_t *p;
	size_t n;
	size_t at;
};

struct section_counts {
	unsigned questions, answers, others;
};

struct raw_record {
	char owner[DNSMSG_NAME_MAX]; /* "" if it is not plain */
	unsigned type, class;
	uint32_t ttl;
	size_t at, n; /* of its data */
};

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static struct reader reader_of(struct span message)
{
	return (struct reader){ .p = (const uint8_t *)message.p, .n = message.n, .at = HEADER };
}

/* One label into the text; what is not plain empties it for good. */
static void add_label(char *text, size_t *n, bool *plain, const uint8_t *label, unsigned length)
{
	if (*n)
		text[(*n)++] = '.';
	for (unsigned i = 0; i < length; i++) {
		*plain = *plain && is_plain(label[i]);
		text[(*n)++] = (char)label[i];
	}
}

/*
 * The name at r->at, which then is behind it. A pointer must lead to what is before the labels it follows, so
 * that the walk ends. 0 or -1; "" for a name that is not plain.
 */
static int read_name(struct reader *r, char text[DNSMSG_NAME_MAX])
{
	size_t at = r->at, before = r->at, n = 0, octets = 1;
	unsigned jumps = 0;
	bool plain = true;

	while (at < r->n && r->p[at] != 0) {
		unsigned length = r->p[at];

		if (length >= 0xc0) {
			if (at + 2 > r->n)
				return -1;
			if (jumps++ == 0)
				r->at = at + 2;
			at = get16(r->p + at) & 0x3fff;
			if (at >= before || at < HEADER || jumps > JUMPS_MAX)
				return -1;
			before = at;
			continue;
		}
		octets += length + 1;
		if (length > LABEL_MAX || octets > NAME_OCTETS_MAX || at + 1 + length > r->n)
			return -1;
		add_label(text, &n, &plain, r->p + at + 1, length);
		at += 1 + length;
	}
	if (at >= r->n)
		return -1;
	if (jumps == 0)
		r->at = at + 1;
	if (n == 0)
		text[n++] = '.';
	text[plain ? n : 0] = '\0';
	return 0;
}

static int read_record(struct reader *r, struct raw_record *out)
{
	if (read_name(r, out->owner) < 0 || r->n - r->at < 10)
		return -1;
	out->type = get16(r->p + r->at);
	out->class = get16(r->p + r->at + 2);
	out->ttl = get32(r->p + r->at + 4);
	/* RFC 2181 8: with the highest bit set it is none. */
	if (out->ttl > INT32_MAX)
		out->ttl = 0;
	out->n = get16(r->p + r->at + 8);
	out->at = r->at + 10;
	if (r->n - out->at < out->n)
		return -1;
	r->at = out->at + out->n;
	return 0;
}

static bool is_same_name(const char *a, const char *b)
{
	struct span x = span_str(a), y = span_str(b);

	if (y.n > 1 && y.p[y.n - 1] == '.')
		y.n--;
	return x.n > 0 && span_is_nocase(x, y);
}

/* ---- the records ---- */

struct parse {
	struct arena *arena;
	struct reader start; /* at the first record of the answer section */
	struct section_counts counts;
	const char *name;
	enum dns_type type;
	struct dns_answer *out;
	bool skipped; /* a record that is not usable */
};

static bool read_a(struct parse *p, struct reader *data, size_t n, struct dns_record *out)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	(void)p;
	memcpy(out->address.bytes, mapped, sizeof(mapped));
	memcpy(out->address.bytes + sizeof(mapped), data->p + data->at, n);
	return true;
}

static bool read_aaaa(struct parse *p, struct reader *data, size_t n, struct dns_record *out)
{
	(void)p;
	memcpy(out->address.bytes, data->p + data->at, n);
	return true;
}

/* A name must end where the data does. */
static bool read_host(struct parse *p, struct reader *data, size_t end, struct dns_record *out)
{
	char name[DNSMSG_NAME_MAX];

	if (read_name(data, name) < 0 || data->at != end || !name[0])
		return false;
	out->name = arena_str(p->arena, name);
	return true;
}

static bool read_cname(struct parse *p, struct reader *data, size_t n, struct dns_record *out)
{
	return read_host(p, data, data->at + n, out);
}

static bool read_mx(struct parse *p, struct reader *data, size_t n, struct dns_record *out)
{
	size_t end = data->at + n;

	out->preference = (uint16_t)get16(data->p + data->at);
	data->at += 2;
	return read_host(p, data, end, out);
}

static bool read_txt(struct parse *p, struct reader *data, size_t n, struct dns_record *out)
{
	char *text = arena_alloc(p->arena, n);
	size_t end = data->at + n, length = 0;

	for (size_t at = data->at; at < end;) {
		size_t piece = data->p[at];

		if (piece > end - at - 1)
			return false;
		memcpy(text + length, data->p + at + 1, piece);
		length += piece;
		at += piece + 1;
	}
	out->data = span_of(text, length);
	return true;
}

static bool read_tlsa(struct parse *p, struct reader *data, size_t n, struct dns_record *out)
{
	const uint8_t *octets = data->p + data->at;

	out->usage = octets[0];
	out->selector = octets[1];
	out->match_type = octets[2];
	out->data = span_of(arena_span(p->arena, span_of((const char *)octets + 3, n - 3)), n - 3);
	return true;
}

static const struct {
	enum dns_type type;
	size_t min, max; /* octets of data */
	bool (*read)(struct parse *p, struct reader *data, size_t n, struct dns_record *out);
} readers[] = {
	{ DNS_A, 4, 4, read_a },
	{ DNS_AAAA, 16, 16, read_aaaa },
	{ DNS_MX, 3, DNSMSG_MAX, read_mx },
	{ DNS_CNAME, 1, DNSMSG_MAX, read_cname },
	{ DNS_TXT, 1, DNSMSG_MAX, read_txt },
	{ DNS_TLSA, 4, DNSMSG_MAX, read_tlsa },
};

static bool read_data(struct parse *p, const struct raw_record *raw, struct dns_record *out)
{
	/* Data ends at its own end, and names in it may point into the message before it. */
	struct reader data = { .p = p->start.p, .n = raw->at + raw->n, .at = raw->at };

	*out = (struct dns_record){ 0 };
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].type == raw->type)
			return raw->n >= readers[i].min && raw->n <= readers[i].max &&
			       readers[i].read(p, &data, raw->n, out);
	return false;
}

static void note_ttl(struct parse *p, uint32_t ttl, bool first)
{
	if (first || ttl < p->out->ttl)
		p->out->ttl = ttl;
}

/* ---- the answer section ---- */

/* All of the message must be well-formed; an extended code in the EDNS record (BADVERS) is no answer. */
static int check_records(const struct parse *p)
{
	struct reader r = p->start;
	struct raw_record raw;

	for (unsigned i = 0; i < p->counts.answers + p->counts.others; i++) {
		if (read_record(&r, &raw) < 0)
			return -1;
		if (raw.type == TYPE_OPT && raw.ttl >> 24)
			return -1;
	}
	return 0;
}

/* The alias that `name` is, into *target: 1, 0 it is none, -1 it leads to no host name. */
static int find_alias(struct parse *p, const char *name, const char **target)
{
	struct reader r = p->start;
	struct raw_record raw;
	struct dns_record record;

	for (unsigned i = 0; i < p->counts.answers && read_record(&r, &raw) == 0; i++) {
		if (raw.type != DNS_CNAME || raw.class != CLASS_IN || !is_same_name(raw.owner, name))
			continue;
		if (!read_data(p, &raw, &record))
			return -1;
		note_ttl(p, raw.ttl, !p->out->is_alias);
		p->out->is_alias = true;
		*target = record.name;
		return 1;
	}
	return 0;
}

static int follow_aliases(struct parse *p, struct fault *f)
{
	for (int links = 0; p->type != DNS_CNAME; links++) {
		int rc = find_alias(p, p->out->name, &p->out->name);

		if (rc == 0)
			break;
		if (rc < 0)
			return fault_temp(f, 451, "4.4.3", "looking up %s: it is an alias for what is no host name",
					  p->name);
		if (links == DNSMSG_CNAMES_MAX)
			return fault_temp(f, 451, "4.4.3", "looking up %s: there are more than %d aliases", p->name,
					  DNSMSG_CNAMES_MAX);
	}
	return 0;
}

static bool is_wanted(const struct parse *p, const struct raw_record *raw)
{
	return raw->type == (unsigned)p->type && raw->class == CLASS_IN && is_same_name(raw->owner, p->out->name);
}

static void collect(struct parse *p)
{
	struct reader r = p->start;
	struct raw_record raw;
	size_t room = 0;

	for (unsigned i = 0; i < p->counts.answers && read_record(&r, &raw) == 0; i++)
		room += is_wanted(p, &raw);
	p->out->v = arena_alloc(p->arena, room * sizeof(*p->out->v));
	r = p->start;
	for (unsigned i = 0; i < p->counts.answers && read_record(&r, &raw) == 0; i++) {
		if (!is_wanted(p, &raw))
			continue;
		if (!read_data(p, &raw, &p->out->v[p->out->n])) {
			p->skipped = true;
			continue;
		}
		note_ttl(p, raw.ttl, !p->out->is_alias && p->out->n == 0);
		p->out->n++;
	}
}

/* ---- the whole ---- */

int dnsmsg_rcode(struct span message)
{
	return message.n < HEADER ? -1 : (uint8_t)message.p[3] & RCODE;
}

bool dnsmsg_is_truncated(struct span message)
{
	return message.n >= HEADER && ((uint8_t)message.p[2] & TC);
}

static int bad(const struct parse *p, const char *what, struct fault *f)
{
	return fault_temp(f, 451, "4.4.3", "looking up %s for %s: the name server's answer %s",
			  dnsmsg_type_name(p->type), p->name, what);
}

/* The header and the question, which must be ours. */
static int open_message(struct parse *p, struct span message, struct fault *f)
{
	struct reader r = reader_of(message);
	char asked[DNSMSG_NAME_MAX];

	if (r.n < HEADER || r.n > DNSMSG_MAX)
		return bad(p, "is malformed", f);
	if (!(r.p[2] & QR) || (r.p[2] & OPCODE))
		return bad(p, "is no answer", f);
	p->counts.questions = get16(r.p + 4);
	p->counts.answers = get16(r.p + 6);
	p->counts.others = get16(r.p + 8) + get16(r.p + 10);
	if (p->counts.questions != 1 || read_name(&r, asked) < 0 || r.n - r.at < 4)
		return bad(p, "is malformed", f);
	if (!is_same_name(asked, p->name) || get16(r.p + r.at) != (unsigned)p->type ||
	    get16(r.p + r.at + 2) != CLASS_IN)
		return bad(p, "is to another question", f);
	r.at += 4;
	p->start = r;
	return 0;
}

/* What the header says of the whole. */
static int judge(const struct parse *p, struct span message, struct fault *f)
{
	int rcode = dnsmsg_rcode(message);

	if (rcode != RCODE_OK && rcode != RCODE_NXDOMAIN)
		return bad(p, arena_printf(p->arena, "is %s", dnsmsg_rcode_name(rcode)), f);
	if (dnsmsg_is_truncated(message))
		return bad(p, "is cut short", f);
	if (check_records(p) < 0)
		return bad(p, "is malformed", f);
	/* Who neither knows nor asks others sends a referral: that says nothing about the name. */
	if (!(p->start.p[2] & AA) && !(p->start.p[3] & RA))
		return bad(p, "is a referral: it does no recursion", f);
	return 0;
}

static enum dns_status status_of(const struct parse *p, struct span message)
{
	if (p->out->n)
		return DNS_FOUND;
	return dnsmsg_rcode(message) == RCODE_NXDOMAIN ? DNS_NXDOMAIN : DNS_NODATA;
}

int dnsmsg_parse(struct arena *a, struct span message, const char *name, enum dns_type type, struct dns_answer *out,
		 struct fault *f)
{
	struct parse p = { .arena = a, .name = name, .type = type, .out = out };
	struct span plain = span_str(name);

	if (plain.n > 1 && plain.p[plain.n - 1] == '.')
		plain.n--;
	*out = (struct dns_answer){ .name = arena_span(a, plain) };
	p.name = out->name;
	if (open_message(&p, message, f) < 0 || judge(&p, message, f) < 0 || follow_aliases(&p, f) < 0)
		return -1;
	collect(&p);
	if (out->n == 0 && p.skipped)
		return bad(&p, "has no usable record", f);
	out->secure = p.start.p[3] & AD;
	out->status = status_of(&p, message);
	return 0;
}
