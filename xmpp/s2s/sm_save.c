/* SPDX-License-Identifier: MIT */
/* sm_save.c - XEP-0198 between servers over an orderly restart
 *
 * A link is written down with what waits for it and, if it may be resumed, what
 * the other server has not acknowledged; after the start it is dialled again,
 * and resumes.  Its stanzas are on no other disk of ours, so they stay there
 * until the last of them has arrived or gone back: after a crash meanwhile
 * they are tried again.
 */
#include "gateway/run/log.h"
#include "gateway/store/xmpp/resume.h"
#include "xmpp/im/journal.h"
#include "xmpp/s2s/sm.h"
#include "xmpp/xml/write.h"

struct booked { /* in the batch */
	struct xmpp_receipt *receipt;
};

static void on_saved(void *arg, enum gw_err e)
{
	(void)e;
	xmpp_receipt_settle(&((struct booked *)arg)->receipt);
}

/* Once it is on disk its sender need not send it again. */
static void settle_later(struct journal *batch, struct xmpp_receipt *r)
{
	struct booked *b;

	if (r == NULL)
		return;
	b = journal_keep(batch, sizeof(*b));
	b->receipt = xmpp_receipt_book(r);
	journal_then(batch, on_saved, b);
}

static void save_list(const struct xmpp_s2s_link *l, struct journal *batch,
		      struct list *from, struct str id)
{
	struct buf text = { 0 };

	LIST_EACH(node, from)
	{
		buf_reset(&text);
		xmpp_xml_write(&text, xmpp_s2s_link_stanza(node),
			       XMPP_XML_BY_ITSELF);
		journal_queued(batch, id,
			       &(struct journal_queued){
				       .stamp = loop_wall(l->s2s->x->loop),
				       .row = from == &l->kept,
				       .stanza = buf_str(&text) });
		settle_later(batch, xmpp_s2s_link_receipt(node));
	}
	buf_fini(&text);
}

static void save(struct xmpp_s2s_link *l, struct journal *batch,
		 struct arena *a)
{
	struct stanza *el = stanza_new(a, "link", XMPP_S2S_NS_SAVED);
	struct str id =
		str_of(arena_printf(a, JOURNAL_LINK STR_FMT, STR_ARG(l->key)));
	struct buf text = { 0 };

	stanza_set_attr(a, el, "from", l->from.full);
	stanza_set_attr(a, el, "resume", str_of(l->resume));
	stanza_set_attr(a, el, "acknowledged",
			str_of(arena_printf(a, "%u", l->acknowledged)));
	xmpp_xml_write(&text, el, XMPP_XML_BY_ITSELF);
	journal_forget(batch, id);
	journal_session(batch, &(struct journal_session){
				       .id = id,
				       .account = l->to.full,
				       .stamp = loop_wall(l->s2s->x->loop),
				       .state = buf_str(&text) });
	buf_fini(&text);
	save_list(l, batch, &l->kept, id);
	save_list(l, batch, &l->waiting, id);
	log_info("s2s.hibernates", "from", l->from.full.p, "to", l->to.full.p,
		 "stanzas", LOG_INT(l->kept_count + l->waiting_count), NULL);
}

void xmpp_s2s_sm_save(struct xmpp_s2s *s)
{
	struct journal *batch = xmpp_journal_batch(s->x);
	struct arena *a = xmpp_arena_get(s->x);
	struct xmpp_s2s_link *l;
	size_t it = 0;

	if (batch != NULL) {
		while ((l = slot_next(&s->handles, &it)) != NULL)
			if (xmpp_s2s_link_outlives(l))
				save(l, batch, a);
		xmpp_s2s_sm_in_save(s, batch);
	}
	xmpp_arena_put(s->x, a);
}

/* The rows of one link, until none of its stanzas is under way. */
struct rows {
	struct xmpp *x;
	char *id;
};

static void on_done(void *arg, enum gw_err e)
{
	struct rows *r = arg;
	/* When links are dropped, those that outlive are written anew. */
	struct journal *batch =
		r->x->s2s->stopping ? NULL : xmpp_journal_batch(r->x);

	(void)e;
	if (batch != NULL)
		journal_forget(batch, str_of(r->id));
	mem_free(r->id);
	mem_free(r);
}

static struct xmpp_receipt *rows_of(struct xmpp *x, struct str id)
{
	struct rows *r = mem_new(sizeof(*r));

	r->x = x;
	r->id = mem_strndup(id.p, id.n);
	return xmpp_receipt_own(x, on_done, r);
}

static void restore_queue(struct xmpp_s2s_link *l,
			  const struct resume_saved *saved,
			  struct xmpp_receipt *receipt)
{
	struct xmpp *x = l->s2s->x;

	for (size_t i = 0; i < saved->count; i++) {
		const struct journal_queued *q = &saved->queue[i];
		struct arena *a = xmpp_arena_get(x);
		struct stanza *st;

		if (xmpp_xml_parse(x->parser, NULL, q->stanza, a, &st) !=
		    GW_OK) {
			log_error("s2s.badrow", "to", l->to.full.p, NULL);
		} else if (q->row != 0) {
			xmpp_s2s_link_put(&l->kept, st, receipt);
			l->kept_count++;
		} else {
			xmpp_s2s_link_put(&l->waiting, st, receipt);
			l->waiting_count++;
		}
		xmpp_arena_put(x, a);
	}
}

static void restore_link(struct xmpp *x, const struct resume_saved *saved,
			 const struct stanza *state, struct arena *a)
{
	struct xmpp_receipt *receipt;
	struct xmpp_s2s_link *l = NULL;
	struct jid from, to;
	int64_t n = 0;

	if (xmpp_jid_parse(a, stanza_attr(state, "from"), &from) == GW_OK &&
	    xmpp_jid_parse(a, saved->session.account, &to) == GW_OK)
		l = xmpp_s2s_link_want(x->s2s, from, to);
	if (l == NULL || str_copy(l->resume, sizeof(l->resume),
				  stanza_attr(state, "resume")) != GW_OK) {
		log_error("s2s.badrow", "to", LOG_STR(saved->session.account),
			  NULL);
		return;
	}
	receipt = rows_of(x, saved->session.id);
	if (str_int(stanza_attr(state, "acknowledged"), 0, UINT32_MAX, &n) ==
	    GW_OK)
		l->acknowledged = (uint32_t)n;
	restore_queue(l, saved, receipt);
	xmpp_s2s_link_revive(l);
	xmpp_receipt_unref(&receipt);
}

bool xmpp_s2s_restore(struct xmpp *x, const struct resume_saved *saved)
{
	struct arena *a = xmpp_arena_get(x);
	struct stanza *state;
	bool ours = false;

	if (xmpp_xml_parse(x->parser, NULL, saved->session.state, a, &state) ==
	    GW_OK) {
		ours = str_is(state->ns, XMPP_S2S_NS_SAVED);
		if (stanza_is(state, "link", XMPP_S2S_NS_SAVED))
			restore_link(x, saved, state, a);
		else if (ours)
			xmpp_s2s_sm_in_restore(x->s2s, saved, state);
	}
	xmpp_arena_put(x, a);
	return ours;
}
