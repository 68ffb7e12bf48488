/* SPDX-License-Identifier: MIT */
/* web.c - the console's room: its parts, its routes, its options */
#include "web/web_private.h"

#include "gateway/net/gate.h"
#include "gateway/net/listener.h"

#define SWEEP_EVERY ((int64_t)60 * 1000)

static const struct web_route *const resources[] = {
#define WEB_RESOURCE(name) web_##name##_routes,
#include "web/api/resources.def"
#undef WEB_RESOURCE
};

#define RESOURCES (sizeof(resources) / sizeof(resources[0]))

/* ---- options ---- */

static bool is_url(struct str s)
{
	if (s.n == 0)
		return true;
	if (str_starts(s, "https://"))
		s = str_make(s.p + 8, s.n - 8);
	else if (str_starts(s, "http://"))
		s = str_make(s.p + 7, s.n - 7);
	else
		return false;
	return s.n != 0 && str_find(s, '/') == s.n && str_find(s, ' ') == s.n;
}

/* On a unix socket everybody would be taken for the administrator. */
static enum gw_err check_conf(struct conf_reader *r, void *value)
{
	const struct web_conf *c = value;
	struct err_note note = { .text = "" };
	bool tls = *c->listen_tls != '\0';

	if (tls && listener_check_address(c->listen_tls, &note) != GW_OK)
		return conf_error(r, NULL, "listen_tls: %s", note.text);
	if (tls && (c->listen_tls[0] == '/' ||
		    str_starts(str_of(c->listen_tls), "unix:")))
		return conf_error(r, NULL, "listen_tls: write HOST:PORT");
	if (gate_check_trusted(c->trusted.items, c->trusted.count, &note) !=
	    GW_OK)
		return conf_error(r, NULL, "trusted: %s", note.text);
	if (!is_url(str_of(c->url)))
		return conf_error(r, NULL,
				  "url: write https://HOST or "
				  "https://HOST:PORT, without a path");
	return GW_OK;
}

static const struct conf_opt options[] = {
	CONF_OPT(TEXT, struct web_conf, listen, "127.0.0.1:5280", 1, 256,
		 "Where plain HTTP is served; log-in works on loopback only."),
	CONF_OPT(TEXT, struct web_conf, listen_tls, "", 0, 256,
		 "Where HTTPS is served; empty: nowhere."),
	CONF_OPT(TEXT, struct web_conf, url, "", 0, 1024,
		 "The console as people reach it, for links in messages; "
		 "empty: made from listen."),
	CONF_OPT(SPAN, struct web_conf, idle, "30m", 60000, 86400000,
		 "A log-in that is not used ends after this time."),
	CONF_OPT(SPAN, struct web_conf, absolute, "12h", 60000, 604800000,
		 "Every log-in ends after this time."),
	CONF_OPT(INT, struct web_conf, handshakes, "300", 0, 1000000,
		 "TLS handshakes a minute with one address; 0: unlimited."),
	CONF_OPT(INT, struct web_conf, shaking, "500", 1, 100000,
		 "Connections at once whose TLS handshake is not finished; "
		 "then the address with most of them loses one."),
	CONF_OPT(TEXTS, struct web_conf, trusted, "[127.0.0.0/8, ::1]", 0, 64,
		 "Networks that limits per address leave out."),
	{ .key = NULL },
};

const struct conf_section web_conf_section = {
	.size = sizeof(struct web_conf),
	.opts = options,
	.doc = "The console, the API, and everything else over HTTP.",
	.check = check_conf,
};

static const struct web_conf defaults = {
	.listen = "",
	.listen_tls = "",
	.url = "",
	.idle = 1800000,
	.absolute = 43200000,
};

/* ---- what changed, for open pages ---- */

static void on_person(void *arg, struct str bare)
{
	struct web *w = arg;
	struct arena *a = arena_new();
	struct buf b = { .data = NULL };
	struct json_out o;

	json_out_init(&o, &b);
	web_person_row(&o, w, bare, a);
	web_events_add(w->events, "person", buf_str(&b));
	buf_fini(&b);
	arena_free(&a);
}

static void on_case(void *arg, const struct casefile *c, const char *what,
		    const char *who)
{
	struct web *w = arg;
	struct buf b = { .data = NULL };
	struct json_out o;

	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_text(&o, "what", what);
	json_out_text(&o, "who", who);
	web_case_row(&o, c);
	json_out_end_object(&o);
	web_events_add(w->events, "case", buf_str(&b));
	buf_reset(&b);
	buf_printf(&b, "{\"case\":%llu}", (unsigned long long)c->number);
	if (c->kind == CASE_MAIL)
		web_events_add(w->events, "mail", buf_str(&b));
	else
		web_events_add(w->events, "alert", buf_str(&b));
	buf_fini(&b);
}

