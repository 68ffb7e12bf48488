/* SPDX-License-Identifier: MIT */
/* conf.c - the rows of `xmpp:` in muster.yaml */
#include "xmpp/conf.h"

#include "gateway/net/gate.h"
#include "xmpp/xep/prefs.h"
#include "xmpp/xmpp.h"

#define MINUTE (60 * 1000)
#define DAY    (24 * 60 * (int64_t)MINUTE)

static const char *const tls_words[] = { "required", "optional", NULL };

static const char *const register_words[] = { "closed", "invited", "open",
					      NULL };

static const char *const invite_words[] = { "nobody", "admins", "everybody",
					    NULL };

static const struct conf_opt c2s_opts[] = {
	CONF_OPT(TEXTS, struct xmpp_conf_c2s, listen, "127.0.0.1:5222", 0, 64,
		 "addresses for clients that begin in plain and use STARTTLS"),
	CONF_OPT_ENUM(struct xmpp_conf_c2s, tls, "required", tls_words,
		      "whether clients may log in without TLS"),
	CONF_OPT(BOOL, struct xmpp_conf_c2s, plain_without_tls, "false", 0, 0,
		 "offer SASL PLAIN without TLS to loopback clients where TLS "
		 "is optional"),
	{ .key = NULL },
};

static const struct conf_section c2s_section = {
	.size = sizeof(struct xmpp_conf_c2s),
	.opts = c2s_opts,
	.doc = "client connections with STARTTLS",
};

static const struct conf_opt guests_opts[] = {
	CONF_OPT(INT, struct xmpp_conf_guests, connections, "5000", 1, 1000000,
		 "connections at once that are not logged in: clients, servers "
		 "and components together; then the address with most of them "
		 "loses one"),
	CONF_OPT(BYTES, struct xmpp_conf_guests, memory, "16 MiB", 65536,
		 1 << 30,
		 "bytes held of all connections that are not logged in"),
	CONF_OPT(BYTES, struct xmpp_conf_guests, stanza_max, "8 KiB", 4096,
		 12288, "largest element taken before log-in"),
	CONF_OPT(INT, struct xmpp_conf_guests, elements, "32", 16, 1000,
		 "XML elements in one before log-in, itself included"),
	CONF_OPT(INT, struct xmpp_conf_guests, arrivals, "600", 0, 1000000,
		 "connections a minute from one address; 0: unlimited"),
	CONF_OPT(INT, struct xmpp_conf_guests, handshakes, "300", 0, 1000000,
		 "TLS handshakes a minute with one address; 0: unlimited"),
	CONF_OPT(TEXTS, struct xmpp_conf_guests, trusted, "[127.0.0.0/8, ::1]",
		 0, 64, "networks that limits per address leave out"),
	{ .key = NULL },
};

static enum gw_err check_guests(struct conf_reader *r, void *value)
{
	const struct xmpp_conf_guests *g = value;
	struct err_note note = { "" };

	if (gate_check_trusted(g->trusted.items, g->trusted.count, &note) !=
	    GW_OK)
		return conf_error(r, NULL, "trusted: %s", note.text);
	return GW_OK;
}

static const struct conf_section guests_section = {
	.size = sizeof(struct xmpp_conf_guests),
	.opts = guests_opts,
	.doc = "connections that are not logged in",
	.check = check_guests,
};

static const struct conf_opt rates_opts[] = {
	CONF_OPT(INT, struct xmpp_conf_rates, recipients, "1000", 0, 1000000,
		 "different addresses one person may write to in an hour; 0: "
		 "unlimited"),
	CONF_OPT(INT, struct xmpp_conf_rates, subscriptions, "200", 0, 1000000,
		 "requests for presence one person may send in an hour; 0: "
		 "unlimited"),
	CONF_OPT(INT, struct xmpp_conf_rates, roster_reads, "30", 0, 60000,
		 "times one person's contacts are read in a minute; 0: "
		 "unlimited"),
	{ .key = NULL },
};

static const struct conf_section rates_section = {
	.size = sizeof(struct xmpp_conf_rates),
	.opts = rates_opts,
	.doc = "how often one person may do what costs others (XEP-0205)",
};

static const struct conf_opt archive_opts[] = {
	CONF_OPT(BOOL, struct xmpp_conf_archive, keep, "true", 0, 0,
		 "keep what persons send and receive (XEP-0313); else a "
		 "message is stored only until its person has it"),
	CONF_OPT_ENUM(struct xmpp_conf_archive, keep_by_default, "always",
		      xmpp_prefs_defaults,
		      "whose messages are kept of a person who has not said "
		      "so (XEP-0441): everybody's, nobody's, or those of the "
		      "contacts in the roster"),
	CONF_OPT(SPAN, struct xmpp_conf_archive, keep_for, "90d", 0,
		 (int64_t)36500 * 24 * 60 * MINUTE,
		 "how long a message stays in the archive; 0: for ever"),
	CONF_OPT(INT, struct xmpp_conf_archive, keep_count, "0", 0, INT32_MAX,
		 "messages kept for one person, the newest; 0: all"),
	{ .key = NULL },
};

static const struct conf_section archive_section = {
	.size = sizeof(struct xmpp_conf_archive),
	.opts = archive_opts,
	.doc = "what is kept of messages",
};

