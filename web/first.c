/* SPDX-License-Identifier: MIT */
/* first.c - the first administrator of the built-in directory, by address */
#include "web/first.h"

struct search { /* in the request's arena */
	struct web_req *q;
	web_first_fn *done;
	struct str after, found;
	bool answered, end;
	enum gw_err e;
};

static void look(struct search *s, const struct json *rows)
{
	size_t n = json_size(rows);

	for (size_t i = 0; i < n && s->found.n == 0; i++) {
		const struct json *row = json_at(rows, i);
		struct str address = json_get_str(row, "address");

		s->after = arena_str(s->q->arena, address);
		if (str_is(json_get_str(row, "role"), "admin") &&
		    !json_bool(json_get(row, "disabled"), false))
			s->found = s->after;
	}
	s->end = n == 0 || s->found.n != 0;
}

static void next(struct search *s);

static void on_rows(void *arg, enum gw_err e, struct str text)
{
	struct search *s = arg;
	struct json *rows = NULL;

	s->e = e;
	if (e == GW_OK)
		s->e = json_parse(text, &rows, NULL);
	look(s, rows);
	json_free(&rows);
	if (s->answered) /* else next() goes on by itself */
		next(s);
	s->answered = true;
}

/* An answer within the call loops here instead of nesting. */
static void next(struct search *s)
{
	struct web_req *q = s->q;

	while (!s->end && s->e == GW_OK && q->web != NULL) {
		const struct seam_admin *admin = &q->web->spec.admin;

		s->answered = false;
		admin->user_list(admin->self, s->after, WEB_ROWS_MAX, on_rows,
				 s);
		if (!s->answered) {
			s->answered = true; /* it comes later */
			return;
		}
	}
	s->done(q, s->e, s->found);
}

void web_first_admin(struct web_req *q, web_first_fn *done)
{
	struct search *s = arena_alloc(q->arena, sizeof(*s));

	s->q = q;
	s->done = done;
	s->after = STR("");
	s->found = STR("");
	next(s);
}
