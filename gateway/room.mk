# gateway/room.mk - the daemon: the composition root and all rooms
noinst_HEADERS = \
	gateway/seam/admin.h \
	gateway/seam/mailer.h \
	gateway/seam/messenger.h \
	gateway/seam/people.h

sbin_PROGRAMS += musterd
musterd_SOURCES = \
	gateway/main.c \
	gateway/wire.c gateway/wire.h gateway/wire_private.h \
	gateway/wire_admin.c gateway/wire_check.c \
	gateway/wire_config.c
musterd_LDADD = libweb.a libdesk.a libalerts.a libmta.a libdirectory.a \
	$(L_XMPP) $(LDAP_LIBS)
