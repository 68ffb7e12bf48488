/* SPDX-License-Identifier: MIT */
/* house.c - the console's room in a real house */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "gateway/net/listener.h"
#include "tests/unit/web/house.h"

static const char config_text[] =
	"pools:\n"
	"  duty@example.org:\n"
	"    members: [ann@example.org, bob@example.org]\n"
	"    leads: [lead@example.org]\n"
	"    deliver: one\n"
	"  other@example.org:\n"
	"    members: [zoe@example.org]\n"
	"web: { url: \"https://console.example.org\" }\n";

static const struct config_root roots[] = {
	{ .key = "presence", .section = &board_conf_section },
	{ .key = "pools", .opt = &pool_conf_opt },
	{ .key = "ladders", .opt = &case_ladders_opt },
	{ .key = "cases", .section = &case_conf_section },
	{ .key = "web", .section = &web_conf_section },
	{ .key = NULL },
};

/* ---- made up ---- */

static void tell(struct house *h, const char *what, struct str who)
{
	buf_printf(&h->told, "%s " STR_FMT "\n", what, STR_ARG(who));
}

static void people_check(void *self, struct str address, struct str password,
			 void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct house *h = self;

	h->checked++;
	if (str_is(address, "down@example.org"))
		done(arg, GW_UNAVAIL);
	else
		done(arg, str_is(password, SECRET) ? GW_OK : GW_DENIED);
}

static void people_find(void *self, struct str address,
			void (*done)(void *arg, enum gw_err e,
				     const struct people_person *p),
			void *arg)
{
	(void)self;
	(void)address;
	done(arg, GW_NOT_FOUND, NULL);
}

static void people_known(void *self, struct str address,
			 void (*done)(void *arg, enum gw_err e,
				      const struct people_person *p),
			 void *arg)
{
	struct people_person p = {
		.address = "gone@example.org",
		.disabled = true,
	};

	(void)self;
	if (str_is(address, "down@example.org"))
		done(arg, GW_UNAVAIL, NULL);
	else if (str_is(address, "nobody@example.org"))
		done(arg, GW_NOT_FOUND, NULL);
	else if (str_is(address, p.address))
		done(arg, GW_OK, &p);
	else
		done(arg, GW_OK, &(struct people_person){ .name = "" });
}

static void people_group(void *self, struct str dn,
			 void (*done)(void *arg, enum gw_err e,
				      const char *const *addresses, size_t n),
			 void *arg)
{
	(void)self;
	(void)dn;
	done(arg, GW_NOT_FOUND, NULL, 0);
}

static void admin_status(void *self, struct buf *json)
{
	(void)self;
	buf_add_lit(json, "{\"version\":\"test\",\"listeners\":[],"
			  "\"domains\":[{\"domain\":\"example.org\","
			  "\"certificate_ends\":1}]}");
}

static void user_add(void *self, struct str address, struct str password,
		     struct str name, bool admin, seam_answer_fn *done,
		     void *arg)
{
	(void)password;
	(void)name;
	tell(self, admin ? "add-admin" : "add", address);
	if (str_is(address, "taken@example.org"))
		done(arg, GW_CONFLICT, "is there already");
	else
		done(arg, GW_OK, "");
}

static void user_add_keys(void *self, struct str address, struct str keys,
			  struct str name, seam_answer_fn *done, void *arg)
{
	(void)keys;
	(void)name;
	tell(self, "add-keys", address);
	done(arg, GW_OK, "");
}

static void user_passwd(void *self, struct str address, struct str password,
			seam_answer_fn *done, void *arg)
{
	(void)password;
	tell(self, "passwd", address);
	done(arg, GW_OK, "");
}

static void user_disable(void *self, struct str address, bool disabled,
			 seam_answer_fn *done, void *arg)
{
	tell(self, disabled ? "disable" : "enable", address);
	done(arg, GW_OK, "");
}

static void user_list(void *self, struct str after, size_t max,
		      seam_rows_fn *done, void *arg)
{
	(void)self;
	(void)max;
	if (after.n != 0)
		done(arg, GW_OK, STR("[]"));
	else
		done(arg, GW_OK,
		     STR("[{\"address\":\"ann@example.org\","
			 "\"role\":\"user\",\"disabled\":false},"
			 "{\"address\":\"root@example.org\","
			 "\"role\":\"admin\",\"disabled\":false}]"));
}

