/* SPDX-License-Identifier: MIT */
/* conf.c - the rows of `mail:`, and where mail goes from here */
#include "mta/conf.h"

#include "gateway/net/listener.h"
#include "mta/mta.h"

static const struct conf_opt lmtp_options[] = {
	CONF_OPT(TEXT, struct mta_conf_lmtp, listen, "", 0, 100,
		 "Where a mail server hands mail over by LMTP; empty: "
		 "nowhere."),
	CONF_OPT(TEXT, struct mta_conf_lmtp, deliver_to, "", 0, 4096,
		 "Where such mail goes on to; empty: as mail.deliver_to says."),
	{ .key = NULL },
};

static const struct conf_opt smtp_options[] = {
	CONF_OPT(TEXT, struct mta_conf_smtp, listen, "", 0, 100,
		 "Where mail is taken by SMTP; empty: nowhere."),
	CONF_OPT(TEXT, struct mta_conf_smtp, deliver_to, "", 0, 4096,
		 "Where such mail goes on to; empty: as mail.deliver_to says."),
	CONF_OPT(TEXT, struct mta_conf_smtp, hostname, "", 0, 253,
		 "The name Muster greets with; empty: that of the machine."),
	{ .key = NULL },
};

static const struct conf_opt ask_options[] = {
	CONF_OPT(TEXT, struct mta_conf_ask, policy, "", 0, 100,
		 "Where Postfix asks by policy delegation; empty: nowhere."),
	CONF_OPT(TEXT, struct mta_conf_ask, socketmap, "", 0, 100,
		 "Where Postfix or Sendmail look up the map `pool'; empty: "
		 "nowhere."),
	{ .key = NULL },
};

static const struct conf_section lmtp_section = {
	.size = sizeof(struct mta_conf_lmtp),
	.opts = lmtp_options,
	.doc = "Mail handed over by a mail server's queue: the usual way.",
};

static const struct conf_section smtp_section = {
	.size = sizeof(struct mta_conf_smtp),
	.opts = smtp_options,
	.doc = "Mail by SMTP, for served domains only.",
};

static const struct conf_section ask_section = {
	.size = sizeof(struct mta_conf_ask),
	.opts = ask_options,
	.doc = "Questions of mail servers about who is there.",
};

static const struct conf_opt options[] = {
	CONF_OPT_SUB(SECTION, struct mta_conf, lmtp, &lmtp_section,
		     "The LMTP listener."),
	CONF_OPT_SUB(SECTION, struct mta_conf, smtp, &smtp_section,
		     "The SMTP listener."),
	CONF_OPT_SUB(SECTION, struct mta_conf, ask, &ask_section,
		     "The ask server."),
	CONF_OPT(TEXT, struct mta_conf, deliver_to,
		 "maildir:/var/lib/muster/mail/%d/%u", 1, 4096,
		 "Where mail goes: maildir:PATH (%u and %d stand for the two "
		 "sides of the address), lmtp:unix:PATH, lmtp:HOST:PORT or "
		 "smtp:HOST:PORT (HOST is a number or localhost)."),
	CONF_OPT(TEXT, struct mta_conf, spool, "/var/lib/muster/spool", 1, 3000,
		 "The folder where mail lies while Muster answers for it."),
	CONF_OPT(BYTES, struct mta_conf, size_max, "50 MB", 1024,
		 INT64_C(1) << 40, "No mail may be larger than this."),
	CONF_OPT(INT, struct mta_conf, max_connections, "200", 1, 10000,
		 "Connections at once, to each of the listeners."),
	CONF_OPT(SPAN, struct mta_conf, sweep, "3s", 500, 600000,
		 "How often the Maildirs of watched mail are looked at."),
	{ .key = NULL },
};

static enum gw_err check_listen(struct conf_reader *r, const char *address)
{
	struct err_note note = { .text = "" };

