/* SPDX-License-Identifier: MIT */
/* muc.c - rooms in scenarios */
#include "tests/unit/xmpp/muc.h"

const char *const muc_yaml =
	"  muc:\n"
	"    rooms:\n"
	"      ops@rooms.example.org:\n"
	"        name: Operations\n"
	"        owners: [ann@example.org]\n"
	"        admins: [bob@example.org]\n"
	"        members: [cat@example.org, dan@example.org]\n";

void muc_join(struct client *c, const char *room, const char *nick)
{
	x_sendf(c,
		"<presence to='%s/%s'><x xmlns='" NS_MUC_TEXT "'/></presence>",
		room, nick);
}

void muc_in(struct client *c, const char *room, const char *nick)
{
	muc_join(c, room, nick);
	x_expect(c, "code='110'");
	x_expect(c, "<subject");
	for (struct client *o = c->w->clients; o != NULL; o = o->next)
		x_forget(o);
}

void muc_configure(struct client *c, const char *room, const char *fields)
{
	x_sendf(c,
		"<iq type='set' id='conf' to='%s'>"
		"<query xmlns='" NS_MUC_TEXT "#owner'>"
		"<x xmlns='jabber:x:data' type='submit'>%s</x></query></iq>",
		room, fields);
}

void muc_talk(struct client *ann)
{
	muc_join(ann, TALK, "ann");
	x_expect(ann, "code='201'");
	muc_configure(ann, TALK, "");
	x_expect(ann, "id='conf'");
	x_forget(ann);
}

void muc_say(struct client *c, const char *room, const char *body)
{
	x_sendf(c,
		"<message to='%s' type='groupchat' id='m-%s'><body>%s</body>"
		"</message>",
		room, body, body);
}

void muc_pass(struct client *c, int seconds)
{
	for (; seconds > 0; seconds -= 30) {
		x_pass(c->w, INT64_C(30) * 1000);
		x_send(c, "<presence/>");
	}
}
