/* SPDX-License-Identifier: ISC */
/*
 * keywords - the file dovecot-keywords.
 */
#include "store/keywords.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/disk.h"

void keywords_clear(struct keywords *k)
{
	arena_clear(&k->arena);
	memset(k, 0, sizeof(*k));
}

bool keywords_is_valid(struct span name)
{
	if (name.n == 0 || name.n > KEYWORDS_NAME_MAX || span_has_control(name) || span_has_8bit(name))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (strchr(" (){%*\"\\]", name.p[i]))
			return false;
	return true;
}

void keywords_parse(struct keywords *k, struct span text)
{
	memset(k->names, 0, sizeof(k->names));
	while (text.n > 0) {
		struct span line = span_cut(&text, '\n'), number = span_cut(&line, ' ');
		uint64_t index;

		if (span_number(number, MSGNAME_KEYWORDS - 1, &index) == 0 && keywords_is_valid(line))
			k->names[index] = arena_span(&k->arena, line);
	}
}

int keywords_read(struct keywords *k, int dir, struct fault *f)
{
	struct stamp now;
	struct span text;

	if (stamp_at(dir, KEYWORDS_FILE, &now) < 0)
		return fault_errno(f, "cannot stat " KEYWORDS_FILE);
	if (stamp_is(&now, &k->stamp))
		return 0;
	keywords_clear(k);
	if (now.mtime_ns == 0)
		return 0;
	if (disk_read_file(&k->arena, dir, KEYWORDS_FILE, KEYWORDS_FILE_MAX, &text, f) < 0)
		return errno == ENOENT ? 0 : -1;
	keywords_parse(k, text);
	k->stamp = now;
	return 0;
}

int keywords_find(const struct keywords *k, struct span name)
{
	for (int i = 0; i < MSGNAME_KEYWORDS; i++)
		if (k->names[i] && span_is_nocase(span_str(k->names[i]), name))
			return i;
	return -1;
}

/* Readers compare times in whole seconds. */
static int make_younger(const struct keywords *k, int dir, struct fault *f)
{
	struct stamp now;

	if (stamp_at(dir, KEYWORDS_FILE, &now) < 0)
		return fault_errno(f, "cannot stat " KEYWORDS_FILE);
	if (now.mtime_ns / 1000000000 > k->stamp.mtime_ns / 1000000000)
		return 0;
	const struct timespec younger = { .tv_sec = k->stamp.mtime_ns / 1000000000 + 1 },
			      times[] = { younger, younger };

	if (utimensat(dir, KEYWORDS_FILE, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fault_errno(f, "cannot set the time of " KEYWORDS_FILE);
	return 0;
}

static int write_file(struct keywords *k, int dir, const struct lock *l, struct fault *f)
{
	struct stat st;
	struct buf out;
	int rc;

	if (fstat(dir, &st) < 0)
		return fault_errno(f, "cannot stat the folder");
	if (!lock_is_held(l))
		return fault_temp(f, 451, "4.2.0", "the lock of " KEYWORDS_FILE " was taken over by somebody else");
	buf_init(&out, KEYWORDS_FILE_MAX);
	for (int i = 0; i < MSGNAME_KEYWORDS; i++)
		if (k->names[i])
			buf_printf(&out, "%d %s\n", i, k->names[i]);
	rc = disk_replace(dir, KEYWORDS_FILE, buf_span(&out), st.st_mode & 0666, f);
	buf_clear(&out);
	if (rc == 0)
		rc = make_younger(k, dir, f);
	if (rc == 0 && stamp_at(dir, KEYWORDS_FILE, &k->stamp) < 0)
		rc = fault_errno(f, "cannot stat " KEYWORDS_FILE);
	return rc;
}

int keywords_add(struct keywords *k, int dir, const struct lock *l, struct span name, struct fault *f)
{
	int i = keywords_find(k, name);

	if (i >= 0)
		return i;
	if (!keywords_is_valid(name))
		return fault_perm(f, 550, "5.6.0", "\"%.*s\" cannot be a keyword", SPAN_ARG(name));
	for (i = 0; i < MSGNAME_KEYWORDS && k->names[i]; i++)
		;
	if (i == MSGNAME_KEYWORDS)
		return fault_perm(f, 550, "5.3.0", "all %d keywords of the folder are taken", MSGNAME_KEYWORDS);
	k->names[i] = arena_span(&k->arena, name);
	if (write_file(k, dir, l, f) == 0)
		return i;
	k->names[i] = NULL;
	return -1;
}
