/* SPDX-License-Identifier: MIT */
/* wire.c - what stands on what, and in which order it starts and stops
 *
 * Everything is loaded before anything listens; nothing is freed before what
 * may still call it.
 */
#include "gateway/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/net/gate.h"
#include "gateway/run/log.h"
#include "gateway/store/config.h"
#include "gateway/wire_private.h"
#include "xmpp/jid.h"
#include "xmpp/precis.h"

#define JOB_THREADS 2
#define JOB_QUEUE   10000

static enum gw_err number_config(struct wire *w, struct config *cfg)
{
	struct buf text = { .data = NULL };
	int64_t version = 0;
	enum gw_err e;

	config_print(cfg, &text);
	e = store_config_version(w->store, str_of(config_hash(cfg)),
				 buf_str(&text), &version);
	buf_fini(&text);
	config_set_version(cfg, version);
	return e;
}

/* ---- signals ---- */

static void on_stop(void *arg, int signo)
{
	struct wire *w = arg;

	log_info("musterd.stopping", "signal", strsignal(signo), NULL);
	loop_stop(w->loop);
}

/* wire_reload() has logged what there is to say. */
static void hangup_answered(void *arg, enum gw_err e, const char *why)
{
	(void)arg;
	(void)e;
	(void)why;
}

static void on_hangup(void *arg, int signo)
{
	struct wire *w = arg;
	struct err_note note = { .text = "" };

	(void)signo;
	if (wire_open_log(w->cfg, &note) != GW_OK)
		log_error("log.reopen", "why", note.text, NULL);
	wire_reload(w, hangup_answered, NULL);
}

static void on_health(void *arg, bool healthy)
{
	(void)arg;
	if (healthy)
		log_warn("store.back", NULL);
	else
		log_error("store.failing", "accepting", "nothing", NULL);
}

static void on_revoke(void *arg, struct str address)
{
	struct wire *w = arg;

	xmpp_kick(w->xmpp, address, "log in again");
	if (w->web != NULL)
		web_revoke(w->web, address);
}

/* ---- building ---- */

static enum gw_err open_store(struct wire *w, struct err_note *note)
{
	const struct wire_store *conf = config_get(w->cfg, "store");
	struct store_spec spec = {
		.path = conf->path,
		.threaded = true,
		.readers = 1,
	};
	enum gw_err e = store_open(w->loop, &spec, &w->store, note);

	if (e != GW_OK)
		return e;
	store_on_health(w->store, on_health, w);
	return number_config(w, w->cfg);
}

/* The rules of XMPP for whom may not include them. */
static enum gw_err bare_address(struct arena *a, struct str address,
				struct str *out, struct err_note *note)
{
	struct jid j;

	if (xmpp_jid_parse(a, address, &j) != GW_OK)
		return xmpp_jid_explain(address, note);
	if (j.local.p == NULL || j.resource.p != NULL)
		return err_say(note, GW_BAD_INPUT, "expected USER@DOMAIN");
	*out = j.full;
	return GW_OK;
}

static enum gw_err new_address(struct str address, struct err_note *note)
{
	return xmpp_precis_one_script(
		str_make(address.p, str_find(address, '@')), note);
}

static void build_middle(struct wire *w)
{
	struct directory_spec people_spec = {
		.loop = w->loop,
		.jobs = w->jobs,
		.store = w->store,
		.metrics = w->metrics,
		.normalise = bare_address,
		.new_address = new_address,
		.prepare_password = xmpp_precis_opaque,
	};
	struct seam_people people;

	w->board = board_new(w->loop);
	w->directory = directory_new(&people_spec);
	directory_on_revoke(w->directory, on_revoke, w);
	people = directory_people(w->directory);
	w->pools = pool_service_new(w->loop, w->board, &people);
	w->xmpp = xmpp_new(&(struct xmpp_spec){
		.loop = w->loop,
		.net = w->net,
		.store = w->store,
		.board = w->board,
		.metrics = w->metrics,
		.people = people,
		.pools = w->pools,
	});
	w->cases = case_service_new(&(struct case_service_spec){
		.loop = w->loop,
		.store = w->store,
		.board = w->board,
		.pools = w->pools,
		.messenger = xmpp_messenger(w->xmpp),
	});
}

static enum gw_err open_httpd(struct wire *w, struct err_note *note)
{
	const struct web_conf *conf = config_get(w->cfg, "web");

