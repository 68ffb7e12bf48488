/* SPDX-License-Identifier: MIT */
/* roster.c - contact lists on disk */
#include "gateway/store/xmpp/roster.h"

#include "gateway/base/arena.h"
#include "gateway/store/sql.h"

struct request {
	struct store_req req;
	struct arena *a;
	struct str account;
	int64_t version;
	struct roster_row row;
	bool remove;
	struct roster_row *rows;
	size_t count;
	roster_loaded_fn *loaded;
	roster_done_fn *done;
	void *arg;
};

static struct request *request_new(struct str account, void *arg)
{
	struct arena *a = arena_new();
	struct request *r = arena_alloc(a, sizeof(*r));

	r->a = a;
	r->account = arena_str(a, account);
	r->arg = arg;
	return r;
}

static struct str text(struct arena *a, struct sql_stmt *q, int column)
{
	return arena_str(a, sql_str(q, column));
}

static enum gw_err read_version(struct request *r, struct store_db *db)
{
	struct sql_stmt *q = sql(
		db,
		"SELECT version FROM xmpp_roster_version WHERE account = ?");
	enum gw_err e;

	sql_bind_str(q, 1, r->account);
	e = sql_row(q);
	if (e == GW_OK)
		r->version = sql_int(q, 0);
	return sql_end(q, e);
}

static void read_row(struct request *r, struct sql_stmt *q, size_t *cap)
{
	struct roster_row *grown;

	if (r->count == *cap) {
		*cap = *cap == 0 ? 32 : *cap * 2;
		grown = arena_alloc(r->a, *cap * sizeof(*grown));
		if (r->count > 0)
			memcpy(grown, r->rows, r->count * sizeof(*grown));
		r->rows = grown;
	}
	r->rows[r->count++] = (struct roster_row){
		.jid = text(r->a, q, 0),
		.name = text(r->a, q, 1),
		.groups = text(r->a, q, 2),
		.asked = text(r->a, q, 3),
		.state = (int)sql_int(q, 4),
		.approved = sql_int(q, 5) != 0,
		.listed = sql_int(q, 6) != 0,
	};
}

static enum gw_err apply_load(struct store_req *req, struct store_db *db)
{
	struct request *r = (struct request *)(void *)req;
	struct sql_stmt *q;
	size_t cap = 0;
	enum gw_err e = read_version(r, db);

	if (e != GW_OK)
		return e;
	q = sql(db, "SELECT jid, name, groups, asked, state, approved, listed "
		    "FROM xmpp_roster WHERE account = ?");
	sql_bind_str(q, 1, r->account);
	while ((e = sql_row(q)) == GW_OK)
		read_row(r, q, &cap);
	return sql_end(q, e);
}

static void done_load(struct store_req *req, enum gw_err e)
{
	struct request *r = (struct request *)(void *)req;
	struct arena *a = r->a;

	r->loaded(r->arg, e, r->version, r->rows, r->count);
	arena_free(&a);
}

void roster_load(struct store *s, struct str account, roster_loaded_fn *done,
		 void *arg)
{
	struct request *r = request_new(account, arg);

	r->req.apply = apply_load;
	r->req.done = done_load;
	r->loaded = done;
	store_read(s, &r->req);
}

static enum gw_err write_version(struct request *r, struct store_db *db)
{
	struct sql_stmt *q =
		sql(db, "INSERT INTO xmpp_roster_version (account, version) "
			"VALUES (?, ?) ON CONFLICT (account) DO UPDATE "
			"SET version = excluded.version");

	sql_bind_str(q, 1, r->account);
	sql_bind_int(q, 2, r->version);
	return sql_run(q);
}

static enum gw_err delete_row(struct request *r, struct store_db *db)
{
	struct sql_stmt *q = sql(
		db, "DELETE FROM xmpp_roster WHERE account = ? AND jid = ?");

	sql_bind_str(q, 1, r->account);
	sql_bind_str(q, 2, r->row.jid);
	return sql_run(q);
}

static enum gw_err apply_save(struct store_req *req, struct store_db *db)
{
	struct request *r = (struct request *)(void *)req;
	struct sql_stmt *q;
	enum gw_err e = write_version(r, db);

	if (e != GW_OK)
		return e;
	if (r->remove)
		return delete_row(r, db);
	q = sql(db, "INSERT INTO xmpp_roster (account, jid, name, groups, "
		    "asked, state, approved, listed) "
		    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
		    "ON CONFLICT (account, jid) DO UPDATE SET "
		    "name = excluded.name, groups = excluded.groups, "
		    "asked = excluded.asked, state = excluded.state, "
		    "approved = excluded.approved, listed = excluded.listed");
	sql_bind_str(q, 1, r->account);
	sql_bind_str(q, 2, r->row.jid);
	sql_bind_str(q, 3, r->row.name);
	sql_bind_str(q, 4, r->row.groups);
	sql_bind_str(q, 5, r->row.asked);
	sql_bind_int(q, 6, r->row.state);
	sql_bind_int(q, 7, r->row.approved);
	sql_bind_int(q, 8, r->row.listed);
	return sql_run(q);
}

static void done_save(struct store_req *req, enum gw_err e)
{
	struct request *r = (struct request *)(void *)req;
	struct arena *a = r->a;

	r->done(r->arg, e);
	arena_free(&a);
}

/* A column that must not be NULL. */
static struct str present(struct arena *a, struct str s)
{
	return s.p == NULL ? STR("") : arena_str(a, s);
}

void roster_save(struct store *s, const struct roster_write *w,
		 roster_done_fn *done, void *arg)
{
	struct request *r = request_new(w->account, arg);

	r->req.apply = apply_save;
	r->req.done = done_save;
	r->done = done;
	r->version = w->version;
	r->remove = w->remove;
	r->row = *w->row;
	r->row.jid = arena_str(r->a, w->row->jid);
	r->row.name = present(r->a, w->row->name);
	r->row.groups = present(r->a, w->row->groups);
	r->row.asked = present(r->a, w->row->asked);
	store_submit(s, &r->req);
}
