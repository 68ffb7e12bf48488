/* SPDX-License-Identifier: MIT */
/* xep0445_invitation.c - XEP-0445: a token that makes one account
 *
 * Kept is a hash of the token.  It is used up on disk before the account is
 * made, so that no crash makes it good for two; if no account comes of it, it
 * is written back.  An invitation of a person's stays until the two are
 * contacts: because the account was made, or because the newcomer has shown it
 * with the request to that person (XEP-0379), which it answers.
 */
#include <stdio.h>

#include "gateway/base/codec.h"
#include "gateway/run/log.h"
#include "gateway/store/kv.h"
#include "xmpp/im/befriend.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/register.h"

#define ROOM	   "xmpp-invitation"
#define OPEN_MAX   10000
#define TOKEN_LEN  24 /* bytes: 192 bits */
#define SHOWN_HASH 16
#define NOBODY	   "-"

extern const struct xmpp_module xmpp_mod_invitation;

struct invitation {
	char *name; /* hash of the token, in hex */
	/* NOBODY where there is none. */
	char *address; /* the account that may be made, or a domain */
	char *inviter;
	char *by; /* the account that came of it */
	char *maker;
	int64_t expiry; /* wall */
	bool taken;	/* under way */
};

struct invitation_host {
	struct map open;
};

static struct invitation_host *host_of(struct xmpp *x)
{
	return xmpp_module_host(x, &xmpp_mod_invitation);
}

static void invitation_free(struct invitation_host *h, struct invitation *i)
{
	map_del(&h->open, str_of(i->name));
	mem_free(i->name);
	mem_free(i->address);
	mem_free(i->inviter);
	mem_free(i->by);
	mem_free(i->maker);
	mem_free(i);
}

static bool is_nobody(const char *who)
{
	return strcmp(who, NOBODY) == 0;
}

static void set_text(char **text, struct str to)
{
	mem_free(*text);
	*text = to.n > 0 ? mem_strndup(to.p, to.n) : mem_strdup(NOBODY);
}

static struct invitation *invitation_new(struct invitation_host *h,
					 struct str name)
{
	struct invitation *i = mem_new(sizeof(*i));

	i->name = mem_strndup(name.p, name.n);
	set_text(&i->address, STR_NONE);
	set_text(&i->inviter, STR_NONE);
	set_text(&i->by, STR_NONE);
	set_text(&i->maker, STR_NONE);
	map_put(&h->open, str_of(i->name), i);
	return i;
}

static bool is_open(const struct xmpp *x, const struct invitation *i)
{
	return !i->taken && i->expiry > loop_wall(x->loop);
}

static void put(struct xmpp *x, const struct invitation *i,
		void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct store_kv row = { .room = ROOM, .key = str_of(i->name) };
	struct arena *a = xmpp_arena_get(x);

	row.value =
		str_of(arena_printf(a, "%lld %s %s %s %s", (long long)i->expiry,
				    i->address, i->inviter, i->by, i->maker));
	store_kv_put(x->store, &row, done, arg);
	xmpp_arena_put(x, a);
}

static void drop(struct xmpp *x, const struct invitation *i,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct store_kv row = { .room = ROOM, .key = str_of(i->name) };

	store_kv_put(x->store, &row, done, arg);
}

static void sweep(struct xmpp *x)
{
	struct invitation_host *h = host_of(x);
	struct invitation *i;
	size_t it = 0;

	while ((i = map_next(&h->open, &it)) != NULL) {
		if (i->taken || i->expiry > loop_wall(x->loop))
			continue;
		drop(x, i, NULL, NULL);
		invitation_free(h, i);
	}
}

static struct str name_of(struct arena *a, struct str token)
{
	uint8_t hash[CRYPTO_HASH_MAX];

	crypto_digest(CRYPTO_SHA256, token, hash);
	return str_of(codec_hex(a, hash, SHOWN_HASH));
}

struct str xmpp_invitation_find(struct xmpp_stream *s, struct arena *a,
				struct str token)
{
	struct str name = name_of(a, token);
	struct invitation *i = map_get(&host_of(s->x)->open, name);
	struct jid j;

	if (i == NULL || !is_open(s->x, i) || !is_nobody(i->by) ||
	    xmpp_jid_parse(a, str_of(i->address), &j) != GW_OK ||
	    !str_eq(j.domain, s->login->host.full))
		return STR_NONE;
	return name;
}

/* 4: whether its time is over was asked when it was shown. */
bool xmpp_invitation_fits(struct xmpp *x, struct str name, struct jid account)
{
	const struct invitation *i = map_get(&host_of(x)->open, name);

	return i != NULL && !i->taken && is_nobody(i->by) &&
	       (str_is(account.bare, i->address) ||
		str_is(account.domain, i->address));
}

