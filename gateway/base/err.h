/* SPDX-License-Identifier: MIT */
/* err.h - the nine words in which everything that can fail reports
 *
 * Who handles an error logs it, once; who returns it does not.  Each mouth
 * (SMTP, XMPP, HTTP) maps the enum once, in a switch without default.
 */
#ifndef GW_BASE_ERR_H
#define GW_BASE_ERR_H

#define GW_ERRORS(X)                                                           \
	X(OK, "success")                                                       \
	X(AGAIN, "not yet: wait for the event loop")                           \
	X(BAD_INPUT, "the peer broke the protocol")                            \
	X(LIMIT, "a configured limit was reached")                             \
	X(DENIED, "not allowed")                                               \
	X(NOT_FOUND, "no such thing")                                          \
	X(CONFLICT, "already there, or changed since")                         \
	X(UNAVAIL, "a backend is down: try later")                             \
	X(INTERNAL, "our bug")

enum gw_err {
#define GW_ERR_ENUM(name, text) GW_##name,
	GW_ERRORS(GW_ERR_ENUM)
#undef GW_ERR_ENUM
};

#define GW_CHECKED	     __attribute__((warn_unused_result))
#define GW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* A sentence for a person that goes with an error: what was wrong, where, what
 * to do.  Caller's memory; always terminated. */
struct err_note {
	char text[512];
};

const char *err_name(enum gw_err e); /* "BAD_INPUT" */
const char *err_text(enum gw_err e); /* "the peer broke the protocol" */

/* Writes the sentence (cut when too long) and returns e, so that a failing
 * function can end with `return err_say(note, GW_BAD_INPUT, ...)`.
 * note may be NULL. */
enum gw_err err_say(struct err_note *note, enum gw_err e, const char *fmt, ...)
	GW_PRINTF(3, 4);

#endif
