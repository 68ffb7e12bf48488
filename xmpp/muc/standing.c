/* SPDX-License-Identifier: MIT */
/* standing.c - how a person stands in a room: by what owners said there, and
 * by the configuration
 *
 * Members, admins and owners named in muster.yaml, and the members and leads
 * of the pools whose room it is, are not stored: they are what the file and
 * the directory say now.  The higher of both counts.
 */
#include "gateway/base/buf.h"
#include "gateway/base/when.h"
#include "xmpp/muc/news.h"

#define TEND_EVERY     (30 * WHEN_SECOND)
#define AGED_EVERY     120 /* times: every hour */
#define TEMPORARY_KEPT 20  /* times: ten minutes after the start */

const struct xmpp_muc_room_conf *xmpp_muc_conf_of(const struct xmpp_muc *m,
						  struct str room)
{
	const struct conf_map *map = &xmpp_muc_conf(m)->rooms;

	for (size_t i = 0; i < map->count; i++)
		if (str_iis(room, map->entries[i].name))
			return map->entries[i].value;
	return NULL;
}

static bool names(const struct xmpp_room *r, const struct conf_texts *list,
		  struct str bare)
{
	const struct pools *ps = xmpp_pools(r->muc->x);

	for (size_t i = 0; i < list->count; i++) {
		struct str item = str_of(list->items[i]);
		const struct pool *p;

		if (str_ieq(item, bare))
			return true;
		p = ps != NULL ? pool_find(ps, item) : NULL;
		if (p != NULL && pool_has_member(p, bare))
			return true;
	}
	return false;
}

static enum xmpp_muc_affiliation by_room(const struct xmpp_room *r,
					 struct str bare)
{
	const struct xmpp_muc_room_conf *conf =
		xmpp_muc_conf_of(r->muc, r->jid.bare);

	if (conf == NULL)
		return MUC_NONE;
	if (names(r, &conf->owners, bare))
		return MUC_OWNER;
	if (names(r, &conf->admins, bare))
		return MUC_ADMIN;
	return names(r, &conf->members, bare) ? MUC_MEMBER : MUC_NONE;
}

static enum xmpp_muc_affiliation by_pool(const struct xmpp_room *r,
					 struct str bare)
{
	const struct pools *ps = xmpp_pools(r->muc->x);
	enum xmpp_muc_affiliation best = MUC_NONE;
	const struct pool *p;
	size_t it = 0;

	while (ps != NULL && (p = pool_next(ps, &it)) != NULL) {
		const struct pool_conf *conf = pool_conf(p);

		if (!str_iis(r->jid.bare, conf->room))
			continue;
		for (size_t i = 0; i < conf->leads.count; i++)
			if (str_iis(bare, conf->leads.items[i]))
				return MUC_ADMIN;
		if (pool_has_member(p, bare))
			best = MUC_MEMBER;
	}
	return best;
}

enum xmpp_muc_affiliation xmpp_room_configured(const struct xmpp_room *r,
					       struct str bare)
{
	enum xmpp_muc_affiliation one = by_room(r, bare);
	enum xmpp_muc_affiliation other = by_pool(r, bare);

	if (str_eq(bare, r->muc->bot.bare))
		return MUC_OWNER;
	return one > other ? one : other;
}

enum xmpp_muc_affiliation xmpp_room_affiliation(const struct xmpp_room *r,
						struct str bare)
{
	const struct xmpp_muc_person *p = map_get(&r->persons, bare);
	enum xmpp_muc_affiliation configured = xmpp_room_configured(r, bare);

	if (p == NULL)
		return configured;
	/* A ban is lifted by the configuration, for it cannot be meant. */
	return p->affiliation > configured || configured == MUC_NONE
		       ? p->affiliation
		       : configured;
}

void xmpp_room_affiliate(struct xmpp_room *r, const struct muc_person_row *row)
{
	struct xmpp_muc_person *old = map_del(&r->persons, row->jid);
	struct xmpp_muc_person *p;

	if (old != NULL) {
		mem_free(old->reason);
		mem_free(old);
	}
	if (row->remove || row->affiliation == MUC_NONE)
		return;
	p = mem_new(sizeof(*p) + row->jid.n + 1);
	memcpy(p->jid, row->jid.p, row->jid.n);
	p->affiliation = (enum xmpp_muc_affiliation)row->affiliation;
	p->reason = mem_strndup(row->reason.n > 0 ? row->reason.p : "",
				row->reason.n);
	map_put(&r->persons, str_of(p->jid), p);
}

/* ---- everybody who stands in a room ---- */

