/* SPDX-License-Identifier: MIT */
/* far.c - another server, far.example, that is a script */
#include "tests/unit/xmpp/far.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/base/arena.h"

static struct far *far_make(const char *rows,
			    struct world *(*make)(const char *yaml))
{
	struct far *f = mem_new(sizeof(*f));
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct arena *a = arena_new();

	snprintf(f->path, sizeof(f->path), "/tmp/test_s2s.XXXXXX");
	assert_non_null(mkdtemp(f->path));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/far", f->path);
	f->listening =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(f->listening, (struct sockaddr *)&un, sizeof(un)),
			 0);
	assert_int_equal(listen(f->listening, 8), 0);
	f->w = make(arena_printf(
		a,
		"  s2s:\n"
		"    listen: \"127.0.0.1:0\"\n"
		"    dns: [\"127.0.0.1:9\"]\n"
		"    tls: optional\n"
		"    auth: dialback\n"
		"%s"
		"    peers:\n"
		"      far.example: { host: \"unix:%s\" }\n"
		"      near.example: { host: \"unix:%s\" }\n"
		"      refused.example: { allow: no }\n"
		"      nowhere.example: { host: \"unix:/no/such\" }\n"
		"      silent.example: { host: \"unix:%s\" }\n"
		"      strict.example: { host: \"unix:%s\", auth: "
		"external, tls: required }\n"
		"      certified.example: { host: \"unix:%s\", auth: "
		"external }\n",
		rows, un.sun_path, un.sun_path, un.sun_path, un.sun_path,
		un.sun_path));
	arena_free(&a);
	return f;
}

struct far *far_new(const char *rows)
{
	return far_make(rows, x_world);
}

struct far *far_new_on_disk(const char *rows)
{
	return far_make(rows, x_world_on_disk);
}

void far_end(struct far **pf)
{
	struct far *f = *pf;
	char path[128];

	x_world_end(&f->w);
	close(f->listening);
	snprintf(path, sizeof(path), "%s/far", f->path);
	unlink(path);
	rmdir(f->path);
	mem_free(f);
	*pf = NULL;
}

struct client *far_called(struct far *f)
{
	int fd = accept4(f->listening, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		fail_msg("it has not called");
	return x_client(f->w, fd);
}

void far_not_called(struct far *f)
{
	assert_true(accept4(f->listening, NULL, NULL, SOCK_CLOEXEC) < 0);
}

const char *far_attr(struct client *c, const char *name, char out[128])
{
	char start[32];
	const char *at, *end;

	snprintf(start, sizeof(start), " %s='", name);
	at = strstr(x_text(c), start);
	assert_non_null(at);
	at += strlen(start);
	end = strchr(at, '\'');
	assert_non_null(end);
	snprintf(out, 128, "%.*s", (int)(end - at), at);
	return out;
}

struct client *far_is_asked(struct far *f, const char *verdict)
{
	struct client *c = f->asked;
	char id[128];

	if (c == NULL) {
		c = f->asked = far_called(f);
		x_expect(c, "to='far.example'");
		x_send(c, ANSWER FEATURES);
	}
	x_expect(c, "<db:verify from='example.org' to='far.example'");
	far_attr(c, "id", id);
	x_expect(c, ">the key</db:verify>");
	x_sendf(c,
		"<db:verify from='far.example' to='example.org' id='%s' "
		"type='%s'/>",
		id, verdict);
	return c;
}

struct client *far_known(struct far *f)
{
	struct client *c = x_connect_s2s(f->w);

	x_send(c, OPEN);
	x_expect(c, "<dialback xmlns='urn:xmpp:features:dialback'>");
	x_expect(c, "</stream:features>");
	x_send(c, "<db:result from='far.example' to='example.org'>the key"
		  "</db:result>");
	(void)far_is_asked(f, "valid");
	x_expect(c, "<db:result from='example.org' to='far.example' "
		    "type='valid'></db:result>");
	return c;
}

struct client *far_counted(struct far *f, char id[128])
{
	struct client *c = far_known(f);

	x_send(c, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
	x_expect(c, "<enabled xmlns='urn:xmpp:sm:3'");
	far_attr(c, "id", id);
	x_expect(c, "/>");
	return c;
}
