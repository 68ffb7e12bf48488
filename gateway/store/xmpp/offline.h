/* SPDX-License-Identifier: MIT */
/* offline.h - messages that wait for their person (XEP-0160), on disk
 *
 * Strings are copied into the request; what done() is handed is borrowed for
 * the call.
 */
#ifndef GW_STORE_XMPP_OFFLINE_H
#define GW_STORE_XMPP_OFFLINE_H

#include "gateway/store/store.h"

struct offline_row {
	int64_t id;
	int64_t stamp;	   /* wall ms when it was accepted */
	struct str stanza; /* a document of its own */
};

typedef void offline_put_fn(void *arg, enum gw_err e);
typedef void offline_list_fn(void *arg, enum gw_err e,
			     const struct offline_row *rows, size_t count);

/* GW_LIMIT: the account holds max rows already. */
void offline_put(struct store *s, struct str account,
		 const struct offline_row *row, int64_t max,
		 offline_put_fn *done, void *arg);
/* The oldest `max` rows with an id above `after`, oldest first. */
struct offline_query {
	struct str account;
	int64_t after;
	int64_t max;
};
void offline_list(struct store *s, const struct offline_query *q,
		  offline_list_fn *done, void *arg);
/* Best effort: a row that stays is delivered once more. */
void offline_drop(struct store *s, struct str account, const int64_t *ids,
		  size_t count);

#endif
