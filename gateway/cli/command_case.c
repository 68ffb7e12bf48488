/* SPDX-License-Identifier: MIT */
/* command_case.c - cases: what is open, why, and the verbs on it
 *
 * One state machine behind all front ends: the daemon decides, here its
 * sentence is printed.
 */
#include <stdio.h>
#include <string.h>

#include "gateway/base/when.h"
#include "gateway/cli/command.h"
#include "gateway/cli/table.h"

static const struct table_column columns[] = {
	{ "CASE", "number", TABLE_NUMBER, 0 },
	{ "STATE", "state", TABLE_TEXT, 0 },
	{ "SEVERITY", "severity", TABLE_TEXT, 0 },
	{ "KIND", "kind", TABLE_TEXT, 0 },
	{ "OWNER", "owner", TABLE_TEXT, 30 },
	{ "OPENED", "opened_at", TABLE_AGO, 0 },
	{ "SUBJECT", "subject", TABLE_TEXT, 60 },
	{ .title = NULL },
};

static int read_number(struct command *c, const char *text, int64_t *out)
{
	struct str s = str_of(text);

	if (s.n > 1 && s.p[0] == '#')
		s = str_make(s.p + 1, s.n - 1);
	if (str_int(s, 1, INT64_MAX, out) != GW_OK)
		return command_fail(c, COMMAND_USAGE,
				    "`%s' is not the number of a case", text);
	return COMMAND_OK;
}

int command_case_list(struct command *c, int argc, char **argv)
{
	int code;

	(void)argv;
	if (argc > 1)
		return command_fail(c, COMMAND_USAGE,
				    "cases takes nothing more; one case is "
				    "`case N'");
	code = command_call(c, "GET", "/api/cases", STR_NONE);
	if (code == COMMAND_OK && !command_printed(c))
		table_print(command_rows(c, "cases"), columns,
			    "no cases are open");
	return code;
}

static const struct table_column facts[] = {
	{ "owner", "owner", TABLE_TEXT, 0 },
	{ "claimed", "claimed_at", TABLE_AGO, 0 },
	{ "until", "until", TABLE_AGO, 0 },
	{ "offered to", "offered_to", TABLE_TEXT, 0 },
	{ "recipient", "recipient", TABLE_TEXT, 0 },
	{ "pool", "pool", TABLE_TEXT, 0 },
	{ "room", "room", TABLE_TEXT, 0 },
	{ "ladder", "ladder", TABLE_TEXT, 0 },
	{ "opened", "opened_at", TABLE_AGO, 0 },
	{ "closed", "closed_at", TABLE_AGO, 0 },
	{ "because", "closed_why", TABLE_TEXT, 0 },
};

static void print_facts(struct arena *a, const struct json *f)
{
	const struct table_column subject = { "", "subject", TABLE_TEXT, 0 };

	printf("#%lld  %s\n", (long long)json_int(json_get(f, "number"), 0),
	       table_cell(a, f, &subject));
	printf("  %-11s %s, %s, %s\n", "state",
	       table_text(a, json_get_str(f, "state")),
	       table_text(a, json_get_str(f, "severity")),
	       table_text(a, json_get_str(f, "kind")));
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		char *text = table_cell(a, f, &facts[i]);

		if (*text != '\0')
			printf("  %-11s %s\n", facts[i].title, text);
	}
}

static const char *clock_of(struct arena *a, const struct json *v)
{
	char text[WHEN_TEXT_MAX];
	struct str s = json_str(v);

	if (json_kind(v) == JSON_INT)
		s = str_of(when_rfc3339(json_int(v, 0), text));
	if (s.n < 19)
		return "";
	return arena_printf(a, "%.10s %.8s", s.p, s.p + 11);
}

/* Who else could have been told, and why it was not them. */
static void print_choice(struct arena *a, const struct json *choice)
{
	const struct json *all = json_get(choice, "candidates");

	for (size_t i = 0; i < json_size(all); i++) {
		const struct json *one = json_at(all, i);
		struct str who = json_get_str(one, "person");

		printf("%24s%s %s: %s\n", "",
		       json_bool(json_get(one, "chosen"), false) ? "->" : "  ",
		       table_text(a, who),
		       table_text(a, json_get_str(one, "why")));
	}
}

static void print_entry(struct arena *a, const struct json *e)
{
	struct str who = json_get_str(e, "who");
	struct str via = json_get_str(e, "via");

	printf("  %s  %-*s", clock_of(a, json_get(e, "at")), who.n > 0 ? 10 : 0,
	       table_text(a, json_get_str(e, "what")));
	if (who.n > 0)
		printf(" %s", table_text(a, who));
	if (via.n > 0)
		printf(" (%s)", table_text(a, via));
	if (json_get_str(e, "why").n > 0)
		printf(": %s", table_text(a, json_get_str(e, "why")));
	putchar('\n');
	print_choice(a, json_get(e, "choice"));
}