static bool still_viewer(void *arg, const struct events_viewer *v)
{
	struct web *w = arg;
	static const struct session_id none;
	bool control = memcmp(&v->session, &none, sizeof(none)) == 0;
	struct str who = str_of(v->who);

	if (control)
		return true;
	return web_session_get(w->sessions, &v->session) != NULL &&
	       (w->spec.admin.user_is_admin(w->spec.admin.self, who) ||
		web_is_operator(w, who));
}

/* ---- life ---- */

static void on_sweep(struct loop_timer *t)
{
	struct web *w = LIST_OF(t, struct web, sweep);

	web_session_sweep(w->sessions);
	web_limit_sweep(w->limits);
	web_links_sweep(w);
	loop_timer_start(w->spec.loop, &w->sweep, SWEEP_EVERY);
}

static enum gw_err mount_one(struct web_mount *m)
{
	m->table[0].methods = m->route->methods;
	m->table[0].path = m->route->path;
	m->table[0].body_max = m->route->body_max;
	m->table[0].fn = web_guard;
	return httpd_routes(m->web->spec.httpd, m->table, m);
}

/* Each route on its own, so that the guard knows which it is. */
static enum gw_err mount_all(struct web *w)
{
	enum gw_err e = GW_OK;
	size_t n = 0, i = 0;

	for (size_t k = 0; k < RESOURCES; k++)
		for (const struct web_route *r = resources[k]; r->path; r++)
			n++;
	w->mounts = mem_new(n * sizeof(*w->mounts));
	for (size_t k = 0; k < RESOURCES && e == GW_OK; k++) {
		const struct web_route *r = resources[k];

		for (; r->path != NULL && e == GW_OK; r++, i++) {
			w->mounts[i].web = w;
			w->mounts[i].route = r;
			e = mount_one(&w->mounts[i]);
		}
	}
	return e;
}

struct web *web_new(const struct web_spec *spec)
{
	struct web *w = mem_new(sizeof(*w));

	w->spec = *spec;
	w->conf = &defaults;
	list_init(&w->waiting);
	list_init(&w->links);
	loop_random(spec->loop, w->key, sizeof(w->key));
	w->sessions = web_session_new(spec->store);
	w->admins = web_admins_new(spec->store, spec->jobs);
	w->limits = web_limit_new(spec->loop);
	w->events = web_events_new(spec->loop, still_viewer, w);
	w->sweep.fn = on_sweep;
	loop_timer_start(spec->loop, &w->sweep, SWEEP_EVERY);
	board_watch(spec->board, on_person, w);
	case_watch(spec->cases, on_case, w);
	w->mounted = mount_all(w);
	return w;
}

void web_stop(struct web *w)
{
	loop_timer_stop(w->spec.loop, &w->sweep);
	web_events_stop(w->events);
}

void web_free(struct web **out)
{
	struct web *w = *out;

	if (w == NULL)
		return;
	web_stop(w);
	LIST_EACH_SAFE(it, tmp, &w->waiting)
	{
		LIST_OF(it, struct web_req, link)->web = NULL;
		list_del(it);
	}
	web_events_free(&w->events);
	web_limit_free(&w->limits);
	web_admins_free(&w->admins);
	web_session_free(&w->sessions);
	web_links_free(w);
	config_unref(&w->cfg);
	mem_free(w->mounts);
	mem_free(w);
	*out = NULL;
}

static enum gw_err load(struct web *w, struct err_note *note)
{
	enum gw_err e;

	if (w->loaded)
		return GW_OK;
	e = web_session_load(w->sessions);
	if (e == GW_OK)
		e = web_admins_load(w->admins);
	if (e != GW_OK)
		return err_say(note, e, "log-ins could not be read: %s",
			       err_text(e));
	w->loaded = true;
	return GW_OK;
}

enum gw_err web_configure(struct web *w, struct config *cfg,
			  struct err_note *note)
{
	enum gw_err e = load(w, note);

	if (e == GW_OK && w->mounted != GW_OK)
		e = err_say(note, w->mounted, "web: a path is served twice");
	if (e != GW_OK)
		return e;
	cfg = config_ref(cfg);
	config_unref(&w->cfg);
	w->cfg = cfg;
	w->conf = config_get(cfg, "web");
	web_session_rules(w->sessions, &(struct session_rules){
					       .idle = w->conf->idle,
					       .absolute = w->conf->absolute });
	return GW_OK;
}

void web_end_others(struct web *w, struct str address,
		    const struct session_id *but)
{
	web_session_end_all(w->sessions, address, but);
	web_events_review(w->events);
}

void web_revoke(struct web *w, struct str address)
{
	web_end_others(w, address, NULL);
}
