/* SPDX-License-Identifier: MIT */
/* may.h - whose case is it to see and to act on */
#ifndef GW_WEB_MAY_H
#define GW_WEB_MAY_H

#include "web/web_private.h"

/* Operators see all cases; anyone sees those that concern them. */
bool web_may_see(const struct web_req *q, const struct casefile *c);
/* Members and leads of its pool, those it concerns, administrators; operators
 * where the case has no pool.  who: for whom it is done. */
bool web_may_act(const struct web_req *q, const struct casefile *c,
		 struct str who);
/* The case the path names; NULL: replied. */
const struct casefile *web_case_of(struct web_req *q);

#endif
