/* SPDX-License-Identifier: MIT */
/* sql.c - prepared statements over SQLite; the only includer of sqlite3.h */
#include "gateway/store/sql_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/list.h"
#include "gateway/base/map.h"
#include "gateway/run/log.h"

#define BUSY_MS 2000 /* somebody's backup may hold the lock for a moment */
#define USED	64   /* statements that are found without the map */

struct sql_stmt {
	const char *literal; /* its address is the key in the map */
	struct store_db *db;
	sqlite3_stmt *handle; /* NULL: the disk failed while it was prepared */
	int rc;		      /* first failure of prepare or bind */
	struct list busy;
};

struct store_db {
	sqlite3 *handle;
	struct map stmts;
	struct sql_stmt *used[USED]; /* lately, by address */
	struct list busy; /* statements between sql() and sql_end() */
	bool failed;
	bool no_writes;
	int wal_frames;
	struct err_note why;
};

static enum gw_err from_rc(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
		return GW_OK;
	case SQLITE_DONE:
		return GW_NOT_FOUND;
	case SQLITE_CONSTRAINT:
		return GW_CONFLICT;
	case SQLITE_TOOBIG:
		return GW_LIMIT;
	case SQLITE_ERROR:
	case SQLITE_INTERNAL:
	case SQLITE_MISMATCH:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_SCHEMA:
		return GW_INTERNAL;
	default:
		return GW_UNAVAIL; /* FULL, IOERR, READONLY, BUSY, CORRUPT... */
	}
}

static enum gw_err note_failure(struct store_db *db, int rc)
{
	enum gw_err e = from_rc(rc);

	if (e != GW_UNAVAIL)
		return e;
	if (!db->failed)
		(void)err_say(&db->why, e, "%s", sqlite3_errmsg(db->handle));
	db->failed = true;
	return e;
}

static _Noreturn void broken(const char *what, const char *literal,
			     const char *why)
{
	log_error(what, "sql", literal, "why", why, NULL);
	abort();
}

static struct str key_of(const struct sql_stmt *q)
{
	return str_make((const char *)&q->literal, sizeof(q->literal));
}

static void prepare(struct sql_stmt *q)
{
	const char *tail = NULL;
	enum gw_err e;

	q->rc = sqlite3_prepare_v3(q->db->handle, q->literal, -1,
				   SQLITE_PREPARE_PERSISTENT, &q->handle,
				   &tail);
	if (q->rc == SQLITE_OK && q->handle != NULL && *tail == '\0')
		return;
	e = note_failure(q->db, q->rc);
	if (e != GW_UNAVAIL)
		broken("store.bad-statement", q->literal,
		       sqlite3_errmsg(q->db->handle));
}

static struct sql_stmt *find(struct store_db *db, const char *literal)
{
	struct str key = str_make((const char *)&literal, sizeof(literal));
	struct sql_stmt *q = map_get(&db->stmts, key);

	if (q != NULL)
		return q;
	q = mem_new(sizeof(*q));
	q->literal = literal;
	q->db = db;
	list_init(&q->busy);
	(void)map_put(&db->stmts, key_of(q), q);
	return q;
}

struct sql_stmt *sql(struct store_db *db, const char *literal)
{
	struct sql_stmt **used = &db->used[(uintptr_t)literal / 8 % USED];
	struct sql_stmt *q = *used;

	if (q == NULL || q->literal != literal)
		q = *used = find(db, literal);
	if (!list_empty(&q->busy))
		broken("store.statement-in-use", literal, "used twice at once");
	if (q->handle == NULL)
		prepare(q);
	list_append(&db->busy, &q->busy);
	return q;
}

