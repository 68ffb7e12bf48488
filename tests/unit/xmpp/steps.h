/* SPDX-License-Identifier: MIT */
/* steps.h - strangers at each step of the negotiation
 */
#ifndef GW_TESTS_UNIT_XMPP_STEPS_H
#define GW_TESTS_UNIT_XMPP_STEPS_H

#include "tests/unit/xmpp/component.h"

/* What a world with all these steps has. */
#define ECHO_HOST K_CONF("      echo.example.org: { secret: right-secret }\n")
#define STEP_CONF "  s2s: { listen: \"127.0.0.1:0\" }\n" ECHO_HOST

#define SASL "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"

/* How far a stranger gets. */
enum step {
	STEP_NOTHING,
	STEP_HALF_HEADER,
	STEP_HEADER,
	STEP_HALF_AUTH,
	STEP_CHALLENGED,
	STEP_LOGGED_IN,
	STEP_RESTARTED,
	STEP_BOUND,
	STEP_COMPONENT,
	STEP_COMPONENT_HEADER,
	STEP_COMPONENT_OPEN,
	STEP_SERVER,
	STEP_SERVER_HEADER,
	STEP__N
};

const char *step_name(enum step step);
/* Somebody who is that far; nothing is unread. */
struct client *step_client(struct world *w, enum step step);

#endif
