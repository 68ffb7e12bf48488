/* SPDX-License-Identifier: MIT */
/* account.h - the hot state of one bare JID: sessions, roster, who waits
 *
 * An account is read (directory, then roster) when its first session binds or
 * a stanza needs it; who needs it meanwhile waits in order.  It cools down a
 * while after its last session and its last write under way.
 */
#ifndef GW_XMPP_ACCOUNT_H
#define GW_XMPP_ACCOUNT_H

#include "xmpp/im/roster.h"
#include "xmpp/server.h"

enum xmpp_account_state {
	ACCOUNT_LOADING,
	ACCOUNT_READY,
	ACCOUNT_STALE, /* a write failed: to be read again, waiters queue */
};

struct xmpp_account {
	struct xmpp *x;
	struct arena *a; /* as long as the account is hot */
	struct jid jid;
	enum xmpp_account_state state;
	bool known; /* whatever the directory cannot say just now */
	struct list sessions;
	unsigned session_count;
	struct list waiting; /* struct xmpp_wait */
	struct xmpp_roster roster;
	unsigned pins;	   /* reads and writes under way */
	unsigned changing; /* writes of the roster: presence waits for them */
	uint64_t handle;
	bool offline_reading;
	bool offline_maybe;    /* rows may wait that nobody was sent */
	int64_t offline_taken; /* rows up to this id are handed out */
	struct map *held;      /* rows sent and not acknowledged; im/held.c */
	struct loop_timer cool;
};

/* Someone who needs an account. */
struct xmpp_wait {
	struct list link;
	/* GW_NOT_FOUND: no such person; GW_UNAVAIL: try later; acc is NULL
	 * then.  w is the callee's again. */
	void (*fn)(struct xmpp_wait *w, struct xmpp_account *acc,
		   enum gw_err e);
};

/* Calls w->fn when the account is in memory: before it returns if it is. */
void xmpp_account_want(struct xmpp *x, struct jid bare, struct xmpp_wait *w);
/* The same for a person who had a session when the server stopped: a directory
 * that is down does not end it. */
void xmpp_account_wake(struct xmpp *x, struct jid bare, struct xmpp_wait *w);
/* The same, but behind writes of the roster and those who wait for them. */
void xmpp_account_queue(struct xmpp_account *acc, struct xmpp_wait *w);
void xmpp_account_changing(struct xmpp_account *acc, int by);
void xmpp_account_pin(struct xmpp_account *acc);
void xmpp_account_unpin(struct xmpp_account *acc);
struct xmpp_account *xmpp_account_get(struct xmpp *x, uint64_t handle);
/* A write failed: what is in memory may be ahead of the disk. */
void xmpp_account_reread(struct xmpp_account *acc);
void xmpp_account_free_all(struct xmpp *x);

#endif
