/* SPDX-License-Identifier: MIT */
/* model.c - the hot table of alerts, and what an event makes of one */
#include "alerts/model.h"

struct change {
	struct alerts_alert *alert;
	enum alerts_change kind;
	bool fresh;
	struct alerts_state before;
	struct alerts_data *data; /* NULL: not replaced */
};

struct alerts_undo {
	struct buf changes; /* of struct change */
};

void alerts_model_init(struct alerts_model *m, struct map_seed seed)
{
	map_init(&m->by_fingerprint, seed);
	m->firing = 0;
}

static void alert_free(struct alerts_alert *al)
{
	mem_free(al->data);
	mem_free(al);
}

void alerts_model_fini(struct alerts_model *m)
{
	struct alerts_alert *al;
	size_t it = 0;

	while ((al = map_next(&m->by_fingerprint, &it)) != NULL)
		alert_free(al);
	map_fini(&m->by_fingerprint);
}

/* ---- data: labels, annotations and texts in one block ---- */

static size_t labels_bytes(const struct alerts_labels *l)
{
	size_t bytes = l->n * sizeof(*l->v);

	for (size_t i = 0; i < l->n; i++)
		bytes += l->v[i].name.n + l->v[i].value.n + 2;
	return bytes;
}

static struct str copy_text(char **at, struct str s)
{
	struct str copy = str_make(*at, s.n);

	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	*at += s.n + 1; /* memory is zeroed: the end */
	return copy;
}

static struct alerts_labels copy_labels(struct alerts_label **slot, char **at,
					const struct alerts_labels *l)
{
	struct alerts_labels copy = { .n = l->n, .v = *slot };

	for (size_t i = 0; i < l->n; i++, (*slot)++) {
		(*slot)->name = copy_text(at, l->v[i].name);
		(*slot)->value = copy_text(at, l->v[i].value);
	}
	return copy;
}

static struct alerts_data *data_new(const struct alerts_data *from)
{
	struct alerts_data *d =
		mem_new(sizeof(*d) + labels_bytes(&from->labels) +
			labels_bytes(&from->annotations) + from->generator.n +
			2 + from->source.n);
	struct alerts_label *slot = (struct alerts_label *)(void *)(d + 1);
	char *at = (char *)(slot + from->labels.n + from->annotations.n);

	d->labels = copy_labels(&slot, &at, &from->labels);
	d->annotations = copy_labels(&slot, &at, &from->annotations);
	d->generator = copy_text(&at, from->generator);
	d->source = copy_text(&at, from->source);
	return d;
}

/* ---- undo ---- */

struct alerts_undo *alerts_undo_new(void)
{
	return mem_new(sizeof(struct alerts_undo));
}

static struct change *change_at(const struct alerts_undo *u, size_t i)
{
	return (struct change *)(void *)u->changes.data + i;
}

size_t alerts_undo_count(const struct alerts_undo *u)
{
	return u->changes.len / sizeof(struct change);
}

struct alerts_alert *alerts_undo_at(const struct alerts_undo *u, size_t i,
				    enum alerts_change *change)
{
	*change = change_at(u, i)->kind;
	return change_at(u, i)->alert;
}

void alerts_undo_commit(struct alerts_undo **out)
{
	struct alerts_undo *u = *out;

	for (size_t i = 0; i < alerts_undo_count(u); i++)
		mem_free(change_at(u, i)->data);
	buf_fini(&u->changes);
	mem_free(u);
	*out = NULL;
}

static void put_back(struct alerts_model *m, struct change *c)
{
	struct alerts_alert *al = c->alert;

	m->firing -= al->state.firing;
	m->firing += c->before.firing;
	al->state = c->before;
	if (c->data != NULL) {
		mem_free(al->data);
		al->data = c->data;
	}
	if (c->fresh) {
		map_del(&m->by_fingerprint, str_of(al->fingerprint));
		alert_free(al);
	}
}

void alerts_undo_back(struct alerts_undo **out, struct alerts_model *m)
{
	struct alerts_undo *u = *out;

	for (size_t i = alerts_undo_count(u); i > 0; i--)
		put_back(m, change_at(u, i - 1));
	buf_fini(&u->changes);
	mem_free(u);
	*out = NULL;
}

/* ---- an event meets an alert ---- */

/* Alertmanager's rule (types.Alert.Merge): the younger update wins, the
 * earliest start of overlapping times stays, and an end that only a timeout
 * gave never shortens one the sender named. */
static struct alerts_state merge(const struct alerts_state *old,
				 const struct alerts_event *e, int64_t now)
{
	struct alerts_state s = *old;
	bool overlaps = (e->ends > old->starts && e->ends < old->ends) ||
			(e->starts > old->starts && e->starts < old->ends) ||
			e->starts == old->starts;

	s.severity = e->severity;
	s.seen = now;
	s.starts = e->starts;
	s.ends = e->ends;
	s.timeout_based = e->timeout_based;
	s.truncated = e->truncated;
	if (overlaps && old->starts < e->starts)
		s.starts = old->starts;
	if (old->firing && !e->resolved && e->timeout_based &&
	    !old->timeout_based && old->ends > e->ends) {
		s.ends = old->ends;
		s.timeout_based = false;
	}
	return s;
}

