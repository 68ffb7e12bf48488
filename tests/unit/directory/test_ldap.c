/* SPDX-License-Identifier: MIT */
/* test_ldap.c - people and groups of a real slapd, dead and alive */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <ldap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "directory/directory.h"
#include "gateway/base/when.h"
#include "gateway/run/log.h"
#include "tests/unit/directory/rules.h"
#include "tests/unit/directory/slapd.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define GUARD	     (30 * WHEN_SECOND)
#define BACK_TRIES   600 /* of 50 ms */

static const struct config_root roots[] = {
	{ .key = "directory", .section = &directory_conf_section },
	{ .key = NULL },
};

struct world {
	struct slapd slapd;
	struct loop *loop;
	struct jobs *jobs;
	struct store *store;
	struct metrics *metrics;
	struct directory *d;
	struct seam_people people;
	struct loop_timer guard;
};

struct answer {
	struct world *w;
	size_t wanted; /* answers; the loop stops then */
	size_t n;
	enum gw_err e;
	char text[128];
	char credential[64];
	char name[64];
	size_t count;
	char members[8][64];
};

static void too_long(struct loop_timer *t)
{
	(void)t;
	fail_msg("the directory did not answer");
}

static void configure_text(struct world *w, const char *yaml)
{
	struct buf errors = { .data = NULL };
	struct err_note note;
	struct config *cfg;

	if (config_load_text(str_of(yaml), "m.yaml", roots, &cfg, &errors) !=
	    GW_OK)
		fail_msg("%s", (const char *)errors.data);
	assert_int_equal(directory_configure(w->d, cfg, &note), GW_OK);
	config_unref(&cfg);
}

static void configure(struct world *w, const char *host, const char *more)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 "directory:\n  rounds: 4096\n  ldap:\n"
		 "    url: ldap://%s:%u\n"
		 "    base: dc=example,dc=org\n"
		 "    bind_dn: cn=muster,dc=example,dc=org\n"
		 "    bind_password_file: %s/password\n"
		 "    network_timeout: 1s\n    timeout: 1s\n%s",
		 host, w->slapd.port, w->slapd.folder, more);
	configure_text(w, yaml);
}

static void open_directory(struct world *w)
{
	struct store_spec store = { .path = ":memory:" };
	struct directory_spec spec = {
		.normalise = rules_normalise,
		.new_address = rules_new_address,
		.prepare_password = xmpp_precis_opaque,
	};
	struct err_note note;

	w->loop = loop_ev_new();
	assert_non_null(w->loop);
	assert_int_equal(store_open(w->loop, &store, &w->store, &note), GW_OK);
	w->jobs = jobs_new(w->loop, 2, 100);
	w->metrics = metrics_new();
	spec.loop = w->loop;
	spec.jobs = w->jobs;
	spec.store = w->store;
	spec.metrics = w->metrics;
	w->d = directory_new(&spec);
	w->people = directory_people(w->d);
	assert_int_equal(directory_load(w->d), GW_OK);
	w->guard.fn = too_long;
}

static int set_up(void **state)
{
	struct world *w = mem_new(sizeof(*w));

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(log_open("/dev/null", LOG_LEVEL_INFO), GW_OK);
	slapd_make(&w->slapd);
	slapd_start(&w->slapd);
	open_directory(w);
	configure(w, "127.0.0.1", "");
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	directory_stop(w->d);
	jobs_free(&w->jobs);
	store_close(&w->store);
	directory_free(&w->d);
	metrics_free(&w->metrics);
	loop_free(&w->loop);
	slapd_drop(&w->slapd);
	mem_free(w);
	return 0;
}

/* ---- asking ---- */

static void answered(struct answer *a, enum gw_err e)
{
	a->e = e;
	if (++a->n == a->wanted)
		loop_stop(a->w->loop);
}

static void on_find(void *arg, enum gw_err e, const struct people_person *p)
{
	struct answer *a = arg;

	if (p != NULL) {
		snprintf(a->text, sizeof(a->text), "%s", p->address);
		snprintf(a->name, sizeof(a->name), "%s", p->name);
		snprintf(a->credential, sizeof(a->credential), "%s",
			 p->credential != NULL ? p->credential : "none");
	}
	answered(a, e);
}

static void on_check(void *arg, enum gw_err e)
{
	answered(arg, e);
}

