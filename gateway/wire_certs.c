/* SPDX-License-Identifier: MIT */
/* wire_certs.c - certificates: read, read again when their files change, and
 * told of before they end
 *
 * Who renews them need not tell us.  While a certificate is there and its key
 * not yet, the old pair stays in use; the next look finds the new one.
 */
#include <string.h>

#include "gateway/base/when.h"
#include "gateway/run/files.h"
#include "gateway/run/log.h"
#include "gateway/wire_private.h"
#include "xmpp/conf.h"

#define TELL_EVERY WHEN_HOUR

struct pem {
	const char *name, *file;
	const char *key; /* NULL: in the same file, or none */
	bool authorities;
};

struct pems {
	struct arena *arena;
	struct pem *v;
	size_t n;
};

struct wire_certs {
	struct wire *wire;
	struct files *files;
	struct loop_timer timer;
};

/* One that names no certificate has its own, beside the store. */
static struct pem pem_of(struct arena *a, const struct config *cfg,
			 const struct conf_entry *e)
{
	const struct wire_domain *d = e->value;
	const struct wire_store *store = config_get(cfg, "store");
	const char *slash = strrchr(store->path, '/');
	struct pem p = { .name = arena_strdup(a, e->name) };

	if (*d->certificate != '\0')
		p.file = arena_strdup(a, d->certificate);
	else
		p.file = arena_printf(
			a, "%.*s%s.pem",
			slash != NULL ? (int)(slash - store->path) + 1 : 0,
			store->path, e->name);
	if (*d->key != '\0')
		p.key = arena_strdup(a, d->key);
	return p;
}

static void add_authorities(struct pems *p, const char *name, const char *file)
{
	if (*file != '\0')
		p->v[p->n++] =
			(struct pem){ .name = name,
				      .file = arena_strdup(p->arena, file),
				      .authorities = true };
}

static struct pems all_of(const struct config *cfg)
{
	const struct conf_map *domains = config_get(cfg, "domains");
	const struct xmpp_conf *xmpp = config_get(cfg, "xmpp");
	struct pems p = { .arena = arena_new() };

	p.v = arena_alloc(p.arena, (domains->count + 2) * sizeof(*p.v));
	for (size_t i = 0; i < domains->count; i++)
		p.v[p.n++] = pem_of(p.arena, cfg, &domains->entries[i]);
	add_authorities(&p, "authorities of other servers",
			xmpp->s2s.authorities);
	add_authorities(&p, "authorities of clients", xmpp->client_ca);
	return p;
}

static void watch(struct wire *w, const struct pems *p)
{
	const char **paths =
		arena_alloc(p->arena, (2 * p->n + 1) * sizeof(*paths));
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		paths[n++] = p->v[i].file;
		if (p->v[i].key != NULL)
			paths[n++] = p->v[i].key;
	}
	files_set(w->certs->files, paths, n);
}

static enum gw_err make_own(const struct conf_entry *e, const struct pem *p,
			    struct err_note *note)
{
	const struct wire_domain *d = e->value;
	const char *const names[] = { e->name, NULL };
	enum gw_err made;

	if (*d->certificate != '\0')
		return GW_OK;
	made = tls_self_signed(p->file, names, note);
	if (made == GW_OK)
		log_warn("tls.self_signed", "domain", e->name, "file", p->file,
			 NULL);
	return made == GW_CONFLICT ? GW_OK : made; /* it was made before */
}

static enum gw_err add_certificate(struct wire *w, const struct pem *p,
				   struct err_note *note)
{
	struct tls_server *const servers[] = { w->tls_xmpp, w->tls_s2s,
					       w->tls_http };
	enum gw_err e = GW_OK;

	for (size_t i = 0; i < 3 && e == GW_OK; i++)
		e = tls_server_add(servers[i], p->name, p->file, p->key, note);
	return e;
}

enum gw_err wire_certs_take(struct wire *w, struct config *cfg,
			    struct err_note *note)
{
	const struct conf_map *domains = config_get(cfg, "domains");
	struct pems p = all_of(cfg);
	enum gw_err e = GW_OK;

	if (domains->count == 0)
		e = err_say(note, GW_BAD_INPUT,
			    "domains: name at least one domain");
	for (size_t i = 0; i < domains->count && e == GW_OK; i++)
		e = make_own(&domains->entries[i], &p.v[i], note);
	watch(w, &p);
	for (size_t i = 0; i < domains->count && e == GW_OK; i++)
		e = add_certificate(w, &p.v[i], note);
	arena_free(&p.arena);
	return e;
}

/* ---- their ends ---- */

void wire_certs_tell(struct wire *w)
{
	struct pems p = all_of(w->cfg);
	struct alerts_certificate *list =
		arena_alloc(p.arena, (p.n + 1) * sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < p.n; i++) {
		struct alerts_certificate c = { .name = p.v[i].name,
						.file = p.v[i].file };

		c.ends = p.v[i].authorities
				 ? tls_authorities_expiry(c.file)
				 : tls_server_expiry(w->tls_xmpp, c.name);
		if (c.ends != 0)
			list[n++] = c;
	}
	alerts_certificates(w->alerts, list, n);
	arena_free(&p.arena);
	loop_timer_start(w->loop, &w->certs->timer, TELL_EVERY);
}

static void on_timer(struct loop_timer *t)
{
	wire_certs_tell(LIST_OF(t, struct wire_certs, timer)->wire);
}

/* Each certificate for itself: one that cannot be read holds up none. */
static void on_changed(void *arg)
{
	struct wire *w = arg;
	struct pems p = all_of(w->cfg);
	struct err_note note = { .text = "" };
	enum gw_err e;

	for (size_t i = 0; i < p.n; i++) {
		if (p.v[i].authorities)
			continue;
		e = add_certificate(w, &p.v[i], &note);
		if (e != GW_OK)
			log_error("tls.unreadable", "domain", p.v[i].name,
				  "why", note.text, "running", "the old one",
				  NULL);
	}
	arena_free(&p.arena);
	e = xmpp_configure(w->xmpp, w->cfg, &note);
	if (e != GW_OK)
		log_error("tls.unreadable", "why", note.text, "running",
			  "the old one", NULL);
	log_info("tls.read", NULL);
	wire_certs_tell(w);
}

void wire_certs_new(struct wire *w)
{
	struct wire_certs *c = mem_new(sizeof(*c));

	c->wire = w;
	c->files = files_new(w->loop, w->jobs, on_changed, w);
	c->timer.fn = on_timer;
	w->certs = c;
}

void wire_certs_free(struct wire *w)
{
	if (w->certs == NULL)
		return;
	files_free(&w->certs->files);
	loop_timer_stop(w->loop, &w->certs->timer);
	mem_free(w->certs);
	w->certs = NULL;
}
