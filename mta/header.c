/* SPDX-License-Identifier: MIT */
/* header.c - what Muster wants to know of a mail's header, and no more */
#include "mta/header.h"

#include "gateway/base/buf.h"
#include "gateway/base/codec.h"
#include "gateway/engine/presence.h"

#define TEXT_MAX ((size_t)200) /* shown of a subject */
#define ID_MAX	 ((size_t)998) /* RFC 5322 2.1.1 */

/* ---- fields ---- */

/* One physical line with its end; false at the end of the header. */
static bool next_line(struct str *rest, struct str *line)
{
	size_t n = str_find(*rest, '\n');

	if (rest->n == 0)
		return false;
	n = n < rest->n ? n + 1 : rest->n;
	*line = str_make(rest->p, n);
	*rest = str_make(rest->p + n, rest->n - n);
	return str_trim(*line).n > 0;
}

static bool folded(struct str rest)
{
	return rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t');
}

/* The next field, value still folded; lines that are none are passed over. */
static bool next_field(struct str *rest, struct str *name, struct str *value)
{
	struct str line, more;
	size_t colon;

	do {
		if (!next_line(rest, &line))
			return false;
		while (folded(*rest) && next_line(rest, &more))
			line.n += more.n;
		colon = str_find(line, ':');
	} while (colon == line.n);
	*name = str_trim(str_make(line.p, colon));
	*value = str_trim(str_make(line.p + colon + 1, line.n - colon - 1));
	return true;
}

/* ---- encoded words (RFC 2047) ---- */

static void add_latin1(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x80)
			buf_add_char(out, (char)(0xc0 | (c >> 6)));
		buf_add_char(out, (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
	}
}

static struct str unquote_q(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++, n++) {
		out[n] = s.p[i] == '_' ? ' ' : s.p[i];
		if (s.p[i] == '=' && i + 2 < s.n &&
		    codec_hex_byte(s.p + i + 1, &out[n]))
			i += 2;
	}
	return str_make(out, n);
}

/* "=?charset?B?...?=" at the start of s: its length, 0 if it is none we can
 * read. */
static size_t decode_word(struct arena *a, struct str s, struct buf *out)
{
	struct str rest = str_make(s.p + 2, s.n - 2);
	struct str charset, how, text;

	if (!str_split(&rest, '?', &charset) || !str_split(&rest, '?', &how) ||
	    !str_split(&rest, '?', &text) || rest.n == 0 || rest.p[0] != '=')
		return 0;
	if (str_iis(how, "Q"))
		text = unquote_q(a, text);
	else if (!str_iis(how, "B") || codec_unbase64(a, text, &text) != GW_OK)
		return 0;
	if (str_iis(charset, "utf-8") || str_iis(charset, "us-ascii"))
		buf_add_str(out, text);
	else if (str_iis(charset, "iso-8859-1") ||
		 str_iis(charset, "windows-1252"))
		add_latin1(out, text);
	else
		return 0;
	return (size_t)(rest.p - s.p) + 1;
}

/* Blanks between two encoded words are not part of the text (6.2). */
static size_t blanks_to_word(struct str s)
{
	size_t i = 0;

	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r' ||
			   s.p[i] == '\n'))
		i++;
	return i + 1 < s.n && s.p[i] == '=' && s.p[i + 1] == '?' ? i : 0;
}

static void decode(struct arena *a, struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n;) {
		struct str rest = str_make(s.p + i, s.n - i);
		size_t n = 0;

		if (rest.n > 2 && rest.p[0] == '=' && rest.p[1] == '?')
			n = decode_word(a, rest, out);
		if (n == 0) {
			buf_add_char(out, s.p[i++]);
			continue;
		}
		i += n;
		i += blanks_to_word(str_make(s.p + i, s.n - i));
	}
}

/* ---- fit to be shown ---- */

/* Controls that reorder or break lines: C1, U+2028..202E, U+2066..2069. */
static size_t hidden(const unsigned char *p, size_t n)
{
	if (n >= 2 && p[0] == 0xc2 && p[1] < 0xa0)
		return 2;
	if (n >= 3 && p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xa8 &&
	    p[2] <= 0xae)
		return 3;
	if (n >= 3 && p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 &&
	    p[2] <= 0xa9)
		return 3;
	return 0;
}

static size_t character(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (len > n || !str_utf8_valid(str_make((const char *)p, len)))
		return 0;
	return len;
}

static const char *show(struct arena *a, struct str s, size_t max)
{
	const unsigned char *p = (const unsigned char *)s.p;
	char *out = arena_alloc(a, max + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < max;) {
		size_t skip = hidden(p + i, s.n - i);
		size_t len = skip > 0 ? 0 : character(p + i, s.n - i);

		if (skip > 0) {
			i += skip;
		} else if (len == 0) {
			out[n++] = '?';
			i++;
		} else if (len == 1) {
			out[n++] =
				s.p[i] < ' ' || s.p[i] == 0x7f ? ' ' : s.p[i];
			i++;
		} else if (n + len > max) {
			break;
		} else {
			memcpy(out + n, p + i, len);
			n += len;
			i += len;
		}
	}
	return arena_strndup(a, str_trim(str_make(out, n)).p,
			     str_trim(str_make(out, n)).n);
}

static const char *decoded(struct arena *a, struct str s)
{
	struct buf b = { .data = NULL };
	const char *out;

	/* Each shown byte comes from at most a few of the field. */
	if (s.n > 8 * TEXT_MAX)
		s.n = 8 * TEXT_MAX;
	decode(a, s, &b);
	out = b.len == 0 ? "" : show(a, buf_str(&b), TEXT_MAX);
	buf_fini(&b);
	return out;
}

