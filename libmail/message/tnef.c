/* SPDX-License-Identifier: ISC */
/*
 * tnef - what is in a winmail.dat.
 *
 * A stream is a row of attributes, of the message and then of one attachment after the other. What is modern (long
 * names, bodies in HTML and RTF) is a list of MAPI properties in one attribute of each. What an attribute says counts
 * less than the property that says the same, as it is the one in eight plus three characters.
 */
#include "message/tnef.h"

#include <string.h>

#include "message/charset.h"

enum { SIGNATURE = 0x223e9f78, HEAD = 6, ATTRIBUTE = 9, CHECKSUM = 2 };

/* Attributes. */
enum {
	BODY = 0x0002800c,
	OEM_CODEPAGE = 0x00069007,
	MAPI_PROPERTIES = 0x00069003,
	ATTACH_RENDERING = 0x00069002,
	ATTACH_TITLE = 0x00018010,
	ATTACH_DATA = 0x0006800f,
	ATTACH_MODIFIED = 0x00038013,
	ATTACH_PROPERTIES = 0x00069005,
};

/* Properties. */
enum {
	PR_BODY = 0x1000,
	PR_RTF_COMPRESSED = 0x1009,
	PR_BODY_HTML = 0x1013,
	PR_DISPLAY_NAME = 0x3001,
	PR_LAST_MODIFICATION = 0x3008,
	PR_ATTACH_DATA = 0x3701,
	PR_ATTACH_FILENAME = 0x3704,
	PR_ATTACH_LONG_FILENAME = 0x3707,
	PR_ATTACH_MIME_TAG = 0x370e,
	PR_ATTACH_CONTENT_ID = 0x3712,
};

/* Types of properties. */
enum {
	PT_OBJECT = 0x0d,
	PT_STRING8 = 0x1e,
	PT_UNICODE = 0x1f,
	PT_TIME = 0x40,
	PT_BINARY = 0x102,
	PT_MULTIPLE = 0x1000,
};

enum { IID = 16 /* octets in front of an object */ };

struct reader {
	const struct tnef_source *source;
	uint64_t at, end; /* of what is looked at */
	uint64_t window_at;
	size_t nwindow;
	unsigned char window[TNEF_WINDOW];
};

struct parser {
	struct arena *arena;
	struct reader r;
	struct tnef *out;
	struct tnef_item *item; /* the attachment at hand; NULL: the message, or one too many */
	bool title;		/* its name is the short one */
	struct tnef_item bodies[3];
	size_t room;
};

/* ---- octets ---- */

static int read_octets(struct reader *r, void *to, size_t n)
{
	char *p = to;

	if (n > r->end - r->at)
		return -1;
	while (n > 0) {
		uint64_t from = r->at - r->window_at;
		size_t have;

		if (r->at < r->window_at || from >= r->nwindow) {
			uint64_t left = r->source->size - r->at;

			r->window_at = r->at;
			r->nwindow = left < TNEF_WINDOW ? (size_t)left : TNEF_WINDOW;
			if (r->source->read(r->source->context, r->at, r->window, r->nwindow) < 0) {
				r->nwindow = 0;
				return -1;
			}
			from = 0;
		}
		have = r->nwindow - (size_t)from < n ? r->nwindow - (size_t)from : n;
		memcpy(p, r->window + from, have);
		p += have;
		n -= have;
		r->at += have;
	}
	return 0;
}

/* A little-endian number of n octets. */
static int read_number(struct reader *r, size_t n, uint64_t *out)
{
	unsigned char octets[8];

	if (read_octets(r, octets, n) < 0)
		return -1;
	*out = 0;
	while (n-- > 0)
		*out = *out << 8 | octets[n];
	return 0;
}

static int skip(struct reader *r, uint64_t n)
{
	if (n > r->end - r->at)
		return -1;
	r->at += n;
	return 0;
}

/* ---- values ---- */

static const char *to_utf8(struct parser *p, struct span bytes, const char *charset)
{
	const char *text;
	struct buf out;

	buf_init(&out, bytes.n * CHARSET_GROWTH + CHARSET_ROOM);
	charset_put(&out, span_str(charset), bytes, 0, NULL);
	/* Texts end with a NUL, which counts. */
	text = arena_span(p->arena, span_of(out.p, span_find(buf_span(&out), '\0')));
	buf_clear(&out);
	return text[0] ? text : NULL;
}

