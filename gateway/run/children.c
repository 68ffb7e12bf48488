/* SPDX-License-Identifier: MIT */
/* children.c - worker processes as the core sees them
 *
 * A child is up from the spawner's word that it runs until its socket ends.
 * It is started again only after the spawner saw the old process end, so
 * there are never two.  Nothing here blocks but children_fini(), bounded.
 */
#include "gateway/run/children_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/list.h"
#include "gateway/run/log.h"

#define AGAIN_MIN	1000
#define AGAIN_MAX	60000
#define LINE_MAX_BYTES	((size_t)1 << 20)
#define UNSENT_MAX	((size_t)1 << 20)
#define READ_BYTES	((size_t)64 * 1024)
#define READS_PER_EVENT 16

struct spawner {
	struct loop *loop;
	pid_t pid;
	struct loop_watch control;
	struct list children;
	uint64_t last_id;
};

struct unsent {
	struct list link;
	int fd; /* goes with the first byte; -1: none or gone */
	size_t len;
	size_t sent;
	uint8_t data[];
};

struct child {
	struct spawner *s;
	struct list link;
	struct child_spec spec;
	char *name;
	struct children_request request; /* id 0: no process */
	bool up;
	bool busy; /* inside an event: children_stop() frees later */
	bool stopped;
	int64_t up_at;
	int64_t again_ms;
	struct loop_timer again;
	struct loop_watch sock; /* fd -1: none */
	struct buf in;
	int passed;	  /* a descriptor whose line is not complete yet */
	size_t passed_at; /* index in `in` of the last byte it came with */
	struct list out;
	size_t out_bytes;
};

static struct child *of_link(struct list *node)
{
	return LIST_OF(node, struct child, link);
}

/* data and an optional descriptor in one sendmsg(2). */
static ssize_t send_with(int sock, const void *data, size_t n, int fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} aux = { .space = { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data,
			     .iov_len = n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (fd >= 0) {
		msg.msg_control = &aux;
		msg.msg_controllen = sizeof(aux.space);
		aux.head.cmsg_level = SOL_SOCKET;
		aux.head.cmsg_type = SCM_RIGHTS;
		aux.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&aux.head), &fd, sizeof(fd));
	}
	do
		sent = sendmsg(sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent;
}

static ssize_t receive_with(int sock, void *data, size_t n, int *fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} aux = { .space = { 0 } };
	struct iovec iov = { .iov_base = data, .iov_len = n };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &aux,
		.msg_controllen = CMSG_LEN(sizeof(int)), /* one, not two */
	};
	struct cmsghdr *head;
	ssize_t got;

	*fd = -1;
	do
		got = recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	head = got > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (head != NULL && head->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(head), sizeof(*fd));
	return got;
}

static bool ask_spawner(struct child *c, enum children_op op, int sock)
{
	size_t n = offsetof(struct children_request, argv);
	int control = c->s->control.fd;

	c->request.op = op;
	if (op == CHILDREN_START)
		n += c->request.argv_len;
	if (control >= 0 && send_with(control, &c->request, n, sock) > 0)
		return true;
	log_error("child.spawner_deaf", "child", c->name, NULL);
	return false;
}

static void drop_unsent(struct child *c, struct unsent *u)
{
	list_del(&u->link);
	c->out_bytes -= u->len;
	if (u->fd >= 0)
		close(u->fd);
	mem_free(u);
}

/* Closes our end and forgets what was under way. */
static void close_socket(struct child *c)
{
	if (c->sock.fd < 0)
		return;
	loop_unwatch(c->s->loop, &c->sock);
	close(c->sock.fd);
	c->sock.fd = -1;
	buf_fini(&c->in);
	if (c->passed >= 0)
		close(c->passed);
	c->passed = -1;
	LIST_EACH_SAFE(node, next, &c->out)
	drop_unsent(c, LIST_OF(node, struct unsent, link));
}

static void go_down(struct child *c)
{
	bool was_up = c->up;

	close_socket(c);
	c->up = false;
	if (!was_up)
		return;
	if (loop_now(c->s->loop) - c->up_at >= AGAIN_MAX)
		c->again_ms = AGAIN_MIN;
	if (c->spec.down != NULL)
		c->spec.down(c->spec.arg);
}

/* Its socket is of no use any more: the process must go, too. */
static void break_off(struct child *c, const char *why)
{
	if (why != NULL)
		log_warn("child.broken", "child", c->name, "why", why, NULL);
	if (c->request.id != 0)
		ask_spawner(c, CHILDREN_STOP, -1);
	go_down(c);
}

static void start_later(struct child *c)
{
	if (c->stopped)
		return;
	loop_timer_start(c->s->loop, &c->again, c->again_ms);
	c->again_ms *= 2;
	if (c->again_ms > AGAIN_MAX)
		c->again_ms = AGAIN_MAX;
}

