/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_KEYPAIR_H
#define LIBMAIL_NET_KEYPAIR_H

/*
 * keypair - the certificates that a server shows, and their keys, as they are in their files (PEM).
 *
 * Read while the process may read them, used by tlsio_server_open() when the first client asks for TLS.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	KEYPAIR_MAX = 32,	    /* certificates of a server */
	KEYPAIR_FILE_MAX = 1 << 20, /* octets: a certificate with its chain */
};

struct keypair {
	const char *cert_file, *key_file;
	struct span cert, key;
};

struct keypairs {
	struct arena arena;
	struct keypair v[KEYPAIR_MAX];
	size_t n;
	uint64_t stamp;	 /* of the files, when they were read */
	int64_t read_at; /* monotonic, milliseconds */
};

/*
 * The files are lists, separated by commas or blanks; the n-th key belongs to the n-th certificate. Without keys each
 * file has both. No files: no pairs. A fault leaves nothing.
 */
int keypair_read(struct keypairs *k, const char *cert_files, const char *key_files, struct fault *f);
/* Is any of the files another one, or has it been written since? Costs a stat(2) each. */
bool keypair_is_changed(const struct keypairs *k);
/* They are not what we want, but they have been looked at: not changed, until they change again. */
void keypair_ignore(struct keypairs *k);
/* Wiped, and freed. */
void keypair_clear(struct keypairs *k);

#endif
