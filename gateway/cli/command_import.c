/* SPDX-License-Identifier: MIT */
/* command_import.c - many people at once from a file of comma-separated lines
 *
 * address,password,name; the password may be ready SCRAM keys (RFC 5803),
 * which cost no hashing.  Every bad line is named with its number; the good
 * ones are imported all the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/cli/command.h"
#include "gateway/cli/csv.h"
#include "gateway/cli/table.h"

#define FILE_MAX   ((size_t)64 * 1024 * 1024)
#define CALL_MAX   1000 /* rows the API takes in one call */
#define HASH_MAX   100	/* of them with a password: progress must move */
#define FAULTS_MAX 1000
#define TRIES	   5

struct fault {
	unsigned line;
	const char *address, *message;
};

struct import {
	struct command *c;
	struct arena *rows; /* of one call */
	struct buf body;
	struct json_out out;
	unsigned lines[CALL_MAX];
	const char *addresses[CALL_MAX];
	size_t count, hashes;
	size_t total, sent, done, failed;
	struct fault faults[FAULTS_MAX];
	int64_t began;
};

static int read_file(struct command *c, const char *path, struct buf *out)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO
					: open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return command_fail(c, COMMAND_FAILED, "%s: %s", path,
				    strerrordesc_np(errno));
	while (n > 0 && out->len <= FILE_MAX) {
		n = read(fd, buf_space(out, 65536), 65536);
		if (n > 0)
			out->len += (size_t)n;
	}
	if (n < 0)
		return command_fail(c, COMMAND_FAILED, "%s: %s", path,
				    strerrordesc_np(errno));
	if (fd != STDIN_FILENO)
		close(fd);
	if (out->len > FILE_MAX)
		return command_fail(c, COMMAND_FAILED, "%s: larger than 64 MiB",
				    path);
	return COMMAND_OK;
}

static void add_fault(struct import *im, unsigned line, const char *address,
		      const char *message)
{
	if (im->failed < FAULTS_MAX)
		im->faults[im->failed] = (struct fault){
			.line = line,
			.address = arena_strdup(im->c->arena, address),
			.message = arena_strdup(im->c->arena, message),
		};
	im->failed++;
	if (!im->c->json)
		fprintf(stderr, "muster: line %u: %s: %s\n", line, address,
			message);
}

static void progress(const struct import *im, bool last)
{
	bool tty = isatty(STDERR_FILENO) == 1;
	int64_t ms = table_now() - im->began;

	if (im->c->json || im->total == 0 || (!tty && !last))
		return;
	fprintf(stderr, "%s%zu of %zu lines, %d %%, %lld.%lld s%s",
		tty ? "\r" : "", im->sent, im->total,
		(int)(im->sent * 100 / im->total), (long long)(ms / 1000),
		(long long)(ms % 1000 / 100), last ? "\n" : "  ");
	fflush(stderr);
}

static const char *row_error(struct import *im, const struct json *row)
{
	const struct json *e = json_get(row, "error");
	struct str s = json_kind(e) == JSON_OBJECT ? json_get_str(e, "message")
						   : json_str(e);

	if (json_bool(json_get(row, "ok"), e == NULL))
		return NULL;
	return s.n > 0 ? arena_str(im->c->arena, s).p : "refused";
}

static void take_answer(struct import *im)
{
	const struct json *rows = command_rows(im->c, "rows");

	for (size_t i = 0; i < im->count; i++) {
		const char *error = row_error(im, json_at(rows, i));

		if (i >= json_size(rows))
			error = "the daemon did not answer for this line";
		if (error != NULL)
			add_fault(im, im->lines[i], im->addresses[i], error);
		else
			im->done++;
	}
}

static void begin_call(struct import *im)
{
	arena_reset(im->rows);
	buf_reset(&im->body);
	im->count = im->hashes = 0;
	json_out_init(&im->out, &im->body);
	json_out_array(&im->out, NULL);
}

/* An overloaded daemon is asked again, since nothing of the call was done. */
static int send_call(struct import *im)
{
	int code = COMMAND_OK;

	if (im->count == 0)
		return COMMAND_OK;
	json_out_end_array(&im->out);
	for (int i = 0; i < TRIES; i++) {
		code = command_try(im->c, "POST", "/api/users/import",
				   buf_str(&im->body));
		if (code != COMMAND_OK || im->c->reply.status != 503)
			break;
		nanosleep(&(struct timespec){ .tv_sec = i / 2,
					      .tv_nsec = 300 * 1000000L },
			  NULL);
	}
	explicit_bzero(im->body.data, im->body.len);
	if (code != COMMAND_OK)
		return code;
	if (im->c->reply.status / 100 != 2)
		return command_fail(im->c,
				    im->c->reply.status == 503 ? COMMAND_LATER
							       : COMMAND_FAILED,
				    "lines from %u on: %s", im->lines[0],
				    command_message(im->c));
	take_answer(im);
	im->sent += im->count;
	progress(im, false);
	begin_call(im);
	return COMMAND_OK;
}

