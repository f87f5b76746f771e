/* dataflash_format: letters, layouts, units and facts of DataFlash logs (see dataflash_format.h).
 *
 * Letters: ArduPilot's libraries/AP_Logger/LogStructure.h and its writer; `g` (float16) is in the writer only. Unit and
 * multiplier ids: the tables that ArduPilot 3.6 to 4.7 write into their own logs.
 *
 * Scaling: c C e E L carry a factor in the letter, and FMTU repeats the same factor for them, so the letter's factor OR
 * the multiplier is applied, never both. MULT values are float32 widened to double and therefore rounded to 7 digits;
 * '-' has factor 0 and means "none"; '?' means "unknown". */
#include "decode/dataflash_format.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const struct dataflash_letter letters[] = {
    {'a', 64, COLUMN_I16, 32, true, 1},   {'b', 1, COLUMN_I8, 1, false, 1},      {'B', 1, COLUMN_U8, 1, false, 1},
    {'h', 2, COLUMN_I16, 1, false, 1},    {'H', 2, COLUMN_U16, 1, false, 1},     {'i', 4, COLUMN_I32, 1, false, 1},
    {'I', 4, COLUMN_U32, 1, false, 1},    {'q', 8, COLUMN_I64, 1, false, 1},     {'Q', 8, COLUMN_U64, 1, false, 1},
    {'g', 2, COLUMN_F32, 1, false, 1},    {'f', 4, COLUMN_F32, 1, false, 1},     {'d', 8, COLUMN_F64, 1, false, 1},
    {'n', 4, COLUMN_CHARS, 4, false, 1},  {'N', 16, COLUMN_CHARS, 16, false, 1}, {'Z', 64, COLUMN_CHARS, 64, false, 1},
    {'M', 1, COLUMN_U8, 1, false, 1},     {'L', 4, COLUMN_I32, 1, false, 1e-7},  {'c', 2, COLUMN_I16, 1, false, 0.01},
    {'C', 2, COLUMN_U16, 1, false, 0.01}, {'e', 4, COLUMN_I32, 1, false, 0.01},  {'E', 4, COLUMN_U32, 1, false, 0.01},
};

const struct dataflash_letter *dataflash_letter(char letter) {
  for (size_t i = 0; i < ARRAY_COUNT(letters); i++)
    if (letters[i].letter == letter)
      return &letters[i];
  return NULL;
}

static void copy_printable(char *out, const uint8_t *from, size_t width) {
  size_t size = strnlen((const char *)from, width);
  for (size_t i = 0; i < size; i++)
    out[i] = from[i] >= ' ' && from[i] < 0x7F ? (char)from[i] : '_';
  out[size] = 0;
}

void dataflash_definition_read(const uint8_t *body, struct dataflash_definition *ret_definition) {
  ret_definition->id = body[0];
  ret_definition->length = body[1];
  copy_printable(ret_definition->name, body + 2, 4);
  copy_printable(ret_definition->format, body + 6, DATAFLASH_COLUMNS_MAX);
  copy_printable(ret_definition->columns, body + 22, 64);
  if (!ret_definition->name[0])
    snprintf(ret_definition->name, sizeof ret_definition->name, "t%u", body[0]);
}

/* The next of the comma-separated names, or a made-up one. FMT's own fifth column is unnamed in old firmware. */
static void name_column(struct dataflash_column *column, struct text *names, const char *message, int index) {
  struct text name = text_trim(text_cut(names, ','));
  if (name.size)
    snprintf(column->name, sizeof column->name, "%.*s", (int)name.size, name.data);
  else if (index == 4 && strcmp(message, "FMT") == 0)
    snprintf(column->name, sizeof column->name, "Columns");
  else
    snprintf(column->name, sizeof column->name, "column%d", index + 1);
}

void dataflash_layout_make(const struct dataflash_definition *definition, struct dataflash_layout *ret_layout) {
  *ret_layout = (struct dataflash_layout){0};
  struct text names = text_of(definition->columns);
  unsigned offset = DATAFLASH_HEAD;
  bool known = true, fits = true;
  for (int i = 0; definition->format[i] && known; i++) {
    struct dataflash_column column = {.letter = dataflash_letter(definition->format[i]), .offset = (uint8_t)offset};
    known = column.letter != NULL;
    unsigned left = definition->length > offset ? definition->length - offset : 0;
    unsigned width = known ? column.letter->width : left;
    name_column(&column, &names, definition->name, i);
    fits = fits && width && width <= left;
    column.width = (uint8_t)width;
    if (fits)
      ret_layout->columns[ret_layout->count++] = column;
    offset += width;
  }
  ret_layout->length = known ? (uint16_t)offset : 0;
}

