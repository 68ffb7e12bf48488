/* SPDX-License-Identifier: MIT */
/* xep0401_invite.c - XEP-0401: persons make invitations by their clients
 *
 * The invitations themselves are xep0445_invitation.c's; here stands who may
 * make which.
 */
#include "gateway/base/when.h"
#include "xmpp/muc/form.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/commands.h"

#define VALID (7 * WHEN_DAY)

static bool may_create(const struct xmpp *x, struct str bare)
{
	if (x->conf->registration == XMPP_REGISTER_CLOSED ||
	    x->people.add == NULL)
		return false;
	switch ((enum xmpp_conf_invite)x->conf->invite_accounts) {
	case XMPP_INVITE_NOBODY:
		return false;
	case XMPP_INVITE_ADMINS:
		return x->people.is_admin != NULL &&
		       x->people.is_admin(x->people.self, bare);
	case XMPP_INVITE_EVERYBODY:
		return true;
	}
	__builtin_unreachable();
}

static bool may_invite(const struct xmpp *x, struct str bare)
{
	(void)bare;
	return x->conf->invite_contacts;
}

/* A command that waits for its invitation. */
struct inviting {
	struct xmpp_later *later;
	char id[XMPP_COMMAND_ID];
};

static const char *why_not(enum gw_err e)
{
	switch (e) {
	case GW_CONFLICT:
		return "somebody has that name, or was promised it";
	case GW_LIMIT:
		return "too many of your invitations are open";
	case GW_BAD_INPUT:
	case GW_DENIED:
		return "there is no such invitation to be had here";
	case GW_OK:
	case GW_AGAIN:
	case GW_NOT_FOUND:
	case GW_UNAVAIL:
	case GW_INTERNAL:
		break;
	}
	return "not now: try again later";
}

static struct stanza *result(struct arena *a, const struct xmpp_invitation *i)
{
	struct stanza *form =
		xmpp_form_new(a, "result", "urn:xmpp:invite#invitation");
	char expiry[WHEN_TEXT_MAX];

	when_rfc3339(i->expiry, expiry);
	xmpp_form_add(a, form,
		      &(struct xmpp_form_field){ .var = "uri",
						 .type = "text-single",
						 .value = str_of(i->uri) });
	if (i->page != NULL)
		xmpp_form_add(
			a, form,
			&(struct xmpp_form_field){ .var = "landing-url",
						   .type = "text-single",
						   .value = str_of(i->page) });
	xmpp_form_add(a, form,
		      &(struct xmpp_form_field){ .var = "expire",
						 .type = "text-single",
						 .value = str_of(expiry) });
	return form;
}

static void on_invited(void *arg, enum gw_err e,
		       const struct xmpp_invitation *made)
{
	struct inviting *w = arg;
	struct xmpp_command_step s = { .form = NULL };
	struct xmpp_ctx c;

	s.c = &c;
	memcpy(s.id, w->id, sizeof(s.id));
	if (xmpp_later_begin(w->later, &c, &s.iq))
		xmpp_command_done(&s, e == GW_OK ? result(c.a, made) : NULL,
				  e == GW_OK ? NULL : why_not(e));
	xmpp_later_end(&w->later);
	mem_free(w);
}

static enum xmpp_verdict invite(const struct xmpp_command_step *s,
				struct xmpp_invite *wish)
{
	struct inviting *w = mem_new(sizeof(*w));

	wish->maker = s->c->session->jid.bare;
	wish->valid = VALID;
	memcpy(w->id, s->id, sizeof(w->id));
	w->later = xmpp_later(s->c, s->iq);
	xmpp_invite(s->c->x, wish, on_invited, w);
	return XMPP_LATER;
}

/* 4.1: at once.  With it goes an account, if this person may give one. */
static enum xmpp_verdict on_invite(const struct xmpp_command_step *s)
{
	struct jid me = s->c->session->jid;
	struct xmpp_invite wish = { .inviter = me.bare };

	if (may_create(s->c->x, me.bare))
		wish.address = me.domain;
	return invite(s, &wish);
}

static struct stanza *questions(struct arena *a)
{
	struct stanza *form = stanza_new(a, "x", XMPP_FORM_NS);

	stanza_set_attr(a, form, "type", STR("form"));
	stanza_add_leaf(a, form, "title", XMPP_FORM_NS, STR("Create account"));
	stanza_add_leaf(a, form, "instructions", XMPP_FORM_NS,
			STR("Without a name the newcomer chooses one."));
	xmpp_form_add(a, form,
		      &(struct xmpp_form_field){ .var = "username",
						 .type = "text-single",
						 .label = "Name" });
	xmpp_form_add(
		a, form,
		&(struct xmpp_form_field){ .var = "roster-subscription",
					   .type = "boolean",
					   .label = "Becomes your contact",
					   .value = STR("0") });
	return form;
}

static enum xmpp_verdict on_create(const struct xmpp_command_step *s)
{
	struct jid me = s->c->session->jid, j;
	struct arena *a = s->c->a;
	struct xmpp_invite wish = { .address = me.domain, .to_register = true };
	struct str name;
	int friends;

	if (s->form == NULL) {
		xmpp_command_ask(s, questions(a));
		return XMPP_DONE;
	}
	name = xmpp_form_value(a, s->form, "username");
	friends = xmpp_form_bool(a, s->form, "roster-subscription");
	if (friends == -2 ||
	    (name.n > 0 &&
	     xmpp_jid_make(a, name, me.domain, STR_NONE, &j) != GW_OK)) {
		xmpp_command_bad(s, friends == -2 ? "yes or no"
						  : "no such name can be");
		return XMPP_DONE;
	}
	if (name.n > 0)
		wish.address = j.bare;
	if (friends == 1)
		wish.inviter = me.bare;
	return invite(s, &wish);
}

const struct xmpp_command xmpp_command_invite = {
	.node = "urn:xmpp:invite#invite",
	.name = "Invite user",
	.may = may_invite,
	.step = on_invite,
};

const struct xmpp_command xmpp_command_create_account = {
	.node = "urn:xmpp:invite#create-account",
	.name = "Create account",
	.may = may_create,
	.step = on_create,
};
