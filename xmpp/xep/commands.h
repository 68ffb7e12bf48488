/* SPDX-License-Identifier: MIT */
/* commands.h - XEP-0050: a command is one struct
 *
 * Who may not is not shown it.  A step is called when a client of ours begins,
 * and again with each form it fills in; it answers, now or later (XMPP_LATER),
 * by one of the functions below.
 */
#ifndef GW_XMPP_XEP_COMMANDS_H
#define GW_XMPP_XEP_COMMANDS_H

#include "xmpp/module.h"

#define NS_COMMANDS "http://jabber.org/protocol/commands"

#define XMPP_COMMAND_ID 17 /* bytes of a session's id, with NUL */

struct xmpp_command_step {
	struct xmpp_ctx *c;
	const struct stanza *iq;
	const struct stanza *form; /* filled in; NULL: it begins */
	char id[XMPP_COMMAND_ID];  /* of the command's session */
};

struct xmpp_command {
	const char *node, *name;
	bool (*may)(const struct xmpp *x, struct str bare);
	enum xmpp_verdict (*step)(const struct xmpp_command_step *s);
};

/* A form, the only one or the last. */
void xmpp_command_ask(const struct xmpp_command_step *s, struct stanza *form);
/* What was filled in cannot be taken; the form may be sent again. */
void xmpp_command_bad(const struct xmpp_command_step *s, const char *text);
/* The end.  payload NULL: none; failed NULL: it is well done.  c and iq are
 * those of now. */
void xmpp_command_done(const struct xmpp_command_step *s,
		       struct stanza *payload, const char *failed);

/* disco of our nodes: true when it was answered. */
bool xmpp_commands_info(struct xmpp_ctx *c, const struct stanza *iq);
bool xmpp_commands_items(struct xmpp_ctx *c, const struct stanza *iq);

/* xep0401_invite.c */
extern const struct xmpp_command xmpp_command_invite;
extern const struct xmpp_command xmpp_command_create_account;

#endif
