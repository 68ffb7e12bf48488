/* SPDX-License-Identifier: MIT */
/* replay.c - runs a fuzz target over every file of its corpus
 *
 * The folder is the argument, or REPLAY_CORPUS as the makefile says it.  An
 * empty or missing folder is a failure: it would prove nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>

#include "gateway/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef MUSTER_LIBFUZZER /* libFuzzer brings its own main() */

static int run_file(const char *folder, const char *name)
{
	struct buf path = { .data = NULL }, content = { .data = NULL };
	size_t got = 0;
	FILE *file;

	buf_printf(&path, "%s/%s", folder, name);
	file = fopen((const char *)path.data, "rb");
	if (file == NULL) {
		perror((const char *)path.data);
		buf_fini(&path);
		return -1;
	}
	do {
		uint8_t chunk[4096];

		got = fread(chunk, 1, sizeof(chunk), file);
		buf_add(&content, chunk, got);
	} while (got > 0);
	(void)fclose(file);
	printf("%s\n", (const char *)path.data);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(content.data, content.len);
	buf_fini(&path);
	buf_fini(&content);
	return 0;
}

int main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : REPLAY_CORPUS;
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int files = 0, failed = 0;

	if (dir == NULL) {
		perror(folder);
		return 1;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		files++;
		if (run_file(folder, entry->d_name) != 0)
			failed++;
	}
	(void)closedir(dir);
	printf("%d files, %d unreadable\n", files, failed);
	return files == 0 || failed > 0;
}

#endif
