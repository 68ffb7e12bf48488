/* SPDX-License-Identifier: MIT */
/* command_conf.c - the configuration, and the log-in link
 *
 * Only musterd knows every row, so a check without a daemon is its --check.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/cli/command.h"
#include "gateway/cli/table.h"

#define TEXT_MAX ((size_t)8 * 1024 * 1024)

/* Runs `musterd -c FILE what`; both its outputs into out. */
static int run_daemon(struct command *c, const char *what, struct buf *out)
{
	const char *program = command_daemon(c);
	int pipes[2], status = 0;
	ssize_t n = 1;
	pid_t pid;

	if (pipe(pipes) != 0)
		return command_fail(c, COMMAND_FAILED, "pipe: %s",
				    strerrordesc_np(errno));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		execlp(program, program, "-c", c->config, what, (char *)NULL);
		fprintf(stderr, "%s: %s\n", program, strerrordesc_np(errno));
		_exit(127);
	}
	close(pipes[1]);
	while (pid > 0 && n > 0 && out->len < TEXT_MAX) {
		n = read(pipes[0], buf_space(out, 65536), 65536);
		if (n > 0)
			out->len += (size_t)n;
	}
	close(pipes[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 127)
		return command_fail(c, COMMAND_FAILED,
				    "%s could not be run: " STR_FMT, program,
				    STR_ARG(buf_str(out)));
	return WEXITSTATUS(status);
}

static void print_check(struct command *c, bool good, struct str text)
{
	struct buf json = { .data = NULL };
	struct str line;
	struct json_out o;

	if (!c->json) {
		fprintf(good ? stdout : stderr, STR_FMT, STR_ARG(text));
		return;
	}
	json_out_init(&o, &json);
	json_out_object(&o, NULL);
	json_out_text(&o, "file", c->config);
	json_out_bool(&o, "good", good);
	json_out_array(&o, "errors");
	while (!good && str_split(&text, '\n', &line))
		if (line.n > 0 && str_utf8_valid(line))
			json_out_str(&o, NULL, line);
	json_out_end_array(&o);
	json_out_end_object(&o);
	printf(STR_FMT "\n", STR_ARG(buf_str(&json)));
	buf_fini(&json);
}

int command_conf_check(struct command *c, int argc, char **argv)
{
	struct buf text = { .data = NULL };
	int code;

	(void)argv;
	if (argc > 1)
		return command_fail(c, COMMAND_USAGE,
				    "config check takes nothing more; the "
				    "file is named by -c");
	code = run_daemon(c, "--check", &text);
	if (code == COMMAND_OK || code == COMMAND_CONFIG)
		print_check(c, code == COMMAND_OK, buf_str(&text));
	buf_fini(&text);
	return code;
}

/* The running one; where nothing runs, what would run. */
static int effective(struct command *c, struct buf *text, const char **from)
{
	int code;

	*from = "running";
	c->quiet = true;
	code = command_call(c, "GET", "/api/config/effective", STR_NONE);
	c->quiet = false;
	if (code == COMMAND_OK) {
		struct str yaml = json_get_str(c->answer, "yaml");

		buf_add_str(text,
			    yaml.p != NULL ? yaml : buf_str(&c->reply.body));
		return COMMAND_OK;
	}
	if (code != COMMAND_DOWN)
		return command_fail(c, code, "%s", command_message(c));
	*from = "file";
	return run_daemon(c, "--effective", text);
}

int command_conf_effective(struct command *c, int argc, char **argv)
{
	struct buf text = { .data = NULL };
	struct buf json = { .data = NULL };
	struct json_out o;
	const char *from;
	int code;

	(void)argv;
	if (argc > 1)
		return command_fail(c, COMMAND_USAGE,
				    "config effective takes nothing more");
	code = effective(c, &text, &from);
	if (code == COMMAND_CONFIG) {
		print_check(c, false, buf_str(&text));
	} else if (code == COMMAND_OK && c->json) {
		json_out_init(&o, &json);
		json_out_object(&o, NULL);
		json_out_text(&o, "from", from);
		json_out_str(&o, "yaml", buf_str(&text));
		json_out_end_object(&o);
		printf(STR_FMT "\n", STR_ARG(buf_str(&json)));
	} else if (code == COMMAND_OK) {
		printf(STR_FMT, STR_ARG(buf_str(&text)));
	}
	buf_fini(&json);
	buf_fini(&text);
	return code;
}

int command_conf_reload(struct command *c, int argc, char **argv)
{
	int code;

	(void)argv;
	if (argc > 1)
		return command_fail(c, COMMAND_USAGE,
				    "reload takes nothing more");
	code = command_call(c, "POST", "/api/config/reload", STR("{}"));
	if (code == COMMAND_FAILED)
		code = COMMAND_CONFIG;
	if (code == COMMAND_OK && !command_printed(c))
		printf("the new configuration is running\n");
	return code;
}

int command_conf_link(struct command *c, int argc, char **argv)
{
	struct buf body = { .data = NULL };
	struct json_out o;
	const char *address = argc > 1 ? argv[1] : "";
	int code = COMMAND_OK;

	if (argc > 2)
		return command_fail(c, COMMAND_USAGE,
				    "login-link: give one address, or none "
				    "for the first administrator");
	if (argc == 1)
		code = command_user_first(c, &address);
	if (code != COMMAND_OK)
		return code;
	json_out_init(&o, &body);
	json_out_object(&o, NULL);
	json_out_text(&o, "address", address);
	json_out_end_object(&o);
	code = command_call(c, "POST", "/api/login-link", buf_str(&body));
	buf_fini(&body);
	if (code == COMMAND_OK && !command_printed(c))
		printf("%s\n",
		       table_text(c->arena, json_get_str(c->answer, "url")));
	return code;
}