static const char *read_text(struct parser *p, uint64_t at, uint64_t size, bool unicode)
{
	const char *charset = unicode ? "utf-16le" : tnef_charset(p->out->codepage);
	struct reader r = p->r;
	char bytes[TNEF_TEXT_MAX];

	r.at = at;
	if (size > sizeof(bytes) || read_octets(&r, bytes, (size_t)size) < 0)
		return NULL;
	return to_utf8(p, span_of(bytes, (size_t)size), charset ? charset : "windows-1252");
}

/* Days since 1970 of a day of the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t shifted = month <= 2 ? year - 1 : year, era = shifted / 400, of_era = shifted - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Year, month, day, hour, minute, second; 0 when it is none. */
static int64_t read_date(struct parser *p, uint64_t at, uint64_t size)
{
	struct reader r = p->r;
	uint64_t v[6] = { 0 };

	r.at = at;
	if (size < 12)
		return 0;
	for (size_t i = 0; i < 6; i++)
		if (read_number(&r, 2, &v[i]) < 0)
			return 0;
	if (v[0] < 1970 || v[0] > 9999 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 || v[3] > 23 || v[4] > 59 ||
	    v[5] > 60)
		return 0;
	return ((days_of((int64_t)v[0], (int64_t)v[1], (int64_t)v[2]) * 24 + (int64_t)v[3]) * 60 + (int64_t)v[4]) * 60 +
	       (int64_t)v[5];
}

/* Units of 100 ns since 1601. */
static int64_t time_of(uint64_t filetime)
{
	const int64_t between = INT64_C(11644473600);
	int64_t seconds = (int64_t)(filetime / 10000000);

	return seconds > between ? seconds - between : 0;
}

/* ---- what there is ---- */

static struct tnef_item *add_item(struct parser *p, const struct tnef_item *item)
{
	struct tnef *t = p->out;

	if (t->n == TNEF_ITEMS_MAX) {
		t->problems |= TNEF_MANY;
		return NULL;
	}
	if (t->n == p->room) {
		size_t room = p->room ? TNEF_ITEMS_MAX : 16;
		struct tnef_item *items = arena_alloc(p->arena, room * sizeof(*items));

		if (t->n > 0)
			memcpy(items, t->items, t->n * sizeof(*items));
		t->items = items;
		p->room = room;
	}
	t->items[t->n] = *item;
	return &t->items[t->n++];
}

/* The attachment at hand is complete. Without content it is none. */
static void end_attachment(struct parser *p)
{
	if (p->item && p->item->size > 0)
		add_item(p, p->item);
	p->item = NULL;
}

static void set_body(struct parser *p, enum tnef_kind kind, uint64_t at, uint64_t size)
{
	struct tnef_item *body = &p->bodies[kind - TNEF_BODY_TEXT];

	if (size > 0)
		*body = (struct tnef_item){ .kind = kind, .at = at, .size = size };
}

/* ---- properties ---- */

struct property {
	unsigned id, type;
	uint64_t at, size; /* of its (last) value */
	uint64_t number;   /* of one of 8 octets */
};

/* A name of its own, which stands in front of the value. */
static int skip_name(struct reader *r)
{
	uint64_t kind, n;

	if (skip(r, IID) < 0 || read_number(r, 4, &kind) < 0 || read_number(r, 4, &n) < 0)
		return -1;
	return kind == 0 ? 0 : skip(r, (n + 3) / 4 * 4);
}

static size_t fixed_size(unsigned type)
{
	static const struct {
		unsigned type;
		size_t size;
	} sizes[] = { { 2, 4 },	 { 3, 4 },   { 4, 4 },	  { 5, 8 },	  { 6, 8 },    { 7, 8 },
		      { 10, 4 }, { 0xb, 4 }, { 0x14, 8 }, { PT_TIME, 8 }, { 0x48, 16 } };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i].type == type)
			return sizes[i].size;
	return 0;
}

