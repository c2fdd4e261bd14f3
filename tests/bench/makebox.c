/* SPDX-License-Identifier: ISC */
/*
 * makebox DIR COUNT - a Maildir to measure with: COUNT messages that were read, 4.3 kB each on average, most of them
 * small and a few large, as mail is. The same ones every time.
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

static void make_message(const char *dir, int i, unsigned *state)
{
	static char text[BODY_MAX];
	char path[4096];
	FILE *f;
	size_t n =
		(size_t)snprintf(text, sizeof(text),
				 "Return-Path: <user%d@test.example>\n"
				 "Received: from mx%d.test.example (192.0.2.%d) by mail.test.example with ESMTP id %08X"
				 " for <bench@mail.test.example>; Sat, 18 Nov 2023 10:00:00 +0000\n"
				 "From: User %d <user%d@test.example>\nTo: bench@mail.test.example\n"
				 "Subject: message %d\nDate: Sat, 18 Nov 2023 10:00:00 +0000\n"
				 "Message-ID: <%d.bench@test.example>\nMIME-Version: 1.0\n"
				 "Content-Type: text/plain; charset=us-ascii\n\n",
				 i % 97, i % 7, i % 251, (unsigned)i, i % 97, i % 97, i, i);

	n += put_body(text + n, body_size(state), state);
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
