/* SPDX-License-Identifier: MIT */
/* files.h - web/static/ inside the program: conf/embed writes files.c */
#ifndef GW_WEB_FILES_H
#define GW_WEB_FILES_H

#include <stddef.h>
#include <stdint.h>

struct web_file {
	const char *name; /* NULL ends the list */
	const uint8_t *data;
	size_t size;
};

extern const struct web_file web_files[];

#endif
