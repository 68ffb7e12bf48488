/* SPDX-License-Identifier: MIT */
/* mta.c - the mail side as a whole: made, configured, loaded, listening */
#include "mta/mta.h"

#include <stdio.h>
#include <unistd.h>

#include "gateway/base/when.h"
#include "gateway/run/log.h"
#include "mta/letter.h"

#define KEEP_ROWS   (30 * WHEN_DAY)
#define PRUNE_EVERY (WHEN_HOUR)
#define PRUNE_SLICE 50

/* ---- calls under way ---- */

struct mta_call *mta_call_new(struct mta *m)
{
	struct mta_call *c = mem_new(sizeof(*c));

	c->m = m;
	list_append(&m->calls, &c->link);
	return c;
}

struct mta *mta_call_end(struct mta_call *c)
{
	struct mta *m = c->m;

	list_del(&c->link);
	mem_free(c->id);
	mem_free(c);
	return m;
}

/* ---- forgetting ---- */

static void pruned(void *arg, enum gw_err e, size_t gone)
{
	struct mta *m = mta_call_end(arg);

	if (e != GW_OK)
		log_warn("mail.prune", "why", err_text(e), NULL);
	if (m != NULL && !m->stopping)
		loop_timer_start(m->spec.loop, &m->prune,
				 gone == PRUNE_SLICE ? WHEN_SECOND
						     : PRUNE_EVERY);
}

static void prune_due(struct loop_timer *t)
{
	struct mta *m = LIST_OF(t, struct mta, prune);

	store_mail_prune(m->spec.store, loop_wall(m->spec.loop) - KEEP_ROWS,
			 PRUNE_SLICE, pruned, mta_call_new(m));
}

/* ---- made and unmade ---- */

static struct metric *counter(struct mta *m, const char *name, const char *help)
{
	return metrics_get(m->spec.metrics, METRIC_COUNTER, name, "", help);
}

static void count(struct mta *m)
{
	struct mta_counts *c = &m->counts;

	c->taken = counter(m, "mail_taken_total", "Mails answered with 250.");
	c->deferred = counter(m, "mail_deferred_total", "Answered with 4xx.");
	c->bounced = counter(m, "mail_bounced_total", "Answered with 5xx.");
	c->held = counter(m, "mail_held_total", "Held, as nobody was there.");
	c->delivered = counter(m, "mail_delivered_total", "With everybody.");
	c->repeats = counter(m, "mail_repeats_total",
			     "Came again, and were not delivered again.");
	c->late = counter(m, "mail_late_total", "Became a case.");
	c->seen = counter(m, "mail_seen_total", "Seen, answered or moved.");
	c->copies = counter(m, "mail_copies_total",
			    "Copies and notices handed over.");
}

struct mta *mta_new(const struct mta_spec *spec)
{
	struct mta *m = mem_new(sizeof(*m));

	m->spec = *spec;
	map_init(&m->letters, loop_seed(spec->loop));
	map_init(&m->flights, loop_seed(spec->loop));
	map_init(&m->answers, loop_seed(spec->loop));
	list_init(&m->calls);
	list_init(&m->open);
	list_init(&m->held);
	m->sweep.fn = mta_track_due;
	m->prune.fn = prune_due;
	count(m);
	if (spec->board != NULL)
		board_watch(spec->board, mta_hold_board, m);
	case_watch(spec->cases, mta_watch_case, m);
	return m;
}

void mta_stop(struct mta *m)
{
	m->stopping = true;
	for (size_t i = 0; i < MTA_LISTENERS; i++)
		listener_close(&m->listeners[i]);
	loop_timer_stop(m->spec.loop, &m->sweep);
	loop_timer_stop(m->spec.loop, &m->prune);
}

void mta_free(struct mta **out)
{
	struct mta *m = *out;
	struct mta_letter *l;
	size_t it = 0;

	if (m == NULL)
		return;
	mta_stop(m);
	while ((l = map_next(&m->letters, &it)) != NULL)
		mta_letter_free(&l);
	LIST_EACH(node, &m->calls)
	LIST_OF(node, struct mta_call, link)->m = NULL;
	while (list_pop(&m->calls) != NULL)
		;
	mta_ask_flush(m);
	map_fini(&m->flights);
	map_fini(&m->answers);
	map_fini(&m->letters);
	config_unref(&m->cfg);
	mem_free(m->spool);
	mem_free(m);
	*out = NULL;
}

