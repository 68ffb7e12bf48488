# xmpp/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libxmpp.a
libxmpp_a_SOURCES = \
	xmpp/account.c xmpp/account.h \
	xmpp/component/component.c xmpp/component/component.h \
	xmpp/component/component_private.h \
	xmpp/component/conf.c xmpp/component/conf.h \
	xmpp/component/delegation.c xmpp/component/grant.h \
	xmpp/component/inbound.c \
	xmpp/component/nested.c xmpp/component/nested.h \
	xmpp/component/pending.c xmpp/component/pending.h \
	xmpp/component/presence.c \
	xmpp/component/privilege.c \
	xmpp/component/sent.c \
	xmpp/component/shown.c \
	xmpp/component/stream.c \
	xmpp/conf.c xmpp/conf.h xmpp/core.h \
	xmpp/fault.c xmpp/fault.h \
	xmpp/im/befriend.c xmpp/im/befriend.h \
	xmpp/im/delivery.c xmpp/im/delivery.h \
	xmpp/im/held.c xmpp/im/held.h \
	xmpp/im/iq.c xmpp/im/iq.h \
	xmpp/im/journal.c xmpp/im/journal.h \
	xmpp/im/keep.c xmpp/im/keep.h \
	xmpp/im/message.c xmpp/im/message.h \
	xmpp/im/offline.c xmpp/im/offline.h \
	xmpp/im/presence.c xmpp/im/presence.h \
	xmpp/im/roster.c xmpp/im/roster.h \
	xmpp/im/subscribe.c \
	xmpp/im/subscription.c xmpp/im/subscription.h \
	xmpp/inbound.c \
	xmpp/later.c \
	xmpp/limit.c xmpp/limit.h \
	xmpp/messenger.c \
	xmpp/module.c xmpp/module.h xmpp/modules.def \
	xmpp/query.c \
	xmpp/receipt.c xmpp/receipt.h \
	xmpp/route.c \
	xmpp/sasl/exchange.c \
	xmpp/sasl/external.c \
	xmpp/sasl/mechanism.c \
	xmpp/sasl/sasl.c xmpp/sasl/sasl.h xmpp/sasl/sasl_private.h \
	xmpp/sasl/scram.c xmpp/sasl/scram.h \
	xmpp/sasl/tries.c xmpp/sasl/tries.h \
	xmpp/s2s/admit.c \
	xmpp/s2s/conf.c xmpp/s2s/conf.h \
	xmpp/s2s/counts.c xmpp/s2s/counts.h \
	xmpp/s2s/dial.c xmpp/s2s/dial.h \
	xmpp/s2s/dialback.c xmpp/s2s/dialback.h \
	xmpp/s2s/in.c \
	xmpp/s2s/key.c xmpp/s2s/key.h \
	xmpp/s2s/limits.c \
	xmpp/s2s/link.c xmpp/s2s/link.h \
	xmpp/s2s/out.c \
	xmpp/s2s/report.c \
	xmpp/s2s/s2s.c xmpp/s2s/s2s.h xmpp/s2s/s2s_private.h \
	xmpp/s2s/sm.h xmpp/s2s/sm_in.c xmpp/s2s/sm_out.c xmpp/s2s/sm_save.c \
	xmpp/s2s/stream.c xmpp/s2s/stream.h \
	xmpp/s2s/trail.c xmpp/s2s/trail.h \
	xmpp/server.c xmpp/server.h xmpp/server_private.h \
	xmpp/service.c xmpp/service.h \
	xmpp/session.c \
	xmpp/stream/bind.c \
	xmpp/stream/features.c \
	xmpp/stream/header.c xmpp/stream/header.h \
	xmpp/stream/stream.c xmpp/stream/stream.h \
	xmpp/xep/carbons.h xmpp/xep/csi.h xmpp/xep/disco.h \
	xmpp/xep/fast.h xmpp/xep/sasl2.h \
	xmpp/xep/register.h \
	xmpp/xep/push.h \
	xmpp/xep/sm.c xmpp/xep/sm.h xmpp/xep/sm_private.h \
	xmpp/xep/sm_queue.c xmpp/xep/sm_save.c \
	xmpp/xep/xep0030_disco.c \
	xmpp/xep/xep0050_commands.c xmpp/xep/commands.h \
	xmpp/xep/xep0401_invite.c \
	xmpp/xep/xep0077_register.c \
	xmpp/xep/xep0115_caps.c \
	xmpp/xep/xep0199_ping.c \
	xmpp/xep/xep0280_carbons.c \
	xmpp/xep/xep0386_bind2.c \
	xmpp/xep/xep0388_sasl2.c \
	xmpp/xep/xep0480_upgrade.c \
	xmpp/xep/prefs.h \
	xmpp/xep/xep0441_prefs.c \
	xmpp/xep/xep0445_invitation.c \
	xmpp/xep/xep0484_fast.c \
	xmpp/xep/xep0352_csi.c \
	xmpp/xep/xep0357_push.c \
	xmpp/xep/xep0359_stanza_id.c \
	xmpp/xmpp.h \
	xmpp/jid.c xmpp/jid.h \
	xmpp/muc/admin.c \
	xmpp/muc/conf.c xmpp/muc/conf.h \
	xmpp/muc/disco.c \
	xmpp/muc/form.c xmpp/muc/form.h \
	xmpp/muc/history.c xmpp/muc/history.h \
	xmpp/muc/invite.c \
	xmpp/muc/join.c \
	xmpp/muc/message.c \
	xmpp/muc/muc.c xmpp/muc/muc.h \
	xmpp/muc/news.h \
	xmpp/muc/occupant.c xmpp/muc/occupant.h \
	xmpp/muc/owner.c \
	xmpp/muc/presence.c \
	xmpp/muc/recall.c \
	xmpp/muc/relay.c \
	xmpp/muc/room.c xmpp/muc/room.h \
	xmpp/muc/save.c \
	xmpp/muc/seam.c \
	xmpp/muc/standing.c \
	xmpp/muc/table.c xmpp/muc/table.h \
	xmpp/muc/whisper.c \
	xmpp/jid_domain.c xmpp/jid_domain.h \
	xmpp/precis.c xmpp/precis.h \
	xmpp/precis_class.c xmpp/precis_class.h \
	xmpp/precis_table.c xmpp/precis_table.h \
	xmpp/xml/block.h \
	xmpp/xml/char.c xmpp/xml/char.h \
	xmpp/xml/decl.c xmpp/xml/decl.h \
	xmpp/xml/fault.c xmpp/xml/fault.h \
	xmpp/xml/header.c \
	xmpp/xml/name.c xmpp/xml/name.h \
	xmpp/xml/ns.h \
	xmpp/xml/parse.c xmpp/xml/parse.h xmpp/xml/parse_private.h \
	xmpp/xml/scan.c xmpp/xml/scan.h \
	xmpp/xml/scope.c xmpp/xml/scope.h \
	xmpp/xml/stanza.c xmpp/xml/stanza.h \
	xmpp/xml/tag.c \
	xmpp/xml/text.c xmpp/xml/text.h \
	xmpp/xml/write.c xmpp/xml/write.h

