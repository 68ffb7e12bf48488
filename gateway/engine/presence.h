/* SPDX-License-Identifier: MIT */
/* presence.h - what is known of one person, and the verdict drawn from it
 *
 * PURE: no clock, log, I/O or global.  xmpp.md section 11 says which presence
 * may be trusted how far.  Times are wall ms; 0: never / unknown.
 */
#ifndef GW_ENGINE_PRESENCE_H
#define GW_ENGINE_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"

enum presence_show { /* RFC 6121 4.7.2.1; the larger is the more available */
		     PRES_OFFLINE,
		     PRES_DND,
		     PRES_XA,
		     PRES_AWAY,
		     PRES_ONLINE,
		     PRES_CHAT,
};

enum availability {
	AVAIL_OFFLINE,	 /* nobody there */
	AVAIL_BUSY,	 /* do not disturb */
	AVAIL_AWAY,	 /* away or extended away */
	AVAIL_REACHABLE, /* only by push, or a stream in doubt */
	AVAIL_READY,	 /* there now */
};

/* One person on the board at one moment.  Strings are borrowed from the
 * snapshot's arena. */
struct person {
	const char *address;	 /* bare JID = mail address */
	const char *name;	 /* "" if unknown */
	enum presence_show show; /* of the best resource with priority >= 0 */
	const char *status;	 /* free text, "" */
	unsigned resources;	 /* available ones */
	int64_t since;		 /* this show has stood since */
	int64_t proof;		 /* last proof of life of the best resource */
	bool doubtful;		 /* its stream is cut, resumption still open */
	int64_t doubt_since;
	bool push;	 /* has a mobile resource with push */
	bool on_cover;	 /* by schedule; true where there is none */
	bool mailbox_ok; /* false: full or failing */
	bool member;	 /* of the pool asked; others only inform */
	bool lead;
	unsigned order;	 /* place in the pool, from 0 */
	unsigned claims; /* open cases this person has */
	int64_t told;	 /* when last told of any case */
};

struct presence_rules {
	int64_t settle;	     /* availability younger than this does not count */
	int64_t doubt_grace; /* a cut stream keeps its show this long */
	int64_t proof_max;   /* older proof of life: ping before telling */
	int dnd_breaks_at;   /* severity from which dnd is broken; see below */
};

/* Severity of alerts and precedence of mail on one scale. */
enum severity {
	SEV_INFO,     /* routine, deferred */
	SEV_WARNING,  /* priority */
	SEV_ERROR,    /* immediate */
	SEV_CRITICAL, /* flash */
	SEV_DISASTER, /* override */
};

struct verdict {
	enum availability level;
	const char *why; /* a reason for people: "away since 09:40" */
};

struct verdict presence_verdict(const struct person *p,
				const struct presence_rules *rules, int64_t now,
				struct arena *a);
const char *presence_show_name(enum presence_show s); /* "away" */
const char *presence_avail_name(enum availability v); /* "ready" */
const char *presence_severity_name(enum severity s);  /* "critical" */

#endif
