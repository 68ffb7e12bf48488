/* SPDX-License-Identifier: MIT */
/* letter.c - one mail for one recipient: whom it goes to, and who has it */
#include "mta/letter.h"
#include "gateway/base/when.h"
#include "gateway/run/log.h"

static void no_answer(struct mta_letter *l)
{
	(void)l;
}

struct mta_letter *mta_letter_new(struct mta *m, const char *id)
{
	struct arena *a = arena_new();
	struct mta_letter *l = arena_alloc(a, sizeof(*l));

	l->arena = a;
	l->m = m;
	l->row = (struct store_mail){
		.id = arena_strdup(a, id),
		.queue_id = "",
		.msgid = "",
		.sha256 = "",
		.env_from = "",
		.rcpt = "",
		.role = "",
		.peer = "",
		.subject = "",
		.chosen = "",
		.rule = "",
	};
	l->from = "";
	l->helo = "";
	l->decision_why = "";
	l->snapshot = "{}";
	l->sent = no_answer;
	list_init(&l->held);
	return l;
}

void mta_letter_remember(struct mta_letter *l)
{
	if (l->in_map)
		return;
	map_put(&l->m->letters, str_of(l->row.id), l);
	l->in_map = true;
}

struct mta_letter *mta_letter_get(struct mta *m, struct str id)
{
	return map_get(&m->letters, id);
}

struct mta_call *mta_letter_call(struct mta_letter *l)
{
	struct mta_call *call = mta_call_new(l->m);

	call->id = mem_strdup(l->row.id);
	return call;
}

struct mta_letter *mta_letter_called(void *arg, struct mta **m)
{
	struct mta_call *call = arg;
	char *id = call->id;
	struct mta_letter *l;

	call->id = NULL;
	*m = mta_call_end(call);
	l = *m != NULL && !(*m)->stopping ? mta_letter_get(*m, str_of(id))
					  : NULL;
	mem_free(id);
	return l;
}

static void drop_handoffs(struct mta_letter *l)
{
	for (size_t i = 0; i < l->count; i++)
		mem_free(l->handoffs[i].seen_as);
	l->count = 0;
}

void mta_letter_free(struct mta_letter **out)
{
	struct mta_letter *l = *out;
	struct arena *a;

	if (l == NULL)
		return;
	if (l->in_map)
		map_del(&l->m->letters, str_of(l->row.id));
	loop_timer_stop(l->m->spec.loop, &l->timer);
	list_del(&l->held);
	drop_handoffs(l);
	a = l->arena;
	arena_free(&a);
	*out = NULL;
}

char *mta_letter_spool(struct arena *a, const struct mta *m, const char *id)
{
	return arena_printf(a, "%s/%s", m->spool, id);
}

void mta_letter_unspool(struct mta_letter *l)
{
	if (!l->row.spooled)
		return;
	l->row.spooled = false;
	if (!l->m->stopping)
		mta_spool_remove(l->m->spec.jobs,
				 mta_letter_spool(l->arena, l->m, l->row.id));
}

/* ---- whom it goes to ---- */

void mta_letter_choose(struct mta_letter *l, const char *const *persons,
		       size_t n)
{
	struct buf text = { .data = NULL };

	drop_handoffs(l);
	l->handoffs = arena_alloc(l->arena, (n + 1) * sizeof(*l->handoffs));
	for (size_t i = 0; i < n; i++) {
		l->handoffs[i].letter = l;
		l->handoffs[i].person = arena_strdup(l->arena, persons[i]);
		buf_printf(&text, "%s%s", i > 0 ? " " : "", persons[i]);
	}
	l->count = n;
	l->row.chosen =
		text.len > 0 ? arena_strndup(l->arena, (const char *)text.data,
					     text.len)
			     : "";
	buf_fini(&text);
}

enum gw_err mta_letter_route(struct mta_letter *l, const struct pool *p,
			     struct mta_question *q)
{
	struct arena *a = arena_new();
	struct mta_route r;
	enum gw_err e;

	q->severity = (enum severity)l->row.precedence;
	e = mta_route_pool(l->m->spec.pools, p, q, a, &r);
	if (e == GW_OK) {
		mta_letter_choose(l, r.persons, r.count);
		l->row.rule = arena_strdup(l->arena, r.rule);
		l->decision_why = arena_strdup(l->arena, r.why);
		l->snapshot = arena_strdup(l->arena, r.snapshot);
		if (r.kind == MTA_ROUTE_DEFER)
			e = GW_AGAIN;
		l->row.hold_until =
			r.kind == MTA_ROUTE_HOLD
				? loop_wall(l->m->spec.loop) + r.hold
				: 0;
	}
	arena_free(&a);
	return e;
}

