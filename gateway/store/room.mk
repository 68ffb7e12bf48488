# gateway/store/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
libstore_a_SOURCES = \
	gateway/store/dir/account.c gateway/store/dir/account.h \
	gateway/store/dir/schema.c \
	gateway/store/case/cases.c gateway/store/case/cases.h \
	gateway/store/case/schema.c \
	gateway/store/alert/alert.c gateway/store/alert/alert.h \
	gateway/store/alert/schema.c \
	gateway/store/mail/mail.c gateway/store/mail/mail.h \
	gateway/store/mail/mail_read.c \
	gateway/store/mail/schema.c \
	gateway/store/xmpp/muc.c gateway/store/xmpp/muc.h \
	gateway/store/xmpp/archive.c gateway/store/xmpp/archive.h \
	gateway/store/xmpp/journal.c gateway/store/xmpp/journal.h \
	gateway/store/xmpp/resume.c gateway/store/xmpp/resume.h \
	gateway/store/xmpp/roster.c gateway/store/xmpp/roster.h \
	gateway/store/xmpp/schema.c \
	gateway/store/config.c gateway/store/config.h \
	gateway/store/group.c gateway/store/group.h \
	gateway/store/kv.c gateway/store/kv.h \
	gateway/store/migrate.c gateway/store/migrate.h \
	gateway/store/sql.c gateway/store/sql.h gateway/store/sql_private.h \
	gateway/store/schema.h gateway/store/store.c gateway/store/store.h

noinst_PROGRAMS += tests/bench/bench_store
tests_bench_bench_store_SOURCES = tests/bench/bench_store.c
tests_bench_bench_store_LDADD = $(L_STORE)

check_PROGRAMS += \
	tests/unit/store/test_kv \
	tests/unit/store/test_migrate \
	tests/unit/store/test_sql \
	tests/unit/store/test_store \
	tests/unit/store/test_store_disk \
	tests/unit/store/test_store_threads \
	tests/unit/store/test_upgrade

# A table and requests on it, shared by the tests.
STORE_ROWS = tests/unit/store/rows.c tests/unit/store/rows.h

tests_unit_store_test_kv_SOURCES = tests/unit/store/test_kv.c $(STORE_ROWS)
tests_unit_store_test_kv_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_store_test_kv_LDADD = $(L_STORE) $(CMOCKA_LIBS)

tests_unit_store_test_migrate_SOURCES = tests/unit/store/test_migrate.c $(STORE_ROWS)
tests_unit_store_test_migrate_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_store_test_migrate_LDADD = $(L_STORE) $(CMOCKA_LIBS)

tests_unit_store_test_sql_SOURCES = tests/unit/store/test_sql.c $(STORE_ROWS)
tests_unit_store_test_sql_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_store_test_sql_LDADD = $(L_STORE) $(CMOCKA_LIBS)

tests_unit_store_test_store_SOURCES = tests/unit/store/test_store.c $(STORE_ROWS)
tests_unit_store_test_store_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_store_test_store_LDADD = $(L_STORE) $(CMOCKA_LIBS)

tests_unit_store_test_store_disk_SOURCES = tests/unit/store/test_store_disk.c $(STORE_ROWS)
tests_unit_store_test_store_disk_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_store_test_store_disk_LDADD = $(L_STORE) $(CMOCKA_LIBS)

tests_unit_store_test_store_threads_SOURCES = tests/unit/store/test_store_threads.c $(STORE_ROWS)
tests_unit_store_test_store_threads_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_store_test_store_threads_LDADD = $(L_STORE) $(CMOCKA_LIBS)

tests_unit_store_test_upgrade_SOURCES = tests/unit/store/test_upgrade.c $(STORE_ROWS)
tests_unit_store_test_upgrade_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_store_test_upgrade_LDADD = $(L_STORE) $(CMOCKA_LIBS)