static int add_row(struct import *im, unsigned line, const struct csv_row *row)
{
	struct str password = row->count > 1 ? row->fields[1] : STR("");
	bool keys = str_starts(password, "SCRAM-SHA-");
	size_t i = im->count;

	if (row->count < 2 || row->count > 3 || password.n == 0) {
		im->sent++;
		add_fault(im, line, arena_str(im->rows, row->fields[0]).p,
			  "expected address,password,name");
		return COMMAND_OK;
	}
	im->lines[i] = line;
	im->addresses[i] = arena_str(im->rows, row->fields[0]).p;
	json_out_object(&im->out, NULL);
	json_out_str(&im->out, "address", row->fields[0]);
	json_out_str(&im->out, keys ? "keys" : "password", password);
	json_out_str(&im->out, "name",
		     row->count > 2 ? row->fields[2] : STR(""));
	json_out_end_object(&im->out);
	im->count++;
	im->hashes += keys ? 0 : 1;
	if (im->count == CALL_MAX || im->hashes == HASH_MAX)
		return send_call(im);
	return COMMAND_OK;
}

static bool is_title(const struct csv_row *row)
{
	return row->count >= 2 && str_iis(row->fields[0], "address") &&
	       str_iis(row->fields[1], "password");
}

/* Once to count and to find faults before anything is sent, once to send. */
static int walk(struct import *im, struct str text, bool send)
{
	struct err_note note = { .text = "" };
	struct csv csv;
	struct csv_row row;
	enum gw_err e = GW_OK;
	int code = COMMAND_OK;

	csv_init(&csv, text);
	while (code == COMMAND_OK &&
	       csv_next(&csv, im->rows, &row, &e, &note)) {
		if (csv.line == 1 && is_title(&row))
			continue;
		if (send)
			code = add_row(im, csv.line, &row);
		else
			im->total++;
	}
	if (e != GW_OK)
		return command_fail(im->c, COMMAND_FAILED,
				    "%s; nothing was imported", note.text);
	if (code == COMMAND_OK && send)
		code = send_call(im);
	arena_reset(im->rows);
	return code;
}

static void print_summary(struct import *im)
{
	struct buf text = { .data = NULL };
	struct json_out o;

	if (!im->c->json) {
		printf("%zu imported, %zu refused\n", im->done, im->failed);
		return;
	}
	json_out_init(&o, &text);
	json_out_object(&o, NULL);
	json_out_int(&o, "imported", (int64_t)im->done);
	json_out_int(&o, "refused", (int64_t)im->failed);
	json_out_array(&o, "faults");
	for (size_t i = 0; i < im->failed && i < FAULTS_MAX; i++) {
		json_out_object(&o, NULL);
		json_out_int(&o, "line", im->faults[i].line);
		json_out_text(&o, "address", im->faults[i].address);
		json_out_text(&o, "message", im->faults[i].message);
		json_out_end_object(&o);
	}
	json_out_end_array(&o);
	json_out_end_object(&o);
	printf(STR_FMT "\n", STR_ARG(buf_str(&text)));
	buf_fini(&text);
}

static int run(struct import *im, struct str text)
{
	int code;

	if (!str_utf8_valid(text))
		return command_fail(im->c, COMMAND_FAILED,
				    "the file is not valid UTF-8");
	code = walk(im, text, false);
	if (code != COMMAND_OK)
		return code;
	begin_call(im);
	code = walk(im, text, true);
	progress(im, true);
	if (code != COMMAND_OK && im->done == 0)
		return code;
	print_summary(im);
	if (code == COMMAND_OK && im->failed > 0)
		code = COMMAND_FAILED;
	return code;
}

int command_import_users(struct command *c, int argc, char **argv)
{
	struct buf text = { .data = NULL };
	struct import *im;
	int code;

	if (argc != 2)
		return command_fail(c, COMMAND_USAGE,
				    "user import: give one file (- is "
				    "standard input)");
	code = read_file(c, argv[1], &text);
	if (code == COMMAND_OK) {
		im = mem_new(sizeof(*im));
		im->c = c;
		im->rows = arena_new();
		im->began = table_now();
		code = run(im, buf_str(&text));
		arena_free(&im->rows);
		buf_fini(&im->body);
		mem_free(im);
	}
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_fini(&text);
	return code;
}
