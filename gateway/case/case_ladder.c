/* SPDX-License-Identifier: MIT */
/* case_ladder.c - ladders as text in the store, shared in memory
 *
 * A case climbs the ladder it opened with, whatever is configured later, so
 * its text is part of the case.  Equal texts are one ladder in memory.
 */
#include "gateway/case/case_private.h"

#include "gateway/base/buf.h"
#include "gateway/run/json.h"
#include "gateway/run/log.h"

static const char *const targets[] = {
	[TELL_RECIPIENT] = "recipient",
	[TELL_BEST] = "best available",
	[TELL_ALL_AVAILABLE] = "all available",
	[TELL_LEAD] = "lead",
	[TELL_PERSON] = "person",
	[TELL_ROOM] = "room",
};

struct named {
	char *name;
	struct case_ladder *ladder;
};

static const struct ladder_step default_steps[] = {
	{ .target = TELL_BEST, .address = "" },
};
static const struct ladder default_ladder = {
	.name = "",
	.count = 1,
	.steps = default_steps,
};

static char *text_of(const struct ladder *l)
{
	struct buf b = { .data = NULL };
	struct json_out o;

	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_text(&o, "name", l->name);
	json_out_int(&o, "repeat", l->repeat);
	json_out_array(&o, "steps");
	for (size_t i = 0; i < l->count; i++) {
		const struct ladder_step *st = &l->steps[i];

		json_out_object(&o, NULL);
		json_out_text(&o, "tell", targets[st->target]);
		json_out_text(&o, "address",
			      st->address == NULL ? "" : st->address);
		json_out_int(&o, "wait", st->wait);
		json_out_int(&o, "by", st->by);
		json_out_bool(&o, "offer", st->offer_mail);
		json_out_end_object(&o);
	}
	json_out_end_array(&o);
	json_out_end_object(&o);
	return buf_take(&b);
}

static enum ladder_target target_of(struct str name)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (str_is(name, targets[i]))
			return (enum ladder_target)i;
	return TELL_BEST;
}

static void fill(struct ladder *l, const struct json *j, struct arena *a)
{
	const struct json *list = json_get(j, "steps");
	struct ladder_step *steps;

	l->count = json_size(list);
	l->name = arena_str(a, json_get_str(j, "name")).p;
	l->repeat = (unsigned)json_int(json_get(j, "repeat"), 0);
	steps = arena_alloc(a, (l->count + 1) * sizeof(*steps));
	l->steps = steps;
	for (size_t i = 0; i < l->count; i++) {
		const struct json *st = json_at(list, i);

		steps[i] = (struct ladder_step){
			.target = target_of(json_get_str(st, "tell")),
			.address = arena_str(a, json_get_str(st, "address")).p,
			.wait = json_int(json_get(st, "wait"), 0),
			.by = (unsigned)json_int(json_get(st, "by"), 0),
			.offer_mail = json_bool(json_get(st, "offer"), false),
		};
	}
}

struct case_ladder *case_ladder_ref(struct case_ladder *l)
{
	if (l != NULL)
		l->refs++;
	return l;
}

void case_ladder_unref(struct case_ladder **l)
{
	struct case_ladder *ladder = *l;

	*l = NULL;
	if (ladder == NULL || --ladder->refs > 0)
		return;
	map_del(&ladder->cs->ladders, str_of(ladder->text));
	arena_free(&ladder->arena);
	mem_free(ladder->text);
	mem_free(ladder);
}

struct case_ladder *case_ladder_read(struct cases *cs, const char *text)
{
	struct case_ladder *l = map_get(&cs->ladders, str_of(text));
	struct json *j;
	struct err_note note = { .text = "" };

	if (l != NULL)
		return case_ladder_ref(l);
	if (json_parse(str_of(text), &j, &note) != GW_OK) {
		log_error("case.ladder-unreadable", "why", note.text, NULL);
		return NULL;
	}
	l = mem_new(sizeof(*l));
	l->refs = 1;
	l->cs = cs;
	l->text = mem_strdup(text);
	l->arena = arena_new();
	fill(&l->ladder, j, l->arena);
	json_free(&j);
	map_put(&cs->ladders, str_of(l->text), l);
	return l;
}

static struct case_ladder *make(struct cases *cs, const struct ladder *ladder)
{
	char *text = text_of(ladder);
	struct case_ladder *l = case_ladder_read(cs, text);

	mem_free(text);
	return l;
}

struct case_ladder *case_ladder_for(struct cases *cs,
				    const struct case_spec *spec)
{
	const struct named *n = map_get(&cs->named, spec->ladder);

	if (n != NULL)
		return case_ladder_ref(n->ladder);
	if (spec->ladder.n > 0)
		log_warn("case.no-such-ladder", "ladder", LOG_STR(spec->ladder),
			 "key", LOG_STR(spec->key), NULL);
	return spec->pool.n > 0 ? make(cs, &default_ladder) : NULL;
}

static void drop_named(struct cases *cs)
{
	struct named *n;
	size_t it = 0;

	while ((n = map_next(&cs->named, &it)) != NULL) {
		map_del(&cs->named, str_of(n->name));
		case_ladder_unref(&n->ladder);
		mem_free(n->name);
		mem_free(n);
	}
}

void case_ladder_configure(struct cases *cs, const struct conf_map *ladders)
{
	drop_named(cs);
	for (size_t i = 0; i < ladders->count; i++) {
		struct named *n = mem_new(sizeof(*n));

		n->name = mem_strdup(ladders->entries[i].name);
		n->ladder = make(cs, ladders->entries[i].value);
		map_put(&cs->named, str_of(n->name), n);
	}
}

void case_ladder_init(struct cases *cs)
{
	struct map_seed seed = loop_seed(cs->use.loop);

	map_init(&cs->ladders, seed);
	map_init(&cs->named, seed);
}

void case_ladder_fini(struct cases *cs)
{
	drop_named(cs);
	map_fini(&cs->named);
	map_fini(&cs->ladders);
}
