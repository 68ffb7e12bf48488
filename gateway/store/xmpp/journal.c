/* SPDX-License-Identifier: MIT */
/* journal.c - what one turn of the XMPP server wants on disk, in one piece
 *
 * A statement that fails takes only itself back, so the rows of one request
 * need no savepoints of their own.
 */
#include "gateway/store/xmpp/journal.h"

#include "gateway/base/arena.h"
#include "gateway/run/log.h"
#include "gateway/store/sql.h"

enum op_kind {
	OP_PUT,
	OP_LINE,
	OP_THEN,
	OP_GOT,
	OP_SESSION,
	OP_QUEUED,
	OP_FORGET,
};

struct entry { /* QUEUED */
	struct str session;
	struct journal_queued queued;
	int64_t seq;
};

struct op {
	enum op_kind kind;
	struct op *next;
	union {
		struct journal_row row; /* PUT, GOT */
		struct muc_line_row line;
		struct journal_session session; /* FORGET: its id */
		struct entry entry;
	};
	journal_fn *done;
	void *arg;
	enum gw_err result;
};

struct journal {
	struct store_req req;
	struct arena *a;
	struct op *first, **last;
	int64_t queued;
};

struct journal *journal_new(void)
{
	struct arena *a = arena_new();
	struct journal *j = arena_alloc(a, sizeof(*j));

	j->a = a;
	j->last = &j->first;
	return j;
}

void journal_free(struct journal **j)
{
	struct arena *a;

	if (*j == NULL)
		return;
	a = (*j)->a;
	*j = NULL;
	arena_free(&a);
}

void *journal_keep(struct journal *j, size_t size)
{
	return arena_alloc(j->a, size);
}

static struct op *op_new(struct journal *j, enum op_kind kind)
{
	struct op *op = arena_alloc(j->a, sizeof(*op));

	op->kind = kind;
	*j->last = op;
	j->last = &op->next;
	return op;
}

void journal_put(struct journal *j, const struct journal_row *r,
		 journal_fn *done, void *arg)
{
	struct op *op = op_new(j, OP_PUT);

	op->row = *r;
	op->row.owner = arena_str(j->a, r->owner);
	op->row.peer = arena_str(j->a, r->peer);
	op->row.stanza = arena_str(j->a, r->stanza);
	op->done = done;
	op->arg = arg;
}

void journal_line(struct journal *j, const struct muc_line_row *row,
		  journal_fn *done, void *arg)
{
	struct op *op = op_new(j, OP_LINE);

	op->line = *row;
	op->line.room = arena_str(j->a, row->room);
	op->line.id = arena_str(j->a, row->id);
	op->line.stanza = arena_str(j->a, row->stanza);
	op->done = done;
	op->arg = arg;
}

void journal_got(struct journal *j, const struct journal_row *r,
		 journal_fn *done, void *arg)
{
	struct op *op = op_new(j, OP_GOT);

	op->row.owner = arena_str(j->a, r->owner);
	op->row.id = r->id;
	op->row.kept = r->kept;
	op->done = done;
	op->arg = arg;
}

void journal_session(struct journal *j, const struct journal_session *s)
{
	struct op *op = op_new(j, OP_SESSION);

	op->session = *s;
	op->session.id = arena_str(j->a, s->id);
	op->session.account = arena_str(j->a, s->account);
	op->session.state = arena_str(j->a, s->state);
}

void journal_queued(struct journal *j, struct str session,
		    const struct journal_queued *q)
{
	struct op *op = op_new(j, OP_QUEUED);

	op->entry.session = arena_str(j->a, session);
	op->entry.queued = *q;
	op->entry.queued.stanza = arena_str(j->a, q->stanza);
	op->entry.seq = j->queued++;
}

void journal_forget(struct journal *j, struct str session)
{
	struct op *op = op_new(j, OP_FORGET);

	op->session.id = arena_str(j->a, session);
}

void journal_then(struct journal *j, journal_fn *done, void *arg)
{
	struct op *op = op_new(j, OP_THEN);

	op->done = done;
	op->arg = arg;
}

static enum gw_err has_room(struct store_db *db, const struct journal_row *r)
{
	struct sql_stmt *q = sql(db, "SELECT count(*) FROM xmpp_waiting "
				     "WHERE owner = ?");
	int64_t count = 0;
	enum gw_err e;

	sql_bind_str(q, 1, r->owner);
	e = sql_row(q);
	if (e == GW_OK)
		count = sql_int(q, 0);
	e = sql_end(q, e);
	if (e != GW_OK)
		return e;
	return count < r->limit ? GW_OK : GW_LIMIT;
}

static enum gw_err wait_for_owner(struct store_db *db,
				  const struct journal_row *r)
{
	struct sql_stmt *q = sql(db, "INSERT INTO xmpp_waiting (owner, id) "
				     "VALUES (?, ?)");

	sql_bind_str(q, 1, r->owner);
	sql_bind_int(q, 2, r->id);
	return sql_run(q);
}

static enum gw_err put_row(struct store_db *db, const struct journal_row *r)
{
	struct sql_stmt *q;
	enum gw_err e = r->limit >= 0 ? has_room(db, r) : GW_OK;

