/* SPDX-License-Identifier: MIT */
/* directory.c - people: the built-in directory, or LDAP beside it */
#include "directory/directory.h"

#include "directory/ldap.h"
#include "directory/local.h"
#include "gateway/base/list.h"

/* A wrong password is answered at a multiple of this after it was shown, so
 * that the time does not tell where an address was looked for, whether it was
 * found, and how its password is hashed. */
#define WRONG_EVERY ((int64_t)250)

struct directory {
	struct directory_spec spec;
	struct config *cfg;
	const struct directory_conf *conf; /* in cfg */
	struct directory_local *local;
	struct directory_ldap *ldap; /* NULL: there is none */
	struct config *ldap_cfg;     /* whose rows it uses */
	struct list late;	     /* wrong passwords, to be answered */
	bool stopped;
};

/* A question to LDAP that may have to be asked of the built-in directory. */
struct fallback {
	struct directory *d;
	struct arena *arena;
	struct str address, password;
	directory_find_fn *find;
	directory_check_fn *check;
	void *arg;
};

/* A password, and since when its answer is awaited. */
struct checking {
	struct list link; /* in d->late */
	struct directory *d;
	struct loop_timer timer;
	int64_t since;
	enum gw_err e;
	directory_check_fn *done;
	void *arg;
};

static void checking_end(struct checking *c)
{
	list_del(&c->link);
	loop_timer_stop(c->d->spec.loop, &c->timer);
	c->done(c->arg, c->e);
	mem_free(c);
}

static void on_late(struct loop_timer *t)
{
	checking_end(LIST_OF(t, struct checking, timer));
}

static void on_verdict(void *arg, enum gw_err e)
{
	struct checking *c = arg;
	int64_t took = loop_now(c->d->spec.loop) - c->since;

	c->e = e;
	if (c->d->stopped || (e != GW_DENIED && e != GW_NOT_FOUND)) {
		checking_end(c);
		return;
	}
	list_append(&c->d->late, &c->link);
	c->timer.fn = on_late;
	loop_timer_start(c->d->spec.loop, &c->timer,
			 WRONG_EVERY - took % WRONG_EVERY);
}

static struct checking *checking_new(struct directory *d,
				     directory_check_fn *done, void *arg)
{
	struct checking *c = mem_new(sizeof(*c));

	list_init(&c->link);
	c->d = d;
	c->since = loop_now(d->spec.loop);
	c->done = done;
	c->arg = arg;
	return c;
}

static struct fallback *fallback_new(struct directory *d, struct str address,
				     struct str password)
{
	struct arena *a = arena_new();
	struct fallback *f = arena_alloc(a, sizeof(*f));

	f->d = d;
	f->arena = a;
	f->address = arena_str(a, address);
	f->password = arena_str(a, password);
	return f;
}

static void fallback_free(struct fallback *f)
{
	struct arena *a = f->arena;

	if (f->password.p != NULL)
		explicit_bzero((void *)(uintptr_t)f->password.p, f->password.n);
	arena_free(&a);
}

/* Not known there, or nobody there to ask and known here. */
static bool is_local(const struct fallback *f, enum gw_err e)
{
	return e == GW_NOT_FOUND ||
	       (e == GW_UNAVAIL &&
		directory_local_get(f->d->local, f->address) != NULL);
}

/* ---- what other rooms ask ---- */

static void find_local(struct directory *d, struct str address,
		       directory_find_fn *done, void *arg)
{
	const struct directory_person *p =
		directory_local_get(d->local, address);
	struct people_person person;
	struct arena *a;

	if (p == NULL) {
		done(arg, GW_NOT_FOUND, NULL);
		return;
	}
	a = arena_new();
	person.address = p->address;
	person.name = p->name;
	person.disabled = p->disabled;
	person.credential = directory_local_credential(p, a);
	done(arg, GW_OK, &person);
	arena_free(&a);
}

static void found(void *arg, enum gw_err e, const struct people_person *p)
{
	struct fallback *f = arg;

	if (is_local(f, e))
		find_local(f->d, f->address, f->find, f->arg);
	else
		f->find(f->arg, e, p);
	fallback_free(f);
}

static void find(void *self, struct str address, directory_find_fn *done,
		 void *arg)
{
	struct directory *d = self;
	struct fallback *f;

	if (d->stopped) {
		done(arg, GW_UNAVAIL, NULL);
	} else if (d->ldap == NULL) {
		find_local(d, address, done, arg);
	} else {
		f = fallback_new(d, address, STR_NONE);
		f->find = done;
		f->arg = arg;
		directory_ldap_find(d->ldap, address, found, f);
	}
}

