/* SPDX-License-Identifier: MIT */
/* case_rev.c - one version of a case: one piece of memory, never changed
 *
 * A revision is made from a shallow one whose strings lie anywhere.  Others
 * borrow it for the turn, so it is buried at the turn's end only.
 */
#include "gateway/case/case_private.h"

#include "gateway/base/buf.h"
#include "gateway/run/json.h"

/* clang-format off */
#define AT(field) offsetof(struct case_rev, f.field)
static const size_t texts[] = {
	AT(key), AT(mail_id), AT(card_id), AT(subject), AT(detail), AT(pool),
	AT(ladder), AT(room), AT(recipient), AT(owner), AT(offered_to),
	AT(closed_why),
};
#undef AT
/* clang-format on */

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static const char **text_in(struct case_rev *r, size_t offset)
{
	return (void *)((char *)r + offset);
}

static const char *move_text(char **place, const char *s)
{
	size_t n = strlen(s) + 1;
	char *at = *place;

	memcpy(at, s, n);
	*place += n;
	return at;
}

struct case_rev *case_rev_new(const struct case_rev *from)
{
	struct case_rev *r = mem_new(sizeof(*r));
	size_t room = from->told_count * sizeof(*r->told);
	char *place;

	*r = *from;
	for (size_t i = 0; i < TEXTS; i++)
		room += strlen(*text_in(r, texts[i])) + 1;
	for (size_t i = 0; i < from->told_count; i++)
		room += strlen(from->told[i]) + 1;
	r->text = mem_new(room);
	r->told = (const char **)(void *)r->text;
	place = r->text + from->told_count * sizeof(*r->told);
	for (size_t i = 0; i < TEXTS; i++)
		*text_in(r, texts[i]) =
			move_text(&place, *text_in(r, texts[i]));
	for (size_t i = 0; i < from->told_count; i++)
		r->told[i] = move_text(&place, from->told[i]);
	r->refs = 1;
	list_init(&r->grave);
	return r;
}

struct case_rev *case_rev_ref(struct case_rev *r)
{
	r->refs++;
	return r;
}

void case_rev_unref(struct cases *cs, struct case_rev **r)
{
	struct case_rev *rev = *r;

	*r = NULL;
	if (rev == NULL || --rev->refs > 0)
		return;
	list_append(&cs->graves, &rev->grave);
	loop_defer(cs->use.loop, &cs->bury);
}

static const char *told_text(const struct case_rev *r, struct arena *a)
{
	struct buf b = { .data = NULL };
	const char *text;

	buf_add_char(&b, '[');
	for (size_t i = 0; i < r->told_count; i++) {
		if (i > 0)
			buf_add_char(&b, ',');
		buf_add_json(&b, str_of(r->told[i]));
	}
	buf_add_char(&b, ']');
	text = arena_str(a, buf_str(&b)).p;
	buf_fini(&b);
	return text;
}

void case_rev_row(const struct case_rev *r, const char *ladder_text,
		  struct arena *a, struct store_case *out)
{
	const struct casefile *f = &r->f;

	*out = (struct store_case){
		.number = (int64_t)f->number,
		.version = f->version,
		.config_version = r->config_version,
		.previous = (int64_t)f->previous,
		.kind = f->kind,
		.state = f->state,
		.severity = f->severity,
		.opened_at = f->opened_at,
		.changed_at = f->changed_at,
		.closed_at = f->closed_at,
		.claimed_at = f->claimed_at,
		.until = f->until,
		.due = f->due,
		.owner_gone = r->owner_gone,
		.step = f->step,
		.round = f->round,
		.climbed = r->climbed,
		.acts = r->acts,
		.alerts = f->alerts,
		.firing = f->firing,
		.waiting = f->waiting_arrival,
		.key = f->key,
		.mail_id = f->mail_id,
		.subject = f->subject,
		.detail = f->detail,
		.pool = f->pool,
		.ladder = f->ladder,
		.ladder_text = ladder_text,
		.room = f->room,
		.recipient = f->recipient,
		.owner = f->owner,
		.offered_to = f->offered_to,
		.closed_why = f->closed_why,
		.card_id = f->card_id,
		.told = told_text(r, a),
	};
}

