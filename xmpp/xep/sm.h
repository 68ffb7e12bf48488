/* SPDX-License-Identifier: MIT */
/* sm.h - XEP-0198 as the session and the stream see it
 */
#ifndef GW_XMPP_XEP_SM_H
#define GW_XMPP_XEP_SM_H

#include "gateway/store/xmpp/journal.h"
#include "xmpp/receipt.h"
#include "xmpp/server.h"
#include "xmpp/stream/stream.h"

#define NS_SM "urn:xmpp:sm:3"

/* An element of NS_SM from a client: bound (s) or not yet (s NULL, only
 * <resume/> is possible then).  Returns a stream error or NULL. */
const char *xmpp_sm_element(struct xmpp_stream *st, const struct stanza *el);

/* With a log-in (XEP-0388, 0386): the answers go into its <success/>.  A
 * session, or NULL and <failed/>; what is unacknowledged goes out when
 * xmpp_sm_send_again() says so. */
struct stanza *xmpp_sm_enable(struct xmpp_session *s, struct arena *a,
			      const struct stanza *el);
struct xmpp_session *xmpp_sm_resume(struct xmpp_stream *st, struct arena *a,
				    const struct stanza *el,
				    struct stanza **answer);
void xmpp_sm_send_again(struct xmpp_session *s);
/* Before it: if the session is gone, then() comes when it is known how much
 * of it was handled (true); else, or the second time, there is nothing to wait
 * for. */
bool xmpp_sm_seek(struct xmpp_stream *st, struct jid account,
		  const struct stanza *el,
		  void (*then)(struct xmpp_stream *st));

/* A receipt for the stanza just read, counted; NULL without 0198. */
struct xmpp_receipt *xmpp_sm_count(struct xmpp_session *s);
/* The last reference of a receipt is gone. */
void xmpp_sm_handled(struct xmpp_session *s, struct xmpp_receipt *r);
/* It waits for more than commits that are under way, after all. */
void xmpp_sm_doubt(struct xmpp_receipt *r);
/* A stanza goes out.  True: it is queued (and written if there is a stream);
 * false: no 0198, the caller writes.  row: on disk, until a client
 * acknowledges it; 0: none. */
bool xmpp_sm_send(struct xmpp_session *s, struct str head, struct frame *tail,
		  int64_t row);
/* The stream is cut: true if the session may wait for resumption. */
bool xmpp_sm_cut(struct xmpp_session *s);
/* Is the client still there?  <r/>, or a ping without 0198. */
void xmpp_sm_ask(struct xmpp_ctx *c, struct xmpp_session *s);
/* Session ends: what is not acknowledged goes to the store or back. */
void xmpp_sm_end(struct xmpp_session *s);
/* A stanza, as it was written to a client, that this one never got. */
void xmpp_sm_reroute(struct xmpp_account *acc, struct str text, int64_t wall);
/* What changed of h goes to disk with the rows of this turn. */
void xmpp_sm_journal(struct xmpp *x, struct journal *batch);

/* sm_save.c: over an orderly restart.  May it be resumed? */
bool xmpp_sm_may_resume(const struct xmpp_session *s);
/* Writes it down; nobody is told that it goes. */
void xmpp_sm_hibernate(struct xmpp_session *s);
/* Before the loop runs: what was written down is there again. */
enum gw_err xmpp_sm_restore(struct xmpp *x) GW_CHECKED;
/* What of it has not come back when the server stops is saved again. */
void xmpp_sm_save_waking(struct xmpp *x);

#endif