# Addresses alone, without all that the room stands on.
L_XMPP_JID = libxmpp.a $(UNISTRING_LIBS) $(IDN_LIBS) $(L_BASE)

EXTRA_DIST += conf/gen-precis

check_PROGRAMS += tests/unit/xmpp/test_jid
tests_unit_xmpp_test_jid_SOURCES = tests/unit/xmpp/test_jid.c
tests_unit_xmpp_test_jid_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_jid_LDADD = $(L_XMPP_JID) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/xmpp/test_precis
tests_unit_xmpp_test_precis_SOURCES = tests/unit/xmpp/test_precis.c
tests_unit_xmpp_test_precis_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_precis_LDADD = $(L_XMPP_JID) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_jid
tests_fuzz_fuzz_jid_SOURCES = tests/fuzz/fuzz_jid.c tests/fuzz/replay.c
tests_fuzz_fuzz_jid_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/jid\"
tests_fuzz_fuzz_jid_LDADD = $(L_XMPP_JID)
EXTRA_DIST += tests/fuzz/corpus/jid

# XML alone, without all that the room stands on.
L_XMPP_XML = libxmpp.a $(L_BASE)

check_PROGRAMS += tests/unit/xmpp/test_tries
tests_unit_xmpp_test_tries_SOURCES = tests/unit/xmpp/test_tries.c
tests_unit_xmpp_test_tries_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_tries_LDADD = $(L_XMPP_XML) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/xmpp/test_xml_scan
tests_unit_xmpp_test_xml_scan_SOURCES = tests/unit/xmpp/test_xml_scan.c
tests_unit_xmpp_test_xml_scan_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_xml_scan_LDADD = $(L_XMPP_XML) $(CMOCKA_LIBS)

