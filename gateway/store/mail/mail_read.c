/* SPDX-License-Identifier: MIT */
/* mail_read.c - mails and who has them, read */
#include "gateway/base/buf.h"
#include "gateway/store/mail/mail.h"
#include "gateway/store/sql.h"

#define COLUMNS                                                                \
	"SELECT id, queue_id, msgid, sha256, env_from, rcpt, role, peer, "     \
	"subject, chosen, rule, state, precedence, size, received_at, "        \
	"deadline_at, hold_until, watched, spooled, case_number FROM mail "

enum how { FIND, LIST, GET, LOAD };

struct query {
	struct store_req req;
	struct arena *arena;
	enum how how;
	struct store_mail like;
	struct store_mail_page page;
	struct store_mail_read *rows;
	size_t n;
	store_mail_rows_fn *done;
	void *arg;
};

struct sent {
	struct store_req req;
	char *id;
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

static struct sql_stmt *select_rows(struct query *r, struct store_db *db)
{
	struct sql_stmt *q;

	switch (r->how) {
	case FIND:
		q = sql(db, COLUMNS "WHERE rcpt = ?1 AND sha256 = ?2 AND "
				    "((msgid <> '' AND msgid = ?3) OR "
				    "(queue_id <> '' AND queue_id = ?4)) "
				    "ORDER BY received_at DESC LIMIT 1");
		sql_bind_text(q, 1, r->like.rcpt);
		sql_bind_text(q, 2, r->like.sha256);
		sql_bind_text(q, 3, r->like.msgid);
		sql_bind_text(q, 4, r->like.queue_id);
		return q;
	case LIST:
		q = sql(db, COLUMNS "WHERE watched >= ?1 AND (?3 = 0 OR "
				    "received_at < ?3 OR "
				    "(received_at = ?3 AND id > ?4)) "
				    "ORDER BY received_at DESC, id LIMIT ?2");
		sql_bind_int(q, 1, r->page.watched_only);
		sql_bind_int(q, 2, (int64_t)r->page.max);
		sql_bind_int(q, 3, r->page.before);
		sql_bind_text(q, 4, r->page.after);
		return q;
	case GET:
		q = sql(db, COLUMNS "WHERE id = ?1");
		sql_bind_text(q, 1, r->like.id);
		return q;
	case LOAD:
		return sql(db, COLUMNS "WHERE watched = 1 OR state < 3 "
				       "ORDER BY received_at");
	}
	return NULL;
}

static void read_mail(struct arena *a, struct sql_stmt *q, struct store_mail *m)
{
	const char **texts[] = { &m->id,     &m->queue_id, &m->msgid,
				 &m->sha256, &m->env_from, &m->rcpt,
				 &m->role,   &m->peer,	   &m->subject,
				 &m->chosen, &m->rule };
	int at = 0;

	for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++)
		*texts[n] = sql_text(a, q, at++);
	m->state = (enum store_mail_state)sql_int(q, at++);
	m->precedence = (int)sql_int(q, at++);
	m->size = sql_int(q, at++);
	m->received_at = sql_int(q, at++);
	m->deadline_at = sql_int(q, at++);
	m->hold_until = sql_int(q, at++);
	m->watched = sql_int(q, at++) != 0;
	m->spooled = sql_int(q, at++) != 0;
	m->case_number = (uint64_t)sql_int(q, at++);
}

static enum gw_err read_persons(struct arena *a, struct store_db *db,
				struct store_mail_read *m)
{
	struct sql_stmt *q = sql(db, "SELECT person FROM mail_delivery "
				     "WHERE mail = ? ORDER BY person");
	struct buf list = { .data = NULL };
	enum gw_err e;

	sql_bind_text(q, 1, m->mail.id);
	while ((e = sql_row(q)) == GW_OK) {
		char *person = sql_text(a, q, 0);

		buf_add(&list, &person, sizeof(person));
	}
	m->count = list.len / sizeof(char *);
	m->persons = arena_alloc(a, list.len + sizeof(char *));
	if (list.len > 0)
		memcpy(m->persons, list.data, list.len);
	buf_fini(&list);
	return sql_end(q, e);
}

