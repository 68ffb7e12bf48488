/* SPDX-License-Identifier: MIT */
/* case_step.c - a happening becomes a plan, and the plan a transaction
 *
 * The newest revision is in memory at once, so that two claims in a turn see
 * each other; acts, watchers and answers wait for the commit.  An answer that
 * changes nothing (a refusal) waits in the same queue, because what it rests
 * on may not be on disk yet.
 */
#include "gateway/case/case_private.h"

#include "gateway/base/buf.h"
#include "gateway/run/json.h"
#include "gateway/run/log.h"

struct transition {
	struct store_case_change change;
	struct arena *arena;
	struct case_anchor *anchor;
	uint64_t number;
	struct case_rev *rev; /* NULL: an answer only */
	int64_t first_act;
	const char *what, *who, *why;
	struct case_answer answer;
};

struct deciding {
	struct case_live *c;
	const struct case_event *ev;
	struct arena *a;
	struct snapshot s;
	struct plan plan;
	bool hold;
};

/* ---- the snapshot: the pool, and whoever else the case knows ---- */

static bool is_there(const struct snapshot *s, const char *who)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->people[i].address, who) == 0)
			return true;
	return false;
}

static void add_person(struct deciding *d, struct person *people,
		       const char *who)
{
	if (who == NULL || *who == '\0' || is_there(&d->s, who))
		return;
	people[d->s.count++] =
		board_person(d->c->cs->use.board, str_of(who), d->a);
}

static void snapshot_of(struct deciding *d)
{
	struct cases *cs = d->c->cs;
	const struct case_rev *r = d->c->rev;
	const struct pool *pool = pool_find(cs->use.pools, str_of(r->f.pool));
	struct person *people;

	if (pool == NULL ||
	    pool_snapshot(cs->use.pools, pool, d->a, &d->s) != GW_OK) {
		d->s = (struct snapshot){
			.now = loop_wall(cs->use.loop),
			.rules = board_rules(cs->use.board),
		};
		if (pool != NULL)
			case_people_sweep_later(cs);
	}
	people = arena_alloc(d->a, (d->s.count + r->told_count + 6) *
					   sizeof(*people));
	if (d->s.count > 0)
		memcpy(people, d->s.people, d->s.count * sizeof(*people));
	d->s.people = people;
	add_person(d, people, r->f.recipient);
	add_person(d, people, r->f.owner);
	add_person(d, people, r->f.offered_to);
	add_person(d, people, d->ev->h.who);
	for (size_t i = 0; i < r->told_count; i++)
		add_person(d, people, r->told[i]);
	case_ping_apply(d->c, &d->s);
}

/* ---- deciding ---- */

static void decide(struct deciding *d)
{
	struct case_live *c = d->c;
	struct case_facts f = case_rev_facts(c->cs, c->rev);
	struct happening h = d->ev->h;
	const struct ladder *l = c->ladder == NULL ? NULL : &c->ladder->ladder;

	if (d->ev->spec != NULL)
		f.severity = d->ev->spec->severity;
	snapshot_of(d);
	d->plan = ladder_decide(&f, l, &d->s, &h, d->a);
	for (size_t i = 0; i < d->plan.count; i++) {
		if (!d->plan.acts[i].needs_ping)
			continue;
		case_ping_ask(c, d->plan.acts[i].to);
		d->hold = true;
	}
	if (!d->hold && c->asked == 0)
		case_ping_forget(c);
	if (!d->hold)
		return;
	h.hold = true;
	d->plan = ladder_decide(&f, l, &d->s, &h, d->a);
}

static bool same_text(const char *x, const char *y)
{
	return strcmp(x, y) == 0;
}