XML_FIXTURE = tests/unit/xmpp/xml_fixture.h tests/unit/xmpp/xml_dump.h
check_PROGRAMS += tests/unit/xmpp/test_xml_parse
tests_unit_xmpp_test_xml_parse_SOURCES = tests/unit/xmpp/test_xml_parse.c $(XML_FIXTURE)
tests_unit_xmpp_test_xml_parse_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_xml_parse_LDADD = $(L_XMPP_XML) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/xmpp/test_xml_rules
tests_unit_xmpp_test_xml_rules_SOURCES = tests/unit/xmpp/test_xml_rules.c $(XML_FIXTURE)
tests_unit_xmpp_test_xml_rules_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_xml_rules_LDADD = $(L_XMPP_XML) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/xmpp/test_xml_write
tests_unit_xmpp_test_xml_write_SOURCES = tests/unit/xmpp/test_xml_write.c tests/unit/xmpp/xml_dump.h
tests_unit_xmpp_test_xml_write_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_xml_write_LDADD = $(L_XMPP_XML) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_xml_stream
tests_fuzz_fuzz_xml_stream_SOURCES = tests/fuzz/fuzz_xml_stream.c tests/fuzz/replay.c tests/unit/xmpp/xml_dump.h
tests_fuzz_fuzz_xml_stream_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/xml_stream\"
tests_fuzz_fuzz_xml_stream_LDADD = $(L_XMPP_XML)
EXTRA_DIST += tests/fuzz/corpus/xml_stream tests/fuzz/xml_stream.dict

