/* SPDX-License-Identifier: MIT */
/* log.c - one fact per line, values from outside escaped
 *
 * The only room's file with process-wide state (the sink), behind one lock.
 * A line is one write(2) to a descriptor in append mode, so that lines of
 * several threads or processes never mix.
 */
#include "gateway/run/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/when.h"

#define VALUE_MAX 2048 /* bytes of one value that are shown */

static struct {
	pthread_mutex_t lock;
	int fd; /* -1: stderr */
	atomic_int level;
} sink = { .lock = PTHREAD_MUTEX_INITIALIZER,
	   .fd = -1,
	   .level = LOG_LEVEL_INFO };

enum gw_err log_open(const char *path, enum log_level level)
{
	int fd = -1;
	int old;

	if (path != NULL) {
		fd = open(path,
			  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
			  0640);
		if (fd < 0)
			return errno == EACCES || errno == EPERM ? GW_DENIED
								 : GW_UNAVAIL;
	}
	log_set_level(level);
	pthread_mutex_lock(&sink.lock);
	old = sink.fd;
	sink.fd = fd;
	pthread_mutex_unlock(&sink.lock);
	if (old >= 0)
		close(old);
	return GW_OK;
}

void log_set_level(enum log_level level)
{
	atomic_store(&sink.level, (int)level);
}

void log_close(void)
{
	int old;

	pthread_mutex_lock(&sink.lock);
	old = sink.fd;
	sink.fd = -1;
	pthread_mutex_unlock(&sink.lock);
	if (old >= 0)
		close(old);
}

static size_t utf8_len(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xe0)
		return 2;
	return lead < 0xf0 ? 3 : 4;
}

/* C1 controls, and the marks that reorder or break a line on a terminal. */
static bool misleads(const uint8_t *p, size_t n)
{
	if (n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (n != 3 || p[0] != 0xe2)
		return false;
	if (p[1] == 0x80)
		return p[2] >= 0x8e && p[2] <= 0xae && p[2] != 0x90 &&
		       (p[2] <= 0x8f || p[2] >= 0xa8);
	return p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
}

/* Bytes of the character at p that may be shown as they are, or 0. */
static size_t showable(const char *p, size_t n)
{
	const uint8_t *u = (const uint8_t *)p;
	size_t len = utf8_len(u[0]);

	if (u[0] < 0x20 || u[0] == 0x7f || len > n)
		return 0;
	if (len > 1 && (!str_utf8_valid(str_make(p, len)) || misleads(u, len)))
		return 0;
	return len;
}

static bool plain(struct str s)
{
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
			return false;
	}
	return true;
}

static void add_quoted(struct buf *b, struct str s)
{
	buf_add_char(b, '"');
	for (size_t i = 0; i < s.n;) {
		size_t len = showable(s.p + i, s.n - i);

		if (len == 0) {
			buf_printf(b, "\\x%02x", (unsigned)(uint8_t)s.p[i]);
			i++;
			continue;
		}
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_add_char(b, '\\');
		buf_add(b, s.p + i, len);
		i += len;
	}
	buf_add_char(b, '"');
}

static void add_value(struct buf *b, const char *value)
{
	struct str s = str_of(value);

	if (value == NULL) {
		buf_add_char(b, '-');
		return;
	}
	if (s.n > VALUE_MAX)
		s.n = VALUE_MAX;
	if (plain(s))
		buf_add_str(b, s);
	else
		add_quoted(b, s);
}

static void put_line(const struct buf *b)
{
	const uint8_t *p = b->data;
	size_t left = b->len;

	pthread_mutex_lock(&sink.lock);
	while (left > 0) {
		ssize_t n =
			write(sink.fd >= 0 ? sink.fd : STDERR_FILENO, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break; /* a full disk must not stop the service */
		p += n;
		left -= (size_t)n;
	}
	pthread_mutex_unlock(&sink.lock);
}

static void log_line(enum log_level level, const char *what, va_list args)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	char stamp[WHEN_TEXT_MAX];
	struct timespec ts;
	struct buf b = { .data = NULL };
	const char *key;

	if ((int)level > atomic_load(&sink.level))
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	when_rfc3339((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000, stamp);
	buf_printf(&b, "%s %s %s", stamp, names[level], what);
	while ((key = va_arg(args, const char *)) != NULL) {
		buf_printf(&b, " %s=", key);
		add_value(&b, va_arg(args, const char *));
	}
	buf_add_char(&b, '\n');
	put_line(&b);
	buf_fini(&b);
}

void log_error(const char *what, ...)
{
	va_list args;

	va_start(args, what);
	log_line(LOG_LEVEL_ERROR, what, args);
	va_end(args);
}

void log_warn(const char *what, ...)
{
	va_list args;

	va_start(args, what);
	log_line(LOG_LEVEL_WARN, what, args);
	va_end(args);
}

void log_info(const char *what, ...)
{
	va_list args;

	va_start(args, what);
	log_line(LOG_LEVEL_INFO, what, args);
	va_end(args);
}

void log_debug(const char *what, ...)
{
	va_list args;

	va_start(args, what);
	log_line(LOG_LEVEL_DEBUG, what, args);
	va_end(args);
}

const char *log_int_(struct log_text *t, int64_t v)
{
	snprintf(t->text, sizeof(t->text), "%" PRId64, v);
	return t->text;
}

const char *log_str_(struct log_text *t, struct str s)
{
	size_t n = s.n;
	bool cut = n > sizeof(t->text) - 1;

	if (s.p == NULL)
		return NULL;
	if (cut) {
		n = sizeof(t->text) - 4;
		while (n > 0 && ((uint8_t)s.p[n] & 0xc0) == 0x80)
			n--;
	}
	for (size_t i = 0; i < n; i++)
		t->text[i] = s.p[i] != '\0' ? s.p[i] : '?';
	memcpy(t->text + n, cut ? "..." : "", cut ? 4 : 1);
	return t->text;
}
