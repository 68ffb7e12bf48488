/* SPDX-License-Identifier: MIT */
/* load_login.c - from the stream header to a bound resource
 *
 * SCRAM-SHA-1 or PLAIN.  PBKDF2 is done once for an account, and once for all
 * that have the same salt, so that the load does not wait for itself.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define SHA1 20

static bool has(const char *p, size_t n, const char *word)
{
	return memmem(p, n, word, strlen(word)) != NULL;
}

void load_login_begin(struct client *c)
{
	c->in_stream = false;
	load_conn_send(c,
		       "<?xml version='1.0'?><stream:stream to='%s' "
		       "xmlns='jabber:client' xmlns:stream="
		       "'http://etherx.jabber.org/streams' version='1.0'>",
		       c->load->o.domain);
}

static size_t encode(char *out, const void *p, size_t n)
{
	return (size_t)EVP_EncodeBlock((unsigned char *)out, p, (int)n);
}

/* The text of the element, decoded; a terminator follows. */
static size_t decode(struct client *c, const char *p, size_t n, char *out,
		     size_t size)
{
	const char *from = memchr(p, '>', n), *to;
	int len;

	to = from == NULL ? NULL : memchr(from, '<', n - (size_t)(from - p));
	if (to == NULL || (size_t)(to - from) > size)
		load_fail(c, "no base64 in: %.*s", (int)n, p);
	len = EVP_DecodeBlock((unsigned char *)out,
			      (const unsigned char *)from + 1,
			      (int)(to - from - 1));
	if (len < 0)
		load_fail(c, "bad base64 in: %.*s", (int)n, p);
	while (to > from && *--to == '=')
		len--;
	out[len] = '\0';
	return (size_t)len;
}

static void hmac(const void *key, const char *text, size_t n, uint8_t *out)
{
	unsigned len = SHA1;

	HMAC(EVP_sha1(), key, SHA1, (const unsigned char *)text, n, out, &len);
}

/* ---- the two mechanisms ---- */

static void begin_plain(struct client *c)
{
	char text[256], coded[400];
	int n = snprintf(text, sizeof(text), "%cu%u%c%s", 0, c->index, 0,
			 c->load->o.password);

	encode(coded, text, (size_t)n);
	load_conn_send(c,
		       "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		       "mechanism='PLAIN'>%s</auth>",
		       coded);
}

static void begin_scram(struct client *c)
{
	uint8_t noise[18];
	char text[160], coded[256];
	int n;

	RAND_bytes(noise, sizeof(noise));
	encode(c->nonce, noise, sizeof(noise));
	snprintf(c->first, sizeof(c->first), "n=u%u,r=%s", c->index, c->nonce);
	n = snprintf(text, sizeof(text), "n,,%s", c->first);
	encode(coded, text, (size_t)n);
	load_conn_send(c,
		       "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		       "mechanism='SCRAM-SHA-1'>%s</auth>",
		       coded);
}

struct scram_keys {
	char salt[128];
	int rounds;
	uint8_t client[SHA1], stored[SHA1], server[SHA1];
};

static const struct scram_keys *keys_of(struct client *c, const char *salt,
					int rounds)
{
	static struct scram_keys *all;
	struct scram_keys *k;
	const char *password = c->load->o.password;
	uint8_t raw[128], salted[SHA1];
	size_t n = strlen(salt);
	int len;

	if (all == NULL)
		all = calloc(c->load->o.clients, sizeof(*all));
	if (all == NULL)
		load_fail(c, "out of memory");
	if (rounds == all[0].rounds && strcmp(salt, all[0].salt) == 0)
		return &all[0];
	k = &all[all[0].rounds == 0 ? 0 : c->index];
	if (rounds == k->rounds && strcmp(salt, k->salt) == 0)
		return k;
	if (n == 0 || n >= sizeof(k->salt))
		load_fail(c, "a salt of %zu bytes", n);
	len = EVP_DecodeBlock(raw, (const unsigned char *)salt, (int)n);
	len -= salt[n - 1] == '=';
	len -= n > 1 && salt[n - 2] == '=';
	PKCS5_PBKDF2_HMAC(password, (int)strlen(password), raw, len, rounds,
			  EVP_sha1(), SHA1, salted);
	hmac(salted, "Client Key", 10, k->client);
	hmac(salted, "Server Key", 10, k->server);
	EVP_Digest(k->client, SHA1, k->stored, NULL, EVP_sha1(), NULL);
	memcpy(k->salt, salt, n + 1);
	k->rounds = rounds;
	return k;
}

