/* SPDX-License-Identifier: MIT */
/* command_invite.c - links that make an account, or a contact */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/when.h"
#include "gateway/cli/command.h"
#include "gateway/cli/table.h"

static const struct table_column columns[] = {
	{ "ID", "id", TABLE_TEXT, 0 },
	{ "ACCOUNT", "address", TABLE_TEXT, 40 },
	{ "CONTACT OF", "inviter", TABLE_TEXT, 40 },
	{ "MADE BY", "maker", TABLE_TEXT, 40 },
	{ "USED BY", "used_by", TABLE_TEXT, 40 },
	{ "ENDS", "expires_at", TABLE_AGO, 0 },
	{ .title = NULL },
};

struct wish {
	const char *address, *inviter, *valid;
};

static int read_options(struct command *c, int argc, char **argv,
			struct wish *w)
{
	static const struct option options[] = {
		{ "inviter", required_argument, NULL, 'i' },
		{ "valid", required_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int k;

	optind = 0;
	opterr = 0;
	while ((k = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (k == 'i')
			w->inviter = optarg;
		else if (k == 'v')
			w->valid = optarg;
		else
			return command_fail(c, COMMAND_USAGE,
					    "invite: `%s' is not understood",
					    argv[optind - 1]);
	}
	if (argc - optind != 1)
		return command_fail(c, COMMAND_USAGE,
				    "invite %s: give one address", argv[0]);
	return COMMAND_OK;
}

static int make(struct command *c, const struct wish *w)
{
	struct buf body = { .data = NULL };
	struct json_out out;
	char until[WHEN_TEXT_MAX];
	struct str page;
	int code;

	json_out_init(&out, &body);
	json_out_object(&out, NULL);
	if (w->address != NULL)
		json_out_text(&out, "address", w->address);
	if (w->inviter != NULL)
		json_out_text(&out, "inviter", w->inviter);
	if (w->valid != NULL)
		json_out_text(&out, "valid", w->valid);
	json_out_end_object(&out);
	code = command_call(c, "POST", "/api/invitations", buf_str(&body));
	buf_fini(&body);
	if (code != COMMAND_OK || command_printed(c))
		return code;
	printf(STR_FMT "\n", STR_ARG(json_get_str(c->answer, "uri")));
	page = json_get_str(c->answer, "page");
	if (page.n > 0)
		printf(STR_FMT "\n", STR_ARG(page));
	printf("good for one, until %s\n",
	       when_rfc3339(json_int(json_get(c->answer, "expires_at"), 0),
			    until));
	return COMMAND_OK;
}

int command_invite_account(struct command *c, int argc, char **argv)
{
	struct wish w = { .address = NULL };
	int code = read_options(c, argc, argv, &w);

	if (code != COMMAND_OK)
		return code;
	w.address = argv[optind];
	return make(c, &w);
}

int command_invite_contact(struct command *c, int argc, char **argv)
{
	struct wish w = { .address = NULL };
	int code = read_options(c, argc, argv, &w);

	if (code == COMMAND_OK && w.inviter != NULL)
		code = command_fail(c, COMMAND_USAGE,
				    "invite contact: the address is the "
				    "inviter's");
	if (code != COMMAND_OK)
		return code;
	w.inviter = argv[optind];
	return make(c, &w);
}

int command_invite_list(struct command *c, int argc, char **argv)
{
	int code;

	(void)argv;
	if (argc > 1)
		return command_fail(c, COMMAND_USAGE,
				    "invite list takes nothing more");
	code = command_call(c, "GET", "/api/invitations", STR_NONE);
	if (code == COMMAND_OK && !command_printed(c))
		table_print(command_rows(c, "invitations"), columns,
			    "no invitation is open");
	return code;
}

int command_invite_revoke(struct command *c, int argc, char **argv)
{
	int code;

	if (argc != 2)
		return command_fail(c, COMMAND_USAGE,
				    "invite revoke: give the ID that invite "
				    "list shows");
	code = command_call(
		c, "POST",
		arena_printf(c->arena, "/api/invitations/%s/revoke",
			     control_segment(c->arena, str_of(argv[1]))),
		STR("{}"));
	if (code == COMMAND_OK && !command_printed(c))
		printf("that invitation is good for nobody any more\n");
	return code;
}