# expat, another reader of the same XML.
if HAVE_EXPAT
check_PROGRAMS += tests/fuzz/fuzz_xml_oracle
endif
tests_fuzz_fuzz_xml_oracle_SOURCES = tests/fuzz/fuzz_xml_oracle.c tests/fuzz/replay.c
tests_fuzz_fuzz_xml_oracle_CPPFLAGS = $(AM_CPPFLAGS) $(EXPAT_CFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/xml_oracle\"
tests_fuzz_fuzz_xml_oracle_LDADD = $(L_XMPP_XML) $(EXPAT_LIBS)
EXTRA_DIST += tests/fuzz/corpus/xml_oracle

noinst_PROGRAMS += tests/bench/bench_xml
tests_bench_bench_xml_SOURCES = tests/bench/bench_xml.c
tests_bench_bench_xml_LDADD = $(L_XMPP_XML)

# The whole server on the fake loop.
XMPP_HARNESS = tests/unit/xmpp/harness.c tests/unit/xmpp/harness.h
L_XMPP_TEST = libxmpp.a $(UNISTRING_LIBS) $(IDN_LIBS) libpool.a libboard.a libengine.a libstore.a $(SQLITE_LIBS) $(L_NET) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/xmpp/test_chat
tests_unit_xmpp_test_chat_SOURCES = tests/unit/xmpp/test_chat.c $(XMPP_HARNESS)
tests_unit_xmpp_test_chat_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_chat_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_s2s_key tests/unit/xmpp/test_s2s \
	tests/unit/xmpp/test_s2s_report tests/unit/xmpp/test_s2s_sm \
	tests/unit/xmpp/test_s2s_room
tests_unit_xmpp_test_s2s_room_SOURCES = tests/unit/xmpp/test_s2s_room.c $(FAR_TESTS)
tests_unit_xmpp_test_s2s_room_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_s2s_room_LDADD = $(L_XMPP_TEST)
tests_unit_xmpp_test_s2s_report_SOURCES = tests/unit/xmpp/test_s2s_report.c $(FAR_TESTS)
tests_unit_xmpp_test_s2s_report_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_s2s_report_LDADD = $(L_XMPP_TEST)

tests_unit_xmpp_test_s2s_key_SOURCES = tests/unit/xmpp/test_s2s_key.c
tests_unit_xmpp_test_s2s_key_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_s2s_key_LDADD = $(L_XMPP_TEST)
FAR_TESTS = tests/unit/xmpp/far.c tests/unit/xmpp/far.h $(XMPP_HARNESS)
tests_unit_xmpp_test_s2s_SOURCES = tests/unit/xmpp/test_s2s.c $(FAR_TESTS)
tests_unit_xmpp_test_s2s_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_s2s_LDADD = $(L_XMPP_TEST)
tests_unit_xmpp_test_s2s_sm_SOURCES = tests/unit/xmpp/test_s2s_sm.c \
	tests/unit/xmpp/peer.c tests/unit/xmpp/peer.h $(FAR_TESTS)
tests_unit_xmpp_test_s2s_sm_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_s2s_sm_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/fuzz/fuzz_s2s
tests_fuzz_fuzz_s2s_SOURCES = tests/fuzz/fuzz_s2s.c tests/fuzz/replay.c $(FAR_TESTS)
tests_fuzz_fuzz_s2s_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/s2s\"
tests_fuzz_fuzz_s2s_LDADD = $(L_XMPP_TEST)
EXTRA_DIST += tests/fuzz/corpus/s2s

MUC_TESTS = tests/unit/xmpp/muc.c tests/unit/xmpp/muc.h $(XMPP_HARNESS)

check_PROGRAMS += tests/unit/xmpp/test_muc
tests_unit_xmpp_test_muc_SOURCES = tests/unit/xmpp/test_muc.c $(MUC_TESTS)
tests_unit_xmpp_test_muc_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_muc_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_muc_seam
tests_unit_xmpp_test_muc_seam_SOURCES = tests/unit/xmpp/test_muc_seam.c $(MUC_TESTS)
tests_unit_xmpp_test_muc_seam_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_muc_seam_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_stream
tests_unit_xmpp_test_stream_SOURCES = tests/unit/xmpp/test_stream.c $(XMPP_HARNESS)
tests_unit_xmpp_test_stream_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_stream_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_im
tests_unit_xmpp_test_im_SOURCES = tests/unit/xmpp/test_im.c $(XMPP_HARNESS)
tests_unit_xmpp_test_im_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_im_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_sm
tests_unit_xmpp_test_sm_SOURCES = tests/unit/xmpp/test_sm.c $(XMPP_HARNESS)
tests_unit_xmpp_test_sm_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_sm_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_losses
tests_unit_xmpp_test_losses_SOURCES = tests/unit/xmpp/test_losses.c tests/unit/xmpp/peer.c tests/unit/xmpp/peer.h $(MUC_TESTS)
tests_unit_xmpp_test_losses_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_losses_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_csi
tests_unit_xmpp_test_csi_SOURCES = tests/unit/xmpp/test_csi.c tests/unit/xmpp/peer.c tests/unit/xmpp/peer.h $(XMPP_HARNESS)
tests_unit_xmpp_test_csi_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_csi_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_push
tests_unit_xmpp_test_push_SOURCES = tests/unit/xmpp/test_push.c tests/unit/xmpp/peer.c tests/unit/xmpp/peer.h $(XMPP_HARNESS)
tests_unit_xmpp_test_push_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_push_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_archive
tests_unit_xmpp_test_archive_SOURCES = tests/unit/xmpp/test_archive.c tests/unit/xmpp/peer.c tests/unit/xmpp/peer.h $(MUC_TESTS)
tests_unit_xmpp_test_archive_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_archive_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_moments
tests_unit_xmpp_test_moments_SOURCES = tests/unit/xmpp/test_moments.c tests/unit/xmpp/peer.c tests/unit/xmpp/peer.h $(MUC_TESTS)
tests_unit_xmpp_test_moments_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_moments_LDADD = $(L_XMPP_TEST)
check_PROGRAMS += tests/unit/xmpp/test_lives
tests_unit_xmpp_test_lives_SOURCES = tests/unit/xmpp/test_lives.c tests/unit/xmpp/peer.c tests/unit/xmpp/peer.h $(XMPP_HARNESS)
tests_unit_xmpp_test_lives_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_lives_LDADD = $(L_XMPP_TEST)
check_PROGRAMS += tests/unit/xmpp/test_prefs
tests_unit_xmpp_test_prefs_SOURCES = tests/unit/xmpp/test_prefs.c tests/unit/xmpp/peer.c tests/unit/xmpp/peer.h $(XMPP_HARNESS)
tests_unit_xmpp_test_prefs_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_prefs_LDADD = $(L_XMPP_TEST)
check_PROGRAMS += tests/unit/xmpp/test_restart
tests_unit_xmpp_test_restart_SOURCES = tests/unit/xmpp/test_restart.c tests/unit/xmpp/peer.c tests/unit/xmpp/peer.h $(MUC_TESTS)
tests_unit_xmpp_test_restart_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_restart_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_messenger
tests_unit_xmpp_test_messenger_SOURCES = tests/unit/xmpp/test_messenger.c $(XMPP_HARNESS)
tests_unit_xmpp_test_messenger_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_messenger_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_sasl
tests_unit_xmpp_test_sasl_SOURCES = tests/unit/xmpp/test_sasl.c $(XMPP_HARNESS)
tests_unit_xmpp_test_sasl_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_sasl_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_subscription
tests_unit_xmpp_test_subscription_SOURCES = tests/unit/xmpp/test_subscription.c
tests_unit_xmpp_test_subscription_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_subscription_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_delivery
tests_unit_xmpp_test_delivery_SOURCES = tests/unit/xmpp/test_delivery.c
tests_unit_xmpp_test_delivery_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_delivery_LDADD = $(L_XMPP_TEST)

SECURE_TESTS = tests/unit/xmpp/secure.c tests/unit/xmpp/secure.h $(XMPP_HARNESS)

check_PROGRAMS += tests/unit/xmpp/test_tls_login
tests_unit_xmpp_test_tls_login_SOURCES = tests/unit/xmpp/test_tls_login.c $(SECURE_TESTS)
tests_unit_xmpp_test_tls_login_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS)
tests_unit_xmpp_test_tls_login_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/fuzz/fuzz_c2s
tests_fuzz_fuzz_c2s_SOURCES = tests/fuzz/fuzz_c2s.c tests/fuzz/replay.c $(XMPP_HARNESS)
tests_fuzz_fuzz_c2s_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/c2s\"
tests_fuzz_fuzz_c2s_LDADD = $(L_XMPP_TEST)
EXTRA_DIST += tests/fuzz/corpus/c2s
check_PROGRAMS += tests/unit/xmpp/test_muc_admin
tests_unit_xmpp_test_muc_admin_SOURCES = tests/unit/xmpp/test_muc_admin.c $(MUC_TESTS)
tests_unit_xmpp_test_muc_admin_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_muc_admin_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_muc_table
tests_unit_xmpp_test_muc_table_SOURCES = tests/unit/xmpp/test_muc_table.c
tests_unit_xmpp_test_muc_table_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_muc_table_LDADD = libxmpp.a $(L_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/xmpp/test_muc_history
tests_unit_xmpp_test_muc_history_SOURCES = tests/unit/xmpp/test_muc_history.c
tests_unit_xmpp_test_muc_history_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_muc_history_LDADD = libxmpp.a $(L_BASE) $(CMOCKA_LIBS)

noinst_PROGRAMS += tests/bench/bench_muc
tests_bench_bench_muc_SOURCES = tests/bench/bench_muc.c $(MUC_TESTS)
tests_bench_bench_muc_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_bench_bench_muc_LDADD = $(L_XMPP_TEST)
LOGIN_TESTS = tests/unit/xmpp/login.c tests/unit/xmpp/login.h $(XMPP_HARNESS)

check_PROGRAMS += tests/unit/xmpp/test_sasl2
tests_unit_xmpp_test_sasl2_SOURCES = tests/unit/xmpp/test_sasl2.c $(LOGIN_TESTS)
tests_unit_xmpp_test_sasl2_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_sasl2_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_fast
tests_unit_xmpp_test_fast_SOURCES = tests/unit/xmpp/test_fast.c $(LOGIN_TESTS)
tests_unit_xmpp_test_fast_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_fast_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_external
tests_unit_xmpp_test_external_SOURCES = tests/unit/xmpp/test_external.c $(SECURE_TESTS)
tests_unit_xmpp_test_external_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS)
tests_unit_xmpp_test_external_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_classes_login
tests_unit_xmpp_test_classes_login_SOURCES = tests/unit/xmpp/test_classes_login.c tests/unit/xmpp/login.c tests/unit/xmpp/login.h $(SECURE_TESTS)
tests_unit_xmpp_test_classes_login_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS)
tests_unit_xmpp_test_classes_login_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/fuzz/fuzz_sasl
tests_fuzz_fuzz_sasl_SOURCES = tests/fuzz/fuzz_sasl.c tests/fuzz/replay.c $(XMPP_HARNESS)
tests_fuzz_fuzz_sasl_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/sasl\"
tests_fuzz_fuzz_sasl_LDADD = $(L_XMPP_TEST)
EXTRA_DIST += tests/fuzz/corpus/sasl

