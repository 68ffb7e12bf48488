/* SPDX-License-Identifier: MIT */
/* s2s.h - other servers, as the core of this one sees them
 *
 * What goes from a domain of ours to one elsewhere goes by a link, which is
 * made when it is needed.  What comes in is routed as if a client had sent
 * it, after its domains were proved (EXTERNAL or dialback).
 */
#ifndef GW_XMPP_S2S_S2S_H
#define GW_XMPP_S2S_S2S_H

#include "xmpp/server.h"

struct xmpp_s2s;

struct xmpp_s2s *xmpp_s2s_new(struct xmpp *x);
void xmpp_s2s_free(struct xmpp_s2s **s);
/* Before the loop runs: the secret of dialback. */
enum gw_err xmpp_s2s_load(struct xmpp_s2s *s) GW_CHECKED;
/* A new configuration is tried before it is taken: its authorities are read
 * (once there are listeners).  Then x->conf is the new one, and
 * xmpp_s2s_reloaded() ends what its rows for peers refuse. */
struct xmpp_s2s_conf;
enum gw_err xmpp_s2s_reload(struct xmpp_s2s *s,
			    const struct xmpp_s2s_conf *fresh,
			    struct err_note *note) GW_CHECKED;
void xmpp_s2s_reloaded(struct xmpp_s2s *s);
/* The server is about to stop: what may not have arrived, and cannot be
 * resumed, goes back to who is still there. */
void xmpp_s2s_hush(struct xmpp_s2s *s);
/* Writes down what may be resumed and cuts it; other streams are closed with
 * <system-shutdown/>; the rest is dropped. */
void xmpp_s2s_stop(struct xmpp_s2s *s);
/* Before the loop runs: something of ours that was written down is there
 * again.  False: it is not ours. */
struct resume_saved;
bool xmpp_s2s_restore(struct xmpp *x, const struct resume_saved *saved);

/* to is of a domain that is not ours.  Errors go back to the sender of st,
 * now or when the link has failed. */
void xmpp_s2s_route(struct xmpp_ctx *c, struct jid to, const struct stanza *st);

/* fn(arg, "s2s" or "s2s_tls", address) for each listener. */
void xmpp_s2s_addresses(const struct xmpp_s2s *s,
			void (*fn)(void *arg, const char *what,
				   const char *address),
			void *arg);

#endif
