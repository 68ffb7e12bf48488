/* SPDX-License-Identifier: MIT */
/* bench_xml.c - what framing, parsing and writing cost per stanza */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "xmpp/xml/parse.h"
#include "xmpp/xml/scan.h"
#include "xmpp/xml/write.h"

#define ROUNDS 500000
#define HEAD   "<stream:stream xmlns='jabber:client'>"

static const char stanza[] =
	"<message to='romeo@example.net/orchard' from='juliet@example.com/b'"
	" type='chat' id='ktx72v49' xml:lang='en'><body>Art thou not Romeo,"
	" and a Montague?</body><active xmlns='http://jabber.org/protocol/"
	"chatstates'/><request xmlns='urn:xmpp:receipts'/></message>";

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(const char *what, double since)
{
	double each = (now() - since) / ROUNDS;

	printf("%-20s %7.0f ns a stanza of %zu bytes, %6.0f MB/s\n", what,
	       each * 1e9, sizeof(stanza) - 1,
	       (double)(sizeof(stanza) - 1) / each / 1e6);
}

static int scan(void)
{
	struct xmpp_xml_scan s;
	struct xmpp_xml_unit u;
	double start;

	xmpp_xml_scan_init(&s, &xmpp_xml_scan_c2s);
	if (xmpp_xml_scan(&s, STR(HEAD), &u) != GW_OK)
		return 1;
	start = now();
	for (int i = 0; i < ROUNDS; i++) {
		if (xmpp_xml_scan(&s, STR(stanza), &u) != GW_OK)
			return 1;
	}
	report("scan", start);
	return 0;
}

static int parse(struct xmpp_xml_parser *p, struct arena *a, const char *what,
		 struct xmpp_xml_root root)
{
	double start = now();
	struct stanza *s;

	for (int i = 0; i < ROUNDS; i++) {
		if (xmpp_xml_parse(p, &root, STR(stanza), a, &s) != GW_OK)
			return 1;
		arena_reset(a);
	}
	report(what, start);
	return 0;
}

static int write_out(struct xmpp_xml_parser *p, struct arena *a)
{
	struct xmpp_xml_root root = { .kind = XMPP_XML_CLIENT };
	struct buf b = { .data = NULL };
	struct stanza *s;
	double start;

	if (xmpp_xml_parse(p, &root, STR(stanza), a, &s) != GW_OK)
		return 1;
	start = now();
	for (int i = 0; i < ROUNDS; i++) {
		buf_reset(&b);
		xmpp_xml_write(&b, s, XMPP_XML_IN_STREAM);
	}
	report("write", start);
	buf_fini(&b);
	return 0;
}

int main(void)
{
	struct xmpp_xml_parser *p = xmpp_xml_parser_new(1);
	struct arena *a = arena_new();
	int failed = scan();

	failed |= parse(p, a, "parse",
			(struct xmpp_xml_root){ .kind = XMPP_XML_CLIENT });
	failed |= parse(p, a, "parse, own header",
			(struct xmpp_xml_root){
				.kind = XMPP_XML_CLIENT,
				.custom = STR("<root xmlns='jabber:client' "
					      "xmlns:x='urn:x'>") });
	failed |= write_out(p, a);
	arena_free(&a);
	xmpp_xml_parser_free(&p);
	return failed;
}
