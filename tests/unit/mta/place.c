/* SPDX-License-Identifier: MIT */
/* place.c - the mail side with all it stands on, and a client's end */
#include "tests/unit/mta/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/run/log.h"
#include "gateway/store/sql.h"

struct domain {
	const char *certificate;
};

static const struct conf_opt domain_options[] = {
	CONF_OPT(TEXT, struct domain, certificate, "", 0, 100, "A file."),
	{ .key = NULL },
};

static const struct conf_section domain_section = {
	.size = sizeof(struct domain),
	.opts = domain_options,
	.doc = "A domain.",
};

static const struct conf_opt domains_opt = {
	.key = "domains",
	.kind = CONF_MAP,
	.def = "",
	.doc = "The domains served.",
	.sub = &domain_section,
};

static const struct config_root roots[] = {
	{ .key = "domains", .opt = &domains_opt },
	{ .key = "presence", .section = &board_conf_section },
	{ .key = "pools", .opt = &pool_conf_opt },
	{ .key = "ladders", .opt = &case_ladders_opt },
	{ .key = "cases", .section = &case_conf_section },
	{ .key = "mail", .section = &mta_conf_section },
	{ .key = NULL },
};

static void write_yaml(const struct place *p, struct buf *b)
{
	buf_printf(
		b,
		"domains: { x.org: {} }\n"
		"presence: { settle: 0s }\n"
		"pools:\n"
		"  duty@x.org:\n"
		"    members: [ann@x.org, bob@x.org]\n"
		"    nobody: %s\n"
		"    read_within: { priority: 60m, flash: 3m }\n"
		"    ceiling: flash\n"
		"    ladder: chase\n"
		"    room: ops@rooms.x.org\n"
		"  silent@x.org:\n"
		"    members: [ann@x.org]\n"
		"    nobody: defer\n"
		"  late@x.org: { members: [ann@x.org, bob@x.org], nobody: "
		"hold 5m then all }\n"
		"  both@x.org: { members: [ann@x.org, bob@x.org], deliver: all "
		"}\n"
		"ladders:\n"
		"  chase: [{ tell: recipient, wait: 5m }]\n"
		"mail:\n"
		"  spool: %s/spool\n"
		"  smtp: { hostname: mx.x.org }\n"
		"  deliver_to: \"maildir:%s/mail/%%d/%%u\"\n"
		"%s",
		p->nobody, p->folder, p->folder, p->extra);
}

/* ---- people ---- */

static void find(void *self, struct str address,
		 void (*done)(void *arg, enum gw_err e,
			      const struct people_person *p),
		 void *arg)
{
	static const char *const known[] = { "ann@x.org", "bob@x.org",
					     "cy@x.org" };
	const struct place *p = self;

	if (p->directory_dead) {
		done(arg, GW_UNAVAIL, NULL);
		return;
	}
	for (size_t i = 0; i < 3; i++) {
		struct people_person person = { .address = known[i],
						.name = "" };

		if (!str_is(address, known[i]))
			continue;
		done(arg, GW_OK, &person);
		return;
	}
	done(arg, GW_NOT_FOUND, NULL);
}

static void ping(void *self, struct str bare, int64_t within,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	(void)self;
	(void)bare;
	(void)within;
	done(arg, GW_OK);
}

static void act(void *self, const struct casefile *c, const struct act *a,
		struct str id, void (*done)(void *arg, enum gw_err e),
		void *arg)
{
	struct place *p = self;

	(void)c;
	(void)id;
	p->acts++;
	snprintf(p->last_act, sizeof(p->last_act), "%d %s", (int)a->kind,
		 a->to != NULL ? a->to : "");
	done(arg, GW_OK);
}

/* ---- up and down ---- */

