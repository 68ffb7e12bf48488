/* SPDX-License-Identifier: MIT */
/* main.c - musterd: reads its configuration, starts, runs */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/run/children.h"
#include "gateway/wire.h"

#define DEFAULT_CONFIG "/etc/muster/muster.yaml"

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_CONFIG = 3
};

static const char usage[] =
	"usage: musterd [-c FILE] [--check | --effective | --manual]\n"
	"\n"
	"  -c FILE       the configuration (default " DEFAULT_CONFIG ")\n"
	"  --check       say what is wrong with it, and end\n"
	"  --effective   print it with every default, and end\n"
	"  --manual      print the manual page muster.yaml(5), and end\n"
	"  --version     print the version, and end\n"
	"  --help        print this, and end\n"
	"\n"
	"musterd stays in the foreground; SIGTERM ends it, SIGHUP makes it\n"
	"read its configuration again.\n";

enum action { ACTION_RUN, ACTION_CHECK, ACTION_EFFECTIVE, ACTION_MANUAL };

static int print_effective(const struct config *cfg)
{
	struct buf text = { .data = NULL };

	config_print(cfg, &text);
	fwrite(text.data, 1, text.len, stdout);
	buf_fini(&text);
	return EXIT_OK;
}

static int print_manual(void)
{
	struct buf text = { .data = NULL };

	config_manual(wire_roots, &text);
	fwrite(text.data, 1, text.len, stdout);
	buf_fini(&text);
	return EXIT_OK;
}

static int run(const char *path, struct config *cfg)
{
	struct spawner *spawner = children_init();
	struct err_note note = { .text = "" };
	struct wire *w;

	if (spawner == NULL) {
		fprintf(stderr, "musterd: cannot fork the spawner\n");
		return EXIT_FAILED;
	}
	signal(SIGPIPE, SIG_IGN);
	if (wire_new(path, cfg, spawner, &w, &note) != GW_OK) {
		fprintf(stderr, "musterd: %s\n", note.text);
		children_fini(&spawner);
		return EXIT_FAILED;
	}
	wire_run(w);
	children_fini(&spawner);
	wire_free(&w);
	return EXIT_OK;
}

static int act(enum action action, const char *path)
{
	struct buf errors = { .data = NULL };
	struct config *cfg;
	int code = EXIT_OK;

	if (action == ACTION_MANUAL)
		return print_manual();
	if (config_load(path, wire_roots, &cfg, &errors) != GW_OK) {
		fprintf(stderr, STR_FMT, STR_ARG(buf_str(&errors)));
		buf_fini(&errors);
		return EXIT_CONFIG;
	}
	switch (action) {
	case ACTION_CHECK:
		printf("%s: good\n", path);
		break;
	case ACTION_EFFECTIVE:
		code = print_effective(cfg);
		break;
	case ACTION_RUN:
		code = run(path, cfg);
		break;
	case ACTION_MANUAL:
		break;
	}
	config_unref(&cfg);
	return code;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "check", no_argument, NULL, 'k' },
		{ "effective", no_argument, NULL, 'e' },
		{ "manual", no_argument, NULL, 'm' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = DEFAULT_CONFIG;
	enum action action = ACTION_RUN;
	int c;

	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 'k':
			action = ACTION_CHECK;
			break;
		case 'e':
			action = ACTION_EFFECTIVE;
			break;
		case 'm':
			action = ACTION_MANUAL;
			break;
		case 'v':
			puts("musterd " MUSTER_VERSION);
			return EXIT_OK;
		case 'h':
			fputs(usage, stdout);
			return EXIT_OK;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "musterd: `%s' is too much\n%s", argv[optind],
			usage);
		return EXIT_USAGE;
	}
	return act(action, path);
}
