/* SPDX-License-Identifier: MIT */
/* str.h - borrowed pieces of text: pointer and length
 *
 * What comes from outside is a struct str until it is validated into a type.
 * A str owns nothing and need not be terminated.  Case folding here is ASCII
 * only; Unicode rules live with JIDs.
 */
#ifndef GW_BASE_STR_H
#define GW_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/err.h"

struct str {
	const char *p;
	size_t n;
};

#define STR(lit)   ((struct str){ .p = (lit), .n = sizeof(lit) - 1 })
#define STR_NONE   ((struct str){ .p = NULL, .n = 0 })
#define STR_FMT	   "%.*s" /* with STR_ARG(s) */
#define STR_ARG(s) (int)(s).n, (s).p != NULL ? (s).p : ""

static inline struct str str_of(const char *s) /* NULL gives STR_NONE */
{
	return (struct str){ .p = s, .n = s != NULL ? strlen(s) : 0 };
}

static inline struct str str_make(const char *p, size_t n)
{
	return (struct str){ .p = p, .n = n };
}

/* Here, so that the length of a literal is known when it is compiled: routing
 * a message compares some fifty names. */
static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *lit)
{
	return str_eq(a, str_of(lit));
}

static inline char str_lower(char c) /* ASCII only */
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_ieq(struct str a, struct str b); /* ASCII case-insensitive */
bool str_iis(struct str a, const char *lit);
bool str_starts(struct str s, const char *prefix);
bool str_istarts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);
int str_cmp(struct str a, struct str b);	/* bytewise, for sorting */
bool str_eq_secret(struct str a, struct str b); /* time depends on a.n only */

struct str str_trim(struct str s); /* SP, TAB, CR, LF at both ends */
/* Index of the first c, or s.n. */
size_t str_find(struct str s, char c);
/* Cuts up to the first sep off *rest, sep consumed; false at the end.  Every
 * sep stands between two pieces ("a," is "a" and ""); *rest is STR_NONE after
 * the last piece, so rest->p == NULL tells that there was no sep. */
bool str_split(struct str *rest, char sep, struct str *piece);
/* Next run of non-blank bytes (SP, TAB) off *rest; false at the end. */
bool str_word(struct str *rest, struct str *word);

/* Whole text must be a decimal number within [min, max], no plus sign; else
 * GW_BAD_INPUT. */
enum gw_err str_int(struct str s, int64_t min, int64_t max,
		    int64_t *out) GW_CHECKED;

/* Copies with termination; GW_LIMIT when it does not fit, dst is "" then. */
enum gw_err str_copy(char *dst, size_t cap, struct str s) GW_CHECKED;

/* RFC 3629: no surrogates, no overlong forms, none above U+10FFFF. */
bool str_utf8_valid(struct str s);

#endif
