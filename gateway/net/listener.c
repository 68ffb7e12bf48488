/* SPDX-License-Identifier: MIT */
/* listener.c - sockets that accept
 *
 * Who came in is counted in a tally that outlives its listener, for the
 * connections do too.  When descriptors run out, or the listener is full, it
 * does not watch its socket: the backlog waits, and the loop sleeps.
 */
#include "gateway/net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/map.h"
#include "gateway/net/conn_private.h"
#include "gateway/net/gate.h"
#include "gateway/run/log.h"

#define MAX_DEFAULT	 10000u
#define MODE_DEFAULT	 0660u
#define BACKLOG		 1024
#define ACCEPTS_PER_TURN 64
#define BACKOFF_MS	 ((int64_t)250)

struct tally {
	unsigned refs; /* the listener's, and one per connection */
	unsigned all;
	struct map parties;
	struct listener *listener; /* NULL: closed */
};

/* Those of one host; hosts not counted share one without a key. */
struct party {
	struct conn_keeper keeper;
	struct tally *tally;
	unsigned count;
	size_t key_len;
	char key[16];
};

struct listener {
	struct net *net;
	struct listener_spec spec;
	struct loop_watch watch;
	struct loop_timer backoff;
	struct tally *tally;
	char *address;
	char *path; /* of a unix socket */
	dev_t dev;
	ino_t ino;
	bool short_of; /* said that descriptors are */
};

static void tally_unref(struct tally *t)
{
	if (--t->refs > 0)
		return;
	map_fini(&t->parties);
	mem_free(t);
}

static struct str party_key(const struct party *p)
{
	return str_make(p->key, p->key_len);
}

static void resume(struct listener *l)
{
	if (l->tally->all < l->spec.max && !loop_timer_active(&l->backoff))
		loop_watch(l->net->loop, &l->watch, LOOP_READ);
}

static void party_free(struct party *p)
{
	map_del(&p->tally->parties, party_key(p));
	mem_free(p);
}

static void gone(struct conn_keeper *k, const struct conn *c)
{
	struct party *p = LIST_OF(k, struct party, keeper);
	struct tally *t = p->tally;

	(void)c;
	t->all--;
	if (--p->count == 0)
		party_free(p);
	if (t->listener != NULL)
		resume(t->listener);
	tally_unref(t);
}

static struct party *party_of(struct tally *t, struct str key)
{
	struct party *p = map_get(&t->parties, key);

	if (p != NULL)
		return p;
	p = mem_new(sizeof(*p));
	p->keeper.gone = gone;
	p->tally = t;
	p->key_len = key.n;
	if (key.n > 0)
		memcpy(p->key, key.p, key.n);
	map_put(&t->parties, party_key(p), p);
	return p;
}

/* Those who are not counted by address share one party. */
static struct str party_name(const struct listener *l,
			     const struct address *from)
{
	if (l->spec.per_host == 0 ||
	    (l->spec.gate != NULL && gate_trusts(l->spec.gate, from)))
		return STR_NONE;
	return address_party(from);
}

static bool may_enter(struct listener *l, const struct address *from,
		      const struct party *p)
{
	struct gate *g = l->spec.gate;

	if (p->key_len > 0 && p->count >= l->spec.per_host) {
		log_debug("listener.refused", "address", l->address, "why",
			  "per_host", NULL);
		if (g != NULL)
			gate_refused(g, from, "per_host");
		return false;
	}
	return g == NULL || gate_has_room(g, from, l->spec.tls != NULL);
}

static void take(struct listener *l, int fd, const struct address *from)
{
	struct party *p = party_of(l->tally, party_name(l, from));
	struct conn *c;

	if (!may_enter(l, from, p)) {
		close(fd);
		if (p->count == 0)
			party_free(p);
		return;
	}
	p->count++;
	l->tally->all++;
	l->tally->refs++;
	c = conn_accepted(l->net, fd, l->spec.proto, l->spec.arg, l->spec.tls);
	conn_keep(c, &p->keeper);
	if (l->spec.gate != NULL)
		c->guest = gate_enter(l->spec.gate, from, c);
}

static void back_off(struct listener *l, int error)
{
	if (!l->short_of)
		log_warn("listener.pause", "address", l->address, "why",
			 strerrordesc_np(error), NULL);
	l->short_of = true;
	loop_unwatch(l->net->loop, &l->watch);
	loop_timer_start(l->net->loop, &l->backoff, BACKOFF_MS);
}

static void on_backoff(struct loop_timer *t)
{
	resume(LIST_OF(t, struct listener, backoff));
}

/* accept(2): these are the network's or the peer's, and pass. */
static bool passes(int error)
{
	switch (error) {
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
	case EPERM:
		return true;
	default:
		return false;
	}
}

static void on_ready(struct loop_watch *w, unsigned events)
{
	struct listener *l = LIST_OF(w, struct listener, watch);

	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		struct address from = { .len = sizeof(from.sa) };
		int fd;

		if (l->tally->all >= l->spec.max) {
			loop_unwatch(l->net->loop, &l->watch);
			return;
		}
		fd = accept4(w->fd, (struct sockaddr *)&from.sa, &from.len,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			l->short_of = false;
			take(l, fd, &from);
			continue;
		}
		if (errno == EAGAIN)
			return;
		if (!passes(errno)) {
			back_off(l, errno);
			return;
		}
	}
}

