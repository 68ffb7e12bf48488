/* SPDX-License-Identifier: MIT */
/* case_load.c - from the store into memory, and on from there
 *
 * After a start people need a moment to connect again: what is overdue, and
 * the absence of those who have a case, is looked at when that is over.
 */
#include "gateway/base/when.h"
#include "gateway/case/case_private.h"
#include "gateway/run/log.h"

#define PEOPLE_RETURN (30 * WHEN_SECOND)
#define KEPT	      WHEN_DAY

static void adopt_rows(struct cases *cs, const struct store_cases *found)
{
	size_t act = 0;

	for (size_t i = 0; i < found->count; i++) {
		const struct store_case *row = &found->rows[i];
		struct case_live *c;
		size_t first;

		while (act < found->act_count &&
		       found->acts[act].number < row->number)
			act++;
		first = act;
		while (act < found->act_count &&
		       found->acts[act].number == row->number)
			act++;
		c = case_live_new(cs, (uint64_t)row->number, row->key);
		case_live_adopt(c, row, found->acts + first, act - first);
	}
}

enum gw_err case_load(struct cases *cs)
{
	struct arena *a = arena_new();
	struct store_cases found = { .count = 0 };
	int64_t since = loop_wall(cs->use.loop) - KEPT;
	enum gw_err e = store_cases_load(cs->use.store, since, a, &found);

	if (e == GW_OK) {
		adopt_rows(cs, &found);
		cs->last = (uint64_t)found.last;
		for (size_t i = 0; i < found.told_count; i++)
			case_people_told(cs, str_of(found.told[i].who),
					 (uint64_t)found.told[i].number,
					 found.told[i].at);
		log_info("case.loaded", "cases", LOG_INT(found.count), "acts",
			 LOG_INT(found.act_count), NULL);
	}
	arena_free(&a);
	return e;
}

static void people_have_returned(struct loop_timer *t)
{
	struct cases *cs = LIST_OF(t, struct cases, settle);

	for (size_t i = 0; i < cs->count; i++) {
		struct case_live *c = cs->live[i];

		if (c->rev != NULL && c->rev->f.state == CASE_CLAIMED)
			case_step_presence(c, c->rev->f.owner);
	}
}

void case_start(struct cases *cs)
{
	cs->started = true;
	cs->overdue_from = loop_wall(cs->use.loop) + PEOPLE_RETURN;
	cs->settle.fn = people_have_returned;
	loop_timer_start(cs->use.loop, &cs->settle, PEOPLE_RETURN);
	for (size_t i = 0; i < cs->count; i++) {
		case_live_schedule(cs->live[i]);
		case_act_kick(cs->live[i]);
	}
	case_people_sweep_later(cs);
}
