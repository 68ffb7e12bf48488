/* SPDX-License-Identifier: MIT */
/* alertmanager.c - the webhook of Alertmanager and Grafana, version 4 */
#include "alerts/source/alertmanager.h"

#include <stdlib.h>

#include "alerts/alerts_private.h"
#include "alerts/source/fields.h"
#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"

/* ---- parsing ---- */

struct parse {
	int64_t now, expire;
	struct arena *arena;
	struct alerts_webhook *out;
	unsigned truncated;
};

static enum gw_err read_status(struct parse *p, const struct json *j,
			       struct alerts_event *e)
{
	struct str status = json_get_str(j, "status");

	e->resolved = str_is(status, "resolved");
	if (!e->resolved && !str_is(status, "firing"))
		return err_say(&p->out->note, GW_BAD_INPUT,
			       "the status of an alert must be firing or "
			       "resolved");
	return GW_OK;
}

/* While an alert fires its end is unknown: it lasts until the sender says so,
 * or forgets to repeat it for too long. */
static enum gw_err read_times(struct parse *p, const struct json *j,
			      struct alerts_event *e)
{
	if (alerts_fields_time(json_get(j, "startsAt"), &e->starts) != GW_OK ||
	    alerts_fields_time(json_get(j, "endsAt"), &e->ends) != GW_OK)
		return err_say(&p->out->note, GW_BAD_INPUT,
			       "startsAt and endsAt must be RFC 3339 times");
	if (e->starts == ALERTS_FIELDS_ABSENT)
		e->starts = p->now;
	if (!e->resolved)
		e->ends = p->now + p->expire;
	else if (e->ends == ALERTS_FIELDS_ABSENT || e->ends > p->now)
		e->ends = p->now;
	return GW_OK;
}

static enum gw_err read_alert(struct parse *p, const struct json *j,
			      struct alerts_event *e)
{
	struct err_note *note = &p->out->note;
	struct alerts_pairs labels, annotations;
	enum gw_err err;

	if (json_kind(j) != JSON_OBJECT)
		return err_say(note, GW_BAD_INPUT, "an alert is no object");
	if (alerts_fields_pairs(json_get(j, "labels"), p->arena, &labels) !=
		    GW_OK ||
	    alerts_fields_pairs(json_get(j, "annotations"), p->arena,
				&annotations) != GW_OK)
		return err_say(note, GW_BAD_INPUT,
			       "labels and annotations must be objects of "
			       "texts");
	err = read_status(p, j, e);
	if (err == GW_OK)
		err = read_times(p, j, e);
	if (err == GW_OK)
		err = alerts_event_fill(e, labels, annotations, note);
	e->generator = alerts_fields_text(j, "generatorURL", p->arena);
	e->repeated = true;
	e->truncated = p->truncated;
	return err;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* groupKey, sorted fingerprints and statuses: the same for both halves of a
 * divided pair of Alertmanagers. */
static void make_key(struct parse *p, const struct json *root)
{
	struct alerts_webhook *out = p->out;
	const char **all = arena_alloc(p->arena, (out->n + 1) * sizeof(*all));
	uint8_t digest[CRYPTO_HASH_MAX];
	struct buf b = { .data = NULL };

	for (size_t i = 0; i < out->n; i++)
		all[i] = arena_printf(
			p->arena, "%016llx%c",
			(unsigned long long)out->events[i].fingerprint,
			out->events[i].resolved ? 'r' : 'f');
	qsort(all, out->n, sizeof(*all), by_text);
	buf_add_str(&b, json_get_str(root, "groupKey"));
	buf_add_char(&b, '\0');
	for (size_t i = 0; i < out->n; i++)
		buf_add_lit(&b, all[i]);
	crypto_digest(CRYPTO_SHA256, buf_str(&b), digest);
	buf_fini(&b);
	out->key = str_of(codec_hex(p->arena, digest, 16));
}

static enum gw_err read_root(struct parse *p, const struct json *root)
{
	const struct json *alerts = json_get(root, "alerts");
	int64_t truncated = json_int(json_get(root, "truncatedAlerts"), 0);
	struct alerts_webhook *out = p->out;
	struct err_note first = { .text = "" };