static bool user_is_admin(void *self, struct str address)
{
	(void)self;
	return str_is(address, ADMIN);
}

static void invitations(void *self, struct buf *json)
{
	(void)self;
	buf_add_lit(json, "[{\"id\":\"i1\",\"address\":\"example.org\"}]");
}

static void invite_revoke(void *self, struct str id, seam_answer_fn *done,
			  void *arg)
{
	tell(self, "invite-revoke", id);
	done(arg, str_is(id, "i1") ? GW_OK : GW_NOT_FOUND, "none");
}

static void invite(void *self, const struct seam_invite *wish,
		   seam_rows_fn *done, void *arg)
{
	struct str address = wish->address;

	tell(self, wish->valid == 3600000 ? "invite-1h" : "invite", address);
	if (wish->inviter.n > 0)
		tell(self, "invite-for", wish->inviter);
	if (address.n == 0 || str_is(address, "example.org"))
		done(arg, GW_OK, STR("{\"token\":\"t\"}"));
	else
		done(arg,
		     str_is(address, "closed.org") ? GW_DENIED : GW_BAD_INPUT,
		     STR_NONE);
}

static void mail_list(void *self, const struct seam_page *page,
		      seam_rows_fn *done, void *arg)
{
	(void)self;
	(void)page;
	done(arg, GW_OK, STR("[{\"id\":\"m1\"}]"));
}

static void alert_list(void *self, const struct seam_page *page,
		       seam_rows_fn *done, void *arg)
{
	(void)self;
	(void)page;
	done(arg, GW_OK, STR("[]"));
}

static void config_effective(void *self, struct buf *yaml)
{
	struct house *h = self;

	config_print(h->cfg, yaml);
}

static enum gw_err links(void *self, struct str domain, struct buf *json)
{
	(void)self;
	if (str_is(domain, "no domain"))
		return GW_BAD_INPUT;
	buf_printf(json, "{\"domain\":\"" STR_FMT "\",\"links\":[]}",
		   STR_ARG(domain.p != NULL ? domain : STR("all")));
	return GW_OK;
}

static enum gw_err try_link(void *self, struct str domain,
			    struct err_note *note)
{
	tell(self, "try", domain);
	if (str_is(domain, "example.org"))
		return err_say(note, GW_BAD_INPUT, "served here");
	return GW_OK;
}

static void schema(void *self, struct buf *json)
{
	(void)self;
	config_schema(roots, json);
}

static void reload(void *self, seam_answer_fn *done, void *arg)
{
	tell(self, "reload", STR(""));
	done(arg, GW_BAD_INPUT, "muster.yaml:3: pools: no such key");
}

static void front_act(void *self, const struct casefile *c,
		      const struct act *act, struct str id,
		      void (*done)(void *arg, enum gw_err e), void *arg)
{
	(void)self;
	(void)c;
	(void)act;
	(void)id;
	done(arg, GW_OK);
}

static void ping(void *self, struct str bare, int64_t within,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	(void)self;
	(void)bare;
	(void)within;
	done(arg, GW_OK);
}

/* ---- the house ---- */

static void open_middle(struct house *h)
{
	struct case_front front = { .self = h, .act = front_act };
	struct seam_people people = {
		.self = h,
		.find = people_find,
		.check = people_check,
		.group = people_group,
	};
	struct err_note note = { .text = "" };

	h->board = board_new(h->loop);
	board_configure(h->board, config_get(h->cfg, "presence"));
	h->pools = pool_service_new(h->loop, h->board, &people);
	pool_configure(h->pools, config_get(h->cfg, "pools"));
	h->cases = case_service_new(&(struct case_service_spec){
		.loop = h->loop,
		.store = h->store,
		.board = h->board,
		.pools = h->pools,
		.messenger = { .self = h, .ping = ping } });
	case_set_front(h->cases, &front);
	if (case_configure(h->cases, config_get(h->cfg, "cases"),
			   config_get(h->cfg, "ladders"), 1, &note) != GW_OK)
		fail_msg("%s", note.text);
	assert_int_equal(case_load(h->cases), GW_OK);
}

