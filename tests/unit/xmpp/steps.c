/* SPDX-License-Identifier: MIT */
/* steps.c - strangers at each step of the negotiation */
#include "tests/unit/xmpp/steps.h"

static const char *const step_names[] = {
	"nothing sent",
	"half a header",
	"header sent",
	"half a log-in",
	"challenged",
	"logged in",
	"stream restarted",
	"bound",
	"component, nothing sent",
	"component header",
	"component recognised",
	"server, nothing sent",
	"server, header sent",
};

#define ANN_IN "<auth " SASL " mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>"
#define ANN_ASK                                                                \
	"<auth " SASL " mechanism='SCRAM-SHA-1'>biwsbj1hbm4scj1mb28="          \
	"</auth>"

static struct client *component_at(struct world *w, enum step step)
{
	struct client *c;

	if (step == STEP_COMPONENT_OPEN)
		return k_login(w, "echo.example.org", "right-secret");
	c = k_connect(w);
	if (step == STEP_COMPONENT_HEADER)
		x_send(c, K_OPEN("echo.example.org"));
	return c;
}

/* Another server; what it may say then is in test_s2s.c. */
static struct client *server_at(struct world *w, enum step step)
{
	struct client *c = x_connect_s2s(w);

	if (step == STEP_SERVER_HEADER)
		x_send(c, "<stream:stream to='example.org' "
			  "from='example.net' version='1.0' "
			  "xmlns='jabber:server' "
			  "xmlns:stream='http://etherx.jabber.org/streams'>");
	x_forget(c);
	return c;
}

struct client *step_client(struct world *w, enum step step)
{
	struct client *c;

	if (step >= STEP_SERVER)
		return server_at(w, step);
	if (step >= STEP_COMPONENT)
		return component_at(w, step);
	if (step == STEP_BOUND)
		return x_login(w, "ann@example.org/a");
	c = x_connect(w);
	if (step == STEP_HALF_HEADER)
		x_send(c, "<?xml version='1.0'?><stream:stream to='exam");
	if (step >= STEP_HEADER)
		x_send(c, X_STREAM_OPEN);
	if (step == STEP_HALF_AUTH)
		x_send(c, "<auth " SASL " mechanism='PLAIN'>AGFubg");
	if (step == STEP_CHALLENGED)
		x_send(c, ANN_ASK);
	if (step >= STEP_LOGGED_IN)
		x_send(c, ANN_IN);
	if (step == STEP_RESTARTED)
		x_send(c, X_STREAM_OPEN);
	x_forget(c);
	return c;
}

const char *step_name(enum step step)
{
	return step_names[step];
}
