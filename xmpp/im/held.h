/* SPDX-License-Identifier: MIT */
/* held.h - rows of a person's messages that some client of his was sent and
 * has not acknowledged
 *
 * A row waits on disk until one client has it.  Here stands who may still say
 * so; when nobody can any more, the row is handed out again.
 */
#ifndef GW_XMPP_IM_HELD_H
#define GW_XMPP_IM_HELD_H

#include "xmpp/account.h"
#include "xmpp/module.h"

/* A message goes out live: before the first client is sent it, and when all
 * were (then it is written, if it is to be kept or somebody has it). */
void xmpp_held_begin(struct xmpp_account *acc, int64_t row);
void xmpp_held_write(struct xmpp_ctx *c, const struct xmpp_message *m);

/* A client was sent the row. */
void xmpp_held_take(struct xmpp_account *acc, int64_t row);
/* It has it. */
void xmpp_held_got(struct xmpp_account *acc, int64_t row);
/* It will never say so.  False: the row could not be stored, and nobody else
 * has it: the caller must find it another way.  head and tail: the message. */
bool xmpp_held_drop(struct xmpp_account *acc, int64_t row, struct str head,
		    struct str tail);
/* Is somebody about to get it, or has it just got it? */
bool xmpp_held_by_some(const struct xmpp_account *acc, int64_t row);
void xmpp_held_fini(struct xmpp_account *acc);

#endif
