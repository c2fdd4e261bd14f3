/* SPDX-License-Identifier: ISC */
#include "message/smime.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/disk.h"
#include "base/proc.h"
#include "message/mime_tree.h"
#include "support/check_main.h"
#include "support/tempdir.h"

enum { ROOM = 1 << 24 };

static struct arena arena;

static void run(const char *command)
{
	const struct proc_command c = { .shell = command, .input = -1, .time_limit = 60 };
	struct buf output;
	struct fault f;
	int status;

	buf_init(&output, PROC_OUTPUT_MAX);
	if (proc_run(&c, &output, &status, &f) < 0)
		ck_abort_msg("%s", f.text);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: %s", command, buf_str(&output));
	buf_clear(&output);
}

/* Made once: before the first test is forked off. */
static const char *certs;

static void make_certs(void)
{
	certs = tempdir_path("smime");
	run(arena_printf(&arena, "tests/support/smimecerts %s", certs));
}

static const char *path(const char *file)
{
	return arena_printf(&arena, "%s/%s", certs, file);
}

static struct span file(const char *name)
{
	struct span out;
	struct fault f;

	if (disk_read_file(&arena, AT_FDCWD, path(name), ROOM, &out, &f) < 0)
		ck_abort_msg("%s", f.text);
	return out;
}

static void write_file(const char *name, struct span bytes)
{
	FILE *out = fopen(path(name), "w");

	ck_assert(out != NULL);
	ck_assert_uint_eq(fwrite(bytes.p, 1, bytes.n, out), bytes.n);
	ck_assert_int_eq(fclose(out), 0);
}

static struct smime *open_smime(void)
{
	struct fault f;
	struct smime *s = smime_new(&f);

	ck_assert_msg(s != NULL, "%s", f.text);
	return s;
}

static void add_identity(struct smime *s, const char *name)
{
	struct fault f;

	if (smime_add_identity(s, name, file(arena_printf(&arena, "%s.pem", name)),
			       file(arena_printf(&arena, "%s.key", name)), NULL, &f) < 0)
		ck_abort_msg("%s", f.text);
}

static void add_recipient(struct smime *s, const char *name)
{
	struct fault f;

	if (smime_add_recipient(s, name, file(arena_printf(&arena, "%s.pem", name)), &f) < 0)
		ck_abort_msg("%s", f.text);
}

static int collect(void *context, struct span piece, struct fault *f)
{
	(void)f;
	buf_put_span(context, piece);
	ck_assert(!((struct buf *)context)->overflow);
	return 0;
}

/* ---- what is written, openssl reads ---- */

static const char text[] = "Content-Type: text/plain\n\nHello,\nthis is \x41 \nmessage.\n";

static struct buf write_entity(struct smime *s, const struct smime_rules *rules, struct span entity, size_t step)
{
	struct smime_put *put;
	struct fault f = { 0 };
	struct buf out;

	buf_init(&out, ROOM);
	put = smime_put_begin(&arena, s, rules, collect, &out, &f);
	ck_assert_msg(put != NULL, "%s", f.text);
	for (size_t at = 0; at < entity.n; at += step)
		ck_assert_int_eq(
			smime_put_feed(put, span_of(entity.p + at, entity.n - at < step ? entity.n - at : step), &f),
			0);
	ck_assert_msg(smime_put_end(put, &f) == 0, "%s", f.text);
	return out;
}

/* A text with lines, of n octets at least. */
static struct span long_entity(size_t n)
{
	struct buf out;
	struct span copy;

	buf_init(&out, ROOM);
	buf_put_str(&out, "Content-Type: text/plain\n\n");
	for (int i = 0; out.n < n; i++)
		buf_printf(&out, "line %d\n%s", i, i % 7 ? "" : "\n\n");
	copy = span_of(arena_span(&arena, buf_span(&out)), out.n);
	buf_clear(&out);
	return copy;
}

static struct span crlf(struct span s)
{
	struct buf out;

	buf_init(&out, ROOM);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			buf_put_char(&out, '\r');
		buf_put_char(&out, s.p[i]);
	}
	s = span_of(arena_span(&arena, buf_span(&out)), out.n);
	buf_clear(&out);
	return s;
}

