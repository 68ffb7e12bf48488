/* SPDX-License-Identifier: MIT */
/* test_s2s_room.c - links that end while rooms tell what comes of it */
#include "tests/unit/xmpp/far.h"

#define ROOM "talk@rooms.example.org"

/* One of another server enters; the link of the room's to that. */
static struct client *enters(struct far *f, const char *nick,
			     const char *domain)
{
	struct client *in = x_connect_s2s(f->w), *c;
	char id[128];

	x_sendf(in,
		OPEN_AS("%s", "rooms.example.org") "<db:result from='%s' "
						   "to='rooms.example.org'>"
						   "k</db:result>",
		domain, domain);
	c = far_called(f);
	x_send(c, ANSWER COUNTS);
	x_expect(c, "<db:verify from='rooms.example.org'");
	far_attr(c, "id", id);
	x_sendf(c,
		"<db:verify from='%s' to='rooms.example.org' id='%s' "
		"type='valid'/>"
		"<db:result from='%s' to='rooms.example.org' type='valid'/>",
		domain, id, domain);
	x_expect(c, "<enable");
	x_send(c, "<enabled xmlns='urn:xmpp:sm:3'/>");
	x_sendf(in,
		"<presence from='%s@%s/x' to='" ROOM "/%s'>"
		"<x xmlns='http://jabber.org/protocol/muc'/></presence>",
		nick, domain, nick);
	x_expect(c, "<subject");
	return c;
}

/* What a link gives back may be answered over another one, for which there is
 * no room but its own. */
static void a_link_that_gives_back_is_not_forgotten(void **state)
{
	struct far *f = far_new("    links: 2\n");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *eve, *zed;

	(void)state;
	x_send(ann, "<presence to='" ROOM "/ann'><x "
		    "xmlns='http://jabber.org/protocol/muc'/></presence>"
		    "<iq type='set' id='conf' to='" ROOM "'><query "
		    "xmlns='http://jabber.org/protocol/muc#owner'><x "
		    "xmlns='jabber:x:data' type='submit'/></query></iq>");
	zed = enters(f, "zed", "near.example");
	eve = enters(f, "eve", "far.example");
	x_expect(zed, ROOM "/eve");
	x_send(zed, "<a xmlns='urn:xmpp:sm:3' h='4'/>");
	x_cut(zed);
	/* Takes the place of zed's link. */
	x_send(ann, "<message to='cat@silent.example'><body>x</body>"
		    "</message>");
	(void)far_called(f);
	x_forget(ann);
	x_cut(eve);
	x_expect(ann, "from='" ROOM "/eve'");
	x_expect(ann, "type='unavailable'");
	x_expect_no(ann, ROOM "/zed");
	far_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_that_gives_back_is_not_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
