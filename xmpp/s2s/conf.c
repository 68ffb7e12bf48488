/* SPDX-License-Identifier: MIT */
/* conf.c - the rows of `xmpp: { s2s: ... }` */
#include "xmpp/s2s/conf.h"

#include "gateway/net/dns.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)

static const char *const tls_words[] = { "required", "optional", NULL };
static const char *const peer_tls_words[] = { "required", "optional", "default",
					      NULL };
static const char *const auth_words[] = { "external", "dialback", NULL };
static const char *const peer_auth_words[] = { "external", "dialback",
					       "default", NULL };

static const struct conf_opt peer_opts[] = {
	CONF_OPT(BOOL, struct xmpp_s2s_peer, allow, "true", 0, 0,
		 "whether anything is exchanged with it at all"),
	CONF_OPT_ENUM(struct xmpp_s2s_peer, tls, "default", peer_tls_words,
		      "whether TLS is demanded of it"),
	CONF_OPT_ENUM(struct xmpp_s2s_peer, auth, "default", peer_auth_words,
		      "external: its certificate must be good; dialback: what "
		      "DNS says is enough"),
	CONF_OPT(TEXT, struct xmpp_s2s_peer, host, "", 0, 260,
		 "HOST, HOST:PORT or unix:PATH to connect to, instead of what "
		 "DNS says"),
	{ .key = NULL },
};

static const struct conf_section peer_section = {
	.size = sizeof(struct xmpp_s2s_peer),
	.opts = peer_opts,
	.doc = "one other domain, or all below \"*.DOMAIN\", or \"*\"",
};

static const struct conf_opt opts[] = {
	CONF_OPT(TEXTS, struct xmpp_s2s_conf, listen, "", 0, 64,
		 "addresses for other servers (usually port 5269); without "
		 "any, nothing is exchanged with other servers"),
	CONF_OPT(TEXTS, struct xmpp_s2s_conf, listen_tls, "", 0, 64,
		 "addresses for other servers that begin with TLS (XEP-0368)"),
	CONF_OPT_ENUM(struct xmpp_s2s_conf, tls, "required", tls_words,
		      "whether links to other servers must use TLS"),
	CONF_OPT_ENUM(struct xmpp_s2s_conf, auth, "external", auth_words,
		      "external: the other server's certificate must be good; "
		      "dialback: what DNS says is enough"),
	CONF_OPT(TEXT, struct xmpp_s2s_conf, authorities, "", 0, 4096,
		 "PEM file with the authorities whose certificates are good; "
		 "empty: the system's"),
	CONF_OPT(TEXTS, struct xmpp_s2s_conf, dns, "", 0, 8,
		 "DNS servers (IP or IP:PORT); none: the system's"),
	CONF_OPT(BOOL, struct xmpp_s2s_conf, dane, "false", 0, 0,
		 "whether what DNS proves (DNSSEC) of another server's "
		 "certificate counts instead of an authority (DANE, RFC 7673); "
		 "the DNS servers must pass on signatures; a forged answer, or "
		 "one kept back, means no connection; taken at start"),
	CONF_OPT(TEXT, struct xmpp_s2s_conf, trust_anchor,
		 "/usr/share/dns/root.key", 1, 4096,
		 "file with the keys (DNSKEY or DS) that DNS is proved from "
		 "with dane"),
	CONF_OPT(BYTES, struct xmpp_s2s_conf, stanza_max, "512 KiB", 10000,
		 1 << 24, "largest stanza taken from another server"),
	CONF_OPT(INT, struct xmpp_s2s_conf, elements, "16384", 100, 1000000,
		 "XML elements in one stanza of another server"),
	CONF_OPT(BYTES, struct xmpp_s2s_conf, rate, "512 KiB", 1000, 1 << 30,
		 "bytes per second read from one connection"),
	CONF_OPT(SPAN, struct xmpp_s2s_conf, login_within, "60s", SECOND,
		 10 * MINUTE, "time another server has to show who it is"),
	CONF_OPT(SPAN, struct xmpp_s2s_conf, connect_within, "30s", SECOND,
		 10 * MINUTE,
		 "time to reach another server, until senders are told"),
	CONF_OPT(SPAN, struct xmpp_s2s_conf, idle, "10m", 10 * SECOND,
		 24 * 60 * MINUTE, "silence after which a link is closed"),
	CONF_OPT(SPAN, struct xmpp_s2s_conf, retry, "5s", 0, 60 * MINUTE,
		 "time after a failure in which a domain is not tried again"),
	CONF_OPT(INT, struct xmpp_s2s_conf, queue, "1000", 1, 100000,
		 "stanzas that may wait for one link"),
	CONF_OPT(INT, struct xmpp_s2s_conf, links, "10000", 1, 1000000,
		 "links kept or remembered at once"),
	CONF_OPT(INT, struct xmpp_s2s_conf, connections, "10000", 1, 1000000,
		 "connections at once on each listener"),
	CONF_OPT(INT, struct xmpp_s2s_conf, per_host, "100", 0, 1000000,
		 "connections at once from one address; 0: unlimited"),
	CONF_OPT(BOOL, struct xmpp_s2s_conf, bidi, "false", 0, 0,
		 "one connection for both directions where the other server "
		 "can do it (XEP-0288); what is sent is acknowledged both "
		 "ways, but not resumed after a cut (XEP-0198)"),
	CONF_OPT_SUB(MAP, struct xmpp_s2s_conf, peers, &peer_section,
		     "what holds for one domain or tree of domains"),
	{ .key = NULL },
};

