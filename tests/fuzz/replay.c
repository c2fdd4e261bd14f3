/* SPDX-License-Identifier: ISC */
/*
 * replay - runs a fuzz target over files and directories of files, with any
 * compiler: the corpora are part of `make check`.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 16 << 20 };

static int replay_file(const char *path)
{
	struct arena a = { 0 };
	struct span input;
	struct fault f;
	uint8_t *copy;

	if (disk_read_file(&a, AT_FDCWD, path, INPUT_MAX, &input, &f) < 0) {
		fprintf(stderr, "%s\n", f.text);
		return -1;
	}
	/* A copy of exactly this size, so that AddressSanitizer sees one byte too much. */
	copy = arena_heap(input.n);
	memcpy(copy, input.p, input.n);
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(copy, input.n);
	free(copy);
	arena_clear(&a);
	return 1;
}

static int replay_directory(const char *path)
{
	struct arena a = { 0 };
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort), done = 0;

	if (n < 0) {
		perror(path);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		if (done >= 0 && names[i]->d_name[0] != '.')
			done = replay_file(arena_printf(&a, "%s/%s", path, names[i]->d_name)) < 0 ? -1 : done + 1;
		free(names[i]);
	}
	free(names);
	arena_clear(&a);
	return done;
}

int main(int argc, char **argv)
{
	int inputs = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		bool is_directory = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
		int n = is_directory ? replay_directory(argv[i]) : replay_file(argv[i]);

		if (n < 0)
			return EXIT_FAILURE;
		inputs += n;
	}
	printf("%d inputs\n", inputs);
	return inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
