/* SPDX-License-Identifier: MIT */
/* block.h - sixteen bytes of text looked at in one go
 *
 * Compilers make two or three instructions of a comparison of such vectors, on
 * any machine.  A comparison gives -1 for each byte that fits, else 0.
 */
#ifndef GW_XMPP_XML_BLOCK_H
#define GW_XMPP_XML_BLOCK_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define XMPP_XML_BLOCK 16

typedef int8_t xmpp_xml_block __attribute__((vector_size(XMPP_XML_BLOCK)));

static inline xmpp_xml_block xmpp_xml_block_at(const void *p)
{
	xmpp_xml_block b;

	memcpy(&b, p, sizeof(b));
	return b;
}

/* How many bytes come before the first that fits. */
static inline size_t xmpp_xml_block_first(xmpp_xml_block fits)
{
	uint64_t half[2];

	memcpy(half, &fits, sizeof(half));
	if (half[0] != 0)
		return (size_t)__builtin_ctzll(le64toh(half[0])) / 8;
	if (half[1] != 0)
		return (size_t)__builtin_ctzll(le64toh(half[1])) / 8 + 8;
	return XMPP_XML_BLOCK;
}

#endif
