/* SPDX-License-Identifier: MIT */
/* report.c - links as who administers them sees them
 *
 * Of one domain also what was tried, step by step.  Who came in and was sent
 * away is remembered for a while: what it called itself is not proved.
 */
#include <stdio.h>

#include "gateway/run/json.h"
#include "xmpp/s2s/link.h"

struct report {
	const struct xmpp_s2s *s;
	struct json_out out;
	struct str domain; /* STR_NONE: all */
};

void xmpp_s2s_note_refusal(const struct xmpp_s2s_stream *s, const char *why)
{
	struct xmpp_s2s *s2s = s->s2s;
	struct xmpp_s2s_refusal *r =
		&s2s->refusals[s2s->refused++ % XMPP_S2S_REFUSALS];

	r->at = loop_wall(s2s->x->loop);
	snprintf(r->from, sizeof(r->from), "%s",
		 s->remote.full.p != NULL ? s->remote.full.p : "");
	xmpp_s2s_whole(r->from);
	snprintf(r->peer, sizeof(r->peer), "%s", conn_peer(s->c));
	snprintf(r->why, sizeof(r->why), "%s", why);
}

static bool is_meant(const struct report *r, struct str domain)
{
	return r->domain.p == NULL || str_ieq(r->domain, domain);
}

static void add_security(struct json_out *out, const struct xmpp_s2s_stream *s,
			 struct str domain)
{
	const struct tls_info *tls = s != NULL ? conn_tls(s->c) : NULL;
	const char *why;

	if (s == NULL)
		return;
	why = xmpp_s2s_distrust(s, domain);
	json_out_text(out, "peer", conn_peer(s->c));
	json_out_text(out, "tls", tls != NULL ? tls->version : "");
	json_out_text(out, "cipher", tls != NULL ? tls->cipher : "");
	json_out_text(out, "certificate", why != NULL ? why : "good");
	json_out_bool(out, "dane", conn_tls_dane(s->c));
	json_out_bool(out, "bidi", s->bidi);
}

static void add_link(struct report *r, const struct xmpp_s2s_link *l)
{
	struct json_out *out = &r->out;

	json_out_object(out, NULL);
	json_out_text(out, "direction", "out");
	json_out_text(out, "from", l->from.full.p);
	json_out_text(out, "to", l->to.full.p);
	json_out_text(out, "state", xmpp_s2s_link_state_name(l->state));
	json_out_int(out, "since", l->since);
	json_out_text(out, "proof", l->state == LINK_READY ? l->proof : "");
	json_out_int(out, "waiting", l->waiting_count);
	json_out_int(out, "unacknowledged", l->kept_count);
	json_out_int(out, "sent", (int64_t)l->sent);
	json_out_text(out, "error", l->error);
	json_out_int(out, "error_at", l->error_at);
	add_security(out, xmpp_s2s_link_stream(l), l->to.full);
	if (r->domain.p != NULL)
		xmpp_s2s_trail_json(&l->trail, out, "steps");
	json_out_end_object(out);
}

static void add_pair(struct report *r, const struct xmpp_s2s_stream *s,
		     const struct xmpp_s2s_pair *p)
{
	struct json_out *out = &r->out;

	if (!is_meant(r, p->remote.full))
		return;
	json_out_object(out, NULL);
	json_out_text(out, "direction", "in");
	json_out_text(out, "from", p->remote.full.p);
	json_out_text(out, "to", p->local.full.p);
	json_out_text(out, "state", p->proof != NULL ? "ready" : "negotiating");
	json_out_int(out, "since", s->since);
	json_out_text(out, "proof", p->proof != NULL ? p->proof : "");
	add_security(out, s, p->remote.full);
	json_out_end_object(out);
}

