/* SPDX-License-Identifier: MIT */
/* group_words.c - what the case of an incident is to say
 *
 * Its loudest, then oldest alert speaks for it; a few others are named.
 */
#include "alerts/rule/group_words.h"

#include <assert.h>

#include "alerts/rule/words.h"

#define OTHERS_MAX 5

static bool speaks_before(const struct alerts_alert *a,
			  const struct alerts_alert *b)
{
	if (a->state.severity != b->state.severity)
		return a->state.severity > b->state.severity;
	if (a->state.fired != b->state.fired)
		return a->state.fired < b->state.fired;
	return strcmp(a->fingerprint, b->fingerprint) < 0;
}

static const struct alerts_alert *speaker(const struct alerts_group *g)
{
	const struct alerts_alert *best = NULL;

	LIST_EACH(it, &g->members)
	{
		const struct alerts_alert *al =
			LIST_OF(it, struct alerts_member, in_group)->alert;

		if (best == NULL || speaks_before(al, best))
			best = al;
	}
	assert(best != NULL); /* a group has members while it has words */
	return best;
}

static struct alerts_words words_of(const struct alerts_alert *al)
{
	return (struct alerts_words){ .labels = al->data->labels,
				      .annotations = al->data->annotations,
				      .generator = al->data->generator };
}

static unsigned add_others(const struct alerts_group *g,
			   const struct alerts_alert *first, struct buf *out)
{
	unsigned named = 0, truncated = 0;

	LIST_EACH(it, &g->members)
	{
		const struct alerts_alert *al =
			LIST_OF(it, struct alerts_member, in_group)->alert;
		struct alerts_words w = words_of(al);

		if (al->state.truncated > truncated)
			truncated = al->state.truncated;
		if (al == first || named == OTHERS_MAX)
			continue;
		buf_add_lit(out, named++ == 0 ? "Also: " : ", ");
		alerts_words_short(&w, out);
	}
	if (named > 0 && g->firing > named + 1)
		buf_printf(out, " and %zu more", g->firing - named - 1);
	if (named > 0)
		buf_add_char(out, '\n');
	return truncated;
}

void alerts_group_words(const struct alerts_group *g, struct arena *a,
			struct case_spec *out)
{
	const struct alerts_alert *first = speaker(g);
	const struct alerts_conf_receiver *r = g->route->receiver;
	struct alerts_words w = words_of(first);
	struct buf b = { .data = NULL };
	unsigned truncated;

	alerts_words_subject(&w, &b);
	out->subject = arena_str(a, buf_str(&b));
	buf_reset(&b);
	alerts_words_detail(&w, &b);
	truncated = add_others(g, first, &b);
	if (truncated > 0)
		buf_printf(&b, "The sender left %u more alerts out.\n",
			   truncated);
	if (g->before != 0)
		buf_printf(&b, "Earlier case: #%llu\n",
			   (unsigned long long)g->before);
	if (b.len > 0)
		buf_cut(&b, b.len - 1);
	out->detail = b.len > 0 ? arena_str(a, buf_str(&b)) : STR("");
	buf_fini(&b);
	out->kind = CASE_ALERT;
	out->severity = first->state.severity;
	out->key = str_of(g->key);
	out->room = str_of(r->room);
	out->pool = str_of(r->pool);
	out->ladder = str_of(r->ladder);
	out->recipient = STR("");
	out->mail_id = STR("");
	out->alerts = g->joined;
	out->firing = (unsigned)g->firing;
}
