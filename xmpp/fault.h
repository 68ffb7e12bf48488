/* SPDX-License-Identifier: MIT */
/* fault.h - stanza errors (RFC 6120 8.3), and the one map from enum gw_err
 */
#ifndef GW_XMPP_FAULT_H
#define GW_XMPP_FAULT_H

#include "gateway/base/err.h"
#include "xmpp/xml/stanza.h"

/* condition, error type it usually has */
#define XMPP_CONDITIONS(X)                                                     \
	X(BAD_REQUEST, "bad-request", "modify")                                \
	X(CONFLICT, "conflict", "cancel")                                      \
	X(FEATURE_NOT_IMPLEMENTED, "feature-not-implemented", "cancel")        \
	X(FORBIDDEN, "forbidden", "auth")                                      \
	X(GONE, "gone", "cancel")                                              \
	X(INTERNAL_SERVER_ERROR, "internal-server-error", "cancel")            \
	X(ITEM_NOT_FOUND, "item-not-found", "cancel")                          \
	X(JID_MALFORMED, "jid-malformed", "modify")                            \
	X(NOT_ACCEPTABLE, "not-acceptable", "modify")                          \
	X(NOT_ALLOWED, "not-allowed", "cancel")                                \
	X(NOT_AUTHORIZED, "not-authorized", "auth")                            \
	X(POLICY_VIOLATION, "policy-violation", "modify")                      \
	X(RECIPIENT_UNAVAILABLE, "recipient-unavailable", "wait")              \
	X(REGISTRATION_REQUIRED, "registration-required", "auth")              \
	X(REMOTE_SERVER_NOT_FOUND, "remote-server-not-found", "cancel")        \
	X(REMOTE_SERVER_TIMEOUT, "remote-server-timeout", "wait")              \
	X(RESOURCE_CONSTRAINT, "resource-constraint", "wait")                  \
	X(SERVICE_UNAVAILABLE, "service-unavailable", "cancel")                \
	X(SUBSCRIPTION_REQUIRED, "subscription-required", "auth")              \
	X(UNEXPECTED_REQUEST, "unexpected-request", "wait")

enum xmpp_condition {
#define XMPP_CONDITION_ENUM(name, text, type) XMPP_##name,
	XMPP_CONDITIONS(XMPP_CONDITION_ENUM)
#undef XMPP_CONDITION_ENUM
};

const char *xmpp_fault_name(enum xmpp_condition cond);
enum xmpp_condition xmpp_fault_of(enum gw_err e);
/* The error answer to st: to and from swapped, its id, <error/> with the
 * condition and, unless NULL, a text.  NULL when st must not be answered
 * (an error itself, a result). */
struct stanza *xmpp_fault_stanza(struct arena *a, const struct stanza *st,
				 enum xmpp_condition cond, const char *text);

#endif
