/* SPDX-License-Identifier: MIT */
/* muc.h - rooms in scenarios: a configured one, and how people enter
 *
 * ops@rooms.example.org is members-only: ann owns it, bob is an admin, cat and
 * dan are members, eve is nobody.
 */
#ifndef GW_TESTS_UNIT_XMPP_MUC_H
#define GW_TESTS_UNIT_XMPP_MUC_H

#include "tests/unit/xmpp/harness.h"

#define OPS	    "ops@rooms.example.org"
#define TALK	    "talk@rooms.example.org"
#define NS_MUC_TEXT "http://jabber.org/protocol/muc"

extern const char *const muc_yaml;

void muc_join(struct client *c, const char *room, const char *nick);
/* The same, and all that comes of it is read. */
void muc_in(struct client *c, const char *room, const char *nick);
/* ann makes TALK, as it is by default and open for everybody. */
void muc_talk(struct client *ann);
/* ann submits fields of the form: "<field var=...>". */
void muc_configure(struct client *c, const char *room, const char *fields);
void muc_say(struct client *c, const char *room, const char *body);
/* Time passes while c lives: a silent client would be asked, and be gone in
 * the end. */
void muc_pass(struct client *c, int seconds);

#endif
