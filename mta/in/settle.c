/* SPDX-License-Identifier: MIT */
/* settle.c - a mail that is on disk: decided, delivered, answered
 *
 * One step after the other, each begun by the callback of the one before:
 * look for a repeat, decide, link the spooled copies, commit, hand over,
 * commit, answer.  A step that fails answers 4xx and promises nothing.
 */
#include "mta/in/settle.h"

#include "gateway/run/log.h"

#define ATTEMPTS_MAX 5 /* members tried when mailboxes refuse for good */

static void decide_all(struct mta_tx *tx);
static void commit_rows(struct mta_tx *tx);
static void letter_sent(struct mta_letter *l);

static bool wants(const struct mta_tx *tx, size_t i)
{
	return !tx->rcpts[i]->settled && tx->rcpts[i]->same == i;
}

static void settle(struct mta_rcpt *r, enum gw_err e)
{
	r->settled = true;
	r->e = e;
}

/* The same mail at the same time, on two connections, is one: the second is
 * told to come again. */
static bool take_off(struct mta_rcpt *r)
{
	struct mta_tx *tx = r->tx;
	char *key = arena_printf(tx->arena, "%s %s", tx->sha, r->address);

	if (map_get(&tx->m->flights, str_of(key)) != NULL)
		return false;
	map_put(&tx->m->flights, str_of(key), r);
	r->flight = key;
	return true;
}

/* Letters that go no further; their rows say what the store knows. */
static void drop_letters(struct mta_tx *tx)
{
	for (size_t i = 0; i < tx->count; i++) {
		struct mta_rcpt *r = tx->rcpts[i];

		mta_letter_free(&r->letter);
		if (r->flight != NULL)
			map_del(&tx->m->flights, str_of(r->flight));
	}
}

static void end(struct mta_tx *tx)
{
	drop_letters(tx);
	for (size_t i = 0; i < tx->count; i++) {
		const struct mta_rcpt *first = tx->rcpts[tx->rcpts[i]->same];

		tx->rcpts[i]->e = first->e;
		tx->rcpts[i]->reply = first->reply;
	}
	mta_tx_end(tx);
}

static void fail(struct mta_tx *tx, enum gw_err e)
{
	for (size_t i = 0; i < tx->count; i++)
		if (!tx->rcpts[i]->settled)
			settle(tx->rcpts[i], e);
	end(tx);
}

void mta_settle_refuse(struct mta_tx *tx, enum gw_err e)
{
	log_info("mail.refused", "id", tx->id, "from", tx->env_from, "why",
		 err_text(e), NULL);
	fail(tx, e);
}

/* ---- was it here before? ---- */

static struct mta_letter *letter_of(struct mta_rcpt *r, const char *id)
{
	struct mta_tx *tx = r->tx;
	struct mta_letter *l = mta_letter_new(tx->m, id);
	struct arena *a = l->arena;

	l->row.queue_id = arena_strdup(a, tx->queue_id);
	l->row.msgid = arena_strdup(a, tx->header.message_id);
	l->row.sha256 = arena_strdup(a, tx->sha);
	l->row.env_from = arena_strdup(a, tx->env_from);
	l->row.rcpt = arena_strdup(a, r->address);
	l->row.role = arena_strdup(a, r->role);
	l->row.peer = arena_strdup(a, tx->peer);
	l->row.subject = arena_strdup(a, tx->header.subject);
	l->row.size = tx->size;
	l->row.received_at = loop_wall(tx->m->spec.loop);
	l->helo = arena_strdup(a, tx->helo);
	l->from = arena_strdup(a, tx->header.from);
	l->quiet = tx->header.quiet || *tx->env_from == '\0';
	l->tx = r;
	l->sent = letter_sent;
	return l;
}

static void seen_before(struct mta_rcpt *r, const struct store_mail_read *row)
{
	struct mta *m = r->tx->m;

	switch (row->mail.state) {
	case MAIL_HELD:
	case MAIL_QUEUED:
	case MAIL_DELIVERED:
	case MAIL_FAILED:
		r->repeat = true;
		m->counts.repeats->value++;
		log_info("mail.repeat", "id", row->mail.id, "to", r->address,
			 NULL);
		settle(r, GW_OK);
		return;
	case MAIL_NEW:
	case MAIL_DEFERRED:
	case MAIL_BOUNCED:
		if (mta_letter_get(m, str_of(row->mail.id)) != NULL) {
			settle(r, GW_CONFLICT);
			return;
		}
		r->letter = letter_of(r, row->mail.id);
		r->letter->row.received_at = row->mail.received_at;
		r->letter->again = row->mail.state == MAIL_NEW;
		return;
	}
}

