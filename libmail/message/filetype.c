/* SPDX-License-Identifier: ISC */
/*
 * filetype - the media type of a file, by its name and by what it begins with.
 */
#include "message/filetype.h"

#include <string.h>
#include <strings.h>

#include "base/module.h"

enum { EXTENSION_MAX = 12 };

enum form { ANY, TEXT, SIGNATURE };

#define ZIP  "PK\003\004", 4, 0
#define OLE  "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0
#define RIFF "RIFF", 4, 0
#define FTYP "ftyp", 4, 4
#define TAR  "ustar", 5, 257
#define GZIP "\x1f\x8b", 2, 0
#define OGG  "OggS", 4, 0
#define EBML "\x1a\x45\xdf\xa3", 4, 0

#define OFFICE(name) "application/vnd.openxmlformats-officedocument." name
#define ODF(name)    "application/vnd.oasis.opendocument." name

/* IANA's names where there is one. An extension may stand several times, with other signatures. */
static const struct row {
	char extension[12], type[80];
	enum form form;
	char signature[28]; /* octets that stand there */
	uint16_t n, at;
} rows[] = {
	/* documents */
	{ "pdf", "application/pdf", SIGNATURE, "%PDF-", 5, 0 },
	{ "ps", "application/postscript", SIGNATURE, "%!", 2, 0 },
	{ "eps", "application/postscript", SIGNATURE, "%!", 2, 0 },
	{ "rtf", "application/rtf", SIGNATURE, "{\\rtf", 5, 0 },
	{ "doc", "application/msword", SIGNATURE, OLE },
	{ "xls", "application/vnd.ms-excel", SIGNATURE, OLE },
	{ "ppt", "application/vnd.ms-powerpoint", SIGNATURE, OLE },
	{ "msg", "application/vnd.ms-outlook", SIGNATURE, OLE },
	{ "docx", OFFICE("wordprocessingml.document"), SIGNATURE, ZIP },
	{ "dotx", OFFICE("wordprocessingml.template"), SIGNATURE, ZIP },
	{ "xlsx", OFFICE("spreadsheetml.sheet"), SIGNATURE, ZIP },
	{ "pptx", OFFICE("presentationml.presentation"), SIGNATURE, ZIP },
	{ "docm", "application/vnd.ms-word.document.macroenabled.12", SIGNATURE, ZIP },
	{ "xlsm", "application/vnd.ms-excel.sheet.macroenabled.12", SIGNATURE, ZIP },
	{ "odt", ODF("text"), SIGNATURE, ZIP },
	{ "ods", ODF("spreadsheet"), SIGNATURE, ZIP },
	{ "odp", ODF("presentation"), SIGNATURE, ZIP },
	{ "odg", ODF("graphics"), SIGNATURE, ZIP },
	{ "odf", ODF("formula"), SIGNATURE, ZIP },
	{ "ott", ODF("text-template"), SIGNATURE, ZIP },
	{ "epub", "application/epub+zip", SIGNATURE, ZIP },
	{ "djvu", "image/vnd.djvu", SIGNATURE, "AT&TFORM", 8, 0 },
	/* text */
	{ "txt", "text/plain", TEXT, "", 0, 0 },
	{ "text", "text/plain", TEXT, "", 0, 0 },
	{ "log", "text/plain", TEXT, "", 0, 0 },
	{ "conf", "text/plain", TEXT, "", 0, 0 },
	{ "cfg", "text/plain", TEXT, "", 0, 0 },
	{ "ini", "text/plain", TEXT, "", 0, 0 },
	{ "md", "text/markdown", TEXT, "", 0, 0 },
	{ "rst", "text/prs.fallenstein.rst", TEXT, "", 0, 0 },
	{ "html", "text/html", TEXT, "", 0, 0 },
	{ "htm", "text/html", TEXT, "", 0, 0 },
	{ "xhtml", "application/xhtml+xml", TEXT, "", 0, 0 },
	{ "css", "text/css", TEXT, "", 0, 0 },
	{ "js", "text/javascript", TEXT, "", 0, 0 },
	{ "mjs", "text/javascript", TEXT, "", 0, 0 },
	{ "csv", "text/csv", TEXT, "", 0, 0 },
	{ "tsv", "text/tab-separated-values", TEXT, "", 0, 0 },
	{ "ics", "text/calendar", TEXT, "", 0, 0 },
	{ "ifb", "text/calendar", TEXT, "", 0, 0 },
	{ "vcf", "text/vcard", TEXT, "", 0, 0 },
	{ "patch", "text/x-patch", TEXT, "", 0, 0 },
	{ "diff", "text/x-diff", TEXT, "", 0, 0 },
	{ "c", "text/x-c", TEXT, "", 0, 0 },
	{ "h", "text/x-c", TEXT, "", 0, 0 },
	{ "cc", "text/x-c++", TEXT, "", 0, 0 },
	{ "cpp", "text/x-c++", TEXT, "", 0, 0 },
	{ "hpp", "text/x-c++", TEXT, "", 0, 0 },
	{ "go", "text/x-go", TEXT, "", 0, 0 },
	{ "rs", "text/x-rust", TEXT, "", 0, 0 },
	{ "java", "text/x-java", TEXT, "", 0, 0 },
	{ "py", "text/x-python", TEXT, "", 0, 0 },
	{ "pl", "text/x-perl", TEXT, "", 0, 0 },
	{ "rb", "text/x-ruby", TEXT, "", 0, 0 },
	{ "sh", "text/x-shellscript", TEXT, "", 0, 0 },
	{ "tex", "text/x-tex", TEXT, "", 0, 0 },
	{ "bib", "text/x-bibtex", TEXT, "", 0, 0 },
	{ "xml", "application/xml", TEXT, "", 0, 0 },
	{ "svg", "image/svg+xml", TEXT, "", 0, 0 },
	{ "rss", "application/rss+xml", TEXT, "", 0, 0 },
	{ "atom", "application/atom+xml", TEXT, "", 0, 0 },
	{ "gpx", "application/gpx+xml", TEXT, "", 0, 0 },
	{ "json", "application/json", TEXT, "", 0, 0 },
	{ "yaml", "application/yaml", TEXT, "", 0, 0 },
	{ "yml", "application/yaml", TEXT, "", 0, 0 },
	{ "toml", "application/toml", TEXT, "", 0, 0 },
	{ "sql", "application/sql", TEXT, "", 0, 0 },
	{ "eml", "message/rfc822", TEXT, "", 0, 0 },
	{ "pem", "application/x-pem-file", SIGNATURE, "-----BEGIN ", 11, 0 },
	{ "asc", "application/pgp-signature", SIGNATURE, "-----BEGIN PGP SIGNATURE", 24, 0 },
	{ "asc", "application/pgp-encrypted", SIGNATURE, "-----BEGIN PGP MESSAGE", 22, 0 },
	{ "asc", "application/pgp-keys", SIGNATURE, "-----BEGIN PGP PUBLIC KEY", 25, 0 },
	{ "sig", "application/pgp-signature", ANY, "", 0, 0 },
	{ "p7m", "application/pkcs7-mime", ANY, "", 0, 0 },
	{ "p7s", "application/pkcs7-signature", ANY, "", 0, 0 },
	{ "p7c", "application/pkcs7-mime", ANY, "", 0, 0 },
	{ "p12", "application/pkcs12", SIGNATURE, "\x30", 1, 0 },
	{ "cer", "application/pkix-cert", SIGNATURE, "\x30", 1, 0 },
	{ "crl", "application/pkix-crl", SIGNATURE, "\x30", 1, 0 },
	/* pictures */
	{ "png", "image/png", SIGNATURE, "\x89PNG\r\n\x1a\n", 8, 0 },
	{ "jpg", "image/jpeg", SIGNATURE, "\xff\xd8\xff", 3, 0 },
	{ "jpeg", "image/jpeg", SIGNATURE, "\xff\xd8\xff", 3, 0 },
	{ "gif", "image/gif", SIGNATURE, "GIF8", 4, 0 },
	{ "webp", "image/webp", SIGNATURE, "WEBP", 4, 8 },
	{ "tif", "image/tiff", SIGNATURE, "II*\0", 4, 0 },
	{ "tif", "image/tiff", SIGNATURE, "MM\0*", 4, 0 },
	{ "tiff", "image/tiff", SIGNATURE, "II*\0", 4, 0 },
	{ "tiff", "image/tiff", SIGNATURE, "MM\0*", 4, 0 },
	{ "bmp", "image/bmp", SIGNATURE, "BM", 2, 0 },
	{ "ico", "image/vnd.microsoft.icon", SIGNATURE, "\0\0\1\0", 4, 0 },
	{ "heic", "image/heic", SIGNATURE, FTYP },
	{ "heif", "image/heif", SIGNATURE, FTYP },
	{ "avif", "image/avif", SIGNATURE, FTYP },
	{ "psd", "image/vnd.adobe.photoshop", SIGNATURE, "8BPS", 4, 0 },
	{ "xcf", "image/x-xcf", SIGNATURE, "gimp xcf", 8, 0 },
	/* sound and moving pictures */
	{ "mp3", "audio/mpeg", SIGNATURE, "ID3", 3, 0 },
	{ "mp3", "audio/mpeg", SIGNATURE, "\xff\xfb", 2, 0 },
	{ "mp3", "audio/mpeg", SIGNATURE, "\xff\xf3", 2, 0 },
	{ "m4a", "audio/mp4", SIGNATURE, FTYP },
	{ "ogg", "audio/ogg", SIGNATURE, OGG },
	{ "oga", "audio/ogg", SIGNATURE, OGG },
	{ "opus", "audio/ogg", SIGNATURE, OGG },
	{ "ogv", "video/ogg", SIGNATURE, OGG },
	{ "flac", "audio/flac", SIGNATURE, "fLaC", 4, 0 },
	{ "wav", "audio/vnd.wave", SIGNATURE, RIFF },
	{ "mid", "audio/midi", SIGNATURE, "MThd", 4, 0 },
	{ "avi", "video/vnd.avi", SIGNATURE, RIFF },
	{ "mp4", "video/mp4", SIGNATURE, FTYP },
	{ "m4v", "video/mp4", SIGNATURE, FTYP },
	{ "mov", "video/quicktime", SIGNATURE, FTYP },
	{ "3gp", "video/3gpp", SIGNATURE, FTYP },
	{ "mkv", "video/matroska", SIGNATURE, EBML },
	{ "webm", "video/webm", SIGNATURE, EBML },
	{ "mpg", "video/mpeg", SIGNATURE, "\0\0\1", 3, 0 },
	/* archives, packages, programs */
	{ "zip", "application/zip", SIGNATURE, ZIP },
	{ "jar", "application/java-archive", SIGNATURE, ZIP },
	{ "apk", "application/vnd.android.package-archive", SIGNATURE, ZIP },
	{ "xpi", "application/x-xpinstall", SIGNATURE, ZIP },
	{ "gz", "application/gzip", SIGNATURE, GZIP },
	{ "tgz", "application/gzip", SIGNATURE, GZIP },
	{ "svgz", "image/svg+xml", SIGNATURE, GZIP },
	{ "bz2", "application/x-bzip2", SIGNATURE, "BZh", 3, 0 },
	{ "xz", "application/x-xz", SIGNATURE,
	  "\xfd"
	  "7zXZ\0",
	  6, 0 },
	{ "zst", "application/zstd", SIGNATURE, "\x28\xb5\x2f\xfd", 4, 0 },
	{ "7z", "application/x-7z-compressed", SIGNATURE, "7z\xbc\xaf\x27\x1c", 6, 0 },
	{ "rar", "application/vnd.rar", SIGNATURE, "Rar!\x1a\x07", 6, 0 },
	{ "tar", "application/x-tar", SIGNATURE, TAR },
	{ "deb", "application/vnd.debian.binary-package", SIGNATURE, "!<arch>\n", 8, 0 },
	{ "rpm", "application/x-rpm", SIGNATURE, "\xed\xab\xee\xdb", 4, 0 },
	{ "exe", "application/vnd.microsoft.portable-executable", SIGNATURE, "MZ", 2, 0 },
	{ "dll", "application/vnd.microsoft.portable-executable", SIGNATURE, "MZ", 2, 0 },
	{ "wasm", "application/wasm", SIGNATURE, "\0asm", 4, 0 },
	{ "sqlite", "application/vnd.sqlite3", SIGNATURE, "SQLite format 3", 16, 0 },
	{ "iso", "application/vnd.efi.iso", SIGNATURE, "CD001", 5, 32769 },
	{ "ttf", "font/ttf", SIGNATURE, "\0\1\0\0", 4, 0 },
	{ "otf", "font/otf", SIGNATURE, "OTTO", 4, 0 },
	{ "woff", "font/woff", SIGNATURE, "wOFF", 4, 0 },
	{ "woff2", "font/woff2", SIGNATURE, "wOF2", 4, 0 },
	{ "bin", "application/octet-stream", ANY, "", 0, 0 },
	{ "dat", "application/octet-stream", ANY, "", 0, 0 },
	{ "img", "application/octet-stream", ANY, "", 0, 0 },
};

