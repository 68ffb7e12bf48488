/* SPDX-License-Identifier: MIT */
/* sql.h - prepared statements for the files of gateway/store/
 *
 * A thin layer over SQLite, the only includer of sqlite3.h is sql.c.
 * Statements are cached by the address of their literal text; one statement
 * is in use at most once at a time.
 *
 *   struct sql_stmt *q = sql(db, "SELECT a, b FROM t WHERE id = ?");
 *   sql_bind_int(q, 1, id);
 *   while ((e = sql_row(q)) == GW_OK) { ... sql_int(q, 0) ... }
 *   e = sql_end(q, e);	-- GW_NOT_FOUND (no more rows) becomes GW_OK
 */
#ifndef GW_STORE_SQL_H
#define GW_STORE_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

struct store_db;
struct sql_stmt;

/* Never NULL: a statement that does not compile ends the process. */
struct sql_stmt *sql(struct store_db *db, const char *literal);
void sql_bind_int(struct sql_stmt *q, int i, int64_t v); /* i from 1 */
void sql_bind_str(struct sql_stmt *q, int i,
		  struct str s); /* text; p NULL: NULL */
void sql_bind_text(struct sql_stmt *q, int i, const char *s);
void sql_bind_blob(struct sql_stmt *q, int i, struct str s);
/* Bound slices are not copied: they must live until sql_end(). */

/* GW_OK: a row is there; GW_NOT_FOUND: no more; GW_CONFLICT: a constraint;
 * GW_UNAVAIL: disk full, I/O, locked. */
enum gw_err sql_row(struct sql_stmt *q) GW_CHECKED;
int64_t sql_int(struct sql_stmt *q, int column);    /* from 0 */
struct str sql_str(struct sql_stmt *q, int column); /* until the next row */
char *sql_text(struct arena *a, struct sql_stmt *q, int column); /* copy */
bool sql_is_null(struct sql_stmt *q, int column);
/* Resets and unbinds; maps GW_NOT_FOUND to GW_OK, hands e through. */
enum gw_err sql_end(struct sql_stmt *q, enum gw_err e);
/* bind, step, end for statements without rows. */
enum gw_err sql_run(struct sql_stmt *q) GW_CHECKED;
int64_t sql_changes(struct store_db *db); /* of the last statement */

#endif
