/* SPDX-License-Identifier: MIT */
/* matcher.h - one condition on one label, in Alertmanager's words
 *
 * `name = value`, `!=`, `=~`, `!~`; the value may be quoted.  Expressions
 * are anchored.  They are RE2 there and POSIX here: \d \w \s \D \W \S, (?:),
 * a leading (?i) and lazy quantifiers are translated; what else has no
 * counterpart (\b, \p, \x, look-around, named groups) is refused, never read
 * differently.  `.` stands for one byte, not one character.
 */
#ifndef GW_ALERTS_RULE_MATCHER_H
#define GW_ALERTS_RULE_MATCHER_H

#include "alerts/labels.h"
#include "gateway/base/arena.h"
#include "gateway/base/err.h"

enum alerts_matcher_op {
	ALERTS_MATCH_EQ,
	ALERTS_MATCH_NE,
	ALERTS_MATCH_RE,
	ALERTS_MATCH_NRE,
};

struct alerts_matcher {
	enum alerts_matcher_op op;
	struct str name, value; /* in the arena */
	void *regex;		/* compiled; freed by alerts_matcher_fini() */
};

/* One or more, comma separated, braces around them allowed.  *out in the
 * arena; compiled already, but only when GW_OK is returned. */
enum gw_err alerts_matcher_parse(struct str text, struct arena *a,
				 struct alerts_matcher **out, size_t *n,
				 struct err_note *note) GW_CHECKED;
enum gw_err alerts_matcher_make(struct alerts_matcher *m,
				struct err_note *note) GW_CHECKED;
void alerts_matcher_fini(struct alerts_matcher *m, size_t n);
bool alerts_matcher_all(const struct alerts_matcher *m, size_t n,
			const struct alerts_labels *l);
/* name="value", as Alertmanager prints it. */
void alerts_matcher_print(const struct alerts_matcher *m, struct buf *out);

#endif
