/* SPDX-License-Identifier: ISC */
/*
 * mimepack - make a message from the command line: text, HTML, files, messages, signed and encrypted, and send it.
 *
 * The options become pieces (here), these a tree of parts (mimepack_tree.c), and compose.h writes it.
 */
#include "mimepack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "applet.h"
#include "base/clock.h"
#include "content.h"
#include "message/date.h"
#include "message/header.h"
#include "message/smime.h"
#include "outlet.h"

enum {
	FIELD_MAX = COMPOSE_FIELD_MAX,
	KEY_MAX = 1 << 20, /* octets of a file of certificates or keys */
};

struct options {
	struct mimepack_piece *first, *last;
	struct opt_list from, reply_to, to, cc, bcc, headers, encrypt, sendmail;
	const char *subject, *date, *message_id, *in_reply_to, *references, *sender;
	const char *output, *seed, *certificate, *key, *passphrase_file, *digest, *cipher;
	bool no_text, flowed, allow_8bit, utf8, opaque, send, quiet;
};

struct mimepack {
	struct options options;
	struct arena arena;
	struct mimepack_tree tree;
	struct progress progress;
	struct compose_field *fields;
	size_t nfields;
	struct outlet outlet;
	struct smime *smime;
	const char *passphrase;
	struct smime_put *sign, *encrypt; /* while they are being written */
	struct compose_result result;
	bool begun; /* S/MIME's header has been written */
};

extern const struct applet applet_mimepack;

/* ---- the message's own fields ---- */

static void add_field(struct mimepack *m, const char *name, const char *value, enum compose_kind kind)
{
	if (value)
		m->fields[m->nfields++] = (struct compose_field){ name, value, kind };
}

/* Several --to are one field. */
static void add_addresses(struct mimepack *m, const char *name, const struct opt_list *list)
{
	struct buf all;

	if (list->n == 0)
		return;
	buf_init(&all, FIELD_MAX);
	for (size_t i = 0; i < list->n; i++)
		buf_printf(&all, "%s%s", i ? ", " : "", list->v[i]);
	add_field(m, name, arena_span(&m->arena, buf_span(&all)), COMPOSE_ADDRESSES);
	buf_clear(&all);
}

/* As it is given, or made of another form: RFC 3339, or "@" and seconds since 1970. */
static int find_date(struct mimepack *m, const char **out, struct fault *f)
{
	const char *given = m->options.date, *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t when = clock_wall();
	uint64_t seconds;
	struct date date;
	struct buf text;

	if (given && date_parse(span_str(given), &date) == 0) {
		*out = given;
		return 0;
	}
	buf_init(&text, FIELD_MAX);
	if (!given && !epoch)
		date_put(&text, when);
	else if ((given ? given[0] == '@' : true) &&
		 span_number(given ? span_str(given + 1) : span_str(epoch), INT64_C(253402300799), &seconds) == 0)
		date_put_utc(&text, (int64_t)seconds);
	else if (given && date_parse_rfc3339(span_str(given), &when) == 0)
		date_put_utc(&text, when);
	else
		fault_usage(f, "\"%s\" is no date", given ? given : epoch);
	*out = text.n > 0 ? arena_span(&m->arena, buf_span(&text)) : NULL;
	buf_clear(&text);
	return *out ? 0 : -1;
}

/* "Name: value" */
static int add_header(struct mimepack *m, const char *line, struct fault *f)
{
	struct span rest = span_str(line), name;
	bool has_colon = span_find(rest, ':') < rest.n;
	const char *copy;

	name = span_trim(span_cut(&rest, ':'));
	copy = arena_span(&m->arena, name);
	if (!has_colon || !header_is_name(name))
		return fault_usage(f, "--header needs \"Name: value\", not \"%s\"", line);
	if (strncasecmp(copy, "Content-", 8) == 0 || strcasecmp(copy, "MIME-Version") == 0)
		return fault_usage(f, "--header cannot give %s, which describes how the message is made", copy);
	add_field(m, copy, arena_span(&m->arena, span_trim(rest)), compose_kind_of(copy));
	return 0;
}

