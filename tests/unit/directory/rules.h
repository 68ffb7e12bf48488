/* SPDX-License-Identifier: MIT */
/* rules.h - the rules of XMPP as the daemon hands them to the directory */
#ifndef GW_TESTS_DIRECTORY_RULES_H
#define GW_TESTS_DIRECTORY_RULES_H

#include "xmpp/jid.h"
#include "xmpp/precis.h"

static inline enum gw_err rules_normalise(struct arena *a, struct str address,
					  struct str *out,
					  struct err_note *note)
{
	struct jid j;

	if (xmpp_jid_parse(a, address, &j) != GW_OK)
		return xmpp_jid_explain(address, note);
	if (j.local.p == NULL || j.resource.p != NULL)
		return err_say(note, GW_BAD_INPUT, "expected USER@DOMAIN");
	*out = j.full;
	return GW_OK;
}

static inline enum gw_err rules_new_address(struct str address,
					    struct err_note *note)
{
	return xmpp_precis_one_script(
		str_make(address.p, str_find(address, '@')), note);
}

#endif
