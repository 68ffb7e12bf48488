/* SPDX-License-Identifier: MIT */
/* resume.h - sessions that wait to be resumed, as journal.h has left them
 */
#ifndef GW_STORE_XMPP_RESUME_H
#define GW_STORE_XMPP_RESUME_H

#include "gateway/base/arena.h"
#include "gateway/store/xmpp/journal.h"

struct resume_saved {
	struct journal_session session;
	struct journal_queued *queue;
	size_t count;
};

/* Before the loop runs: what an orderly stop has saved, in a.  It is taken:
 * after a crash from now on it would be false.  Links stay (JOURNAL_LINK): what
 * waits for another server is on no other disk of ours. */
enum gw_err resume_take(struct store *s, struct arena *a,
			struct resume_saved **out, size_t *count) GW_CHECKED;

/* How much was handled on a session that is gone; GW_NOT_FOUND: no such
 * session of this account. */
typedef void resume_h_fn(void *arg, enum gw_err e, uint32_t h);
void resume_h(struct store *s, struct str account, struct str id,
	      resume_h_fn *done, void *arg);

#endif
