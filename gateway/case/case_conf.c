/* SPDX-License-Identifier: MIT */
/* case_conf.c - the rows of `cases:` and `ladders:`
 *
 * A ladder is a list of steps, or { steps: [...], repeat: N }; a step is
 * { tell: WHOM, wait: 5m, by: [im, mail], offer: mail } or { room: JID }.
 */
#include "gateway/base/when.h"
#include "gateway/case/case.h"

#define STEPS_MAX  50
#define REPEAT_MAX 5 /* alerts.md 2: a chain repeats at most 5 times */

static const struct conf_opt options[] = {
	CONF_OPT(SPAN, struct case_conf, claimant_gone_after, "10m", 0,
		 WHEN_DAY,
		 "A claimant who is offline longer than this loses the case; "
		 "0: never."),
	{ .key = NULL },
};

const struct conf_section case_conf_section = {
	.size = sizeof(struct case_conf),
	.opts = options,
	.doc = "What needs a person, until somebody has it.",
};

struct reading {
	struct conf_reader *r;
	const struct conf_node *node; /* of the step */
	struct ladder_step *step;
};

static bool is_address(struct str s)
{
	size_t at = str_find(s, '@');

	return at > 0 && at + 1 < s.n;
}

static enum gw_err read_tell(struct reading *rd, const struct conf_node *n)
{
	static const struct {
		const char *word;
		enum ladder_target target;
	} words[] = {
		{ "recipient", TELL_RECIPIENT },
		{ "best available", TELL_BEST },
		{ "all available", TELL_ALL_AVAILABLE },
		{ "lead", TELL_LEAD },
		{ "operators", TELL_ROOM },
	};
	struct str s = conf_scalar(n);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!str_is(s, words[i].word))
			continue;
		rd->step->target = words[i].target;
		return GW_OK;
	}
	if (!is_address(s))
		return conf_error(rd->r, n,
				  "expected recipient, best available, all "
				  "available, lead, operators or an address");
	rd->step->target = TELL_PERSON;
	rd->step->address = s.p;
	return GW_OK;
}

static enum gw_err read_room(struct reading *rd, const struct conf_node *n)
{
	if (!is_address(conf_scalar(n)))
		return conf_error(rd->r, n, "expected the address of a room");
	rd->step->target = TELL_ROOM;
	rd->step->address = conf_scalar(n).p;
	return GW_OK;
}

static enum gw_err read_wait(struct reading *rd, const struct conf_node *n)
{
	if (when_parse_span(conf_scalar(n), &rd->step->wait) != GW_OK ||
	    rd->step->wait > 7 * WHEN_DAY)
		return conf_error(rd->r, n,
				  "expected a time up to 7d, such as 5m");
	return GW_OK;
}

static enum gw_err read_way(struct reading *rd, const struct conf_node *n)
{
	struct str s = conf_scalar(n);

	if (str_is(s, "im"))
		rd->step->by |= BY_IM;
	else if (str_is(s, "mail"))
		rd->step->by |= BY_MAIL;
	else
		return conf_error(rd->r, n, "expected im or mail");
	return GW_OK;
}

static enum gw_err read_by(struct reading *rd, const struct conf_node *n)
{
	enum gw_err e = GW_OK;

	if (conf_shape(n) != CONF_LIST)
		return read_way(rd, n);
	for (size_t i = 0; e == GW_OK && i < conf_count(n); i++)
		e = read_way(rd, conf_item(n, i));
	return e;
}

static enum gw_err read_offer(struct reading *rd, const struct conf_node *n)
{
	if (!str_is(conf_scalar(n), "mail"))
		return conf_error(rd->r, n, "what can be offered is: mail");
	rd->step->offer_mail = true;
	return GW_OK;
}

static enum gw_err read_key(struct reading *rd, size_t i)
{
	static const struct {
		const char *key;
		enum gw_err (*read)(struct reading *rd,
				    const struct conf_node *n);
	} keys[] = {
		{ "tell", read_tell },	 { "room", read_room },
		{ "wait", read_wait },	 { "by", read_by },
		{ "offer", read_offer },
	};
	struct str key = conf_key(rd->node, i);

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		if (str_is(key, keys[k].key))
			return keys[k].read(rd, conf_item(rd->node, i));
	return conf_error(rd->r, conf_item(rd->node, i),
			  "a step has tell or room, wait, by and offer");
}

static enum gw_err read_step(struct conf_reader *r, const struct conf_node *n,
			     struct ladder_step *step)
{
	struct reading rd = { .r = r, .node = n, .step = step };
	enum gw_err e = GW_OK;

	*step = (struct ladder_step){ .address = "" };
	if (conf_shape(n) != CONF_TABLE)
		return conf_error(r, n,
				  "expected a step such as "
				  "{ tell: best available, wait: 5m }");
	if ((conf_get(n, "tell") == NULL) == (conf_get(n, "room") == NULL))
		return conf_error(r, n, "a step has either tell or room");
	for (size_t i = 0; i < conf_count(n); i++) {
		enum gw_err of_key = read_key(&rd, i);

		e = e == GW_OK ? of_key : e;
	}
	return e;
}

static enum gw_err read_steps(struct conf_reader *r, const struct conf_node *n,
			      struct ladder *l)
{
	struct ladder_step *steps;
	enum gw_err e = GW_OK;

