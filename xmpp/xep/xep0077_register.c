/* SPDX-License-Identifier: MIT */
/* xep0077_register.c - XEP-0077: new accounts, where a switch allows them, and
 * another password for the one there is
 *
 * A password is changed by who has shown the old one lately: with the log-in
 * of this stream, or with the form of 3.3.  So neither a token nor a machine
 * left alone is enough.
 */
#include "gateway/run/log.h"
#include "xmpp/module.h"
#include "xmpp/sasl/sasl_private.h"
#include "xmpp/sasl/tries.h"
#include "xmpp/xep/register.h"

#define NS_REGISTER "jabber:iq:register"
#define NS_FEATURE  "http://jabber.org/features/iq-register"
#define NS_TOKEN    "urn:xmpp:ibr-token:0"
#define NS_DATA	    "jabber:x:data"

#define FRESH	 (10 * WHEN_MINUTE) /* a password shown since */
#define PERIOD	 WHEN_HOUR
#define CHANGES	 5 /* of one account in a period, right or wrong */
#define ACCOUNTS 3 /* from one address in a period, without invitation */
#define SLOTS	 1024

extern const struct xmpp_module xmpp_mod_register;

struct slot {
	int64_t since;
	unsigned count;
};

struct register_host {
	struct slot changes[SLOTS], accounts[SLOTS];
};

static bool is_on(const struct xmpp *x)
{
	return x->conf->registration != XMPP_REGISTER_CLOSED &&
	       x->people.add != NULL;
}

/* In a table of fixed size: two that share a slot share its count. */
static bool too_often(struct xmpp *x, struct slot *table, uint64_t key,
		      unsigned max)
{
	struct slot *slot = &table[(key >> 1) % SLOTS];
	int64_t now = loop_now(x->loop);

	if (slot->count == 0 || now - slot->since > PERIOD)
		*slot = (struct slot){ .since = now };
	return ++slot->count > max;
}

static struct register_host *host_of(struct xmpp *x)
{
	return xmpp_module_host(x, &xmpp_mod_register);
}

/* ---- before log-in ---- */

void xmpp_register_offer(struct xmpp_stream *s, struct arena *a,
			 struct stanza *features)
{
	if (!is_on(s->x) || !xmpp_sasl_private(s))
		return;
	stanza_add_new(a, features, "register", NS_TOKEN);
	stanza_add_new(a, features, "register", NS_FEATURE);
}

static void refuse(struct xmpp_stream *s, const struct stanza *iq,
		   enum xmpp_condition cond, const char *text)
{
	struct arena *a = xmpp_arena_get(s->x);

	xmpp_stream_send(s, xmpp_fault_stanza(a, iq, cond, text));
	xmpp_arena_put(s->x, a);
}

static void answer(struct xmpp_stream *s, const struct stanza *iq,
		   struct arena *a, struct stanza *payload)
{
	struct stanza *out = stanza_new(a, "iq", NS_CLIENT);

	stanza_set_attr(a, out, "type", STR("result"));
	stanza_set_attr(a, out, "from", s->login->host.full);
	stanza_set_attr(a, out, "id", stanza_attr(iq, "id"));
	if (payload != NULL)
		stanza_add(out, payload);
	xmpp_stream_send(s, out);
}

static void answer_empty(struct xmpp_stream *s, const struct stanza *iq)
{
	struct arena *a = xmpp_arena_get(s->x);

	answer(s, iq, a, NULL);
	xmpp_arena_put(s->x, a);
}

static bool may_register(const struct xmpp_stream *s)
{
	return s->x->conf->registration == XMPP_REGISTER_OPEN ||
	       s->login->invitation.n > 0;
}

/* A guessed token is a failed log-in. */
static void on_token(struct xmpp_stream *s, const struct stanza *iq,
		     const struct stanza *preauth)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct str name =
		xmpp_invitation_find(s, a, stanza_attr(preauth, "token"));

	if (name.n > 0) {
		s->login->invitation = arena_str(s->a, name);
		answer(s, iq, a, NULL);
	} else {
		refuse(s, iq, XMPP_ITEM_NOT_FOUND, "no such invitation");
		xmpp_sasl_failed_once(s);
	}
	xmpp_arena_put(s->x, a);
}