static void on_done(void *arg, enum gw_err e, const char *why)
{
	(void)why;
	answered(arg, e);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void on_group(void *arg, enum gw_err e, const char *const *addresses,
		     size_t n)
{
	struct answer *a = arg;

	a->count = n;
	for (size_t i = 0; i < n && i < COUNT(a->members); i++)
		snprintf(a->members[i], sizeof(a->members[i]), "%s",
			 addresses[i]);
	qsort(a->members, n < COUNT(a->members) ? n : COUNT(a->members),
	      sizeof(a->members[0]), by_text);
	answered(a, e);
}

static enum gw_err settled(struct world *w, struct answer *a)
{
	loop_timer_start(w->loop, &w->guard, GUARD);
	if (a->n < a->wanted)
		loop_run(w->loop);
	loop_timer_stop(w->loop, &w->guard);
	assert_int_equal(a->n, a->wanted);
	return a->e;
}

static enum gw_err find(struct world *w, const char *address, struct answer *a)
{
	*a = (struct answer){ .w = w, .wanted = 1 };
	w->people.find(w->people.self, str_of(address), on_find, a);
	return settled(w, a);
}

static enum gw_err check(struct world *w, const char *address,
			 const char *password)
{
	struct answer a = { .w = w, .wanted = 1 };

	w->people.check(w->people.self, str_of(address), str_of(password),
			on_check, &a);
	return settled(w, &a);
}

static enum gw_err group(struct world *w, const char *dn, struct answer *a)
{
	*a = (struct answer){ .w = w, .wanted = 1 };
	w->people.group(w->people.self, str_of(dn), on_group, a);
	return settled(w, a);
}

struct pause {
	struct loop_timer timer;
	struct loop *loop;
};

static void end_pause(struct loop_timer *t)
{
	loop_stop(LIST_OF(t, struct pause, timer)->loop);
}

/* The connection comes back by itself: asks until then, with a bound. */
static bool comes_back(struct world *w)
{
	struct pause pause = { .timer.fn = end_pause, .loop = w->loop };
	struct answer a;

	for (int i = 0; i < BACK_TRIES; i++) {
		if (find(w, "ann@example.org", &a) == GW_OK)
			return true;
		loop_timer_start(w->loop, &pause.timer, 50);
		loop_run(w->loop);
	}
	return false;
}

/* ---- requirements ---- */

static const struct {
	const char *name;
	const char *address;
	const char *password;
	enum gw_err want;
} log_ins[] = {
	{ "the right password", "ann@example.org", "secret", GW_OK },
	{ "in capitals", "ANN@EXAMPLE.ORG", "secret", GW_OK },
	{ "the wrong password", "ann@example.org", "Secret", GW_DENIED },
	{ "somebody else's", "ann@example.org", "hunter2", GW_DENIED },
	{ "no password binds as nobody", "ann@example.org", "", GW_DENIED },
	{ "unknown", "eve@example.org", "secret", GW_DENIED },
	{ "another domain", "ann@example.com", "secret", GW_DENIED },
	{ "a filter in the address", "*)(uid=*@example.org", "secret",
	  GW_DENIED },
	{ "a star", "*@example.org", "secret", GW_DENIED },
	{ "a star for ann", "a*@example.org", "secret", GW_DENIED },
	{ "a filter that ends early", "ann@example.org)(uid=*", "secret",
	  GW_DENIED },
	{ "brackets that are meant", "a(b)*c@example.org", "odd", GW_OK },
	{ "a name instead of an address", "ann", "secret", GW_DENIED },
	{ "two entries", "twin@example.org", "one", GW_UNAVAIL },
};

static void people_log_in_by_bind(void **state)
{
	struct world *w = *state;
	enum gw_err e;

	for (size_t i = 0; i < COUNT(log_ins); i++) {
		e = check(w, log_ins[i].address, log_ins[i].password);
		if (e != log_ins[i].want)
			fail_msg("%s: %s", log_ins[i].name, err_name(e));
	}
	assert_false(w->people.has_scram(w->people.self));
}

static void people_are_found_by_address(void **state)
{
	struct world *w = *state;
	struct answer a;

	assert_int_equal(find(w, "ann@example.org", &a), GW_OK);
	assert_string_equal(a.text, "ann@example.org");
	assert_string_equal(a.name, "Ann Author");
	assert_int_equal(find(w, "eve@example.org", &a), GW_NOT_FOUND);
	assert_int_equal(find(w, "*@example.org", &a), GW_NOT_FOUND);
	assert_int_equal(find(w, "*)(uid=*@example.org", &a), GW_NOT_FOUND);
	assert_int_equal(find(w, "twin@example.org", &a), GW_UNAVAIL);
}

/* The filter finds bob by his log-in name, whatever the domain. */
static void what_a_filter_finds_must_have_the_address(void **state)
{
	struct world *w = *state;
	struct answer a;

	configure(w, "127.0.0.1", "    user_filter: '(uid=%u)'\n");
	assert_int_equal(find(w, "bob@example.org", &a), GW_OK);
	assert_int_equal(find(w, "bob@example.com", &a), GW_NOT_FOUND);
	assert_int_equal(check(w, "bob@example.com", "hunter2"), GW_DENIED);
	assert_int_equal(find(w, "cid@example.org", &a), GW_NOT_FOUND);
}

#define GROUPS "ou=groups,dc=example,dc=org"

static void groups_have_the_addresses_of_their_members(void **state)
{
	struct world *w = *state;
	struct answer a;

	assert_int_equal(group(w, "cn=duty," GROUPS, &a), GW_OK);
	assert_int_equal(a.count, 3);
	assert_string_equal(a.members[0], "a(b)*c@example.org");
	assert_string_equal(a.members[1], "ann@example.org");
	assert_string_equal(a.members[2], "bob@example.org");
	assert_int_equal(group(w, "cn=unique," GROUPS, &a), GW_OK);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.members[0], "ann@example.org");
	assert_int_equal(group(w, "cn=posix," GROUPS, &a), GW_OK);
	assert_int_equal(a.count, 2);
	assert_string_equal(a.members[1], "bob@example.org");
	assert_int_equal(group(w, "cn=nobody," GROUPS, &a), GW_OK);
	assert_int_equal(a.count, 0);
	assert_int_equal(group(w, "cn=missing," GROUPS, &a), GW_NOT_FOUND);
}