static enum gw_err apply_query(struct store_req *req, struct store_db *db)
{
	struct query *r = LIST_OF(req, struct query, req);
	struct buf rows = { .data = NULL };
	struct sql_stmt *q = select_rows(r, db);
	enum gw_err e;

	while ((e = sql_row(q)) == GW_OK) {
		struct store_mail_read one = { .count = 0 };

		read_mail(r->arena, q, &one.mail);
		buf_add(&rows, &one, sizeof(one));
	}
	e = sql_end(q, e);
	r->n = rows.len / sizeof(*r->rows);
	r->rows = arena_alloc(r->arena, rows.len + 1);
	if (rows.len > 0)
		memcpy(r->rows, rows.data, rows.len);
	buf_fini(&rows);
	for (size_t i = 0; i < r->n && e == GW_OK; i++)
		e = read_persons(r->arena, db, &r->rows[i]);
	if (e == GW_OK && r->n == 0 && (r->how == FIND || r->how == GET))
		return GW_NOT_FOUND;
	return e;
}

static void done_query(struct store_req *req, enum gw_err e)
{
	struct query *r = LIST_OF(req, struct query, req);
	struct arena *a = r->arena;

	r->done(r->arg, e, r->rows, e == GW_OK ? r->n : 0);
	arena_free(&a);
}

static struct query *query_new(enum how how, store_mail_rows_fn *done,
			       void *arg)
{
	struct arena *a = arena_new();
	struct query *r = arena_alloc(a, sizeof(*r));

	r->arena = a;
	r->how = how;
	r->done = done;
	r->arg = arg;
	r->req.apply = apply_query;
	r->req.done = done_query;
	return r;
}

void store_mail_find(struct store *s, const struct store_mail *like,
		     store_mail_rows_fn *done, void *arg)
{
	struct query *r = query_new(FIND, done, arg);

	r->like.rcpt = arena_strdup(r->arena, like->rcpt);
	r->like.sha256 = arena_strdup(r->arena, like->sha256);
	r->like.msgid = arena_strdup(r->arena, like->msgid);
	r->like.queue_id = arena_strdup(r->arena, like->queue_id);
	store_read(s, &r->req);
}

void store_mail_list(struct store *s, const struct store_mail_page *page,
		     store_mail_rows_fn *done, void *arg)
{
	struct query *r = query_new(LIST, done, arg);

	r->page = *page;
	r->page.after = arena_strdup(r->arena, page->after);
	store_read(s, &r->req);
}

void store_mail_get(struct store *s, const char *id, store_mail_rows_fn *done,
		    void *arg)
{
	struct query *r = query_new(GET, done, arg);

	r->like.id = arena_strdup(r->arena, id);
	store_read(s, &r->req);
}

enum gw_err store_mail_load(struct store *s, struct arena *a,
			    struct store_mail_read **rows, size_t *n)
{
	struct query r = { .req = { .apply = apply_query },
			   .how = LOAD,
			   .arena = a };
	enum gw_err e = store_now(s, &r.req);

	*rows = r.rows;
	*n = e == GW_OK ? r.n : 0;
	return e;
}

static enum gw_err apply_was_sent(struct store_req *req, struct store_db *db)
{
	struct sent *r = LIST_OF(req, struct sent, req);
	struct sql_stmt *q = sql(db, "SELECT 1 FROM mail_sent WHERE id = ?");
	enum gw_err e, row;

	sql_bind_text(q, 1, r->id);
	row = sql_row(q);
	e = sql_end(q, row);
	return e == GW_OK && row == GW_NOT_FOUND ? GW_NOT_FOUND : e;
}

static void done_was_sent(struct store_req *req, enum gw_err e)
{
	struct sent *r = LIST_OF(req, struct sent, req);

	r->done(r->arg, e);
	mem_free(r->id);
	mem_free(r);
}

void store_mail_was_sent(struct store *s, const char *id,
			 void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct sent *r = mem_new(sizeof(*r));

	r->id = mem_strdup(id);
	r->done = done;
	r->arg = arg;
	r->req.apply = apply_was_sent;
	r->req.done = done_was_sent;
	store_read(s, &r->req);
}
