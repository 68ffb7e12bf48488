/* SPDX-License-Identifier: MIT */
/* sm.h - XEP-0198 as the session and the stream see it
 */
#ifndef GW_XMPP_XEP_SM_H
#define GW_XMPP_XEP_SM_H

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

/* A receipt for the stanza just read, counted; NULL without 0198. */
struct xmpp_receipt *xmpp_sm_count(struct xmpp_session *s);
/* The last reference of a receipt is gone. */
void xmpp_sm_handled(struct xmpp_session *s, struct xmpp_receipt *r);
/* A stanza goes out.  True: it is queued (and written if there is a stream);
 * false: no 0198, the caller writes. */
bool xmpp_sm_send(struct xmpp_session *s, struct str head, struct frame *tail,
		  int64_t offline_id);
/* The stream is cut: true if the session may wait for resumption. */
bool xmpp_sm_cut(struct xmpp_session *s);
/* Is the client still there?  <r/>, or a ping without 0198. */
void xmpp_sm_ask(struct xmpp_ctx *c, struct xmpp_session *s);
/* Session ends: what is not acknowledged goes to the store or back. */
void xmpp_sm_end(struct xmpp_session *s);

#endif
