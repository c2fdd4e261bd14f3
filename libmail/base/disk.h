/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_DISK_H
#define LIBMAIL_BASE_DISK_H

/*
 * disk - files that must be right: opened without following links, written
 * whole, durable when it is said that they are.
 *
 * Names are relative to a directory descriptor. "Durable" means that both the
 * bytes and the name survive a power loss: disk_sync_ahead() of the file before its
 * rename, disk_sync() of the directory after it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/fault.h"
#include "base/span.h"

/* Create path and its missing parents, durably; existing directories are left as they are. */
int disk_make_dirs(const char *path, mode_t mode, struct fault *f);
/* Open a directory, close-on-exec. `path` names it in the fault. */
int disk_open_dir(int at, const char *path, struct fault *f);
/* Open the directory `name` in the directory `path`; made, with mode 700, if it is missing. */
int disk_open_private_dir(const char *path, const char *name, struct fault *f);

/*
 * Open an existing regular file that has exactly one link and is not reached
 * through a symbolic link; never blocks on a FIFO. Returns the descriptor, or
 * -1 with errno kept (ENOENT among them, so that callers can tell "gone").
 */
int disk_open_single(int dir, const char *name, int flags, struct stat *st, struct fault *f);

/* A whole small file into the arena, at most max bytes; ENOENT is kept in errno. */
struct arena;
int disk_read_file(struct arena *a, int dir, const char *path, size_t max, struct span *out, struct fault *f);

/*
 * Is a file of secrets fit to be used? A temporary fault if it is no regular file, if others than its owner and
 * group may read it, or others than its owner may write it.
 */
int disk_check_secret(const struct stat *st, const char *name, struct fault *f);

int disk_write(int fd, const void *p, size_t n, const char *name, struct fault *f);
int disk_write_at(int fd, const void *p, size_t n, off_t at, const char *name, struct fault *f);
/* Exactly n bytes; a shorter file is a fault. */
int disk_read_at(int fd, void *p, size_t n, off_t at, const char *name, struct fault *f);

/* Give `size` bytes from offset `at` on to `put`, in pieces; a file that ends before is a fault. */
typedef void (*disk_put_fn)(void *to, const void *p, size_t n);
int disk_feed(int fd, off_t at, off_t size, disk_put_fn put, void *to, const char *name, struct fault *f);

/* fsync(2). A file system that cannot sync directories (EINVAL, EROFS) is taken as one that needs not. */
int disk_sync(int fd, const char *name, struct fault *f);

/*
 * Does nobody but this machine change what is at `path`? true of the file systems that are known to be such; a
 * network's and those that a process provides are not.
 */
bool disk_is_local(const char *path);

/*
 * Before a file gets its name: see to it that no name given from now on is on the disk before what was written to fd
 * is. With the disk_sync() of the name's directory both are durable, and nobody finds the name with half a file behind
 * it.
 *
 * ext4 and XFS write names and sizes down in one journal, in order, and wait for data that is on its way: there the
 * data is written here, and the sync of the directory is the one commit that both need, half the work of two. Elsewhere
 * it is disk_sync(): also on an ext4 without a journal, where the sync of a directory leaves out the sizes of the files
 * in it. What there is, /sys says; where it is silent there is none.
 */
int disk_sync_ahead(int fd, const char *name, struct fault *f);

/*
 * The same for a file that gets one name, by a rename: disk_write_ahead(), the rename, and disk_sync_name() for the
 * file that is still open, and its new directory. That is one commit also on ext4 without a journal. There the sync of
 * a file writes its name, too, if that is new; and as the data is on the disk before the name is given, what a power
 * loss leaves in between is a name with all behind it, or one of a file that does not exist, which the check that such
 * a disk needs takes away.
 */
int disk_write_ahead(int fd, const char *name, struct fault *f);
int disk_sync_name(int fd, int dir, const char *name, struct fault *f);

/*
 * What was written to fd begins to go to the disk, and nothing waits for it: disk_write_ahead() does, and finds most of
 * its work done. It may fail; who waits is told.
 */
void disk_write_begin(int fd);

/*
 * For several files that have got names in one directory: does the disk_sync_name() of one of them serve the others,
 * too? Otherwise each needs its own; after the first there is hardly anything left to write.
 */
bool disk_syncs_all_names(int fd);

/*
 * After files were renamed from other directories into `dir`. Where a journal writes both ends of a rename at once
 * there is nothing to do. Elsewhere the next sync of the old directory would make it forget them, and after a power
 * loss neither had them: so the new one is synced.
 */
int disk_sync_moved(int dir, const char *name, struct fault *f);

/*
 * Replace a file's content, `name` being in the directory itself: temporary name, sync, rename, sync of the
 * directory. Readers see the old or the new, whole.
 */
int disk_replace(int dir, const char *name, struct span content, mode_t mode, struct fault *f);

/* The same, whatever the umask is, and the new file belongs to them; -1: as if it were made by this process. */
int disk_replace_as(int dir, const char *name, struct span content, mode_t mode, uid_t uid, gid_t gid, struct fault *f);

/* Buffered output with a sticky fault: put as much as you like, look once at disk_out_flush(). */
struct disk_out {
	int fd;
	const char *name; /* for faults */
	bool failed;
	struct fault fault;
	off_t written; /* bytes put so far, flushed or not */
	size_t n;
	char bytes[16384];
};

void disk_out_init(struct disk_out *o, int fd, const char *name);
void disk_out_put(struct disk_out *o, const void *p, size_t n);
int disk_out_flush(struct disk_out *o, struct fault *f);

/* An exclusive flock(2); with wait false, 1 = somebody else has it. */
int disk_lock(int fd, bool wait, const char *name, struct fault *f);

#endif
