/* SPDX-License-Identifier: MIT */
/* command_s2s.c - links with other servers, and why they work or fail */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/cli/command.h"
#include "gateway/cli/table.h"

/* Longer than the daemon tries by default, connecting and proving. */
#define TRY_MS	90000
#define POLL_MS 200

static const struct table_column links[] = {
	{ "", "direction", TABLE_TEXT, 0 },
	{ "FROM", "from", TABLE_TEXT, 40 },
	{ "TO", "to", TABLE_TEXT, 40 },
	{ "STATE", "state", TABLE_TEXT, 0 },
	{ "SINCE", "since", TABLE_AGO, 0 },
	{ "PROOF", "proof", TABLE_TEXT, 0 },
	{ "TLS", "tls", TABLE_TEXT, 0 },
	{ "CERTIFICATE", "certificate", TABLE_TEXT, 40 },
	{ "WAITING", "waiting", TABLE_NUMBER, 0 },
	{ "LAST ERROR", "error", TABLE_TEXT, 80 },
	{ .title = NULL },
};

static const struct table_column refused[] = {
	{ "CAME AS", "from", TABLE_TEXT, 40 },
	{ "FROM", "peer", TABLE_TEXT, 0 },
	{ "WHEN", "at", TABLE_AGO, 0 },
	{ "SENT AWAY", "why", TABLE_TEXT, 100 },
	{ .title = NULL },
};

static const struct table_column steps[] = {
	{ "STEP", "step", TABLE_TEXT, 0 },
	{ "RESULT", "result", TABLE_TEXT, 0 },
	{ "MS", "took", TABLE_NUMBER, 0 },
	{ "", "text", TABLE_TEXT, 0 },
	{ .title = NULL },
};

static void print_refused(struct command *c)
{
	const struct json *rows = json_get(c->answer, "refused");

	if (json_size(rows) == 0)
		return;
	putchar('\n');
	table_print(rows, refused, "");
}

static int show_all(struct command *c)
{
	int code = command_call(c, "GET", "/api/s2s", STR_NONE);

	if (code != COMMAND_OK || command_printed(c))
		return code;
	table_print(json_get(c->answer, "links"), links,
		    "no links with other servers");
	print_refused(c);
	return COMMAND_OK;
}

static const char *path_of(struct command *c, const char *domain,
			   const char *rest)
{
	return arena_printf(c->arena, "/api/s2s/%s%s",
			    control_segment(c->arena, str_of(domain)), rest);
}

static void print_policy(struct command *c)
{
	const struct json *p = json_get(c->answer, "policy");
	struct str host = json_get_str(p, "host");

	printf("%s: %s, TLS %s, %s%s%s\n",
	       table_text(c->arena, json_get_str(c->answer, "domain")),
	       json_bool(json_get(p, "allow"), false) ? "allowed"
						      : "not allowed",
	       table_text(c->arena, json_get_str(p, "tls")),
	       str_is(json_get_str(p, "auth"), "external")
		       ? "its certificate must be good"
		       : "dialback is enough",
	       host.n > 0 ? ", at " : "", table_text(c->arena, host));
}

static void print_domain(struct command *c)
{
	const struct json *rows = json_get(c->answer, "links");

	print_policy(c);
	putchar('\n');
	table_print(rows, links, "nothing was exchanged with it of late");
	for (size_t i = 0; i < json_size(rows); i++) {
		const struct json *row = json_at(rows, i);
		const struct json *list = json_get(row, "steps");

		if (json_size(list) == 0)
			continue;
		printf("\n%s to %s:\n",
		       table_text(c->arena, json_get_str(row, "from")),
		       table_text(c->arena, json_get_str(row, "to")));
		table_print(list, steps, "");
	}
	print_refused(c);
}

static int show_domain(struct command *c, const char *domain)
{
	int code = command_call(c, "GET", path_of(c, domain, ""), STR_NONE);

	if (code == COMMAND_OK && !command_printed(c))
		print_domain(c);
	return code;
}

/* The worst of the links out: "ready", "failed", else it goes on. */
static const char *outcome(struct command *c)
{
	const struct json *rows = json_get(c->answer, "links");
	const char *found = "none";

	for (size_t i = 0; i < json_size(rows); i++) {
		const struct json *row = json_at(rows, i);
		struct str state = json_get_str(row, "state");

		if (!str_is(json_get_str(row, "direction"), "out"))
			continue;
		if (str_is(state, "failed"))
			found = "failed";
		else if (!str_is(state, "ready") && !str_is(state, "idle"))
			return "under way";
		else if (strcmp(found, "none") == 0)
			found = "ready";
	}
	return found;
}

static int try_domain(struct command *c, const char *domain)
{
	static const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
	int code =
		command_call(c, "POST", path_of(c, domain, "/try"), STR("{}"));

	for (int i = 0; i < TRY_MS / POLL_MS && code == COMMAND_OK &&
			strcmp(outcome(c), "under way") == 0;
	     i++) {
		nanosleep(&pause, NULL);
		code = command_call(c, "GET", path_of(c, domain, ""), STR_NONE);
	}
	if (code != COMMAND_OK)
		return code;
	if (!command_printed(c))
		print_domain(c);
	return strcmp(outcome(c), "ready") == 0 ? COMMAND_OK : COMMAND_FAILED;
}

int command_s2s(struct command *c, int argc, char **argv)
{
	if (argc == 1)
		return show_all(c);
	if (argc == 2 && argv[1][0] != '-')
		return show_domain(c, argv[1]);
	if (argc == 3 && strcmp(argv[1], "--try") == 0)
		return try_domain(c, argv[2]);
	return command_fail(c, COMMAND_USAGE,
			    "s2s: give one domain, or none; --try before it");
}
