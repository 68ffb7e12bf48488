/* SPDX-License-Identifier: MIT */
/* command_user.c - people of the built-in directory
 *
 * Passwords come from a prompt or standard input: what stands in argv is seen
 * by everybody on the machine.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "gateway/cli/command.h"
#include "gateway/cli/secret.h"
#include "gateway/cli/table.h"

static const struct table_column columns[] = {
	{ "ADDRESS", "address", TABLE_TEXT, 50 },
	{ "NAME", "name", TABLE_TEXT, 40 },
	{ "ROLE", "role", TABLE_TEXT, 0 },
	{ "DISABLED", "disabled", TABLE_FLAG, 0 },
	{ .title = NULL },
};

struct add_options {
	const char *name;
	bool admin;
	bool piped;
};

static int read_options(struct command *c, int argc, char **argv,
			struct add_options *o)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "admin", no_argument, NULL, 'a' },
		{ "password-stdin", no_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int k;

	optind = 0;
	opterr = 0;
	while ((k = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (k) {
		case 'n':
			o->name = optarg;
			break;
		case 'a':
			o->admin = true;
			break;
		case 'p':
			o->piped = true;
			break;
		default:
			return command_fail(c, COMMAND_USAGE,
					    "user: `%s' is not understood",
					    argv[optind - 1]);
		}
	}
	if (argc - optind != 1)
		return command_fail(c, COMMAND_USAGE,
				    "user %s: give one address", argv[0]);
	return COMMAND_OK;
}

static int ask_password(struct command *c, const char *address, bool piped,
			struct str *out)
{
	struct err_note note = { .text = "" };
	const char *prompt = arena_printf(c->arena, "Password for %s", address);

	if (secret_read(prompt, piped, c->arena, out, &note) != GW_OK)
		return command_fail(c, COMMAND_FAILED, "%s", note.text);
	if (!str_utf8_valid(*out))
		return command_fail(c, COMMAND_FAILED,
				    "the password is not valid UTF-8");
	return COMMAND_OK;
}

static int check_utf8(struct command *c, const char *text, const char *what)
{
	if (str_utf8_valid(str_of(text)))
		return COMMAND_OK;
	return command_fail(c, COMMAND_USAGE, "the %s is not valid UTF-8",
			    what);
}

int command_user_add(struct command *c, int argc, char **argv)
{
	struct add_options o = { .name = "" };
	struct buf body = { .data = NULL };
	struct json_out out;
	struct str password;
	int code = read_options(c, argc, argv, &o);

	if (code == COMMAND_OK)
		code = check_utf8(c, argv[optind], "address");
	if (code == COMMAND_OK)
		code = check_utf8(c, o.name, "name");
	if (code == COMMAND_OK)
		code = ask_password(c, argv[optind], o.piped, &password);
	if (code != COMMAND_OK)
		return code;
	json_out_init(&out, &body);
	json_out_object(&out, NULL);
	json_out_text(&out, "address", argv[optind]);
	json_out_str(&out, "password", password);
	json_out_text(&out, "name", o.name);
	json_out_bool(&out, "admin", o.admin);
	json_out_end_object(&out);
	code = command_call(c, "POST", "/api/users", buf_str(&body));
	explicit_bzero(body.data, body.len);
	buf_fini(&body);
	if (code == COMMAND_OK && !command_printed(c))
		printf("%s is added\n", argv[optind]);
	return code;
}

static const char *user_path(struct command *c, const char *address,
			     const char *what)
{
	return arena_printf(c->arena, "/api/users/%s/%s",
			    control_segment(c->arena, str_of(address)), what);
}

int command_user_passwd(struct command *c, int argc, char **argv)
{
	struct add_options o = { .name = "" };
	struct buf body = { .data = NULL };
	struct json_out out;
	struct str password;
	int code = read_options(c, argc, argv, &o);

	if (code == COMMAND_OK)
		code = ask_password(c, argv[optind], o.piped, &password);
	if (code != COMMAND_OK)
		return code;
	json_out_init(&out, &body);
	json_out_object(&out, NULL);
	json_out_str(&out, "password", password);
	json_out_end_object(&out);
	code = command_call(c, "PUT", user_path(c, argv[optind], "password"),
			    buf_str(&body));
	explicit_bzero(body.data, body.len);
	buf_fini(&body);
	if (code == COMMAND_OK && !command_printed(c))
		printf("the password of %s is changed; who was logged in has "
		       "to log in again\n",
		       argv[optind]);
	return code;
}

static int set_disabled(struct command *c, int argc, char **argv, bool disabled)
{
	int code;

	if (argc != 2)
		return command_fail(c, COMMAND_USAGE,
				    "user %s: give one address", argv[0]);
	code = command_call(
		c, "POST",
		user_path(c, argv[1], disabled ? "disable" : "enable"),
		STR("{}"));
	if (code == COMMAND_OK && !command_printed(c))
		printf("%s is %s\n", argv[1],
		       disabled ? "disabled" : "enabled");
	return code;
}

int command_user_disable(struct command *c, int argc, char **argv)
{
	return set_disabled(c, argc, argv, true);
}

int command_user_enable(struct command *c, int argc, char **argv)
{
	return set_disabled(c, argc, argv, false);
}

static void copy_row(struct json_out *o, const struct json *row)
{
	json_out_object(o, NULL);
	json_out_str(o, "address", json_get_str(row, "address"));
	json_out_str(o, "name", json_get_str(row, "name"));
	json_out_str(o, "role", json_get_str(row, "role"));
	json_out_bool(o, "disabled",
		      json_bool(json_get(row, "disabled"), false));
	json_out_end_object(o);
}

/* The API gives pages; --json and the table want one array. */
static int read_pages(struct command *c, struct buf *all)
{
	struct str after = STR("");
	struct json_out out;

	json_out_init(&out, all);
	json_out_array(&out, NULL);
	do {
		const struct json *rows;
		int code = command_call(
			c, "GET",
			arena_printf(c->arena, "/api/users?after=%s",
				     control_segment(c->arena, after)),
			STR_NONE);

		if (code != COMMAND_OK)
			return code;
		rows = command_rows(c, "users");
		for (size_t i = 0; i < json_size(rows); i++)
			copy_row(&out, json_at(rows, i));
		after = arena_str(c->arena, json_get_str(c->answer, "after"));
	} while (after.n > 0);
	json_out_end_array(&out);
	return COMMAND_OK;
}

