/* SPDX-License-Identifier: MIT */
/* conf.c - the rows of `components:`
 *
 * XEP-0114 has no TLS of its own, and its secret is only as good as the way
 * it travels: in plain on loopback, or under TLS from the first byte.
 */
#include "xmpp/component/conf.h"

#include <netinet/in.h>

#include "gateway/base/map.h"
#include "gateway/base/when.h"
#include "gateway/net/address.h"
#include "xmpp/jid.h"

#define SECRET_MIN 8
#define SECRET_MAX 1024

static const char *const access_words[] = { "none", "get", "set", "both",
					    NULL };
static const char *const shown_words[] = { "none", "managed_entity", "roster",
					   NULL };
static const char *const tls_words[] = { "none", "direct", NULL };

/* Words of this protocol stand for the server itself, but for two that mean
 * disco of accounts (XEP-0355 7.2.4, 7.2.5). */
static bool is_ours(const char *ns)
{
	if (strcmp(ns, "urn:xmpp:delegation:2:bare:disco#info:*") == 0 ||
	    strcmp(ns, "urn:xmpp:delegation:2:bare:disco#items:*") == 0)
		return false;
	return str_starts(str_of(ns), "urn:xmpp:delegation:") ||
	       str_starts(str_of(ns), "urn:xmpp:privilege:");
}

static const struct conf_opt iq_opts[] = {
	CONF_OPT(TEXT, struct xmpp_privilege_iq, namespace, NULL, 1, 255,
		 "namespace of the payload"),
	CONF_OPT_ENUM(struct xmpp_privilege_iq, type, "none", access_words,
		      "which requests the component may send for persons"),
	{ .key = NULL },
};

static enum gw_err check_iq(struct conf_reader *r, void *value)
{
	const struct xmpp_privilege_iq *iq = value;

	if (is_ours(iq->namespace))
		return conf_error(r, NULL, "%s cannot be given away",
				  iq->namespace);
	return GW_OK;
}

static const struct conf_section iq_section = {
	.size = sizeof(struct xmpp_privilege_iq),
	.opts = iq_opts,
	.doc = "requests a component may send for persons",
	.check = check_iq,
};

static const struct conf_opt privilege_opts[] = {
	CONF_OPT_ENUM(struct xmpp_privileges, roster, "none", access_words,
		      "what it may do with the contact lists of all persons"),
	CONF_OPT(BOOL, struct xmpp_privileges, push, "true", 0, 0,
		 "tell it of changes of contact lists that it may read"),
	CONF_OPT(BOOL, struct xmpp_privileges, message, "false", 0, 0,
		 "it may send messages for the server and for persons"),
	CONF_OPT_ENUM(struct xmpp_privileges, presence, "none", shown_words,
		      "whose presence it is told: persons here, or their "
		      "contacts elsewhere too"),
	CONF_OPT_SUB(SEQ, struct xmpp_privileges, iq, &iq_section,
		     "requests it may send for persons, by namespace"),
	{ .key = NULL },
};

/* XEP-0356 7.4: contacts are shown to those only who may read the list. */
static enum gw_err check_privileges(struct conf_reader *r, void *value)
{
	const struct xmpp_privileges *p = value;

	if (p->presence == SHOWN_ROSTER && (p->roster & ACCESS_GET) == 0)
		return conf_error(r, NULL,
				  "presence: roster needs roster: get or both");
	return GW_OK;
}

static const struct conf_section privilege_section = {
	.size = sizeof(struct xmpp_privileges),
	.opts = privilege_opts,
	.doc = "what a component may do for persons (XEP-0356)",
	.check = check_privileges,
};

static const struct conf_opt delegated_opts[] = {
	CONF_OPT(TEXT, struct xmpp_delegated, namespace, NULL, 1, 255,
		 "namespace of requests it answers for the server"),
	CONF_OPT(TEXTS, struct xmpp_delegated, attributes, "", 0, 16,
		 "only if the payload has all these attributes"),
	{ .key = NULL },
};

static enum gw_err check_delegated(struct conf_reader *r, void *value)
{
	const struct xmpp_delegated *d = value;

	if (is_ours(d->namespace))
		return conf_error(r, NULL, "%s cannot be delegated",
				  d->namespace);
	return GW_OK;
}

static const struct conf_section delegated_section = {
	.size = sizeof(struct xmpp_delegated),
	.opts = delegated_opts,
	.doc = "requests a component answers for the server (XEP-0355)",
	.check = check_delegated,
};

static enum gw_err parse_secret(struct conf_reader *r,
				const struct conf_node *n, void *field)
{
	const char **secret = field;
	struct str text = n != NULL ? conf_scalar(n) : STR("");

	if (n != NULL && (text.n < SECRET_MIN || text.n > SECRET_MAX))
		return conf_error(r, n, "must be %d to %d bytes long",
				  SECRET_MIN, SECRET_MAX);
	*secret = arena_strndup(conf_arena(r), text.p, text.n);
	return GW_OK;
}

/* It is shown nowhere. */
static void print_secret(const void *field, struct buf *out)
{
	(void)field;
	(void)out;
}

