/* SPDX-License-Identifier: MIT */
/* ladder.c - one function per happening; climbing is shared by all of them
 *
 * The plan's `after` is built up as the facts to be stored; acts are collected
 * in the order in which they are to be seen.
 */
#include "gateway/engine/ladder.h"

#include <string.h>

/* An offer (give) that nobody answers returns to the owner after this. */
#define OFFER_WAIT   ((int64_t)5 * 60 * 1000)
#define BACK_OFF_MAX 6

struct deciding {
	const struct ladder *l;
	const struct snapshot *s;
	const struct happening *h;
	struct arena *a;
	struct plan plan;
	size_t act_cap;
};

static struct act *add_act(struct deciding *d, enum act_kind kind,
			   const char *to, const char *why)
{
	struct plan *p = &d->plan;

	if (p->count == d->act_cap) {
		size_t cap = d->act_cap == 0 ? 8 : d->act_cap * 2;
		struct act *grown = arena_alloc(d->a, cap * sizeof(*grown));

		if (p->count > 0)
			memcpy(grown, p->acts, p->count * sizeof(*grown));
		p->acts = grown;
		d->act_cap = cap;
	}
	p->acts[p->count] = (struct act){
		.kind = kind, .to = to, .other = d->h->who, .why = why
	};
	return &p->acts[p->count++];
}

static bool told(const struct case_facts *f, const char *who)
{
	for (size_t i = 0; i < f->told_count; i++)
		if (strcmp(f->told[i], who) == 0)
			return true;
	return false;
}

static void add_told(struct deciding *d, const char *who)
{
	struct case_facts *f = &d->plan.after;
	const char **grown;

	if (told(f, who))
		return;
	grown = arena_alloc(d->a, (f->told_count + 1) * sizeof(*grown));
	for (size_t i = 0; i < f->told_count; i++)
		grown[i] = f->told[i];
	grown[f->told_count++] = who;
	f->told = grown;
}

static const struct person *find(const struct snapshot *s, const char *who)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->people[i].address, who) == 0)
			return &s->people[i];
	return NULL;
}

static enum availability level_of(struct deciding *d, const char *who)
{
	const struct person *p = find(d->s, who);

	if (p == NULL)
		return AVAIL_OFFLINE;
	return presence_verdict(p, &d->s->rules, d->s->now, d->a).level;
}

/* alerts.md 12: a stream that is dead shows it when it is asked only. */
static bool life_unproved(struct deciding *d, const char *who)
{
	const struct person *p = find(d->s, who);

	return p != NULL && level_of(d, who) == AVAIL_READY &&
	       d->s->now - p->proof > d->s->rules.proof_max;
}

static void tell(struct deciding *d, const char *who,
		 const struct ladder_step *st, const char *why)
{
	struct act *act = add_act(d, ACT_TELL, who, why);

	act->by = st->by != 0 ? st->by : BY_IM;
	act->offer = st->offer_mail;
	act->needs_ping = (act->by & BY_IM) != 0 && life_unproved(d, who);
	add_told(d, who);
}

static void room_line(struct deciding *d, const char *room, enum act_line line,
		      const char *why)
{
	if (*room == '\0')
		return;
	add_act(d, ACT_ROOM, room, why)->line = line;
}

static void card(struct deciding *d, const char *why)
{
	struct case_facts *f = &d->plan.after;

	if (*f->room == '\0')
		return;
	add_act(d, f->has_card ? ACT_CORRECT : ACT_CARD, f->room, why);
	f->has_card = true;
}

/* May this one be told by IM now, busy people only as severity allows? */
static bool reachable_now(struct deciding *d, const char *who)
{
	enum availability level = level_of(d, who);

	if (level == AVAIL_BUSY)
		return (int)d->plan.after.severity >= d->s->rules.dnd_breaks_at;
	return level != AVAIL_OFFLINE;
}

/* ---- climbing: each returns whether somebody was addressed ---- */

static bool tell_recipient(struct deciding *d, const struct ladder_step *st)
{
	const char *who = d->plan.after.recipient;

	if (*who == '\0' || !reachable_now(d, who))
		return false;
	tell(d, who, st, "recipient");
	return true;
}

