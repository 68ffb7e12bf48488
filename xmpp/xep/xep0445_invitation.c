/* SPDX-License-Identifier: MIT */
/* xep0445_invitation.c - XEP-0445: a token that makes one account
 *
 * Kept is a hash of the token.  It is used up on disk before the account is
 * made, so that no crash makes it good for two; if no account comes of it, it
 * is written back.  An invitation of a person's stays until the newcomer has
 * shown it with the request to that person (XEP-0379), which it answers.
 */
#include <stdio.h>

#include "gateway/base/codec.h"
#include "gateway/run/log.h"
#include "gateway/store/kv.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/register.h"

#define ROOM	   "xmpp-invitation"
#define OPEN_MAX   10000
#define TOKEN_LEN  24 /* bytes: 192 bits */
#define SHOWN_HASH 16

extern const struct xmpp_module xmpp_mod_invitation;

struct invitation {
	char *name;	/* hash of the token, in hex */
	char *address;	/* the account, or a domain */
	char *inviter;	/* "-": nobody */
	char *by;	/* the account that came of it; "-": none yet */
	int64_t expiry; /* wall */
	bool taken;
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
	mem_free(i);
}

static void set_by(struct invitation *i, struct str by)
{
	mem_free(i->by);
	i->by = mem_strndup(by.p, by.n);
}

static struct invitation *invitation_new(struct invitation_host *h,
					 struct str name, struct str address,
					 struct str inviter)
{
	struct invitation *i = mem_new(sizeof(*i));

	i->name = mem_strndup(name.p, name.n);
	i->address = mem_strndup(address.p, address.n);
	i->inviter = inviter.n > 0 ? mem_strndup(inviter.p, inviter.n)
				   : mem_strdup("-");
	i->by = mem_strdup("-");
	map_put(&h->open, str_of(i->name), i);
	return i;
}

static void put(struct xmpp *x, const struct invitation *i,
		void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct store_kv row = { .room = ROOM, .key = str_of(i->name) };
	struct arena *a = xmpp_arena_get(x);

	row.value =
		str_of(arena_printf(a, "%lld %s %s %s", (long long)i->expiry,
				    i->address, i->inviter, i->by));
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

	if (i == NULL || i->taken || strcmp(i->by, "-") != 0 ||
	    i->expiry <= loop_wall(s->x->loop) ||
	    xmpp_jid_parse(a, str_of(i->address), &j) != GW_OK ||
	    !str_eq(j.domain, s->host.full))
		return STR_NONE;
	return name;
}

/* 4: whether its time is over was asked when it was shown. */
bool xmpp_invitation_fits(struct xmpp *x, struct str name, struct jid account)
{
	const struct invitation *i = map_get(&host_of(x)->open, name);

	return i != NULL && !i->taken && strcmp(i->by, "-") == 0 &&
	       (str_is(account.bare, i->address) ||
		str_is(account.domain, i->address));
}

void xmpp_invitation_take(struct xmpp *x, struct str name, struct jid account,
			  void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct invitation *i = map_get(&host_of(x)->open, name);

	i->taken = true;
	set_by(i, account.bare);
	if (strcmp(i->inviter, "-") != 0)
		put(x, i, done, arg);
	else
		drop(x, i, done, arg);
}

void xmpp_invitation_end(struct xmpp *x, struct str name, bool used)
{
	struct invitation *i = map_get(&host_of(x)->open, name);

	i->taken = false;
	if (!used) {
		set_by(i, STR("-"));
		put(x, i, NULL, NULL);
	} else if (strcmp(i->inviter, "-") == 0) {
		invitation_free(host_of(x), i);
	}
}

bool xmpp_invitation_meets(struct xmpp *x, struct str token, struct jid acc,
			   struct jid contact)
{
	struct arena *a = xmpp_arena_get(x);
	struct invitation *i = map_get(&host_of(x)->open, name_of(a, token));
	bool meets = i != NULL && !i->taken && i->expiry > loop_wall(x->loop) &&
		     str_is(acc.bare, i->inviter) &&
		     (strcmp(i->by, "-") == 0 || str_is(contact.bare, i->by));

	xmpp_arena_put(x, a);
	if (!meets)
		return false;
	drop(x, i, NULL, NULL);
	invitation_free(host_of(x), i);
	return true;
}

/* ---- making them ---- */

