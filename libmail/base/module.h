/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_MODULE_H
#define LIBMAIL_BASE_MODULE_H

/*
 * module - our own code that needs a large library: loaded at first use, linked in by `make static`.
 *
 * To start with libssl costs three times as much as to start without, and most processes never use it. So the
 * code that does is a shared object of ours, NAME.so, that links its library in the usual way and exports a table of
 * functions; the Makefile's list of modules says which source files are in it (NOUN_LIBRARY.c, with `MODULE_EXPORT` in
 * one of them), and which packages it is linked with. A module has a copy of libmail/base of its own, and so uses
 * nothing from there that keeps a state: it does not log.
 *
 * Where it is looked for: "modules" beside the executable, if that directory and the file in it
 * belong to root or to the owner of the executable, and nobody else may write them; else $PREFIX/lib/letterbox.
 * Nothing in the environment changes that. One that was built from other headers than we is refused.
 */

#include "base/fault.h"

struct module {
	const char *build; /* MODULE_BUILD of when it was compiled */
	const void *functions;
};

/* From the Makefile: a digest of all headers. */
#ifndef MODULE_ABI
#define MODULE_ABI "0"
#endif
#define MODULE_BUILD LETTERBOX_VERSION "/" MODULE_ABI

/* In one file of a module: MODULE_EXPORT(tls, &functions); */
#define MODULE_EXPORT(name, table)                                                                                     \
	extern const struct module letterbox_module_##name;                                                            \
	__attribute__((visibility("default"))) const struct module letterbox_module_##name = { MODULE_BUILD, table }

/*
 * The functions of a module; the caller knows what they are. It stays loaded. A fault is temporary, and says which
 * file or library is missing, or that this program was built without it.
 */
const void *module_open(const char *name, struct fault *f);

#endif
