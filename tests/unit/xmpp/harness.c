/* SPDX-License-Identifier: MIT */
/* harness.c - the real server on the fake loop, and clients that are scripts
 */
#include "tests/unit/xmpp/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/codec.h"
#include "gateway/config/config.h"
#include "gateway/run/log.h"
#include "gateway/store/sql.h"
#include "xmpp/conf.h"
#include "xmpp/s2s/stream.h"
#include "xmpp/server_private.h"
#include "xmpp/stream/stream.h"

static const struct conf_opt domain_opts[] = {
	{ .key = NULL },
};

struct no_fields {
	int unused;
};

static const struct conf_section domain_section = {
	.size = sizeof(struct no_fields),
	.opts = domain_opts,
	.doc = "a domain",
};

static const struct conf_opt domains_opt = {
	.key = "domains",
	.kind = CONF_MAP,
	.def = "",
	.doc = "domains served",
	.sub = &domain_section,
};

static const struct config_root roots[] = {
	{ .key = "domains", .opt = &domains_opt },
	{ .key = "xmpp", .section = &xmpp_conf_section },
	{ .key = "pools", .opt = &pool_conf_opt },
	{ .key = NULL },
};

static bool is_person(struct world *w, struct str address)
{
	for (size_t i = 0; w->people[i] != NULL; i++)
		if (str_is(address, w->people[i]))
			return true;
	return false;
}

static enum gw_err answer(struct world *w, struct str address, enum gw_err no)
{
	if (w->people_down)
		return GW_UNAVAIL;
	return is_person(w, address) ? GW_OK : no;
}

static void people_find(void *self, struct str address,
			void (*done)(void *arg, enum gw_err e,
				     const struct people_person *p),
			void *arg)
{
	struct people_person p = { .name = "" };
	struct world *w = self;
	char text[256], credential[16];

	snprintf(credential, sizeof(credential), "%u", w->generation);
	p.credential = credential;
	snprintf(text, sizeof(text), STR_FMT, STR_ARG(address));
	p.address = text;
	done(arg, answer(self, address, GW_NOT_FOUND), &p);
}

static void people_check(void *self, struct str address, struct str password,
			 void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct world *w = self;
	enum gw_err e = answer(w, address, GW_DENIED);

	if (e == GW_OK && !str_is(password, w->password))
		e = GW_DENIED;
	done(arg, e);
}

static void
people_set_password(void *self, struct str address, struct str password,
		    void (*done)(void *arg, enum gw_err e, const char *why),
		    void *arg)
{
	struct world *w = self;
	enum gw_err e = answer(w, address, GW_NOT_FOUND);

	if (e == GW_OK && password.n < 4)
		e = GW_BAD_INPUT;
	if (e == GW_OK) {
		snprintf(w->password, sizeof(w->password), STR_FMT,
			 STR_ARG(password));
		w->generation++;
		xmpp_kick(w->x, address, "log in again");
	}
	done(arg, e, e == GW_BAD_INPUT ? "too short" : "");
}

static void people_add(void *self, struct str address, struct str password,
		       void (*done)(void *arg, enum gw_err e, const char *why),
		       void *arg)
{
	struct world *w = self;
	size_t i = 0;

	if (is_person(w, address)) {
		done(arg, GW_CONFLICT, "there is one already");
		return;
	}
	if (w->people_down || password.n < 4) {
		done(arg, w->people_down ? GW_UNAVAIL : GW_BAD_INPUT,
		     "too short");
		return;
	}
	while (w->people[i] != NULL)
		i++;
	w->people[i] = w->new_person;
	snprintf(w->new_person, sizeof(w->new_person), STR_FMT,
		 STR_ARG(address));
	done(arg, GW_OK, "");
}

static bool people_is_admin(void *self, struct str address)
{
	const struct world *w = self;

	return w->admin != NULL && str_is(address, w->admin);
}