	return httpd_open(w->net,
			  &(struct httpd_spec){ .listen = conf->listen },
			  &w->httpd, note);
}

static void build_sides(struct wire *w)
{
	struct seam_people people = directory_people(w->directory);

	w->mta = mta_new(&(struct mta_spec){
		.loop = w->loop,
		.net = w->net,
		.jobs = w->jobs,
		.store = w->store,
		.board = w->board,
		.pools = w->pools,
		.cases = w->cases,
		.metrics = w->metrics,
		.people = people,
	});
	w->alerts = alerts_new(&(struct alerts_spec){
		.loop = w->loop,
		.net = w->net,
		.store = w->store,
		.pools = w->pools,
		.cases = w->cases,
		.metrics = w->metrics,
		.httpd = w->httpd,
	});
	w->desk = desk_new(&(struct desk_spec){
		.loop = w->loop,
		.cases = w->cases,
		.pools = w->pools,
		.board = w->board,
		.messenger = xmpp_messenger(w->xmpp),
		.mailer = mta_mailer(w->mta),
	});
	xmpp_set_desk(w->xmpp, desk_ear(w->desk));
	w->web = web_new(&(struct web_spec){
		.loop = w->loop,
		.net = w->net,
		.store = w->store,
		.board = w->board,
		.pools = w->pools,
		.cases = w->cases,
		.desk = w->desk,
		.metrics = w->metrics,
		.httpd = w->httpd,
		.jobs = w->jobs,
		.people = people,
		.admin = wire_admin(w),
	});
}

static enum gw_err load_all(struct wire *w, struct err_note *note)
{
	enum gw_err e = directory_load(w->directory);

	if (e == GW_OK)
		e = case_load(w->cases);
	if (e == GW_OK)
		e = xmpp_load(w->xmpp);
	if (e == GW_OK)
		e = mta_load(w->mta);
	if (e == GW_OK)
		e = alerts_load(w->alerts);
	if (e != GW_OK)
		return err_say(note, e, "the store could not be read: %s",
			       err_text(e));
	return GW_OK;
}

static enum gw_err open_https(struct wire *w, struct err_note *note)
{
	const struct web_conf *conf = config_get(w->cfg, "web");

	if (*conf->listen_tls == '\0')
		return GW_OK;
	return listener_open(w->net,
			     &(struct listener_spec){
				     .address = conf->listen_tls,
				     .proto = &httpd_tls_proto,
				     .arg = w->httpd,
				     .tls = w->tls_http,
				     .gate = w->https_gate,
			     },
			     &w->https, note);
}

/* Who may open the control socket is an administrator: mode 0600. */
static enum gw_err open_control(struct wire *w, struct err_note *note)
{
	const struct wire_control *conf = config_get(w->cfg, "control");

	return listener_open(w->net,
			     &(struct listener_spec){
				     .address = conf->socket,
				     .proto = &httpd_tls_proto,
				     .arg = w->httpd,
				     .mode = 0600,
			     },
			     &w->control, note);
}

static enum gw_err listen_all(struct wire *w, struct err_note *note)
{
	enum gw_err e = xmpp_listen(w->xmpp, w->tls_xmpp, note);

	if (e == GW_OK)
		e = xmpp_s2s_listen(w->xmpp, w->tls_s2s, note);
	if (e == GW_OK)
		e = mta_listen(w->mta, w->tls_xmpp, note);
	if (e == GW_OK)
		e = open_https(w, note);
	if (e == GW_OK)
		e = open_control(w, note);
	return e;
}

static enum gw_err write_pid(struct wire *w, struct err_note *note)
{
	const struct wire_control *conf = config_get(w->cfg, "control");
	FILE *f;
	int fd;

	if (*conf->pid_file == '\0')
		return GW_OK;
	/* Who stops the daemon believes it: nobody else may write it. */
	fd = open(conf->pid_file,
		  O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	f = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (f == NULL)
		return err_say(note, GW_UNAVAIL, "%s: %s", conf->pid_file,
			       strerror(errno));
	fprintf(f, "%ld\n", (long)getpid());
	w->pid_file = mem_strdup(conf->pid_file);
	if (fclose(f) != 0)
		return err_say(note, GW_UNAVAIL, "%s: %s", conf->pid_file,
			       strerror(errno));
	return GW_OK;
}

static enum gw_err start(struct wire *w, struct err_note *note)
{
	static const char *const alpn_xmpp[] = { "xmpp-client", NULL };
	static const char *const alpn_s2s[] = { "xmpp-server", NULL };
	static const char *const alpn_http[] = { "http/1.1", NULL };
	size_t taken;
	enum gw_err e = wire_open_log(w->cfg, note);

