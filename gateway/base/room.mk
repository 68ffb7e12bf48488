# gateway/base/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	gateway/base/arena.c gateway/base/arena.h \
	gateway/base/buf.c gateway/base/buf.h \
	gateway/base/codec.c gateway/base/codec.h \
	gateway/base/err.c gateway/base/err.h \
	gateway/base/frame.c gateway/base/frame.h \
	gateway/base/list.h \
	gateway/base/map.c gateway/base/map.h \
	gateway/base/slot.c gateway/base/slot.h \
	gateway/base/str.c gateway/base/str.h \
	gateway/base/when.c gateway/base/when.h

check_PROGRAMS += \
	tests/unit/base/test_arena \
	tests/unit/base/test_buf \
	tests/unit/base/test_codec \
	tests/unit/base/test_err \
	tests/unit/base/test_frame \
	tests/unit/base/test_map \
	tests/unit/base/test_slot \
	tests/unit/base/test_str \
	tests/unit/base/test_when

tests_unit_base_test_arena_SOURCES = tests/unit/base/test_arena.c
tests_unit_base_test_arena_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_arena_LDADD = $(L_BASE) $(CMOCKA_LIBS)

tests_unit_base_test_buf_SOURCES = tests/unit/base/test_buf.c
tests_unit_base_test_buf_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_buf_LDADD = $(L_BASE) $(CMOCKA_LIBS)

tests_unit_base_test_codec_SOURCES = tests/unit/base/test_codec.c
tests_unit_base_test_codec_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_codec_LDADD = $(L_BASE) $(CMOCKA_LIBS)

tests_unit_base_test_err_SOURCES = tests/unit/base/test_err.c
tests_unit_base_test_err_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_err_LDADD = $(L_BASE) $(CMOCKA_LIBS)

tests_unit_base_test_frame_SOURCES = tests/unit/base/test_frame.c
tests_unit_base_test_frame_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_frame_LDADD = $(L_BASE) $(CMOCKA_LIBS)

tests_unit_base_test_map_SOURCES = tests/unit/base/test_map.c
tests_unit_base_test_map_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_map_LDADD = $(L_BASE) $(CMOCKA_LIBS)

tests_unit_base_test_slot_SOURCES = tests/unit/base/test_slot.c
tests_unit_base_test_slot_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_slot_LDADD = $(L_BASE) $(CMOCKA_LIBS)

tests_unit_base_test_str_SOURCES = tests/unit/base/test_str.c
tests_unit_base_test_str_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_str_LDADD = $(L_BASE) $(CMOCKA_LIBS)

tests_unit_base_test_when_SOURCES = tests/unit/base/test_when.c
tests_unit_base_test_when_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_when_LDADD = $(L_BASE) $(CMOCKA_LIBS)

# The rooms that must be pure, proved on their archives.
TESTS += tests/style/pure_rooms
EXTRA_DIST += tests/style/purity tests/style/pure_rooms