static bool is_variable(unsigned type)
{
	return type == PT_OBJECT || type == PT_STRING8 || type == PT_UNICODE || type == PT_BINARY;
}

static int read_value(struct reader *r, struct property *out)
{
	unsigned type = out->type & ~(unsigned)PT_MULTIPLE;
	uint64_t count = 1, size = fixed_size(type);

	if ((is_variable(type) || (out->type & PT_MULTIPLE)) && read_number(r, 4, &count) < 0)
		return -1;
	/* Each takes octets, so this ends. */
	if (!is_variable(type) && (size == 0 || count > (r->end - r->at) / size))
		return -1;
	if (!is_variable(type)) {
		out->at = r->at;
		out->size = size * count;
		if (size == 8 && count == 1)
			return read_number(r, 8, &out->number);
		return skip(r, out->size);
	}
	while (count-- > 0) {
		if (read_number(r, 4, &size) < 0)
			return -1;
		out->at = r->at;
		out->size = size;
		if (skip(r, size) < 0)
			return -1;
		/* At the end the padding may be missing. */
		if (skip(r, (4 - size % 4) % 4) < 0)
			r->at = r->end;
	}
	return 0;
}

static int next_property(struct reader *r, struct property *out)
{
	uint64_t type, id;

	*out = (struct property){ 0 };
	if (read_number(r, 2, &type) < 0 || read_number(r, 2, &id) < 0)
		return -1;
	out->type = (unsigned)type;
	out->id = (unsigned)id;
	if (id >= 0x8000 && skip_name(r) < 0)
		return -1;
	return read_value(r, out);
}

static void take_message_property(struct parser *p, const struct property *v)
{
	if (v->id == PR_BODY)
		set_body(p, TNEF_BODY_TEXT, v->at, v->size);
	else if (v->id == PR_BODY_HTML)
		set_body(p, TNEF_BODY_HTML, v->at, v->size);
	else if (v->id == PR_RTF_COMPRESSED)
		set_body(p, TNEF_BODY_RTF, v->at, v->size);
}

/* An object begins with the interface that it has: IMessage is {00020307-0000-0000-C000-000000000046}. */
static void take_data(struct parser *p, const struct property *v)
{
	static const unsigned char message[IID] = { 7, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };
	struct tnef_item *item = p->item;
	unsigned char iid[IID];
	struct reader r = p->r;

	if (v->type != PT_OBJECT) {
		if (item->size > 0)
			return;
		item->at = v->at;
		item->size = v->size;
		return;
	}
	r.at = v->at;
	if (v->size < IID || read_octets(&r, iid, IID) < 0)
		return;
	item->kind = memcmp(iid, message, IID) == 0 ? TNEF_MESSAGE : TNEF_OBJECT;
	item->at = v->at + IID;
	item->size = v->size - IID;
}

static void take_name(struct parser *p, const char *name, bool better)
{
	if (name && (!p->item->name || better || p->title)) {
		p->item->name = name;
		p->title = false;
	}
}

static void take_attachment_property(struct parser *p, const struct property *v)
{
	bool unicode = v->type == PT_UNICODE;

	switch (v->id) {
	case PR_ATTACH_LONG_FILENAME:
		take_name(p, read_text(p, v->at, v->size, unicode), true);
		break;
	case PR_ATTACH_FILENAME:
	case PR_DISPLAY_NAME:
		take_name(p, read_text(p, v->at, v->size, unicode), false);
		break;
	case PR_ATTACH_MIME_TAG:
		p->item->type = read_text(p, v->at, v->size, unicode);
		break;
	case PR_ATTACH_CONTENT_ID:
		p->item->id = read_text(p, v->at, v->size, unicode);
		break;
	case PR_LAST_MODIFICATION:
		if (v->type == PT_TIME)
			p->item->modified = time_of(v->number);
		break;
	case PR_ATTACH_DATA:
		take_data(p, v);
		break;
	default:
		break;
	}
}