static void checked(void *arg, enum gw_err e)
{
	struct fallback *f = arg;

	if (is_local(f, e))
		directory_local_check(f->d->local, f->address, f->password,
				      f->check, f->arg);
	else
		f->check(f->arg, e);
	fallback_free(f);
}

static void check(void *self, struct str address, struct str password,
		  directory_check_fn *done, void *arg)
{
	struct directory *d = self;
	struct checking *c;
	struct fallback *f;

	if (d->stopped) {
		done(arg, GW_UNAVAIL);
		return;
	}
	c = checking_new(d, done, arg);
	if (d->ldap == NULL) {
		directory_local_check(d->local, address, password, on_verdict,
				      c);
	} else {
		f = fallback_new(d, address, password);
		f->check = on_verdict;
		f->arg = c;
		directory_ldap_check(d->ldap, address, password, checked, f);
	}
}

static bool has_scram(void *self)
{
	const struct directory *d = self;

	return d->ldap == NULL;
}

/* Whoever is in LDAP must not log in by a key kept here. */
static void verifier(void *self, struct str address, enum crypto_hash hash,
		     void (*done)(void *arg, enum gw_err e,
				  const struct people_verifier *v),
		     void *arg)
{
	struct directory *d = self;
	struct people_verifier v;
	enum gw_err e = GW_NOT_FOUND;

	if (has_scram(d))
		e = directory_local_verifier(d->local, address, hash, &v);
	done(arg, e, e == GW_OK ? &v : NULL);
	explicit_bzero(&v, sizeof(v));
}

static void shape(void *self, enum crypto_hash hash, struct people_shape *out)
{
	const struct directory *d = self;

	directory_local_shape(d->local, hash, out);
}

/* What LDAP keeps is not changed here. */
static bool kept_here(struct directory *d, directory_done_fn *done, void *arg)
{
	if (d->ldap == NULL)
		return true;
	done(arg, GW_DENIED, "accounts are kept in LDAP");
	return false;
}

static void set_password(void *self, struct str address, struct str password,
			 directory_done_fn *done, void *arg)
{
	struct directory *d = self;

	if (kept_here(d, done, arg))
		directory_passwd(d, address, password, done, arg);
}

static void add(void *self, struct str address, struct str password,
		directory_done_fn *done, void *arg)
{
	struct directory *d = self;

	if (kept_here(d, done, arg))
		directory_add(d, address, password, STR_NONE, DIRECTORY_USER,
			      done, arg);
}

struct adding {
	directory_check_fn *done;
	void *arg;
};

static void added(void *arg, enum gw_err e, const char *why)
{
	struct adding *w = arg;

	(void)why;
	w->done(w->arg, e);
	mem_free(w);
}

static void add_key(void *self, struct str address,
		    const struct people_verifier *v, directory_check_fn *done,
		    void *arg)
{
	struct directory *d = self;
	struct adding *w;

	if (d->ldap != NULL) {
		done(arg, GW_DENIED);
		return;
	}
	w = mem_new(sizeof(*w));
	w->done = done;
	w->arg = arg;
	directory_local_change(d->local, &(struct directory_change){
						 .kind = DIRECTORY_ADD_HASH,
						 .address = address,
						 .verifier = v,
						 .done = added,
						 .arg = w,
					 });
}

static bool is_admin(void *self, struct str address)
{
	return directory_role(self, address) == DIRECTORY_ADMIN;
}

static void group(void *self, struct str dn, directory_group_fn *done,
		  void *arg)
{
	struct directory *d = self;

	if (d->stopped)
		done(arg, GW_UNAVAIL, NULL, 0);
	else if (d->ldap == NULL)
		done(arg, GW_NOT_FOUND, NULL, 0);
	else
		directory_ldap_group(d->ldap, dn, done, arg);
}

struct seam_people directory_people(struct directory *d)
{
	return (struct seam_people){
		.self = d,
		.find = find,
		.verifier = verifier,
		.shape = shape,
		.check = check,
		.group = group,
		.set_password = set_password,
		.add = add,
		.add_key = add_key,
		.is_admin = is_admin,
		.has_scram = has_scram,
	};
}

/* ---- administration ---- */

