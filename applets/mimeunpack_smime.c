/* SPDX-License-Identifier: ISC */
/*
 * mimeunpack_smime - who has signed a message, and what is in an encrypted one.
 *
 * What is signed is mostly in what is encrypted, so layers are taken off one after the other. Nothing that comes out of
 * one is used, or shown, before all of it has been checked (EFAIL).
 */
#include "mimeunpack.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/json.h"
#include "base/printable.h"
#include "message/address.h"
#include "message/header.h"
#include "message/smime.h"

enum { LAYERS_MAX = 5, PIECE = 32 << 10, KEY_MAX = 1 << 20, ROOM = 1 << 20, DECODED_MAX = 1 << 20 };

/* A layer: the message itself, or what was in the one before. */
struct layer {
	int fd;
	uint64_t size;
	struct mime_node *root;
	struct spill spill;
};

struct secured {
	struct mimeunpack *m;
	struct smime *smime;
	struct layer layers[LAYERS_MAX];
	size_t n;
	bool good; /* so far */
	size_t signers;
};

/* ---- octets of a layer as a source ---- */

struct range {
	int fd;
	uint64_t from, at, end;
	bool decodes;
	enum encoding encoding;
	struct encoding_decode d;
	struct buf decoded;
	bool ended;
};

static int rewind_range(void *context, struct fault *f)
{
	struct range *r = context;

	(void)f;
	r->at = r->from;
	r->ended = false;
	buf_reset(&r->decoded);
	encoding_decode_init(&r->d, r->encoding);
	return 0;
}

static int fill_range(struct range *r, struct fault *f)
{
	char piece[PIECE];

	while (r->decoded.n == 0 && !r->ended) {
		size_t n = r->end - r->at < PIECE ? (size_t)(r->end - r->at) : PIECE;

		if (n == 0) {
			encoding_decode_end(&r->d, &r->decoded);
			r->ended = true;
			return 0;
		}
		if (disk_read_at(r->fd, piece, n, (off_t)r->at, "the message", f) < 0)
			return -1;
		encoding_decode_feed(&r->d, span_of(piece, n), &r->decoded);
		r->at += n;
	}
	return 0;
}

static int read_range(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct range *r = context;

	if (fill_range(r, f) < 0)
		return -1;
	*got = r->decoded.n < n ? r->decoded.n : n;
	if (*got > 0)
		memcpy(to, r->decoded.p, *got);
	buf_consume(&r->decoded, *got);
	return 0;
}

static struct compose_source open_range(struct range *r, const struct layer *layer, uint64_t from, uint64_t end,
					enum encoding encoding)
{
	*r = (struct range){ .fd = layer->fd, .from = from, .end = end, .encoding = encoding };
	buf_init(&r->decoded, DECODED_MAX);
	rewind_range(r, NULL);
	return (struct compose_source){ read_range, rewind_range, r };
}

/* ---- keys and certificates ---- */

static int read_key(struct mimeunpack *m, const char *path, struct span *out, struct fault *f)
{
	return disk_read_file(&m->arena, AT_FDCWD, path, KEY_MAX, out, f);
}

static int add_identity(struct mimeunpack *m, struct smime *s, struct fault *f)
{
	const struct mimeunpack_options *o = &m->options;
	struct span certificate, key = span_of("", 0), passphrase = span_of("", 0);

	if (read_key(m, o->identity, &certificate, f) < 0 || (o->key && read_key(m, o->key, &key, f) < 0) ||
	    (o->passphrase_file && read_key(m, o->passphrase_file, &passphrase, f) < 0))
		return -1;
	passphrase.n = span_find(passphrase, '\n');
	passphrase.n -= passphrase.n > 0 && passphrase.p[passphrase.n - 1] == '\r';
	return smime_add_identity(s, o->identity, certificate, key,
				  o->passphrase_file ? arena_span(&m->arena, passphrase) : NULL, f);
}