static void take_properties(struct parser *p, uint64_t at, uint64_t size, bool attachment)
{
	uint64_t here = p->r.at, end = p->r.end, count;
	struct property v;

	p->r.at = at;
	p->r.end = at + size;
	if (read_number(&p->r, 4, &count) < 0)
		count = 0;
	while (count-- > 0) {
		if (next_property(&p->r, &v) < 0) {
			p->out->problems |= TNEF_PROPERTY;
			break;
		}
		if (!attachment)
			take_message_property(p, &v);
		else if (p->item)
			take_attachment_property(p, &v);
	}
	p->r.at = here;
	p->r.end = end;
}

/* ---- attributes ---- */

static void take_codepage(struct parser *p, uint64_t at)
{
	struct reader r = p->r;
	uint64_t codepage;

	r.at = at;
	if (read_number(&r, 4, &codepage) == 0)
		p->out->codepage = (unsigned)codepage;
}

static void take_attribute(struct parser *p, uint64_t id, uint64_t at, uint64_t size)
{
	switch (id) {
	case OEM_CODEPAGE:
		take_codepage(p, at);
		break;
	case BODY:
		set_body(p, TNEF_BODY_TEXT, at, size);
		break;
	case MAPI_PROPERTIES:
		take_properties(p, at, size, false);
		break;
	case ATTACH_RENDERING:
		end_attachment(p);
		p->item = arena_alloc(p->arena, sizeof(*p->item));
		p->title = false;
		break;
	default:
		if (!p->item)
			break;
		if (id == ATTACH_TITLE) {
			take_name(p, read_text(p, at, size, false), false);
			p->title = p->item->name != NULL;
		} else if (id == ATTACH_DATA) {
			p->item->at = at;
			p->item->size = size;
		} else if (id == ATTACH_MODIFIED) {
			p->item->modified = read_date(p, at, size);
		} else if (id == ATTACH_PROPERTIES) {
			take_properties(p, at, size, true);
		}
	}
}

/* The sum over its octets, modulo 65536. */
static int check_sum(struct parser *p, uint64_t at, uint64_t size, uint64_t wanted)
{
	unsigned char octets[TNEF_WINDOW];
	struct reader r = p->r;
	uint64_t sum = 0;

	r.at = at;
	while (size > 0) {
		size_t n = size < sizeof(octets) ? (size_t)size : sizeof(octets);

		if (read_octets(&r, octets, n) < 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			sum += octets[i];
		size -= n;
	}
	if ((sum & 0xffff) != wanted)
		p->out->problems |= TNEF_CHECKSUM;
	return 0;
}

/* 1, 0 at the end. */
static int next_attribute(struct parser *p)
{
	struct reader *r = &p->r;
	uint64_t level, id, size, sum, at;

	if (r->at == r->end)
		return 0;
	if (read_number(r, 1, &level) < 0 || read_number(r, 4, &id) < 0 || read_number(r, 4, &size) < 0) {
		p->out->problems |= TNEF_CUT;
		return 0;
	}
	at = r->at;
	if (skip(r, size) < 0) {
		/* What there is of it. */
		p->out->problems |= TNEF_CUT;
		take_attribute(p, id, at, r->end - at);
		return 0;
	}
	take_attribute(p, id, at, size);
	if (read_number(r, CHECKSUM, &sum) < 0) {
		p->out->problems |= TNEF_CUT;
		return 0;
	}
	return check_sum(p, at, size, sum) < 0 ? -1 : 1;
}

bool tnef_is(struct span start)
{
	return start.n >= 4 && memcmp(start.p, "\x78\x9f\x3e\x22", 4) == 0;
}

int tnef_parse(struct arena *a, const struct tnef_source *source, struct tnef *out)
{
	struct parser *p = arena_alloc(a, sizeof(*p));
	uint64_t signature, key;
	int rc;

	*out = (struct tnef){ 0 };
	p->arena = a;
	p->out = out;
	p->r = (struct reader){ .source = source, .end = source->size };
	if (read_number(&p->r, 4, &signature) < 0 || signature != SIGNATURE || read_number(&p->r, 2, &key) < 0)
		return -1;
	while ((rc = next_attribute(p)) > 0)
		;
	end_attachment(p);
	for (size_t i = 0; i < sizeof(p->bodies) / sizeof(p->bodies[0]); i++)
		if (p->bodies[i].size > 0)
			add_item(p, &p->bodies[i]);
	return rc;
}

static int read_bytes(void *context, uint64_t at, void *to, size_t n)
{
	const struct span *bytes = context;

	memcpy(to, bytes->p + at, n);
	return 0;
}

struct tnef_source tnef_bytes(struct span *bytes)
{
	return (struct tnef_source){ bytes->n, read_bytes, bytes };
}

const char *tnef_charset(unsigned codepage)
{
	static const struct {
		unsigned codepage;
		const char *name;
	} rows[] = {
		{ 1252, "windows-1252" }, { 1250, "windows-1250" }, { 1251, "windows-1251" }, { 1253, "windows-1253" },
		{ 1254, "windows-1254" }, { 1255, "windows-1255" }, { 1256, "windows-1256" }, { 1257, "windows-1257" },
		{ 1258, "windows-1258" }, { 874, "windows-874" },   { 932, "shift_jis" },     { 936, "gb18030" },
		{ 949, "euc-kr" },	  { 950, "big5" },	    { 437, "ibm437" },	      { 850, "ibm850" },
		{ 852, "ibm852" },	  { 866, "ibm866" },	    { 20127, "us-ascii" },    { 28591, "iso-8859-1" },
		{ 65001, "utf-8" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].codepage == codepage)
			return rows[i].name;
	return NULL;
}

/* ---- compressed RTF ---- */

/* What the window holds before anything has been said, [MS-OXRTFCP] 2.1.2.1. */
static const char prelude[] =
	"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}"
	"{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier"
	"{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

enum { RTF_HEAD = 16, RTF_COMPRESSED = 0x75465a4c, RTF_PLAIN = 0x414c454d };

void tnef_rtf_init(struct tnef_rtf *r)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->window, prelude, sizeof(prelude) - 1);
	r->at = sizeof(prelude) - 1;
	r->reference = -1;
}

