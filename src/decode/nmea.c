/* nmea: sentences of a GPS receiver: "$ttsss,…*hh", hh the xor of what stands between. Loggers may write words before
 * the "$".
 *
 * Messages GGA, RMC, VTG, GSA, GSV, GLL, HDT, ZDA with their values in SI units, and "sentence" with the text of all
 * others. Places are ddmm.mmmm; RMC and ZDA tell the date, and a time of day belongs to the date last told, to the next
 * day where it falls back by over twelve hours. Sentences without a time get that of the sentence before. The log clock
 * is UTC where a date is told within the log; else it counts from midnight, and only the file's own time says which.
 * A sentence whose checksum is wrong is damage; one without a checksum is taken. Source of the facts: NMEA 0183 as its
 * users describe it, checked on real logs. */
#include "decode/row_set.h"
#include "decode/shape.h"
#include "decode/text_source.h"
#include "decode/text_value.h"

#include <math.h>
#include <stdio.h>

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Is there a whole sentence with a right checksum in the line? */
static bool has_sentence(struct text line) {
  const char *dollar = line.size ? memchr(line.data, '$', line.size) : NULL;
  if (!dollar)
    return false;
  const char *end = line.data + line.size;
  uint8_t sum = 0;
  for (const char *at = dollar + 1; at + 2 < end; at++) {
    if (*at == '*')
      return at > dollar + 5 && hex_digit(at[1]) == sum >> 4 && hex_digit(at[2]) == (sum & 15);
    sum ^= (uint8_t)*at;
  }
  return false;
}

