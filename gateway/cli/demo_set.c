/* SPDX-License-Identifier: MIT */
/* demo_set.c - what the demonstration stands on, and leaving it clean
 *
 * The accounts are its own, made with new passwords each time and disabled
 * afterwards.  Somebody else's account of that name is never touched.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/cli/demo_private.h"
#include "gateway/cli/secret.h"
#include "gateway/cli/table.h"

#define OWN_NAME "(demonstration)"
#define HEAD_MAX 16384

/* ---- configuration ---- */

/* "mail/smtp/listen"; of a list the first. */
static const char *text_at(const struct conf_node *n, const char *path)
{
	char key[64];
	struct str rest = str_of(path), step, value;

	while (n != NULL && str_split(&rest, '/', &step)) {
		if (conf_shape(n) != CONF_TABLE ||
		    str_copy(key, sizeof(key), step) != GW_OK)
			return "";
		n = conf_get(n, key);
	}
	if (n != NULL && conf_shape(n) == CONF_LIST && conf_count(n) > 0)
		n = conf_item(n, 0);
	value = n != NULL ? conf_scalar(n) : STR_NONE;
	return value.p != NULL ? value.p : "";
}

static int missing(struct demo *d, const char *what)
{
	return command_fail(d->c, COMMAND_CONFIG,
			    "the demonstration needs %s; ./quickstart writes "
			    "such a configuration",
			    what);
}

static int read_c2s(struct demo *d, const struct conf_node *root)
{
	struct str where = str_of(text_at(root, "xmpp/c2s/listen"));
	size_t colon = where.n;
	int64_t port;

	while (colon > 0 && where.p[colon - 1] != ':')
		colon--;
	if (colon < 2 || str_int(str_make(where.p + colon, where.n - colon), 1,
				 65535, &port) != GW_OK)
		return missing(d, "xmpp.c2s.listen");
	d->c2s_host = arena_str(d->c->arena, str_make(where.p, colon - 1)).p;
	d->c2s_port = (unsigned short)port;
	return COMMAND_OK;
}

static int read_domain(struct demo *d, const struct conf_node *root)
{
	const struct conf_node *domains = conf_get(root, "domains");
	struct err_note note = { .text = "" };
	const struct conf_node *first;
	const char *pem;

	if (domains == NULL || conf_count(domains) == 0)
		return missing(d, "a domain");
	d->domain = arena_str(d->c->arena, conf_key(domains, 0)).p;
	first = conf_item(domains, 0);
	pem = text_at(first, "certificate");
	if (demo_person_pins(pem, &d->pins, &note) != GW_OK)
		return command_fail(d->c, COMMAND_CONFIG, "%s", note.text);
	return COMMAND_OK;
}

static int read_token(struct demo *d, const char *file)
{
	char line[512] = "";
	FILE *f;

	d->alert_token = "";
	if (*file == '\0')
		return COMMAND_OK;
	f = fopen(file, "re");
	if (f == NULL || fgets(line, sizeof(line), f) == NULL) {
		if (f != NULL)
			fclose(f);
		return command_fail(d->c, COMMAND_CONFIG,
				    "%s: the source's token cannot be read",
				    file);
	}
	fclose(f);
	d->alert_token = arena_str(d->c->arena, str_trim(str_of(line))).p;
	return COMMAND_OK;
}

static int read_source(struct demo *d, const struct conf_node *root)
{
	const char *http = text_at(root, "web/listen");
	const struct conf_node *alerts = conf_get(root, "alerts");
	const struct conf_node *sources =
		alerts != NULL ? conf_get(alerts, "sources") : NULL;

	if (sources == NULL || conf_shape(sources) != CONF_TABLE ||
	    conf_count(sources) == 0 || *http == '\0')
		return missing(d, "web.listen and one of alerts.sources");
	d->alert_url = arena_printf(d->c->arena, "http://%s/alerts/" STR_FMT,
				    http, STR_ARG(conf_key(sources, 0)));
	return read_token(d, text_at(conf_item(sources, 0), "token_file"));
}