static uint32_t head_number(const struct tnef_rtf *r, size_t at)
{
	const unsigned char *p = r->head + at;

	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void put_octet(struct tnef_rtf *r, unsigned char c, struct buf *out)
{
	if (r->left == 0)
		return;
	r->left--;
	r->window[r->at] = c;
	r->at = (r->at + 1) % TNEF_RTF_WINDOW;
	buf_put_char(out, (char)c);
}

/* Two octets: where in the window, and how much of it. Where it is written next is the end. */
static void put_reference(struct tnef_rtf *r, unsigned reference, struct buf *out)
{
	size_t from = reference >> 4, n = (reference & 15) + 2;

	if (from == r->at) {
		r->ended = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		put_octet(r, r->window[(from + i) % TNEF_RTF_WINDOW], out);
}

static void take_head(struct tnef_rtf *r)
{
	uint32_t kind = head_number(r, 8);

	r->left = head_number(r, 4);
	r->compressed = kind == RTF_COMPRESSED;
	if (kind != RTF_COMPRESSED && kind != RTF_PLAIN)
		r->ended = r->broken = true;
}

static void take_octet(struct tnef_rtf *r, unsigned char c, struct buf *out)
{
	if (r->nhead < RTF_HEAD) {
		r->head[r->nhead++] = c;
		if (r->nhead == RTF_HEAD)
			take_head(r);
	} else if (!r->compressed) {
		put_octet(r, c, out);
	} else if (r->reference >= 0) {
		put_reference(r, (unsigned)r->reference << 8 | c, out);
		r->reference = -1;
	} else if (r->bits == 0) {
		r->control = c;
		r->bits = 8;
	} else {
		if (r->control & 1)
			r->reference = c;
		else
			put_octet(r, c, out);
		r->control >>= 1;
		r->bits--;
	}
}

void tnef_rtf_feed(struct tnef_rtf *r, struct span piece, struct buf *out)
{
	for (size_t i = 0; i < piece.n && !r->ended; i++)
		take_octet(r, (unsigned char)piece.p[i], out);
}

void tnef_rtf_end(struct tnef_rtf *r)
{
	r->broken |= r->nhead < RTF_HEAD || r->left > 0;
	r->ended = true;
}
