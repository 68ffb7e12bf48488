/* SPDX-License-Identifier: MIT */
/* muster.c - the command line: options, and the table of commands */
#include <curl/curl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli/command.h"

#define DEFAULT_CONFIG "/etc/muster/muster.yaml"

struct entry {
	const char *word, *second; /* second NULL: one word is enough */
	const char *arguments;
	const char *doc;
	command_fn *fn;
};

static const struct entry entries[] = {
	{ "status", NULL, "", "what listens where, and how it does",
	  command_show_status },
	{ "who", NULL, "[POOL]",
	  "who is here; who of a pool would be chosen now, and why",
	  command_show_who },
	{ "cases", NULL, "", "what is open, or was closed within a day",
	  command_case_list },
	{ "case", NULL, "N", "one case with its timeline", command_case_show },
	{ "take", NULL, "N", "it is yours until released or done",
	  command_case_take },
	{ "ack", NULL, "N [SPAN]", "it is yours for a while",
	  command_case_ack },
	{ "release", NULL, "N", "give it back", command_case_release },
	{ "give", NULL, "N ADDRESS", "offer it to somebody else",
	  command_case_give },
	{ "done", NULL, "N [WHY]", "close it", command_case_done },
	{ "note", NULL, "N TEXT", "write into its timeline",
	  command_case_note },
	{ "mail", "list", "[--all] [--after MARK]",
	  "mails that wait to be read; all that are known",
	  command_show_mails },
	{ "alert", "list", "[--after MARK]", "alerts, active first",
	  command_show_alerts },
	{ "s2s", NULL, "[[--try] DOMAIN]",
	  "links with other servers, and step by step why one works or fails",
	  command_s2s },
	{ "user", "add", "ADDRESS [--name NAME] [--admin] [--password-stdin]",
	  "a new person", command_user_add },
	{ "user", "import", "FILE.csv",
	  "lines of address,password,name (or SCRAM keys)",
	  command_import_users },
	{ "user", "passwd", "ADDRESS [--password-stdin]", "a new password",
	  command_user_passwd },
	{ "user", "disable", "ADDRESS", "no log-in any more",
	  command_user_disable },
	{ "user", "enable", "ADDRESS", "log-in again", command_user_enable },
	{ "user", "list", "", "all people", command_user_list },
	{ "invite", "account",
	  "ADDRESS|DOMAIN [--inviter ADDRESS] [--valid SPAN]",
	  "a link that makes one account, of this name or a chosen one",
	  command_invite_account },
	{ "invite", "contact", "ADDRESS [--valid SPAN]",
	  "a link that makes somebody this person's contact",
	  command_invite_contact },
	{ "invite", "list", "", "the links that are open",
	  command_invite_list },
	{ "invite", "revoke", "ID", "a link is good for nobody any more",
	  command_invite_revoke },
	{ "config", "check", "", "what is wrong with the file",
	  command_conf_check },
	{ "config", "effective", "", "what is running, with every default",
	  command_conf_effective },
	{ "reload", NULL, "", "read the file again, all or nothing",
	  command_conf_reload },
	{ "login-link", NULL, "[ADDRESS]",
	  "a link into the console, good for one use", command_conf_link },
	{ "demo", NULL, "", "the demonstration, with real protocols",
	  demo_run },
};

#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

