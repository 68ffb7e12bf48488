/* SPDX-License-Identifier: MIT */
/* pool_conf.c - the rows of `pools:`, and how its little phrases are read */
#include "gateway/base/when.h"
#include "gateway/pool/pool.h"

static const char *const precedences[] = { "routine", "priority", "immediate",
					   "flash",   "override", NULL };

/* "5m" off the front of rest; what follows stays in rest. */
static enum gw_err take_span(struct str *rest, int64_t *ms)
{
	struct str word;

	if (!str_word(rest, &word))
		return GW_BAD_INPUT;
	return when_parse_span(word, ms);
}

static const char *keep(struct conf_reader *r, struct str s)
{
	return arena_strndup(conf_arena(r), s.p, s.n);
}

/* ---- members: [a@x, b@x] or { group: "cn=..." } ---- */

static enum gw_err parse_members(struct conf_reader *r,
				 const struct conf_node *n, void *field)
{
	struct pool_members *m = field;
	size_t count = n == NULL ? 0 : conf_count(n);
	const char **items;

	*m = (struct pool_members){ .group = "" };
	if (n == NULL)
		return conf_error(r, n,
				  "members are missing: give a list of "
				  "addresses, or { group: DN }");
	if (conf_shape(n) == CONF_TABLE) {
		const struct conf_node *group = conf_get(n, "group");
		struct str dn = group == NULL ? STR_NONE : conf_scalar(group);

		if (count != 1 || dn.n == 0)
			return conf_error(r, n, "expected { group: DN }");
		m->group = keep(r, dn);
		return GW_OK;
	}
	if (conf_shape(n) != CONF_LIST)
		return conf_error(r, n, "expected a list of addresses");
	items = arena_alloc(conf_arena(r), (count + 1) * sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		struct str s = conf_scalar(conf_item(n, i));

		if (str_find(s, '@') == 0 || str_find(s, '@') >= s.n)
			return conf_error(r, conf_item(n, i),
					  "`" STR_FMT "' is not an address",
					  STR_ARG(s));
		items[i] = keep(r, s);
	}
	m->list.count = count;
	m->list.items = items;
	return GW_OK;
}

static void print_members(const void *field, struct buf *out)
{
	const struct pool_members *m = field;

	if (*m->group != '\0') {
		buf_add_lit(out, "{ group: ");
		buf_add_json(out, str_of(m->group));
		buf_add_lit(out, " }");
		return;
	}
	buf_add_char(out, '[');
	for (size_t i = 0; i < m->list.count; i++) {
		if (i > 0)
			buf_add_lit(out, ", ");
		buf_add_json(out, str_of(m->list.items[i]));
	}
	buf_add_char(out, ']');
}

/* ---- deliver: one | first N | available | all ---- */

static enum gw_err parse_deliver(struct conf_reader *r,
				 const struct conf_node *n, void *field)
{
	struct pool_deliver *d = field;
	struct str rest = n == NULL ? STR("one") : conf_scalar(n);
	struct str word;
	int64_t count;

	*d = (struct pool_deliver){ .mode = CHOOSE_ONE, .n = 1 };
	if (str_is(rest, "one"))
		return GW_OK;
	if (str_is(rest, "available")) {
		d->mode = CHOOSE_AVAILABLE;
		return GW_OK;
	}
	if (str_is(rest, "all")) {
		d->mode = CHOOSE_ALL;
		return GW_OK;
	}
	if (str_word(&rest, &word) && str_is(word, "first") &&
	    str_int(str_trim(rest), 1, 1000, &count) == GW_OK) {
		d->mode = CHOOSE_FIRST_N;
		d->n = (unsigned)count;
		return GW_OK;
	}
	return conf_error(r, n, "expected one, first N, available or all");
}

static void print_deliver(const void *field, struct buf *out)
{
	const struct pool_deliver *d = field;

	switch (d->mode) {
	case CHOOSE_ONE:
		buf_add_lit(out, "one");
		return;
	case CHOOSE_FIRST_N:
		buf_printf(out, "first %u", d->n);
		return;
	case CHOOSE_AVAILABLE:
		buf_add_lit(out, "available");
		return;
	case CHOOSE_ALL:
		buf_add_lit(out, "all");
		return;
	}
}

/* ---- nobody: [hold SPAN then] all | defer | ADDRESS ---- */

static enum gw_err parse_nobody(struct conf_reader *r,
				const struct conf_node *n, void *field)
{
	struct pool_nobody *d = field;
	struct str rest = n == NULL ? STR("hold 5m then all") : conf_scalar(n);
	struct str ahead = rest;
	struct str word;

	*d = (struct pool_nobody){ .then = NOBODY_ALL, .address = "" };
	if (str_word(&ahead, &word) && str_is(word, "hold")) {
		if (take_span(&ahead, &d->hold) != GW_OK || d->hold == 0)
			return conf_error(r, n,
					  "hold needs a time, such as "
					  "`hold 5m then all'");
		if (!str_word(&ahead, &word) || !str_is(word, "then"))
			return conf_error(r, n,
					  "expected `then' after the "
					  "time to hold");
		rest = str_trim(ahead);
	}
	if (str_is(rest, "all"))
		return GW_OK;
	if (str_is(rest, "defer")) {
		d->then = NOBODY_DEFER;
		return d->hold == 0 ? GW_OK
				    : conf_error(r, n,
						 "a mail that was held cannot "
						 "be deferred: it is accepted");
	}
	if (str_find(rest, '@') > 0 && str_find(rest, '@') < rest.n) {
		d->then = NOBODY_ADDRESS;
		d->address = keep(r, rest);
		return GW_OK;
	}
	return conf_error(r, n,
			  "expected all, defer, an address, or "
			  "`hold SPAN then' one of these");
}