int dataflash_layout_find(const struct dataflash_layout *layout, const char *name) {
  for (int i = 0; i < layout->count; i++)
    if (strcmp(layout->columns[i].name, name) == 0)
      return i;
  return -1;
}

static bool is_clock(const struct dataflash_layout *layout, int index) {
  const struct dataflash_letter *letter = index < 0 ? NULL : layout->columns[index].letter;
  return letter && strchr("qQiI", letter->letter);
}

/* The clock is the first column: TimeUS, up to 3.3 TimeMS. There GPS has its boot time in T (its own TimeMS is GPS time
 * of week; 3.0 has no T, and that time of week as Time), and the raw sensors' (ACC…, GYR…) TimeMS is another clock.
 * PX4's sdlog2 writes one TIME record before each group of the others. */
int dataflash_layout_find_time(const struct dataflash_layout *layout, const char *message, int *ret_us_per_count) {
  bool gps = strncmp(message, "GPS", 3) == 0;
  bool sensor = strncmp(message, "ACC", 3) == 0 || strncmp(message, "GYR", 3) == 0;
  const char *first = layout->count ? layout->columns[0].name : "";
  int index = -1;
  *ret_us_per_count = 1;
  if (strcmp(first, "TimeUS") == 0) {
    index = 0;
  } else if (strcmp(message, "TIME") == 0) {
    index = dataflash_layout_find(layout, "StartTime");
  } else {
    *ret_us_per_count = 1000;
    if (gps)
      index = dataflash_layout_find(layout, dataflash_layout_find(layout, "T") < 0 ? "Time" : "T");
    else if (strcmp(first, "TimeMS") == 0 && !sensor)
      index = 0;
  }
  return is_clock(layout, index) ? index : -1;
}

static const struct {
  char id;
  const char *label;
} standard_labels[] = {
    {'-', ""},      {'?', ""},    {'#', ""},      {'A', "A"},    {'a', "Ah"},      {'d', "deg"},
    {'b', "B"},     {'B', "B/s"}, {'k', "deg/s"}, {'D', "deg"},  {'e', "deg/s/s"}, {'E', "rad/s"},
    {'G', "Gauss"}, {'h', "deg"}, {'i', "A.s"},   {'J', "W.s"},  {'l', "l"},       {'L', "rad/s/s"},
    {'m', "m"},     {'n', "m/s"}, {'o', "m/s/s"}, {'O', "degC"}, {'%', "%"},       {'S', "satellites"},
    {'s', "s"},     {'t', "N.m"}, {'q', "rpm"},   {'r', "rad"},  {'U', "deg"},     {'u', "ppm"},
    {'v', "V"},     {'P', "Pa"},  {'w', "Ohm"},   {'W', "W"},    {'X', "W.h"},     {'y', "l/s"},
    {'Y', "us"},    {'z', "Hz"},
};

static const struct {
  char id;
  double factor;
} standard_factors[] = {
    {'2', 1e2},  {'1', 1e1},  {'0', 1},    {'A', 1e-1}, {'B', 1e-2}, {'C', 1e-3}, {'D', 1e-4},
    {'E', 1e-5}, {'F', 1e-6}, {'G', 1e-7}, {'I', 1e-9}, {'!', 3.6},  {'/', 3600},
};

/* ArduPilot marks the meaning in some labels; the unit is what is left. */
static const struct {
  const char *label, *unit;
} plain_labels[] = {
    {"deglatitude", "deg"}, {"deglongitude", "deg"}, {"degheading", "deg"},
    {"UNKNOWN", ""},        {"instance", ""},        {"Watt", "W"},
};

void dataflash_units_set_label(struct dataflash_units *units, struct arena *arena, uint8_t id, struct text label) {
  label = text_trim(label);
  for (size_t i = 0; i < ARRAY_COUNT(plain_labels); i++)
    if (text_is(label, plain_labels[i].label))
      label = text_of(plain_labels[i].unit);
  if (units->labels[id] && text_is(label, units->labels[id]))
    return;
  const char *copy = text_to_utf8(arena, label);
  if (copy)
    units->labels[id] = copy;
}