/* Whether a plan is worth a row: presence comes and goes all the time. */
static bool changes(const struct deciding *d)
{
	const struct case_rev *r = d->c->rev;
	const struct case_facts *f = &d->plan.after;
	bool overdue = d->hold && r->f.due != 0 && r->f.due <= d->s.now;

	if (d->ev->done != NULL || d->ev->what != NULL)
		return true;
	for (size_t i = 0; i < d->plan.count; i++)
		if (d->plan.acts[i].kind != ACT_WAKE)
			return true;
	return f->state != r->f.state || f->step != r->f.step ||
	       f->round != r->f.round || f->climbed != r->climbed ||
	       f->waiting_arrival != r->f.waiting_arrival ||
	       f->owner_gone != r->owner_gone ||
	       f->told_count != r->told_count ||
	       !same_text(f->offered_to, r->f.offered_to) ||
	       (f->due != r->f.due && !overdue);
}

/* ---- what is written ---- */

static const char *choice_text(const struct choice *c, struct arena *a)
{
	struct buf b = { .data = NULL };
	struct json_out o;
	const char *text;

	if (c->count == 0)
		return "";
	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_text(&o, "why", c->why);
	json_out_array(&o, "candidates");
	for (size_t i = 0; i < c->count; i++) {
		const struct candidate *cand = &c->candidates[i];

		json_out_object(&o, NULL);
		json_out_text(&o, "person", cand->person->address);
		json_out_text(&o, "level", presence_avail_name(cand->level));
		json_out_int(&o, "score", cand->score);
		json_out_bool(&o, "eligible", cand->eligible);
		json_out_bool(&o, "chosen", cand->chosen);
		json_out_text(&o, "why", cand->why);
		json_out_end_object(&o);
	}
	json_out_end_array(&o);
	json_out_end_object(&o);
	text = arena_str(a, buf_str(&b)).p;
	buf_fini(&b);
	return text;
}

/* The word of the timeline for what came by itself. */
static const char *word_of(const struct deciding *d)
{
	static const char *const words[][2] = {
		{ "claim-expired", "expired" }, { "claimant-gone", "lost" },
		{ "claim-checked", "checked" }, { "arrival", "arrival" },
		{ "step-due", "climbed" },	{ "all-told-left", "climbed" },
		{ "not-delivered", "climbed" }, { "presence", "presence" },
	};

	if (d->ev->what != NULL)
		return d->ev->what;
	if (d->hold)
		return "asked";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (same_text(words[i][0], d->plan.why))
			return words[i][1];
	return d->plan.why;
}

static void add_entry(struct deciding *d, struct transition *t)
{
	struct store_case_entry *entry = arena_alloc(d->a, sizeof(*entry));
	const char *why = d->ev->why;

	*entry = (struct store_case_entry){
		.number = (int64_t)t->number,
		.at = d->s.now,
		.what = t->what,
		.who = t->who,
		.via = d->ev->via == NULL ? "" : arena_strdup(d->a, d->ev->via),
		.why = arena_strdup(
			d->a, why == NULL || *why == '\0' ? d->plan.why : why),
		.choice = choice_text(&d->plan.choice, d->a),
	};
	t->why = entry->why;
	t->change.entries = entry;
	t->change.entry_count = 1;
}

static bool plan_act(struct deciding *d, struct transition *t,
		     struct case_rev *next, const struct act *act)
{
	struct store_case_act *acts =
		(struct store_case_act *)(uintptr_t)t->change.acts;

	if (act->kind == ACT_WAKE ||
	    (act->kind == ACT_CORRECT &&
	     case_act_joins(d->c, act->to, next->f.version)))
		return false;
	next->acts++;
	if (act->kind == ACT_CARD)
		next->f.card_id = arena_printf(d->a, "case-%llu-card",
					       (unsigned long long)t->number);
	acts[t->change.act_count++] = (struct store_case_act){
		.number = (int64_t)t->number,
		.step = next->acts,
		.kind = act->kind,
		.by = act->by,
		.offer = act->offer,
		.line = act->line,
		.planned_at = d->s.now,
		.receiver = arena_strdup(d->a, act->to),
		.other = arena_strdup(d->a,
				      act->other == NULL ? "" : act->other),
		.why = arena_strdup(d->a, act->why),
	};
	return act->kind == ACT_TELL;
}