static const struct {
	struct smime_rules rules;
	const char *who; /* signs, or reads */
	size_t size, step;
} written[] = {
	{ { .kind = SMIME_SIGN_DETACHED }, "al", 0, 7 },
	{ { .kind = SMIME_SIGN_DETACHED, .digest = "sha-512" }, "al", 300000, 4096 },
	{ { .kind = SMIME_SIGN_DETACHED }, "bo", 300000, 300000 },
	{ { .kind = SMIME_SIGN_OPAQUE }, "al", 0, 1 },
	{ { .kind = SMIME_SIGN_OPAQUE, .digest = "sha-384" }, "bo", 300000, 99 },
	{ { .kind = SMIME_ENCRYPT }, "al", 0, 1 },
	{ { .kind = SMIME_ENCRYPT }, "bo", 300000, 4096 },
	{ { .kind = SMIME_ENCRYPT, .cipher = "aes-128-cbc" }, "bo", 300000, 1000000 },
	{ { .kind = SMIME_ENCRYPT, .cipher = "aes-256-gcm" }, "al", 300000, 4096 },
};

START_TEST(test_written)
{
	struct span entity = written[_i].size ? long_entity(written[_i].size) : SPAN(text), want = crlf(entity), back;
	struct smime *s = open_smime();
	const char *who = written[_i].who;
	struct buf out;

	if (written[_i].rules.kind == SMIME_ENCRYPT)
		add_recipient(s, who);
	else
		add_identity(s, who);
	out = write_entity(s, &written[_i].rules, entity, written[_i].step);
	ck_assert_uint_eq(span_find(buf_span(&out), '\r'), out.n);
	write_file("message", buf_span(&out));
	if (written[_i].rules.kind == SMIME_ENCRYPT)
		run(arena_printf(&arena,
				 "cd %s && openssl cms -decrypt -recip %s.pem -inkey %s.key -in message -out back",
				 certs, who, who));
	else
		run(arena_printf(&arena, "cd %s && openssl cms -verify -CAfile ca.pem -in message -out back", certs));
	back = file("back");
	ck_assert_uint_eq(back.n, want.n);
	ck_assert_mem_eq(back.p, want.p, want.n);
	buf_clear(&out);
	smime_free(s);
}
END_TEST

/* Signed, then encrypted, in one stream; the boundary is the one that was wished for. */
static int feed_next(void *context, struct span piece, struct fault *f)
{
	return smime_put_feed(context, piece, f);
}

START_TEST(test_both)
{
	struct smime *s = open_smime();
	struct smime_rules sign = { .kind = SMIME_SIGN_DETACHED, .boundary = "=_here" };
	struct smime_rules encrypt = { .kind = SMIME_ENCRYPT };
	struct smime_put *outer, *inner;
	struct fault f = { 0 };
	struct span back;
	struct buf out;

	buf_init(&out, ROOM);
	add_identity(s, "al");
	add_recipient(s, "bo");
	add_recipient(s, "al");
	outer = smime_put_begin(&arena, s, &encrypt, collect, &out, &f);
	inner = smime_put_begin(&arena, s, &sign, feed_next, outer, &f);
	ck_assert_int_eq(smime_put_feed(inner, SPAN(text), &f), 0);
	ck_assert_int_eq(smime_put_end(inner, &f), 0);
	ck_assert_int_eq(smime_put_end(outer, &f), 0);
	write_file("message", buf_span(&out));
	run(arena_printf(&arena,
			 "openssl cms -decrypt -in %s/message -recip %s/bo.pem -inkey %s/bo.key -out %s/signed && "
			 "openssl cms -verify -in %s/signed -CAfile %s/ca.pem -out %s/back",
			 certs, certs, certs, certs, certs, certs, certs));
	back = crlf(SPAN(text));
	ck_assert(span_is(file("back"), back));
	ck_assert(memmem(file("signed").p, file("signed").n, "boundary=\"=_here\"", 17) != NULL);
	buf_clear(&out);
	smime_free(s);
}
END_TEST

