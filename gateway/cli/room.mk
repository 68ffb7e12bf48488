# gateway/cli/room.mk - what this room is built of, and its tests
bin_PROGRAMS += muster
muster_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(STROPHE_CFLAGS)
muster_SOURCES = \
	gateway/cli/command.c gateway/cli/command.h \
	gateway/cli/command_case.c \
	gateway/cli/command_conf.c \
	gateway/cli/command_import.c \
	gateway/cli/command_invite.c \
	gateway/cli/command_s2s.c gateway/cli/command_show.c \
	gateway/cli/command_user.c \
	gateway/cli/control.c gateway/cli/control.h \
	gateway/cli/csv.c gateway/cli/csv.h \
	gateway/cli/demo.c gateway/cli/demo_private.h \
	gateway/cli/demo_alert.c gateway/cli/demo_mail.c \
	gateway/cli/demo_event.c gateway/cli/demo_event.h \
	gateway/cli/demo_person.c gateway/cli/demo_person.h \
	gateway/cli/demo_say.c gateway/cli/demo_say.h \
	gateway/cli/demo_send.c gateway/cli/demo_send.h \
	gateway/cli/demo_set.c \
	gateway/cli/muster.c \
	gateway/cli/secret.c gateway/cli/secret.h \
	gateway/cli/table.c gateway/cli/table.h
muster_LDADD = $(L_CONFIG) $(CURL_LIBS) $(STROPHE_LIBS)

dist_man_MANS += conf/muster.1 conf/musterd.8
EXTRA_DIST += conf/musterd.service quickstart

check_PROGRAMS += tests/unit/cli/test_csv
tests_unit_cli_test_csv_SOURCES = tests/unit/cli/test_csv.c \
	gateway/cli/csv.c gateway/cli/csv.h
tests_unit_cli_test_csv_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_test_csv_LDADD = $(L_BASE) $(CMOCKA_LIBS)
