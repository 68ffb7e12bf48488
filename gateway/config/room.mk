# gateway/config/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libconfig.a
libconfig_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
libconfig_a_SOURCES = \
	gateway/config/conf.c gateway/config/conf.h \
	gateway/config/conf_node.h gateway/config/conf_private.h \
	gateway/config/conf_print.c \
	gateway/config/conf_value.c \
	gateway/config/config.c gateway/config/config.h \
	gateway/config/config_manual.c \
	gateway/config/config_schema.c \
	gateway/config/yaml.c
