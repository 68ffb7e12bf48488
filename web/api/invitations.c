/* SPDX-License-Identifier: MIT */
/* invitations.c - /api/invitations: who has the link may make one account, or
 * is a person's contact */
#include "gateway/base/when.h"
#include "web/web_private.h"

#define VALID_DEFAULT (7 * WHEN_DAY)
#define VALID_MIN     WHEN_MINUTE
#define VALID_MAX     (90 * WHEN_DAY)

static void on_made(void *arg, enum gw_err e, struct str json)
{
	struct web_req *q = arg;
	struct buf b = { .data = NULL };

	if (e == GW_OK) {
		buf_add_str(&b, json);
		web_json(q, 201, &b);
	} else if (e == GW_BAD_INPUT) {
		web_fail(q, e,
			 "address: a domain served here, or an address there; "
			 "inviter: a person here");
	} else if (e == GW_CONFLICT) {
		web_fail(q, e, "that address is taken, or promised");
	} else if (e == GW_DENIED) {
		web_fail(q, GW_CONFLICT,
			 "registration is closed: xmpp.registration says so");
	} else {
		web_fail(q, e, NULL);
	}
}

/* {"address": "example.org", "valid": "7d", "inviter": "ann@example.org"}:
 * without an address a contact only */
static void on_invite(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct seam_invite wish = { .valid = VALID_DEFAULT };
	struct str valid;

	if (!web_object(q))
		return;
	wish.address = json_get_str(q->body, "address");
	wish.inviter = json_get_str(q->body, "inviter");
	valid = json_get_str(q->body, "valid");
	if (valid.n > 0 && (when_parse_span(valid, &wish.valid) != GW_OK ||
			    wish.valid < VALID_MIN || wish.valid > VALID_MAX))
		web_fail(q, GW_BAD_INPUT, "valid: a span from 1m to 90d");
	else if (wish.address.n == 0 && wish.inviter.n == 0)
		web_fail(q, GW_BAD_INPUT,
			 "give an address, or a domain, or an inviter");
	else
		admin->invite(admin->self, &wish, on_made, q);
}

static void on_list(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct buf rows = { .data = NULL }, b = { .data = NULL };
	struct json_out o;

	admin->invitations(admin->self, &rows);
	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	web_raw(&o, "invitations", buf_str(&rows));
	json_out_end_object(&o);
	buf_fini(&rows);
	web_json(q, 200, &b);
}

static void on_revoke(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct str id;

	if (web_segment(q, 0, &id))
		admin->invite_revoke(admin->self, id, web_done, q);
}

const struct web_route web_invitations_routes[] = {
	{ HTTP_GET, "/api/invitations", 0, WEB_ADMIN, false, on_list },
	{ HTTP_POST, "/api/invitations/{}/revoke", 1024, WEB_ADMIN, false,
	  on_revoke },
	{ HTTP_POST, "/api/invitations", 4096, WEB_ADMIN, false, on_invite },
	{ .path = NULL },
};