static void people_add_key(void *self, struct str address,
			   const struct people_verifier *v,
			   void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct world *w = self;

	(void)address;
	w->added = *v;
	w->lacks[v->hash] = false;
	done(arg, GW_OK);
}

static void people_verifier(void *self, struct str address,
			    enum crypto_hash hash,
			    void (*done)(void *arg, enum gw_err e,
					 const struct people_verifier *v),
			    void *arg)
{
	struct world *w = self;
	struct people_verifier v = { .hash = hash,
				     .rounds = 4096,
				     .salt = STR("saltsaltsaltsalt") };
	uint8_t salted[CRYPTO_HASH_MAX], key[CRYPTO_HASH_MAX];
	size_t n = crypto_hash_len(hash);
	struct str s = str_make((const char *)salted, n);

	crypto_pbkdf2(hash, str_of(w->password), v.salt, v.rounds, salted);
	crypto_hmac(hash, s, STR("Client Key"), key);
	crypto_digest(hash, str_make((const char *)key, n), v.stored_key);
	crypto_hmac(hash, s, STR("Server Key"), v.server_key);
	done(arg,
	     w->lacks[hash] ? GW_NOT_FOUND : answer(w, address, GW_NOT_FOUND),
	     &v);
}

static bool people_has_scram(void *self)
{
	return !((struct world *)self)->no_scram;
}

static void desk_heard(void *self, const struct seam_said *said)
{
	struct world *w = self;

	buf_printf(&w->heard, STR_FMT "|" STR_FMT "|" STR_FMT,
		   STR_ARG(said->from), STR_ARG(said->room),
		   STR_ARG(said->body));
	if (said->marker)
		buf_printf(&w->heard, "|" STR_FMT, STR_ARG(said->reply_to));
	buf_add_char(&w->heard, '\n');
}

static void start_server(struct world *w)
{
	struct xmpp_spec spec = { .loop = w->loop,
				  .net = w->net,
				  .store = w->store,
				  .board = w->board,
				  .people = { .self = w,
					      .find = people_find,
					      .verifier = people_verifier,
					      .check = people_check,
					      .set_password =
						      people_set_password,
					      .add = people_add,
					      .add_key = people_add_key,
					      .is_admin = people_is_admin,
					      .has_scram = people_has_scram },
				  .metrics = metrics_new(),
				  .pools = w->pools };
	struct seam_desk desk = { .self = w, .heard = desk_heard };
	struct err_note note = { "" };

	w->metrics = spec.metrics;
	w->x = xmpp_new(&spec);
	if (xmpp_configure(w->x, w->cfg, &note) != GW_OK)
		fail_msg("configure: %s", note.text);
	assert_int_equal(xmpp_load(w->x), GW_OK);
	xmpp_set_desk(w->x, desk);
	if (xmpp_listen(w->x, NULL, &note) != GW_OK)
		fail_msg("listen: %s", note.text);
	if (xmpp_s2s_listen(w->x, NULL, &note) != GW_OK)
		fail_msg("listen: %s", note.text);
}

static void load_config(struct world *w, const char *yaml)
{
	static const char *const base =
		"domains:\n  example.org: {}\n"
		"xmpp:\n"
		"  c2s: { listen: \"127.0.0.1:0\", tls: optional, "
		"plain_without_tls: true }\n"
		"  c2s_tls: []\n";
	struct buf text = { 0 }, errors = { 0 };

	buf_add_lit(&text, base);
	/* Scripts do not answer pings. */
	if (yaml == NULL || strstr(yaml, "idle_ask") == NULL)
		buf_add_lit(&text, "  idle_ask: 1h\n");
	buf_add_lit(&text, yaml != NULL ? yaml : "");
	if (config_load_text(buf_str(&text), "test", roots, &w->cfg, &errors) !=
	    GW_OK)
		fail_msg("config: " STR_FMT, STR_ARG(buf_str(&errors)));
	buf_fini(&text);
	buf_fini(&errors);
}