static void open_web(struct house *h)
{
	struct err_note note = { .text = "" };

	h->web = web_new(&(struct web_spec){
		.loop = h->loop,
		.net = h->net,
		.store = h->store,
		.board = h->board,
		.pools = h->pools,
		.cases = h->cases,
		.metrics = h->metrics,
		.httpd = h->httpd,
		.jobs = h->jobs,
		.people = { .self = h,
			    .find = people_known,
			    .check = people_check },
		.admin = { .self = h,
			   .status = admin_status,
			   .user_add = user_add,
			   .user_add_keys = user_add_keys,
			   .user_passwd = user_passwd,
			   .user_disable = user_disable,
			   .user_list = user_list,
			   .user_is_admin = user_is_admin,
			   .invite = invite,
			   .invitations = invitations,
			   .invite_revoke = invite_revoke,
			   .mail_list = mail_list,
			   .alert_list = alert_list,
			   .config_effective = config_effective,
			   .s2s_report = links,
			   .s2s_try = try_link,
			   .config_schema = schema,
			   .reload = reload } });
	if (web_configure(h->web, h->cfg, &note) != GW_OK)
		fail_msg("%s", note.text);
}

static void *core_main(void *arg)
{
	struct house *h = arg;

	loop_run(h->loop);
	return NULL;
}

static void start(struct house *h)
{
	struct err_note note = { .text = "" };
	char path[128];

	snprintf(path, sizeof(path), "%s/db", h->dir);
	h->loop = loop_ev_new();
	h->net = net_new(h->loop);
	h->jobs = jobs_new(h->loop, 1, 100);
	h->metrics = metrics_new();
	if (store_open(h->loop,
		       &(struct store_spec){ .path = path, .threaded = true },
		       &h->store, &note) != GW_OK)
		fail_msg("%s", note.text);
	open_middle(h);
	if (httpd_open(h->net,
		       &(struct httpd_spec){ .listen = "127.0.0.1:0",
					     .per_host = 500 },
		       &h->httpd, &note) != GW_OK)
		fail_msg("%s", note.text);
	h->port = (unsigned)strtoul(strrchr(httpd_address(h->httpd), ':') + 1,
				    NULL, 10);
	open_web(h);
	if (listener_open(h->net,
			  &(struct listener_spec){ .address = h->socket,
						   .proto = &httpd_tls_proto,
						   .arg = h->httpd,
						   .mode = 0600 },
			  &h->control, &note) != GW_OK)
		fail_msg("%s", note.text);
	pthread_create(&h->core, NULL, core_main, h);
}

struct house *house_open(void)
{
	struct house *h = mem_new(sizeof(*h));
	struct buf errors = { .data = NULL };

