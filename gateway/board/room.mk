# gateway/board/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libboard.a
libboard_a_SOURCES = \
	gateway/board/board.c gateway/board/board.h

check_PROGRAMS += tests/unit/board/test_board
tests_unit_board_test_board_SOURCES = tests/unit/board/test_board.c
tests_unit_board_test_board_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_board_test_board_LDADD = $(L_BOARD) $(CMOCKA_LIBS)
