/* csv_guess: kinds of columns, header or none, and which columns are the clock.
 *
 * A column is what all of its sampled cells are (cells that say "none" say nothing), or nineteen of twenty for numbers.
 * Whole numbers that fill a file whose end was not seen become doubles: a counter may turn out to have fractions later.
 * Numbers with leading zeros are names, and so is a column with more than eighteen digits.
 *
 * The clock: a column of rising numbers named time, elapsed, timestamp or the like counts from the start, in its
 * unit, or as its steps suggest (steps of 500 and more: µs; of 5 and more: ms; else s). Numbers of the present times
 * (years 2000 to 2100, in s, ms, µs or ns) are the Unix epoch. Words with date and time, or a column each, are wall
 * clock: UTC where they or the header say so, else of an unknown zone. */
#include "decode/csv_guess.h"

#include <math.h>
#include <strings.h>

#define EPOCH_FIRST 946684800.0
#define EPOCH_LAST 4102444800.0

static void tally_number(struct csv_tally *tally, double value) {
  if (tally->numbers > 1) {
    double step = value - tally->last;
    tally->steps += step > 0;
    tally->steps_back += step < 0;
    tally->largest_step = fmax(tally->largest_step, step);
    if (step > 0)
      tally->smallest_step = tally->smallest_step > 0 ? fmin(tally->smallest_step, step) : step;
  } else {
    tally->first = value;
  }
  tally->last = value;
  tally->largest = fmax(tally->largest, fabs(value));
}

static bool is_bool(struct text cell) {
  return (cell.size == 4 && strncasecmp(cell.data, "true", 4) == 0) ||
         (cell.size == 5 && strncasecmp(cell.data, "false", 5) == 0);
}

static void tally_time(struct csv_tally *tally, struct text cell) {
  struct text_time time;
  if (!text_value_time(cell, DATE_UNKNOWN, &time))
    return;
  if (time.has_date)
    tally->datetimes++;
  else
    tally->clocks++;
  tally->zoned += time.zoned;
  if (time.told != DATE_UNKNOWN)
    tally->told = time.told;
  else if (tally->told == DATE_UNKNOWN && !time.ambiguous)
    tally->told = DATE_DAY_FIRST; /* the year stands first: any order will do */
}

void csv_tally_cell(struct csv_tally *tally, struct text cell, bool escaped) {
  cell = text_trim(cell);
  double value;
  int64_t whole;
  if (text_value_is_none(cell))
    return;
  tally->filled++;
  if (escaped)
    return;
  bool comma = memchr(cell.data, ',', cell.size) != NULL;
  if (text_value_number(cell, comma ? ',' : '.', &value)) {
    size_t sign = cell.data[0] == '-' || cell.data[0] == '+';
    tally->numbers++;
    tally->decimal_commas += comma;
    tally->decimal_points += memchr(cell.data, '.', cell.size) != NULL;
    tally->integers += text_to_i64(cell, &whole);
    tally->padded += cell.size > sign + 1 && cell.data[sign] == '0' && cell.data[sign + 1] >= '0' &&
                     cell.data[sign + 1] <= '9';
    tally->padded += cell.size > 19 && text_to_i64(cell, &whole);
    tally_number(tally, value);
  } else if (is_bool(cell)) {
    tally->bools++;
  } else {
    tally_time(tally, cell);
  }
}

void csv_tally_word(struct csv_tally *tally, struct text word) {
  tally->filled += word.size > 0;
  tally_time(tally, word);
}

enum csv_kind csv_kind_of(const struct csv_tally *tally, bool all_seen) {
  if (!tally->filled)
    return CSV_TEXT;
  bool nearly = tally->filled >= 20 &&
                tally->numbers * 20 >= tally->filled * 19; /* a few words among them are damage */
  if ((tally->numbers == tally->filled || nearly) && !tally->padded) {
    bool whole = tally->integers == tally->numbers && (all_seen || tally->largest > 9e15);
    return whole ? CSV_INTEGER : CSV_NUMBER;
  }
  if (tally->bools == tally->filled)
    return CSV_BOOL;
  if (tally->datetimes == tally->filled && tally->zoned == tally->filled)
    return CSV_TIME;
  return CSV_TEXT;
}

/* A header has no cell that is a number or a time, and no two the same; and where all below is words too, no long
 * text. */
bool csv_is_header(const struct csv_record *record, const struct csv_tally *below, uint32_t count) {
  bool any = false, numbers_below = false;
  size_t longest = 0;
  for (uint32_t i = 0; i < record->count; i++) {
    struct text cell = text_from(record->cells[i].data, record->cells[i].size);
    struct csv_tally tally = {0};
    csv_tally_cell(&tally, cell, false);
    if (tally.numbers || tally.datetimes || tally.clocks || tally.bools)
      return false;
    any |= tally.filled > 0;
    longest = MAX(longest, cell.size);
    for (uint32_t k = 0; k < i && i < 256 && tally.filled; k++)
      if (text_equal(cell, text_from(record->cells[k].data, record->cells[k].size)))
        return false;
  }
  for (uint32_t i = 0; i < count; i++)
    numbers_below |= below[i].numbers + below[i].datetimes > 0;
  return any && (numbers_below || longest <= 64);
}

