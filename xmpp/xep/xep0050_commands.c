/* SPDX-License-Identifier: MIT */
/* xep0050_commands.c - XEP-0050: commands that clients of this server run on it
 *
 * What a command has asked for lives with the client's session, for a while:
 * no other can go on with it, and nothing is left behind.
 */
#include "xmpp/xep/commands.h"

#include "xmpp/muc/form.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/disco.h"

#define RUNNING_MAX 4 /* of one client; the oldest gives way */
#define ALIVE	    (10 * WHEN_MINUTE)

extern const struct xmpp_module xmpp_mod_commands;

static const struct xmpp_command *const all[] = {
	&xmpp_command_invite,
	&xmpp_command_create_account,
};

#define COMMANDS (sizeof(all) / sizeof(all[0]))

struct running {
	char id[XMPP_COMMAND_ID]; /* "": none */
	const struct xmpp_command *command;
	int64_t since;
};

struct commands {
	struct running of[RUNNING_MAX];
};

enum action {
	ACTION_EXECUTE,
	ACTION_NEXT,
	ACTION_COMPLETE,
	ACTION_PREV,
	ACTION_CANCEL,
	ACTION__N
};

static const char *const actions[ACTION__N] = {
	"execute", "next", "complete", "prev", "cancel",
};

/* ---- who sees what ---- */

static bool may(const struct xmpp_ctx *c, const struct xmpp_command *cmd)
{
	return c->session != NULL && cmd->may(c->x, c->session->jid.bare);
}

static const struct xmpp_command *find(struct str node)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (str_is(node, all[i]->node))
			return all[i];
	return NULL;
}

static void add_identity(struct arena *a, struct stanza *query,
			 const char *type, const char *name)
{
	struct stanza *id = stanza_add_new(a, query, "identity", NS_DISCO_INFO);

	stanza_set_attr(a, id, "category", STR("automation"));
	stanza_set_attr(a, id, "type", str_of(type));
	stanza_set_attr(a, id, "name", str_of(name));
}

static void add_feature(struct arena *a, struct stanza *query, const char *var)
{
	struct stanza *f = stanza_add_new(a, query, "feature", NS_DISCO_INFO);

	stanza_set_attr(a, f, "var", str_of(var));
}

bool xmpp_commands_info(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct str node = stanza_attr(xmpp_payload(iq), "node");
	const struct xmpp_command *cmd = find(node);
	struct stanza *query;

	if (cmd == NULL && !str_is(node, NS_COMMANDS))
		return false;
	if (cmd != NULL && !may(c, cmd)) {
		xmpp_reply_error(c, iq, XMPP_FORBIDDEN, NULL);
		return true;
	}
	query = stanza_new(c->a, "query", NS_DISCO_INFO);
	stanza_set_attr(c->a, query, "node", node);
	if (cmd != NULL)
		add_identity(c->a, query, "command-node", cmd->name);
	else
		add_identity(c->a, query, "command-list", "Commands");
	add_feature(c->a, query, NS_COMMANDS);
	add_feature(c->a, query, XMPP_FORM_NS);
	xmpp_reply(c, iq, query);
	return true;
}

bool xmpp_commands_items(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct str node = stanza_attr(xmpp_payload(iq), "node");
	struct stanza *query, *item;

	if (!str_is(node, NS_COMMANDS) && find(node) == NULL)
		return false;
	query = stanza_new(c->a, "query", NS_DISCO_ITEMS);
	stanza_set_attr(c->a, query, "node", node);
	for (size_t i = 0; i < COMMANDS && find(node) == NULL; i++) {
		if (!may(c, all[i]))
			continue;
		item = stanza_add_new(c->a, query, "item", NS_DISCO_ITEMS);
		stanza_set_attr(c->a, item, "jid", stanza_attr(iq, "to"));
		stanza_set_attr(c->a, item, "node", str_of(all[i]->node));
		stanza_set_attr(c->a, item, "name", str_of(all[i]->name));
	}
	xmpp_reply(c, iq, query);
	return true;
}

