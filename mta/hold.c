/* SPDX-License-Identifier: MIT */
/* hold.c - mails promised that are not yet with everybody they go to
 *
 * Held: nobody was there; the first member who comes gets it, and when the
 * time is over the pool says who does.  Queued: the next hop did not take it;
 * it is tried again, further and further apart.
 */
#include "gateway/base/when.h"
#include "gateway/run/log.h"
#include "mta/letter.h"

#define RETRY_FIRST (WHEN_MINUTE)
#define RETRY_LAST  (WHEN_HOUR)
#define RETRY_STORE (5 * WHEN_SECOND)
#define GIVE_UP	    (5 * WHEN_DAY) /* as MTAs do */

static void send_on(struct mta_letter *l);

static void timer_fired(struct loop_timer *t);

static void try_in(struct mta_letter *l, int64_t ms)
{
	if (l->m->stopping)
		return;
	l->timer.fn = timer_fired;
	loop_timer_start(l->m->spec.loop, &l->timer, ms);
}

static int64_t retry_after(unsigned attempts)
{
	int64_t ms = RETRY_FIRST;

	for (unsigned i = 0; i < attempts && ms < RETRY_LAST; i++)
		ms *= 2;
	return ms < RETRY_LAST ? ms : RETRY_LAST;
}

/* ---- after an attempt ---- */

static void outcome_known(void *arg, enum gw_err e)
{
	struct mta *m;
	struct mta_letter *l = mta_letter_called(arg, &m);

	if (l == NULL)
		return;
	l->deciding = false;
	if (e != GW_OK) {
		l->row.state = MAIL_QUEUED;
		try_in(l, RETRY_STORE);
		return;
	}
	if (l->row.state == MAIL_QUEUED) {
		try_in(l, retry_after(l->attempts++));
		return;
	}
	if (l->row.state == MAIL_DELIVERED)
		m->counts.delivered->value++;
	mta_watch_take(l);
}

static void commit(struct mta_letter *l, void (*done)(void *arg, enum gw_err e))
{
	struct mta *m = l->m;
	struct store_mail_batch *b = store_mail_batch_new(m->spec.store);

	mta_letter_rows(l, b,
			l->row.state == MAIL_QUEUED && l->busy == 0 &&
				mta_letter_having(l) == 0);
	mta_letter_deliveries(l, b);
	store_mail_batch_commit(b, done, mta_letter_call(l));
}

/* A person must see to it: it becomes a case at once. */
static void give_up(struct mta_letter *l)
{
	l->row.state = MAIL_FAILED;
	l->row.watched = true;
	l->row.deadline_at = loop_wall(l->m->spec.loop);
	log_error("mail.failed", "id", l->row.id, "rcpt", l->row.rcpt, "to",
		  l->row.chosen, NULL);
}

static void attempt_over(struct mta_letter *l)
{
	size_t having = mta_letter_having(l), refused = mta_letter_refused(l);
	int64_t age = loop_wall(l->m->spec.loop) - l->row.received_at;

	if (l->m->stopping)
		return;
	if (having + refused == l->count && having > 0)
		l->row.state = MAIL_DELIVERED;
	else if (having + refused < l->count && age < GIVE_UP)
		l->row.state = MAIL_QUEUED;
	else
		give_up(l);
	commit(l, outcome_known);
}

static void send_on(struct mta_letter *l)
{
	l->again = true;
	l->sent = attempt_over;
	mta_letter_send(l);
}

/* ---- held: who gets it ---- */

static void decision_kept(void *arg, enum gw_err e)
{
	struct mta *m;
	struct mta_letter *l = mta_letter_called(arg, &m);

	if (l == NULL)
		return;
	if (e == GW_OK) {
		send_on(l);
		return;
	}
	l->deciding = false;
	l->row.state = MAIL_HELD;
	list_append(&m->held, &l->held);
	try_in(l, RETRY_STORE);
}

