# gateway/config/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libconfig.a
libconfig_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
libconfig_a_SOURCES = \
	gateway/config/conf.c gateway/config/conf.h \
	gateway/config/conf_error.c \
	gateway/config/conf_node.h gateway/config/conf_private.h \
	gateway/config/conf_print.c \
	gateway/config/conf_value.c \
	gateway/config/config.c gateway/config/config.h \
	gateway/config/config_manual.c \
	gateway/config/config_schema.c \
	gateway/config/yaml.c

check_PROGRAMS += tests/unit/config/test_conf
tests_unit_config_test_conf_SOURCES = tests/unit/config/test_conf.c tests/unit/config/sample.h
tests_unit_config_test_conf_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_config_test_conf_LDADD = $(L_CONFIG) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/config/test_config
tests_unit_config_test_config_SOURCES = tests/unit/config/test_config.c tests/unit/config/sample.h
tests_unit_config_test_config_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_config_test_config_LDADD = $(L_CONFIG) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/config/test_yaml
tests_unit_config_test_yaml_SOURCES = tests/unit/config/test_yaml.c tests/unit/config/sample.h
tests_unit_config_test_yaml_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_config_test_yaml_LDADD = $(L_CONFIG) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c \
	tests/fuzz/replay.c tests/unit/config/sample.h
tests_fuzz_fuzz_config_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_CORPUS=\"$(srcdir)/tests/fuzz/corpus/config\"
tests_fuzz_fuzz_config_LDADD = $(L_CONFIG)
EXTRA_DIST += tests/fuzz/corpus/config
