# web/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libweb.a
libweb_a_SOURCES = \
	web/admins.c web/admins.h \
	web/auth.c \
	web/body.c \
	web/cookie.c web/cookie.h \
	web/events.c web/events.h \
	web/first.c web/first.h \
	web/files.h \
	web/guard.c \
	web/limit.c web/limit.h \
	web/may.c web/may.h \
	web/pages.c \
	web/reply.c web/reply.h \
	web/rows.c \
	web/session.c web/session.h \
	web/status.c \
	web/web.c web/web.h web/web_private.h \
	web/words.c web/words.h \
	web/api/resources.def \
	web/api/configuration.c \
	web/api/console.c \
	web/api/health.c \
	web/api/cases.c \
	web/api/invitations.c \
	web/api/lists.c \
	web/api/me.c \
	web/api/orders.c \
	web/api/s2s.c \
	web/api/state.c \
	web/api/stream.c \
	web/api/users.c \
	web/api/users_import.c \
	web/api/who.c
nodist_libweb_a_SOURCES = web/files.c

WEB_STATIC = \
	$(srcdir)/web/static/app.html \
	$(srcdir)/web/static/app.js \
	$(srcdir)/web/static/api.js \
	$(srcdir)/web/static/dom.js \
	$(srcdir)/web/static/live.js \
	$(srcdir)/web/static/now.js \
	$(srcdir)/web/static/board.js \
	$(srcdir)/web/static/cases.js \
	$(srcdir)/web/static/timeline.js \
	$(srcdir)/web/static/mail.js \
	$(srcdir)/web/static/invite.html \
	$(srcdir)/web/static/invite.js \
	$(srcdir)/web/static/style.css \
	$(srcdir)/web/static/icon.svg
EXTRA_DIST += conf/embed $(WEB_STATIC)
CLEANFILES += web/files.c
web/files.c: $(srcdir)/conf/embed $(WEB_STATIC)
	$(AM_V_GEN)mkdir -p web && $(srcdir)/conf/embed $(WEB_STATIC) > $@.tmp && mv $@.tmp $@

WEB_TEST = tests/unit/web/house.c tests/unit/web/house.h

check_PROGRAMS += tests/unit/web/test_guard
tests_unit_web_test_guard_SOURCES = tests/unit/web/test_guard.c $(WEB_TEST)
tests_unit_web_test_guard_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_web_test_guard_LDADD = $(L_WEB) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/web/test_auth
tests_unit_web_test_auth_SOURCES = tests/unit/web/test_auth.c $(WEB_TEST)
tests_unit_web_test_auth_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_web_test_auth_LDADD = $(L_WEB) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/web/test_events
tests_unit_web_test_events_SOURCES = tests/unit/web/test_events.c $(WEB_TEST)
tests_unit_web_test_events_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_web_test_events_LDADD = $(L_WEB) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/web/test_api
tests_unit_web_test_api_SOURCES = tests/unit/web/test_api.c $(WEB_TEST)
tests_unit_web_test_api_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_web_test_api_LDADD = $(L_WEB) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/web/test_session
tests_unit_web_test_session_SOURCES = tests/unit/web/test_session.c
tests_unit_web_test_session_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_web_test_session_LDADD = $(L_WEB) $(CMOCKA_LIBS)
