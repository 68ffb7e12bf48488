/* SPDX-License-Identifier: MIT */
/* xml_fixture.h - a parser, and what it makes of a unit as one line of text
 */
#ifndef GW_TESTS_XML_FIXTURE_H
#define GW_TESTS_XML_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/xmpp/xml_dump.h"
#include "xmpp/xml/parse.h"

struct fixture {
	struct xmpp_xml_parser *p;
	struct arena *a;
};

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));

	f->p = xmpp_xml_parser_new(42);
	f->a = arena_new();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	xmpp_xml_parser_free(&f->p);
	arena_free(&f->a);
	mem_free(f);
	return 0;
}

/* The tree as text, or the stream error. */
static const char *result(struct fixture *f, const struct xmpp_xml_root *root,
			  struct str in)
{
	struct stanza *s = NULL;
	struct buf b = { .data = NULL };
	const char *text;
	enum gw_err err = xmpp_xml_parse(f->p, root, in, f->a, &s);

	if (err != GW_OK) {
		assert_int_equal(err, GW_BAD_INPUT);
		assert_null(s);
		return xmpp_xml_fault_name(xmpp_xml_parser_fault(f->p));
	}
	assert_int_equal(xmpp_xml_parser_fault(f->p), XMPP_XML_FAULT_NONE);
	xml_dump(&b, s);
	text = arena_strndup(f->a, (const char *)b.data, b.len);
	buf_fini(&b);
	return text;
}

#endif
