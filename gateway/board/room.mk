# gateway/board/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libboard.a
libboard_a_SOURCES = \
	gateway/board/board.c gateway/board/board.h