void directory_add(struct directory *d, struct str address, struct str password,
		   struct str name, enum directory_role role,
		   directory_done_fn *done, void *arg)
{
	directory_local_change(d->local, &(struct directory_change){
						 .kind = DIRECTORY_ADD_PASSWORD,
						 .address = address,
						 .name = name,
						 .secret = password,
						 .role = role,
						 .done = done,
						 .arg = arg,
					 });
}

void directory_add_keys(struct directory *d, struct str address,
			struct str keys, struct str name,
			directory_done_fn *done, void *arg)
{
	directory_local_change(d->local, &(struct directory_change){
						 .kind = DIRECTORY_ADD_KEYS,
						 .address = address,
						 .name = name,
						 .secret = keys,
						 .done = done,
						 .arg = arg,
					 });
}

void directory_passwd(struct directory *d, struct str address,
		      struct str password, directory_done_fn *done, void *arg)
{
	directory_local_change(d->local, &(struct directory_change){
						 .kind = DIRECTORY_SET_PASSWORD,
						 .address = address,
						 .secret = password,
						 .done = done,
						 .arg = arg,
					 });
}

void directory_disable(struct directory *d, struct str address, bool disabled,
		       directory_done_fn *done, void *arg)
{
	directory_local_change(d->local, &(struct directory_change){
						 .kind = DIRECTORY_SET_DISABLED,
						 .address = address,
						 .disabled = disabled,
						 .done = done,
						 .arg = arg,
					 });
}

size_t directory_list(const struct directory *d, struct str after, size_t max,
		      struct arena *a, struct directory_person **out)
{
	return directory_local_list(d->local, after, max, a, out);
}

void directory_on_revoke(struct directory *d,
			 void (*fn)(void *arg, struct str address), void *arg)
{
	directory_local_on_revoke(d->local, fn, arg);
}

static bool names(const struct conf_texts *list, struct str address)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_is(address, list->items[i]))
			return true;
	return false;
}

enum directory_role directory_role(const struct directory *d,
				   struct str address)
{
	const struct directory_person *p =
		directory_local_get(d->local, address);

	if (p != NULL)
		address = str_of(p->address);
	if (d->conf != NULL && names(&d->conf->admins, address))
		return DIRECTORY_ADMIN;
	if (p != NULL && p->role != DIRECTORY_USER)
		return p->role;
	if (d->conf != NULL && names(&d->conf->operators, address))
		return DIRECTORY_OPERATOR;
	return DIRECTORY_USER;
}

/* ---- life ---- */

static int64_t count(void *arg)
{
	struct directory *d = arg;

	return directory_local_count(d->local);
}

struct directory *directory_new(const struct directory_spec *spec)
{
	struct directory *d = mem_new(sizeof(*d));

	d->spec = *spec;
	list_init(&d->late);
	d->local = directory_local_new(spec);
	metrics_ask(spec->metrics, "directory_accounts",
		    "Accounts of the built-in directory.", count, d);
	return d;
}

void directory_stop(struct directory *d)
{
	d->stopped = true;
	directory_ldap_free(&d->ldap);
	config_unref(&d->ldap_cfg);
	directory_local_stop(d->local);
	LIST_EACH_SAFE(node, next, &d->late)
	{
		checking_end(LIST_OF(node, struct checking, link));
	}
}

void directory_free(struct directory **out)
{
	struct directory *d = *out;

	if (d == NULL)
		return;
	directory_stop(d);
	directory_local_free(&d->local);
	config_unref(&d->cfg);
	mem_free(d);
	*out = NULL;
}

/* A connection is kept over a reload that changes nothing about it. */
static void configure_ldap(struct directory *d,
			   const struct directory_conf *before)
{
	bool wanted = directory_conf_ldap(d->conf);

	if (d->ldap != NULL && wanted &&
	    directory_conf_same_ldap(before, d->conf))
		return;
	directory_ldap_free(&d->ldap);
	config_unref(&d->ldap_cfg);
	if (!wanted)
		return;
	d->ldap_cfg = config_ref(d->cfg);
	d->ldap = directory_ldap_new(&d->spec, &d->conf->ldap);
}

enum gw_err directory_configure(struct directory *d, struct config *cfg,
				struct err_note *note)
{
	const struct directory_conf *conf_before = d->conf;
	struct config *before = d->cfg;

	(void)note;
	d->cfg = config_ref(cfg);
	d->conf = config_get(cfg, "directory");
	directory_local_configure(d->local, (unsigned)d->conf->rounds);
	configure_ldap(d, conf_before);
	config_unref(&before);
	return GW_OK;
}

enum gw_err directory_load(struct directory *d)
{
	return directory_local_load(d->local);
}
