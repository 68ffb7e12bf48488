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
};
struct desk *desk_new(const struct desk_spec *spec); /* sets the case front */
/* What links in messages begin with: "http://localhost:5280". */
void desk_link(struct desk *d, struct str base);
void desk_free(struct desk **d);
struct seam_desk desk_ear(struct desk *d); /* for the messenger */

#endif
