/* SPDX-License-Identifier: MIT */
/* case_order.c - what persons order, and the sentence they get for it
 *
 * Who speaks in the operators' room, at the console or at the command line
 * was let in there; one-to-one anybody can speak, so the pool is asked.
 */
#include "gateway/base/when.h"
#include "gateway/case/case_private.h"

#define NOTE_MAX 2000
#define SPAN_MAX (7 * WHEN_DAY)

/* alerts.md 2: an ack carries an expiry, per severity. */
static int64_t default_span(enum severity s)
{
	if (s >= SEV_CRITICAL)
		return 30 * WHEN_MINUTE;
	return s == SEV_ERROR ? WHEN_HOUR : 4 * WHEN_HOUR;
}

static bool was_told(const struct case_rev *r, struct str who)
{
	for (size_t i = 0; i < r->told_count; i++)
		if (str_is(who, r->told[i]))
			return true;
	return false;
}

static bool is_lead(const struct pool_conf *conf, struct str who)
{
	for (size_t i = 0; i < conf->leads.count; i++)
		if (str_is(who, conf->leads.items[i]))
			return true;
	return false;
}

static bool concerns(const struct case_live *c, struct str who)
{
	const struct case_rev *r = c->rev;
	const struct pool *pool =
		pool_find(c->cs->use.pools, str_of(r->f.pool));

	if (str_is(who, r->f.recipient) || str_is(who, r->f.owner) ||
	    str_is(who, r->f.offered_to) || was_told(r, who))
		return true;
	return pool != NULL &&
	       (pool_has_member(pool, who) || is_lead(pool_conf(pool), who));
}

bool case_concerns(const struct cases *cs, uint64_t number, struct str who)
{
	const struct case_live *c = case_live_get(cs, number);

	return c != NULL && c->rev != NULL && concerns(c, who);
}

static bool may_speak(const struct case_live *c, const struct case_order *o)
{
	return !str_is(o->via, "direct") || concerns(c, o->who);
}

static const char *hour_text(struct arena *a, int64_t wall)
{
	char text[WHEN_TEXT_MAX];

	return arena_printf(a, "%.5s UTC", when_rfc3339(wall, text) + 11);
}

struct ordering {
	struct case_live *c;
	const struct case_order *o;
	struct arena *a;
	struct case_event ev;
	const char *refused; /* a sentence */
};

static void on_claim(struct ordering *g)
{
	struct cases *cs = g->c->cs;
	uint64_t number = g->o->number;
	int64_t span = g->o->span;

	g->ev.h.kind = HAP_CLAIM;
	g->ev.what = "claimed";
	if (str_eq(g->o->who, str_of(g->c->rev->f.offered_to)))
		g->ev.what = "accepted";
	if (g->o->verb == VERB_TAKE) {
		g->ev.answer = arena_printf(g->a, "you have case %llu",
					    (unsigned long long)number);
		return;
	}
	if (span <= 0)
		span = default_span(g->c->rev->f.severity);
	if (span > SPAN_MAX)
		span = SPAN_MAX;
	g->ev.h.until = loop_wall(cs->use.loop) + span;
	g->ev.answer = arena_printf(g->a, "you have case %llu until %s",
				    (unsigned long long)number,
				    hour_text(g->a, g->ev.h.until));
}

static void on_give(struct ordering *g)
{
	size_t at = str_find(g->o->other, '@');

	g->ev.h.kind = HAP_GIVE;
	g->ev.what = "offered";
	g->ev.h.other = arena_strndup(g->a, g->o->other.p, g->o->other.n);
	g->ev.why = g->ev.h.other;
	g->ev.answer =
		arena_printf(g->a, "case %llu is offered to %s",
			     (unsigned long long)g->o->number, g->ev.h.other);
	if (at == 0 || at + 1 >= g->o->other.n)
		g->refused = "say to whom: an address such as ann@example.org";
}

static void on_note(struct ordering *g)
{
	g->ev.h.kind = HAP_CHANGED;
	g->ev.what = "note";
	g->ev.answer = "noted";
	if (g->o->text.n == 0)
		g->refused = "a note needs some words";
}

static void on_done(struct ordering *g)
{
	g->ev.h.kind = HAP_CLOSE;
	g->ev.what = "closed";
	g->ev.h.why = *g->ev.why != '\0' ? g->ev.why : "done";
	g->ev.answer = arena_printf(g->a, "case %llu is closed",
				    (unsigned long long)g->o->number);
}

static void prepare(struct ordering *g)
{
	switch (g->o->verb) {
	case VERB_TAKE:
	case VERB_ACK:
		on_claim(g);
		return;
	case VERB_RELEASE:
		g->ev.h.kind = HAP_RELEASE;
		g->ev.what = "released";
		g->ev.answer = arena_printf(g->a, "case %llu is open again",
					    (unsigned long long)g->o->number);
		return;
	case VERB_GIVE:
		on_give(g);
		return;
	case VERB_DONE:
		on_done(g);
		return;
	case VERB_NOTE:
		on_note(g);
		return;
	case VERB_DECLINE:
		g->ev.h.kind = HAP_DECLINE;
		g->ev.what = "declined";
		g->ev.answer = "it goes to somebody else";
		return;
	}
}

static void refuse(struct cases *cs, const struct case_order *o, enum gw_err e,
		   const char *why, case_done_fn *done, void *arg)
{
	case_step_answer(cs, &(struct case_answer){ .number = o->number,
						    .e = e,
						    .why = why,
						    .done = done,
						    .arg = arg });
}

static void carry_out(struct ordering *g, case_done_fn *done, void *arg)
{
	const struct case_order *o = g->o;
	size_t n = o->text.n;

	if (n > NOTE_MAX) {
		g->refused = "that is too long";
	} else {
		g->ev.why = n == 0 ? "" : arena_strndup(g->a, o->text.p, n);
		g->ev.via = arena_str(g->a, o->via).p;
		g->ev.h.who = arena_strndup(g->a, o->who.p, o->who.n);
		g->ev.h.other = "";
		g->ev.done = done;
		g->ev.arg = arg;
		prepare(g);
	}
	if (g->refused != NULL)
		refuse(g->c->cs, o, GW_BAD_INPUT, g->refused, done, arg);
	else
		case_step(g->c, &g->ev);
}

void case_order(struct cases *cs, const struct case_order *o,
		case_done_fn *done, void *arg)
{
	struct ordering g = { .c = case_live_get(cs, o->number), .o = o };

	g.a = arena_new();
	if (g.c == NULL)
		refuse(cs, o, GW_NOT_FOUND,
		       arena_printf(g.a, "there is no open case %llu",
				    (unsigned long long)o->number),
		       done, arg);
	else if (g.c->rev == NULL)
		refuse(cs, o, GW_UNAVAIL, "try again later", done, arg);
	else if (!may_speak(g.c, o))
		refuse(cs, o, GW_DENIED,
		       arena_printf(g.a, "only members of %s may",
				    g.c->rev->f.pool),
		       done, arg);
	else
		carry_out(&g, done, arg);
	arena_free(&g.a);
}
