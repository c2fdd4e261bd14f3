/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_NFKC_DATA_H
#define LIBMAIL_MESSAGE_NFKC_DATA_H

/*
 * nfkc_data - the tables of nfkc.c, made from Unicode's by tools/mkcasemap (nfkc_data.c) and tools/mknfkc
 * (nfkc_pairs.c).
 */

#include <stddef.h>
#include <stdint.h>

/* Decompositions, whole, as in casemap_data.h. */
struct nfkc_run {
	uint32_t first;
	uint16_t n;
	uint16_t step; /* between them, and between what they become; 0: they are listed, and follow each other */
	uint32_t to;   /* what the first becomes; of listed ones: its place in nfkc_listed[] */
};

extern const struct nfkc_run nfkc_runs[];
extern const size_t nfkc_nruns;
extern const uint16_t nfkc_listed[];
extern const uint32_t nfkc_text[];

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
