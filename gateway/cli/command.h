/* SPDX-License-Identifier: MIT */
/* command.h - what every command of `muster` is and is given
 *
 * A command asks the daemon, prints for people (tables) or, with --json, what
 * the daemon answered, and ends with an exit code a script can use.
 */
#ifndef GW_CLI_COMMAND_H
#define GW_CLI_COMMAND_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/cli/control.h"
#include "gateway/config/config.h"
#include "gateway/run/json.h"

enum command_exit {
	COMMAND_OK = 0,
	COMMAND_FAILED = 1,
	COMMAND_USAGE = 2,
	COMMAND_CONFIG = 3,    /* the configuration is wrong */
	COMMAND_DOWN = 4,      /* no daemon answers */
	COMMAND_NOT_FOUND = 5, /* no such person, case, pool */
	COMMAND_CONFLICT = 6,  /* somebody else has it; already there */
	COMMAND_DENIED = 7,
	COMMAND_LATER = 8, /* overload or a dead store: try again */
};

struct command {
	const char *config; /* path of muster.yaml */
	const char *as;	    /* address of who acts; "" not said */
	bool json;
	bool quiet;	     /* failures are not said: the caller does */
	struct arena *arena; /* lives as long as the command */
	struct control *control;
	const char *socket;  /* of the control */
	struct json *answer; /* of the last command_call() */
	struct control_reply reply;
};

typedef int command_fn(struct command *c, int argc, char **argv);

void command_fini(struct command *c);

/* Prints the sentence to stderr ("muster: ..."), with --json as an object
 * {"error":{"code","message"}} to stdout; returns exit_code. */
int command_fail(struct command *c, int exit_code, const char *fmt, ...)
	GW_PRINTF(3, 4);
/* A request; anything but 2xx is said and becomes the exit code. */
int command_call(struct command *c, const char *method, const char *path,
		 struct str body);
/* The same in silence, for who looks at the reply; COMMAND_DOWN is said. */
int command_try(struct command *c, const char *method, const char *path,
		struct str body);
/* After a call: with --json prints what was answered and is true. */
bool command_printed(struct command *c);
/* The array that was answered: itself, or under this key. */
const struct json *command_rows(struct command *c, const char *key);
/* What the daemon's error says; never empty. */
const char *command_message(struct command *c);
/* The file's nodes; on failure said. */
int command_config(struct command *c, const struct conf_node **root);
/* The first administrator of the built-in directory; "" none. */
int command_user_first(struct command *c, const char **address);
/* The program musterd beside this one, or in PATH. */
const char *command_daemon(struct command *c);

/* The commands, one file per family; the table stands in muster.c. */
command_fn command_show_status, command_show_who, command_show_mails,
	command_show_alerts;
command_fn command_case_list, command_case_show, command_case_take,
	command_case_ack, command_case_release, command_case_give,
	command_case_done, command_case_note;
command_fn command_user_add, command_user_passwd, command_import_users,
	command_user_disable, command_user_enable, command_user_list;
command_fn command_invite_account, command_invite_contact, command_invite_list,
	command_invite_revoke;
command_fn command_conf_check, command_conf_effective, command_conf_reload;
command_fn command_conf_link;
command_fn command_s2s;
command_fn demo_run;

#endif
