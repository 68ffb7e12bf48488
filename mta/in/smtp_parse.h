/* SPDX-License-Identifier: MIT */
/* smtp_parse.h - bytes to SMTP and LMTP lines, commands and mail data
 *
 * PURE.  Only CRLF ends a line and only CRLF.CRLF ends the data; a bare CR or
 * LF and a 0 byte make a line or a mail refused, so that what one server takes
 * for data can never be a command for another (smuggling).
 */
#ifndef GW_MTA_SMTP_PARSE_H
#define GW_MTA_SMTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

#define MTA_SMTP_LINE_MAX 4096 /* XFORWARD, SMTPUTF8: more than RFC 5321 */
#define MTA_SMTP_PATH_MAX 254  /* RFC 5321 4.5.3.1.3, without <> */

enum mta_smtp_verb {
	MTA_SMTP_UNKNOWN,
	MTA_SMTP_HELO,
	MTA_SMTP_EHLO,
	MTA_SMTP_LHLO,
	MTA_SMTP_MAIL,
	MTA_SMTP_RCPT,
	MTA_SMTP_DATA,
	MTA_SMTP_RSET,
	MTA_SMTP_NOOP,
	MTA_SMTP_VRFY,
	MTA_SMTP_HELP,
	MTA_SMTP_QUIT,
	MTA_SMTP_STARTTLS,
	MTA_SMTP_XFORWARD,
};

struct mta_smtp_command {
	enum mta_smtp_verb verb;
	struct str arg;		  /* what follows the verb */
	struct str path;	  /* MAIL, RCPT: inside <>; "" for <> */
	struct str local, domain; /* of path; domain "" for <postmaster> */
	bool quoted;		  /* local is a quoted string */
	bool utf8;		  /* SMTPUTF8 */
	bool has_priority;	  /* MT-PRIORITY, RFC 6710 */
	int64_t priority;
	int64_t size; /* SIZE=; -1: not said */
};

/* One line off the front; eaten counts its CRLF.  GW_AGAIN: not all there;
 * GW_LIMIT: too long; GW_BAD_INPUT: bare CR or LF, 0 byte. */
enum gw_err mta_smtp_line(const uint8_t *p, size_t n, struct str *line,
			  size_t *eaten) GW_CHECKED;

/* GW_BAD_INPUT: the syntax (501); GW_NOT_FOUND: a parameter we do not know
 * (555). */
enum gw_err mta_smtp_parse(struct str line,
			   struct mta_smtp_command *out) GW_CHECKED;

/* "local@domain" without brackets, as in a path. */
enum gw_err mta_smtp_address(struct str s,
			     struct mta_smtp_command *out) GW_CHECKED;

/* The next NAME=value of XFORWARD, xtext decoded; false at the end. */
bool mta_smtp_xforward(struct str *rest, struct arena *a, struct str *name,
		       struct str *value);

struct mta_smtp_data {
	uint8_t state;
	bool broken; /* bare CR or LF, or a 0 byte was seen */
	bool done;   /* CRLF.CRLF was eaten */
};

/* Adds the mail without dot-stuffing to out; returns the bytes eaten: all,
 * or those up to the end of the data. */
size_t mta_smtp_data(struct mta_smtp_data *d, const uint8_t *p, size_t n,
		     struct buf *out);

#endif