void xmpp_invitation_take(struct xmpp *x, struct str name, struct jid account,
			  void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct invitation *i = map_get(&host_of(x)->open, name);

	i->taken = true;
	set_text(&i->by, account.bare);
	if (!is_nobody(i->inviter))
		put(x, i, done, arg);
	else
		drop(x, i, done, arg);
}

struct ending {
	struct xmpp *x;
	char *name;
};

/* If they are no contacts, the newcomer may still show it (XEP-0379). */
static void on_contacts(void *arg, enum gw_err e)
{
	struct ending *w = arg;
	struct invitation *i =
		w->x->stopping ? NULL
			       : map_get(&host_of(w->x)->open, str_of(w->name));

	if (i != NULL)
		i->taken = false;
	if (i != NULL && e == GW_OK) {
		drop(w->x, i, NULL, NULL);
		invitation_free(host_of(w->x), i);
	}
	mem_free(w->name);
	mem_free(w);
}

static void make_contacts(struct xmpp *x, const struct invitation *i)
{
	struct arena *a = xmpp_arena_get(x);
	struct ending *w = mem_new(sizeof(*w));
	struct jid inviter, newcomer;

	w->x = x;
	w->name = mem_strdup(i->name);
	if (xmpp_jid_parse(a, str_of(i->inviter), &inviter) == GW_OK &&
	    xmpp_jid_parse(a, str_of(i->by), &newcomer) == GW_OK)
		xmpp_befriend(x, inviter, newcomer, on_contacts, w);
	else
		on_contacts(w, GW_INTERNAL);
	xmpp_arena_put(x, a);
}

void xmpp_invitation_end(struct xmpp *x, struct str name, bool used)
{
	struct invitation *i = map_get(&host_of(x)->open, name);

	if (used && !is_nobody(i->inviter)) {
		make_contacts(x, i);
	} else if (used) {
		invitation_free(host_of(x), i);
	} else {
		i->taken = false;
		set_text(&i->by, STR_NONE);
		put(x, i, NULL, NULL);
	}
}

bool xmpp_invitation_reserves(struct xmpp *x, struct jid account,
			      struct str but)
{
	const struct invitation *i;
	size_t it = 0;

	while ((i = map_next(&host_of(x)->open, &it)) != NULL)
		if (str_is(account.bare, i->address) && is_open(x, i) &&
		    is_nobody(i->by) && !str_is(but, i->name))
			return true;
	return false;
}

struct str xmpp_invitation_meets(struct xmpp *x, struct arena *a,
				 struct str token, struct jid acc,
				 struct jid contact)
{
	struct str name = name_of(a, token);
	struct invitation *i = map_get(&host_of(x)->open, name);

	if (i == NULL || !is_open(x, i) || !str_is(acc.bare, i->inviter) ||
	    !(is_nobody(i->by) || str_is(contact.bare, i->by)))
		return STR_NONE;
	i->taken = true;
	return name;
}

void xmpp_invitation_met(struct xmpp *x, struct str name, bool met)
{
	struct invitation *i = map_get(&host_of(x)->open, name);

	i->taken = false;
	if (!met)
		return;
	drop(x, i, NULL, NULL);
	invitation_free(host_of(x), i);
}

/* ---- making them ---- */

struct making {
	struct arena *a;
	struct xmpp_asking *q;
	struct jid address, inviter; /* bare.n == 0: none */
	struct str maker;
	bool to_register;
	struct xmpp_invitation out;
	struct str name;
	xmpp_invited_fn *done;
	void *arg;
};

static void making_end(struct making *m, enum gw_err e)
{
	struct arena *a = m->a;

	m->done(m->arg, e, e == GW_OK ? &m->out : NULL);
	arena_free(&a);
}

static void on_made(void *arg, enum gw_err e)
{
	struct making *m = arg;
	struct invitation *i;
	struct xmpp *x;
	uint64_t none;

	if (xmpp_asking_end(m->q, &x, &none) && e != GW_OK) {
		i = map_get(&host_of(x)->open, m->name);
		if (i != NULL)
			invitation_free(host_of(x), i);
	}
	making_end(m, e);
}

static enum gw_err take_inviter(struct xmpp *x, struct making *m,
				struct str address)
{
	struct jid *j = &m->inviter;

	if (address.n == 0)
		return GW_OK;
	if (xmpp_jid_parse(m->a, address, j) != GW_OK || j->local.n == 0 ||
	    j->resource.p != NULL || !xmpp_is_local(x, j->domain))
		return GW_BAD_INPUT;
	return GW_OK;
}

