/* SPDX-License-Identifier: MIT */
/* local.c - the built-in directory: all accounts in memory */
#include "directory/local.h"

#include <stdlib.h>

#include "directory/hasher.h"
#include "directory/shape.h"
#include "gateway/base/list.h"
#include "gateway/base/map.h"
#include "gateway/run/log.h"
#include "gateway/store/dir/account.h"

#define NAME_MAX_BYTES	   256
#define PASSWORD_MAX_BYTES 1024

struct account {
	struct directory_person person; /* first: a person is an account */
	struct directory_keys keys;
	uint64_t changed;   /* number of the newest password under way or set */
	int64_t generation; /* of the row: store/dir/account.h */
};

struct change {
	struct list link; /* in local->changes, or in itself: already told */
	struct directory_local *local;
	struct directory_change what; /* texts in the arena */
	struct directory_keys keys;
	uint64_t number;
	struct arena *arena;
};

struct check {
	struct directory_local *local;
	struct arena *arena;
	struct str address;
	enum crypto_hash hash;
	directory_check_fn *done;
	void *arg;
};

struct directory_local {
	struct directory_spec spec;
	struct directory_hasher *hasher;
	struct map accounts; /* address -> struct account */
	struct account **sorted;
	size_t count, cap;
	bool unsorted;
	unsigned rounds;
	struct directory_shapes shapes;
	uint64_t numbers;
	struct list changes;
	bool stopped;
	directory_revoke_fn *revoke;
	void *revoke_arg;
};

/* ---- accounts ---- */

static struct account *get(const struct directory_local *l, struct str address)
{
	struct account *acct = map_get(&l->accounts, address);
	struct err_note note;
	struct arena *a;
	struct str plain;

	if (acct != NULL || address.n == 0)
		return acct;
	a = arena_new();
	if (l->spec.normalise(a, address, &plain, &note) == GW_OK)
		acct = map_get(&l->accounts, plain);
	arena_free(&a);
	return acct;
}

static struct account *enter(struct directory_local *l, struct str address,
			     struct str name)
{
	struct account *acct = mem_new(sizeof(*acct));
	size_t size = sizeof(struct account *);
	size_t more = l->cap == 0 ? 64 : 2 * l->cap;

	acct->person.address = mem_strndup(address.p, address.n);
	acct->person.name = mem_strndup(name.p, name.n);
	if (l->count == l->cap) {
		l->sorted = mem_grow(l->sorted, l->cap * size, more * size);
		l->cap = more;
	}
	l->sorted[l->count++] = acct;
	l->unsorted = true;
	map_put(&l->accounts, str_of(acct->person.address), acct);
	return acct;
}

static void account_free(struct account *acct)
{
	explicit_bzero(&acct->keys, sizeof(acct->keys));
	mem_free((void *)(uintptr_t)acct->person.address);
	mem_free((void *)(uintptr_t)acct->person.name);
	mem_free(acct);
}

static void wipe(struct str secret)
{
	if (secret.p != NULL)
		explicit_bzero((void *)(uintptr_t)secret.p, secret.n);
}

/* ---- changes: checked, hashed, committed, then in memory ---- */

static void change_end(struct change *c, enum gw_err e, const char *why)
{
	struct arena *a = c->arena;
	bool told = list_empty(&c->link);

	list_del(&c->link);
	if (!told)
		c->what.done(c->what.arg, e, e == GW_OK ? "" : why);
	explicit_bzero(&c->keys, sizeof(c->keys));
	arena_free(&a);
}

static const char *why_of(enum gw_err e)
{
	switch (e) {
	case GW_OK:
		return "";
	case GW_CONFLICT:
		return "there is an account of this address already";
	case GW_NOT_FOUND:
		return "there is no account of this address in the built-in "
		       "directory";
	case GW_AGAIN:
	case GW_BAD_INPUT:
	case GW_LIMIT:
	case GW_DENIED:
	case GW_UNAVAIL:
	case GW_INTERNAL:
		break;
	}
	return "it could not be kept: try again later";
}

static void revoke(struct directory_local *l, const struct account *acct)
{
	if (l->revoke != NULL)
		l->revoke(l->revoke_arg, str_of(acct->person.address));
}

static void set_keys(struct directory_local *l, struct account *acct,
		     const struct directory_keys *keys)
{
	directory_shapes_add(&l->shapes, &acct->keys, -1);
	acct->keys = *keys;
	directory_shapes_add(&l->shapes, keys, 1);
}

static void add_missing(struct directory_keys *to,
			const struct directory_keys *from)
{
	for (size_t i = 0; i < DIRECTORY_HASHES; i++)
		if (to->of[i].rounds == 0)
			to->of[i] = from->of[i];
}

