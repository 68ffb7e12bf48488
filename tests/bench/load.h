/* SPDX-License-Identifier: MIT */
/* load.h - a load generator that is faster than any server it measures
 *
 * One thread, one epoll, raw XMPP.  Each turn reads what is there, hands every
 * stanza to the scenario, and writes once per client.  A scenario counts and
 * orders every stanza; the first that is lost, doubled or out of order ends
 * the run.
 */
#ifndef GW_BENCH_LOAD_H
#define GW_BENCH_LOAD_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_WINDOW_MAX 1024
#define LOAD_BODY	64

struct load;
struct client;

typedef void load_stanza_fn(struct client *c, const char *p, size_t n);

struct load_options {
	const char *scenario, *host, *domain, *rooms, *password, *mechanism;
	unsigned port, clients, window, rate, senders, contacts, at_once;
	unsigned logins;
	double seconds, warm;
	bool tls, sm, raw;
};

/* Logarithmic, 64 steps to an octave: within 1.6 percent. */
struct histogram {
	uint64_t count, sum, most;
	uint64_t bucket[64 * 64];
};

enum client_state {
	CLIENT_NEW,
	CLIENT_CONNECTING,
	CLIENT_HANDSHAKE,
	CLIENT_LOGIN,
	CLIENT_READY,
	CLIENT_CLOSING,
	CLIENT_GONE,
};

struct client {
	struct load *load;
	uint32_t index;
	int fd;
	enum client_state state;
	SSL *ssl;
	bool wants_write, dirty, secured, again, in_stream;
	struct client *next_dirty;
	char *in, *out; /* what is left over of input and output */
	size_t in_len, out_len, out_cap;
	uint64_t started;
	uint32_t sm_in, sm_out, sm_acked; /* XEP-0198 counters */
	bool sm_on, sm_ask;
	char jid[96], nonce[40], first[80];
	uint8_t server_signature[20];
	/* the scenario's: messages sent and received, times of sending */
	uint32_t sent, got, count;
	uint64_t *stamp;
};

struct load {
	struct load_options o;
	int epoll, timer;
	SSL_CTX *tls;
	uint64_t now; /* of the current read */
	struct client *clients;
	struct client *dirty;
	load_stanza_fn *on_stanza;
	void (*on_ready)(struct client *c);
	void (*on_gone)(struct client *c);
	uint32_t ready, gone;
	uint64_t heard; /* stanzas of any kind */
	struct histogram latency;
};

/* load.c */
void load_fail(const struct client *c, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));
uint64_t load_clock(void);
void load_phase(struct load *l, const char *name);
void load_note(struct histogram *h, uint64_t ns);
/* Turns until *value >= goal; fails after the seconds. */
void load_until(struct load *l, const char *what, const uint32_t *value,
		uint32_t goal, double seconds);
void load_turn(struct load *l, int milliseconds);
void load_body(char out[LOAD_BODY + 1], uint32_t source, uint32_t number);
bool load_body_read(const char *p, size_t n, uint32_t *source,
		    uint32_t *number);
struct load_figures {
	uint64_t begin, end, segments;
	uint64_t operations;
	const char *unit;
};
void load_begin(struct load *l, struct load_figures *f);
void load_end(struct load *l, struct load_figures *f);
void load_print(struct load *l, const struct load_figures *f);
void load_log_all_in(struct load *l);

/* load_conn.c */
void load_conn_open(struct client *c);
void load_conn_send(struct client *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void load_conn_put(struct client *c, const char *p, size_t n);
void load_conn_flush(struct load *l);
void load_conn_event(struct client *c, uint32_t events);
void load_conn_starttls(struct client *c);
void load_conn_close(struct client *c);
uint64_t load_conn_segments(const struct client *c);

/* load_login.c */
void load_login_begin(struct client *c);
void load_login_stanza(struct client *c, const char *p, size_t n);

/* load_chat.c, load_fan.c, load_session.c */
void load_chat(struct load *l);
void load_room(struct load *l);
void load_presence(struct load *l);
void load_logins(struct load *l);
void load_hold(struct load *l);

#endif