static void a_filter_is_a_group_read_page_by_page(void **state)
{
	struct world *w = *state;
	struct answer a;

	configure(w, "127.0.0.1", "    page: 100\n");
	assert_int_equal(group(w, "(sn=Crowd)", &a), GW_OK);
	assert_int_equal(a.count, SLAPD_CROWD);
	assert_int_equal(group(w, "(sn=Nobody)", &a), GW_OK);
	assert_int_equal(a.count, 0);
	assert_int_equal(group(w, "(sn=broken", &a), GW_UNAVAIL);
	assert_int_equal(group(w, "cn=duty," GROUPS, &a), GW_OK);
	assert_int_equal(a.count, 3);
}

static void many_questions_at_once_are_all_answered(void **state)
{
	struct world *w = *state;
	struct answer found = { .w = w, .wanted = 1000 };
	char address[64];

	for (int i = 0; i < 1000; i++) {
		snprintf(address, sizeof(address), "crowd%d@example.org", i);
		w->people.find(w->people.self, str_of(address), on_find,
			       &found);
	}
	assert_int_equal(settled(w, &found), GW_OK);
	found = (struct answer){ .w = w, .wanted = 100 };
	for (int i = 0; i < 100; i++)
		w->people.check(w->people.self, STR("ann@example.org"),
				STR("secret"), on_check, &found);
	assert_int_equal(settled(w, &found), GW_OK);
}

static void add_root(struct world *w)
{
	struct answer a = { .w = w, .wanted = 1 };

	directory_add(w->d, STR("root@example.org"), STR("toor"), STR("Root"),
		      DIRECTORY_ADMIN, on_done, &a);
	assert_int_equal(settled(w, &a), GW_OK);
}

static void whom_ldap_does_not_know_may_be_built_in(void **state)
{
	struct world *w = *state;
	struct answer a;

	add_root(w);
	assert_int_equal(find(w, "root@example.org", &a), GW_OK);
	assert_string_equal(a.name, "Root");
	assert_int_equal(check(w, "root@example.org", "toor"), GW_OK);
	assert_int_equal(check(w, "root@example.org", "wrong"), GW_DENIED);
	slapd_signal(&w->slapd, SIGKILL);
	assert_int_equal(check(w, "root@example.org", "toor"), GW_OK);
	assert_int_equal(find(w, "root@example.org", &a), GW_OK);
}

