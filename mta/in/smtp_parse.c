/* SPDX-License-Identifier: MIT */
/* smtp_parse.c - bytes to SMTP and LMTP lines, commands and mail data */
#include "mta/in/smtp_parse.h"

#include "gateway/base/codec.h"

#define LOCAL_MAX 64 /* RFC 5321 4.5.3.1.1 */
#define LABEL_MAX 63

static const struct {
	const char *word;
	enum mta_smtp_verb verb;
} verbs[] = {
	{ "HELO", MTA_SMTP_HELO },	   { "EHLO", MTA_SMTP_EHLO },
	{ "LHLO", MTA_SMTP_LHLO },	   { "MAIL", MTA_SMTP_MAIL },
	{ "RCPT", MTA_SMTP_RCPT },	   { "DATA", MTA_SMTP_DATA },
	{ "RSET", MTA_SMTP_RSET },	   { "NOOP", MTA_SMTP_NOOP },
	{ "VRFY", MTA_SMTP_VRFY },	   { "HELP", MTA_SMTP_HELP },
	{ "QUIT", MTA_SMTP_QUIT },	   { "STARTTLS", MTA_SMTP_STARTTLS },
	{ "XFORWARD", MTA_SMTP_XFORWARD },
};

enum gw_err mta_smtp_line(const uint8_t *p, size_t n, struct str *line,
			  size_t *eaten)
{
	size_t max = n < MTA_SMTP_LINE_MAX ? n : MTA_SMTP_LINE_MAX;

	for (size_t i = 0; i < max; i++) {
		if (p[i] == '\0' || p[i] == '\n')
			return GW_BAD_INPUT;
		if (p[i] != '\r')
			continue;
		if (i + 1 == n)
			return GW_AGAIN;
		if (p[i + 1] != '\n')
			return GW_BAD_INPUT;
		*line = str_make((const char *)p, i);
		*eaten = i + 2;
		return GW_OK;
	}
	return n >= MTA_SMTP_LINE_MAX ? GW_LIMIT : GW_AGAIN;
}

/* ---- addresses ---- */

static bool is_atext(unsigned char c)
{
	if (c >= 0x80)
		return true;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL;
}

/* Index after a dot-atom, 0 if there is none. */
static size_t scan_dot_atom(struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		if (is_atext((unsigned char)s.p[i]))
			i++;
		else if (s.p[i] == '.' && i > 0 && s.p[i - 1] != '.')
			i++;
		else
			break;
	}
	return i > 0 && s.p[i - 1] == '.' ? 0 : i;
}

/* Index after a quoted string, 0 if it does not end or holds controls. */
static size_t scan_quoted(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"')
			return i + 1;
		if (c == '\\' && i + 1 < s.n)
			c = (unsigned char)s.p[++i];
		if (c < ' ' || c == 0x7f)
			return 0;
	}
	return 0;
}

static bool is_domain_char(unsigned char c)
{
	return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool is_domain(struct str s)
{
	struct str label;

	if (s.n == 0 || s.n > 253)
		return false;
	while (str_split(&s, '.', &label)) {
		if (label.n == 0 || label.n > LABEL_MAX)
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_domain_char((unsigned char)label.p[i]))
				return false;
	}
	return true;
}

static enum gw_err split_address(struct str s, struct mta_smtp_command *out)
{
	size_t n;

	out->quoted = s.n > 0 && s.p[0] == '"';
	n = out->quoted ? scan_quoted(s) : scan_dot_atom(s);
	if (n == 0 || n > LOCAL_MAX)
		return GW_BAD_INPUT;
	out->local = str_make(s.p, n);
	if (n == s.n) {
		out->domain = STR("");
		return GW_OK;
	}
	out->domain = str_make(s.p + n + 1, s.n - n - 1);
	if (s.p[n] != '@' || !is_domain(out->domain))
		return GW_BAD_INPUT;
	return GW_OK;
}

enum gw_err mta_smtp_address(struct str s, struct mta_smtp_command *out)
{
	if (s.n > MTA_SMTP_PATH_MAX || !str_utf8_valid(s))
		return GW_LIMIT;
	out->path = s;
	return split_address(s, out);
}

/* Index after the closing '>', which a quoted local part may hold too. */
static size_t path_end(struct str s)
{
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == '>' && !quoted)
			return i + 1;
	}
	return 0;
}

static enum gw_err parse_path(struct str *rest, struct mta_smtp_command *out)
{
	size_t end;

	if (rest->n == 0 || rest->p[0] != '<')
		return GW_BAD_INPUT;
	end = path_end(*rest);
	if (end == 0 || end - 2 > MTA_SMTP_PATH_MAX)
		return GW_BAD_INPUT;
	out->path = str_make(rest->p + 1, end - 2);
	*rest = str_make(rest->p + end, rest->n - end);
	if (rest->n > 0 && rest->p[0] != ' ')
		return GW_BAD_INPUT;
	if (out->path.n == 0)
		return out->verb == MTA_SMTP_MAIL ? GW_OK : GW_BAD_INPUT;
	if (!str_utf8_valid(out->path))
		return GW_BAD_INPUT;
	return split_address(out->path, out);
}

/* ---- commands ---- */

static enum gw_err mail_parameter(struct mta_smtp_command *out, struct str name,
				  struct str value)
{
	if (str_iis(name, "SIZE"))
		return str_int(value, 0, INT64_MAX, &out->size);
	if (str_iis(name, "BODY"))
		return str_iis(value, "7BIT") || str_iis(value, "8BITMIME")
			       ? GW_OK
			       : GW_BAD_INPUT;
	if (str_iis(name, "SMTPUTF8") && value.p == NULL) {
		out->utf8 = true;
		return GW_OK;
	}
	if (str_iis(name, "MT-PRIORITY")) {
		out->has_priority = true;
		return str_int(value, -9, 9, &out->priority);
	}
	return GW_NOT_FOUND;
}