static void build(struct place *p)
{
	struct case_service_spec use = { .loop = p->loop,
					 .store = p->store,
					 .board = p->board,
					 .pools = p->pools };
	struct mta_spec spec = { .loop = p->loop,
				 .net = p->net,
				 .jobs = p->jobs,
				 .store = p->store,
				 .board = p->board,
				 .pools = p->pools,
				 .metrics = p->metrics,
				 .people = p->people };
	struct err_note note = { .text = "" };

	use.messenger.ping = ping;
	p->cases = case_service_new(&use);
	assert_int_equal(case_configure(p->cases, config_get(p->cfg, "cases"),
					config_get(p->cfg, "ladders"), 1,
					&note),
			 GW_OK);
	case_set_front(p->cases, &(struct case_front){ .self = p, .act = act });
	spec.cases = p->cases;
	p->mta = mta_new(&spec);
	assert_int_equal(mta_configure(p->mta, p->cfg, &note), GW_OK);
	assert_int_equal(case_load(p->cases), GW_OK);
	assert_int_equal(mta_load(p->mta), GW_OK);
	case_start(p->cases);
}

void place_up(struct place *p)
{
	char path[128];
	struct store_spec spec = { .path = path };
	struct err_note note = { .text = "" };

	snprintf(path, sizeof(path), "%s/store.db", p->folder);
	p->people.self = p;
	p->people.find = find;
	p->metrics = metrics_new();
	p->jobs = jobs_new(p->loop, 0, 1000);
	p->net = net_new(p->loop);
	if (store_open(p->loop, &spec, &p->store, &note) != GW_OK)
		fail_msg("%s", note.text);
	p->board = board_new(p->loop);
	board_configure(p->board, config_get(p->cfg, "presence"));
	p->pools = pool_service_new(p->loop, p->board, &p->people);
	pool_configure(p->pools, config_get(p->cfg, "pools"));
	build(p);
	place_pass(p, 0);
}

/* In the order of wire.c. */
void place_down(struct place *p)
{
	mta_stop(p->mta);
	jobs_free(&p->jobs);
	store_close(&p->store);
	net_free(&p->net);
	mta_free(&p->mta);
	case_service_free(&p->cases);
	pool_service_free(&p->pools);
	board_free(&p->board);
	metrics_free(&p->metrics);
}

void place_restart(struct place *p)
{
	place_down(p);
	place_up(p);
}

struct place *place_new(const char *nobody, const char *extra)
{
	struct place *p = mem_new(sizeof(*p));
	struct buf yaml = { .data = NULL }, errors = { .data = NULL };

	log_set_level(LOG_LEVEL_ERROR);
	snprintf(p->folder, sizeof(p->folder), "/tmp/mta.XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	p->nobody = nobody;
	p->extra = extra;
	p->peer = -1;
	p->loop = loop_fake_new(1);
	write_yaml(p, &yaml);
	if (config_load_text(buf_str(&yaml), "test", roots, &p->cfg, &errors) !=
	    GW_OK)
		fail_msg("%s", (const char *)errors.data);
	buf_fini(&yaml);
	buf_fini(&errors);
	place_up(p);
	return p;
}

void place_free(struct place **place)
{
	struct place *p = *place;
	char command[128];

	*place = NULL;
	place_hang_up(p);
	place_down(p);
	loop_free(&p->loop);
	config_unref(&p->cfg);
	buf_fini(&p->got);
	snprintf(command, sizeof(command), "rm -r %s", p->folder);
	assert_int_equal(system(command), 0);
	mem_free(p);
}

void place_pass(struct place *p, int64_t ms)
{
	loop_fake_pass(p->loop, ms);
}

void place_presence(struct place *p, const char *who, enum presence_show show)
{
	struct board_presence b = { .bare = str_of(who),
				    .resource = STR("r"),
				    .show = show,
				    .status = STR("") };

	board_presence(p->board, &b);
	place_pass(p, 10);
}

/* ---- a client ---- */

void place_hang_up(struct place *p)
{
	if (p->peer >= 0)
		close(p->peer);
	p->peer = -1;
	place_pass(p, 0);
}

static void drain(struct place *p)
{
	char bytes[4096];
	ssize_t n;

	while ((n = recv(p->peer, bytes, sizeof(bytes), 0)) > 0)
		buf_add(&p->got, bytes, (size_t)n);
}

void place_connect(struct place *p, const struct proto *proto)
{
	int fd[2];

	place_hang_up(p);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd),
			 0);
	assert_int_equal(fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
	p->peer = fd[1];
	conn_accepted(p->net, fd[0], proto, p->mta, NULL);
	place_pass(p, 0);
	buf_reset(&p->got);
	drain(p);
}

