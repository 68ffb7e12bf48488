/* SPDX-License-Identifier: MIT */
/* site.c - alerts on the fake loop */
#include "tests/unit/alerts/site.h"

#include "gateway/run/log.h"

static const char default_yaml[] =
	"alerts:\n"
	"  sources: { prom: { kind: alertmanager } }\n"
	"  route: { receiver: ops, group_by: [alertname] }\n"
	"  receivers: [{ name: ops, room: ops@rooms.x.org }]\n";

static const struct config_root roots[] = {
	{ .key = "pools", .opt = &pool_conf_opt },
	{ .key = "ladders", .opt = &case_ladders_opt },
	{ .key = "alerts", .section = &alerts_conf_section },
	{ .key = NULL },
};

static void up(struct site *s)
{
	struct err_note note = { .text = "" };

	s->alerts = alerts_new(&(struct alerts_spec){
		.loop = s->place->loop,
		.store = s->place->store,
		.pools = s->place->pools,
		.cases = s->place->cases,
		.metrics = s->metrics,
		.httpd = s->http,
	});
	if (alerts_configure(s->alerts, s->cfg, &note) != GW_OK)
		fail_msg("%s", note.text);
	assert_int_equal(alerts_load(s->alerts), GW_OK);
	loop_run(s->place->loop);
}

static void load(struct site *s, const char *yaml)
{
	struct buf errors = { .data = NULL };

	if (config_load_text(str_of(yaml), "test", roots, &s->cfg, &errors) !=
	    GW_OK)
		fail_msg("%s", (const char *)errors.data);
	buf_fini(&errors);
}

struct site *site_new(bool file, const char *yaml)
{
	struct site *s = mem_new(sizeof(*s));

	log_set_level(LOG_LEVEL_ERROR);
	s->place = place_new(file);
	s->place->via = "cli";
	s->http = fake_http_new();
	s->metrics = metrics_new();
	load(s, yaml != NULL ? yaml : default_yaml);
	up(s);
	return s;
}

static void down(struct site *s)
{
	alerts_stop(s->alerts);
	alerts_free(&s->alerts);
	fake_http_free(&s->http);
	metrics_free(&s->metrics);
}

void site_free(struct site **out)
{
	struct site *s = *out;

	down(s);
	config_unref(&s->cfg);
	place_free(&s->place);
	mem_free(s);
	*out = NULL;
}

void site_restart(struct site *s)
{
	down(s);
	place_restart(s->place);
	s->http = fake_http_new();
	s->metrics = metrics_new();
	up(s);
}

const char *site_configure(struct site *s, const char *yaml)
{
	static struct err_note note;

	note.text[0] = '\0';
	config_unref(&s->cfg);
	load(s, yaml);
	if (alerts_configure(s->alerts, s->cfg, &note) != GW_OK)
		return note.text;
	place_pass(s->place, 0);
	return "";
}

unsigned site_call(struct site *s, const struct fake_call *c)
{
	fake_http_call(s->http, c);
	place_pass(s->place, 0);
	return fake_http_reply(s->http)->status;
}

unsigned site_v2(struct site *s, const char *body)
{
	return site_call(s, &(struct fake_call){ .method = HTTP_POST,
						 .path = "/api/v2/alerts",
						 .type = "application/json",
						 .body = body });
}

unsigned site_hook(struct site *s, const char *body)
{
	return site_call(s, &(struct fake_call){ .method = HTTP_POST,
						 .path = "/alerts/prom",
						 .type = "application/json",
						 .body = body });
}

const char *site_body(const struct site *s)
{
	const struct fake_reply *r = fake_http_reply(s->http);

	return r->body.len > 0 ? (const char *)r->body.data : "";
}

unsigned site_alert(struct site *s, const char *name, const char *instance,
		    const char *severity, bool firing)
{
	struct buf b = { .data = NULL };
	unsigned status;

	buf_printf(&b,
		   "{\"version\":\"4\",\"groupKey\":\"{}:{}\",\"alerts\":"
		   "[{\"status\":\"%s\",\"labels\":{\"alertname\":\"%s\","
		   "\"instance\":\"%s\",\"severity\":\"%s\"},"
		   "\"annotations\":{\"summary\":\"full\"}}]}",
		   firing ? "firing" : "resolved", name, instance, severity);
	status = site_hook(s, (const char *)b.data);
	buf_fini(&b);
	return status;
}

const char *site_cases(struct site *s)
{
	static char text[4096];
	const struct casefile *c;
	uint64_t after = 0;
	size_t used = 0;

	text[0] = '\0';
	while ((c = case_next(s->place->cases, after)) != NULL) {
		after = c->number;
		if (c->state == CASE_CLOSED)
			continue;
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "%s#%llu %s %u/%u %s",
			used > 0 ? "; " : "", (unsigned long long)c->number,
			presence_severity_name(c->severity), c->firing,
			c->alerts, c->subject);
		assert_true(used < sizeof(text));
	}
	return text;
}

size_t site_total(struct site *s)
{
	const struct casefile *c;
	uint64_t after = 0;
	size_t n = 0;

	while ((c = case_next(s->place->cases, after)) != NULL) {
		after = c->number;
		n++;
	}
	return n;
}

const struct casefile *site_case(struct site *s, uint64_t number)
{
	const struct casefile *c = case_get(s->place->cases, number);

	assert_non_null(c);
	return c;
}
