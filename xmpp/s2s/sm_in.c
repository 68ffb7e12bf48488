/* SPDX-License-Identifier: MIT */
/* sm_in.c - XEP-0198 where another server has dialled: what is handled */
#include <stdarg.h>
#include <stdio.h>

#include "gateway/run/log.h"
#include "gateway/store/xmpp/resume.h"
#include "xmpp/receipt.h"
#include "xmpp/s2s/sm.h"
#include "xmpp/xep/sm.h"
#include "xmpp/xml/write.h"

#define RESUME_WITHIN (5 * WHEN_MINUTE)
/* After a restart at least so long. */
#define AFTER_LOAD (30 * WHEN_SECOND)

/* What one dialled stream has sent us; outlives it to be resumed. */
struct xmpp_s2s_sm {
	struct list link; /* in s2s->counts */
	struct xmpp_s2s *s2s;
	struct list open; /* stanzas under way, oldest first */
	unsigned refs;	  /* its table's or stream's, and one per stanza */
	uint64_t conn;	  /* 0: cut */
	uint32_t handled;
	bool owes;     /* an <a/> when nothing is under way */
	bool resuming; /* <resumed/> when nothing is under way */
	bool over;     /* nobody will resume it */
	char id[17];   /* "": not to be resumed */
	char *local, *remote;
	struct loop_timer timer;
};

struct handling {
	struct list link;
	struct xmpp_s2s_sm *sm;
	struct xmpp_receipt *receipt; /* until it is settled */
	bool settled;
};

static void unref(struct xmpp_s2s_sm *m)
{
	if (--m->refs > 0)
		return;
	mem_free(m->local);
	mem_free(m->remote);
	mem_free(m);
}

static struct xmpp_s2s_stream *stream_of(const struct xmpp_s2s_sm *m)
{
	struct conn *c = NULL;

	if (!m->over && m->conn != 0)
		c = conn_find(m->s2s->x->net, m->conn);
	return c != NULL ? conn_state(c) : NULL;
}

static void say(struct xmpp_s2s_stream *s, const char *fmt, ...)
	GW_PRINTF(2, 3);