static bool tell_chosen(struct deciding *d, const struct ladder_step *st,
			enum choose_mode mode)
{
	const struct case_facts *f = &d->plan.after;
	struct choose_question q = {
		.mode = mode,
		.severity = f->severity,
		.for_mail = f->kind == CASE_MAIL && st->offer_mail,
		.exclude_count = mode == CHOOSE_ONE ? f->told_count : 0,
		.exclude = f->told,
	};
	const struct choice c = choose(d->s, &q, d->a);

	d->plan.choice = c;
	for (size_t i = 0; i < c.count; i++)
		if (c.candidates[i].chosen)
			tell(d, c.candidates[i].person->address, st,
			     mode == CHOOSE_ONE ? "best-available"
						: "all-available");
	return c.chosen > 0;
}

static bool tell_leads(struct deciding *d, const struct ladder_step *st)
{
	bool any = false;

	for (size_t i = 0; i < d->s->count; i++) {
		const struct person *p = &d->s->people[i];

		if (!p->lead)
			continue;
		tell(d, p->address, st, "lead");
		any = true;
	}
	return any;
}

static bool climb_one(struct deciding *d, const struct ladder_step *st)
{
	struct case_facts *f = &d->plan.after;
	const char *room = st->address != NULL && *st->address != '\0'
				   ? st->address
				   : f->room;

	switch (st->target) {
	case TELL_RECIPIENT:
		return tell_recipient(d, st);
	case TELL_BEST:
		return tell_chosen(d, st, CHOOSE_ONE);
	case TELL_ALL_AVAILABLE:
		return tell_chosen(d, st, CHOOSE_AVAILABLE);
	case TELL_LEAD:
		return tell_leads(d, st);
	case TELL_PERSON:
		tell(d, st->address, st, "named");
		return true;
	case TELL_ROOM:
		room_line(d, room, LINE_ESCALATED, "room");
		return *room != '\0';
	}
	__builtin_unreachable();
}

static void nobody(struct deciding *d)
{
	struct case_facts *f = &d->plan.after;

	/* Said once per wait for somebody, not at each step. */
	if (!f->waiting_arrival)
		room_line(d, f->room, LINE_NOBODY, "nobody-available");
	f->waiting_arrival = true;
}

/* The ladder was climbed to its end: again, with longer pauses, or rest. */
static void ladder_end(struct deciding *d, int64_t wait)
{
	struct case_facts *f = &d->plan.after;
	unsigned back_off = f->round < BACK_OFF_MAX ? f->round : BACK_OFF_MAX;

	if (f->round >= d->l->repeat || wait == 0) {
		f->due = 0;
		return;
	}
	f->due = d->s->now + (wait << back_off);
	f->round++;
	f->step = 0;
	f->told_count = 0; /* a new round may ask the same people again */
}

/* Climbs steps until one says wait; a step that finds nobody is passed at
 * once, except that somebody is now awaited. */
static void climb(struct deciding *d)
{
	struct case_facts *f = &d->plan.after;

	f->due = d->h->hold ? d->s->now : 0;
	while (!d->h->hold && d->l != NULL && f->step < d->l->count) {
		const struct ladder_step *st = &d->l->steps[f->step];
		bool chooses = st->target == TELL_BEST ||
			       st->target == TELL_ALL_AVAILABLE;
		bool addressed;

		if (f->climbed >= LADDER_CLIMB_MAX) {
			room_line(d, f->room, LINE_ESCALATED, "steps-used-up");
			break;
		}
		addressed = climb_one(d, st);
		f->step++;
		f->climbed++;
		if (addressed && chooses)
			f->waiting_arrival = false;
		if (!addressed && chooses)
			nobody(d);
		if (f->step == d->l->count) {
			ladder_end(d, st->wait);
			break;
		}
		if (st->wait > 0 && (addressed || chooses)) {
			f->due = d->s->now + st->wait;
			break;
		}
	}
}

/* ---- happenings ---- */

static void refuse(struct deciding *d, enum gw_err e, const char *why)
{
	d->plan.refused = e;
	d->plan.why = why;
}

