/* SPDX-License-Identifier: MIT */
/* owner.c - what owners do: configure a room, destroy it (10.1, 10.2, 10.9)
 */
#include "xmpp/muc/form.h"
#include "xmpp/muc/news.h"

#define NAME_MAX_LEN	    200
#define DESCRIPTION_MAX_LEN 4096
#define PASSWORD_MAX_LEN    1000

static const struct {
	const char *var, *label;
	unsigned flag;
} switches[] = {
	{ "muc#roomconfig_persistentroom", "Stays when everybody has left",
	  MUC_PERSISTENT },
	{ "muc#roomconfig_publicroom", "Listed for everybody", MUC_PUBLIC },
	{ "muc#roomconfig_membersonly", "Only members may enter",
	  MUC_MEMBERS_ONLY },
	{ "muc#roomconfig_moderatedroom", "Only who has voice may speak",
	  MUC_MODERATED },
	{ "muc#roomconfig_changesubject", "Everybody may change the subject",
	  MUC_SUBJECT_ALL },
	{ "muc#roomconfig_allowinvites", "Everybody may invite",
	  MUC_INVITE_ALL },
};

static const char *const whois_options[] = { "moderators", "Moderators",
					     "anyone", "Everybody", NULL };
static const char *const whisper_options[] = {
	"anyone",	 "Everybody",  "participants",
	"Who may speak", "moderators", "Moderators",
	"none",		 "Nobody",     NULL
};

/* By role from which on it is allowed. */
static const char *const whisper_words[MUC_ROLES + 1] = {
	[MUC_ROLE_NONE] = "anyone",
	[MUC_VISITOR] = "anyone",
	[MUC_PARTICIPANT] = "participants",
	[MUC_MODERATOR] = "moderators",
	[MUC_ROLES] = "none",
};

/* ---- the form as it is sent ---- */

static void add(struct xmpp_ctx *c, struct stanza *form, const char *var,
		const char *label, struct str value)
{
	xmpp_form_add(c->a, form,
		      &(struct xmpp_form_field){ .var = var,
						 .type = "text-single",
						 .label = label,
						 .value = value });
}

static void add_choice(struct xmpp_ctx *c, struct stanza *form,
		       const struct xmpp_form_field *f)
{
	struct xmpp_form_field choice = *f;

	choice.type = "list-single";
	xmpp_form_add(c->a, form, &choice);
}

static void add_switch(struct xmpp_ctx *c, struct stanza *form, const char *var,
		       const char *label, bool on)
{
	xmpp_form_add(
		c->a, form,
		&(struct xmpp_form_field){ .var = var,
					   .type = "boolean",
					   .label = label,
					   .value = on ? STR("1") : STR("0") });
}

static struct str number(struct xmpp_ctx *c, int64_t n)
{
	return str_of(arena_printf(c->a, "%lld", (long long)n));
}

static void send_form(struct xmpp_ctx *c, const struct xmpp_room *r,
		      const struct stanza *iq)
{
	const struct xmpp_muc_settings *set = &r->set;
	struct stanza *query = stanza_new(c->a, "query", NS_MUC_OWNER);
	struct stanza *form = xmpp_form_new(c->a, "form", NS_MUC_CONFIG);

	add(c, form, "muc#roomconfig_roomname", "Name", set->name);
	add(c, form, "muc#roomconfig_roomdesc", "Description",
	    set->description);
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		add_switch(c, form, switches[i].var, switches[i].label,
			   xmpp_room_is(r, switches[i].flag));
	add_choice(c, form,
		   &(struct xmpp_form_field){
			   .var = "muc#roomconfig_whois",
			   .label = "Who sees real addresses",
			   .value = xmpp_room_is(r, MUC_OPEN_JIDS)
					    ? STR("anyone")
					    : STR("moderators"),
			   .options = whois_options });
	add_choice(c, form,
		   &(struct xmpp_form_field){
			   .var = "muc#roomconfig_allowpm",
			   .label = "Who may send private messages",
			   .value = str_of(whisper_words[set->whisper]),
			   .options = whisper_options });
	add_switch(c, form, "muc#roomconfig_passwordprotectedroom",
		   "A password is needed", set->password.n > 0);
	xmpp_form_add(
		c->a, form,
		&(struct xmpp_form_field){ .var = "muc#roomconfig_roomsecret",
					   .type = "text-private",
					   .label = "Password",
					   .value = set->password });
	add(c, form, "muc#roomconfig_maxusers",
	    "Most clients at once (0: as the service allows)",
	    number(c, set->max_users));
	add(c, form, "muc#maxhistoryfetch", "Messages a newcomer is shown",
	    number(c, set->history));
	stanza_add(query, form);
	xmpp_reply(c, iq, query);
}

/* ---- the form as it comes back ---- */

static bool take_text(struct xmpp_ctx *c, const struct stanza *form,
		      const char *var, size_t max, struct str *out)
{
	struct str value = xmpp_form_value(c->a, form, var);

	if (value.p != NULL)
		*out = value;
	return value.n <= max;
}

