/* SPDX-License-Identifier: ISC */
/*
 * specialuse - what folders are for.
 */
#include "store/specialuse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/metadata.h"

static const struct {
	const char *attribute;
	unsigned bit;
} attributes[] = {
	{ "\\All", SPECIALUSE_ALL },	     { "\\Archive", SPECIALUSE_ARCHIVE },     { "\\Drafts", SPECIALUSE_DRAFTS },
	{ "\\Flagged", SPECIALUSE_FLAGGED }, { "\\Junk", SPECIALUSE_JUNK },	      { "\\Sent", SPECIALUSE_SENT },
	{ "\\Trash", SPECIALUSE_TRASH },     { "\\Important", SPECIALUSE_IMPORTANT },
};

enum { USES = sizeof(attributes) / sizeof(attributes[0]) };

/* By preference: the first that there is. */
static const struct {
	const char *name;
	unsigned bit;
} usual[] = {
	{ "Archive", SPECIALUSE_ARCHIVE },    { "Archives", SPECIALUSE_ARCHIVE }, { "Drafts", SPECIALUSE_DRAFTS },
	{ "Junk", SPECIALUSE_JUNK },	      { "Spam", SPECIALUSE_JUNK },	  { "Sent", SPECIALUSE_SENT },
	{ "Sent Messages", SPECIALUSE_SENT }, { "Trash", SPECIALUSE_TRASH },
};

unsigned specialuse_find(struct span attribute)
{
	for (size_t i = 0; i < USES; i++)
		if (span_is_nocase(attribute, span_str(attributes[i].attribute)))
			return attributes[i].bit;
	return 0;
}

unsigned specialuse_parse(struct span value)
{
	struct span word;
	unsigned uses = 0;

	while ((word = span_word(&value)).n > 0)
		uses |= specialuse_find(word);
	return uses;
}

void specialuse_put(struct buf *out, unsigned uses)
{
	const char *blank = "";

	for (size_t i = 0; i < USES; i++) {
		if (!(uses & attributes[i].bit))
			continue;
		buf_printf(out, "%s%s", blank, attributes[i].attribute);
		blank = " ";
	}
}

static int open_folder(struct folders *t, struct span name, struct fault *f)
{
	char path[PATH_MAX];
	int rc = folders_find(t, name, path, f);

	if (rc == 0)
		fault_perm(f, 550, "5.1.1", "there is no folder of that name");
	return rc > 0 ? disk_open_dir(AT_FDCWD, path, f) : -1;
}

static int load_one(struct folders *t, const char *name, unsigned *uses, struct fault *f)
{
	struct arena a = { 0 };
	struct metadata all;
	struct fault own;
	int dir = open_folder(t, span_str(name), &own), rc;

	/* Gone since it was listed. */
	if (dir < 0)
		return 0;
	rc = metadata_read(&a, dir, METADATA_FOLDER, &all, f);
	if (rc == 0)
		*uses = specialuse_parse(metadata_find(&all, SPAN(SPECIALUSE_ENTRY)));
	arena_clear(&a);
	close(dir);
	return rc;
}

int specialuse_load(struct folders *t, struct arena *a, const char *const *names, size_t n, unsigned **uses,
		    struct fault *f)
{
	unsigned given = 0;

	*uses = arena_alloc(a, n * sizeof(**uses));
	for (size_t i = 0; i < n; i++) {
		if (load_one(t, names[i], &(*uses)[i], f) < 0)
			return -1;
		given |= (*uses)[i];
	}
	for (size_t k = 0; k < sizeof(usual) / sizeof(usual[0]); k++)
		for (size_t i = 0; i < n && !(given & usual[k].bit); i++)
			if (strcmp(names[i], usual[k].name) == 0) {
				(*uses)[i] |= usual[k].bit;
				given |= usual[k].bit;
			}
	return 0;
}

int specialuse_set(struct folders *t, struct span name, unsigned uses, struct fault *f)
{
	struct metadata_entry entry = { .name = SPAN(SPECIALUSE_ENTRY) };
	int dir = open_folder(t, name, f), rc;
	struct buf value;

	if (dir < 0)
		return -1;
	buf_init(&value, 1000);
	specialuse_put(&value, uses);
	if (uses)
		entry.value = buf_span(&value);
	rc = metadata_set(dir, METADATA_FOLDER, &entry, 1, f);
	buf_clear(&value);
	close(dir);
	return rc;
}
