# gateway/pool/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libpool.a
libpool_a_SOURCES = \
	gateway/pool/pool.c gateway/pool/pool.h gateway/pool/pool_conf.c

check_PROGRAMS += tests/unit/pool/test_pool
tests_unit_pool_test_pool_SOURCES = tests/unit/pool/test_pool.c
tests_unit_pool_test_pool_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_pool_test_pool_LDADD = $(L_POOL) $(CMOCKA_LIBS)
