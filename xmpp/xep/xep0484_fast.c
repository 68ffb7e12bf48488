/* SPDX-License-Identifier: MIT */
/* xep0484_fast.c - XEP-0484: log-in by a token, in one trip
 *
 * A client has two slots (8.1): the token it uses, and a newer one it may not
 * have got.  The tables are in memory, a row per client in the store; a
 * counter is on disk before the log-in it stands for succeeds, so that no
 * restart makes an old one good again.
 *
 * A row names the password it was granted under (people.h, credential), which
 * the directory changes in the commit of another one: so a row that outlives
 * its password, because a crash came between or LDAP has it, is void.
 */
#include "xmpp/xep/fast.h"

#include "gateway/base/codec.h"
#include "gateway/run/log.h"
#include "gateway/store/kv.h"
#include "xmpp/xep/sasl2.h"

#define ROOM		"xmpp-fast"
#define SEED_LEN	32
#define CLIENTS_MAX	20 /* of one account; the one unused longest goes */
#define ROW_MAX		512
#define SHOWN_HASH	16 /* bytes of the hash of a client's id */
#define CREDENTIAL_LEN	33 /* 16 bytes of a hash in hex, or "-" */
#define CREDENTIALS_OLD "credentials-expired"

extern const struct xmpp_module xmpp_mod_fast;

enum { CURRENT, NEW, SLOTS };

struct slot {
	const struct xmpp_sasl_mechanism *m; /* NULL: empty */
	uint8_t seed[SEED_LEN];
	int64_t expiry; /* wall */
	int64_t count;	/* the greatest seen */
};

struct fast_account {
	struct list clients; /* used last, last */
	unsigned count;
	char *bare;
};

struct fast_client {
	struct list link;
	struct fast_account *account;
	char *key; /* "ann@example.org HASH" */
	char credential[CREDENTIAL_LEN];
	struct slot slots[SLOTS];
};

struct fast_host {
	struct map clients;  /* by key */
	struct map accounts; /* by bare JID */
};

struct xmpp_fast_change {
	struct str shown, cb; /* of a log-in by token, until it is judged */
	int used;	      /* slot; -1: another mechanism */
	int64_t count;
	bool counted, invalidate;
	bool minted;
	struct slot slot; /* the new one */
};

static struct fast_host *host_of(struct xmpp *x)
{
	return xmpp_module_host(x, &xmpp_mod_fast);
}

/* ---- the table ---- */

static char *key_of(struct arena *a, struct str bare, struct str agent)
{
	uint8_t hash[CRYPTO_HASH_MAX];

	crypto_digest(CRYPTO_SHA256, agent, hash);
	return arena_printf(a, STR_FMT " %s", STR_ARG(bare),
			    codec_hex(a, hash, SHOWN_HASH));
}

static struct fast_account *account_of(struct fast_host *h, struct str bare)
{
	struct fast_account *acc = map_get(&h->accounts, bare);

	if (acc != NULL)
		return acc;
	acc = mem_new(sizeof(*acc));
	acc->bare = mem_strndup(bare.p, bare.n);
	list_init(&acc->clients);
	map_put(&h->accounts, str_of(acc->bare), acc);
	return acc;
}

static void client_free(struct fast_host *h, struct fast_client *c)
{
	struct fast_account *acc = c->account;

	map_del(&h->clients, str_of(c->key));
	list_del(&c->link);
	mem_free(c->key);
	explicit_bzero(c->slots, sizeof(c->slots));
	mem_free(c);
	if (--acc->count > 0)
		return;
	map_del(&h->accounts, str_of(acc->bare));
	mem_free(acc->bare);
	mem_free(acc);
}

static void forget(struct xmpp *x, struct fast_client *c)
{
	struct store_kv row = { .room = ROOM, .key = str_of(c->key) };

	store_kv_put(x->store, &row, NULL, NULL);
	client_free(host_of(x), c);
}

static struct fast_client *client_new(struct fast_host *h, struct str bare,
				      struct str key)
{
	struct fast_client *c = mem_new(sizeof(*c));

	c->account = account_of(h, bare);
	c->account->count++;
	c->key = mem_strndup(key.p, key.n);
	list_append(&c->account->clients, &c->link);
	map_put(&h->clients, str_of(c->key), c);
	return c;
}

