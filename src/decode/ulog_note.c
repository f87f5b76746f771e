/* ulog_note: parameters, information, log lines and dropouts of a ULog.
 *
 *   I, P  u8 size of the key, key "type name", value         M  u8 continues the one before, then as I
 *   Q     u8 which defaults (1 system, 2 airframe), then as I
 *   L     u8 level as a digit, u64 µs, text                    C  the same with a u16 tag before the time
 *   O     u16 ms
 *
 * A parameter is an int32_t or a float. */
#include "decode/ulog_note.h"

#include <ctype.h>
#include <stdio.h>

#define ROWS 64u
#define VALUE_MAX 4096u
#define LINE_MAX_SIZE 4096u

#define TEXT_FIELD(name)                                                                                               \
  { name, "", 1, COLUMN_TEXT, 1, false }
#define FIELD(name, type)                                                                                              \
  { name, "", 1, type, 1, false }

static const struct {
  const char *name;
  uint16_t count;
  struct field fields[5];
} kinds[ULOG_NOTE_KINDS] = {
    [ULOG_PARAMETER] = {"parameter",
                        3,
                        {TEXT_FIELD("name"), FIELD("value", COLUMN_F64), FIELD("is_integer", COLUMN_BOOL)}},
    [ULOG_PARAMETER_DEFAULT] = {"parameter_default",
                                5,
                                {TEXT_FIELD("name"), FIELD("value", COLUMN_F64), FIELD("is_integer", COLUMN_BOOL),
                                 FIELD("of_system", COLUMN_BOOL), FIELD("of_airframe", COLUMN_BOOL)}},
    [ULOG_INFORMATION] = {"information", 3, {TEXT_FIELD("key"), TEXT_FIELD("type"), TEXT_FIELD("value")}},
    [ULOG_INFORMATION_MULTI] = {"information_multi",
                                4,
                                {TEXT_FIELD("key"), TEXT_FIELD("type"), TEXT_FIELD("value"),
                                 FIELD("continues", COLUMN_BOOL)}},
    [ULOG_LOGGED_MESSAGE] = {"logged_message",
                             3,
                             {FIELD("level", COLUMN_U8), FIELD("tag", COLUMN_U16), TEXT_FIELD("text")}},
    [ULOG_DROPOUT] = {"dropout", 1, {{"duration_ms", "ms", 1, COLUMN_U16, 1, false}}},
};

bool ulog_notes_open(struct decode *d, struct ulog_notes *notes) {
  for (int i = 0; i < ULOG_NOTE_KINDS; i++) {
    notes->messages[i] = decode_define_message(d, kinds[i].name, (uint32_t)i, kinds[i].fields, kinds[i].count);
    if (!notes->messages[i])
      return false;
  }
  return true;
}

/* ---- rows ---- */

/* The row to fill next; NULL where rows of this kind are not wanted. */
static struct batch_builder *next_row(struct decode *d, struct ulog_notes *notes, enum ulog_note_kind kind,
                                      int64_t time_us) {
  struct message *message = notes->messages[kind];
  message->count++;
  d->report.records++;
  if (message->first_us == TIME_NONE)
    message->first_us = time_us;
  if (time_us != TIME_NONE)
    message->last_us = time_us;
  if (!message->wanted)
    return NULL;
  if (!notes->builders[kind])
    notes->builders[kind] = batch_builder_new(d, message, ROWS);
  struct batch_builder *builder = notes->builders[kind];
  if (builder)
    builder->time_us[builder->batch.rows] = time_us;
  return builder;
}

static void put_text(struct batch_builder *builder, int column, struct text value) {
  ((struct text *)builder->columns[column].values)[builder->batch.rows] = batch_builder_text(builder, value);
}
static void put_u8(struct batch_builder *builder, int column, uint8_t value) {
  ((uint8_t *)builder->columns[column].values)[builder->batch.rows] = value;
}
static void put_u16(struct batch_builder *builder, int column, uint16_t value) {
  ((uint16_t *)builder->columns[column].values)[builder->batch.rows] = value;
}
static void put_f64(struct batch_builder *builder, int column, double value) {
  ((double *)builder->columns[column].values)[builder->batch.rows] = value;
}