int command_case_show(struct command *c, int argc, char **argv)
{
	const struct json *file, *timeline;
	int64_t number;
	int code;

	if (argc != 2)
		return command_fail(c, COMMAND_USAGE,
				    "case: give one number; all are `cases'");
	code = read_number(c, argv[1], &number);
	if (code == COMMAND_OK)
		code = command_call(c, "GET",
				    arena_printf(c->arena, "/api/cases/%lld",
						 (long long)number),
				    STR_NONE);
	if (code != COMMAND_OK || command_printed(c))
		return code;
	file = json_get(c->answer, "case");
	print_facts(c->arena, file != NULL ? file : c->answer);
	timeline = json_get(c->answer, "timeline");
	for (size_t i = 0; i < json_size(timeline); i++)
		print_entry(c->arena, json_at(timeline, i));
	return COMMAND_OK;
}

/* A case is claimed by a person: --as, or the first administrator. */
static int find_who(struct command *c, const char **who)
{
	int code = COMMAND_OK;

	*who = c->as;
	if (**who == '\0')
		code = command_user_first(c, who);
	if (code == COMMAND_OK && **who == '\0')
		code = command_fail(c, COMMAND_USAGE,
				    "say for whom: --as ADDRESS");
	return code;
}

struct order {
	const char *verb;
	const char *other;
	const char *text;
	const char *span;
};

static int send_order(struct command *c, const char *number_text,
		      const struct order *o)
{
	struct buf body = { .data = NULL };
	struct json_out out;
	struct str said;
	const char *who;
	int64_t number;
	int code = read_number(c, number_text, &number);

	if (code == COMMAND_OK)
		code = find_who(c, &who);
	if (code != COMMAND_OK)
		return code;
	json_out_init(&out, &body);
	json_out_object(&out, NULL);
	json_out_text(&out, "as", who);
	if (o->other != NULL)
		json_out_text(&out, "other", o->other);
	if (o->text != NULL)
		json_out_text(&out, "text", o->text);
	if (o->span != NULL)
		json_out_text(&out, "span", o->span);
	json_out_end_object(&out);
	if (str_utf8_valid(buf_str(&body)))
		code = command_call(c, "POST",
				    arena_printf(c->arena, "/api/cases/%lld/%s",
						 (long long)number, o->verb),
				    buf_str(&body));
	else
		code = command_fail(c, COMMAND_USAGE,
				    "the text is not valid UTF-8");
	buf_fini(&body);
	if (code != COMMAND_OK || command_printed(c))
		return code;
	said = json_get_str(c->answer, "message");
	printf("%s\n", said.n > 0 ? table_text(c->arena, said) : "done");
	return COMMAND_OK;
}

/* The rest of the line, so that quotes are not needed. */
static const char *join(struct command *c, int argc, char **argv, int from)
{
	struct buf text = { .data = NULL };
	const char *out;

	for (int i = from; i < argc; i++) {
		if (i > from)
			buf_add_char(&text, ' ');
		buf_add_lit(&text, argv[i]);
	}
	out = text.len > 0 ? arena_str(c->arena, buf_str(&text)).p : NULL;
	buf_fini(&text);
	return out;
}

static int usage(struct command *c, const char *line)
{
	return command_fail(c, COMMAND_USAGE, "say it like this: muster %s",
			    line);
}

int command_case_take(struct command *c, int argc, char **argv)
{
	if (argc != 2)
		return usage(c, "take 17");
	return send_order(c, argv[1], &(struct order){ .verb = "take" });
}

int command_case_ack(struct command *c, int argc, char **argv)
{
	int64_t ms;

	if (argc != 2 && argc != 3)
		return usage(c, "ack 17 [30m]");
	if (argc == 3 && (when_parse_span(str_of(argv[2]), &ms) != GW_OK))
		return usage(c, "ack 17 [30m]");
	return send_order(
		c, argv[1],
		&(struct order){ .verb = "ack",
				 .span = argc == 3 ? argv[2] : NULL });
}

int command_case_release(struct command *c, int argc, char **argv)
{
	if (argc != 2)
		return usage(c, "release 17");
	return send_order(c, argv[1], &(struct order){ .verb = "release" });
}

int command_case_give(struct command *c, int argc, char **argv)
{
	if (argc != 3)
		return usage(c, "give 17 bob@example.org");
	return send_order(c, argv[1],
			  &(struct order){ .verb = "give", .other = argv[2] });
}

int command_case_done(struct command *c, int argc, char **argv)
{
	if (argc < 2)
		return usage(c, "done 17 [why]");
	return send_order(c, argv[1],
			  &(struct order){ .verb = "done",
					   .text = join(c, argc, argv, 2) });
}

int command_case_note(struct command *c, int argc, char **argv)
{
	if (argc < 3)
		return usage(c, "note 17 TEXT");
	return send_order(c, argv[1],
			  &(struct order){ .verb = "note",
					   .text = join(c, argc, argv, 2) });
}