static void a_dead_server_is_unavail_until_it_is_back(void **state)
{
	struct world *w = *state;
	struct answer a;

	assert_int_equal(check(w, "ann@example.org", "secret"), GW_OK);
	slapd_signal(&w->slapd, SIGKILL);
	assert_int_equal(find(w, "ann@example.org", &a), GW_UNAVAIL);
	assert_int_equal(find(w, "eve@example.org", &a), GW_UNAVAIL);
	assert_int_equal(check(w, "ann@example.org", "secret"), GW_UNAVAIL);
	assert_int_equal(check(w, "ann@example.org", "wrong"), GW_UNAVAIL);
	assert_int_equal(group(w, "cn=duty," GROUPS, &a), GW_UNAVAIL);
	assert_int_equal(group(w, "(sn=Crowd)", &a), GW_UNAVAIL);
	slapd_start(&w->slapd);
	assert_true(comes_back(w));
	assert_int_equal(check(w, "ann@example.org", "secret"), GW_OK);
	assert_int_equal(check(w, "ann@example.org", "wrong"), GW_DENIED);
	assert_int_equal(group(w, "cn=duty," GROUPS, &a), GW_OK);
}

/* It keeps its connections and says nothing. */
static void a_silent_server_is_unavail_in_time(void **state)
{
	struct world *w = *state;
	struct answer a;
	int64_t start;

	assert_int_equal(check(w, "ann@example.org", "secret"), GW_OK);
	slapd_signal(&w->slapd, SIGSTOP);
	start = loop_usec(w->loop);
	assert_int_equal(find(w, "ann@example.org", &a), GW_UNAVAIL);
	assert_int_equal(check(w, "ann@example.org", "secret"), GW_UNAVAIL);
	assert_in_range(loop_usec(w->loop) - start, 0, 10 * 1000000);
	slapd_signal(&w->slapd, SIGCONT);
	assert_true(comes_back(w));
	assert_int_equal(check(w, "ann@example.org", "secret"), GW_OK);
}

static void tls_is_verified_or_there_is_no_connection(void **state)
{
	struct world *w = *state;
	struct answer a;
	char more[256];

	snprintf(more, sizeof(more),
		 "    start_tls: yes\n    tls_ca_file: %s/cert.pem\n",
		 w->slapd.folder);
	configure(w, "127.0.0.1", more);
	assert_int_equal(find(w, "ann@example.org", &a), GW_OK);
	assert_int_equal(check(w, "ann@example.org", "secret"), GW_OK);
	assert_int_equal(group(w, "(sn=Crowd)", &a), GW_OK);
	assert_int_equal(a.count, SLAPD_CROWD);
	/* nobody vouches for the certificate */
	configure(w, "127.0.0.1", "    start_tls: yes\n");
	assert_int_equal(find(w, "ann@example.org", &a), GW_UNAVAIL);
	/* it is not for this name */
	configure(w, "localhost", more);
	assert_int_equal(find(w, "ann@example.org", &a), GW_UNAVAIL);
}

static void a_wrong_password_of_ours_is_unavail(void **state)
{
	struct world *w = *state;
	struct answer a;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/password", w->slapd.folder);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs("mistyped\n", f);
	fclose(f);
	configure(w, "127.0.0.1", "    page: 99\n"); /* connects anew */
	assert_int_equal(find(w, "ann@example.org", &a), GW_UNAVAIL);
	unlink(path);
	configure(w, "127.0.0.1", "    page: 98\n");
	assert_int_equal(find(w, "ann@example.org", &a), GW_UNAVAIL);
}

static void what_is_under_way_at_the_end_is_answered(void **state)
{
	struct world *w = *state;
	struct answer a = { .w = w }, b = { .w = w }, c = { .w = w };

	assert_int_equal(find(w, "ann@example.org", &a), GW_OK);
	a = b;
	w->people.find(w->people.self, STR("ann@example.org"), on_find, &a);
	w->people.check(w->people.self, STR("ann@example.org"), STR("secret"),
			on_check, &b);
	w->people.group(w->people.self, STR("cn=duty," GROUPS), on_group, &c);
	directory_stop(w->d);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.e, GW_UNAVAIL);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.e, GW_UNAVAIL);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.e, GW_UNAVAIL);
	w->people.find(w->people.self, STR("ann@example.org"), on_find, &a);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.e, GW_UNAVAIL);
}

