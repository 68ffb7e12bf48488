/* SPDX-License-Identifier: MIT */
/* wire_check.c - names that one part of a configuration uses of another
 *
 * A ladder, pool or room that is not there, and an address nobody can listen
 * on, are told with their line before anything is taken.
 */
#include "gateway/wire_private.h"
#include "xmpp/conf.h"

#include "alerts/conf.h"
#include "mta/conf.h"

struct checking {
	struct conf_reader *r;
	const struct config *cfg;
	const struct conf_map *pools, *ladders;
	char *rooms; /* the domain of rooms */
	enum gw_err e;
};

/* n: the table, NULL if it is not in the file. */
static const struct conf_node *at(const struct conf_node *n, const char *key)
{
	return n == NULL ? NULL : conf_get(n, key);
}

static bool names(const struct conf_map *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_ieq(str_of(m->entries[i].name), str_of(name)))
			return true;
	return false;
}

static void check_pool(struct checking *c, const struct conf_node *n,
		       const char *pool)
{
	if (*pool != '\0' && !names(c->pools, pool))
		c->e = conf_error(c->r, n, "no pool is named `%s'", pool);
}

static void check_ladder(struct checking *c, const struct conf_node *n,
			 const char *ladder)
{
	if (*ladder != '\0' && !names(c->ladders, ladder))
		c->e = conf_error(c->r, n, "no ladder is named `%s'", ladder);
}

static void check_room(struct checking *c, const struct conf_node *n,
		       const char *room)
{
	struct str s = str_of(room), domain;
	size_t sign = str_find(s, '@');

	if (s.n == 0)
		return;
	domain = sign < s.n ? str_make(s.p + sign + 1, s.n - sign - 1)
			    : STR_NONE;
	if (sign == 0 || !str_ieq(domain, str_of(c->rooms)))
		c->e = conf_error(c->r, n,
				  "`%s' is no room of ours: they are "
				  "called NAME@%s",
				  room, c->rooms);
}

static void check_listen(struct checking *c, const struct conf_node *n,
			 const char *text)
{
	struct err_note note = { .text = "" };

	if (*text != '\0' && listener_check_address(text, &note) != GW_OK)
		c->e = conf_error(c->r, n, "%s", note.text);
}

static void check_listens(struct checking *c, const struct conf_node *n,
			  const struct conf_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		check_listen(c,
			     n != NULL && conf_shape(n) == CONF_LIST
				     ? conf_item(n, i)
				     : n,
			     texts->items[i]);
}

static void check_pools(struct checking *c, const struct conf_node *n)
{
	for (size_t i = 0; i < c->pools->count; i++) {
		const struct conf_entry *entry = &c->pools->entries[i];
		const struct pool_conf *p = entry->value;
		const struct conf_node *here = at(n, entry->name);

		check_ladder(c, at(here, "ladder"), p->ladder);
		check_room(c, at(here, "room"), p->room);
	}
}

static void check_ladders(struct checking *c, const struct conf_node *n)
{
	for (size_t i = 0; i < c->ladders->count; i++) {
		const struct ladder *l = c->ladders->entries[i].value;
		const struct conf_node *steps =
			at(n, c->ladders->entries[i].name);

		if (steps != NULL && conf_shape(steps) == CONF_TABLE)
			steps = conf_get(steps, "steps");
		for (size_t k = 0; steps != NULL && k < l->count; k++)
			if (l->steps[k].target == TELL_ROOM)
				check_room(c, at(conf_item(steps, k), "room"),
					   l->steps[k].address);
	}
}

static void check_alerts(struct checking *c, const struct conf_node *n)
{
	const struct alerts_conf *conf = config_get(c->cfg, "alerts");
	const struct conf_node *receivers = at(n, "receivers");

	for (size_t i = 0; i < conf->receivers.count; i++) {
		const struct alerts_conf_receiver *x = conf->receivers.items[i];
		const struct conf_node *here =
			receivers == NULL ? NULL : conf_item(receivers, i);

		check_pool(c, at(here, "pool"), x->pool);
		check_ladder(c, at(here, "ladder"), x->ladder);
		check_room(c, at(here, "room"), x->room);
	}
}

static void check_xmpp(struct checking *c, const struct conf_node *n)
{
	const struct xmpp_conf *conf = config_get(c->cfg, "xmpp");
	const struct conf_node *s2s = at(n, "s2s");

	check_listens(c, at(at(n, "c2s"), "listen"), &conf->c2s.listen);
	check_listens(c, at(n, "c2s_tls"), &conf->c2s_tls);
	check_listens(c, at(s2s, "listen"), &conf->s2s.listen);
	check_listens(c, at(s2s, "listen_tls"), &conf->s2s.listen_tls);
}

static void check_mail(struct checking *c, const struct conf_node *n)
{
	const struct mta_conf *conf = config_get(c->cfg, "mail");
	const struct conf_node *ask = at(n, "ask");

	check_listen(c, at(at(n, "lmtp"), "listen"), conf->lmtp.listen);
	check_listen(c, at(at(n, "smtp"), "listen"), conf->smtp.listen);
	check_listen(c, at(ask, "policy"), conf->ask.policy);
	check_listen(c, at(ask, "socketmap"), conf->ask.socketmap);
}

static void check_web(struct checking *c, const struct conf_node *n)
{
	const struct web_conf *conf = config_get(c->cfg, "web");

	check_listen(c, at(n, "listen"), conf->listen);
	check_listen(c, at(n, "listen_tls"), conf->listen_tls);
}

/* As the rooms themselves are called: a label below the first domain. */
static char *rooms_domain(struct checking *c)
{
	const struct xmpp_conf *conf = config_get(c->cfg, "xmpp");
	const struct conf_map *domains = config_get(c->cfg, "domains");

	if (strchr(conf->muc.host, '.') != NULL)
		return arena_strdup(conf_arena(c->r), conf->muc.host);
	return arena_printf(conf_arena(c->r), "%s.%s", conf->muc.host,
			    domains->entries[0].name);
}

enum gw_err wire_check(struct conf_reader *r, const struct config *cfg,
		       const struct conf_node *file)
{
	struct checking c = {
		.r = r,
		.cfg = cfg,
		.pools = config_get(cfg, "pools"),
		.ladders = config_get(cfg, "ladders"),
		.e = GW_OK,
	};
	const struct conf_map *domains = config_get(cfg, "domains");

	if (domains->count == 0)
		return conf_error(r, at(file, "domains"),
				  "name at least one domain");
	c.rooms = rooms_domain(&c);
	check_pools(&c, at(file, "pools"));
	check_ladders(&c, at(file, "ladders"));
	check_alerts(&c, at(file, "alerts"));
	check_xmpp(&c, at(file, "xmpp"));
	check_mail(&c, at(file, "mail"));
	check_web(&c, at(file, "web"));
	return c.e;
}
