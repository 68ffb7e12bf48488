# directory/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libdirectory.a
libdirectory_a_CPPFLAGS = $(AM_CPPFLAGS) $(LDAP_CFLAGS)
libdirectory_a_SOURCES = \
	directory/conf.c \
	directory/directory.c directory/directory.h \
	directory/directory_private.h \
	directory/hasher.c directory/hasher.h \
	directory/ldap.c directory/ldap.h directory/ldap_private.h \
	directory/ldap_connect.c directory/ldap_connect.h \
	directory/ldap_group.c \
	directory/ldap_link.c directory/ldap_link.h \
	directory/local.c directory/local.h \
	directory/scram.c directory/scram.h \
	directory/shape.c directory/shape.h

# The rules of addresses and passwords are XMPP's; tests use the real ones.
L_DIRECTORY_TEST = libdirectory.a libxmpp.a $(UNISTRING_LIBS) $(IDN_LIBS) $(LDAP_LIBS) $(L_STORE) $(L_CONFIG)

check_PROGRAMS += tests/unit/directory/test_local
tests_unit_directory_test_local_SOURCES = tests/unit/directory/test_local.c tests/unit/directory/rules.h
tests_unit_directory_test_local_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_directory_test_local_LDADD = $(L_DIRECTORY_TEST) $(CMOCKA_LIBS)

# Starts a slapd of its own.
check_PROGRAMS += tests/unit/directory/test_ldap
tests_unit_directory_test_ldap_SOURCES = tests/unit/directory/test_ldap.c \
	tests/unit/directory/rules.h \
	tests/unit/directory/slapd.c tests/unit/directory/slapd.h
tests_unit_directory_test_ldap_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_directory_test_ldap_LDADD = $(L_DIRECTORY_TEST) $(CMOCKA_LIBS)

noinst_PROGRAMS += tests/bench/bench_directory
tests_bench_bench_directory_SOURCES = tests/bench/bench_directory.c tests/unit/directory/rules.h
tests_bench_bench_directory_LDADD = $(L_DIRECTORY_TEST)
