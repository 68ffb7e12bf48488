/* SPDX-License-Identifier: MIT */
/* host.c - the alert room on the real loop, for run.sh
 *
 * usage: host STORE.  Says on its output where it listens and what becomes of
 * its cases, one line each, until SIGTERM.
 */
#include <signal.h>
#include <stdio.h>

#include "alerts/alerts.h"

static const char yaml[] =
	"alerts:\n"
	"  sources: { prom: { kind: alertmanager } }\n"
	"  route:\n"
	"    receiver: ops\n"
	"    group_by: [alertname]\n"
	"    group_wait: 0s\n"
	"    routes:\n"
	"      - { matchers: ['severity=\"critical\"'], receiver: now }\n"
	"  receivers:\n"
	"    - { name: ops, room: ops@rooms.x.org }\n"
	"    - { name: now, room: ops@rooms.x.org }\n";

static const struct config_root roots[] = {
	{ .key = "presence", .section = &board_conf_section },
	{ .key = "pools", .opt = &pool_conf_opt },
	{ .key = "ladders", .opt = &case_ladders_opt },
	{ .key = "cases", .section = &case_conf_section },
	{ .key = "alerts", .section = &alerts_conf_section },
	{ .key = NULL },
};

struct host {
	struct loop *loop;
	struct net *net;
	struct store *store;
	struct board *board;
	struct pools *pools;
	struct cases *cases;
	struct metrics *metrics;
	struct httpd *httpd;
	struct alerts *alerts;
	struct config *cfg;
};

static void on_case(void *arg, const struct casefile *c, const char *what,
		    const char *who)
{
	(void)arg;
	(void)who;
	printf("case %s #%llu %u/%u %s|%s\n", what,
	       (unsigned long long)c->number, c->firing, c->alerts, c->subject,
	       c->closed_why);
	fflush(stdout);
}

static void act(void *self, const struct casefile *c, const struct act *a,
		struct str id, void (*done)(void *arg, enum gw_err e),
		void *arg)
{
	(void)self;
	(void)c;
	(void)a;
	(void)id;
	done(arg, GW_OK);
}

static void on_signal(void *arg, int signo)
{
	(void)signo;
	loop_stop(arg);
}

static enum gw_err load_config(struct host *h)
{
	struct buf errors = { .data = NULL };
	enum gw_err e =
		config_load_text(str_of(yaml), "host", roots, &h->cfg, &errors);

	if (e != GW_OK)
		fprintf(stderr, "%s", (const char *)errors.data);
	buf_fini(&errors);
	return e;
}

static enum gw_err build(struct host *h, const char *path,
			 struct err_note *note)
{
	struct store_spec store = { .path = path, .threaded = true };
	struct httpd_spec http = { .listen = "127.0.0.1:0" };
	struct seam_people nobody = { .self = NULL };
	enum gw_err e = store_open(h->loop, &store, &h->store, note);

	if (e != GW_OK)
		return e;
	h->board = board_new(h->loop);
	board_configure(h->board, config_get(h->cfg, "presence"));
	h->pools = pool_service_new(h->loop, h->board, &nobody);
	pool_configure(h->pools, config_get(h->cfg, "pools"));
	h->cases = case_service_new(
		&(struct case_service_spec){ .loop = h->loop,
					     .store = h->store,
					     .board = h->board,
					     .pools = h->pools });
	case_watch(h->cases, on_case, NULL);
	case_set_front(h->cases, &(struct case_front){ .act = act });
	e = httpd_open(h->net, &http, &h->httpd, note);
	if (e != GW_OK)
		return e;
	h->metrics = metrics_new();
	h->alerts = alerts_new(&(struct alerts_spec){
		.loop = h->loop,
		.net = h->net,
		.store = h->store,
		.pools = h->pools,
		.cases = h->cases,
		.metrics = h->metrics,
		.httpd = h->httpd,
	});
	return GW_OK;
}

static enum gw_err start(struct host *h, struct err_note *note)
{
	enum gw_err e = case_configure(h->cases, config_get(h->cfg, "cases"),
				       config_get(h->cfg, "ladders"), 1, note);

	if (e == GW_OK)
		e = alerts_configure(h->alerts, h->cfg, note);
	if (e == GW_OK)
		e = case_load(h->cases);
	if (e == GW_OK)
		e = alerts_load(h->alerts);
	if (e == GW_OK)
		case_start(h->cases);
	return e;
}

/* In the order of the daemon (gateway/wire.c). */
static void stop(struct host *h)
{
	alerts_stop(h->alerts);
	httpd_close(&h->httpd);
	store_close(&h->store);
	net_free(&h->net);
	alerts_free(&h->alerts);
	case_service_free(&h->cases);
	pool_service_free(&h->pools);
	board_free(&h->board);
	metrics_free(&h->metrics);
	config_unref(&h->cfg);
	loop_free(&h->loop);
}

int main(int argc, char **argv)
{
	struct host h = { .loop = loop_ev_new() };
	struct err_note note = { .text = "" };

	if (argc != 2 || load_config(&h) != GW_OK)
		return 2;
	h.net = net_new(h.loop);
	loop_on_signal(h.loop, SIGTERM, on_signal, h.loop);
	if (build(&h, argv[1], &note) != GW_OK || start(&h, &note) != GW_OK) {
		fprintf(stderr, "%s\n", note.text);
		return 2;
	}
	printf("listening %s\n", httpd_address(h.httpd));
	fflush(stdout);
	loop_run(h.loop);
	stop(&h);
	return 0;
}
