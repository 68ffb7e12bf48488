/* SPDX-License-Identifier: MIT */
/* history.h - the last messages of a room, as bytes, and which of them a
 * newcomer gets
 *
 * The store holds more of them (gateway/store/xmpp/muc.h); these are hot.
 */
#ifndef GW_XMPP_MUC_HISTORY_H
#define GW_XMPP_MUC_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/str.h"

struct xmpp_muc_line {
	int64_t stamp;	   /* wall ms */
	struct str id;	   /* the room's stanza-id */
	struct str stanza; /* a document of its own, without `to` */
};

struct xmpp_muc_history {
	struct xmpp_muc_line **ring;
	size_t cap, head, count;
};

/* What a newcomer asks for (XEP-0045 7.2.14); a negative number, INT64_MIN
 * for since: no such wish. */
struct xmpp_muc_wish {
	int64_t max_stanzas, max_chars, seconds;
	int64_t since; /* wall ms */
};

void xmpp_muc_history_init(struct xmpp_muc_history *h, size_t cap);
void xmpp_muc_history_fini(struct xmpp_muc_history *h);
/* Keeps the newest of what is there. */
void xmpp_muc_history_resize(struct xmpp_muc_history *h, size_t cap);
/* Copies; the oldest makes room. */
void xmpp_muc_history_add(struct xmpp_muc_history *h,
			  const struct xmpp_muc_line *line);
/* A line whose row could not be written is forgotten. */
void xmpp_muc_history_del(struct xmpp_muc_history *h, struct str id);
/* i from 0, the oldest. */
const struct xmpp_muc_line *
xmpp_muc_history_at(const struct xmpp_muc_history *h, size_t i);
/* The first of the lines that fulfil every wish; h->count: none. */
size_t xmpp_muc_history_from(const struct xmpp_muc_history *h,
			     const struct xmpp_muc_wish *w, int64_t now);

#endif
