/* SPDX-License-Identifier: MIT */
/* wire_config.c - every top-level key, and who takes what of a configuration
 *
 * A reload hands the new configuration to each room in turn; if one refuses,
 * those before it get the old one back: all or nothing.
 */
#include <errno.h>
#include <string.h>

#include "gateway/net/gate.h"
#include "gateway/run/log.h"
#include "gateway/store/config.h"
#include "gateway/wire_private.h"

/* A handshake is fed as it comes: none of it waits unread. */
#define SHAKING_BYTES ((size_t)1 << 20)

static const char *const levels[] = { "error", "warn", "info", "debug", NULL };

static const struct conf_opt domain_options[] = {
	CONF_OPT(TEXT, struct wire_domain, certificate, "", 0, 4096,
		 "PEM file with the certificate chain; empty: a self-signed "
		 "one beside the store."),
	CONF_OPT(TEXT, struct wire_domain, key, "", 0, 4096,
		 "PEM file with the key, if it is not in the same file."),
	{ .key = NULL },
};

static const struct conf_section domain_section = {
	.size = sizeof(struct wire_domain),
	.opts = domain_options,
	.doc = "A domain whose people this installation serves.",
};

static const struct conf_opt domains_opt = {
	.key = "domains",
	.kind = CONF_MAP,
	.doc = "The domains served; the first one is the main one.",
	.sub = &domain_section,
};

static const struct conf_opt store_options[] = {
	CONF_OPT(TEXT, struct wire_store, path, "/var/lib/muster/muster.db", 1,
		 4096, "The SQLite file that holds everything."),
	{ .key = NULL },
};

static const struct conf_section store_section = {
	.size = sizeof(struct wire_store),
	.opts = store_options,
	.doc = "Where everything is kept.",
};

static const struct conf_opt log_options[] = {
	CONF_OPT(TEXT, struct wire_log, file, "", 0, 4096,
		 "The log file; empty: standard error."),
	CONF_OPT_ENUM(struct wire_log, level, "info", levels,
		      "The least important lines that are written."),
	{ .key = NULL },
};

static const struct conf_section log_section = {
	.size = sizeof(struct wire_log),
	.opts = log_options,
	.doc = "One fact per line.",
};

static const struct conf_opt control_options[] = {
	CONF_OPT(TEXT, struct wire_control, socket, "/run/muster/control.sock",
		 1, 100, "The socket the muster command speaks to."),
	CONF_OPT(TEXT, struct wire_control, pid_file, "", 0, 4096,
		 "Where the process number is written; empty: nowhere."),
	{ .key = NULL },
};

static const struct conf_section control_section = {
	.size = sizeof(struct wire_control),
	.opts = control_options,
	.doc = "How the daemon is controlled from the machine it runs on.",
};

const struct config_root wire_roots[] = {
	{ .key = "domains", .opt = &domains_opt },
	{ .key = "store", .section = &store_section },
	{ .key = "log", .section = &log_section },
	{ .key = "control", .section = &control_section },
	{ .key = "directory", .section = &directory_conf_section },
	{ .key = "presence", .section = &board_conf_section },
	{ .key = "pools", .opt = &pool_conf_opt },
	{ .key = "ladders", .opt = &case_ladders_opt },
	{ .key = "cases", .section = &case_conf_section },
	{ .key = "xmpp", .section = &xmpp_conf_section },
	{ .key = "mail", .section = &mta_conf_section },
	{ .key = "alerts", .section = &alerts_conf_section },
	{ .key = "web", .section = &web_conf_section },
	{ .key = NULL, .check = wire_check },
};

/* ---- configuring: each room takes what is its own ---- */

enum gw_err wire_open_log(const struct config *cfg, struct err_note *note)
{
	const struct wire_log *conf = config_get(cfg, "log");

	if (log_open(*conf->file != '\0' ? conf->file : NULL,
		     (enum log_level)conf->level) != GW_OK)
		return err_say(note, GW_UNAVAIL, "log.file: %s: %s", conf->file,
			       strerror(errno));
	return GW_OK;
}

static enum gw_err take_log(struct wire *w, struct config *cfg,
			    struct err_note *note)
{
	(void)w;
	return wire_open_log(cfg, note);
}

static enum gw_err take_board(struct wire *w, struct config *cfg,
			      struct err_note *note)
{
	(void)note;
	board_configure(w->board, config_get(cfg, "presence"));
	return GW_OK;
}

static enum gw_err take_directory(struct wire *w, struct config *cfg,
				  struct err_note *note)
{
	return directory_configure(w->directory, cfg, note);
}

static enum gw_err take_pools(struct wire *w, struct config *cfg,
			      struct err_note *note)
{
	(void)note;
	pool_configure(w->pools, config_get(cfg, "pools"));
	return GW_OK;
}

static enum gw_err take_cases(struct wire *w, struct config *cfg,
			      struct err_note *note)
{
	return case_configure(w->cases, config_get(cfg, "cases"),
			      config_get(cfg, "ladders"), config_version(cfg),
			      note);
}

static enum gw_err take_xmpp(struct wire *w, struct config *cfg,
			     struct err_note *note)
{
	return xmpp_configure(w->xmpp, cfg, note);
}

static enum gw_err take_mta(struct wire *w, struct config *cfg,
			    struct err_note *note)
{
	return mta_configure(w->mta, cfg, note);
}

static enum gw_err take_alerts(struct wire *w, struct config *cfg,
			       struct err_note *note)
{
	return alerts_configure(w->alerts, cfg, note);
}

