/* SPDX-License-Identifier: MIT */
/* rows.c - a table and requests on it, for the tests of the store */
#include "tests/unit/store/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void rows_place_make(struct rows_place *p)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(p->folder, sizeof(p->folder), "%s/rows.XXXXXX",
		 tmp != NULL && strlen(tmp) < 40 ? tmp : "/tmp");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->path, sizeof(p->path), "%s/store.db", p->folder);
}

void rows_place_drop(struct rows_place *p)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[160];

	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", p->path, ends[i]);
		unlink(name);
	}
	assert_int_equal(rmdir(p->folder), 0);
}

static enum gw_err apply_table(struct store_req *r, struct store_db *db)
{
	(void)r;
	return sql_run(sql(db, "CREATE TABLE IF NOT EXISTS t "
			       "(id BIGINT PRIMARY KEY, text TEXT NOT NULL)"));
}

void rows_table(struct store *s)
{
	struct store_req req = { .apply = apply_table };

	assert_int_equal(store_now(s, &req), GW_OK);
}

enum gw_err rows_apply_insert(struct store_req *r, struct store_db *db)
{
	struct rows_req *row = LIST_OF(r, struct rows_req, req);
	struct sql_stmt *q = sql(db, "INSERT INTO t (id, text) VALUES (?, ?)");
	char *text = mem_new(row->size + 1);
	enum gw_err e;

	memset(text, 'x', row->size);
	sql_bind_int(q, 1, row->id);
	sql_bind_str(q, 2, str_make(text, row->size));
	e = sql_run(q);
	mem_free(text);
	return e;
}

void rows_done(struct store_req *r, enum gw_err e)
{
	struct rows_req *row = LIST_OF(r, struct rows_req, req);
	struct rows_log *log = row->log;

	assert_true(log->n < COUNT(log->ids));
	log->ids[log->n] = row->id;
	log->errors[log->n++] = e;
	if (row->then != NULL)
		row->then(row, e);
	if (log->stop_at != 0 && log->n == log->stop_at)
		loop_stop(log->loop);
	mem_free(row);
}

struct rows_req *rows_new(int64_t id, size_t size, struct rows_log *log)
{
	struct rows_req *row = mem_new(sizeof(*row));

	row->req.apply = rows_apply_insert;
	row->req.done = rows_done;
	row->id = id;
	row->size = size;
	row->log = log;
	return row;
}

void rows_insert(struct store *s, int64_t id, size_t size, struct rows_log *log)
{
	store_submit(s, &rows_new(id, size, log)->req);
}

struct number {
	struct store_req req;
	int64_t n;
};

static enum gw_err apply_count(struct store_req *r, struct store_db *db)
{
	struct number *c = LIST_OF(r, struct number, req);
	struct sql_stmt *q = sql(db, "SELECT COUNT(*) FROM t");
	enum gw_err e = sql_row(q);

	if (e == GW_OK)
		c->n = sql_int(q, 0);
	return sql_end(q, e);
}

int64_t rows_count(struct store *s)
{
	struct number c = { .req = { .apply = apply_count } };

	assert_int_equal(store_now(s, &c.req), GW_OK);
	return c.n;
}

static enum gw_err apply_full(struct store_req *r, struct store_db *db)
{
	(void)r; /* SQLite takes the present size when that is larger */
	return sql_run(sql(db, "PRAGMA max_page_count = 1"));
}

static enum gw_err apply_roomy(struct store_req *r, struct store_db *db)
{
	(void)r;
	return sql_run(sql(db, "PRAGMA max_page_count = 1000000"));
}

void rows_disk_full(struct store *s, bool full)
{
	struct store_req req = { .apply = full ? apply_full : apply_roomy };

	assert_int_equal(store_now(s, &req), GW_OK);
}
