/* SPDX-License-Identifier: MIT */
/* command_show.c - what is there: status, people, mails, alerts */
#include <stdio.h>
#include <string.h>

#include "gateway/base/when.h"
#include "gateway/cli/command.h"
#include "gateway/cli/table.h"

static const struct table_column listeners[] = {
	{ "LISTENS", "what", TABLE_TEXT, 0 },
	{ "AT", "address", TABLE_TEXT, 0 },
	{ .title = NULL },
};

static const struct table_column hooks[] = {
	{ "HOOK", "what", TABLE_TEXT, 0 },
	{ "URL", "address", TABLE_TEXT, 0 },
	{ .title = NULL },
};

static const struct table_column concerns[] = {
	{ "CONCERN", "name", TABLE_TEXT, 0 },
	{ "STATE", "state", TABLE_TEXT, 0 },
	{ "", "text", TABLE_TEXT, 0 },
	{ .title = NULL },
};

static const struct table_column domains[] = {
	{ "DOMAIN", "domain", TABLE_TEXT, 0 },
	{ "CERTIFICATE ENDS", "certificate_ends", TABLE_AGO, 0 },
	{ "CERTIFICATE", "certificate", TABLE_TEXT, 0 },
	{ .title = NULL },
};

static const struct table_column people[] = {
	{ "PERSON", "address", TABLE_TEXT, 40 },
	{ "IS", "availability", TABLE_TEXT, 0 },
	{ "SINCE", "since", TABLE_AGO, 0 },
	{ "WHY", "why", TABLE_TEXT, 70 },
	{ .title = NULL },
};

static const struct table_column members[] = {
	{ "", "chosen", TABLE_MARK, 0 },
	{ "MEMBER", "address", TABLE_TEXT, 40 },
	{ "IS", "availability", TABLE_TEXT, 0 },
	{ "SINCE", "since", TABLE_AGO, 0 },
	{ "WHY", "reason", TABLE_TEXT, 70 },
	{ .title = NULL },
};

static const struct table_column mails[] = {
	{ "MAIL", "id", TABLE_TEXT, 0 },
	{ "ARRIVED", "received_at", TABLE_AGO, 0 },
	{ "STATE", "state", TABLE_TEXT, 0 },
	{ "FROM", "from", TABLE_TEXT, 30 },
	{ "TO", "rcpt", TABLE_TEXT, 30 },
	{ "CHOSEN", "chosen", TABLE_TEXT, 30 },
	{ "CASE", "case", TABLE_NUMBER, 0 },
	{ "WHY", "why", TABLE_TEXT, 50 },
	{ .title = NULL },
};

static const struct table_column alerts[] = {
	{ "ALERT", "name", TABLE_TEXT, 30 },
	{ "STATUS", "status", TABLE_TEXT, 0 },
	{ "SEVERITY", "severity", TABLE_TEXT, 0 },
	{ "SINCE", "starts_at", TABLE_AGO, 0 },
	{ "SOURCE", "source", TABLE_TEXT, 20 },
	{ "CASE", "case", TABLE_NUMBER, 0 },
	{ "SUMMARY", "summary", TABLE_TEXT, 60 },
	{ .title = NULL },
};

static int no_more(struct command *c, int argc, char **argv)
{
	if (argc == 1)
		return COMMAND_OK;
	return command_fail(c, COMMAND_USAGE, "%s takes nothing more", argv[0]);
}

/* ---- status ---- */