static int add_all(struct mimeunpack *m, struct smime *s, struct fault *f)
{
	const struct mimeunpack_options *o = &m->options;
	struct span certificates;

	if (o->identity && add_identity(m, s, f) < 0)
		return -1;
	for (size_t i = 0; i < o->certificates.n; i++)
		if (read_key(m, o->certificates.v[i], &certificates, f) < 0 ||
		    smime_add_certificates(s, o->certificates.v[i], certificates, f) < 0)
			return -1;
	for (size_t i = 0; i < o->trust.n; i++)
		if (smime_trust_file(s, o->trust.v[i], f) < 0)
			return -1;
	return o->trust.n > 0 ? 0 : smime_trust_system(s, f);
}

/* ---- what is said of the signers ---- */

/* Is he the author? */
static bool is_author(struct secured *s, const struct smime_signer *signer)
{
	const struct mime_envelope *e = s->layers[0].root->envelope;
	struct span rest = span_str(e && e->from ? e->from : "");
	struct address address;
	int more;

	while ((more = address_next(&rest, &s->m->message_arena, &address)) != 0)
		if (more > 0 && smime_signer_is(signer, span_str(address.mailbox)))
			return true;
	return false;
}

static void put_json_signer(struct mimeunpack *m, const struct smime_signer *signer, bool author)
{
	json_begin(&m->out, NULL, '{');
	json_put_string(&m->out, "message", m->pile.name);
	json_put_string(&m->out, "status", smime_status_name(signer->status));
	json_put_string(&m->out, "reason", signer->reason);
	json_put_string(&m->out, "subject", signer->subject);
	json_put_string(&m->out, "issuer", signer->issuer);
	json_put_string(&m->out, "serial", signer->serial);
	json_begin(&m->out, "emails", '[');
	for (size_t i = 0; i < signer->nemails; i++)
		json_put_string(&m->out, NULL, signer->emails[i]);
	json_end(&m->out, ']');
	json_put_bool(&m->out, "is_author", author);
	json_put_number(&m->out, "signed_at", signer->signed_at);
	json_end(&m->out, '}');
	buf_put_char(&m->out, '\n');
}

static void put_signer(struct mimeunpack *m, const struct smime_signer *signer, bool author)
{
	struct buf line;

	buf_init(&line, ROOM);
	buf_printf(&line, "%s: %s: signed by %s", m->pile.name, smime_status_name(signer->status),
		   signer->subject[0] ? signer->subject : "somebody");
	for (size_t i = 0; i < signer->nemails; i++)
		buf_printf(&line, " <%s>", signer->emails[i]);
	if (signer->reason[0])
		buf_printf(&line, ": %s", signer->reason);
	else if (!author)
		buf_put_str(&line, ": that is not the author");
	printable_put(&m->out, buf_span(&line));
	buf_put_char(&m->out, '\n');
	buf_clear(&line);
}

static void judge(struct secured *s, const struct smime_report *report)
{
	for (size_t i = 0; i < report->nsigners; i++) {
		const struct smime_signer *signer = &report->signers[i];
		bool author = is_author(s, signer);

		s->signers++;
		s->good &= signer->status == SMIME_GOOD && author;
		if (s->m->options.decrypt)
			continue;
		if (s->m->options.json)
			put_json_signer(s->m, signer, author);
		else
			put_signer(s->m, signer, author);
	}
}

/* ---- layers ---- */

static bool is_pkcs7(const struct mime_node *node, const char *kind)
{
	const struct entity *e = &node->part.entity;
	const char *subtype = e->subtype;

	if (!entity_is(e, "application", NULL))
		return false;
	if (strncasecmp(subtype, "x-", 2) == 0)
		subtype += 2;
	return strncasecmp(subtype, "pkcs7-", 6) == 0 && strcasecmp(subtype + 6, kind) == 0;
}