static struct fast_client *client_of(struct xmpp *x, struct str bare,
				     struct str agent)
{
	struct arena *a = xmpp_arena_get(x);
	struct fast_client *c =
		map_get(&host_of(x)->clients, str_of(key_of(a, bare, agent)));

	xmpp_arena_put(x, a);
	return c;
}

/* The one who asks, and room for it. */
static struct fast_client *client_for(struct xmpp *x, struct str bare,
				      struct str agent)
{
	struct fast_client *c = client_of(x, bare, agent);
	struct fast_host *h = host_of(x);
	struct fast_account *acc;
	struct arena *a;

	if (c != NULL)
		return c;
	acc = map_get(&h->accounts, bare);
	if (acc != NULL && acc->count >= CLIENTS_MAX)
		forget(x, LIST_OF(acc->clients.next, struct fast_client, link));
	a = xmpp_arena_get(x);
	c = client_new(h, bare, str_of(key_of(a, bare, agent)));
	xmpp_arena_put(x, a);
	return c;
}

void xmpp_fast_revoke(struct xmpp *x, struct str bare)
{
	struct fast_account *acc = map_get(&host_of(x)->accounts, bare);

	for (unsigned n = acc != NULL ? acc->count : 0; n > 0; n--)
		forget(x, LIST_OF(acc->clients.next, struct fast_client, link));
}

/* What the token of who logs in now is granted under. */
static void credential_of(const struct people_person *p,
			  char out[CREDENTIAL_LEN])
{
	uint8_t hash[CRYPTO_HASH_MAX];

	if (p->credential == NULL) {
		memcpy(out, "-", 2);
		return;
	}
	crypto_digest(CRYPTO_SHA256, str_of(p->credential), hash);
	codec_hex_to(out, hash, CREDENTIAL_LEN / 2);
}

static bool is_granted(const struct fast_client *c,
		       const struct people_person *p)
{
	char now[CREDENTIAL_LEN];

	credential_of(p, now);
	return strcmp(c->credential, now) == 0;
}

/* ---- rows: "MECHANISM SEED EXPIRY COUNT" for each slot, or "-"; then the
 * credential ---- */

static void print_slot(struct buf *out, const struct slot *s)
{
	char seed[2 * SEED_LEN + 1];

	if (s->m == NULL) {
		buf_add_lit(out, "-\n");
		return;
	}
	codec_hex_to(seed, s->seed, SEED_LEN);
	buf_printf(out, "%s %s %lld %lld\n", s->m->name, seed,
		   (long long)s->expiry, (long long)s->count);
	explicit_bzero(seed, sizeof(seed));
}

static void parse_slot(struct arena *a, struct str line, struct slot *s)
{
	struct str name, seed, expiry, count, bytes;

	if (!str_word(&line, &name) || !str_word(&line, &seed) ||
	    !str_word(&line, &expiry) || !str_word(&line, &count) ||
	    codec_unhex(a, seed, &bytes) != GW_OK || bytes.n != SEED_LEN ||
	    str_int(expiry, 0, INT64_MAX, &s->expiry) != GW_OK ||
	    str_int(count, 0, INT64_MAX, &s->count) != GW_OK)
		return;
	memcpy(s->seed, bytes.p, SEED_LEN);
	s->m = xmpp_sasl_token_named(name);
}

static void write_row(struct xmpp *x, const struct fast_client *c,
		      void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct store_kv row = { .room = ROOM, .key = str_of(c->key) };
	struct buf text = { 0 };

	buf_reserve(&text, ROW_MAX); /* growing would leave copies behind */
	for (size_t i = 0; i < SLOTS; i++)
		print_slot(&text, &c->slots[i]);
	buf_printf(&text, "%s\n", c->credential);
	row.value = buf_str(&text);
	store_kv_put(x->store, &row, done, arg);
	explicit_bzero(text.data, text.len);
	buf_fini(&text);
}

static bool is_live(const struct slot *s, int64_t wall)
{
	return s->m != NULL && s->expiry > wall;
}

