/* SPDX-License-Identifier: MIT */
/* header.h - the stream header: judged, answered (RFC 6120 4.7)
 */
#ifndef GW_XMPP_STREAM_HEADER_H
#define GW_XMPP_STREAM_HEADER_H

#include "xmpp/stream/stream.h"

/* Returns the stream error it deserves; NULL: answered, features sent. */
const char *xmpp_stream_header(struct xmpp_stream *s, struct str text);
/* RFC 6120 4.7.5: no version is 0.9; a later major one gets ours. */
bool xmpp_stream_version_fits(struct str version);
/* Our own header; to: bare JID of the client if it said one. */
void xmpp_stream_open(struct xmpp_stream *s, struct str to);

#endif