/* ---- configured ---- */

static void take_hostname(struct mta *m)
{
	const char *name = m->conf->smtp.hostname;

	if (*name != '\0') {
		snprintf(m->hostname, sizeof(m->hostname), "%s", name);
		return;
	}
	if (gethostname(m->hostname, sizeof(m->hostname) - 1) < 0)
		snprintf(m->hostname, sizeof(m->hostname), "localhost");
	m->hostname[sizeof(m->hostname) - 1] = '\0';
}

enum gw_err mta_configure(struct mta *m, struct config *cfg,
			  struct err_note *note)
{
	struct config *old = m->cfg;

	(void)note;
	m->cfg = config_ref(cfg);
	m->conf = config_get(cfg, "mail");
	m->domains = config_get(cfg, "domains");
	take_hostname(m);
	for (size_t i = 0; i < MTA_LISTENERS; i++)
		listener_set_limits(m->listeners[i],
				    (unsigned)m->conf->max_connections, 0);
	/* Mail lies there already: it moves with a restart only. */
	if (m->spool == NULL)
		m->spool = mem_strdup(m->conf->spool);
	mta_ask_flush(m);
	config_unref(&old);
	return GW_OK;
}

bool mta_serves(const struct mta *m, struct str domain)
{
	if (m->domains == NULL)
		return false;
	for (size_t i = 0; i < m->domains->count; i++)
		if (str_ieq(domain, str_of(m->domains->entries[i].name)))
			return true;
	return false;
}

/* ---- loaded ---- */

static bool is_known(void *arg, const char *name)
{
	return mta_letter_get(arg, str_of(name)) != NULL;
}

static void mark_having(struct mta_letter *l, const struct store_mail_read *r)
{
	for (size_t i = 0; i < l->count; i++)
		for (size_t k = 0; k < r->count; k++)
			if (strcmp(l->handoffs[i].person, r->persons[k]) == 0) {
				l->handoffs[i].has_it = true;
				mta_letter_target(
					l->m, l->row.peer, l->arena,
					&l->handoffs[i].parcel.target);
				l->handoffs[i].parcel.name = l->row.id;
				l->handoffs[i].parcel.at = l->row.received_at;
				l->handoffs[i].parcel.hostname = l->m->hostname;
			}
}

static struct mta_letter *revive(struct mta *m, const struct store_mail_read *r)
{
	struct mta_letter *l = mta_letter_new(m, r->mail.id);
	const char *id = l->row.id;
	struct str rest = str_of(r->mail.chosen), word;
	struct buf list = { .data = NULL };
	const char **texts[] = { &l->row.queue_id, &l->row.msgid,
				 &l->row.sha256,   &l->row.env_from,
				 &l->row.rcpt,	   &l->row.role,
				 &l->row.peer,	   &l->row.subject,
				 &l->row.rule };

	l->row = r->mail;
	l->row.id = id;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = arena_strdup(l->arena, *texts[i]);
	while (str_word(&rest, &word)) {
		char *person = arena_strndup(l->arena, word.p, word.n);

		buf_add(&list, &person, sizeof(person));
	}
	mta_letter_choose(l, (const char *const *)(void *)list.data,
			  list.len / sizeof(char *));
	buf_fini(&list);
	mark_having(l, r);
	mta_letter_remember(l);
	return l;
}

enum gw_err mta_load(struct mta *m)
{
	struct arena *a = arena_new();
	struct store_mail_read *rows;
	struct err_note note = { .text = "" };
	size_t n;
	enum gw_err e = store_mail_load(m->spec.store, a, &rows, &n);

	for (size_t i = 0; i < n; i++)
		(void)revive(m, &rows[i]);
	if (e == GW_OK)
		e = mta_spool_sweep(m->spool, is_known, m, &note);
	if (e != GW_OK)
		log_error("mail.load", "why",
			  *note.text != '\0' ? note.text : err_text(e), NULL);
	for (size_t i = 0; i < n && e == GW_OK; i++)
		mta_hold_resume(mta_letter_get(m, str_of(rows[i].mail.id)));
	arena_free(&a);
	if (e == GW_OK)
		loop_timer_start(m->spec.loop, &m->prune, PRUNE_EVERY);
	return e;
}

/* ---- listening ---- */