static int collect_fields(struct mimepack *m, struct fault *f)
{
	const struct options *o = &m->options;
	const char *date;

	m->fields = arena_alloc(&m->arena, (o->headers.n + 12) * sizeof(*m->fields));
	if (find_date(m, &date, f) < 0)
		return -1;
	add_addresses(m, "From", &o->from);
	if (o->sender)
		add_field(m, "Sender", o->sender, COMPOSE_ADDRESSES);
	add_addresses(m, "Reply-To", &o->reply_to);
	add_addresses(m, "To", &o->to);
	add_addresses(m, "Cc", &o->cc);
	add_addresses(m, "Bcc", &o->bcc);
	add_field(m, "Subject", o->subject, COMPOSE_TEXT);
	add_field(m, "Date", date, COMPOSE_PLAIN);
	add_field(m, "Message-ID", o->message_id, COMPOSE_PLAIN);
	add_field(m, "In-Reply-To", o->in_reply_to, COMPOSE_PLAIN);
	add_field(m, "References", o->references, COMPOSE_PLAIN);
	for (size_t i = 0; i < o->headers.n; i++)
		if (add_header(m, o->headers.v[i], f) < 0)
			return -1;
	return 0;
}

/* ---- S/MIME ---- */

static bool is_secured(const struct mimepack *m)
{
	return m->options.certificate || m->options.encrypt.n > 0;
}

/* The first line of the file. */
static int read_passphrase(struct mimepack *m, struct fault *f)
{
	struct span text, rest;

	if (!m->options.passphrase_file)
		return 0;
	if (content_read(&m->arena, m->options.passphrase_file, SMIME_PASSPHRASE_MAX, &text, f) < 0)
		return -1;
	rest = text;
	text = span_cut(&rest, '\n');
	if (text.n > 0 && text.p[text.n - 1] == '\r')
		text.n--;
	m->passphrase = arena_span(&m->arena, text);
	return 0;
}

static int add_identity(struct mimepack *m, struct fault *f)
{
	const struct options *o = &m->options;
	struct span certificate, key = span_of("", 0);

	if (read_passphrase(m, f) < 0 || content_read(&m->arena, o->certificate, KEY_MAX, &certificate, f) < 0)
		return -1;
	if (o->key && content_read(&m->arena, o->key, KEY_MAX, &key, f) < 0)
		return -1;
	return smime_add_identity(m->smime, o->certificate, certificate, key, m->passphrase, f);
}

static int open_smime(struct mimepack *m, struct fault *f)
{
	const struct options *o = &m->options;
	struct span certificate;

	if (!o->certificate && (o->key || o->opaque || o->digest))
		return fault_usage(f, "%s needs --sign", o->key ? "--key" : o->opaque ? "--opaque" : "--digest");
	if (o->encrypt.n == 0 && o->cipher)
		return fault_usage(f, "--cipher needs --encrypt");
	if (!is_secured(m))
		return 0;
	m->smime = smime_new(f);
	if (!m->smime || (o->certificate && add_identity(m, f) < 0))
		return -1;
	for (size_t i = 0; i < o->encrypt.n; i++)
		if (content_read(&m->arena, o->encrypt.v[i], KEY_MAX, &certificate, f) < 0 ||
		    smime_add_recipient(m->smime, o->encrypt.v[i], certificate, f) < 0)
			return -1;
	return 0;
}

static int feed_put(void *context, struct span piece, struct fault *f)
{
	return smime_put_feed(context, piece, f);
}

/* At the first piece, when compose.h knows a boundary that stands in no part. */
static int begin_smime(struct mimepack *m, struct fault *f)
{
	const struct options *o = &m->options;
	struct smime_rules sign = { .kind = o->opaque ? SMIME_SIGN_OPAQUE : SMIME_SIGN_DETACHED,
				    .digest = o->digest,
				    .boundary = m->result.boundary };
	struct smime_rules encrypt = { .kind = SMIME_ENCRYPT, .cipher = o->cipher };

	m->begun = true;
	if (o->encrypt.n > 0) {
		m->encrypt = smime_put_begin(&m->arena, m->smime, &encrypt, outlet_put, &m->outlet, f);
		if (!m->encrypt)
			return -1;
	}
	if (!o->certificate)
		return 0;
	m->sign = m->encrypt ? smime_put_begin(&m->arena, m->smime, &sign, feed_put, m->encrypt, f)
			     : smime_put_begin(&m->arena, m->smime, &sign, outlet_put, &m->outlet, f);
	return m->sign ? 0 : -1;
}

