/* SPDX-License-Identifier: MIT */
/* archive.c - the rows of journal.h as they are read, and cleared away */
#include "gateway/store/xmpp/archive.h"

#include "gateway/store/sql.h"

/* Rows in one slice of clearing: about a millisecond. */
#define SLICE 100

struct listing {
	struct store_req req;
	struct arena *a;
	struct archive_query q;
	struct journal_row *rows;
	size_t count;
	archive_list_fn *done;
	void *arg;
};

static struct journal_row row_of(struct arena *a, struct sql_stmt *q)
{
	return (struct journal_row){
		.id = sql_int(q, 0),
		.peer = arena_str(a, sql_str(q, 1)),
		.stamp = sql_int(q, 2),
		.kept = sql_int(q, 3) != 0,
		.sent = sql_int(q, 4) != 0,
		.stanza = arena_str(a, sql_str(q, 5)),
		.waiting = sql_int(q, 6) != 0,
	};
}

static enum gw_err apply_list(struct store_req *req, struct store_db *db)
{
	struct listing *l = (struct listing *)(void *)req;
	struct sql_stmt *q =
		l->q.waiting
			? sql(db,
			      "SELECT a.id, peer, stamp, kept, sent, stanza, "
			      "1 FROM xmpp_waiting w JOIN xmpp_archive a "
			      "ON a.id = w.id WHERE w.owner = ? AND "
			      "w.id > ? ORDER BY w.id LIMIT ?")
			: sql(db, "SELECT id, peer, stamp, kept, sent, stanza, "
				  "EXISTS (SELECT 1 FROM xmpp_waiting w WHERE "
				  "w.owner = a.owner AND w.id = a.id) "
				  "FROM xmpp_archive a WHERE owner = ? AND "
				  "id > ? AND kept = 1 ORDER BY id LIMIT ?");
	enum gw_err e;

	l->rows = arena_alloc(l->a, (size_t)l->q.max * sizeof(*l->rows));
	sql_bind_str(q, 1, l->q.owner);
	sql_bind_int(q, 2, l->q.after);
	sql_bind_int(q, 3, l->q.max);
	while ((e = sql_row(q)) == GW_OK) {
		l->rows[l->count] = row_of(l->a, q);
		l->rows[l->count++].owner = l->q.owner;
	}
	return sql_end(q, e);
}

static void done_list(struct store_req *req, enum gw_err e)
{
	struct listing *l = (struct listing *)(void *)req;
	struct arena *a = l->a;

	l->done(l->arg, e, l->rows, l->count);
	arena_free(&a);
}

void archive_list(struct store *s, const struct archive_query *q,
		  archive_list_fn *done, void *arg)
{
	struct arena *a = arena_new();
	struct listing *l = arena_alloc(a, sizeof(*l));

	l->req.apply = apply_list;
	l->req.done = done_list;
	l->a = a;
	l->q = *q;
	l->q.owner = arena_str(a, q->owner);
	l->done = done;
	l->arg = arg;
	store_read(s, &l->req);
}

struct loading {
	struct store_req req;
	struct arena *a;
	struct archive_recent *out;
};

static void take_recent(struct loading *l, struct sql_stmt *q)
{
	struct archive_recent *out = l->out;

	if (out->last_id == 0)
		out->last_id = sql_int(q, 0);
	if (!sql_is_null(q, 1))
		out->origins[out->count++] = sql_int(q, 1);
	else if (!sql_is_null(q, 3))
		out->words[out->word_count++] = (struct archive_words){
			.owner = arena_str(l->a, sql_str(q, 2)),
			.stanza = arena_str(l->a, sql_str(q, 3)),
		};
}

static enum gw_err apply_load(struct store_req *req, struct store_db *db)
{
	struct loading *l = (struct loading *)(void *)req;
	struct archive_recent *out = l->out;
	struct sql_stmt *q =
		sql(db, "SELECT id, origin, owner, CASE WHEN id >= ?1 AND "
			"kept = 1 AND sent = 0 THEN stanza END FROM "
			"xmpp_archive ORDER BY id DESC LIMIT ?2");
	enum gw_err e;

	out->origins = arena_alloc(l->a, out->max * sizeof(*out->origins));
	out->words = arena_alloc(l->a, out->max * sizeof(*out->words));
	sql_bind_int(q, 1, out->since);
	sql_bind_int(q, 2, (int64_t)out->max);
	while ((e = sql_row(q)) == GW_OK)
		take_recent(l, q);
	return sql_end(q, e);
}

