/* SPDX-License-Identifier: MIT */
/* roster.h - contact lists in memory, their versions and pushes (RFC 6121 2)
 */
#ifndef GW_XMPP_IM_ROSTER_H
#define GW_XMPP_IM_ROSTER_H

#include "gateway/store/xmpp/roster.h"
#include "xmpp/im/subscription.h"
#include "xmpp/module.h"
#include "xmpp/server.h"

struct xmpp_roster {
	struct map items; /* bare JID -> struct xmpp_roster_item */
	int64_t version;
};

struct xmpp_roster_item { /* one piece of memory with its strings */
	struct jid jid;
	struct roster_row row;
};

void xmpp_roster_init(struct xmpp_roster *r, struct map_seed seed);
void xmpp_roster_fini(struct xmpp_roster *r);
struct xmpp_roster_item *xmpp_roster_find(const struct xmpp_roster *r,
					  struct str bare);
enum xmpp_subscription xmpp_roster_state(const struct xmpp_roster *r,
					 struct str bare);
/* Memory only, when read from the store. */
void xmpp_roster_put(struct xmpp_roster *r, struct jid jid,
		     const struct roster_row *row);

/* One change of one item: memory at once, then the store; done() comes after
 * the commit, the push to interested sessions just before or behind it. */
struct xmpp_roster_change {
	struct jid jid;	       /* the contact, bare */
	struct roster_row row; /* as it shall be; jid is filled in */
	bool remove;
	bool push;
	bool push_last; /* behind what done() sends (RFC 6121 3.1.6) */
	void (*done)(struct xmpp_ctx *c, enum gw_err e, void *arg);
	void *arg; /* NULL, or freed by done */
};
/* c->receipt is held until done() returns. */
void xmpp_roster_change(struct xmpp_ctx *c, struct xmpp_account *acc,
			const struct xmpp_roster_change *ch);

/* A request for the list of acc, whoever it is from (he may). */
enum xmpp_verdict xmpp_roster_get(struct xmpp_ctx *c, struct xmpp_account *acc,
				  const struct stanza *iq);
enum xmpp_verdict xmpp_roster_set(struct xmpp_ctx *c, struct xmpp_account *acc,
				  const struct stanza *iq);

extern const struct xmpp_module xmpp_mod_roster;

#endif
