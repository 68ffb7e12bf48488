/* SPDX-License-Identifier: MIT */
/* jid_domain.c - the domain of an address in its one true form
 *
 * RFC 7622 3.2: width, case and NFC are mapped here, then IDNA2008 by libidn2
 * without TR46, which would map compatibility characters we must refuse.
 */
#include "xmpp/jid_domain.h"

#include <arpa/inet.h>
#include <idn2.h>

#include "xmpp/precis.h"

#define LABEL_MAX	63
#define NAME_MAX_OCTETS 253

#define IDNA_FLAGS (IDN2_NFC_INPUT | IDN2_NO_TR46)

static bool is_ldh(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* An NR-LDH label (RFC 5890 2.3.2.2), or an A-label that is yet to be read. */
static bool ldh_label(struct str l, bool a_labels)
{
	size_t i;

	if (l.n == 0 || l.n > LABEL_MAX || l.p[0] == '-' || l.p[l.n - 1] == '-')
		return false;
	for (i = 0; i < l.n; i++) {
		if (!is_ldh(l.p[i]))
			return false;
	}
	if (l.n < 4 || l.p[2] != '-' || l.p[3] != '-')
		return true;
	return a_labels && str_starts(l, "xn--");
}

static bool ldh_name(struct str s, bool a_labels)
{
	struct str label;
	size_t n;

	if (s.n == 0 || s.n > NAME_MAX_OCTETS)
		return false;
	for (;;) {
		n = str_find(s, '.');
		label = str_make(s.p, n);
		if (!ldh_label(label, a_labels))
			return false;
		if (n == s.n)
			return true;
		s = str_make(s.p + n + 1, s.n - n - 1);
	}
}

static enum gw_err ip_literal(struct arena *a, struct str in, struct str *out,
			      struct err_note *note)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;
	struct str inner;

	if (in.n < 2 || in.p[in.n - 1] != ']')
		return err_say(note, GW_BAD_INPUT, "']' is missing");
	inner = str_make(in.p + 1, in.n - 2);
	if (memchr(inner.p, 0, inner.n) != NULL ||
	    str_copy(text, sizeof(text), inner) != GW_OK ||
	    inet_pton(AF_INET6, text, &addr) != 1 ||
	    inet_ntop(AF_INET6, &addr, text, sizeof(text)) == NULL)
		return err_say(note, GW_BAD_INPUT, "it is no IPv6 address");
	*out = str_of(arena_printf(a, "[%s]", text));
	return GW_OK;
}

static enum gw_err idna_failed(int rc, struct err_note *note)
{
	if (rc == IDN2_MALLOC)
		return err_say(note, GW_UNAVAIL, "out of memory");
	return err_say(note, GW_BAD_INPUT, "%s", idn2_strerror(rc));
}

/* An A-label counts only when it is what its U-label would be written as:
 * else one name had two forms. */
static enum gw_err u_labels(struct arena *a, const char *ascii, struct str *out,
			    struct err_note *note)
{
	char *text = NULL;
	uint8_t *again = NULL;
	int rc = idn2_to_unicode_8z8z(ascii, &text, IDNA_FLAGS);
	enum gw_err e = GW_OK;

	if (rc == IDN2_OK)
		rc = idn2_lookup_u8((const uint8_t *)text, &again, IDNA_FLAGS);
	if (rc != IDN2_OK)
		e = idna_failed(rc, note);
	else if (strcmp((const char *)again, ascii) != 0)
		e = err_say(note, GW_BAD_INPUT, "an A-label is not canonical");
	else
		*out = arena_str(a, str_of(text));
	idn2_free(text);
	idn2_free(again);
	return e;
}

/* in: mapped by RFC 7622 3.2.1. */
static enum gw_err idna(struct arena *a, struct str in, struct str *out,
			struct err_note *note)
{
	uint8_t *ascii = NULL;
	enum gw_err e;
	size_t i;
	int rc;

	for (i = 0; i < in.n; i++) {
		if ((in.p[i] & 0x80) == 0 && in.p[i] != '.' && !is_ldh(in.p[i]))
			return err_say(note, GW_BAD_INPUT,
				       "octet %zu (0x%02X) is not allowed",
				       i + 1, (unsigned int)in.p[i]);
	}
	rc = idn2_lookup_u8((const uint8_t *)in.p, &ascii, IDNA_FLAGS);
	if (rc != IDN2_OK)
		e = idna_failed(rc, note);
	else if (!ldh_name(str_of((const char *)ascii), true))
		e = err_say(note, GW_BAD_INPUT,
			    "a label is empty, too long, or has hyphens where "
			    "they may not be");
	else
		e = u_labels(a, (const char *)ascii, out, note);
	idn2_free(ascii);
	return e;
}

enum gw_err xmpp_jid_domain(struct arena *a, struct str in, struct str *out,
			    struct err_note *note)
{
	struct str mapped;

	*out = STR_NONE;
	/* RFC 7622 3.2: the dot goes before any other rule is applied. */
	if (in.n > 0 && in.p[in.n - 1] == '.')
		in.n--;
	if (in.n == 0)
		return err_say(note, GW_BAD_INPUT, "it is empty");
	if (in.p[0] == '[')
		return ip_literal(a, in, out, note);
	if (ldh_name(in, false)) {
		*out = in;
		return GW_OK;
	}
	if (xmpp_precis_domain_map(a, in, &mapped) != GW_OK)
		return err_say(note, GW_BAD_INPUT,
			       "it is too long or not UTF-8");
	if (ldh_name(mapped, false)) {
		*out = mapped;
		return GW_OK;
	}
	return idna(a, arena_str(a, mapped), out, note);
}

enum gw_err xmpp_jid_domain_ascii(struct arena *a, struct str domain,
				  struct str *out)
{
	uint8_t *ascii = NULL;
	int rc = IDN2_OK;

	*out = arena_str(a, domain);
	if (ldh_name(domain, true) || (domain.n > 0 && domain.p[0] == '['))
		return GW_OK;
	rc = idn2_lookup_u8((const uint8_t *)out->p, &ascii, IDNA_FLAGS);
	if (rc == IDN2_OK)
		*out = arena_str(a, str_of((const char *)ascii));
	idn2_free(ascii);
	return rc == IDN2_OK ? GW_OK : GW_BAD_INPUT;
}
