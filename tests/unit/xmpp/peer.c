/* SPDX-License-Identifier: MIT */
/* peer.c - a client that keeps XEP-0198 */
#include "tests/unit/xmpp/peer.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/codec.h"

struct client *peer_connect(struct world *w, const char *local)
{
	struct client *c = x_connect(w);
	struct arena *a = arena_new();
	char *plain = arena_printf(a, "-%s-secret", local);
	size_t n = strlen(plain);

	plain[0] = '\0';
	plain[1 + strlen(local)] = '\0';
	x_send(c, X_STREAM_OPEN);
	x_sendf(c,
		"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		"mechanism='PLAIN'>%s</auth>",
		codec_base64(a, plain, n));
	x_expect(c, "<success");
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "</stream:features>");
	x_forget(c);
	arena_free(&a);
	return c;
}

static void attribute(const char *at, const char *name, char *out, size_t cap)
{
	const char *end = strchr(at, '>');
	char key[32];

	snprintf(key, sizeof(key), " %s='", name);
	out[0] = '\0';
	at = strstr(at, key);
	if (at == NULL || at > end)
		return;
	at += strlen(key);
	snprintf(out, cap, "%.*s", (int)strcspn(at, "'"), at);
}

static void enable(struct peer *p)
{
	x_send(p->c, "<presence/>");
	peer_read(p);
	p->in = 0;
	p->sent -= p->acked;
	memmove(p->numbers, p->numbers + p->acked,
		p->sent * sizeof(*p->numbers));
	p->acked = 0;
	x_send(p->c, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
	peer_read(p);
	assert_true(p->id[0] != '\0');
}

void peer_online(struct peer *p, struct world *w, const char *local,
		 const char *resource)
{
	char full[64];

	memset(p, 0, sizeof(*p));
	p->w = w;
	p->local = local;
	p->resource = resource;
	snprintf(full, sizeof(full), "%s@example.org/%s", local, resource);
	p->c = x_login(w, full);
	enable(p);
}

static void write_message(struct peer *p, const char *to, int number)
{
	x_sendf(p->c,
		"<message to='%s@example.org' type='chat' id='m%d'>"
		"<body>n%d</body><origin-id xmlns='urn:xmpp:sid:0' id='%s%d'/>"
		"</message>",
		to, number, number, p->local, number);
}

void peer_say(struct peer *p, const char *to, int number)
{
	p->numbers[p->sent++] = number;
	if (p->c->fd >= 0)
		write_message(p, to, number);
}

static void on_message(struct peer *p, const char *at)
{
	const char *body = strstr(at, "<body>n");
	const char *end = strstr(at, "</message>");
	const char *sid = strstr(at, "<stanza-id ");
	char name[20] = "";
	int n;

	if (body == NULL || body > end)
		return;
	n = (int)strtol(body + 7, NULL, 10);
	assert_in_range(n, 0, PEER_MESSAGES - 1);
	if (sid != NULL && sid < end)
		attribute(sid, "id", name, sizeof(name));
	if (p->seen[n] == 0 || strcmp(p->name[n], name) != 0 || *name == '\0')
		p->seen[n]++;
	memcpy(p->name[n], name, sizeof(name));
}

static void take_h(struct peer *p, const char *at)
{
	char h[16];

	attribute(at, "h", h, sizeof(h));
	if (h[0] != '\0')
		p->acked = (unsigned)strtoul(h, NULL, 10);
	assert_true(p->acked <= p->sent);
}

void peer_read(struct peer *p)
{
	const char *at = x_text(p->c);

	for (; (at = strchr(at, '<')) != NULL; at++) {
		if (strncmp(at, "<message ", 9) == 0)
			on_message(p, at);
		if (strncmp(at, "<message ", 9) == 0 ||
		    strncmp(at, "<presence ", 10) == 0 ||
		    strncmp(at, "<iq ", 4) == 0)
			p->in++;
		if (strncmp(at, "<a ", 3) == 0 ||
		    strncmp(at, "<resumed ", 9) == 0 ||
		    strncmp(at, "<failed ", 8) == 0)
			take_h(p, at);
		if (strncmp(at, "<enabled ", 9) == 0)
			attribute(at, "id", p->id, sizeof(p->id));
	}
	x_forget(p->c);
}

void peer_ack(struct peer *p)
{
	x_sendf(p->c, "<a xmlns='urn:xmpp:sm:3' h='%u'/>", p->in);
}

void peer_cut(struct peer *p)
{
	if (p->c->fd >= 0)
		x_cut(p->c);
}

static void send_again(struct peer *p, const char *to)
{
	for (unsigned i = p->acked; i < p->sent; i++)
		write_message(p, to, p->numbers[i]);
}

bool peer_back(struct peer *p)
{
	bool resumed;

	p->c = peer_connect(p->w, p->local);
	x_sendf(p->c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='%u'/>",
		p->id, p->in);
	resumed = strstr(x_text(p->c), "<resumed ") != NULL;
	if (!resumed)
		assert_non_null(strstr(x_text(p->c), "<failed "));
	peer_read(p);
	if (!resumed) {
		x_sendf(p->c,
			"<iq type='set' id='bind'><bind "
			"xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
			"<resource>%s</resource></bind></iq>",
			p->resource);
		x_expect(p->c, "<jid>");
		enable(p);
	}
	send_again(p, "bob");
	peer_read(p);
	return resumed;
}

void peer_has_all_(struct peer *p, int first, int last, const char *file,
		   int line)
{
	for (int i = first; i <= last; i++) {
		if (p->seen[i] == 1)
			continue;
		print_error("message %d came %u times\n", i, p->seen[i]);
		_fail(file, line);
	}
}
