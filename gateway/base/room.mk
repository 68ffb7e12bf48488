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