struct making {
	struct arena *a;
	struct xmpp_asking *q;
	struct xmpp_invitation out;
	struct str name;
	xmpp_invited_fn *done;
	void *arg;
};

static void on_made(void *arg, enum gw_err e)
{
	struct making *m = arg;
	struct arena *a = m->a;
	struct invitation *i;
	struct xmpp *x;
	uint64_t none;

	if (xmpp_asking_end(m->q, &x, &none) && e != GW_OK) {
		i = map_get(&host_of(x)->open, m->name);
		if (i != NULL)
			invitation_free(host_of(x), i);
	}
	m->done(m->arg, e, e == GW_OK ? &m->out : NULL);
	arena_free(&a);
}

static enum gw_err take_inviter(struct xmpp *x, struct arena *a,
				struct str address, struct jid *j)
{
	*j = (struct jid){ .bare = STR_NONE };
	if (address.n == 0)
		return GW_OK;
	if (xmpp_jid_parse(a, address, j) != GW_OK || j->local.n == 0 ||
	    j->resource.p != NULL || !xmpp_is_local(x, j->domain))
		return GW_BAD_INPUT;
	return GW_OK;
}

/* A domain of ours, or an account there that is to be. */
static enum gw_err take_address(struct xmpp *x, struct arena *a,
				struct str address, struct jid *j)
{
	if (xmpp_jid_parse(a, address, j) != GW_OK || j->resource.p != NULL ||
	    !xmpp_is_local(x, j->domain))
		return GW_BAD_INPUT;
	return str_eq(j->bare, x->desk_jid.bare) ? GW_CONFLICT : GW_OK;
}

static char *random_token(struct xmpp *x, struct arena *a)
{
	uint8_t bytes[TOKEN_LEN];

	loop_random(x->loop, bytes, sizeof(bytes));
	return codec_hex(a, bytes, sizeof(bytes));
}

/* XEP-0445 3, XEP-0379 3.1. */
static char *uri_of(struct arena *a, struct jid address, struct jid inviter,
		    const char *token)
{
	if (inviter.bare.n == 0)
		return arena_printf(a, "xmpp:" STR_FMT "?register;preauth=%s",
				    STR_ARG(address.bare), token);
	return arena_printf(a, "xmpp:" STR_FMT "?roster;preauth=%s;ibr=y",
			    STR_ARG(inviter.bare), token);
}

void xmpp_invite(struct xmpp *x, const struct xmpp_invite *wish,
		 xmpp_invited_fn *done, void *arg)
{
	struct arena *a = arena_new();
	struct making *m = arena_alloc(a, sizeof(*m));
	struct invitation *i;
	struct jid j, inviter;
	enum gw_err e = take_address(x, a, wish->address, &j);

	sweep(x);
	if (e == GW_OK)
		e = take_inviter(x, a, wish->inviter, &inviter);
	if (e == GW_OK && x->conf->registration == XMPP_REGISTER_CLOSED)
		e = GW_DENIED;
	if (e == GW_OK && host_of(x)->open.used >= OPEN_MAX)
		e = GW_LIMIT;
	if (e != GW_OK) {
		done(arg, e, NULL);
		arena_free(&a);
		return;
	}
	m->a = a;
	m->done = done;
	m->arg = arg;
	m->q = xmpp_asking_new(x, 0);
	m->out.token = random_token(x, a);
	m->out.expiry = loop_wall(x->loop) + wish->valid;
	m->out.uri = uri_of(a, j, inviter, m->out.token);
	m->name = name_of(a, str_of(m->out.token));
	i = invitation_new(host_of(x), m->name, j.bare, inviter.bare);
	i->expiry = m->out.expiry;
	put(x, i, on_made, m);
}

/* ---- life ---- */

/* "EXPIRY ADDRESS INVITER BY" */
static void load_row(struct xmpp *x, const struct store_kv *row)
{
	struct str rest = row->value, expiry, address, inviter, by;
	struct invitation *i;
	int64_t when;

	if (!str_word(&rest, &expiry) || !str_word(&rest, &address) ||
	    !str_word(&rest, &inviter) || !str_word(&rest, &by) ||
	    str_int(expiry, 0, INT64_MAX, &when) != GW_OK)
		return;
	i = invitation_new(host_of(x), row->key, address, inviter);
	i->expiry = when;
	set_by(i, by);
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
