/* SPDX-License-Identifier: ISC */
/*
 * webname - the names of the files of an archive.
 */
#include "list/webname.h"

#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "message/filename.h"

enum { STEM_MAX = 60 /* octets of an attachment's name that are kept */ };

enum { PAGE = 1, PICTURE = 2 };

/* What there can be. Those without PAGE may be attachments. */
static const struct {
	char extension[8], type[80];
	unsigned how;
} types[] = {
	{ "html", "text/html; charset=utf-8", PAGE },
	{ "css", "text/css; charset=utf-8", PAGE },
	{ "xml", "application/xml; charset=utf-8", PAGE },
	{ "atom", "application/atom+xml; charset=utf-8", PAGE },
	{ "txt", "text/plain", 0 },
	{ "bin", "application/octet-stream", 0 },
	{ "png", "image/png", PICTURE },
	{ "jpg", "image/jpeg", PICTURE },
	{ "jpeg", "image/jpeg", PICTURE },
	{ "gif", "image/gif", PICTURE },
	{ "webp", "image/webp", PICTURE },
	{ "pdf", "application/pdf", 0 },
	{ "patch", "text/plain", 0 },
	{ "diff", "text/plain", 0 },
	{ "log", "text/plain", 0 },
	{ "csv", "text/csv", 0 },
	{ "asc", "application/pgp-signature", 0 },
	{ "p7s", "application/pkcs7-signature", 0 },
	{ "eml", "application/octet-stream", 0 },
	{ "ics", "text/calendar", 0 },
	{ "vcf", "text/vcard", 0 },
	{ "gz", "application/gzip", 0 },
	{ "tgz", "application/gzip", 0 },
	{ "bz2", "application/x-bzip2", 0 },
	{ "xz", "application/x-xz", 0 },
	{ "zst", "application/zstd", 0 },
	{ "tar", "application/x-tar", 0 },
	{ "zip", "application/zip", 0 },
	{ "7z", "application/x-7z-compressed", 0 },
	{ "doc", "application/msword", 0 },
	{ "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 0 },
	{ "xls", "application/vnd.ms-excel", 0 },
	{ "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 0 },
	{ "ppt", "application/vnd.ms-powerpoint", 0 },
	{ "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", 0 },
	{ "odt", "application/vnd.oasis.opendocument.text", 0 },
	{ "ods", "application/vnd.oasis.opendocument.spreadsheet", 0 },
	{ "odp", "application/vnd.oasis.opendocument.presentation", 0 },
	{ "mp3", "audio/mpeg", 0 },
	{ "ogg", "audio/ogg", 0 },
	{ "flac", "audio/flac", 0 },
	{ "wav", "audio/wav", 0 },
	{ "mp4", "video/mp4", 0 },
	{ "webm", "video/webm", 0 },
};

enum { TYPES = sizeof(types) / sizeof(types[0]) };

/* ---- a message ---- */

int webname_hash(struct span message_id, char out[WEBNAME_HASH + 1], struct fault *f)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	struct span id = span_trim(message_id);
	uint8_t digest[DIGEST_SHA1];
	size_t n = 0;

	if (id.n > 1 && id.p[0] == '<' && id.p[id.n - 1] == '>')
		id = span_of(id.p + 1, id.n - 2);
	if (digest_sha1(id, digest, f) < 0)
		return -1;
	/* 20 octets are 32 times five bits. */
	for (size_t i = 0; i < sizeof(digest); i += 5) {
		uint64_t bits = 0;

		for (size_t k = 0; k < 5; k++)
			bits = bits << 8 | digest[i + k];
		for (int shift = 35; shift >= 0; shift -= 5)
			out[n++] = alphabet[bits >> shift & 31];
	}
	out[n] = '\0';
	return 0;
}

/* ---- an attachment ---- */

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Everything but letters, digits and "_" becomes "-", several of them one. */
static void put_stem(struct buf *out, struct span stem)
{
	size_t first = out->n;

	for (size_t i = 0; i < stem.n && out->n - first < STEM_MAX; i++)
		if (is_alnum(stem.p[i]) || stem.p[i] == '_')
			buf_put_char(out, stem.p[i]);
		else if (out->n > first && out->p[out->n - 1] != '-')
			buf_put_char(out, '-');
	while (out->n > first && out->p[out->n - 1] == '-')
		buf_cut(out, out->n - 1);
	if (out->n == first)
		buf_put_str(out, "file");
}

static int find_extension(struct span extension)
{
	for (int i = 0; i < TYPES; i++)
		if (span_is_nocase(extension, span_str(types[i].extension)))
			return i;
	return -1;
}

void webname_put_attachment(struct buf *out, unsigned n, struct span wanted, const char *type, const char *subtype)
{
	struct buf name;
	size_t dot;
	int row;

	buf_init(&name, (size_t)4 * FILENAME_MAX_OCTETS);
	filename_put(&name, wanted);
	if (name.n == 0) {
		buf_put_str(&name, "file");
		buf_put_str(&name, filename_extension(type, subtype));
	}
	dot = span_find_last(buf_span(&name), '.');
	row = find_extension(span_from(buf_span(&name), dot + 1));
	buf_printf(out, "%u-", n);
	if (row >= 0 && !(types[row].how & PAGE)) {
		put_stem(out, span_of(name.p, dot));
		buf_printf(out, ".%s", types[row].extension);
	} else {
		put_stem(out, buf_span(&name));
		buf_put_str(out, strcasecmp(type, "text") == 0 ? ".txt" : ".bin");
	}
	buf_clear(&name);
}

/* ---- names that are asked for ---- */

static int find_type(struct span name)
{
	size_t dot = span_find_last(name, '.');

	return dot > 0 && dot < name.n ? find_extension(span_from(name, dot + 1)) : -1;
}

bool webname_is_valid(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!is_alnum(name.p[i]) && !(name.p[i] && strchr("._-", name.p[i])))
			return false;
	return name.n > 0 && name.n <= WEBNAME_MAX && name.p[0] != '.' && name.p[0] != '-' && find_type(name) >= 0;
}

const char *webname_type(struct span name)
{
	int row = find_type(name);

	return row >= 0 ? types[row].type : NULL;
}

bool webname_is_picture(struct span name)
{
	int row = find_type(name);

	return row >= 0 && types[row].how & PICTURE;
}
