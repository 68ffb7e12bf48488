/* SPDX-License-Identifier: MIT */
/* messenger.h - what rooms ask of XMPP, and what XMPP hands to the desk
 *
 * ids are stable names of an outgoing act ("case-17-3"), so that a repeat
 * after a crash is recognisable: they become stanza id and origin-id.
 */
#ifndef GW_SEAM_MESSENGER_H
#define GW_SEAM_MESSENGER_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"

struct seam_notice {
	struct str to; /* bare JID */
	struct str id;
	struct str thread; /* "" none */
	struct str body;
	struct str replace; /* XEP-0308: id of the message it corrects; "" */
};

struct seam_post {
	struct str room; /* bare JID of the room */
	struct str id;
	struct str thread;
	struct str body;
	struct str replace; /* correct this earlier id in place; "" none */
};

struct seam_messenger {
	void *self;
	/* From the desk's address to a person.  GW_OK: it is with a resource
	 * or stored for the person; GW_NOT_FOUND: no such person. */
	void (*tell)(void *self, const struct seam_notice *n,
		     void (*done)(void *arg, enum gw_err e), void *arg);
	/* Into a room, as its bot.  GW_OK: it is in the room's stored history.
	 * A room that is not there yet is made, persistent. */
	void (*post)(void *self, const struct seam_post *p,
		     void (*done)(void *arg, enum gw_err e), void *arg);
	void (*subject)(void *self, struct str room, struct str text);
	/* Proof of life within the given ms: GW_UNAVAIL if it did not come. */
	void (*ping)(void *self, struct str bare, int64_t within,
		     void (*done)(void *arg, enum gw_err e), void *arg);
};

/* A line some person said, in a room where the desk has a bot or one-to-one to
 * the desk's address.  Authority comes from the real bare JID only. */
struct seam_said {
	struct str from;     /* real bare JID */
	struct str room;     /* "" one-to-one */
	struct str nick;     /* in the room; "" */
	struct str id;	     /* stanza id */
	struct str reply_to; /* XEP-0461 id; "" */
	struct str thread;   /* XEP-0201; "" */
	struct str body;
	bool member; /* room: affiliation member or better */
	bool marker; /* a button was pressed, under what reply_to names */
};

struct seam_desk {
	void *self;
	void (*heard)(void *self, const struct seam_said *said);
};

#endif
