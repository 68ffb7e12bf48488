/* SPDX-License-Identifier: MIT */
/* journal.c - what this turn wants on disk, gathered, and the names of rows */
#include "xmpp/im/journal.h"

#include "gateway/base/codec.h"
#include "gateway/run/log.h"
#include "gateway/store/kv.h"
#include "gateway/store/xmpp/archive.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/sm.h"
#include "xmpp/xml/write.h"

/* Messages of which a second copy is recognised before it is delivered; a
 * later one is still not stored twice. */
#define RECENT	    16384
#define NS_MUC_USER "http://jabber.org/protocol/muc#user"
#define PRUNE_EVERY (WHEN_MINUTE)
#define PRUNE_AGAIN (50)
#define SESSION_AGE (7 * WHEN_DAY)
#define ROUNDS	    4
/* Tells the number of an origin from that of a row. */
#define ORIGIN_BIT ((uint64_t)1 << 63)
/* Long enough that what is sent again falls into the same, mostly. */
#define ALIKE WHEN_HOUR

struct xmpp_journal {
	struct xmpp *x;
	struct journal *batch;
	struct loop_task flush;
	struct loop_timer prune;
	char *prune_owner; /* the last one done; NULL: begin */
	int64_t last_id;
	struct map_seed names;
	int64_t *recent; /* by its low bits */
	struct buf text; /* of the row that is put */
};

static int64_t *recent_at(const struct xmpp *x, int64_t origin)
{
	return &x->journal->recent[(uint64_t)origin % RECENT];
}

static void remember(struct xmpp *x, int64_t origin)
{
	if (origin != 0)
		*recent_at(x, origin) = origin;
}

bool xmpp_journal_seen(const struct xmpp *x, int64_t origin)
{
	return origin != 0 && *recent_at(x, origin) == origin;
}

/* A person with all his clients; of those in a room, the one. */
static struct str sender_of(const struct stanza *st)
{
	struct str from = stanza_attr(st, "from");

	if (stanza_child(st, "x", NS_MUC_USER) == NULL)
		from.n = str_find(from, '/');
	return from;
}

int64_t xmpp_journal_origin(struct str owner, const struct stanza *st)
{
	struct str id =
		stanza_attr(stanza_child(st, "origin-id", NS_SID), "id");
	struct str from = sender_of(st);
	struct map_seed seed = { .k0 = 0x6d7573746572 };

	if (id.n == 0)
		return 0;
	seed.k1 = map_hash(seed, owner.p, owner.n);
	seed.k0 = map_hash(seed, from.p, from.n);
	return (int64_t)(map_hash(seed, id.p, id.n) | ORIGIN_BIT);
}

int64_t xmpp_journal_likeness(const struct xmpp *x, struct arena *a,
			      struct str owner, const struct stanza *st)
{
	struct str id = stanza_attr(st, "id"), from = sender_of(st);
	struct str body = stanza_child_text(a, st, "body", NS_CLIENT);
	struct map_seed seed = x->journal->names;

	if (id.n == 0)
		return 0;
	seed.k0 ^= (uint64_t)(loop_wall(x->loop) / ALIKE);
	seed.k1 = map_hash(seed, owner.p, owner.n);
	seed.k0 = map_hash(seed, from.p, from.n);
	seed.k1 = map_hash(seed, id.p, id.n);
	return (int64_t)(map_hash(seed, body.p, body.n) >> 2) | XMPP_LIKENESS;
}

/* A Feistel network over the two halves: any function will do inside. */
static uint32_t mix(const struct xmpp_journal *j, uint32_t half, uint32_t round)
{
	uint32_t in[2] = { half, round };

	return (uint32_t)map_hash(j->names, in, sizeof(in));
}

void xmpp_journal_name(const struct xmpp *x, int64_t number, char out[17])
{
	uint32_t l = (uint32_t)((uint64_t)number >> 32), r = (uint32_t)number;
	uint8_t big_endian[8];

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t t = l ^ mix(x->journal, r, i);

		l = r;
		r = t;
	}
	for (uint32_t i = 0; i < 4; i++) {
		big_endian[i] = (uint8_t)(l >> (24 - 8 * i));
		big_endian[i + 4] = (uint8_t)(r >> (24 - 8 * i));
	}
	codec_hex_to(out, big_endian, sizeof(big_endian));
}

static enum gw_err hex32(const char *p, uint32_t *out)
{
	*out = 0;
	for (size_t i = 0; i < 8; i++) {
		const char *digits = "0123456789abcdef";
		const char *at = p[i] != '\0' ? strchr(digits, p[i]) : NULL;

		if (at == NULL)
			return GW_BAD_INPUT;
		*out = *out << 4 | (uint32_t)(at - digits);
	}
	return GW_OK;
}

