/* SPDX-License-Identifier: MIT */
/* slapd.c - a real slapd in a folder of its own, on a free loopback port */
#include "tests/unit/directory/slapd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_TRIES 1000 /* of 10 ms */

static const char conf[] =
	"include /etc/ldap/schema/core.schema\n"
	"include /etc/ldap/schema/cosine.schema\n"
	"include /etc/ldap/schema/nis.schema\n"
	"include /etc/ldap/schema/inetorgperson.schema\n"
	"modulepath /usr/lib/ldap\n"
	"moduleload back_mdb\n"
	"pidfile %s/slapd.pid\n"
	"TLSCertificateFile %s/cert.pem\n"
	"TLSCertificateKeyFile %s/key.pem\n"
	"database mdb\n"
	"suffix dc=example,dc=org\n"
	"directory %s/db\n"
	"maxsize 67108864\n"
	"dbnosync\n"
	"index mail,uid,sn eq\n"
	"limits dn.exact=cn=muster,dc=example,dc=org size.soft=500 "
	"size.hard=unlimited size.prtotal=unlimited\n"
	"access to attrs=userPassword by * auth\n"
	"access to attrs=description by dn.exact=cn=muster,dc=example,dc=org "
	"write\n"
	"access to * by dn.exact=cn=muster,dc=example,dc=org read "
	"by * auth\n";

static const char entries[] =
	"dn: dc=example,dc=org\n"
	"objectClass: dcObject\nobjectClass: organization\no: Example\n\n"
	"dn: cn=muster,dc=example,dc=org\n"
	"objectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
	"userPassword: asker\n\n"
	"dn: ou=people,dc=example,dc=org\n"
	"objectClass: organizationalUnit\n\n"
	"dn: ou=groups,dc=example,dc=org\n"
	"objectClass: organizationalUnit\n\n"
	"dn: uid=ann,ou=people,dc=example,dc=org\n"
	"objectClass: inetOrgPerson\ncn: Ann Author\nsn: Author\n"
	"mail: Ann@Example.org\nuserPassword: secret\n\n"
	"dn: uid=bob,ou=people,dc=example,dc=org\n"
	"objectClass: inetOrgPerson\ncn: Bob\nsn: Bob\n"
	"mail: bob@example.org\nuserPassword: hunter2\n\n"
	"dn: uid=cid,ou=people,dc=example,dc=org\n"
	"objectClass: inetOrgPerson\ncn: Cid without an address\nsn: Cid\n\n"
	"dn: cn=odd\\, but (legal)*,ou=people,dc=example,dc=org\n"
	"objectClass: inetOrgPerson\nuid: odd\nsn: Odd\n"
	"mail: a(b)*c@example.org\nuserPassword: odd\n\n"
	"dn: uid=twin1,ou=people,dc=example,dc=org\n"
	"objectClass: inetOrgPerson\ncn: Twin\nsn: Twin\n"
	"mail: twin@example.org\nuserPassword: one\n\n"
	"dn: uid=twin2,ou=people,dc=example,dc=org\n"
	"objectClass: inetOrgPerson\ncn: Twin\nsn: Twin\n"
	"mail: twin@example.org\nuserPassword: two\n\n"
	"dn: cn=duty,ou=groups,dc=example,dc=org\n"
	"objectClass: groupOfNames\n"
	"member: uid=bob,ou=people,dc=example,dc=org\n"
	"member: uid=ann,ou=people,dc=example,dc=org\n"
	"member: uid=cid,ou=people,dc=example,dc=org\n"
	"member: uid=gone,ou=people,dc=example,dc=org\n"
	"member: cn=odd\\, but (legal)*,ou=people,dc=example,dc=org\n\n"
	"dn: cn=unique,ou=groups,dc=example,dc=org\n"
	"objectClass: groupOfUniqueNames\n"
	"uniqueMember: uid=ann,ou=people,dc=example,dc=org\n\n"
	"dn: cn=posix,ou=groups,dc=example,dc=org\n"
	"objectClass: posixGroup\ngidNumber: 7\n"
	"memberUid: ann\nmemberUid: bob\nmemberUid: *\nmemberUid: gone\n\n"
	"dn: cn=nobody,ou=groups,dc=example,dc=org\n"
	"objectClass: posixGroup\ngidNumber: 8\n\n";

static FILE *create(const struct slapd *s, const char *name)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", s->folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	return f;
}

static void wait_for(pid_t pid, const char *what)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("%s ended with %d", what, status);
}