	snprintf(h->dir, sizeof(h->dir), "/tmp/muster-web-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	snprintf(h->socket, sizeof(h->socket), "%s/control", h->dir);
	if (config_load_text(str_of(config_text), "test", roots, &h->cfg,
			     &errors) != GW_OK)
		fail_msg("%s", errors.data);
	buf_fini(&errors);
	start(h);
	return h;
}

/* As wire_free() does it. */
static void core_stop(struct house *h, void *arg)
{
	(void)arg;
	listener_close(&h->control);
	web_stop(h->web);
	httpd_close(&h->httpd);
	loop_stop(h->loop);
}

static void stop(struct house *h)
{
	house_do(h, core_stop, NULL);
	pthread_join(h->core, NULL);
	jobs_free(&h->jobs);
	store_close(&h->store);
	net_free(&h->net);
	web_free(&h->web);
	case_service_free(&h->cases);
	pool_service_free(&h->pools);
	board_free(&h->board);
	metrics_free(&h->metrics);
	loop_free(&h->loop);
}

void house_restart(struct house *h)
{
	stop(h);
	start(h);
}

static void unlink_all(const struct house *h)
{
	static const char *const names[] = { "db", "db-wal", "db-shm",
					     "control" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", h->dir, names[i]);
		unlink(path);
	}
	rmdir(h->dir);
}

void house_close(struct house **out)
{
	struct house *h = *out;

	stop(h);
	unlink_all(h);
	config_unref(&h->cfg);
	buf_fini(&h->told);
	mem_free(h);
	*out = NULL;
}

struct errand {
	struct loop_msg msg;
	struct house *h;
	void (*fn)(struct house *h, void *arg);
	void *arg;
	sem_t done;
};

static void on_errand(struct loop_msg *msg)
{
	struct errand *e = (struct errand *)(void *)msg;

	e->fn(e->h, e->arg);
	sem_post(&e->done);
}

void house_do(struct house *h, void (*fn)(struct house *h, void *arg),
	      void *arg)
{
	struct errand e = {
		.msg = { .fn = on_errand }, .h = h, .fn = fn, .arg = arg
	};

	sem_init(&e.done, 0, 0);
	loop_post(h->loop, &e.msg);
	sem_wait(&e.done);
	sem_destroy(&e.done);
}

struct opening {
	const char *subject;
	sem_t done;
};

static struct house *opening_house;

static void on_opened(void *arg, enum gw_err e, uint64_t number,
		      const char *why)
{
	struct opening *o = arg;

	(void)why;
	assert_int_equal(e, GW_OK);
	opening_house->number = number;
	sem_post(&o->done);
}

static void core_open_case(struct house *h, void *arg)
{
	struct opening *o = arg;
	struct case_spec spec = {
		.kind = CASE_ALERT,
		.severity = SEV_CRITICAL,
		.key = str_of(o->subject),
		.subject = str_of(o->subject),
		.detail = STR("Do: look"),
		.pool = STR("duty@example.org"),
		.ladder = STR(""),
		.room = STR(""),
		.recipient = STR(""),
		.mail_id = STR(""),
		.alerts = 1,
		.firing = 1,
		.why = STR("a test"),
	};

	opening_house = h;
	case_open(h->cases, &spec, on_opened, o);
}

uint64_t house_case(struct house *h, const char *subject)
{
	struct opening o = { .subject = subject };
	struct timespec until;

	sem_init(&o.done, 0, 0);
	house_do(h, core_open_case, &o);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	assert_int_equal(sem_timedwait(&o.done, &until), 0);
	sem_destroy(&o.done);
	return h->number;
}

struct report {
	const char *who;
	enum presence_show show;
};

static void core_presence(struct house *h, void *arg)
{
	const struct report *r = arg;

	board_presence(h->board,
		       &(struct board_presence){ .bare = str_of(r->who),
						 .resource = STR("desk"),
						 .show = r->show,
						 .status = STR("") });
}

void house_presence(struct house *h, const char *who, enum presence_show show)
{
	house_do(h, core_presence, &(struct report){ who, show });
}

/* ---- the browser ---- */

int house_dial(struct house *h)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)h->port) };
	struct timeval bound = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
	return fd;
}

static int dial_control(struct house *h)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct timeval bound = { .tv_sec = 10 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", h->socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
	return fd;
}

void house_say(int fd, const char *text)
{
	size_t n = strlen(text);

	assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), n);
}

void house_hear(int fd, struct buf *out, const char *text)
{
	char piece[16384];
	ssize_t n;

	while (out->len == 0 ||
	       memmem(out->data, out->len, text, strlen(text)) == NULL) {
		n = recv(fd, piece, sizeof(piece), 0);
		if (n <= 0)
			fail_msg("no '%s' in: %s", text,
				 out->len != 0 ? (char *)out->data : "");
		buf_add(out, piece, (size_t)n);
	}
}

static void hear_all(int fd, struct buf *out)
{
	char piece[65536];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
		buf_add(out, piece, (size_t)n);
	if (n < 0 && errno == EAGAIN)
		fail_msg("no end of: %s", out->len ? (char *)out->data : "");
	buf_add(out, "", 0);
}

static void write_ask(struct house *h, const struct ask *k, struct buf *b)
{
	buf_printf(b, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n", k->method,
		   k->path, h->port);
	buf_add_lit(b, "Connection: close\r\n");
	if (!k->foreign)
		buf_printf(b,
			   "Origin: http://127.0.0.1:%u\r\n"
			   "Sec-Fetch-Site: same-origin\r\n",
			   h->port);
	if (k->cookie != NULL)
		buf_printf(b, "Cookie: %s\r\n", k->cookie);
	if (k->csrf != NULL)
		buf_printf(b, "X-CSRF-Token: %s\r\n", k->csrf);
	if (k->headers != NULL)
		buf_add_lit(b, k->headers);
	if (k->body != NULL)
		buf_printf(b, "Content-Type: %s\r\nContent-Length: %zu\r\n",
			   k->type != NULL ? k->type : "application/json",
			   strlen(k->body));
	buf_add_lit(b, "\r\n");
	if (k->body != NULL)
		buf_add_lit(b, k->body);
}