/* "<...>" out of a field, without blanks or controls; "". */
static const char *message_id(struct arena *a, struct str s)
{
	size_t from = str_find(s, '<');
	size_t to;

	if (from == s.n)
		return "";
	s = str_make(s.p + from, s.n - from);
	to = str_find(s, '>');
	if (to == s.n || to >= ID_MAX)
		return "";
	for (size_t i = 0; i < to; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return "";
	return str_utf8_valid(str_make(s.p, to + 1))
		       ? arena_strndup(a, s.p, to + 1)
		       : "";
}

/* ---- precedence (mail.md 4.1) ---- */

int mta_header_priority(int64_t n)
{
	if (n < 0)
		return SEV_INFO;
	return n >= 6 ? SEV_DISASTER : SEV_WARNING + (int)(n / 2);
}

struct asked {
	int mt, mmhs, copy, importance;
};

static int number(struct str s, int64_t min, int64_t max)
{
	struct str word;
	int64_t n;

	if (!str_word(&s, &word) || str_int(word, min, max, &n) != GW_OK)
		return INT32_MAX;
	return (int)n;
}

static int mmhs(struct str s)
{
	int n = number(s, 0, 5);

	if (n == INT32_MAX)
		return -1;
	return n <= 1 ? SEV_INFO : n - 1;
}

static void ask(struct asked *q, struct str name, struct str value)
{
	int n;

	if (str_iis(name, "MT-Priority")) {
		n = number(value, -9, 9);
		q->mt = n == INT32_MAX ? -1 : mta_header_priority(n);
	} else if (str_iis(name, "MMHS-Primary-Precedence")) {
		q->mmhs = mmhs(value);
	} else if (str_iis(name, "MMHS-Copy-Precedence")) {
		q->copy = mmhs(value);
	} else if (str_iis(name, "Importance")) {
		q->importance = str_iis(value, "high") ? SEV_WARNING : SEV_INFO;
	} else if (str_iis(name, "X-Priority")) {
		q->importance = number(value, 1, 2) != INT32_MAX ? SEV_WARNING
								 : SEV_INFO;
	}
}

static int first_of(const struct asked *q)
{
	if (q->mt >= 0)
		return q->mt;
	if (q->mmhs >= 0)
		return q->mmhs;
	return q->copy >= 0 ? q->copy : q->importance;
}

/* ---- the whole ---- */

static bool says_quiet(struct str name, struct str value)
{
	struct str word = value;

	word.n = str_find(value, ';');
	word = str_trim(word);
	if (str_iis(name, "Auto-Submitted"))
		return !str_iis(word, "no");
	if (str_iis(name, "Precedence"))
		return str_iis(word, "bulk") || str_iis(word, "list") ||
		       str_iis(word, "junk");
	return str_iis(name, "List-Id");
}

static void take(struct mta_header *h, struct arena *a, struct str name,
		 struct str value)
{
	if (str_iis(name, "Message-ID") && *h->message_id == '\0')
		h->message_id = message_id(a, value);
	else if (str_iis(name, "Subject") && *h->subject == '\0')
		h->subject = decoded(a, value);
	else if (str_iis(name, "From") && *h->from == '\0')
		h->from = decoded(a, value);
	else if (str_iis(name, "In-Reply-To") && *h->in_reply_to == '\0')
		h->in_reply_to = message_id(a, value);
	else if (str_iis(name, "Received"))
		h->received++;
	else if (says_quiet(name, value))
		h->quiet = true;
}

static struct str cut(struct str head)
{
	if (head.n > MTA_HEADER_MAX)
		head.n = MTA_HEADER_MAX;
	return head;
}

void mta_header_read(struct str head, struct arena *a, struct mta_header *out)
{
	struct asked q = { -1, -1, -1, -1 };
	struct str name, value;

	*out = (struct mta_header){
		.message_id = "", .subject = "", .from = "", .in_reply_to = ""
	};
	head = cut(head);
	while (next_field(&head, &name, &value)) {
		take(out, a, name, value);
		ask(&q, name, value);
	}
	out->precedence = first_of(&q);
}

bool mta_header_has(struct str head, const char *name, struct str value)
{
	struct str n, v;

	head = cut(head);
	while (next_field(&head, &n, &v))
		if (str_iis(n, name) && str_ieq(v, value))
			return true;
	return false;
}

/* 45 bytes are 60 characters of base64: a word stays under the 75 that RFC
 * 2047 2 allows. */
char *mta_header_encode(struct arena *a, struct str text)
{
	const char *clean = show(a, text, 900);
	struct str s = str_of(clean);
	struct buf b = { .data = NULL };
	char *out;
	bool ascii = true;

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			ascii = false;
	if (ascii && s.n < 900)
		return arena_strdup(a, clean);
	while (s.n > 0) {
		size_t n = s.n < 45 ? s.n : 45;

		while (n > 0 && n < s.n &&
		       ((unsigned char)s.p[n] & 0xc0) == 0x80)
			n--;
		buf_printf(&b, "%s=?utf-8?B?%s?=", b.len > 0 ? "\r\n " : "",
			   codec_base64(a, s.p, n));
		s = str_make(s.p + n, s.n - n);
	}
	out = arena_strndup(a, (const char *)b.data, b.len);
	buf_fini(&b);
	return out;
}
