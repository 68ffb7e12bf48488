/* SPDX-License-Identifier: MIT */
/* desk.h - what persons say about a case and are shown of it
 *
 * One parser of verbs and one writer of cards behind all front ends: room,
 * one-to-one, console, command line.
 */
#ifndef GW_DESK_DESK_H
#define GW_DESK_DESK_H

#include "gateway/case/case.h"

struct desk;

struct desk_spec {
	struct loop *loop;
	struct cases *cases;
	struct pools *pools;
	struct board *board;
	struct seam_messenger messenger;
	struct seam_mailer mailer;
	const char *link_base; /* "http://localhost:5280"; "" none */
};
struct desk *desk_new(const struct desk_spec *spec); /* sets the case front */
void desk_free(struct desk **d);
struct seam_desk desk_ear(struct desk *d); /* for the messenger */

/* PURE: a line of text to an order.  GW_NOT_FOUND: not a verb at all (talk
 * among people in a room stays unanswered), GW_BAD_INPUT: a verb misused. */
enum desk_word { WORD_ORDER, WORD_WHO, WORD_LIST, WORD_SHOW, WORD_HELP };
struct desk_line {
	enum desk_word word;
	struct case_order order; /* number 0: none was named */
	struct str rest;	 /* who POOL */
};
enum gw_err desk_parse(struct str text, struct desk_line *out,
		       struct err_note *note) GW_CHECKED;

/* The card of a case as text (alerts.md 13.1). */
void desk_card(const struct casefile *c, int64_t now, const char *link_base,
	       struct buf *out);

#endif