static enum gw_err parse_parameters(struct str rest,
				    struct mta_smtp_command *out)
{
	struct str word, name;
	enum gw_err e;

	while (str_word(&rest, &word)) {
		if (!str_split(&word, '=', &name))
			return GW_BAD_INPUT;
		if (out->verb != MTA_SMTP_MAIL)
			return GW_NOT_FOUND;
		e = mail_parameter(out, name, word);
		if (e != GW_OK)
			return e;
	}
	return GW_OK;
}

static enum gw_err parse_envelope(const char *prefix,
				  struct mta_smtp_command *out)
{
	struct str rest = out->arg;
	size_t n = strlen(prefix);
	enum gw_err e;

	if (!str_istarts(rest, prefix))
		return GW_BAD_INPUT;
	rest = str_make(rest.p + n, rest.n - n);
	/* Many senders put a blank there. */
	while (rest.n > 0 && rest.p[0] == ' ')
		rest = str_make(rest.p + 1, rest.n - 1);
	e = parse_path(&rest, out);
	return e == GW_OK ? parse_parameters(rest, out) : e;
}

static enum mta_smtp_verb verb_of(struct str word)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (str_iis(word, verbs[i].word))
			return verbs[i].verb;
	return MTA_SMTP_UNKNOWN;
}

static enum gw_err parse_name(struct mta_smtp_command *out)
{
	if (out->arg.n == 0 || out->arg.n > 255 || !str_utf8_valid(out->arg))
		return GW_BAD_INPUT;
	for (size_t i = 0; i < out->arg.n; i++)
		if ((unsigned char)out->arg.p[i] <= ' ' ||
		    out->arg.p[i] == 0x7f)
			return GW_BAD_INPUT;
	return GW_OK;
}

enum gw_err mta_smtp_parse(struct str line, struct mta_smtp_command *out)
{
	struct str word = STR("");

	*out = (struct mta_smtp_command){ .size = -1 };
	if (line.n == 0 || line.p[0] == ' ' || line.p[0] == '\t')
		return GW_OK;
	(void)str_word(&line, &word);
	out->verb = verb_of(word);
	out->arg = line.n > 0 ? str_trim(line) : STR("");
	switch (out->verb) {
	case MTA_SMTP_HELO:
	case MTA_SMTP_EHLO:
	case MTA_SMTP_LHLO:
		return parse_name(out);
	case MTA_SMTP_MAIL:
		return parse_envelope("FROM:", out);
	case MTA_SMTP_RCPT:
		return parse_envelope("TO:", out);
	case MTA_SMTP_DATA:
	case MTA_SMTP_RSET:
	case MTA_SMTP_QUIT:
	case MTA_SMTP_STARTTLS:
		return out->arg.n == 0 ? GW_OK : GW_BAD_INPUT;
	case MTA_SMTP_XFORWARD:
		return out->arg.n > 0 ? GW_OK : GW_BAD_INPUT;
	case MTA_SMTP_UNKNOWN:
	case MTA_SMTP_NOOP:
	case MTA_SMTP_VRFY:
	case MTA_SMTP_HELP:
		return GW_OK;
	}
	return GW_OK;
}

static struct str xtext(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++, n++) {
		out[n] = s.p[i];
		if (s.p[i] == '+' && i + 2 < s.n &&
		    codec_hex_byte(s.p + i + 1, &out[n]))
			i += 2;
	}
	return str_make(out, n);
}

bool mta_smtp_xforward(struct str *rest, struct arena *a, struct str *name,
		       struct str *value)
{
	struct str word;

	if (!str_word(rest, &word) || !str_split(&word, '=', name))
		return false;
	*value = xtext(a, word);
	if (str_iis(*value, "[UNAVAILABLE]"))
		*value = STR("");
	return true;
}

/* ---- data ---- */

enum { LINE_START, TEXT, CR, DOT, DOT_CR };

static bool is_plain(uint8_t c)
{
	return c != '\r' && c != '\n' && c != '\0';
}

static uint8_t after_text(struct mta_smtp_data *d, uint8_t c, struct buf *out)
{
	if (c == '\r')
		return CR;
	if (!is_plain(c))
		d->broken = true;
	buf_add_char(out, (char)c);
	return TEXT;
}

static uint8_t after_cr(struct mta_smtp_data *d, uint8_t c, struct buf *out)
{
	buf_add_char(out, '\r');
	if (c == '\n') {
		buf_add_char(out, '\n');
		return LINE_START;
	}
	d->broken = true;
	return after_text(d, c, out);
}

static uint8_t step(struct mta_smtp_data *d, uint8_t c, struct buf *out)
{
	switch (d->state) {
	case LINE_START:
		return c == '.' ? DOT : after_text(d, c, out);
	case CR:
		return after_cr(d, c, out);
	case DOT:
		return c == '\r' ? DOT_CR : after_text(d, c, out);
	case DOT_CR:
		d->done = c == '\n';
		return d->done ? LINE_START : after_cr(d, c, out);
	default:
		return after_text(d, c, out);
	}
}

size_t mta_smtp_data(struct mta_smtp_data *d, const uint8_t *p, size_t n,
		     struct buf *out)
{
	size_t i = 0;

	while (i < n && !d->done) {
		size_t run = i;

		while (d->state == TEXT && run < n && is_plain(p[run]))
			run++;
		buf_add(out, p + i, run - i);
		i = run;
		if (i < n)
			d->state = step(d, p[i++], out);
	}
	return i;
}