static const struct mime_node *find_secured(const struct mime_node *node)
{
	const struct mime_node *found = NULL;

	for (; node && !found; node = node->next) {
		bool is_signed = entity_is(&node->part.entity, "multipart", "signed") && node->children &&
				 node->children->next && is_pkcs7(node->children->next, "signature");

		found = is_signed || (node->part.entity.kind == ENTITY_LEAF && is_pkcs7(node, "mime"))
				? node
				: find_secured(node->children);
	}
	return found;
}

static int parse_layer(struct secured *s, struct layer *layer, struct fault *f)
{
	char piece[PIECE];

	mime_tree_restart(&s->m->tree);
	for (uint64_t at = 0; at < layer->size; at += PIECE) {
		size_t n = layer->size - at < PIECE ? (size_t)(layer->size - at) : PIECE;

		if (disk_read_at(layer->fd, piece, n, (off_t)at, s->m->pile.name, f) < 0)
			return -1;
		mime_tree_feed(&s->m->tree, span_of(piece, n));
	}
	layer->root = mime_tree_end(&s->m->tree);
	return 0;
}

static int verify(struct secured *s, const struct layer *layer, const struct mime_node *node, struct fault *f)
{
	const struct mime_part *content = &node->children->part, *signature = &node->children->next->part;
	struct smime_report report;
	struct compose_source source;
	struct range r;
	char *bytes;
	size_t n = 1, got = 0;
	int rc = 0;

	/* Decoded it is smaller than it was. */
	bytes = arena_alloc(&s->m->message_arena, SMIME_SIGNATURE_MAX);
	source = open_range(&r, layer, signature->body.at, signature->end.at, signature->entity.encoding);
	while (n > 0 && got < SMIME_SIGNATURE_MAX && rc == 0) {
		rc = source.read(&r, bytes + got, SMIME_SIGNATURE_MAX - got, &n, f);
		got += n;
	}
	buf_clear(&r.decoded);
	if (rc < 0)
		return -1;
	source = open_range(&r, layer, content->header.at, content->end.at, ENCODING_BINARY);
	rc = smime_verify(&s->m->message_arena, s->smime, &source, span_of(bytes, got), 0, &report, f);
	buf_clear(&r.decoded);
	if (rc == 0)
		judge(s, &report);
	return rc;
}

static int keep(void *context, struct span piece, struct fault *f)
{
	return spill_put(context, piece, f);
}

/* What is in it becomes the next layer. */
static int unwrap(struct secured *s, const struct layer *layer, const struct mime_node *node, struct fault *f)
{
	struct layer *next = &s->layers[s->n];
	struct smime_report report;
	struct compose_source source;
	struct range r;
	int rc;

	if (s->n == LAYERS_MAX)
		return fault_perm(f, 554, "5.6.0", "it is signed and encrypted more than %d times", LAYERS_MAX);
	source = open_range(&r, layer, node->part.body.at, node->part.end.at, node->part.entity.encoding);
	spill_init(&next->spill, 0);
	s->n++;
	rc = smime_read(&s->m->message_arena, s->smime, &source, 0, keep, &next->spill, &report, f);
	buf_clear(&r.decoded);
	if (rc < 0)
		return -1;
	judge(s, &report);
	for (size_t i = 0; i < report.nsigners; i++)
		if (report.signers[i].status == SMIME_ALTERED)
			return fault_perm(f, 554, "5.7.7", "what was signed has been altered");
	next->fd = spill_file(&next->spill, f);
	next->size = (uint64_t)next->spill.size;
	return next->fd < 0 ? -1 : parse_layer(s, next, f);
}

/* Off with all layers. */
static int open_layers(struct secured *s, struct fault *f)
{
	for (;;) {
		const struct layer *top = &s->layers[s->n - 1];
		const struct mime_node *node = find_secured(top->root);

		if (!node)
			return 0;
		if (node->part.entity.kind != ENTITY_LEAF)
			return s->m->options.decrypt ? 0 : verify(s, top, node, f);
		/* Beside it there may be what somebody else has put there: only a message that is nothing else is
		 * opened. */
		if (node != top->root)
			return s->m->options.decrypt
				       ? 0
				       : fault_perm(f, 554, "5.7.7",
						    "something is signed or encrypted, but not the whole message");
		if (unwrap(s, top, node, f) < 0)
			return -1;
	}
}

