/* SPDX-License-Identifier: MIT */
/* trail.h - what a link has tried since it began to connect, step by step
 *
 * For who asks why it works or fails.  Bounded: what no longer fits is left
 * out.  It is looked at, never decided by.
 */
#ifndef GW_XMPP_S2S_TRAIL_H
#define GW_XMPP_S2S_TRAIL_H

#include <limits.h>
#include <stdbool.h>

#include "gateway/run/json.h"
#include "gateway/run/loop.h"

enum xmpp_s2s_step_of { /* in the order they come */
			TRAIL_POLICY,
			TRAIL_DNS,
			TRAIL_CONNECT,
			TRAIL_STREAM,
			TRAIL_TLS,
			TRAIL_CERTIFICATE,
			TRAIL_EXTERNAL,
			TRAIL_DIALBACK,
			TRAIL_COUNT, /* XEP-0198 */
			TRAIL_READY,
			TRAIL__N
};

struct xmpp_s2s_mark;

struct xmpp_s2s_trail {
	struct loop *loop;
	struct xmpp_s2s_mark *marks; /* NULL: nothing yet */
	unsigned n;
};

#define XMPP_S2S_TRAIL_NONE UINT_MAX

const char *xmpp_s2s_trail_name(enum xmpp_s2s_step_of step);
void xmpp_s2s_trail_clear(struct xmpp_s2s_trail *t);
/* A step under way; what names it to trail_end(). */
unsigned xmpp_s2s_trail_begin(struct xmpp_s2s_trail *t,
			      enum xmpp_s2s_step_of step, const char *fmt, ...)
	GW_PRINTF(3, 4);
/* Its result, behind what was said when it began; NONE: nothing. */
void xmpp_s2s_trail_end(struct xmpp_s2s_trail *t, unsigned mark, bool good,
			const char *fmt, ...) GW_PRINTF(4, 5);
/* A step that took no time. */
void xmpp_s2s_trail_say(struct xmpp_s2s_trail *t, enum xmpp_s2s_step_of step,
			bool good, const char *fmt, ...) GW_PRINTF(4, 5);
/* All is over: what is under way failed for this reason, if nothing did
 * before.  Returns the step that failed. */
enum xmpp_s2s_step_of xmpp_s2s_trail_fail(struct xmpp_s2s_trail *t,
					  const char *why);
void xmpp_s2s_trail_json(const struct xmpp_s2s_trail *t, struct json_out *out,
			 const char *key);

#endif
