/* SPDX-License-Identifier: MIT */
/* sm_out.c - XEP-0198 where we have dialled: kept until acknowledged */
#include "gateway/run/log.h"
#include "xmpp/s2s/sm.h"
#include "xmpp/xep/sm.h"

#define ANSWER_WITHIN (60 * WHEN_SECOND)
#define ASK_AGAIN     (1 * WHEN_SECOND)

bool xmpp_s2s_sm_begin(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l)
{
	struct buf out = { 0 };

	if ((s->offers & OFFER_SM) == 0)
		return false;
	if (s->bidi) {
		l->resume[0] = '\0';
		xmpp_s2s_link_unsure(l);
		buf_add_lit(&out, "<enable xmlns='" NS_SM "'/>");
	} else if (l->resume[0] != '\0') {
		buf_printf(&out,
			   "<resume xmlns='" NS_SM "' previd='%s' h='0'/>",
			   l->resume);
	} else {
		buf_add_lit(&out, "<enable xmlns='" NS_SM "' resume='true'/>");
	}
	conn_write_str(s->c, buf_str(&out));
	buf_fini(&out);
	s->step = S2S_COUNT;
	xmpp_s2s_link_step(l, TRAIL_COUNT,
			   l->resume[0] != '\0' ? "resume" : "enable");
	return true;
}

static void ask(struct xmpp_s2s_link *l, struct xmpp_s2s_stream *s)
{
	if (l->asked || l->kept_count == 0)
		return;
	l->asked = true;
	conn_write_str(s->c, STR("<r xmlns='" NS_SM "'/>"));
	conn_timer(s->c, ANSWER_WITHIN);
}

void xmpp_s2s_sm_keep(struct xmpp_s2s_link *l, struct xmpp_s2s_stream *s,
		      const struct stanza *st, struct xmpp_receipt *receipt)
{
	if (!l->counted)
		return;
	xmpp_s2s_link_put(&l->kept, st, receipt);
	l->kept_count++;
	ask(l, s);
}

bool xmpp_s2s_sm_tick(struct xmpp_s2s_link *l, struct xmpp_s2s_stream *s)
{
	if (!l->counted || l->asked)
		return false;
	ask(l, s);
	return true;
}

/* Who came in is watched by the same timer while nothing is awaited. */
static int64_t rest_of(const struct xmpp_s2s_stream *s)
{
	return s->accepted ? 2 * xmpp_s2s_config(s->s2s)->idle : -1;
}

/* At once if it got on, so that a window keeps moving; else a while later. */
static void ask_again(struct xmpp_s2s_link *l, struct xmpp_s2s_stream *s,
		      bool got_on)
{
	l->asked = false;
	conn_timer(s->c, l->kept_count > 0 ? ASK_AGAIN : rest_of(s));
	if (got_on)
		ask(l, s);
}

bool xmpp_s2s_sm_is_full(const struct xmpp_s2s_link *l)
{
	return l->kept_count >= (unsigned)xmpp_s2s_config(l->s2s)->queue;
}

/* h as it stands on the wire: modulo 2^32, at most what was sent (B28). */
static bool acknowledged(struct xmpp_s2s_link *l, struct str text)
{
	int64_t h;
	uint32_t n;

	if (str_int(text, 0, UINT32_MAX, &h) != GW_OK)
		return false;
	n = (uint32_t)h - l->acknowledged;
	if (n > l->kept_count)
		return false;
	l->acknowledged = (uint32_t)h;
	l->got_on = l->got_on || n > 0;
	l->kept_count -= n;
	while (n-- > 0)
		xmpp_s2s_link_drop(l->kept.next);
	return true;
}

static void wrong_number(struct xmpp_s2s_link *l)
{
	l->resume[0] = '\0';
	xmpp_s2s_link_step(l, TRAIL_COUNT, "");
	xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
			   "0198: the other server acknowledges what was "
			   "not sent");
}

static void send_again(struct xmpp_s2s_link *l, struct xmpp_s2s_stream *s)
{
	log_info("s2s.resumed", "from", l->from.full.p, "to", l->to.full.p,
		 "again", LOG_INT(l->kept_count), NULL);
	LIST_EACH(node, &l->kept)
	{
		xmpp_s2s_send(s, xmpp_s2s_link_stanza(node));
	}
	l->asked = false;
	ask(l, s);
}

void xmpp_s2s_sm_adopted(struct xmpp_s2s_link *l)
{
	xmpp_s2s_link_unsure(l);
	l->counted = true;
	l->got_on = true;
	l->acknowledged = 0;
	l->asked = false;
	l->resume[0] = '\0';
}

static void begin_count(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l,
			const struct stanza *el)
{
	struct str resume = stanza_attr(el, "resume");

	xmpp_s2s_sm_adopted(l);
	if (s->bidi) {
		xmpp_s2s_sm_count_from(s, l->from, l->to);
		return;
	}
	if ((str_is(resume, "true") || str_is(resume, "1")) &&
	    str_copy(l->resume, sizeof(l->resume), stanza_attr(el, "id")) !=
		    GW_OK)
		l->resume[0] = '\0';
	/* It goes back into an attribute as it is. */
	if (strpbrk(l->resume, "<>&'\"") != NULL)
		l->resume[0] = '\0';
}

/* It does not know us any more: what it may say is how far it got. */
static void not_resumed(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l,
			const struct stanza *el)
{
	if (stanza_attr(el, "h").p != NULL)
		(void)acknowledged(l, stanza_attr(el, "h"));
	l->resume[0] = '\0';
	xmpp_s2s_link_unsure(l);
	(void)xmpp_s2s_sm_begin(s, l);
}

void xmpp_s2s_sm_taken(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l,
		       struct str h)
{
	unsigned before = l->kept_count;

	if (!acknowledged(l, h)) {
		wrong_number(l);
		return;
	}
	ask_again(l, s, l->kept_count < before);
	xmpp_s2s_link_flush(l);
}

void xmpp_s2s_sm_answer(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l,
			const struct stanza *el)
{
	bool waits = s->step == S2S_COUNT;

	if (waits && stanza_is(el, "enabled", NS_SM)) {
		begin_count(s, l, el);
		xmpp_s2s_link_done(l, true, "%s",
				   l->resume[0] != '\0' ? "to be resumed"
							: "not to be resumed");
		xmpp_s2s_out_ready(s);
	} else if (waits && stanza_is(el, "resumed", NS_SM)) {
		l->counted = true;
		if (!acknowledged(l, stanza_attr(el, "h"))) {
			wrong_number(l);
			return;
		}
		xmpp_s2s_link_done(l, true, "%u sent again", l->kept_count);
		send_again(l, s);
		xmpp_s2s_out_ready(s);
	} else if (waits && stanza_is(el, "failed", NS_SM)) {
		xmpp_s2s_link_done(l, false, "refused");
		if (l->resume[0] != '\0')
			not_resumed(s, l, el);
		else
			xmpp_s2s_out_ready(s);
	} else if (l->counted && stanza_is(el, "a", NS_SM)) {
		xmpp_s2s_sm_taken(s, l, stanza_attr(el, "h"));
	} else if (stanza_is(el, "r", NS_SM) && s->sm != NULL) {
		xmpp_s2s_sm_acknowledge(s);
	} else if (stanza_is(el, "r", NS_SM)) {
		conn_write_str(s->c, STR("<a xmlns='" NS_SM "' h='0'/>"));
	}
}