static pid_t spawn(const struct slapd *s, const char *const *argv)
{
	pid_t pid = fork();
	char path[128];
	int fd;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that crashes leaves none */
	snprintf(path, sizeof(path), "%s/output", s->folder);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void write_entries(const struct slapd *s)
{
	FILE *f = create(s, "data.ldif");

	fputs(entries, f);
	for (int i = 0; i < SLAPD_CROWD; i++)
		fprintf(f,
			"dn: uid=crowd%d,ou=people,dc=example,dc=org\n"
			"objectClass: inetOrgPerson\ncn: Crowd %d\nsn: Crowd\n"
			"mail: crowd%d@example.org\n\n",
			i, i, i);
	assert_int_equal(fclose(f), 0);
}

static void write_conf(const struct slapd *s)
{
	FILE *f = create(s, "slapd.conf");

	fprintf(f, conf, s->folder, s->folder, s->folder, s->folder);
	assert_int_equal(fclose(f), 0);
	f = create(s, "password");
	fputs("asker\n", f);
	assert_int_equal(fclose(f), 0);
}

static void make_certificate(const struct slapd *s)
{
	char key[128], cert[128];
	const char *const argv[] = { "openssl",
				     "req",
				     "-x509",
				     "-newkey",
				     "ec",
				     "-pkeyopt",
				     "ec_paramgen_curve:prime256v1",
				     "-nodes",
				     "-days",
				     "36500",
				     "-subj",
				     "/CN=slapd",
				     "-addext",
				     "subjectAltName=IP:127.0.0.1",
				     "-keyout",
				     key,
				     "-out",
				     cert,
				     NULL };

	snprintf(key, sizeof(key), "%s/key.pem", s->folder);
	snprintf(cert, sizeof(cert), "%s/cert.pem", s->folder);
	wait_for(spawn(s, argv), "openssl");
}

static void fill(const struct slapd *s)
{
	char config[128], data[128];
	const char *const argv[] = {
		"/usr/sbin/slapadd", "-q", "-f", config, "-l", data, NULL
	};

	snprintf(config, sizeof(config), "%s/slapd.conf", s->folder);
	snprintf(data, sizeof(data), "%s/data.ldif", s->folder);
	wait_for(spawn(s, argv), "slapadd");
}

static int loopback(unsigned port, struct sockaddr_in *a)
{
	memset(a, 0, sizeof(*a));
	a->sin_family = AF_INET;
	a->sin_port = htons((uint16_t)port);
	a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static unsigned free_port(void)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd = loopback(0, &a);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	close(fd);
	return ntohs(a.sin_port);
}

static bool answers(unsigned port)
{
	struct sockaddr_in a;
	int fd = loopback(port, &a);
	bool yes = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	close(fd);
	return yes;
}

void slapd_make(struct slapd *s)
{
	char path[128];

	memset(s, 0, sizeof(*s));
	snprintf(s->folder, sizeof(s->folder), "/tmp/slapd.XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(path, sizeof(path), "%s/db", s->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	s->port = free_port();
	write_conf(s);
	write_entries(s);
	make_certificate(s);
	fill(s);
}

void slapd_start(struct slapd *s)
{
	const struct timespec step = { .tv_nsec = 10000000 };
	char config[128], url[64];
	const char *const argv[] = {
		"/usr/sbin/slapd", "-f", config, "-h", url, "-d", "0", NULL
	};
	int status;

	snprintf(config, sizeof(config), "%s/slapd.conf", s->folder);
	snprintf(url, sizeof(url), "ldap://127.0.0.1:%u", s->port);
	s->pid = spawn(s, argv);
	for (int i = 0; i < START_TRIES; i++) {
		if (answers(s->port))
			return;
		if (waitpid(s->pid, &status, WNOHANG) == s->pid)
			fail_msg("slapd ended with %d: is it installed?",
				 status);
		nanosleep(&step, NULL);
	}
	fail_msg("slapd does not answer");
}

void slapd_signal(struct slapd *s, int signo)
{
	siginfo_t stopped;

	if (s->pid == 0)
		return;
	kill(s->pid, signo);
	if (signo == SIGSTOP) /* all of its threads, not soon but now */
		assert_int_equal(
			waitid(P_PID, (id_t)s->pid, &stopped, WSTOPPED), 0);
	if (signo != SIGKILL && signo != SIGTERM)
		return;
	assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
	s->pid = 0;
}

static void empty_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
}

void slapd_drop(struct slapd *s)
{
	char path[128];

	slapd_signal(s, SIGKILL);
	snprintf(path, sizeof(path), "%s/db", s->folder);
	empty_folder(path);
	rmdir(path);
	empty_folder(s->folder);
	rmdir(s->folder);
}
