/* SPDX-License-Identifier: MIT */
/* sm.h - XEP-0198 between servers: what was sent arrives once, or goes back
 *
 * Who dialled keeps what the other server has not acknowledged, and resumes
 * after a cut.  Who accepted acknowledges what is handled: the longest prefix
 * whose effects are committed (receipt.h).
 *
 * On a bidirectional stream (XEP-0288) each side is both, with a count for
 * each direction.  It is not resumed: only who dialled could ask for that
 * (XEP-0198 5), and the other side would have to sit on what it sent until
 * then; so at a cut both sides send back what was not acknowledged.
 */
#ifndef GW_XMPP_S2S_SM_H
#define GW_XMPP_S2S_SM_H

#include "xmpp/s2s/link.h"

#define XMPP_S2S_NS_SAVED "urn:muster:s2s"

/* Dialled, in sm_out.c.  True: an answer is awaited, the link is not ready. */
bool xmpp_s2s_sm_begin(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l);
/* Another element of the namespace. */
void xmpp_s2s_sm_answer(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l,
			const struct stanza *el);
/* The link sends st: kept until it is acknowledged, and so is the receipt. */
void xmpp_s2s_sm_keep(struct xmpp_s2s_link *l, struct xmpp_s2s_stream *s,
		      const struct stanza *st, struct xmpp_receipt *receipt);
/* The conn timer of a ready link ran out.  False: it is dead. */
bool xmpp_s2s_sm_tick(struct xmpp_s2s_link *l, struct xmpp_s2s_stream *s);
bool xmpp_s2s_sm_is_full(const struct xmpp_s2s_link *l);
/* l sends over a stream the other server has made, and counts. */
void xmpp_s2s_sm_adopted(struct xmpp_s2s_link *l);
/* <a/>, of either side. */
void xmpp_s2s_sm_taken(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l,
		       struct str h);

/* Accepted, in sm_in.c.  Returns the stream error deserved, or NULL. */
const char *xmpp_s2s_sm_element(struct xmpp_s2s_stream *s,
				const struct stanza *el);
/* Counts from now on, not to be resumed; what it answers to <r/>. */
void xmpp_s2s_sm_count_from(struct xmpp_s2s_stream *s, struct jid local,
			    struct jid remote);
void xmpp_s2s_sm_acknowledge(struct xmpp_s2s_stream *s);
/* The receipt of the stanza just read; NULL: nobody counts. */
struct xmpp_receipt *xmpp_s2s_sm_count(struct xmpp_s2s_stream *s);
/* The stream is gone; in_peace: it will not be resumed. */
void xmpp_s2s_sm_cut(struct xmpp_s2s_stream *s, bool in_peace);
void xmpp_s2s_sm_free_all(struct xmpp_s2s *s);
/* It may be resumed after an orderly restart. */
bool xmpp_s2s_sm_outlives(const struct xmpp_s2s_stream *s);
struct journal;
struct resume_saved;
void xmpp_s2s_sm_in_save(const struct xmpp_s2s *s, struct journal *batch);
void xmpp_s2s_sm_in_restore(struct xmpp_s2s *s,
			    const struct resume_saved *saved,
			    const struct stanza *state);

/* In sm_save.c: links and counts that may be resumed. */
void xmpp_s2s_sm_save(struct xmpp_s2s *s);

#endif
