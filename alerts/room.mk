# alerts/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libalerts.a
libalerts_a_SOURCES = \
	alerts/alerts.c alerts/alerts.h alerts/alerts_private.h \
	alerts/api/v2.c alerts/api/v2.h alerts/api/v2_read.c \
	alerts/conf.c alerts/conf.h \
	alerts/event.c alerts/event.h \
	alerts/fingerprint.c alerts/fingerprint.h \
	alerts/intake.c alerts/intake.h \
	alerts/labels.c alerts/labels.h \
	alerts/model.c alerts/model.h \
	alerts/rule/group.c alerts/rule/group.h \
	alerts/rule/group_words.c alerts/rule/group_words.h \
	alerts/rule/matcher.c alerts/rule/matcher.h \
	alerts/rule/pattern.c alerts/rule/pattern.h \
	alerts/rule/route.c alerts/rule/route.h \
	alerts/rule/words.c alerts/rule/words.h \
	alerts/source/alertmanager.c alerts/source/alertmanager.h \
	alerts/source/fields.c alerts/source/fields.h \
	alerts/source/own.c \
	alerts/source/source.c

# Tests that call the routes without a socket: no libnet.
ALERTS_SITE = tests/unit/alerts/site.c tests/unit/alerts/site.h \
	tests/unit/alerts/fake_http.c tests/unit/alerts/fake_http.h \
	tests/unit/case/place.c tests/unit/case/place.h

check_PROGRAMS += tests/unit/alerts/test_alerts
tests_unit_alerts_test_alerts_SOURCES = tests/unit/alerts/test_alerts.c $(ALERTS_SITE)
tests_unit_alerts_test_alerts_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_alerts_test_alerts_LDADD = libalerts.a $(L_CASE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/alerts/test_own
tests_unit_alerts_test_own_SOURCES = tests/unit/alerts/test_own.c $(ALERTS_SITE)
tests_unit_alerts_test_own_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_alerts_test_own_LDADD = libalerts.a $(L_CASE) $(CMOCKA_LIBS)

# host is no test: run.sh runs it.
noinst_PROGRAMS += tests/wire/alertmanager/host
TESTS += tests/wire/alertmanager/run.sh
EXTRA_DIST += tests/wire/alertmanager/run.sh
tests_wire_alertmanager_host_SOURCES = tests/wire/alertmanager/host.c
tests_wire_alertmanager_host_LDADD = $(L_ALERTS)

check_PROGRAMS += \
	tests/unit/alerts/test_fingerprint \
	tests/unit/alerts/test_http \
	tests/unit/alerts/test_route

tests_unit_alerts_test_fingerprint_SOURCES = tests/unit/alerts/test_fingerprint.c
tests_unit_alerts_test_fingerprint_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_alerts_test_fingerprint_LDADD = libalerts.a $(L_CASE) $(CMOCKA_LIBS)

tests_unit_alerts_test_http_SOURCES = tests/unit/alerts/test_http.c $(ALERTS_SITE)
tests_unit_alerts_test_http_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_alerts_test_http_LDADD = libalerts.a $(L_CASE) $(CMOCKA_LIBS)

tests_unit_alerts_test_route_SOURCES = tests/unit/alerts/test_route.c
tests_unit_alerts_test_route_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_alerts_test_route_LDADD = libalerts.a $(L_CASE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_webhook
tests_fuzz_fuzz_webhook_SOURCES = tests/fuzz/fuzz_webhook.c tests/fuzz/replay.c
tests_fuzz_fuzz_webhook_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/webhook\"
tests_fuzz_fuzz_webhook_LDADD = $(L_ALERTS)
EXTRA_DIST += tests/fuzz/corpus/webhook tests/fuzz/webhook.dict

noinst_PROGRAMS += tests/bench/bench_alerts
tests_bench_bench_alerts_SOURCES = tests/bench/bench_alerts.c $(ALERTS_SITE)
tests_bench_bench_alerts_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_bench_bench_alerts_LDADD = libalerts.a $(L_CASE) $(CMOCKA_LIBS)
