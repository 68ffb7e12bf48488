# gateway/engine/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	gateway/engine/choose.c gateway/engine/choose.h \
	gateway/engine/ladder.c gateway/engine/ladder.h \
	gateway/engine/presence.c gateway/engine/presence.h
