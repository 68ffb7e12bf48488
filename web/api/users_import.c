/* SPDX-License-Identifier: MIT */
/* users_import.c - POST /api/users/import: up to 1000 people per call
 *
 * Each row stands for itself and has its own answer; the reply waits for all
 * of them, so that the next call is not sent before this one is on disk.
 */
#include "web/web_private.h"

#define ROWS_MAX 1000
#define BODY_MAX ((size_t)4 * 1024 * 1024)

struct import;

struct import_row {
	struct import *import;
	struct str address;
	enum gw_err e;
	char *why;
};

struct import { /* in the request's arena */
	struct web_req *q;
	struct json *rows;
	size_t count, waiting;
	struct import_row *row;
};

static void write_row(struct json_out *o, const struct import_row *r)
{
	json_out_object(o, NULL);
	json_out_str(o, "address", r->address);
	json_out_bool(o, "ok", r->e == GW_OK);
	if (r->e != GW_OK) {
		json_out_object(o, "error");
		json_out_text(o, "code", web_code(r->e));
		json_out_str(o, "message", web_printable(r->why));
		json_out_end_object(o);
	}
	json_out_end_object(o);
}

static void reply(struct import *im)
{
	struct buf b = { .data = NULL };
	struct json_out o;
	int64_t added = 0;

	for (size_t i = 0; i < im->count; i++)
		added += im->row[i].e == GW_OK;
	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_int(&o, "count", (int64_t)im->count);
	json_out_int(&o, "added", added);
	json_out_array(&o, "rows");
	for (size_t i = 0; i < im->count; i++)
		write_row(&o, &im->row[i]);
	json_out_end_array(&o);
	json_out_end_object(&o);
	json_free(&im->rows);
	web_json(im->q, 200, &b);
}

static void on_row(void *arg, enum gw_err e, const char *why)
{
	struct import_row *r = arg;
	struct import *im = r->import;

	r->e = e;
	r->why = arena_strdup(im->q->arena,
			      why != NULL && *why != '\0' ? why : err_text(e));
	if (--im->waiting == 0)
		reply(im);
}

static void import_row(struct import_row *r, const struct json *j)
{
	const struct seam_admin *admin = &r->import->q->web->spec.admin;
	struct str password = json_get_str(j, "password");
	struct str keys = json_get_str(j, "keys");
	struct str name = json_get_str(j, "name");

	r->address = json_get_str(j, "address");
	if (r->address.p == NULL)
		r->address = STR("");
	if (r->address.n == 0 || (password.n == 0) == (keys.n == 0))
		on_row(r, GW_BAD_INPUT,
		       "give address, and either password or keys");
	else if (keys.n != 0)
		admin->user_add_keys(admin->self, r->address, keys, name,
				     on_row, r);
	else
		admin->user_add(admin->self, r->address, password, name, false,
				on_row, r);
}

static bool read_rows(struct web_req *q, struct import *im)
{
	struct err_note note = { .text = "" };

	if (json_parse(http_body(q->http), &im->rows, &note) != GW_OK) {
		web_fail(q, GW_BAD_INPUT, note.text);
		return false;
	}
	im->count = json_size(im->rows);
	if (json_kind(im->rows) == JSON_ARRAY && im->count <= ROWS_MAX)
		return true;
	json_free(&im->rows);
	web_fail(q, GW_BAD_INPUT, "send an array of at most 1000 people");
	return false;
}

static void on_import(struct web_req *q)
{
	struct import *im = arena_alloc(q->arena, sizeof(*im));

	im->q = q;
	if (!read_rows(q, im))
		return;
	im->row = arena_alloc(q->arena, (im->count + 1) * sizeof(*im->row));
	im->waiting = im->count + 1; /* one for this loop */
	for (size_t i = 0; i < im->count; i++) {
		im->row[i].import = im;
		import_row(&im->row[i], json_at(im->rows, i));
	}
	if (--im->waiting == 0)
		reply(im);
}

const struct web_route web_users_import_routes[] = {
	{ HTTP_POST, "/api/users/import", BODY_MAX, WEB_ADMIN, false,
	  on_import },
	{ .path = NULL },
};