const char *place_send(struct place *p, const void *bytes, size_t n)
{
	const char *from = bytes;

	buf_reset(&p->got);
	while (n > 0) {
		ssize_t done = send(p->peer, from, n, MSG_NOSIGNAL);

		if (done < 0 && errno != EAGAIN)
			break;
		from += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
		place_pass(p, 0);
	}
	place_pass(p, 0);
	drain(p);
	return p->got.data != NULL ? (const char *)p->got.data : "";
}

const char *place_say(struct place *p, const char *text)
{
	return place_send(p, text, strlen(text));
}

const char *place_mail(struct place *p, const char *rcpt, const char *headers)
{
	char text[2000];

	place_connect(p, &mta_lmtp_proto);
	(void)place_say(p, "LHLO mx.example.net\r\n"
			   "MAIL FROM:<joe@example.net>\r\n");
	snprintf(text, sizeof(text), "RCPT TO:<%s>\r\nDATA\r\n", rcpt);
	assert_non_null(strstr(place_say(p, text), "354 "));
	snprintf(text, sizeof(text), "%s\r\n\r\nHello.\r\n.\r\n", headers);
	return place_say(p, text);
}

/* ---- what is on disk ---- */

static unsigned list(const char *path, char *one, size_t n)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	unsigned count = 0;

	if (d == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		snprintf(one, n, "%s/%s", path, entry->d_name);
	}
	closedir(d);
	return count;
}

static unsigned list_of(struct place *p, const char *person, const char *sub,
			char *one, size_t n)
{
	char path[300];
	const char *at = strchr(person, '@');

	snprintf(path, sizeof(path), "%s/mail/%s/%.*s/%s", p->folder, at + 1,
		 (int)(at - person), person, sub);
	return list(path, one, n);
}

unsigned place_count(struct place *p, const char *person, const char *sub)
{
	char one[600];

	return list_of(p, person, sub, one, sizeof(one));
}

char *place_only(struct place *p, const char *person, const char *sub)
{
	char one[600];

	assert_int_equal(list_of(p, person, sub, one, sizeof(one)), 1);
	return mem_strdup(one);
}

char *place_read(const char *path)
{
	struct buf b = { .data = NULL };
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	while ((n = fread(buf_space(&b, 4096), 1, 4096, f)) > 0)
		b.len += n;
	fclose(f);
	buf_add_char(&b, '\0');
	return buf_take(&b);
}

unsigned place_spooled(struct place *p)
{
	char path[128], one[600];

	snprintf(path, sizeof(path), "%s/spool", p->folder);
	return list(path, one, sizeof(one));
}

struct statement {
	struct store_req req;
	const char *literal;
	int64_t number;
};

static enum gw_err apply(struct store_req *r, struct store_db *db)
{
	struct statement *s = LIST_OF(r, struct statement, req);
	struct sql_stmt *q = sql(db, s->literal);
	enum gw_err e = sql_row(q);

	if (e == GW_OK)
		s->number = sql_int(q, 0);
	return sql_end(q, e);
}

int64_t place_number(struct place *p, const char *literal)
{
	struct statement s = { .req = { .apply = apply }, .literal = literal };

	assert_int_equal(store_now(p->store, &s.req), GW_OK);
	return s.number;
}

void place_sql(struct place *p, const char *literal)
{
	(void)place_number(p, literal);
}
