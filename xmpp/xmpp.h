/* SPDX-License-Identifier: MIT */
/* xmpp.h - the XMPP server as the composition root sees it
 */
#ifndef GW_XMPP_XMPP_H
#define GW_XMPP_XMPP_H

#include "gateway/board/board.h"
#include "gateway/config/config.h"
#include "gateway/net/conn.h"
#include "gateway/net/listener.h"
#include "gateway/pool/pool.h"
#include "gateway/run/jobs.h"
#include "gateway/run/metrics.h"
#include "gateway/seam/messenger.h"
#include "gateway/seam/people.h"
#include "gateway/store/store.h"

struct xmpp;

struct xmpp_spec {
	struct loop *loop;
	struct net *net;
	struct store *store;
	struct board *board;
	struct metrics *metrics;
	struct seam_people people;
	struct pools *pools; /* NULL: none */
};

struct xmpp_conf; /* `xmpp:` in muster.yaml, conf.c */
extern const struct conf_section xmpp_conf_section;

struct xmpp *xmpp_new(const struct xmpp_spec *spec);
void xmpp_free(struct xmpp **x);
/* Domains served (struct conf_map names of `domains:`) and all of `xmpp:`.
 * Again on reload; cfg is referenced. */
enum gw_err xmpp_configure(struct xmpp *x, struct config *cfg,
			   struct err_note *note) GW_CHECKED;
/* Before the loop runs: rooms, pending subscriptions, counters. */
enum gw_err xmpp_load(struct xmpp *x) GW_CHECKED;
/* Opens the listeners of the configuration.  tls: the one certificate store
 * (NULL only in tests). */
enum gw_err xmpp_listen(struct xmpp *x, struct tls_server *tls,
			struct err_note *note) GW_CHECKED;
/* The same for other servers; tls: certificates with ALPN "xmpp-server", and
 * their authorities are taken from the configuration. */
enum gw_err xmpp_s2s_listen(struct xmpp *x, struct tls_server *tls,
			    struct err_note *note) GW_CHECKED;
/* Orderly end: closes streams with <system-shutdown/>. */
void xmpp_stop(struct xmpp *x);

struct seam_messenger xmpp_messenger(struct xmpp *x);
void xmpp_set_desk(struct xmpp *x, struct seam_desk desk);

/* An invitation to make one account, to be a person's contact (XEP-0379), or
 * both.  GW_DENIED: registration is closed; GW_CONFLICT: the address is taken,
 * or promised; GW_LIMIT: too many are open.  out is borrowed. */
struct xmpp_invite {
	/* A domain of ours, or the address the account is to have; none: no
	 * account comes of it. */
	struct str address;
	struct str inviter; /* a person here who wants the contact, or none */
	struct str maker;   /* whose limit it counts for; none: nobody's */
	bool to_register;   /* the URI says so, with an inviter too */
	int64_t valid;	    /* ms */
};
struct xmpp_invitation {
	const char *token, *uri;
	const char *page; /* https: where there is one; or NULL */
	int64_t expiry;	  /* wall */
};
typedef void xmpp_invited_fn(void *arg, enum gw_err e,
			     const struct xmpp_invitation *out);
/* The page that shows what stands behind its #; NULL: there is none. */
void xmpp_invitation_page(struct xmpp *x, const char *url);
void xmpp_invite(struct xmpp *x, const struct xmpp_invite *wish,
		 xmpp_invited_fn *done, void *arg);
/* Those that are open; the token itself is not known any more.  "": none. */
struct xmpp_invited {
	const char *id, *address, *inviter, *maker;
	const char *by; /* the account that came of it */
	int64_t expiry;
};
void xmpp_invitations(struct xmpp *x,
		      void (*fn)(void *arg, const struct xmpp_invited *one),
		      void *arg);
/* GW_NOT_FOUND; GW_CONFLICT: an account is made of it just now. */
void xmpp_invitation_revoke(struct xmpp *x, struct str id,
			    void (*done)(void *arg, enum gw_err e), void *arg);

/* For status: fn(arg, "c2s", "127.0.0.1:5222") for each listener. */
void xmpp_addresses(const struct xmpp *x,
		    void (*fn)(void *arg, const char *what,
			       const char *address),
		    void *arg);
/* Links with other servers, how they are secured, why they fail, and who was
 * sent away: a JSON object.  domain: with the steps to this one; STR_NONE:
 * all.  GW_BAD_INPUT: not a domain. */
enum gw_err xmpp_s2s_report(const struct xmpp *x, struct str domain,
			    struct buf *json) GW_CHECKED;
/* Begins to connect to a domain, unless that is under way or done. */
enum gw_err xmpp_s2s_try(struct xmpp *x, struct str domain,
			 struct err_note *note) GW_CHECKED;
/* Ends all sessions of an account (disabled, password changed). */
void xmpp_kick(struct xmpp *x, struct str bare, const char *text);

#endif