void dataflash_units_set_factor(struct dataflash_units *units, uint8_t id, double factor) {
  char digits[32];
  snprintf(digits, sizeof digits, "%.7g", factor);
  factor = strtod(digits, NULL);
  if (!(factor > -1e30 && factor < 1e30))
    return;
  units->factors[id] = factor;
  units->has_factor[id] = true;
}

const char *dataflash_units_label(const struct dataflash_units *units, uint8_t id) {
  if (units->labels[id])
    return units->labels[id];
  for (size_t i = 0; i < ARRAY_COUNT(standard_labels); i++)
    if (standard_labels[i].id == (char)id)
      return standard_labels[i].label;
  return "";
}

double dataflash_units_scale(const struct dataflash_units *units, const struct dataflash_letter *letter, uint8_t id,
                             bool scaled_already) {
  if (!letter || letter->type == COLUMN_CHARS)
    return 1;
  if (letter->scale != 1)
    return scaled_already ? 1 : letter->scale;
  if (id == '-' || id == '?')
    return 1;
  if (units->has_factor[id])
    return units->factors[id] != 0 ? units->factors[id] : 1;
  for (size_t i = 0; i < ARRAY_COUNT(standard_factors); i++)
    if (standard_factors[i].id == (char)id)
      return standard_factors[i].factor;
  return 1;
}

static bool contains_ignore_case(struct text text, const char *word) {
  size_t size = strlen(word);
  for (size_t i = 0; i + size <= text.size; i++)
    if (strncasecmp(text.data + i, word, size) == 0)
      return true;
  return false;
}

static const char *vehicle_class_of(struct text name) {
  static const char *const classes[] = {"copter", "plane", "rover", "sub", "blimp", "tracker"};
  for (size_t i = 0; i < ARRAY_COUNT(classes); i++)
    if (contains_ignore_case(name, classes[i]))
      return classes[i];
  return NULL;
}

static bool is_hex_word(struct text word, size_t size) {
  if (word.size != size)
    return false;
  for (size_t i = 0; i < size; i++)
    if (!isxdigit((unsigned char)word.data[i]))
      return false;
  return true;
}

/* "ArduCopter V4.3.7 (a1b2c3d4)": a name that tells the vehicle, a version, and the commit in parentheses. */
static void note_firmware(struct decode *d, struct text *words, int count) {
  for (int i = 0; i + 1 < count; i++) {
    const char *class = vehicle_class_of(words[i]);
    struct text version = words[i + 1];
    if (!class || version.size < 2 || version.data[0] != 'V' || version.data[1] < '0' || version.data[1] > '9')
      continue;
    decode_fact(d, "vehicle_class", text_of(class));
    decode_fact(d, "firmware", text_from(words[i].data, (size_t)(version.data + version.size - words[i].data)));
    struct text hash = i + 2 < count ? words[i + 2] : TEXT("");
    if (hash.size > 2 && hash.data[0] == '(' && hash.data[hash.size - 1] == ')')
      decode_fact(d, "firmware_hash", text_from(hash.data + 1, hash.size - 2));
    return;
  }
}

/* "CubeOrange 0034003A 30375106 34383934": the board's name and the processor's 96-bit number. */
static void note_board(struct decode *d, struct text *words, int count) {
  if (count != 4 || !is_hex_word(words[1], 8) || !is_hex_word(words[2], 8) || !is_hex_word(words[3], 8))
    return;
  char uid[24];
  for (int i = 0; i < 24; i++) {
    char c = words[1 + i / 8].data[i % 8];
    uid[i] = c >= 'A' && c <= 'F' ? (char)(c + 32) : c;
  }
  decode_fact(d, "board", words[0]);
  decode_fact(d, "vehicle_uid", text_from(uid, sizeof uid));
}

void dataflash_fact_text(struct decode *d, struct text message) {
  struct text words[8];
  int count = 0;
  while (message.data && count < (int)ARRAY_COUNT(words)) {
    struct text word = text_trim(text_cut(&message, ' '));
    if (word.size)
      words[count++] = word;
  }
  note_firmware(d, words, count);
  note_board(d, words, count);
}

void dataflash_fact_parameter(struct decode *d, struct text name, double value) {
  if (!text_is(name, "SYSID_THISMAV") && !text_is(name, "MAV_SYSID"))
    return;
  if (!(value >= 0 && value <= 255))
    return;
  char number[16];
  snprintf(number, sizeof number, "%d", (int)value);
  decode_fact(d, "system_id", text_of(number));
}