static void print_nobody(const void *field, struct buf *out)
{
	const struct pool_nobody *d = field;
	char text[WHEN_TEXT_MAX];

	if (d->hold > 0)
		buf_printf(out, "hold %s then ", when_span(d->hold, text));
	if (d->then == NOBODY_ADDRESS)
		buf_add_lit(out, d->address);
	else
		buf_add_lit(out, d->then == NOBODY_ALL ? "all" : "defer");
}

/* ---- read_within: { routine: never, priority: 60m, ... } ---- */

static const int64_t default_within[SEV_DISASTER + 1] = {
	[SEV_INFO] = -1,
	[SEV_WARNING] = 60 * WHEN_MINUTE,
	[SEV_ERROR] = 15 * WHEN_MINUTE,
	[SEV_CRITICAL] = 3 * WHEN_MINUTE,
	[SEV_DISASTER] = WHEN_MINUTE,
};

static int precedence_of(struct str name)
{
	for (int i = 0; precedences[i] != NULL; i++)
		if (str_is(name, precedences[i]))
			return i;
	return -1;
}

static enum gw_err parse_within(struct conf_reader *r,
				const struct conf_node *n, void *field)
{
	struct pool_deadlines *d = field;

	memcpy(d->within, default_within, sizeof(d->within));
	if (n == NULL)
		return GW_OK;
	if (conf_shape(n) != CONF_TABLE)
		return conf_error(r, n,
				  "expected a table such as "
				  "{ routine: never, priority: 60m }");
	for (size_t i = 0; i < conf_count(n); i++) {
		struct str s = conf_scalar(conf_item(n, i));
		int level = precedence_of(conf_key(n, i));

		if (level < 0)
			return conf_error(
				r, conf_item(n, i),
				"`" STR_FMT "' is not one of routine, "
				"priority, immediate, flash, override",
				STR_ARG(conf_key(n, i)));
		if (str_is(s, "never"))
			d->within[level] = -1;
		else if (when_parse_span(s, &d->within[level]) != GW_OK)
			return conf_error(r, conf_item(n, i),
					  "expected `never' or a time such as "
					  "15m");
	}
	return GW_OK;
}

static void print_within(const void *field, struct buf *out)
{
	const struct pool_deadlines *d = field;
	char text[WHEN_TEXT_MAX];

	buf_add_lit(out, "{ ");
	for (int i = 0; precedences[i] != NULL; i++)
		buf_printf(out, "%s%s: %s", i > 0 ? ", " : "", precedences[i],
			   d->within[i] < 0 ? "never"
					    : when_span(d->within[i], text));
	buf_add_lit(out, " }");
}

static const struct conf_opt options[] = {
	CONF_OPT_NODE(struct pool_conf, members, NULL, parse_members,
		      print_members,
		      "Who is in it: a list of addresses, or "
		      "{ group: DN } of the directory."),
	CONF_OPT(
		TEXTS, struct pool_conf, leads, "", 0, 1000,
		"Members who are asked last and may dispose of others' cases."),
	CONF_OPT_NODE(struct pool_conf, deliver, "one", parse_deliver,
		      print_deliver,
		      "To how many a mail goes: one, first N, available, all."),
	CONF_OPT_NODE(struct pool_conf, nobody, "hold 5m then all",
		      parse_nobody, print_nobody,
		      "When nobody is there: [hold SPAN then] all, defer or an "
		      "address."),
	CONF_OPT_NODE(struct pool_conf, read_within, "", parse_within,
		      print_within,
		      "By when a mail of each precedence must be read."),
	CONF_OPT_ENUM(struct pool_conf, ceiling, "flash", precedences,
		      "No header raises a mail's precedence above this."),
	CONF_OPT_ENUM(struct pool_conf, ack_from, "flash", precedences,
		      "From this precedence on, seen is not enough: somebody "
		      "must say so."),
	CONF_OPT(TEXT, struct pool_conf, ladder, "", 0, 100,
		 "The ladder that is climbed for an unread mail."),
	CONF_OPT(TEXT, struct pool_conf, room, "", 0, 1000,
		 "The operators' room where its cases are shown."),
	CONF_OPT(BOOL, struct pool_conf, show_subject, "true", 0, 0,
		 "Notices may name the subject of a mail."),
	{ .key = NULL },
};

const struct conf_section pool_conf_section = {
	.size = sizeof(struct pool_conf),
	.opts = options,
	.doc = "A set of persons who can stand in for each other.",
};

const struct conf_opt pool_conf_opt = {
	.key = "pools",
	.kind = CONF_MAP,
	.def = "",
	.doc = "Role addresses, and the people behind them.",
	.sub = &pool_conf_section,
};