static bool take_number(struct xmpp_ctx *c, const struct stanza *form,
			const char *var, int64_t max, int64_t *out)
{
	struct str value = xmpp_form_value(c->a, form, var);

	return value.p == NULL || str_int(value, 0, max, out) == GW_OK;
}

static bool take_switches(struct xmpp_ctx *c, const struct stanza *form,
			  unsigned *flags)
{
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		int on = xmpp_form_bool(c->a, form, switches[i].var);

		if (on == -2)
			return false;
		if (on >= 0)
			*flags &= ~switches[i].flag;
		if (on == 1)
			*flags |= switches[i].flag;
	}
	return true;
}

static bool take_whois(struct xmpp_ctx *c, const struct stanza *form,
		       unsigned *flags)
{
	struct str value = xmpp_form_value(c->a, form, "muc#roomconfig_whois");

	if (str_is(value, "anyone"))
		*flags |= MUC_OPEN_JIDS;
	else if (str_is(value, "moderators"))
		*flags &= ~(unsigned)MUC_OPEN_JIDS;
	else
		return value.p == NULL;
	return true;
}

static bool take_whisper(struct xmpp_ctx *c, const struct stanza *form,
			 enum xmpp_muc_role *from)
{
	struct str value =
		xmpp_form_value(c->a, form, "muc#roomconfig_allowpm");

	for (int i = MUC_VISITOR; i <= MUC_ROLES; i++) {
		if (!str_is(value, whisper_words[i]))
			continue;
		*from = (enum xmpp_muc_role)i;
		return true;
	}
	return value.p == NULL;
}

/* Protected without a password is an error; unprotected forgets it. */
static bool take_password(struct xmpp_ctx *c, const struct stanza *form,
			  struct str *password)
{
	int on = xmpp_form_bool(c->a, form,
				"muc#roomconfig_passwordprotectedroom");

	if (on == -2 || !take_text(c, form, "muc#roomconfig_roomsecret",
				   PASSWORD_MAX_LEN, password))
		return false;
	if (on == 0)
		*password = STR("");
	return on != 1 || password->n > 0;
}

static bool take_form(struct xmpp_ctx *c, const struct stanza *form,
		      struct xmpp_muc_settings *set)
{
	return take_text(c, form, "muc#roomconfig_roomname", NAME_MAX_LEN,
			 &set->name) &&
	       take_text(c, form, "muc#roomconfig_roomdesc",
			 DESCRIPTION_MAX_LEN, &set->description) &&
	       take_switches(c, form, &set->flags) &&
	       take_whois(c, form, &set->flags) &&
	       take_whisper(c, form, &set->whisper) &&
	       take_password(c, form, &set->password) &&
	       take_number(c, form, "muc#roomconfig_maxusers", 100000,
			   &set->max_users) &&
	       take_number(c, form, "muc#maxhistoryfetch", 1000, &set->history);
}

/* ---- its effects, after the commit ---- */

struct change {
	struct xmpp_muc *m;
	uint64_t room;
	struct arena *a;
	struct xmpp_later *later;
	struct xmpp_muc_settings set;
};

static void put_strangers_out(struct xmpp_ctx *c, struct xmpp_room *r)
{
	struct xmpp_occupant *o = xmpp_occupant_next(r, NULL);
	struct xmpp_occupant *next;

	for (; o != NULL; o = next) {
		struct xmpp_muc_news n = { .of = o, .code = 322 };

		next = xmpp_occupant_next(r, o);
		if (o->standing.affiliation < MUC_MEMBER)
			xmpp_muc_remove(c, &n);
	}
}

static void apply(struct xmpp_ctx *c, struct xmpp_room *r,
		  const struct xmpp_muc_settings *set)
{
	unsigned changed = r->set.flags ^ set->flags;

	xmpp_room_set(r, set);
	r->locked = false;
	xmpp_muc_status(c, r, 104);
	if ((changed & MUC_OPEN_JIDS) != 0)
		xmpp_muc_status(c, r,
				xmpp_room_is(r, MUC_OPEN_JIDS) ? 172 : 173);
	if ((changed & set->flags & MUC_MEMBERS_ONLY) != 0)
		put_strangers_out(c, r);
}

static void changed(void *arg, enum gw_err e)
{
	struct change *ch = arg;
	struct arena *a = ch->a;
	struct xmpp_room *r = xmpp_room_get(ch->m, ch->room);
	const struct stanza *iq;
	struct xmpp_ctx c, own;
	bool was = xmpp_muc_enter(ch->m);

	xmpp_ctx_begin(&own, ch->m->x);
	if (e == GW_OK && r != NULL)
		apply(&own, r, &ch->set);
	xmpp_ctx_end(&own);
	if (xmpp_later_begin(ch->later, &c, &iq)) {
		if (e == GW_OK)
			xmpp_reply(&c, iq, NULL);
		else
			xmpp_reply_error(&c, iq, xmpp_fault_of(e), NULL);
	}
	xmpp_later_end(&ch->later);
	xmpp_muc_leave(ch->m, was);
	arena_free(&a);
}

