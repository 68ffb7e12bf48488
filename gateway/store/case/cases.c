/* SPDX-License-Identifier: MIT */
/* cases.c - cases, their acts and their timeline in the store
 *
 * The columns of a case stand in two tables here, in the order in which the
 * statements name them.
 */
#include "gateway/store/case/cases.h"

#include "gateway/base/buf.h"
#include "gateway/store/sql.h"

#define TIMELINE_MAX 2000 /* entries shown of one case, the latest */

#define COLUMNS                                                                \
	"version, config_version, previous, kind, state, severity, "           \
	"opened_at, changed_at, closed_at, claimed_at, until, due, "           \
	"owner_gone, step, round, climbed, acts, alerts, firing, waiting, "    \
	"key, mail_id, subject, detail, pool, ladder, ladder_text, room, "     \
	"recipient, owner, offered_to, closed_why, card_id, told, number"

#define ACT_COLUMNS                                                            \
	"number, step, kind, by, offer, line, planned_at, receiver, other, "   \
	"why"

#define ENTRY_COLUMNS "number, at, what, who, via, why, choice"

/* clang-format off */
#define AT(field) offsetof(struct store_case, field)
static const size_t numbers[] = {
	AT(version), AT(config_version), AT(previous), AT(kind), AT(state),
	AT(severity), AT(opened_at), AT(changed_at), AT(closed_at),
	AT(claimed_at), AT(until), AT(due), AT(owner_gone), AT(step),
	AT(round), AT(climbed), AT(acts), AT(alerts), AT(firing), AT(waiting),
};
static const size_t texts[] = {
	AT(key), AT(mail_id), AT(subject), AT(detail), AT(pool), AT(ladder),
	AT(ladder_text), AT(room), AT(recipient), AT(owner), AT(offered_to),
	AT(closed_why), AT(card_id), AT(told),
};
#undef AT
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const int64_t *number_in(const struct store_case *row, size_t offset)
{
	return (const void *)((const char *)row + offset);
}

static const char *const *text_in(const struct store_case *row, size_t offset)
{
	return (const void *)((const char *)row + offset);
}

static void bind_row(struct sql_stmt *q, const struct store_case *row)
{
	int i = 1;

	for (size_t k = 0; k < COUNT(numbers); k++)
		sql_bind_int(q, i++, *number_in(row, numbers[k]));
	for (size_t k = 0; k < COUNT(texts); k++)
		sql_bind_text(q, i++, *text_in(row, texts[k]));
	sql_bind_int(q, i, row->number);
}

static struct store_case row_here(struct arena *a, struct sql_stmt *q)
{
	struct store_case row = { .number = 0 };
	int i = 0;

	for (size_t k = 0; k < COUNT(numbers); k++)
		*(int64_t *)(void *)((char *)&row + numbers[k]) =
			sql_int(q, i++);
	for (size_t k = 0; k < COUNT(texts); k++)
		*(const char **)(void *)((char *)&row + texts[k]) =
			sql_text(a, q, i++);
	row.number = sql_int(q, i);
	return row;
}

/* --- a transition ------------------------------------------------------ */

static enum gw_err write_row(struct store_db *db, const struct store_case *row)
{
	struct sql_stmt *q;
	enum gw_err e;

