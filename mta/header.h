/* SPDX-License-Identifier: MIT */
/* header.h - what Muster wants to know of a mail's header, and no more
 *
 * PURE.  A mail is never parsed further to be routed: broken MIME, signed and
 * encrypted mail pass as they are.  Everything returned is fit to be shown:
 * valid UTF-8, one line, no controls, bounded.
 */
#ifndef GW_MTA_HEADER_H
#define GW_MTA_HEADER_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/str.h"

#define MTA_HEADER_MAX ((size_t)128 * 1024) /* what is looked at */

struct mta_header {
	const char *message_id; /* with <>; "" */
	const char *subject;	/* decoded; "" */
	const char *from;
	const char *in_reply_to;
	bool quiet; /* sent by a machine, or to a list: never chased */
	unsigned received;
	/* enum severity asked for; -1: nothing said. */
	int precedence;
};

/* head: the mail from its start, at least its whole header or
 * MTA_HEADER_MAX; what stands behind the empty line is not looked at. */
void mta_header_read(struct str head, struct arena *a, struct mta_header *out);
/* Is there a field of this name with exactly this value (letters fold)? */
bool mta_header_has(struct str head, const char *name, struct str value);
/* MT-PRIORITY (RFC 6710) on the scale of enum severity. */
int mta_header_priority(int64_t n);
/* A text as one field body: RFC 2047 if it is not ASCII, never a line end. */
char *mta_header_encode(struct arena *a, struct str text);

#endif
