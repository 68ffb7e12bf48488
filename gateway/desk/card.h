/* SPDX-License-Identifier: MIT */
/* card.h - the words in which a case is shown and people are told of it
 *
 * PURE: a casefile in, text out.  Made for terminal clients, screen readers
 * and lock screens alike (alerts.md 13.1): a sign only ever with the word.
 * Times are UTC and say so.
 */
#ifndef GW_DESK_CARD_H
#define GW_DESK_CARD_H

#include "gateway/base/buf.h"
#include "gateway/case/case.h"

/* The card in the room; link_base "" for none. */
void card_write(const struct casefile *c, const char *link_base,
		struct buf *out);
/* One line for lists: number, state, severity, subject, who has it. */
void card_line(const struct casefile *c, struct buf *out);
/* A new line in the room. */
void card_room_line(const struct casefile *c, const struct act *act,
		    struct buf *out);
/* What one person is told: ACT_TELL, ACT_WITHDRAW, ACT_THANK. */
void card_notice(const struct casefile *c, const struct act *act,
		 const char *link_base, struct buf *out);

#endif