static void found(void *arg, enum gw_err e, const struct store_mail_read *rows,
		  size_t n)
{
	struct mta_rcpt *r = arg;
	struct mta_tx *tx = r->tx;

	if (e == GW_OK && n > 0)
		seen_before(r, &rows[0]);
	else if (e != GW_OK && e != GW_NOT_FOUND)
		settle(r, e);
	if (--tx->waiting > 0)
		return;
	if (tx->m->stopping)
		fail(tx, GW_UNAVAIL);
	else
		decide_all(tx);
}

void mta_settle_begin(struct mta_tx *tx)
{
	struct store_mail like = { .msgid = tx->header.message_id,
				   .sha256 = tx->sha,
				   .queue_id = tx->queue_id };

	tx->waiting = 1;
	for (size_t i = 0; i < tx->count; i++) {
		if (!wants(tx, i))
			continue;
		if (!take_off(tx->rcpts[i])) {
			settle(tx->rcpts[i], GW_CONFLICT);
			continue;
		}
		like.rcpt = tx->rcpts[i]->address;
		tx->waiting++;
		store_mail_find(tx->m->spec.store, &like, found, tx->rcpts[i]);
	}
	if (--tx->waiting == 0)
		fail(tx, GW_INTERNAL); /* every recipient is settled already */
}

/* ---- who gets it ---- */

static void set_deadline(struct mta_letter *l, const struct pool_conf *c)
{
	int64_t within = c->read_within.within[l->row.precedence];

	if (within < 0 || l->quiet)
		return;
	l->row.deadline_at = l->row.received_at + within;
	l->row.watched = true;
}

static void decide_role(struct mta_rcpt *r, const struct pool *p)
{
	struct mta_letter *l = r->letter;
	struct mta_tx *tx = r->tx;
	struct mta_question q = { .exclude_count = 0 };
	int asked = tx->header.precedence;
	enum gw_err e;

	if (tx->priority > asked)
		asked = tx->priority;
	l->row.precedence = (int)mta_route_severity(pool_conf(p), asked);
	e = mta_letter_route(l, p, &q);
	if (e == GW_AGAIN) {
		r->decided = true;
		l->row.state = MAIL_DEFERRED;
		r->e = e;
		return;
	}
	if (e != GW_OK) {
		settle(r, e);
		mta_letter_free(&r->letter);
		return;
	}
	r->decided = true;
	set_deadline(l, pool_conf(p));
	l->row.state = l->row.hold_until > 0 ? MAIL_HELD : MAIL_NEW;
	l->row.spooled = true;
}

static void decide(struct mta_rcpt *r)
{
	struct mta *m = r->tx->m;
	const struct pool *p = pool_find(m->spec.pools, str_of(r->role));
	char id[17];

	if (r->letter == NULL) {
		loop_id(m->spec.loop, id);
		r->letter = letter_of(r, id);
	}
	mta_letter_remember(r->letter);
	if (*r->role == '\0') {
		r->letter->row.rule = "direct";
		r->letter->row.spooled = true;
		mta_letter_choose(r->letter, &r->address, 1);
		r->decided = true;
	} else if (p != NULL) {
		decide_role(r, p);
	} else {
		/* A reload took the pool away since RCPT. */
		settle(r, GW_UNAVAIL);
		mta_letter_free(&r->letter);
	}
}

/* One person who is reached through two recipients gets one copy. */
static void merge(struct mta_tx *tx, struct mta_handoff *h, size_t before)
{
	for (size_t i = 0; i < before; i++) {
		struct mta_letter *l = tx->rcpts[i]->letter;

		if (l == NULL || l->row.state != MAIL_NEW)
			continue;
		for (size_t k = 0; k < l->count; k++)
			if (l->handoffs[k].same == NULL &&
			    strcmp(l->handoffs[k].person, h->person) == 0) {
				h->same = &l->handoffs[k];
				return;
			}
	}
}

