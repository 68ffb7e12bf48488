/* SPDX-License-Identifier: MIT */
/* occupant.h - who is in a room: the tables; nobody is told anything here
 */
#ifndef GW_XMPP_MUC_OCCUPANT_H
#define GW_XMPP_MUC_OCCUPANT_H

#include "xmpp/muc/room.h"

#define MUC_ID_LEN 64 /* hex of an HMAC-SHA-256 */

struct xmpp_occupant {
	struct list link; /* in room->occupants */
	struct xmpp_room *room;
	char *nick, *key, *bare;
	struct xmpp_muc_standing standing;
	struct list seats; /* empty: the bot */
	char id[MUC_ID_LEN + 1];
};

struct xmpp_muc_seat {	  /* one full JID */
	struct list link; /* in occupant->seats */
	struct xmpp_occupant *of;
	unsigned serial;
	struct arena *a; /* jid, presence: renewed with each presence */
	struct jid jid;
	const struct stanza *presence;
	int64_t calm_at; /* loop time: each change of presence adds a second */
};

struct xmpp_occupant *xmpp_occupant_nick(const struct xmpp_room *r,
					 struct str nick);
struct xmpp_muc_seat *xmpp_occupant_seat(const struct xmpp_room *r,
					 struct jid full);
/* GW_BAD_INPUT: not a nick; GW_CONFLICT: it is somebody else's. */
enum gw_err xmpp_occupant_claim(const struct xmpp_room *r, struct str nick,
				struct str bare, struct arena *a,
				struct str *key) GW_CHECKED;
struct xmpp_occupant *xmpp_occupant_add(struct xmpp_room *r, struct str nick,
					struct str key, struct str bare);
void xmpp_occupant_rename(struct xmpp_occupant *o, struct str nick,
			  struct str key);
void xmpp_occupant_del(struct xmpp_occupant **o); /* with its seats */
struct xmpp_muc_seat *xmpp_occupant_sit(struct xmpp_occupant *o,
					struct jid full,
					const struct stanza *presence);
void xmpp_occupant_show(struct xmpp_muc_seat *s, const struct stanza *presence);
void xmpp_occupant_rise(struct xmpp_muc_seat **s);
/* Bot and all; the bot's seat is none. */
struct xmpp_occupant *xmpp_occupant_next(const struct xmpp_room *r,
					 const struct xmpp_occupant *o);
struct xmpp_muc_seat *xmpp_occupant_next_seat(const struct xmpp_occupant *o,
					      const struct xmpp_muc_seat *s);
bool xmpp_occupant_is_bot(const struct xmpp_occupant *o);
/* XEP-0421: by the person, whatever the nick; out: MUC_ID_LEN + 1. */
void xmpp_occupant_id(const struct xmpp_room *r, struct str bare, char *out);
/* "room@host/nick", in a. */
struct str xmpp_occupant_jid(const struct xmpp_occupant *o, struct arena *a);

#endif
