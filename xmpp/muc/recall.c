/* SPDX-License-Identifier: MIT */
/* recall.c - what a newcomer is told of the past (7.2.13 to 7.2.15) */
#include "gateway/base/when.h"
#include "xmpp/muc/news.h"

static int64_t number(const struct stanza *history, const char *name)
{
	int64_t n;

	if (str_int(stanza_attr(history, name), 0, INT64_MAX, &n) != GW_OK)
		return -1;
	return n;
}

static struct xmpp_muc_wish wish_of(const struct stanza *join)
{
	const struct stanza *x = stanza_child(join, "x", NS_MUC);
	const struct stanza *history = stanza_child(x, "history", NS_MUC);
	struct xmpp_muc_wish w = {
		.max_stanzas = number(history, "maxstanzas"),
		.max_chars = number(history, "maxchars"),
		.seconds = number(history, "seconds"),
		.since = INT64_MIN,
	};

	if (when_parse_rfc3339(stanza_attr(history, "since"), &w.since) !=
	    GW_OK)
		w.since = INT64_MIN;
	return w;
}

static void add_delay(struct xmpp_ctx *c, struct stanza *st,
		      const struct xmpp_room *r, int64_t stamp)
{
	struct stanza *delay = stanza_add_new(c->a, st, "delay", NS_DELAY);
	char text[WHEN_TEXT_MAX];

	stanza_set_attr(c->a, delay, "from", r->jid.bare);
	stanza_set_attr(c->a, delay, "stamp",
			str_of(when_rfc3339(stamp, text)));
}

struct stanza *xmpp_muc_subject_stanza(struct xmpp_ctx *c,
				       const struct xmpp_room *r, bool late)
{
	struct stanza *st = stanza_new(c->a, "message", NS_CLIENT);
	struct str from = r->jid.bare;

	if (*r->subject_by != '\0')
		from = str_of(arena_printf(c->a, STR_FMT "/%s", STR_ARG(from),
					   r->subject_by));
	stanza_set_attr(c->a, st, "from", from);
	stanza_set_attr(c->a, st, "type", STR("groupchat"));
	stanza_add_leaf(c->a, st, "subject", NS_CLIENT, str_of(r->subject));
	if (late && r->subject_stamp != 0)
		add_delay(c, st, r, r->subject_stamp);
	return st;
}

static void recall_line(struct xmpp_ctx *c, const struct xmpp_muc_seat *s,
			const struct xmpp_muc_line *line)
{
	const struct xmpp_room *r = s->of->room;
	struct stanza *st;

	/* We wrote it ourselves; a row spoilt on disk is passed over. */
	if (xmpp_xml_parse(r->muc->parser, NULL, line->stanza, c->a, &st) !=
	    GW_OK)
		return;
	add_delay(c, st, r, line->stamp);
	stanza_set_attr(c->a, st, "to", s->jid.full);
	xmpp_route_to(c, s->jid, st);
}

void xmpp_muc_recall(struct xmpp_ctx *c, const struct xmpp_muc_seat *s,
		     const struct stanza *join)
{
	const struct xmpp_room *r = s->of->room;
	struct xmpp_muc_wish w = wish_of(join);
	struct stanza *subject = xmpp_muc_subject_stanza(c, r, true);
	int64_t now = loop_wall(xmpp_loop(c->x));

	for (size_t i = xmpp_muc_history_from(&r->history, &w, now);
	     i < r->history.count; i++)
		recall_line(c, s, xmpp_muc_history_at(&r->history, i));
	stanza_set_attr(c->a, subject, "to", s->jid.full);
	xmpp_route_to(c, s->jid, subject);
}