static void merge_all(struct mta_tx *tx)
{
	for (size_t i = 1; i < tx->count; i++) {
		struct mta_letter *l = tx->rcpts[i]->letter;

		if (l == NULL || l->row.state != MAIL_NEW)
			continue;
		for (size_t k = 0; k < l->count; k++)
			merge(tx, &l->handoffs[k], i);
	}
}

/* ---- onto disk ---- */

static void linked(struct mta_spool_links *links)
{
	struct mta_tx *tx = LIST_OF(links, struct mta_tx, links);

	if (links->e != GW_OK || tx->m->stopping)
		fail(tx, GW_UNAVAIL);
	else
		commit_rows(tx);
}

static void decide_all(struct mta_tx *tx)
{
	const char **names =
		arena_alloc(tx->arena, (tx->count + 1) * sizeof(*names));

	for (size_t i = 0; i < tx->count; i++)
		if (wants(tx, i))
			decide(tx->rcpts[i]);
	merge_all(tx);
	tx->links = (struct mta_spool_links){ .folder = tx->m->spool,
					      .from = tx->file.path,
					      .names = names,
					      .done = linked };
	for (size_t i = 0; i < tx->count; i++) {
		struct mta_letter *l = tx->rcpts[i]->letter;

		if (l != NULL && l->row.spooled)
			names[tx->links.count++] = l->row.id;
	}
	if (tx->links.count > 0)
		mta_spool_link(tx->m->spec.jobs, &tx->links);
	else
		commit_rows(tx);
}

static void unspool_all(struct mta_tx *tx)
{
	for (size_t i = 0; i < tx->count; i++)
		if (tx->rcpts[i]->letter != NULL)
			mta_letter_unspool(tx->rcpts[i]->letter);
}

/* ---- to the next hop ---- */

static void settled(void *arg, enum gw_err e);

static void outcome(struct mta_rcpt *r)
{
	struct mta_letter *l = r->letter;
	size_t having, refused;

	for (size_t i = 0; i < l->count; i++) {
		struct mta_handoff *h = &l->handoffs[i];

		if (h->same == NULL)
			continue;
		h->has_it = h->same->has_it;
		h->refused = h->same->refused;
		h->parcel.target = h->same->parcel.target;
		h->parcel.at = h->same->parcel.at;
		h->parcel.name = arena_strdup(l->arena, h->same->parcel.name);
		h->parcel.target.where =
			arena_strdup(l->arena, h->same->parcel.target.where);
		h->same = NULL; /* that letter may go before this one */
	}
	having = mta_letter_having(l);
	refused = mta_letter_refused(l);
	if (having == 0) {
		bool never = refused == l->count && l->count > 0;

		l->row.state = never ? MAIL_BOUNCED : MAIL_DEFERRED;
		l->row.watched = false;
		r->e = never ? GW_DENIED : GW_UNAVAIL;
		return;
	}
	l->row.state =
		having + refused == l->count ? MAIL_DELIVERED : MAIL_QUEUED;
	r->e = GW_OK;
}

static void commit_outcomes(struct mta_tx *tx)
{
	struct store_mail_batch *b = NULL;

	for (size_t i = 0; i < tx->count; i++) {
		struct mta_rcpt *r = tx->rcpts[i];
		struct store_mail row;

		if (r->letter == NULL || r->letter->row.state != MAIL_NEW)
			continue;
		if (b == NULL)
			b = store_mail_batch_new(tx->m->spec.store);
		outcome(r);
		row = r->letter->row;
		row.spooled = row.watched || row.state == MAIL_QUEUED;
		store_mail_batch_mail(b, &row);
		mta_letter_deliveries(r->letter, b);
	}
	if (b != NULL)
		store_mail_batch_commit(b, settled, tx);
	else
		settled(tx, GW_OK); /* all held or deferred: on disk already */
}

static void remember_tried(struct mta_letter *l)
{
	size_t n = l->tried_count;
	const char **all =
		arena_alloc(l->arena, (n + l->count + 1) * sizeof(*all));

	if (n > 0)
		memcpy(all, l->tried, n * sizeof(*all));
	for (size_t i = 0; i < l->count; i++)
		all[n++] = l->handoffs[i].person;
	l->tried = all;
	l->tried_count = n;
}

