/* SPDX-License-Identifier: MIT */
/* receipt.c - the prefix of inbound stanzas that is handled */
#include "xmpp/receipt.h"

#include "xmpp/xep/sm.h"

struct xmpp_receipt *xmpp_receipt_new(struct xmpp_session *s)
{
	struct xmpp_receipt *r = mem_new(sizeof(*r));

	list_init(&r->link);
	r->x = s->x;
	r->session = s->handle;
	r->refs = 1;
	return r;
}

struct xmpp_receipt *xmpp_receipt_own(struct xmpp *x,
				      void (*settled)(void *arg, enum gw_err e),
				      void *arg)
{
	struct xmpp_receipt *r = mem_new(sizeof(*r));

	list_init(&r->link);
	r->x = x;
	r->refs = 1;
	r->settled = settled;
	r->arg = arg;
	return r;
}

struct xmpp_receipt *xmpp_receipt_ref(struct xmpp_receipt *r)
{
	if (r == NULL)
		return NULL;
	r->refs++;
	r->waited = true;
	if (r->sure)
		xmpp_sm_doubt(r);
	return r;
}

struct xmpp_receipt *xmpp_receipt_book(struct xmpp_receipt *r)
{
	if (r == NULL)
		return NULL;
	r->refs++;
	r->booked++;
	r->waited = true;
	return r;
}

void xmpp_receipt_unbook(struct xmpp_receipt *r)
{
	if (r == NULL)
		return;
	r->booked--;
	if (r->sure)
		xmpp_sm_doubt(r);
}

void xmpp_receipt_settle(struct xmpp_receipt **r)
{
	if (*r != NULL)
		(*r)->booked--;
	xmpp_receipt_unref(r);
}

void xmpp_receipt_unref(struct xmpp_receipt **r)
{
	struct xmpp_receipt *self = *r;
	struct xmpp_session *s;

	*r = NULL;
	if (self == NULL || --self->refs > 0)
		return;
	s = xmpp_session_get(self->x, self->session);
	if (s != NULL && s->sm != NULL && !list_empty(&self->link)) {
		xmpp_sm_handled(s, self);
		return;
	}
	list_del(&self->link);
	if (self->settled != NULL)
		self->settled(self->arg, self->result);
	mem_free(self);
}
