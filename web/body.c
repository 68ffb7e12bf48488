/* SPDX-License-Identifier: MIT */
/* body.c - what came in: JSON, forms, pieces of the path */
#include "gateway/base/codec.h"
#include "web/web_private.h"

static bool is_json(const struct web_req *q)
{
	struct str type = http_header(q->http, "Content-Type");
	struct str main = str_make(type.p, str_find(type, ';'));

	return str_iis(str_trim(main), "application/json");
}

bool web_object(struct web_req *q)
{
	struct str text = http_body(q->http);
	struct err_note note = { .text = "" };

	if (text.n == 0)
		text = STR("{}");
	else if (!q->control && !is_json(q)) {
		web_refuse(q, 415, "bad_input",
			   "the body must be application/json");
		return false;
	}
	if (json_parse(text, &q->body, &note) != GW_OK) {
		web_fail(q, GW_BAD_INPUT, note.text);
		return false;
	}
	if (json_kind(q->body) != JSON_OBJECT) {
		web_fail(q, GW_BAD_INPUT, "the body must be a JSON object");
		return false;
	}
	return true;
}

/* STR_NONE: a broken escape, or a NUL. */
static struct str form_decode(struct arena *a, struct str in)
{
	char *out = arena_alloc(a, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			if (in.n - i < 3 || !codec_hex_byte(in.p + i + 1, &c))
				return STR_NONE;
			i += 2;
		}
		if (c == '\0')
			return STR_NONE;
		out[n++] = c;
	}
	return str_make(out, n);
}

struct str web_form(struct web_req *q, const char *name)
{
	struct str rest = http_body(q->http);
	struct str piece, value;

	while (str_split(&rest, '&', &piece)) {
		size_t eq = str_find(piece, '=');

		if (eq == piece.n || !str_is(str_make(piece.p, eq), name))
			continue;
		value = form_decode(
			q->arena, str_make(piece.p + eq + 1, piece.n - eq - 1));
		return str_utf8_valid(value) ? value : STR_NONE;
	}
	return STR_NONE;
}

static bool no_controls(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

bool web_segment(struct web_req *q, unsigned i, struct str *out)
{
	*out = http_segment(q->http, i);
	if (out->n != 0 && out->n <= 2048 && str_utf8_valid(*out) &&
	    no_controls(*out))
		return true;
	web_fail(q, GW_BAD_INPUT, "the path must be readable text");
	return false;
}

/* What the directory makes of it is its business; this keeps out what could
 * not be an address, and folds as people type. */
bool web_address(struct arena *a, struct str in, struct str *out)
{
	char *folded;
	size_t at;

	in = str_trim(in);
	at = str_find(in, '@');
	if (in.n == 0 || in.n > 2047 || at == 0 || at + 1 >= in.n ||
	    str_find(in, '/') != in.n || str_find(in, ' ') != in.n ||
	    !str_utf8_valid(in) || !no_controls(in))
		return false;
	folded = arena_strndup(a, in.p, in.n);
	for (size_t i = 0; i < in.n; i++)
		folded[i] = str_lower(folded[i]);
	*out = str_make(folded, in.n);
	return true;
}
