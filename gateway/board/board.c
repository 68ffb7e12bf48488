/* SPDX-License-Identifier: MIT */
/* board.c - entries per person, with a list of resources each
 *
 * An entry stays while the person has a resource, push, claims, or was told
 * of something lately: claims and fairness outlive presence.
 */
#include "gateway/board/board.h"

#include <assert.h>
#include <string.h>

#include "gateway/base/list.h"
#include "gateway/base/map.h"
#include "gateway/base/when.h"

#define STATUS_MAX   1000
#define TOLD_KEPT    (WHEN_HOUR)
#define WATCHERS_MAX 8

struct resource {
	struct list link;
	char *status; /* NULL: none */
	int64_t since;
	int64_t proof;
	int64_t doubt_since;
	int64_t inactive_since;
	int64_t active, displayed;
	enum presence_show show;
	int priority;
	bool doubtful;
	char name[];
};

struct entry {
	struct board *board;
	struct list resources;
	struct list changed_link;
	struct loop_timer again; /* the verdict changes by time alone */
	int64_t since;		 /* of the show */
	int64_t told;
	enum presence_show show; /* as last seen by person_of() */
	unsigned claims;
	bool push;
	bool changed; /* in board->changed */
	char bare[];
};

struct watcher {
	board_fn *fn;
	void *arg;
};

struct board {
	struct loop *loop;
	struct board_conf conf;
	struct map entries; /* bare -> struct entry */
	struct list changed;
	struct loop_task tell;
	struct watcher watchers[WATCHERS_MAX];
	size_t watcher_count;
};

static const char *const severities[] = { "info",     "warning",  "error",
					  "critical", "disaster", NULL };

static const struct conf_opt options[] = {
	CONF_OPT(SPAN, struct board_conf, settle, "10s", 0, WHEN_HOUR,
		 "Availability younger than this does not count yet."),
	CONF_OPT(SPAN, struct board_conf, doubt_grace, "30s", 0, WHEN_HOUR,
		 "A stream that was cut keeps its presence this long."),
	CONF_OPT(SPAN, struct board_conf, proof_max, "60s", WHEN_SECOND,
		 WHEN_HOUR,
		 "A person whose last sign of life is older is pinged before "
		 "being told."),
	CONF_OPT_ENUM(struct board_conf, dnd_breaks_at, "critical", severities,
		      "Do-not-disturb is broken from this severity on."),
	{ .key = NULL },
};

const struct conf_section board_conf_section = {
	.size = sizeof(struct board_conf),
	.opts = options,
	.doc = "How far presence is trusted.",
};

static void tell_watchers(struct loop_task *t)
{
	struct board *b = LIST_OF(t, struct board, tell);
	struct list *node;

	while ((node = list_pop(&b->changed)) != NULL) {
		struct entry *e = LIST_OF(node, struct entry, changed_link);
		char *bare = mem_strdup(e->bare);

		e->changed = false;
		for (size_t i = 0; i < b->watcher_count; i++)
			b->watchers[i].fn(b->watchers[i].arg, str_of(bare));
		mem_free(bare);
	}
}

static void mark_changed(struct entry *e)
{
	if (!e->changed) {
		e->changed = true;
		list_append(&e->board->changed, &e->changed_link);
	}
	loop_defer(e->board->loop, &e->board->tell);
}

static void verdict_aged(struct loop_timer *t)
{
	mark_changed(LIST_OF(t, struct entry, again));
}

static void copy(char *out, struct str s)
{
	if (s.n > 0)
		memcpy(out, s.p, s.n);
}

static struct entry *entry_get(struct board *b, struct str bare)
{
	struct entry *e = map_get(&b->entries, bare);

	if (e != NULL)
		return e;
	e = mem_new(sizeof(*e) + bare.n + 1);
	e->board = b;
	copy(e->bare, bare);
	e->again.fn = verdict_aged;
	list_init(&e->resources);
	list_init(&e->changed_link);
	map_put(&b->entries, str_of(e->bare), e);
	return e;
}

static void resource_free(struct resource *r)
{
	list_del(&r->link);
	mem_free(r->status);
	mem_free(r);
}

static void entry_free(struct entry *e)
{
	LIST_EACH_SAFE(node, tmp, &e->resources)
	resource_free(LIST_OF(node, struct resource, link));
	loop_timer_stop(e->board->loop, &e->again);
	list_del(&e->changed_link);
	mem_free(e);
}

/* Nothing is lost by forgetting a person of whom nothing is known. */
static void entry_drop_if_idle(struct entry *e)
{
	struct board *b = e->board;

	if (!list_empty(&e->resources) || e->push || e->claims > 0 ||
	    e->changed || loop_timer_active(&e->again) || e->since != 0)
		return;
	if (e->told != 0 && loop_wall(b->loop) - e->told < TOLD_KEPT)
		return;
	map_del(&b->entries, str_of(e->bare));
	entry_free(e);
}

