# gateway/net/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libnet.a
libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS) $(MHD_CFLAGS) $(CURL_CFLAGS) $(CARES_CFLAGS)
libnet_a_SOURCES = \
	gateway/net/conn.c gateway/net/conn.h \
	gateway/net/dns.c gateway/net/dns.h \
	gateway/net/httpc.c gateway/net/httpc.h \
	gateway/net/httpd.c gateway/net/httpd.h \
	gateway/net/listener.c gateway/net/listener.h \
	gateway/net/tls.c gateway/net/tls.h
