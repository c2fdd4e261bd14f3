/* SPDX-License-Identifier: ISC */
/*
 * keypair - the certificates that a server shows, and their keys.
 */
#include "net/keypair.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/disk.h"

/* FNV-1a over what changes when a file is replaced, written, or gone. */
static uint64_t mix(uint64_t h, uint64_t value)
{
	for (int i = 0; i < 8; i++, value >>= 8)
		h = (h ^ (value & 0xff)) * 0x100000001b3;
	return h;
}

static uint64_t stamp_file(uint64_t h, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return mix(h, 0);
	h = mix(h, (uint64_t)st.st_dev);
	h = mix(h, (uint64_t)st.st_ino);
	h = mix(h, (uint64_t)st.st_size);
	h = mix(h, (uint64_t)st.st_mtim.tv_sec);
	return mix(h, (uint64_t)st.st_mtim.tv_nsec);
}

static uint64_t stamp(const struct keypairs *k)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < k->n; i++)
		h = stamp_file(stamp_file(h, k->v[i].cert_file), k->v[i].key_file);
	return h;
}

static int list(struct keypairs *k, const char *cert_files, const char *key_files, struct fault *f)
{
	struct span certs = span_str(cert_files), keys = span_str(key_files);
	bool has_keys = span_trim(keys).n > 0;

	for (struct span cert = span_list_word(&certs); cert.n; cert = span_list_word(&certs)) {
		struct span key = has_keys ? span_list_word(&keys) : cert;

		if (k->n == KEYPAIR_MAX)
			return fault_perm(f, 0, "5.3.5", "tls_cert_file names more than %d files", KEYPAIR_MAX);
		if (key.n == 0)
			return fault_perm(f, 0, "5.3.5", "tls_key_file has no key for %.*s", SPAN_ARG(cert));
		k->v[k->n++] = (struct keypair){ .cert_file = arena_span(&k->arena, cert),
						 .key_file = arena_span(&k->arena, key) };
	}
	if (span_list_word(&keys).n)
		return fault_perm(f, 0, "5.3.5", "tls_key_file names more files than tls_cert_file");
	return 0;
}

static int read_all(struct keypairs *k, struct fault *f)
{
	for (size_t i = 0; i < k->n; i++) {
		struct keypair *p = &k->v[i];

		if (disk_read_file(&k->arena, AT_FDCWD, p->cert_file, KEYPAIR_FILE_MAX, &p->cert, f) < 0 ||
		    disk_read_file(&k->arena, AT_FDCWD, p->key_file, KEYPAIR_FILE_MAX, &p->key, f) < 0)
			return -1;
	}
	return 0;
}

int keypair_read(struct keypairs *k, const char *cert_files, const char *key_files, struct fault *f)
{
	*k = (struct keypairs){ .read_at = clock_mono_ms() };
	/* Before they are read: what is written meanwhile counts as changed. */
	if (list(k, cert_files, key_files, f) == 0) {
		k->stamp = stamp(k);
		if (read_all(k, f) == 0)
			return 0;
	}
	keypair_clear(k);
	return -1;
}

bool keypair_is_changed(const struct keypairs *k)
{
	return k->n && stamp(k) != k->stamp;
}

void keypair_ignore(struct keypairs *k)
{
	k->stamp = stamp(k);
	k->read_at = clock_mono_ms();
}

/* The arena's memory is ours to write, whatever the span says. */
static void wipe(struct span s)
{
	if (s.n)
		explicit_bzero((void *)(uintptr_t)s.p, s.n);
}

void keypair_clear(struct keypairs *k)
{
	for (size_t i = 0; i < k->n; i++) {
		wipe(k->v[i].cert);
		wipe(k->v[i].key);
	}
	arena_clear(&k->arena);
	*k = (struct keypairs){ .n = 0 };
}