static void release(struct child *c)
{
	list_del(&c->link);
	loop_timer_stop(c->s->loop, &c->again);
	close_socket(c);
	mem_free(c->name);
	mem_free(c);
}

static void leave(struct child *c)
{
	c->busy = false;
	if (c->stopped)
		release(c);
}

static void hand_up(struct child *c, struct str line, size_t end)
{
	int fd = -1;

	if (c->passed >= 0 && c->passed_at <= end) {
		fd = c->passed;
		c->passed = -1;
	}
	c->spec.line(c->spec.arg, line, fd);
}

/* Hands up every complete line in the buffer. */
static void take_lines(struct child *c)
{
	size_t start = 0;

	while (!c->stopped) {
		struct str rest = str_make((const char *)c->in.data + start,
					   c->in.len - start);
		size_t n = str_find(rest, '\n');

		if (n == rest.n)
			break;
		hand_up(c, str_make(rest.p, n), start + n);
		start += n + 1;
	}
	buf_eat(&c->in, start);
	c->passed_at -= c->passed >= 0 ? start : 0;
}

/* One read; false when there is nothing more to read now. */
static bool read_some(struct child *c)
{
	uint8_t *space = buf_space(&c->in, READ_BYTES);
	int fd;
	ssize_t n = receive_with(c->sock.fd, space, READ_BYTES, &fd);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		break_off(c, NULL); /* how it ended is logged then */
		return false;
	}
	c->in.len += (size_t)n;
	if (fd >= 0 && c->passed >= 0) {
		close(fd);
		break_off(c, "two descriptors on one line");
		return false;
	}
	if (fd >= 0) {
		c->passed = fd;
		c->passed_at = c->in.len - 1;
	}
	take_lines(c);
	if (!c->stopped && c->in.len > LINE_MAX_BYTES)
		break_off(c, "line too long");
	return !c->stopped && c->sock.fd >= 0;
}

static void want_events(struct child *c)
{
	unsigned events = LOOP_READ;

	if (!list_empty(&c->out))
		events |= LOOP_WRITE;
	loop_watch(c->s->loop, &c->sock, events);
}

/* An error here is left to the reading side, which learns of it, too. */
static void write_out(struct child *c)
{
	while (!list_empty(&c->out)) {
		struct unsent *u = LIST_OF(c->out.next, struct unsent, link);
		ssize_t n = send_with(c->sock.fd, u->data + u->sent,
				      u->len - u->sent, u->fd);

		if (n <= 0)
			break;
		if (u->fd >= 0)
			close(u->fd);
		u->fd = -1;
		u->sent += (size_t)n;
		if (u->sent == u->len)
			drop_unsent(c, u);
	}
}

static void on_socket(struct loop_watch *w, unsigned events)
{
	struct child *c =
		(struct child *)(void *)((char *)w -
					 offsetof(struct child, sock));

	c->busy = true;
	if ((events & LOOP_READ) != 0)
		for (int i = 0; i < READS_PER_EVENT && read_some(c); i++)
			;
	if ((events & LOOP_WRITE) != 0 && c->sock.fd >= 0)
		write_out(c);
	if (c->sock.fd >= 0 && !c->stopped)
		want_events(c);
	leave(c);
}

static void launch(struct child *c)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		log_error("child.no_socket", "child", c->name, NULL);
		start_later(c);
		return;
	}
	c->request.id = ++c->s->last_id;
	c->sock.fd = pair[0];
	if (!ask_spawner(c, CHILDREN_START, pair[1])) {
		c->request.id = 0;
		close_socket(c);
		start_later(c);
	}
	close(pair[1]);
}

static void on_again(struct loop_timer *t)
{
	launch((struct child *)(void *)((char *)t -
					offsetof(struct child, again)));
}

static void on_started(struct child *c, int pid)
{
	log_info("child.up", "child", c->name, "pid", LOG_INT(pid), NULL);
	c->up = true;
	c->up_at = loop_now(c->s->loop);
	want_events(c);
	if (c->spec.up != NULL)
		c->spec.up(c->spec.arg);
}

static void on_ended(struct child *c, const struct children_report *r)
{
	c->request.id = 0;
	if (r->what == CHILDREN_FAILED)
		log_error("child.not_started", "child", c->name, "path",
			  c->request.argv, "errno", LOG_INT(r->status), NULL);
	else if (WIFSIGNALED(r->status))
		log_warn("child.ended", "child", c->name, "pid",
			 LOG_INT(r->pid), "signal",
			 LOG_INT(WTERMSIG(r->status)), NULL);
	else
		log_warn("child.ended", "child", c->name, "pid",
			 LOG_INT(r->pid), "status",
			 LOG_INT(WEXITSTATUS(r->status)), NULL);
	/* Its last lines may still be in the socket. */
	while (c->up && read_some(c))
		;
	if (!c->stopped)
		go_down(c);
	start_later(c);
}

