/* SPDX-License-Identifier: MIT */
/* gate.h - who came in and has not shown yet who they are
 *
 * Several listeners share one gate: a budget of connections and of bytes for
 * all strangers together, and TLS handshakes counted per address.  When the
 * budget is spent, whoever brought most strangers loses the oldest of them:
 * one address, however busy, keeps nobody else out.
 */
#ifndef GW_NET_GATE_H
#define GW_NET_GATE_H

#include "gateway/base/err.h"
#include "gateway/net/address.h"
#include "gateway/run/loop.h"
#include "gateway/run/metrics.h"

struct conn;
struct gate;
struct gate_guest; /* one stranger; freed when it is known, or gone */

struct gate_limits {
	unsigned guests; /* strangers at once */
	size_t bytes;	 /* received from them and not yet understood */
	/* A minute and address; 0: unlimited. */
	unsigned arrivals;
	unsigned handshakes;	    /* of TLS */
	const char *const *trusted; /* networks not limited by address */
	size_t trusted_count;
};

/* prefix: of the metrics ("xmpp"); m NULL: none. */
struct gate *gate_new(struct loop *l, struct metrics *m, const char *prefix);
void gate_free(struct gate **g); /* its guests are known from then on */
void gate_set_limits(struct gate *g, const struct gate_limits *l);
/* For config checks: each is one that address_net_parse() takes. */
enum gw_err gate_check_trusted(const char *const *nets, size_t count,
			       struct err_note *note) GW_CHECKED;
bool gate_trusts(const struct gate *g, const struct address *from);

/* For listeners: may it come in?  Somebody else may have to go for it.  Then
 * c, its connection, is told by gate_enter(). */
bool gate_has_room(struct gate *g, const struct address *from, bool tls);
struct gate_guest *gate_enter(struct gate *g, const struct address *from,
			      struct conn *c);
/* Another rule has refused it: counted, and said in the log now and then. */
void gate_refused(struct gate *g, const struct address *from, const char *why);

/* For connections. */
bool gate_may_shake_hands(struct gate_guest *guest);
void gate_holds(struct gate_guest *guest, size_t bytes);
void gate_leave(struct gate_guest **guest); /* NULL-safe, nulls *guest */

#endif
