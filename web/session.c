/* SPDX-License-Identifier: MIT */
/* session.c - log-ins: a secret in the browser's cookie, its hash here
 *
 * Only the hash is kept, so that who reads the store cannot log in by it.
 */
#include "web/session.h"

#include <inttypes.h>

#include "gateway/base/codec.h"
#include "gateway/base/list.h"
#include "gateway/base/map.h"
#include "gateway/run/crypto.h"
#include "gateway/run/log.h"
#include "gateway/store/kv.h"

#define ROOM	     "web-session"
#define PER_PERSON   10
#define ALL_MAX	     10000
#define STORED_EVERY ((int64_t)60 * 1000) /* use is written down lazily */

struct entry {
	struct list link; /* oldest first */
	struct session s;
	int64_t stored; /* `used` as the store has it */
	char address[];
};

struct sessions {
	struct store *store;
	struct session_rules rules;
	struct map by_hash;
	struct list all;
	size_t count;
};

static struct str key_of(const struct session_id *id)
{
	return str_make((const char *)id->hash, sizeof(id->hash));
}

static int64_t wall(const struct sessions *ss)
{
	return loop_wall(store_loop(ss->store));
}

static void stored(void *arg, enum gw_err e)
{
	(void)arg;
	if (e != GW_OK)
		log_warn("web.session_not_stored", "why", err_text(e), NULL);
}

static void write_down(struct sessions *ss, struct entry *e,
		       session_done_fn *done, void *arg)
{
	char key[65];
	struct buf value = { .data = NULL };

	codec_hex_to(key, e->s.id.hash, sizeof(e->s.id.hash));
	buf_printf(&value, "%" PRId64 " %" PRId64 " %s", e->s.created,
		   e->s.used, e->s.address);
	e->stored = e->s.used;
	store_kv_put(ss->store,
		     &(struct store_kv){ .room = ROOM,
					 .key = str_of(key),
					 .value = buf_str(&value) },
		     done, arg);
	buf_fini(&value);
}

static struct entry *add(struct sessions *ss, const struct session_id *id,
			 struct str address)
{
	struct entry *e = mem_new(sizeof(*e) + address.n + 1);

	memcpy(e->address, address.p, address.n);
	e->s.address = e->address;
	e->s.id = *id;
	list_append(&ss->all, &e->link);
	map_put(&ss->by_hash, key_of(&e->s.id), e);
	ss->count++;
	return e;
}

static void drop(struct sessions *ss, struct entry *e)
{
	map_del(&ss->by_hash, key_of(&e->s.id));
	list_del(&e->link);
	ss->count--;
	mem_free(e);
}

static void end_then(struct sessions *ss, struct entry *e,
		     session_done_fn *done, void *arg)
{
	char key[65];

	codec_hex_to(key, e->s.id.hash, sizeof(e->s.id.hash));
	log_info("web.session_over", "id", LOG_STR(str_make(key, 12)), "who",
		 e->s.address, NULL);
	store_kv_put(ss->store,
		     &(struct store_kv){ .room = ROOM,
					 .key = str_of(key),
					 .value = STR_NONE },
		     done, arg);
	drop(ss, e);
}

static void end(struct sessions *ss, struct entry *e)
{
	end_then(ss, e, stored, NULL);
}

int64_t web_session_ends(const struct sessions *ss, const struct session *s)
{
	int64_t idle = s->used + ss->rules.idle;
	int64_t absolute = s->created + ss->rules.absolute;

	return idle < absolute ? idle : absolute;
}

/* A clock set back would make log-ins live longer: they end too. */
static bool over(const struct sessions *ss, const struct session *s)
{
	int64_t now = wall(ss);

	return now >= web_session_ends(ss, s) ||
	       s->created > now + 5 * (int64_t)60 * 1000;
}

static struct entry *find(struct sessions *ss, const struct session_id *id)
{
	struct entry *e = map_get(&ss->by_hash, key_of(id));

	if (e == NULL || !over(ss, &e->s))
		return e;
	end(ss, e);
	return NULL;
}

struct sessions *web_session_new(struct store *s)
{
	struct sessions *ss = mem_new(sizeof(*ss));

	ss->store = s;
	map_init(&ss->by_hash, loop_seed(store_loop(s)));
	list_init(&ss->all);
	return ss;
}

void web_session_free(struct sessions **out)
{
	struct sessions *ss = *out;

	if (ss == NULL)
		return;
	LIST_EACH_SAFE(it, tmp, &ss->all)
	drop(ss, LIST_OF(it, struct entry, link));
	map_fini(&ss->by_hash);
	mem_free(ss);
	*out = NULL;
}

