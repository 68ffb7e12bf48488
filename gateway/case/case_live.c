/* SPDX-License-Identifier: MIT */
/* case_live.c - the cases in memory: found, timed, forgotten, read again
 *
 * One timer per case, for whatever is its next thing: the step that is due,
 * being forgotten a day after it was closed, being read again after a commit
 * that failed.
 */
#include "gateway/case/case_private.h"

#include "gateway/base/when.h"
#include "gateway/run/log.h"

#define CLOSED_KEPT  WHEN_DAY
#define READ_AGAIN   WHEN_SECOND
#define FORGET_AGAIN WHEN_HOUR

size_t case_live_place(const struct cases *cs, uint64_t number)
{
	size_t low = 0;
	size_t high = cs->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (cs->live[mid]->number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct case_live *case_live_get(const struct cases *cs, uint64_t number)
{
	size_t i = case_live_place(cs, number);

	if (i < cs->count && cs->live[i]->number == number)
		return cs->live[i];
	return NULL;
}

struct case_live *case_live_by_key(const struct cases *cs, struct str key)
{
	return map_get(&cs->by_key, key);
}

static void read_again(struct case_live *c);

static void time_has_come(struct loop_timer *t)
{
	struct case_live *c = LIST_OF(t, struct case_live, timer);

	if (c->broken) {
		read_again(c);
		return;
	}
	if (c->rev->f.state != CASE_CLOSED) {
		case_step(c, &(struct case_event){
				     .h = { .kind = HAP_DUE, .who = "" } });
		return;
	}
	if (c->inflight > 0 || !list_empty(&c->todos)) {
		loop_timer_start(c->cs->use.loop, &c->timer, FORGET_AGAIN);
		return;
	}
	case_live_drop(c);
}

struct case_live *case_live_new(struct cases *cs, uint64_t number,
				const char *key)
{
	struct case_live *c = mem_new(sizeof(*c));
	size_t i = case_live_place(cs, number);

	if (cs->count == cs->cap) {
		size_t cap = cs->cap == 0 ? 64 : cs->cap * 2;

		cs->live = mem_grow(cs->live, cs->cap * sizeof(*cs->live),
				    cap * sizeof(*cs->live));
		cs->cap = cap;
	}
	memmove(&cs->live[i + 1], &cs->live[i],
		(cs->count - i) * sizeof(*cs->live));
	cs->live[i] = c;
	cs->count++;
	c->cs = cs;
	c->number = number;
	c->key = mem_strdup(key);
	c->timer.fn = time_has_come;
	list_init(&c->todos);
	list_init(&c->marks);
	list_init(&c->kick_link);
	return c;
}

/* The key leads to the case that is open, else to the last one closed. */
static void index_key(struct case_live *c)
{
	const struct case_live *other = map_get(&c->cs->by_key, str_of(c->key));

	if (other == NULL || c->number > other->number)
		map_put(&c->cs->by_key, str_of(c->key), c);
}

void case_live_set(struct case_live *c, struct case_rev *rev)
{
	struct case_rev *old = c->rev;

	case_people_of(c->cs, old, rev);
	c->rev = rev;
	case_rev_unref(c->cs, &old);
	if (rev != NULL)
		index_key(c);
	case_live_schedule(c);
}

void case_live_schedule(struct case_live *c)
{
	struct loop *l = c->cs->use.loop;
	int64_t due;

	loop_timer_stop(l, &c->timer);
	if (c->rev == NULL)
		return;
	if (c->rev->f.state == CASE_CLOSED) {
		loop_timer_at_wall(l, &c->timer,
				   c->rev->f.closed_at + CLOSED_KEPT);
		return;
	}
	/* Overdue steps wait after a start; while signs of life are awaited,
	 * their arrival drives the case. */
	due = c->rev->f.due;
	if (due == 0 || !c->cs->started || c->asked > 0)
		return;
	if (due < c->cs->overdue_from)
		due = c->cs->overdue_from;
	loop_timer_at_wall(l, &c->timer, due);
}

void case_live_drop(struct case_live *c)
{
	struct cases *cs = c->cs;
	size_t i = case_live_place(cs, c->number);

	case_live_set(c, NULL);
	case_rev_unref(cs, &c->shown);
	if (map_get(&cs->by_key, str_of(c->key)) == c)
		map_del(&cs->by_key, str_of(c->key));
	LIST_EACH_SAFE(node, tmp, &c->todos)
	case_act_drop(LIST_OF(node, struct case_todo, link));
	case_ping_forget(c);
	case_ladder_unref(&c->ladder);
	list_del(&c->kick_link);
	cs->count--;
	memmove(&cs->live[i], &cs->live[i + 1],
		(cs->count - i) * sizeof(*cs->live));
	mem_free(c->key);
	mem_free(c);
}

/* ---- after a commit that failed ---- */

struct rereading {
	struct case_anchor *anchor;
	uint64_t number;
};

/* What was handed out meanwhile is not forgotten by reading rows. */
static void add_missing_acts(struct case_live *c,
			     const struct store_case_act *acts, size_t n)
{
	struct list old;

	list_init(&old);
	while (!list_empty(&c->todos))
		list_append(&old, list_pop(&c->todos));
	for (size_t i = 0; i < n; i++) {
		struct case_todo *known = NULL;

		LIST_EACH(node, &old)
		{
			struct case_todo *t =
				LIST_OF(node, struct case_todo, link);

			if (t->act.step == acts[i].step)
				known = t;
		}
		if (known == NULL) {
			case_act_add(c, &acts[i], 0, TODO_PLANNED);
			continue;
		}
		if (known->state == TODO_UNCOMMITTED)
			known->state = TODO_PLANNED;
		known->version = 0;
		list_del(&known->link);
		list_append(&c->todos, &known->link);
	}
	LIST_EACH_SAFE(node, tmp, &old)
	case_act_drop(LIST_OF(node, struct case_todo, link));
}

void case_live_adopt(struct case_live *c, const struct store_case *row,
		     const struct store_case_act *acts, size_t n)
{
	struct case_rev *rev = case_rev_of_row(row);

	c->broken = false;
	if (c->ladder == NULL && *row->ladder_text != '\0')
		c->ladder = case_ladder_read(c->cs, row->ladder_text);
	case_rev_unref(c->cs, &c->shown);
	c->shown = case_rev_ref(rev);
	case_live_set(c, rev);
	add_missing_acts(c, acts, n);
	case_act_kick(c);
}

static void was_read(void *arg, enum gw_err e, const struct store_cases *found)
{
	struct rereading *r = arg;
	struct cases *cs = r->anchor->cs;
	struct case_live *c = cs == NULL ? NULL : case_live_get(cs, r->number);

	case_anchor_unref(&r->anchor);
	mem_free(r);
	if (c == NULL)
		return;
	c->reading = false;
	if (e == GW_OK) {
		log_warn("case.read-again", "case", LOG_INT(c->number), NULL);
		case_live_adopt(c, &found->rows[0], found->acts,
				found->act_count);
	} else if (e == GW_NOT_FOUND) {
		case_live_drop(c); /* it was never opened */
	} else {
		loop_timer_start(cs->use.loop, &c->timer, READ_AGAIN);
	}
}

static void read_again(struct case_live *c)
{
	struct rereading *r;

	if (c->reading)
		return;
	if (c->inflight > 0) {
		loop_timer_start(c->cs->use.loop, &c->timer, READ_AGAIN);
		return;
	}
	r = mem_new(sizeof(*r));
	c->reading = true;
	r->anchor = c->cs->anchor;
	r->anchor->refs++;
	r->number = c->number;
	store_cases_read(c->cs->use.store, (int64_t)c->number, was_read, r);
}

void case_live_break(struct case_live *c)
{
	if (c->broken)
		return;
	log_error("case.commit-failed", "case", LOG_INT(c->number), NULL);
	c->broken = true;
	case_ping_forget(c);
	case_live_set(c, NULL);
	loop_timer_start(c->cs->use.loop, &c->timer, READ_AGAIN);
}
