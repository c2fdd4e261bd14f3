/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_PROVIDER_H
#define TESTS_SUPPORT_PROVIDER_H

/*
 * provider - a web server with a certificate of a CA of its own, in the test's directory: provider.py beside this file,
 * of which tests/applets/mta-relay/auth.sh uses the rest. Run from the top of the source tree. What fails, fails the
 * test.
 */

#include <stdbool.h>
#include <sys/types.h>

struct provider {
	const char
		*directory;  /* of its pages, and of good.crt and other.crt: its CA's certificate, and another one's */
	const char *ca_file; /* good.crt */
	int port;
	pid_t pid;
};

/* Is there a module that it could be asked with? */
bool provider_has_curl(void);

/* On 127.0.0.1, with a certificate for this name. */
void provider_start_web(struct provider *p, const char *name);
/* `head` is "STATUS TYPE" and perhaps one more header field. The directory is flat. */
void provider_page(const struct provider *p, const char *name, const char *head, const char *body);
/* How many requests there were so far. */
int provider_requests(const struct provider *p);
void provider_end(struct provider *p);

#endif
