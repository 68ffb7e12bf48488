/* SPDX-License-Identifier: MIT */
/* core.h - what the core's own files ask of each other
 */
#ifndef GW_XMPP_CORE_H
#define GW_XMPP_CORE_H

#include "xmpp/account.h"
#include "xmpp/module.h"

/* session.c: bind, and the three ways a session goes. */
struct xmpp_session *xmpp_session_open(struct xmpp_account *acc,
				       struct jid full, uint64_t conn);
/* The stream is gone: resumable or not says sm.c. */
void xmpp_session_cut(struct xmpp_session *s);
/* The client took its leave, or the time to resume is over. */
void xmpp_session_end(struct xmpp_session *s);
/* The server stops: it may be resumed after the next start. */
void xmpp_session_hibernate(struct xmpp_session *s);
/* Ends it, and its stream with this error. */
void xmpp_session_kill(struct xmpp_session *s, const char *condition,
		       const char *text);
/* As xmpp_session_send_frame(); row: see xmpp_sm_send().  True: the client
 * will acknowledge it. */
bool xmpp_session_send_row(struct xmpp_session *s, struct str head,
			   struct frame *tail, int64_t row);
/* f: st as it stands in a stream, made when that is needed. */
void xmpp_session_send_kept(struct xmpp_session *s, const struct stanza *st,
			    struct frame **f, int64_t row);
/* The connection of a session that keeps nothing of what it is sent; NULL: it
 * keeps it, or there is none. */
struct conn *xmpp_session_straight(const struct xmpp_session *s);
/* Writes on the stream if there is one, past the queue of 0198. */
void xmpp_session_write(struct xmpp_session *s, struct str head,
			struct frame *tail);

/* inbound.c: one top-level element of a bound client.  Returns the stream
 * error it deserves, NULL if none. */
const char *xmpp_inbound(struct xmpp_session *s, const struct stanza *st);

/* route.c: as if sent to the account of acc, in memory now. */
void xmpp_route_local(struct xmpp_ctx *c, struct xmpp_account *acc,
		      struct jid to, const struct stanza *st);
void xmpp_bounce(struct xmpp_ctx *c, const struct stanza *st,
		 enum xmpp_condition cond);

/* module.c */
enum gw_err xmpp_modules_start(struct xmpp *x);
void xmpp_modules_stop(struct xmpp *x);
void xmpp_modules_session_end(struct xmpp_session *s);
void xmpp_modules_session_save(struct xmpp_session *s, struct arena *a,
			       struct stanza *el);
void xmpp_modules_session_restore(struct xmpp_session *s,
				  const struct stanza *el);
void xmpp_modules_features(struct xmpp *x, struct arena *a,
			   struct stanza *features);
void xmpp_modules_presence(struct xmpp_ctx *c, const struct stanza *pres);
/* True: some handler took it (or will answer later). */
bool xmpp_modules_iq(struct xmpp_ctx *c, unsigned at, const struct stanza *iq);
enum xmpp_verdict xmpp_modules_message(struct xmpp_ctx *c,
				       enum xmpp_stage stage,
				       struct xmpp_message *m);
const struct xmpp_module *const *xmpp_modules(size_t *count);

/* later.c, query.c: their session ends. */
void xmpp_later_drop(struct xmpp_session *s);
void xmpp_query_drop(struct xmpp_session *s);
void xmpp_query_end_all(struct xmpp *x); /* the server stops */
/* A result or error for the server: true if somebody waited for it. */
bool xmpp_query_answer(struct xmpp_ctx *c, const struct stanza *iq);

/* messenger.c: stanzas to the desk's address. */
void xmpp_desk_stanza(struct xmpp_ctx *c, const struct stanza *st);

#endif
