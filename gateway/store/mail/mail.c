/* SPDX-License-Identifier: MIT */
/* mail.c - mails, decisions about them, deliveries and evidence, written */
#include "gateway/store/mail/mail.h"

#include "gateway/base/buf.h"
#include "gateway/store/sql.h"

/* One row to come. */
struct item {
	struct item *next;
	enum gw_err (*apply)(const struct item *i, struct store_db *db,
			     int64_t wall);
	struct store_mail mail;
	struct store_mail_decision decision;
	const char *text[5];
};

struct store_mail_batch {
	struct store_req req;
	struct arena *arena;
	struct store *store;
	int64_t wall;
	struct item *head;
	struct item **tail;
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

struct prune {
	struct store_req req;
	int64_t before;
	int64_t max;
	size_t found;
	void (*done)(void *arg, enum gw_err e, size_t gone);
	void *arg;
};

static enum gw_err apply_mail(const struct item *i, struct store_db *db,
			      int64_t wall)
{
	const struct store_mail *m = &i->mail;
	struct sql_stmt *q = sql(
		db, "INSERT INTO mail (id, queue_id, msgid, sha256, env_from, "
		    "rcpt, role, peer, subject, chosen, rule, state, "
		    "precedence, size, received_at, deadline_at, hold_until, "
		    "watched, spooled, case_number) VALUES "
		    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
		    "ON CONFLICT (id) DO UPDATE SET chosen = excluded.chosen, "
		    "rule = excluded.rule, state = excluded.state, "
		    "deadline_at = excluded.deadline_at, "
		    "hold_until = excluded.hold_until, "
		    "watched = excluded.watched, spooled = excluded.spooled, "
		    "case_number = excluded.case_number");
	const char *const texts[] = { m->id,	 m->queue_id, m->msgid,
				      m->sha256, m->env_from, m->rcpt,
				      m->role,	 m->peer,     m->subject,
				      m->chosen, m->rule };
	const int64_t numbers[] = {
		(int64_t)m->state, m->precedence,  m->size,
		m->received_at,	   m->deadline_at, m->hold_until,
		m->watched,	   m->spooled,	   (int64_t)m->case_number
	};
	int at = 1;

	(void)wall;
	for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++)
		sql_bind_text(q, at++, texts[n]);
	for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++)
		sql_bind_int(q, at++, numbers[n]);
	return sql_run(q);
}

static enum gw_err apply_decision(const struct item *i, struct store_db *db,
				  int64_t wall)
{
	const struct store_mail_decision *d = &i->decision;
	struct sql_stmt *q = sql(
		db, "INSERT INTO mail_decision (mail, seq, at, rule, why, "
		    "chosen, snapshot) SELECT ?1, COALESCE(MAX(seq), 0) + 1, "
		    "?2, ?3, ?4, ?5, ?6 FROM mail_decision WHERE mail = ?1");

	sql_bind_text(q, 1, d->mail);
	sql_bind_int(q, 2, wall);
	sql_bind_text(q, 3, d->rule);
	sql_bind_text(q, 4, d->why);
	sql_bind_text(q, 5, d->chosen);
	sql_bind_text(q, 6, d->snapshot);
	return sql_run(q);
}

static enum gw_err run_texts(const struct item *i, struct sql_stmt *q,
			     int64_t wall)
{
	int n = 0;

	for (; i->text[n] != NULL; n++)
		sql_bind_text(q, n + 1, i->text[n]);
	sql_bind_int(q, n + 1, wall);
	return sql_run(q);
}

static enum gw_err apply_delivery(const struct item *i, struct store_db *db,
				  int64_t wall)
{
	return run_texts(i,
			 sql(db, "INSERT OR REPLACE INTO mail_delivery "
				 "(mail, person, hop, reply, at) "
				 "VALUES (?, ?, ?, ?, ?)"),
			 wall);
}

static enum gw_err apply_evidence(const struct item *i, struct store_db *db,
				  int64_t wall)
{
	return run_texts(i,
			 sql(db, "INSERT OR REPLACE INTO mail_evidence "
				 "(mail, what, person, at) "
				 "VALUES (?, ?, ?, ?)"),
			 wall);
}

static enum gw_err apply_sent(const struct item *i, struct store_db *db,
			      int64_t wall)
{
	return run_texts(i,
			 sql(db, "INSERT OR REPLACE INTO mail_sent "
				 "(id, mail, person, at) VALUES (?, ?, ?, ?)"),
			 wall);
}

static struct item *add(struct store_mail_batch *b,
			enum gw_err (*apply)(const struct item *,
					     struct store_db *, int64_t))
{
	struct item *i = arena_alloc(b->arena, sizeof(*i));

	i->apply = apply;
	*b->tail = i;
	b->tail = &i->next;
	return i;
}

struct store_mail_batch *store_mail_batch_new(struct store *s)
{
	struct arena *a = arena_new();
	struct store_mail_batch *b = arena_alloc(a, sizeof(*b));

	b->arena = a;
	b->store = s;
	b->wall = loop_wall(store_loop(s));
	b->tail = &b->head;
	return b;
}

void store_mail_batch_mail(struct store_mail_batch *b,
			   const struct store_mail *m)
{
	struct item *i = add(b, apply_mail);
	const char **texts[] = { &i->mail.id,	    &i->mail.queue_id,
				 &i->mail.msgid,    &i->mail.sha256,
				 &i->mail.env_from, &i->mail.rcpt,
				 &i->mail.role,	    &i->mail.peer,
				 &i->mail.subject,  &i->mail.chosen,
				 &i->mail.rule };

	i->mail = *m;
	for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++)
		*texts[n] = arena_strdup(b->arena, *texts[n]);
}