enum gw_err xmpp_journal_id_of(const struct xmpp *x, struct str name,
			       int64_t *number)
{
	uint32_t l, r;

	if (name.n != 16 || hex32(name.p, &l) != GW_OK ||
	    hex32(name.p + 8, &r) != GW_OK)
		return GW_BAD_INPUT;
	for (uint32_t i = ROUNDS; i-- > 0;) {
		uint32_t t = r ^ mix(x->journal, l, i);

		r = l;
		l = t;
	}
	*number = (int64_t)((uint64_t)l << 32 | r);
	return GW_OK;
}

/* Numbers follow the clock, so that age is a range of them. */
int64_t xmpp_journal_id(struct xmpp *x)
{
	struct xmpp_journal *j = x->journal;
	int64_t now = loop_wall(x->loop) * 1000;

	j->last_id = now > j->last_id ? now : j->last_id + 1;
	return j->last_id;
}

struct journal *xmpp_journal_batch(struct xmpp *x)
{
	struct xmpp_journal *j = x->journal;

	if (x->stopping)
		return NULL;
	if (j->batch == NULL)
		j->batch = journal_new();
	loop_defer(x->loop, &j->flush);
	return j->batch;
}

void xmpp_journal_flush(struct xmpp *x)
{
	struct xmpp_journal *j = x->journal;

	loop_defer_cancel(&j->flush);
	if (j->batch == NULL)
		return;
	xmpp_sm_journal(x, j->batch);
	journal_submit(x->store, &j->batch);
}

static void on_flush(struct loop_task *t)
{
	xmpp_journal_flush(LIST_OF(t, struct xmpp_journal, flush)->x);
}

/* A reference of a receipt that ends with a commit which is on its way. */
struct booking {
	struct xmpp *x;
	struct xmpp_receipt *receipt;
	int64_t origin;
	journal_fn *done;
	void *arg;
};

static void on_put(void *arg, enum gw_err e)
{
	struct booking *b = arg;

	if (e != GW_OK && e != GW_CONFLICT && b->origin != 0 &&
	    xmpp_journal_seen(b->x, b->origin))
		*recent_at(b->x, b->origin) = 0;
	if (b->done != NULL)
		b->done(b->arg, e);
	xmpp_receipt_settle(&b->receipt);
}

static struct booking *book(struct xmpp *x, struct journal *batch,
			    struct xmpp_receipt *r, int64_t origin)
{
	struct booking *b = journal_keep(batch, sizeof(*b));

	b->x = x;
	b->receipt = xmpp_receipt_book(r);
	b->origin = origin;
	remember(x, origin);
	return b;
}

static struct str written(struct xmpp_journal *j, const struct stanza *st)
{
	buf_reset(&j->text);
	xmpp_xml_write(&j->text, st, XMPP_XML_IN_STREAM);
	return buf_str(&j->text);
}

void xmpp_journal_put(struct xmpp *x, struct xmpp_put *p,
		      struct xmpp_receipt *r, journal_fn *done, void *arg)
{
	struct journal *batch = xmpp_journal_batch(x);
	struct booking *b;

	if (batch == NULL) {
		if (done != NULL)
			done(arg, GW_UNAVAIL);
		return;
	}
	b = book(x, batch, r, p->row.origin != 0 ? p->row.origin : p->likeness);
	b->done = done;
	b->arg = arg;
	p->row.stanza = p->frame != NULL ? frame_str(p->frame)
					 : written(x->journal, p->st);
	p->row.stamp = loop_wall(x->loop);
	journal_put(batch, &p->row, on_put, b);
}

/* What it is named after; 0: itself. */
static int64_t named_after(const struct xmpp *x, struct str name)
{
	int64_t number;

	if (xmpp_journal_id_of(x, name, &number) != GW_OK)
		return 0;
	return number < 0 || number >= XMPP_LIKENESS ? number : 0;
}

void xmpp_journal_line(struct xmpp *x, const struct muc_line_row *row,
		       struct xmpp_receipt *r, journal_fn *done, void *arg)
{
	struct journal *batch = xmpp_journal_batch(x);
	struct booking *b;

	if (batch == NULL) {
		done(arg, GW_UNAVAIL);
		return;
	}
	b = book(x, batch, r, named_after(x, row->id));
	b->done = done;
	b->arg = arg;
	journal_line(batch, row, on_put, b);
}

