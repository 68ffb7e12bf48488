/* SPDX-License-Identifier: MIT */
/* list.h - doubly linked lists whose links are members of what they link
 *
 * A head and a node are the same struct; an initialised node that is in no
 * list points at itself, so removing twice is harmless.
 */
#ifndef GW_BASE_LIST_H
#define GW_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

#define LIST_OF(node, type, member)                                            \
	((type *)(void *)((char *)(node)-offsetof(type, member)))

/* it must not be removed in the body: use LIST_EACH_SAFE for that. */
#define LIST_EACH(it, head)                                                    \
	for (struct list *it = (head)->next; it != (head); it = it->next)

#define LIST_EACH_SAFE(it, tmp, head)                                          \
	for (struct list *it = (head)->next, *tmp = it->next; it != (head);    \
	     it = tmp, tmp = it->next)

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_insert(struct list *prev, struct list *node)
{
	node->next = prev->next;
	node->prev = prev;
	prev->next->prev = node;
	prev->next = node;
}

static inline void list_append(struct list *head, struct list *node)
{
	list_insert(head->prev, node);
}

static inline void list_prepend(struct list *head, struct list *node)
{
	list_insert(head, node);
}

static inline void list_del(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* First node, taken out; NULL when empty. */
static inline struct list *list_pop(struct list *head)
{
	struct list *n = head->next;

	if (n == head)
		return NULL;
	list_del(n);
	return n;
}

#endif