static void load_row(struct xmpp *x, struct arena *a,
		     const struct store_kv *row)
{
	struct str rest = row->value, line, bare, key = row->key;
	int64_t wall = loop_wall(x->loop);
	struct fast_client *c;

	if (!str_split(&key, ' ', &bare))
		return;
	c = client_new(host_of(x), bare, row->key);
	for (size_t i = 0; i < SLOTS && str_split(&rest, '\n', &line); i++)
		parse_slot(a, line, &c->slots[i]);
	if (str_split(&rest, '\n', &line) && line.n < CREDENTIAL_LEN)
		memcpy(c->credential, line.p, line.n);
	if (!is_live(&c->slots[CURRENT], wall) &&
	    !is_live(&c->slots[NEW], wall))
		forget(x, c);
}

/* ---- log-in ---- */

static char *token_of(struct arena *a, const struct slot *s, struct str agent)
{
	uint8_t mac[CRYPTO_HASH_MAX];

	crypto_hmac(CRYPTO_SHA256, str_make((const char *)s->seed, SEED_LEN),
		    agent, mac);
	return codec_base64(a, mac, crypto_hash_len(CRYPTO_SHA256));
}

/* HMAC(token, role || channel binding). */
static struct str proof(struct arena *a, const char *token, const char *role,
			struct str cb)
{
	size_t n = strlen(role);
	char *text = arena_alloc(a, n + cb.n + 1);
	uint8_t *mac = arena_alloc(a, CRYPTO_HASH_MAX);

	memcpy(text, role, n);
	if (cb.n > 0)
		memcpy(text + n, cb.p, cb.n);
	crypto_hmac(CRYPTO_SHA256, str_of(token), str_make(text, n + cb.n),
		    mac);
	return str_make((const char *)mac, crypto_hash_len(CRYPTO_SHA256));
}

/* The slot whose token was shown; -1: none.  An unknown client costs the same
 * two proofs (B15). */
static int find_slot(struct xmpp_stream *s, const struct fast_client *c,
		     struct str shown, struct str cb)
{
	static const struct slot none[SLOTS] = { { .m = NULL } };
	const struct slot *slots = c != NULL ? c->slots : none;
	struct xmpp_sasl *sasl = s->sasl;
	int found = -1;

	for (int i = SLOTS - 1; i >= 0; i--) {
		struct str want = proof(
			sasl->a, token_of(sasl->a, &slots[i], sasl->two->agent),
			"Initiator", cb);

		if (str_eq_secret(want, shown) && slots[i].m == sasl->m &&
		    found < 0)
			found = i;
	}
	return found;
}

static enum gw_err take_count(struct xmpp_sasl *sasl,
			      struct xmpp_fast_change *change)
{
	struct str count = stanza_attr(sasl->two->fast, "count");
	struct str invalidate = stanza_attr(sasl->two->fast, "invalidate");

	change->invalidate =
		str_is(invalidate, "true") || str_is(invalidate, "1");
	change->counted = count.p != NULL;
	if (!change->counted)
		return GW_OK;
	return str_int(count, 1, INT64_MAX, &change->count);
}

static bool is_there(enum gw_err e, const struct people_person *p)
{
	/* A dead directory has no news.  Whom nobody has in memory it is
	 * asked for again, behind the log-in. */
	return e == GW_UNAVAIL || (e == GW_OK && !p->disabled);
}

/* Between this and the change it makes of the table nothing else happens: a
 * counter cannot be shown twice. */
static void judge(void *arg, enum gw_err e, const struct people_person *p)
{
	struct xmpp_stream *s = xmpp_sasl_answered(arg);
	struct xmpp_fast_change *change;
	struct fast_client *c;
	struct xmpp_sasl *sasl;
	const struct slot *slot;
	int i;

	if (s == NULL)
		return;
	sasl = s->sasl;
	change = sasl->two->change;
	c = client_of(s->x, sasl->user.bare, sasl->two->agent);
	i = find_slot(s, c, change->shown, change->cb);
	if (i < 0 || !sasl->known || !is_there(e, p)) {
		xmpp_sasl_deny(s);
		return;
	}
	slot = &c->slots[i];
	if (e == GW_OK && !is_granted(c, p)) {
		forget(s->x, c);
		xmpp_sasl_fail(s, CREDENTIALS_OLD);
	} else if (slot->expiry <= loop_wall(s->x->loop)) {
		xmpp_sasl_fail(s, CREDENTIALS_OLD);
	} else if (change->counted && change->count <= slot->count) {
		/* 3.4: somebody else's copy. */
		xmpp_sasl_deny(s);
	} else {
		change->used = i;
		xmpp_sasl_pass(s,
			       proof(sasl->a,
				     token_of(sasl->a, slot, sasl->two->agent),
				     "Responder", change->cb));
	}
}