static enum gw_err take_web(struct wire *w, struct config *cfg,
			    struct err_note *note)
{
	const struct web_conf *conf = config_get(cfg, "web");
	enum gw_err e = web_configure(w->web, cfg, note);

	if (e != GW_OK)
		return e;
	gate_set_limits(
		w->https_gate,
		&(struct gate_limits){ .guests = (unsigned)conf->shaking,
				       .bytes = SHAKING_BYTES,
				       .handshakes = (unsigned)conf->handshakes,
				       .trusted = conf->trusted.items,
				       .trusted_count = conf->trusted.count });
	return GW_OK;
}

/* XEP-0401 4.1: an https: address, or none. */
static void take_page(struct wire *w, const char *url)
{
	struct arena *a = arena_new();
	const char *page = NULL;

	if (str_starts(str_of(url), "https://"))
		page = arena_printf(a, "%s/invite", url);
	xmpp_invitation_page(w->xmpp, page);
	arena_free(&a);
}

static enum gw_err take_desk(struct wire *w, struct config *cfg,
			     struct err_note *note)
{
	const struct web_conf *conf = config_get(cfg, "web");
	struct buf base = { .data = NULL };

	(void)note;
	if (*conf->url != '\0')
		buf_add_lit(&base, conf->url);
	else
		buf_printf(&base, "http://%s", httpd_address(w->httpd));
	desk_link(w->desk, buf_str(&base));
	take_page(w, conf->url);
	buf_fini(&base);
	return GW_OK;
}

typedef enum gw_err take_fn(struct wire *w, struct config *cfg,
			    struct err_note *note);

static take_fn *const takers[] = {
	take_log,    wire_certs_take, take_board, take_directory,
	take_pools,  take_cases,      take_xmpp,  take_mta,
	take_alerts, take_web,	      take_desk,
};

#define TAKERS (sizeof(takers) / sizeof(takers[0]))

enum gw_err wire_take_all(struct wire *w, struct config *cfg, size_t *taken,
			  struct err_note *note)
{
	enum gw_err e = GW_OK;

	for (*taken = 0; *taken < TAKERS && e == GW_OK; (*taken)++)
		e = takers[*taken](w, cfg, note);
	return e;
}

void wire_take_back(struct wire *w, size_t taken)
{
	struct err_note note;

	for (size_t i = 0; i < taken; i++)
		if (takers[i](w, w->cfg, &note) != GW_OK)
			log_error("config.rollback", "why", note.text, NULL);
}

/* ---- reload: read in a job, numbered by the store, then taken ---- */

struct reload {
	struct job job;
	struct wire *wire;
	char *path; /* the job sees nothing of the core */
	struct config *fresh;
	struct buf errors;
	enum gw_err e;
	seam_answer_fn *done;
	void *arg;
};

static void reload_end(struct reload *r, enum gw_err e)
{
	struct str why = buf_str(&r->errors);

	if (e == GW_OK)
		log_info("config.loaded", "version",
			 LOG_INT(config_version(r->wire->cfg)), NULL);
	else
		log_error("config.refused", "why", LOG_STR(str_trim(why)),
			  "running", "the old one", NULL);
	r->wire->reloading = false;
	r->done(r->arg, e, why.p != NULL ? why.p : "");
	config_unref(&r->fresh);
	buf_fini(&r->errors);
	mem_free(r->path);
	mem_free(r);
}

static void reload_numbered(void *arg, enum gw_err e, int64_t version)
{
	struct reload *r = arg;
	struct wire *w = r->wire;
	struct err_note note = { .text = "" };
	size_t taken;

	if (e != GW_OK) {
		buf_add_lit(&r->errors, "the store did not take the new "
					"configuration: try again later");
		reload_end(r, e);
		return;
	}
	if (w->stopping) { /* the rooms have stopped already */
		buf_add_lit(&r->errors, "the server is going down");
		reload_end(r, GW_UNAVAIL);
		return;
	}
	config_set_version(r->fresh, version);
	e = wire_take_all(w, r->fresh, &taken, &note);
	if (e != GW_OK) {
		wire_take_back(w, taken);
		buf_add_lit(&r->errors, note.text);
		reload_end(r, e);
		return;
	}
	config_unref(&w->cfg);
	w->cfg = config_ref(r->fresh);
	wire_certs_tell(w);
	reload_end(r, GW_OK);
}

static void reload_run(struct job *j)
{
	struct reload *r = LIST_OF(j, struct reload, job);

	r->e = config_load(r->path, wire_roots, &r->fresh, &r->errors);
}

static void reload_read(struct job *j)
{
	struct reload *r = LIST_OF(j, struct reload, job);
	struct buf text = { .data = NULL };

	if (r->e != GW_OK) {
		reload_end(r, r->e);
		return;
	}
	config_print(r->fresh, &text);
	store_config_save(
		r->wire->store, str_of(config_hash(r->fresh)), buf_str(&text),
		(struct store_config_done){ .fn = reload_numbered, .arg = r });
	buf_fini(&text);
}

void wire_reload(struct wire *w, seam_answer_fn *done, void *arg)
{
	struct reload *r;

	if (w->reloading) {
		done(arg, GW_CONFLICT, "a reload is under way already");
		return;
	}
	r = mem_new(sizeof(*r));
	r->wire = w;
	r->path = mem_strdup(w->config_path);
	r->done = done;
	r->arg = arg;
	r->job.run = reload_run;
	r->job.done = reload_read;
	w->reloading = true;
	if (jobs_submit(w->jobs, &r->job) != GW_OK) {
		buf_add_lit(&r->errors, "too many jobs wait: try again later");
		reload_end(r, GW_LIMIT);
	}
}