static int read_pool(struct demo *d, const struct conf_node *root)
{
	const struct conf_node *pools = conf_get(root, "pools");
	const struct conf_node *pool;

	d->pool = arena_printf(d->c->arena, "duty@%s", d->domain);
	pool = pools != NULL && conf_shape(pools) == CONF_TABLE
		       ? conf_get(pools, d->pool)
		       : NULL;
	if (pool == NULL)
		return missing(
			d, arena_printf(d->c->arena, "the pool %s", d->pool));
	d->room = text_at(pool, "room");
	if (*d->room == '\0')
		return missing(d, "a room of that pool");
	return COMMAND_OK;
}

static int read_mail(struct demo *d, const struct conf_node *root)
{
	const char *target = text_at(root, "mail/smtp/deliver_to");

	if (*target == '\0')
		target = text_at(root, "mail/deliver_to");
	d->smtp = text_at(root, "mail/smtp/listen");
	if (*d->smtp == '\0')
		return missing(d, "mail.smtp.listen");
	if (!str_starts(str_of(target), "maildir:"))
		return missing(d, "mail.deliver_to with maildir:");
	d->maildir = target + strlen("maildir:");
	return COMMAND_OK;
}

int demo_set_read(struct demo *d)
{
	struct buf errors = { .data = NULL };
	const struct conf_node *root = NULL;
	struct str yaml;
	int code = command_call(d->c, "GET", "/api/config/effective", STR_NONE);

	if (code != COMMAND_OK)
		return code;
	yaml = arena_str(d->c->arena, buf_str(&d->c->reply.body));
	if (config_nodes_text(yaml, "effective", d->c->arena, &root, &errors) !=
		    GW_OK ||
	    root == NULL)
		code = command_fail(d->c, COMMAND_CONFIG, STR_FMT,
				    STR_ARG(buf_str(&errors)));
	buf_fini(&errors);
	if (code == COMMAND_OK)
		code = read_domain(d, root);
	if (code == COMMAND_OK)
		code = read_c2s(d, root);
	if (code == COMMAND_OK)
		code = read_mail(d, root);
	if (code == COMMAND_OK)
		code = read_source(d, root);
	if (code == COMMAND_OK)
		code = read_pool(d, root);
	if (code != COMMAND_OK)
		return code;
	d->desk = arena_printf(d->c->arena, "%s@%s", text_at(root, "xmpp/desk"),
			       d->domain);
	d->message_id = arena_printf(d->c->arena, "%s.demonstration@%s", d->run,
				     d->domain);
	for (int i = 0; i < DEMO_PEOPLE; i++)
		d->jid[i] = arena_printf(d->c->arena, "%s@%s", demo_names[i],
					 d->domain);
	return COMMAND_OK;
}

/* ---- accounts ---- */

static struct str user_json(struct demo *d, int i, struct buf *body)
{
	struct json_out o;

	json_out_init(&o, body);
	json_out_object(&o, NULL);
	json_out_text(&o, "address", d->jid[i]);
	json_out_text(&o, "password", d->password[i]);
	json_out_text(
		&o, "name",
		arena_printf(d->c->arena, "%s %s", demo_names[i], OWN_NAME));
	json_out_end_object(&o);
	return buf_str(body);
}

static const char *user_path(struct demo *d, int i, const char *what)
{
	return arena_printf(d->c->arena, "/api/users/%s/%s",
			    control_segment(d->c->arena, str_of(d->jid[i])),
			    what);
}