struct casefile case_rev_file(const struct store_case *row)
{
	return (struct casefile){
		.number = (uint64_t)row->number,
		.kind = (enum case_kind)row->kind,
		.state = (enum case_state)row->state,
		.severity = (enum severity)row->severity,
		.version = row->version,
		.previous = (uint64_t)row->previous,
		.opened_at = row->opened_at,
		.changed_at = row->changed_at,
		.closed_at = row->closed_at,
		.claimed_at = row->claimed_at,
		.until = row->until,
		.due = row->due,
		.step = (unsigned)row->step,
		.round = (unsigned)row->round,
		.alerts = (unsigned)row->alerts,
		.firing = (unsigned)row->firing,
		.waiting_arrival = row->waiting != 0,
		.key = row->key,
		.mail_id = row->mail_id,
		.subject = row->subject,
		.detail = row->detail,
		.pool = row->pool,
		.ladder = row->ladder,
		.room = row->room,
		.recipient = row->recipient,
		.owner = row->owner,
		.offered_to = row->offered_to,
		.closed_why = row->closed_why,
		.card_id = row->card_id,
	};
}

struct case_rev *case_rev_of_row(const struct store_case *row)
{
	struct case_rev shallow = {
		.f = case_rev_file(row),
		.config_version = row->config_version,
		.owner_gone = row->owner_gone,
		.climbed = (unsigned)row->climbed,
		.acts = (unsigned)row->acts,
	};
	struct arena *a = arena_new();
	struct json *told = NULL;
	struct case_rev *r;

	/* We wrote it: unreadable means that nobody was told. */
	if (json_parse(str_of(row->told), &told, NULL) == GW_OK)
		shallow.told_count = json_size(told);
	shallow.told =
		arena_alloc(a, (shallow.told_count + 1) * sizeof(char *));
	for (size_t i = 0; i < shallow.told_count; i++)
		shallow.told[i] = json_str(json_at(told, i)).p;
	r = case_rev_new(&shallow);
	json_free(&told);
	arena_free(&a);
	return r;
}

struct case_facts case_rev_facts(const struct cases *cs,
				 const struct case_rev *r)
{
	const struct casefile *f = &r->f;

	return (struct case_facts){
		.number = f->number,
		.kind = f->kind,
		.state = f->state,
		.severity = f->severity,
		.recipient = f->recipient,
		.room = f->room,
		.has_card = *f->card_id != '\0',
		.step = f->step,
		.climbed = r->climbed,
		.round = f->round,
		.due = f->due,
		.waiting_arrival = f->waiting_arrival,
		.owner = f->owner,
		.claimed_at = f->claimed_at,
		.until = f->until,
		.offered_to = f->offered_to,
		.owner_gone = r->owner_gone,
		.claimant_gone_after = cs->conf.claimant_gone_after,
		.told_count = r->told_count,
		.told = r->told,
	};
}

void case_rev_take(struct case_rev *r, const struct case_facts *facts)
{
	struct casefile *f = &r->f;

	f->state = facts->state;
	f->severity = facts->severity;
	f->step = facts->step;
	f->round = facts->round;
	f->due = facts->due;
	f->waiting_arrival = facts->waiting_arrival;
	f->owner = facts->owner;
	f->claimed_at = facts->claimed_at;
	f->until = facts->until;
	f->offered_to = facts->offered_to;
	r->climbed = facts->climbed;
	r->owner_gone = facts->owner_gone;
	r->told_count = facts->told_count;
	/* Read only: case_rev_new() copies what it points at. */
	r->told = (const char **)(uintptr_t)facts->told;
}
