/* SPDX-License-Identifier: MIT */
/* limit.c - how often a person may do what is costly to others (XEP-0205)
 *
 * Persons are those of the directory, so their number is bounded; what is
 * remembered of one ends with its period.
 */
#include "xmpp/limit.h"

#include <stdio.h>

#include "xmpp/server_private.h"

#define PERIOD	   WHEN_HOUR
#define RATES	   2 /* SUBSCRIPTIONS and ROSTER_READS */
#define SEEN_FIRST 16u
#define SWEEP_MIN  64u

struct spender {
	int64_t until;	     /* the period of the recipients ends */
	int64_t paid[RATES]; /* when what was spent is paid for (GCRA) */
	uint32_t *seen;	     /* hashes of recipients; 0: empty */
	uint32_t cap, used;
	size_t n;
	char address[];
};

struct xmpp_limits {
	struct map persons;
	size_t sweep_at; /* persons */
	struct map_seed seed;
	struct metric *reached[XMPP_LIMIT__N];
};

struct xmpp_limits *xmpp_limit_new(struct xmpp *x)
{
	static const char *const names[] = {
#define LIMIT_NAME(name, text) text,
		XMPP_LIMITS(LIMIT_NAME)
#undef LIMIT_NAME
	};
	struct xmpp_limits *l = mem_new(sizeof(*l));
	char label[64];

	l->seed = loop_seed(x->loop);
	l->sweep_at = SWEEP_MIN;
	map_init(&l->persons, loop_seed(x->loop));
	for (size_t i = 0; i < XMPP_LIMIT__N && x->metrics != NULL; i++) {
		snprintf(label, sizeof(label), "limit=\"%s\"", names[i]);
		l->reached[i] = metrics_get(x->metrics, METRIC_COUNTER,
					    "xmpp_limits_total", label,
					    "Times a limit was reached.");
	}
	return l;
}

static void person_free(struct spender *p)
{
	mem_free(p->seen);
	mem_free(p);
}

void xmpp_limit_free(struct xmpp_limits **l)
{
	struct spender *p;
	size_t it = 0;

	if (*l == NULL)
		return;
	while ((p = map_next(&(*l)->persons, &it)) != NULL)
		person_free(p);
	map_fini(&(*l)->persons);
	mem_free(*l);
	*l = NULL;
}

void xmpp_limit_reached(struct xmpp *x, enum xmpp_limit what)
{
	if (x->rates->reached[what] != NULL)
		x->rates->reached[what]->value++;
}

void xmpp_limit_stream_error(struct xmpp *x, const char *condition)
{
	char label[64];

	if (x->metrics == NULL)
		return;
	snprintf(label, sizeof(label), "condition=\"%s\"", condition);
	metrics_get(x->metrics, METRIC_COUNTER, "xmpp_stream_errors_total",
		    label, "Streams this server has ended by an error.")
		->value++;
}

static bool is_over(const struct spender *p, int64_t now)
{
	return now >= p->until && now >= p->paid[0] && now >= p->paid[1];
}

static void sweep(struct xmpp_limits *l, int64_t now)
{
	struct spender *p;
	size_t it = 0;

	while ((p = map_next(&l->persons, &it)) != NULL) {
		if (!is_over(p, now))
			continue;
		map_del(&l->persons, str_make(p->address, p->n));
		person_free(p);
	}
	l->sweep_at = 2 * l->persons.used + SWEEP_MIN;
}

static struct spender *person_of(struct xmpp_limits *l, struct str address,
				 int64_t now)
{
	struct spender *p = map_get(&l->persons, address);

	if (p != NULL)
		return p;
	if (l->persons.used >= l->sweep_at)
		sweep(l, now);
	p = mem_new(sizeof(*p) + address.n);
	p->n = address.n;
	memcpy(p->address, address.p, address.n);
	map_put(&l->persons, str_make(p->address, p->n), p);
	return p;
}

bool xmpp_limit_spend(struct xmpp *x, struct str person, enum xmpp_limit what)
{
	const struct xmpp_conf_rates *conf = &x->conf->rates;
	bool reads = what == XMPP_LIMIT_ROSTER_READS;
	int64_t most = reads ? conf->roster_reads : conf->subscriptions;
	int64_t period = reads ? WHEN_MINUTE : PERIOD;
	int64_t now = loop_now(x->loop), *paid;

	if (most == 0)
		return true;
	paid = &person_of(x->rates, person, now)->paid[reads ? 1 : 0];
	if (*paid < now)
		*paid = now;
	if (*paid + period / most > now + period) {
		xmpp_limit_reached(x, what);
		return false;
	}
	*paid += period / most;
	return true;
}

/* Where it is, or would be.  cap is a power of two, with empty places. */
static uint32_t *place(uint32_t *seen, uint32_t cap, uint32_t hash)
{
	uint32_t i = hash & (cap - 1);

	while (seen[i] != 0 && seen[i] != hash)
		i = (i + 1) & (cap - 1);
	return &seen[i];
}

static void grow(struct spender *p)
{
	uint32_t cap = p->cap > 0 ? p->cap * 2 : SEEN_FIRST;
	uint32_t *seen = mem_new(cap * sizeof(*seen));

	for (uint32_t i = 0; i < p->cap; i++)
		if (p->seen[i] != 0)
			*place(seen, cap, p->seen[i]) = p->seen[i];
	mem_free(p->seen);
	p->seen = seen;
	p->cap = cap;
}

bool xmpp_limit_recipient(struct xmpp *x, struct str person, struct str to)
{
	int64_t most = x->conf->rates.recipients, now = loop_now(x->loop);
	struct spender *p;
	uint32_t hash;

	if (most == 0)
		return true;
	p = person_of(x->rates, person, now);
	hash = (uint32_t)map_hash(x->rates->seed, to.p, to.n) | 1;
	if (now >= p->until) {
		mem_free(p->seen);
		p->seen = NULL;
		p->cap = p->used = 0;
		p->until = now + PERIOD;
	}
	if (p->cap > 0 && *place(p->seen, p->cap, hash) == hash)
		return true;
	if (p->used >= (uint64_t)most) {
		xmpp_limit_reached(x, XMPP_LIMIT_RECIPIENTS);
		return false;
	}
	if (p->used * 2 >= p->cap)
		grow(p);
	*place(p->seen, p->cap, hash) = hash;
	p->used++;
	return true;
}
