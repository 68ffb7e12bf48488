/* SPDX-License-Identifier: MIT */
/* conf_print.c - filled structs back as YAML that reads in as the same
 *
 * Recursion is as deep as the configuration that was read: bounded there.
 */
#include "gateway/config/conf_private.h"

struct printer {
	struct buf *out;
	unsigned indent;
	bool flow;
	bool joined; /* the next key follows what is there: "- " or "{ " */
};

/* Plain where every YAML reader sees text and the same text; that no other
 * reader takes it for a number or a truth value is a courtesy. */
static bool is_plain(struct str s)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on",
					     "off",  "null",  "y",   "n" };

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool digit = c >= '0' && c <= '9';

		if (i == 0 && !letter && c != '/' && c != '_')
			return false;
		if (!letter && !digit && (c == 0 || !strchr("/_.@+-", c)))
			return false;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_iis(s, words[i]))
			return false;
	return true;
}

/* One character of valid UTF-8 off *s. */
static unsigned take_char(struct str *s, struct str *bytes)
{
	unsigned char c = (unsigned char)s->p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	unsigned code = n == 1 ? c : c & (0x7fU >> n);

	for (size_t i = 1; i < n && i < s->n; i++)
		code = code << 6 | ((unsigned char)s->p[i] & 0x3fU);
	if (n > s->n)
		n = s->n;
	*bytes = str_make(s->p, n);
	*s = str_make(s->p + n, s->n - n);
	return code;
}

/* YAML 1.1 5.1: what may stand in a file as it is; line breaks (NEL, LS, PS)
 * and the byte order mark would not come back. */
static bool is_printable(unsigned code)
{
	if (code < 0x80)
		return code >= 0x20 && code != 0x7f;
	if (code < 0xa0 || code == 0x2028 || code == 0x2029)
		return false;
	return code != 0xfeff && code != 0xfffe && code != 0xffff;
}

void conf_print_text(struct buf *out, struct str s)
{
	struct str bytes;

	if (is_plain(s)) {
		buf_add_str(out, s);
		return;
	}
	buf_add_char(out, '"');
	while (s.n > 0) {
		unsigned code = take_char(&s, &bytes);

		if (code == '"' || code == '\\')
			buf_printf(out, "\\%c", (char)code);
		else if (is_printable(code))
			buf_add_str(out, bytes);
		else if (code < 0x100)
			buf_printf(out, "\\x%02x", code);
		else
			buf_printf(out, "\\u%04x", code & 0xffff);
	}
	buf_add_char(out, '"');
}

static void new_line(struct printer *p)
{
	buf_add_char(p->out, '\n');
	for (unsigned i = 0; i < p->indent; i++)
		buf_add_lit(p->out, "  ");
}

static void print_key(struct printer *p, struct str key)
{
	if (p->flow && !p->joined)
		buf_add_char(p->out, ',');
	if (p->flow)
		buf_add_char(p->out, ' ');
	else if (!p->joined)
		new_line(p);
	p->joined = false;
	conf_print_text(p->out, key);
	buf_add_char(p->out, ':');
}

/* Around the inside of a table or list; `empty` is what stands there when
 * nothing was written. */
struct nesting {
	size_t mark;
	bool joined;
	const char *pair;
};

static struct nesting begin(struct printer *p, const char *pair)
{
	struct nesting n = { .joined = p->joined, .pair = pair };

	if (p->flow)
		buf_printf(p->out, " %c", pair[0]);
	n.mark = p->out->len;
	p->joined = p->flow;
	p->indent++;
	return n;
}

static void end(struct printer *p, const struct nesting *n)
{
	bool empty = p->out->len == n->mark;

	p->indent--;
	p->joined = false;
	if (p->flow)
		buf_printf(p->out, "%s%c", empty ? "" : " ", n->pair[1]);
	else if (empty)
		buf_printf(p->out, " %s", n->pair);
}

static bool left_out(const struct conf_section *s, const char *value)
{
	for (const struct conf_opt *o = s->opts; o->key != NULL; o++)
		if (o->def == NULL && conf_value_is_unset(o, value + o->offset))
			return true;
	return false;
}

