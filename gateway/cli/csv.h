/* SPDX-License-Identifier: MIT */
/* csv.h - rows of comma-separated values as RFC 4180 quotes them
 *
 * PURE.  A line ends with LF or CRLF; a quoted field may hold both.  A quote
 * inside an unquoted field, or text after a closing quote, is an error.
 */
#ifndef GW_CLI_CSV_H
#define GW_CLI_CSV_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

#define CSV_FIELDS_MAX 16

struct csv {
	struct str rest;
	unsigned line;	/* on which the last row began */
	unsigned lines; /* read so far */
};

struct csv_row {
	size_t count;
	struct str fields[CSV_FIELDS_MAX];
};

void csv_init(struct csv *c, struct str text); /* skips a byte order mark */
/* The next row that is not empty, fields in the arena; false at the end.
 * On a fault *e is set, the note says what, and reading is over. */
bool csv_next(struct csv *c, struct arena *a, struct csv_row *row,
	      enum gw_err *e, struct err_note *note);

#endif