static const struct conf_opt opts[] = {
	CONF_OPT_SUB(SECTION, struct xmpp_conf, c2s, &c2s_section,
		     "client connections with STARTTLS"),
	CONF_OPT(TEXTS, struct xmpp_conf, c2s_tls, "127.0.0.1:5223", 0, 64,
		 "addresses for clients that begin with TLS (XEP-0368)"),
	CONF_OPT_SUB(SECTION, struct xmpp_conf, s2s, &xmpp_s2s_conf_section,
		     "connections with other servers"),
	CONF_OPT(TEXTS, struct xmpp_conf, mechanisms,
		 "[SCRAM-SHA-512, SCRAM-SHA-256, SCRAM-SHA-1, PLAIN]", 1, 8,
		 "SASL mechanisms offered, best first; SCRAM brings its -PLUS"),
	CONF_OPT(TEXT, struct xmpp_conf, desk, "muster", 1, 64,
		 "local part of the address Muster itself speaks from"),
	CONF_OPT(BYTES, struct xmpp_conf, stanza_max, "256 KiB", 10000, 1 << 24,
		 "largest stanza taken from a client"),
	CONF_OPT(INT, struct xmpp_conf, elements, "8192", 100, 1000000,
		 "XML elements in one stanza of a client"),
	CONF_OPT(INT, struct xmpp_conf, depth, "128", 16, 1000,
		 "depth of the elements in any stanza, itself included"),
	CONF_OPT(INT, struct xmpp_conf, attributes, "64", 16, 256,
		 "attributes of one element in any stanza, namespace "
		 "declarations included"),
	CONF_OPT(BYTES, struct xmpp_conf, rate, "256 KiB", 1000, 1 << 30,
		 "bytes per second read from one client"),
	CONF_OPT(SPAN, struct xmpp_conf, login_within, "60s", 1000, 10 * MINUTE,
		 "time a client has to log in"),
	CONF_OPT(INT, struct xmpp_conf, connections, "10000", 1, 1000000,
		 "connections at once on each listener"),
	CONF_OPT(INT, struct xmpp_conf, per_host, "100", 0, 1000000,
		 "connections at once from one address (IPv6: one /64) to one "
		 "listener; 0: unlimited"),
	CONF_OPT_SUB(SECTION, struct xmpp_conf, guests, &guests_section,
		     "connections that are not logged in"),
	CONF_OPT_SUB(SECTION, struct xmpp_conf, rates, &rates_section,
		     "how often one person may do what costs others"),
	CONF_OPT(INT, struct xmpp_conf, resources, "10", 1, 1000,
		 "clients of one person at once; one more ends the oldest"),
	CONF_OPT(SPAN, struct xmpp_conf, idle_ask, "45s", 1000, 60 * MINUTE,
		 "silence after which a client must prove it is there"),
	CONF_OPT(SPAN, struct xmpp_conf, resume, "5m", 0, 24 * 60 * MINUTE,
		 "how long a cut stream may be resumed (XEP-0198)"),
	CONF_OPT(INT, struct xmpp_conf, resume_queue, "1000", 10, 100000,
		 "unacknowledged stanzas kept for one stream"),
	CONF_OPT(INT, struct xmpp_conf, offline, "1000", 0, 1000000,
		 "messages stored for a person who is not there"),
	CONF_OPT_SUB(SECTION, struct xmpp_conf, archive, &archive_section,
		     "what is kept of messages"),
	CONF_OPT(INT, struct xmpp_conf, roster, "5000", 1, 100000,
		 "contacts in one roster"),
	CONF_OPT(INT, struct xmpp_conf, scram_rounds, "10000", 4096, 10000000,
		 "rounds of the keys that clients add to their accounts "
		 "(XEP-0480)"),
	CONF_OPT_ENUM(struct xmpp_conf, registration, "closed", register_words,
		      "who may make an account by a client (XEP-0077): nobody, "
		      "who was invited, anybody"),
	CONF_OPT_ENUM(struct xmpp_conf, invite_accounts, "admins", invite_words,
		      "who may invite somebody by a client to make an account "
		      "(XEP-0401), where registration is not closed"),
	CONF_OPT(BOOL, struct xmpp_conf, invite_contacts, "true", 0, 0,
		 "persons may make links by which others become their "
		 "contacts (XEP-0401)"),
	CONF_OPT(INT, struct xmpp_conf, invitations, "20", 1, 10000,
		 "invitations of one person open at once"),
	CONF_OPT(
		SPAN, struct xmpp_conf, token_life, "14d", 0, 365 * DAY,
		"how long a token logs a client in again (XEP-0484); 0: never"),
	CONF_OPT(TEXT, struct xmpp_conf, client_ca, "", 0, 4096,
		 "authorities whose client certificates log in (PEM file)"),
	CONF_OPT_SUB(SECTION, struct xmpp_conf, muc, &xmpp_muc_conf_section,
		     "rooms"),
	CONF_OPT_SUB(SECTION, struct xmpp_conf, components,
		     &xmpp_components_conf_section,
		     "components: services of other programs (XEP-0114)"),
	{ .key = NULL },
};

const struct conf_section xmpp_conf_section = {
	.size = sizeof(struct xmpp_conf),
	.opts = opts,
	.doc = "the XMPP server",
};
