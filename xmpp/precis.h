/* SPDX-License-Identifier: MIT */
/* precis.h - the rules for user names, passwords and nicknames
 *
 * RFC 8264 with the profiles of RFC 8265 and RFC 8266.  The result is a copy
 * in the arena; whatever breaks a rule is GW_BAD_INPUT, and then `note` (may
 * be NULL) says which rule and where.  Never print a note about a password
 * to anybody but its owner: it names a character of it.
 */
#ifndef GW_XMPP_PRECIS_H
#define GW_XMPP_PRECIS_H

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

/* Longer input is refused unread: no result of 1023 octets needs so much. */
#define XMPP_PRECIS_INPUT_MAX 4096

/* UsernameCaseMapped (RFC 8265 3.3), which still allows '@' and '/'. */
enum gw_err xmpp_precis_username(struct arena *a, struct str in,
				 struct str *out,
				 struct err_note *note) GW_CHECKED;

/* UsernameCaseMapped, RFC 7622 3.3.1's excluded characters, 1023 octets. */
enum gw_err xmpp_precis_localpart(struct arena *a, struct str in,
				  struct str *out,
				  struct err_note *note) GW_CHECKED;

/* OpaqueString (RFC 8265 4.2): passwords of any length, resources. */
enum gw_err xmpp_precis_opaque(struct arena *a, struct str in, struct str *out,
			       struct err_note *note) GW_CHECKED;

/* Nickname (RFC 8266): as it is shown, and as it is compared.  Two nicknames
 * are the same when their keys are. */
enum gw_err xmpp_precis_nickname(struct arena *a, struct str in,
				 struct str *out) GW_CHECKED;
enum gw_err xmpp_precis_nickname_key(struct arena *a, struct str in,
				     struct str *out) GW_CHECKED;

/* What RFC 7622 3.2.1 does to a domain before IDNA2008 judges it: width, case
 * and NFC.  Refuses nothing but broken UTF-8. */
enum gw_err xmpp_precis_domain_map(struct arena *a, struct str in,
				   struct str *out) GW_CHECKED;

/* For new accounts only: refuses a name that mixes scripts, as in a Latin
 * word with one Cyrillic letter (UTS 39 5.2, highly restrictive).  A word all
 * of look-alikes of one other script passes. */
enum gw_err xmpp_precis_one_script(struct str in,
				   struct err_note *note) GW_CHECKED;

#endif