/* ── the clock ────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool has_word(struct text text, const char *word) {
  size_t size = strlen(word);
  for (size_t i = 0; i + size <= text.size; i++)
    if (strncasecmp(text.data + i, word, size) == 0)
      return true;
  return false;
}

static bool name_is(struct text name, const char *word) {
  return name.size == strlen(word) && strncasecmp(name.data, word, name.size) == 0;
}

static bool is_time_name(struct text name) {
  static const char *const whole[] = {"t", "sec", "secs", "seconds", "uptime", "ts", "ms", "us", "clock", "millis"};
  static const char *const parts[] = {"time", "elapsed", "stamp"};
  for (size_t i = 0; i < ARRAY_COUNT(whole); i++)
    if (name_is(name, whole[i]))
      return true;
  for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
    if (has_word(name, parts[i]))
      return true;
  return false;
}

static double unit_of_name(struct text name) {
  static const struct {
    const char *end;
    double us;
  } ends[] = {{"_us", 1},      {"usec", 1},      {"timeus", 1},  {"micros", 1},    {"_ns", 0.001},
              {"nsec", 0.001}, {"_ms", 1000},    {"msec", 1000}, {"millis", 1000}, {"_s", 1e6},
              {"_sec", 1e6},   {"seconds", 1e6}, {"_secs", 1e6}};
  for (size_t i = 0; i < ARRAY_COUNT(ends); i++)
    if (text_ends_ignore_case(name, ends[i].end))
      return ends[i].us;
  return 0;
}

/* µs a count of an epoch column; 0 where it is none. */
static double epoch_unit(const struct csv_tally *tally, bool all_numbers) {
  static const double per_second[] = {1, 1e3, 1e6, 1e9};
  for (size_t i = 0; all_numbers && i < ARRAY_COUNT(per_second); i++)
    if (tally->first >= EPOCH_FIRST * per_second[i] && tally->last <= EPOCH_LAST * per_second[i] &&
        tally->last >= EPOCH_FIRST * per_second[i])
      return 1e6 / per_second[i];
  return 0;
}

static double elapsed_unit(const struct csv_tally *tally, struct text name, const struct text_unit *unit) {
  if (unit)
    return strcmp(unit->si, "s") == 0 ? unit->factor * 1e6 : 0;
  double told = unit_of_name(name);
  if (told > 0)
    return told;
  double mean_step = tally->steps ? (tally->last - tally->first) / tally->steps : 0;
  bool whole = tally->integers == tally->numbers;
  return whole && mean_step >= 500 ? 1 : whole && mean_step >= 5 ? 1000 : 1e6;
}

static bool rises(const struct csv_tally *tally) {
  return tally->steps && tally->steps >= tally->steps_back * 20;
}

static bool is_utc_name(struct text header) {
  return has_word(header, "utc") || has_word(header, "gmt") || has_word(header, "epoch");
}

static void take_number(struct csv_clock *clock, const struct csv_tally *tally, int i, struct text name,
                        const struct text_unit *unit, bool named) {
  double epoch = epoch_unit(tally, tally->numbers == tally->filled);
  bool time_name = named ? is_time_name(name) || has_word(name, "date") || has_word(name, "epoch") : i == 0;
  if (epoch > 0 && time_name) {
    if (clock->wall < 0 || !clock->wall_is_epoch) {
      clock->wall = i;
      clock->wall_us = epoch;
      clock->wall_is_epoch = clock->wall_is_utc = true;
      clock->time_of_day = -1;
    }
  } else if (time_name && clock->elapsed < 0 && rises(tally) && (named || tally->integers || tally->first == 0)) {
    double us = elapsed_unit(tally, name, unit);
    if (us > 0) {
      clock->elapsed = i;
      clock->elapsed_us = us;
    }
  }
}

static void take_wall(struct csv_clock *clock, const struct csv_tally *tally, int i, struct text header) {
  bool utc = is_utc_name(header) || tally->zoned == tally->filled;
  if (tally->told == DATE_UNKNOWN && tally->datetimes)
    return; /* day or month first? */
  if (tally->datetimes == tally->filled && (clock->wall < 0 || (utc && !clock->wall_is_utc))) {
    clock->wall = i;
    clock->wall_is_utc = utc;
    clock->wall_is_epoch = false;
    clock->time_of_day = -1;
  } else if (tally->clocks == tally->filled && clock->wall == i - 1 && !clock->wall_is_epoch) {
    clock->time_of_day = i;
    clock->wall_is_utc |= utc;
  }
}

struct csv_clock csv_find_clock(const struct csv_tally *tallies, const struct text *names,
                                const struct text_unit *const *units, const struct text *headers, uint32_t count,
                                bool has_header) {
  struct csv_clock clock = {.elapsed = -1, .wall = -1, .time_of_day = -1};
  for (uint32_t i = 0; i < count; i++) {
    const struct csv_tally *tally = &tallies[i];
    if (!tally->filled)
      continue;
    if (tally->numbers == tally->filled)
      take_number(&clock, tally, (int)i, names[i], units[i], has_header);
    else if (tally->datetimes + tally->clocks == tally->filled)
      take_wall(&clock, tally, (int)i, headers[i]);
  }
  return clock;
}