# GNU SASL is an oracle of tests only.
if HAVE_GSASL
check_PROGRAMS += tests/unit/xmpp/test_gsasl
tests_unit_xmpp_test_gsasl_SOURCES = tests/unit/xmpp/test_gsasl.c $(SECURE_TESTS)
tests_unit_xmpp_test_gsasl_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS) $(GSASL_CFLAGS)
tests_unit_xmpp_test_gsasl_LDADD = $(L_XMPP_TEST) $(GSASL_LIBS)
endif

check_PROGRAMS += tests/unit/xmpp/test_register
tests_unit_xmpp_test_register_SOURCES = tests/unit/xmpp/test_register.c $(LOGIN_TESTS)
tests_unit_xmpp_test_register_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_register_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_commands
tests_unit_xmpp_test_commands_SOURCES = tests/unit/xmpp/test_commands.c $(LOGIN_TESTS)
tests_unit_xmpp_test_commands_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_commands_LDADD = $(L_XMPP_TEST)

COMPONENT_TESTS = tests/unit/xmpp/component.c tests/unit/xmpp/component.h $(XMPP_HARNESS)

check_PROGRAMS += tests/unit/xmpp/test_component
tests_unit_xmpp_test_component_SOURCES = tests/unit/xmpp/test_component.c $(COMPONENT_TESTS)
tests_unit_xmpp_test_component_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_component_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_component_delegation
tests_unit_xmpp_test_component_delegation_SOURCES = tests/unit/xmpp/test_component_delegation.c $(COMPONENT_TESTS)
tests_unit_xmpp_test_component_delegation_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_component_delegation_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_component_privilege
tests_unit_xmpp_test_component_privilege_SOURCES = tests/unit/xmpp/test_component_privilege.c $(COMPONENT_TESTS)
tests_unit_xmpp_test_component_privilege_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_component_privilege_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_component_tree
tests_unit_xmpp_test_component_tree_SOURCES = tests/unit/xmpp/test_component_tree.c $(COMPONENT_TESTS)
tests_unit_xmpp_test_component_tree_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_component_tree_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/fuzz/fuzz_component
tests_fuzz_fuzz_component_SOURCES = tests/fuzz/fuzz_component.c tests/fuzz/replay.c $(COMPONENT_TESTS)
tests_fuzz_fuzz_component_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/component\"
tests_fuzz_fuzz_component_LDADD = $(L_XMPP_TEST)
EXTRA_DIST += tests/fuzz/corpus/component

