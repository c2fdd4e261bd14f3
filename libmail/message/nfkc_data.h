/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_NFKC_DATA_H
#define LIBMAIL_MESSAGE_NFKC_DATA_H

/*
 * nfkc_data - the tables of nfkc.c, made from Unicode's by tools/mkcasemap (nfkc_data.c) and tools/mknfkc
 * (nfkc_pairs.c).
 */

#include "message/charmap.h"

/* Decompositions, whole. */
extern const struct charmap nfkc_data;

/* Characters that are not here have class 0. */
struct nfkc_class {
	uint32_t first;
	uint16_t n, class;
};

extern const struct nfkc_class nfkc_classes[];
extern const size_t nfkc_nclasses;

/* By first, then by second. */
struct nfkc_pair {
	uint32_t first, second, whole;
};

extern const struct nfkc_pair nfkc_pairs[];
extern const size_t nfkc_npairs;

#endif
