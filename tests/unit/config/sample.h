/* SPDX-License-Identifier: MIT */
/* sample.h - rows of every kind, as rooms write them, for tests and fuzzing */
#ifndef GW_TESTS_CONFIG_SAMPLE_H
#define GW_TESTS_CONFIG_SAMPLE_H

#include "gateway/config/conf.h"
#include "gateway/config/config.h"

struct lmtp {
	const char *listen;
	int64_t timeout, max_size;
	int priority;
};

struct mail {
	struct lmtp lmtp;
	bool watch;
	int64_t workers, batch;
	const char *domain;
	struct conf_texts relays, by;
};

enum deliver { DELIVER_ONE, DELIVER_AVAILABLE, DELIVER_ALL };

struct first { /* "one", or "first N" */
	int64_t count;
};

struct pool {
	int deliver;
	struct conf_texts members;
	struct first nobody;
	int64_t low, high;
};

struct route {
	const char *receiver;
	struct conf_texts matchers;
	struct conf_seq routes; /* of struct route */
};

static const char *const deliver_names[] = { "one", "available", "all", NULL };
static const char *const priority_names[] = { "off", "routine", NULL };

static const struct conf_opt lmtp_opts[] = {
	CONF_OPT(TEXT, struct lmtp, listen, NULL, 1, 107, "socket of LMTP"),
	CONF_OPT(SPAN, struct lmtp, timeout, "5m", 1000, 3600000,
		 "close a silent connection after this"),
	CONF_OPT(BYTES, struct lmtp, max_size, "50 MiB", 1024, INT64_MAX,
		 "largest mail"),
	CONF_OPT_ENUM(struct lmtp, priority, NULL, priority_names, "which"),
	{ .key = NULL },
};
static const struct conf_section lmtp_section = {
	.size = sizeof(struct lmtp),
	.opts = lmtp_opts,
	.doc = "Mail in, by LMTP.",
};

static const struct conf_opt mail_opts[] = {
	CONF_OPT_SUB(SECTION, struct mail, lmtp, &lmtp_section, "LMTP"),
	CONF_OPT(BOOL, struct mail, watch, "yes", 0, 0, "watch for reading"),
	CONF_OPT(INT, struct mail, workers, "4", 1, 64, "worker processes"),
	CONF_OPT(INT, struct mail, batch, "-3", 0, 0, "any number"),
	CONF_OPT(TEXT, struct mail, domain, "", 0, 255, "the mail domain"),
	CONF_OPT(TEXTS, struct mail, relays, "", 0, 2, "next hops"),
	CONF_OPT(TEXTS, struct mail, by, "[im, mail]", 0, 0, "channels"),
	{ .key = NULL },
};
static const struct conf_section mail_section = {
	.size = sizeof(struct mail),
	.opts = mail_opts,
	.doc = "Mail.",
};

static enum gw_err first_parse(struct conf_reader *r, const struct conf_node *n,
			       void *field)
{
	struct first *f = field;
	struct str word, rest = n != NULL ? conf_scalar(n) : STR("one");

	if (str_is(rest, "one")) {
		f->count = 1;
		return GW_OK;
	}
	if (str_word(&rest, &word) && str_is(word, "first") &&
	    str_word(&rest, &word) &&
	    str_int(word, 1, 99, &f->count) == GW_OK && rest.n == 0)
		return GW_OK;
	return conf_error(r, n, "write one or first N, N from 1 to 99");
}

static void first_print(const void *field, struct buf *out)
{
	const struct first *f = field;

	if (f->count == 1)
		buf_add_lit(out, "one");
	else
		buf_printf(out, "first %lld", (long long)f->count);
}

static enum gw_err pool_check(struct conf_reader *r, void *value)
{
	const struct pool *p = value;

	if (p->low <= p->high)
		return GW_OK;
	return conf_error(r, conf_get(conf_here(r), "low"),
			  "must not be above high");
}

static const struct conf_opt pool_opts[] = {
	CONF_OPT_ENUM(struct pool, deliver, "one", deliver_names,
		      "to how many"),
	CONF_OPT(TEXTS, struct pool, members, NULL, 1, 3, "persons"),
	CONF_OPT_NODE(struct pool, nobody, "one", first_parse, first_print,
		      "when nobody is there"),
	CONF_OPT(INT, struct pool, low, "1", 0, 100, "low mark"),
	CONF_OPT(INT, struct pool, high, "10", 0, 100, "high mark"),
	{ .key = NULL },
};
static const struct conf_section pool_section = {
	.size = sizeof(struct pool),
	.opts = pool_opts,
	.doc = "Persons who stand in for each other.",
	.check = pool_check,
};
static const struct conf_opt pools_opt = {
	.kind = CONF_MAP,
	.def = "",
	.doc = "pools by address",
	.sub = &pool_section,
};

static const struct conf_section route_section;
static const struct conf_opt route_opts[] = {
	CONF_OPT(TEXT, struct route, receiver, "ops", 1, 255, "who gets it"),
	CONF_OPT(TEXTS, struct route, matchers, "", 0, 0, "what it takes"),
	CONF_OPT_SUB(SEQ, struct route, routes, &route_section, "finer ones"),
	{ .key = NULL },
};
static const struct conf_section route_section = {
	.size = sizeof(struct route),
	.opts = route_opts,
	.doc = "As Alertmanager's.",
};

static const struct conf_opt first_opt = {
	.kind = CONF_NODE,
	.def = "one",
	.max = sizeof(struct first),
	.doc = "a root that is one node",
	.parse = first_parse,
	.print = first_print,
};

static const struct config_root sample_roots[] = {
	{ .key = "mail", .section = &mail_section },
	{ .key = "pools", .opt = &pools_opt },
	{ .key = "route", .section = &route_section },
	{ .key = "nobody", .opt = &first_opt },
	{ .key = NULL },
};

#endif