unsigned house_ask(struct house *h, const struct ask *k, struct answer *out)
{
	struct buf b = { .data = NULL };
	int fd = k->control ? dial_control(h) : house_dial(h);

	buf_reset(&out->all);
	write_ask(h, k, &b);
	house_say(fd, (const char *)b.data);
	hear_all(fd, &out->all);
	close(fd);
	buf_fini(&b);
	out->head = (const char *)out->all.data;
	out->body = strstr(out->head, "\r\n\r\n");
	if (out->body == NULL)
		fail_msg("%s %s: no answer: %s", k->method, k->path, out->head);
	out->body += 4;
	out->status = (unsigned)strtoul(out->head + 9, NULL, 10);
	return out->status;
}

void house_answer_fini(struct answer *a)
{
	buf_fini(&a->all);
}

const char *house_header(struct answer *a, const char *name)
{
	static char value[1024];
	const char *p = a->head;
	size_t n = strlen(name);

	value[0] = '\0';
	while ((p = strstr(p, "\r\n")) != NULL && p + 4 < a->body) {
		p += 2;
		if (strncasecmp(p, name, n) == 0 && p[n] == ':') {
			snprintf(value, sizeof(value), "%.*s",
				 (int)strcspn(p + n + 2, "\r"), p + n + 2);
			break;
		}
	}
	return value;
}

static void cookie_of(struct answer *a, char out[128])
{
	const char *set = house_header(a, "Set-Cookie");

	snprintf(out, 128, "%.*s", (int)strcspn(set, ";"), set);
}

struct login house_login_page(struct house *h, const char *path)
{
	struct answer a = { .status = 0 };
	struct login l = { .cookie = "" };
	const char *p;

	assert_int_equal(
		house_ask(h, &(struct ask){ .method = "GET", .path = path },
			  &a),
		200);
	cookie_of(&a, l.cookie);
	p = strstr(a.body, "name=\"csrf\" value=\"");
	assert_non_null(p);
	snprintf(l.csrf, sizeof(l.csrf), "%.64s", p + 19);
	house_answer_fini(&a);
	return l;
}

unsigned house_password(struct house *h, const char *who, const char *password,
			struct answer *out)
{
	struct login page = house_login_page(h, "/login");
	char body[512];

	snprintf(body, sizeof(body), "csrf=%s&address=%s&password=%s",
		 page.csrf, who, password);
	return house_ask(h,
			 &(struct ask){ .method = "POST",
					.path = "/login",
					.type = "application/"
						"x-www-form-urlencoded",
					.cookie = page.cookie,
					.body = body },
			 out);
}

void house_text(const struct answer *a, const char *key, char *out, size_t cap)
{
	struct json *root = NULL;
	struct str s;

	assert_int_equal(json_parse(str_trim(str_of(a->body)), &root, NULL),
			 GW_OK);
	s = json_get_str(root, key);
	snprintf(out, cap, STR_FMT, STR_ARG(s));
	json_free(&root);
}

struct login house_login(struct house *h, const char *who)
{
	struct answer a = { .status = 0 };
	struct login page, l = { .cookie = "" };
	char body[256], path[200];

	snprintf(body, sizeof(body), "{\"address\":\"%s\"}", who);
	assert_int_equal(house_ask(h,
				   &(struct ask){ .method = "POST",
						  .path = "/api/login-link",
						  .body = body,
						  .control = true },
				   &a),
			 200);
	house_text(&a, "path", path, sizeof(path));
	page = house_login_page(h, path);
	snprintf(body, sizeof(body), "csrf=%s", page.csrf);
	assert_int_equal(
		house_ask(h,
			  &(struct ask){ .method = "POST",
					 .path = path,
					 .type = "application/"
						 "x-www-form-urlencoded",
					 .cookie = page.cookie,
					 .body = body },
			  &a),
		303);
	cookie_of(&a, l.cookie);
	assert_int_equal(house_ask(h,
				   &(struct ask){ .method = "GET",
						  .path = "/api/session",
						  .cookie = l.cookie },
				   &a),
			 200);
	house_text(&a, "csrf", l.csrf, sizeof(l.csrf));
	house_answer_fini(&a);
	return l;
}
