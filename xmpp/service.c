/* SPDX-License-Identifier: MIT */
/* service.c - units of work, and what the tree needs of the server */
#include "xmpp/service.h"

#include "xmpp/server_private.h"

struct arena *xmpp_arena_get(struct xmpp *x)
{
	return x->spare_count > 0 ? x->spare[--x->spare_count] : arena_new();
}

void xmpp_arena_put(struct xmpp *x, struct arena *a)
{
	if (x->spare_count == XMPP_SPARE_ARENAS) {
		arena_free(&a);
		return;
	}
	arena_reset(a);
	x->spare[x->spare_count++] = a;
}

struct xmpp_asking *xmpp_asking_new(struct xmpp *x, uint64_t who)
{
	struct xmpp_asking *q = mem_new(sizeof(*q));

	q->x = x;
	q->who = who;
	list_append(&x->asking, &q->link);
	return q;
}

bool xmpp_asking_end(struct xmpp_asking *q, struct xmpp **x, uint64_t *who)
{
	*x = q->x;
	*who = q->who;
	list_del(&q->link);
	mem_free(q);
	return *x != NULL;
}

void xmpp_token(struct xmpp *x, char out[XMPP_TOKEN_LEN])
{
	loop_id(x->loop, out);
	loop_id(x->loop, out + 16);
}

void xmpp_ctx_begin(struct xmpp_ctx *c, struct xmpp *x)
{
	*c = (struct xmpp_ctx){ .x = x, .a = xmpp_arena_get(x) };
	c->from = x->domains[0];
	c->to = x->domains[0];
}

void xmpp_ctx_end(struct xmpp_ctx *c)
{
	xmpp_arena_put(c->x, c->a);
	c->a = NULL;
}

void xmpp_set_rooms(struct xmpp *x, struct xmpp_rooms rooms)
{
	x->rooms = rooms;
}

void xmpp_set_desk(struct xmpp *x, struct seam_desk desk)
{
	x->desk = desk;
}

const struct seam_desk *xmpp_desk(const struct xmpp *x)
{
	return &x->desk;
}

struct str xmpp_desk_address(const struct xmpp *x)
{
	return x->desk_jid.bare;
}

struct loop *xmpp_loop(const struct xmpp *x)
{
	return x->loop;
}

struct store *xmpp_store(const struct xmpp *x)
{
	return x->store;
}

const struct pools *xmpp_pools(const struct xmpp *x)
{
	return x->pools;
}

struct metrics *xmpp_metrics(const struct xmpp *x)
{
	return x->metrics;
}

const struct xmpp_conf *xmpp_config(const struct xmpp *x)
{
	return x->conf;
}

struct str xmpp_domain(const struct xmpp *x)
{
	return x->domains[0].full;
}