bool filetype_is_text(struct span front)
{
	for (size_t i = 0; i < front.n; i++) {
		unsigned char c = (unsigned char)front.p[i];

		/* Tab to carriage return, and escape for colours. */
		if ((c < 0x20 && (c < '\t' || c > '\r') && c != 0x1b) || c == 0x7f)
			return false;
	}
	return true;
}

static bool fits(const struct row *row, struct span front)
{
	if (row->form == TEXT)
		return filetype_is_text(front);
	return row->form == ANY ||
	       (front.n >= row->at + row->n && memcmp(front.p + row->at, row->signature, row->n) == 0);
}

static const char *extension_of(const char *name)
{
	const char *slash = name ? strrchr(name, '/') : NULL, *dot;

	if (slash)
		name = slash + 1;
	dot = name ? strrchr(name, '.') : NULL;
	/* ".bashrc" has none. */
	return dot && dot != name && strlen(dot + 1) <= EXTENSION_MAX ? dot + 1 : "";
}

/* The row that fits, or with `loosely` one whose content may be anything of its kind. */
static const struct row *find(const char *extension, struct span front, bool loosely)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcasecmp(extension, rows[i].extension) == 0 &&
		    (loosely ? (rows[i].form == TEXT) == filetype_is_text(front) : fits(&rows[i], front)))
			return &rows[i];
	return NULL;
}

