/* SPDX-License-Identifier: MIT */
/* watch.c - mail that must be read by its deadline, or becomes a case
 *
 * The deadline is absolute, and in the store.  Reading ends the watch; from
 * the pool's ack_from on only a person's word does, by the case's verbs.
 */
#include "gateway/base/when.h"
#include "gateway/run/log.h"
#include "mta/letter.h"

#define RETRY (5 * WHEN_SECOND)

static void deadline_passed(struct loop_timer *t);

static const struct pool_conf *conf_of(const struct mta_letter *l)
{
	const struct pool *p = pool_find(l->m->spec.pools, str_of(l->row.role));

	return p != NULL ? pool_conf(p) : NULL;
}

static char *key_of(struct arena *a, const struct mta_letter *l)
{
	return arena_printf(a, "mail:%s", l->row.id);
}

/* ---- the end ---- */

static void close_case(struct mta_letter *l);

static void end_again(struct loop_timer *t)
{
	close_case(LIST_OF(t, struct mta_letter, timer));
}

/* What was seen once is not seen again: nobody else would end it. */
static void try_again(struct mta_letter *l)
{
	l->deciding = false;
	l->row.watched = true;
	l->timer.fn = end_again;
	loop_timer_start(l->m->spec.loop, &l->timer, RETRY);
}

static void ended(void *arg, enum gw_err e)
{
	struct mta *m;
	struct mta_letter *l = mta_letter_called(arg, &m);

	if (l == NULL)
		return;
	if (e != GW_OK) {
		try_again(l);
		return;
	}
	mta_letter_unspool(l);
	mta_letter_free(&l);
}

static void end_watch(struct mta_letter *l)
{
	struct store_mail_batch *b;
	struct store_mail row;

	if (l->deciding)
		return;
	l->deciding = true;
	l->row.watched = false;
	if (l->over == NULL)
		l->over = "its case was closed";
	loop_timer_stop(l->m->spec.loop, &l->timer);
	row = l->row;
	row.spooled = false;
	b = store_mail_batch_new(l->m->spec.store);
	store_mail_batch_mail(b, &row);
	store_mail_batch_commit(b, ended, mta_letter_call(l));
}

static void closed(void *arg, enum gw_err e, uint64_t number, const char *why)
{
	struct mta *m;
	struct mta_letter *l = mta_letter_called(arg, &m);

	(void)number;
	(void)why;
	if (l == NULL)
		return;
	if (e == GW_UNAVAIL)
		try_again(l);
	else
		end_watch(l);
}

static void close_case(struct mta_letter *l)
{
	struct arena *a = arena_new();

	if (l->row.case_number != 0 || l->opening)
		case_close_key(l->m->spec.cases, str_of(key_of(a, l)),
			       str_of(l->over), closed, mta_letter_call(l));
	else
		end_watch(l);
	arena_free(&a);
}

/* ---- the deadline ---- */

static void number_kept(void *arg, enum gw_err e)
{
	struct mta *m;
	struct mta_letter *l = mta_letter_called(arg, &m);

	/* Opening again at the next start finds the case by its key. */
	if (l != NULL && e != GW_OK)
		log_warn("mail.case-number", "id", l->row.id, NULL);
}

static void opened(void *arg, enum gw_err e, uint64_t number, const char *why)
{
	struct mta *m;
	struct mta_letter *l = mta_letter_called(arg, &m);
	struct store_mail_batch *b;

	if (l == NULL)
		return;
	l->opening = false;
	if (e != GW_OK) {
		log_error("mail.case-not-opened", "id", l->row.id, "why", why,
			  NULL);
		l->timer.fn = deadline_passed;
		loop_timer_start(m->spec.loop, &l->timer, RETRY);
		return;
	}
	l->row.case_number = number;
	b = store_mail_batch_new(m->spec.store);
	store_mail_batch_mail(b, &l->row);
	store_mail_batch_commit(b, number_kept, mta_letter_call(l));
}

static const char *first_chosen(struct arena *a, const struct mta_letter *l)
{
	struct str rest = str_of(l->row.chosen), word;

	if (l->row.state == MAIL_FAILED || !str_word(&rest, &word))
		return "";
	return arena_strndup(a, word.p, word.n);
}

