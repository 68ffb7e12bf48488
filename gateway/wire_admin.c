/* SPDX-License-Identifier: MIT */
/* wire_admin.c - what console and command line may ask of all rooms
 *
 * Each answer is JSON made here from the rooms' own rows, so that the API
 * needs to include none of them.
 */
#include <unistd.h>

#include "gateway/run/json.h"
#include "gateway/wire_private.h"
#include "xmpp/server.h"

#include "alerts/conf.h"

/* ---- status ---- */

static void add_address(void *arg, const char *what, const char *address)
{
	struct json_out *out = arg;

	json_out_object(out, NULL);
	json_out_text(out, "what", what);
	json_out_text(out, "address", address);
	json_out_end_object(out);
}

static void add_listeners(const struct wire *w, struct json_out *out)
{
	const struct web_conf *web = config_get(w->cfg, "web");
	const struct wire_control *control = config_get(w->cfg, "control");

	json_out_array(out, "listeners");
	xmpp_addresses(w->xmpp, add_address, out);
	mta_addresses(w->mta, add_address, out);
	add_address(out, "http", web->listen);
	if (*web->listen_tls != '\0')
		add_address(out, "https", web->listen_tls);
	add_address(out, "control", control->socket);
	json_out_end_array(out);
}

static void add_hook(struct json_out *out, const char *what, const char *base,
		     const char *path)
{
	struct arena *a = arena_new();

	add_address(out, what, arena_printf(a, "%s%s", base, path));
	arena_free(&a);
}

/* What others are pointed at by URL. */
static void add_hooks(const struct wire *w, struct json_out *out)
{
	const struct web_conf *web = config_get(w->cfg, "web");
	const struct alerts_conf *alerts = config_get(w->cfg, "alerts");
	struct arena *a = arena_new();
	const char *base = *web->url != '\0'
				   ? web->url
				   : arena_printf(a, "http://%s", web->listen);

	json_out_array(out, "hooks");
	add_hook(out, "console", base, "/");
	add_hook(out, "metrics", base, "/metrics");
	add_hook(out, "Alertmanager API v2", base, "/api/v2/alerts");
	for (size_t i = 0; i < alerts->sources.count; i++)
		add_hook(out, "webhook", base,
			 arena_printf(a, "/alerts/%s",
				      alerts->sources.entries[i].name));
	json_out_end_array(out);
	arena_free(&a);
}

static void add_domains(const struct wire *w, struct json_out *out)
{
	const struct conf_map *domains = config_get(w->cfg, "domains");

	json_out_array(out, "domains");
	for (size_t i = 0; i < domains->count; i++) {
		const struct wire_domain *d = domains->entries[i].value;

		json_out_object(out, NULL);
		json_out_text(out, "domain", domains->entries[i].name);
		json_out_text(out, "certificate", d->certificate);
		json_out_int(out, "certificate_ends",
			     tls_server_expiry(w->tls_xmpp,
					       domains->entries[i].name));
		json_out_end_object(out);
	}
	json_out_end_array(out);
}

static void status(void *self, struct buf *json)
{
	const struct wire *w = self;
	struct json_out out;

	json_out_init(&out, json);
	json_out_object(&out, NULL);
	json_out_text(&out, "version", MUSTER_VERSION);
	json_out_int(&out, "pid", getpid());
	json_out_int(&out, "started_at", w->started_at);
	json_out_int(&out, "now", loop_wall(w->loop));
	json_out_int(&out, "config_version", config_version(w->cfg));
	json_out_text(&out, "config_file", w->config_path);
	json_out_bool(&out, "store_healthy", store_healthy(w->store));
	json_out_int(&out, "connections", (int64_t)net_count(w->net));
	add_domains(w, &out);
	add_listeners(w, &out);
	add_hooks(w, &out);
	json_out_end_object(&out);
}

static enum gw_err s2s_report(void *self, struct str domain, struct buf *json)
{
	const struct wire *w = self;

	return xmpp_s2s_report(w->xmpp, domain, json);
}

static enum gw_err s2s_try(void *self, struct str domain, struct err_note *note)
{
	const struct wire *w = self;

	return xmpp_s2s_try(w->xmpp, domain, note);
}

/* ---- people ---- */

/* An account elsewhere could never log in. */
static bool serves(const struct wire *w, struct str address,
		   seam_answer_fn *done, void *arg)
{
	const struct conf_map *domains = config_get(w->cfg, "domains");
	struct arena *a = arena_new();
	struct buf why = { .data = NULL };
	struct jid jid;
	bool good = xmpp_jid_parse(a, address, &jid) != GW_OK ||
		    xmpp_is_local(w->xmpp, jid.domain);

	if (!good) {
		buf_printf(&why, STR_FMT " is not served here; served: ",
			   STR_ARG(jid.domain));
		for (size_t i = 0; i < domains->count; i++)
			buf_printf(&why, "%s%s", i > 0 ? ", " : "",
				   domains->entries[i].name);
		done(arg, GW_BAD_INPUT, arena_str(a, buf_str(&why)).p);
	}
	buf_fini(&why);
	arena_free(&a);
	return good;
}