static void say(struct xmpp_s2s_stream *s, const char *fmt, ...)
{
	char text[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	conn_write_str(s->c, str_of(text));
}

static void acknowledge(struct xmpp_s2s_sm *m, struct xmpp_s2s_stream *s)
{
	m->owes = !list_empty(&m->open);
	say(s, "<a xmlns='" NS_SM "' h='%u'/>", m->handled);
}

/* All that came before is settled, so that nothing is sent twice. */
static void resumed(struct xmpp_s2s_sm *m, struct xmpp_s2s_stream *s)
{
	m->resuming = false;
	say(s, "<resumed xmlns='" NS_SM "' previd='%s' h='%u'/>", m->id,
	    m->handled);
}

static void on_settled(void *arg, enum gw_err e)
{
	struct handling *h = arg;
	struct xmpp_s2s_sm *m = h->sm;
	struct xmpp_s2s_stream *s;

	(void)e; /* an error went back to the sender: handled too */
	h->settled = true;
	while (!list_empty(&m->open)) {
		struct handling *first =
			LIST_OF(m->open.next, struct handling, link);

		if (!first->settled)
			break;
		list_del(&first->link);
		mem_free(first);
		m->handled++;
	}
	s = list_empty(&m->open) ? stream_of(m) : NULL;
	if (s != NULL && m->resuming)
		resumed(m, s);
	else if (s != NULL && m->owes)
		acknowledge(m, s);
	unref(m);
}

struct xmpp_receipt *xmpp_s2s_sm_count(struct xmpp_s2s_stream *s)
{
	struct handling *h;

	if (s->sm == NULL)
		return NULL;
	h = mem_new(sizeof(*h));
	h->sm = s->sm;
	h->sm->refs++;
	list_append(&h->sm->open, &h->link);
	h->receipt = xmpp_receipt_own(s->x, on_settled, h);
	return h->receipt;
}

static void forget(struct xmpp_s2s_sm *m)
{
	list_del(&m->link);
	loop_timer_stop(m->s2s->x->loop, &m->timer);
	m->over = true;
	unref(m);
}

static void on_timer(struct loop_timer *t)
{
	forget(LIST_OF(t, struct xmpp_s2s_sm, timer));
}

void xmpp_s2s_sm_cut(struct xmpp_s2s_stream *s, bool in_peace)
{
	struct xmpp_s2s_sm *m = s->sm;

	s->sm = NULL;
	if (m == NULL)
		return;
	m->conn = 0;
	m->resuming = false;
	if (in_peace || s->s2s->stopping || m->id[0] == '\0')
		forget(m);
	else
		loop_timer_start(s->x->loop, &m->timer, RESUME_WITHIN);
}

void xmpp_s2s_sm_free_all(struct xmpp_s2s *s)
{
	LIST_EACH(node, &s->streams)
	{
		LIST_OF(node, struct xmpp_s2s_stream, link)->sm = NULL;
	}
	while (!list_empty(&s->counts))
		forget(LIST_OF(s->counts.next, struct xmpp_s2s_sm, link));
}

static struct xmpp_s2s_sm *count_new(struct xmpp_s2s *s, struct str local,
				     struct str remote)
{
	struct xmpp_s2s_sm *m = mem_new(sizeof(*m));

	m->s2s = s;
	m->refs = 1;
	m->timer.fn = on_timer;
	m->local = mem_strndup(local.p, local.n);
	m->remote = mem_strndup(remote.p, remote.n);
	list_init(&m->open);
	list_append(&s->counts, &m->link);
	return m;
}

void xmpp_s2s_sm_count_from(struct xmpp_s2s_stream *s, struct jid local,
			    struct jid remote)
{
	s->sm = count_new(s->s2s, local.full, remote.full);
	s->sm->conn = conn_id(s->c);
}

bool xmpp_s2s_sm_outlives(const struct xmpp_s2s_stream *s)
{
	return s->sm != NULL && s->sm->id[0] != '\0';
}

/* When what is on its way to the disk is there. */
static uint32_t prefix(const struct xmpp_s2s_sm *m)
{
	uint32_t n = m->handled;

	LIST_EACH(node, &m->open)
	{
		const struct handling *h = LIST_OF(node, struct handling, link);

		if (!h->settled && h->receipt->refs > h->receipt->booked)
			break;
		n++;
	}
	return n;
}

static void save(const struct xmpp_s2s_sm *m, struct journal *batch,
		 struct arena *a)
{
	struct stanza *el = stanza_new(a, "count", XMPP_S2S_NS_SAVED);
	struct loop *loop = m->s2s->x->loop;
	int64_t left =
		m->conn == 0 ? m->timer.due - loop_now(loop) : RESUME_WITHIN;
	struct buf text = { 0 };

	stanza_set_attr(a, el, "local", str_of(m->local));
	stanza_set_attr(
		a, el, "until",
		str_of(arena_printf(a, "%lld",
				    (long long)(loop_wall(loop) + left))));
	xmpp_xml_write(&text, el, XMPP_XML_BY_ITSELF);
	journal_session(batch,
			&(struct journal_session){ .id = str_of(m->id),
						   .account = str_of(m->remote),
						   .h = prefix(m),
						   .stamp = loop_wall(loop),
						   .state = buf_str(&text) });
	buf_fini(&text);
}

void xmpp_s2s_sm_in_save(const struct xmpp_s2s *s, struct journal *batch)
{
	struct arena *a = xmpp_arena_get(s->x);

	LIST_EACH(node, &s->counts)
	{
		const struct xmpp_s2s_sm *m =
			LIST_OF(node, struct xmpp_s2s_sm, link);

		if (m->id[0] != '\0')
			save(m, batch, a);
	}
	xmpp_arena_put(s->x, a);
}

void xmpp_s2s_sm_in_restore(struct xmpp_s2s *s,
			    const struct resume_saved *saved,
			    const struct stanza *state)
{
	struct loop *loop = s->x->loop;
	struct xmpp_s2s_sm *m = count_new(s, stanza_attr(state, "local"),
					  saved->session.account);
	int64_t until = 0;

	if (str_int(stanza_attr(state, "until"), 0, INT64_MAX, &until) == GW_OK)
		until -= loop_wall(loop);
	m->handled = saved->session.h;
	if (str_copy(m->id, sizeof(m->id), saved->session.id) != GW_OK)
		m->id[0] = '\0';
	loop_timer_start(loop, &m->timer,
			 until > AFTER_LOAD ? until : AFTER_LOAD);
}

void xmpp_s2s_sm_acknowledge(struct xmpp_s2s_stream *s)
{
	acknowledge(s->sm, s);
}

/* XEP-0288: what we send the same way is counted as well. */
static void enable_both(struct xmpp_s2s_stream *s)
{
	struct xmpp_s2s_link *l = xmpp_s2s_link_adopted(s);

	say(s, "<enabled xmlns='" NS_SM "'/>");
	if (l == NULL)
		return;
	xmpp_s2s_sm_adopted(l);
	s->served = true;
}

static const char *enable(struct xmpp_s2s_stream *s)
{
	struct xmpp_s2s_pair *p =
		LIST_OF(s->pairs.next, struct xmpp_s2s_pair, link);

	if (s->sm != NULL || list_empty(&s->pairs) || p->proof == NULL ||
	    (s->bidi && s->pair_count > 1)) {
		conn_write_str(s->c,
			       STR("<failed xmlns='" NS_SM
				   "'><unexpected-request xmlns='" NS_STANZAS
				   "'/></failed>"));
		return NULL;
	}
	xmpp_s2s_sm_count_from(s, p->local, p->remote);
	if (s->bidi) {
		enable_both(s);
		return NULL;
	}
	loop_id(s->x->loop, s->sm->id);
	say(s, "<enabled xmlns='" NS_SM "' id='%s' resume='true' max='%d'/>",
	    s->sm->id, (int)(RESUME_WITHIN / 1000));
	return NULL;
}

/* The name is no secret: only who proves the same domains gets it. */
static struct xmpp_s2s_sm *find(const struct xmpp_s2s_stream *s, struct str id)
{
	LIST_EACH(node, &s->s2s->counts)
	{
		struct xmpp_s2s_sm *m = LIST_OF(node, struct xmpp_s2s_sm, link);
		struct xmpp_s2s_pair *p;

		if (!str_is(id, m->id))
			continue;
		p = xmpp_s2s_pair_find(s, str_of(m->local), str_of(m->remote));
		return p != NULL && p->proof != NULL ? m : NULL;
	}
	return NULL;
}

static const char *resume(struct xmpp_s2s_stream *s, const struct stanza *el)
{
	struct xmpp_s2s_sm *m = find(s, stanza_attr(el, "previd"));
	struct xmpp_s2s_stream *old;

	if (m == NULL || s->sm != NULL || s->bidi) {
		conn_write_str(s->c, STR("<failed xmlns='" NS_SM
					 "'><item-not-found xmlns='" NS_STANZAS
					 "'/></failed>"));
		return NULL;
	}
	/* It may not have noticed the cut that the other side has. */
	old = stream_of(m);
	if (old != NULL) {
		old->sm = NULL;
		xmpp_s2s_error(old, "conflict", "resumed elsewhere");
	}
	loop_timer_stop(s->x->loop, &m->timer);
	m->conn = conn_id(s->c);
	s->sm = m;
	log_info("s2s.resumed", "from", m->remote, "to", m->local, "handled",
		 LOG_INT(m->handled), NULL);
	if (list_empty(&m->open))
		resumed(m, s);
	else
		m->resuming = true;
	return NULL;
}

const char *xmpp_s2s_sm_element(struct xmpp_s2s_stream *s,
				const struct stanza *el)
{
	struct xmpp_s2s_link *l;

	if (stanza_is(el, "enable", NS_SM))
		return enable(s);
	if (stanza_is(el, "resume", NS_SM))
		return resume(s, el);
	if (stanza_is(el, "r", NS_SM) && s->sm != NULL) {
		acknowledge(s->sm, s);
		return NULL;
	}
	if (!stanza_is(el, "a", NS_SM))
		return "unsupported-stanza-type";
	l = xmpp_s2s_link_adopted(s);
	if (l != NULL && l->counted)
		xmpp_s2s_sm_taken(s, l, stanza_attr(el, "h"));
	return NULL;
}
