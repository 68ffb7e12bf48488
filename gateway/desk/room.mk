# gateway/desk/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libdesk.a
libdesk_a_SOURCES = \
	gateway/desk/card.c gateway/desk/card.h \
	gateway/desk/desk.c gateway/desk/desk.h \
	gateway/desk/verb.c gateway/desk/verb.h

check_PROGRAMS += tests/unit/desk/test_verb
tests_unit_desk_test_verb_SOURCES = tests/unit/desk/test_verb.c
tests_unit_desk_test_verb_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_desk_test_verb_LDADD = $(L_DESK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/desk/test_card
tests_unit_desk_test_card_SOURCES = tests/unit/desk/test_card.c
tests_unit_desk_test_card_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_desk_test_card_LDADD = $(L_DESK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/desk/test_desk
tests_unit_desk_test_desk_SOURCES = tests/unit/desk/test_desk.c \
	tests/unit/case/place.c tests/unit/case/place.h
tests_unit_desk_test_desk_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_desk_test_desk_LDADD = $(L_DESK) $(CMOCKA_LIBS)