/* authcid NUL HMAC */
void xmpp_fast_login(struct xmpp_stream *s, struct str msg)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct xmpp_fast_change *change;
	struct str rest = msg, name;

	if (sasl->two == NULL || sasl->two->agent.n == 0 ||
	    !str_split(&rest, '\0', &name) || rest.p == NULL || name.n == 0 ||
	    !str_utf8_valid(name)) {
		xmpp_sasl_fail(s, "malformed-request");
		return;
	}
	change = arena_alloc(sasl->a, sizeof(*change));
	change->used = -1;
	change->shown = rest;
	sasl->two->change = change;
	xmpp_sasl_take_user(s, arena_str(sasl->a, name));
	if (take_count(sasl, change) != GW_OK)
		xmpp_sasl_fail(s, "malformed-request");
	else if (s->login->from.n > 0 &&
		 !str_eq(s->login->from, sasl->user.bare))
		xmpp_sasl_fail(s, "invalid-authzid");
	else if (sasl->m->binding != NULL &&
		 xmpp_sasl_binding(s, sasl->a, str_of(sasl->m->binding),
				   &change->cb) != GW_OK)
		xmpp_sasl_fail(s, "temporary-auth-failure");
	else
		s->x->people.find(s->x->people.self, sasl->user.bare, judge,
				  xmpp_sasl_ask(s));
}

/* ---- after it ---- */

static void use(struct fast_client *c, const struct xmpp_fast_change *change)
{
	/* 3.5: whatever ends earlier than the one that was used. */
	bool earlier = c->slots[NEW].expiry < c->slots[CURRENT].expiry;

	if (change->used == NEW)
		c->slots[CURRENT] = c->slots[NEW];
	if (change->used == NEW || change->invalidate || earlier)
		c->slots[NEW] = (struct slot){ .m = NULL };
	if (change->counted)
		c->slots[CURRENT].count = change->count;
	if (change->invalidate)
		c->slots[CURRENT] = (struct slot){ .m = NULL };
	list_del(&c->link);
	list_append(&c->account->clients, &c->link);
}

/* What a new token is to be for; NULL: none is due. */
static const struct xmpp_sasl_mechanism *
wanted(struct xmpp_stream *s, const struct xmpp_fast_change *change)
{
	int64_t life = s->x->conf->token_life;
	const struct slot *used;

	if (life == 0)
		return NULL;
	if (s->sasl->two->token.n > 0)
		return xmpp_sasl_token_mechanism(s, s->sasl->two->token);
	if (change->used < 0 || change->invalidate)
		return NULL;
	used = &client_of(s->x, s->sasl->user.bare, s->sasl->two->agent)
			->slots[change->used];
	return used->expiry - loop_wall(s->x->loop) < life / 2 ? s->sasl->m
							       : NULL;
}

static void mint(struct xmpp_stream *s, struct fast_client *c,
		 struct xmpp_fast_change *change,
		 const struct xmpp_sasl_mechanism *m)
{
	change->minted = true;
	change->slot.m = m;
	change->slot.expiry = loop_wall(s->x->loop) + s->x->conf->token_life;
	loop_random(s->x->loop, change->slot.seed, SEED_LEN);
	c->slots[NEW] = change->slot;
}

/* A log-in by token needs its counter on disk; one by password has no need of
 * a token. */
static void on_kept(void *arg, enum gw_err e)
{
	struct xmpp_stream *s = xmpp_sasl_answered(arg);
	struct xmpp_fast_change *change;
	struct fast_client *c;

	if (s == NULL)
		return;
	s->sasl->step = SASL_PASSED;
	change = s->sasl->two->change;
	c = client_of(s->x, s->sasl->user.bare, s->sasl->two->agent);
	if (e != GW_OK && change->minted && c != NULL)
		c->slots[NEW] = (struct slot){ .m = NULL };
	/* Revoked while it was written. */
	if (c == NULL || e != GW_OK)
		change->minted = false;
	if (change->used >= 0 && (c == NULL || e != GW_OK))
		xmpp_sasl_fail(s, c == NULL ? "not-authorized"
					    : "temporary-auth-failure");
	else
		xmpp_sasl2_kept(s);
}