static void add_links(struct report *r)
{
	const struct xmpp_s2s_link *l;
	size_t it = 0;

	json_out_array(&r->out, "links");
	while ((l = map_next(&r->s->links, &it)) != NULL)
		if (is_meant(r, l->to.full))
			add_link(r, l);
	LIST_EACH(node, &r->s->streams)
	{
		const struct xmpp_s2s_stream *in =
			LIST_OF(node, struct xmpp_s2s_stream, link);

		LIST_EACH(p, &in->pairs)
		{
			add_pair(r, in, LIST_OF(p, struct xmpp_s2s_pair, link));
		}
	}
	json_out_end_array(&r->out);
}

/* Newest first. */
static void add_refusals(struct report *r)
{
	const struct xmpp_s2s *s = r->s;
	unsigned n =
		s->refused < XMPP_S2S_REFUSALS ? s->refused : XMPP_S2S_REFUSALS;

	json_out_array(&r->out, "refused");
	for (unsigned i = 1; i <= n; i++) {
		const struct xmpp_s2s_refusal *x =
			&s->refusals[(s->refused - i) % XMPP_S2S_REFUSALS];

		if (!is_meant(r, str_of(x->from)))
			continue;
		json_out_object(&r->out, NULL);
		json_out_text(&r->out, "from", x->from);
		json_out_text(&r->out, "peer", x->peer);
		json_out_text(&r->out, "why", x->why);
		json_out_int(&r->out, "at", x->at);
		json_out_end_object(&r->out);
	}
	json_out_end_array(&r->out);
}

static void add_policy(struct report *r)
{
	struct xmpp_s2s_policy p =
		xmpp_s2s_policy(xmpp_s2s_config(r->s), r->domain);

	json_out_text(&r->out, "domain", r->domain.p);
	json_out_object(&r->out, "policy");
	json_out_bool(&r->out, "allow", p.allow);
	json_out_text(&r->out, "tls", p.tls_required ? "required" : "optional");
	json_out_text(&r->out, "auth", p.certificate ? "external" : "dialback");
	json_out_text(&r->out, "host", p.host != NULL ? p.host : "");
	json_out_end_object(&r->out);
}

/* domain: as jids have it, or none. */
static void print(struct report *r, struct buf *json)
{
	json_out_init(&r->out, json);
	json_out_object(&r->out, NULL);
	if (r->domain.p != NULL)
		add_policy(r);
	add_links(r);
	add_refusals(r);
	json_out_end_object(&r->out);
}

enum gw_err xmpp_s2s_report(const struct xmpp *x, struct str domain,
			    struct buf *json)
{
	struct report r = { .s = x->s2s };
	struct arena *a = arena_new();
	struct jid j;
	enum gw_err e = GW_OK;

	if (domain.p != NULL) {
		e = xmpp_jid_make(a, STR_NONE, domain, STR_NONE, &j);
		r.domain = arena_str(a, j.full);
	}
	if (e == GW_OK)
		print(&r, json);
	arena_free(&a);
	return e;
}

enum gw_err xmpp_s2s_try(struct xmpp *x, struct str domain,
			 struct err_note *note)
{
	struct xmpp_s2s *s = x->s2s;
	struct arena *a = arena_new();
	struct xmpp_s2s_link *l;
	struct jid to;
	enum gw_err e = xmpp_jid_make(a, STR_NONE, domain, STR_NONE, &to);

	if (e != GW_OK)
		e = err_say(note, GW_BAD_INPUT, "that is no domain");
	else if (s->dns == NULL || s->stopping)
		e = err_say(note, GW_UNAVAIL,
			    "nothing is exchanged with other servers: "
			    "xmpp.s2s.listen names no address");
	else if (xmpp_s2s_is_ours(s, to.full))
		e = err_say(note, GW_BAD_INPUT, "that domain is served here");
	if (e == GW_OK) {
		l = xmpp_s2s_link_want(s, x->domains[0], to);
		if (l != NULL)
			xmpp_s2s_link_start(l);
		else
			e = err_say(note, GW_LIMIT, "too many links");
	}
	arena_free(&a);
	return e;
}