/* "text/x-c++", and nothing that a header could be hurt with. */
static bool is_type(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&-^_.+"),
	       rest = s[n] == '/' ? strspn(s + n + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
						      "!#$&-^_.+")
				  : 0;

	return n > 0 && rest > 0 && s[n + 1 + rest] == '\0';
}

/* What libmagic says where it does not know. */
static bool is_general(const char *type)
{
	static const char *const general[] = {
		"application/octet-stream", "text/plain",
		"application/zip",	    "text/xml",
		"application/xml",	    "application/x-ole-storage",
		"application/cdfv2",	    "application/gzip",
		"application/x-archive",
	};

	for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++)
		if (strcasecmp(type, general[i]) == 0)
			return true;
	/* inode/x-empty: no media type */
	return strncasecmp(type, "inode/", 6) == 0 || strcasecmp(type, "application/x-empty") == 0;
}

/* NULL: it does not know either. */
static const char *ask_libmagic(struct arena *a, struct span front)
{
	const struct filetype_functions *magic = module_open("magic", NULL);
	const char *type = magic ? magic->guess(front) : NULL;
	char *copy;

	if (!type || !is_type(type) || strncasecmp(type, "multipart/", 10) == 0)
		return NULL;
	/* UTF-16 and the like: as text it would be spoilt. */
	if (strncasecmp(type, "text/", 5) == 0 && !filetype_is_text(front))
		return NULL;
	copy = arena_str(a, type);
	for (char *p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return copy;
}

const char *filetype_guess(struct arena *a, const char *name, struct span front)
{
	const char *extension = extension_of(name), *type;
	const struct row *row = *extension ? find(extension, front, false) : NULL;

	if (row)
		return row->type;
	type = front.n > 0 ? ask_libmagic(a, front) : NULL;
	if (type && !is_general(type))
		return type;
	row = *extension ? find(extension, front, true) : NULL;
	if (row)
		return row->type;
	if (type && strncasecmp(type, "inode/", 6) != 0)
		return type;
	return filetype_is_text(front) ? "text/plain" : "application/octet-stream";
}