static void answer_scram(struct client *c, const char *p, size_t n)
{
	char server[512], nonce[200], salt[128], auth[1024], coded[1400];
	uint8_t proof[SHA1];
	const struct scram_keys *k;
	int rounds, len;

	decode(c, p, n, server, sizeof(server));
	if (sscanf(server, "r=%199[^,],s=%127[^,],i=%d", nonce, salt,
		   &rounds) != 3 ||
	    strncmp(nonce, c->nonce, strlen(c->nonce)) != 0)
		load_fail(c, "a bad challenge: %s", server);
	k = keys_of(c, salt, rounds);
	len = snprintf(auth, sizeof(auth), "%s,%s,c=biws,r=%s", c->first,
		       server, nonce);
	hmac(k->stored, auth, (size_t)len, proof);
	for (size_t i = 0; i < SHA1; i++)
		proof[i] ^= k->client[i];
	hmac(k->server, auth, (size_t)len, c->server_signature);
	encode(coded, proof, SHA1);
	len = snprintf(auth, sizeof(auth), "c=biws,r=%s,p=%s", nonce, coded);
	encode(coded, auth, (size_t)len);
	load_conn_send(c,
		       "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
		       "%s</response>",
		       coded);
}

static void on_success(struct client *c, const char *p, size_t n)
{
	char text[256], want[64] = "v=";

	if (strcmp(c->load->o.mechanism, "PLAIN") != 0) {
		decode(c, p, n, text, sizeof(text));
		encode(want + 2, c->server_signature, SHA1);
		if (strncmp(text, want, strlen(want)) != 0)
			load_fail(c, "the server does not know the password");
	}
	c->again = true;
	load_login_begin(c);
}

/* ---- features, bind ---- */

static void on_features(struct client *c, const char *p, size_t n)
{
	const struct load_options *o = &c->load->o;
	char word[64];

	if (c->again) {
		c->count = has(p, n, "<session") && !has(p, n, "<optional");
		load_conn_send(c,
			       "<iq type='set' id='bind'><bind xmlns="
			       "'urn:ietf:params:xml:ns:xmpp-bind'><resource>"
			       "b</resource></bind></iq>");
		return;
	}
	if (o->tls && !c->secured) {
		load_conn_send(c, "<starttls xmlns="
				  "'urn:ietf:params:xml:ns:xmpp-tls'/>");
		return;
	}
	snprintf(word, sizeof(word), ">%s<", o->mechanism);
	if (!has(p, n, word))
		load_fail(c, "%s is not offered: %.*s", o->mechanism, (int)n,
			  p);
	if (strcmp(o->mechanism, "PLAIN") == 0)
		begin_plain(c);
	else
		begin_scram(c);
}

static void bound(struct client *c)
{
	c->state = CLIENT_READY;
	c->count = 0;
	c->load->ready++;
	if (c->load->on_ready != NULL)
		c->load->on_ready(c);
}

static void after_bind(struct client *c)
{
	if (c->count == 1) { /* RFC 3921's session, which some insist on */
		c->count = 0;
		load_conn_send(c,
			       "<iq type='set' id='session'><session xmlns="
			       "'urn:ietf:params:xml:ns:xmpp-session'/></iq>");
	} else if (c->load->o.sm && !c->sm_on) {
		load_conn_send(c, "<enable xmlns='urn:xmpp:sm:3' "
				  "resume='true'/>");
	} else {
		bound(c);
	}
}

static void on_bound(struct client *c, const char *p, size_t n)
{
	const char *from = memmem(p, n, "<jid>", 5), *to;

	to = from == NULL ? NULL
			  : memchr(from + 5, '<', n - (size_t)(from + 5 - p));
	if (to == NULL || (size_t)(to - from - 5) >= sizeof(c->jid))
		load_fail(c, "no bind: %.*s", (int)n, p);
	memcpy(c->jid, from + 5, (size_t)(to - from - 5));
	after_bind(c);
}

static bool is(const char *p, size_t n, const char *tag)
{
	size_t len = strlen(tag);

	return n > len && memcmp(p, tag, len) == 0;
}

void load_login_stanza(struct client *c, const char *p, size_t n)
{
	if (is(p, n, "<stream:features"))
		on_features(c, p, n);
	else if (is(p, n, "<proceed"))
		load_conn_starttls(c);
	else if (is(p, n, "<challenge"))
		answer_scram(c, p, n);
	else if (is(p, n, "<success"))
		on_success(c, p, n);
	else if (is(p, n, "<iq") && c->jid[0] == '\0')
		on_bound(c, p, n);
	else if (is(p, n, "<iq") && has(p, n, "session"))
		after_bind(c);
	else if (is(p, n, "<enabled")) {
		c->sm_on = true;
		after_bind(c);
	} else
		load_fail(c, "at log-in came: %.*s", (int)n, p);
}