static int put_secured(void *context, struct span piece, struct fault *f)
{
	struct mimepack *m = context;

	if (!m->begun && begin_smime(m, f) < 0)
		return -1;
	return smime_put_feed(m->sign ? m->sign : m->encrypt, piece, f);
}

static int end_smime(struct mimepack *m, struct fault *f)
{
	struct smime_put *sign = m->sign, *encrypt = m->encrypt;

	m->sign = NULL;
	if (sign && smime_put_end(sign, f) < 0)
		return -1;
	m->encrypt = NULL;
	return encrypt ? smime_put_end(encrypt, f) : 0;
}

/* The fields stand in front of what is secured. */
static int put_fields(struct mimepack *m, struct fault *f)
{
	struct buf header;
	int rc = 0;

	buf_init(&header, FIELD_MAX);
	for (size_t i = 0; i < m->nfields && rc == 0; i++)
		rc = compose_put_field(&m->arena, &header, &m->fields[i], m->options.utf8, f);
	if (rc == 0 && header.overflow)
		rc = fault_usage(f, "the header would be longer than %d octets", FIELD_MAX);
	if (rc == 0)
		rc = outlet_put(&m->outlet, buf_span(&header), f);
	buf_clear(&header);
	return rc;
}

/* What relays might change on the way breaks a signature, so nothing that they might change is signed. */
static int write_secured(struct mimepack *m, struct fault *f)
{
	const struct compose_rules rules = { .seed = m->options.seed, .no_version = true };

	if (put_fields(m, f) < 0 || compose_put(&m->arena, m->tree.root, &rules, put_secured, m, &m->result, f) < 0)
		return -1;
	return end_smime(m, f);
}

/* ---- the whole ---- */

static int write_plain(struct mimepack *m, struct fault *f)
{
	const struct options *o = &m->options;
	const struct compose_rules rules = {
		.seed = o->seed, .allow_8bit = o->allow_8bit, .message_8bit = true, .utf8 = o->utf8
	};
	struct compose_part *root = m->tree.root;

	root->fields = m->fields;
	root->nfields = m->nfields;
	return compose_put(&m->arena, root, &rules, outlet_put, &m->outlet, &m->result, f);
}

static int open_outlet(struct mimepack *m, struct fault *f)
{
	const struct options *o = &m->options;
	struct opt_list args = { 0 };

	if (o->send && o->output)
		return fault_usage(f, "--send and --output exclude each other");
	if (o->sendmail.n > 0 && !o->send)
		return fault_usage(f, "--sendmail-option needs --send");
	if (o->send && o->to.n + o->cc.n + o->bcc.n == 0)
		return fault_usage(f, "--send needs --to, --cc or --bcc");
	if (!o->send)
		return o->output ? outlet_open_file(&m->outlet, &m->arena, o->output, f)
				 : outlet_open_stdout(&m->outlet, f);
	opt_list_add(&m->arena, &args, "-i");
	opt_list_add(&m->arena, &args, "-t");
	for (size_t i = 0; i < o->sendmail.n; i++)
		opt_list_add(&m->arena, &args, o->sendmail.v[i]);
	return outlet_open_sendmail(&m->outlet, &m->arena, &args, f);
}

/* Everything is looked at before the first byte is written, and before there is a sendmail. */
static int make(struct mimepack *m, struct fault *f)
{
	struct options *o = &m->options;
	int rc;

	m->tree = (struct mimepack_tree){
		.arena = &m->arena, .progress = &m->progress, .no_text = o->no_text, .flowed = o->flowed
	};
	if (collect_fields(m, f) < 0 || open_smime(m, f) < 0 || mimepack_build(&m->tree, o->first, f) < 0)
		return -1;
	if (open_outlet(m, f) < 0)
		return -1;
	if (!o->quiet)
		progress_begin(&m->progress, m->tree.size);
	rc = is_secured(m) ? write_secured(m, f) : write_plain(m, f);
	progress_end(&m->progress);
	if (rc == 0)
		return outlet_finish(&m->outlet, f);
	outlet_abort(&m->outlet);
	return -1;
}

