/* SPDX-License-Identifier: MIT */
/* when.c - time as numbers and as text
 *
 * The calendar is the proleptic Gregorian one, counted in eras of 400 years
 * that begin on 1 March, so that the leap day is the last of its year.
 */
#include "gateway/base/when.h"

#include <stdbool.h>
#include <stdio.h>

#define WALL_MIN      ((int64_t)-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define WALL_MAX      ((int64_t)253402300799999) /* 9999-12-31T23:59:59.999Z */
#define DAYS_PER_ERA  146097
#define DAYS_TO_EPOCH 719468 /* 0000-03-01 to 1970-01-01 */

struct moment {
	unsigned year, month, day;
	unsigned hour, minute, second, ms;
	unsigned weekday; /* 0: Sunday */
};

static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = y / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 -
			     year_of_era / 100 + day_of_year;

	return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

static struct moment moment_of(int64_t wall)
{
	int64_t ms, days, era, doe, yoe, doy, mp;
	struct moment t;

	if (wall < WALL_MIN)
		wall = WALL_MIN;
	if (wall > WALL_MAX)
		wall = WALL_MAX;
	/* From here on nothing is negative: the count starts in year 0. */
	wall += DAYS_TO_EPOCH * WHEN_DAY;
	days = wall / WHEN_DAY;
	ms = wall % WHEN_DAY;
	era = days / DAYS_PER_ERA;
	doe = days % DAYS_PER_ERA;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	t.day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	t.month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	t.year = (unsigned)(yoe + era * 400 + (t.month <= 2));
	t.hour = (unsigned)(ms / WHEN_HOUR);
	t.minute = (unsigned)(ms / WHEN_MINUTE % 60);
	t.second = (unsigned)(ms / WHEN_SECOND % 60);
	t.ms = (unsigned)(ms % WHEN_SECOND);
	t.weekday = (unsigned)((days + 3) % 7); /* 0000-03-01: Wednesday */
	return t;
}

/* The last n digits of v, over what stands there. */
static void put_digits(char *p, size_t n, unsigned v)
{
	for (; n > 0; v /= 10)
		p[--n] = (char)('0' + v % 10);
}

/* Each line of the log has one: nothing is printed by a pattern. */
const char *when_rfc3339(int64_t wall, char out[WHEN_TEXT_MAX])
{
	struct moment t = moment_of(wall);

	memcpy(out, "0000-00-00T00:00:00.000Z", 25);
	put_digits(out, 4, t.year);
	put_digits(out + 5, 2, t.month);
	put_digits(out + 8, 2, t.day);
	put_digits(out + 11, 2, t.hour);
	put_digits(out + 14, 2, t.minute);
	put_digits(out + 17, 2, t.second);
	put_digits(out + 20, 3, t.ms);
	return out;
}

const char *when_rfc5322(int64_t wall, char out[WHEN_TEXT_MAX])
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed",
					 "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr",
					    "May", "Jun", "Jul", "Aug",
					    "Sep", "Oct", "Nov", "Dec" };
	struct moment t = moment_of(wall);

	snprintf(out, WHEN_TEXT_MAX, "%s, %u %s %04u %02u:%02u:%02u +0000",
		 days[t.weekday % 7], t.day % 100, months[(t.month - 1) % 12],
		 t.year % 10000, t.hour % 100, t.minute % 100, t.second % 100);
	return out;
}

/* Takes exactly n digits off the front. */
static bool take_digits(struct str *s, size_t n, unsigned *out)
{
	int64_t value;

	if (s->n < n || s->p[0] == '-')
		return false;
	if (str_int(str_make(s->p, n), 0, 9999, &value) != GW_OK)
		return false;
	*out = (unsigned)value;
	*s = str_make(s->p + n, s->n - n);
	return true;
}

static bool take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_make(s->p + 1, s->n - 1);
	return true;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_date(struct str *s, struct moment *t)
{
	return take_digits(s, 4, &t->year) && take_char(s, '-') &&
	       take_digits(s, 2, &t->month) && take_char(s, '-') &&
	       take_digits(s, 2, &t->day) && t->year >= 1 && t->month >= 1 &&
	       t->month <= 12 && t->day >= 1 &&
	       t->day <= days_in_month(t->year, t->month);
}

