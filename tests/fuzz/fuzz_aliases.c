/* SPDX-License-Identifier: ISC */
/*
 * An alias file of any bytes: the scan and the index find the same, whatever
 * is an alias can be found, elements have no control bytes, every name
 * expands to something in bounded time, and what RCPT accepts and what is
 * delivered agree.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "message/address.h"
#include "route/aliases.h"
#include "route/audit.h"
#include "route/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NAMES_MAX = 16 };

/* Names of up to two letters have accounts; looking up "?" fails. */
static int find_account(void *ctx, struct arena *a, struct span name, struct account *out, struct fault *f)
{
	(void)ctx;
	if (name.n && name.p[0] == '?')
		return fault_temp(f, 451, "4.3.0", "cannot ask");
	if (name.n > 2)
		return 0;
	*out = (struct account){
		.name = arena_span(a, name), .uid = 1, .gid = 1, .home = "/h", .full_name = "", .mail = "/m"
	};
	return 1;
}

/* Paths end with what happens: files that name themselves, are missing, or cannot be read. */
static int read_file(void *ctx, struct arena *a, const char *path, const struct account *as, bool forward,
		     struct span *out, struct fault *f)
{
	size_t n = strlen(path);

	(void)ctx;
	(void)as;
	(void)forward;
	if (path[n - 1] == '0')
		return 0;
	if (path[n - 1] == '1')
		return fault_perm(f, 550, "5.7.0", "not to be trusted");
	*out = span_str(arena_printf(a, "# list\nal, gone\n:include:%s\n|x\n", path));
	return 1;
}

static void report(void *ctx, const struct audit_finding *finding)
{
	(void)ctx;
	assert(finding->file && finding->text[0]);
}

static void check_entries(const struct alias *alias)
{
	struct arena a = { 0 };
	struct entries list;
	struct entry e;
	size_t line = alias->line;
	int rc;

	aliases_entries(alias, &list);
	while ((rc = entry_next(&list, &a, &e, NULL)) != 0) {
		assert(e.line >= line);
		line = e.line;
		if (rc < 0)
			continue;
		assert(e.text[0] && strlen(e.text) <= ENTRY_MAX);
		for (const char *p = e.text; *p; p++)
			assert(*p == '\t' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
		if (e.kind == ENTRY_ADDRESS || e.kind == ENTRY_USER)
			assert(address_is_valid(span_str(e.text), true, true));
	}
	arena_clear(&a);
}

/* The first alias of that name, by a scan and by the index. */
static void check_find(struct aliases_file *file, const struct alias *alias)
{
	struct textmap_entry scanned, indexed;

	file->map.scans = 0;
	assert(textmap_find(&file->map, alias->name, &scanned));
	file->map.scans = TEXTMAP_SCANS;
	assert(textmap_find(&file->map, alias->name, &indexed));
	assert(scanned.line == indexed.line && scanned.line <= alias->line);
	assert(scanned.value.p == indexed.value.p && scanned.value.n == indexed.value.n);
	assert(span_is_nocase(scanned.key, alias->name));
}

static bool has_deliverable(const struct route_targets *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].kind != ROUTE_FAULT)
			return true;
	return false;
}

static bool is_unreadable_list(const struct route_targets *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].kind == ROUTE_FAULT && strstr(t->v[i].fault->text, "the list cannot be read"))
			return true;
	return false;
}

static void check_route(struct route *r, struct span name)
{
	struct arena a = { 0 };
	struct route_targets targets;
	struct fault f;
	bool accepted = route_check(r, &a, name, &f) == 0;

	assert(accepted || f.text[0]);
	if (route_expand(r, &a, name, &targets, &f) == 0) {
		assert(targets.n > 0);
		if (accepted)
			assert(has_deliverable(&targets) || is_unreadable_list(&targets));
		else
			assert(!has_deliverable(&targets));
	}
	arena_clear(&a);
}

static void check_file(struct route *r)
{
	struct aliases_file *file = &r->aliases->v[0];
	struct audit au = { .route = r, .report = report };
	struct textmap_walk walk = { 0 };
	char names[NAMES_MAX][64];
	size_t n = 0, length[NAMES_MAX];
	struct alias alias;
	int rc;

	assert(route_load(r, NULL) == 0);
	while ((rc = aliases_next(file, &walk, &alias, NULL)) != 0) {
		if (rc < 0)
			continue;
		check_find(file, &alias);
		check_entries(&alias);
		if (n < NAMES_MAX && alias.name.n < sizeof(names[0])) {
			memcpy(names[n], alias.name.p, alias.name.n);
			length[n++] = alias.name.n;
		}
	}
	/* The file is read again by these, so the names are copies. */
	for (size_t i = 0; i < n; i++)
		check_route(r, span_of(names[i], length[i]));
	assert(audit_run(&au, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct route_callbacks call = { .find_account = find_account, .read_file = read_file };
	int fd = memfd_create("aliases", 0);
	struct arena a = { 0 };
	struct route r = { .mydestination = "m.example",
			   .myorigin = "m.example",
			   .recipient_delimiter = "+-",
			   .default_privs = "nobody",
			   .allow_mail_to_commands = true,
			   .allow_mail_to_files = true,
			   .call = &call };

	if (fd < 0 || fchmod(fd, 0600) < 0 || disk_write(fd, data, size, "memfd", NULL) < 0)
		return 0;
	r.alias_maps = arena_printf(&a, "/proc/self/fd/%d", fd);
	assert(route_init(&r, NULL) == 0);
	check_file(&r);
	route_clear(&r);
	arena_clear(&a);
	close(fd);
	return 0;
}