static enum gw_err check(struct conf_reader *r, void *value)
{
	const struct xmpp_s2s_conf *c = value;

	if (c->dane && !dns_can_validate())
		return conf_error(r, conf_get(conf_here(r), "dane"),
				  "this musterd was built without libunbound");
	return GW_OK;
}

const struct conf_section xmpp_s2s_conf_section = {
	.size = sizeof(struct xmpp_s2s_conf),
	.opts = opts,
	.doc = "connections with other XMPP servers",
	.check = check,
};

/* How much of the domain an entry names; 0: it is another's. */
static size_t fit(struct str name, struct str domain)
{
	if (str_ieq(name, domain))
		return SIZE_MAX;
	if (str_is(name, "*"))
		return 1;
	if (!str_starts(name, "*.") || domain.n < name.n)
		return 0;
	domain = str_make(domain.p + domain.n - (name.n - 1), name.n - 1);
	return str_ieq(str_make(name.p + 1, name.n - 1), domain) ? name.n : 0;
}

static const struct xmpp_s2s_peer *find(const struct conf_map *peers,
					struct str domain)
{
	const struct xmpp_s2s_peer *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < peers->count; i++) {
		size_t n = fit(str_of(peers->entries[i].name), domain);

		if (n <= most)
			continue;
		most = n;
		best = peers->entries[i].value;
	}
	return best;
}

struct xmpp_s2s_policy xmpp_s2s_policy(const struct xmpp_s2s_conf *conf,
				       struct str domain)
{
	const struct xmpp_s2s_peer *p = find(&conf->peers, domain);
	struct xmpp_s2s_policy out = {
		.allow = true,
		.tls_required = conf->tls == XMPP_S2S_TLS_REQUIRED,
		.certificate = conf->auth == XMPP_S2S_EXTERNAL,
	};

	if (p == NULL)
		return out;
	out.allow = p->allow;
	if (p->tls != XMPP_S2S_TLS_DEFAULT)
		out.tls_required = p->tls == XMPP_S2S_TLS_REQUIRED;
	if (p->auth != XMPP_S2S_AUTH_DEFAULT)
		out.certificate = p->auth == XMPP_S2S_EXTERNAL;
	if (*p->host != '\0')
		out.host = p->host;
	return out;
}