static bool release(struct mta_letter *l, struct mta_question *q)
{
	const struct pool *p = pool_find(l->m->spec.pools, str_of(l->row.role));
	int64_t until = l->row.hold_until;

	if (p == NULL || l->deciding)
		return false;
	if (mta_letter_route(l, p, q) != GW_OK || l->count == 0) {
		l->row.hold_until = until;
		return false;
	}
	log_info("mail.released", "id", l->row.id, "to", l->row.chosen, "why",
		 l->row.rule, NULL);
	l->deciding = true;
	loop_timer_stop(l->m->spec.loop, &l->timer);
	list_del(&l->held);
	l->row.state = MAIL_QUEUED;
	l->row.hold_until = until;
	commit(l, decision_kept);
	return true;
}

static void hold_over(struct mta_letter *l)
{
	struct mta_question q = { .after_hold = true };

	/* The pool is gone or empty: somebody may repair that. */
	if (!release(l, &q) && !l->deciding)
		try_in(l, RETRY_FIRST);
}

static void timer_fired(struct loop_timer *t)
{
	struct mta_letter *l = LIST_OF(t, struct mta_letter, timer);

	if (l->row.state == MAIL_HELD)
		hold_over(l);
	else
		send_on(l);
}

void mta_hold_board(void *arg, struct str bare)
{
	struct mta *m = arg;

	if (m->stopping)
		return;
	LIST_EACH_SAFE(node, tmp, &m->held)
	{
		struct mta_letter *l = LIST_OF(node, struct mta_letter, held);
		const struct pool *p =
			pool_find(m->spec.pools, str_of(l->row.role));
		struct mta_question q = { .only_ready = true };

		if (p != NULL && pool_has_member(p, bare))
			(void)release(l, &q);
	}
}

void mta_hold_take(struct mta_letter *l)
{
	mta_letter_remember(l);
	if (l->row.state == MAIL_QUEUED) {
		try_in(l, retry_after(l->attempts++));
		return;
	}
	log_info("mail.held", "id", l->row.id, "rcpt", l->row.rcpt, "why",
		 l->decision_why, NULL);
	list_append(&l->m->held, &l->held);
	l->timer.fn = timer_fired;
	loop_timer_at_wall(l->m->spec.loop, &l->timer, l->row.hold_until);
}

/* ---- at start ---- */

static void reconciled(void *arg, enum gw_err e)
{
	struct mta *m;
	struct mta_letter *l = mta_letter_called(arg, &m);

	if (l == NULL)
		return;
	if (e != GW_OK) {
		/* The row says NEW: a retry of the MTA, or the next start. */
		mta_letter_free(&l);
		return;
	}
	if (l->row.state == MAIL_QUEUED)
		try_in(l, retry_after(l->attempts++));
	else
		mta_watch_take(l);
}

/* Nothing was promised: what no next hop takes is left to the MTA. */
static void unknown_sent(struct mta_letter *l)
{
	size_t having = mta_letter_having(l);

	if (l->m->stopping)
		return;
	l->row.state = MAIL_DELIVERED;
	if (having == 0) {
		l->row.state = MAIL_DEFERRED;
		l->row.watched = false;
	} else if (having + mta_letter_refused(l) < l->count) {
		l->row.state = MAIL_QUEUED;
	}
	commit(l, reconciled);
}

void mta_hold_resume(struct mta_letter *l)
{
	mta_letter_remember(l);
	l->again = true;
	switch (l->row.state) {
	case MAIL_NEW:
		log_info("mail.reconciling", "id", l->row.id, NULL);
		l->sent = unknown_sent;
		mta_letter_send(l);
		return;
	case MAIL_HELD:
		mta_hold_take(l);
		return;
	case MAIL_QUEUED:
		try_in(l, WHEN_SECOND);
		return;
	case MAIL_DELIVERED:
	case MAIL_DEFERRED:
	case MAIL_BOUNCED:
	case MAIL_FAILED:
		mta_watch_take(l);
		return;
	}
}
