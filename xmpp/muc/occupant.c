/* SPDX-License-Identifier: MIT */
/* occupant.c - the tables of who is in a room; nobody is told anything here */
#include "xmpp/muc/occupant.h"

#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"
#include "xmpp/precis.h"

static struct xmpp_occupant *by_key(const struct xmpp_room *r, struct str key)
{
	return map_get(&r->by_key, key);
}

struct xmpp_occupant *xmpp_occupant_nick(const struct xmpp_room *r,
					 struct str nick)
{
	struct arena *a = arena_new();
	struct xmpp_occupant *o = NULL;
	struct str key;

	if (xmpp_precis_nickname_key(a, nick, &key) == GW_OK)
		o = by_key(r, key);
	arena_free(&a);
	return o;
}

struct xmpp_muc_seat *xmpp_occupant_seat(const struct xmpp_room *r,
					 struct jid full)
{
	return map_get(&r->by_full, full.full);
}

enum gw_err xmpp_occupant_claim(const struct xmpp_room *r, struct str nick,
				struct str bare, struct arena *a,
				struct str *key)
{
	const struct xmpp_occupant *o;

	if (nick.n == 0 || nick.n > MUC_NICK_MAX ||
	    xmpp_precis_nickname_key(a, nick, key) != GW_OK)
		return GW_BAD_INPUT;
	o = by_key(r, *key);
	if (o != NULL && !str_is(bare, o->bare))
		return GW_CONFLICT;
	if (str_eq(*key, r->muc->bot_key) && !str_eq(bare, r->muc->bot.bare))
		return GW_CONFLICT;
	return GW_OK;
}

void xmpp_occupant_id(const struct xmpp_room *r, struct str bare, char *out)
{
	uint8_t mac[CRYPTO_HASH_MAX];

	crypto_hmac(CRYPTO_SHA256,
		    str_make((const char *)r->secret, MUC_SECRET_LEN), bare,
		    mac);
	codec_hex_to(out, mac, MUC_ID_LEN / 2);
}

static char *text_of(struct str s)
{
	return mem_strndup(s.p, s.n);
}

struct xmpp_occupant *xmpp_occupant_add(struct xmpp_room *r, struct str nick,
					struct str key, struct str bare)
{
	struct xmpp_occupant *o = mem_new(sizeof(*o));

	o->room = r;
	o->nick = text_of(nick);
	o->key = text_of(key);
	o->bare = text_of(bare);
	o->standing.affiliation = xmpp_room_affiliation(r, bare);
	o->standing.role = xmpp_muc_first_role(o->standing.affiliation,
					       xmpp_room_is(r, MUC_MODERATED));
	list_init(&o->seats);
	xmpp_occupant_id(r, bare, o->id);
	list_append(&r->occupants, &o->link);
	map_put(&r->by_key, str_of(o->key), o);
	return o;
}

void xmpp_occupant_rename(struct xmpp_occupant *o, struct str nick,
			  struct str key)
{
	char *new_nick = text_of(nick);
	char *new_key = text_of(key);

	map_del(&o->room->by_key, str_of(o->key));
	mem_free(o->nick);
	mem_free(o->key);
	o->nick = new_nick;
	o->key = new_key;
	map_put(&o->room->by_key, str_of(o->key), o);
}

void xmpp_occupant_del(struct xmpp_occupant **po)
{
	struct xmpp_occupant *o = *po;
	struct xmpp_muc_seat *s;

	*po = NULL;
	while ((s = xmpp_occupant_next_seat(o, NULL)) != NULL)
		xmpp_occupant_rise(&s);
	list_del(&o->link);
	map_del(&o->room->by_key, str_of(o->key));
	mem_free(o->nick);
	mem_free(o->key);
	mem_free(o->bare);
	mem_free(o);
}

static void put_presence(struct xmpp_muc_seat *s, struct jid full,
			 const struct stanza *presence)
{
	struct arena *a = arena_new();
	struct arena *old = s->a;

	s->a = a;
	s->jid = xmpp_jid_copy(a, full);
	s->presence = stanza_copy(a, presence);
	/* From here on the table refers to the new bytes. */
	map_put(&s->of->room->by_full, s->jid.full, s);
	arena_free(&old);
}

struct xmpp_muc_seat *xmpp_occupant_sit(struct xmpp_occupant *o,
					struct jid full,
					const struct stanza *presence)
{
	struct xmpp_muc_seat *s = mem_new(sizeof(*s));

	s->of = o;
	s->serial = ++o->room->serial;
	list_append(&o->seats, &s->link);
	put_presence(s, full, presence);
	return s;
}

void xmpp_occupant_show(struct xmpp_muc_seat *s, const struct stanza *presence)
{
	/* The seat that spoke last is the one whose presence is shown. */
	list_del(&s->link);
	list_append(&s->of->seats, &s->link);
	put_presence(s, s->jid, presence);
}

void xmpp_occupant_rise(struct xmpp_muc_seat **ps)
{
	struct xmpp_muc_seat *s = *ps;

	*ps = NULL;
	list_del(&s->link);
	map_del(&s->of->room->by_full, s->jid.full);
	arena_free(&s->a);
	mem_free(s);
}

struct xmpp_occupant *xmpp_occupant_next(const struct xmpp_room *r,
					 const struct xmpp_occupant *o)
{
	struct list *node = o == NULL ? r->occupants.next : o->link.next;

	if (node == &r->occupants)
		return NULL;
	return LIST_OF(node, struct xmpp_occupant, link);
}

struct xmpp_muc_seat *xmpp_occupant_next_seat(const struct xmpp_occupant *o,
					      const struct xmpp_muc_seat *s)
{
	struct list *node = s == NULL ? o->seats.next : s->link.next;

	if (node == &o->seats)
		return NULL;
	return LIST_OF(node, struct xmpp_muc_seat, link);
}

bool xmpp_occupant_is_bot(const struct xmpp_occupant *o)
{
	return str_eq(str_of(o->bare), o->room->muc->bot.bare);
}

struct str xmpp_occupant_jid(const struct xmpp_occupant *o, struct arena *a)
{
	return str_of(arena_printf(a, STR_FMT "/%s", STR_ARG(o->room->jid.bare),
				   o->nick));
}