static void on_fields(struct xmpp_stream *s, const struct stanza *iq)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *query = stanza_new(a, "query", NS_REGISTER);

	stanza_add_leaf(a, query, "instructions", NS_REGISTER,
			STR("Choose a name and a password."));
	stanza_add_new(a, query, "username", NS_REGISTER);
	stanza_add_new(a, query, "password", NS_REGISTER);
	answer(s, iq, a, query);
	xmpp_arena_put(s->x, a);
}

struct registering {
	struct arena *a;
	struct xmpp_asking *q;
	struct xmpp *x;
	struct xmpp_stream *s;
	const struct stanza *iq;
	struct jid who;
	struct str password;
	struct str invitation; /* taken; or none */
};

/* The stream that waits, if it still does. */
static bool still_there(struct registering *r)
{
	struct conn *c;
	uint64_t id;

	r->s = NULL;
	if (!xmpp_asking_end(r->q, &r->x, &id))
		return false;
	c = conn_find(r->x->net, id);
	r->s = c != NULL ? conn_state(c) : NULL;
	if (r->s != NULL && r->s->step == STREAM_CLOSED)
		r->s = NULL;
	return true;
}

static void registering_end(struct registering *r)
{
	struct arena *a = r->a;

	if (r->s != NULL)
		xmpp_stream_answered(r->s);
	arena_wipe(a); /* the password stands in the request too */
	arena_free(&a);
}

static enum xmpp_condition condition_of(enum gw_err e)
{
	return e == GW_BAD_INPUT || e == GW_LIMIT ? XMPP_NOT_ACCEPTABLE
						  : xmpp_fault_of(e);
}

static void on_added(void *arg, enum gw_err e, const char *why)
{
	struct registering *r = arg;
	bool up = still_there(r);

	if (up && r->invitation.n > 0)
		xmpp_invitation_end(r->x, r->invitation, e == GW_OK);
	if (e == GW_OK)
		log_info("xmpp.registered", "user", LOG_STR(r->who.bare),
			 "invitation", r->invitation.n > 0 ? "yes" : "no",
			 NULL);
	if (r->s != NULL && e == GW_OK) {
		r->s->login->invitation = STR_NONE;
		answer_empty(r->s, r->iq);
	} else if (r->s != NULL) {
		refuse(r->s, r->iq, condition_of(e), why);
	}
	registering_end(r);
}

static void add(struct registering *r, uint64_t conn)
{
	struct xmpp *x = r->x;

	r->q = xmpp_asking_new(x, conn);
	x->people.add(x->people.self, r->who.bare, r->password, on_added, r);
}

static void on_taken(void *arg, enum gw_err e)
{
	struct registering *r = arg;
	bool up = still_there(r);

	if (up && e == GW_OK && r->s != NULL) {
		add(r, conn_id(r->s->c));
		return;
	}
	if (up)
		xmpp_invitation_end(r->x, r->invitation, false);
	if (r->s != NULL)
		refuse(r->s, r->iq, condition_of(e), NULL);
	registering_end(r);
}

static void make_account(struct xmpp_stream *s, const struct stanza *iq,
			 struct jid who, struct str password)
{
	struct arena *a = arena_new();
	struct registering *r = arena_alloc(a, sizeof(*r));

	r->a = a;
	r->x = s->x;
	r->iq = stanza_copy(a, iq);
	r->who = xmpp_jid_copy(a, who);
	r->password = arena_str(a, password);
	xmpp_stream_hold(s);
	if (s->x->conf->registration == XMPP_REGISTER_OPEN) {
		add(r, conn_id(s->c));
		return;
	}
	r->invitation = arena_str(a, s->login->invitation);
	r->q = xmpp_asking_new(s->x, conn_id(s->c));
	xmpp_invitation_take(s->x, r->invitation, r->who, on_taken, r);
}

static void on_register(struct xmpp_stream *s, const struct stanza *iq,
			const struct stanza *query)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct str name = stanza_child_text(a, query, "username", NS_REGISTER);
	struct str password =
		stanza_child_text(a, query, "password", NS_REGISTER);
	struct jid who;

	if (name.n == 0 || password.n == 0)
		refuse(s, iq, XMPP_BAD_REQUEST, "name and password");
	else if (xmpp_jid_make(a, name, s->login->host.full, STR_NONE, &who) !=
		 GW_OK)
		refuse(s, iq, XMPP_JID_MALFORMED, NULL);
	else if (str_eq(who.bare, s->x->desk_jid.bare) ||
		 xmpp_invitation_reserves(s->x, who, s->login->invitation))
		refuse(s, iq, XMPP_CONFLICT, NULL);
	else if (s->x->conf->registration == XMPP_REGISTER_INVITED &&
		 !xmpp_invitation_fits(s->x, s->login->invitation, who))
		refuse(s, iq, XMPP_NOT_ALLOWED,
		       "the invitation is for another name, or used");
	else if (s->x->conf->registration == XMPP_REGISTER_OPEN &&
		 too_often(s->x, host_of(s->x)->accounts,
			   xmpp_tries_place(s->x->tries, conn_peer_host(s->c)),
			   ACCOUNTS))
		refuse(s, iq, XMPP_RESOURCE_CONSTRAINT, "try again later");
	else
		make_account(s, iq, who, password);
	xmpp_arena_put(s->x, a);
}

