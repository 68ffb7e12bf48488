/* SPDX-License-Identifier: MIT */
/* directory.c - people: the built-in directory, or LDAP beside it */
#include "directory/directory.h"

#include "directory/local.h"

struct directory {
	struct directory_spec spec;
	struct config *cfg;
	const struct directory_conf *conf; /* in cfg */
	struct directory_local *local;
};

/* ---- what other rooms ask ---- */

static void find(void *self, struct str address, directory_find_fn *done,
		 void *arg)
{
	struct directory *d = self;
	const struct directory_person *p =
		directory_local_get(d->local, address);
	struct people_person person;

	if (p == NULL) {
		done(arg, GW_NOT_FOUND, NULL);
		return;
	}
	person.address = p->address;
	person.name = p->name;
	person.disabled = p->disabled;
	done(arg, GW_OK, &person);
}

static void verifier(void *self, struct str address, enum crypto_hash hash,
		     void (*done)(void *arg, enum gw_err e,
				  const struct people_verifier *v),
		     void *arg)
{
	struct directory *d = self;
	struct people_verifier v;
	enum gw_err e = directory_local_verifier(d->local, address, hash, &v);

	done(arg, e, e == GW_OK ? &v : NULL);
	explicit_bzero(&v, sizeof(v));
}

static void check(void *self, struct str address, struct str password,
		  directory_check_fn *done, void *arg)
{
	struct directory *d = self;

	directory_local_check(d->local, address, password, done, arg);
}

static void group(void *self, struct str dn, directory_group_fn *done,
		  void *arg)
{
	(void)self;
	(void)dn;
	done(arg, GW_NOT_FOUND, NULL, 0);
}

static bool has_scram(void *self)
{
	(void)self;
	return true;
}

struct seam_people directory_people(struct directory *d)
{
	return (struct seam_people){
		.self = d,
		.find = find,
		.verifier = verifier,
		.check = check,
		.group = group,
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
	d->local = directory_local_new(spec);
	metrics_ask(spec->metrics, "directory_accounts",
		    "Accounts of the built-in directory.", count, d);
	return d;
}

void directory_stop(struct directory *d)
{
	directory_local_stop(d->local);
}

void directory_free(struct directory **out)
{
	struct directory *d = *out;

	if (d == NULL)
		return;
	directory_local_free(&d->local);
	config_unref(&d->cfg);
	mem_free(d);
	*out = NULL;
}

enum gw_err directory_configure(struct directory *d, struct config *cfg,
				struct err_note *note)
{
	struct config *before = d->cfg;

	(void)note;
	d->cfg = config_ref(cfg);
	d->conf = config_get(cfg, "directory");
	directory_local_configure(d->local, (unsigned)d->conf->rounds);
	config_unref(&before);
	return GW_OK;
}

enum gw_err directory_load(struct directory *d)
{
	return directory_local_load(d->local);
}
