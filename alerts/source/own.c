/* SPDX-License-Identifier: MIT */
/* own.c - alerts of our own: certificates that come to their end
 *
 * They go the way of all events, to the receiver that the routes name.  Each
 * call brings all certificates there are, so nothing is remembered here: what
 * fires and was not named has been renewed, or is not used any more.
 */
#include "alerts/alerts_private.h"
#include "gateway/base/when.h"
#include "gateway/run/log.h"

#define NAME "CertificateExpires"
/* Longer than any time between two calls. */
#define LASTS (2 * WHEN_DAY)

struct telling {
	struct alerts_batch batch;
	struct arena *arena;
	int64_t now;
};

static bool is_due(const struct alerts_conf_certificates *conf, int64_t left,
		   enum severity *out)
{
	*out = left <= conf->critical ? SEV_CRITICAL
	       : left <= conf->error  ? SEV_ERROR
				      : SEV_WARNING;
	return left <= conf->warning || left <= conf->error ||
	       left <= conf->critical;
}

static void add_pair(struct alerts_pairs *p, const char *name,
		     const char *value)
{
	struct alerts_label *l = &p->v[p->n++];

	l->name = str_of(name);
	l->value = str_of(value);
	if (l->value.n > ALERTS_VALUE_MAX)
		l->value.n = ALERTS_VALUE_MAX;
}

static struct alerts_event *next_event(struct telling *t)
{
	struct alerts_event *e = &t->batch.events[t->batch.n++];

	e->starts = t->now;
	e->ends = t->now + LASTS;
	return e;
}

/* Its words change with its severity only: a card is not corrected daily. */
static void fire(struct telling *t, const struct alerts_certificate *c,
		 enum severity severity)
{
	struct arena *a = t->arena;
	struct alerts_pairs labels = {
		.v = arena_alloc(a, 3 * sizeof(struct alerts_label))
	};
	struct alerts_pairs notes = {
		.v = arena_alloc(a, 2 * sizeof(struct alerts_label))
	};
	struct alerts_event *e = next_event(t);
	char text[WHEN_TEXT_MAX];
	struct err_note note;

	add_pair(&labels, "alertname", NAME);
	add_pair(&labels, "instance", arena_strdup(a, c->name));
	add_pair(&labels, "job", ALERTS_OWN);
	add_pair(&notes, "summary",
		 arena_printf(a, "the certificate %s %s",
			      c->ends <= t->now ? "has ended" : "ends",
			      when_rfc3339(c->ends, text)));
	add_pair(&notes, "description",
		 arena_printf(a,
			      "Renew %s: it is read again as soon as it "
			      "has changed.",
			      c->file));
	if (alerts_event_fill(e, labels, notes, &note) == GW_OK)
		e->severity = severity;
	else
		t->batch.n--;
}

static struct alerts_labels copy_labels(struct arena *a,
					const struct alerts_labels *l)
{
	struct alerts_label *v = arena_alloc(a, (l->n + 1) * sizeof(*v));

	for (size_t i = 0; i < l->n; i++) {
		v[i].name = arena_str(a, l->v[i].name);
		v[i].value = arena_str(a, l->v[i].value);
	}
	return (struct alerts_labels){ .n = l->n, .v = v };
}

static bool is_named(const struct telling *t, uint64_t fingerprint, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (t->batch.events[i].fingerprint == fingerprint)
			return true;
	return false;
}

static bool is_ours(const struct alerts_alert *al)
{
	return al->state.firing && str_is(al->data->source, ALERTS_OWN) &&
	       str_is(alerts_labels_get(&al->data->labels, "alertname"), NAME);
}

/* n: of the events made, those that fire. */
static void resolve_others(struct telling *t, const struct alerts_model *m,
			   size_t n)
{
	const struct alerts_alert *al;
	size_t it = 0;

	while ((al = map_next(&m->by_fingerprint, &it)) != NULL) {
		uint64_t f = alerts_fingerprint(&al->data->labels);
		struct alerts_event *e;

		if (!is_ours(al) || is_named(t, f, n))
			continue;
		e = next_event(t);
		e->fingerprint = f;
		e->labels = copy_labels(t->arena, &al->data->labels);
		e->severity = al->state.severity;
		e->ends = t->now;
		e->resolved = true;
	}
}

static void told(struct alerts_batch *b, enum gw_err e)
{
	struct telling *t = b->arg;
	struct arena *a = t->arena;

	if (e != GW_OK)
		log_warn("alert.own", "why", err_text(e), NULL);
	arena_free(&a);
}

void alerts_certificates(struct alerts *a,
			 const struct alerts_certificate *list, size_t n)
{
	struct arena *arena = arena_new();
	struct telling *t = arena_alloc(arena, sizeof(*t));
	enum severity severity;

	t->arena = arena;
	t->now = loop_wall(a->spec.loop);
	t->batch.source = STR(ALERTS_OWN);
	t->batch.key = STR("");
	t->batch.done = told;
	t->batch.arg = t;
	t->batch.events = arena_alloc(arena, (n + a->model.firing + 1) *
						     sizeof(*t->batch.events));
	for (size_t i = 0; i < n; i++)
		if (is_due(&a->conf->certificates, list[i].ends - t->now,
			   &severity))
			fire(t, &list[i], severity);
	resolve_others(t, &a->model, t->batch.n);
	alerts_intake_submit(a->intake, &t->batch);
}
