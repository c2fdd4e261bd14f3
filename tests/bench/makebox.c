/* SPDX-License-Identifier: ISC */
/*
 * makebox DIR COUNT - a Maildir to measure with: COUNT messages that were read, 4.3 kB each on average, most of them
 * small and a few large, of one part, of text and HTML, or with an attachment, and some are answers, as mail is. In one
 * of a thousand there is the word "xyzzy". The same ones every time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE = 71, BODY_MAX = 200 * 1024, SENT = 1700000000 };

static const char *const words[] = {
	"the",	 "mailbox", "of",      "a",	 "small", "machine",  "and",	"its",
	"users", "meeting", "invoice", "report", "about", "tomorrow", "please", "regards"
};

static unsigned next_random(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16 & 0x7fff;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Most between 0.5 and 4 kB, one in 16 up to 64 kB. */
static size_t body_size(unsigned *state)
{
	size_t n = 500 + next_random(state) % 3500;

	return next_random(state) % 16 ? n : n + next_random(state) * 2;
}

static size_t put_body(char *to, size_t n, unsigned *state)
{
	size_t at = 0, column = 0;

	while (at < n) {
		const char *word = words[next_random(state) % (sizeof(words) / sizeof(words[0]))];
		size_t length = strlen(word);

		memcpy(to + at, word, length);
		at += length;
		column += length + 1;
		to[at++] = column > LINE ? '\n' : ' ';
		if (column > LINE)
			column = 0;
	}
	to[at++] = '\n';
	return at;
}

static size_t count_lines(const char *text, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

/* Lines of base64, as many as are n octets. */
static size_t put_attachment(char *to, size_t n, unsigned *state)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t at = 0;

	while (at < n) {
		for (int i = 0; i < 76; i++)
			to[at++] = digits[next_random(state) % 64];
		to[at++] = '\n';
	}
	return at;
}

static size_t put_text(char *to, const char *text)
{
	size_t n = strlen(text);

	memcpy(to, text, n);
	return n;
}

/* What is said of the content, and the content. */
static size_t put_content(char *to, int i, unsigned *state)
{
	size_t n = body_size(state), at;

	if (i % 10 < 5) {
		at = put_text(to, "Content-Type: text/plain; charset=us-ascii\n\n");
		at += put_body(to + at, n, state);
	} else if (i % 10 < 8) {
		at = put_text(to, "Content-Type: multipart/alternative; boundary=\"=_b\"\n\n--=_b\n"
				  "Content-Type: text/plain; charset=utf-8\n\n");
		at += put_body(to + at, n / 2, state);
		at += put_text(to + at, "\n--=_b\nContent-Type: text/html; charset=utf-8\n"
					"Content-Transfer-Encoding: quoted-printable\n\n<html><body><p class=3Da>\n");
		at += put_body(to + at, n / 2, state);
		at += put_text(to + at, "</body></html>\n--=_b--\n");
	} else {
		at = put_text(to, "Content-Type: multipart/mixed; boundary=\"=_m\"\n\n--=_m\n"
				  "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
				  "Gr\xc3\xbc\xc3\x9f"
				  "e,\n");
		at += put_body(to + at, n / 4, state);
		at += put_text(to + at, "\n--=_m\nContent-Type: application/pdf; name=\"report.pdf\"\n"
					"Content-Disposition: attachment; filename=\"report.pdf\"\n"
					"Content-Transfer-Encoding: base64\n\n");
		at += put_attachment(to + at, n * 3 / 4, state);
		at += put_text(to + at, "--=_m--\n");
	}
	return at + (i % 1000 == 3 ? put_text(to + at, "xyzzy\n") : 0);
}

static size_t put_header(char *to, size_t room, int i)
{
	size_t n = (size_t)snprintf(
		to, room,
		"Return-Path: <user%d@test.example>\n"
		"Received: from mx%d.test.example (192.0.2.%d) by mail.test.example with ESMTP id %08X"
		" for <bench@mail.test.example>; Sat, 18 Nov 2023 10:00:00 +0000\n"
		"From: User %d <user%d@test.example>\nTo: bench@mail.test.example, \"Al, too\" <al%d@test.example>\n"
		"Subject: %smessage %d about the %s\nDate: Sat, %d Nov 2023 %02d:%02d:%02d +0000\n"
		"Message-ID: <%d.bench@test.example>\nMIME-Version: 1.0\n",
		i % 97, i % 7, i % 251, (unsigned)i, i % 97, i % 97, i % 31,
		i % 3 ? "" : "Re: ", i % 3 ? i : i - i % 60, words[i % 16], 1 + i % 28, i % 24, i % 60, i % 59, i);

	if (i % 3 == 0 && i > 60)
		n += (size_t)snprintf(to + n, room - n,
				      "In-Reply-To: <%d.bench@test.example>\n"
				      "References: <%d.bench@test.example>\n <%d.bench@test.example>\n",
				      i - 3, i - i % 60, i - 3);
	return n;
}

static void make_message(const char *dir, int i, unsigned *state)
{
	static char text[2 * BODY_MAX];
	char path[4096];
	FILE *f;
	size_t n = put_header(text, sizeof(text), i);

	n += put_content(text + n, i, state);
	snprintf(path, sizeof(path), "%s/cur/%d.M%06dP1.bench,S=%zu,W=%zu:2,S", dir, SENT + i, i % 1000000, n,
		 n + count_lines(text, n));
	f = fopen(path, "w");
	if (!f || fwrite(text, 1, n, f) != n || fclose(f) != 0)
		fail(path);
}

int main(int argc, char **argv)
{
	static const char *const parts[] = { "", "/tmp", "/new", "/cur" };
	unsigned state = 1;
	char path[4096];

	if (argc != 3) {
		fputs("usage: makebox DIR COUNT\n", stderr);
		return 64;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", argv[1], parts[i]);
		mkdir(path, 0700);
	}
	for (int i = 0, n = (int)strtol(argv[2], NULL, 10); i < n; i++)
		make_message(argv[1], i, &state);
	return 0;
}