struct gather {
	const struct xmpp_room *r;
	struct arena *a;
	struct map seen;
	struct buf rows;
};

static void gather_one(struct gather *g, struct str bare)
{
	const struct xmpp_muc_person *p;
	struct muc_person_row row = {
		.jid = arena_str(g->a, bare),
		.affiliation = (int)xmpp_room_affiliation(g->r, bare),
	};

	if (map_get(&g->seen, bare) != NULL || row.affiliation == MUC_NONE)
		return;
	p = map_get(&g->r->persons, bare);
	row.reason = str_of(p != NULL ? p->reason : "");
	map_put(&g->seen, row.jid, g);
	buf_add(&g->rows, &row, sizeof(row));
}

static void gather_pool(struct gather *g, const struct pool *p)
{
	struct snapshot s;

	if (pool_snapshot(xmpp_pools(g->r->muc->x), p, g->a, &s) != GW_OK)
		return;
	for (size_t i = 0; i < s.count; i++)
		gather_one(g, str_of(s.people[i].address));
}

static void gather_list(struct gather *g, const struct conf_texts *list)
{
	const struct pools *ps = xmpp_pools(g->r->muc->x);

	for (size_t i = 0; i < list->count; i++) {
		struct str item = str_of(list->items[i]);
		const struct pool *p = ps != NULL ? pool_find(ps, item) : NULL;

		if (p != NULL)
			gather_pool(g, p);
		else
			gather_one(g, item);
	}
}

static void gather_configured(struct gather *g)
{
	const struct xmpp_muc_room_conf *conf =
		xmpp_muc_conf_of(g->r->muc, g->r->jid.bare);
	const struct pools *ps = xmpp_pools(g->r->muc->x);
	const struct pool *p;
	size_t it = 0;

	if (conf != NULL) {
		gather_list(g, &conf->owners);
		gather_list(g, &conf->admins);
		gather_list(g, &conf->members);
	}
	while (ps != NULL && (p = pool_next(ps, &it)) != NULL) {
		if (!str_iis(g->r->jid.bare, pool_conf(p)->room))
			continue;
		gather_list(g, &pool_conf(p)->leads);
		gather_pool(g, p);
	}
}

size_t xmpp_room_persons(const struct xmpp_room *r, struct arena *a,
			 struct muc_person_row **rows)
{
	struct gather g = { .r = r, .a = a };
	const struct xmpp_muc_person *p;
	size_t it = 0, n;

	map_init(&g.seen, r->persons.seed);
	while ((p = map_next(&r->persons, &it)) != NULL)
		gather_one(&g, str_of(p->jid));
	gather_configured(&g);
	n = g.rows.len / sizeof(**rows);
	*rows = arena_alloc(a, g.rows.len + 1);
	if (n > 0)
		memcpy(*rows, g.rows.data, g.rows.len);
	buf_fini(&g.rows);
	map_fini(&g.seen);
	return n;
}

/* ---- what the configuration says is made so ---- */

bool xmpp_room_is_standing(const struct xmpp_room *r)
{
	const struct pools *ps = xmpp_pools(r->muc->x);
	const struct pool *p;
	size_t it = 0;

	while (ps != NULL && (p = pool_next(ps, &it)) != NULL)
		if (str_iis(r->jid.bare, pool_conf(p)->room))
			return true;
	return xmpp_muc_conf_of(r->muc, r->jid.bare) != NULL;
}

bool xmpp_room_allows(const struct xmpp_room *r,
		      const struct xmpp_muc_settings *set)
{
	const struct xmpp_muc_room_conf *conf =
		xmpp_muc_conf_of(r->muc, r->jid.bare);
	unsigned kept = MUC_PERSISTENT | MUC_OPEN_JIDS;

	if (!xmpp_room_is(r, MUC_BOT))
		return true;
	if (conf != NULL) {
		kept |= MUC_MEMBERS_ONLY;
		if (set->history != conf->history ||
		    (*conf->name != '\0' && !str_is(set->name, conf->name)))
			return false;
	}
	return ((set->flags ^ r->set.flags) & kept) == 0;
}

/* What muster.yaml fixes of a room; the rest is its owners'. */
static bool differs(const struct xmpp_room *r,
		    const struct xmpp_muc_settings *want)
{
	return want->flags != r->set.flags || want->history != r->set.history ||
	       !str_eq(want->name, r->set.name);
}