static const struct {
	struct smime_rules rules;
	const char *text;
} refused[] = {
	{ { .kind = SMIME_SIGN_DETACHED, .digest = "md5" }, "there is no digest \"md5\"" },
	{ { .kind = SMIME_ENCRYPT, .cipher = "des" }, "there is no cipher \"des\"" },
	{ { .kind = SMIME_SIGN_OPAQUE, .boundary = "a\"b" }, "boundary" },
	{ { .kind = SMIME_SIGN_OPAQUE, .boundary = "a\nb" }, "boundary" },
};

START_TEST(test_refused)
{
	struct smime *s = open_smime();
	struct fault f = { 0 };
	struct buf out;

	buf_init(&out, ROOM);
	add_identity(s, "al");
	add_recipient(s, "al");
	ck_assert(smime_put_begin(&arena, s, &refused[_i].rules, collect, &out, &f) == NULL);
	ck_assert_int_eq(f.kind, FAULT_USAGE);
	ck_assert_msg(strstr(f.text, refused[_i].text) != NULL, "%s", f.text);
	ck_assert_uint_eq(out.n, 0);
	buf_clear(&out);
	smime_free(s);
}
END_TEST

/* ---- keys ---- */

static const struct {
	const char *certificate, *key, *passphrase, *text; /* text NULL: it goes */
} identities[] = {
	{ "al.pem", "al.key", NULL, NULL },
	{ "both.pem", NULL, NULL, NULL },
	{ "al.der", "al.key", NULL, NULL },
	{ "al.p12", NULL, "secret", NULL },
	{ "al.pem", "locked.key", "secret", NULL },
	{ "al.p12", NULL, "wrong", "al.p12: cannot be opened as PKCS#12" },
	{ "al.p12", NULL, NULL, "al.p12: cannot be opened as PKCS#12" },
	{ "al.pem", "locked.key", "wrong", "al.pem: cannot read the key with the passphrase" },
	{ "al.pem", "locked.key", NULL, "al.pem: cannot read the key" },
	{ "al.pem", "bo.key", NULL, "al.pem: the key is not the certificate's" },
	{ "al.pem", NULL, NULL, "al.pem: cannot read the key" },
	{ "al.key", "al.key", NULL, "al.key: there is no certificate in it" },
	{ "log", NULL, NULL, "log: cannot be opened as PKCS#12" },
};

START_TEST(test_identity)
{
	struct smime *s = open_smime();
	struct fault f = { 0 };
	int rc = smime_add_identity(s, identities[_i].certificate, file(identities[_i].certificate),
				    identities[_i].key ? file(identities[_i].key) : SPAN(""), identities[_i].passphrase,
				    &f);

	ck_assert_msg(rc == (identities[_i].text ? -1 : 0), "%s", f.text);
	if (identities[_i].text)
		ck_assert_msg(strstr(f.text, identities[_i].text) == f.text, "%s", f.text);
	smime_free(s);
}
END_TEST

START_TEST(test_use)
{
	struct smime_rules sign = { .kind = SMIME_SIGN_OPAQUE }, encrypt = { .kind = SMIME_ENCRYPT };
	struct smime *s = open_smime();
	struct fault f = { 0 };
	struct buf out;

	buf_init(&out, ROOM);
	ck_assert(smime_put_begin(&arena, s, &sign, collect, &out, &f) == NULL);
	ck_assert_str_eq(f.text, "there is no certificate to sign with");
	ck_assert(smime_put_begin(&arena, s, &encrypt, collect, &out, &f) == NULL);
	ck_assert_str_eq(f.text, "there is no certificate to encrypt for");
	ck_assert_int_eq(smime_add_recipient(s, "old.pem", file("old.pem"), &f), -1);
	ck_assert_str_eq(f.text, "old.pem: the certificate is not valid at this time");
	ck_assert_int_eq(smime_add_recipient(s, "web.pem", file("web.pem"), &f), -1);
	ck_assert_str_eq(f.text, "web.pem: the certificate is not one to encrypt mail with");
	ck_assert_int_eq(smime_add_recipient(s, "log", file("log"), &f), -1);
	ck_assert_str_eq(f.text, "log: there is no certificate in it");
	add_identity(s, "old");
	ck_assert(smime_put_begin(&arena, s, &sign, collect, &out, &f) == NULL);
	ck_assert_str_eq(f.text, "old: the certificate is not valid at this time");
	ck_assert_int_eq(smime_trust_file(s, path("log"), &f), -1);
	ck_assert_int_eq(smime_trust_file(s, path("none"), &f), -1);
	buf_clear(&out);
	smime_free(s);
}
END_TEST