static const char *const names[MTA_LISTENERS] = {
	[MTA_LMTP] = "lmtp",
	[MTA_SMTP] = "smtp",
	[MTA_POLICY] = "policy",
	[MTA_SOCKETMAP] = "socketmap",
};

enum gw_err mta_listen(struct mta *m, struct tls_server *tls,
		       struct err_note *note)
{
	const char *const addresses[MTA_LISTENERS] = {
		[MTA_LMTP] = m->conf->lmtp.listen,
		[MTA_SMTP] = m->conf->smtp.listen,
		[MTA_POLICY] = m->conf->ask.policy,
		[MTA_SOCKETMAP] = m->conf->ask.socketmap,
	};
	const struct proto *const protos[MTA_LISTENERS] = {
		[MTA_LMTP] = &mta_lmtp_proto,
		[MTA_SMTP] = &mta_smtp_proto,
		[MTA_POLICY] = &mta_ask_policy_proto,
		[MTA_SOCKETMAP] = &mta_ask_socketmap_proto,
	};

	m->tls = tls;
	for (size_t i = 0; i < MTA_LISTENERS; i++) {
		struct listener_spec spec = {
			.address = addresses[i],
			.proto = protos[i],
			.arg = m,
			.max = (unsigned)m->conf->max_connections,
			/* A mail server runs under its own user. */
			.mode = 0666,
		};
		enum gw_err e;

		if (*addresses[i] == '\0')
			continue;
		e = listener_open(m->spec.net, &spec, &m->listeners[i], note);
		if (e != GW_OK)
			return e;
	}
	return GW_OK;
}

void mta_addresses(const struct mta *m,
		   void (*fn)(void *arg, const char *what, const char *address),
		   void *arg)
{
	for (size_t i = 0; i < MTA_LISTENERS; i++)
		if (m->listeners[i] != NULL)
			fn(arg, names[i], listener_address(m->listeners[i]));
}

/* ---- shown ---- */

struct listing {
	void (*done)(void *arg, enum gw_err e, const struct mta_mail *mails,
		     size_t n);
	void *arg;
};

static const char *const states[] = {
	[MAIL_NEW] = "new",	      [MAIL_HELD] = "held",
	[MAIL_QUEUED] = "queued",     [MAIL_DELIVERED] = "delivered",
	[MAIL_DEFERRED] = "deferred", [MAIL_BOUNCED] = "bounced",
	[MAIL_FAILED] = "failed",
};

static void listed(void *arg, enum gw_err e, const struct store_mail_read *rows,
		   size_t n)
{
	struct listing *q = arg;
	struct arena *a = arena_new();
	struct mta_mail *out = arena_alloc(a, (n + 1) * sizeof(*out));

	for (size_t i = 0; i < n; i++) {
		const struct store_mail *r = &rows[i].mail;

		out[i] = (struct mta_mail){
			.id = r->id,
			.message_id = r->msgid,
			.from = r->env_from,
			.rcpt = r->rcpt,
			.chosen = r->chosen,
			.state = states[r->state],
			.why = r->rule,
			.received_at = r->received_at,
			.deadline_at = r->deadline_at,
			.size = r->size,
			.case_number = r->case_number,
		};
	}
	q->done(q->arg, e, out, n);
	arena_free(&a);
	mem_free(q);
}

char *mta_page_after(const struct mta_mail *last, struct arena *a)
{
	return arena_printf(a, "%lld.%s", (long long)last->received_at,
			    last->id);
}

static bool read_after(struct str after, struct store_mail_page *out)
{
	size_t dot = str_find(after, '.');

	if (after.n == 0)
		return true;
	if (dot == after.n || str_int(str_make(after.p, dot), 1, INT64_MAX,
				      &out->before) != GW_OK)
		return false;
	out->after = after.p + dot + 1;
	return true;
}

void mta_list(struct mta *m, const struct mta_page *page,
	      void (*done)(void *arg, enum gw_err e,
			   const struct mta_mail *mails, size_t n),
	      void *arg)
{
	struct arena *a = arena_new();
	struct store_mail_page wanted = { .watched_only = page->watched_only,
					  .max = page->max,
					  .after = "" };
	struct listing *q;

	if (!read_after(arena_str(a, page->after), &wanted)) {
		done(arg, GW_BAD_INPUT, NULL, 0);
	} else {
		q = mem_new(sizeof(*q));
		q->done = done;
		q->arg = arg;
		store_mail_list(m->spec.store, &wanted, listed, q);
	}
	arena_free(&a);
}
