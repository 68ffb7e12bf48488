/* SPDX-License-Identifier: MIT */
/* component.h - components as the core's own files see them
 *
 * A component is a program of its own that serves a domain (XEP-0114).  Its
 * domains are services from the start on; what is sent to one that is not
 * connected comes back with an error.
 */
#ifndef GW_XMPP_COMPONENT_COMPONENT_H
#define GW_XMPP_COMPONENT_COMPONENT_H

#include "gateway/net/listener.h"
#include "xmpp/account.h"
#include "xmpp/conf.h"

/* Reads what a configuration needs (secrets); nothing changes yet. */
enum gw_err xmpp_component_read(struct xmpp *x, const struct xmpp_conf *conf,
				struct err_note *note) GW_CHECKED;
/* Takes what was read, when x->conf is that configuration; streams of those
 * who are not named any more are closed. */
void xmpp_component_take(struct xmpp *x);
enum gw_err xmpp_component_listen(struct xmpp *x, struct tls_server *tls,
				  struct err_note *note) GW_CHECKED;
void xmpp_component_addresses(const struct xmpp *x,
			      void (*fn)(void *arg, const char *what,
					 const char *address),
			      void *arg);
void xmpp_component_stop(struct xmpp *x); /* <system-shutdown/> */
void xmpp_component_free(struct xmpp *x);

/* The first say on a request to the host or to an account: XEP-0355.  True:
 * its component was asked, and will be heard. */
bool xmpp_component_ask(struct xmpp_ctx *c, const struct stanza *iq);
/* An answer to the host, or to the bare JID of an account: true if it was
 * awaited for somebody else. */
bool xmpp_component_answer(struct xmpp_ctx *c, const struct stanza *iq);
/* For disco#info of the server, or (bare) of its accounts: whether a feature
 * of ours is a component's now, what components have instead (out NULL: only
 * counted), and what accounts are besides. */
bool xmpp_component_hides(const struct xmpp *x, const char *feature, bool bare);
size_t xmpp_component_features(const struct xmpp *x, bool bare,
			       const char **out);
void xmpp_component_identities(const struct xmpp *x, struct arena *a,
			       struct stanza *query);
/* A contact's presence reached a person. */
void xmpp_component_contact(struct xmpp_ctx *c, struct xmpp_account *acc,
			    const struct stanza *st);
/* A change of a contact list as its clients are told it. */
void xmpp_component_push(struct xmpp_ctx *c, struct xmpp_account *acc,
			 const struct stanza *push);

#endif
