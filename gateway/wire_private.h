/* SPDX-License-Identifier: MIT */
/* wire_private.h - what wire.c and wire_admin.c share */
#ifndef GW_WIRE_PRIVATE_H
#define GW_WIRE_PRIVATE_H

#include "alerts/alerts.h"
#include "directory/directory.h"
#include "gateway/board/board.h"
#include "gateway/case/case.h"
#include "gateway/config/config.h"
#include "gateway/desk/desk.h"
#include "gateway/net/httpd.h"
#include "gateway/net/listener.h"
#include "gateway/pool/pool.h"
#include "gateway/run/children.h"
#include "gateway/run/jobs.h"
#include "gateway/run/loop.h"
#include "gateway/run/metrics.h"
#include "gateway/seam/admin.h"
#include "gateway/store/store.h"
#include "gateway/wire.h"
#include "mta/mta.h"
#include "web/web.h"
#include "xmpp/xmpp.h"

struct wire_domain {		 /* one entry of `domains:` */
	const char *certificate; /* PEM; required */
	const char *key;	 /* PEM; "": in the certificate's file */
};

struct wire_store { /* `store:` */
	const char *path;
};

struct wire_log {	  /* `log:` */
	const char *file; /* "" standard error */
	int level;	  /* enum log_level */
};

struct wire_control { /* `control:` */
	const char *socket;
	const char *pid_file; /* "" none */
};

struct wire_certs;

struct wire {
	const char *config_path;
	struct config *cfg;
	struct loop *loop;
	struct jobs *jobs;
	struct net *net;
	struct store *store;
	struct metrics *metrics;
	struct spawner *spawner;
	struct tls_server *tls_xmpp;
	struct tls_server *tls_s2s; /* the same certificates, for servers */
	struct tls_server *tls_http;
	struct board *board;
	struct directory *directory;
	struct pools *pools;
	struct cases *cases;
	struct desk *desk;
	struct httpd *httpd;
	struct xmpp *xmpp;
	struct mta *mta;
	struct alerts *alerts;
	struct web *web;
	struct wire_certs *certs;
	struct listener *https;
	struct gate *https_gate;
	struct listener *control;
	int64_t started_at;
	char *pid_file; /* as written; NULL: none was */
	bool reloading;
	bool stopping;
};

/* What a configuration says of one room about another; wire_roots' check. */
enum gw_err wire_check(struct conf_reader *r, const struct config *cfg,
		       const struct conf_node *file);
/* Opens the log of cfg, or opens it again. */
enum gw_err wire_open_log(const struct config *cfg,
			  struct err_note *note) GW_CHECKED;
/* Every room takes its part of cfg; taken: how many did (or tried). */
enum gw_err wire_take_all(struct wire *w, struct config *cfg, size_t *taken,
			  struct err_note *note) GW_CHECKED;
/* The first `taken` rooms get the running configuration again. */
void wire_take_back(struct wire *w, size_t taken);
/* wire_certs.c.  take: reads the certificates of cfg, and watches their files;
 * tell: alerts hear of their ends, now and each hour. */
void wire_certs_new(struct wire *w);
enum gw_err wire_certs_take(struct wire *w, struct config *cfg,
			    struct err_note *note) GW_CHECKED;
void wire_certs_tell(struct wire *w);
void wire_certs_free(struct wire *w);
/* Reads the file again: all or nothing.  why: what was wrong. */
void wire_reload(struct wire *w, seam_answer_fn *done, void *arg);
struct seam_admin wire_admin(struct wire *w);

#endif
