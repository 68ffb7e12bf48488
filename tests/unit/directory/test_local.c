/* SPDX-License-Identifier: MIT */
/* test_local.c - accounts, passwords and keys of the built-in directory */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "directory/directory.h"
#include "gateway/base/codec.h"
#include "gateway/run/log.h"
#include "tests/unit/directory/rules.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct config_root roots[] = {
	{ .key = "directory", .section = &directory_conf_section },
	{ .key = NULL },
};

struct world {
	char path[64];
	struct loop *loop;
	struct jobs *jobs;
	struct store *store;
	struct metrics *metrics;
	struct directory *d;
	struct seam_people people;
	char revoked[256];
};

struct answer {
	size_t n;
	enum gw_err e;
	char why[512];
	struct people_verifier v;
	char name[64];
	char credential[32];
	bool disabled;
};

static void on_revoke(void *arg, struct str address)
{
	struct world *w = arg;

	snprintf(w->revoked, sizeof(w->revoked), STR_FMT, STR_ARG(address));
}

static void configure(struct world *w, const char *yaml)
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

static void open_directory(struct world *w)
{
	struct store_spec store = { .path = w->path };
	struct directory_spec spec = {
		.normalise = rules_normalise,
		.new_address = rules_new_address,
		.prepare_password = xmpp_precis_opaque,
	};
	struct err_note note;

	assert_int_equal(store_open(w->loop, &store, &w->store, &note), GW_OK);
	w->jobs = jobs_new(w->loop, 0, 4);
	w->metrics = metrics_new();
	spec.loop = w->loop;
	spec.jobs = w->jobs;
	spec.store = w->store;
	spec.metrics = w->metrics;
	w->d = directory_new(&spec);
	w->people = directory_people(w->d);
	directory_on_revoke(w->d, on_revoke, w);
	configure(w, "directory: { rounds: 4096 }\n");
	assert_int_equal(directory_load(w->d), GW_OK);
}

static void close_directory(struct world *w)
{
	directory_stop(w->d);
	jobs_free(&w->jobs);
	store_close(&w->store);
	directory_free(&w->d);
	assert_null(w->d);
	metrics_free(&w->metrics);
}

