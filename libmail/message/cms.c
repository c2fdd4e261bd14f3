/* SPDX-License-Identifier: ISC */
/*
 * cms - take the content out of a signed or encrypted structure.
 *
 *	ContentInfo { type, [0] { SignedData { version, SET, SEQUENCE { type, [0] { OCTET STRING } }, ... } } }
 *	ContentInfo { type, [0] { EnvelopedData { version, ..., SEQUENCE { type, algorithm, [0] OCTET STRING }, ... } }
 *}
 *
 * In both the content is in the first SEQUENCE of the third level, as what is tagged [0]; an OCTET STRING may be made
 *of others.
 */
#include "message/cms.h"

enum {
	TAG_SEQUENCE = 0x30,
	TAG_OCTETS = 0x04,
	TAG_ZERO = 0x80, /* [0] */
	CONSTRUCTED = 0x20,
	INDEFINITE = 0x80,
	LENGTH_OCTETS_MAX = 8,
};

enum role {
	ROLE_TOP,     /* around all */
	ROLE_INFO,    /* ContentInfo */
	ROLE_WRAP,    /* its [0] */
	ROLE_DATA,    /* SignedData, EnvelopedData, AuthEnvelopedData */
	ROLE_INNER,   /* the SEQUENCE with the content in it */
	ROLE_CONTENT, /* what holds the content's octets */
	ROLE_COPY,    /* of indefinite length, on no way to it */
};

static int bad(struct fault *f, const char *what)
{
	return fault_perm(f, 554, "5.6.0", "the S/MIME structure is damaged: %s", what);
}

void cms_init(struct cms *c, void (*put)(void *context, struct span piece), void *context)
{
	*c = (struct cms){ .put = put, .context = context };
	buf_init(&c->frame, CMS_FRAME_MAX);
	c->levels[0] = (struct cms_level){ .indefinite = true, .role = ROLE_TOP };
}

void cms_clear(struct cms *c)
{
	buf_clear(&c->frame);
}

/* What an element is, by where it stands. */
static int role_of(const struct cms *c, unsigned char tag)
{
	const struct cms_level *in = &c->levels[c->depth];

	switch (in->role) {
	case ROLE_TOP:
		return tag == TAG_SEQUENCE && in->children == 0 ? ROLE_INFO : -1;
	case ROLE_INFO:
		return tag == (TAG_ZERO | CONSTRUCTED) && in->children == 1 ? ROLE_WRAP : ROLE_COPY;
	case ROLE_WRAP:
		return tag == TAG_SEQUENCE && in->children == 0 ? ROLE_DATA : -1;
	case ROLE_DATA:
		return tag == TAG_SEQUENCE && !c->found ? ROLE_INNER : ROLE_COPY;
	case ROLE_INNER:
		return (tag & ~CONSTRUCTED) == TAG_ZERO ? ROLE_CONTENT : ROLE_COPY;
	case ROLE_CONTENT:
		return (tag & ~CONSTRUCTED) == TAG_OCTETS ? ROLE_CONTENT : -1;
	default:
		return ROLE_COPY;
	}
}

/* Is this role's element part of the frame with an indefinite length? */
static bool is_on_way(int role)
{
	return role >= ROLE_INFO && role <= ROLE_INNER;
}

static int push(struct cms *c, int role, bool indefinite, uint64_t length, struct fault *f)
{
	if (c->depth == CMS_DEPTH_MAX)
		return bad(f, "it is nested too deeply");
	c->levels[++c->depth] = (struct cms_level){ .left = length, .indefinite = indefinite, .role = role };
	return 0;
}

/* Elements whose octets are used up are over, and with them what ends there. */
static void pop_ended(struct cms *c)
{
	static const char end[2];

	while (c->depth > 0 && !c->levels[c->depth].indefinite && c->levels[c->depth].left == 0) {
		if (is_on_way(c->levels[c->depth].role))
			buf_put(&c->frame, end, sizeof(end));
		c->depth--;
	}
	c->ended = c->depth == 0 && c->levels[0].children > 0;
}

static int end_indefinite(struct cms *c, struct fault *f)
{
	struct cms_level *level = &c->levels[c->depth];
	static const char end[2];

	if (!level->indefinite || c->depth == 0)
		return bad(f, "an end without a beginning");
	if (is_on_way(level->role) || level->role == ROLE_COPY)
		buf_put(&c->frame, end, sizeof(end));
	c->depth--;
	pop_ended(c);
	return 0;
}