check_PROGRAMS += tests/unit/xmpp/test_limits
tests_unit_xmpp_test_limits_SOURCES = tests/unit/xmpp/test_limits.c tests/unit/xmpp/far.c tests/unit/xmpp/far.h tests/unit/xmpp/component.c tests/unit/xmpp/component.h $(SECURE_TESTS)
tests_unit_xmpp_test_limits_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS)
tests_unit_xmpp_test_limits_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_classes_im
tests_unit_xmpp_test_classes_im_SOURCES = tests/unit/xmpp/test_classes_im.c tests/unit/xmpp/component.c tests/unit/xmpp/component.h $(XMPP_HARNESS)
tests_unit_xmpp_test_classes_im_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_xmpp_test_classes_im_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_rfc6120
tests_unit_xmpp_test_rfc6120_SOURCES = tests/unit/xmpp/test_rfc6120.c tests/unit/xmpp/steps.c tests/unit/xmpp/steps.h tests/unit/xmpp/component.c tests/unit/xmpp/component.h tests/unit/xmpp/far.c tests/unit/xmpp/far.h $(SECURE_TESTS)
tests_unit_xmpp_test_rfc6120_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS)
tests_unit_xmpp_test_rfc6120_LDADD = $(L_XMPP_TEST)

check_PROGRAMS += tests/unit/xmpp/test_classes_stream
tests_unit_xmpp_test_classes_stream_SOURCES = tests/unit/xmpp/test_classes_stream.c tests/unit/xmpp/steps.c tests/unit/xmpp/steps.h tests/unit/xmpp/component.c tests/unit/xmpp/component.h $(SECURE_TESTS)
tests_unit_xmpp_test_classes_stream_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SSL_CFLAGS)
tests_unit_xmpp_test_classes_stream_LDADD = $(L_XMPP_TEST)