static void clean_up(struct mimepack *m)
{
	if (m->sign)
		smime_put_abort(m->sign);
	if (m->encrypt)
		smime_put_abort(m->encrypt);
	smime_free(m->smime);
	/* Keys and the passphrase were in it. */
	if (m->smime)
		arena_wipe(&m->arena);
	arena_clear(&m->arena);
}

static int mimepack_run(int argc, char **argv)
{
	struct mimepack m = { 0 };
	struct fault f = { 0 };
	int first, rc = applet_options(&applet_mimepack, &m.arena, argc, argv, OPT_PERMUTE, &m.options, &first);

	if (rc != 0) {
		arena_clear(&m.arena);
		return rc < 0 ? EX_USAGE : EX_OK;
	}
	for (; first < argc; first++) {
		struct mimepack_piece *piece = arena_alloc(&m.arena, sizeof(*piece));

		*piece = (struct mimepack_piece){ .kind = PIECE_ATTACH, .path = argv[first] };
		*(m.options.last ? &m.options.last->next : &m.options.first) = piece;
		m.options.last = piece;
	}
	rc = EX_OK;
	if (make(&m, &f) < 0)
		rc = f.kind == FAULT_NONE ? m.outlet.code : applet_fail(&applet_mimepack, &f);
	clean_up(&m);
	return rc;
}

/* ---- options ---- */

static int add_piece(struct arena *a, struct options *o, enum mimepack_kind kind, const char *value)
{
	struct mimepack_piece *piece = arena_alloc(a, sizeof(*piece));

	*piece = (struct mimepack_piece){ .kind = kind, .path = value };
	*(o->last ? &o->last->next : &o->first) = piece;
	o->last = piece;
	return 0;
}

#define ADDS(kind, function)                                                                                           \
	static int function(struct arena *a, void *options, const char *value, struct fault *f)                        \
	{                                                                                                              \
		(void)f;                                                                                               \
		return add_piece(a, options, kind, value);                                                             \
	}
ADDS(PIECE_TEXT, add_text)
ADDS(PIECE_HTML, add_html)
ADDS(PIECE_ATTACH, add_attachment)
ADDS(PIECE_INLINE, add_inline)
ADDS(PIECE_MESSAGE, add_message)
ADDS(PIECE_PART, add_part)
ADDS(PIECE_OPEN, add_multipart)
ADDS(PIECE_CLOSE, add_end)

/* These say more about the piece in front of them. */
#define TELLS(member, function, option)                                                                                \
	static int function(struct arena *a, void *options, const char *value, struct fault *f)                        \
	{                                                                                                              \
		struct options *o = options;                                                                           \
                                                                                                                       \
		(void)a;                                                                                               \
		if (!o->last)                                                                                          \
			return fault_usage(f, option " stands behind the part that it describes");                     \
		o->last->member = value;                                                                               \
		return 0;                                                                                              \
	}
TELLS(type, set_type, "--type")
TELLS(name, set_name, "--name")
TELLS(cid, set_cid, "--cid")
TELLS(description, set_description, "--description")
TELLS(disposition, set_disposition, "--disposition")
TELLS(charset, set_charset, "--charset")
TELLS(encoding, set_encoding, "--encoding")

#define OPT(option, argument, member, type, text)                                                                      \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = type, .at = offsetof(struct options, member), .help = text    \
	}
#define CALL(option, argument, function, text)                                                                         \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = OPT_CALL, .call = function, .help = text                      \
	}

