# gateway/run/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += librun.a
librun_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSON_CFLAGS) $(SSL_CFLAGS) $(ARGON_CFLAGS)
librun_a_SOURCES = \
	gateway/run/children.c gateway/run/children.h \
	gateway/run/children_spawn.c gateway/run/children_private.h \
	gateway/run/crypto.c gateway/run/crypto.h \
	gateway/run/crypto_pbkdf2.c \
	gateway/run/files.c gateway/run/files.h \
	gateway/run/jobs.c gateway/run/jobs.h \
	gateway/run/json.c gateway/run/json.h \
	gateway/run/json_check.c gateway/run/json_private.h \
	gateway/run/log.c gateway/run/log.h \
	gateway/run/loop.c gateway/run/loop.h gateway/run/loop_private.h \
	gateway/run/loop_ev.c gateway/run/loop_fake.c \
	gateway/run/metrics.c gateway/run/metrics.h

check_PROGRAMS += tests/unit/run/test_loop
tests_unit_run_test_loop_SOURCES = tests/unit/run/test_loop.c
tests_unit_run_test_loop_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_run_test_loop_LDADD = $(L_RUN) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/run/test_files
tests_unit_run_test_files_SOURCES = tests/unit/run/test_files.c
tests_unit_run_test_files_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_run_test_files_LDADD = $(L_RUN) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/run/test_jobs
tests_unit_run_test_jobs_SOURCES = tests/unit/run/test_jobs.c
tests_unit_run_test_jobs_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_run_test_jobs_LDADD = $(L_RUN) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/run/test_log
tests_unit_run_test_log_SOURCES = tests/unit/run/test_log.c
tests_unit_run_test_log_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_run_test_log_LDADD = $(L_RUN) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/run/test_json
tests_unit_run_test_json_SOURCES = tests/unit/run/test_json.c
tests_unit_run_test_json_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_run_test_json_LDADD = $(L_RUN) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/run/test_crypto
tests_unit_run_test_crypto_SOURCES = tests/unit/run/test_crypto.c
tests_unit_run_test_crypto_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_run_test_crypto_LDADD = $(L_RUN) $(CMOCKA_LIBS) $(SSL_LIBS)

check_PROGRAMS += tests/unit/run/test_metrics
tests_unit_run_test_metrics_SOURCES = tests/unit/run/test_metrics.c
tests_unit_run_test_metrics_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_run_test_metrics_LDADD = $(L_RUN) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/run/test_children
tests_unit_run_test_children_SOURCES = tests/unit/run/test_children.c
tests_unit_run_test_children_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_run_test_children_LDADD = $(L_RUN) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_json
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/replay.c
tests_fuzz_fuzz_json_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/json\"
tests_fuzz_fuzz_json_LDADD = $(L_RUN)
EXTRA_DIST += tests/fuzz/corpus/json tests/fuzz/json.dict