static const struct conf_opt host_opts[] = {
	CONF_OPT(TEXT, struct xmpp_component_conf, secret_file, "", 0, 4096,
		 "file whose first line is the secret shared with it"),
	CONF_OPT_NODE(struct xmpp_component_conf, secret, "", parse_secret,
		      print_secret,
		      "the secret itself, where a file is too much; never "
		      "printed"),
	CONF_OPT(TEXT, struct xmpp_component_conf, name, "", 0, 200,
		 "its name for people who browse the services"),
	CONF_OPT(TEXTS, struct xmpp_component_conf, also, "", 0, 64,
		 "more domains that it serves on the same connection"),
	CONF_OPT_SUB(SECTION, struct xmpp_component_conf, privileges,
		     &privilege_section,
		     "what it may do for persons (XEP-0356)"),
	CONF_OPT_SUB(SEQ, struct xmpp_component_conf, delegations,
		     &delegated_section,
		     "requests it answers for the server (XEP-0355)"),
	{ .key = NULL },
};

static enum gw_err check_domain(struct conf_reader *r, const char *name)
{
	struct jid j;

	if (xmpp_jid_make(conf_arena(r), STR_NONE, str_of(name), STR_NONE,
			  &j) != GW_OK)
		return conf_error(r, NULL, "%s is not a domain name", name);
	return GW_OK;
}

static enum gw_err check_host(struct conf_reader *r, void *value)
{
	const struct xmpp_component_conf *c = value;
	enum gw_err e = GW_OK;

	if ((*c->secret != '\0') == (*c->secret_file != '\0'))
		return conf_error(r, NULL,
				  "needs either secret_file or secret");
	for (size_t i = 0; i < c->also.count && e == GW_OK; i++)
		e = check_domain(r, c->also.items[i]);
	return e;
}

static const struct conf_section host_section = {
	.size = sizeof(struct xmpp_component_conf),
	.opts = host_opts,
	.doc = "a component, by its domain (XEP-0114)",
	.check = check_host,
};

static const struct conf_opt opts[] = {
	CONF_OPT(TEXTS, struct xmpp_components_conf, listen, "", 0, 64,
		 "addresses for components"),
	CONF_OPT_ENUM(struct xmpp_components_conf, tls, "none", tls_words,
		      "none: in plain, on loopback addresses only; direct: "
		      "TLS from the first byte"),
	CONF_OPT(BYTES, struct xmpp_components_conf, stanza_max, "512 KiB",
		 10000, 1 << 24, "largest stanza taken from a component"),
	CONF_OPT(INT, struct xmpp_components_conf, elements, "16384", 100,
		 1000000, "XML elements in one stanza of a component"),
	CONF_OPT(BYTES, struct xmpp_components_conf, rate, "4 MiB", 1000,
		 1 << 30, "bytes per second read from one component"),
	CONF_OPT(SPAN, struct xmpp_components_conf, ping, "60s", 0, WHEN_DAY,
		 "silence after which a component must answer a ping; 0: "
		 "never"),
	CONF_OPT_SUB(MAP, struct xmpp_components_conf, hosts, &host_section,
		     "the components, by domain"),
	{ .key = NULL },
};

static bool is_loopback(const struct address *a)
{
	const void *sa = &a->sa;
	const struct sockaddr_in *v4 = sa;
	const struct sockaddr_in6 *v6 = sa;

	if (a->sa.ss_family == AF_INET)
		return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
	if (a->sa.ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	return address_is_unix(a);
}

static enum gw_err check_listen(struct conf_reader *r, const char *text,
				int tls)
{
	struct err_note note = { "" };
	struct address a;

	if (address_parse(text, &a, &note) != GW_OK)
		return conf_error(r, NULL, "listen: %s", note.text);
	if (tls == COMPONENT_TLS_NONE && !is_loopback(&a))
		return conf_error(r, NULL,
				  "listen: %s is no loopback address: it needs "
				  "tls: direct",
				  text);
	return GW_OK;
}

/* Each domain belongs to one component. */
static enum gw_err check_once(struct conf_reader *r, struct map *seen,
			      const char *name)
{
	struct jid *j = arena_alloc(conf_arena(r), sizeof(*j));

	if (xmpp_jid_make(conf_arena(r), STR_NONE, str_of(name), STR_NONE, j) !=
	    GW_OK)
		return conf_error(r, NULL, "hosts: %s is not a domain name",
				  name);
	if (map_put(seen, j->full, j) != NULL)
		return conf_error(r, NULL, "hosts: %s is named twice", name);
	return GW_OK;
}

static enum gw_err check_hosts(struct conf_reader *r,
			       const struct conf_map *hosts)
{
	struct map seen;
	enum gw_err e = GW_OK;

	map_init(&seen, (struct map_seed){ .k0 = 0 });
	for (size_t i = 0; i < hosts->count && e == GW_OK; i++) {
		const struct xmpp_component_conf *c = hosts->entries[i].value;

		e = check_once(r, &seen, hosts->entries[i].name);
		for (size_t k = 0; k < c->also.count && e == GW_OK; k++)
			e = check_once(r, &seen, c->also.items[k]);
	}
	map_fini(&seen);
	return e;
}

static enum gw_err check(struct conf_reader *r, void *value)
{
	const struct xmpp_components_conf *c = value;
	enum gw_err e = GW_OK;

	for (size_t i = 0; i < c->listen.count && e == GW_OK; i++)
		e = check_listen(r, c->listen.items[i], c->tls);
	return e == GW_OK ? check_hosts(r, &c->hosts) : e;
}

const struct conf_section xmpp_components_conf_section = {
	.size = sizeof(struct xmpp_components_conf),
	.opts = opts,
	.doc = "components: services of other programs (XEP-0114)",
	.check = check,
};
