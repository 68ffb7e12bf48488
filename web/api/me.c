/* SPDX-License-Identifier: MIT */
/* me.c - who the page speaks for, until when, and log-out */
#include "web/cookie.h"
#include "web/web_private.h"

static void my_pools(struct web_req *q, struct json_out *o)
{
	const struct pool *p;
	size_t it = 0;

	json_out_array(o, "pools");
	while ((p = pool_next(q->web->spec.pools, &it)) != NULL)
		if (web_in_pool(p, str_of(q->who)))
			json_out_text(o, NULL, pool_address(p));
	json_out_end_array(o);
}

static void on_me(struct web_req *q)
{
	struct sessions *ss = q->web->sessions;
	const struct session *s = web_session_get(ss, &q->session);
	struct buf b = { .data = NULL };
	struct json_out o;

	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_text(&o, "address", q->who);
	json_out_bool(&o, "admin", q->admin);
	json_out_bool(&o, "operator", q->operator_);
	my_pools(q, &o);
	json_out_int(&o, "now", loop_wall(q->web->spec.loop));
	if (s != NULL) {
		json_out_text(&o, "csrf", web_csrf(q->arena, q->token));
		json_out_int(&o, "ends", web_session_ends(ss, s));
		json_out_int(&o, "ends_at_last",
			     s->created + q->web->conf->absolute);
	}
	json_out_end_object(&o);
	web_json(q, 200, &b);
}

static void on_ended(void *arg, enum gw_err e)
{
	web_done(arg, e, "The log-out could not be written down. Try again.");
}

static void on_logout(struct web_req *q)
{
	struct web *w = q->web;

	web_cookie_clear(q);
	web_session_end(w->sessions, &q->session, on_ended, q);
	web_events_review(w->events);
}

const struct web_route web_me_routes[] = {
	{ HTTP_GET, "/api/session", 0, WEB_PERSON, false, on_me },
	{ HTTP_POST, "/api/logout", 1024, WEB_PERSON, false, on_logout },
	{ .path = NULL },
};