static void take_into_memory(struct directory_local *l, const struct change *c)
{
	struct account *acct = map_get(&l->accounts, c->what.address);
	struct directory_keys all;

	switch (c->what.kind) {
	case DIRECTORY_ADD_PASSWORD:
	case DIRECTORY_ADD_KEYS:
		acct = enter(l, c->what.address, c->what.name);
		acct->person.role = c->what.role;
		set_keys(l, acct, &c->keys);
		break;
	case DIRECTORY_SET_PASSWORD:
		set_keys(l, acct, &c->keys);
		acct->generation++;
		revoke(l, acct);
		break;
	case DIRECTORY_ADD_HASH:
		all = acct->keys;
		add_missing(&all, &c->keys);
		set_keys(l, acct, &all);
		explicit_bzero(&all, sizeof(all));
		break;
	case DIRECTORY_SET_DISABLED:
		acct->person.disabled = c->what.disabled;
		if (!c->what.disabled)
			break;
		acct->generation++;
		revoke(l, acct);
		break;
	}
}

static const char *const events[] = {
	[DIRECTORY_ADD_PASSWORD] = "directory.added",
	[DIRECTORY_ADD_KEYS] = "directory.added",
	[DIRECTORY_SET_PASSWORD] = "directory.password_changed",
	[DIRECTORY_ADD_HASH] = "directory.key_added",
	[DIRECTORY_SET_DISABLED] = "directory.disabled",
};

static void on_commit(void *arg, enum gw_err e)
{
	struct change *c = arg;
	struct directory_local *l = c->local;

	if (l != NULL && e == GW_OK) {
		take_into_memory(l, c);
		log_info(events[c->what.kind], "address",
			 LOG_STR(c->what.address), "disabled",
			 c->what.disabled ? "yes" : "no", NULL);
	}
	change_end(c, e, why_of(e));
}

static struct store_account_key row_of(enum crypto_hash h,
				       const struct directory_key *k)
{
	size_t len = crypto_hash_len(h);

	return (struct store_account_key){
		.hash = h,
		.rounds = k->rounds,
		.salt = str_make((const char *)k->salt, k->salt_len),
		.stored_key = str_make((const char *)k->stored_key, len),
		.server_key = str_make((const char *)k->server_key, len),
	};
}

static void commit(struct change *c)
{
	struct store *s = c->local->spec.store;
	struct store_account_key keys[DIRECTORY_HASHES];
	struct store_account row = {
		.address = c->what.address,
		.name = c->what.name,
		.role = c->what.role,
		.disabled = c->what.disabled,
		.keys = keys,
	};

	for (size_t i = 0; i < DIRECTORY_HASHES; i++)
		if (c->keys.of[i].rounds != 0)
			keys[row.key_count++] =
				row_of((enum crypto_hash)i, &c->keys.of[i]);
	switch (c->what.kind) {
	case DIRECTORY_ADD_PASSWORD:
	case DIRECTORY_ADD_KEYS:
		store_account_add(s, &row, on_commit, c);
		break;
	case DIRECTORY_SET_PASSWORD:
		store_account_set_keys(s, &row, on_commit, c);
		break;
	case DIRECTORY_ADD_HASH:
		store_account_add_keys(s, &row, on_commit, c);
		break;
	case DIRECTORY_SET_DISABLED:
		store_account_set_disabled(s, &row, on_commit, c);
		break;
	}
}

/* Two hashes may end in another order than they were asked for: the password
 * asked for last is the one that stays. */
static bool overtaken(const struct change *c)
{
	struct account *acct = map_get(&c->local->accounts, c->what.address);

	if (c->what.kind != DIRECTORY_SET_PASSWORD || acct == NULL)
		return false;
	if (acct->changed > c->number)
		return true;
	acct->changed = c->number;
	return false;
}

static void on_hashed(void *arg, enum gw_err e,
		      const struct directory_keys *keys)
{
	struct change *c = arg;

	if (e != GW_OK) {
		change_end(c, e, "the server is stopping");
		return;
	}
	if (overtaken(c)) {
		change_end(c, GW_CONFLICT,
			   "the password was changed again meanwhile");
		return;
	}
	c->keys = *keys;
	commit(c);
}

static void hash_password(struct change *c, struct str password)
{
	struct directory_local *l = c->local;
	struct directory_hasher_ask ask = {
		.password = password,
		.done = on_hashed,
		.arg = c,
	};
	enum gw_err e;

	for (size_t i = 0; i < DIRECTORY_HASHES; i++) {
		ask.keys.of[i].rounds = l->rounds;
		ask.keys.of[i].salt_len = DIRECTORY_SALT_LEN;
		loop_random(l->spec.loop, ask.keys.of[i].salt,
			    DIRECTORY_SALT_LEN);
	}
	e = directory_hasher_ask(l->hasher, &ask);
	if (e != GW_OK)
		change_end(c, e, "too many passwords wait: try again later");
}