	if (json_kind(root) != JSON_OBJECT || json_kind(alerts) != JSON_ARRAY)
		return err_say(&out->note, GW_BAD_INPUT,
			       "expected an object with a list of alerts");
	if (truncated > 0 && truncated <= UINT32_MAX)
		p->truncated = (unsigned)truncated;
	out->events = arena_alloc(p->arena, (json_size(alerts) + 1) *
						    sizeof(*out->events));
	for (size_t i = 0; i < json_size(alerts); i++) {
		struct alerts_event *e = &out->events[out->n];

		*e = (struct alerts_event){ .starts = 0 };
		if (read_alert(p, json_at(alerts, i), e) == GW_OK)
			out->n++;
		else if (out->bad++ == 0)
			err_say(&first, GW_BAD_INPUT, "alerts[%zu]: %s", i,
				out->note.text);
	}
	if (out->bad > 0)
		out->note = first;
	make_key(p, root);
	return GW_OK;
}

enum gw_err alerts_alertmanager_parse(struct str body, int64_t now,
				      int64_t expire, struct arena *a,
				      struct alerts_webhook *out)
{
	struct parse p = {
		.now = now, .expire = expire, .arena = a, .out = out
	};
	struct json *root;
	enum gw_err e;

	*out = (struct alerts_webhook){ .n = 0 };
	e = json_parse(body, &root, &out->note);
	if (e != GW_OK)
		return e;
	e = read_root(&p, root);
	json_free(&root);
	return e;
}

/* ---- the route ---- */

struct delivery {
	struct alerts_batch batch;
	struct http_req *req;
	struct alerts_webhook hook;
};

static void on_done(struct alerts_batch *b, enum gw_err e)
{
	struct delivery *d = b->arg;

	if (e != GW_OK)
		alerts_source_reply(d->req, e, "try again later\n");
	else if (d->hook.bad > 0)
		alerts_source_reply(d->req, GW_BAD_INPUT, d->hook.note.text);
	else if (b->refused > 0)
		alerts_source_reply(d->req, GW_BAD_INPUT,
				    "other labels have this fingerprint\n");
	else
		alerts_source_reply(d->req, GW_OK, NULL);
}

static void on_webhook(struct http_req *r, void *arg)
{
	struct alerts *a = arg;
	const struct alerts_source *s =
		alerts_source_check(a, r, http_segment(r, 0));
	struct delivery *d;
	enum gw_err e;

	if (s == NULL)
		return;
	if (!alerts_source_sends_json(r)) {
		http_reply_text(r, 415, "the body must be application/json\n");
		return;
	}
	d = arena_alloc(http_arena(r), sizeof(*d));
	d->req = r;
	e = alerts_alertmanager_parse(http_body(r), loop_wall(a->spec.loop),
				      s->expire, http_arena(r), &d->hook);
	if (e != GW_OK || d->hook.bad > 0)
		alerts_intake_dead(a->intake, str_of(s->name),
				   d->hook.note.text, http_body(r));
	if (e != GW_OK) {
		alerts_source_reply(r, e, d->hook.note.text);
		return;
	}
	d->batch.events = d->hook.events;
	d->batch.n = d->hook.n;
	d->batch.source = arena_str(http_arena(r), str_of(s->name));
	d->batch.key = d->hook.key;
	d->batch.raw = http_body(r);
	d->batch.done = on_done;
	d->batch.arg = d;
	alerts_intake_submit(a->intake, &d->batch);
}

const struct http_route alerts_source_alertmanager[] = {
	{ HTTP_POST | HTTP_PUT, "/alerts/{}", ALERTS_BODY_MAX, on_webhook },
	{ .path = NULL },
};