static bool parse_row(struct arena *a, const struct store_kv *row,
		      struct session *out)
{
	struct str rest = row->value, created, used, hash;

	if (codec_unhex(a, row->key, &hash) != GW_OK ||
	    hash.n != sizeof(out->id.hash) || !str_word(&rest, &created) ||
	    !str_word(&rest, &used) ||
	    str_int(created, 0, INT64_MAX, &out->created) != GW_OK ||
	    str_int(used, 0, INT64_MAX, &out->used) != GW_OK)
		return false;
	memcpy(out->id.hash, hash.p, hash.n);
	rest = str_trim(rest);
	out->address = arena_strndup(a, rest.p, rest.n);
	return rest.n != 0;
}

enum gw_err web_session_load(struct sessions *ss)
{
	struct arena *a = arena_new();
	struct store_kv *rows;
	struct session s;
	size_t n;
	enum gw_err e = store_kv_load(ss->store, ROOM, a, &rows, &n);

	for (size_t i = 0; e == GW_OK && i < n; i++) {
		struct entry *added;

		if (!parse_row(a, &rows[i], &s)) {
			log_warn("web.session_unreadable", NULL);
			continue;
		}
		added = add(ss, &s.id, str_of(s.address));
		added->s.created = s.created;
		added->s.used = s.used;
		added->stored = s.used;
	}
	arena_free(&a);
	return e;
}

void web_session_rules(struct sessions *ss, const struct session_rules *r)
{
	ss->rules = *r;
}

static void make_room(struct sessions *ss, struct str address)
{
	struct entry *oldest = NULL;
	size_t n = 0;

	LIST_EACH(it, &ss->all)
	{
		struct entry *e = LIST_OF(it, struct entry, link);

		if (!str_eq(str_of(e->s.address), address))
			continue;
		n++;
		if (oldest == NULL)
			oldest = e;
	}
	if (n >= PER_PERSON)
		end(ss, oldest);
	else if (ss->count >= ALL_MAX)
		end(ss, LIST_OF(ss->all.next, struct entry, link));
}

static struct session_id id_of(struct str token)
{
	struct session_id id;

	crypto_digest(CRYPTO_SHA256, token, id.hash);
	return id;
}

void web_session_start(struct sessions *ss, struct str address,
		       char token[SESSION_TOKEN_MAX], session_done_fn *done,
		       void *arg)
{
	uint8_t secret[32];
	struct session_id id;
	struct entry *e;

	loop_random(store_loop(ss->store), secret, sizeof(secret));
	codec_hex_to(token, secret, sizeof(secret));
	id = id_of(str_of(token));
	make_room(ss, address);
	e = add(ss, &id, address);
	e->s.created = wall(ss);
	e->s.used = e->s.created;
	write_down(ss, e, done, arg);
}

const struct session *web_session_of(struct sessions *ss, struct str token)
{
	struct session_id id;

	if (token.n != SESSION_TOKEN_MAX - 1)
		return NULL;
	id = id_of(token);
	return web_session_get(ss, &id);
}

const struct session *web_session_get(struct sessions *ss,
				      const struct session_id *id)
{
	struct entry *e = find(ss, id);

	return e != NULL ? &e->s : NULL;
}

void web_session_use(struct sessions *ss, const struct session_id *id)
{
	struct entry *e = find(ss, id);

	if (e == NULL)
		return;
	e->s.used = wall(ss);
	if (e->s.used - e->stored >= STORED_EVERY)
		write_down(ss, e, stored, NULL);
}

void web_session_end(struct sessions *ss, const struct session_id *id,
		     session_done_fn *done, void *arg)
{
	struct entry *e = map_get(&ss->by_hash, key_of(id));

	if (e != NULL)
		end_then(ss, e, done, arg);
	else
		done(arg, GW_OK);
}

void web_session_end_all(struct sessions *ss, struct str address,
			 const struct session_id *but)
{
	LIST_EACH_SAFE(it, tmp, &ss->all)
	{
		struct entry *e = LIST_OF(it, struct entry, link);
		bool spared =
			but != NULL && str_eq(key_of(but), key_of(&e->s.id));

		if (!spared && str_eq(str_of(e->s.address), address))
			end(ss, e);
	}
}

void web_session_sweep(struct sessions *ss)
{
	LIST_EACH_SAFE(it, tmp, &ss->all)
	{
		struct entry *e = LIST_OF(it, struct entry, link);

		if (over(ss, &e->s))
			end(ss, e);
	}
}

size_t web_session_count(const struct sessions *ss)
{
	return ss->count;
}