	if (n == NULL || conf_shape(n) != CONF_LIST || conf_count(n) == 0 ||
	    conf_count(n) > STEPS_MAX)
		return conf_error(r, n, "expected a list of 1 to 50 steps");
	l->count = conf_count(n);
	steps = arena_alloc(conf_arena(r), l->count * sizeof(*steps));
	l->steps = steps;
	for (size_t i = 0; i < l->count; i++) {
		enum gw_err of_step = read_step(r, conf_item(n, i), &steps[i]);

		e = e == GW_OK ? of_step : e;
	}
	return e;
}

static enum gw_err read_repeat(struct conf_reader *r, const struct conf_node *n,
			       struct ladder *l)
{
	int64_t times;

	if (n == NULL)
		return GW_OK;
	if (str_int(conf_scalar(n), 0, REPEAT_MAX, &times) != GW_OK)
		return conf_error(r, n, "expected a number from 0 to 5");
	l->repeat = (unsigned)times;
	return GW_OK;
}

static enum gw_err read_ladder(struct conf_reader *r, const struct conf_node *n,
			       struct ladder *l)
{
	enum gw_err e;

	if (conf_shape(n) != CONF_TABLE)
		return read_steps(r, n, l);
	for (size_t i = 0; i < conf_count(n); i++)
		if (!str_is(conf_key(n, i), "steps") &&
		    !str_is(conf_key(n, i), "repeat"))
			return conf_error(r, conf_item(n, i),
					  "a ladder has steps and repeat");
	e = read_steps(r, conf_get(n, "steps"), l);
	return e == GW_OK ? read_repeat(r, conf_get(n, "repeat"), l) : e;
}

static enum gw_err parse_ladders(struct conf_reader *r,
				 const struct conf_node *n, void *field)
{
	struct conf_map *m = field;
	enum gw_err e = GW_OK;

	*m = (struct conf_map){ .count = 0 };
	if (n == NULL ||
	    (conf_shape(n) == CONF_SCALAR && conf_scalar(n).n == 0))
		return GW_OK;
	if (conf_shape(n) != CONF_TABLE)
		return conf_error(r, n, "expected a table of ladders by name");
	m->count = conf_count(n);
	m->entries = arena_alloc(conf_arena(r),
				 (m->count + 1) * sizeof(*m->entries));
	for (size_t i = 0; i < m->count; i++) {
		struct ladder *l = arena_alloc(conf_arena(r), sizeof(*l));
		const struct conf_node *item = conf_item(n, i);
		enum gw_err of_ladder;

		l->name = arena_str(conf_arena(r), conf_key(n, i)).p;
		m->entries[i] = (struct conf_entry){
			.name = l->name,
			.line = conf_line(item),
			.value = l,
		};
		of_ladder = read_ladder(r, item, l);
		e = e == GW_OK ? of_ladder : e;
	}
	return e;
}

/* ---- `effective` ---- */

static void print_whom(const struct ladder_step *st, struct buf *out)
{
	switch (st->target) {
	case TELL_RECIPIENT:
		buf_add_lit(out, "tell: recipient");
		return;
	case TELL_BEST:
		buf_add_lit(out, "tell: best available");
		return;
	case TELL_ALL_AVAILABLE:
		buf_add_lit(out, "tell: all available");
		return;
	case TELL_LEAD:
		buf_add_lit(out, "tell: lead");
		return;
	case TELL_PERSON:
	case TELL_ROOM:
		break;
	}
	if (*st->address == '\0') {
		buf_add_lit(out, "tell: operators");
		return;
	}
	buf_add_lit(out, st->target == TELL_ROOM ? "room: " : "tell: ");
	conf_print_text(out, str_of(st->address));
}

static void print_step(const struct ladder_step *st, struct buf *out)
{
	char text[WHEN_TEXT_MAX];

	buf_add_lit(out, "{ ");
	print_whom(st, out);
	if (st->wait > 0)
		buf_printf(out, ", wait: %s", when_span(st->wait, text));
	if (st->by != 0)
		buf_printf(out, ", by: [%s%s%s]",
			   (st->by & BY_IM) != 0 ? "im" : "",
			   st->by == (BY_IM | BY_MAIL) ? ", " : "",
			   (st->by & BY_MAIL) != 0 ? "mail" : "");
	if (st->offer_mail)
		buf_add_lit(out, ", offer: mail");
	buf_add_lit(out, " }");
}

static void print_ladder(const struct ladder *l, struct buf *out)
{
	if (l->repeat > 0)
		buf_add_lit(out, "{ steps: ");
	buf_add_char(out, '[');
	for (size_t i = 0; i < l->count; i++) {
		buf_add_lit(out, i > 0 ? ", " : "");
		print_step(&l->steps[i], out);
	}
	buf_add_char(out, ']');
	if (l->repeat > 0)
		buf_printf(out, ", repeat: %u }", l->repeat);
}

static void print_ladders(const void *field, struct buf *out)
{
	const struct conf_map *m = field;

	if (m->count == 0)
		return;
	buf_add_lit(out, "{ ");
	for (size_t i = 0; i < m->count; i++) {
		buf_add_lit(out, i > 0 ? ", " : "");
		conf_print_text(out, str_of(m->entries[i].name));
		buf_add_lit(out, ": ");
		print_ladder(m->entries[i].value, out);
	}
	buf_add_lit(out, " }");
}

const struct conf_opt case_ladders_opt = {
	.key = "ladders",
	.kind = CONF_NODE,
	.def = "",
	.max = sizeof(struct conf_map), /* as config.c wants it of a root */
	.doc = "The steps by which a case looks for somebody: a list of "
	       "{ tell: WHOM, wait: SPAN, by: [im, mail], offer: mail } or "
	       "{ room: ADDRESS }, or { steps: [...], repeat: N }.",
	.parse = parse_ladders,
	.print = print_ladders,
};
