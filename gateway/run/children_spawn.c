/* SPDX-License-Identifier: MIT */
/* children_spawn.c - the spawner: a small process that starts and ends others
 *
 * Forked before any thread exists, so that fork() stays harmless.  It holds
 * no state of the daemon and decides nothing; when the daemon is gone (its
 * end of the control socket is closed) it ends all children and itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/list.h"
#include "gateway/run/children_private.h"

#define EXEC_FD 4 /* closed by exec, or carries its errno */

struct proc {
	uint64_t id;
	pid_t pid;
	int64_t kill_at; /* 0: it may live */
	struct list link;
};

struct spawn {
	int control;
	int signals;
	bool ending;
	struct list procs;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void report(struct spawn *s, struct children_report r)
{
	if (send(s->control, &r, sizeof(r), MSG_NOSIGNAL) < 0 && errno == EPIPE)
		s->ending = true;
}

static void set_limit(__rlimit_resource_t what, uint64_t v)
{
	struct rlimit limit = { .rlim_cur = v, .rlim_max = v };

	if (v != 0 && setrlimit(what, &limit) != 0)
		_exit(126);
}

static void set_limits(const struct child_limits *l)
{
	struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core); /* other people's mail is in it */
	set_limit(RLIMIT_AS, l->memory);
	set_limit(RLIMIT_CPU, l->cpu);
	set_limit(RLIMIT_STACK, l->stack);
	set_limit(RLIMIT_NOFILE, l->open_max);
}

/* In the new process, descriptors out of the way first: either may be 3. */
static void set_descriptors(int sock, int status)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	sock = fcntl(sock, F_DUPFD_CLOEXEC, 16);
	status = fcntl(status, F_DUPFD_CLOEXEC, 16);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(sock, CHILDREN_SOCKET_FD) < 0 ||
	    dup3(status, EXEC_FD, O_CLOEXEC) < 0 ||
	    close_range(EXEC_FD + 1, ~0U, 0) != 0)
		_exit(126);
}

static void become(struct children_request *r, int sock, int status)
{
	char *argv[CHILDREN_ARGC_MAX + 1] = { NULL };
	char *p = r->argv;
	sigset_t none;
	int why;

	for (size_t i = 0; i < r->argc; i++) {
		argv[i] = p;
		p += strlen(p) + 1;
	}
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	set_descriptors(sock, status);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	set_limits(&r->limits);
	execv(argv[0], argv);
	why = errno;
	if (write(EXEC_FD, &why, sizeof(why)) != (ssize_t)sizeof(why))
		_exit(126);
	_exit(127);
}

/* The errno of a failed exec, or 0. */
static int exec_errno(int status)
{
	int why = 0;
	ssize_t n;

	do
		n = read(status, &why, sizeof(why));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(why) ? why : 0;
}

static int fork_child(struct children_request *r, int sock, pid_t *pid)
{
	int status[2];
	int why;

	if (pipe2(status, O_CLOEXEC) != 0)
		return errno;
	*pid = fork();
	if (*pid == 0)
		become(r, sock, status[1]);
	why = *pid < 0 ? errno : 0;
	close(status[1]);
	if (*pid > 0) {
		setpgid(*pid, *pid); /* before anyone kills the group */
		why = exec_errno(status[0]);
		if (why != 0)
			waitpid(*pid, NULL, 0);
	}
	close(status[0]);
	return why;
}

static void start(struct spawn *s, struct children_request *r, int sock)
{
	struct proc *p;
	pid_t pid = -1;
	int why = fork_child(r, sock, &pid);

	if (why != 0) {
		report(s, (struct children_report){ .what = CHILDREN_FAILED,
						    .id = r->id,
						    .status = why });
		return;
	}
	p = mem_new(sizeof(*p));
	p->id = r->id;
	p->pid = pid;
	list_append(&s->procs, &p->link);
	report(s, (struct children_report){
			  .what = CHILDREN_STARTED, .id = r->id, .pid = pid });
}

static void end_proc(struct proc *p)
{
	if (p->kill_at != 0)
		return;
	kill(-p->pid, SIGTERM);
	p->kill_at = now_ms() + CHILDREN_END_MS;
}

static void stop(struct spawn *s, uint64_t id)
{
	LIST_EACH(node, &s->procs)
	{
		struct proc *p = LIST_OF(node, struct proc, link);

		if (p->id == id)
			end_proc(p);
	}
}

/* A datagram from the core; *sock is the descriptor it brought, or -1. */
static ssize_t receive(int control, struct children_request *r, int *sock)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} aux = { .space = { 0 } };
	struct iovec iov = { .iov_base = r, .iov_len = sizeof(*r) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &aux,
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	ssize_t n = recvmsg(control, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	*sock = -1;
	if (head != NULL && head->cmsg_type == SCM_RIGHTS)
		memcpy(sock, CMSG_DATA(head), sizeof(*sock));
	return n;
}

static void on_control(struct spawn *s)
{
	struct children_request r;
	int sock;
	ssize_t n = receive(s->control, &r, &sock);

	if (n < 0 && errno == EINTR)
		return;
	if (n < (ssize_t)offsetof(struct children_request, argv)) {
		s->ending = true;
		return;
	}
	if (r.op == CHILDREN_START)
		start(s, &r, sock);
	else
		stop(s, r.id);
	if (sock >= 0)
		close(sock);
}

static void reap(struct spawn *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		LIST_EACH_SAFE(node, next, &s->procs)
		{
			struct proc *p = LIST_OF(node, struct proc, link);

			if (p->pid != pid)
				continue;
			report(s,
			       (struct children_report){ .what = CHILDREN_ENDED,
							 .id = p->id,
							 .status = status,
							 .pid = pid });
			list_del(&p->link);
			mem_free(p);
		}
	}
}

/* Kills those whose time is up; milliseconds until the next, or -1. */
static int kill_late(struct spawn *s)
{
	int64_t now = now_ms();
	int64_t wait = -1;

	LIST_EACH(node, &s->procs)
	{
		struct proc *p = LIST_OF(node, struct proc, link);
		int64_t left = p->kill_at - now;

		if (p->kill_at == 0)
			continue;
		if (left <= 0) {
			kill(-p->pid, SIGKILL);
			left = CHILDREN_END_MS;
			p->kill_at = now + left;
		}
		if (wait < 0 || left < wait)
			wait = left;
	}
	return (int)wait;
}

static void wait_once(struct spawn *s)
{
	struct pollfd fds[2] = {
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = s->ending ? -1 : s->control, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	if (poll(fds, 2, kill_late(s)) < 0)
		return;
	if (fds[0].revents != 0 &&
	    read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		reap(s);
	if (fds[1].revents != 0)
		on_control(s);
}

void children_spawn_run(int control)
{
	struct spawn s = { .control = control };
	sigset_t mask;

	list_init(&s.procs);
	/* Signals to the whole group are the daemon's to answer; it ends us
	 * by closing the control socket. */
	setsid();
	sigfillset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	s.signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s.signals < 0)
		_exit(1);
	prctl(PR_SET_NAME, "muster-spawner");
	while (!s.ending)
		wait_once(&s);
	LIST_EACH(node, &s.procs)
	end_proc(LIST_OF(node, struct proc, link));
	while (!list_empty(&s.procs))
		wait_once(&s);
	_exit(0);
}
