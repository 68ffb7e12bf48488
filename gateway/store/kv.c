/* SPDX-License-Identifier: MIT */
/* kv.c - a small table of keys and values for each module */
#include "gateway/store/kv.h"

#include "gateway/base/buf.h"
#include "gateway/store/sql.h"

struct put {
	struct store_req req;
	struct arena *arena;
	struct store_kv row;
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

struct get {
	struct store_req req;
	struct arena *arena;
	const char *room;
	struct str key;
	struct str value;
	void (*done)(void *arg, enum gw_err e, struct str value);
	void *arg;
};

struct load {
	struct store_req req;
	struct arena *arena;
	const char *room;
	struct store_kv *rows;
	size_t n;
};

static enum gw_err apply_put(struct store_req *r, struct store_db *db)
{
	struct put *put = LIST_OF(r, struct put, req);
	struct sql_stmt *q;

	if (put->row.value.p == NULL) {
		q = sql(db, "DELETE FROM kv WHERE room = ? AND key = ?");
	} else {
		q = sql(db, "INSERT INTO kv (room, key, value) "
			    "VALUES (?, ?, ?) ON CONFLICT (room, key) "
			    "DO UPDATE SET value = excluded.value");
		sql_bind_blob(q, 3, put->row.value);
	}
	sql_bind_text(q, 1, put->row.room);
	sql_bind_str(q, 2, put->row.key);
	return sql_run(q);
}

static void done_put(struct store_req *r, enum gw_err e)
{
	struct put *put = LIST_OF(r, struct put, req);
	struct arena *a = put->arena;

	if (put->done != NULL)
		put->done(put->arg, e);
	arena_free(&a);
}

void store_kv_put(struct store *s, const struct store_kv *row,
		  void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct arena *a = arena_new();
	struct put *put = arena_alloc(a, sizeof(*put));

	put->arena = a;
	put->row.room = arena_strdup(a, row->room);
	put->row.key = arena_str(a, row->key);
	put->row.value = arena_str(a, row->value);
	put->done = done;
	put->arg = arg;
	put->req.apply = apply_put;
	put->req.done = done_put;
	store_submit(s, &put->req);
}

static enum gw_err apply_load(struct store_req *r, struct store_db *db)
{
	struct load *load = LIST_OF(r, struct load, req);
	struct buf rows = { .data = NULL };
	struct store_kv row;
	struct sql_stmt *q;
	enum gw_err e;

	q = sql(db, "SELECT key, value FROM kv WHERE room = ? ORDER BY key");
	sql_bind_text(q, 1, load->room);
	while ((e = sql_row(q)) == GW_OK) {
		row.room = load->room;
		row.key = arena_str(load->arena, sql_str(q, 0));
		row.value = arena_str(load->arena, sql_str(q, 1));
		buf_add(&rows, &row, sizeof(row));
	}
	e = sql_end(q, e);
	load->n = rows.len / sizeof(row);
	load->rows = arena_alloc(load->arena, rows.len + 1);
	if (rows.len > 0)
		memcpy(load->rows, rows.data, rows.len);
	buf_fini(&rows);
	return e;
}

enum gw_err store_kv_load(struct store *s, const char *room, struct arena *a,
			  struct store_kv **rows, size_t *n)
{
	struct load load = { .req = { .apply = apply_load }, .arena = a };
	enum gw_err e;

	load.room = arena_strdup(a, room);
	e = store_now(s, &load.req);
	*rows = load.rows;
	*n = e == GW_OK ? load.n : 0;
	return e;
}

static enum gw_err apply_get(struct store_req *r, struct store_db *db)
{
	struct get *get = LIST_OF(r, struct get, req);
	struct sql_stmt *q;
	enum gw_err e;

	q = sql(db, "SELECT value FROM kv WHERE room = ? AND key = ?");
	sql_bind_text(q, 1, get->room);
	sql_bind_str(q, 2, get->key);
	e = sql_row(q);
	if (e == GW_OK)
		get->value = arena_str(get->arena, sql_str(q, 0));
	e = sql_end(q, e);
	return e == GW_OK && get->value.p == NULL ? GW_NOT_FOUND : e;
}

static void done_get(struct store_req *r, enum gw_err e)
{
	struct get *get = LIST_OF(r, struct get, req);
	struct arena *a = get->arena;

	get->done(get->arg, e, e == GW_OK ? get->value : STR_NONE);
	arena_free(&a);
}

void store_kv_get(struct store *s, const char *room, struct str key,
		  void (*done)(void *arg, enum gw_err e, struct str value),
		  void *arg)
{
	struct arena *a = arena_new();
	struct get *get = arena_alloc(a, sizeof(*get));

	get->arena = a;
	get->room = arena_strdup(a, room);
	get->key = arena_str(a, key);
	get->done = done;
	get->arg = arg;
	get->req.apply = apply_get;
	get->req.done = done_get;
	store_read(s, &get->req);
}
