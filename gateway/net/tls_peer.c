/* SPDX-License-Identifier: MIT */
/* tls_peer.c - what the other server's certificate is worth, and whose it is
 *
 * Public authorities issue certificates for server authentication only, so
 * that purpose is required of whoever accepts and of whoever dials; OpenSSL
 * by itself would ask a dialling server for client authentication.  Names are
 * read from the ASN.1 of the subjectAltName, never from a printed name, and
 * the Common Name counts for nothing (RFC 9525).
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "gateway/net/tls_dane.h"
#include "gateway/net/tls_private.h"

/* RFC 6120 13.7.1.2.1; SRVName of direct TLS as XEP-0368 names the service. */
#define SRV_STARTTLS "_xmpp-server."
#define SRV_DIRECT   "_xmpps-server."

static void judge(X509_STORE_CTX *ctx, int purpose, int trust)
{
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_purpose(p, purpose);
	X509_VERIFY_PARAM_set_trust(p, trust);
	/* A wrong signature leaves errors behind, which would be taken for the
	 * handshake's own. */
	ERR_set_mark();
	if (X509_verify_cert(ctx) != 1 &&
	    X509_STORE_CTX_get_error(ctx) == X509_V_OK)
		X509_STORE_CTX_set_error(ctx, X509_V_ERR_UNSPECIFIED);
	ERR_pop_to_mark();
}

static int verify_server(X509_STORE_CTX *ctx, void *arg)
{
	(void)arg;
	judge(ctx, X509_PURPOSE_SSL_SERVER, X509_TRUST_SSL_SERVER);
	return 1;
}

static int verify_client(X509_STORE_CTX *ctx, void *arg)
{
	(void)arg;
	judge(ctx, X509_PURPOSE_SSL_CLIENT, X509_TRUST_SSL_CLIENT);
	return 1;
}

void tls_peer_ask(SSL_CTX *ctx, const struct tls_server *t)
{
	if (SSL_CTX_set1_verify_cert_store(ctx, t->trusted) != 1)
		abort();
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(
		ctx, t->clients ? verify_client : verify_server, NULL);
	if (SSL_CTX_dane_enable(ctx) != 1)
		abort();
}

bool tls_dane_usable(const struct dns_tlsa *t)
{
	static const size_t lengths[] = { 0, 32, 64 };

	return t->usage <= 3 && t->selector <= 1 && t->matching <= 2 &&
	       (t->matching == 0 ? t->n > 0 : t->n == lengths[t->matching]);
}

/* RFC 7671 5.1: a DANE-EE record vouches for whatever the names and dates in
 * the certificate.  RFC 7673 4.2: elsewhere the domain or its host is named. */
void tls_peer_dane(SSL *ssl, const struct tls_dane *d)
{
	if (SSL_dane_enable(ssl, d->domain) != 1 ||
	    SSL_add1_host(ssl, d->host) != 1)
		abort();
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
				       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (size_t i = 0; i < d->n; i++) {
		const struct dns_tlsa *t = &d->records[i];

		(void)SSL_dane_tlsa_add(ssl, t->usage, t->selector, t->matching,
					t->data, t->n);
	}
	ERR_clear_error();
}

int64_t tls_peer_end(const X509 *x)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;

	if (x == NULL || epoch == NULL ||
	    ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(x)) != 1)
		days = seconds = 0;
	ASN1_TIME_free(epoch);
	return ((int64_t)days * 86400 + seconds) * 1000;
}

/* Of those with the subject of one of them, the last end. */
static int64_t last_of(const STACK_OF(X509_OBJECT) * all, const X509 *x)
{
	int64_t last = 0;

	for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
		const X509 *y =
			X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
		int64_t end = tls_peer_end(y);

		if (y != NULL && end > last &&
		    X509_NAME_cmp(X509_get_subject_name(x),
				  X509_get_subject_name(y)) == 0)
			last = end;
	}
	return last;
}

int64_t tls_authorities_expiry(const char *ca_file)
{
	X509_STORE *store = X509_STORE_new();
	const STACK_OF(X509_OBJECT) * all;
	int64_t first = 0;

	if (store == NULL)
		abort();
	if (X509_STORE_load_file(store, ca_file) != 1)
		ERR_clear_error();
	all = X509_STORE_get0_objects(store);
	for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
		const X509 *x =
			X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
		int64_t end = x != NULL ? last_of(all, x) : 0;

		if (end > 0 && (first == 0 || end < first))
			first = end;
	}
	X509_STORE_free(store);
	return first;
}

