/* SPDX-License-Identifier: MIT */
/* case.c - the service and what others call
 *
 * Rooms open, update and close cases by their keys here.  What is decided
 * stands in the engine, how it becomes lasting in case_step.c.
 */
#include "gateway/case/case_private.h"

#include <assert.h>

#include "gateway/base/when.h"

static void rev_free(struct case_rev *r)
{
	list_del(&r->grave);
	mem_free(r->text);
	mem_free(r);
}

static void bury(struct loop_task *t)
{
	struct cases *cs = LIST_OF(t, struct cases, bury);
	struct list *node;

	while ((node = list_pop(&cs->graves)) != NULL)
		rev_free(LIST_OF(node, struct case_rev, grave));
}

void case_anchor_unref(struct case_anchor **a)
{
	struct case_anchor *anchor = *a;

	*a = NULL;
	if (--anchor->refs == 0)
		mem_free(anchor);
}

struct cases *case_service_new(const struct case_service_spec *spec)
{
	struct cases *cs = mem_new(sizeof(*cs));

	cs->use = *spec;
	cs->conf.claimant_gone_after = 10 * WHEN_MINUTE;
	cs->anchor = mem_new(sizeof(*cs->anchor));
	cs->anchor->cs = cs;
	cs->anchor->refs = 1;
	cs->bury.fn = bury;
	list_init(&cs->graves);
	map_init(&cs->by_key, loop_seed(spec->loop));
	case_ladder_init(cs);
	case_act_init(cs);
	case_people_init(cs);
	return cs;
}

void case_service_free(struct cases **cases)
{
	struct cases *cs = *cases;

	if (cs == NULL)
		return;
	*cases = NULL;
	while (cs->count > 0)
		case_live_drop(cs->live[cs->count - 1]);
	case_people_fini(cs);
	case_ladder_fini(cs);
	map_fini(&cs->by_key);
	loop_timer_stop(cs->use.loop, &cs->retry);
	loop_timer_stop(cs->use.loop, &cs->sweep);
	loop_timer_stop(cs->use.loop, &cs->settle);
	loop_defer_cancel(&cs->run);
	loop_defer_cancel(&cs->bury);
	bury(&cs->bury);
	cs->anchor->cs = NULL;
	case_anchor_unref(&cs->anchor);
	mem_free(cs->live);
	mem_free(cs);
}

void case_set_front(struct cases *cs, const struct case_front *front)
{
	cs->front = *front;
	for (size_t i = 0; i < cs->count; i++)
		case_act_kick(cs->live[i]);
}

void case_watch(struct cases *cs, case_watch_fn *fn, void *arg)
{
	assert(cs->watcher_count <
	       sizeof(cs->watchers) / sizeof(cs->watchers[0]));
	cs->watchers[cs->watcher_count++] =
		(struct case_watcher){ .fn = fn, .arg = arg };
}

enum gw_err case_configure(struct cases *cs, const struct case_conf *conf,
			   const struct conf_map *ladders, int64_t version,
			   struct err_note *note)
{
	(void)note;
	cs->conf = *conf;
	cs->config_version = version;
	case_ladder_configure(cs, ladders);
	return GW_OK;
}

/* ---- opening, changing, closing ---- */

static struct case_live *open_of(const struct cases *cs, struct str key)
{
	struct case_live *c = case_live_by_key(cs, key);

	if (c == NULL || (c->rev != NULL && c->rev->f.state == CASE_CLOSED))
		return NULL;
	return c; /* one that is being read again counts as open */
}

static const char *text(struct arena *a, struct str s)
{
	return s.n == 0 ? "" : arena_strndup(a, s.p, s.n);
}

static void first_rev(struct cases *cs, const struct case_spec *spec,
		      struct arena *a, struct case_rev *r)
{
	const struct case_live *before = case_live_by_key(cs, spec->key);

	*r = (struct case_rev){
		.config_version = cs->config_version,
		.f = { .number = cs->last,
		       .kind = spec->kind,
		       .state = CASE_OPEN,
		       .severity = spec->severity,
		       .opened_at = loop_wall(cs->use.loop),
		       .previous = before == NULL ? 0 : before->number,
		       .key = text(a, spec->key),
		       .mail_id = text(a, spec->mail_id),
		       .subject = "",
		       .detail = "",
		       .pool = text(a, spec->pool),
		       .ladder = text(a, spec->ladder),
		       .room = text(a, spec->room),
		       .recipient = text(a, spec->recipient),
		       .owner = "",
		       .offered_to = "",
		       .closed_why = "",
		       .card_id = "" },
	};
}

static void open_new(struct cases *cs, const struct case_spec *spec,
		     const struct case_event *ev)
{
	struct arena *a = arena_new();
	struct case_event opened = *ev;
	struct case_rev first;
	struct case_live *c;

	cs->last++;
	first_rev(cs, spec, a, &first);
	c = case_live_new(cs, cs->last, first.f.key);
	c->ladder = case_ladder_for(cs, spec);
	case_live_set(c, case_rev_new(&first));
	opened.h.kind = HAP_OPENED;
	opened.what = "opened";
	opened.why = text(a, spec->why);
	if (first.f.previous != 0)
		opened.why = arena_printf(a, "%s (again, it was case %llu)",
					  opened.why,
					  (unsigned long long)first.f.previous);
	case_step(c, &opened);
	arena_free(&a);
}

