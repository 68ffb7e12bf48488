/* SPDX-License-Identifier: MIT */
/* news.h - what occupants do, and what the others are told of it
 */
#ifndef GW_XMPP_MUC_NEWS_H
#define GW_XMPP_MUC_NEWS_H

#include "xmpp/muc/occupant.h"

/* What is told of an occupant. */
struct xmpp_muc_news {
	struct xmpp_occupant *of;
	bool gone;
	const struct stanza *own; /* its leave-taking; NULL */
	unsigned code;		  /* 301, 303, 307, 321, 322, 332; 0: none */
	struct str nick;	  /* 303: the new one */
	struct str actor;	  /* nick; STR_NONE */
	struct str reason;	  /* STR_NONE */
	const struct stanza *destroy; /* an element to go along; NULL */
};

/* presence.c */
/* Takes out what only a room may say: muc#user, occupant-id, delay and
 * stanza-id in its name (B08).  st is a tree of our own. */
void xmpp_muc_strip(struct stanza *st, const struct xmpp_room *r);
void xmpp_muc_sign(struct arena *a, struct stanza *st,
		   const struct xmpp_occupant *o); /* adds occupant-id */
/* To everybody in the room; not: a seat that is not told, NULL none. */
void xmpp_muc_tell(struct xmpp_ctx *c, const struct xmpp_muc_news *n,
		   const struct xmpp_muc_seat *not_to);
/* Of the occupant itself to one seat: with 110 and these codes, ended by 0. */
void xmpp_muc_tell_self(struct xmpp_ctx *c, const struct xmpp_muc_news *n,
			const struct xmpp_muc_seat *s, const unsigned *codes);
/* Of another occupant to one seat. */
void xmpp_muc_tell_seat(struct xmpp_ctx *c, const struct xmpp_muc_news *n,
			const struct xmpp_muc_seat *s);
/* The same stanza to every seat; from as it says. */
void xmpp_muc_fan(struct xmpp_ctx *c, const struct xmpp_room *r,
		  const struct stanza *st);
/* A room's own message with one muc#user status code: 104, 172... */
void xmpp_muc_status(struct xmpp_ctx *c, const struct xmpp_room *r,
		     unsigned code);

/* join.c: presence to room/nick, and the ways out. */
void xmpp_muc_presence(struct xmpp_ctx *c, struct xmpp_muc *m,
		       const struct stanza *st);
/* A seat goes; the others are told when it was the last of its occupant.
 * Frees the room when nobody needs it any more: use it no longer.  own: the
 * leave-taking, NULL. */
void xmpp_muc_exit(struct xmpp_ctx *c, struct xmpp_muc_seat *s,
		   const struct stanza *own);
/* An error came back from a seat: it goes if the client is not there. */
void xmpp_muc_ghost(struct xmpp_ctx *c, struct xmpp_room *r,
		    const struct stanza *st);
/* An occupant is put out with code 301, 307, 321, 322.  The room stays. */
void xmpp_muc_remove(struct xmpp_ctx *c, const struct xmpp_muc_news *n);
/* A new affiliation or role is applied and told; out if he may not stay. */
void xmpp_muc_restate(struct xmpp_ctx *c, const struct xmpp_muc_news *n,
		      struct xmpp_muc_standing s);
/* The bot takes its place, if it has none, and is seen. */
void xmpp_muc_bot_in(struct xmpp_ctx *c, struct xmpp_room *r);

/* message.c */
void xmpp_muc_message(struct xmpp_ctx *c, struct xmpp_room *r,
		      const struct stanza *st);
/* recall.c: the subject as told to everybody, or to a newcomer (with its date).
 */
struct stanza *xmpp_muc_subject_stanza(struct xmpp_ctx *c,
				       const struct xmpp_room *r, bool late);
/* recall.c: history and subject to a newcomer. */
void xmpp_muc_recall(struct xmpp_ctx *c, const struct xmpp_muc_seat *s,
		     const struct stanza *join);
/* invite.c: invitations and refusals through the room (7.8.2). */
void xmpp_muc_invite(struct xmpp_ctx *c, struct xmpp_room *r,
		     const struct stanza *st);
/* whisper.c: private messages (7.5). */
void xmpp_muc_whisper(struct xmpp_ctx *c, struct xmpp_room *r,
		      const struct stanza *st);

#endif
