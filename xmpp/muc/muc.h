/* SPDX-License-Identifier: MIT */
/* muc.h - the service of rooms: its configuration, its rooms
 *
 * Rooms are hot; the store is their journal.  What changes a room's standing
 * (affiliations, settings, the bot's posts) is seen after its commit; what
 * people say is seen at once, and its sender's receipt waits for the row.
 */
#ifndef GW_XMPP_MUC_MUC_H
#define GW_XMPP_MUC_MUC_H

#include "gateway/base/slot.h"
#include "gateway/pool/pool.h"
#include "gateway/store/xmpp/muc.h"
#include "xmpp/module.h"
#include "xmpp/muc/conf.h"
#include "xmpp/xml/parse.h"

#define NS_MUC	       "http://jabber.org/protocol/muc"
#define NS_MUC_USER    "http://jabber.org/protocol/muc#user"
#define NS_MUC_ADMIN   "http://jabber.org/protocol/muc#admin"
#define NS_MUC_OWNER   "http://jabber.org/protocol/muc#owner"
#define NS_MUC_CONFIG  "http://jabber.org/protocol/muc#roomconfig"
#define NS_OCCUPANT_ID "urn:xmpp:occupant-id:0"
#define NS_CONFERENCE  "jabber:x:conference"
#define NS_REPLY       "urn:xmpp:reply:0"
#define NS_CORRECT     "urn:xmpp:message-correct:0"
#define NS_HINTS       "urn:xmpp:hints"
#define NS_DATA	       "jabber:x:data"
#define NS_DISCO_INFO  "http://jabber.org/protocol/disco#info"
#define NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"
#define NS_PING	       "urn:xmpp:ping"

#define MUC_BOT_NICK "muster"

struct xmpp_room;

struct xmpp_muc { /* state of the module */
	struct xmpp *x;
	struct arena *a; /* as long as the service */
	struct jid host;
	struct jid bot;			/* bare JID of the desk */
	struct str bot_key;		/* its nick, as nicks are compared */
	struct map rooms;		/* bare JID -> room */
	struct slot_table handles;	/* rooms, for what comes late */
	struct xmpp_xml_parser *parser; /* of history */
	bool up;
	/* Errors and leave-takings that are caused by our own sending come
	 * while occupants are walked: they wait until the end of the turn. */
	bool inside;
	struct list parked;
	struct loop_task unpark;
	struct loop_timer tend; /* standing by configuration, old lines */
	unsigned tended;
	struct metric *said, *refused;
	struct metric uncounted; /* where nobody asks */
};

const struct xmpp_muc_conf *xmpp_muc_conf(const struct xmpp_muc *m);
/* What muster.yaml says of a room; NULL: nothing. */
const struct xmpp_muc_room_conf *xmpp_muc_conf_of(const struct xmpp_muc *m,
						  struct str room);

/* muc.c: between these two stanzas for the service wait.  Returns what to
 * hand back, so that they nest. */
bool xmpp_muc_enter(struct xmpp_muc *m);
void xmpp_muc_leave(struct xmpp_muc *m, bool was);

/* standing.c: the rooms that the configuration names, by `rooms:` or as the
 * room of a pool: makes those that are not there, and applies to all of them
 * what changed since. */
void xmpp_muc_tend(struct xmpp_muc *m);

/* seam.c */
void xmpp_muc_post(void *self, const struct seam_post *p,
		   void (*done)(void *arg, enum gw_err e), void *arg);
void xmpp_muc_subject(void *self, struct str room, struct str text);

/* disco.c, admin.c, owner.c, relay.c: what a room, the service, an occupant is
 * asked; room NULL: the service itself. */
void xmpp_muc_disco(struct xmpp_ctx *c, struct xmpp_muc *m,
		    struct xmpp_room *room, const struct stanza *iq);
void xmpp_muc_admin(struct xmpp_ctx *c, struct xmpp_room *room,
		    const struct stanza *iq);
void xmpp_muc_owner(struct xmpp_ctx *c, struct xmpp_room *room,
		    const struct stanza *iq);
void xmpp_muc_relay(struct xmpp_ctx *c, struct xmpp_room *room,
		    const struct stanza *iq);

#endif