	if (row->version == 1) {
		q = sql(db, "INSERT INTO cases (" COLUMNS ") VALUES (?, ?, ?, "
			    "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
			    "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
		bind_row(q, row);
		return sql_run(q);
	}
	q = sql(db, "UPDATE cases SET version = ?, config_version = ?, "
		    "previous = ?, kind = ?, state = ?, severity = ?, "
		    "opened_at = ?, changed_at = ?, closed_at = ?, "
		    "claimed_at = ?, until = ?, due = ?, owner_gone = ?, "
		    "step = ?, round = ?, climbed = ?, acts = ?, alerts = ?, "
		    "firing = ?, waiting = ?, key = ?, mail_id = ?, "
		    "subject = ?, detail = ?, pool = ?, ladder = ?, "
		    "ladder_text = ?, room = ?, recipient = ?, owner = ?, "
		    "offered_to = ?, closed_why = ?, card_id = ?, told = ? "
		    "WHERE number = ? AND version = ?");
	bind_row(q, row);
	sql_bind_int(q, (int)(COUNT(numbers) + COUNT(texts) + 2),
		     row->version - 1);
	e = sql_run(q);
	if (e == GW_OK && sql_changes(db) != 1)
		return GW_CONFLICT;
	return e;
}

static enum gw_err write_act(struct store_db *db,
			     const struct store_case_act *act)
{
	struct sql_stmt *q = sql(
		db, "INSERT INTO case_act (" ACT_COLUMNS ", done_at, result) "
		    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')");

	sql_bind_int(q, 1, act->number);
	sql_bind_int(q, 2, act->step);
	sql_bind_int(q, 3, act->kind);
	sql_bind_int(q, 4, act->by);
	sql_bind_int(q, 5, act->offer);
	sql_bind_int(q, 6, act->line);
	sql_bind_int(q, 7, act->planned_at);
	sql_bind_text(q, 8, act->receiver);
	sql_bind_text(q, 9, act->other);
	sql_bind_text(q, 10, act->why);
	return sql_run(q);
}

static enum gw_err write_entry(struct store_db *db,
			       const struct store_case_entry *entry)
{
	struct sql_stmt *q = sql(db, "INSERT INTO case_entry (" ENTRY_COLUMNS
				     ") VALUES (?, ?, ?, ?, ?, ?, ?)");

	sql_bind_int(q, 1, entry->number);
	sql_bind_int(q, 2, entry->at);
	sql_bind_text(q, 3, entry->what);
	sql_bind_text(q, 4, entry->who);
	sql_bind_text(q, 5, entry->via);
	sql_bind_text(q, 6, entry->why);
	sql_bind_text(q, 7, entry->choice);
	return sql_run(q);
}

static enum gw_err write_told(struct store_db *db, const char *who,
			      const struct store_case *row)
{
	struct sql_stmt *q =
		sql(db, "INSERT INTO case_told (who, number, at) "
			"VALUES (?, ?, ?) ON CONFLICT (who) DO UPDATE SET "
			"number = excluded.number, at = excluded.at");

	sql_bind_text(q, 1, who);
	sql_bind_int(q, 2, row->number);
	sql_bind_int(q, 3, row->changed_at);
	return sql_run(q);
}

static enum gw_err apply_change(struct store_req *r, struct store_db *db)
{
	struct store_case_change *c = LIST_OF(r, struct store_case_change, req);
	enum gw_err e;

	if (c->row == NULL)
		return GW_OK;
	e = write_row(db, c->row);
	for (size_t i = 0; e == GW_OK && i < c->act_count; i++)
		e = write_act(db, &c->acts[i]);
	for (size_t i = 0; e == GW_OK && i < c->entry_count; i++)
		e = write_entry(db, &c->entries[i]);
	for (size_t i = 0; e == GW_OK && i < c->told_count; i++)
		e = write_told(db, c->told[i], c->row);
	return e;
}

void store_cases_change(struct store *s, struct store_case_change *c)
{
	c->req.apply = apply_change;
	store_submit(s, &c->req);
}

/* --- an act is over ---------------------------------------------------- */

struct over {
	struct store_req req;
	struct arena *arena;
	struct store_case_result r;
};

static enum gw_err apply_over(struct store_req *r, struct store_db *db)
{
	struct over *over = LIST_OF(r, struct over, req);
	struct sql_stmt *q;
	enum gw_err e;

	q = sql(db, "UPDATE case_act SET done_at = ?, result = ? "
		    "WHERE number = ? AND step = ? AND done_at = 0");
	sql_bind_int(q, 1, over->r.at);
	sql_bind_text(q, 2, over->r.result);
	sql_bind_int(q, 3, over->r.number);
	sql_bind_int(q, 4, over->r.step);
	e = sql_run(q);
	if (e != GW_OK || sql_changes(db) == 0)
		return e;
	return write_entry(db, &over->r.entry);
}

static void done_over(struct store_req *r, enum gw_err e)
{
	struct over *over = LIST_OF(r, struct over, req);
	struct arena *a = over->arena;

	over->r.done(over->r.arg, e);
	arena_free(&a);
}

void store_cases_act_over(struct store *s, const struct store_case_result *r)
{
	struct arena *a = arena_new();
	struct over *over = arena_alloc(a, sizeof(*over));
	struct store_case_entry *entry = &over->r.entry;

	over->arena = a;
	over->r = *r;
	over->r.result = arena_strdup(a, r->result);
	entry->what = arena_strdup(a, entry->what);
	entry->who = arena_strdup(a, entry->who);
	entry->via = arena_strdup(a, entry->via);
	entry->why = arena_strdup(a, entry->why);
	entry->choice = arena_strdup(a, entry->choice);
	over->req.apply = apply_over;
	over->req.done = done_over;
	store_submit(s, &over->req);
}

/* --- reading ----------------------------------------------------------- */

struct reading {
	struct store_req req;
	struct arena *arena;
	int64_t number; /* 0: all that is live */
	int64_t since;
	struct store_cases found;
	void (*done)(void *arg, enum gw_err e, const struct store_cases *found);
	void *arg;
};

/* Rows gathered in a buffer become an array in the arena. */
static void *settle(struct arena *a, struct buf *rows, size_t size, size_t *n)
{
	void *out = arena_alloc(a, rows->len + 1);

	*n = rows->len / size;
	if (rows->len > 0)
		memcpy(out, rows->data, rows->len);
	buf_fini(rows);
	return out;
}

static enum gw_err read_rows(struct reading *r, struct sql_stmt *q)
{
	struct buf rows = { .data = NULL };
	enum gw_err e;

	while ((e = sql_row(q)) == GW_OK) {
		struct store_case row = row_here(r->arena, q);

		buf_add(&rows, &row, sizeof(row));
	}
	r->found.rows = settle(r->arena, &rows, sizeof(struct store_case),
			       &r->found.count);
	return sql_end(q, e);
}

static enum gw_err read_acts(struct reading *r, struct sql_stmt *q)
{
	struct buf rows = { .data = NULL };
	enum gw_err e;

	while ((e = sql_row(q)) == GW_OK) {
		struct store_case_act act = {
			.number = sql_int(q, 0),
			.step = sql_int(q, 1),
			.kind = sql_int(q, 2),
			.by = sql_int(q, 3),
			.offer = sql_int(q, 4),
			.line = sql_int(q, 5),
			.planned_at = sql_int(q, 6),
			.receiver = sql_text(r->arena, q, 7),
			.other = sql_text(r->arena, q, 8),
			.why = sql_text(r->arena, q, 9),
		};

		buf_add(&rows, &act, sizeof(act));
	}
	r->found.acts = settle(r->arena, &rows, sizeof(struct store_case_act),
			       &r->found.act_count);
	return sql_end(q, e);
}

static enum gw_err read_told(struct reading *r, struct store_db *db)
{
	struct buf rows = { .data = NULL };
	struct sql_stmt *q;
	enum gw_err e;

	q = sql(db, "SELECT who, number, at FROM case_told WHERE at > ?");
	sql_bind_int(q, 1, r->since);
	while ((e = sql_row(q)) == GW_OK) {
		struct store_case_told told = {
			.who = sql_text(r->arena, q, 0),
			.number = sql_int(q, 1),
			.at = sql_int(q, 2),
		};

		buf_add(&rows, &told, sizeof(told));
	}
	r->found.told = settle(r->arena, &rows, sizeof(struct store_case_told),
			       &r->found.told_count);
	return sql_end(q, e);
}

static enum gw_err read_last(struct reading *r, struct store_db *db)
{
	struct sql_stmt *q =
		sql(db, "SELECT COALESCE(MAX(number), 0) FROM cases");
	enum gw_err e = sql_row(q);

	if (e == GW_OK)
		r->found.last = sql_int(q, 0);
	return sql_end(q, e);
}

static enum gw_err apply_load(struct store_req *req, struct store_db *db)
{
	struct reading *r = LIST_OF(req, struct reading, req);
	struct sql_stmt *q;
	enum gw_err e;

	q = sql(db, "SELECT " COLUMNS " FROM cases WHERE number IN ("
		    "SELECT number FROM cases WHERE state < 2 UNION "
		    "SELECT number FROM cases WHERE state = 2 AND "
		    "closed_at > ? UNION "
		    "SELECT number FROM case_act WHERE done_at = 0) "
		    "ORDER BY number");
	sql_bind_int(q, 1, r->since);
	e = read_rows(r, q);
	if (e == GW_OK)
		e = read_acts(r, sql(db, "SELECT " ACT_COLUMNS " FROM case_act "
					 "WHERE done_at = 0 "
					 "ORDER BY number, step"));
	if (e == GW_OK)
		e = read_told(r, db);
	return e == GW_OK ? read_last(r, db) : e;
}

enum gw_err store_cases_load(struct store *s, int64_t since, struct arena *a,
			     struct store_cases *out)
{
	struct reading r = { .req = { .apply = apply_load },
			     .arena = a,
			     .since = since };
	enum gw_err e = store_now(s, &r.req);

	*out = r.found;
	return e;
}

static enum gw_err apply_read(struct store_req *req, struct store_db *db)
{
	struct reading *r = LIST_OF(req, struct reading, req);
	struct sql_stmt *q;
	enum gw_err e;

	q = sql(db, "SELECT " COLUMNS " FROM cases WHERE number = ?");
	sql_bind_int(q, 1, r->number);
	e = read_rows(r, q);
	if (e != GW_OK)
		return e;
	if (r->found.count == 0)
		return GW_NOT_FOUND;
	q = sql(db, "SELECT " ACT_COLUMNS " FROM case_act "
		    "WHERE done_at = 0 AND number = ? ORDER BY step");
	sql_bind_int(q, 1, r->number);
	return read_acts(r, q);
}

static void done_read(struct store_req *req, enum gw_err e)
{
	struct reading *r = LIST_OF(req, struct reading, req);
	struct arena *a = r->arena;

	r->done(r->arg, e, &r->found);
	arena_free(&a);
}

void store_cases_read(struct store *s, int64_t number,
		      void (*done)(void *arg, enum gw_err e,
				   const struct store_cases *found),
		      void *arg)
{
	struct arena *a = arena_new();
	struct reading *r = arena_alloc(a, sizeof(*r));

	r->arena = a;
	r->number = number;
	r->done = done;
	r->arg = arg;
	r->req.apply = apply_read;
	r->req.done = done_read;
	store_read(s, &r->req);
}

/* --- the timeline ------------------------------------------------------ */

struct timeline {
	struct store_req req;
	struct arena *arena;
	int64_t number;
	struct store_case_entry *entries;
	size_t n;
	void (*done)(void *arg, enum gw_err e,
		     const struct store_case_entry *entries, size_t n);
	void *arg;
};

static enum gw_err apply_timeline(struct store_req *req, struct store_db *db)
{
	struct timeline *t = LIST_OF(req, struct timeline, req);
	struct arena *a = t->arena;
	struct buf rows = { .data = NULL };
	struct sql_stmt *q;
	enum gw_err e;

	q = sql(db, "SELECT * FROM (SELECT seq, " ENTRY_COLUMNS
		    " FROM case_entry WHERE number = ? "
		    "ORDER BY seq DESC LIMIT ?) AS latest ORDER BY seq");
	sql_bind_int(q, 1, t->number);
	sql_bind_int(q, 2, TIMELINE_MAX);
	while ((e = sql_row(q)) == GW_OK) {
		struct store_case_entry entry = {
			.seq = sql_int(q, 0),
			.number = sql_int(q, 1),
			.at = sql_int(q, 2),
			.what = sql_text(a, q, 3),
			.who = sql_text(a, q, 4),
			.via = sql_text(a, q, 5),
			.why = sql_text(a, q, 6),
			.choice = sql_text(a, q, 7),
		};

		buf_add(&rows, &entry, sizeof(entry));
	}
	t->entries = settle(a, &rows, sizeof(struct store_case_entry), &t->n);
	e = sql_end(q, e);
	return e == GW_OK && t->n == 0 ? GW_NOT_FOUND : e;
}

static void done_timeline(struct store_req *req, enum gw_err e)
{
	struct timeline *t = LIST_OF(req, struct timeline, req);
	struct arena *a = t->arena;

	t->done(t->arg, e, t->entries, e == GW_OK ? t->n : 0);
	arena_free(&a);
}

void store_cases_timeline(struct store *s, int64_t number,
			  void (*done)(void *arg, enum gw_err e,
				       const struct store_case_entry *entries,
				       size_t n),
			  void *arg)
{
	struct arena *a = arena_new();
	struct timeline *t = arena_alloc(a, sizeof(*t));

	t->arena = a;
	t->number = number;
	t->done = done;
	t->arg = arg;
	t->req.apply = apply_timeline;
	t->req.done = done_timeline;
	store_read(s, &t->req);
}