static void submit(struct xmpp_ctx *c, struct xmpp_room *r,
		   const struct stanza *form, const struct stanza *iq)
{
	struct xmpp_muc_settings set = r->set;
	struct change *ch;
	struct arena *a;

	if (!take_form(c, form, &set)) {
		xmpp_reply_error(c, iq, XMPP_NOT_ACCEPTABLE, NULL);
		return;
	}
	if (!xmpp_room_allows(r, &set)) {
		xmpp_reply_error(c, iq, XMPP_NOT_ALLOWED,
				 "fixed by the server's configuration");
		return;
	}
	a = arena_new();
	ch = arena_alloc(a, sizeof(*ch));
	ch->m = r->muc;
	ch->room = r->handle;
	ch->a = a;
	ch->set = set;
	ch->set.name = arena_str(a, set.name);
	ch->set.description = arena_str(a, set.description);
	ch->set.password = arena_str(a, set.password);
	ch->later = xmpp_later(c, iq);
	xmpp_room_save(r, &set, NULL, 0,
		       (struct muc_done){ .fn = changed, .arg = ch });
}

/* ---- the end of a room ---- */

static const struct stanza *destroy_of(const struct stanza *iq)
{
	return stanza_child(xmpp_payload(iq), "destroy", NS_MUC_OWNER);
}

static void destroyed(struct xmpp_ctx *c, struct xmpp_room *r,
		      const struct stanza *destroy)
{
	struct stanza *told = stanza_new(c->a, "destroy", NS_MUC_USER);
	struct str reason =
		stanza_child_text(c->a, destroy, "reason", NS_MUC_OWNER);
	struct str other = stanza_attr(destroy, "jid");
	struct xmpp_muc_news n = { .destroy = told };

	if (other.p != NULL)
		stanza_set_attr(c->a, told, "jid", other);
	if (reason.n > 0)
		stanza_add_leaf(c->a, told, "reason", NS_MUC_USER, reason);
	while ((n.of = xmpp_occupant_next(r, NULL)) != NULL)
		xmpp_muc_remove(c, &n);
	xmpp_room_forget(&r);
}

static void deleted(void *arg, enum gw_err e)
{
	struct change *ch = arg;
	struct arena *a = ch->a;
	struct xmpp_room *r = xmpp_room_get(ch->m, ch->room);
	bool was = xmpp_muc_enter(ch->m);
	const struct stanza *iq;
	struct xmpp_ctx c, own;
	bool asked = xmpp_later_begin(ch->later, &c, &iq);

	xmpp_ctx_begin(&own, ch->m->x);
	if (e == GW_OK && r != NULL)
		destroyed(&own, r, destroy_of(iq));
	xmpp_ctx_end(&own);
	if (asked && e == GW_OK)
		xmpp_reply(&c, iq, NULL);
	else if (asked)
		xmpp_reply_error(&c, iq, xmpp_fault_of(e), NULL);
	xmpp_later_end(&ch->later);
	xmpp_muc_leave(ch->m, was);
	arena_free(&a);
}

static void destroy_room(struct xmpp_ctx *c, struct xmpp_room *r,
			 const struct stanza *iq)
{
	struct muc_done done = { .fn = deleted };
	struct change *ch;
	struct arena *a;

	if (xmpp_room_is_standing(r)) {
		xmpp_reply_error(c, iq, XMPP_NOT_ALLOWED,
				 "fixed by the server's configuration");
		return;
	}
	a = arena_new();
	done.arg = ch = arena_alloc(a, sizeof(*ch));
	ch->m = r->muc;
	ch->room = r->handle;
	ch->a = a;
	ch->later = xmpp_later(c, iq);
	if (r->stored)
		muc_delete(xmpp_store(c->x), r->jid.bare, done);
	else
		deleted(ch, GW_OK);
}

static void on_set(struct xmpp_ctx *c, struct xmpp_room *r,
		   const struct stanza *iq)
{
	const struct stanza *query = xmpp_payload(iq);
	const struct stanza *form = xmpp_form_of(query);
	struct str type = stanza_attr(form, "type");

	if (destroy_of(iq) != NULL) {
		destroy_room(c, r, iq);
	} else if (form != NULL && str_is(type, "submit")) {
		submit(c, r, form, iq);
	} else if (form != NULL && str_is(type, "cancel")) {
		/* 10.1.3: a room nobody configured is not made. */
		if (r->locked)
			destroyed(c, r, NULL);
		xmpp_reply(c, iq, NULL);
	} else {
		xmpp_reply_error(c, iq, XMPP_BAD_REQUEST, NULL);
	}
}

void xmpp_muc_owner(struct xmpp_ctx *c, struct xmpp_room *r,
		    const struct stanza *iq)
{
	enum xmpp_muc_affiliation by = xmpp_room_affiliation(r, c->from.bare);

	if (!xmpp_muc_may(by, MUC_MAY_CONFIGURE))
		xmpp_reply_error(c, iq, XMPP_FORBIDDEN, NULL);
	else if (str_is(stanza_attr(iq, "type"), "get"))
		send_form(c, r, iq);
	else
		on_set(c, r, iq);
}
