/* SPDX-License-Identifier: MIT */
/* case_ping.c - signs of life, asked for before somebody is told
 *
 * What comes back counts for one decision: who answered is proved, who did
 * not counts as cut off, and the case decides again.  A case has a mark per
 * person asked until a decision needs nobody asked any more.
 */
#include "gateway/case/case_private.h"

#include "gateway/base/when.h"

#define PING_WITHIN (5 * WHEN_SECOND)

struct question {
	struct case_anchor *anchor;
	uint64_t number;
	char *who;
};

static struct case_mark *mark_of(const struct case_live *c, const char *who)
{
	LIST_EACH(node, &c->marks)
	{
		struct case_mark *m = LIST_OF(node, struct case_mark, link);

		if (strcmp(m->who, who) == 0)
			return m;
	}
	return NULL;
}

static void answered(void *arg, enum gw_err e)
{
	struct question *q = arg;
	struct cases *cs = q->anchor->cs;
	struct case_live *c = cs == NULL ? NULL : case_live_get(cs, q->number);
	struct case_mark *m = c == NULL ? NULL : mark_of(c, q->who);

	case_anchor_unref(&q->anchor);
	mem_free(q->who);
	mem_free(q);
	if (m == NULL || m->state != MARK_ASKED)
		return;
	m->state = e == GW_OK ? MARK_ALIVE : MARK_SILENT;
	if (--c->asked == 0 && c->rev != NULL && c->rev->f.state != CASE_CLOSED)
		loop_timer_start(cs->use.loop, &c->timer, 0);
}

void case_ping_ask(struct case_live *c, const char *who)
{
	struct seam_messenger *m = &c->cs->use.messenger;
	struct case_mark *mark;
	struct question *q;

	if (mark_of(c, who) != NULL)
		return;
	mark = mem_new(sizeof(*mark));
	mark->who = mem_strdup(who);
	list_append(&c->marks, &mark->link);
	c->asked++;
	q = mem_new(sizeof(*q));
	q->anchor = c->cs->anchor;
	q->anchor->refs++;
	q->number = c->number;
	q->who = mem_strdup(who);
	m->ping(m->self, str_of(mark->who), PING_WITHIN, answered, q);
}

void case_ping_apply(const struct case_live *c, struct snapshot *s)
{
	struct person *people = (struct person *)(uintptr_t)s->people;

	for (size_t i = 0; i < s->count; i++) {
		const struct case_mark *m = mark_of(c, people[i].address);

		if (m == NULL || m->state == MARK_ASKED)
			continue;
		if (m->state == MARK_ALIVE) {
			people[i].proof = s->now;
			continue;
		}
		people[i].doubtful = true;
		people[i].doubt_since = s->now - s->rules.doubt_grace;
	}
}

void case_ping_forget(struct case_live *c)
{
	struct list *node;

	while ((node = list_pop(&c->marks)) != NULL) {
		struct case_mark *m = LIST_OF(node, struct case_mark, link);

		mem_free(m->who);
		mem_free(m);
	}
	c->asked = 0;
}