static bool spec_is_news(const struct case_live *c,
			 const struct case_spec *spec)
{
	const struct casefile *f = &c->rev->f;

	return spec->severity != f->severity || spec->alerts != f->alerts ||
	       spec->firing != f->firing ||
	       !str_eq(spec->subject, str_of(f->subject)) ||
	       !str_eq(spec->detail, str_of(f->detail));
}

static void change(struct case_live *c, const struct case_spec *spec,
		   case_done_fn *done, void *arg)
{
	bool worse = c->rev != NULL && spec->severity > c->rev->f.severity;
	struct arena *a;

	if (c->rev == NULL || !spec_is_news(c, spec)) {
		case_step_answer(
			c->cs, &(struct case_answer){
				       .number = c->number,
				       .e = c->rev == NULL ? GW_UNAVAIL : GW_OK,
				       .why = "",
				       .done = done,
				       .arg = arg });
		return;
	}
	a = arena_new();
	case_step(c, &(struct case_event){
			     .h = { .kind = worse ? HAP_WORSE : HAP_CHANGED,
				    .who = "" },
			     .spec = spec,
			     .what = worse ? "worse" : "changed",
			     .why = text(a, spec->why),
			     .done = done,
			     .arg = arg });
	arena_free(&a);
}

void case_open(struct cases *cs, const struct case_spec *spec,
	       case_done_fn *done, void *arg)
{
	struct case_live *c = open_of(cs, spec->key);

	if (c != NULL)
		change(c, spec, done, arg);
	else
		open_new(cs, spec,
			 &(struct case_event){ .h = { .who = "" },
					       .spec = spec,
					       .done = done,
					       .arg = arg });
}

static void none_open(struct cases *cs, case_done_fn *done, void *arg)
{
	case_step_answer(cs, &(struct case_answer){ .e = GW_NOT_FOUND,
						    .why = "no such open case",
						    .done = done,
						    .arg = arg });
}

void case_update(struct cases *cs, const struct case_spec *spec,
		 case_done_fn *done, void *arg)
{
	struct case_live *c = open_of(cs, spec->key);

	if (c != NULL)
		change(c, spec, done, arg);
	else
		none_open(cs, done, arg);
}

void case_close_key(struct cases *cs, struct str key, struct str why,
		    case_done_fn *done, void *arg)
{
	struct case_live *c = open_of(cs, key);
	struct arena *a;

	if (c == NULL) {
		none_open(cs, done, arg);
		return;
	}
	a = arena_new();
	case_step(c, &(struct case_event){ .h = { .kind = HAP_CLOSE,
						  .who = "",
						  .why = text(a, why) },
					   .what = "closed",
					   .done = done,
					   .arg = arg });
	arena_free(&a);
}

/* ---- looking: what is on disk ---- */

static const struct casefile *shown(const struct case_live *c)
{
	return c == NULL || c->shown == NULL ? NULL : &c->shown->f;
}

const struct casefile *case_get(const struct cases *cs, uint64_t number)
{
	return shown(case_live_get(cs, number));
}

const struct casefile *case_by_key(const struct cases *cs, struct str key)
{
	return shown(open_of(cs, key));
}

const struct casefile *case_next(const struct cases *cs, uint64_t after)
{
	for (size_t i = case_live_place(cs, after + 1); i < cs->count; i++)
		if (cs->live[i]->shown != NULL)
			return &cs->live[i]->shown->f;
	return NULL;
}

uint64_t case_last_told(const struct cases *cs, struct str who)
{
	return case_people_last(cs, who);
}

struct finding {
	void (*done)(void *arg, enum gw_err e, const struct casefile *c);
	void *arg;
};

static void case_found(void *arg, enum gw_err e,
		       const struct store_cases *found)
{
	struct finding *finding = arg;
	struct casefile f = { .number = 0 };

	if (e == GW_OK)
		f = case_rev_file(&found->rows[0]);
	finding->done(finding->arg, e, e == GW_OK ? &f : NULL);
	mem_free(finding);
}

void case_read(struct cases *cs, uint64_t number,
	       void (*done)(void *arg, enum gw_err e, const struct casefile *c),
	       void *arg)
{
	struct finding *finding = mem_new(sizeof(*finding));

	finding->done = done;
	finding->arg = arg;
	store_cases_read(cs->use.store, (int64_t)number, case_found, finding);
}

struct asking {
	void (*done)(void *arg, enum gw_err e, const struct case_entry *entries,
		     size_t n);
	void *arg;
};

static void timeline_read(void *arg, enum gw_err e,
			  const struct store_case_entry *rows, size_t n)
{
	struct asking *ask = arg;
	struct arena *a = arena_new();
	struct case_entry *entries = arena_alloc(a, (n + 1) * sizeof(*entries));

	for (size_t i = 0; i < n; i++)
		entries[i] = (struct case_entry){
			.seq = rows[i].seq,
			.at = rows[i].at,
			.what = rows[i].what,
			.who = rows[i].who,
			.via = rows[i].via,
			.why = rows[i].why,
			.choice = rows[i].choice,
		};
	ask->done(ask->arg, e, entries, n);
	arena_free(&a);
	mem_free(ask);
}

void case_timeline(struct cases *cs, uint64_t number,
		   void (*done)(void *arg, enum gw_err e,
				const struct case_entry *entries, size_t n),
		   void *arg)
{
	struct asking *ask = mem_new(sizeof(*ask));

	ask->done = done;
	ask->arg = arg;
	store_cases_timeline(cs->use.store, (int64_t)number, timeline_read,
			     ask);
}