static void print_rows(struct printer *p, const struct conf_section *s,
		       const char *value);

static void print_table(struct printer *p, const struct conf_section *s,
			const void *value)
{
	struct nesting n = begin(p, "{}");

	print_rows(p, s, value);
	end(p, &n);
}

static void print_map(struct printer *p, const struct conf_opt *opt,
		      const struct conf_map *map)
{
	struct nesting n = begin(p, "{}");

	for (size_t i = 0; i < map->count; i++) {
		print_key(p, str_of(map->entries[i].name));
		print_table(p, opt->sub, map->entries[i].value);
	}
	end(p, &n);
}

static void print_block_item(struct printer *p, const struct conf_section *s,
			     const void *value)
{
	size_t mark;

	new_line(p);
	buf_add_lit(p->out, "- ");
	mark = p->out->len;
	p->joined = true;
	p->indent++;
	print_rows(p, s, value);
	p->indent--;
	p->joined = false;
	if (p->out->len == mark)
		buf_add_lit(p->out, "{}");
}

static void print_seq(struct printer *p, const struct conf_opt *opt,
		      const struct conf_seq *seq)
{
	struct nesting n = begin(p, "[]");

	for (size_t i = 0; i < seq->count; i++) {
		if (!p->flow) {
			print_block_item(p, opt->sub, seq->items[i]);
			continue;
		}
		if (i > 0)
			buf_add_char(p->out, ',');
		print_table(p, opt->sub, seq->items[i]);
	}
	end(p, &n);
}

static void print_texts(struct buf *out, const struct conf_texts *texts)
{
	buf_add_lit(out, " [");
	for (size_t i = 0; i < texts->count; i++) {
		if (i > 0)
			buf_add_lit(out, ", ");
		conf_print_text(out, str_of(texts->items[i]));
	}
	buf_add_char(out, ']');
}

static void print_node(struct printer *p, const struct conf_opt *opt,
		       const void *field)
{
	struct buf text = { 0 };

	opt->print(field, &text);
	if (text.len > 0) {
		print_key(p, str_of(opt->key));
		buf_add_char(p->out, ' ');
		buf_add_str(p->out, buf_str(&text));
	}
	buf_fini(&text);
}

static void print_row(struct printer *p, const struct conf_opt *opt,
		      const void *field)
{
	if ((opt->def == NULL && conf_value_is_unset(opt, field)) ||
	    (opt->kind == CONF_SECTION && left_out(opt->sub, field)))
		return;
	if (opt->kind == CONF_NODE) {
		print_node(p, opt, field);
		return;
	}
	print_key(p, str_of(opt->key));
	switch (opt->kind) {
	case CONF_SECTION:
		print_table(p, opt->sub, field);
		return;
	case CONF_MAP:
		print_map(p, opt, field);
		return;
	case CONF_SEQ:
		print_seq(p, opt, field);
		return;
	case CONF_TEXTS:
		print_texts(p->out, field);
		return;
	case CONF_BOOL:
	case CONF_INT:
	case CONF_SPAN:
	case CONF_BYTES:
	case CONF_TEXT:
	case CONF_ENUM:
	case CONF_NODE:
		buf_add_char(p->out, ' ');
		conf_value_print(opt, field, p->out);
		return;
	}
}

static void print_rows(struct printer *p, const struct conf_section *s,
		       const char *value)
{
	for (const struct conf_opt *o = s->opts; o->key != NULL; o++)
		print_row(p, o, value + o->offset);
}

void conf_print_flow(struct buf *out, const struct conf_section *s,
		     const void *value)
{
	struct printer p = { .out = out, .flow = true, .joined = true };

	buf_add_char(out, '{');
	print_rows(&p, s, value);
	buf_add_lit(out, " }");
}

void conf_print_block(struct buf *out, const struct conf_section *s,
		      const void *value)
{
	struct printer p = { .out = out };

	print_rows(&p, s, value);
	buf_add_char(out, '\n');
}