const char *xmpp_register_guest(struct xmpp_stream *s, const struct stanza *iq)
{
	const struct stanza *payload = xmpp_payload(iq);
	bool set = str_is(stanza_attr(iq, "type"), "set");

	if (!is_on(s->x) || !xmpp_sasl_private(s) || s->sasl != NULL ||
	    payload == NULL || stanza_attr(iq, "id").n == 0)
		return "not-authorized";
	if (set && stanza_is(payload, "preauth", XMPP_NS_PREAUTH))
		on_token(s, iq, payload);
	else if (!stanza_is(payload, "query", NS_REGISTER))
		return "not-authorized";
	else if (!may_register(s))
		refuse(s, iq, XMPP_NOT_ALLOWED, "an invitation is needed");
	else if (set)
		on_register(s, iq, payload);
	else
		on_fields(s, iq);
	return NULL;
}

/* ---- another password ---- */

struct changing {
	struct arena *a;
	struct xmpp_later *later;
	struct xmpp *x;
	uint64_t session;
	struct str who, password;
};

static void changing_end(struct changing *w)
{
	struct arena *a = w->a;
	struct xmpp_session *s = xmpp_session_get(w->x, w->session);

	if (s != NULL)
		s->spared = false;
	xmpp_later_end(&w->later);
	arena_wipe(a);
	arena_free(&a);
}

static void say(struct changing *w, enum gw_err e, const char *why)
{
	const struct stanza *iq;
	struct xmpp_ctx c;

	if (!xmpp_later_begin(w->later, &c, &iq))
		return;
	if (e == GW_OK)
		xmpp_reply(&c, iq, NULL);
	else
		xmpp_reply_error(&c, iq, condition_of(e), why);
}

static void on_changed(void *arg, enum gw_err e, const char *why)
{
	struct changing *w = arg;
	struct xmpp_session *s = xmpp_session_get(w->x, w->session);
	struct xmpp_stream *st = s != NULL ? xmpp_stream_of(s) : NULL;

	if (e == GW_OK && st != NULL)
		st->proved_at = loop_now(w->x->loop);
	say(w, e, why);
	changing_end(w);
}

/* Its other sessions and its tokens end with the old password; this one is
 * told. */
static void change(struct changing *w)
{
	struct xmpp_session *s = xmpp_session_get(w->x, w->session);

	if (s == NULL) {
		changing_end(w);
		return;
	}
	s->spared = true;
	w->x->people.set_password(w->x->people.self, w->who, w->password,
				  on_changed, w);
}

static void on_checked(void *arg, enum gw_err e)
{
	struct changing *w = arg;

	if (e == GW_OK) {
		change(w);
		return;
	}
	say(w, e == GW_UNAVAIL ? e : GW_DENIED, "the old password is wrong");
	changing_end(w);
}

static void add_field(struct arena *a, struct stanza *form, const char *name,
		      const char *type)
{
	struct stanza *f = stanza_add_new(a, form, "field", NS_DATA);

	stanza_set_attr(a, f, "var", str_of(name));
	stanza_set_attr(a, f, "type", str_of(type));
	stanza_add_new(a, f, "required", NS_DATA);
}

/* 3.3: what else is needed, in the error. */
static void ask_for_old(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct stanza *out = xmpp_fault_stanza(c->a, iq, XMPP_NOT_AUTHORIZED,
					       "give the old password too");
	struct stanza *query, *form;

	if (out == NULL)
		return;
	query = stanza_add_new(c->a, out, "query", NS_REGISTER);
	form = stanza_add_new(c->a, query, "x", NS_DATA);
	stanza_set_attr(c->a, form, "type", STR("form"));
	add_field(c->a, form, "username", "text-single");
	add_field(c->a, form, "old_password", "text-private");
	add_field(c->a, form, "password", "text-private");
	xmpp_session_send(c->session, out);
}