static void open_store(struct world *w)
{
	struct store_spec spec = { .path = w->store_path[0] != '\0'
						   ? w->store_path
						   : ":memory:" };
	struct err_note note = { "" };

	if (store_open(w->loop, &spec, &w->store, &note) != GW_OK)
		fail_msg("store: %s", note.text);
}

static void make_board(struct world *w)
{
	w->board = board_new(w->loop);
	w->pools = pool_service_new(w->loop, w->board,
				    &(struct seam_people){ .self = w });
	pool_configure(w->pools, config_get(w->cfg, "pools"));
}

static struct world *world_new(const char *path, const char *yaml)
{
	static const char *const people[] = {
		"ann@example.org", "bob@example.org", "cat@example.org",
		"dan@example.org", "eve@example.org", NULL
	};
	struct world *w = mem_new(sizeof(*w));

	log_set_level(LOG_LEVEL_WARN);
	snprintf(w->store_path, sizeof(w->store_path), "%s", path);
	memcpy(w->people, people, sizeof(people));
	snprintf(w->password, sizeof(w->password), "secret");
	w->loop = loop_fake_new(7);
	w->net = net_new(w->loop);
	open_store(w);
	load_config(w, yaml);
	make_board(w);
	start_server(w);
	return w;
}

struct world *x_world(const char *yaml)
{
	return world_new("", yaml);
}

struct world *x_world_on_disk(const char *yaml)
{
	char dir[] = "/tmp/muster-test-XXXXXX";
	char path[64];

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/db", dir);
	return world_new(path, yaml);
}

void x_reload(struct world *w, const char *yaml)
{
	struct config *old = w->cfg;
	struct err_note note = { "" };

	load_config(w, yaml);
	pool_configure(w->pools, config_get(w->cfg, "pools"));
	if (xmpp_configure(w->x, w->cfg, &note) != GW_OK)
		fail_msg("configure: %s", note.text);
	config_unref(&old);
}

void x_reload_refused(struct world *w, const char *yaml)
{
	struct config *running = w->cfg;
	struct err_note note = { "" };

	load_config(w, yaml);
	assert_int_not_equal(xmpp_configure(w->x, w->cfg, &note), GW_OK);
	config_unref(&w->cfg);
	w->cfg = running;
}

static void stop_server(struct world *w)
{
	xmpp_stop(w->x);
	loop_fake_pass(w->loop, 0);
	net_free(&w->net);
	loop_fake_pass(w->loop, 0);
	xmpp_free(&w->x);
	metrics_free(&w->metrics);
}

void x_restart(struct world *w)
{
	stop_server(w);
	w->net = net_new(w->loop);
	start_server(w);
}

