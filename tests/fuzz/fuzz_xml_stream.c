/* SPDX-License-Identifier: MIT */
/* fuzz_xml_stream.c - scanner, parser and writer on a hostile stream
 *
 * The first byte says in what pieces the rest arrives.  The pieces must give
 * the same units as one read; each stanza that parses must come out of the
 * writer as the same tree, on a stream and by itself (B06).
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/xmpp/xml_dump.h"
#include "xmpp/xml/parse.h"
#include "xmpp/xml/scan.h"
#include "xmpp/xml/write.h"

struct run {
	struct xmpp_xml_parser *p;
	struct arena *a;
	struct xmpp_xml_root root;
	struct buf log;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void same_tree(struct run *r, const struct xmpp_xml_root *root,
		      struct str text, const struct buf *want)
{
	struct buf got = { .data = NULL };
	struct stanza *s = NULL;

	must(xmpp_xml_parse(r->p, root, text, r->a, &s) == GW_OK);
	xml_dump(&got, s);
	must(str_eq(buf_str(&got), buf_str(want)));
	buf_fini(&got);
}

static void round_trip(struct run *r, const struct stanza *s)
{
	static const struct xmpp_xml_root client = { .kind = XMPP_XML_CLIENT };
	static const struct xmpp_xml_patch none = { .to = STR_NONE };
	struct buf want = { .data = NULL }, text = { .data = NULL };
	struct frame *tail = xmpp_xml_tail(s, XMPP_XML_IN_STREAM);

	xml_dump(&want, s);
	xmpp_xml_write(&text, s, XMPP_XML_IN_STREAM);
	same_tree(r, &client, buf_str(&text), &want);
	buf_reset(&text);
	xmpp_xml_write(&text, stanza_copy(r->a, s), XMPP_XML_BY_ITSELF);
	same_tree(r, NULL, buf_str(&text), &want);
	buf_reset(&text);
	xmpp_xml_write_head(&text, s, &none, XMPP_XML_IN_STREAM);
	buf_add_str(&text, frame_str(tail));
	same_tree(r, &client, buf_str(&text), &want);
	frame_unref(&tail);
	buf_fini(&want);
	buf_fini(&text);
}

/* false: the connection would be closed here. */
static bool take_unit(struct run *r, const struct xmpp_xml_unit *u)
{
	struct xmpp_xml_header h;
	struct stanza *s = NULL;

	buf_printf(&r->log, "%d " STR_FMT "\n", (int)u->kind, STR_ARG(u->text));
	if (u->kind == XMPP_XML_HEADER) {
		if (xmpp_xml_parse_header(r->p, u->text, r->a, &h) != GW_OK)
			return false;
		r->root = h.root;
	} else if (u->kind == XMPP_XML_STANZA) {
		if (xmpp_xml_parse(r->p, &r->root, u->text, r->a, &s) != GW_OK)
			return false;
		round_trip(r, s);
	}
	return true;
}

static void run(struct run *r, struct str all, size_t step)
{
	struct xmpp_xml_scan scan;
	struct xmpp_xml_unit u;
	struct str in = str_make(all.p, 0);
	enum gw_err err;

	xmpp_xml_scan_init(&scan, &xmpp_xml_scan_guest);
	for (;;) {
		err = xmpp_xml_scan(&scan, in, &u);
		if (err == GW_OK) {
			in = str_make(in.p + u.eaten, in.n - u.eaten);
			if (u.kind != XMPP_XML_SPACE && !take_unit(r, &u))
				break;
		} else if (err == GW_AGAIN && in.p + in.n < all.p + all.n) {
			size_t left = (size_t)(all.p + all.n - in.p) - in.n;

			in.n += left < step ? left : step;
		} else {
			break;
		}
	}
	xmpp_xml_scan_fini(&scan);
	buf_printf(&r->log, "%s %s", err_name(err),
		   xmpp_xml_fault_name(u.fault));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run whole = { .a = arena_new() }, pieces = { .a = arena_new() };
	struct str all;

	if (size > 1) {
		all = str_make((const char *)data + 1, size - 1);
		whole.p = xmpp_xml_parser_new(1);
		pieces.p = xmpp_xml_parser_new(2);
		run(&whole, all, all.n);
		run(&pieces, all, data[0] % 64U + 1);
		must(str_eq(buf_str(&whole.log), buf_str(&pieces.log)));
	}
	xmpp_xml_parser_free(&whole.p);
	xmpp_xml_parser_free(&pieces.p);
	arena_free(&whole.a);
	arena_free(&pieces.a);
	buf_fini(&whole.log);
	buf_fini(&pieces.log);
	return 0;
}