/* A mailbox that refuses for good: the next of the pool, if there is one. */
static bool try_next(struct mta_letter *l)
{
	const struct pool *p = pool_find(l->m->spec.pools, str_of(l->row.role));
	struct mta_question q = { .only_ready = true };

	if (p == NULL || l->m->stopping || l->attempts >= ATTEMPTS_MAX ||
	    l->count == 0 || mta_letter_refused(l) < l->count)
		return false;
	remember_tried(l);
	q.exclude = l->tried;
	q.exclude_count = l->tried_count;
	l->attempts++;
	if (mta_letter_route(l, p, &q) != GW_OK || l->count == 0)
		return false;
	log_warn("mail.next", "id", l->row.id, "to", l->row.chosen, NULL);
	return true;
}

static void letter_sent(struct mta_letter *l)
{
	struct mta_rcpt *r = l->tx;
	struct mta_tx *tx = r->tx;

	if (try_next(l)) {
		mta_letter_send(l);
		return;
	}
	if (--tx->waiting > 0)
		return;
	if (tx->m->stopping)
		fail(tx, GW_UNAVAIL);
	else
		commit_outcomes(tx);
}

static void send_all(struct mta_tx *tx)
{
	tx->waiting = 1;
	for (size_t i = 0; i < tx->count; i++) {
		struct mta_letter *l = tx->rcpts[i]->letter;

		if (l == NULL || l->row.state != MAIL_NEW)
			continue;
		tx->waiting++;
		mta_letter_send(l);
	}
	if (--tx->waiting == 0)
		commit_outcomes(tx);
}

static void committed(void *arg, enum gw_err e)
{
	struct mta_tx *tx = arg;

	if (e == GW_OK && !tx->m->stopping) {
		send_all(tx);
		return;
	}
	if (e != GW_OK)
		unspool_all(tx);
	fail(tx, GW_UNAVAIL);
}

static void commit_rows(struct mta_tx *tx)
{
	struct store_mail_batch *b = store_mail_batch_new(tx->m->spec.store);

	for (size_t i = 0; i < tx->count; i++)
		if (tx->rcpts[i]->letter != NULL)
			mta_letter_rows(tx->rcpts[i]->letter, b,
					tx->rcpts[i]->decided);
	store_mail_batch_commit(b, committed, tx);
}

/* ---- answered ---- */

static void hand_on(struct mta_rcpt *r)
{
	struct mta_letter *l = r->letter;
	struct mta *m = l->m;

	l->tx = NULL;
	r->letter = NULL;
	r->settled = true;
	switch (l->row.state) {
	case MAIL_HELD:
		m->counts.held->value++;
		r->e = GW_OK;
		mta_hold_take(l);
		return;
	case MAIL_QUEUED:
		r->e = GW_OK;
		mta_hold_take(l);
		return;
	case MAIL_DELIVERED:
		m->counts.delivered->value++;
		mta_watch_take(l);
		return;
	case MAIL_DEFERRED:
		m->counts.deferred->value++;
		break;
	case MAIL_BOUNCED:
		m->counts.bounced->value++;
		break;
	case MAIL_NEW:
	case MAIL_FAILED:
		break;
	}
	mta_letter_unspool(l);
	mta_letter_free(&l);
}

static void log_taken(const struct mta_tx *tx, const struct mta_rcpt *r)
{
	const struct store_mail *row = &r->letter->row;

	log_info("mail.settled", "id", row->id, "from", row->env_from, "rcpt",
		 row->rcpt, "to", row->chosen, "why", row->rule, "queue",
		 tx->queue_id, "answer", err_name(r->e), NULL);
}

static void settled(void *arg, enum gw_err e)
{
	struct mta_tx *tx = arg;

	if (e != GW_OK || tx->m->stopping) {
		/* The rows still say NEW: a retry finds them. */
		fail(tx, GW_UNAVAIL);
		return;
	}
	for (size_t i = 0; i < tx->count; i++) {
		struct mta_rcpt *r = tx->rcpts[i];

		if (r->letter == NULL)
			continue;
		log_taken(tx, r);
		tx->m->counts.taken->value += r->e == GW_OK;
		hand_on(r);
	}
	end(tx);
}