/* ---- what openssl writes is read ---- */

struct memory {
	struct span bytes;
	size_t at, step;
};

static int read_memory(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct memory *m = context;
	struct span rest = span_from(m->bytes, m->at);

	(void)f;
	*got = rest.n < n ? rest.n : n;
	if (*got > m->step)
		*got = m->step;
	if (*got > 0)
		memcpy(to, rest.p, *got);
	m->at += *got;
	return 0;
}

static int rewind_memory(void *context, struct fault *f)
{
	struct memory *m = context;

	(void)f;
	m->at = 0;
	return 0;
}

static void verify(struct smime *s, struct span message, int64_t at, struct smime_report *report)
{
	struct mime_node *root = mime_tree_parse(&arena, message), *content = root->children;
	struct mime_node *signature = content->next;
	struct memory memory = { .step = 1000 };
	struct compose_source source = { read_memory, NULL, &memory };
	struct fault f = { 0 };
	struct buf der;

	memory.bytes = span_of(message.p + content->part.header.at,
			       (size_t)mime_octets(content->part.header, content->part.end));
	buf_init(&der, ROOM);
	if (signature->part.entity.encoding == ENCODING_BASE64) {
		struct encoding_decode d;

		encoding_decode_init(&d, ENCODING_BASE64);
		encoding_decode_feed(&d,
				     span_of(message.p + signature->part.body.at,
					     (size_t)mime_octets(signature->part.body, signature->part.end)),
				     &der);
		encoding_decode_end(&d, &der);
	}
	if (smime_verify(&arena, s, &source, buf_span(&der), at, report, &f) < 0)
		ck_abort_msg("%s", f.text);
	buf_clear(&der);
}

static struct span change(struct span s, const char *from, const char *to)
{
	char *copy = arena_span(&arena, s), *at = memmem(copy, s.n, from, strlen(from));

	ck_assert(at != NULL && strlen(from) == strlen(to));
	memcpy(at, to, strlen(to));
	return span_of(copy, s.n);
}

static const struct {
	const char *signer, *trust; /* options of openssl cms -sign; a root */
	const char *from, *to;	    /* what is changed on the way */
	int64_t at;
	enum smime_status status;
	const char *email;
} signatures[] = {
	{ "al", "ca.pem", NULL, NULL, 0, SMIME_GOOD, "al@test.example" },
	{ "bo", "ca.pem", NULL, NULL, 0, SMIME_UNTRUSTED, "bo@test.example" }, /* inter.pem is not in it */
	{ "bo -certfile inter.pem", "ca.pem", NULL, NULL, 0, SMIME_GOOD, "b@other.example" },
	{ "al", "ca2.pem", NULL, NULL, 0, SMIME_UNTRUSTED, "al@test.example" },
	{ "al", NULL, NULL, NULL, 0, SMIME_UNTRUSTED, "al@test.example" },
	{ "al", "ca.pem", NULL, NULL, 4000000000, SMIME_EXPIRED, "al@test.example" },
	{ "al", "ca.pem", "line 2", "line 3", 0, SMIME_ALTERED, "al@test.example" },
	{ "al -nocerts", "ca.pem", NULL, NULL, 0, SMIME_NO_CERTIFICATE, NULL },
	{ "web", "ca.pem", NULL, NULL, 0, SMIME_UNTRUSTED, NULL },
	{ "al -md sha1", "ca.pem", NULL, NULL, 0, SMIME_UNSUPPORTED, "al@test.example" },
	{ "al -noattr", "ca.pem", NULL, NULL, 0, SMIME_GOOD, "al@test.example" },
	{ "al -noattr", "ca.pem", "line 2", "line 3", 0, SMIME_ALTERED, "al@test.example" },
};

