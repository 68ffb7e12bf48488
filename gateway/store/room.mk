# gateway/store/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
libstore_a_SOURCES = \
	gateway/store/dir/schema.c \
	gateway/store/case/schema.c \
	gateway/store/alert/schema.c \
	gateway/store/mail/schema.c \
	gateway/store/xmpp/schema.c \
	gateway/store/config.c gateway/store/config.h \
	gateway/store/kv.c gateway/store/kv.h \
	gateway/store/migrate.c gateway/store/migrate.h \
	gateway/store/sql.c gateway/store/sql.h gateway/store/sql_private.h \
	gateway/store/schema.h gateway/store/store.c gateway/store/store.h
