# xmpp/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libxmpp.a
libxmpp_a_SOURCES = \
	xmpp/jid.c xmpp/jid.h \
	xmpp/jid_domain.c xmpp/jid_domain.h \
	xmpp/precis.c xmpp/precis.h \
	xmpp/precis_class.c xmpp/precis_class.h \
	xmpp/precis_table.c xmpp/precis_table.h

# Addresses alone, without all that the room stands on.
L_XMPP_JID = libxmpp.a $(UNISTRING_LIBS) $(IDN_LIBS) $(L_BASE)

EXTRA_DIST += conf/gen-precis

check_PROGRAMS += tests/unit/xmpp/test_jid
tests_unit_xmpp_test_jid_SOURCES = tests/unit/xmpp/test_jid.c
tests_unit_xmpp_test_jid_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_jid_LDADD = $(L_XMPP_JID) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/xmpp/test_precis
tests_unit_xmpp_test_precis_SOURCES = tests/unit/xmpp/test_precis.c
tests_unit_xmpp_test_precis_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_precis_LDADD = $(L_XMPP_JID) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_jid
tests_fuzz_fuzz_jid_SOURCES = tests/fuzz/fuzz_jid.c tests/fuzz/replay.c
tests_fuzz_fuzz_jid_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/jid\"
tests_fuzz_fuzz_jid_LDADD = $(L_XMPP_JID)
EXTRA_DIST += tests/fuzz/corpus/jid