static void print_help(FILE *out)
{
	fputs("usage: muster [-c FILE] [--json] [--as ADDRESS] COMMAND ...\n"
	      "\n"
	      "  -c, --config FILE  the configuration of the daemon to speak "
	      "to\n"
	      "                     (default $MUSTER_CONFIG, else\n"
	      "                     " DEFAULT_CONFIG ")\n"
	      "  --json             answers and errors as JSON\n"
	      "  --as ADDRESS       who takes, gives, closes (default "
	      "$MUSTER_AS)\n"
	      "  --version, --help\n"
	      "\n"
	      "commands:\n",
	      out);
	for (size_t i = 0; i < ENTRIES; i++) {
		const struct entry *e = &entries[i];
		int n = fprintf(out, "  %s%s%s%s%s", e->word,
				e->second != NULL ? " " : "",
				e->second != NULL ? e->second : "",
				*e->arguments != '\0' ? " " : "", e->arguments);

		if (n > 24)
			n = fprintf(out, "\n") - 1;
		fprintf(out, "%*s%s\n", 26 - n, "", e->doc);
	}
	fputs("\nexit codes: 0 done, 1 refused, 2 usage, 3 configuration, "
	      "4 no daemon,\n5 not found, 6 somebody else has it or it is "
	      "there already, 7 not allowed,\n8 try again later\n",
	      out);
}

static const struct entry *find(int argc, char **argv)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		const struct entry *e = &entries[i];

		if (strcmp(argv[0], e->word) != 0)
			continue;
		if (e->second == NULL ||
		    (argc > 1 && strcmp(argv[1], e->second) == 0))
			return e;
	}
	return NULL;
}

/* The words that may follow: "list" of "mail". */
static int fail_unknown(struct command *c, char **argv)
{
	struct buf seconds = { .data = NULL };
	int code;

	for (size_t i = 0; i < ENTRIES; i++)
		if (strcmp(argv[0], entries[i].word) == 0)
			buf_printf(&seconds, "%s%s",
				   seconds.len > 0 ? ", " : "",
				   entries[i].second);
	if (seconds.len > 0)
		code = command_fail(c, COMMAND_USAGE, "%s: one of " STR_FMT,
				    argv[0], STR_ARG(buf_str(&seconds)));
	else
		code = command_fail(c, COMMAND_USAGE,
				    "`%s' is not a command; see muster --help",
				    argv[0]);
	buf_fini(&seconds);
	return code;
}

static int dispatch(struct command *c, int argc, char **argv)
{
	const struct entry *e;
	int skip, code;

	if (argc == 0) {
		print_help(stderr);
		return COMMAND_USAGE;
	}
	if (argc == 1 && strcmp(argv[0], "help") == 0) {
		print_help(stdout);
		return COMMAND_OK;
	}
	e = find(argc, argv);
	if (e == NULL)
		return fail_unknown(c, argv);
	skip = e->second != NULL ? 1 : 0;
	code = e->fn(c, argc - skip, argv + skip);
	if (fflush(stdout) != 0 && code == COMMAND_OK)
		code = COMMAND_FAILED;
	return code;
}

/* 0: go on; else the exit code plus one. */
static int read_options(struct command *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "as", required_argument, NULL, 'a' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int k;

	while ((k = getopt_long(argc, argv, "+c:h", options, NULL)) != -1) {
		switch (k) {
		case 'c':
			c->config = optarg;
			break;
		case 'j':
			c->json = true;
			break;
		case 'a':
			c->as = optarg;
			break;
		case 'v':
			puts("muster " MUSTER_VERSION);
			return COMMAND_OK + 1;
		case 'h':
			print_help(stdout);
			return COMMAND_OK + 1;
		default:
			fputs("muster --help says how it is used\n", stderr);
			return COMMAND_USAGE + 1;
		}
	}
	return 0;
}

/* --json is understood wherever it stands: "--json everywhere". */
static int take_json(struct command *c, int argc, char **argv)
{
	int kept = 0;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			c->json = true;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

static const char *from_environment(const char *name, const char *otherwise)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : otherwise;
}

int main(int argc, char **argv)
{
	struct command c = {
		.config = from_environment("MUSTER_CONFIG", DEFAULT_CONFIG),
		.as = from_environment("MUSTER_AS", ""),
	};
	int code;

	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	code = read_options(&c, argc, argv);
	if (code == 0) {
		c.arena = arena_new();
		argv += optind;
		argc = take_json(&c, argc - optind, argv);
		code = dispatch(&c, argc, argv) + 1;
		command_fini(&c);
	}
	curl_global_cleanup();
	return code - 1;
}
