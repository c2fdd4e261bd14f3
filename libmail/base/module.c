/* SPDX-License-Identifier: ISC */
/*
 * module - our own code that needs a large library.
 *
 * modules.def is written by the Makefile: a line MODULE(name) for each one that this build has.
 */
#include "base/module.h"

#include <string.h>

#ifndef MODULE_STATIC
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#ifndef MODULE_DIR
#define MODULE_DIR "/usr/local/lib/letterbox"
#endif

#ifdef MODULE_STATIC
#define MODULE(name) extern const struct module letterbox_module_##name;
#include "modules.def"
#undef MODULE
#define MODULE(name) { #name, &letterbox_module_##name },
#else
#define MODULE(name) { #name, NULL },
#endif

/* Those that are there; `found` is filled at first use, in a static build by the linker. */
static struct known {
	const char *name;
	const struct module *found;
} known[] = {
#include "modules.def"
	{ NULL, NULL },
};

/* What people call it. */
static const struct {
	const char *name, *what;
} words[] = {
	{ "tls", "TLS" },      { "crypto", "cryptography" }, { "smime", "S/MIME" },
	{ "curl", "libcurl" }, { "magic", "libmagic" },
};

static const char *what(const char *name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, name) == 0)
			return words[i].what;
	return name;
}

#ifndef MODULE_STATIC
static bool is_trusted(int fd, uid_t owner)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_uid == 0 || st.st_uid == owner) && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* "modules" in the directory of the executable. -1: there is none that can be trusted. */
static int open_beside(uid_t *owner)
{
	char path[PATH_MAX + sizeof("/modules")];
	struct stat st;
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;
	int dir;

	if (n <= 0 || n >= PATH_MAX || stat("/proc/self/exe", &st) < 0)
		return -1;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return -1;
	memcpy(slash, "/modules", sizeof("/modules"));
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && is_trusted(dir, st.st_uid)) {
		*owner = st.st_uid;
		return dir;
	}
	if (dir >= 0)
		close(dir);
	return -1;
}

/* By its descriptor, so that what is loaded is what was looked at. NULL and *is_there: dlerror(3) knows more. */
static void *load_beside(const char *name, bool *is_there)
{
	char file[64];
	uid_t owner = 0;
	void *handle = NULL;
	int dir = open_beside(&owner), fd;

	*is_there = false;
	if (dir < 0)
		return NULL;
	snprintf(file, sizeof(file), "%s.so", name);
	fd = openat(dir, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	close(dir);
	if (fd < 0)
		return NULL;
	if (is_trusted(fd, owner)) {
		*is_there = true;
		snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
		handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	}
	close(fd);
	return handle;
}

static const struct module *load(const struct known *k, struct fault *f)
{
	char path[sizeof(MODULE_DIR) + 64], symbol[64];
	bool is_there;
	void *handle = load_beside(k->name, &is_there);
	const struct module *m = NULL;

	snprintf(path, sizeof(path), "%s/%s.so", MODULE_DIR, k->name);
	snprintf(symbol, sizeof(symbol), "letterbox_module_%s", k->name);
	if (!is_there && access(path, F_OK) < 0) {
		fault_temp(f, 451, "4.3.5", "%s is not available: there is no %s, which is a part of letterbox",
			   what(k->name), path);
		return NULL;
	}
	if (!is_there)
		handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		fault_temp(f, 451, "4.3.5", "%s is not available: %s", what(k->name), dlerror());
		return NULL;
	}
	m = dlsym(handle, symbol);
	if (m && strcmp(m->build, MODULE_BUILD) == 0)
		return m;
	fault_temp(f, 451, "4.3.5", "%s is not available: %s.so is of another version (%.40s) than this program (%s)",
		   what(k->name), k->name, m ? m->build : "unknown", MODULE_BUILD);
	return NULL;
}
#else
static const struct module *load(const struct known *k, struct fault *f)
{
	fault_bug(f, "%s is linked in and has no functions", k->name);
	return NULL;
}
#endif

const void *module_open(const char *name, struct fault *f)
{
	for (struct known *k = known; k->name; k++) {
		if (strcmp(k->name, name) != 0)
			continue;
		if (!k->found)
			k->found = load(k, f);
		return k->found ? k->found->functions : NULL;
	}
	fault_temp(f, 451, "4.3.5", "%s is not available: this program was built without it", what(name));
	return NULL;
}