static void end_row(struct batch_builder *builder, struct batch_builder **ret_full) {
  if (++builder->batch.rows == builder->capacity)
    *ret_full = builder;
}

/* ---- keys and values ---- */

struct entry {
  struct ulog_declaration key;
  struct text type; /* as written, with its array size */
  struct bytes value;
};

static bool read_entry(struct bytes payload, struct entry *ret_entry) {
  if (payload.size < 2 || payload.data[0] == 0 || payload.data[0] + 1u > payload.size)
    return false;
  struct text key = text_from(payload.data + 1, payload.data[0]), rest = key;
  ret_entry->type = text_cut(&rest, ' ');
  ret_entry->value = bytes_of(payload.data + 1 + key.size, payload.size - 1 - key.size);
  return text_is_utf8(key) && ulog_declaration_read(key, &ret_entry->key);
}

static double number_of(enum column_type type, const uint8_t *at) {
  struct field field = {.name = "", .scale = 1, .type = type, .count = 1};
  uint64_t aligned = 0;
  struct column column = {&field, &aligned, NULL};
  memcpy(&aligned, at, column_type_size(type));
  return column_double(&column, 0);
}

/* Text as it is; numbers in decimal, with blanks between those of an array; bytes in hexadecimal. */
static struct text value_text(const struct entry *entry, char *out, size_t room) {
  const struct ulog_type *type = ulog_type_find(entry->key.type);
  if (!type)
    return TEXT("");
  if (type->type == COLUMN_CHARS)
    return text_from(entry->value.data, entry->value.size);
  size_t count = MIN(entry->key.count, entry->value.size / type->size), used = 0;
  for (size_t i = 0; i < count && used + 32 < room; i++) {
    const uint8_t *at = entry->value.data + i * type->size;
    if (type->type == COLUMN_U8 && entry->key.is_array)
      used += (size_t)snprintf(out + used, room - used, "%02x", *at);
    else if (type->type == COLUMN_U64)
      used += (size_t)snprintf(out + used, room - used, "%s%llu", i ? " " : "", (unsigned long long)load_u64(at));
    else
      used += (size_t)snprintf(out + used, room - used, "%s%.9g", i ? " " : "", number_of(type->type, at));
  }
  return text_from(out, used);
}

static bool entry_is_sound(struct bytes payload) {
  struct entry entry;
  if (!read_entry(payload, &entry))
    return false;
  for (size_t i = 1; i <= payload.data[0]; i++)
    if (payload.data[i] < ' ' || payload.data[i] > '~')
      return false;
  const struct ulog_type *type = ulog_type_find(entry.key.type);
  return type && entry.value.size == (size_t)type->size * entry.key.count;
}

static bool line_is_sound(struct bytes payload, size_t head) {
  if (payload.size < head || payload.size > LINE_MAX_SIZE || payload.data[0] < '0' || payload.data[0] > '7')
    return false;
  return !memchr(payload.data + head, 0, payload.size - head) &&
         text_is_utf8(text_from(payload.data + head, payload.size - head));
}

bool ulog_note_is_sound(char type, struct bytes payload) {
  struct bytes behind = payload.size ? bytes_of(payload.data + 1, payload.size - 1) : payload;
  switch (type) {
  case 'I':
  case 'P':
    return entry_is_sound(payload);
  case 'M':
  case 'Q':
    return payload.size && payload.data[0] <= 3 && entry_is_sound(behind);
  case 'L':
    return line_is_sound(payload, 9);
  case 'C':
    return line_is_sound(payload, 11);
  default:
    return true;
  }
}

/* ---- facts ---- */