/* A domain of ours, or an account there that is to be. */
static enum gw_err take_address(struct xmpp *x, struct making *m,
				struct str address)
{
	struct jid *j = &m->address;

	if (address.n == 0)
		return m->inviter.bare.n > 0 ? GW_OK : GW_BAD_INPUT;
	if (xmpp_jid_parse(m->a, address, j) != GW_OK ||
	    j->resource.p != NULL || !xmpp_is_local(x, j->domain))
		return GW_BAD_INPUT;
	if (x->conf->registration == XMPP_REGISTER_CLOSED ||
	    x->people.add == NULL)
		return GW_DENIED;
	if (str_eq(j->bare, x->desk_jid.bare) ||
	    xmpp_invitation_reserves(x, *j, STR_NONE))
		return GW_CONFLICT;
	return GW_OK;
}

static enum gw_err within_limits(struct xmpp *x, struct str maker)
{
	const struct invitation *i;
	int64_t mine = 0;
	size_t it = 0;

	if (host_of(x)->open.used >= OPEN_MAX)
		return GW_LIMIT;
	while (maker.n > 0 && (i = map_next(&host_of(x)->open, &it)) != NULL)
		mine += str_is(maker, i->maker);
	return maker.n > 0 && mine >= x->conf->invitations ? GW_LIMIT : GW_OK;
}

static char *random_token(struct xmpp *x, struct arena *a)
{
	uint8_t bytes[TOKEN_LEN];

	loop_random(x->loop, bytes, sizeof(bytes));
	return codec_hex(a, bytes, sizeof(bytes));
}

/* RFC 5122 2.2, and no byte more than any reader of it will take. */
static void add_escaped(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') ||
		    (c != '\0' && strchr("-._~", c) != NULL))
			buf_add_char(out, c);
		else
			buf_printf(out, "%%%02X", (unsigned)(uint8_t)c);
	}
}

/* XEP-0445 3, XEP-0379 3.1, XEP-0401 4.1. */
static char *uri_of(const struct making *m)
{
	struct jid to = m->to_register ? m->address : m->inviter;
	struct buf out = { .data = NULL };
	char *text;

	buf_add_lit(&out, "xmpp:");
	if (to.local.n > 0) {
		add_escaped(&out, to.local);
		buf_add_char(&out, '@');
	}
	add_escaped(&out, to.domain);
	buf_printf(&out, "?%s;preauth=%s%s",
		   m->to_register ? "register" : "roster", m->out.token,
		   !m->to_register && m->address.bare.n > 0 ? ";ibr=y" : "");
	text = arena_strndup(m->a, (const char *)out.data, out.len);
	buf_fini(&out);
	return text;
}

static const char *page_of(const struct xmpp *x, const struct making *m)
{
	if (x->invitation_page == NULL)
		return NULL;
	return arena_printf(m->a, "%s#%s", x->invitation_page, m->out.uri);
}

void xmpp_invitation_page(struct xmpp *x, const char *url)
{
	mem_free(x->invitation_page);
	x->invitation_page = url != NULL ? mem_strdup(url) : NULL;
}

static void make(struct xmpp *x, struct making *m)
{
	struct invitation *i;

	m->out.token = random_token(x, m->a);
	m->out.uri = uri_of(m);
	m->out.page = page_of(x, m);
	m->name = name_of(m->a, str_of(m->out.token));
	i = invitation_new(host_of(x), m->name);
	set_text(&i->address, m->address.bare);
	set_text(&i->inviter, m->inviter.bare);
	set_text(&i->maker, m->maker);
	i->expiry = m->out.expiry;
	m->q = xmpp_asking_new(x, 0);
	put(x, i, on_made, m);
}

/* Nobody must have the address yet; and others were made meanwhile. */
static void on_person(void *arg, enum gw_err e, const struct people_person *p)
{
	struct making *m = arg;
	struct xmpp *x;
	uint64_t none;

	(void)p;
	if (!xmpp_asking_end(m->q, &x, &none))
		making_end(m, GW_UNAVAIL);
	else if (e != GW_NOT_FOUND)
		making_end(m, e == GW_OK ? GW_CONFLICT : e);
	else if (xmpp_invitation_reserves(x, m->address, STR_NONE))
		making_end(m, GW_CONFLICT);
	else if (within_limits(x, m->maker) != GW_OK)
		making_end(m, GW_LIMIT);
	else
		make(x, m);
}