static void fill_spec(struct arena *a, const struct mta_letter *l,
		      const char *why, struct case_spec *s)
{
	const struct pool_conf *c = conf_of(l);
	bool shown = c == NULL || c->show_subject;
	const char *subject =
		*l->row.subject != '\0' ? l->row.subject : "(no subject)";
	const char *from = *l->from != '\0' ? l->from : l->row.env_from;

	*s = (struct case_spec){
		.kind = CASE_MAIL,
		.severity = (enum severity)l->row.precedence,
		.key = str_of(key_of(a, l)),
		.subject = str_of(
			shown ? subject
			      : arena_printf(a, "a mail for %s", l->row.rcpt)),
		.detail = str_of(shown ? arena_printf(a, "From: %s\nFor: %s",
						      from, l->row.rcpt)
				       : ""),
		.pool = str_of(l->row.role),
		.ladder = str_of(c != NULL ? c->ladder : ""),
		.room = str_of(c != NULL ? c->room : ""),
		.recipient = str_of(first_chosen(a, l)),
		.mail_id = str_of(l->row.id),
		.why = str_of(why),
	};
}

static void open_case(struct mta_letter *l, const char *why)
{
	struct arena *a = arena_new();
	struct case_spec s;

	if (!l->opening && l->row.case_number == 0) {
		l->opening = true;
		l->m->counts.late->value++;
		log_info("mail.late", "id", l->row.id, "to", l->row.chosen,
			 "why", why, NULL);
		fill_spec(a, l, why, &s);
		case_open(l->m->spec.cases, &s, opened, mta_letter_call(l));
	}
	arena_free(&a);
}

static void deadline_passed(struct loop_timer *t)
{
	struct mta_letter *l = LIST_OF(t, struct mta_letter, timer);

	open_case(l, l->row.state == MAIL_FAILED ? "could not be delivered"
						 : "not read by its deadline");
}

/* ---- evidence ---- */

static void evidence_kept(void *arg, enum gw_err e)
{
	struct mta *m;

	if (mta_letter_called(arg, &m) != NULL && e != GW_OK)
		log_warn("mail.evidence-lost", NULL);
}

static bool is_enough(const struct mta_letter *l, const char *what)
{
	const struct pool_conf *c = conf_of(l);

	if (strcmp(what, "deleted") == 0)
		return false;
	return c == NULL || l->row.precedence < c->ack_from;
}

void mta_watch_evidence(struct mta_letter *l, const char *what,
			const char *person)
{
	struct store_mail_batch *b = store_mail_batch_new(l->m->spec.store);

	store_mail_batch_evidence(b, l->row.id, what, person);
	store_mail_batch_commit(b, evidence_kept, mta_letter_call(l));
	log_info("mail.evidence", "id", l->row.id, "what", what, "by", person,
		 NULL);
	if (strcmp(what, "deleted") == 0) {
		open_case(l, "deleted unread");
		return;
	}
	l->m->counts.seen->value++;
	if (!is_enough(l, what))
		return;
	l->over = arena_printf(l->arena, "%s by %s", what, person);
	close_case(l);
}

void mta_watch_case(void *arg, const struct casefile *c, const char *what,
		    const char *who)
{
	struct mta *m = arg;
	struct mta_letter *l;

	(void)what;
	(void)who;
	if (m->stopping || !str_starts(str_of(c->key), "mail:"))
		return;
	l = mta_letter_get(m, str_of(c->key + strlen("mail:")));
	if (l == NULL || !l->row.watched)
		return;
	l->claimed = c->state == CASE_CLAIMED;
	if (c->state == CASE_CLOSED)
		end_watch(l);
}

static void settle_old_case(struct mta_letter *l)
{
	struct arena *a = arena_new();
	const struct casefile *c =
		case_by_key(l->m->spec.cases, str_of(key_of(a, l)));

	arena_free(&a);
	if (c == NULL || c->state == CASE_CLOSED) {
		end_watch(l);
		return;
	}
	l->claimed = c->state == CASE_CLAIMED;
}

void mta_watch_take(struct mta_letter *l)
{
	l->deciding = false;
	if (!l->row.watched) {
		mta_letter_unspool(l);
		mta_letter_free(&l);
		return;
	}
	mta_letter_remember(l);
	mta_track_start(l->m);
	if (l->row.case_number != 0) {
		settle_old_case(l);
		return;
	}
	l->timer.fn = deadline_passed;
	loop_timer_at_wall(l->m->spec.loop, &l->timer, l->row.deadline_at);
}
