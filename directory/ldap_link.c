/* SPDX-License-Identifier: MIT */
/* ldap_link.c - one connection to an LDAP server, on our loop */
#include "directory/ldap_link.h"

#include <sys/time.h>

#include "directory/ldap_connect.h"
#include "gateway/base/when.h"
#include "gateway/run/log.h"

#define WAITING_MAX  10000 /* requests */
#define TURN_MAX     64	   /* messages a turn */
#define BACK_OFF_MIN WHEN_SECOND
#define BACK_OFF_MAX (30 * WHEN_SECOND)
#define STEADY_AFTER (2 * WHEN_SECOND) /* up so long: lost by chance */

enum state { IDLE, CONNECTING, UP, BACKING_OFF };

struct directory_ldap_link {
	struct directory_ldap_link_spec spec;
	enum state state;
	struct directory_ldap_connect *connect;
	LDAP *ld;
	struct loop_watch watch;
	struct loop_task more;
	struct loop_timer again;
	int64_t back_off;
	int64_t up_since;
	int64_t heard; /* something came from the server */
	bool told_down;
	struct list waiting, under_way;
	size_t waiting_count, under_way_count;
};

static void connect_now(struct directory_ldap_link *l);

/* ---- requests leave their list before they end ---- */

static void take_out(struct directory_ldap_req *r)
{
	struct directory_ldap_link *l = r->at;

	if (r->msgid >= 0)
		l->under_way_count--;
	else
		l->waiting_count--;
	list_del(&r->link);
	loop_timer_stop(l->spec.loop, &r->timer);
	r->at = NULL;
}

static void end_all(struct directory_ldap_link *l)
{
	struct list *heads[] = { &l->under_way, &l->waiting };
	struct list ending;

	list_init(&ending);
	for (size_t i = 0; i < 2; i++)
		while (!list_empty(heads[i])) {
			struct directory_ldap_req *r =
				LIST_OF(heads[i]->next,
					struct directory_ldap_req, link);

			take_out(r);
			list_append(&ending, &r->link);
		}
	while (!list_empty(&ending)) {
		struct directory_ldap_req *r = LIST_OF(
			list_pop(&ending), struct directory_ldap_req, link);

		r->end(r, NULL, NULL);
	}
}

/* ---- the connection ---- */

static void close_connection(struct directory_ldap_link *l)
{
	loop_unwatch(l->spec.loop, &l->watch);
	loop_defer_cancel(&l->more);
	if (l->ld != NULL)
		ldap_unbind_ext(l->ld, NULL, NULL);
	l->ld = NULL;
}

static void back_off(struct directory_ldap_link *l)
{
	l->back_off = l->back_off == 0 ? BACK_OFF_MIN : 2 * l->back_off;
	if (l->back_off > BACK_OFF_MAX)
		l->back_off = BACK_OFF_MAX;
	l->state = BACKING_OFF;
	loop_timer_start(l->spec.loop, &l->again, l->back_off);
}

static void say_down(struct directory_ldap_link *l, const char *why)
{
	if (!l->told_down)
		log_error("directory.ldap_down", "link", l->spec.name, "url",
			  l->spec.conf->url, "why", why, NULL);
	l->told_down = true;
}

static void lost(struct directory_ldap_link *l, const char *why)
{
	bool steady = loop_now(l->spec.loop) - l->up_since >= STEADY_AFTER;

	log_info("directory.ldap_lost", "link", l->spec.name, "why", why, NULL);
	close_connection(l);
	l->state = IDLE;
	if (!l->spec.lazy && steady)
		connect_now(l);
	else if (!l->spec.lazy)
		back_off(l);
	/* Those that waited were promised this connection, not the next. */
	end_all(l);
}

static void send_waiting(struct directory_ldap_link *l)
{
	while (l->state == UP && l->under_way_count < l->spec.at_once &&
	       !list_empty(&l->waiting)) {
		struct directory_ldap_req *r = LIST_OF(
			l->waiting.next, struct directory_ldap_req, link);
		int rc = r->send(r, l->ld);

		if (rc == LDAP_SERVER_DOWN) {
			r->msgid = -1;
			lost(l, ldap_err2string(rc));
			return;
		}
		if (rc != LDAP_SUCCESS) {
			r->msgid = -1;
			take_out(r);
			log_error("directory.ldap_request", "why",
				  ldap_err2string(rc), NULL);
			r->end(r, NULL, NULL);
			continue;
		}
		list_del(&r->link);
		list_append(&l->under_way, &r->link);
		l->waiting_count--;
		l->under_way_count++;
		r->sent = loop_now(l->spec.loop);
	}
}

/* ---- answers ---- */

static struct directory_ldap_req *of_msgid(struct directory_ldap_link *l,
					   int msgid)
{
	LIST_EACH(node, &l->under_way)
	{
		struct directory_ldap_req *r =
			LIST_OF(node, struct directory_ldap_req, link);

		if (r->msgid == msgid)
			return r;
	}
	return NULL;
}

