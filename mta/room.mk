# mta/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libmta.a
libmta_a_SOURCES = \
	mta/ask/ask.c \
	mta/conf.c mta/conf.h \
	mta/header.c mta/header.h \
	mta/hold.c \
	mta/in/ask_parse.h mta/in/ask_policy.c mta/in/ask_socketmap.c \
	mta/in/intake.c mta/in/intake.h \
	mta/in/lmtp.c mta/in/session.c mta/in/session.h mta/in/smtp.c \
	mta/in/settle.c mta/in/settle.h \
	mta/in/smtp_parse.c mta/in/smtp_parse.h \
	mta/letter.c \
	mta/mailer.c \
	mta/mta.c mta/mta.h mta/mta_private.h \
	mta/out/client.c mta/out/deliver.c mta/out/deliver.h \
	mta/out/maildir.c \
	mta/reply.c mta/reply.h \
	mta/route.c mta/route.h \
	mta/spool.c mta/spool.h \
	mta/track/maildir.c mta/track/watch.c

# The mail side with all it stands on, shared by the tests.
MTA_PLACE = tests/unit/mta/place.c tests/unit/mta/place.h

check_PROGRAMS += tests/unit/mta/test_mail
tests_unit_mta_test_mail_SOURCES = tests/unit/mta/test_mail.c $(MTA_PLACE)
tests_unit_mta_test_mail_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_mta_test_mail_LDADD = $(L_MTA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/mta/test_watch
tests_unit_mta_test_watch_SOURCES = tests/unit/mta/test_watch.c $(MTA_PLACE)
tests_unit_mta_test_watch_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_mta_test_watch_LDADD = $(L_MTA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/mta/test_parse
tests_unit_mta_test_parse_SOURCES = tests/unit/mta/test_parse.c
tests_unit_mta_test_parse_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_mta_test_parse_LDADD = $(L_MTA) $(CMOCKA_LIBS)
