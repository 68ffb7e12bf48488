/* SPDX-License-Identifier: MIT */
/* web_private.h - what the files of this room share
 *
 * A request is a struct web_req from the guard to its one reply.  The guard
 * has decided before a route's function is called: default is to deny.
 */
#ifndef GW_WEB_PRIVATE_H
#define GW_WEB_PRIVATE_H

#include "gateway/base/list.h"
#include "gateway/base/map.h"
#include "gateway/run/json.h"
#include "web/admins.h"
#include "web/events.h"
#include "web/limit.h"
#include "web/reply.h"
#include "web/session.h"
#include "web/web.h"

#define WEB_ROWS_MAX 200

enum web_need {
	WEB_CONTROL,  /* the control socket only */
	WEB_ADMIN,    /* an administrator */
	WEB_OPERATOR, /* member or lead of a pool, or an administrator */
	WEB_PERSON,   /* anyone who is logged in; the route looks closer */
	WEB_OPEN,     /* anybody: log-in, health */
};

struct web_req {
	struct list link; /* web.waiting, until the reply */
	struct web *web;  /* NULL: freed meanwhile, only reply is left */
	struct http_req *http;
	struct arena *arena;	   /* of the request */
	struct session_id session; /* zeros: none */
	struct str token;	   /* of the cookie; STR_NONE */
	const char *who;	   /* address; "" on the control socket */
	bool known;		   /* logged in, or the control socket */
	bool control, admin, operator_;
	bool page;	   /* answers are for people, not for programs */
	struct json *body; /* freed with the reply */
};

struct web_route {
	unsigned methods;
	const char *path;
	size_t body_max;
	enum web_need need;
	bool page;
	void (*fn)(struct web_req *q);
};

struct web_mount { /* one route as httpd knows it */
	struct web *web;
	const struct web_route *route;
	struct http_route table[2];
};

struct web {
	struct web_spec spec;
	struct config *cfg;
	const struct web_conf *conf; /* of cfg */
	struct list waiting;	     /* requests without a reply */
	struct web_mount *mounts;
	enum gw_err mounted;
	bool loaded;
	struct sessions *sessions;
	struct admins *admins;
	struct limits *limits;
	struct events *events;
	struct list links; /* log-in links */
	struct loop_timer sweep;
	uint8_t key[32]; /* of tokens given out before log-in */
};

/* guard.c: every request comes in here */
void web_guard(struct http_req *r, void *mount);
bool web_secure(const struct web_req *q); /* cookies may say Secure */
/* Passwords travel encrypted or not at all. */
bool web_private_line(const struct web_req *q);
bool web_same_site(const struct web_req *q);
/* A member, or one of its leads. */
bool web_in_pool(const struct pool *p, struct str who);
bool web_is_operator(const struct web *w, struct str address);

/* web.c: ends the log-ins of a person, but the one that asks for it */
void web_end_others(struct web *w, struct str address,
		    const struct session_id *but);

/* status.c */
unsigned web_status(enum gw_err e);
const char *web_code(enum gw_err e); /* "not_found" */

/* auth.c */
/* What the page sends back in X-CSRF-Token, made from the cookie. */
char *web_csrf(struct arena *a, struct str token);
void web_links_sweep(struct web *w);
void web_links_free(struct web *w);

/* pages.c */
void web_gate(struct web_req *q); /* who is not logged in, to the log-in page */
bool web_page_path(struct str path); /* one of our pages, to come back to */

/* rows.c: things as JSON */
void web_raw(struct json_out *o, const char *key, struct str json);
void web_case_row(struct json_out *o, const struct casefile *c);
void web_person_row(struct json_out *o, struct web *w, struct str address,
		    struct arena *a);

#define WEB_RESOURCE(name) extern const struct web_route web_##name##_routes[];
#include "web/api/resources.def"
#undef WEB_RESOURCE

#endif