static void user_add(void *self, struct str address, struct str password,
		     struct str name, bool admin, seam_answer_fn *done,
		     void *arg)
{
	const struct wire *w = self;

	if (!serves(w, address, done, arg))
		return;
	directory_add(w->directory, address, password, name,
		      admin ? DIRECTORY_ADMIN : DIRECTORY_USER, done, arg);
}

static void user_add_keys(void *self, struct str address, struct str keys,
			  struct str name, seam_answer_fn *done, void *arg)
{
	const struct wire *w = self;

	if (!serves(w, address, done, arg))
		return;
	directory_add_keys(w->directory, address, keys, name, done, arg);
}

static void user_passwd(void *self, struct str address, struct str password,
			seam_answer_fn *done, void *arg)
{
	const struct wire *w = self;

	directory_passwd(w->directory, address, password, done, arg);
}

static void user_disable(void *self, struct str address, bool disabled,
			 seam_answer_fn *done, void *arg)
{
	const struct wire *w = self;

	directory_disable(w->directory, address, disabled, done, arg);
}

static const char *role_name(enum directory_role role)
{
	switch (role) {
	case DIRECTORY_USER:
		return "user";
	case DIRECTORY_OPERATOR:
		return "operator";
	case DIRECTORY_ADMIN:
		return "admin";
	}
	__builtin_unreachable();
}

static void user_list(void *self, struct str after, size_t max,
		      seam_rows_fn *done, void *arg)
{
	const struct wire *w = self;
	struct arena *a = arena_new();
	struct buf json = { .data = NULL };
	struct directory_person *people;
	size_t n = directory_list(w->directory, after, max, a, &people);
	struct json_out out;

	json_out_init(&out, &json);
	json_out_array(&out, NULL);
	for (size_t i = 0; i < n; i++) {
		json_out_object(&out, NULL);
		json_out_text(&out, "address", people[i].address);
		json_out_text(&out, "name", people[i].name);
		json_out_text(&out, "role", role_name(people[i].role));
		json_out_bool(&out, "disabled", people[i].disabled);
		json_out_end_object(&out);
	}
	json_out_end_array(&out);
	done(arg, GW_OK, buf_str(&json));
	buf_fini(&json);
	arena_free(&a);
}

static bool user_is_admin(void *self, struct str address)
{
	const struct wire *w = self;

	return directory_role(w->directory, address) == DIRECTORY_ADMIN;
}

struct inviting {
	seam_rows_fn *done;
	void *arg;
};

static void on_invited(void *arg, enum gw_err e,
		       const struct xmpp_invitation *made)
{
	struct inviting *i = arg;
	struct buf json = { .data = NULL };
	struct json_out out;

	if (e == GW_OK) {
		json_out_init(&out, &json);
		json_out_object(&out, NULL);
		json_out_text(&out, "token", made->token);
		json_out_text(&out, "uri", made->uri);
		if (made->page != NULL)
			json_out_text(&out, "page", made->page);
		json_out_int(&out, "expires_at", made->expiry);
		json_out_end_object(&out);
	}
	i->done(i->arg, e, buf_str(&json));
	buf_fini(&json);
	mem_free(i);
}

static void invite(void *self, const struct seam_invite *wish,
		   seam_rows_fn *done, void *arg)
{
	const struct wire *w = self;
	struct inviting *i = mem_new(sizeof(*i));

	i->done = done;
	i->arg = arg;
	xmpp_invite(w->xmpp,
		    &(struct xmpp_invite){ .address = wish->address,
					   .inviter = wish->inviter,
					   .valid = wish->valid },
		    on_invited, i);
}

static void add_invitation(void *arg, const struct xmpp_invited *one)
{
	struct json_out *out = arg;

	json_out_object(out, NULL);
	json_out_text(out, "id", one->id);
	json_out_text(out, "address", one->address);
	json_out_text(out, "inviter", one->inviter);
	json_out_text(out, "maker", one->maker);
	json_out_text(out, "used_by", one->by);
	json_out_int(out, "expires_at", one->expiry);
	json_out_end_object(out);
}

static void invitations(void *self, struct buf *json)
{
	const struct wire *w = self;
	struct json_out out;

	json_out_init(&out, json);
	json_out_array(&out, NULL);
	xmpp_invitations(w->xmpp, add_invitation, &out);
	json_out_end_array(&out);
}

struct revoking {
	seam_answer_fn *done;
	void *arg;
};

static void on_revoked(void *arg, enum gw_err e)
{
	struct revoking *r = arg;

	r->done(r->arg, e,
		e == GW_NOT_FOUND  ? "there is no such invitation"
		: e == GW_CONFLICT ? "an account is made of it just now"
				   : "");
	mem_free(r);
}

