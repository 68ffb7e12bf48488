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
			 "address: a domain served here, or an address there");
	} else if (e == GW_DENIED) {
		web_fail(q, GW_CONFLICT,
			 "registration is closed: xmpp.registration says so");
	} else {
		web_fail(q, e, NULL);
	}
}

/* {"address": "example.org", "valid": "7d"} */
static void on_invite(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct str address, valid;
	int64_t ms = VALID_DEFAULT;

	if (!web_object(q))
		return;
	address = json_get_str(q->body, "address");
	valid = json_get_str(q->body, "valid");
	if (valid.n > 0 && (when_parse_span(valid, &ms) != GW_OK ||
			    ms < VALID_MIN || ms > VALID_MAX))
		web_fail(q, GW_BAD_INPUT, "valid: a span from 1m to 90d");
	else if (address.n == 0)
		web_fail(q, GW_BAD_INPUT, "give an address, or a domain");
	else
		admin->invite(admin->self, address, ms, on_made, q);
}

const struct web_route web_invitations_routes[] = {
	{ HTTP_POST, "/api/invitations", 4096, WEB_ADMIN, false, on_invite },
	{ .path = NULL },
};