/* MMmmpptt: FF release, C0 release candidate, 80 beta, 40 alpha, 00 development. */
static void tell_release(struct decode *d, uint32_t version) {
  static const struct {
    uint8_t least;
    const char *name;
  } types[] = {{0xFF, ""}, {0xC0, "-rc"}, {0x80, "-beta"}, {0x40, "-alpha"}, {0, "-dev"}};
  char text[48];
  size_t i = 0;
  while ((version & 0xFF) < types[i].least)
    i++;
  snprintf(text, sizeof text, "PX4 v%u.%u.%u%s", version >> 24, version >> 16 & 0xFF, version >> 8 & 0xFF,
           types[i].name);
  decode_fact(d, "firmware", text_of(text));
}

#define UID_DIGITS                                                                                                     \
  36u /* since 1.7: 2 bytes for the processor's make, then its own number, zeros in front: 16 bytes                    \
       */

/* The processor's own number in lower case. STM32's three words come last word first since 1.7; here they stand as
 * ArduPilot and older PX4 write them, so that a board has one name under any firmware, and its start tells it apart. */
static void tell_uid(struct decode *d, struct text value) {
  char digits[UID_DIGITS + 1] = "", words[UID_DIGITS + 1];
  if (value.size > UID_DIGITS) {
    decode_fact(d, "vehicle_uid", value);
    return;
  }
  for (size_t i = 0; i < value.size; i++)
    digits[i] = (char)tolower((unsigned char)value.data[i]);
  const char *own = digits;
  if (value.size == UID_DIGITS)
    for (own += 4; own[0] == '0' && own[1] == '0' && strlen(own) > 16; own += 2)
      ;
  bool three_words = value.size == UID_DIGITS && strlen(own) <= 24 && strlen(own) > 16;
  if (three_words) {
    own = digits + UID_DIGITS - 24;
    snprintf(words, sizeof words, "%.8s%.8s%.8s", own + 16, own + 8, own);
    own = words;
  }
  decode_fact(d, "vehicle_uid", text_of(own));
}

static void tell_information(struct decode *d, const struct entry *entry, struct text value) {
  static const char *const facts[][2] = {{"ver_hw", "board"}, {"ver_sw", "firmware_hash"}};
  if (text_is(entry->key.name, "sys_uuid"))
    tell_uid(d, value);
  for (size_t i = 0; i < ARRAY_COUNT(facts); i++)
    if (text_is(entry->key.name, facts[i][0]))
      decode_fact(d, facts[i][1], value);
  if (text_is(entry->key.name, "ver_sw_release") && entry->value.size == 4)
    tell_release(d, load_u32(entry->value.data));
}

/* PX4's MAV_TYPE: the vehicle's kind in MAVLink's numbers. */
static const char *class_of_type(int type) {
  switch (type) {
  case 1:
  case 16:
    return "plane";
  case 2:
  case 3:
  case 4:
  case 13:
  case 14:
  case 15:
    return "copter";
  case 10:
    return "rover";
  case 11:
    return "boat";
  case 12:
    return "sub";
  case 19:
  case 20:
  case 21:
  case 22:
  case 23:
  case 24:
  case 25:
    return "vtol";
  default:
    return NULL;
  }
}

static void tell_parameter(struct decode *d, struct ulog_notes *notes, struct text name, double value) {
  char text[32];
  if (text_is(name, "MAV_SYS_ID") && value >= 1 && value <= 255) {
    snprintf(text, sizeof text, "%d", (int)value);
    decode_fact(d, "system_id", text_of(text));
  }
  if (text_is(name, "MAV_TYPE") && value >= 0 && value < 256 && class_of_type((int)value)) {
    notes->mav_type_known = true;
    decode_fact(d, "vehicle_class", text_of(class_of_type((int)value)));
  }
}

/* ---- the messages ---- */