static enum alerts_change compare(const struct alerts_alert *al,
				  const struct alerts_event *e)
{
	const struct alerts_state *old = &al->state;

	if (e->resolved)
		return old->firing ? ALERTS_RESOLVED : ALERTS_NOTHING;
	if (!old->firing) {
		if (e->repeated && old->confirmed && e->starts <= old->starts)
			return ALERTS_NOTHING;
		return ALERTS_FIRED;
	}
	if (e->severity != old->severity ||
	    !alerts_labels_eq(&al->data->annotations, &e->annotations))
		return ALERTS_CHANGED;
	return ALERTS_REFRESH;
}

static struct alerts_alert *add(struct alerts_model *m,
				const struct alerts_event *e,
				const struct alerts_data *data)
{
	struct alerts_alert *al = mem_new(sizeof(*al));

	alerts_fingerprint_text(e->fingerprint, al->fingerprint);
	al->data = data_new(data);
	list_init(&al->members);
	map_put(&m->by_fingerprint, str_of(al->fingerprint), al);
	return al;
}

static void change(struct alerts_model *m, struct change *c,
		   const struct alerts_state *next,
		   const struct alerts_data *data)
{
	struct alerts_alert *al = c->alert;

	c->before = al->state;
	m->firing -= al->state.firing;
	m->firing += next->firing;
	al->state = *next;
	if (data == NULL || c->fresh)
		return;
	c->data = al->data;
	al->data = data_new(data);
}

static void expire(struct alerts_model *m, struct alerts_undo *u,
		   struct alerts_alert *al, int64_t now)
{
	struct change c = { .alert = al, .kind = ALERTS_RESOLVED };
	struct alerts_state next = al->state;

	if (!next.firing || next.ends > now)
		return; /* refreshed meanwhile */
	next.firing = false;
	next.confirmed = false;
	change(m, &c, &next, NULL);
	buf_add(&u->changes, &c, sizeof(c));
}

enum gw_err alerts_model_take(struct alerts_model *m, struct alerts_undo *u,
			      const struct alerts_event *e, struct str source,
			      int64_t now)
{
	struct alerts_data data = { .labels = e->labels,
				    .annotations = e->annotations,
				    .generator = e->generator,
				    .source = source };
	char text[ALERTS_FINGERPRINT_MAX];
	struct alerts_alert *al =
		map_get(&m->by_fingerprint,
			str_of(alerts_fingerprint_text(e->fingerprint, text)));
	struct change c = { .alert = al, .kind = ALERTS_FIRED };
	struct alerts_state next;

	if (e->expired) {
		if (al != NULL)
			expire(m, u, al, now);
		return GW_OK;
	}
	if (al != NULL && !alerts_labels_eq(&al->data->labels, &e->labels))
		return GW_CONFLICT;
	if (al == NULL && e->resolved)
		return GW_OK;
	if (al == NULL) {
		c.fresh = true;
		c.alert = al = add(m, e, &data);
	} else {
		c.kind = compare(al, e);
	}
	if (c.kind == ALERTS_NOTHING)
		return GW_OK;
	next = merge(&al->state, e, now);
	if (c.fresh)
		next.starts = e->starts;
	if (c.kind == ALERTS_FIRED)
		next.fired = now;
	next.firing = !e->resolved;
	next.confirmed = e->resolved;
	/* What it was when it fired stays on the card of what is over. */
	change(m, &c, &next,
	       c.kind == ALERTS_FIRED || c.kind == ALERTS_CHANGED ? &data
								  : NULL);
	buf_add(&u->changes, &c, sizeof(c));
	return GW_OK;
}

/* ---- rows ---- */

void alerts_model_row(const struct alerts_alert *al, struct buf *labels,
		      struct buf *annotations, struct store_alert *out)
{
	const struct alerts_state *s = &al->state;

	buf_reset(labels);
	buf_reset(annotations);
	alerts_labels_pack(&al->data->labels, labels);
	alerts_labels_pack(&al->data->annotations, annotations);
	*out = (struct store_alert){
		.fingerprint = str_of(al->fingerprint),
		.source = al->data->source,
		.labels = buf_str(labels),
		.annotations = buf_str(annotations),
		.generator = al->data->generator,
		.severity = (int)s->severity,
		.firing = s->firing,
		.confirmed = s->confirmed,
		.timeout_based = s->timeout_based,
		.starts_at = s->starts,
		.ends_at = s->ends,
		.fired_at = s->fired,
		.seen_at = s->seen,
	};
}

struct alerts_alert *alerts_model_restore(struct alerts_model *m,
					  const struct store_alert *row,
					  struct arena *a)
{
	struct alerts_event e = { .severity = SEV_INFO };
	struct alerts_data data = { .generator = row->generator,
				    .source = row->source };
	struct alerts_alert *al;

	if (alerts_labels_unpack(row->labels, a, &data.labels) != GW_OK ||
	    alerts_labels_unpack(row->annotations, a, &data.annotations) !=
		    GW_OK ||
	    row->severity < SEV_INFO || row->severity > SEV_DISASTER)
		return NULL;
	e.fingerprint = alerts_fingerprint(&data.labels);
	al = add(m, &e, &data);
	al->state = (struct alerts_state){
		.severity = (enum severity)row->severity,
		.firing = row->firing,
		.confirmed = row->confirmed,
		.timeout_based = row->timeout_based,
		.starts = row->starts_at,
		.ends = row->ends_at,
		.fired = row->fired_at,
		.seen = row->seen_at,
	};
	m->firing += row->firing;
	return al;
}

void alerts_model_forget(struct alerts_model *m, struct alerts_alert **out)
{
	struct alerts_alert *al = *out;

	m->firing -= al->state.firing;
	map_del(&m->by_fingerprint, str_of(al->fingerprint));
	alert_free(al);
	*out = NULL;
}
