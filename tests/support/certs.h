/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_CERTS_H
#define TESTS_SUPPORT_CERTS_H

/*
 * certs - certificates for tests, made by the script beside this (which says what there are), once a process.
 */

#include "base/span.h"
#include "net/keypair.h"

/* The path of one: "mx.pem". To be called first in an unchecked fixture, so that all tests have the same. */
const char *certs_path(const char *file);
/* NAME.pem with NAME.key; each call has the same memory. */
const struct keypairs *certs_pair(const char *name);
/* The digest of its public key, 32 octets. */
struct span certs_spki(const char *name);

#endif
