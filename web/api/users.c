/* SPDX-License-Identifier: MIT */
/* users.c - /api/users: people of the built-in directory */
#include "web/web_private.h"

static void send_users(struct web_req *q, struct str rows)
{
	struct buf b = { .data = NULL };
	struct json_out o;
	struct json *root = NULL;
	struct err_note note;
	size_t n;

	if (json_parse(rows, &root, &note) != GW_OK) {
		web_fail(q, GW_INTERNAL, note.text);
		return;
	}
	n = json_size(root);
	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_int(&o, "count", (int64_t)n);
	if (n > 0)
		json_out_str(&o, "after",
			     json_get_str(json_at(root, n - 1), "address"));
	else
		json_out_null(&o, "after");
	web_raw(&o, "users", rows);
	json_out_end_object(&o);
	json_free(&root);
	web_json(q, 200, &b);
}

static void on_rows(void *arg, enum gw_err e, struct str json)
{
	if (e != GW_OK)
		web_fail(arg, e, NULL);
	else
		send_users(arg, json);
}

static void on_list(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct str after = http_query(q->http, "after");
	struct str most = http_query(q->http, "max");
	int64_t max = WEB_ROWS_MAX;

	if (!str_utf8_valid(after) ||
	    (most.p != NULL && str_int(most, 1, WEB_ROWS_MAX, &max) != GW_OK)) {
		web_fail(q, GW_BAD_INPUT,
			 "after: an address; max: a number up to 200");
		return;
	}
	admin->user_list(admin->self, after, (size_t)max, on_rows, q);
}

static void on_add(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct str address, password, keys, name;

	if (!web_object(q))
		return;
	address = json_get_str(q->body, "address");
	password = json_get_str(q->body, "password");
	keys = json_get_str(q->body, "keys");
	name = json_get_str(q->body, "name");
	if (address.n == 0 || (password.n == 0) == (keys.n == 0))
		web_fail(q, GW_BAD_INPUT,
			 "give address, and either password or keys");
	else if (keys.n != 0)
		admin->user_add_keys(admin->self, address, keys, name, web_done,
				     q);
	else
		admin->user_add(admin->self, address, password, name,
				json_bool(json_get(q->body, "admin"), false),
				web_done, q);
}

/* Old log-ins end with the old password, and with the person's access. */
static void on_changed(void *arg, enum gw_err e, const char *why)
{
	struct web_req *q = arg;

	if (e == GW_OK && q->web != NULL)
		web_end_others(q->web, http_segment(q->http, 0), &q->session);
	web_done(q, e, why);
}

static void on_password(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct str address, password;

	if (!web_segment(q, 0, &address) || !web_object(q))
		return;
	password = json_get_str(q->body, "password");
	if (password.n == 0)
		web_fail(q, GW_BAD_INPUT, "give a password");
	else
		admin->user_passwd(admin->self, address, password, on_changed,
				   q);
}

static void on_disable(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct str address;

	bool disabled;

	if (!web_segment(q, 0, &address) || !web_object(q))
		return;
	disabled = json_bool(json_get(q->body, "disabled"), true);
	if (str_eq(address, str_of(q->who)))
		web_fail(q, GW_CONFLICT, "you cannot disable yourself");
	else
		admin->user_disable(admin->self, address, disabled, on_changed,
				    q);
}

static void on_enable(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct str address;

	if (web_segment(q, 0, &address))
		admin->user_disable(admin->self, address, false, web_done, q);
}

const struct web_route web_users_routes[] = {
	{ HTTP_GET, "/api/users", 0, WEB_ADMIN, false, on_list },
	{ HTTP_POST, "/api/users", 16384, WEB_ADMIN, false, on_add },
	{ HTTP_PUT, "/api/users/{}/password", 8192, WEB_ADMIN, false,
	  on_password },
	{ HTTP_POST, "/api/users/{}/disable", 1024, WEB_ADMIN, false,
	  on_disable },
	{ HTTP_POST, "/api/users/{}/enable", 1024, WEB_ADMIN, false,
	  on_enable },
	{ .path = NULL },
};