static void a_reload_turns_ldap_off_and_on(void **state)
{
	struct world *w = *state;
	struct answer a;

	configure_text(w, "directory: { kind: local }\n");
	assert_true(w->people.has_scram(w->people.self));
	assert_int_equal(find(w, "ann@example.org", &a), GW_NOT_FOUND);
	assert_int_equal(group(w, "cn=duty," GROUPS, &a), GW_NOT_FOUND);
	configure(w, "127.0.0.1", "");
	assert_false(w->people.has_scram(w->people.self));
	assert_int_equal(find(w, "ann@example.org", &a), GW_OK);
}

/* B15: neither in LDAP, nor here, nor anywhere. */
static void b15_wrong_passwords_are_answered_at_one_time(void **state)
{
	static const char *const addresses[] = { "ann@example.org",
						 "root@example.org",
						 "nobody@example.org",
						 "no address" };
	struct world *w = *state;
	int64_t start, took;

	add_root(w);
	check(w, "ann@example.org", "secret");
	for (size_t i = 0; i < COUNT(addresses); i++) {
		start = loop_usec(w->loop);
		assert_int_equal(check(w, addresses[i], "wrong"), GW_DENIED);
		took = (loop_usec(w->loop) - start) / 1000;
		/* On a busy machine it may be the next. */
		assert_in_range(took, 245, 2000);
		assert_in_range((took + 5) % 250, 0, 150);
	}
}

/* As whoever sets passwords there does. */
static void describe_ann(struct world *w, const char *text)
{
	char url[64], *values[2] = { (char *)(uintptr_t)text, NULL };
	char secret[] = "asker", type[] = "description";
	struct berval password = { .bv_len = 5, .bv_val = secret };
	LDAPMod mod = { .mod_op = LDAP_MOD_REPLACE,
			.mod_type = type,
			.mod_values = values };
	LDAPMod *mods[] = { &mod, NULL };
	int version = LDAP_VERSION3;
	LDAP *ld;

	snprintf(url, sizeof(url), "ldap://127.0.0.1:%u", w->slapd.port);
	assert_int_equal(ldap_initialize(&ld, url), LDAP_SUCCESS);
	ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	assert_int_equal(ldap_sasl_bind_s(ld, "cn=muster,dc=example,dc=org",
					  LDAP_SASL_SIMPLE, &password, NULL,
					  NULL, NULL),
			 LDAP_SUCCESS);
	assert_int_equal(
		ldap_modify_ext_s(ld, "uid=ann,ou=people,dc=example,dc=org",
				  mods, NULL, NULL),
		LDAP_SUCCESS);
	ldap_unbind_ext_s(ld, NULL, NULL);
}

/* So that what was granted under the old password is void. */
static void a_new_password_is_another_credential(void **state)
{
	struct world *w = *state;
	struct answer first, second;

	assert_int_equal(find(w, "ann@example.org", &first), GW_OK);
	assert_string_equal(first.credential, "none");
	configure(w, "127.0.0.1",
		  "    credential_attributes: [pwdChangedTime, description]\n");
	describe_ann(w, "changed on Monday");
	assert_int_equal(find(w, "ann@example.org", &first), GW_OK);
	assert_int_equal(find(w, "ann@example.org", &second), GW_OK);
	assert_string_equal(first.credential, second.credential);
	assert_null(strstr(first.credential, "Monday"));
	describe_ann(w, "changed on Tuesday");
	assert_int_equal(find(w, "ann@example.org", &second), GW_OK);
	assert_string_not_equal(first.credential, second.credential);
	add_root(w);
	assert_int_equal(find(w, "root@example.org", &second), GW_OK);
	assert_string_equal(second.credential, "local 0");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(people_log_in_by_bind),
		T(people_are_found_by_address),
		T(what_a_filter_finds_must_have_the_address),
		T(groups_have_the_addresses_of_their_members),
		T(a_filter_is_a_group_read_page_by_page),
		T(many_questions_at_once_are_all_answered),
		T(whom_ldap_does_not_know_may_be_built_in),
		T(a_dead_server_is_unavail_until_it_is_back),
		T(a_silent_server_is_unavail_in_time),
		T(tls_is_verified_or_there_is_no_connection),
		T(a_wrong_password_of_ours_is_unavail),
		T(what_is_under_way_at_the_end_is_answered),
		T(a_reload_turns_ldap_off_and_on),
		T(b15_wrong_passwords_are_answered_at_one_time),
		T(a_new_password_is_another_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