static enum gw_err check_texts(const struct directory_local *l,
			       struct change *c, struct err_note *note)
{
	struct str plain = STR_NONE;
	enum gw_err e =
		l->spec.normalise(c->arena, c->what.address, &plain, note);

	if (e != GW_OK)
		return e;
	c->what.address = plain;
	if (c->what.kind != DIRECTORY_ADD_PASSWORD &&
	    c->what.kind != DIRECTORY_ADD_KEYS)
		return map_get(&l->accounts, plain) != NULL
			       ? GW_OK
			       : err_say(note, GW_NOT_FOUND, "%s",
					 why_of(GW_NOT_FOUND));
	if (c->what.name.n > NAME_MAX_BYTES || !str_utf8_valid(c->what.name) ||
	    memchr(c->what.name.p, '\0', c->what.name.n) != NULL)
		return err_say(note, GW_BAD_INPUT,
			       "a name is UTF-8 text of at most %d bytes",
			       NAME_MAX_BYTES);
	if (map_get(&l->accounts, plain) != NULL)
		return err_say(note, GW_CONFLICT, "%s", why_of(GW_CONFLICT));
	return l->spec.new_address(plain, note);
}

static enum gw_err take_verifier(struct change *c, struct err_note *note)
{
	const struct people_verifier *v = c->what.verifier;
	struct directory_key *k = &c->keys.of[v->hash];

	if (v->salt.n == 0 || v->salt.n > sizeof(k->salt) ||
	    v->rounds < DIRECTORY_ROUNDS_MIN ||
	    v->rounds > DIRECTORY_ROUNDS_MAX)
		return err_say(note, GW_BAD_INPUT, "no such key is kept");
	k->rounds = v->rounds;
	k->salt_len = v->salt.n;
	memcpy(k->salt, v->salt.p, v->salt.n);
	memcpy(k->stored_key, v->stored_key, sizeof(k->stored_key));
	memcpy(k->server_key, v->server_key, sizeof(k->server_key));
	return GW_OK;
}

static enum gw_err check_secret(struct change *c, struct arena *a,
				struct str *password, struct err_note *note)
{
	switch (c->what.kind) {
	case DIRECTORY_ADD_PASSWORD:
	case DIRECTORY_SET_PASSWORD:
		if (c->what.secret.n > PASSWORD_MAX_BYTES)
			return err_say(note, GW_LIMIT,
				       "a password has at most %d bytes",
				       PASSWORD_MAX_BYTES);
		return c->local->spec.prepare_password(a, c->what.secret,
						       password, note);
	case DIRECTORY_ADD_KEYS:
		return directory_scram_parse(c->what.secret, &c->keys, note);
	case DIRECTORY_ADD_HASH:
		return take_verifier(c, note);
	case DIRECTORY_SET_DISABLED:
		break;
	}
	return GW_OK;
}

void directory_local_change(struct directory_local *l,
			    const struct directory_change *what)
{
	struct err_note note = { .text = "" };
	struct arena *a = arena_new();
	struct arena *secret = arena_new();
	struct change *c = arena_alloc(a, sizeof(*c));
	struct str password = STR_NONE;
	enum gw_err e = GW_UNAVAIL;

	c->arena = a;
	c->local = l;
	c->what = *what;
	c->what.name =
		what->name.p != NULL ? arena_str(a, what->name) : STR("");
	c->number = ++l->numbers;
	list_append(&l->changes, &c->link);
	if (!l->stopped)
		e = check_texts(l, c, &note);
	if (e == GW_OK)
		e = check_secret(c, secret, &password, &note);
	if (e != GW_OK)
		change_end(c, e, *note.text != '\0' ? note.text : err_text(e));
	else if (what->kind == DIRECTORY_ADD_PASSWORD ||
		 what->kind == DIRECTORY_SET_PASSWORD)
		hash_password(c, password);
	else
		commit(c);
	wipe(password);
	arena_free(&secret);
}

/* ---- log-in by password ---- */

/* SHA-256 first: every account made here has it. */
static bool choose_key(const struct account *acct, enum crypto_hash *h)
{
	static const enum crypto_hash order[] = { CRYPTO_SHA256, CRYPTO_SHA512,
						  CRYPTO_SHA1 };

	for (size_t i = 0; acct != NULL && i < DIRECTORY_HASHES; i++)
		if (acct->keys.of[order[i]].rounds != 0) {
			*h = order[i];
			return true;
		}
	return false;
}

