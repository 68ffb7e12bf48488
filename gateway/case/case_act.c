/* SPDX-License-Identifier: MIT */
/* case_act.c - the outbox: acts that are on disk are carried out, once
 *
 * An act is a row before it is handed to the front, and stays one until the
 * front has answered and that is on disk.  A crash in between repeats it
 * under the same id ("case-17-3").  Acts for one receiver keep their order;
 * a receiver that cannot be reached now holds up nobody else.
 */
#include "gateway/case/case_private.h"

#include <stdio.h>

#include "gateway/base/when.h"
#include "gateway/run/log.h"

#define RETRY_TICK  (2 * WHEN_SECOND)
#define RETRY_FIRST (2 * WHEN_SECOND)
#define RETRY_STEPS 7 /* doublings: 2 s to about 4 min */

/* The front's answer finds the act by its name. */
struct question {
	struct case_anchor *anchor;
	uint64_t number;
	int64_t step;
};

void case_act_add(struct case_live *c, const struct store_case_act *act,
		  int64_t version, enum case_todo_state state)
{
	struct arena *a = arena_new();
	struct case_todo *t = arena_alloc(a, sizeof(*t));

	t->arena = a;
	t->state = state;
	t->version = version;
	t->act = *act;
	t->act.receiver = arena_strdup(a, act->receiver);
	t->act.other = arena_strdup(a, act->other);
	t->act.why = arena_strdup(a, act->why);
	list_append(&c->todos, &t->link);
}

void case_act_drop(struct case_todo *t)
{
	struct arena *a = t->arena;

	list_del(&t->link);
	arena_free(&a);
}

bool case_act_joins(struct case_live *c, const char *room, int64_t version)
{
	LIST_EACH(node, &c->todos)
	{
		struct case_todo *t = LIST_OF(node, struct case_todo, link);

		if ((t->act.kind != ACT_CORRECT && t->act.kind != ACT_CARD) ||
		    strcmp(t->act.receiver, room) != 0 ||
		    t->state == TODO_DOING || t->state == TODO_OVER)
			continue;
		t->version = version;
		return true;
	}
	return false;
}

void case_act_committed(struct case_live *c, int64_t first, int64_t last)
{
	LIST_EACH(node, &c->todos)
	{
		struct case_todo *t = LIST_OF(node, struct case_todo, link);

		if (t->state == TODO_UNCOMMITTED && t->act.step >= first &&
		    t->act.step < last)
			t->state = TODO_PLANNED;
	}
}

static struct case_todo *todo_of(const struct case_live *c, int64_t step)
{
	LIST_EACH(node, &c->todos)
	{
		struct case_todo *t = LIST_OF(node, struct case_todo, link);

		if (t->act.step == step)
			return t;
	}
	return NULL;
}

static struct question *ask(const struct case_live *c,
			    const struct case_todo *t)
{
	struct question *q = mem_new(sizeof(*q));

	q->anchor = c->cs->anchor;
	q->anchor->refs++;
	q->number = c->number;
	q->step = t->act.step;
	return q;
}

/* The case and the act a question was about, if both are still there. */
static struct case_live *hear(struct question *q, struct case_todo **t)
{
	struct cases *cs = q->anchor->cs;
	struct case_live *c = cs == NULL ? NULL : case_live_get(cs, q->number);

	*t = c == NULL ? NULL : todo_of(c, q->step);
	case_anchor_unref(&q->anchor);
	mem_free(q);
	return *t == NULL ? NULL : c;
}

static void try_later(struct case_live *c, struct case_todo *t)
{
	struct cases *cs = c->cs;
	unsigned doublings = t->tries < RETRY_STEPS ? t->tries : RETRY_STEPS;

	t->tries++;
	t->again = loop_now(cs->use.loop) + (RETRY_FIRST << doublings);
	if (!loop_timer_active(&cs->retry))
		loop_timer_start(cs->use.loop, &cs->retry, RETRY_TICK);
}

/* ---- that an act is over, on disk ---- */

static const char *word_of(const struct store_case_act *act)
{
	switch ((enum act_kind)act->kind) {
	case ACT_TELL:
		return "told";
	case ACT_ROOM:
		return "posted";
	case ACT_CARD:
		return "card";
	case ACT_CORRECT:
		return "corrected";
	case ACT_WITHDRAW:
		return "withdrawn";
	case ACT_THANK:
		return "thanked";
	case ACT_COPY:
		return "copied";
	case ACT_WAKE:
		break;
	}
	return "";
}

static const char *via_of(const struct store_case_act *act)
{
	if (act->kind != ACT_TELL)
		return "";
	if (act->by == BY_MAIL)
		return "mail";
	return act->by == (BY_IM | BY_MAIL) ? "im, mail" : "im";
}

static void was_stored(void *arg, enum gw_err e)
{
	struct case_todo *t;
	struct case_live *c = hear(arg, &t);

	if (c == NULL)
		return;
	t->storing = false;
	if (e != GW_OK) {
		try_later(c, t);
		return;
	}
	case_act_drop(t);
	case_act_kick(c);
}

