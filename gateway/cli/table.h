/* SPDX-License-Identifier: MIT */
/* table.h - JSON objects as aligned columns for people
 *
 * Text comes from outside: control characters never reach the terminal.
 */
#ifndef GW_CLI_TABLE_H
#define GW_CLI_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/run/json.h"

enum table_kind {
	TABLE_TEXT,   /* a string or a number as it is */
	TABLE_NUMBER, /* right-aligned; 0 is left blank */
	TABLE_AGO,    /* a point in time (ms or RFC 3339) as "3m ago" */
	TABLE_MARK,   /* true: an arrow */
	TABLE_FLAG,   /* true: the title in lower case */
};

struct table_column { /* ended by title NULL */
	const char *title;
	const char *key; /* "a|b": the first there is; "a.b": inside */
	enum table_kind kind;
	int max; /* columns of the terminal; 0: no bound */
};

/* none: what to say when there are no rows. */
void table_print(const struct json *rows, const struct table_column *columns,
		 const char *none);
/* One cell as text, in the arena. */
char *table_cell(struct arena *a, const struct json *row,
		 const struct table_column *column);
/* One value, safe for a terminal. */
char *table_text(struct arena *a, struct str s);
int table_width(const char *text); /* columns on a terminal */
int64_t table_now(void);	   /* wall clock, ms */

#endif