static void check_end(struct check *c, enum gw_err e)
{
	struct arena *a = c->arena;

	c->done(c->arg, e);
	arena_free(&a);
}

/* Compared with the key of this moment: a password that was changed while it
 * was hashed is wrong. */
static void on_checked(void *arg, enum gw_err e,
		       const struct directory_keys *keys)
{
	struct check *c = arg;
	struct account *acct;
	size_t len = crypto_hash_len(c->hash);
	bool right = false;

	if (e != GW_OK) {
		check_end(c, e);
		return;
	}
	acct = map_get(&c->local->accounts, c->address);
	if (acct != NULL && acct->keys.of[c->hash].rounds != 0)
		right = str_eq_secret(
			str_make((const char *)keys->of[c->hash].stored_key,
				 len),
			str_make(
				(const char *)acct->keys.of[c->hash].stored_key,
				len));
	check_end(c, right && !acct->person.disabled ? GW_OK : GW_DENIED);
}

/* Who is unknown has a salt and a password like everybody else, so that the
 * time of the answer does not tell. */
static void hash_for_check(struct check *c, const struct account *acct,
			   struct str password)
{
	struct directory_local *l = c->local;
	struct directory_hasher_ask ask = {
		.password = password,
		.urgent = true,
		.done = on_checked,
		.arg = c,
	};
	struct directory_key *k;
	enum gw_err e;

	c->hash = CRYPTO_SHA256;
	if (choose_key(acct, &c->hash)) {
		ask.keys.of[c->hash] = acct->keys.of[c->hash];
	} else {
		k = &ask.keys.of[c->hash];
		k->rounds = l->rounds;
		k->salt_len = DIRECTORY_SALT_LEN;
	}
	e = directory_hasher_ask(l->hasher, &ask);
	if (e != GW_OK)
		check_end(c, GW_UNAVAIL);
}

void directory_local_check(struct directory_local *l, struct str address,
			   struct str password, directory_check_fn *done,
			   void *arg)
{
	struct account *acct = get(l, address);
	struct str prepared = STR_NONE;
	struct err_note note;
	struct arena *a, *secret;
	struct check *c;

	if (l->stopped) {
		done(arg, GW_UNAVAIL);
		return;
	}
	a = arena_new();
	c = arena_alloc(a, sizeof(*c));
	c->arena = a;
	c->local = l;
	c->address = STR("");
	c->done = done;
	c->arg = arg;
	secret = arena_new();
	if (password.n <= PASSWORD_MAX_BYTES &&
	    l->spec.prepare_password(secret, password, &prepared, &note) ==
		    GW_OK &&
	    acct != NULL)
		c->address = arena_str(a, str_of(acct->person.address));
	hash_for_check(c, acct, prepared.p != NULL ? prepared : STR("-"));
	wipe(prepared);
	arena_free(&secret);
}

/* ---- questions ---- */

const struct directory_person *
directory_local_get(const struct directory_local *l, struct str address)
{
	struct account *acct = get(l, address);

	return acct != NULL ? &acct->person : NULL;
}

const char *directory_local_credential(const struct directory_person *p,
				       struct arena *a)
{
	const struct account *acct = (const struct account *)(const void *)p;

	return arena_printf(a, "local %lld", (long long)acct->generation);
}

enum gw_err directory_local_verifier(const struct directory_local *l,
				     struct str address, enum crypto_hash hash,
				     struct people_verifier *v)
{
	const struct account *acct = get(l, address);
	const struct directory_key *k;

	if (acct == NULL || acct->person.disabled ||
	    acct->keys.of[hash].rounds == 0)
		return GW_NOT_FOUND;
	k = &acct->keys.of[hash];
	v->hash = hash;
	v->rounds = k->rounds;
	v->salt = str_make((const char *)k->salt, k->salt_len);
	memcpy(v->stored_key, k->stored_key, sizeof(v->stored_key));
	memcpy(v->server_key, k->server_key, sizeof(v->server_key));
	return GW_OK;
}

void directory_local_shape(const struct directory_local *l,
			   enum crypto_hash hash, struct people_shape *shape)
{
	if (directory_shapes_draw(&l->shapes, hash, shape))
		return;
	shape->rounds = l->rounds;
	shape->salt_len = DIRECTORY_SALT_LEN;
}

int64_t directory_local_count(const struct directory_local *l)
{
	return (int64_t)l->count;
}

static int by_address(const void *a, const void *b)
{
	const struct account *const *x = a;
	const struct account *const *y = b;

	return strcmp((*x)->person.address, (*y)->person.address);
}

