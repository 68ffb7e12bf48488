# tests/room.mk - what this room is built of, and its tests

# Scenarios: the real rooms on a fake clock, a file a test.
if HAVE_CMOCKA
noinst_PROGRAMS += tests/scenario/scenario
endif
tests_scenario_scenario_SOURCES = tests/scenario/scenario.c
tests_scenario_scenario_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_scenario_scenario_LDADD = $(L_DESK) $(CMOCKA_LIBS)
TEST_EXTENSIONS = .scn
SCN_LOG_COMPILER = tests/scenario/scenario
SCENARIOS = \
	tests/scenario/a_claimant_who_leaves_loses_it.scn \
	tests/scenario/a_dead_link_goes_to_the_next.scn \
	tests/scenario/a_restart_resumes_every_ladder.scn \
	tests/scenario/alert_claimed_in_the_room.scn \
	tests/scenario/an_ack_runs_out.scn \
	tests/scenario/critical_climbs_person_by_person.scn \
	tests/scenario/dnd_is_respected.scn \
	tests/scenario/flapping_presence_draws_nothing.scn \
	tests/scenario/hand_over.scn \
	tests/scenario/mail_read_in_time_says_nothing_more.scn \
	tests/scenario/nobody_there_then_arrival.scn \
	tests/scenario/strangers_cannot_claim.scn \
	tests/scenario/unread_mail_climbs.scn \
	tests/scenario/who_was_asked_leaves.scn \
	tests/scenario/who_was_told_may_answer.scn
TESTS += $(SCENARIOS)
EXTRA_DIST += $(SCENARIOS)

# The wire tests, a file each, and what they share.
WIRE_TESTS = \
	tests/wire/alert \
	tests/wire/alert_body.py \
	tests/wire/browser.py \
	tests/wire/certificates \
	tests/wire/chat \
	tests/wire/classes_web \
	tests/wire/cli \
	tests/wire/component \
	tests/wire/config \
	tests/wire/console \
	tests/wire/console_board \
	tests/wire/crash \
	tests/wire/demo \
	tests/wire/federation.py \
	tests/wire/federation_classes \
	tests/wire/federation_dane \
	tests/wire/federation_direct \
	tests/wire/federation_dns \
	tests/wire/federation_ejabberd \
	tests/wire/federation_prosody \
	tests/wire/federation_restart \
	tests/wire/history \
	tests/wire/limits \
	tests/wire/login \
	tests/wire/mail \
	tests/wire/mail_kill \
	tests/wire/muster.py \
	tests/wire/people.py \
	tests/wire/postfix \
	tests/wire/quickstart \
	tests/wire/restart \
	tests/wire/resume.py \
	tests/wire/servers.py \
	tests/wire/signed.py \
	tests/wire/slapd \
	tests/wire/trace

EXTRA_DIST += quickstart .clang-format .ci/run \
	tests/soak tests/tsan tests/fuzz/run \
	tests/style/allow tests/style/banned tests/style/classes \
	tests/style/format \
	tests/style/headers tests/style/layers tests/style/lengths \
	tests/style/source.py $(WIRE_TESTS)

# The long runs, and the figures against other servers.
.PHONY: soak bench
soak:
	$(srcdir)/tests/soak
bench: all
	BUILD=$(abs_builddir) $(srcdir)/tests/bench/run

# What the figures are measured with.
noinst_PROGRAMS += tests/bench/load tests/bench/relay
tests_bench_load_SOURCES = tests/bench/load.h tests/bench/load.c \
	tests/bench/load_chat.c tests/bench/load_conn.c \
	tests/bench/load_fan.c tests/bench/load_login.c \
	tests/bench/load_session.c
tests_bench_load_LDADD = $(SSL_LIBS)
tests_bench_relay_SOURCES = tests/bench/relay.c
EXTRA_DIST += tests/bench/run

# Not in EXTRA_DIST: make would take the file for its own target `check`.
dist-hook:
	cp -p $(srcdir)/check $(distdir)/check
