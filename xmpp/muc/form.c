/* SPDX-License-Identifier: MIT */
/* form.c - data forms (XEP-0004), as rooms need them */
#include "xmpp/muc/form.h"

#define NS XMPP_FORM_NS

struct stanza *xmpp_form_new(struct arena *a, const char *type,
			     const char *form_type)
{
	struct stanza *x = stanza_new(a, "x", NS);

	stanza_set_attr(a, x, "type", str_of(type));
	xmpp_form_add(a, x,
		      &(struct xmpp_form_field){ .var = "FORM_TYPE",
						 .type = "hidden",
						 .value = str_of(form_type) });
	return x;
}

void xmpp_form_add(struct arena *a, struct stanza *form,
		   const struct xmpp_form_field *f)
{
	struct stanza *field = stanza_add_new(a, form, "field", NS);
	const char *const *o = f->options;

	stanza_set_attr(a, field, "var", str_of(f->var));
	if (f->type != NULL)
		stanza_set_attr(a, field, "type", str_of(f->type));
	if (f->label != NULL)
		stanza_set_attr(a, field, "label", str_of(f->label));
	stanza_add_leaf(a, field, "value", NS, f->value);
	for (; o != NULL && *o != NULL; o += 2) {
		struct stanza *option = stanza_add_new(a, field, "option", NS);

		stanza_set_attr(a, option, "label", str_of(o[1]));
		stanza_add_leaf(a, option, "value", NS, str_of(o[0]));
	}
}

const struct stanza *xmpp_form_of(const struct stanza *parent)
{
	return stanza_child(parent, "x", NS);
}

struct str xmpp_form_value(struct arena *a, const struct stanza *form,
			   const char *var)
{
	const struct stanza *f = stanza_child(form, "field", NS);
	struct str value;

	while (f != NULL && !str_is(stanza_attr(f, "var"), var))
		f = stanza_next(f, "field", NS);
	if (f == NULL)
		return STR_NONE;
	value = stanza_child_text(a, f, "value", NS);
	return value.p != NULL ? value : STR("");
}

int xmpp_form_bool(struct arena *a, const struct stanza *form, const char *var)
{
	struct str value = xmpp_form_value(a, form, var);

	if (value.p == NULL)
		return -1;
	if (str_is(value, "1") || str_is(value, "true"))
		return 1;
	return str_is(value, "0") || str_is(value, "false") ? 0 : -2;
}