static struct span sign_by_openssl(const char *signer, const char *more)
{
	const char *rest = strchr(signer, ' ');
	int n = rest ? (int)(rest - signer) : (int)strlen(signer);

	run(arena_printf(&arena,
			 "cd %s && openssl cms -sign -in entity -signer %.*s.pem -inkey %.*s.key%s -out signed %s",
			 certs, n, signer, n, signer, rest ? rest : "", more));
	return file("signed");
}

START_TEST(test_signature)
{
	struct smime *s = open_smime();
	struct smime_report report;
	struct span message;
	struct fault f;

	write_file("entity", long_entity(200000));
	message = sign_by_openssl(signatures[_i].signer, "");
	if (signatures[_i].from)
		message = change(message, signatures[_i].from, signatures[_i].to);
	if (signatures[_i].trust)
		ck_assert_int_eq(smime_trust_file(s, path(signatures[_i].trust), &f), 0);
	verify(s, message, signatures[_i].at, &report);
	ck_assert(report.is_signed && !report.is_encrypted);
	ck_assert_uint_eq(report.nsigners, 1);
	ck_assert_str_eq(smime_status_name(report.signers[0].status), smime_status_name(signatures[_i].status));
	ck_assert_int_eq(report.signers[0].reason[0] != '\0', signatures[_i].status != SMIME_GOOD);
	if (signatures[_i].email)
		ck_assert(smime_signer_is(&report.signers[0], span_str(signatures[_i].email)));
	else
		ck_assert_uint_eq(report.signers[0].nemails, 0);
	smime_free(s);
}
END_TEST

/* Line ends on the way do not matter; what is said about the signer is right; a directory of roots. */
START_TEST(test_report)
{
	struct smime *s = open_smime();
	struct smime_report report;
	const struct smime_signer *signer;
	struct span message;
	struct fault f = { 0 };

	write_file("entity", SPAN(text));
	message = sign_by_openssl("bo -certfile inter.pem -signer al.pem -inkey al.key", "");
	if (smime_trust_directory(s, path("roots"), &f) < 0)
		ck_abort_msg("%s", f.text);
	verify(s, crlf(message), 0, &report);
	ck_assert_uint_eq(report.nsigners, 2);
	signer = &report.signers[0];
	ck_assert_msg(signer->status == SMIME_GOOD, "%s", signer->reason);
	ck_assert_str_eq(report.signers[1].reason, "");
	if (strcmp(signer->subject, "CN=Bo") != 0)
		signer = &report.signers[1];
	ck_assert_str_eq(signer->subject, "CN=Bo");
	ck_assert_str_eq(signer->issuer, "CN=inter");
	ck_assert_str_eq(signer->digest, "sha256");
	ck_assert_uint_eq(signer->nemails, 2);
	ck_assert(signer->signed_at > 1700000000 && signer->not_before <= signer->signed_at &&
		  signer->signed_at < signer->not_after);
	ck_assert(smime_signer_is(signer, SPAN("bo@TEST.example")));
	ck_assert(!smime_signer_is(signer, SPAN("BO@test.example")));
	ck_assert(!smime_signer_is(signer, SPAN("al@test.example")));
	ck_assert(!smime_signer_is(signer, SPAN("")));
	/* The certificate of a signer is enough to answer. */
	ck_assert_int_eq(smime_add_recipient(s, "in the message", report.certificates, &f), 0);
	smime_free(s);
}
END_TEST

/* ---- whole structures ---- */

static int read_structure(struct smime *s, struct span der, bool again, size_t step, struct buf *out,
			  struct smime_report *report, struct fault *f)
{
	struct memory memory = { .bytes = der, .step = step };
	struct compose_source source = { read_memory, again ? rewind_memory : NULL, &memory };

	buf_reset(out);
	return smime_read(&arena, s, &source, 0, collect, out, report, f);
}

