/* SPDX-License-Identifier: MIT */
/* intake.c - one mail comes in: its bytes to the spool, and what is known
 *
 * When all of it is on disk, settle.c carries on.
 */
#include "mta/in/intake.h"

#include "gateway/base/codec.h"
#include "gateway/run/log.h"
#include "mta/in/settle.h"

#define RECEIVED_MAX 50 /* hops; RFC 5321 6.3 */

static void file_written(struct mta_spool_file *f);

struct mta_tx *mta_tx_new(struct mta *m, struct str env_from)
{
	struct arena *a = arena_new();
	struct mta_tx *tx = arena_alloc(a, sizeof(*tx));

	tx->arena = a;
	tx->m = m;
	tx->peer = tx->helo = tx->queue_id = "";
	tx->env_from = arena_strndup(a, env_from.p, env_from.n);
	tx->priority = -1;
	loop_id(m->spec.loop, tx->id);
	list_append(&m->open, &tx->link);
	return tx;
}

static struct mta_rcpt **grow(struct mta_tx *tx)
{
	size_t cap = tx->cap == 0 ? 8 : 2 * tx->cap;
	struct mta_rcpt **all = arena_alloc(tx->arena, cap * sizeof(*all));

	if (tx->count > 0)
		memcpy(all, tx->rcpts, tx->count * sizeof(*all));
	tx->cap = cap;
	tx->rcpts = all;
	return all;
}

struct mta_rcpt *mta_tx_add(struct mta_tx *tx, const char *address,
			    const char *role)
{
	struct mta_rcpt *r;

	if (tx->count == MTA_RCPT_MAX)
		return NULL;
	if (tx->count == tx->cap)
		(void)grow(tx);
	r = arena_alloc(tx->arena, sizeof(*r));
	r->tx = tx;
	r->address = arena_strdup(tx->arena, address);
	r->role = arena_strdup(tx->arena, role);
	r->same = tx->count;
	/* The same role twice in one mail is one letter. */
	for (size_t i = tx->count; i-- > 0;) {
		const char *mine = *role != '\0' ? role : address;
		const struct mta_rcpt *o = tx->rcpts[i];

		if (strcmp(mine, *o->role != '\0' ? o->role : o->address) == 0)
			r->same = o->same;
	}
	tx->rcpts[tx->count++] = r;
	return r;
}

static void tx_free(struct mta_tx **out)
{
	struct mta_tx *tx = *out;
	struct arena *a = tx->arena;

	list_del(&tx->link);
	if (tx->m->stopping)
		tx->file.jobs = NULL;
	mta_spool_fini(&tx->file);
	buf_fini(&tx->head);
	arena_free(&a);
	*out = NULL;
}

void mta_tx_end(struct mta_tx *tx)
{
	if (tx->conn != 0)
		tx->answered(tx); /* also at the end: it forgets tx */
	tx_free(&tx);
}

void mta_tx_leave(struct mta_tx **out)
{
	struct mta_tx *tx = *out;

	*out = NULL;
	if (tx == NULL)
		return;
	tx->conn = 0;
	if (tx->finishing)
		return;
	tx->aborted = true;
	if (!tx->file.busy)
		tx_free(&tx);
}

/* ---- bytes ---- */

static void keep(struct mta_tx *tx, size_t before)
{
	struct buf *fill = &tx->file.fill;
	size_t n = fill->len - before;
	size_t room = tx->head.len < MTA_HEADER_MAX
			      ? MTA_HEADER_MAX - tx->head.len
			      : 0;

	tx->size += (int64_t)n;
	if (room > 0)
		buf_add(&tx->head, fill->data + before, n < room ? n : room);
	/* The rest of what nobody will read needs no disk. */
	tx->too_large = tx->too_large || tx->size > tx->m->conf->size_max;
	if (tx->too_large || tx->data.broken)
		buf_cut(fill, 0);
}

static void finish_file(struct mta_tx *tx)
{
	tx->finishing = true;
	if (tx->too_large || tx->data.broken)
		mta_settle_refuse(tx,
				  tx->data.broken ? GW_BAD_INPUT : GW_LIMIT);
	else
		mta_spool_flush(&tx->file, true);
}

size_t mta_tx_feed(struct mta_tx *tx, const uint8_t *p, size_t n)
{
	size_t before, eaten;

	if (tx->file.path == NULL) {
		mta_spool_init(&tx->file, tx->m->spec.jobs, tx->m->spool,
			       tx->id);
		tx->file.done = file_written;
	}
	before = tx->file.fill.len;
	eaten = mta_smtp_data(&tx->data, p, n, &tx->file.fill);
	keep(tx, before);
	if (tx->file.busy)
		return eaten;
	if (tx->data.done)
		finish_file(tx);
	else if (tx->file.fill.len >= MTA_SPOOL_CHUNK)
		mta_spool_flush(&tx->file, false);
	return eaten;
}

bool mta_tx_full(const struct mta_tx *tx)
{
	return tx->file.busy && tx->file.fill.len >= MTA_SPOOL_CHUNK;
}

/* ---- all of it is here ---- */

static void hex_digest(struct mta_tx *tx)
{
	char *hex = codec_hex(tx->arena, tx->file.digest, 32);

	memcpy(tx->sha, hex, sizeof(tx->sha));
}

static bool looped(const struct mta_tx *tx, const struct mta_rcpt *r)
{
	struct str head = buf_str(&tx->head);

	return tx->header.received >= RECEIVED_MAX ||
	       mta_header_has(head, "X-Muster-Loop", str_of(r->address)) ||
	       mta_header_has(head, "Delivered-To", str_of(r->address));
}

static void refuse_loops(struct mta_tx *tx)
{
	for (size_t i = 0; i < tx->count; i++) {
		struct mta_rcpt *r = tx->rcpts[i];

		if (!looped(tx, r))
			continue;
		r->settled = true;
		r->e = GW_DENIED;
		r->reply = "554 5.4.6 the mail was here before: a loop";
		log_warn("mail.loop", "id", tx->id, "to", r->address, NULL);
	}
}

static void file_ended(struct mta_tx *tx)
{
	if (tx->file.e != GW_OK) {
		mta_settle_refuse(tx, GW_UNAVAIL);
		return;
	}
	hex_digest(tx);
	mta_header_read(tx->head.len > 0 ? buf_str(&tx->head) : STR(""),
			tx->arena, &tx->header);
	refuse_loops(tx);
	mta_settle_begin(tx);
}

static void file_written(struct mta_spool_file *f)
{
	struct mta_tx *tx = LIST_OF(f, struct mta_tx, file);

	if (tx->aborted) {
		tx_free(&tx);
		return;
	}
	if (tx->m->stopping) {
		if (tx->finishing)
			mta_settle_refuse(tx, GW_UNAVAIL);
		return;
	}
	if (f->ended || tx->data.done) {
		if (f->ended)
			file_ended(tx);
		else
			finish_file(tx);
		return; /* tx may be gone */
	}
	if (f->fill.len >= MTA_SPOOL_CHUNK)
		mta_spool_flush(f, false);
	if (tx->conn != 0)
		tx->progress(tx);
}
