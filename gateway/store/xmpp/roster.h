/* SPDX-License-Identifier: MIT */
/* roster.h - contact lists on disk
 *
 * Strings are copied into the request.  done() comes on the core thread,
 * after the commit; what it is handed is borrowed for the call.
 */
#ifndef GW_STORE_XMPP_ROSTER_H
#define GW_STORE_XMPP_ROSTER_H

#include "gateway/store/store.h"

struct roster_row {
	struct str jid; /* the contact's bare JID */
	struct str name;
	struct str groups; /* joined by 0x1f, which XML cannot carry */
	struct str asked;  /* the <presence type='subscribe'/> that waits */
	int state;	   /* enum xmpp_subscription */
	bool approved;	   /* before it was asked */
	bool listed;	   /* false: only a pending request, not shown */
};

typedef void roster_loaded_fn(void *arg, enum gw_err e, int64_t version,
			      const struct roster_row *rows, size_t count);
typedef void roster_done_fn(void *arg, enum gw_err e);

void roster_load(struct store *s, struct str account, roster_loaded_fn *done,
		 void *arg);

struct roster_write {
	struct str account;
	int64_t version; /* of the whole roster from then on */
	const struct roster_row *row;
	bool remove;
};
void roster_save(struct store *s, const struct roster_write *w,
		 roster_done_fn *done, void *arg);

#endif
