# alerts/room.mk - what this room is built of, and its tests
noinst_LIBRARIES += libalerts.a
libalerts_a_SOURCES = \
	alerts/alerts.c alerts/alerts.h alerts/alerts_private.h \
	alerts/api/v2.c alerts/api/v2.h alerts/api/v2_read.c \
	alerts/conf.c alerts/conf.h \
	alerts/event.c alerts/event.h \
	alerts/fingerprint.c alerts/fingerprint.h \
	alerts/intake.c alerts/intake.h \
	alerts/labels.c alerts/labels.h \
	alerts/model.c alerts/model.h \
	alerts/rule/group.c alerts/rule/group.h \
	alerts/rule/group_words.c alerts/rule/group_words.h \
	alerts/rule/matcher.c alerts/rule/matcher.h \
	alerts/rule/pattern.c alerts/rule/pattern.h \
	alerts/rule/route.c alerts/rule/route.h \
	alerts/rule/words.c alerts/rule/words.h \
	alerts/source/alertmanager.c alerts/source/alertmanager.h \
	alerts/source/fields.c alerts/source/fields.h \
	alerts/source/source.c