void store_mail_batch_decision(struct store_mail_batch *b,
			       const struct store_mail_decision *d)
{
	struct item *i = add(b, apply_decision);

	i->decision.mail = arena_strdup(b->arena, d->mail);
	i->decision.rule = arena_strdup(b->arena, d->rule);
	i->decision.why = arena_strdup(b->arena, d->why);
	i->decision.chosen = arena_strdup(b->arena, d->chosen);
	i->decision.snapshot = arena_strdup(b->arena, d->snapshot);
}

void store_mail_batch_delivery(struct store_mail_batch *b, const char *mail,
			       const char *person, const char *hop,
			       const char *reply)
{
	struct item *i = add(b, apply_delivery);

	i->text[0] = arena_strdup(b->arena, mail);
	i->text[1] = arena_strdup(b->arena, person);
	i->text[2] = arena_strdup(b->arena, hop);
	i->text[3] = arena_strdup(b->arena, reply);
}

void store_mail_batch_evidence(struct store_mail_batch *b, const char *mail,
			       const char *what, const char *person)
{
	struct item *i = add(b, apply_evidence);

	i->text[0] = arena_strdup(b->arena, mail);
	i->text[1] = arena_strdup(b->arena, what);
	i->text[2] = arena_strdup(b->arena, person);
}

void store_mail_batch_sent(struct store_mail_batch *b, const char *id,
			   const char *mail, const char *person)
{
	struct item *i = add(b, apply_sent);

	i->text[0] = arena_strdup(b->arena, id);
	i->text[1] = arena_strdup(b->arena, mail);
	i->text[2] = arena_strdup(b->arena, person);
}

static enum gw_err apply_batch(struct store_req *r, struct store_db *db)
{
	struct store_mail_batch *b = LIST_OF(r, struct store_mail_batch, req);
	enum gw_err e = GW_OK;

	for (struct item *i = b->head; i != NULL && e == GW_OK; i = i->next)
		e = i->apply(i, db, b->wall);
	return e;
}

static void done_batch(struct store_req *r, enum gw_err e)
{
	struct store_mail_batch *b = LIST_OF(r, struct store_mail_batch, req);
	struct arena *a = b->arena;

	if (b->done != NULL)
		b->done(b->arg, e);
	arena_free(&a);
}

void store_mail_batch_commit(struct store_mail_batch *b,
			     void (*done)(void *arg, enum gw_err e), void *arg)
{
	b->done = done;
	b->arg = arg;
	b->req.apply = apply_batch;
	b->req.done = done_batch;
	store_submit(b->store, &b->req);
}

/* ---- forgetting ---- */

static enum gw_err forget(struct sql_stmt *q, const char *id)
{
	sql_bind_text(q, 1, id);
	return sql_run(q);
}

static enum gw_err forget_mail(struct store_db *db, const char *id)
{
	enum gw_err e =
		forget(sql(db, "DELETE FROM mail_decision WHERE mail = ?"), id);

	if (e == GW_OK)
		e = forget(sql(db, "DELETE FROM mail_delivery WHERE mail = ?"),
			   id);
	if (e == GW_OK)
		e = forget(sql(db, "DELETE FROM mail_evidence WHERE mail = ?"),
			   id);
	if (e == GW_OK)
		e = forget(sql(db, "DELETE FROM mail_sent WHERE mail = ?"), id);
	if (e == GW_OK)
		e = forget(sql(db, "DELETE FROM mail WHERE id = ?"), id);
	return e;
}

static enum gw_err find_old(struct prune *p, struct store_db *db,
			    struct arena *a, struct buf *ids)
{
	struct sql_stmt *q = sql(
		db, "SELECT id FROM mail WHERE received_at < ? AND watched = 0 "
		    "AND state >= 3 AND state <> 6 LIMIT ?");
	enum gw_err e;

	sql_bind_int(q, 1, p->before);
	sql_bind_int(q, 2, p->max);
	while ((e = sql_row(q)) == GW_OK) {
		char *id = sql_text(a, q, 0);

		buf_add(ids, &id, sizeof(id));
	}
	return sql_end(q, e);
}

static enum gw_err apply_prune(struct store_req *r, struct store_db *db)
{
	struct prune *p = LIST_OF(r, struct prune, req);
	struct arena *a = arena_new();
	struct buf ids = { .data = NULL };
	enum gw_err e = find_old(p, db, a, &ids);

	p->found = ids.len / sizeof(char *);
	for (size_t i = 0; i < p->found && e == GW_OK; i++) {
		char *id;

		memcpy(&id, ids.data + i * sizeof(id), sizeof(id));
		e = forget_mail(db, id);
	}
	buf_fini(&ids);
	arena_free(&a);
	return e;
}

static void done_prune(struct store_req *r, enum gw_err e)
{
	struct prune *p = LIST_OF(r, struct prune, req);

	p->done(p->arg, e, e == GW_OK ? p->found : 0);
	mem_free(p);
}

void store_mail_prune(struct store *s, int64_t before, size_t max,
		      void (*done)(void *arg, enum gw_err e, size_t gone),
		      void *arg)
{
	struct prune *p = mem_new(sizeof(*p));

	p->before = before;
	p->max = (int64_t)max;
	p->done = done;
	p->arg = arg;
	p->req.apply = apply_prune;
	p->req.done = done_prune;
	store_submit(s, &p->req);
}
