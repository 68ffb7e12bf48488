/* SPDX-License-Identifier: MIT */
/* alert.c - alerts, raw events and incidents on disk */
#include "gateway/store/alert/alert.h"

#include "gateway/base/list.h"
#include "gateway/store/sql.h"

enum row_kind { PUT, DEL, ADD_EVENT, PUT_INCIDENT, DEL_INCIDENT };

struct row {
	struct row *next;
	enum row_kind kind;
	unsigned keep;
	union {
		struct store_alert alert;
		struct store_alert_event event;
		struct store_alert_incident incident;
	};
};

struct store_alert_write {
	struct store_req req;
	struct arena *arena;
	struct row *first, **end;
	size_t count;
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

struct load {
	struct store_req req;
	void (*alert)(void *arg, const struct store_alert *a);
	void (*incident)(void *arg, const struct store_alert_incident *i);
	void *arg;
};

/* ---- gathering ---- */

struct store_alert_write *store_alert_write_new(void)
{
	struct arena *a = arena_new();
	struct store_alert_write *w = arena_alloc(a, sizeof(*w));

	w->arena = a;
	w->end = &w->first;
	return w;
}

void store_alert_write_free(struct store_alert_write **w)
{
	struct arena *a = *w != NULL ? (*w)->arena : NULL;

	arena_free(&a);
	*w = NULL;
}

static struct row *add_row(struct store_alert_write *w, enum row_kind kind)
{
	struct row *r = arena_alloc(w->arena, sizeof(*r));

	r->kind = kind;
	*w->end = r;
	w->end = &r->next;
	w->count++;
	return r;
}

/* Columns are NOT NULL: nothing is an empty text. */
static struct str keep(struct store_alert_write *w, struct str s)
{
	return s.p == NULL ? STR("") : arena_str(w->arena, s);
}

void store_alert_put(struct store_alert_write *w, const struct store_alert *a)
{
	struct row *r = add_row(w, PUT);

	r->alert = *a;
	r->alert.fingerprint = keep(w, a->fingerprint);
	r->alert.source = keep(w, a->source);
	r->alert.labels = keep(w, a->labels);
	r->alert.annotations = keep(w, a->annotations);
	r->alert.generator = keep(w, a->generator);
}

void store_alert_del(struct store_alert_write *w, struct str fingerprint)
{
	add_row(w, DEL)->alert.fingerprint = keep(w, fingerprint);
}

void store_alert_add_event(struct store_alert_write *w,
			   const struct store_alert_event *e, unsigned most)
{
	struct row *r = add_row(w, ADD_EVENT);

	r->keep = most;
	r->event = *e;
	r->event.source = keep(w, e->source);
	r->event.key = keep(w, e->key);
	r->event.note = keep(w, e->note);
	r->event.body = keep(w, e->body);
}

void store_alert_put_incident(struct store_alert_write *w,
			      const struct store_alert_incident *i)
{
	struct row *r = add_row(w, PUT_INCIDENT);

	r->incident = *i;
	r->incident.key = keep(w, i->key);
}

void store_alert_del_incident(struct store_alert_write *w, struct str key)
{
	add_row(w, DEL_INCIDENT)->incident.key = keep(w, key);
}

size_t store_alert_write_count(const struct store_alert_write *w)
{
	return w->count;
}

/* ---- writing ---- */

static enum gw_err apply_put(struct store_db *db, const struct store_alert *a)
{
	struct sql_stmt *q =
		sql(db, "INSERT INTO alert (fingerprint, source, labels, "
			"annotations, generator, severity, firing, confirmed, "
			"timeout_based, starts_at, ends_at, fired_at, seen_at) "
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
			"ON CONFLICT (fingerprint) DO UPDATE SET "
			"source = excluded.source, labels = excluded.labels, "
			"annotations = excluded.annotations, "
			"generator = excluded.generator, "
			"severity = excluded.severity, "
			"firing = excluded.firing, "
			"confirmed = excluded.confirmed, "
			"timeout_based = excluded.timeout_based, "
			"starts_at = excluded.starts_at, "
			"ends_at = excluded.ends_at, "
			"fired_at = excluded.fired_at, "
			"seen_at = excluded.seen_at");

	sql_bind_str(q, 1, a->fingerprint);
	sql_bind_str(q, 2, a->source);
	sql_bind_blob(q, 3, a->labels);
	sql_bind_blob(q, 4, a->annotations);
	sql_bind_str(q, 5, a->generator);
	sql_bind_int(q, 6, a->severity);
	sql_bind_int(q, 7, a->firing);
	sql_bind_int(q, 8, a->confirmed);
	sql_bind_int(q, 9, a->timeout_based);
	sql_bind_int(q, 10, a->starts_at);
	sql_bind_int(q, 11, a->ends_at);
	sql_bind_int(q, 12, a->fired_at);
	sql_bind_int(q, 13, a->seen_at);
	return sql_run(q);
}

static enum gw_err apply_event(struct store_db *db, const struct row *r)
{
	struct sql_stmt *q =
		sql(db, "INSERT INTO alert_event (at, dead, source, key, note, "
			"size, body) VALUES (?, ?, ?, ?, ?, ?, ?)");
	enum gw_err e;

