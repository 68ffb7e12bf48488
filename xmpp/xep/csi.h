/* SPDX-License-Identifier: MIT */
/* csi.h - XEP-0352 as sessions and streams see it
 */
#ifndef GW_XMPP_XEP_CSI_H
#define GW_XMPP_XEP_CSI_H

#include "xmpp/server.h"

#define NS_CSI "urn:xmpp:csi:0"

enum xmpp_csi_class {
	CSI_NOW,   /* and all that was held before it */
	CSI_LATER, /* with the next that goes */
	CSI_LAST,  /* the same, and it replaces what had its key */
	CSI_NEVER,
};

/* PURE.  The class of a stanza for a client nobody looks at; local: of the
 * person's address. */
enum xmpp_csi_class xmpp_csi_class(struct arena *a, const struct stanza *st,
				   struct str local);

/* <active/>, <inactive/>.  Returns a stream error or NULL. */
const char *xmpp_csi_element(struct xmpp_session *s, const struct stanza *el);
void xmpp_csi_set(struct xmpp_session *s, bool inactive);
/* For an inactive session (s->csi): true, it was taken.  from: what it will
 * show, STR_NONE: as st says. */
bool xmpp_csi_hold(struct xmpp_session *s, const struct stanza *st,
		   struct str from, struct str head, struct frame *tail);
/* What is held goes now. */
void xmpp_csi_flush(struct xmpp_session *s);

#endif
