/* SPDX-License-Identifier: MIT */
/* module.h - a XEP is one file that announces itself with one struct
 *
 * One line X(name) in xmpp/modules.def; disco, the config key, the manual
 * and the console read the struct.  Two routes for the same thing stop the
 * server at start.  Modules have no globals: state per session or host is
 * declared here and zeroed for them.
 */
#ifndef GW_XMPP_MODULE_H
#define GW_XMPP_MODULE_H

#include "gateway/config/conf.h"
#include "xmpp/fault.h"
#include "xmpp/server.h"

enum xmpp_verdict {
	XMPP_PASS,  /* not mine: ask the next */
	XMPP_DONE,  /* handled, answered */
	XMPP_LATER, /* will be answered by xmpp_later_*() */
};

enum { IQ_GET = 1, IQ_SET = 2 };
/* to: the server; any bare JID of it; the sender's own (or none given). */
enum { AT_HOST = 1, AT_ACCOUNT = 2, AT_OWN = 4 };

struct xmpp_iq_route {
	unsigned types;
	unsigned at;
	const char *ns;
	const char *name;
	/* payload: xmpp_payload(iq) */
	enum xmpp_verdict (*fn)(struct xmpp_ctx *c, const struct stanza *iq);
};

enum xmpp_stage {
	STAGE_ADMIT, /* may it pass at all: limits, blocking, forged wrappers */
	STAGE_STAMP, /* ids and delays added; forged ones removed */
	STAGE_STORE, /* archive, offline */
	STAGE_ROUTE, /* to whom */
	STAGE_COPY,  /* carbons */
	STAGE_PUSH,  /* push services, desk */
	STAGE__N
};

/* A message on its way; hooks may replace st by a changed copy. */
struct xmpp_message {
	const struct stanza *st;
	struct xmpp_account *account; /* whose: sender's or recipient's */
	struct jid to;
	struct xmpp_session *session; /* the one addressed; NULL: bare */
	bool outgoing;		      /* seen for the sender's account */
	unsigned delivered; /* sessions it was sent to (from ROUTE on) */
	bool stored;
	bool kept;	  /* stays in the account's archive */
	int64_t row;	  /* its number there, or while it waits; 0: none */
	int64_t origin;	  /* names it within the account's rows; 0: nothing */
	int64_t likeness; /* that it is named after; 0: it is not */
	struct frame *frame; /* st as its clients were sent it; NULL: none */
};

struct xmpp_message_hook {
	enum xmpp_stage stage;
	enum xmpp_verdict (*fn)(struct xmpp_ctx *c, struct xmpp_message *m);
};

struct xmpp_module {
	const char *name; /* the word in muster.yaml */
	const char *xep;
	const char *doc;	     /* one line: man page, console */
	const char *const *features; /* in disco#info of host and account */
	bool (*is_on)(const struct xmpp *x);	  /* NULL: they always are */
	const struct xmpp_iq_route *iq;		  /* ended by fn NULL */
	const struct xmpp_message_hook *messages; /* ended by fn NULL */
	/* Presence of a session of ours as it is broadcast; may be NULL. */
	void (*presence)(struct xmpp_ctx *c, const struct stanza *pres);
	const struct conf_section *conf;
	size_t session_size; /* zeroed state per session */
	size_t host_size;    /* zeroed state for the server */
	enum gw_err (*start)(struct xmpp *x, void *host);
	void (*stop)(struct xmpp *x, void *host);
	void (*session_end)(struct xmpp_session *s, void *state);
	/* A session outlives a restart (0198): its state as a child of el, if
	 * there is anything to say, and back. */
	void (*session_save)(struct xmpp_session *s, void *state,
			     struct arena *a, struct stanza *el);
	void (*session_restore)(struct xmpp_session *s, void *state,
				const struct stanza *el);
	/* Child elements for <stream:features/> after log-in; may be NULL. */
	void (*stream_features)(struct xmpp *x, struct arena *a,
				struct stanza *features);
};

/* Borrowed; xep identifies nothing at run time, the struct does. */
void *xmpp_module_session(struct xmpp_session *s, const struct xmpp_module *m);
void *xmpp_module_host(struct xmpp *x, const struct xmpp_module *m);

/* First child element; NULL if none. */
const struct stanza *xmpp_payload(const struct stanza *iq);

/* Answers to an IQ.  payload NULL: empty result. */
void xmpp_reply(struct xmpp_ctx *c, const struct stanza *iq,
		struct stanza *payload);
void xmpp_reply_error(struct xmpp_ctx *c, const struct stanza *st,
		      enum xmpp_condition cond, const char *text);

/* XMPP_LATER: the token owns a copy of iq and dies with the session. */
struct xmpp_later;
struct xmpp_later *xmpp_later(struct xmpp_ctx *c, const struct stanza *iq);
/* A context to answer in, or false when the asker is gone; either way the
 * token is used up by xmpp_later_end(). */
bool xmpp_later_begin(struct xmpp_later *l, struct xmpp_ctx *c,
		      const struct stanza **iq);
void xmpp_later_end(struct xmpp_later **l);

#endif
