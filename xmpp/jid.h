/* SPDX-License-Identifier: MIT */
/* jid.h - addresses: local@domain/resource
 *
 * A struct jid holds a validated and normalised address (RFC 7622) in one
 * piece of an arena; its parts point into `full`.  Compare jids, never raw
 * text.  It is a small value: copy it freely while its arena lives.
 *
 * An absent part is STR_NONE.  Domains are U-labels in lower case without a
 * trailing dot; IPv6 literals keep their brackets.  Everything wrong with an
 * address is GW_BAD_INPUT (jid-malformed).
 */
#ifndef GW_XMPP_JID_H
#define GW_XMPP_JID_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

#define XMPP_JID_PART_MAX 1023 /* octets of each part */
#define XMPP_JID_MAX	  (3 * XMPP_JID_PART_MAX + 2)

struct jid {
	struct str full; /* 0-terminated */
	struct str bare; /* the beginning of full */
	struct str local;
	struct str domain;
	struct str resource;
};

enum gw_err xmpp_jid_parse(struct arena *a, struct str text,
			   struct jid *out) GW_CHECKED;

/* A part that is absent is STR_NONE; one that is there (p is not NULL) but
 * empty is refused, so that an empty user name never becomes the domain. */
enum gw_err xmpp_jid_make(struct arena *a, struct str local, struct str domain,
			  struct str resource, struct jid *out) GW_CHECKED;

/* Says which rule the text breaks, and where; GW_OK when none. */
enum gw_err xmpp_jid_explain(struct str text, struct err_note *note);

struct jid xmpp_jid_bare(struct jid j);
/* text is j.full once more: j in text's memory. */
struct jid xmpp_jid_again(struct jid j,
			  struct str text); /* borrows from j; not terminated */
struct jid xmpp_jid_copy(struct arena *a, struct jid j);

bool xmpp_jid_eq(struct jid a, struct jid b);
bool xmpp_jid_bare_eq(struct jid a, struct jid b); /* whatever the resources */

#endif
