/* SPDX-License-Identifier: MIT */
/* command.c - asking the daemon, and saying what went wrong */
#include "gateway/cli/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_SOCKET "/run/muster/control.sock"

static const char *exit_name(int code)
{
	static const char *const names[] = {
		[COMMAND_OK] = "ok",
		[COMMAND_FAILED] = "bad_input",
		[COMMAND_USAGE] = "usage",
		[COMMAND_CONFIG] = "configuration",
		[COMMAND_DOWN] = "down",
		[COMMAND_NOT_FOUND] = "not_found",
		[COMMAND_CONFLICT] = "conflict",
		[COMMAND_DENIED] = "denied",
		[COMMAND_LATER] = "unavailable",
	};

	return names[code];
}

/* As the daemon's own API words them. */
static void fail_json(int code, struct str message)
{
	struct buf text = { .data = NULL };
	struct json_out o;

	json_out_init(&o, &text);
	json_out_object(&o, NULL);
	json_out_object(&o, "error");
	json_out_text(&o, "code", exit_name(code));
	json_out_str(&o, "message", message);
	json_out_end_object(&o);
	json_out_end_object(&o);
	printf(STR_FMT "\n", STR_ARG(buf_str(&text)));
	buf_fini(&text);
}

int command_fail(struct command *c, int exit_code, const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	struct str s;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s = str_trim(str_of(text));
	if (c->quiet)
		return exit_code;
	if (c->json && str_utf8_valid(s))
		fail_json(exit_code, s);
	else
		fprintf(stderr, "muster: " STR_FMT "\n", STR_ARG(s));
	return exit_code;
}

void command_fini(struct command *c)
{
	control_free(&c->control);
	json_free(&c->answer);
	buf_fini(&c->reply.body);
	arena_free(&c->arena);
}

int command_config(struct command *c, const struct conf_node **root)
{
	struct buf errors = { .data = NULL };
	enum gw_err e = config_nodes(c->config, c->arena, root, &errors);
	int code = COMMAND_OK;

	if (e != GW_OK)
		code = command_fail(c, COMMAND_CONFIG, STR_FMT,
				    STR_ARG(buf_str(&errors)));
	buf_fini(&errors);
	return code;
}

/* `control: { socket: PATH }` of the file, or its default. */
static int open_control(struct command *c)
{
	const struct conf_node *root = NULL;
	const struct conf_node *node = NULL;
	struct str path = STR(DEFAULT_SOCKET);
	int code = command_config(c, &root);

	if (code != COMMAND_OK)
		return code;
	if (root != NULL && conf_shape(root) == CONF_TABLE)
		node = conf_get(root, "control");
	if (node != NULL && conf_shape(node) == CONF_TABLE)
		node = conf_get(node, "socket");
	else
		node = NULL;
	if (node != NULL && conf_scalar(node).n > 0)
		path = conf_scalar(node);
	c->control = control_new(arena_str(c->arena, path).p);
	c->socket = arena_str(c->arena, path).p;
	return COMMAND_OK;
}

int command_try(struct command *c, const char *method, const char *path,
		struct str body)
{
	struct err_note note = { .text = "" };
	int code = c->control == NULL ? open_control(c) : COMMAND_OK;

	json_free(&c->answer);
	if (code != COMMAND_OK)
		return code;
	if (control_call(c->control, method, path, body, &c->reply) != GW_OK)
		return command_fail(c, COMMAND_DOWN,
				    "no answer from musterd at %s: %s",
				    c->socket, control_error(c->control));
	if (json_parse(buf_str(&c->reply.body), &c->answer, &note) != GW_OK)
		c->answer = NULL;
	return COMMAND_OK;
}

static int exit_of(unsigned status)
{
	switch (status) {
	case 400:
	case 405:
	case 413:
	case 415:
	case 422:
		return COMMAND_FAILED;
	case 401:
	case 403:
		return COMMAND_DENIED;
	case 404:
	case 410:
		return COMMAND_NOT_FOUND;
	case 409:
	case 412:
		return COMMAND_CONFLICT;
	case 429:
	case 502:
	case 503:
	case 504:
	case 507:
		return COMMAND_LATER;
	default:
		return status / 100 == 2 ? COMMAND_OK : COMMAND_FAILED;
	}
}

const char *command_message(struct command *c)
{
	struct str s = json_get_str(json_get(c->answer, "error"), "message");

	if (s.n > 0)
		return arena_str(c->arena, s).p;
	s = str_trim(buf_str(&c->reply.body));
	if (s.n > 0 && s.n < 500 && s.p[0] != '<' && s.p[0] != '{')
		return arena_str(c->arena, s).p;
	return arena_printf(c->arena, "musterd answered HTTP %u",
			    c->reply.status);
}

int command_call(struct command *c, const char *method, const char *path,
		 struct str body)
{
	int code = command_try(c, method, path, body);

	if (code != COMMAND_OK)
		return code;
	code = exit_of(c->reply.status);
	if (code == COMMAND_OK)
		return COMMAND_OK;
	if (c->json && !c->quiet && json_get(c->answer, "error") != NULL) {
		command_printed(c);
		return code;
	}
	return command_fail(c, code, "%s", command_message(c));
}

const struct json *command_rows(struct command *c, const char *key)
{
	const struct json *rows = c->answer;

	if (json_kind(rows) == JSON_OBJECT)
		rows = json_get(rows, key);
	return json_kind(rows) == JSON_ARRAY ? rows : NULL;
}

bool command_printed(struct command *c)
{
	if (!c->json)
		return false;
	if (c->reply.body.len == 0)
		puts("{}");
	else
		printf(STR_FMT "\n",
		       STR_ARG(str_trim(buf_str(&c->reply.body))));
	return true;
}

const char *command_daemon(struct command *c)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	const char *beside;

	if (n <= 0)
		return "musterd";
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return "musterd";
	*slash = '\0';
	beside = arena_printf(c->arena, "%s/musterd", self);
	if (access(beside, X_OK) == 0)
		return beside;
	/* bin/muster and sbin/musterd of one installation */
	beside = arena_printf(c->arena, "%s/../sbin/musterd", self);
	return access(beside, X_OK) == 0 ? beside : "musterd";
}
