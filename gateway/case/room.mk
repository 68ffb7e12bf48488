# gateway/case/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libcase.a
libcase_a_SOURCES = \
	gateway/case/case.c gateway/case/case.h gateway/case/case_private.h \
	gateway/case/case_act.c \
	gateway/case/case_conf.c \
	gateway/case/case_ladder.c \
	gateway/case/case_live.c \
	gateway/case/case_load.c \
	gateway/case/case_order.c \
	gateway/case/case_people.c \
	gateway/case/case_ping.c \
	gateway/case/case_rev.c \
	gateway/case/case_step.c

check_PROGRAMS += tests/unit/case/test_case
tests_unit_case_test_case_SOURCES = tests/unit/case/test_case.c \
	tests/unit/case/place.c tests/unit/case/place.h
tests_unit_case_test_case_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_case_test_case_LDADD = $(L_CASE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/case/test_case_conf
tests_unit_case_test_case_conf_SOURCES = tests/unit/case/test_case_conf.c
tests_unit_case_test_case_conf_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_case_test_case_conf_LDADD = $(L_CASE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/case/test_case_people
tests_unit_case_test_case_people_SOURCES = \
	tests/unit/case/test_case_people.c \
	tests/unit/case/place.c tests/unit/case/place.h
tests_unit_case_test_case_people_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_case_test_case_people_LDADD = $(L_CASE) $(CMOCKA_LIBS)