static void on_message(struct directory_ldap_link *l, LDAPMessage *m)
{
	struct directory_ldap_req *r = of_msgid(l, ldap_msgid(m));

	l->heard = loop_now(l->spec.loop);
	if (r == NULL)
		return; /* abandoned, or a notice of disconnection */
	switch (ldap_msgtype(m)) {
	case LDAP_RES_SEARCH_ENTRY:
		if (r->entry != NULL)
			r->entry(r, l->ld, m);
		return;
	case LDAP_RES_SEARCH_REFERENCE:
	case LDAP_RES_INTERMEDIATE:
		return;
	default:
		take_out(r);
		r->end(r, l->ld, m);
	}
}

static void read_answers(struct directory_ldap_link *l)
{
	struct timeval zero = { .tv_sec = 0 };
	LDAPMessage *m;
	int type;

	for (unsigned i = 0; i < TURN_MAX; i++) {
		m = NULL;
		type = ldap_result(l->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &zero,
				   &m);
		if (type == 0)
			break;
		if (type < 0) {
			lost(l, "the server closed the connection");
			return;
		}
		on_message(l, m);
		ldap_msgfree(m);
		if (l->state != UP)
			return; /* lost by what was asked next */
		if (i + 1 == TURN_MAX)
			loop_defer(l->spec.loop, &l->more);
	}
	send_waiting(l);
}

static void on_readable(struct loop_watch *w, unsigned events)
{
	(void)events;
	read_answers(LIST_OF(w, struct directory_ldap_link, watch));
}

/* TLS may hold what the descriptor does not show any more. */
static void on_more(struct loop_task *t)
{
	read_answers(LIST_OF(t, struct directory_ldap_link, more));
}

/* ---- connecting ---- */

static void on_connected(void *arg, LDAP *ld, const char *why)
{
	struct directory_ldap_link *l = arg;

	l->connect = NULL;
	if (ld == NULL) {
		say_down(l, why);
		l->state = IDLE;
		if (!l->spec.lazy)
			back_off(l);
		end_all(l);
		return;
	}
	if (l->told_down)
		log_warn("directory.ldap_back", "link", l->spec.name, NULL);
	l->told_down = false;
	l->back_off = 0;
	l->ld = ld;
	l->state = UP;
	l->up_since = loop_now(l->spec.loop);
	ldap_get_option(ld, LDAP_OPT_DESC, &l->watch.fd);
	l->watch.fn = on_readable;
	loop_watch(l->spec.loop, &l->watch, LOOP_READ);
	send_waiting(l);
}

static void connect_now(struct directory_ldap_link *l)
{
	l->state = CONNECTING;
	l->connect = directory_ldap_connect_start(l->spec.jobs, l->spec.conf,
						  on_connected, l);
	if (l->connect == NULL)
		back_off(l);
}

static void on_again(struct loop_timer *t)
{
	connect_now(LIST_OF(t, struct directory_ldap_link, again));
}

/* ---- life ---- */

/* A server that has said nothing at all since it was asked is dead, though
 * its connection may not know it yet. */
static void on_timeout(struct loop_timer *t)
{
	struct directory_ldap_req *r =
		LIST_OF(t, struct directory_ldap_req, timer);
	struct directory_ldap_link *l = r->at;
	bool sent = r->msgid >= 0;

	take_out(r);
	if (sent && l->heard >= r->sent) {
		ldap_abandon_ext(l->ld, r->msgid, NULL, NULL);
		send_waiting(l);
	} else if (sent) {
		lost(l, "no answer in time");
	}
	r->end(r, NULL, NULL);
}

struct directory_ldap_link *
directory_ldap_link_new(const struct directory_ldap_link_spec *spec)
{
	struct directory_ldap_link *l = mem_new(sizeof(*l));

	l->spec = *spec;
	list_init(&l->waiting);
	list_init(&l->under_way);
	l->more.fn = on_more;
	l->again.fn = on_again;
	if (!spec->lazy)
		connect_now(l);
	return l;
}

void directory_ldap_link_free(struct directory_ldap_link **out)
{
	struct directory_ldap_link *l = *out;

	if (l == NULL)
		return;
	directory_ldap_connect_forget(&l->connect);
	loop_timer_stop(l->spec.loop, &l->again);
	close_connection(l);
	l->state = BACKING_OFF; /* what is asked meanwhile ends at once */
	end_all(l);
	mem_free(l);
	*out = NULL;
}

void directory_ldap_link_ask(struct directory_ldap_link *l,
			     struct directory_ldap_req *r)
{
	r->msgid = -1;
	if (l->state == BACKING_OFF || l->waiting_count >= WAITING_MAX) {
		r->end(r, NULL, NULL);
		return;
	}
	r->at = l;
	r->timer.fn = on_timeout;
	list_append(&l->waiting, &r->link);
	l->waiting_count++;
	loop_timer_start(l->spec.loop, &r->timer,
			 l->spec.conf->network_timeout + l->spec.conf->timeout);
	if (l->state == IDLE)
		connect_now(l);
	send_waiting(l);
}

size_t directory_ldap_link_load(const struct directory_ldap_link *l)
{
	return l->waiting_count + l->under_way_count;
}