void xmpp_journal_loaded(struct xmpp *x, struct str name)
{
	remember(x, named_after(x, name));
}

void xmpp_journal_got(struct xmpp *x, const struct journal_row *row,
		      journal_fn *done, void *arg)
{
	struct journal *batch = xmpp_journal_batch(x);

	if (batch != NULL)
		journal_got(batch, row, done, arg);
	else if (done != NULL)
		done(arg, GW_UNAVAIL);
}

static void on_pruned(void *arg, enum gw_err e, bool more, struct str owner)
{
	struct xmpp_journal *j = arg;

	if (j->x->stopping)
		return;
	mem_free(j->prune_owner);
	j->prune_owner = mem_strndup(owner.p, owner.n);
	loop_timer_start(j->x->loop, &j->prune,
			 e == GW_OK && more ? PRUNE_AGAIN : PRUNE_EVERY);
}

static void on_prune(struct loop_timer *t)
{
	struct xmpp_journal *j = LIST_OF(t, struct xmpp_journal, prune);
	const struct xmpp_conf_archive *conf = &j->x->conf->archive;
	int64_t wall = loop_wall(j->x->loop);
	struct archive_prune p = {
		.before =
			conf->keep_for > 0 ? (wall - conf->keep_for) * 1000 : 0,
		.keep = conf->keep_count,
		.sessions_before = wall - SESSION_AGE,
		.owner = str_of(j->prune_owner),
	};

	archive_prune(j->x->store, &p, on_pruned, j);
}

struct xmpp_journal *xmpp_journal_new(struct xmpp *x)
{
	struct xmpp_journal *j = mem_new(sizeof(*j));

	j->x = x;
	j->flush.fn = on_flush;
	j->prune.fn = on_prune;
	j->recent = mem_new(RECENT * sizeof(*j->recent));
	return j;
}

void xmpp_journal_free(struct xmpp_journal **j)
{
	struct xmpp_journal *self = *j;

	*j = NULL;
	if (self == NULL)
		return;
	loop_timer_stop(self->x->loop, &self->prune);
	loop_defer_cancel(&self->flush);
	journal_free(&self->batch);
	mem_free(self->prune_owner);
	mem_free(self->recent);
	buf_fini(&self->text);
	mem_free(self);
}

static enum gw_err load_names(struct xmpp *x, struct arena *a)
{
	struct xmpp_journal *j = x->journal;
	struct store_kv *rows;
	struct store_kv row = { .room = "xmpp-archive", .key = STR("names") };
	size_t n = 0;
	enum gw_err e = store_kv_load(x->store, row.room, a, &rows, &n);

	if (e != GW_OK)
		return e;
	if (n == 1 && rows[0].value.n == sizeof(j->names)) {
		memcpy(&j->names, rows[0].value.p, sizeof(j->names));
		return GW_OK;
	}
	loop_random(x->loop, &j->names, sizeof(j->names));
	row.value = str_make((const char *)&j->names, sizeof(j->names));
	store_kv_put(x->store, &row, NULL, NULL);
	return GW_OK;
}

static void load_words(struct xmpp *x, const struct archive_words *w)
{
	struct arena *a = xmpp_arena_get(x);
	const struct stanza *id = NULL;
	struct stanza *st;

	if (xmpp_xml_parse(x->parser, NULL, w->stanza, a, &st) == GW_OK)
		id = stanza_child(st, "stanza-id", NS_SID);
	for (; id != NULL; id = stanza_next(id, "stanza-id", NS_SID))
		if (str_eq(stanza_attr(id, "by"), w->owner))
			xmpp_journal_loaded(x, stanza_attr(id, "id"));
	xmpp_arena_put(x, a);
}

enum gw_err xmpp_journal_load(struct xmpp *x)
{
	struct xmpp_journal *j = x->journal;
	struct arena *a = arena_new();
	int64_t wall = loop_wall(x->loop);
	struct archive_recent recent = { .max = RECENT,
					 .since =
						 (wall - wall % ALIKE) * 1000 };
	enum gw_err e = load_names(x, a);

	if (e == GW_OK)
		e = archive_load(x->store, a, &recent);
	if (e == GW_OK) {
		j->last_id = recent.last_id;
		for (size_t i = recent.count; i-- > 0;)
			remember(x, recent.origins[i]);
		for (size_t i = recent.word_count; i-- > 0;)
			load_words(x, &recent.words[i]);
		loop_timer_start(x->loop, &j->prune, PRUNE_EVERY);
	}
	arena_free(&a);
	return e;
}
