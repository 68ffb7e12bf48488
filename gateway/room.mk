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
	gateway/wire_admin.c gateway/wire_certs.c gateway/wire_check.c \
	gateway/wire_config.c
musterd_LDADD = libweb.a libdesk.a libalerts.a libmta.a libdirectory.a \
	$(L_XMPP) $(LDAP_LIBS)

# The daemon prints its own manual from the rows of its options.
nodist_man_MANS += conf/muster.yaml.5
conf/muster.yaml.5: musterd$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) conf && ./musterd$(EXEEXT) --manual >$@.tmp && mv $@.tmp $@

exampledir = $(docdir)/examples
dist_example_DATA = conf/muster.yaml.example

unitdir = $(prefix)/lib/systemd/system
nodist_unit_DATA = conf/installed/musterd.service
conf/installed/musterd.service: conf/musterd.service
	$(AM_V_GEN)$(MKDIR_P) conf/installed && sed 's|/usr/sbin/|$(sbindir)/|' $(srcdir)/conf/musterd.service >$@

CLEANFILES += conf/muster.yaml.5 conf/installed/musterd.service

installcheck-local:
	$(DESTDIR)$(sbindir)/musterd --manual | cmp - $(DESTDIR)$(mandir)/man5/muster.yaml.5
	$(DESTDIR)$(sbindir)/musterd -c $(DESTDIR)$(docdir)/examples/muster.yaml.example --check
	grep -q '^ExecStart=$(sbindir)/musterd ' $(DESTDIR)$(prefix)/lib/systemd/system/musterd.service
	test -x $(DESTDIR)$(bindir)/muster -a -f $(DESTDIR)$(mandir)/man1/muster.1 -a -f $(DESTDIR)$(mandir)/man8/musterd.8