static int set_up(void **state)
{
	struct world *w = mem_new(sizeof(*w));

	log_set_level(LOG_LEVEL_WARN);
	snprintf(w->path, sizeof(w->path), ":memory:");
	w->loop = loop_fake_new(7);
	open_directory(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	close_directory(w);
	loop_free(&w->loop);
	mem_free(w);
	return 0;
}

/* ---- asking ---- */

static void on_done(void *arg, enum gw_err e, const char *why)
{
	struct answer *a = arg;

	a->n++;
	a->e = e;
	snprintf(a->why, sizeof(a->why), "%s", why);
}

static void on_check(void *arg, enum gw_err e)
{
	on_done(arg, e, "");
}

static void on_find(void *arg, enum gw_err e, const struct people_person *p)
{
	struct answer *a = arg;

	on_done(arg, e, p != NULL ? p->address : "");
	if (p != NULL) {
		snprintf(a->name, sizeof(a->name), "%s", p->name);
		a->disabled = p->disabled;
		snprintf(a->credential, sizeof(a->credential), "%s",
			 p->credential);
	}
}

static void on_verifier(void *arg, enum gw_err e,
			const struct people_verifier *v)
{
	struct answer *a = arg;

	on_done(arg, e, "");
	if (v != NULL) {
		a->v = *v;
		assert_in_range(v->salt.n, 1, sizeof(a->name));
		memcpy(a->name, v->salt.p, v->salt.n);
		a->v.salt.p = a->name;
	}
}

static enum gw_err settled(struct world *w, const struct answer *a)
{
	loop_run(w->loop);
	assert_int_equal(a->n, 1);
	return a->e;
}

static enum gw_err add(struct world *w, const char *address,
		       const char *password, struct answer *a)
{
	*a = (struct answer){ .n = 0 };
	directory_add(w->d, str_of(address), str_of(password), STR("Ann"),
		      DIRECTORY_USER, on_done, a);
	return settled(w, a);
}

static enum gw_err add_keys(struct world *w, const char *address,
			    const char *keys, struct answer *a)
{
	*a = (struct answer){ .n = 0 };
	directory_add_keys(w->d, str_of(address), str_of(keys), STR_NONE,
			   on_done, a);
	return settled(w, a);
}

static enum gw_err check(struct world *w, const char *address,
			 const char *password)
{
	struct answer a = { .n = 0 };

	w->people.check(w->people.self, str_of(address), str_of(password),
			on_check, &a);
	loop_run(w->loop);
	if (a.n == 0)
		loop_fake_pass(w->loop, 250);
	return settled(w, &a);
}

static enum gw_err verifier(struct world *w, const char *address,
			    enum crypto_hash h, struct answer *a)
{
	*a = (struct answer){ .n = 0 };
	w->people.verifier(w->people.self, str_of(address), h, on_verifier, a);
	return settled(w, a);
}

static enum gw_err find(struct world *w, const char *address, struct answer *a)
{
	*a = (struct answer){ .n = 0 };
	w->people.find(w->people.self, str_of(address), on_find, a);
	return settled(w, a);
}

static enum gw_err passwd(struct world *w, const char *address,
			  const char *password)
{
	struct answer a = { .n = 0 };

	directory_passwd(w->d, str_of(address), str_of(password), on_done, &a);
	return settled(w, &a);
}

static enum gw_err disable(struct world *w, const char *address, bool disabled)
{
	struct answer a = { .n = 0 };

	directory_disable(w->d, str_of(address), disabled, on_done, &a);
	return settled(w, &a);
}

/* ---- requirements ---- */

static void a_person_who_was_added_logs_in(void **state)
{
	struct world *w = *state;
	struct answer a;

	assert_int_equal(check(w, "ann@x.org", "secret"), GW_DENIED);
	assert_int_equal(add(w, "Ann@X.org", "secret", &a), GW_OK);
	assert_string_equal(a.why, "");
	assert_int_equal(find(w, "ann@x.org", &a), GW_OK);
	assert_string_equal(a.why, "ann@x.org");
	assert_string_equal(a.name, "Ann");
	assert_false(a.disabled);
	assert_int_equal(check(w, "ann@x.org", "secret"), GW_OK);
	assert_int_equal(check(w, "ANN@x.org", "secret"), GW_OK);
	assert_int_equal(check(w, "ann@x.org", "Secret"), GW_DENIED);
	assert_int_equal(check(w, "ann@x.org", ""), GW_DENIED);
	assert_int_equal(check(w, "bob@x.org", "secret"), GW_DENIED);
	assert_int_equal(check(w, "ann@x.org/phone", "secret"), GW_DENIED);
	assert_int_equal(find(w, "bob@x.org", &a), GW_NOT_FOUND);
	assert_true(w->people.has_scram(w->people.self));
}

static const struct {
	const char *name;
	const char *address;
	const char *password;
	enum gw_err want;
} refused[] = {
	{ "no local part", "x.org", "secret", GW_BAD_INPUT },
	{ "empty local part", "@x.org", "secret", GW_BAD_INPUT },
	{ "a resource", "ann@x.org/a", "secret", GW_BAD_INPUT },
	{ "a blank inside", "a nn@x.org", "secret", GW_BAD_INPUT },
	{ "an ampersand", "a&n@x.org", "secret", GW_BAD_INPUT },
	{ "nothing", "", "secret", GW_BAD_INPUT },
	{ "broken UTF-8", "a\xff@x.org", "secret", GW_BAD_INPUT },
	{ "one Cyrillic letter", "\xd0\xb0nn@x.org", "secret", GW_BAD_INPUT },
	{ "no password", "ann@x.org", "", GW_BAD_INPUT },
	{ "a control in the password", "ann@x.org", "a\nb", GW_BAD_INPUT },
};

static void what_breaks_a_rule_is_refused_and_says_why(void **state)
{
	struct world *w = *state;
	struct directory_person *people;
	struct arena *arena = arena_new();
	struct answer a;

	for (size_t i = 0; i < COUNT(refused); i++) {
		if (add(w, refused[i].address, refused[i].password, &a) !=
		    refused[i].want)
			fail_msg("%s", refused[i].name);
		assert_string_not_equal(a.why, "");
	}
	assert_int_equal(directory_list(w->d, STR(""), 10, arena, &people), 0);
	arena_free(&arena);
}

static void an_address_is_given_once(void **state)
{
	struct world *w = *state;
	struct answer first = { .n = 0 }, second = { .n = 0 }, a;

	directory_add(w->d, STR("ann@x.org"), STR("one"), STR_NONE,
		      DIRECTORY_USER, on_done, &first);
	directory_add(w->d, STR("ann@x.org"), STR("two"), STR_NONE,
		      DIRECTORY_USER, on_done, &second);
	loop_run(w->loop);
	assert_int_equal(first.e, GW_OK);
	assert_int_equal(second.e, GW_CONFLICT);
	assert_int_equal(add(w, "ANN@X.ORG", "three", &a), GW_CONFLICT);
	assert_int_equal(check(w, "ann@x.org", "one"), GW_OK);
	assert_int_equal(check(w, "ann@x.org", "two"), GW_DENIED);
}

static void a_new_password_ends_the_old_and_revokes(void **state)
{
	struct world *w = *state;
	struct answer a;

	assert_int_equal(passwd(w, "ann@x.org", "new"), GW_NOT_FOUND);
	assert_int_equal(add(w, "ann@x.org", "old", &a), GW_OK);
	assert_string_equal(w->revoked, "");
	assert_int_equal(passwd(w, "Ann@x.org", "new"), GW_OK);
	assert_string_equal(w->revoked, "ann@x.org");
	assert_int_equal(check(w, "ann@x.org", "old"), GW_DENIED);
	assert_int_equal(check(w, "ann@x.org", "new"), GW_OK);
	assert_int_equal(passwd(w, "ann@x.org", ""), GW_BAD_INPUT);
	assert_int_equal(check(w, "ann@x.org", "new"), GW_OK);
}

static void the_last_of_two_passwords_stays(void **state)
{
	struct world *w = *state;
	struct answer a, b = { .n = 0 };

	assert_int_equal(add(w, "ann@x.org", "old", &a), GW_OK);
	a = b;
	directory_passwd(w->d, STR("ann@x.org"), STR("one"), on_done, &a);
	directory_passwd(w->d, STR("ann@x.org"), STR("two"), on_done, &b);
	loop_run(w->loop);
	assert_int_equal(b.e, GW_OK);
	assert_int_equal(check(w, "ann@x.org", "two"), GW_OK);
	assert_int_equal(check(w, "ann@x.org", "one"), GW_DENIED);
}

static void who_is_disabled_is_kept_out_until_enabled(void **state)
{
	struct world *w = *state;
	struct answer a;

	assert_int_equal(disable(w, "ann@x.org", true), GW_NOT_FOUND);
	assert_int_equal(add(w, "ann@x.org", "secret", &a), GW_OK);
	assert_int_equal(disable(w, "ann@x.org", true), GW_OK);
	assert_string_equal(w->revoked, "ann@x.org");
	assert_int_equal(check(w, "ann@x.org", "secret"), GW_DENIED);
	assert_int_equal(verifier(w, "ann@x.org", CRYPTO_SHA1, &a),
			 GW_NOT_FOUND);
	assert_int_equal(find(w, "ann@x.org", &a), GW_OK);
	assert_true(a.disabled);
	w->revoked[0] = '\0';
	assert_int_equal(disable(w, "ann@x.org", false), GW_OK);
	assert_string_equal(w->revoked, "");
	assert_int_equal(check(w, "ann@x.org", "secret"), GW_OK);
}

/* RFC 5802 5 and RFC 7677 3: their examples' password, salt and rounds. */
static const char pencil[] =
	"SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
	"D+CSWLOshSulAsxiupA+qs2/fTE= "
	"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
	"WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
	"wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

static void keys_of_the_rfcs_log_in_with_their_password(void **state)
{
	struct world *w = *state;
	struct arena *arena = arena_new();
	struct answer a;

	assert_int_equal(add_keys(w, "user@x.org", pencil, &a), GW_OK);
	assert_int_equal(check(w, "user@x.org", "pencil"), GW_OK);
	assert_int_equal(check(w, "user@x.org", "pen"), GW_DENIED);
	assert_int_equal(verifier(w, "user@x.org", CRYPTO_SHA1, &a), GW_OK);
	assert_int_equal(a.v.rounds, 4096);
	assert_string_equal(codec_base64(arena, a.v.stored_key, 20),
			    "6dlGYMOdZcOPutkcNY8U2g7vK9Y=");
	assert_string_equal(codec_base64(arena, a.v.salt.p, a.v.salt.n),
			    "QSXCR+Q6sek8bf92");
	assert_int_equal(verifier(w, "user@x.org", CRYPTO_SHA512, &a),
			 GW_NOT_FOUND);
	arena_free(&arena);
}

static const char *const bad_keys[] = {
	"",
	"secret",
	"{SSHA}abcd",
	"SCRAM-MD5$4096:QSXC$AAAA:AAAA",
	"SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=",
	"SCRAM-SHA-1$1:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
	"D+CSWLOshSulAsxiupA+qs2/fTE=",
	"SCRAM-SHA-1$99999999:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
	"D+CSWLOshSulAsxiupA+qs2/fTE=",
	"SCRAM-SHA-1$4096:$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
	"D+CSWLOshSulAsxiupA+qs2/fTE=",
	"SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:AAAA",
	"SCRAM-SHA-256$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
	"D+CSWLOshSulAsxiupA+qs2/fTE=",
	"SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
	"D+CSWLOshSulAsxiupA+qs2/fTE= "
	"SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
	"D+CSWLOshSulAsxiupA+qs2/fTE=",
};

static void keys_in_another_form_are_refused(void **state)
{
	struct world *w = *state;
	struct answer a;

	for (size_t i = 0; i < COUNT(bad_keys); i++) {
		if (add_keys(w, "user@x.org", bad_keys[i], &a) != GW_BAD_INPUT)
			fail_msg("%s", bad_keys[i]);
		assert_string_not_equal(a.why, "");
	}
	assert_int_equal(find(w, "user@x.org", &a), GW_NOT_FOUND);
}

static void each_account_and_each_hash_has_a_salt_of_its_own(void **state)
{
	struct world *w = *state;
	struct answer a, b, c;

	assert_int_equal(add(w, "ann@x.org", "same", &a), GW_OK);
	assert_int_equal(add(w, "bob@x.org", "same", &a), GW_OK);
	assert_int_equal(verifier(w, "ann@x.org", CRYPTO_SHA512, &a), GW_OK);
	assert_int_equal(verifier(w, "bob@x.org", CRYPTO_SHA512, &b), GW_OK);
	assert_int_equal(verifier(w, "ann@x.org", CRYPTO_SHA1, &c), GW_OK);
	assert_int_equal(a.v.rounds, 4096);
	assert_int_equal(a.v.salt.n, 16);
	assert_memory_not_equal(a.v.salt.p, b.v.salt.p, 16);
	assert_memory_not_equal(a.v.salt.p, c.v.salt.p, 16);
	assert_memory_not_equal(a.v.stored_key, b.v.stored_key, 64);
}

static int64_t rounds_of(struct world *w, const char *address)
{
	struct answer a;

	return verifier(w, address, CRYPTO_SHA256, &a) == GW_OK
		       ? (int64_t)a.v.rounds
		       : 0;
}

static void rounds_are_a_setting(void **state)
{
	struct world *w = *state;
	struct answer a;

	assert_int_equal(add(w, "ann@x.org", "a", &a), GW_OK);
	configure(w, "");
	assert_int_equal(add(w, "bob@x.org", "b", &a), GW_OK);
	assert_int_equal(rounds_of(w, "ann@x.org"), 4096);
	assert_int_equal(rounds_of(w, "bob@x.org"), 10000);
	assert_int_equal(check(w, "ann@x.org", "a"), GW_OK);
	assert_int_equal(check(w, "bob@x.org", "b"), GW_OK);
}

static void people_are_listed_by_address_page_by_page(void **state)
{
	struct world *w = *state;
	struct directory_person *p;
	struct arena *arena = arena_new();
	struct answer a;

	assert_int_equal(add_keys(w, "cid@x.org", pencil, &a), GW_OK);
	assert_int_equal(add_keys(w, "ann@x.org", pencil, &a), GW_OK);
	assert_int_equal(add_keys(w, "bob@x.org", pencil, &a), GW_OK);
	assert_int_equal(directory_list(w->d, STR(""), 2, arena, &p), 2);
	assert_string_equal(p[0].address, "ann@x.org");
	assert_string_equal(p[1].address, "bob@x.org");
	assert_int_equal(
		directory_list(w->d, str_of(p[1].address), 2, arena, &p), 1);
	assert_string_equal(p[0].address, "cid@x.org");
	assert_int_equal(directory_list(w->d, STR("cid@x.org"), 2, arena, &p),
			 0);
	arena_free(&arena);
}

static void b19_roles_come_from_the_account_or_the_configuration(void **state)
{
	struct world *w = *state;
	struct answer a = { .n = 0 };

	directory_add(w->d, STR("root@x.org"), STR("r"), STR_NONE,
		      DIRECTORY_ADMIN, on_done, &a);
	assert_int_equal(settled(w, &a), GW_OK);
	configure(w, "directory: { admins: [ann@x.org], "
		     "operators: bob@x.org }\n");
	assert_int_equal(directory_role(w->d, STR("root@x.org")),
			 DIRECTORY_ADMIN);
	assert_int_equal(directory_role(w->d, STR("ROOT@x.org")),
			 DIRECTORY_ADMIN);
	assert_int_equal(directory_role(w->d, STR("ann@x.org")),
			 DIRECTORY_ADMIN);
	assert_int_equal(directory_role(w->d, STR("bob@x.org")),
			 DIRECTORY_OPERATOR);
	assert_int_equal(directory_role(w->d, STR("cid@x.org")),
			 DIRECTORY_USER);
	/* B19: look-alikes are somebody else. */
	assert_int_equal(directory_role(w->d, STR("r\xd0\xbeot@x.org")),
			 DIRECTORY_USER);
	assert_int_equal(directory_role(w->d, STR("root@x.org.evil.org")),
			 DIRECTORY_USER);
	assert_int_equal(directory_role(w->d, STR("root@x.org/root")),
			 DIRECTORY_USER);
	assert_int_equal(directory_role(w->d, STR("root@other.org")),
			 DIRECTORY_USER);
}

/* No password and nothing that a password follows from but slowly. */
static void assert_not_in_file(const char *path, const char *secret)
{
	FILE *f = fopen(path, "re");
	struct buf text = { .data = NULL };
	size_t n;

	assert_non_null(f);
	do {
		n = fread(buf_space(&text, 65536), 1, 65536, f);
		text.len += n;
	} while (n > 0);
	fclose(f);
	assert_true(text.len > 1000);
	assert_null(memmem(text.data, text.len, secret, strlen(secret)));
	buf_fini(&text);
}

static void accounts_survive_a_restart(void **state)
{
	struct world *w = *state;
	struct answer a = { .n = 0 }, b;
	char folder[] = "/tmp/directory.XXXXXX";

	close_directory(w);
	assert_non_null(mkdtemp(folder));
	snprintf(w->path, sizeof(w->path), "%s/store.db", folder);
	open_directory(w);
	directory_add(w->d, STR("ann@x.org"), STR("correct horse"), STR("Ann"),
		      DIRECTORY_OPERATOR, on_done, &a);
	assert_int_equal(settled(w, &a), GW_OK);
	assert_int_equal(add_keys(w, "bob@x.org", pencil, &a), GW_OK);
	assert_int_equal(add(w, "cid@x.org", "first", &a), GW_OK);
	assert_int_equal(passwd(w, "cid@x.org", "second"), GW_OK);
	assert_int_equal(disable(w, "bob@x.org", true), GW_OK);
	assert_int_equal(verifier(w, "ann@x.org", CRYPTO_SHA512, &a), GW_OK);
	close_directory(w);
	assert_not_in_file(w->path, "correct horse");
	open_directory(w);
	assert_int_equal(verifier(w, "ann@x.org", CRYPTO_SHA512, &b), GW_OK);
	assert_memory_equal(a.v.stored_key, b.v.stored_key, 64);
	assert_memory_equal(a.v.server_key, b.v.server_key, 64);
	assert_memory_equal(a.v.salt.p, b.v.salt.p, 16);
	assert_int_equal(directory_role(w->d, STR("ann@x.org")),
			 DIRECTORY_OPERATOR);
	assert_int_equal(check(w, "ann@x.org", "correct horse"), GW_OK);
	assert_int_equal(check(w, "cid@x.org", "second"), GW_OK);
	assert_int_equal(check(w, "cid@x.org", "first"), GW_DENIED);
	assert_int_equal(check(w, "bob@x.org", "pencil"), GW_DENIED);
	close_directory(w);
	unlink(w->path);
	assert_int_equal(rmdir(folder), 0);
	snprintf(w->path, sizeof(w->path), ":memory:");
	open_directory(w);
}

/* The pool of the tests takes four jobs: the rest waits with us. */
static void expect_credential(struct world *w, const char *want)
{
	struct answer a;

	assert_int_equal(find(w, "ann@x.org", &a), GW_OK);
	assert_string_equal(a.credential, want);
}

static void add_sha512(struct world *w)
{
	struct people_verifier v = { .hash = CRYPTO_SHA512,
				     .rounds = 4096,
				     .salt = STR("0123456789abcdef") };
	struct answer a = { .n = 0 };

	w->people.add_key(w->people.self, STR("ann@x.org"), &v, on_check, &a);
	assert_int_equal(settled(w, &a), GW_OK);
}

static int64_t time_of(struct world *w, const char *address)
{
	struct answer a = { .n = 0 };
	int64_t start = loop_now(w->loop);

	w->people.check(w->people.self, str_of(address), STR("wrong"), on_check,
			&a);
	while (a.n == 0)
		loop_fake_pass(w->loop, 1);
	assert_int_equal(a.e, GW_DENIED);
	return loop_now(w->loop) - start;
}

/* B15: not by how long it takes, neither. */
static void b15_wrong_passwords_are_answered_at_one_time(void **state)
{
	struct world *w = *state;
	struct answer a;

	assert_int_equal(add(w, "ann@x.org", "right", &a), GW_OK);
	assert_int_equal(add_keys(w, "bob@x.org", pencil, &a), GW_OK);
	assert_int_equal(time_of(w, "ann@x.org"), 250);
	assert_int_equal(time_of(w, "bob@x.org"), 250);
	assert_int_equal(time_of(w, "nobody@x.org"), 250);
	assert_int_equal(time_of(w, "no address"), 250);
}

static unsigned shares_of(struct world *w, unsigned rounds, size_t salt_len)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 100; i++) {
		struct people_shape s = { .draw = i * 42949672 };

		w->people.shape(w->people.self, CRYPTO_SHA256, &s);
		n += s.rounds == rounds && s.salt_len == salt_len;
	}
	return n;
}

