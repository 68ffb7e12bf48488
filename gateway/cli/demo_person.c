/* SPDX-License-Identifier: MIT */
/* demo_person.c - libstrophe, one context per thread (it has no locks) */
#include "gateway/cli/demo_person.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strophe.h>
#include <sys/socket.h>
#include <time.h>

#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"

#define TURN_MS	     10
#define END_WITHIN   3000 /* ms for the server to end the stream, too */
#define PEM_MAX	     65536
#define PEM_BEGIN    "-----BEGIN CERTIFICATE-----"
#define PEM_END	     "-----END CERTIFICATE-----"
#define NS_CORRECT   "urn:xmpp:message-correct:0"
#define NS_MUC_USER  "http://jabber.org/protocol/muc#user"
#define OWN_PRESENCE "110" /* XEP-0045 15.6: status codes */
#define ROOM_CREATED "201"

struct demo_person {
	struct demo_person_spec spec;
	pthread_t thread;
	pthread_mutex_t lock;
	struct buf out; /* stanzas to send */
	bool running;	/* the thread exists */
	bool leave;
	bool ended; /* the thread's own */
	bool up;    /* the thread's own */
};

/* libstrophe hands its certificate callback neither an argument nor a
 * connection it would tell apart: the thread is the person. */
static _Thread_local const struct demo_pins *thread_pins;

/* ---- the certificate ---- */

static enum gw_err pin_one(struct str base64, struct demo_pins *out)
{
	struct arena *a = arena_new();
	char *packed = arena_alloc(a, base64.n + 1);
	struct str der;
	size_t n = 0;
	uint8_t digest[CRYPTO_HASH_MAX];
	enum gw_err e;

	for (size_t i = 0; i < base64.n; i++)
		if (strchr("\r\n\t ", base64.p[i]) == NULL)
			packed[n++] = base64.p[i];
	e = codec_unbase64(a, str_make(packed, n), &der);
	if (e == GW_OK) {
		crypto_digest(CRYPTO_SHA256, der, digest);
		codec_hex_to(out->hex[out->count++], digest, 32);
	}
	arena_free(&a);
	return e;
}

static enum gw_err pin_all(const char *text, struct demo_pins *out)
{
	const char *at = text;
	enum gw_err e = GW_OK;

	out->count = 0;
	while (e == GW_OK && out->count < DEMO_PINS_MAX &&
	       (at = strstr(at, PEM_BEGIN)) != NULL) {
		const char *start = at + strlen(PEM_BEGIN);
		const char *end = strstr(start, PEM_END);

		if (end == NULL)
			return GW_BAD_INPUT;
		e = pin_one(str_make(start, (size_t)(end - start)), out);
		at = end;
	}
	return e == GW_OK && out->count > 0 ? GW_OK : GW_BAD_INPUT;
}

enum gw_err demo_person_pins(const char *pem_file, struct demo_pins *out,
			     struct err_note *note)
{
	FILE *f = fopen(pem_file, "re");
	char *text;
	size_t n;
	enum gw_err e;

	if (f == NULL)
		return err_say(note, GW_NOT_FOUND,
			       "the certificate %s cannot be read", pem_file);
	text = mem_new(PEM_MAX);
	n = fread(text, 1, PEM_MAX - 1, f);
	text[n] = '\0';
	fclose(f);
	e = pin_all(text, out);
	explicit_bzero(text, PEM_MAX); /* the key may stand beside it */
	mem_free(text);
	if (e != GW_OK)
		return err_say(note, e, "%s holds no certificate", pem_file);
	return GW_OK;
}

/* "AB:CD" or "abcd" against "abcd". */
static bool same_print(const char *print, const char *hex)
{
	for (; *print != '\0'; print++) {
		char c = *print;

		if (c == ':' || c == ' ')
			continue;
		if (*hex == '\0' || str_lower(c) != *hex++)
			return false;
	}
	return *hex == '\0';
}

/* Asked when the system does not trust the certificate. */
static int on_certificate(const xmpp_tlscert_t *cert, const char *const why)
{
	const char *print =
		xmpp_tlscert_get_string(cert, XMPP_CERT_FINGERPRINT_SHA256);

	(void)why;
	if (print == NULL || thread_pins == NULL)
		return 0;
	for (size_t i = 0; i < thread_pins->count; i++)
		if (same_print(print, thread_pins->hex[i]))
			return 1;
	return 0;
}

/* Without it each round trip takes 92 ms (Nagle against delayed acks). */
static int on_socket(xmpp_conn_t *conn, void *sock)
{
	int one = 1;

	(void)conn;
	return setsockopt(*(int *)sock, IPPROTO_TCP, TCP_NODELAY, &one,
			  sizeof(one));
}

/* ---- what reaches the person ---- */

static int on_message(xmpp_conn_t *conn, xmpp_stanza_t *m, void *arg)
{
	struct demo_person *p = arg;
	xmpp_stanza_t *replace = xmpp_stanza_get_child_by_ns(m, NS_CORRECT);
	char *body = xmpp_message_get_body(m);
	const char *type = xmpp_stanza_get_type(m);

	if (body != NULL)
		demo_event_add(
			p->spec.events,
			&(struct demo_event){
				.kind = DEMO_MESSAGE,
				.who = p->spec.name,
				.from = xmpp_stanza_get_from(m),
				.type = type != NULL ? type : "normal",
				.id = xmpp_stanza_get_id(m),
				.replace = replace == NULL
						   ? NULL
						   : xmpp_stanza_get_attribute(
							     replace, "id"),
				.body = body,
			});
	if (body != NULL)
		xmpp_free(xmpp_conn_get_context(conn), body);
	return 1;
}