	if (e != GW_OK)
		return e;
	q = sql(db, "INSERT OR IGNORE INTO xmpp_archive (id, owner, peer, "
		    "stamp, origin, kept, sent, stanza) "
		    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
	sql_bind_int(q, 1, r->id);
	sql_bind_str(q, 2, r->owner);
	sql_bind_str(q, 3, r->peer);
	sql_bind_int(q, 4, r->stamp);
	if (r->origin != 0) /* else NULL */
		sql_bind_int(q, 5, r->origin);
	sql_bind_int(q, 6, r->kept);
	sql_bind_int(q, 7, r->sent);
	sql_bind_str(q, 8, r->stanza);
	e = sql_run(q);
	if (e == GW_OK && sql_changes(db) == 0)
		return GW_CONFLICT;
	return e == GW_OK && r->waiting ? wait_for_owner(db, r) : e;
}

static enum gw_err got(struct store_db *db, const struct journal_row *r)
{
	struct sql_stmt *q = sql(db, "DELETE FROM xmpp_waiting "
				     "WHERE owner = ? AND id = ?");
	enum gw_err e;

	sql_bind_str(q, 1, r->owner);
	sql_bind_int(q, 2, r->id);
	e = sql_run(q);
	if (e != GW_OK || r->kept)
		return e;
	q = sql(db, "DELETE FROM xmpp_archive "
		    "WHERE id = ? AND owner = ? AND kept = 0");
	sql_bind_int(q, 1, r->id);
	sql_bind_str(q, 2, r->owner);
	return sql_run(q);
}

static enum gw_err session(struct store_db *db, const struct journal_session *s)
{
	struct sql_stmt *q =
		sql(db, "INSERT INTO xmpp_resume (id, account, h, stamp, "
			"state) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO "
			"UPDATE SET h = excluded.h, state = excluded.state");

	sql_bind_str(q, 1, s->id);
	sql_bind_str(q, 2, s->account);
	sql_bind_int(q, 3, s->h);
	sql_bind_int(q, 4, s->stamp);
	sql_bind_str(q, 5, s->state);
	return sql_run(q);
}

static enum gw_err queued(struct store_db *db, const struct entry *entry)
{
	struct sql_stmt *q =
		sql(db, "INSERT INTO xmpp_resume_queue (id, seq, stamp, "
			"row, stanza) VALUES (?, ?, ?, ?, ?)");

	sql_bind_str(q, 1, entry->session);
	sql_bind_int(q, 2, entry->seq);
	sql_bind_int(q, 3, entry->queued.stamp);
	sql_bind_int(q, 4, entry->queued.row);
	sql_bind_str(q, 5, entry->queued.stanza);
	return sql_run(q);
}

static enum gw_err forget(struct store_db *db, struct str id)
{
	struct sql_stmt *q =
		sql(db, "DELETE FROM xmpp_resume_queue WHERE id = ?");
	enum gw_err e;

	sql_bind_str(q, 1, id);
	e = sql_run(q);
	if (e != GW_OK)
		return e;
	q = sql(db, "DELETE FROM xmpp_resume WHERE id = ?");
	sql_bind_str(q, 1, id);
	return sql_run(q);
}

static enum gw_err run_op(struct store_db *db, struct op *op)
{
	switch (op->kind) {
	case OP_PUT:
		return put_row(db, &op->row);
	case OP_LINE:
		return muc_put_line(db, &op->line);
	case OP_THEN:
		return GW_OK;
	case OP_GOT:
		return got(db, &op->row);
	case OP_SESSION:
		return session(db, &op->session);
	case OP_QUEUED:
		return queued(db, &op->entry);
	case OP_FORGET:
		return forget(db, op->session.id);
	}
	__builtin_unreachable();
}

static bool is_refusal(enum gw_err e)
{
	return e == GW_LIMIT || e == GW_CONFLICT;
}

static enum gw_err apply(struct store_req *req, struct store_db *db)
{
	struct journal *j = (struct journal *)(void *)req;
	enum gw_err put = GW_OK;
	bool whole = true;

	for (struct op *op = j->first; op != NULL; op = op->next) {
		if (op->kind == OP_SESSION && op->session.state.p == NULL &&
		    !whole)
			continue;
		op->result = run_op(db, op);
		if (op->result != GW_OK && !is_refusal(op->result))
			return op->result;
		if (op->kind == OP_PUT)
			put = op->result;
		else if (op->kind == OP_THEN)
			op->result = put;
		if (op->result == GW_LIMIT)
			whole = false;
	}
	return GW_OK;
}

static void done(struct store_req *req, enum gw_err e)
{
	struct journal *j = (struct journal *)(void *)req;

	if (e != GW_OK)
		log_warn("xmpp.journal.failed", "error", err_name(e), NULL);
	for (struct op *op = j->first; op != NULL; op = op->next)
		if (op->done != NULL)
			op->done(op->arg, e != GW_OK ? e : op->result);
	journal_free(&j);
}

void journal_submit(struct store *s, struct journal **j)
{
	struct journal *self = *j;

	*j = NULL;
	self->req.apply = apply;
	self->req.done = done;
	self->req.repeatable = true;
	store_submit(s, &self->req);
}
