/* SPDX-License-Identifier: MIT */
/* sql_private.h - handles, transactions and checkpoints, for store.c alone
 *
 * A handle belongs to one thread at a time.  A failure of the disk (full, I/O,
 * read-only, locked) is remembered by the handle, whatever became of its error
 * code, because SQLite may have given up the whole transaction then.
 */
#ifndef GW_STORE_SQL_PRIVATE_H
#define GW_STORE_SQL_PRIVATE_H

#include "gateway/store/sql.h"

enum sql_mode {
	SQL_WRITER,
	SQL_READER,    /* refuses statements that write */
	SQL_CHECKPOINT /* for sql_checkpoint() alone */
};

/* Makes the file (0600, its folder synced) when it is not there. */
enum gw_err sql_create(const char *path, struct err_note *note) GW_CHECKED;
enum gw_err sql_open(const char *path, enum sql_mode mode,
		     struct store_db **out, struct err_note *note) GW_CHECKED;
void sql_close(struct store_db **db); /* NULL-safe, nulls *db */

/* Several statements in one text, without rows. */
enum gw_err sql_script(struct store_db *db, const char *text,
		       struct err_note *note) GW_CHECKED;

void sql_clear(struct store_db *db);	    /* forgets failures */
bool sql_failed(const struct store_db *db); /* the disk, since sql_clear() */
const char *sql_why(const struct store_db *db); /* the first failure's text */
bool sql_in_transaction(const struct store_db *db);
void sql_forbid_writes(struct store_db *db, bool on);
/* Ends statements somebody forgot to end; true when there were any. */
bool sql_end_all(struct store_db *db);
int64_t sql_total_changes(struct store_db *db);

/* Frames in the write-ahead log after this handle's last commit. */
int sql_wal_frames(const struct store_db *db);
/* Copies what no reader needs into the database, waiting for nobody. */
enum gw_err sql_checkpoint(struct store_db *db, int *frames,
			   int *copied) GW_CHECKED;

#endif