/* An element of the frame: as it is, or with an indefinite length where the content is in it. */
static void put_head(struct cms *c, int role)
{
	const char open[2] = { (char)c->head[0], (char)INDEFINITE };

	if (role == ROLE_COPY)
		buf_put(&c->frame, c->head, c->nhead);
	else if (is_on_way(role))
		buf_put(&c->frame, open, sizeof(open));
}

static int begin(struct cms *c, bool indefinite, uint64_t length, struct fault *f)
{
	struct cms_level *in = &c->levels[c->depth];
	unsigned char tag = c->head[0];
	int role = role_of(c, tag);

	if (role < 0)
		return bad(f, "what is in it is no content");
	if (!in->indefinite && length > in->left)
		return bad(f, "an element is longer than what it is in");
	if (indefinite && (!(tag & CONSTRUCTED) || !in->indefinite))
		return bad(f, "an element without a length where there must be one");
	put_head(c, role);
	in->children++;
	if (!in->indefinite)
		in->left -= length;
	c->found |= role == ROLE_INNER;
	c->has_content |= role == ROLE_CONTENT;
	if (is_on_way(role) || indefinite || (role == ROLE_CONTENT && (tag & CONSTRUCTED))) {
		if (push(c, role, indefinite, length, f) < 0)
			return -1;
	} else {
		c->skip = length;
		c->skip_is_content = role == ROLE_CONTENT;
	}
	if (c->skip == 0)
		pop_ended(c);
	return 0;
}

/* Is the head whole? 1, 0, -1; and what it says. */
static int read_head(const struct cms *c, bool *indefinite, uint64_t *length, struct fault *f)
{
	size_t n;

	*indefinite = false;
	*length = 0;
	if ((c->head[0] & 0x1f) == 0x1f)
		return bad(f, "a tag of many octets");
	if (c->nhead < 2)
		return 0;
	n = c->head[1] & 0x7f;
	if (!(c->head[1] & 0x80)) {
		*length = n;
		return 1;
	}
	if (n == 0) {
		*indefinite = true;
		return 1;
	}
	if (n > LENGTH_OCTETS_MAX)
		return bad(f, "an element that is too long");
	if (c->nhead < 2 + n)
		return 0;
	for (size_t i = 0; i < n; i++)
		*length = *length << 8 | c->head[2 + i];
	return *length >> 63 ? bad(f, "an element that is too long") : 1;
}

/* The next octet of a head. Octets of definite levels are counted as they come. */
static int feed_head(struct cms *c, unsigned char octet, struct fault *f)
{
	struct cms_level *in = &c->levels[c->depth];
	bool indefinite;
	uint64_t length;
	int rc;

	if (!in->indefinite && in->left-- == 0)
		return bad(f, "an element is longer than what it is in");
	c->head[c->nhead++] = octet;
	rc = read_head(c, &indefinite, &length, f);
	if (rc <= 0)
		return rc;
	rc = c->head[0] == 0 && c->head[1] == 0 ? end_indefinite(c, f) : begin(c, indefinite, length, f);
	c->nhead = 0;
	return rc;
}

static size_t feed_value(struct cms *c, struct span piece)
{
	size_t n = piece.n < c->skip ? piece.n : (size_t)c->skip;

	if (c->skip_is_content) {
		c->content += n;
		if (c->put)
			c->put(c->context, span_of(piece.p, n));
	} else {
		buf_put(&c->frame, piece.p, n);
	}
	c->skip -= n;
	if (c->skip == 0)
		pop_ended(c);
	return n;
}

int cms_feed(struct cms *c, struct span piece, struct fault *f)
{
	while (piece.n > 0 && !c->ended) {
		if (c->skip > 0) {
			piece = span_from(piece, feed_value(c, piece));
		} else {
			if (feed_head(c, (unsigned char)piece.p[0], f) < 0)
				return -1;
			piece = span_from(piece, 1);
		}
		if (c->frame.overflow)
			return fault_perm(f, 554, "5.6.0",
					  "the S/MIME structure has over %d octets besides its content", CMS_FRAME_MAX);
	}
	return 0;
}

int cms_end(struct cms *c, struct fault *f)
{
	return c->ended ? 0 : bad(f, "its end is missing");
}
