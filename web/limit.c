/* SPDX-License-Identifier: MIT */
/* limit.c - how often log-in may fail before it has to wait */
#include "web/limit.h"

#include "gateway/base/arena.h"
#include "gateway/base/map.h"
#include "gateway/net/address.h"

#define WINDOW	   ((int64_t)15 * 60 * 1000)
#define BOTH_MAX   5
#define PERSON_MAX 50
#define PEER_MAX   30
#define COUNTS_MAX 20000

struct count {
	struct list link; /* oldest window first */
	int64_t since;
	unsigned failed;
	size_t n;
	char key[];
};

struct limits {
	struct loop *loop;
	struct map counts;
	struct list all;
	size_t used;
};

enum kind { KIND_BOTH, KIND_PERSON, KIND_PEER, KINDS };

static const unsigned allowed[KINDS] = { BOTH_MAX, PERSON_MAX, PEER_MAX };

/* Everybody behind a proxy on this machine has its address. */
static bool counts_alone(const char *peer)
{
	return !str_starts(str_of(peer), "127.") &&
	       !str_starts(str_of(peer), "[::1]");
}

static struct str key_of(struct arena *a, enum kind kind,
			 const struct limit_try *t)
{
	struct address at = { .len = 0 };
	struct str party = STR_NONE;
	struct str account = kind == KIND_PEER ? STR_NONE : t->account;
	char *key;

	if (kind == KIND_PEER && !counts_alone(t->peer))
		return STR_NONE;
	if (kind != KIND_PERSON && address_parse(t->peer, &at, NULL) == GW_OK)
		party = address_party(&at);
	key = arena_alloc(a, 2 + party.n + account.n);
	key[0] = (char)('0' + (int)kind);
	key[1] = (char)party.n;
	if (party.n != 0)
		memcpy(key + 2, party.p, party.n);
	if (account.n != 0)
		memcpy(key + 2 + party.n, account.p, account.n);
	return str_make(key, 2 + party.n + account.n);
}

static void drop(struct limits *ls, struct count *c)
{
	map_del(&ls->counts, str_make(c->key, c->n));
	list_del(&c->link);
	ls->used--;
	mem_free(c);
}

static struct count *find(struct limits *ls, struct str key)
{
	struct count *c = key.n != 0 ? map_get(&ls->counts, key) : NULL;

	if (c == NULL || loop_now(ls->loop) - c->since < WINDOW)
		return c;
	drop(ls, c);
	return NULL;
}

static struct count *add(struct limits *ls, struct str key)
{
	struct count *c = mem_new(sizeof(*c) + key.n);

	if (ls->used >= COUNTS_MAX)
		drop(ls, LIST_OF(ls->all.next, struct count, link));
	memcpy(c->key, key.p, key.n);
	c->n = key.n;
	c->since = loop_now(ls->loop);
	list_append(&ls->all, &c->link);
	map_put(&ls->counts, str_make(c->key, c->n), c);
	ls->used++;
	return c;
}

struct limits *web_limit_new(struct loop *l)
{
	struct limits *ls = mem_new(sizeof(*ls));

	ls->loop = l;
	map_init(&ls->counts, loop_seed(l));
	list_init(&ls->all);
	return ls;
}

void web_limit_free(struct limits **out)
{
	struct limits *ls = *out;

	if (ls == NULL)
		return;
	LIST_EACH_SAFE(it, tmp, &ls->all)
	drop(ls, LIST_OF(it, struct count, link));
	map_fini(&ls->counts);
	mem_free(ls);
	*out = NULL;
}

int64_t web_limit_wait(struct limits *ls, const struct limit_try *t)
{
	struct arena *a = arena_new();
	int64_t wait = 0;

	for (int k = 0; k < KINDS; k++) {
		struct count *c = find(ls, key_of(a, (enum kind)k, t));
		int64_t left;

		if (c == NULL || c->failed < allowed[k])
			continue;
		left = c->since + WINDOW - loop_now(ls->loop);
		if (left > wait)
			wait = left;
	}
	arena_free(&a);
	return wait;
}

void web_limit_begin(struct limits *ls, const struct limit_try *t)
{
	struct arena *a = arena_new();

	for (int k = 0; k < KINDS; k++) {
		struct str key = key_of(a, (enum kind)k, t);
		struct count *c = find(ls, key);

		if (c == NULL && key.n != 0)
			c = add(ls, key);
		if (c != NULL)
			c->failed++;
	}
	arena_free(&a);
}

void web_limit_good(struct limits *ls, const struct limit_try *t)
{
	struct arena *a = arena_new();

	for (int k = 0; k < KINDS; k++) {
		struct count *c = find(ls, key_of(a, (enum kind)k, t));

		if (c == NULL)
			continue;
		if (k == KIND_BOTH || c->failed <= 1)
			drop(ls, c);
		else
			c->failed--;
	}
	arena_free(&a);
}

void web_limit_sweep(struct limits *ls)
{
	LIST_EACH_SAFE(it, tmp, &ls->all)
	{
		struct count *c = LIST_OF(it, struct count, link);

		if (loop_now(ls->loop) - c->since < WINDOW)
			break;
		drop(ls, c);
	}
}
