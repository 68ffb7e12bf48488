/* SPDX-License-Identifier: MIT */
/* invitations.c - /api/invitations: who has the link may make one account */
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
	} else if (e == GW_DENIED) {
		web_fail(q, GW_CONFLICT,
			 "registration is closed: xmpp.registration says so");
	} else {
		web_fail(q, e, NULL);
	}
}

/* {"address": "example.org", "valid": "7d", "inviter": "ann@example.org"} */
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
	else if (wish.address.n == 0)
		web_fail(q, GW_BAD_INPUT, "give an address, or a domain");
	else
		admin->invite(admin->self, &wish, on_made, q);
}

const struct web_route web_invitations_routes[] = {
	{ HTTP_POST, "/api/invitations", 4096, WEB_ADMIN, false, on_invite },
	{ .path = NULL },
};