static const struct {
	const char *command; /* of openssl cms, with DER as its output */
	bool encrypted;
	const char *cipher;
	bool authenticated;
} structures[] = {
	{ "-sign -nodetach -signer al.pem -inkey al.key", false, NULL, false },
	{ "-sign -nodetach -signer al.pem -inkey al.key -nosmimecap -stream", false, NULL, false },
	{ "-encrypt -aes256 bo.pem al.pem", true, "aes-256-cbc", false },
	{ "-encrypt -aes128 -stream al.pem", true, "aes-128-cbc", false },
	{ "-encrypt -aes-256-gcm al.pem", true, "aes-256-gcm", true },
	{ "-encrypt -des3 al.pem", true, "des-ede3-cbc", false },
	{ "-encrypt -aes256 -keyid al.pem", true, "aes-256-cbc", false },
};

START_TEST(test_structure)
{
	struct smime *s = open_smime();
	struct smime_report report;
	struct fault f = { 0 };
	struct span der, want;
	struct buf out;

	buf_init(&out, ROOM);
	want = crlf(long_entity(200000));
	write_file("entity", want);
	run(arena_printf(&arena, "cd %s && openssl cms -in entity -binary -outform DER -out der %s", certs,
			 structures[_i].command));
	der = file("der");
	add_identity(s, "bo");
	add_identity(s, "al");
	ck_assert_int_eq(smime_trust_file(s, path("ca.pem"), &f), 0);
	for (size_t step = 1; step < 1000000; step *= 97) {
		ck_assert_msg(read_structure(s, der, step != 97, step, &out, &report, &f) == 0, "%s", f.text);
		ck_assert(span_is(buf_span(&out), want));
		ck_assert_int_eq(report.is_encrypted, structures[_i].encrypted);
		ck_assert_int_eq(report.is_signed, !structures[_i].encrypted);
		ck_assert_int_eq(report.is_authenticated, structures[_i].authenticated);
		if (structures[_i].encrypted)
			ck_assert_str_eq(report.cipher, structures[_i].cipher);
		else
			ck_assert_int_eq(report.signers[0].status, SMIME_GOOD);
	}
	buf_clear(&out);
	smime_free(s);
}
END_TEST

START_TEST(test_damage)
{
	struct smime *s = open_smime(), *other = open_smime();
	struct smime_report report;
	struct fault f = { 0 };
	struct span der;
	struct buf out;

	buf_init(&out, ROOM);
	write_file("entity", crlf(long_entity(3000)));
	add_identity(s, "al");
	add_identity(other, "bo");
	run(arena_printf(&arena,
			 "cd %s && openssl cms -encrypt -aes-256-gcm -in entity -binary -outform DER -out der al.pem",
			 certs));
	der = file("der");
	ck_assert_int_eq(read_structure(other, der, true, 1000, &out, &report, &f), -1);
	ck_assert_str_eq(f.status, "5.7.5");
	ck_assert_uint_eq(out.n, 0);
	ck_assert_int_eq(read_structure(s, span_of(der.p, der.n - 1), true, 1000, &out, &report, &f), -1);
	ck_assert_str_eq(f.status, "5.6.0");
	ck_assert_int_eq(read_structure(s, SPAN("hello"), true, 1000, &out, &report, &f), -1);
	ck_assert_int_eq(read_structure(s, SPAN(""), true, 1000, &out, &report, &f), -1);
	/* No octet can be changed unnoticed. */
	for (size_t i = 0; i < der.n; i += 7) {
		char *copy = arena_span(&arena, der);

		copy[i] = (char)(copy[i] ^ 0x10);
		if (read_structure(s, span_of(copy, der.n), true, 1 << 20, &out, &report, &f) == 0)
			ck_assert(span_is(buf_span(&out), file("entity")));
	}
	buf_clear(&out);
	smime_free(s);
	smime_free(other);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_unchecked_fixture(tc, make_certs, NULL);
	tcase_add_loop_test(tc, test_written, 0, COUNT(written));
	tcase_add_test(tc, test_both);
	tcase_add_loop_test(tc, test_refused, 0, COUNT(refused));
	tcase_add_loop_test(tc, test_identity, 0, COUNT(identities));
	tcase_add_test(tc, test_use);
	tcase_add_loop_test(tc, test_signature, 0, COUNT(signatures));
	tcase_add_test(tc, test_report);
	tcase_add_loop_test(tc, test_structure, 0, COUNT(structures));
	tcase_add_test(tc, test_damage);
}

CHECK_MAIN(smime, add_tests)