/* Every scalar the daemon tells, so that nothing new is lost here. */
static bool print_scalar(void *arg, struct str key, const struct json *value)
{
	struct arena *a = arg;
	char text[WHEN_TEXT_MAX];

	switch (json_kind(value)) {
	case JSON_STRING:
		printf("%-14.*s %s\n", (int)key.n, key.p,
		       table_text(a, json_str(value)));
		break;
	case JSON_INT:
		if (str_ends(key, "_at") || str_is(key, "now"))
			printf("%-14.*s %s\n", (int)key.n, key.p,
			       when_rfc3339(json_int(value, 0), text));
		else
			printf("%-14.*s %lld\n", (int)key.n, key.p,
			       (long long)json_int(value, 0));
		break;
	case JSON_BOOL:
		printf("%-14.*s %s\n", (int)key.n, key.p,
		       json_bool(value, false) ? "yes" : "no");
		break;
	case JSON_NULL:
	case JSON_REAL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return true;
}

static void section(const struct json *rows, const struct table_column *columns)
{
	if (json_size(rows) == 0)
		return;
	putchar('\n');
	table_print(rows, columns, "");
}

int command_show_status(struct command *c, int argc, char **argv)
{
	int code = no_more(c, argc, argv);

	if (code == COMMAND_OK)
		code = command_call(c, "GET", "/api/status", STR_NONE);
	if (code != COMMAND_OK || command_printed(c))
		return code;
	json_each(c->answer, print_scalar, c->arena);
	section(json_get(c->answer, "concerns"), concerns);
	section(json_get(c->answer, "listeners"), listeners);
	section(json_get(c->answer, "hooks"), hooks);
	section(json_get(c->answer, "domains"), domains);
	return COMMAND_OK;
}

/* ---- who ---- */

static void print_pool(struct command *c, const struct json *pool)
{
	struct str fault = json_get_str(pool, "error");

	printf("%s: %s\n", table_text(c->arena, json_get_str(pool, "address")),
	       table_text(c->arena,
			  fault.n > 0 ? fault : json_get_str(pool, "why")));
	if (fault.n == 0)
		table_print(json_get(pool, "members"), members,
			    "the pool has no members");
}

static int show_pool(struct command *c, const char *pool)
{
	int code = command_call(
		c, "GET",
		arena_printf(c->arena, "/api/who/%s",
			     control_segment(c->arena, str_of(pool))),
		STR_NONE);

	if (code == COMMAND_OK && !command_printed(c))
		print_pool(c, c->answer);
	return code;
}

static int show_everybody(struct command *c)
{
	const struct json *pools, *others;
	int code = command_call(c, "GET", "/api/who", STR_NONE);

	if (code != COMMAND_OK || command_printed(c))
		return code;
	pools = json_get(c->answer, "pools");
	others = json_get(c->answer, "people");
	for (size_t i = 0; i < json_size(pools); i++) {
		print_pool(c, json_at(pools, i));
		putchar('\n');
	}
	if (json_size(others) > 0 || json_size(pools) == 0)
		table_print(others, people, "nobody is here");
	return COMMAND_OK;
}

int command_show_who(struct command *c, int argc, char **argv)
{
	if (argc == 1)
		return show_everybody(c);
	if (argc == 2)
		return show_pool(c, argv[1]);
	return command_fail(c, COMMAND_USAGE, "who: give one pool, or none");
}

/* ---- mails and alerts ---- */

struct list {
	const char *path, *key, *none;
	const struct table_column *columns;
	bool all; /* else those that wait */
	const char *after;
};

static int read_words(struct command *c, struct list *l, int argc, char **argv,
		      bool may_all)
{
	for (int i = 1; i < argc; i++) {
		if (may_all && strcmp(argv[i], "--all") == 0)
			l->all = true;
		else if (strcmp(argv[i], "--after") == 0 && i + 1 < argc)
			l->after = argv[++i];
		else
			return command_fail(c, COMMAND_USAGE,
					    "list: `%s' is not understood",
					    argv[i]);
	}
	return COMMAND_OK;
}

/* One page; the next is asked for by what is said at its end. */
static int show_page(struct command *c, const struct list *l)
{
	struct str after;
	int code = command_call(
		c, "GET",
		arena_printf(c->arena, "%safter=%s", l->path,
			     control_segment(c->arena, str_of(l->after))),
		STR_NONE);

	if (code != COMMAND_OK || command_printed(c))
		return code;
	table_print(command_rows(c, l->key), l->columns, l->none);
	after = json_get_str(c->answer, "after");
	if (after.n > 0)
		printf("there are more: --after %s\n",
		       table_text(c->arena, after));
	return COMMAND_OK;
}

int command_show_mails(struct command *c, int argc, char **argv)
{
	struct list l = { .key = "mails", .columns = mails, .after = "" };
	int code = read_words(c, &l, argc, argv, true);

	l.path = l.all ? "/api/mails?" : "/api/mails?watched=1&";
	l.none = l.all ? "no mails yet"
		       : "no mail waits to be read (all: --all)";
	return code == COMMAND_OK ? show_page(c, &l) : code;
}

int command_show_alerts(struct command *c, int argc, char **argv)
{
	struct list l = { .key = "alerts",
			  .columns = alerts,
			  .path = "/api/alerts?",
			  .none = "no alerts are known",
			  .after = "" };
	int code = read_words(c, &l, argc, argv, false);

	return code == COMMAND_OK ? show_page(c, &l) : code;
}