static void on_opened(struct deciding *d)
{
	card(d, "opened");
	climb(d);
	d->plan.why = "opened";
}

static void reopen(struct deciding *d, const char *why)
{
	struct case_facts *f = &d->plan.after;
	const char *was = f->owner;

	f->state = CASE_OPEN;
	f->owner = "";
	f->until = 0;
	f->claimed_at = 0;
	f->offered_to = "";
	f->owner_gone = 0;
	if (d->l != NULL && f->step >= d->l->count)
		f->step = 0;
	/* The others were told that it is taken: they may be asked again, but
	 * who gave it back is not the next. */
	f->told_count = 0;
	add_told(d, was);
	room_line(d, f->room, LINE_RELEASED, why);
	card(d, why);
	climb(d);
	d->plan.why = why;
}

static int64_t earlier(int64_t x, int64_t y)
{
	if (x == 0 || (y != 0 && y < x))
		return y;
	return x;
}

/* When a claim has to be looked at again. */
static int64_t claim_due(const struct case_facts *f)
{
	int64_t gone = f->owner_gone == 0 || f->claimant_gone_after == 0
			       ? 0
			       : f->owner_gone + f->claimant_gone_after;

	return earlier(f->until, gone);
}

static void tell_owner(struct deciding *d, const char *why, const char *other)
{
	struct act *act = add_act(d, ACT_TELL, d->plan.after.owner, why);

	act->by = BY_IM;
	act->other = other;
}

static void on_due_claimed(struct deciding *d)
{
	struct case_facts *f = &d->plan.after;
	int64_t now = d->s->now;

	if (f->until != 0 && now >= f->until) {
		tell_owner(d, "claim-expired", "");
		reopen(d, "claim-expired");
		return;
	}
	if (f->owner_gone != 0 && f->claimant_gone_after != 0 &&
	    now >= f->owner_gone + f->claimant_gone_after) {
		reopen(d, "claimant-gone");
		return;
	}
	if (*f->offered_to != '\0' && now >= f->due) {
		tell_owner(d, "offer-unanswered", f->offered_to);
		f->offered_to = "";
	}
	f->due = claim_due(f);
	d->plan.why = "claim-checked";
}

static void on_due(struct deciding *d)
{
	struct case_facts *f = &d->plan.after;

	switch (f->state) {
	case CASE_OPEN:
		if (f->due == 0 || d->s->now < f->due) {
			d->plan.why = "not-due";
			return;
		}
		climb(d);
		d->plan.why = "step-due";
		return;
	case CASE_CLAIMED:
		on_due_claimed(d);
		return;
	case CASE_CLOSED:
		f->due = 0;
		d->plan.why = "closed";
		return;
	}
}

/* Nobody was there when a step looked for somebody: the first to come. */
static bool arrival(struct deciding *d)
{
	struct case_facts *f = &d->plan.after;
	const struct person *p = find(d->s, d->h->who);

	if (!f->waiting_arrival || p == NULL || !p->member ||
	    told(f, p->address) || level_of(d, p->address) != AVAIL_READY)
		return false;
	f->waiting_arrival = false;
	tell(d, p->address,
	     &(struct ladder_step){ .by = BY_IM,
				    .offer_mail = f->kind == CASE_MAIL },
	     "arrival");
	card(d, "arrival");
	d->plan.why = "arrival";
	return true;
}

/* Did the step that waits now wait for this one? */
static bool is_awaited(struct deciding *d, const char *who)
{
	const struct case_facts *f = &d->plan.after;
	const struct person *p = find(d->s, who);
	const struct ladder_step *st;

	if (d->l == NULL || f->step == 0 || f->step > d->l->count)
		return false;
	st = &d->l->steps[f->step - 1];
	switch (st->target) {
	case TELL_RECIPIENT:
		return strcmp(f->recipient, who) == 0;
	case TELL_BEST:
	case TELL_ALL_AVAILABLE:
		return !f->waiting_arrival;
	case TELL_LEAD:
		return p != NULL && p->lead;
	case TELL_PERSON:
		return strcmp(st->address, who) == 0;
	case TELL_ROOM:
		return false;
	}
	__builtin_unreachable();
}