static void plan_acts(struct deciding *d, struct transition *t,
		      struct case_rev *next)
{
	size_t room = d->plan.count + 1;
	const char **told = arena_alloc(d->a, room * sizeof(*told));

	t->change.acts =
		arena_alloc(d->a, room * sizeof(struct store_case_act));
	t->change.told = told;
	t->first_act = next->acts + 1;
	for (size_t i = 0; i < d->plan.count; i++)
		if (plan_act(d, t, next, &d->plan.acts[i]))
			told[t->change.told_count++] =
				arena_strdup(d->a, d->plan.acts[i].to);
}

static const char *cut(struct arena *a, struct str s, size_t most)
{
	if (s.n > most) {
		s.n = most;
		while (s.n > 0 && ((uint8_t)s.p[s.n] & 0xc0U) == 0x80U)
			s.n--;
	}
	return s.n == 0 ? "" : arena_strndup(a, s.p, s.n);
}

static void take_spec(struct deciding *d, struct case_rev *next)
{
	const struct case_spec *spec = d->ev->spec;

	if (spec == NULL)
		return;
	next->f.subject = cut(d->a, spec->subject, 500);
	next->f.detail = cut(d->a, spec->detail, 4000);
	next->f.alerts = spec->alerts;
	next->f.firing = spec->firing;
}

/* What a person closes may fire on. */
static bool closed_by_source(const struct deciding *d)
{
	return d->ev->h.kind == HAP_CLOSE && d->ev->h.who[0] == '\0';
}

static struct case_rev next_rev(struct deciding *d)
{
	struct case_rev next = *d->c->rev;

	case_rev_take(&next, &d->plan.after);
	take_spec(d, &next);
	next.f.version++;
	next.f.changed_at = d->s.now;
	if (closed_by_source(d))
		next.f.firing = 0;
	if (next.f.state == CASE_CLOSED && next.f.closed_at == 0) {
		next.f.closed_at = d->s.now;
		next.f.closed_why = d->plan.why;
	}
	return next;
}

/* ---- after the commit ---- */

static void tell_watchers(struct cases *cs, const struct transition *t)
{
	for (size_t i = 0; i < cs->watcher_count; i++)
		cs->watchers[i].fn(cs->watchers[i].arg, &t->rev->f, t->what,
				   t->who);
}

static void show(struct case_live *c, struct transition *t)
{
	struct case_rev *old = c->shown;

	log_info("case.change", "case", LOG_INT(t->number), "what", t->what,
		 "who", t->who, "why", t->why, NULL);
	c->shown = case_rev_ref(t->rev);
	case_rev_unref(c->cs, &old);
	case_act_committed(c, t->first_act,
			   t->first_act + (int64_t)t->change.act_count);
	case_act_kick(c);
}

static void settle(struct transition *t, enum gw_err e)
{
	struct cases *cs = t->anchor->cs;
	struct case_live *c = case_live_get(cs, t->number);
	struct case_answer *answer = &t->answer;

	if (c != NULL) {
		c->inflight--;
		if (e != GW_OK)
			case_live_break(c);
		else if (c->broken && t->rev == NULL)
			e = GW_UNAVAIL;
	}
	if (e == GW_OK && t->rev != NULL) {
		if (c != NULL && !c->broken)
			show(c, t);
		tell_watchers(cs, t);
	}
	if (answer->done == NULL)
		return;
	if (e == GW_OK)
		answer->done(answer->arg, answer->e, answer->number,
			     answer->why);
	else
		answer->done(answer->arg, GW_UNAVAIL, answer->number,
			     "this could not be stored; try again later");
}