	if (*address == '\0' || listener_check_address(address, &note) == GW_OK)
		return GW_OK;
	return conf_error(r, NULL, "%s", note.text);
}

static enum gw_err check_target(struct conf_reader *r, const char *text)
{
	struct err_note note = { .text = "" };
	struct mta_target t;

	if (*text == '\0' || mta_target_parse(text, &t, &note) == GW_OK)
		return GW_OK;
	return conf_error(r, NULL, "%s", note.text);
}

static enum gw_err check(struct conf_reader *r, void *value)
{
	const struct mta_conf *c = value;
	const char *const listens[] = { c->lmtp.listen, c->smtp.listen,
					c->ask.policy, c->ask.socketmap };
	const char *const targets[] = { c->deliver_to, c->lmtp.deliver_to,
					c->smtp.deliver_to };
	enum gw_err all = GW_OK, e;

	for (size_t i = 0; i < sizeof(listens) / sizeof(listens[0]); i++) {
		e = check_listen(r, listens[i]);
		all = e != GW_OK ? e : all;
	}
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		e = check_target(r, targets[i]);
		all = e != GW_OK ? e : all;
	}
	if (*c->spool != '/')
		all = conf_error(r, NULL, "spool must be an absolute path");
	return all;
}

const struct conf_section mta_conf_section = {
	.size = sizeof(struct mta_conf),
	.opts = options,
	.doc = "How mail comes in, and where it goes.",
	.check = check,
};

/* ---- targets ---- */

static enum gw_err check_path(const char *text, const char *path,
			      struct err_note *note)
{
	bool user = false;

	if (*path != '/')
		return err_say(note, GW_BAD_INPUT,
			       "%s: a Maildir needs an absolute path", text);
	for (const char *p = path; (p = strchr(p, '%')) != NULL; p += 2) {
		if (p[1] != 'u' && p[1] != 'd')
			return err_say(note, GW_BAD_INPUT,
				       "%s: only %%u and %%d are known", text);
		user = user || p[1] == 'u';
	}
	if (!user)
		return err_say(note, GW_BAD_INPUT,
			       "%s: without %%u all people would share one "
			       "Maildir",
			       text);
	return GW_OK;
}

enum gw_err mta_target_parse(const char *text, struct mta_target *out,
			     struct err_note *note)
{
	static const char *const words[] = { "maildir:", "lmtp:", "smtp:" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		if (strncmp(text, words[i], n) != 0)
			continue;
		out->kind = (enum mta_target_kind)i;
		out->where = text + n;
		if (out->kind == MTA_TARGET_MAILDIR)
			return check_path(text, out->where, note);
		return listener_check_address(out->where, note);
	}
	return err_say(note, GW_BAD_INPUT,
		       "%s: expected maildir:PATH, lmtp:ADDRESS or "
		       "smtp:ADDRESS",
		       text);
}

/* An address is never a way out of the folder it belongs in. */
static bool safe_part(struct str s)
{
	if (s.n == 0 || s.n > 255 || s.p[0] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == '/' ||
		    s.p[i] == 0x7f)
			return false;
	return true;
}

enum gw_err mta_target_path(struct arena *a, const struct mta_target *t,
			    struct str address, char **out)
{
	size_t at = str_find(address, '@');
	struct str user = str_make(address.p, at);
	struct str domain;
	struct buf b = { .data = NULL };

	if (at == address.n)
		return GW_BAD_INPUT;
	domain = str_make(address.p + at + 1, address.n - at - 1);
	if (!safe_part(user) || !safe_part(domain))
		return GW_BAD_INPUT;
	for (const char *p = t->where; *p != '\0'; p++) {
		if (*p != '%') {
			buf_add_char(&b, *p);
			continue;
		}
		buf_add_str(&b, *++p == 'u' ? user : domain);
	}
	*out = arena_strndup(a, (const char *)b.data, b.len);
	buf_fini(&b);
	return GW_OK;
}