static void store_over(struct case_live *c, struct case_todo *t)
{
	struct cases *cs = c->cs;
	bool failed = strcmp(t->result, "ok") != 0;
	int64_t now = loop_wall(cs->use.loop);
	struct store_case_result r = {
		.number = t->act.number,
		.step = t->act.step,
		.at = now,
		.result = t->result,
		.entry = { .number = t->act.number,
			   .at = now,
			   .what = failed ? "undelivered" : word_of(&t->act),
			   .who = t->act.receiver,
			   .via = via_of(&t->act),
			   .why = t->act.why,
			   .choice = "" },
		.done = was_stored,
		.arg = ask(c, t),
	};

	t->storing = true;
	store_cases_act_over(cs->use.store, &r);
}

/* ---- carrying out ---- */

static void answered(void *arg, enum gw_err e)
{
	struct case_todo *t;
	struct case_live *c = hear(arg, &t);

	if (c == NULL || t->state != TODO_DOING)
		return;
	if (e == GW_UNAVAIL || e == GW_AGAIN || e == GW_LIMIT) {
		t->state = TODO_PLANNED;
		try_later(c, t);
		return;
	}
	t->state = TODO_OVER;
	t->result = e == GW_OK ? "ok" : "failed";
	store_over(c, t);
	if (e == GW_OK)
		return;
	log_warn("case.undelivered", "case", LOG_INT(c->number), "to",
		 t->act.receiver, "why", err_text(e), NULL);
	if (t->act.kind == ACT_TELL && c->rev != NULL)
		case_step(c, &(struct case_event){
				     .h = { .kind = HAP_FAILED,
					    .who = t->act.receiver } });
}

static void hand_out(struct case_live *c, struct case_todo *t)
{
	struct cases *cs = c->cs;
	struct case_rev *shown = case_rev_ref(c->shown);
	char id[64];
	struct act act = {
		.kind = (enum act_kind)t->act.kind,
		.to = t->act.receiver,
		.other = t->act.other,
		.by = (unsigned)t->act.by,
		.offer = t->act.offer != 0,
		.why = t->act.why,
		.line = (enum act_line)t->act.line,
	};

	snprintf(id, sizeof(id), "case-%llu-%lld",
		 (unsigned long long)c->number, (long long)t->act.step);
	t->state = TODO_DOING;
	cs->front.act(cs->front.self, &shown->f, &act, str_of(id), answered,
		      ask(c, t));
	case_rev_unref(cs, &shown);
}

/* Is another act for the same receiver before this one? */
static bool behind(const struct case_live *c, const struct case_todo *t)
{
	LIST_EACH(node, &c->todos)
	{
		const struct case_todo *o =
			LIST_OF(node, struct case_todo, link);

		if (o == t)
			return false;
		if (o->state != TODO_OVER &&
		    strcmp(o->act.receiver, t->act.receiver) == 0)
			return true;
	}
	return false;
}

static bool may_go(const struct case_live *c, const struct case_todo *t)
{
	return t->state == TODO_PLANNED && c->shown->f.version >= t->version &&
	       t->again <= loop_now(c->cs->use.loop) && !behind(c, t);
}

/* The front may answer, and thereby change the list, before it returns. */
static struct case_todo *next_to_go(const struct case_live *c)
{
	LIST_EACH(node, &c->todos)
	{
		struct case_todo *t = LIST_OF(node, struct case_todo, link);

		if (may_go(c, t))
			return t;
	}
	return NULL;
}

static void run_case(struct case_live *c)
{
	struct case_todo *t;

	if (c->broken || c->shown == NULL)
		return;
	while (!c->broken && (t = next_to_go(c)) != NULL)
		hand_out(c, t);
	LIST_EACH(node, &c->todos)
	{
		t = LIST_OF(node, struct case_todo, link);
		if (t->state == TODO_OVER && !t->storing &&
		    t->again <= loop_now(c->cs->use.loop))
			store_over(c, t);
	}
}

static void run_kicked(struct loop_task *task)
{
	struct cases *cs = LIST_OF(task, struct cases, run);
	struct list *node;

	if (!cs->started || cs->front.act == NULL)
		return;
	while ((node = list_pop(&cs->kicked)) != NULL)
		run_case(LIST_OF(node, struct case_live, kick_link));
}

void case_act_kick(struct case_live *c)
{
	if (list_empty(&c->todos))
		return;
	if (list_empty(&c->kick_link))
		list_append(&c->cs->kicked, &c->kick_link);
	loop_defer(c->cs->use.loop, &c->cs->run);
}

static void retry_due(struct loop_timer *timer)
{
	struct cases *cs = LIST_OF(timer, struct cases, retry);
	bool more = false;

	for (size_t i = 0; i < cs->count; i++) {
		LIST_EACH(node, &cs->live[i]->todos)
		{
			if (LIST_OF(node, struct case_todo, link)->tries > 0)
				more = true;
		}
		case_act_kick(cs->live[i]);
	}
	if (more)
		loop_timer_start(cs->use.loop, &cs->retry, RETRY_TICK);
}

void case_act_init(struct cases *cs)
{
	list_init(&cs->kicked);
	cs->run.fn = run_kicked;
	cs->retry.fn = retry_due;
}
