# gateway/net/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libnet.a
libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS) $(MHD_CFLAGS) $(CURL_CFLAGS) $(CARES_CFLAGS)
libnet_a_SOURCES = \
	gateway/net/address.c gateway/net/address.h \
	gateway/net/conn.c gateway/net/conn.h gateway/net/conn_private.h \
	gateway/net/conn_dial.c gateway/net/conn_io.c \
	gateway/net/conn_out.c gateway/net/conn_out.h \
	gateway/net/dns.c gateway/net/dns.h \
	gateway/net/httpc.c gateway/net/httpc.h \
	gateway/net/http.c gateway/net/http_stream.c \
	gateway/net/httpd.c gateway/net/httpd.h gateway/net/httpd_private.h \
	gateway/net/httpd_route.c gateway/net/httpd_route.h \
	gateway/net/httpd_tls.c \
	gateway/net/listener.c gateway/net/listener.h \
	gateway/net/net.c \
	gateway/net/tls.c gateway/net/tls.h gateway/net/tls_private.h \
	gateway/net/tls_self.c gateway/net/tls_server.c
