/* SPDX-License-Identifier: MIT */
/* presence.c - who was told that somebody of a component is there
 *
 * When its stream ends they are told that nobody is (RFC 6121 4.5.2), as by a
 * server whose client is lost.  An entry is "FROM\nTO"; what is beyond the
 * bound is not told.
 */
#include "gateway/run/log.h"
#include "xmpp/component/component_private.h"

#define SHOWN_MAX 20000 /* told in one turn */

static struct str pair_of(struct arena *a, const struct stanza *st)
{
	return str_of(arena_printf(a, STR_FMT "\n" STR_FMT,
				   STR_ARG(stanza_attr(st, "from")),
				   STR_ARG(stanza_attr(st, "to"))));
}

void xmpp_component_shows(struct xmpp_component_stream *s, struct arena *a,
			  const struct stanza *st)
{
	struct str type = stanza_attr(st, "type"), pair = pair_of(a, st);
	char *text;

	if (str_is(type, "unavailable")) {
		mem_free(map_del(&s->shown, pair));
	} else if (type.p == NULL && s->shown.used < SHOWN_MAX) {
		text = mem_strndup(pair.p, pair.n);
		mem_free(map_put(&s->shown, str_of(text), text));
	}
}

static void withdraw(struct xmpp_component_stream *s, struct str pair)
{
	struct str from, to = pair;
	struct stanza *st;
	struct xmpp_ctx c;

	if (!str_split(&to, '\n', &from))
		return;
	xmpp_ctx_begin(&c, s->all->x);
	st = stanza_new(c.a, "presence", NS_CLIENT);
	stanza_set_attr(c.a, st, "type", STR("unavailable"));
	stanza_set_attr(c.a, st, "from", from);
	stanza_set_attr(c.a, st, "to", to);
	if (xmpp_jid_parse(c.a, from, &c.from) == GW_OK)
		xmpp_route(&c, st);
	xmpp_ctx_end(&c);
}

void xmpp_component_withdraw(struct xmpp_component_stream *s)
{
	struct map shown = s->shown;
	size_t it = 0;
	char *text;

	map_init(&s->shown, loop_seed(s->all->x->loop));
	while ((text = map_next(&shown, &it)) != NULL) {
		if (!s->all->x->stopping)
			withdraw(s, str_of(text));
		mem_free(text);
	}
	map_fini(&shown);
}