/* GET /api/users gives those behind an address: ask from just before. */
static int find_account(struct demo *d, int i, bool *there)
{
	struct str all = str_of(d->jid[i]);
	const struct json *row;
	int code = command_call(
		d->c, "GET",
		arena_printf(d->c->arena, "/api/users?after=%s",
			     control_segment(d->c->arena,
					     str_make(all.p, all.n - 1))),
		STR_NONE);

	*there = false;
	if (code != COMMAND_OK)
		return code;
	row = json_at(command_rows(d->c, "users"), 0);
	if (!str_is(json_get_str(row, "address"), d->jid[i]))
		return COMMAND_OK;
	*there = true;
	d->ours[i] = str_ends(json_get_str(row, "name"), OWN_NAME);
	if (d->ours[i])
		return COMMAND_OK;
	return command_fail(d->c, COMMAND_CONFLICT,
			    "%s is a person here; the demonstration needs "
			    "that address for itself",
			    d->jid[i]);
}

static int set_account(struct demo *d, int i)
{
	struct buf body = { .data = NULL };
	struct str json;
	bool there;
	int code = find_account(d, i, &there);

	if (code != COMMAND_OK)
		return code;
	if (secret_make(d->password[i], sizeof(d->password[i]) - 1) != GW_OK)
		return command_fail(d->c, COMMAND_FAILED, "no random numbers");
	json = user_json(d, i, &body);
	if (there) {
		code = command_call(d->c, "PUT", user_path(d, i, "password"),
				    json);
		if (code == COMMAND_OK)
			code = command_call(d->c, "POST",
					    user_path(d, i, "enable"),
					    STR("{}"));
	} else {
		code = command_call(d->c, "POST", "/api/users", json);
		d->ours[i] = code == COMMAND_OK;
	}
	explicit_bzero(body.data, body.len);
	buf_fini(&body);
	return code;
}

int demo_set_accounts(struct demo *d)
{
	int code = COMMAND_OK;

	for (int i = 0; i < DEMO_PEOPLE && code == COMMAND_OK; i++)
		code = set_account(d, i);
	return code;
}

/* ---- cases and mails ---- */

static void close_case(struct demo *d, int64_t number, const char *as)
{
	struct buf body = { .data = NULL };
	struct json_out o;

	json_out_init(&o, &body);
	json_out_object(&o, NULL);
	json_out_text(&o, "as", as);
	json_out_text(&o, "text", "the demonstration is over");
	json_out_end_object(&o);
	if (command_call(d->c, "POST",
			 arena_printf(d->c->arena, "/api/cases/%lld/done",
				      (long long)number),
			 buf_str(&body)) != COMMAND_OK &&
	    !d->c->quiet)
		fprintf(stderr, "muster: case %lld stays open\n",
			(long long)number);
	buf_fini(&body);
}

static const char *folder_of(struct demo *d, enum demo_who who)
{
	struct buf path = { .data = NULL };
	const char *out;

	for (const char *p = d->maildir; *p != '\0'; p++) {
		if (p[0] == '%' && p[1] == 'u') {
			buf_add_lit(&path, demo_names[who]);
			p++;
		} else if (p[0] == '%' && p[1] == 'd') {
			buf_add_lit(&path, d->domain);
			p++;
		} else {
			buf_add_char(&path, *p);
		}
	}
	out = arena_str(d->c->arena, buf_str(&path)).p;
	buf_fini(&path);
	return out;
}

/* Ours by the Message-ID, in the headers or in a copy's. */
static bool is_ours(const char *id, const char *path)
{
	char *head = mem_new(HEAD_MAX);
	FILE *f = fopen(path, "re");
	bool ours = false;

	if (f != NULL) {
		head[fread(head, 1, HEAD_MAX - 1, f)] = '\0';
		ours = strstr(head, id) != NULL;
		fclose(f);
	}
	mem_free(head);
	return ours;
}

enum walk { WALK_COUNT, WALK_READ, WALK_REMOVE };

/* As a client does that has shown it. */
static void mark_read(struct demo *d, const char *path, const char *name)
{
	const char *cur = strstr(path, "/new/");
	const char *to;

	if (cur == NULL)
		return;
	to = arena_printf(d->c->arena, "%.*s/cur/%s:2,S", (int)(cur - path),
			  path, name);
	if (rename(path, to) != 0 && !d->c->quiet)
		perror(path);
}

