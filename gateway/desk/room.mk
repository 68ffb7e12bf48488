# gateway/desk/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libdesk.a
libdesk_a_SOURCES = \
	gateway/desk/card.c gateway/desk/card.h \
	gateway/desk/desk.c gateway/desk/desk.h \
	gateway/desk/verb.c gateway/desk/verb.h