static int nmea_probe(const struct probe *probe) {
  struct text rest = shape_text(probe->head);
  int sentences = 0, lines = 0;
  while (rest.data && lines < 200) {
    struct text line = shape_full_line(&rest);
    sentences += has_sentence(line);
    lines++;
  }
  return sentences >= 2 && sentences * 4 >= lines ? 85 : 0;
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

#define WORDS_MAX 40
#define LINE_MAX_BYTES ((size_t)4096)
#define KNOT_M_S (1852 / 3600.0)

enum { KIND_GGA, KIND_RMC, KIND_VTG, KIND_GSA, KIND_GSV, KIND_GLL, KIND_HDT, KIND_ZDA, KIND_OTHER, KIND_COUNT };

struct nmea {
  struct text_source source;
  struct row_set rows;
  struct row_table *tables[KIND_COUNT];
  int64_t date_us; /* midnight of the date last told; TIME_NONE: none yet */
  int64_t day_us;  /* the last time of day */
  int64_t now_us;
  bool dated, placed, ended;
};

static const struct field gga_fields[] = {
    ROW_FIELD("talker", "", COLUMN_TEXT),       ROW_FIELD("utc", "", COLUMN_TIME),
    ROW_FIELD("lat_deg", "deg", COLUMN_F64),    ROW_FIELD("lon_deg", "deg", COLUMN_F64),
    ROW_FIELD("quality", "", COLUMN_I32),       ROW_FIELD("satellites", "", COLUMN_I32),
    ROW_FIELD("hdop", "", COLUMN_F64),          ROW_FIELD("alt_msl_m", "m", COLUMN_F64),
    ROW_FIELD("undulation_m", "m", COLUMN_F64), ROW_FIELD("fix_type", "", COLUMN_I32)};
static const struct field rmc_fields[] = {
    ROW_FIELD("talker", "", COLUMN_TEXT),       ROW_FIELD("utc", "", COLUMN_TIME),
    ROW_FIELD("valid", "", COLUMN_BOOL),        ROW_FIELD("lat_deg", "deg", COLUMN_F64),
    ROW_FIELD("lon_deg", "deg", COLUMN_F64),    ROW_FIELD("ground_speed_m_s", "m/s", COLUMN_F64),
    ROW_FIELD("course_deg", "deg", COLUMN_F64), ROW_FIELD("variation_deg", "deg", COLUMN_F64)};
static const struct field vtg_fields[] = {ROW_FIELD("talker", "", COLUMN_TEXT),
                                          ROW_FIELD("course_deg", "deg", COLUMN_F64),
                                          ROW_FIELD("ground_speed_m_s", "m/s", COLUMN_F64)};
static const struct field gsa_fields[] = {
    ROW_FIELD("talker", "", COLUMN_TEXT), ROW_FIELD("fix", "", COLUMN_I32),  ROW_FIELD("pdop", "", COLUMN_F64),
    ROW_FIELD("hdop", "", COLUMN_F64),    ROW_FIELD("vdop", "", COLUMN_F64), ROW_FIELD("satellites", "", COLUMN_TEXT)};
static const struct field gsv_fields[] = {ROW_FIELD("talker", "", COLUMN_TEXT), ROW_FIELD("satellite", "", COLUMN_I32),
                                          ROW_FIELD("elevation_deg", "deg", COLUMN_F64),
                                          ROW_FIELD("azimuth_deg", "deg", COLUMN_F64),
                                          ROW_FIELD("snr_db", "dB", COLUMN_F64)};
static const struct field gll_fields[] = {ROW_FIELD("talker", "", COLUMN_TEXT), ROW_FIELD("lat_deg", "deg", COLUMN_F64),
                                          ROW_FIELD("lon_deg", "deg", COLUMN_F64)};
static const struct field hdt_fields[] = {ROW_FIELD("talker", "", COLUMN_TEXT),
                                          ROW_FIELD("heading_deg", "deg", COLUMN_F64)};
static const struct field zda_fields[] = {ROW_FIELD("talker", "", COLUMN_TEXT), ROW_FIELD("utc", "", COLUMN_TIME)};
static const struct field other_fields[] = {ROW_FIELD("type", "", COLUMN_TEXT), ROW_FIELD("text", "", COLUMN_TEXT)};

static const struct {
  const char *name;
  const struct field *fields;
  uint16_t count;
} kinds[KIND_COUNT] = {
    [KIND_GGA] = {"GGA", gga_fields, ARRAY_COUNT(gga_fields)},
    [KIND_RMC] = {"RMC", rmc_fields, ARRAY_COUNT(rmc_fields)},
    [KIND_VTG] = {"VTG", vtg_fields, ARRAY_COUNT(vtg_fields)},
    [KIND_GSA] = {"GSA", gsa_fields, ARRAY_COUNT(gsa_fields)},
    [KIND_GSV] = {"GSV", gsv_fields, ARRAY_COUNT(gsv_fields)},
    [KIND_GLL] = {"GLL", gll_fields, ARRAY_COUNT(gll_fields)},
    [KIND_HDT] = {"HDT", hdt_fields, ARRAY_COUNT(hdt_fields)},
    [KIND_ZDA] = {"ZDA", zda_fields, ARRAY_COUNT(zda_fields)},
    [KIND_OTHER] = {"sentence", other_fields, ARRAY_COUNT(other_fields)},
};

static double number_of(struct text word) {
  double value;
  return text_value_number(word, '.', &value) ? value : NAN;
}

static void put_integer(struct row_table *table, uint16_t column, struct text word) {
  int64_t value;
  if (text_to_i64(word, &value))
    row_integer(table, column, value);
}

/* ddmm.mmmm and N, S, E or W. */
static double angle_of(struct text word, struct text side) {
  double value = number_of(word), degrees = floor(value / 100);
  double angle = degrees + (value - 100 * degrees) / 60;
  if (!side.size || !(value >= 0) || value - 100 * degrees >= 60)
    return NAN;
  char c = side.data[0];
  if (!strchr("NSEW", c) || angle > (c == 'N' || c == 'S' ? 90 : 180))
    return NAN;
  return c == 'S' || c == 'W' ? -angle : angle;
}

/* hhmmss.sss → µs from midnight. */
static int64_t day_of(struct text word) {
  double value = number_of(word);
  if (word.size < 6 || !(value >= 0 && value < 240000))
    return TIME_NONE;
  int64_t hours = (int64_t)(value / 10000), minutes = (int64_t)(value / 100) % 100;
  double seconds = value - (double)(hours * 10000 + minutes * 100);
  return minutes > 59 || seconds >= 61 ? TIME_NONE : (hours * 60 + minutes) * 60 * US_PER_S + llround(seconds * 1e6);
}

static void set_date(struct nmea *nmea, int64_t year, int64_t month, int64_t day) {
  if (year < 1980 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31)
    return;
  nmea->date_us = clock_from_civil((int)year, (int)month, (int)day, 0, 0, 0);
  nmea->dated = true;
}

/* Sets the clock to a time of day; returns UTC, TIME_NONE without a date. */
static int64_t set_time(struct nmea *nmea, struct text word) {
  int64_t day_us = day_of(word);
  if (day_us == TIME_NONE)
    return TIME_NONE;
  if (nmea->date_us != TIME_NONE && nmea->day_us != TIME_NONE && day_us + US_PER_DAY / 2 < nmea->day_us)
    nmea->date_us += US_PER_DAY;
  nmea->day_us = day_us;
  nmea->now_us = (nmea->date_us == TIME_NONE ? 0 : nmea->date_us) + day_us;
  return nmea->dated ? nmea->now_us : TIME_NONE;
}

static void state_place(struct decode *d, double lat, double lon) {
  struct nmea *nmea = d->state;
  char text[32];
  if (nmea->placed || isnan(lat) || isnan(lon))
    return;
  nmea->placed = true;
  snprintf(text, sizeof text, "%.8f", lat);
  decode_fact(d, "lat", text_of(text));
  snprintf(text, sizeof text, "%.8f", lon);
  decode_fact(d, "lon", text_of(text));
}

static void read_gga(struct decode *d, struct row_table *table, const struct text *words) {
  struct nmea *nmea = d->state;
  int64_t utc = set_time(nmea, words[1]), quality = 0;
  double lat = angle_of(words[2], words[3]), lon = angle_of(words[4], words[5]);
  bool known = text_to_i64(words[6], &quality);
  row_begin(&nmea->rows, table, nmea->now_us);
  row_time(table, 1, utc);
  row_double(table, 2, lat);
  row_double(table, 3, lon);
  put_integer(table, 4, words[6]);
  put_integer(table, 5, words[7]);
  row_double(table, 6, number_of(words[8]));
  row_double(table, 7, number_of(words[9]));
  row_double(table, 8, number_of(words[11]));
  if (known) /* as GPS_FIX_TYPE: none, 3D, differential, RTK fixed and float */
    row_integer(table, 9, quality == 0 ? 1 : quality == 2 ? 4 : quality == 4 ? 6 : quality == 5 ? 5 : 3);
  state_place(d, lat, lon);
}

static void read_rmc(struct decode *d, struct row_table *table, const struct text *words) {
  struct nmea *nmea = d->state;
  int64_t date;
  if (words[9].size == 6 && text_to_i64(words[9], &date)) {
    set_date(nmea, date % 100 + (date % 100 < 80 ? 2000 : 1900), date / 100 % 100, date / 10000);
    nmea->day_us = TIME_NONE;
  }
  int64_t utc = set_time(nmea, words[1]);
  double lat = angle_of(words[3], words[4]), lon = angle_of(words[5], words[6]);
  double variation = number_of(words[10]);
  row_begin(&nmea->rows, table, nmea->now_us);
  row_time(table, 1, utc);
  row_bool(table, 2, text_is(words[2], "A"));
  row_double(table, 3, lat);
  row_double(table, 4, lon);
  row_double(table, 5, number_of(words[7]) * KNOT_M_S);
  row_double(table, 6, number_of(words[8]));
  row_double(table, 7, text_is(words[11], "W") ? -variation : variation);
  state_place(d, lat, lon);
}

static void read_gsv(struct nmea *nmea, struct row_table *table, const struct text *words, int count,
                     struct text talker) {
  for (int i = 4; i + 3 < count; i += 4) {
    if (!words[i].size)
      continue;
    row_begin(&nmea->rows, table, nmea->now_us);
    row_text(table, 0, talker);
    put_integer(table, 1, words[i]);
    row_double(table, 2, number_of(words[i + 1]));
    row_double(table, 3, number_of(words[i + 2]));
    row_double(table, 4, number_of(words[i + 3]));
  }
}

static void read_gsa(struct nmea *nmea, struct row_table *table, const struct text *words) {
  char list[96] = "";
  row_begin(&nmea->rows, table, nmea->now_us);
  put_integer(table, 1, words[2]);
  for (int i = 3; i < 15; i++) {
    size_t used = strlen(list);
    if (words[i].size && words[i].size < 4)
      snprintf(list + used, sizeof list - used, "%s%.*s", used ? " " : "", (int)words[i].size, words[i].data);
  }
  for (uint16_t i = 0; i < 3; i++)
    row_double(table, (uint16_t)(2 + i), number_of(words[15 + i]));
  row_text(table, 5, text_of(list));
}

static void read_zda(struct nmea *nmea, struct row_table *table, const struct text *words) {
  int64_t day, month, year;
  if (text_to_i64(words[2], &day) && text_to_i64(words[3], &month) && text_to_i64(words[4], &year)) {
    set_date(nmea, year, month, day);
    nmea->day_us = TIME_NONE;
  }
  int64_t utc = set_time(nmea, words[1]);
  row_begin(&nmea->rows, table, nmea->now_us);
  row_time(table, 1, utc);
}

/* Sentences of one value or two. */
static void read_small(struct nmea *nmea, int kind, struct row_table *table, const struct text *words) {
  if (kind == KIND_GLL)
    set_time(nmea, words[5]);
  row_begin(&nmea->rows, table, nmea->now_us);
  if (kind == KIND_VTG) {
    row_double(table, 1, number_of(words[1]));
    row_double(table, 2, number_of(words[5]) * KNOT_M_S);
  } else if (kind == KIND_GLL) {
    row_double(table, 1, angle_of(words[1], words[2]));
    row_double(table, 2, angle_of(words[3], words[4]));
  } else {
    row_double(table, 1, number_of(words[1]));
  }
}

static struct row_table *table_of(struct decode *d, int kind) {
  struct nmea *nmea = d->state;
  if (!nmea->tables[kind])
    nmea->tables[kind] = row_table_new(&nmea->rows, kinds[kind].name, kinds[kind].fields, kinds[kind].count);
  return nmea->tables[kind];
}

static void read_sentence(struct decode *d, struct text body) {
  struct nmea *nmea = d->state;
  struct text words[WORDS_MAX], rest = body;
  int count = 0, kind = KIND_OTHER;
  while (rest.data && count < WORDS_MAX)
    words[count++] = text_cut(&rest, ',');
  for (int i = count; i < WORDS_MAX; i++)
    words[i] = TEXT("");
  struct text type = words[0], talker = text_from(type.data, MIN(type.size, (size_t)2));
  for (int i = 0; i < KIND_OTHER; i++)
    if (type.size == 5 && memcmp(type.data + 2, kinds[i].name, 3) == 0)
      kind = i;
  struct row_table *table = table_of(d, kind);
  if (!table)
    return;
  if (kind == KIND_GGA)
    read_gga(d, table, words);
  else if (kind == KIND_RMC)
    read_rmc(d, table, words);
  else if (kind == KIND_GSV)
    read_gsv(nmea, table, words, count, talker);
  else if (kind == KIND_GSA)
    read_gsa(nmea, table, words);
  else if (kind == KIND_ZDA)
    read_zda(nmea, table, words);
  else if (kind != KIND_OTHER)
    read_small(nmea, kind, table, words);
  else
    row_begin(&nmea->rows, table, nmea->now_us);
  if (kind == KIND_OTHER)
    row_text(table, 1, body);
  if (kind != KIND_GSV)
    row_text(table, 0, kind == KIND_OTHER ? type : talker);
}

/* One "$…*hh" of a line, from `dollar` on; returns what is left of the line. */
static struct text take_sentence(struct decode *d, const struct source_line *line, struct text from) {
  struct nmea *nmea = d->state;
  uint8_t sum = 0;
  size_t i = 1;
  for (; i < from.size && from.data[i] != '*' && from.data[i] != '$'; i++)
    sum ^= (uint8_t)from.data[i];
  uint64_t offset = text_source_place(&nmea->source, (size_t)(from.data - line->text.data));
  bool has_sum = i + 2 < from.size && from.data[i] == '*';
  bool good = has_sum && hex_digit(from.data[i + 1]) == sum >> 4 && hex_digit(from.data[i + 2]) == (sum & 15);
  struct text rest = text_from(from.data + i, from.size - i);
  if (i < 6) /* a "$" in other words */
    return rest;
  if (good || (!has_sum && line->whole && i == from.size && from.data[i - 1] != ',')) {
    read_sentence(d, text_trim(text_from(from.data + 1, i - 1)));
  } else if (!line->whole) {
    d->report.truncated = true;
  } else {
    d->report.bad_records++;
    decode_damage(d, offset, text_source_span(&nmea->source, text_from(from.data, has_sum ? i + 3 : i)),
                  has_sum ? "wrong checksum" : "a sentence without its end", nmea->now_us, nmea->now_us);
  }
  return rest;
}

static void take_line(struct decode *d, const struct source_line *line) {
  struct text rest = line->text;
  while (rest.size) {
    const char *dollar = memchr(rest.data, '$', rest.size);
    if (!dollar)
      return;
    rest = take_sentence(d, line, text_from(dollar, (size_t)(rest.data + rest.size - dollar)));
  }
}

static enum status nmea_open(struct decode *d, struct error *error) {
  struct nmea *nmea = d->state;
  nmea->rows.d = d;
  nmea->date_us = nmea->day_us = nmea->now_us = TIME_NONE;
  TRY(text_source_open(d, &nmea->source, error));
  /* The date that the first part of the log tells holds for the sentences before it, too. */
  struct bytes head;
  TRY(text_source_view(&nmea->source, TEXT_SOURCE_VIEW, &head, error));
  struct text rest = text_from(head.data, MIN(head.size, TEXT_SOURCE_VIEW));
  d->report.clock = DECODE_CLOCK_BOOT;
  for (ptrdiff_t at = text_find(rest, "RMC,"); at >= 0 && !nmea->dated; at = text_find(rest, "RMC,")) {
    rest = text_from(rest.data + at + 4, rest.size - (size_t)at - 4);
    struct text words = text_from(rest.data, MIN(rest.size, (size_t)90)), word = TEXT("");
    int64_t date;
    for (int i = 0; i < 9 && words.data; i++)
      word = text_cut(&words, ',');
    if (word.size == 6 && text_to_i64(word, &date))
      set_date(nmea, date % 100 + (date % 100 < 80 ? 2000 : 1900), date / 100 % 100, date / 10000);
  }
  if (nmea->dated)
    d->report.clock = DECODE_CLOCK_UTC;
  else
    decode_fact(d, "time_zone", TEXT("UTC of an unknown day"));
  return STATUS_OK;
}

static enum status nmea_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct nmea *nmea = d->state;
  *ret_batch = row_set_next(&nmea->rows, nmea->ended);
  while (!*ret_batch && !nmea->ended) {
    struct source_line line;
    bool there = false;
    TRY(text_source_line(&nmea->source, LINE_MAX_BYTES, &line, &there, error));
    if (there) {
      take_line(d, &line);
      text_source_skip(&nmea->source, line.bytes);
    }
    nmea->ended = !there;
    *ret_batch = row_set_next(&nmea->rows, nmea->ended);
  }
  if (nmea->ended && !d->report.records)
    return error_set(error, STATUS_BAD_DATA, "no GPS sentence with a right checksum is in this file; keep it as it is");
  return STATUS_OK;
}

const struct decoder decoder_nmea = {
    .name = "nmea",
    .about = "GPS sentences (NMEA 0183)",
    .suffixes = "nmea txt",
    .source = "carrier",
    .vocabulary = "text",
    .state_size = sizeof(struct nmea),
    .probe = nmea_probe,
    .open = nmea_open,
    .next = nmea_next,
};