/* ---- sessions of commands ---- */

static struct commands *mine(const struct xmpp_ctx *c)
{
	return xmpp_module_session(c->session, &xmpp_mod_commands);
}

static struct running *find_running(const struct xmpp_ctx *c, struct str id)
{
	struct commands *m = mine(c);

	for (size_t i = 0; i < RUNNING_MAX; i++)
		if (id.n > 0 && str_is(id, m->of[i].id) &&
		    loop_now(c->x->loop) - m->of[i].since < ALIVE)
			return &m->of[i];
	return NULL;
}

static void forget(const struct xmpp_ctx *c, struct str id)
{
	struct running *r = find_running(c, id);

	if (r != NULL)
		*r = (struct running){ .command = NULL };
}

/* Its place, else an empty one, else the oldest's. */
static struct running *place_for(const struct xmpp_ctx *c, const char *id)
{
	struct commands *m = mine(c);
	struct running *r = find_running(c, str_of(id));

	if (r != NULL)
		return r;
	r = &m->of[0];
	for (size_t i = 1; i < RUNNING_MAX && r->id[0] != '\0'; i++)
		if (m->of[i].id[0] == '\0' || m->of[i].since < r->since)
			r = &m->of[i];
	return r;
}

static void keep(const struct xmpp_ctx *c, const char *id,
		 const struct xmpp_command *cmd)
{
	struct running *r = place_for(c, id);

	memcpy(r->id, id, sizeof(r->id));
	r->command = cmd;
	r->since = loop_now(c->x->loop);
}

/* ---- answers ---- */

static struct stanza *answer(const struct xmpp_command_step *s,
			     const char *status)
{
	struct arena *a = s->c->a;
	struct stanza *el = stanza_new(a, "command", NS_COMMANDS);

	stanza_set_attr(a, el, "node",
			stanza_attr(xmpp_payload(s->iq), "node"));
	stanza_set_attr(a, el, "sessionid", str_of(s->id));
	stanza_set_attr(a, el, "status", str_of(status));
	stanza_set_attr(a, el, "xml:lang", STR("en"));
	return el;
}

static void refuse(struct xmpp_ctx *c, const struct stanza *iq,
		   enum xmpp_condition cond, const char *specific,
		   const char *text)
{
	struct stanza *out = xmpp_fault_stanza(c->a, iq, cond, text);
	struct stanza *error =
		out != NULL ? stanza_child(out, "error", NS_CLIENT) : NULL;

	if (error == NULL)
		return;
	if (specific != NULL)
		stanza_add_new(c->a, error, specific, NS_COMMANDS);
	xmpp_session_send(c->session, out);
}

void xmpp_command_ask(const struct xmpp_command_step *s, struct stanza *form)
{
	struct arena *a = s->c->a;
	struct stanza *el = answer(s, "executing"), *list;

	keep(s->c, s->id, find(stanza_attr(xmpp_payload(s->iq), "node")));
	list = stanza_add_new(a, el, "actions", NS_COMMANDS);
	stanza_set_attr(a, list, "execute", STR("complete"));
	stanza_add_new(a, list, "complete", NS_COMMANDS);
	stanza_add(el, form);
	xmpp_reply(s->c, s->iq, el);
}

void xmpp_command_bad(const struct xmpp_command_step *s, const char *text)
{
	refuse(s->c, s->iq, XMPP_BAD_REQUEST, "bad-payload", text);
}

/* 3.7: a failure is a completion with a note. */
void xmpp_command_done(const struct xmpp_command_step *s,
		       struct stanza *payload, const char *failed)
{
	struct stanza *el = answer(s, "completed"), *note;

	forget(s->c, str_of(s->id));
	if (failed != NULL) {
		note = stanza_add_leaf(s->c->a, el, "note", NS_COMMANDS,
				       str_of(failed));
		stanza_set_attr(s->c->a, note, "type", STR("error"));
	}
	if (payload != NULL)
		stanza_add(el, payload);
	xmpp_reply(s->c, s->iq, el);
}