static void on_report(struct spawner *s, const struct children_report *r)
{
	LIST_EACH_SAFE(node, next, &s->children)
	{
		struct child *c = of_link(node);

		if (c->request.id != r->id)
			continue;
		c->busy = true;
		if (r->what == CHILDREN_STARTED)
			on_started(c, r->pid);
		else
			on_ended(c, r);
		leave(c);
		return;
	}
}

static void on_control(struct loop_watch *w, unsigned events)
{
	struct spawner *s =
		(struct spawner *)(void *)((char *)w -
					   offsetof(struct spawner, control));
	struct children_report r;
	ssize_t n;

	(void)events;
	while ((n = recv(w->fd, &r, sizeof(r), MSG_DONTWAIT)) ==
	       (ssize_t)sizeof(r))
		on_report(s, &r);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Its children die with it (PDEATHSIG), and their sockets tell. */
	log_error("child.spawner_gone", NULL);
	loop_unwatch(s->loop, w);
	close(w->fd);
	w->fd = -1;
}

struct spawner *children_init(void)
{
	struct spawner *s;
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return NULL;
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		children_spawn_run(pair[1]);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return NULL;
	}
	s = mem_new(sizeof(*s));
	s->pid = pid;
	s->control.fd = pair[0];
	s->control.fn = on_control;
	list_init(&s->children);
	return s;
}

void children_attach(struct spawner *s, struct loop *l)
{
	s->loop = l;
	loop_watch(l, &s->control, LOOP_READ);
}

void children_detach(struct spawner *s)
{
	assert(list_empty(&s->children));
	if (s->control.fd >= 0)
		loop_unwatch(s->loop, &s->control);
	s->loop = NULL;
}

/* The spawner ends its children in CHILDREN_END_MS, then itself. */
static void wait_for_end(pid_t pid)
{
	struct pollfd p = { .fd = pidfd_open(pid, 0), .events = POLLIN };

	if (p.fd < 0 || poll(&p, 1, 2 * CHILDREN_END_MS) <= 0)
		kill(pid, SIGKILL);
	if (p.fd >= 0)
		close(p.fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void children_fini(struct spawner **s)
{
	if (*s == NULL)
		return;
	LIST_EACH_SAFE(node, next, &(*s)->children)
	release(of_link(node));
	if ((*s)->control.fd >= 0) {
		if ((*s)->loop != NULL)
			loop_unwatch((*s)->loop, &(*s)->control);
		close((*s)->control.fd);
	}
	wait_for_end((*s)->pid);
	mem_free(*s);
	*s = NULL;
}

static bool set_argv(struct children_request *r, const char *const *argv)
{
	for (; argv[r->argc] != NULL; r->argc++) {
		size_t n = strlen(argv[r->argc]) + 1;

		if (r->argc == CHILDREN_ARGC_MAX ||
		    n > sizeof(r->argv) - r->argv_len)
			return false;
		memcpy(r->argv + r->argv_len, argv[r->argc], n);
		r->argv_len += n;
	}
	return r->argc > 0;
}

struct child *children_start(struct spawner *s, const struct child_spec *spec)
{
	struct child *c = mem_new(sizeof(*c));

	if (!set_argv(&c->request, spec->argv)) {
		mem_free(c);
		return NULL;
	}
	c->s = s;
	c->spec = *spec;
	c->spec.argv = NULL;
	c->name = mem_strdup(spec->name);
	c->request.limits = spec->limits;
	c->again_ms = AGAIN_MIN;
	c->again.fn = on_again;
	c->sock.fn = on_socket;
	c->sock.fd = -1;
	c->passed = -1;
	list_init(&c->out);
	list_append(&s->children, &c->link);
	launch(c);
	return c;
}

void children_stop(struct child **cp)
{
	struct child *c = *cp;

	if (c == NULL)
		return;
	*cp = NULL;
	c->stopped = true;
	if (c->request.id != 0)
		ask_spawner(c, CHILDREN_STOP, -1);
	c->request.id = 0;
	if (!c->busy)
		release(c);
}

enum gw_err children_send(struct child *c, struct str line, int fd)
{
	struct unsent *u;
	int copy = -1;

	if (!c->up || c->stopped)
		return GW_UNAVAIL;
	if (str_find(line, '\n') < line.n)
		return GW_BAD_INPUT;
	if (line.n >= UNSENT_MAX - c->out_bytes)
		return GW_LIMIT;
	if (fd >= 0) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (copy < 0)
			return GW_LIMIT;
	}
	u = mem_new(sizeof(*u) + line.n + 1);
	u->fd = copy;
	u->len = line.n + 1;
	memcpy(u->data, line.p, line.n);
	u->data[line.n] = '\n';
	list_append(&c->out, &u->link);
	c->out_bytes += u->len;
	write_out(c);
	want_events(c);
	return GW_OK;
}
