/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_TEMPDIR_H
#define TESTS_SUPPORT_TEMPDIR_H

/*
 * tempdir - a directory for the files of one test. What fails, fails the test.
 *
 * Made under TMPDIR or /tmp when it is first needed, one a process, and
 * removed by tempdir_remove(), which also is done at exit.
 */

#include <stddef.h>
#include <sys/types.h>

/* Its absolute name, which others may pass through but not list. */
const char *tempdir(void);
void tempdir_remove(void);

/*
 * From the next one on it is made under MEMDIR, where there is one: for tests that sync thousands of small files, and
 * run none of them. The test runner makes it in memory, and removes it.
 */
void tempdir_in_memory(void);

/* The name of a file in it; lives until the next tempdir_remove(). */
const char *tempdir_path(const char *name);

/* Write a file, whole; directories in its name are made with mode 0755. Returns its path. */
const char *tempdir_write(const char *name, const char *content, mode_t mode);
const char *tempdir_write_bytes(const char *name, const void *content, size_t n, mode_t mode);

/* A copy of text in which the directory's name is "T", for comparing; lives as long as a path. */
const char *tempdir_hide(const char *text);

#endif
