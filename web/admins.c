/* SPDX-License-Identifier: MIT */
/* admins.c - console passwords of local administrators, as argon2id */
#include "web/admins.h"

#include "gateway/base/arena.h"
#include "gateway/base/map.h"
#include "gateway/run/crypto.h"
#include "gateway/run/log.h"
#include "gateway/store/kv.h"

#define ROOM	 "web-admin"
#define WAIT_MAX 16

struct admin {
	char encoded[CRYPTO_ARGON2_MAX];
	char address[];
};

/* One hash to be computed: to check, or to be kept. */
struct hash {
	struct job job;
	struct list link; /* admins.waiting */
	struct admins *admins;
	bool set, good;
	uint8_t salt[16];
	char encoded[CRYPTO_ARGON2_MAX];
	char *address, *password;
	enum gw_err e;
	admins_fn *done;
	void *arg;
};

struct admins {
	struct store *store;
	struct jobs *jobs;
	struct map by_address;
	struct list waiting;
	size_t count;	      /* waiting */
	struct hash *running; /* the semaphore */
};

static void next(struct admins *as);

static void keep(struct admins *as, struct str address, const char *encoded)
{
	struct admin *a = map_get(&as->by_address, address);

	if (a == NULL) {
		a = mem_new(sizeof(*a) + address.n + 1);
		memcpy(a->address, address.p, address.n);
		map_put(&as->by_address, str_of(a->address), a);
	}
	if (str_copy(a->encoded, sizeof(a->encoded), str_of(encoded)) != GW_OK)
		log_error("web.admin_hash", "why", "too long", NULL);
}

static void forget(struct admins *as, struct str address)
{
	struct admin *a = map_del(&as->by_address, address);

	mem_free(a);
}

static void wipe(char **secret)
{
	if (*secret != NULL)
		explicit_bzero(*secret, strlen(*secret));
	mem_free(*secret);
	*secret = NULL;
}

static void finish(struct hash *h, enum gw_err e)
{
	h->done(h->arg, e);
	wipe(&h->password);
	mem_free(h->address);
	mem_free(h);
}

static void hash_run(struct job *j)
{
	struct hash *h = LIST_OF(j, struct hash, job);

	if (h->set)
		h->e = crypto_argon2(str_of(h->password), h->salt, h->encoded);
	else
		h->good = crypto_argon2_verify(h->encoded, str_of(h->password));
}

static void set_stored(void *arg, enum gw_err e)
{
	struct hash *h = arg;

	/* What is not on disk does not open the console. */
	if (e == GW_OK && *h->encoded != '\0')
		keep(h->admins, str_of(h->address), h->encoded);
	else if (e == GW_OK)
		forget(h->admins, str_of(h->address));
	finish(h, e);
}

static void set_store(struct hash *h)
{
	struct str value = str_of(h->encoded);

	store_kv_put(
		h->admins->store,
		&(struct store_kv){ .room = ROOM,
				    .key = str_of(h->address),
				    .value = value.n != 0 ? value : STR_NONE },
		set_stored, h);
}

static void hash_done(struct job *j)
{
	struct hash *h = LIST_OF(j, struct hash, job);
	struct admins *as = h->admins;

	as->running = NULL;
	if (h->set && h->e == GW_OK)
		set_store(h);
	else if (h->set)
		finish(h, h->e);
	else
		finish(h, h->good ? GW_OK : GW_DENIED);
	next(as);
}

static void next(struct admins *as)
{
	struct list *l;
	struct hash *h;

	while (as->running == NULL && (l = list_pop(&as->waiting)) != NULL) {
		h = LIST_OF(l, struct hash, link);
		as->count--;
		h->job.run = hash_run;
		h->job.done = hash_done;
		as->running = h;
		if (jobs_submit(as->jobs, &h->job) == GW_OK)
			return;
		as->running = NULL;
		finish(h, GW_LIMIT);
	}
}

static struct hash *hash_new(struct admins *as, struct str address,
			     struct str password, admins_fn *done)
{
	struct hash *h = mem_new(sizeof(*h));

	h->admins = as;
	h->address = mem_strndup(address.p, address.n);
	h->password = mem_strndup(password.p, password.n);
	h->done = done;
	list_init(&h->link);
	return h;
}

static void enqueue(struct hash *h)
{
	struct admins *as = h->admins;

	if (as->count >= WAIT_MAX) {
		finish(h, GW_LIMIT);
		return;
	}
	list_append(&as->waiting, &h->link);
	as->count++;
	next(as);
}

struct admins *web_admins_new(struct store *s, struct jobs *j)
{
	struct admins *as = mem_new(sizeof(*as));

	as->store = s;
	as->jobs = j;
	map_init(&as->by_address, loop_seed(store_loop(s)));
	list_init(&as->waiting);
	return as;
}

void web_admins_free(struct admins **out)
{
	struct admins *as = *out;
	struct admin *a;
	size_t it = 0;

	if (as == NULL)
		return;
	while ((a = map_next(&as->by_address, &it)) != NULL)
		mem_free(a);
	map_fini(&as->by_address);
	mem_free(as);
	*out = NULL;
}

enum gw_err web_admins_load(struct admins *as)
{
	struct arena *a = arena_new();
	struct store_kv *rows;
	size_t n;
	enum gw_err e = store_kv_load(as->store, ROOM, a, &rows, &n);

	for (size_t i = 0; e == GW_OK && i < n; i++)
		keep(as, rows[i].key,
		     arena_strndup(a, rows[i].value.p, rows[i].value.n));
	arena_free(&a);
	return e;
}

bool web_admins_has(const struct admins *as, struct str address)
{
	return map_get(&as->by_address, address) != NULL;
}

void web_admins_check(struct admins *as, struct str address,
		      struct str password, admins_fn *done, void *arg)
{
	const struct admin *a = map_get(&as->by_address, address);
	struct hash *h;

	if (a == NULL) {
		done(arg, GW_DENIED);
		return;
	}
	h = hash_new(as, address, password, done);
	h->arg = arg;
	memcpy(h->encoded, a->encoded, sizeof(h->encoded));
	enqueue(h);
}

void web_admins_set(struct admins *as, struct str address, struct str password,
		    admins_fn *done, void *arg)
{
	struct hash *h = hash_new(as, address, password, done);

	h->arg = arg;
	h->set = true;
	if (password.n == 0) {
		set_store(h);
		return;
	}
	loop_random(store_loop(as->store), h->salt, sizeof(h->salt));
	enqueue(h);
}