/* B15: a name that nobody has looks like one of those that somebody has. */
static void b15_decoys_look_like_the_accounts(void **state)
{
	static const char imported[] =
		"SCRAM-SHA-256$8192:bG9uZ2VyIHNhbHQgdGhhbiBvdXJz$"
		"WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
		"wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
	struct world *w = *state;
	char name[32];
	struct answer a;

	assert_int_equal(shares_of(w, 4096, 16), 100);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "old%d@x.org", i);
		assert_int_equal(add_keys(w, name, imported, &a), GW_OK);
	}
	assert_int_equal(shares_of(w, 8192, 21), 100);
	assert_int_equal(add(w, "ann@x.org", "right", &a), GW_OK);
	assert_in_range(shares_of(w, 8192, 21), 74, 76);
	assert_in_range(shares_of(w, 4096, 16), 24, 26);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "old%d@x.org", i);
		assert_int_equal(passwd(w, name, "new"), GW_OK);
	}
	assert_int_equal(shares_of(w, 4096, 16), 100);
}

/* In the commit of the change itself: what was granted under an old password
 * is void whatever crashes when. */
static void a_credential_ends_with_its_password(void **state)
{
	struct world *w = *state;
	struct answer a;
	char folder[] = "/tmp/directory.XXXXXX";

	close_directory(w);
	assert_non_null(mkdtemp(folder));
	snprintf(w->path, sizeof(w->path), "%s/store.db", folder);
	open_directory(w);
	assert_int_equal(add_keys(w, "ann@x.org", pencil, &a), GW_OK);
	expect_credential(w, "local 0");
	add_sha512(w);
	assert_int_equal(disable(w, "ann@x.org", false), GW_OK);
	expect_credential(w, "local 0");
	assert_int_equal(passwd(w, "ann@x.org", "new"), GW_OK);
	expect_credential(w, "local 1");
	assert_int_equal(disable(w, "ann@x.org", true), GW_OK);
	expect_credential(w, "local 2");
	close_directory(w);
	open_directory(w);
	assert_int_equal(disable(w, "ann@x.org", false), GW_OK);
	expect_credential(w, "local 2");
	close_directory(w);
	unlink(w->path);
	assert_int_equal(rmdir(folder), 0);
	snprintf(w->path, sizeof(w->path), ":memory:");
	open_directory(w);
}