/* Somebody may be listening there: only a refusal proves it stale. */
static bool remove_stale(const struct address *a)
{
	const struct sockaddr_un *un = (const void *)&a->sa;
	struct stat st;
	int fd, error = 0;

	if (lstat(un->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	if (connect(fd, (const struct sockaddr *)&a->sa, a->len) < 0)
		error = errno;
	close(fd);
	return error == ECONNREFUSED && unlink(un->sun_path) == 0;
}

static int bind_unix(int fd, const struct address *a, unsigned mode)
{
	const struct sockaddr *sa = (const void *)&a->sa;
	const struct sockaddr_un *un = (const void *)&a->sa;

	/* Linux makes the file with the socket's own mode: it is never wider
	 * than asked for; the umask is undone afterwards. */
	if (fchmod(fd, mode) < 0)
		return -1;
	if (bind(fd, sa, a->len) < 0 &&
	    (errno != EADDRINUSE || !remove_stale(a) ||
	     bind(fd, sa, a->len) < 0)) {
		errno = errno == ECONNREFUSED ? EADDRINUSE : errno;
		return -1;
	}
	return chmod(un->sun_path, mode);
}

static int bind_tcp(int fd, const struct address *a)
{
	int on = 1, off = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Those that are accepted get these from here: a turn's output is one
	 * write, so there is nothing to wait for. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	/* "[::]:5222" is for everyone. */
	if (a->sa.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
				 sizeof(off));
	return bind(fd, (const struct sockaddr *)&a->sa, a->len);
}

static enum gw_err refuse(struct err_note *note, const char *address, int error)
{
	if (error == EADDRINUSE)
		return err_say(note, GW_CONFLICT,
			       "%s: in use: another process listens there",
			       address);
	if (error == EACCES || error == EPERM)
		return err_say(note, GW_DENIED, "%s: not allowed: %s", address,
			       strerrordesc_np(error));
	return err_say(note, GW_UNAVAIL, "%s: cannot listen: %s", address,
		       strerrordesc_np(error));
}

static enum gw_err open_socket(const struct listener_spec *spec,
			       const struct address *a, int *out,
			       struct err_note *note)
{
	unsigned mode = spec->mode != 0 ? spec->mode : MODE_DEFAULT;
	int fd = socket(a->sa.ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int r, error;

	if (fd < 0)
		return refuse(note, spec->address, errno);
	r = address_is_unix(a) ? bind_unix(fd, a, mode) : bind_tcp(fd, a);
	if (r == 0 && listen(fd, BACKLOG) == 0) {
		*out = fd;
		return GW_OK;
	}
	error = errno;
	close(fd);
	return refuse(note, spec->address, error);
}

/* As an operator would write it, with the port that port 0 became. */
static void name_listener(struct listener *l, const struct address *asked)
{
	const struct sockaddr_un *un = (const void *)&asked->sa;
	struct address a = { .len = sizeof(a.sa) };
	char text[ADDRESS_TEXT_MAX];
	struct stat st;

	if (!address_is_unix(asked)) {
		(void)getsockname(l->watch.fd, (struct sockaddr *)&a.sa,
				  &a.len);
		address_print(&a, text);
		l->address = mem_strdup(text);
		return;
	}
	l->address = mem_strdup(l->spec.address);
	l->path = mem_strdup(un->sun_path);
	if (stat(l->path, &st) == 0) {
		l->dev = st.st_dev;
		l->ino = st.st_ino;
	}
}

/* Who is there already stays; on_ready() sees that it is full. */
void listener_set_limits(struct listener *l, unsigned max, unsigned per_host)
{
	if (l == NULL)
		return;
	l->spec.max = max != 0 ? max : MAX_DEFAULT;
	l->spec.per_host = per_host;
	resume(l);
}

enum gw_err listener_open(struct net *n, const struct listener_spec *spec,
			  struct listener **out, struct err_note *note)
{
	struct address a;
	struct listener *l;
	int fd = -1;
	enum gw_err e = address_parse(spec->address, &a, note);

	if (e == GW_OK)
		e = open_socket(spec, &a, &fd, note);
	if (e != GW_OK)
		return e;
	l = mem_new(sizeof(*l));
	l->net = n;
	l->spec = *spec;
	l->watch.fn = on_ready;
	l->watch.fd = fd;
	l->backoff.fn = on_backoff;
	l->tally = mem_new(sizeof(*l->tally));
	l->tally->refs = 1;
	l->tally->listener = l;
	map_init(&l->tally->parties, loop_seed(n->loop));
	name_listener(l, &a);
	l->spec.address = l->address;
	listener_set_limits(l, spec->max, spec->per_host);
	*out = l;
	return GW_OK;
}

void listener_close(struct listener **l)
{
	struct listener *x = *l;
	struct stat st;

	*l = NULL;
	if (x == NULL)
		return;
	loop_unwatch(x->net->loop, &x->watch);
	loop_timer_stop(x->net->loop, &x->backoff);
	close(x->watch.fd);
	/* Not the socket of a successor. */
	if (x->path != NULL && lstat(x->path, &st) == 0 &&
	    st.st_dev == x->dev && st.st_ino == x->ino)
		unlink(x->path);
	x->tally->listener = NULL;
	tally_unref(x->tally);
	mem_free(x->address);
	mem_free(x->path);
	mem_free(x);
}

const char *listener_address(const struct listener *l)
{
	return l->address;
}

enum gw_err listener_check_address(const char *address, struct err_note *note)
{
	struct address a;

	return address_parse(address, &a, note);
}