static void bound(struct sql_stmt *q, int rc)
{
	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

void sql_bind_int(struct sql_stmt *q, int i, int64_t v)
{
	if (q->handle != NULL)
		bound(q, sqlite3_bind_int64(q->handle, i, v));
}

void sql_bind_str(struct sql_stmt *q, int i, struct str s)
{
	if (q->handle == NULL)
		return;
	if (s.p == NULL)
		bound(q, sqlite3_bind_null(q->handle, i));
	else
		bound(q, sqlite3_bind_text64(q->handle, i, s.p, s.n,
					     SQLITE_STATIC, SQLITE_UTF8));
}

void sql_bind_text(struct sql_stmt *q, int i, const char *s)
{
	sql_bind_str(q, i, str_of(s));
}

void sql_bind_blob(struct sql_stmt *q, int i, struct str s)
{
	if (q->handle == NULL)
		return;
	if (s.p == NULL)
		bound(q, sqlite3_bind_null(q->handle, i));
	else
		bound(q, sqlite3_bind_blob64(q->handle, i, s.p, s.n,
					     SQLITE_STATIC));
}

enum gw_err sql_row(struct sql_stmt *q)
{
	if (q->rc != SQLITE_OK)
		return note_failure(q->db, q->rc);
	if (q->db->no_writes && sqlite3_stmt_readonly(q->handle) == 0) {
		log_error("store.write-in-read", "sql", q->literal, NULL);
		return GW_INTERNAL;
	}
	return note_failure(q->db, sqlite3_step(q->handle));
}

int64_t sql_int(struct sql_stmt *q, int column)
{
	return sqlite3_column_int64(q->handle, column);
}

struct str sql_str(struct sql_stmt *q, int column)
{
	int type = sqlite3_column_type(q->handle, column);
	const char *p;

	if (type == SQLITE_NULL)
		return STR_NONE;
	if (type == SQLITE_BLOB)
		p = sqlite3_column_blob(q->handle, column);
	else
		p = (const char *)sqlite3_column_text(q->handle, column);
	if (p == NULL)
		return STR(""); /* SQLite's empty blob */
	return str_make(p, (size_t)sqlite3_column_bytes(q->handle, column));
}

char *sql_text(struct arena *a, struct sql_stmt *q, int column)
{
	struct str s = sql_str(q, column);

	return s.p != NULL ? arena_strndup(a, s.p, s.n) : NULL;
}

bool sql_is_null(struct sql_stmt *q, int column)
{
	return sqlite3_column_type(q->handle, column) == SQLITE_NULL;
}

enum gw_err sql_end(struct sql_stmt *q, enum gw_err e)
{
	if (q->handle != NULL) {
		(void)sqlite3_reset(q->handle); /* repeats the step's error */
		(void)sqlite3_clear_bindings(q->handle);
	}
	q->rc = SQLITE_OK;
	list_del(&q->busy);
	return e == GW_NOT_FOUND ? GW_OK : e;
}

enum gw_err sql_run(struct sql_stmt *q)
{
	enum gw_err e;

	do
		e = sql_row(q);
	while (e == GW_OK);
	return sql_end(q, e);
}

int64_t sql_changes(struct store_db *db)
{
	return sqlite3_changes64(db->handle);
}

/* --- for store.c ------------------------------------------------------- */

static enum gw_err sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	enum gw_err e = GW_UNAVAIL;
	int fd;

	if (slash == NULL)
		folder = mem_strdup(".");
	else if (slash == path)
		folder = mem_strdup("/");
	else
		folder = mem_strndup(path, (size_t)(slash - path));
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		if (fsync(fd) == 0)
			e = GW_OK;
		close(fd);
	}
	mem_free(folder);
	return e;
}

/* Who could read the file could read password hashes. */
static enum gw_err keep_private(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return GW_UNAVAIL;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return GW_DENIED;
	}
	if ((st.st_mode & 077) != 0 && fchmod(fd, 0600) != 0)
		return GW_DENIED;
	return GW_OK;
}

enum gw_err sql_create(const char *path, struct err_note *note)
{
	enum gw_err e;
	int fd;

	if (str_is(str_of(path), ":memory:"))
		return GW_OK;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd < 0)
		return err_say(note, GW_UNAVAIL, "store %s: %s", path,
			       strerror(errno));
	e = keep_private(fd);
	if (e == GW_OK)
		e = sync_folder(path);
	if (e != GW_OK)
		(void)err_say(note, e, "store %s: %s", path, strerror(errno));
	close(fd);
	return e;
}

static int on_wal(void *arg, sqlite3 *handle, const char *name, int frames)
{
	struct store_db *db = arg;

	(void)handle;
	(void)name;
	db->wal_frames = frames;
	return SQLITE_OK;
}

static enum gw_err set_up(struct store_db *db, const char *path,
			  struct err_note *note)
{
	enum gw_err e;
	struct sql_stmt *q;
	bool wal;