static const struct opt mimepack_opts[] = {
	OPT("--from", "ADDRESS", from, OPT_LIST, "the author"),
	OPT("--sender", "ADDRESS", sender, OPT_STRING, "who sends it, where that is not the author"),
	OPT("--reply-to", "ADDRESS", reply_to, OPT_LIST, "where answers are to go"),
	OPT("--to", "ADDRESS", to, OPT_LIST, "recipients; may be given several times, as --cc and --bcc"),
	OPT("--cc", "ADDRESS", cc, OPT_LIST, "recipients of a copy"),
	OPT("--bcc", "ADDRESS", bcc, OPT_LIST, "recipients whom the others do not see; sendmail removes the field"),
	OPT("--subject", "TEXT", subject, OPT_STRING, "the subject, in UTF-8 as all else"),
	OPT("--date", "DATE", date, OPT_STRING, "instead of now: as in mail, RFC 3339, or @SECONDS"),
	OPT("--message-id", "ID", message_id, OPT_STRING, "<left@right>; sendmail adds one that is missing"),
	OPT("--in-reply-to", "ID", in_reply_to, OPT_STRING, "the message that this one answers"),
	OPT("--references", "IDS", references, OPT_STRING, "the messages in front of it"),
	OPT("--header", "FIELD", headers, OPT_LIST, "\"Name: value\", another field"),
	CALL("--text", "FILE", add_text, "the text, instead of standard input; - is standard input everywhere"),
	OPT("--no-text", NULL, no_text, OPT_BOOL, "do not read standard input"),
	CALL("--html", "FILE", add_html, "the same in HTML"),
	CALL("--attach", "FILE", add_attachment, "a file, as an operand is; may be given several times"),
	CALL("--inline", "FILE", add_inline, "a file that the HTML shows: cid:NAME@mimepack"),
	CALL("--message", "FILE", add_message, "forward a message"),
	CALL("--part", "FILE", add_part, "a file as a part that is neither attached nor named"),
	CALL("--multipart", "SUBTYPE", add_multipart, "what follows is in a part of its own, up to --end"),
	CALL("--end", NULL, add_end, "ends --multipart"),
	CALL("--type", "TYPE", set_type, "media type of the part in front, with parameters; guessed else"),
	CALL("--name", "NAME", set_name, "file name of the part in front"),
	CALL("--cid", "ID", set_cid, "Content-ID of the part in front, without < and >"),
	CALL("--description", "TEXT", set_description, "of the part in front"),
	CALL("--disposition", "WORD", set_disposition, "of the part in front: inline or attachment"),
	CALL("--charset", "NAME", set_charset, "of the part in front; else it is UTF-8 if its bytes are"),
	CALL("--encoding", "NAME", set_encoding, "of the part in front: 7bit, 8bit, quoted-printable or base64"),
	OPT("--flowed", NULL, flowed, OPT_BOOL, "the text's lines are paragraphs, to be wrapped: format=flowed"),
	OPT("--8bit", NULL, allow_8bit, OPT_BOOL, "text may stay as it is, for servers with 8BITMIME"),
	OPT("--utf8", NULL, utf8, OPT_BOOL, "header fields and addresses in UTF-8 as they are, for SMTPUTF8"),
	OPT("--sign", "FILE", certificate, OPT_STRING, "sign, S/MIME: certificate (PEM, with its chain), or PKCS#12"),
	OPT("--key", "FILE", key, OPT_STRING, "its key, where that is not in the same file"),
	OPT("--passphrase-file", "FILE", passphrase_file, OPT_STRING, "whose first line opens the key"),
	OPT("--opaque", NULL, opaque, OPT_BOOL, "sign in a form that only S/MIME reads, and relays cannot break"),
	OPT("--digest", "NAME", digest, OPT_STRING, "sha-256, sha-384 or sha-512"),
	OPT("--encrypt", "FILE", encrypt, OPT_LIST, "encrypt for this certificate; may be given several times"),
	OPT("--cipher", "NAME", cipher, OPT_STRING, "aes-256-cbc, aes-256-gcm ..."),
	OPT("--seed", "TEXT", seed, OPT_STRING, "the same seed, the same bytes: boundaries are made of it"),
	OPT("--output", "FILE", output, OPT_STRING, "write it there instead of to standard output"),
	OPT("--send", NULL, send, OPT_BOOL, "give it to sendmail"),
	OPT("--sendmail-option", "OPTION", sendmail, OPT_LIST, "with --send: a further option of sendmail"),
	OPT("--quiet", NULL, quiet, OPT_BOOL, "show no progress on a terminal"),
	OPT_END,
};

const struct applet applet_mimepack = {
	.name = "mimepack",
	.summary = "make a message of text, HTML and files, and send it",
	.synopsis = "[OPTION ...] [FILE ...] <TEXT",
	.opts = mimepack_opts,
	.run = mimepack_run,
};