static struct str form_value(struct arena *a, const struct stanza *query,
			     const char *name)
{
	const struct stanza *form = stanza_child(query, "x", NS_DATA), *f;

	for (f = stanza_child(form, "field", NS_DATA); f != NULL;
	     f = stanza_next(f, "field", NS_DATA))
		if (str_is(stanza_attr(f, "var"), name))
			return stanza_child_text(a, f, "value", NS_DATA);
	return STR_NONE;
}

static struct str value(struct arena *a, const struct stanza *query,
			const char *name)
{
	struct str text = stanza_child_text(a, query, name, NS_REGISTER);

	return text.n > 0 ? text : form_value(a, query, name);
}

static bool proved_lately(const struct xmpp_ctx *c)
{
	const struct xmpp_stream *st = xmpp_stream_of(c->session);

	return st != NULL && st->proved_at > 0 &&
	       loop_now(c->x->loop) - st->proved_at < FRESH;
}

static void begin_change(struct xmpp_ctx *c, const struct stanza *iq,
			 struct str old, struct str password)
{
	struct arena *a = arena_new();
	struct changing *w = arena_alloc(a, sizeof(*w));

	w->a = a;
	w->x = c->x;
	w->session = c->session->handle;
	w->later = xmpp_later(c, iq);
	w->who = arena_str(a, c->session->jid.bare);
	w->password = arena_str(a, password);
	if (old.n == 0)
		change(w);
	else
		c->x->people.check(c->x->people.self, w->who, old, on_checked,
				   w);
}

static bool names_me(struct xmpp_ctx *c, struct str name)
{
	struct jid j;

	return name.n > 0 &&
	       xmpp_jid_make(c->a, name, c->session->jid.domain, STR_NONE,
			     &j) == GW_OK &&
	       str_eq(j.bare, c->session->jid.bare);
}

static enum xmpp_verdict on_set(struct xmpp_ctx *c, const struct stanza *iq)
{
	const struct stanza *query = xmpp_payload(iq);
	struct str password = value(c->a, query, "password");
	struct str old = form_value(c->a, query, "old_password");

	if (c->session == NULL || c->x->people.set_password == NULL ||
	    stanza_child(query, "remove", NS_REGISTER) != NULL) {
		xmpp_reply_error(c, iq, XMPP_NOT_ALLOWED, NULL);
	} else if (password.n == 0) {
		xmpp_reply_error(c, iq, XMPP_BAD_REQUEST, NULL);
	} else if (!names_me(c, value(c->a, query, "username"))) {
		xmpp_reply_error(c, iq, XMPP_NOT_ALLOWED, NULL);
	} else if (old.n == 0 && !proved_lately(c)) {
		ask_for_old(c, iq);
	} else if (too_often(
			   c->x, host_of(c->x)->changes,
			   xmpp_tries_place(c->x->tries, c->session->jid.bare),
			   CHANGES)) {
		xmpp_reply_error(c, iq, XMPP_RESOURCE_CONSTRAINT,
				 "try again later");
	} else {
		begin_change(c, iq, old, password);
		return XMPP_LATER;
	}
	return XMPP_DONE;
}

static enum xmpp_verdict on_get(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct stanza *query = stanza_new(c->a, "query", NS_REGISTER);

	if (c->session == NULL || c->x->people.set_password == NULL) {
		xmpp_reply_error(c, iq, XMPP_NOT_ALLOWED, NULL);
		return XMPP_DONE;
	}
	stanza_add_new(c->a, query, "registered", NS_REGISTER);
	stanza_add_leaf(c->a, query, "username", NS_REGISTER,
			c->session->jid.local);
	stanza_add_new(c->a, query, "password", NS_REGISTER);
	xmpp_reply(c, iq, query);
	return XMPP_DONE;
}

static const char *const features[] = { NS_REGISTER, NULL };

static const struct xmpp_iq_route routes[] = {
	{ IQ_GET, AT_HOST | AT_OWN, NS_REGISTER, "query", on_get },
	{ IQ_SET, AT_HOST | AT_OWN, NS_REGISTER, "query", on_set },
	{ .fn = NULL },
};

const struct xmpp_module xmpp_mod_register = {
	.name = "register",
	.xep = "0077",
	.doc = "makes accounts where that is allowed, changes passwords",
	.features = features,
	.is_on = is_on,
	.iq = routes,
	.host_size = sizeof(struct register_host),
};