void xmpp_invite(struct xmpp *x, const struct xmpp_invite *wish,
		 xmpp_invited_fn *done, void *arg)
{
	struct arena *a = arena_new();
	struct making *m = arena_alloc(a, sizeof(*m));
	enum gw_err e;

	m->a = a;
	m->done = done;
	m->arg = arg;
	m->maker = arena_str(a, wish->maker);
	m->out.expiry = loop_wall(x->loop) + wish->valid;
	sweep(x);
	e = take_inviter(x, m, wish->inviter);
	if (e == GW_OK)
		e = take_address(x, m, wish->address);
	if (e == GW_OK)
		e = within_limits(x, m->maker);
	m->to_register = wish->to_register || m->inviter.bare.n == 0 ||
			 m->address.local.n > 0;
	if (e != GW_OK) {
		making_end(m, e);
	} else if (m->address.local.n == 0) {
		make(x, m);
	} else {
		m->q = xmpp_asking_new(x, 0);
		x->people.find(x->people.self, m->address.bare, on_person, m);
	}
}

/* ---- looking at them, taking them back ---- */

static const char *shown(const char *who)
{
	return is_nobody(who) ? "" : who;
}

void xmpp_invitations(struct xmpp *x,
		      void (*fn)(void *arg, const struct xmpp_invited *one),
		      void *arg)
{
	const struct invitation *i;
	size_t it = 0;

	sweep(x);
	while ((i = map_next(&host_of(x)->open, &it)) != NULL)
		fn(arg, &(struct xmpp_invited){ .id = i->name,
						.address = shown(i->address),
						.inviter = shown(i->inviter),
						.maker = shown(i->maker),
						.by = shown(i->by),
						.expiry = i->expiry });
}

struct revoking {
	struct xmpp_asking *q;
	char *name;
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

static void on_dropped(void *arg, enum gw_err e)
{
	struct revoking *r = arg;
	struct invitation *i;
	struct xmpp *x;
	uint64_t none;

	if (xmpp_asking_end(r->q, &x, &none)) {
		i = map_get(&host_of(x)->open, str_of(r->name));
		if (e == GW_OK)
			invitation_free(host_of(x), i);
		else
			i->taken = false;
	}
	r->done(r->arg, e);
	mem_free(r->name);
	mem_free(r);
}

void xmpp_invitation_revoke(struct xmpp *x, struct str id,
			    void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct invitation *i = map_get(&host_of(x)->open, id);
	struct revoking *r;

	if (i == NULL || i->taken) {
		done(arg, i == NULL ? GW_NOT_FOUND : GW_CONFLICT);
		return;
	}
	i->taken = true;
	r = mem_new(sizeof(*r));
	r->q = xmpp_asking_new(x, 0);
	r->name = mem_strdup(i->name);
	r->done = done;
	r->arg = arg;
	drop(x, i, on_dropped, r);
}

/* ---- life ---- */

/* "EXPIRY ADDRESS INVITER BY MAKER" */
static void load_row(struct xmpp *x, const struct store_kv *row)
{
	struct str rest = row->value, expiry, address, inviter, by, maker;
	struct invitation *i;
	int64_t when;

	if (!str_word(&rest, &expiry) || !str_word(&rest, &address) ||
	    !str_word(&rest, &inviter) || !str_word(&rest, &by) ||
	    str_int(expiry, 0, INT64_MAX, &when) != GW_OK)
		return;
	if (!str_word(&rest, &maker))
		maker = STR_NONE;
	i = invitation_new(host_of(x), row->key);
	i->expiry = when;
	set_text(&i->address, address);
	set_text(&i->inviter, inviter);
	set_text(&i->by, by);
	set_text(&i->maker, maker);
}

static enum gw_err start(struct xmpp *x, void *host)
{
	struct invitation_host *h = host;
	struct arena *a = arena_new();
	struct store_kv *rows;
	size_t n = 0;
	enum gw_err e;

	map_init(&h->open, loop_seed(x->loop));
	e = store_kv_load(x->store, ROOM, a, &rows, &n);
	for (size_t i = 0; i < n; i++)
		load_row(x, &rows[i]);
	sweep(x);
	arena_free(&a);
	return e;
}

static void stop(struct xmpp *x, void *host)
{
	struct invitation_host *h = host;
	struct invitation *i;
	size_t it = 0;

	(void)x;
	while ((i = map_next(&h->open, &it)) != NULL)
		invitation_free(h, i);
	map_fini(&h->open);
}

const struct xmpp_module xmpp_mod_invitation = {
	.name = "invitation",
	.xep = "0445",
	.doc = "lets the bearer of an invitation make one account",
	.host_size = sizeof(struct invitation_host),
	.start = start,
	.stop = stop,
};