static bool has_status(xmpp_stanza_t *x, const char *wanted)
{
	xmpp_stanza_t *s = xmpp_stanza_get_children(x);

	for (; s != NULL; s = xmpp_stanza_get_next(s)) {
		const char *code = xmpp_stanza_get_attribute(s, "code");

		if (code != NULL && strcmp(code, wanted) == 0)
			return true;
	}
	return false;
}

static int on_presence(xmpp_conn_t *conn, xmpp_stanza_t *s, void *arg)
{
	struct demo_person *p = arg;
	xmpp_stanza_t *x = xmpp_stanza_get_child_by_ns(s, NS_MUC_USER);

	(void)conn;
	if (x != NULL && xmpp_stanza_get_type(s) == NULL &&
	    has_status(x, OWN_PRESENCE))
		demo_event_add(p->spec.events,
			       &(struct demo_event){
				       .kind = DEMO_JOINED,
				       .who = p->spec.name,
				       .from = xmpp_stanza_get_from(s),
				       .type = has_status(x, ROOM_CREATED)
						       ? "created"
						       : NULL,
			       });
	return 1;
}

static void on_connection(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
			  xmpp_stream_error_t *stream_error, void *arg)
{
	struct demo_person *p = arg;
	struct demo_event e = { .who = p->spec.name };
	char why[200] = "";

	if (event == XMPP_CONN_CONNECT) {
		p->up = true;
		e.kind = DEMO_CONNECTED;
		e.from = xmpp_conn_get_bound_jid(conn);
		xmpp_handler_add(conn, on_message, NULL, "message", NULL, p);
		xmpp_handler_add(conn, on_presence, NULL, "presence", NULL, p);
	} else {
		p->ended = true;
		e.kind = DEMO_ENDED;
		if (stream_error != NULL && stream_error->text != NULL)
			snprintf(why, sizeof(why), "%s", stream_error->text);
		else if (error != 0 || !p->up)
			snprintf(why, sizeof(why),
				 "the connection or the log-in failed (%d)",
				 error);
		e.body = why;
	}
	demo_event_add(p->spec.events, &e);
}

/* ---- the thread ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* True once the stream should be ended. */
static bool send_queued(struct demo_person *p, xmpp_conn_t *conn)
{
	bool leave;

	pthread_mutex_lock(&p->lock);
	if (p->up && p->out.len > 0) {
		xmpp_send_raw(conn, (const char *)p->out.data, p->out.len);
		buf_reset(&p->out);
	}
	leave = p->leave && (p->out.len == 0 || !p->up);
	pthread_mutex_unlock(&p->lock);
	return leave;
}

static void run_turns(struct demo_person *p, xmpp_ctx_t *ctx, xmpp_conn_t *conn)
{
	int64_t leaving = 0;

	while (!p->ended) {
		if (send_queued(p, conn) && leaving == 0) {
			leaving = now_ms();
			xmpp_disconnect(conn);
		}
		if (leaving != 0 && now_ms() - leaving > END_WITHIN)
			return;
		xmpp_run_once(ctx, TURN_MS);
	}
}

static void *person_main(void *arg)
{
	struct demo_person *p = arg;
	xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
	xmpp_conn_t *conn = xmpp_conn_new(ctx);
	char jid[512];

	thread_pins = p->spec.pins;
	snprintf(jid, sizeof(jid), "%s/demonstration", p->spec.jid);
	xmpp_conn_set_jid(conn, jid);
	xmpp_conn_set_pass(conn, p->spec.password);
	xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_MANDATORY_TLS);
	xmpp_conn_set_certfail_handler(conn, on_certificate);
	xmpp_conn_set_sockopt_callback(conn, on_socket);
	if (xmpp_connect_client(conn, p->spec.host, p->spec.port, on_connection,
				p) == XMPP_EOK)
		run_turns(p, ctx, conn);
	else
		demo_event_add(p->spec.events, &(struct demo_event){
						       .kind = DEMO_ENDED,
						       .who = p->spec.name,
						       .body = "no connection",
					       });
	xmpp_conn_release(conn);
	xmpp_ctx_free(ctx);
	return NULL;
}

struct demo_person *demo_person_new(const struct demo_person_spec *spec)
{
	struct demo_person *p = mem_new(sizeof(*p));

	p->spec = *spec;
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void demo_person_free(struct demo_person **out)
{
	struct demo_person *p = *out;

	if (p == NULL)
		return;
	demo_person_disconnect(p);
	pthread_mutex_destroy(&p->lock);
	buf_fini(&p->out);
	mem_free(p);
	*out = NULL;
}

enum gw_err demo_person_connect(struct demo_person *p)
{
	p->leave = p->ended = p->up = false;
	buf_reset(&p->out);
	if (pthread_create(&p->thread, NULL, person_main, p) != 0)
		return GW_UNAVAIL;
	p->running = true;
	return GW_OK;
}

void demo_person_send(struct demo_person *p, const char *xml)
{
	pthread_mutex_lock(&p->lock);
	buf_add_lit(&p->out, xml);
	pthread_mutex_unlock(&p->lock);
}

void demo_person_disconnect(struct demo_person *p)
{
	if (!p->running)
		return;
	pthread_mutex_lock(&p->lock);
	p->leave = true;
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	p->running = false;
}
