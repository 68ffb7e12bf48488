/* SPDX-License-Identifier: MIT */
/* web.h - console, JSON API, metrics, and the control socket
 *
 * One API serves the console (cookie, CSRF), tokens, and the muster command,
 * which speaks HTTP over the control socket: who may open that socket is an
 * administrator.  One file per resource in web/api/.
 */
#ifndef GW_WEB_WEB_H
#define GW_WEB_WEB_H

#include "gateway/board/board.h"
#include "gateway/case/case.h"
#include "gateway/config/config.h"
#include "gateway/desk/desk.h"
#include "gateway/net/httpd.h"
#include "gateway/pool/pool.h"
#include "gateway/run/jobs.h"
#include "gateway/run/metrics.h"
#include "gateway/seam/admin.h"
#include "gateway/seam/people.h"
#include "gateway/store/store.h"

struct web;

struct web_spec {
	struct loop *loop;
	struct net *net;
	struct store *store;
	struct board *board;
	struct pools *pools;
	struct cases *cases;
	struct desk *desk;
	struct metrics *metrics;
	struct httpd *httpd;
	struct jobs *jobs; /* argon2 */
	struct seam_people people;
	struct seam_admin admin;
};

struct web_conf {		/* `web:` in muster.yaml */
	const char *listen;	/* plain HTTP */
	const char *listen_tls; /* "" none */
	const char *url;    /* of the console, for links; "" made from listen */
	int64_t idle;	    /* ms a log-in lives without use */
	int64_t absolute;   /* ms a log-in lives at most */
	int64_t handshakes; /* of TLS, a minute and address; 0: unlimited */
	int64_t shaking;    /* connections at once that are not through it */
	struct conf_texts trusted;
};
extern const struct conf_section web_conf_section;

/* Mounts every route.  Watches board and cases: they end after it. */
struct web *web_new(const struct web_spec *spec);
/* After httpd_close(), jobs_free() and store_close(). */
void web_free(struct web **w);
/* The first call, before the loop runs, also reads log-ins and console
 * passwords from the store. */
enum gw_err web_configure(struct web *w, struct config *cfg,
			  struct err_note *note) GW_CHECKED;
#define WEB_LINK_MAX 128
/* A log-in link good for one use within 10 minutes: path and token. */
void web_login_link(struct web *w, struct str address, char out[WEB_LINK_MAX]);
/* Ends every log-in of a person: disabled, or the password changed. */
void web_revoke(struct web *w, struct str address);
/* No more events, no timers. */
void web_stop(struct web *w);

#endif
