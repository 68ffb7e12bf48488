/* SPDX-License-Identifier: MIT */
/* offline.c - messages that wait for their person, on disk */
#include "gateway/store/xmpp/offline.h"

#include "gateway/base/arena.h"
#include "gateway/run/log.h"
#include "gateway/store/sql.h"

struct request {
	struct store_req req;
	struct arena *a;
	struct str account;
	struct offline_row row;
	struct offline_row *rows;
	int64_t *ids;
	size_t count;
	int64_t after, max;
	offline_put_fn *put;
	offline_list_fn *list;
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

static enum gw_err count_rows(struct request *r, struct store_db *db,
			      int64_t *count)
{
	struct sql_stmt *q =
		sql(db, "SELECT count(*) FROM xmpp_offline WHERE account = ?");
	enum gw_err e;

	sql_bind_str(q, 1, r->account);
	e = sql_row(q);
	if (e == GW_OK)
		*count = sql_int(q, 0);
	return sql_end(q, e);
}

static enum gw_err apply_put(struct store_req *req, struct store_db *db)
{
	struct request *r = (struct request *)(void *)req;
	struct sql_stmt *q;
	int64_t count = 0;
	enum gw_err e = count_rows(r, db, &count);

	if (e != GW_OK)
		return e;
	if (count >= r->max)
		return GW_LIMIT;
	q = sql(db, "INSERT INTO xmpp_offline (account, stamp, stanza) "
		    "VALUES (?, ?, ?)");
	sql_bind_str(q, 1, r->account);
	sql_bind_int(q, 2, r->row.stamp);
	sql_bind_str(q, 3, r->row.stanza);
	return sql_run(q);
}

static void done_put(struct store_req *req, enum gw_err e)
{
	struct request *r = (struct request *)(void *)req;
	struct arena *a = r->a;

	r->put(r->arg, e);
	arena_free(&a);
}

void offline_put(struct store *s, struct str account,
		 const struct offline_row *row, int64_t max,
		 offline_put_fn *done, void *arg)
{
	struct request *r = request_new(account, arg);

	r->req.apply = apply_put;
	r->req.done = done_put;
	r->put = done;
	r->row.stamp = row->stamp;
	r->row.stanza = arena_str(r->a, row->stanza);
	r->max = max;
	store_submit(s, &r->req);
}

static void read_row(struct request *r, struct sql_stmt *q)
{
	r->rows[r->count++] = (struct offline_row){
		.id = sql_int(q, 0),
		.stamp = sql_int(q, 1),
		.stanza = arena_str(r->a, sql_str(q, 2)),
	};
}

static enum gw_err apply_list(struct store_req *req, struct store_db *db)
{
	struct request *r = (struct request *)(void *)req;
	struct sql_stmt *q = sql(db, "SELECT id, stamp, stanza "
				     "FROM xmpp_offline WHERE account = ? "
				     "AND id > ? ORDER BY id LIMIT ?");
	enum gw_err e;

	r->rows = arena_alloc(r->a, (size_t)r->max * sizeof(*r->rows));
	sql_bind_str(q, 1, r->account);
	sql_bind_int(q, 2, r->after);
	sql_bind_int(q, 3, r->max);
	while ((e = sql_row(q)) == GW_OK)
		read_row(r, q);
	return sql_end(q, e);
}

static void done_list(struct store_req *req, enum gw_err e)
{
	struct request *r = (struct request *)(void *)req;
	struct arena *a = r->a;

	r->list(r->arg, e, r->rows, r->count);
	arena_free(&a);
}

void offline_list(struct store *s, const struct offline_query *q,
		  offline_list_fn *done, void *arg)
{
	struct request *r = request_new(q->account, arg);

	r->req.apply = apply_list;
	r->req.done = done_list;
	r->list = done;
	r->after = q->after;
	r->max = q->max;
	store_read(s, &r->req);
}

static enum gw_err apply_drop(struct store_req *req, struct store_db *db)
{
	struct request *r = (struct request *)(void *)req;
	enum gw_err e = GW_OK;

	for (size_t i = 0; i < r->count && e == GW_OK; i++) {
		struct sql_stmt *q = sql(db, "DELETE FROM xmpp_offline "
					     "WHERE id = ? AND account = ?");

		sql_bind_int(q, 1, r->ids[i]);
		sql_bind_str(q, 2, r->account);
		e = sql_run(q);
	}
	return e;
}

static void done_drop(struct store_req *req, enum gw_err e)
{
	struct request *r = (struct request *)(void *)req;
	struct arena *a = r->a;

	if (e != GW_OK)
		log_warn("xmpp.offline.kept", "account", LOG_STR(r->account),
			 "error", err_name(e), NULL);
	arena_free(&a);
}

void offline_drop(struct store *s, struct str account, const int64_t *ids,
		  size_t count)
{
	struct request *r = request_new(account, NULL);

	r->req.apply = apply_drop;
	r->req.done = done_drop;
	r->ids = arena_alloc(r->a, count * sizeof(*ids));
	memcpy(r->ids, ids, count * sizeof(*ids));
	r->count = count;
	store_submit(s, &r->req);
}