static bool take_parameter(struct decode *d, struct ulog_notes *notes, struct bytes payload, int defaults,
                           int64_t now_us, struct batch_builder **ret_full) {
  struct entry entry;
  if (!read_entry(payload, &entry) || entry.value.size != 4)
    return false;
  bool is_integer = text_is(entry.key.type, "int32_t");
  if (!is_integer && !text_is(entry.key.type, "float"))
    return false;
  double value = is_integer ? (double)(int32_t)load_u32(entry.value.data) : (double)load_f32(entry.value.data);
  enum ulog_note_kind kind = defaults < 0 ? ULOG_PARAMETER : ULOG_PARAMETER_DEFAULT;
  if (defaults < 0)
    tell_parameter(d, notes, entry.key.name, value);
  struct batch_builder *row = next_row(d, notes, kind, now_us);
  if (!row)
    return true;
  put_text(row, 0, entry.key.name);
  put_f64(row, 1, value);
  put_u8(row, 2, is_integer);
  if (defaults >= 0) {
    put_u8(row, 3, defaults & 1);
    put_u8(row, 4, defaults >> 1 & 1);
  }
  end_row(row, ret_full);
  struct batch_builder *values = notes->builders[ULOG_PARAMETER];
  if (defaults >= 0 && !*ret_full && values && values->batch.rows)
    *ret_full = values; /* whoever sets values beside defaults has them first */
  return true;
}

static bool take_information(struct decode *d, struct ulog_notes *notes, struct bytes payload, int continues,
                             int64_t now_us, struct batch_builder **ret_full) {
  struct entry entry;
  char numbers[VALUE_MAX];
  if (!read_entry(payload, &entry))
    return false;
  struct text value = value_text(&entry, numbers, sizeof numbers);
  if (continues < 0)
    tell_information(d, &entry, value);
  struct batch_builder *row = next_row(d, notes, continues < 0 ? ULOG_INFORMATION : ULOG_INFORMATION_MULTI, now_us);
  if (!row)
    return true;
  put_text(row, 0, entry.key.name);
  put_text(row, 1, entry.type);
  put_text(row, 2, value);
  if (continues >= 0)
    put_u8(row, 3, continues != 0);
  end_row(row, ret_full);
  if (text_is(entry.key.name, "metadata_events")) /* what explains events must be out before they are */
    *ret_full = row;
  return true;
}

static bool take_line(struct decode *d, struct ulog_notes *notes, struct bytes payload, bool tagged,
                      struct batch_builder **ret_full) {
  size_t head = tagged ? 11 : 9;
  if (payload.size < head || payload.data[0] < '0' || payload.data[0] > '7')
    return false;
  uint64_t us = load_u64(payload.data + head - 8);
  int64_t time_us = us < (uint64_t)INT64_MAX / 2 ? (int64_t)us : TIME_NONE;
  struct batch_builder *row = next_row(d, notes, ULOG_LOGGED_MESSAGE, time_us);
  if (!row)
    return true;
  put_u8(row, 0, payload.data[0] - '0');
  put_u16(row, 1, tagged ? load_u16(payload.data + 1) : 0);
  put_text(row, 2, text_from(payload.data + head, payload.size - head));
  end_row(row, ret_full);
  return true;
}

static bool take_dropout(struct decode *d, struct ulog_notes *notes, struct bytes payload, int64_t now_us,
                         struct batch_builder **ret_full) {
  if (payload.size != 2)
    return false;
  struct batch_builder *row = next_row(d, notes, ULOG_DROPOUT, now_us);
  if (!row)
    return true;
  put_u16(row, 0, load_u16(payload.data));
  end_row(row, ret_full);
  return true;
}

bool ulog_notes_take(struct decode *d, struct ulog_notes *notes, char type, struct bytes payload, int64_t now_us,
                     struct batch_builder **ret_full) {
  struct bytes behind = payload.size ? bytes_of(payload.data + 1, payload.size - 1) : payload;
  *ret_full = NULL;
  switch (type) {
  case 'P':
    return take_parameter(d, notes, payload, -1, now_us, ret_full);
  case 'Q':
    return payload.size && take_parameter(d, notes, behind, payload.data[0], now_us, ret_full);
  case 'I':
    return take_information(d, notes, payload, -1, now_us, ret_full);
  case 'M':
    return payload.size && take_information(d, notes, behind, payload.data[0] != 0, now_us, ret_full);
  case 'L':
    return take_line(d, notes, payload, false, ret_full);
  case 'C':
    return take_line(d, notes, payload, true, ret_full);
  default:
    return take_dropout(d, notes, payload, now_us, ret_full);
  }
}
