/* SPDX-License-Identifier: MIT */
/* case_people.c - which cases a person's presence may matter to
 *
 * An index from owners and persons told to the numbers of their cases, so
 * that a busy board costs nothing; cases that await whoever comes first are
 * walked, there are few.
 */
#include "gateway/case/case_private.h"

#include "gateway/base/when.h"

#define SWEEP_EVERY (5 * WHEN_SECOND)

struct concerned {
	char *who;
	size_t count, cap;
	uint64_t *numbers; /* in order */
};

struct last_told {
	char *who;
	uint64_t number;
};

static size_t place_of(const struct concerned *p, uint64_t number)
{
	size_t low = 0;
	size_t high = p->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->numbers[mid] < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool knows(const struct concerned *p, uint64_t number)
{
	size_t i = place_of(p, number);

	return i < p->count && p->numbers[i] == number;
}

static void add(struct cases *cs, const char *who, uint64_t number)
{
	struct concerned *p = map_get(&cs->people, str_of(who));
	size_t i;

	if (p == NULL) {
		p = mem_new(sizeof(*p));
		p->who = mem_strdup(who);
		map_put(&cs->people, str_of(p->who), p);
	}
	if (knows(p, number))
		return;
	if (p->count == p->cap) {
		size_t cap = p->cap == 0 ? 4 : p->cap * 2;

		p->numbers = mem_grow(p->numbers, p->cap * sizeof(uint64_t),
				      cap * sizeof(uint64_t));
		p->cap = cap;
	}
	i = place_of(p, number);
	memmove(&p->numbers[i + 1], &p->numbers[i],
		(p->count - i) * sizeof(uint64_t));
	p->numbers[i] = number;
	p->count++;
}

static void concerned_free(struct concerned *p)
{
	mem_free(p->who);
	mem_free(p->numbers);
	mem_free(p);
}

static void take_out(struct cases *cs, const char *who, uint64_t number)
{
	struct concerned *p = map_get(&cs->people, str_of(who));
	size_t i;

	if (p == NULL || !knows(p, number))
		return;
	i = place_of(p, number);
	p->count--;
	memmove(&p->numbers[i], &p->numbers[i + 1],
		(p->count - i) * sizeof(uint64_t));
	if (p->count > 0)
		return;
	map_del(&cs->people, str_of(p->who));
	concerned_free(p);
}

static const char *owner_of(const struct case_rev *r)
{
	return r == NULL || r->f.state != CASE_CLAIMED ? "" : r->f.owner;
}

static bool waits(const struct case_rev *r)
{
	return r != NULL && r->f.state == CASE_OPEN && r->f.waiting_arrival;
}

static void count_claims(struct cases *cs, const char *old, const char *new)
{
	if (strcmp(old, new) == 0)
		return;
	if (*old != '\0')
		board_claims(cs->use.board, str_of(old), -1);
	if (*new != '\0')
		board_claims(cs->use.board, str_of(new), 1);
}

void case_people_of(struct cases *cs, const struct case_rev *old,
		    const struct case_rev *new)
{
	count_claims(cs, owner_of(old), owner_of(new));
	cs->waiting = cs->waiting + (size_t)waits(new) - (size_t)waits(old);
	if (old != NULL) {
		for (size_t i = 0; i < old->told_count; i++)
			take_out(cs, old->told[i], old->f.number);
		take_out(cs, old->f.owner, old->f.number);
	}
	if (new == NULL || new->f.state == CASE_CLOSED)
		return;
	for (size_t i = 0; i < new->told_count; i++)
		add(cs, new->told[i], new->f.number);
	if (new->f.state == CASE_CLAIMED)
		add(cs, new->f.owner, new->f.number);
}

void case_people_told(struct cases *cs, struct str who, uint64_t number,
		      int64_t at)
{
	struct last_told *t = map_get(&cs->told, who);

	if (t == NULL) {
		t = mem_new(sizeof(*t));
		t->who = mem_strndup(who.p, who.n);
		map_put(&cs->told, str_of(t->who), t);
	}
	t->number = number;
	board_told(cs->use.board, who, at);
}

uint64_t case_people_last(const struct cases *cs, struct str who)
{
	const struct last_told *t = map_get(&cs->told, who);

	return t == NULL ? 0 : t->number;
}

/* ---- presence ---- */

static void tell_waiting(struct cases *cs, const char *who)
{
	for (size_t i = 0; cs->waiting > 0 && i < cs->count; i++) {
		struct case_live *c = cs->live[i];
		const struct pool *pool;

		if (!waits(c->rev))
			continue;
		pool = pool_find(cs->use.pools, str_of(c->rev->f.pool));
		if (pool != NULL && pool_has_member(pool, str_of(who)))
			case_step_presence(c, who);
	}
}

static void presence_changed(void *arg, struct str bare)
{
	struct cases *cs = arg;
	const struct concerned *p;
	struct arena *a;
	const char *who;
	uint64_t *numbers;
	size_t n;

	if (!cs->started)
		return;
	a = arena_new();
	who = arena_str(a, bare).p;
	p = map_get(&cs->people, bare);
	n = p == NULL ? 0 : p->count;
	numbers = arena_alloc(a, (n + 1) * sizeof(*numbers));
	if (n > 0)
		memcpy(numbers, p->numbers, n * sizeof(*numbers));
	for (size_t i = 0; i < n; i++) {
		struct case_live *c = case_live_get(cs, numbers[i]);

		if (c != NULL)
			case_step_presence(c, who);
	}
	tell_waiting(cs, who);
	arena_free(&a);
}

/* A directory group was unknown when a case looked for somebody: look again
 * until it is known. */
static void sweep_case(struct cases *cs, struct case_live *c)
{
	const struct pool *pool =
		pool_find(cs->use.pools, str_of(c->rev->f.pool));
	struct arena *a = arena_new();
	struct snapshot s = { .count = 0 };

	if (pool != NULL && pool_snapshot(cs->use.pools, pool, a, &s) != GW_OK)
		case_people_sweep_later(cs);
	for (size_t i = 0; i < s.count && waits(c->rev); i++)
		case_step_presence(c, s.people[i].address);
	arena_free(&a);
}

static void sweep_due(struct loop_timer *t)
{
	struct cases *cs = LIST_OF(t, struct cases, sweep);

	for (size_t i = 0; cs->waiting > 0 && i < cs->count; i++)
		if (waits(cs->live[i]->rev))
			sweep_case(cs, cs->live[i]);
}

void case_people_sweep_later(struct cases *cs)
{
	if (!loop_timer_active(&cs->sweep))
		loop_timer_start(cs->use.loop, &cs->sweep, SWEEP_EVERY);
}

void case_people_init(struct cases *cs)
{
	struct map_seed seed = loop_seed(cs->use.loop);

	map_init(&cs->people, seed);
	map_init(&cs->told, seed);
	cs->sweep.fn = sweep_due;
	board_watch(cs->use.board, presence_changed, cs);
}

void case_people_fini(struct cases *cs)
{
	struct concerned *p;
	struct last_told *t;
	size_t it = 0;

	board_unwatch(cs->use.board, presence_changed, cs);
	while ((p = map_next(&cs->people, &it)) != NULL)
		concerned_free(p);
	map_fini(&cs->people);
	it = 0;
	while ((t = map_next(&cs->told, &it)) != NULL) {
		mem_free(t->who);
		mem_free(t);
	}
	map_fini(&cs->told);
}