/* ---- --decrypt: the message with what was in it ---- */

static int read_header(struct secured *s, const struct layer *layer, struct span *out, struct fault *f)
{
	size_t n = (size_t)(layer->root->part.body.at - layer->root->part.header.at);
	char *header = arena_alloc(&s->m->message_arena, n);

	*out = span_of(header, n);
	return disk_read_at(layer->fd, header, n, 0, s->m->pile.name, f);
}

static int put_header(struct secured *s, struct fault *f)
{
	struct header_field field;
	struct span rest, within;
	int more;

	if (read_header(s, &s->layers[0], &rest, f) < 0 || read_header(s, &s->layers[s->n - 1], &within, f) < 0)
		return -1;
	while ((more = header_next(&rest, &field)) > 0)
		if (!span_starts_nocase(field.name, SPAN("Content-")) &&
		    !span_is_nocase(field.name, SPAN("MIME-Version")))
			buf_put_span(&s->m->out, field.whole);
	if (!header_find(within, SPAN("MIME-Version"), &field))
		buf_put_str(&s->m->out, "MIME-Version: 1.0\n");
	return more < 0 ? fault_perm(f, 554, "5.6.0", "there is a line in the header that is no field") : 0;
}

/* With LF lines, as the header has. */
static int put_content(struct secured *s, struct fault *f)
{
	const struct layer *top = &s->layers[s->n - 1];
	char piece[PIECE];

	for (uint64_t at = 0; at < top->size; at += PIECE) {
		size_t n = top->size - at < PIECE ? (size_t)(top->size - at) : PIECE;
		struct span rest = span_of(piece, n);

		if (disk_read_at(top->fd, piece, n, (off_t)at, s->m->pile.name, f) < 0)
			return -1;
		while (rest.n > 0) {
			size_t cr = span_find(rest, '\r');

			buf_put(&s->m->out, rest.p, cr);
			rest = span_from(rest, cr + 1);
		}
		if (mimeunpack_flush(s->m, f) < 0)
			return -1;
	}
	return 0;
}

static int put_opened(struct secured *s, struct fault *f)
{
	if (s->n == 1) {
		mimeunpack_warn(s->m, "it is neither encrypted nor wrapped by a signature");
		s->m->code = EXIT_FOUND;
		return 0;
	}
	if (s->signers > 0 && !s->good) {
		mimeunpack_warn(s->m, "the signature is not good, or not the author's: see --verify");
		s->m->code = EXIT_FOUND;
	}
	return put_header(s, f) < 0 ? -1 : put_content(s, f);
}

static int act(struct secured *s, struct fault *f)
{
	struct mimeunpack *m = s->m;

	arena_reset(&m->message_arena);
	if (pile_hold(&m->pile, &s->layers[0].fd, &s->layers[0].size, f) < 0 || parse_layer(s, &s->layers[0], f) < 0)
		return -1;
	s->n = 1;
	s->smime = smime_new(f);
	if (!s->smime || add_all(m, s->smime, f) < 0 || open_layers(s, f) < 0)
		return -1;
	if (m->options.decrypt)
		return put_opened(s, f);
	if (s->signers == 0)
		mimeunpack_warn(m, "it is not signed");
	if (s->signers == 0 || !s->good)
		m->code = EXIT_FOUND;
	return 0;
}

int mimeunpack_smime(struct mimeunpack *m, struct fault *f)
{
	struct secured *s = arena_heap(sizeof(*s));
	int rc;

	memset(s, 0, sizeof(*s));
	s->m = m;
	s->good = true;
	rc = m->number > 1 && m->options.decrypt ? fault_usage(f, "--decrypt takes one message") : act(s, f);
	smime_free(s->smime);
	for (size_t i = 1; i < s->n; i++)
		spill_clear(&s->layers[i].spill);
	free(s);
	return rc;
}
