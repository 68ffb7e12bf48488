/* SPDX-License-Identifier: MIT */
/* pool.c - pools in use: members listed, or kept fresh from a group
 *
 * A group is asked again every minute in the background; a question to the
 * pool is always answered from memory.
 */
#include "gateway/pool/pool.h"

#include "gateway/base/map.h"
#include "gateway/base/slot.h"
#include "gateway/base/when.h"
#include "gateway/run/log.h"

#define GROUP_REFRESH (WHEN_MINUTE)
#define GROUP_MAX_AGE (WHEN_DAY) /* of the last good list, directory dead */

struct pool {
	struct pools *service;
	const char *address; /* in the configuration */
	const struct pool_conf *conf;
	uint64_t handle; /* late answers of the directory find it, or not */
	struct arena *group_arena;
	const char *const *group; /* members, of group_arena */
	size_t group_count;
	int64_t group_at; /* wall; 0: never answered */
	struct loop_timer refresh;
};

struct pools {
	struct board *board;
	struct loop *loop;
	struct seam_people people;
	struct map by_address;
	struct slot_table handles;
};

/* A question under way: the pool may be gone when the answer comes. */
struct group_question {
	struct pools *service;
	uint64_t handle;
};

static void keep_group(struct pool *p, const char *const *addresses, size_t n)
{
	struct arena *a = arena_new();
	const char **list = arena_alloc(a, (n + 1) * sizeof(*list));

	for (size_t i = 0; i < n; i++)
		list[i] = arena_strdup(a, addresses[i]);
	arena_free(&p->group_arena);
	p->group_arena = a;
	p->group = list;
	p->group_count = n;
	p->group_at = loop_wall(p->service->loop);
}

static void group_answered(void *arg, enum gw_err e,
			   const char *const *addresses, size_t n)
{
	struct group_question *q = arg;
	struct pool *p = slot_get(&q->service->handles, q->handle);

	mem_free(q);
	if (p == NULL)
		return;
	if (e == GW_OK)
		keep_group(p, addresses, n);
	else
		log_warn("pool.group", "pool", p->address, "group",
			 p->conf->members.group, "why", err_text(e), NULL);
	loop_timer_start(p->service->loop, &p->refresh, GROUP_REFRESH);
}

static void ask_group(struct pool *p)
{
	struct group_question *q = mem_new(sizeof(*q));

	q->service = p->service;
	q->handle = p->handle;
	p->service->people.group(p->service->people.self,
				 str_of(p->conf->members.group), group_answered,
				 q);
}

static void refresh_due(struct loop_timer *t)
{
	ask_group(LIST_OF(t, struct pool, refresh));
}

static struct pool *pool_new(struct pools *ps, const char *address,
			     const struct pool_conf *conf)
{
	struct pool *p = mem_new(sizeof(*p));

	p->service = ps;
	p->address = address;
	p->conf = conf;
	p->refresh.fn = refresh_due;
	p->handle = slot_add(&ps->handles, p);
	return p;
}

static void pool_drop(struct pool *p)
{
	loop_timer_stop(p->service->loop, &p->refresh);
	slot_del(&p->service->handles, p->handle);
	arena_free(&p->group_arena);
	mem_free(p);
}

/* A reload keeps what a group last answered, so that nobody is missed while
 * the directory is asked anew. */
static void inherit_group(struct pool *p, const struct pool *old)
{
	if (old == NULL || old->group_at == 0 ||
	    !str_eq(str_of(old->conf->members.group),
		    str_of(p->conf->members.group)))
		return;
	keep_group(p, old->group, old->group_count);
	p->group_at = old->group_at;
}

static void drop_all(struct map *m)
{
	struct pool *p;
	size_t it = 0;

	while ((p = map_next(m, &it)) != NULL)
		pool_drop(p);
	map_fini(m);
}

/* The old configuration is still alive: its strings are read here. */
void pool_configure(struct pools *ps, const struct conf_map *map)
{
	struct map old = ps->by_address;

	map_init(&ps->by_address, old.seed);
	for (size_t i = 0; i < map->count; i++) {
		const struct conf_entry *e = &map->entries[i];
		struct pool *p = pool_new(ps, e->name, e->value);

		inherit_group(p, map_get(&old, str_of(e->name)));
		map_put(&ps->by_address, str_of(e->name), p);
		if (*p->conf->members.group != '\0')
			ask_group(p);
	}
	drop_all(&old);
}

const struct pool *pool_find(const struct pools *ps, struct str address)
{
	return map_get(&ps->by_address, address);
}

const struct pool *pool_next(const struct pools *ps, size_t *it)
{
	return map_next(&ps->by_address, it);
}

const char *pool_address(const struct pool *p)
{
	return p->address;
}

const struct pool_conf *pool_conf(const struct pool *p)
{
	return p->conf;
}

static bool is_lead(const struct pool *p, const char *address)
{
	for (size_t i = 0; i < p->conf->leads.count; i++)
		if (str_is(str_of(address), p->conf->leads.items[i]))
			return true;
	return false;
}

static void members_of(const struct pool *p, const char *const **list,
		       size_t *n)
{
	bool grouped = *p->conf->members.group != '\0';

	*list = grouped ? p->group : p->conf->members.list.items;
	*n = grouped ? p->group_count : p->conf->members.list.count;
}

enum gw_err pool_snapshot(const struct pools *ps, const struct pool *p,
			  struct arena *a, struct snapshot *out)
{
	const char *const *list;
	struct person *people;
	size_t n;
	int64_t now = loop_wall(ps->loop);

	if (*p->conf->members.group != '\0' &&
	    (p->group_at == 0 || now - p->group_at > GROUP_MAX_AGE))
		return GW_UNAVAIL;
	members_of(p, &list, &n);
	people = arena_alloc(a, (n + 1) * sizeof(*people));
	for (size_t i = 0; i < n; i++) {
		people[i] = board_person(ps->board, str_of(list[i]), a);
		people[i].member = true;
		people[i].lead = is_lead(p, list[i]);
		people[i].order = (unsigned)i;
	}
	*out = (struct snapshot){
		.now = now,
		.rules = board_rules(ps->board),
		.count = n,
		.people = people,
	};
	return GW_OK;
}

bool pool_has_member(const struct pool *p, struct str bare)
{
	const char *const *list;
	size_t n;

	members_of(p, &list, &n);
	for (size_t i = 0; i < n; i++)
		if (str_is(bare, list[i]))
			return true;
	return false;
}

struct pools *pool_service_new(struct loop *l, struct board *b,
			       const struct seam_people *people)
{
	struct pools *ps = mem_new(sizeof(*ps));

	ps->loop = l;
	ps->board = b;
	ps->people = *people;
	map_init(&ps->by_address, loop_seed(l));
	slot_init(&ps->handles);
	return ps;
}

void pool_service_free(struct pools **ps)
{
	if (*ps == NULL)
		return;
	drop_all(&(*ps)->by_address);
	slot_fini(&(*ps)->handles);
	mem_free(*ps);
	*ps = NULL;
}