static void committed(struct store_req *req, enum gw_err e)
{
	struct store_case_change *change =
		LIST_OF(req, struct store_case_change, req);
	struct transition *t = LIST_OF(change, struct transition, change);
	struct arena *a = t->arena;

	if (t->anchor->cs != NULL) {
		settle(t, e);
		case_rev_unref(t->anchor->cs, &t->rev);
	} else if (t->rev != NULL && --t->rev->refs == 0) {
		mem_free(t->rev->text);
		mem_free(t->rev);
	}
	case_anchor_unref(&t->anchor);
	arena_free(&a);
}

static struct transition *transition_new(struct cases *cs, uint64_t number,
					 struct arena *a)
{
	struct transition *t = arena_alloc(a, sizeof(*t));

	t->arena = a;
	t->anchor = cs->anchor;
	t->anchor->refs++;
	t->number = number;
	t->change.req.done = committed;
	return t;
}

static void submit(struct cases *cs, struct transition *t)
{
	struct case_live *c = case_live_get(cs, t->number);

	if (c != NULL)
		c->inflight++;
	store_cases_change(cs->use.store, &t->change);
}

void case_step_answer(struct cases *cs, const struct case_answer *answer)
{
	struct arena *a = arena_new();
	struct transition *t = transition_new(cs, answer->number, a);

	t->answer = *answer;
	t->answer.why = arena_strdup(a, answer->why);
	submit(cs, t);
}

/* ---- the step ---- */

static void remember_told(struct case_live *c, const struct transition *t)
{
	for (size_t i = 0; i < t->change.told_count; i++)
		case_people_told(c->cs, str_of(t->change.told[i]), c->number,
				 t->change.row->changed_at);
}

static void carry_out(struct deciding *d)
{
	struct case_live *c = d->c;
	struct transition *t = transition_new(c->cs, c->number, d->a);
	struct store_case *row = arena_alloc(d->a, sizeof(*row));
	struct case_rev next = next_rev(d);

	t->what = arena_strdup(d->a, word_of(d));
	t->who = arena_strdup(d->a, d->ev->h.who);
	plan_acts(d, t, &next);
	add_entry(d, t);
	t->rev = case_rev_new(&next);
	case_rev_row(t->rev, c->ladder == NULL ? "" : c->ladder->text, d->a,
		     row);
	t->change.row = row;
	t->answer = (struct case_answer){
		.number = c->number,
		.e = GW_OK,
		.why = arena_strdup(d->a, d->ev->answer),
		.done = d->ev->done,
		.arg = d->ev->arg,
	};
	if (t->answer.why == NULL)
		t->answer.why = "";
	for (size_t i = 0; i < t->change.act_count; i++)
		case_act_add(c, &t->change.acts[i], row->version,
			     TODO_UNCOMMITTED);
	remember_told(c, t);
	case_live_set(c, case_rev_ref(t->rev));
	submit(c->cs, t);
}

void case_step(struct case_live *c, const struct case_event *ev)
{
	struct deciding d = { .c = c, .ev = ev };

	if (c->rev == NULL) {
		case_step_answer(
			c->cs, &(struct case_answer){ .number = c->number,
						      .e = GW_UNAVAIL,
						      .why = "try again later",
						      .done = ev->done,
						      .arg = ev->arg });
		return;
	}
	d.a = arena_new();
	decide(&d);
	if (d.plan.refused != GW_OK)
		case_step_answer(c->cs,
				 &(struct case_answer){ .number = c->number,
							.e = d.plan.refused,
							.why = d.plan.why,
							.done = ev->done,
							.arg = ev->arg });
	if (d.plan.refused == GW_OK && changes(&d)) {
		carry_out(&d);
		return;
	}
	case_live_schedule(c); /* the wall clock may have jumped */
	arena_free(&d.a);
}

void case_step_presence(struct case_live *c, const char *who)
{
	if (c->rev == NULL || c->rev->f.state == CASE_CLOSED)
		return;
	case_step(c, &(struct case_event){
			     .h = { .kind = HAP_PRESENCE, .who = who } });
}