	/* FULL: every commit syncs the log, or a power cut takes the last
	 * ones.  Temporary journals in memory: a savepoint per request must
	 * not write files. */
	e = sql_script(db,
		       "PRAGMA journal_mode = WAL;"
		       "PRAGMA synchronous = FULL;"
		       "PRAGMA wal_autocheckpoint = 0;"
		       "PRAGMA journal_size_limit = 67108864;"
		       "PRAGMA temp_store = MEMORY;"
		       "PRAGMA cache_size = -16384;"
		       "PRAGMA trusted_schema = OFF;"
		       "PRAGMA foreign_keys = ON",
		       note);
	if (e != GW_OK)
		return e;
	q = sql(db, "PRAGMA journal_mode");
	e = sql_row(q);
	wal = e == GW_OK &&
	      (str_is(sql_str(q, 0), "wal") || str_is(sql_str(q, 0), "memory"));
	e = sql_end(q, e);
	if (e == GW_OK && !wal)
		e = err_say(note, GW_UNAVAIL,
			    "store %s: its file system cannot hold a "
			    "write-ahead log",
			    path);
	return e;
}

enum gw_err sql_open(const char *path, enum sql_mode mode,
		     struct store_db **out, struct err_note *note)
{
	struct store_db *db = mem_new(sizeof(*db));
	enum gw_err e;
	int rc;

	/* A lock around every malloc, for a count that nobody reads.  Refused
	 * from the second handle on, when it is off already. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	map_init(&db->stmts, (struct map_seed){ .k0 = 1, .k1 = 2 });
	list_init(&db->busy);
	rc = sqlite3_open_v2(path, &db->handle,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK) {
		e = err_say(note, GW_UNAVAIL, "store %s: %s", path,
			    db->handle != NULL ? sqlite3_errmsg(db->handle)
					       : sqlite3_errstr(rc));
		goto failed;
	}
	(void)sqlite3_extended_result_codes(db->handle, 1);
	(void)sqlite3_busy_timeout(db->handle, BUSY_MS);
	e = set_up(db, path, note);
	if (e != GW_OK)
		goto failed;
	if (mode == SQL_WRITER)
		(void)sqlite3_wal_hook(db->handle, on_wal, db);
	db->no_writes = mode == SQL_READER;
	*out = db;
	return GW_OK;
failed:
	sql_close(&db);
	return e;
}

void sql_close(struct store_db **db)
{
	struct sql_stmt *q;
	size_t it = 0;

	if (*db == NULL)
		return;
	while ((q = map_next(&(*db)->stmts, &it)) != NULL) {
		(void)sqlite3_finalize(q->handle);
		mem_free(q);
	}
	map_fini(&(*db)->stmts);
	if (sqlite3_close((*db)->handle) != SQLITE_OK)
		log_error("store.close-failed", NULL);
	mem_free(*db);
	*db = NULL;
}

enum gw_err sql_script(struct store_db *db, const char *text,
		       struct err_note *note)
{
	int rc = sqlite3_exec(db->handle, text, NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		return GW_OK;
	return err_say(note, note_failure(db, rc), "store: %s",
		       sqlite3_errmsg(db->handle));
}

void sql_clear(struct store_db *db)
{
	db->failed = false;
	db->why.text[0] = '\0';
}

bool sql_failed(const struct store_db *db)
{
	return db->failed;
}

const char *sql_why(const struct store_db *db)
{
	return db->why.text;
}

bool sql_in_transaction(const struct store_db *db)
{
	return sqlite3_get_autocommit(db->handle) == 0;
}

void sql_forbid_writes(struct store_db *db, bool on)
{
	db->no_writes = on;
}

bool sql_end_all(struct store_db *db)
{
	bool any = !list_empty(&db->busy);
	struct sql_stmt *q;

	while (!list_empty(&db->busy)) {
		q = LIST_OF(db->busy.next, struct sql_stmt, busy);
		log_error("store.statement-left-open", "sql", q->literal, NULL);
		(void)sql_end(q, GW_OK);
	}
	return any;
}

int64_t sql_total_changes(struct store_db *db)
{
	return sqlite3_total_changes64(db->handle);
}

int sql_wal_frames(const struct store_db *db)
{
	return db->wal_frames;
}

enum gw_err sql_checkpoint(struct store_db *db, int *frames, int *copied)
{
	int rc = sqlite3_wal_checkpoint_v2(
		db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, frames, copied);

	if ((rc & 0xff) == SQLITE_BUSY)
		return GW_AGAIN; /* another checkpoint is at it */
	return note_failure(db, rc);
}
