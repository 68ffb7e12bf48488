/* SPDX-License-Identifier: MIT */
/* console.c - ways into the console: one-time links, local passwords */
#include "web/first.h"

#define PASSWORD_MIN 8
#define PASSWORD_MAX 1024

static bool read_address(struct web_req *q, struct str *out)
{
	if (web_address(q->arena, json_get_str(q->body, "address"), out))
		return true;
	web_fail(q, GW_BAD_INPUT, "address: write it like ann@example.org");
	return false;
}

/* Where people reach us when nobody says it: where we listen. */
static const char *base_of(struct web_req *q)
{
	const char *url = q->web->conf->url;

	if (*url != '\0')
		return url;
	return arena_printf(q->arena, "http://%s",
			    httpd_address(q->web->spec.httpd));
}

static void send_link(struct web_req *q, struct str address)
{
	char path[WEB_LINK_MAX];
	struct buf b = { .data = NULL };
	struct json_out o;

	web_login_link(q->web, address, path);
	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_text(&o, "path", path);
	json_out_text(&o, "url",
		      arena_printf(q->arena, "%s%s", base_of(q), path));
	json_out_end_object(&o);
	web_json(q, 200, &b);
}

static void on_first(struct web_req *q, enum gw_err e, struct str address)
{
	if (e != GW_OK || q->web == NULL)
		web_fail(q, e != GW_OK ? e : GW_UNAVAIL, NULL);
	else if (address.n == 0)
		web_fail(q, GW_NOT_FOUND, "there is no administrator yet");
	else
		send_link(q, address);
}

/* A directory that is down keeps nobody out: who asks is an administrator. */
static void on_person(void *arg, enum gw_err e, const struct people_person *p)
{
	struct web_req *q = arg;
	const struct seam_admin *admin;
	struct str address;

	if (q->web == NULL ||
	    !web_address(q->arena, json_get_str(q->body, "address"),
			 &address)) {
		web_fail(q, GW_UNAVAIL, NULL);
		return;
	}
	admin = &q->web->spec.admin;
	if (e == GW_OK && p->disabled)
		web_fail(q, GW_DENIED, "this person may not log in");
	else if (e == GW_NOT_FOUND &&
		 !admin->user_is_admin(admin->self, address))
		web_fail(q, e, "there is no such person");
	else
		send_link(q, address);
}

static void on_link(struct web_req *q)
{
	const struct seam_people *people = &q->web->spec.people;
	struct str address;

	if (!web_object(q))
		return;
	if (json_get(q->body, "address") == NULL)
		web_first_admin(q, on_first);
	else if (read_address(q, &address))
		people->find(people->self, address, on_person, q);
}

static void on_set(void *arg, enum gw_err e)
{
	struct web_req *q = arg;
	struct str address;

	if (e == GW_OK && q->web != NULL &&
	    web_address(q->arena, json_get_str(q->body, "address"), &address))
		web_end_others(q->web, address, &q->session);
	web_done(q, e, "");
}

static void on_password(struct web_req *q)
{
	struct str address, password;

	if (!web_object(q) || !read_address(q, &address))
		return;
	password = json_get_str(q->body, "password");
	if (password.p == NULL ||
	    (password.n != 0 && password.n < PASSWORD_MIN) ||
	    password.n > PASSWORD_MAX) {
		web_fail(q, GW_BAD_INPUT,
			 "password: 8 to 1024 bytes, or \"\" to take it away");
		return;
	}
	web_admins_set(q->web->admins, address, password, on_set, q);
}

const struct web_route web_console_routes[] = {
	{ HTTP_POST, "/api/login-link", 4096, WEB_CONTROL, false, on_link },
	{ HTTP_POST, "/api/console-password", 8192, WEB_ADMIN, false,
	  on_password },
	{ .path = NULL },
};