const char *tls_peer_distrust(const SSL *ssl)
{
	long why;

	if (SSL_get0_peer_certificate(ssl) == NULL)
		return "it shows no certificate";
	why = SSL_get_verify_result(ssl);
	switch (why) {
	case X509_V_OK:
		return NULL;
	case X509_V_ERR_DANE_NO_MATCH:
		return "no TLSA record fits its certificate";
	case X509_V_ERR_INVALID_PURPOSE:
		return "its certificate is not for server authentication";
	default:
		return X509_verify_cert_error_string(why);
	}
}

/* A NUL or anything else that is not in a name is in no name we look for. */
static struct str text_of(const ASN1_STRING *s)
{
	int n = ASN1_STRING_length(s);

	if (n <= 0)
		return STR_NONE;
	return str_make((const char *)ASN1_STRING_get0_data(s), (size_t)n);
}

/* A wildcard is the whole first label, and stands for exactly one. */
static bool dns_fits(struct str pattern, struct str domain)
{
	size_t dot;

	if (str_ieq(pattern, domain))
		return true;
	if (!str_starts(pattern, "*.") || pattern.n < 3)
		return false;
	dot = str_find(domain, '.');
	if (dot == 0 || dot >= domain.n)
		return false;
	pattern = str_make(pattern.p + 1, pattern.n - 1);
	/* "*.org" is nobody's. */
	if (str_find(str_make(pattern.p + 1, pattern.n - 1), '.') >=
	    pattern.n - 1)
		return false;
	return str_ieq(pattern, str_make(domain.p + dot, domain.n - dot));
}

static bool srv_fits(struct str name, struct str domain)
{
	static const char *const services[] = { SRV_STARTTLS, SRV_DIRECT };

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(services[i]);

		if (name.n > n &&
		    str_ieq(str_make(name.p, n), str_of(services[i])))
			return str_ieq(str_make(name.p + n, name.n - n),
				       domain);
	}
	return false;
}

static bool other_fits(const OTHERNAME *other, struct str ascii,
		       struct str unicode)
{
	int kind = OBJ_obj2nid(other->type_id);
	int type = other->value->type;

	if (kind == NID_XmppAddr && type == V_ASN1_UTF8STRING)
		return str_ieq(text_of(other->value->value.utf8string),
			       unicode);
	if (kind == NID_SRVName && type == V_ASN1_IA5STRING)
		return srv_fits(text_of(other->value->value.ia5string), ascii);
	return false;
}

static bool fits(const GENERAL_NAME *g, struct str ascii, struct str unicode)
{
	if (g->type == GEN_DNS)
		return dns_fits(text_of(g->d.dNSName), ascii);
	return g->type == GEN_OTHERNAME &&
	       other_fits(g->d.otherName, ascii, unicode);
}

bool tls_peer_names(const SSL *ssl, struct str ascii, struct str unicode)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	GENERAL_NAMES *names;
	bool found = false;

	if (cert == NULL || ascii.n == 0)
		return false;
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++)
		found = fits(sk_GENERAL_NAME_value(names, i), ascii, unicode);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return found;
}

static struct str address_in(const GENERAL_NAME *g)
{
	const OTHERNAME *other;

	if (g->type == GEN_EMAIL)
		return text_of(g->d.rfc822Name);
	if (g->type != GEN_OTHERNAME)
		return STR_NONE;
	other = g->d.otherName;
	if (OBJ_obj2nid(other->type_id) == NID_XmppAddr &&
	    other->value->type == V_ASN1_UTF8STRING)
		return text_of(other->value->value.utf8string);
	return STR_NONE;
}

void tls_peer_addresses(const SSL *ssl,
			void (*fn)(void *arg, struct str address), void *arg)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	GENERAL_NAMES *names;
	struct str address;

	if (cert == NULL)
		return;
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		address = address_in(sk_GENERAL_NAME_value(names, i));
		if (address.n > 0)
			fn(arg, address);
	}
	GENERAL_NAMES_free(names);
	ERR_clear_error();
}