static size_t first_after(const struct directory_local *l, struct str after)
{
	size_t lo = 0, hi = l->count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (str_cmp(str_of(l->sorted[mid]->person.address), after) > 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

size_t directory_local_list(struct directory_local *l, struct str after,
			    size_t max, struct arena *a,
			    struct directory_person **out)
{
	size_t from, n;

	if (l->unsorted)
		qsort(l->sorted, l->count, sizeof(struct account *),
		      by_address);
	l->unsorted = false;
	from = first_after(l, after);
	n = l->count - from < max ? l->count - from : max;
	*out = arena_alloc(a, (n + 1) * sizeof(**out));
	for (size_t i = 0; i < n; i++) {
		(*out)[i] = l->sorted[from + i]->person;
		(*out)[i].address = arena_strdup(a, (*out)[i].address);
		(*out)[i].name = arena_strdup(a, (*out)[i].name);
	}
	return n;
}

/* ---- life ---- */

struct directory_local *directory_local_new(const struct directory_spec *spec)
{
	struct directory_local *l = mem_new(sizeof(*l));

	l->spec = *spec;
	l->rounds = DIRECTORY_ROUNDS_MIN;
	l->hasher = directory_hasher_new(spec->loop, spec->jobs);
	map_init(&l->accounts, loop_seed(spec->loop));
	list_init(&l->changes);
	return l;
}

void directory_local_configure(struct directory_local *l, unsigned rounds)
{
	l->rounds = rounds;
}

void directory_local_on_revoke(struct directory_local *l,
			       directory_revoke_fn *fn, void *arg)
{
	l->revoke = fn;
	l->revoke_arg = arg;
}

static enum gw_err load_key(struct account *acct,
			    const struct store_account_key *row)
{
	struct directory_key *k;
	size_t len;

	if (row->hash < 0 || row->hash >= DIRECTORY_HASHES)
		return GW_CONFLICT;
	k = &acct->keys.of[row->hash];
	len = crypto_hash_len((enum crypto_hash)row->hash);
	if (row->salt.n > sizeof(k->salt) || row->stored_key.n != len ||
	    row->server_key.n != len || row->rounds < 1 ||
	    row->rounds > DIRECTORY_ROUNDS_MAX)
		return GW_CONFLICT;
	k->rounds = (unsigned)row->rounds;
	k->salt_len = row->salt.n;
	memcpy(k->salt, row->salt.p, row->salt.n);
	memcpy(k->stored_key, row->stored_key.p, len);
	memcpy(k->server_key, row->server_key.p, len);
	return GW_OK;
}

static enum gw_err load_row(struct directory_local *l,
			    const struct store_account *row)
{
	struct account *acct = enter(l, row->address, row->name);
	enum gw_err e = GW_OK;

	acct->person.disabled = row->disabled;
	acct->generation = row->generation;
	if (row->role < DIRECTORY_USER || row->role > DIRECTORY_ADMIN)
		return GW_CONFLICT;
	acct->person.role = (enum directory_role)row->role;
	for (size_t i = 0; i < row->key_count && e == GW_OK; i++)
		e = load_key(acct, &row->keys[i]);
	directory_shapes_add(&l->shapes, &acct->keys, 1);
	return e;
}

enum gw_err directory_local_load(struct directory_local *l)
{
	struct arena *a = arena_new();
	struct store_account *rows;
	size_t n;
	enum gw_err e = store_account_load(l->spec.store, a, &rows, &n);

	for (size_t i = 0; i < n && e == GW_OK; i++)
		e = load_row(l, &rows[i]);
	if (e == GW_OK)
		log_info("directory.loaded", "accounts", LOG_INT(n), NULL);
	arena_free(&a);
	return e;
}

void directory_local_stop(struct directory_local *l)
{
	l->stopped = true;
	directory_hasher_free(&l->hasher);
}

/* A change that waits for its commit is told now; its memory is freed when
 * the store is done with it. */
void directory_local_free(struct directory_local **out)
{
	struct directory_local *l = *out;
	struct list *node;

	if (l == NULL)
		return;
	directory_local_stop(l);
	while ((node = list_pop(&l->changes)) != NULL) {
		struct change *c = LIST_OF(node, struct change, link);

		c->local = NULL;
		c->what.done(c->what.arg, GW_UNAVAIL, why_of(GW_UNAVAIL));
	}
	for (size_t i = 0; i < l->count; i++)
		account_free(l->sorted[i]);
	mem_free(l->sorted);
	map_fini(&l->accounts);
	mem_free(l);
	*out = NULL;
}
