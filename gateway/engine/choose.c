/* SPDX-License-Identifier: MIT */
/* choose.c - ranking by presence class, then score, then who waited longest
 *
 * A ready person may always be told.  Without one, a person reachable by push
 * may; people who are away only from critical on, people who are busy only
 * from the severity at which their do-not-disturb is broken.
 */
#include "gateway/engine/choose.h"

#include <stdlib.h>
#include <string.h>

/* Within this time after being told, somebody else comes first. */
#define TOLD_RECENTLY ((int64_t)15 * 60 * 1000)

struct ranking {
	const struct snapshot *s;
	const struct choose_question *q;
	struct arena *a;
};

static bool excluded(const struct choose_question *q, const char *address)
{
	for (size_t i = 0; i < q->exclude_count; i++)
		if (strcmp(q->exclude[i], address) == 0)
			return true;
	return false;
}

static int base_score(const struct person *p, enum availability level)
{
	switch (level) {
	case AVAIL_READY:
		return p->on_cover ? 100 : 80;
	case AVAIL_AWAY:
		return p->show == PRES_XA ? 20 : 40;
	case AVAIL_BUSY:
		return 10;
	case AVAIL_REACHABLE:
	case AVAIL_OFFLINE:
		return 0;
	}
	__builtin_unreachable();
}

static int score_of(const struct ranking *r, const struct person *p,
		    enum availability level)
{
	int score = base_score(p, level);

	if (p->push)
		score += 15;
	score -= 10 * (int)(p->claims < 100 ? p->claims : 100);
	if (p->told != 0 && r->s->now - p->told < TOLD_RECENTLY)
		score -= 5;
	return score;
}

static const char *claims_text(const struct person *p, struct arena *a)
{
	if (p->claims == 0)
		return "";
	return arena_printf(a, ", %u open claim%s", p->claims,
			    p->claims == 1 ? "" : "s");
}

static bool told_recently(const struct ranking *r, const struct person *p)
{
	return p->told != 0 && r->s->now - p->told < TOLD_RECENTLY;
}

static struct candidate judge(const struct ranking *r, const struct person *p)
{
	struct verdict v = presence_verdict(p, &r->s->rules, r->s->now, r->a);
	struct candidate c = {
		.person = p,
		.level = v.level,
		.score = score_of(r, p, v.level),
		.eligible = true,
		.needs_ping = v.level == AVAIL_READY &&
			      r->s->now - p->proof > r->s->rules.proof_max,
	};
	const char *skipped = NULL;

	if (excluded(r->q, p->address))
		skipped = "told already";
	else if (r->q->for_mail && !p->mailbox_ok)
		skipped = "mailbox failing";
	else if (v.level == AVAIL_OFFLINE)
		skipped = v.why;
	else if (v.level == AVAIL_BUSY &&
		 (int)r->q->severity < r->s->rules.dnd_breaks_at)
		skipped = v.why;
	else if (v.level == AVAIL_AWAY && r->q->severity < SEV_CRITICAL)
		skipped = v.why;
	if (skipped != NULL) {
		c.eligible = false;
		c.why = arena_printf(r->a, "skipped: %s", skipped);
		return c;
	}
	c.why = arena_printf(r->a, "%s%s%s%s", v.why,
			     p->on_cover ? "" : ", not on cover",
			     claims_text(p, r->a),
			     told_recently(r, p) ? ", told recently" : "");
	return c;
}

/* The order of alerts.md 12: available, away, extended away, busy, offline. */
static int class_of(const struct candidate *c)
{
	switch (c->level) {
	case AVAIL_READY:
		return 5;
	case AVAIL_REACHABLE:
		return 4;
	case AVAIL_AWAY:
		return c->person->show == PRES_XA ? 2 : 3;
	case AVAIL_BUSY:
		return 1;
	case AVAIL_OFFLINE:
		return 0;
	}
	__builtin_unreachable();
}

static int sign(int64_t x)
{
	return (x > 0) - (x < 0);
}

/* Negative: x comes before y. */
static int compare(const void *vx, const void *vy, void *arg)
{
	const struct candidate *x = vx;
	const struct candidate *y = vy;
	const struct ranking *r = arg;
	int d = (int)y->eligible - (int)x->eligible;

	if (d == 0)
		d = class_of(y) - class_of(x);
	/* Two criticals never go to one person while another is free. */
	if (d == 0 && r->q->severity >= SEV_CRITICAL)
		d = (x->person->claims > 0) - (y->person->claims > 0);
	if (d == 0)
		d = y->score - x->score;
	if (d == 0)
		d = sign(x->person->told - y->person->told);
	if (d == 0)
		d = sign((int64_t)x->person->order - (int64_t)y->person->order);
	if (d == 0)
		d = strcmp(x->person->address, y->person->address);
	return d;
}

static size_t wanted(const struct choose_question *q, size_t count)
{
	switch (q->mode) {
	case CHOOSE_ONE:
		return 1;
	case CHOOSE_FIRST_N:
		return q->n;
	case CHOOSE_AVAILABLE:
	case CHOOSE_ALL:
		return count;
	}
	__builtin_unreachable();
}

static void mark(const struct choose_question *q, struct choice *c)
{
	size_t max = wanted(q, c->count);

	for (size_t i = 0; i < c->count && c->chosen < max; i++) {
		struct candidate *cand = &c->candidates[i];
		bool may = cand->eligible;

		if (q->mode == CHOOSE_ALL)
			may = !excluded(q, cand->person->address);
		if (!may)
			continue;
		cand->chosen = true;
		c->chosen++;
		if (!cand->eligible)
			cand->why = "told because all are";
	}
}

static const char *sentence(const struct choice *c, struct arena *a)
{
	if (c->count == 0)
		return "the pool has no members";
	if (c->chosen == 0)
		return "nobody is available";
	for (size_t i = 0; c->chosen == 1 && i < c->count; i++)
		if (c->candidates[i].chosen && c->candidates[i].eligible)
			return arena_printf(a, "%s is %s",
					    c->candidates[i].person->address,
					    c->candidates[i].why);
	return arena_printf(a, "%zu of %zu members", c->chosen, c->count);
}

struct choice choose(const struct snapshot *s, const struct choose_question *q,
		     struct arena *a)
{
	struct ranking r = { .s = s, .q = q, .a = a };
	struct choice c = { .count = 0 };

	c.candidates = arena_alloc(a, (s->count + 1) * sizeof(*c.candidates));
	for (size_t i = 0; i < s->count; i++)
		if (s->people[i].member)
			c.candidates[c.count++] = judge(&r, &s->people[i]);
	qsort_r(c.candidates, c.count, sizeof(*c.candidates), compare, &r);
	mark(q, &c);
	c.why = sentence(&c, a);
	return c;
}
