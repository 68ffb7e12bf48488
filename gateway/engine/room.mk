# gateway/engine/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	gateway/engine/choose.c gateway/engine/choose.h \
	gateway/engine/ladder.c gateway/engine/ladder.h \
	gateway/engine/presence.c gateway/engine/presence.h

check_PROGRAMS += \
	tests/unit/engine/test_choose \
	tests/unit/engine/test_ladder \
	tests/unit/engine/test_presence

tests_unit_engine_test_choose_SOURCES = tests/unit/engine/test_choose.c
tests_unit_engine_test_choose_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_test_choose_LDADD = $(L_ENGINE) $(CMOCKA_LIBS)

tests_unit_engine_test_ladder_SOURCES = tests/unit/engine/test_ladder.c
tests_unit_engine_test_ladder_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_test_ladder_LDADD = $(L_ENGINE) $(CMOCKA_LIBS)

tests_unit_engine_test_presence_SOURCES = tests/unit/engine/test_presence.c
tests_unit_engine_test_presence_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_test_presence_LDADD = $(L_ENGINE) $(CMOCKA_LIBS)