int command_user_first(struct command *c, const char **address)
{
	const struct json *rows;
	struct str after = STR("");
	int code;

	*address = "";
	do {
		code = command_call(
			c, "GET",
			arena_printf(c->arena, "/api/users?after=%s",
				     control_segment(c->arena, after)),
			STR_NONE);
		rows = code == COMMAND_OK ? command_rows(c, "users") : NULL;
		for (size_t i = 0; i < json_size(rows); i++) {
			const struct json *row = json_at(rows, i);

			if (!str_is(json_get_str(row, "role"), "admin") ||
			    json_bool(json_get(row, "disabled"), false))
				continue;
			*address = arena_str(c->arena,
					     json_get_str(row, "address"))
					   .p;
			return COMMAND_OK;
		}
		after = arena_str(c->arena, json_get_str(c->answer, "after"));
	} while (code == COMMAND_OK && after.n > 0);
	return code;
}

int command_user_list(struct command *c, int argc, char **argv)
{
	struct buf all = { .data = NULL };
	struct err_note note;
	struct json *rows = NULL;
	int code;

	(void)argv;
	if (argc > 1)
		return command_fail(c, COMMAND_USAGE,
				    "user list takes nothing more");
	code = read_pages(c, &all);
	if (code == COMMAND_OK && c->json)
		printf("{\"users\":" STR_FMT "}\n", STR_ARG(buf_str(&all)));
	else if (code == COMMAND_OK &&
		 json_parse(buf_str(&all), &rows, &note) == GW_OK)
		table_print(rows, columns, "no people yet");
	json_free(&rows);
	buf_fini(&all);
	return code;
}
