# gateway/pool/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libpool.a
libpool_a_SOURCES = \
	gateway/pool/pool.c gateway/pool/pool.h gateway/pool/pool_conf.c
