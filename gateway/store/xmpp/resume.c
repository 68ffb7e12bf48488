/* SPDX-License-Identifier: MIT */
/* resume.c - sessions that wait to be resumed, as journal.h has left them */
#include "gateway/store/xmpp/resume.h"

#include "gateway/store/sql.h"

struct taking {
	struct store_req req;
	struct arena *a;
	struct resume_saved *saved;
	size_t count, room;
};

static enum gw_err count_rows(struct store_db *db, const char *literal,
			      struct str id, size_t *n)
{
	struct sql_stmt *q = sql(db, literal);
	enum gw_err e;

	if (id.p != NULL)
		sql_bind_str(q, 1, id);
	e = sql_row(q);
	if (e == GW_OK)
		*n = (size_t)sql_int(q, 0);
	return sql_end(q, e);
}

static enum gw_err read_queue(struct taking *t, struct store_db *db,
			      struct resume_saved *s)
{
	struct sql_stmt *q;
	size_t room = 0;
	enum gw_err e = count_rows(
		db, "SELECT count(*) FROM xmpp_resume_queue WHERE id = ?",
		s->session.id, &room);

	if (e != GW_OK)
		return e;
	s->queue = arena_alloc(t->a, (room + 1) * sizeof(*s->queue));
	q = sql(db, "SELECT stamp, row, stanza FROM xmpp_resume_queue "
		    "WHERE id = ? ORDER BY seq");
	sql_bind_str(q, 1, s->session.id);
	while ((e = sql_row(q)) == GW_OK)
		s->queue[s->count++] = (struct journal_queued){
			.stamp = sql_int(q, 0),
			.row = sql_int(q, 1),
			.stanza = arena_str(t->a, sql_str(q, 2)),
		};
	return sql_end(q, e);
}

static enum gw_err read_sessions(struct taking *t, struct store_db *db)
{
	struct sql_stmt *q = sql(db, "SELECT id, account, h, stamp, state "
				     "FROM xmpp_resume "
				     "WHERE state IS NOT NULL");
	enum gw_err e;

	while ((e = sql_row(q)) == GW_OK && t->count < t->room)
		t->saved[t->count++].session = (struct journal_session){
			.id = arena_str(t->a, sql_str(q, 0)),
			.account = arena_str(t->a, sql_str(q, 1)),
			.h = (uint32_t)sql_int(q, 2),
			.stamp = sql_int(q, 3),
			.state = arena_str(t->a, sql_str(q, 4)),
		};
	return sql_end(q, e);
}

static enum gw_err apply_take(struct store_req *req, struct store_db *db)
{
	struct taking *t = (struct taking *)(void *)req;
	enum gw_err e = count_rows(db,
				   "SELECT count(*) FROM xmpp_resume "
				   "WHERE state IS NOT NULL",
				   STR_NONE, &t->room);

	if (e == GW_OK) {
		t->saved = arena_alloc(t->a, (t->room + 1) * sizeof(*t->saved));
		e = read_sessions(t, db);
	}
	for (size_t i = 0; i < t->count && e == GW_OK; i++)
		e = read_queue(t, db, &t->saved[i]);
	if (e == GW_OK)
		e = sql_run(sql(db, "UPDATE xmpp_resume SET state = NULL "
				    "WHERE state IS NOT NULL AND id NOT LIKE "
				    "'" JOURNAL_LINK "%'"));
	if (e == GW_OK)
		e = sql_run(sql(db, "DELETE FROM xmpp_resume_queue "
				    "WHERE id NOT LIKE '" JOURNAL_LINK "%'"));
	return e;
}

enum gw_err resume_take(struct store *s, struct arena *a,
			struct resume_saved **out, size_t *count)
{
	struct taking t = { .req.apply = apply_take, .a = a };
	enum gw_err e = store_now(s, &t.req);

	*out = t.saved;
	*count = e == GW_OK ? t.count : 0;
	return e;
}

struct asking {
	struct store_req req;
	struct arena *a;
	struct str account, id;
	uint32_t h;
	resume_h_fn *done;
	void *arg;
};

static enum gw_err apply_h(struct store_req *req, struct store_db *db)
{
	struct asking *r = (struct asking *)(void *)req;
	struct sql_stmt *q = sql(db, "SELECT h FROM xmpp_resume "
				     "WHERE id = ? AND account = ?");
	enum gw_err e, found;

	sql_bind_str(q, 1, r->id);
	sql_bind_str(q, 2, r->account);
	found = e = sql_row(q);
	if (e == GW_OK)
		r->h = (uint32_t)sql_int(q, 0);
	e = sql_end(q, e);
	return e == GW_OK ? found : e;
}

static void done_h(struct store_req *req, enum gw_err e)
{
	struct asking *r = (struct asking *)(void *)req;
	struct arena *a = r->a;

	r->done(r->arg, e, r->h);
	arena_free(&a);
}

void resume_h(struct store *s, struct str account, struct str id,
	      resume_h_fn *done, void *arg)
{
	struct arena *a = arena_new();
	struct asking *r = arena_alloc(a, sizeof(*r));

	r->req.apply = apply_h;
	r->req.done = done_h;
	r->a = a;
	r->account = arena_str(a, account);
	r->id = arena_str(a, id);
	r->done = done;
	r->arg = arg;
	store_read(s, &r->req);
}
