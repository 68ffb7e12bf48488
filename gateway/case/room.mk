# gateway/case/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libcase.a
libcase_a_SOURCES = \
	gateway/case/case.c gateway/case/case.h
