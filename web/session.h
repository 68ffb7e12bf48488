/* SPDX-License-Identifier: MIT */
/* session.h - log-ins: a secret in the browser's cookie, its hash here
 *
 * A log-in ends after a while without use, and after an absolute time.  Hot
 * in memory; the store keeps it over a restart.  Times are wall ms.
 */
#ifndef GW_WEB_SESSION_H
#define GW_WEB_SESSION_H

#include "gateway/base/arena.h"
#include "gateway/store/store.h"

#define SESSION_TOKEN_MAX 65 /* 256 bits, hex, terminated */

struct sessions;

struct session_id { /* SHA-256 of the token */
	uint8_t hash[32];
};

struct session {
	struct session_id id;
	const char *address;
	int64_t created, used;
};

struct session_rules {
	int64_t idle, absolute; /* ms */
};

struct sessions *web_session_new(struct store *s);
void web_session_free(struct sessions **ss);
/* Before the loop runs. */
enum gw_err web_session_load(struct sessions *ss) GW_CHECKED;
void web_session_rules(struct sessions *ss, const struct session_rules *r);

typedef void session_done_fn(void *arg, enum gw_err e);

/* A fresh secret, good at once; the oldest log-in of one who has too many
 * ends.  done after the commit: the browser hears of nothing before it. */
void web_session_start(struct sessions *ss, struct str address,
		       char token[SESSION_TOKEN_MAX], session_done_fn *done,
		       void *arg);
/* NULL: none, or over.  Borrowed until the next call. */
const struct session *web_session_of(struct sessions *ss, struct str token);
const struct session *web_session_get(struct sessions *ss,
				      const struct session_id *id);
void web_session_use(struct sessions *ss, const struct session_id *id);
/* When it ends if it is not used again. */
int64_t web_session_ends(const struct sessions *ss, const struct session *s);
/* Over at once; done after the commit, or at once if there is none. */
void web_session_end(struct sessions *ss, const struct session_id *id,
		     session_done_fn *done, void *arg);
void web_session_end_all(struct sessions *ss, struct str address,
			 const struct session_id *but); /* NULL: all */
void web_session_sweep(struct sessions *ss);
size_t web_session_count(const struct sessions *ss);

#endif