/* Counts this run's; removes those of any run. */
static size_t walk_folder(struct demo *d, const char *folder, enum walk walk)
{
	const char *id = walk == WALK_REMOVE ? strchr(d->message_id, '.')
					     : d->message_id;
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (!is_ours(id, path))
			continue;
		n++;
		if (walk == WALK_REMOVE)
			unlink(path);
		else if (walk == WALK_READ)
			mark_read(d, path, entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

static size_t walk_mails(struct demo *d, enum demo_who who, enum walk walk)
{
	const char *folder = folder_of(d, who);

	return walk_folder(d, arena_printf(d->c->arena, "%s/new", folder),
			   walk) +
	       walk_folder(d, arena_printf(d->c->arena, "%s/cur", folder),
			   walk);
}

int demo_set_sweep(struct demo *d)
{
	const struct json *rows;
	int64_t numbers[100];
	const char *admin = "";
	size_t n = 0;
	int code = command_user_first(d->c, &admin);

	if (code == COMMAND_OK)
		code = command_call(d->c, "GET", "/api/cases", STR_NONE);
	if (code != COMMAND_OK)
		return code;
	rows = command_rows(d->c, "cases");
	for (size_t i = 0; i < json_size(rows) && n < 100; i++) {
		const struct json *row = json_at(rows, i);
		struct str subject = json_get_str(row, "subject");

		if ((str_is(subject, DEMO_SUBJECT) ||
		     str_starts(subject, DEMO_ALERT)) &&
		    !str_is(json_get_str(row, "state"), "closed"))
			numbers[n++] = json_int(json_get(row, "number"), 0);
	}
	for (size_t i = 0; i < n; i++)
		close_case(d, numbers[i], admin);
	for (int i = 0; i < DEMO_PEOPLE && d->maildir != NULL; i++)
		walk_mails(d, (enum demo_who)i, WALK_REMOVE);
	return COMMAND_OK;
}

size_t demo_set_mails(struct demo *d, enum demo_who who)
{
	return walk_mails(d, who, WALK_COUNT);
}

bool demo_set_mail_comes(struct demo *d, enum demo_who who, int64_t within)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000000L };
	int64_t end = table_now() + within;

	while (demo_set_mails(d, who) == 0) {
		if (table_now() > end || demo_event_stopped())
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static bool is_watched(struct demo *d)
{
	const struct json *mails;

	if (command_call(d->c, "GET", "/api/mails?watched=1", STR_NONE) !=
	    COMMAND_OK)
		return false;
	mails = command_rows(d->c, "mails");
	for (size_t i = 0; i < json_size(mails); i++) {
		struct str id = json_get_str(json_at(mails, i), "message_id");

		if (str_is(id, d->message_id) ||
		    str_is(id,
			   arena_printf(d->c->arena, "<%s>", d->message_id)))
			return true;
	}
	return false;
}

/* One that is just removed would be chased: it is read first. */
static void read_mail_of(struct demo *d, enum demo_who who)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000000L };
	int64_t end = table_now() + DEMO_SOON;

	if (walk_mails(d, who, WALK_READ) == 0)
		return;
	while (is_watched(d) && table_now() < end)
		nanosleep(&pause, NULL);
}

void demo_set_clean(struct demo *d)
{
	if (d->maildir != NULL && d->message_id != NULL && d->mail_case == 0)
		read_mail_of(d, ANN);
	if (d->alert_since != 0 && demo_alert_post(d, true, NULL) != GW_OK)
		fputs("muster: the test alert was not resolved\n", stderr);
	if (d->domain != NULL)
		demo_set_sweep(d);
	for (int i = 0; i < DEMO_PEOPLE; i++)
		if (d->ours[i])
			command_try(d->c, "POST", user_path(d, i, "disable"),
				    STR("{}"));
}