static struct xmpp_muc_settings wanted(const struct xmpp_muc *m,
				       const struct xmpp_room *r,
				       const struct xmpp_muc_room_conf *conf)
{
	struct xmpp_muc_settings set =
		r != NULL ? r->set : xmpp_room_defaults(m);

	set.flags |= MUC_PERSISTENT | MUC_OPEN_JIDS | MUC_BOT;
	if (r == NULL)
		set.flags |= MUC_MEMBERS_ONLY;
	if (conf == NULL)
		return set;
	set.flags &= ~(unsigned)MUC_MEMBERS_ONLY;
	set.flags |= conf->members_only ? MUC_MEMBERS_ONLY : 0U;
	set.history = conf->history;
	if (*conf->name != '\0')
		set.name = str_of(conf->name);
	return set;
}

struct xmpp_room *xmpp_room_stand(struct xmpp_ctx *c, struct xmpp_muc *m,
				  struct jid jid)
{
	struct xmpp_room *r = xmpp_room_find(m, jid.bare);
	struct xmpp_muc_settings set =
		wanted(m, r, xmpp_muc_conf_of(m, jid.bare));

	if (r == NULL)
		r = xmpp_room_make(m, jid, &set);
	if (!r->stored || differs(r, &set)) {
		xmpp_room_set(r, &set);
		r->locked = false;
		xmpp_room_save(r, NULL, NULL, 0,
			       (struct muc_done){ .fn = NULL });
	}
	xmpp_muc_bot_in(c, r);
	return r;
}

static void stand(struct xmpp_ctx *c, struct xmpp_muc *m, const char *address)
{
	struct jid jid;

	if (xmpp_jid_parse(c->a, str_of(address), &jid) == GW_OK &&
	    jid.local.p != NULL && str_eq(jid.domain, m->host.full))
		xmpp_room_stand(c, m, jid);
}

static void standing_rooms(struct xmpp_ctx *c, struct xmpp_muc *m)
{
	const struct conf_map *map = &xmpp_muc_conf(m)->rooms;
	const struct pools *ps = xmpp_pools(m->x);
	const struct pool *p;
	size_t it = 0;

	while (ps != NULL && (p = pool_next(ps, &it)) != NULL)
		if (*pool_conf(p)->room != '\0')
			stand(c, m, pool_conf(p)->room);
	for (size_t i = 0; i < map->count; i++)
		stand(c, m, map->entries[i].name);
}

/* Who lost or won an affiliation by configuration or directory. */
static void restate_all(struct xmpp_ctx *c, struct xmpp_room *r)
{
	struct xmpp_occupant *o = xmpp_occupant_next(r, NULL);
	struct xmpp_occupant *next;

	for (; o != NULL; o = next) {
		struct xmpp_muc_standing s = o->standing;
		struct xmpp_muc_news n = { .of = o };

		next = xmpp_occupant_next(r, o);
		s.affiliation = xmpp_room_affiliation(r, str_of(o->bare));
		if (xmpp_occupant_is_bot(o) ||
		    s.affiliation == o->standing.affiliation)
			continue;
		s.role = xmpp_muc_first_role(s.affiliation,
					     xmpp_room_is(r, MUC_MODERATED));
		xmpp_muc_restate(c, &n, s);
	}
}

static void trim(struct xmpp_room *r, bool aged)
{
	const struct xmpp_muc_conf *conf = xmpp_muc_conf(r->muc);
	struct muc_bounds b = { .room = r->jid.bare, .keep = conf->keep };

	if (conf->keep_for > 0)
		b.before = loop_wall(xmpp_loop(r->muc->x)) - conf->keep_for;
	if (!r->stored || (!aged && r->untrimmed == 0))
		return;
	muc_trim(xmpp_store(r->muc->x), &b);
	r->untrimmed = 0;
}

/* After a start a temporary room waits for its occupants to come back. */
static bool nobody_came_back(const struct xmpp_muc *m,
			     const struct xmpp_room *r)
{
	return m->tended > TEMPORARY_KEPT && r->by_full.used == 0 &&
	       !xmpp_room_is(r, MUC_PERSISTENT);
}

void xmpp_muc_tend(struct xmpp_muc *m)
{
	bool was = xmpp_muc_enter(m);
	struct xmpp_room *r;
	struct xmpp_ctx c;
	size_t it = 0;

	xmpp_ctx_begin(&c, m->x);
	standing_rooms(&c, m);
	while ((r = xmpp_room_next(m, &it)) != NULL) {
		restate_all(&c, r);
		trim(r, m->tended % AGED_EVERY == 0);
		if (nobody_came_back(m, r))
			xmpp_room_forget(&r);
	}
	xmpp_ctx_end(&c);
	xmpp_muc_leave(m, was);
	m->tended++;
	loop_timer_start(xmpp_loop(m->x), &m->tend, TEND_EVERY);
}
