/* SPDX-License-Identifier: MIT */
/* may.c - whose case is it to see and to act on */
#include "web/may.h"

static bool is(const char *address, struct str who)
{
	return who.n != 0 && address != NULL && str_is(who, address);
}

static bool concerns(const struct casefile *c, struct str who)
{
	return is(c->recipient, who) || is(c->owner, who) ||
	       is(c->offered_to, who);
}

bool web_may_see(const struct web_req *q, const struct casefile *c)
{
	return q->operator_ || concerns(c, str_of(q->who));
}

bool web_may_act(const struct web_req *q, const struct casefile *c,
		 struct str who)
{
	const struct pool *p =
		c->pool != NULL && *c->pool != '\0'
			? pool_find(q->web->spec.pools, str_of(c->pool))
			: NULL;

	if (q->admin || concerns(c, who))
		return true;
	return p != NULL ? web_in_pool(p, who) : q->operator_;
}

/* What one may not see is not there: numbers tell nothing. */
const struct casefile *web_case_of(struct web_req *q)
{
	const struct casefile *c = NULL;
	int64_t number;

	if (str_int(http_segment(q->http, 0), 1, INT64_MAX, &number) == GW_OK)
		c = case_get(q->web->spec.cases, (uint64_t)number);
	if (c != NULL && web_may_see(q, c))
		return c;
	web_fail(q, GW_NOT_FOUND, "there is no such case");
	return NULL;
}
