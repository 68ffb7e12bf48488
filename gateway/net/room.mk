# gateway/net/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libnet.a
libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS) $(MHD_CFLAGS) $(CURL_CFLAGS) $(CARES_CFLAGS) $(UNBOUND_CFLAGS)
libnet_a_SOURCES = \
	gateway/net/address.c gateway/net/address.h \
	gateway/net/conn.c gateway/net/conn.h gateway/net/conn_private.h \
	gateway/net/conn_dial.c gateway/net/conn_io.c \
	gateway/net/conn_out.c gateway/net/conn_out.h \
	gateway/net/dns.c gateway/net/dns.h gateway/net/dns_private.h \
	gateway/net/dns_events.c gateway/net/dns_events.h \
	gateway/net/dns_secure.c \
	gateway/net/gate.c gateway/net/gate.h \
	gateway/net/httpc.c gateway/net/httpc.h \
	gateway/net/http.c gateway/net/http_stream.c \
	gateway/net/httpd.c gateway/net/httpd.h gateway/net/httpd_private.h \
	gateway/net/httpd_intake.c \
	gateway/net/httpd_route.c gateway/net/httpd_route.h \
	gateway/net/httpd_tls.c \
	gateway/net/listener.c gateway/net/listener.h \
	gateway/net/net.c \
	gateway/net/tls.c gateway/net/tls.h gateway/net/tls_dane.h gateway/net/tls_private.h \
	gateway/net/tls_peer.c gateway/net/tls_self.c gateway/net/tls_server.c

check_PROGRAMS += tests/unit/net/test_conn tests/unit/net/test_conn_tail \
	tests/unit/net/test_dns \
	tests/unit/net/test_listener tests/unit/net/test_tls

tests_unit_net_test_conn_tail_SOURCES = tests/unit/net/test_conn_tail.c
tests_unit_net_test_conn_tail_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_net_test_conn_tail_LDADD = $(L_NET) $(CMOCKA_LIBS)

tests_unit_net_test_conn_SOURCES = tests/unit/net/test_conn.c
tests_unit_net_test_conn_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_net_test_conn_LDADD = $(L_NET) $(CMOCKA_LIBS)

tests_unit_net_test_dns_SOURCES = tests/unit/net/test_dns.c
tests_unit_net_test_dns_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_net_test_dns_LDADD = $(L_NET) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/net/test_gate
tests_unit_net_test_gate_SOURCES = tests/unit/net/test_gate.c
tests_unit_net_test_gate_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_net_test_gate_LDADD = $(L_NET) $(CMOCKA_LIBS)

tests_unit_net_test_listener_SOURCES = tests/unit/net/test_listener.c
tests_unit_net_test_listener_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_net_test_listener_LDADD = $(L_NET) $(CMOCKA_LIBS)

tests_unit_net_test_tls_SOURCES = tests/unit/net/test_tls.c
tests_unit_net_test_tls_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS)
tests_unit_net_test_tls_LDADD = $(L_NET) $(SSL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/net/test_tls_peer
tests_unit_net_test_tls_peer_SOURCES = tests/unit/net/test_tls_peer.c
tests_unit_net_test_tls_peer_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS)
tests_unit_net_test_tls_peer_LDADD = $(L_NET) $(SSL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/net/test_httpc tests/unit/net/test_httpd \
	tests/unit/net/test_httpd_route tests/unit/net/test_httpd_tls

tests_unit_net_test_httpc_SOURCES = tests/unit/net/test_httpc.c
tests_unit_net_test_httpc_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_net_test_httpc_LDADD = $(L_NET) $(CMOCKA_LIBS)

tests_unit_net_test_httpd_SOURCES = tests/unit/net/test_httpd.c
tests_unit_net_test_httpd_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_net_test_httpd_LDADD = $(L_NET) $(CMOCKA_LIBS)

tests_unit_net_test_httpd_route_SOURCES = tests/unit/net/test_httpd_route.c
tests_unit_net_test_httpd_route_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_net_test_httpd_route_LDADD = $(L_NET) $(CMOCKA_LIBS)

tests_unit_net_test_httpd_tls_SOURCES = tests/unit/net/test_httpd_tls.c
tests_unit_net_test_httpd_tls_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS)
tests_unit_net_test_httpd_tls_LDADD = $(L_NET) $(SSL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_httpd_route
tests_fuzz_fuzz_httpd_route_SOURCES = tests/fuzz/fuzz_httpd_route.c tests/fuzz/replay.c
tests_fuzz_fuzz_httpd_route_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/httpd_route\"
tests_fuzz_fuzz_httpd_route_LDADD = $(L_NET)
EXTRA_DIST += tests/fuzz/corpus/httpd_route