/* Everyone who was asked has left: the wait for an answer is pointless. */
static bool all_told_left(struct deciding *d)
{
	const struct case_facts *f = &d->plan.after;

	if (f->due == 0 || !told(f, d->h->who) || !is_awaited(d, d->h->who))
		return false;
	for (size_t i = 0; i < f->told_count; i++)
		if (level_of(d, f->told[i]) != AVAIL_OFFLINE)
			return false;
	return true;
}

static void on_presence_claimed(struct deciding *d)
{
	struct case_facts *f = &d->plan.after;
	bool gone;

	if (strcmp(f->owner, d->h->who) != 0)
		return;
	gone = level_of(d, f->owner) == AVAIL_OFFLINE;
	if (gone && f->owner_gone == 0)
		f->owner_gone = d->s->now;
	else if (!gone)
		f->owner_gone = 0;
	if (*f->offered_to == '\0')
		f->due = claim_due(f);
}

static void on_presence(struct deciding *d)
{
	const struct case_facts *f = &d->plan.after;

	d->plan.why = "presence";
	if (f->state == CASE_CLAIMED) {
		on_presence_claimed(d);
	} else if (f->state == CASE_OPEN && !arrival(d) && all_told_left(d)) {
		climb(d);
		d->plan.why = "all-told-left";
	}
}

static const char *clock_text(struct deciding *d, int64_t wall)
{
	int64_t minute = wall / 60000 % 1440;

	return arena_printf(d->a, "%02d:%02d UTC", (int)(minute / 60),
			    (int)(minute % 60));
}

static void withdraw_others(struct deciding *d, const char *who,
			    const char *why)
{
	const struct case_facts *f = &d->plan.after;

	for (size_t i = 0; i < f->told_count; i++)
		if (strcmp(f->told[i], who) != 0)
			add_act(d, ACT_WITHDRAW, f->told[i], why);
}

static void on_claim(struct deciding *d)
{
	struct case_facts *f = &d->plan.after;
	bool accepts = strcmp(f->offered_to, d->h->who) == 0;
	bool again =
		f->state == CASE_CLAIMED && strcmp(f->owner, d->h->who) == 0;
	const char *was = f->owner;

	if (f->state == CASE_CLAIMED && !accepts && !again) {
		refuse(d, GW_CONFLICT,
		       arena_printf(d->a, "%s has it since %s", f->owner,
				    clock_text(d, f->claimed_at)));
		return;
	}
	f->state = CASE_CLAIMED;
	f->owner = d->h->who;
	f->until = d->h->until;
	/* Who claims from elsewhere (console, command line) must come. */
	f->owner_gone = level_of(d, d->h->who) == AVAIL_OFFLINE ? d->s->now : 0;
	f->offered_to = "";
	f->waiting_arrival = false;
	f->due = claim_due(f);
	d->plan.why = again ? "claim-renewed" : "claimed";
	card(d, d->plan.why);
	if (again)
		return;
	f->claimed_at = d->s->now;
	if (accepts)
		add_act(d, ACT_WITHDRAW, was, "accepted");
	else
		withdraw_others(d, d->h->who, "claimed");
	if (f->kind == CASE_MAIL && strcmp(f->recipient, d->h->who) != 0)
		add_act(d, ACT_COPY, d->h->who, "claimed");
}

/* Only the owner, or a lead of the pool, may hand on what is claimed. */
static bool may_dispose(struct deciding *d)
{
	const struct case_facts *f = &d->plan.after;
	const struct person *p = find(d->s, d->h->who);

	if (f->state != CASE_CLAIMED) {
		refuse(d, GW_CONFLICT, "nobody has it");
		return false;
	}
	if (strcmp(f->owner, d->h->who) == 0 || (p != NULL && p->lead))
		return true;
	refuse(d, GW_DENIED,
	       arena_printf(d->a, "%s has it; only the owner or a lead may",
			    f->owner));
	return false;
}

