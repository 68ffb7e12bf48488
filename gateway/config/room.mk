# gateway/config/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libconfig.a
libconfig_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
libconfig_a_SOURCES = \
	gateway/config/conf.c gateway/config/conf.h \
	gateway/config/config.c gateway/config/config.h \
	gateway/config/manual.c \
	gateway/config/yaml.c gateway/config/conf_private.h