static void copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	char bytes[8192];
	size_t n;

	assert_non_null(out);
	while (in != NULL && (n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		assert_int_equal(fwrite(bytes, 1, n, out), n);
	if (in != NULL)
		fclose(in);
	assert_int_equal(fclose(out), 0);
}

/* The files as they are at this moment are what the next server finds;
 * whatever the old one writes from now on goes elsewhere. */
void x_disk_stops(struct world *w)
{
	char old[64], wal[80], new_wal[80];

	assert_true(w->store_path[0] != '\0');
	memcpy(old, w->store_path, sizeof(old));
	w->store_path[strlen(old) - 1]++;
	snprintf(wal, sizeof(wal), "%s-wal", old);
	snprintf(new_wal, sizeof(new_wal), "%s-wal", w->store_path);
	copy_file(old, w->store_path);
	copy_file(wal, new_wal);
	w->disk_stopped = true;
}

void x_crash(struct world *w)
{
	if (!w->disk_stopped)
		x_disk_stops(w);
	w->disk_stopped = false;
	for (struct client *c = w->clients; c != NULL; c = c->next) {
		if (c->fd >= 0)
			close(c->fd);
		c->fd = -1;
		c->ended = true;
	}
	stop_server(w);
	store_close(&w->store);
	pool_service_free(&w->pools);
	board_free(&w->board);
	make_board(w);
	open_store(w);
	w->net = net_new(w->loop);
	start_server(w);
}

static void remove_files(const struct world *w)
{
	char path[80];
	size_t n = strlen(w->store_path);

	if (n == 0)
		return;
	for (char last = 'b'; last <= w->store_path[n - 1]; last++)
		for (size_t i = 0; i < 3; i++) {
			static const char *const ends[] = { "", "-wal",
							    "-shm" };

			snprintf(path, sizeof(path), "%.*s%c%s", (int)(n - 1),
				 w->store_path, last, ends[i]);
			unlink(path);
		}
	snprintf(path, sizeof(path), "%.*s", (int)(n - 3), w->store_path);
	rmdir(path);
}

void x_world_end(struct world **pw)
{
	struct world *w = *pw;

	*pw = NULL;
	while (w->clients != NULL)
		x_close(w->clients);
	stop_server(w);
	store_close(&w->store);
	pool_service_free(&w->pools);
	board_free(&w->board);
	config_unref(&w->cfg);
	buf_fini(&w->heard);
	loop_free(&w->loop);
	remove_files(w);
	mem_free(w);
}

static enum gw_err fill(struct store_req *r, struct store_db *db)
{
	(void)r;
	return sql_run(sql(db, "PRAGMA max_page_count = 1"));
}

static enum gw_err make_room(struct store_req *r, struct store_db *db)
{
	(void)r;
	return sql_run(sql(db, "PRAGMA max_page_count = 1000000"));
}

void x_disk_full(struct world *w, bool full)
{
	struct store_req r = { .apply = full ? fill : make_room };

	assert_int_equal(store_now(w->store, &r), GW_OK);
}

static void read_one(struct client *c)
{
	uint8_t bytes[4096];
	ssize_t n;

	while (c->fd >= 0 && (n = read(c->fd, bytes, sizeof(bytes))) >= 0) {
		if (n == 0) {
			c->ended = true;
			return;
		}
		for (ssize_t i = 0; i < n; i++)
			buf_add_char(&c->in,
				     bytes[i] == '"' ? '\'' : (char)bytes[i]);
	}
	if (c->fd >= 0 && errno != EAGAIN)
		c->ended = true;
}

static size_t unread(struct world *w)
{
	size_t n = 0;

	for (struct client *c = w->clients; c != NULL; c = c->next) {
		read_one(c);
		n += c->in.len;
	}
	return n;
}

/* Loopback delivers at once, but a reading end that was full needs another
 * turn: until nothing more comes. */
static void settle(struct world *w)
{
	size_t before;

	do {
		before = unread(w);
		loop_fake_pass(w->loop, 0);
	} while (unread(w) != before);
}

void x_pass(struct world *w, int64_t ms)
{
	settle(w);
	loop_fake_pass(w->loop, ms);
	settle(w);
}

int64_t x_limit(struct world *w, const char *limit)
{
	char labels[64];

	snprintf(labels, sizeof(labels), "limit=\"%s\"", limit);
	return metrics_get(w->metrics, METRIC_COUNTER, "xmpp_limits_total",
			   labels, "Times a limit was reached.")
		->value;
}

struct client *x_client(struct world *w, int fd)
{
	struct client *c = mem_new(sizeof(*c));

	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	c->w = w;
	c->fd = fd;
	c->next = w->clients;
	w->clients = c;
	settle(w);
	return c;
}

struct client *x_connect_as(struct world *w, const struct proto *p,
			    void *listener)
{
	int ends[2];

	/* Not TCP: it delivers when it likes, and the clock stands still. */
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_non_null(conn_accepted(w->net, ends[1], p, listener, NULL));
	return x_client(w, ends[0]);
}

struct client *x_connect(struct world *w)
{
	return x_connect_as(
		w, &xmpp_stream_proto,
		LIST_OF(w->x->listeners.next, struct xmpp_listener, link));
}

struct client *x_connect_s2s(struct world *w)
{
	return x_connect_as(w, &xmpp_s2s_in_proto,
			    LIST_OF(w->x->s2s->listeners.next,
				    struct xmpp_s2s_listener, link));
}

void x_send(struct client *c, const char *text)
{
	size_t n = strlen(text), sent = 0;
	ssize_t k;

	while (sent < n && !c->ended) {
		k = send(c->fd, text + sent, n - sent, MSG_NOSIGNAL);
		if (k > 0)
			sent += (size_t)k;
		else if (errno != EAGAIN)
			break;
		settle(c->w);
	}
	settle(c->w);
}

void x_sendf(struct client *c, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert_true(n >= 0);
	text = mem_new((size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	x_send(c, text);
	mem_free(text);
}

void x_cut(struct client *c)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(c->fd);
	c->fd = -1;
	settle(c->w);
}

void x_close(struct client *c)
{
	struct client **at = &c->w->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	if (c->fd >= 0)
		close(c->fd);
	settle(c->w);
	buf_fini(&c->in);
	mem_free(c);
}

void x_forget(struct client *c)
{
	settle(c->w);
	buf_reset(&c->in);
}

const char *x_text(struct client *c)
{
	settle(c->w);
	return c->in.len > 0 ? (const char *)c->in.data : "";
}

void x_expect_(struct client *c, const char *text, const char *file, int line)
{
	const char *all = x_text(c);
	const char *at = strstr(all, text);

	if (at == NULL) {
		print_error("expected: %s\n     got: %s\n", text, all);
		_fail(file, line);
	}
	buf_eat(&c->in, (size_t)(at - all) + strlen(text));
}

void x_expect_no_(struct client *c, const char *text, const char *file,
		  int line)
{
	if (strstr(x_text(c), text) == NULL)
		return;
	print_error("unexpected: %s\n        in: %s\n", text, x_text(c));
	_fail(file, line);
}

void x_expect_nothing_(struct client *c, const char *file, int line)
{
	if (x_text(c)[0] == '\0')
		return;
	print_error("expected nothing, got: %s\n", x_text(c));
	_fail(file, line);
}

void x_expect_end_(struct client *c, const char *file, int line)
{
	settle(c->w);
	if (c->ended)
		return;
	print_error("the stream is still open\n");
	_fail(file, line);
}

struct client *x_login(struct world *w, const char *full)
{
	struct client *c = x_connect(w);
	struct arena *a = arena_new();
	struct str rest = str_of(full), local, domain;
	char *plain;

	assert_true(str_split(&rest, '@', &local));
	assert_true(str_split(&rest, '/', &domain));
	plain = arena_printf(a, "-" STR_FMT "-secret", STR_ARG(local));
	plain[0] = '\0';
	plain[1 + local.n] = '\0';
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "</stream:features>");
	x_sendf(c,
		"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		"mechanism='PLAIN'>%s</auth>",
		codec_base64(a, plain, local.n + 8));
	x_expect(c, "<success");
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "</stream:features>");
	x_sendf(c,
		"<iq type='set' id='bind'><bind "
		"xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
		"<resource>" STR_FMT "</resource></bind></iq>",
		STR_ARG(rest));
	x_expect(c, "<jid>");
	x_expect(c, full);
	x_forget(c);
	arena_free(&a);
	return c;
}

struct client *x_online(struct world *w, const char *full)
{
	struct client *c = x_login(w, full);

	x_send(c, "<iq type='get' id='roster'>"
		  "<query xmlns='jabber:iq:roster'/></iq><presence/>");
	x_forget(c);
	return c;
}

static void subscribe(struct client *from, struct client *to,
		      const char *bare_from, const char *bare_to)
{
	x_sendf(from, "<presence type='subscribe' to='%s'/>", bare_to);
	x_sendf(to, "<presence type='subscribed' to='%s'/>", bare_from);
}

void x_befriend(struct client *a, const char *bare_a, struct client *b,
		const char *bare_b)
{
	subscribe(a, b, bare_a, bare_b);
	subscribe(b, a, bare_b, bare_a);
	x_forget(a);
	x_forget(b);
}