static void on_give(struct deciding *d)
{
	struct case_facts *f = &d->plan.after;
	struct act *act;

	if (!may_dispose(d))
		return;
	if (strcmp(f->owner, d->h->other) == 0) {
		refuse(d, GW_CONFLICT, "that is who has it already");
		return;
	}
	f->offered_to = d->h->other;
	f->due = earlier(claim_due(f), d->s->now + OFFER_WAIT);
	act = add_act(d, ACT_TELL, d->h->other, "given");
	act->by = BY_IM;
	act->offer = f->kind == CASE_MAIL;
	d->plan.why = "offered";
}

static void on_decline(struct deciding *d)
{
	struct case_facts *f = &d->plan.after;

	if (strcmp(f->offered_to, d->h->who) == 0) {
		f->offered_to = "";
		f->due = claim_due(f);
		tell_owner(d, "offer-declined", d->h->who);
		d->plan.why = "declined";
		return;
	}
	if (f->state != CASE_OPEN) {
		refuse(d, GW_CONFLICT, "it is not yours to decline");
		return;
	}
	add_told(d, d->h->who);
	climb(d);
	d->plan.why = "declined";
}

static void on_close(struct deciding *d)
{
	struct case_facts *f = &d->plan.after;

	if (f->state == CASE_CLAIMED) {
		if (strcmp(f->owner, d->h->who) != 0)
			add_act(d, ACT_THANK, f->owner, d->h->why);
	} else {
		withdraw_others(d, d->h->who, d->h->why);
	}
	f->state = CASE_CLOSED;
	f->due = 0;
	f->until = 0;
	f->offered_to = "";
	f->waiting_arrival = false;
	if (f->has_card) {
		card(d, d->h->why);
		room_line(d, f->room, LINE_CLOSED, d->h->why);
	}
	d->plan.why = d->h->why;
}

static void on_worse(struct deciding *d)
{
	const struct case_facts *f = &d->plan.after;

	card(d, "worse");
	room_line(d, f->room, LINE_WORSE, "worse");
	if (f->state == CASE_OPEN)
		climb(d);
	d->plan.why = "worse";
}

/* Nobody waits for the answer of one whom no message reaches. */
static void on_failed(struct deciding *d)
{
	const struct case_facts *f = &d->plan.after;

	d->plan.why = "not-delivered";
	if (f->state == CASE_OPEN && f->due != 0 && f->told_count > 0 &&
	    strcmp(f->told[f->told_count - 1], d->h->who) == 0)
		climb(d);
}

static void carry_on(struct deciding *d)
{
	switch (d->h->kind) {
	case HAP_OPENED:
		on_opened(d);
		return;
	case HAP_DUE:
		on_due(d);
		return;
	case HAP_PRESENCE:
		on_presence(d);
		return;
	case HAP_CLAIM:
		on_claim(d);
		return;
	case HAP_RELEASE:
		if (may_dispose(d))
			reopen(d, "released");
		return;
	case HAP_GIVE:
		on_give(d);
		return;
	case HAP_DECLINE:
		on_decline(d);
		return;
	case HAP_CLOSE:
		on_close(d);
		return;
	case HAP_CHANGED:
		card(d, "changed");
		d->plan.why = "changed";
		return;
	case HAP_WORSE:
		on_worse(d);
		return;
	case HAP_FAILED:
		on_failed(d);
		return;
	}
	__builtin_unreachable();
}

struct plan ladder_decide(const struct case_facts *f, const struct ladder *l,
			  const struct snapshot *s, const struct happening *h,
			  struct arena *a)
{
	struct deciding d = { .l = l, .s = s, .h = h, .a = a };

	d.plan.after = *f;
	if (f->state == CASE_CLOSED && h->kind != HAP_DUE &&
	    h->kind != HAP_PRESENCE && h->kind != HAP_FAILED) {
		refuse(&d, GW_NOT_FOUND, "it is closed");
		return d.plan;
	}
	carry_on(&d);
	if (d.plan.refused == GW_OK && d.plan.after.due != 0)
		add_act(&d, ACT_WAKE, "", "due")->at = d.plan.after.due;
	return d.plan;
}