static void invite_revoke(void *self, struct str id, seam_answer_fn *done,
			  void *arg)
{
	const struct wire *w = self;
	struct revoking *r = mem_new(sizeof(*r));

	r->done = done;
	r->arg = arg;
	xmpp_invitation_revoke(w->xmpp, id, on_revoked, r);
}

/* ---- mails and alerts ---- */

struct rows {
	seam_rows_fn *done;
	void *arg;
};

static void add_mail(struct json_out *out, const struct mta_mail *m,
		     struct arena *a)
{
	json_out_object(out, NULL);
	json_out_text(out, "id", m->id);
	json_out_text(out, "message_id", m->message_id);
	json_out_text(out, "from", m->from);
	json_out_text(out, "rcpt", m->rcpt);
	json_out_text(out, "chosen", m->chosen);
	json_out_text(out, "state", m->state);
	json_out_text(out, "why", m->why);
	json_out_int(out, "received_at", m->received_at);
	json_out_int(out, "deadline_at", m->deadline_at);
	json_out_int(out, "size", m->size);
	json_out_int(out, "case", (int64_t)m->case_number);
	json_out_text(out, "after", mta_page_after(m, a));
	json_out_end_object(out);
}

static void mails_listed(void *arg, enum gw_err e, const struct mta_mail *mails,
			 size_t n)
{
	struct rows *rows = arg;
	struct arena *a = arena_new();
	struct buf json = { .data = NULL };
	struct json_out out;

	json_out_init(&out, &json);
	json_out_array(&out, NULL);
	for (size_t i = 0; i < n; i++)
		add_mail(&out, &mails[i], a);
	json_out_end_array(&out);
	rows->done(rows->arg, e, buf_str(&json));
	buf_fini(&json);
	arena_free(&a);
	mem_free(rows);
}

static void mail_list(void *self, const struct seam_page *page,
		      seam_rows_fn *done, void *arg)
{
	const struct wire *w = self;
	struct rows *rows = mem_new(sizeof(*rows));

	rows->done = done;
	rows->arg = arg;
	mta_list(w->mta,
		 &(struct mta_page){ .watched_only = page->watched_only,
				     .max = page->max,
				     .after = page->after },
		 mails_listed, rows);
}

static void add_alert(struct json_out *out, const struct alerts_row *r)
{
	json_out_object(out, NULL);
	json_out_text(out, "fingerprint", r->fingerprint);
	json_out_text(out, "name", r->name);
	json_out_text(out, "summary", r->summary);
	json_out_text(out, "status", r->status);
	json_out_text(out, "source", r->source);
	json_out_text(out, "labels", r->labels);
	json_out_text(out, "severity", presence_severity_name(r->severity));
	json_out_int(out, "starts_at", r->starts_at);
	json_out_int(out, "ends_at", r->ends_at);
	json_out_int(out, "seen_at", r->seen_at);
	json_out_int(out, "case", (int64_t)r->case_number);
	json_out_text(out, "after", r->fingerprint);
	json_out_end_object(out);
}

static void alert_list(void *self, const struct seam_page *page,
		       seam_rows_fn *done, void *arg)
{
	const struct wire *w = self;
	struct arena *a = arena_new();
	struct buf json = { .data = NULL };
	struct alerts_row *list;
	size_t n = alerts_list(w->alerts, page->after, page->max, a, &list);
	struct json_out out;

	json_out_init(&out, &json);
	json_out_array(&out, NULL);
	for (size_t i = 0; i < n; i++)
		add_alert(&out, &list[i]);
	json_out_end_array(&out);
	done(arg, GW_OK, buf_str(&json));
	buf_fini(&json);
	arena_free(&a);
}

/* ---- configuration ---- */

static void config_effective(void *self, struct buf *yaml)
{
	const struct wire *w = self;

	config_print(w->cfg, yaml);
}

static void config_rows(void *self, struct buf *json)
{
	(void)self;
	config_schema(wire_roots, json);
}

static void reload(void *self, seam_answer_fn *done, void *arg)
{
	wire_reload(self, done, arg);
}

struct seam_admin wire_admin(struct wire *w)
{
	return (struct seam_admin){
		.self = w,
		.status = status,
		.user_add = user_add,
		.user_add_keys = user_add_keys,
		.user_passwd = user_passwd,
		.user_disable = user_disable,
		.user_list = user_list,
		.user_is_admin = user_is_admin,
		.invite = invite,
		.invitations = invitations,
		.invite_revoke = invite_revoke,
		.mail_list = mail_list,
		.alert_list = alert_list,
		.s2s_report = s2s_report,
		.s2s_try = s2s_try,
		.config_effective = config_effective,
		.config_schema = config_rows,
		.reload = reload,
	};
}
