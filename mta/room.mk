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
	mta/letter.c mta/letter.h \
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

check_PROGRAMS += tests/unit/mta/test_ask
tests_unit_mta_test_ask_SOURCES = tests/unit/mta/test_ask.c $(MTA_PLACE)
tests_unit_mta_test_ask_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_mta_test_ask_LDADD = $(L_MTA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/mta/test_out
tests_unit_mta_test_out_SOURCES = tests/unit/mta/test_out.c $(MTA_PLACE)
tests_unit_mta_test_out_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_mta_test_out_LDADD = $(L_MTA) $(CMOCKA_LIBS)

# One fuzz target and one corpus for each parser.
check_PROGRAMS += tests/fuzz/fuzz_smtp
tests_fuzz_fuzz_smtp_SOURCES = tests/fuzz/fuzz_smtp.c tests/fuzz/replay.c
tests_fuzz_fuzz_smtp_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/smtp\"
tests_fuzz_fuzz_smtp_LDADD = $(L_MTA)
EXTRA_DIST += tests/fuzz/corpus/smtp
check_PROGRAMS += tests/fuzz/fuzz_mail_header
tests_fuzz_fuzz_mail_header_SOURCES = tests/fuzz/fuzz_mail_header.c tests/fuzz/replay.c
tests_fuzz_fuzz_mail_header_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/mail_header\"
tests_fuzz_fuzz_mail_header_LDADD = $(L_MTA)
EXTRA_DIST += tests/fuzz/corpus/mail_header
check_PROGRAMS += tests/fuzz/fuzz_ask_policy
tests_fuzz_fuzz_ask_policy_SOURCES = tests/fuzz/fuzz_ask_policy.c tests/fuzz/replay.c
tests_fuzz_fuzz_ask_policy_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/ask_policy\"
tests_fuzz_fuzz_ask_policy_LDADD = $(L_MTA)
EXTRA_DIST += tests/fuzz/corpus/ask_policy
check_PROGRAMS += tests/fuzz/fuzz_ask_socketmap
tests_fuzz_fuzz_ask_socketmap_SOURCES = tests/fuzz/fuzz_ask_socketmap.c tests/fuzz/replay.c
tests_fuzz_fuzz_ask_socketmap_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/ask_socketmap\"
tests_fuzz_fuzz_ask_socketmap_LDADD = $(L_MTA)
EXTRA_DIST += tests/fuzz/corpus/ask_socketmap