/* ---- requests ---- */

static enum action action_of(const struct stanza *el)
{
	struct str word = stanza_attr(el, "action");

	if (word.p == NULL)
		return ACTION_EXECUTE;
	for (unsigned i = 0; i < ACTION__N; i++)
		if (str_is(word, actions[i]))
			return (enum action)i;
	return ACTION__N;
}

static enum xmpp_verdict begin(struct xmpp_ctx *c, const struct stanza *iq,
			       const struct xmpp_command *cmd,
			       enum action action)
{
	struct xmpp_command_step s = { .c = c, .iq = iq };

	if (action != ACTION_EXECUTE) {
		refuse(c, iq, XMPP_BAD_REQUEST, "bad-action", NULL);
		return XMPP_DONE;
	}
	loop_id(c->x->loop, s.id);
	return cmd->step(&s);
}

/* Ids of ours that are over are told from those that never were, by their
 * look. */
static void refuse_id(struct xmpp_ctx *c, const struct stanza *iq,
		      struct str id)
{
	if (id.n == XMPP_COMMAND_ID - 1)
		refuse(c, iq, XMPP_NOT_ALLOWED, "session-expired", NULL);
	else
		refuse(c, iq, XMPP_BAD_REQUEST, "bad-sessionid", NULL);
}

static enum xmpp_verdict go_on(struct xmpp_ctx *c, const struct stanza *iq,
			       const struct running *r, enum action action)
{
	struct xmpp_command_step s = { .c = c,
				       .iq = iq,
				       .form = xmpp_form_of(xmpp_payload(iq)) };

	memcpy(s.id, r->id, sizeof(s.id));
	if (action == ACTION_CANCEL) {
		forget(c, str_of(s.id));
		xmpp_reply(c, iq, answer(&s, "canceled"));
	} else if (action == ACTION_PREV || action == ACTION_NEXT) {
		refuse(c, iq, XMPP_BAD_REQUEST, "bad-action", NULL);
	} else if (s.form == NULL) {
		xmpp_command_bad(&s, "the form is missing");
	} else {
		return r->command->step(&s);
	}
	return XMPP_DONE;
}

static enum xmpp_verdict on_command(struct xmpp_ctx *c, const struct stanza *iq)
{
	const struct stanza *el = xmpp_payload(iq);
	const struct xmpp_command *cmd = find(stanza_attr(el, "node"));
	struct str id = stanza_attr(el, "sessionid");
	enum action action = action_of(el);
	const struct running *r;

	if (c->session == NULL || (cmd != NULL && !may(c, cmd))) {
		xmpp_reply_error(c, iq, XMPP_FORBIDDEN, NULL);
		return XMPP_DONE;
	}
	if (cmd == NULL) {
		xmpp_reply_error(c, iq, XMPP_ITEM_NOT_FOUND, NULL);
		return XMPP_DONE;
	}
	if (action == ACTION__N) {
		refuse(c, iq, XMPP_BAD_REQUEST, "malformed-action", NULL);
		return XMPP_DONE;
	}
	if (id.p == NULL)
		return begin(c, iq, cmd, action);
	r = find_running(c, id);
	if (r != NULL && r->command == cmd)
		return go_on(c, iq, r, action);
	refuse_id(c, iq, id);
	return XMPP_DONE;
}

static const char *const features[] = { NS_COMMANDS, NULL };

static const struct xmpp_iq_route routes[] = {
	{ IQ_SET, AT_HOST, NS_COMMANDS, "command", on_command },
	{ .fn = NULL },
};

const struct xmpp_module xmpp_mod_commands = {
	.name = "commands",
	.xep = "0050",
	.doc = "lets clients run commands on the server",
	.features = features,
	.iq = routes,
	.session_size = sizeof(struct commands),
};
