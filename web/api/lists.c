/* SPDX-License-Identifier: MIT */
/* lists.c - GET /api/mails and /api/alerts: rows other rooms keep
 *
 * Mails name who writes to whom, so they are for administrators.
 */
#include "web/web_private.h"

static void send_rows(struct web_req *q, const char *key, struct str rows)
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
	json_out_bool(&o, "more", n >= WEB_ROWS_MAX);
	if (n >= WEB_ROWS_MAX)
		json_out_str(&o, "after",
			     json_get_str(json_at(root, n - 1), "after"));
	else
		json_out_null(&o, "after");
	web_raw(&o, key, rows);
	json_out_end_object(&o);
	json_free(&root);
	web_json(q, 200, &b);
}

static void on_mail_rows(void *arg, enum gw_err e, struct str json)
{
	if (e != GW_OK)
		web_fail(arg, e, NULL);
	else
		send_rows(arg, "mails", json);
}

static void on_mails(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct seam_page page = {
		.watched_only = str_is(http_query(q->http, "watched"), "1"),
		.max = WEB_ROWS_MAX,
		.after = http_query(q->http, "after"),
	};

	admin->mail_list(admin->self, &page, on_mail_rows, q);
}

static void on_alert_rows(void *arg, enum gw_err e, struct str json)
{
	if (e != GW_OK)
		web_fail(arg, e, NULL);
	else
		send_rows(arg, "alerts", json);
}

static void on_alerts(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct seam_page page = {
		.max = WEB_ROWS_MAX,
		.after = http_query(q->http, "after"),
	};

	admin->alert_list(admin->self, &page, on_alert_rows, q);
}

const struct web_route web_lists_routes[] = {
	{ HTTP_GET, "/api/mails", 0, WEB_ADMIN, false, on_mails },
	{ HTTP_GET, "/api/alerts", 0, WEB_OPERATOR, false, on_alerts },
	{ .path = NULL },
};