	sql_bind_int(q, 1, r->event.at);
	sql_bind_int(q, 2, r->event.dead);
	sql_bind_str(q, 3, r->event.source);
	sql_bind_str(q, 4, r->event.key);
	sql_bind_str(q, 5, r->event.note);
	sql_bind_int(q, 6, (int64_t)r->event.size);
	sql_bind_blob(q, 7, r->event.body);
	e = sql_run(q);
	if (e != GW_OK)
		return e;
	q = sql(db, "DELETE FROM alert_event WHERE dead = ? AND seq <= "
		    "(SELECT seq FROM alert_event WHERE dead = ? "
		    "ORDER BY seq DESC LIMIT 1 OFFSET ?)");
	sql_bind_int(q, 1, r->event.dead);
	sql_bind_int(q, 2, r->event.dead);
	sql_bind_int(q, 3, r->keep);
	return sql_run(q);
}

static enum gw_err apply_incident(struct store_db *db,
				  const struct store_alert_incident *i)
{
	struct sql_stmt *q =
		sql(db, "INSERT INTO alert_incident (key, case_number, "
			"closed_at) VALUES (?, ?, ?) ON CONFLICT (key) "
			"DO UPDATE SET case_number = excluded.case_number, "
			"closed_at = excluded.closed_at");

	sql_bind_str(q, 1, i->key);
	sql_bind_int(q, 2, (int64_t)i->case_number);
	sql_bind_int(q, 3, i->closed_at);
	return sql_run(q);
}

static enum gw_err apply_del(struct sql_stmt *q, struct str key)
{
	sql_bind_str(q, 1, key);
	return sql_run(q);
}

static enum gw_err apply_row(struct store_db *db, const struct row *r)
{
	switch (r->kind) {
	case PUT:
		return apply_put(db, &r->alert);
	case DEL:
		return apply_del(
			sql(db, "DELETE FROM alert WHERE fingerprint = ?"),
			r->alert.fingerprint);
	case ADD_EVENT:
		return apply_event(db, r);
	case PUT_INCIDENT:
		return apply_incident(db, &r->incident);
	case DEL_INCIDENT:
		return apply_del(
			sql(db, "DELETE FROM alert_incident WHERE key = ?"),
			r->incident.key);
	}
	return GW_INTERNAL;
}

static enum gw_err apply_write(struct store_req *req, struct store_db *db)
{
	struct store_alert_write *w =
		LIST_OF(req, struct store_alert_write, req);
	enum gw_err e = GW_OK;

	for (struct row *r = w->first; r != NULL && e == GW_OK; r = r->next)
		e = apply_row(db, r);
	return e;
}

static void done_write(struct store_req *req, enum gw_err e)
{
	struct store_alert_write *w =
		LIST_OF(req, struct store_alert_write, req);

	if (w->done != NULL)
		w->done(w->arg, e);
	store_alert_write_free(&w);
}

void store_alert_submit(struct store *s, struct store_alert_write *w,
			void (*done)(void *arg, enum gw_err e), void *arg)
{
	w->done = done;
	w->arg = arg;
	w->req.apply = apply_write;
	w->req.done = done_write;
	store_submit(s, &w->req);
}

/* ---- loading ---- */

static enum gw_err apply_load(struct store_req *req, struct store_db *db)
{
	struct load *l = LIST_OF(req, struct load, req);
	struct sql_stmt *q =
		sql(db, "SELECT fingerprint, source, labels, annotations, "
			"generator, severity, firing, confirmed, "
			"timeout_based, starts_at, ends_at, fired_at, seen_at "
			"FROM alert");
	struct store_alert a;
	enum gw_err e;

	while ((e = sql_row(q)) == GW_OK) {
		a.fingerprint = sql_str(q, 0);
		a.source = sql_str(q, 1);
		a.labels = sql_str(q, 2);
		a.annotations = sql_str(q, 3);
		a.generator = sql_str(q, 4);
		a.severity = (int)sql_int(q, 5);
		a.firing = sql_int(q, 6) != 0;
		a.confirmed = sql_int(q, 7) != 0;
		a.timeout_based = sql_int(q, 8) != 0;
		a.starts_at = sql_int(q, 9);
		a.ends_at = sql_int(q, 10);
		a.fired_at = sql_int(q, 11);
		a.seen_at = sql_int(q, 12);
		l->alert(l->arg, &a);
	}
	return sql_end(q, e);
}

enum gw_err store_alert_load(struct store *s,
			     void (*fn)(void *arg, const struct store_alert *a),
			     void *arg)
{
	struct load l = { .req = { .apply = apply_load },
			  .alert = fn,
			  .arg = arg };

	return store_now(s, &l.req);
}

static enum gw_err apply_incidents(struct store_req *req, struct store_db *db)
{
	struct load *l = LIST_OF(req, struct load, req);
	struct sql_stmt *q = sql(db, "SELECT key, case_number, closed_at FROM "
				     "alert_incident");
	struct store_alert_incident i;
	enum gw_err e;

	while ((e = sql_row(q)) == GW_OK) {
		i.key = sql_str(q, 0);
		i.case_number = (uint64_t)sql_int(q, 1);
		i.closed_at = sql_int(q, 2);
		l->incident(l->arg, &i);
	}
	return sql_end(q, e);
}

enum gw_err store_alert_load_incidents(
	struct store *s,
	void (*fn)(void *arg, const struct store_alert_incident *i), void *arg)
{
	struct load l = { .req = { .apply = apply_incidents },
			  .incident = fn,
			  .arg = arg };

	return store_now(s, &l.req);
}
