/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_CASEMAP_DATA_H
#define LIBMAIL_MESSAGE_CASEMAP_DATA_H

/*
 * casemap_data - the map of casemap.c, made from Unicode's UnicodeData.txt by tools/mkcasemap.
 */

#include "message/charmap.h"

extern const struct charmap casemap_data;

#endif
