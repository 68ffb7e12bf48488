/* SPDX-License-Identifier: MIT */
/* form.h - data forms (XEP-0004), as rooms need them: built, and read
 */
#ifndef GW_XMPP_MUC_FORM_H
#define GW_XMPP_MUC_FORM_H

#include "xmpp/xml/stanza.h"

#define XMPP_FORM_NS "jabber:x:data"

/* <x type='form'|'result'> with its FORM_TYPE. */
struct stanza *xmpp_form_new(struct arena *a, const char *type,
			     const char *form_type);
struct xmpp_form_field {
	const char *var;
	const char *type; /* "text-single", "boolean"...; NULL: none said */
	const char *label;
	struct str value;
	const char *const *options; /* value, label, ..., NULL; or NULL */
};
void xmpp_form_add(struct arena *a, struct stanza *form,
		   const struct xmpp_form_field *f);

/* The form below an element, NULL: none. */
const struct stanza *xmpp_form_of(const struct stanza *parent);
/* First value of a field; STR_NONE: the field is not there, "" : empty. */
struct str xmpp_form_value(struct arena *a, const struct stanza *form,
			   const char *var);
/* 1, 0, -1 not there, -2 neither yes nor no. */
int xmpp_form_bool(struct arena *a, const struct stanza *form, const char *var);

#endif