enum gw_err archive_load(struct store *s, struct arena *a,
			 struct archive_recent *r)
{
	struct loading l = { .req.apply = apply_load, .a = a, .out = r };

	return store_now(s, &l.req);
}

struct pruning {
	struct store_req req;
	struct arena *a;
	struct archive_prune p;
	struct str owner;
	bool more;
	archive_prune_fn *done;
	void *arg;
};

static enum gw_err count_changes(struct pruning *p, struct store_db *db,
				 enum gw_err e)
{
	if (e == GW_OK && sql_changes(db) >= SLICE)
		p->more = true;
	return e;
}

static enum gw_err prune_age(struct pruning *p, struct store_db *db)
{
	struct sql_stmt *q =
		sql(db, "DELETE FROM xmpp_archive WHERE id IN (SELECT id FROM "
			"xmpp_archive a WHERE id < ? AND NOT EXISTS (SELECT 1 "
			"FROM xmpp_waiting w WHERE w.owner = a.owner AND "
			"w.id = a.id) ORDER BY id LIMIT ?)");

	sql_bind_int(q, 1, p->p.before);
	sql_bind_int(q, 2, SLICE);
	return count_changes(p, db, sql_run(q));
}

static enum gw_err prune_sessions(struct pruning *p, struct store_db *db)
{
	struct sql_stmt *q =
		sql(db, "DELETE FROM xmpp_resume WHERE id IN (SELECT id FROM "
			"xmpp_resume WHERE stamp < ? AND state IS NULL "
			"ORDER BY stamp LIMIT ?)");

	sql_bind_int(q, 1, p->p.sessions_before);
	sql_bind_int(q, 2, SLICE);
	return count_changes(p, db, sql_run(q));
}

static enum gw_err next_owner(struct pruning *p, struct store_db *db)
{
	struct sql_stmt *q = sql(db, "SELECT owner FROM xmpp_archive "
				     "WHERE owner > ? ORDER BY owner LIMIT 1");
	enum gw_err e;

	sql_bind_str(q, 1, p->p.owner);
	e = sql_row(q);
	if (e == GW_OK)
		p->owner = arena_str(p->a, sql_str(q, 0));
	return sql_end(q, e);
}

static enum gw_err prune_count(struct pruning *p, struct store_db *db)
{
	struct sql_stmt *q;
	enum gw_err e = next_owner(p, db);

	if (e != GW_OK || p->owner.n == 0)
		return e;
	p->more = true;
	q = sql(db, "DELETE FROM xmpp_archive WHERE id IN (SELECT id FROM "
		    "xmpp_archive a WHERE owner = ?1 AND NOT EXISTS (SELECT 1 "
		    "FROM xmpp_waiting w WHERE w.owner = ?1 AND w.id = a.id) "
		    "AND id <= (SELECT id FROM xmpp_archive WHERE owner = ?1 "
		    "ORDER BY id DESC LIMIT 1 OFFSET ?2) ORDER BY id "
		    "LIMIT ?3)");
	sql_bind_str(q, 1, p->owner);
	sql_bind_int(q, 2, p->p.keep);
	sql_bind_int(q, 3, SLICE);
	e = sql_run(q);
	if (e == GW_OK && sql_changes(db) >= SLICE)
		p->owner = p->p.owner; /* the same once more */
	return e;
}

static enum gw_err apply_prune(struct store_req *req, struct store_db *db)
{
	struct pruning *p = (struct pruning *)(void *)req;
	enum gw_err e = prune_sessions(p, db);

	if (e == GW_OK)
		e = prune_age(p, db);
	if (e == GW_OK && p->p.keep > 0)
		e = prune_count(p, db);
	return e;
}

static void done_prune(struct store_req *req, enum gw_err e)
{
	struct pruning *p = (struct pruning *)(void *)req;
	struct arena *a = p->a;

	p->done(p->arg, e, p->more, p->owner);
	arena_free(&a);
}

void archive_prune(struct store *s, const struct archive_prune *prune,
		   archive_prune_fn *done, void *arg)
{
	struct arena *a = arena_new();
	struct pruning *p = arena_alloc(a, sizeof(*p));

	p->req.apply = apply_prune;
	p->req.done = done_prune;
	p->a = a;
	p->p = *prune;
	p->p.owner =
		prune->owner.p != NULL ? arena_str(a, prune->owner) : STR("");
	p->owner = STR("");
	p->done = done;
	p->arg = arg;
	store_submit(s, &p->req);
}
