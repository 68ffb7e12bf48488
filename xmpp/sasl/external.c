/* SPDX-License-Identifier: MIT */
/* external.c - log-in by a client's certificate (RFC 4422 A, XEP-0178)
 *
 * Whom it speaks for stands in the subjectAltName, as xmppAddr or
 * rfc822Name, and nowhere else: never in a printed name (B12).
 */
#include "xmpp/sasl/sasl_private.h"

struct search {
	struct xmpp_stream *s;
	struct arena *a;
	struct str wanted; /* bare; none: whoever comes first */
	unsigned count;
	struct jid found;
};

/* An address of this host; other names in the certificate are passed over. */
static void consider(void *arg, struct str name)
{
	struct search *w = arg;
	struct jid j;

	if (xmpp_jid_parse(w->a, name, &j) != GW_OK || j.local.n == 0 ||
	    j.resource.p != NULL || !str_eq(j.domain, w->s->login->host.full) ||
	    str_eq(j.bare, w->s->x->desk_jid.bare))
		return;
	if (w->wanted.n > 0 && !str_eq(w->wanted, j.bare))
		return;
	if (w->count > 0 && str_eq(j.bare, w->found.bare))
		return;
	w->found = j;
	w->count++;
}

static unsigned search(struct xmpp_stream *s, struct search *w)
{
	w->s = s;
	if (s->secured && conn_tls_distrust(s->c) == NULL)
		conn_tls_addresses(s->c, consider, w);
	return w->count;
}

bool xmpp_sasl_has_certificate(const struct xmpp_stream *s)
{
	struct search w = { .a = arena_new() };
	unsigned n = 0;

	if (*s->x->conf->client_ca != '\0')
		n = search((struct xmpp_stream *)(uintptr_t)s, &w);
	arena_free(&w.a);
	return n > 0;
}

static void on_person(void *arg, enum gw_err e, const struct people_person *p)
{
	struct xmpp_stream *s = xmpp_sasl_answered(arg);

	if (s == NULL)
		return;
	if (e == GW_OK && !p->disabled)
		xmpp_sasl_pass(s, STR_NONE);
	else if (e == GW_OK || e == GW_NOT_FOUND || e == GW_DENIED)
		xmpp_sasl_deny(s);
	else
		xmpp_sasl_fail(s, "temporary-auth-failure");
}

/* msg: whom the client wants to be; empty: the certificate says it, and must
 * say one only (XEP-0178 2, 10). */
void xmpp_sasl_external(struct xmpp_stream *s, struct str msg)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct search w = { .a = sasl->a };
	struct jid wanted;

	sasl->user = s->login->host;
	if (msg.n > 0) {
		if (xmpp_jid_parse(sasl->a, arena_str(sasl->a, msg), &wanted) !=
			    GW_OK ||
		    wanted.resource.p != NULL) {
			xmpp_sasl_fail(s, "invalid-authzid");
			return;
		}
		w.wanted = wanted.bare;
	} else {
		w.wanted = s->login->from;
	}
	if (search(s, &w) != 1) {
		xmpp_sasl_fail(s, msg.n > 0 ? "invalid-authzid"
					    : "not-authorized");
		return;
	}
	sasl->user = w.found;
	sasl->known = true;
	if (!xmpp_sasl_authzid_fits(s, msg))
		xmpp_sasl_fail(s, "invalid-authzid");
	else
		s->x->people.find(s->x->people.self, sasl->user.bare, on_person,
				  xmpp_sasl_ask(s));
}