void mta_letter_target(struct mta *m, const char *peer, struct arena *a,
		       struct mta_target *out)
{
	const char *text = str_starts(str_of(peer), "smtp")
				   ? m->conf->smtp.deliver_to
				   : m->conf->lmtp.deliver_to;

	if (*text == '\0')
		text = m->conf->deliver_to;
	/* The configuration was checked; a copy outlives a reload. */
	if (mta_target_parse(arena_strdup(a, text), out, NULL) != GW_OK)
		*out = (struct mta_target){ .kind = MTA_TARGET_MAILDIR,
					    .where = "" };
}

/* ---- handing over ---- */

struct str mta_letter_head(struct mta_letter *l, struct arena *a,
			   const char *person)
{
	struct store_mail *r = &l->row;
	char date[WHEN_TEXT_MAX];
	struct str peer = str_of(r->peer);
	struct str with;
	char *text;

	(void)str_split(&peer, ' ', &with);
	text = arena_printf(
		a,
		"Received: from %s (" STR_FMT ")\r\n"
		"\tby %s (Muster) with %s id %s\r\n"
		"\tfor <%s>; %s\r\n"
		"X-Muster-Decision: id=%s; role=%s; chosen=%s; rule=%s\r\n"
		"X-Muster-Loop: %s\r\n",
		*l->helo != '\0' ? l->helo : "unknown", STR_ARG(peer),
		l->m->hostname, str_is(with, "smtp") ? "ESMTP" : "LMTP", r->id,
		r->rcpt, when_rfc5322(r->received_at, date), r->id,
		*r->role != '\0' ? r->role : "-", person,
		*r->rule != '\0' ? r->rule : "-", r->rcpt);
	return str_of(text);
}

static void all_back(struct mta_letter *l)
{
	if (l->busy == 0)
		l->sent(l);
}

static void handed_over(struct mta_parcel *p)
{
	struct mta_handoff *h = p->arg;
	struct mta_letter *l = h->letter;

	h->busy = false;
	h->has_it = p->e == GW_OK;
	h->refused = p->e != GW_OK && p->e != GW_UNAVAIL;
	if (h->has_it)
		log_info("mail.delivered", "id", l->row.id, "to", h->person,
			 "hop", p->target.where, NULL);
	else
		log_warn("mail.not-delivered", "id", l->row.id, "to", h->person,
			 "why", p->reply, NULL);
	l->busy--;
	all_back(l);
}

static void hand_over(struct mta_letter *l, struct mta_handoff *h)
{
	struct mta *m = l->m;

	h->busy = true;
	h->parcel = (struct mta_parcel){
		.net = m->spec.net,
		.jobs = m->spec.jobs,
		.name = l->row.id,
		.at = l->row.received_at,
		.hostname = m->hostname,
		.spool = mta_letter_spool(l->arena, m, l->row.id),
		.head = mta_letter_head(l, l->arena, h->person),
		.env_from = l->row.env_from,
		.to = h->person,
		.again = l->again,
		.done = handed_over,
		.arg = h,
	};
	mta_letter_target(m, l->row.peer, l->arena, &h->parcel.target);
	mta_deliver(&h->parcel);
}

void mta_letter_send(struct mta_letter *l)
{
	l->busy = 1; /* until all are under way */
	for (size_t i = 0; i < l->count; i++) {
		struct mta_handoff *h = &l->handoffs[i];

		if (h->has_it || h->refused || h->same != NULL)
			continue;
		l->busy++;
		hand_over(l, h);
	}
	l->busy--;
	all_back(l);
}

size_t mta_letter_having(const struct mta_letter *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		n += l->handoffs[i].has_it;
	return n;
}

size_t mta_letter_refused(const struct mta_letter *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		n += l->handoffs[i].refused;
	return n;
}

/* ---- rows ---- */

void mta_letter_rows(struct mta_letter *l, struct store_mail_batch *b,
		     bool decided)
{
	store_mail_batch_mail(b, &l->row);
	if (!decided)
		return;
	store_mail_batch_decision(b, &(struct store_mail_decision){
					     .mail = l->row.id,
					     .rule = l->row.rule,
					     .why = l->decision_why,
					     .chosen = l->row.chosen,
					     .snapshot = l->snapshot,
				     });
}

void mta_letter_deliveries(struct mta_letter *l, struct store_mail_batch *b)
{
	for (size_t i = 0; i < l->count; i++) {
		struct mta_handoff *h = &l->handoffs[i];

		if (h->has_it)
			store_mail_batch_delivery(
				b, l->row.id, h->person,
				h->parcel.target.where != NULL
					? h->parcel.target.where
					: "",
				h->parcel.reply);
	}
}
