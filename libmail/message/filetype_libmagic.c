/* SPDX-License-Identifier: ISC */
/*
 * filetype_libmagic - the module "magic": one question to libmagic.
 */
#include "message/filetype.h"

#include <magic.h>

#include "base/module.h"

static const char *guess(struct span front)
{
	static magic_t cookie;

	if (!cookie) {
		cookie = magic_open(MAGIC_MIME_TYPE);
		if (!cookie)
			return NULL;
		if (magic_load(cookie, NULL) != 0) {
			magic_close(cookie);
			cookie = NULL;
			return NULL;
		}
	}
	return magic_buffer(cookie, front.p ? front.p : "", front.n);
}

static const struct filetype_functions functions = { guess };

MODULE_EXPORT(magic, &functions);
