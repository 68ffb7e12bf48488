/* SPDX-License-Identifier: MIT */
/* fuzz_jid.c - addresses and the PRECIS profiles
 *
 * What is accepted must be its own normal form, be within its limits, and
 * come out the same from its parts.
 */
#include <stdint.h>
#include <stdlib.h>

#include "xmpp/jid.h"
#include "xmpp/precis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void address(struct arena *a, struct str text)
{
	struct err_note note;
	struct jid j, again;
	enum gw_err e = xmpp_jid_parse(a, text, &j);

	must(xmpp_jid_explain(text, &note) == e);
	if (e != GW_OK)
		return;
	must(j.full.n <= XMPP_JID_MAX && str_utf8_valid(j.full));
	must(xmpp_jid_parse(a, j.full, &again) == GW_OK);
	must(xmpp_jid_eq(j, again));
	must(xmpp_jid_make(a, j.local, j.domain, j.resource, &again) == GW_OK);
	must(xmpp_jid_eq(j, again));
	must(xmpp_jid_eq(j, xmpp_jid_copy(a, j)));
	must(xmpp_jid_parse(a, j.bare, &again) == GW_OK);
	must(xmpp_jid_eq(xmpp_jid_bare(j), again));
}

static void profiles(struct arena *a, struct str text)
{
	struct str out, again;

	if (xmpp_precis_username(a, text, &out, NULL) == GW_OK) {
		must(xmpp_precis_username(a, out, &again, NULL) == GW_OK);
		must(str_eq(out, again));
	}
	if (xmpp_precis_opaque(a, text, &out, NULL) == GW_OK) {
		must(xmpp_precis_opaque(a, out, &again, NULL) == GW_OK);
		must(str_eq(out, again));
	}
	if (xmpp_precis_nickname(a, text, &out) == GW_OK) {
		must(xmpp_precis_nickname(a, out, &again) == GW_OK);
		must(str_eq(out, again));
	}
	if (xmpp_precis_nickname_key(a, text, &out) == GW_OK) {
		must(xmpp_precis_nickname_key(a, out, &again) == GW_OK);
		must(str_eq(out, again));
	}
	if (xmpp_precis_one_script(text, NULL) == GW_OK)
		must(str_utf8_valid(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct str text = str_make((const char *)data, size);

	address(a, text);
	profiles(a, text);
	arena_free(&a);
	return 0;
}