	if (e == GW_OK)
		e = open_store(w, note);
	if (e != GW_OK)
		return e;
	w->tls_xmpp = tls_server_new(alpn_xmpp);
	w->tls_s2s = tls_server_new(alpn_s2s);
	w->tls_http = tls_server_new(alpn_http);
	wire_certs_new(w);
	build_middle(w);
	e = open_httpd(w, note);
	if (e != GW_OK)
		return e;
	build_sides(w);
	e = wire_take_all(w, w->cfg, &taken, note);
	if (e == GW_OK)
		e = load_all(w, note);
	if (e == GW_OK)
		e = listen_all(w, note);
	if (e == GW_OK)
		e = write_pid(w, note);
	if (e != GW_OK)
		return e;
	case_start(w->cases);
	wire_certs_tell(w);
	return e;
}

enum gw_err wire_new(const char *config_path, struct config *cfg,
		     struct spawner *spawner, struct wire **out,
		     struct err_note *note)
{
	struct wire *w = mem_new(sizeof(*w));
	enum gw_err e;

	w->config_path = config_path;
	w->cfg = config_ref(cfg);
	w->spawner = spawner;
	w->loop = loop_ev_new();
	if (w->loop == NULL) {
		config_unref(&w->cfg);
		mem_free(w);
		return err_say(note, GW_UNAVAIL, "no event loop: %s",
			       strerror(errno));
	}
	children_attach(spawner, w->loop);
	w->started_at = loop_wall(w->loop);
	w->metrics = metrics_new();
	w->jobs = jobs_new(w->loop, JOB_THREADS, JOB_QUEUE);
	w->net = net_new(w->loop);
	w->https_gate = gate_new(w->loop, w->metrics, "https");
	net_count_pauses(w->net,
			 metrics_get(w->metrics, METRIC_COUNTER,
				     "net_pauses_total", "",
				     "Times a connection was over its rate "
				     "and read later."));
	loop_on_signal(w->loop, SIGTERM, on_stop, w);
	loop_on_signal(w->loop, SIGINT, on_stop, w);
	loop_on_signal(w->loop, SIGHUP, on_hangup, w);
	e = start(w, note);
	if (e != GW_OK) {
		children_detach(spawner);
		wire_free(&w);
		return e;
	}
	*out = w;
	return GW_OK;
}

void wire_run(struct wire *w)
{
	log_info("musterd.ready", "version", MUSTER_VERSION, "pid",
		 LOG_INT(getpid()), "config", LOG_INT(config_version(w->cfg)),
		 NULL);
	loop_run(w->loop);
}

static void forget_pid(struct wire *w)
{
	if (w->pid_file != NULL)
		unlink(w->pid_file);
	mem_free(w->pid_file);
}

/* Mouths first, so that nothing new comes in; then the store, which answers
 * all that waits for a commit; then what those answers went to. */
void wire_free(struct wire **out)
{
	struct wire *w = *out;

	if (w == NULL)
		return;
	w->stopping = true;
	forget_pid(w);
	listener_close(&w->control);
	listener_close(&w->https);
	wire_certs_free(w);
	if (w->mta != NULL)
		mta_stop(w->mta);
	if (w->alerts != NULL)
		alerts_stop(w->alerts);
	if (w->web != NULL)
		web_stop(w->web);
	if (w->xmpp != NULL)
		xmpp_stop(w->xmpp);
	if (w->directory != NULL)
		directory_stop(w->directory);
	httpd_close(&w->httpd);
	jobs_free(&w->jobs);
	store_close(&w->store);
	net_free(&w->net);
	gate_free(&w->https_gate);
	web_free(&w->web);
	desk_free(&w->desk);
	alerts_free(&w->alerts);
	mta_free(&w->mta);
	case_service_free(&w->cases);
	xmpp_free(&w->xmpp);
	directory_free(&w->directory); /* answers what pools still ask */
	pool_service_free(&w->pools);
	board_free(&w->board);
	tls_server_free(&w->tls_xmpp);
	tls_server_free(&w->tls_s2s);
	tls_server_free(&w->tls_http);
	metrics_free(&w->metrics);
	config_unref(&w->cfg);
	loop_free(&w->loop);
	log_close();
	mem_free(w);
	*out = NULL;
}
