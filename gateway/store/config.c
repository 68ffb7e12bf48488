/* SPDX-License-Identifier: MIT */
/* config.c - every configuration that was in force, by its version */
#include "gateway/store/config.h"

#include "gateway/store/sql.h"

struct save {
	struct store_req req;
	struct arena *arena;
	struct str hash, text;
	int64_t wall;
	int64_t version;
	struct store_config_done done;
};

struct load {
	struct store_req req;
	struct arena *arena;
	int64_t version;
	struct str text;
};

static enum gw_err find(struct save *save, struct store_db *db)
{
	struct sql_stmt *q =
		sql(db, "SELECT version FROM config WHERE hash = ?");
	enum gw_err e;

	sql_bind_str(q, 1, save->hash);
	e = sql_row(q);
	if (e == GW_OK)
		save->version = sql_int(q, 0);
	return sql_end(q, e);
}

static enum gw_err apply_save(struct store_req *r, struct store_db *db)
{
	struct save *save = LIST_OF(r, struct save, req);
	struct sql_stmt *q;
	enum gw_err e;

	e = find(save, db);
	if (e != GW_OK || save->version != 0)
		return e;
	q = sql(db, "INSERT INTO config (version, hash, text, since) SELECT "
		    "COALESCE(MAX(version), 0) + 1, ?, ?, ? FROM config");
	sql_bind_str(q, 1, save->hash);
	sql_bind_str(q, 2, save->text);
	sql_bind_int(q, 3, save->wall);
	e = sql_run(q);
	return e == GW_OK ? find(save, db) : e;
}

enum gw_err store_config_version(struct store *s, struct str hash,
				 struct str text, int64_t *version)
{
	struct save save = { .req = { .apply = apply_save },
			     .hash = hash,
			     .text = text,
			     .wall = loop_wall(store_loop(s)) };
	enum gw_err e = store_now(s, &save.req);

	*version = e == GW_OK ? save.version : 0;
	return e;
}

static void done_save(struct store_req *r, enum gw_err e)
{
	struct save *save = LIST_OF(r, struct save, req);
	struct arena *a = save->arena;

	save->done.fn(save->done.arg, e, e == GW_OK ? save->version : 0);
	arena_free(&a);
}

void store_config_save(struct store *s, struct str hash, struct str text,
		       struct store_config_done done)
{
	struct arena *a = arena_new();
	struct save *save = arena_alloc(a, sizeof(*save));

	save->arena = a;
	save->hash = arena_str(a, hash);
	save->text = arena_str(a, text);
	save->wall = loop_wall(store_loop(s));
	save->done = done;
	save->req.apply = apply_save;
	save->req.done = done_save;
	store_submit(s, &save->req);
}

static enum gw_err apply_load(struct store_req *r, struct store_db *db)
{
	struct load *load = LIST_OF(r, struct load, req);
	struct sql_stmt *q;
	enum gw_err e;

	q = sql(db, "SELECT text FROM config WHERE version = ?");
	sql_bind_int(q, 1, load->version);
	e = sql_row(q);
	if (e == GW_OK)
		load->text = arena_str(load->arena, sql_str(q, 0));
	e = sql_end(q, e);
	return e == GW_OK && load->text.p == NULL ? GW_NOT_FOUND : e;
}

enum gw_err store_config_load(struct store *s, int64_t version, struct arena *a,
			      struct str *text)
{
	struct load load = { .req = { .apply = apply_load },
			     .arena = a,
			     .version = version };
	enum gw_err e = store_now(s, &load.req);

	*text = e == GW_OK ? load.text : STR_NONE;
	return e;
}