static void keep(struct xmpp_stream *s, struct fast_client *c,
		 const struct xmpp_sasl_mechanism *m)
{
	struct xmpp_fast_change *change = s->sasl->two->change;

	if (change->used >= 0)
		use(c, change);
	if (m != NULL)
		mint(s, c, change, m);
	write_row(s->x, c, on_kept, xmpp_sasl_ask(s));
}

/* What was granted under another password is no more. */
static void grant_under(struct fast_client *c, const struct people_person *p)
{
	if (is_granted(c, p))
		return;
	memset(c->slots, 0, sizeof(c->slots));
	credential_of(p, c->credential);
}

/* A token for who has logged in by other means. */
static void grant(void *arg, enum gw_err e, const struct people_person *p)
{
	struct xmpp_stream *s = xmpp_sasl_answered(arg);
	const struct xmpp_sasl_mechanism *m;
	struct fast_client *c;

	if (s == NULL)
		return;
	s->sasl->step = SASL_PASSED;
	m = wanted(s, s->sasl->two->change);
	if (e != GW_OK || p->disabled || m == NULL) {
		xmpp_sasl2_kept(s);
		return;
	}
	c = client_for(s->x, s->sasl->user.bare, s->sasl->two->agent);
	grant_under(c, p);
	keep(s, c, m);
}

void xmpp_fast_keep(struct xmpp_stream *s)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct xmpp_sasl2 *two = sasl->two;
	const struct xmpp_sasl_mechanism *m;

	if (two->change == NULL) {
		two->change = arena_alloc(sasl->a, sizeof(*two->change));
		two->change->used = -1;
	}
	m = two->agent.n > 0 ? wanted(s, two->change) : NULL;
	if (two->change->used >= 0)
		keep(s, client_of(s->x, sasl->user.bare, two->agent), m);
	else if (m == NULL)
		xmpp_sasl2_kept(s);
	else
		s->x->people.find(s->x->people.self, sasl->user.bare, grant,
				  xmpp_sasl_ask(s));
}

void xmpp_fast_add(struct xmpp_stream *s, struct arena *a,
		   struct stanza *success)
{
	const struct xmpp_fast_change *change = s->sasl->two->change;
	char text[WHEN_TEXT_MAX];
	struct stanza *el;

	if (!change->minted)
		return;
	el = stanza_add_new(a, success, "token", XMPP_NS_FAST);
	stanza_set_attr(
		a, el, "token",
		str_of(token_of(a, &change->slot, s->sasl->two->agent)));
	stanza_set_attr(a, el, "expiry",
			str_of(when_rfc3339(change->slot.expiry, text)));
}

void xmpp_fast_offer(struct xmpp_stream *s, struct arena *a,
		     struct stanza *into)
{
	if (s->x->conf->token_life > 0)
		xmpp_sasl_add_tokens(
			s, a, stanza_add_new(a, into, "fast", XMPP_NS_FAST),
			XMPP_NS_FAST);
}

/* ---- life ---- */

static enum gw_err start(struct xmpp *x, void *host)
{
	struct fast_host *h = host;
	struct arena *a = arena_new();
	struct store_kv *rows;
	size_t n = 0;
	enum gw_err e;

	map_init(&h->clients, loop_seed(x->loop));
	map_init(&h->accounts, loop_seed(x->loop));
	e = store_kv_load(x->store, ROOM, a, &rows, &n);
	for (size_t i = 0; i < n; i++)
		load_row(x, a, &rows[i]);
	arena_wipe(a); /* the seeds */
	arena_free(&a);
	return e;
}

static void stop(struct xmpp *x, void *host)
{
	struct fast_host *h = host;
	struct fast_client *c;
	size_t it = 0;

	(void)x;
	while ((c = map_next(&h->clients, &it)) != NULL)
		client_free(h, c);
	map_fini(&h->clients);
	map_fini(&h->accounts);
}

const struct xmpp_module xmpp_mod_fast = {
	.name = "fast",
	.xep = "0484",
	.doc = "logs clients in by tokens made for them",
	.host_size = sizeof(struct fast_host),
	.start = start,
	.stop = stop,
};