/* RFC 6121 8.5.2: priority first; then the most available, the latest. */
static bool better(const struct resource *x, const struct resource *y)
{
	if (y == NULL)
		return true;
	if (x->doubtful != y->doubtful)
		return !x->doubtful;
	if (x->show != y->show)
		return x->show > y->show;
	if (x->priority != y->priority)
		return x->priority > y->priority;
	return x->since > y->since;
}

/* A resource of negative priority gets no messages: it does not count. */
static const struct resource *best_of(const struct entry *e)
{
	const struct resource *best = NULL;

	LIST_EACH(node, &e->resources)
	{
		const struct resource *r = LIST_OF(node, struct resource, link);

		if (r->priority >= 0 && better(r, best))
			best = r;
	}
	return best;
}

static void again_in(struct entry *e, int64_t ms)
{
	loop_timer_start(e->board->loop, &e->again, ms);
}

/* After any change of resources: since when, and who must hear of it. */
static void refresh(struct entry *e)
{
	struct board *b = e->board;
	const struct resource *r = best_of(e);
	enum presence_show show = r != NULL ? r->show : PRES_OFFLINE;
	bool was_there = e->show >= PRES_ONLINE;
	int64_t now = loop_wall(b->loop);

	if (show != e->show) {
		/* online <-> chat is no new arrival. */
		if (!was_there || show < PRES_ONLINE)
			e->since = now;
		e->show = show;
		if (!was_there && show >= PRES_ONLINE && b->conf.settle > 0)
			again_in(e, b->conf.settle);
	}
	if (r != NULL && r->doubtful && b->conf.doubt_grace > 0)
		again_in(e, b->conf.doubt_grace);
	mark_changed(e);
}

static struct resource *resource_find(const struct entry *e, struct str name)
{
	LIST_EACH(node, &e->resources)
	{
		struct resource *r = LIST_OF(node, struct resource, link);

		if (str_is(name, r->name))
			return r;
	}
	return NULL;
}

static struct str cut_status(struct str s)
{
	if (s.n <= STATUS_MAX)
		return s;
	s.n = STATUS_MAX;
	while (s.n > 0 && ((uint8_t)s.p[s.n] & 0xc0U) == 0x80U)
		s.n--;
	return s;
}

static void resource_set(struct entry *e, const struct board_presence *p)
{
	struct resource *r = resource_find(e, p->resource);
	int64_t now = loop_wall(e->board->loop);
	struct str status = cut_status(p->status);

	if (r == NULL) {
		r = mem_new(sizeof(*r) + p->resource.n + 1);
		copy(r->name, p->resource);
		list_append(&e->resources, &r->link);
	}
	if (r->show != p->show || r->since == 0)
		r->since = now;
	mem_free(r->status);
	r->status = status.n > 0 ? mem_strndup(status.p, status.n) : NULL;
	r->show = p->show;
	r->priority = p->priority;
	r->proof = now;
	r->doubtful = false;
	if (p->idle > r->active && p->idle <= now)
		r->active = p->idle;
}

void board_presence(struct board *b, const struct board_presence *p)
{
	struct entry *e = entry_get(b, p->bare);
	struct resource *r;

	if (p->show == PRES_OFFLINE) {
		r = resource_find(e, p->resource);
		if (r != NULL)
			resource_free(r);
	} else {
		resource_set(e, p);
	}
	refresh(e);
}

static struct resource *find(struct board *b, struct str bare,
			     struct str resource, struct entry **e)
{
	*e = map_get(&b->entries, bare);
	return *e != NULL ? resource_find(*e, resource) : NULL;
}

void board_proof(struct board *b, struct str bare, struct str resource,
		 unsigned signs)
{
	struct entry *e;
	struct resource *r = find(b, bare, resource, &e);

	if (r == NULL)
		return;
	r->proof = loop_wall(b->loop);
	if (signs != 0)
		r->active = r->proof;
	if ((signs & BOARD_DISPLAYED) != 0)
		r->displayed = r->proof;
}

void board_doubt(struct board *b, struct str bare, struct str resource,
		 bool doubtful)
{
	struct entry *e;
	struct resource *r = find(b, bare, resource, &e);

	if (r == NULL || r->doubtful == doubtful)
		return;
	r->doubtful = doubtful;
	r->doubt_since = doubtful ? loop_wall(b->loop) : 0;
	refresh(e);
}

void board_doubt_since(struct board *b, struct str bare, struct str resource,
		       int64_t wall)
{
	struct entry *e;
	struct resource *r = find(b, bare, resource, &e);

	if (r == NULL)
		return;
	r->doubtful = true;
	r->doubt_since = r->proof = wall;
	refresh(e);
}

void board_inactive(struct board *b, struct str bare, struct str resource,
		    bool inactive)
{
	struct entry *e;
	struct resource *r = find(b, bare, resource, &e);

	if (r == NULL || (r->inactive_since != 0) == inactive)
		return;
	r->inactive_since = inactive ? loop_wall(b->loop) : 0;
	mark_changed(e);
}

