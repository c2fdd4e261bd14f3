/* SPDX-License-Identifier: ISC */
/*
 * handshakes - messages through our SMTP client, each on a new connection with STARTTLS, for measurements.
 *
 * The certificate is verified. With --resumed the client keeps its sessions from one connection to the next, as a
 * worker of mta-relay does; with --full it begins anew each time. One line of figures:
 *
 *	messages=200 resumed=199 seconds=0.512 per_second=390.6
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/opt.h"
#include "smtp/transaction.h"
#include "support/timeouts.h"

enum { TIMEOUT = 30, LINES = 50 };

struct options {
	long port, messages;
	const char *ca, *to;
	bool full, resumed;
};

#define OPT(option, argument, member, type, text)                                                                      \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = type, .at = offsetof(struct options, member), .help = text    \
	}

static const struct opt handshakes_opts[] = {
	OPT("--port", "N", port, OPT_NUMBER, "the server's port on 127.0.0.1"),
	OPT("--ca", "FILE", ca, OPT_STRING, "the certificate of who signed the server's"),
	OPT("--messages", "N", messages, OPT_NUMBER, "so many connections, one behind the other (200)"),
	OPT("--to", "ADDRESS", to, OPT_STRING, "the recipient"),
	OPT("--full", NULL, full, OPT_BOOL, "forget the session after each connection"),
	OPT("--resumed", NULL, resumed, OPT_BOOL, "do not (the default)"),
	OPT_END,
};

static struct options options = { .messages = 200, .to = "user0@bench.example" };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int make_message(off_t *size)
{
	static const char line[] = "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\n";
	int fd = memfd_create("message", MFD_CLOEXEC);

	if (fd < 0 || dprintf(fd, "From: <sender@test.example>\nSubject: a message to measure with\n\n") < 0)
		return -1;
	for (int i = 0; i < LINES; i++)
		if (write(fd, line, sizeof(line) - 1) != (ssize_t)sizeof(line) - 1)
			return -1;
	*size = lseek(fd, 0, SEEK_CUR);
	return fd;
}

static int dial(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons((uint16_t)options.port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int send_one(struct client *c, int message, off_t size, struct fault *f)
{
	struct transaction_rcpt rcpt = { .address = options.to };
	struct transaction t = { .sender = "", .rcpts = &rcpt, .n = 1, .fd = message, .size = size };
	int fd = dial();

	if (fd < 0)
		return fault_errno(f, "cannot connect");
	if (client_greet(c, fd, "127.0.0.1", f) < 0 || transaction_run(c, &t, NULL, NULL, f) < 0)
		return -1;
	client_quit(c);
	if (rcpt.outcome.kind == FAULT_NONE)
		return 0;
	*f = rcpt.outcome;
	return -1;
}

static int send_all(int message, off_t size)
{
	const struct client_rules rules = {
		.helo = "client.bench.example",
		CLIENT_TIMEOUTS(TIMEOUT),
		.tls = { .level = CLIENT_TLS_VERIFY, .ca_file = options.ca, .timeout = TIMEOUT },
	};
	long resumed = 0;
	double start = now(), seconds;
	struct client c;
	struct fault f;

	client_init(&c, &rules);
	for (long i = 0; i < options.messages; i++) {
		if (send_one(&c, message, size, &f) < 0) {
			fprintf(stderr, "handshakes: message %ld: %s\n", i + 1, f.text);
			client_clear(&c);
			return EX_UNAVAILABLE;
		}
		resumed += c.secure.resumed;
		if (options.full) {
			client_clear(&c);
			client_init(&c, &rules);
		}
	}
	client_clear(&c);
	seconds = now() - start;
	printf("messages=%ld resumed=%ld seconds=%.3f per_second=%.1f\n", options.messages, resumed, seconds,
	       (double)options.messages / seconds);
	return EX_OK;
}

int main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct fault f;
	int first, message, code;
	off_t size;

	if (opt_parse(&a, handshakes_opts, argc, argv, 0, &options, &first, &f) != 0) {
		fprintf(stderr, "handshakes: %s\n", f.text);
		return EX_USAGE;
	}
	if (first < argc || options.port < 1 || options.port > 65535 || !options.ca) {
		fprintf(stderr, "usage: handshakes --port N --ca FILE [--full] [--messages N]\n");
		return EX_USAGE;
	}
	message = make_message(&size);
	if (message < 0) {
		perror("handshakes");
		return EX_OSERR;
	}
	code = send_all(message, size);
	close(message);
	arena_clear(&a);
	return code;
}
