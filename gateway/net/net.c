/* SPDX-License-Identifier: MIT */
/* net.c - all connections of one loop */
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/net/conn_private.h"

struct net *net_new(struct loop *l)
{
	struct net *n = mem_new(sizeof(*n));

	n->loop = l;
	slot_init(&n->slots);
	list_init(&n->lingering);
	n->scratch = mem_new(CONN_READ_MAX);
	return n;
}

void net_free(struct net **n)
{
	struct list *l;
	struct conn *c;
	size_t it;

	if (*n == NULL)
		return;
	(*n)->stopping = true;
	while ((*n)->slots.used > 0) {
		it = 0;
		while ((c = slot_next(&(*n)->slots, &it)) != NULL)
			conn_shut_down(c);
	}
	while ((l = list_pop(&(*n)->lingering)) != NULL)
		conn_release(LIST_OF(l, struct conn, settle.link));
	slot_fini(&(*n)->slots);
	buf_fini(&(*n)->plain);
	buf_fini(&(*n)->wire);
	mem_free((*n)->scratch);
	mem_free(*n);
	*n = NULL;
}

size_t net_count(const struct net *n)
{
	return n->slots.used;
}

void net_count_pauses(struct net *n, struct metric *m)
{
	n->pauses = m;
}

struct loop *net_loop(const struct net *n)
{
	return n->loop;
}