void board_push(struct board *b, struct str bare, bool has_push)
{
	struct entry *e = entry_get(b, bare);

	if (e->push != has_push) {
		e->push = has_push;
		mark_changed(e);
	}
	entry_drop_if_idle(e);
}

void board_claims(struct board *b, struct str bare, int change)
{
	struct entry *e = entry_get(b, bare);

	if (change > 0)
		e->claims += (unsigned)change;
	else if ((unsigned)-change <= e->claims)
		e->claims -= (unsigned)-change;
	entry_drop_if_idle(e);
}

void board_told(struct board *b, struct str bare, int64_t wall)
{
	entry_get(b, bare)->told = wall;
}

static const char *status_of(const struct resource *r, struct arena *a)
{
	return r != NULL && r->status != NULL ? arena_strdup(a, r->status) : "";
}

static struct person person_of(const struct entry *e, struct arena *a)
{
	const struct resource *r = best_of(e);
	struct person p = {
		.address = arena_strdup(a, e->bare),
		.name = "",
		.show = r != NULL ? r->show : PRES_OFFLINE,
		.status = status_of(r, a),
		.since = e->since,
		.push = e->push,
		.on_cover = true,
		.mailbox_ok = true,
		.claims = e->claims,
		.told = e->told,
	};

	LIST_EACH(node, &e->resources)
	p.resources++;
	if (r != NULL) {
		p.proof = r->proof;
		p.doubtful = r->doubtful;
		p.doubt_since = r->doubt_since;
	}
	return p;
}

struct person board_person(const struct board *b, struct str bare,
			   struct arena *a)
{
	const struct entry *e = map_get(&b->entries, bare);

	if (e != NULL)
		return person_of(e, a);
	return (struct person){
		.address = arena_str(a, bare).p,
		.name = "",
		.status = "",
		.on_cover = true,
		.mailbox_ok = true,
	};
}

size_t board_online(const struct board *b, struct arena *a, struct person **out)
{
	const struct entry *e;
	size_t it = 0;
	size_t n = 0;

	*out = arena_alloc(a, (b->entries.used + 1) * sizeof(**out));
	while ((e = map_next(&b->entries, &it)) != NULL)
		if (!list_empty(&e->resources))
			(*out)[n++] = person_of(e, a);
	return n;
}

size_t board_resources(const struct board *b, struct str bare, struct arena *a,
		       struct board_resource **out)
{
	const struct entry *e = map_get(&b->entries, bare);
	size_t n = 0;

	*out = NULL;
	if (e == NULL)
		return 0;
	LIST_EACH(node, &e->resources)
	n++;
	*out = arena_alloc(a, (n + 1) * sizeof(**out));
	n = 0;
	LIST_EACH(node, &e->resources)
	{
		const struct resource *r = LIST_OF(node, struct resource, link);

		(*out)[n++] = (struct board_resource){
			.resource = arena_strdup(a, r->name),
			.show = r->show,
			.priority = r->priority,
			.status = status_of(r, a),
			.since = r->since,
			.proof = r->proof,
			.doubtful = r->doubtful,
			.inactive_since = r->inactive_since,
			.active = r->active,
			.displayed = r->displayed,
		};
	}
	return n;
}

void board_watch(struct board *b, board_fn *fn, void *arg)
{
	assert(b->watcher_count < WATCHERS_MAX); /* rooms, not peers */
	b->watchers[b->watcher_count++] =
		(struct watcher){ .fn = fn, .arg = arg };
}

void board_unwatch(struct board *b, board_fn *fn, void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->watcher_count; i++)
		if (b->watchers[i].fn != fn || b->watchers[i].arg != arg)
			b->watchers[kept++] = b->watchers[i];
	b->watcher_count = kept;
}

struct presence_rules board_rules(const struct board *b)
{
	return (struct presence_rules){
		.settle = b->conf.settle,
		.doubt_grace = b->conf.doubt_grace,
		.proof_max = b->conf.proof_max,
		.dnd_breaks_at = b->conf.dnd_breaks_at,
	};
}

void board_configure(struct board *b, const struct board_conf *c)
{
	b->conf = *c;
}

struct board *board_new(struct loop *l)
{
	struct board *b = mem_new(sizeof(*b));

	b->loop = l;
	b->conf = (struct board_conf){
		.settle = 10 * WHEN_SECOND,
		.doubt_grace = 30 * WHEN_SECOND,
		.proof_max = WHEN_MINUTE,
		.dnd_breaks_at = SEV_CRITICAL,
	};
	b->tell.fn = tell_watchers;
	map_init(&b->entries, loop_seed(l));
	list_init(&b->changed);
	return b;
}

void board_free(struct board **b)
{
	struct entry *e;
	size_t it = 0;

	if (*b == NULL)
		return;
	loop_defer_cancel(&(*b)->tell);
	while ((e = map_next(&(*b)->entries, &it)) != NULL) {
		map_del(&(*b)->entries, str_of(e->bare));
		entry_free(e);
	}
	map_fini(&(*b)->entries);
	mem_free(*b);
	*b = NULL;
}