static bool take_fraction(struct str *s, unsigned *ms)
{
	unsigned unit = 100;
	size_t digits = 0;

	*ms = 0;
	if (!take_char(s, '.'))
		return true;
	for (; digits < s->n; digits++) {
		char c = s->p[digits];

		if (c < '0' || c > '9')
			break;
		*ms += (unsigned)(c - '0') * unit;
		unit /= 10;
	}
	*s = str_make(s->p + digits, s->n - digits);
	return digits > 0;
}

static bool take_time(struct str *s, struct moment *t)
{
	return take_digits(s, 2, &t->hour) && take_char(s, ':') &&
	       take_digits(s, 2, &t->minute) && take_char(s, ':') &&
	       take_digits(s, 2, &t->second) && take_fraction(s, &t->ms) &&
	       t->hour <= 23 && t->minute <= 59 && t->second <= 60;
}

/* Minutes east of UTC. */
static bool take_zone(struct str *s, int64_t *east)
{
	unsigned hours, minutes;
	bool plus;

	*east = 0;
	if (take_char(s, 'Z') || take_char(s, 'z'))
		return true;
	plus = take_char(s, '+');
	if (!plus && !take_char(s, '-'))
		return false;
	if (!take_digits(s, 2, &hours) || !take_char(s, ':') ||
	    !take_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*east = (plus ? 1 : -1) * (int64_t)(hours * 60 + minutes);
	return true;
}

enum gw_err when_parse_rfc3339(struct str s, int64_t *wall)
{
	struct moment t;
	int64_t east, minute, ms;

	if (!take_date(&s, &t) || (!take_char(&s, 'T') && !take_char(&s, 't')))
		return GW_BAD_INPUT;
	if (!take_time(&s, &t) || !take_zone(&s, &east) || s.n != 0)
		return GW_BAD_INPUT;
	minute = days_of(t.year, t.month, t.day) * 1440 + t.hour * 60 +
		 t.minute - east;
	if (t.second == 60) {
		/* RFC 3339 5.7: only the last minute of a UTC day has one. */
		if ((minute + 1) % 1440 != 0)
			return GW_BAD_INPUT;
		t.second = 59;
	}
	ms = minute * WHEN_MINUTE + t.second * WHEN_SECOND + t.ms;
	if (ms < WALL_MIN || ms > WALL_MAX)
		return GW_BAD_INPUT;
	*wall = ms;
	return GW_OK;
}

static const struct {
	const char *name;
	int64_t ms;
} units[] = {
	{ "d", WHEN_DAY },    { "h", WHEN_HOUR }, { "m", WHEN_MINUTE },
	{ "s", WHEN_SECOND }, { "ms", 1 },
};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

static size_t run_of(struct str s, bool digits)
{
	size_t n = 0;

	while (n < s.n && (s.p[n] >= '0' && s.p[n] <= '9') == digits)
		n++;
	return n;
}

/* One number and unit off *s; the unit must be *from or a smaller one. */
static bool take_span(struct str *s, size_t *from, int64_t *ms)
{
	size_t digits = run_of(*s, true), letters;
	struct str unit;
	int64_t count;

	if (str_int(str_make(s->p, digits), 0, INT64_MAX, &count) != GW_OK)
		return false;
	unit = str_make(s->p + digits, s->n - digits);
	letters = run_of(unit, false);
	*s = str_make(unit.p + letters, unit.n - letters);
	unit.n = letters;
	while (*from < UNIT_COUNT && !str_is(unit, units[*from].name))
		(*from)++;
	if (*from == UNIT_COUNT)
		return false;
	return !__builtin_mul_overflow(count, units[(*from)++].ms, ms);
}

enum gw_err when_parse_span(struct str s, int64_t *ms)
{
	int64_t total = 0, part;
	size_t from = 0;

	if (str_is(s, "0")) {
		*ms = 0;
		return GW_OK;
	}
	do {
		if (!take_span(&s, &from, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return GW_BAD_INPUT;
	} while (s.n > 0);
	*ms = total;
	return GW_OK;
}

const char *when_span(int64_t ms, char out[WHEN_TEXT_MAX])
{
	uint64_t left = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	int used = snprintf(out, WHEN_TEXT_MAX, "%s", ms < 0 ? "-" : "");

	if (ms == 0)
		snprintf(out, WHEN_TEXT_MAX, "0s");
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		uint64_t unit = (uint64_t)units[i].ms;

		if (left < unit)
			continue;
		used += snprintf(out + used, WHEN_TEXT_MAX - (size_t)used,
				 "%llu%s", (unsigned long long)(left / unit),
				 units[i].name);
		left %= unit;
	}
	return out;
}