static void more_than_the_pool_takes_is_queued(void **state)
{
	struct world *w = *state;
	struct answer a = { .n = 0 };
	char address[32];

	for (int i = 0; i < 100; i++) {
		snprintf(address, sizeof(address), "u%d@x.org", i);
		directory_add(w->d, str_of(address), STR("secret"), STR_NONE,
			      DIRECTORY_USER, on_done, &a);
	}
	loop_run(w->loop);
	assert_int_equal(a.n, 100);
	assert_int_equal(a.e, GW_OK);
	assert_int_equal(check(w, "u99@x.org", "secret"), GW_OK);
}

static void what_is_under_way_at_the_end_is_answered(void **state)
{
	struct world *w = *state;
	struct answer hashing = { .n = 0 }, late = { .n = 0 };
	struct answer committing = { .n = 0 }, log_in = { .n = 0 };

	directory_add(w->d, STR("ann@x.org"), STR("secret"), STR_NONE,
		      DIRECTORY_USER, on_done, &hashing);
	directory_add_keys(w->d, STR("bob@x.org"), str_of(pencil), STR_NONE,
			   on_done, &committing);
	w->people.check(w->people.self, STR("bob@x.org"), STR("pencil"),
			on_check, &log_in);
	directory_stop(w->d);
	assert_int_equal(hashing.n, 1);
	assert_int_equal(hashing.e, GW_UNAVAIL);
	assert_int_equal(log_in.n, 1);
	assert_int_equal(log_in.e, GW_UNAVAIL);
	w->people.check(w->people.self, STR("bob@x.org"), STR("pencil"),
			on_check, &late);
	assert_int_equal(late.e, GW_UNAVAIL);
	assert_int_equal(committing.n, 0);
	directory_free(&w->d);
	assert_int_equal(committing.n, 1);
	assert_int_equal(committing.e, GW_UNAVAIL);
	loop_run(w->loop);
	assert_int_equal(hashing.n, 1);
	assert_int_equal(committing.n, 1);
	jobs_free(&w->jobs);
	store_close(&w->store);
	metrics_free(&w->metrics);
	open_directory(w);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_person_who_was_added_logs_in),
		T(what_breaks_a_rule_is_refused_and_says_why),
		T(an_address_is_given_once),
		T(a_new_password_ends_the_old_and_revokes),
		T(the_last_of_two_passwords_stays),
		T(who_is_disabled_is_kept_out_until_enabled),
		T(keys_of_the_rfcs_log_in_with_their_password),
		T(keys_in_another_form_are_refused),
		T(each_account_and_each_hash_has_a_salt_of_its_own),
		T(rounds_are_a_setting),
		T(people_are_listed_by_address_page_by_page),
		T(b19_roles_come_from_the_account_or_the_configuration),
		T(accounts_survive_a_restart),
		T(b15_wrong_passwords_are_answered_at_one_time),
		T(b15_decoys_look_like_the_accounts),
		T(a_credential_ends_with_its_password),
		T(more_than_the_pool_takes_is_queued),
		T(what_is_under_way_at_the_end_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
