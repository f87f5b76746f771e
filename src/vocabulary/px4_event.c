/* px4_event: the dictionary lies in a ULog as pieces of information named metadata_events: JSON, packed with xz.
 *
 *   components.<component>.event_groups.<group>.events.<number> = {name, message, arguments: [{name, type}]}
 *   components.<component>.enums.<type> = {type, entries: {<number>: {name, description}}, is_bitfield}
 *
 * An event's id is its component in the upper 8 bits and its number below; its arguments follow each other without
 * padding. {2:.1m_v} in the message stands for the second argument with one decimal, in metres (m_v: vertical ones).
 * Marks such as <param> go, what is between them stays. Source: the description of PX4's events interface and of
 * libevents' format.
 *
 * The dictionary is input like any other: packed and unpacked size have limits, and what is not as described is left
 * out. */
#include "vocabulary/px4_event.h"

#include "base/archive.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define PACKED_MAX ((size_t)1 << 20)
#define UNPACKED_MAX ((size_t)4 << 20)
#define DICTIONARIES_MAX 4u
#define TEXT_MAX 512u
#define ARGUMENTS_MAX 25u

struct px4_events {
  struct buffer packed; /* of the dictionary whose pieces come in */
  json_t *dictionaries[DICTIONARIES_MAX];
  uint32_t count;
};

struct px4_events *px4_events_new(void) {
  struct px4_events *events = memory_new(sizeof *events);
  events->packed = buffer_with_max(PACKED_MAX);
  return events;
}

void px4_events_free(struct px4_events *events) {
  if (!events)
    return;
  for (uint32_t i = 0; i < events->count; i++)
    json_decref(events->dictionaries[i]);
  buffer_free(&events->packed);
  free(events);
}

/* ---- taking dictionaries ---- */

static int digit_of(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum status unpack(struct bytes packed, struct buffer *text, struct error *error) {
  scoped(input) struct input *input = input_open_memory(packed);
  scoped(archive) struct archive *archive = NULL;
  struct archive_limits limits = archive_default_limits;
  const struct archive_member *member;
  uint8_t room[4096];
  size_t size;
  limits.members = 1;
  limits.member_bytes = limits.total_bytes = UNPACKED_MAX;
  TRY(archive_open(input, "metadata_events.json.xz", &limits, &archive, error));
  TRY(archive_next(archive, &member, error));
  if (!member || member->refused)
    return error_set(error, STATUS_BAD_DATA, "the dictionary of events can't be unpacked");
  do {
    TRY(archive_read(archive, room, sizeof room, &size, error));
    buffer_add(text, room, size);
  } while (size);
  return STATUS_OK;
}

/* What has come in is whole now: a next dictionary begins, or a text is asked for. */
static void take_dictionary(struct px4_events *events) {
  struct error error;
  struct bytes packed = bytes_of(events->packed.data, events->packed.size);
  scoped(buffer) struct buffer text = buffer_with_max(UNPACKED_MAX);
  if (packed.size && !events->packed.failed && events->count < DICTIONARIES_MAX &&
      unpack(packed, &text, &error) == STATUS_OK && !text.failed) {
    json_t *dictionary = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    if (dictionary)
      events->dictionaries[events->count++] = dictionary;
  }
  buffer_clear(&events->packed);
}

void px4_events_add(struct px4_events *events, struct text hex, bool continues) {
  if (!continues)
    take_dictionary(events);
  for (size_t i = 0; i + 1 < hex.size; i += 2) {
    int high = digit_of(hex.data[i]), low = digit_of(hex.data[i + 1]);
    uint8_t byte = (uint8_t)(high * 16 + low);
    if (high < 0 || low < 0)
      return;
    buffer_add(&events->packed, &byte, 1);
  }
}

/* ---- looking up ---- */

static const json_t *find_in_component(const json_t *component, const char *number) {
  const char *group;
  json_t *value;
  json_object_foreach(json_object_get(component, "event_groups"), group, value) {
    const json_t *event = json_object_get(json_object_get(value, "events"), number);
    if (event)
      return event;
  }
  return NULL;
}

/* Component 0 holds what all components have in common. */
static const json_t *find_event(struct px4_events *events, uint32_t id, const json_t **ret_components) {
  char component[12], number[12];
  snprintf(component, sizeof component, "%u", id >> 24);
  snprintf(number, sizeof number, "%u", id & 0xFFFFFF);
  take_dictionary(events);
  for (uint32_t i = 0; i < events->count; i++) {
    const json_t *components = json_object_get(events->dictionaries[i], "components");
    const json_t *event = find_in_component(json_object_get(components, component), number);
    if (!event)
      event = find_in_component(json_object_get(components, "0"), number);
    *ret_components = components;
    if (event)
      return event;
  }
  return NULL;
}

struct text px4_event_name(struct px4_events *events, uint32_t id) {
  const json_t *components;
  const char *name = json_string_value(json_object_get(find_event(events, id, &components), "name"));
  return name && name[0] ? text_of(name) : TEXT("px4_event");
}

/* "px4::failsafe_action_t", or without the namespace; in whichever component has it. */
static const json_t *find_enumeration(const json_t *components, const char *type) {
  const char *behind = strstr(type, "::"), *key;
  json_t *component;
  json_object_foreach((json_t *)(uintptr_t)components, key, component) {
    const json_t *found = json_object_get(json_object_get(component, "enums"), behind ? behind + 2 : type);
    if (found)
      return found;
  }
  return NULL;
}

struct text px4_event_enum_name(struct px4_events *events, const char *enumeration, uint32_t value) {
  char key[12];
  snprintf(key, sizeof key, "%u", value);
  take_dictionary(events);
  for (uint32_t i = 0; i < events->count; i++) {
    const json_t *found = find_enumeration(json_object_get(events->dictionaries[i], "components"), enumeration);
    const json_t *entry = json_object_get(json_object_get(found, "entries"), key);
    const char *name = json_string_value(json_object_get(entry, "name"));
    if (name)
      return text_of(name);
  }
  return (struct text){NULL, 0};
}

/* ---- arguments ---- */

struct argument {
  double value;
  bool is_float;
  const json_t *enumeration; /* NULL: a plain number */
};

static bool read_number(const char *type, struct bytes *rest, struct argument *argument) {
  static const struct {
    const char *name;
    uint8_t size;
    bool is_signed;
  } types[] = {{"uint8_t", 1, false},  {"int8_t", 1, true},  {"uint16_t", 2, false}, {"int16_t", 2, true},
               {"uint32_t", 4, false}, {"int32_t", 4, true}, {"uint64_t", 8, false}, {"int64_t", 8, true}};
  if (strcmp(type, "float") == 0 && rest->size >= 4) {
    argument->value = (double)load_f32(rest->data);
    argument->is_float = true;
    *rest = bytes_of(rest->data + 4, rest->size - 4);
    return true;
  }
  for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
    size_t size = types[i].size;
    if (strcmp(type, types[i].name) != 0 || rest->size < size)
      continue;
    uint64_t bits = 0;
    for (size_t byte = 0; byte < size; byte++)
      bits |= (uint64_t)rest->data[byte] << (8 * byte);
    bool negative = types[i].is_signed && bits >> (8 * size - 1) & 1;
    argument->value = negative ? -(double)((~bits & (UINT64_MAX >> (64 - 8 * size))) + 1) : (double)bits;
    *rest = bytes_of(rest->data + size, rest->size - size);
    return true;
  }
  return false;
}

static uint32_t read_arguments(const json_t *event, const json_t *components, struct bytes bytes,
                               struct argument arguments[ARGUMENTS_MAX]) {
  const json_t *list = json_object_get(event, "arguments");
  uint32_t count = 0;
  for (size_t i = 0; i < json_array_size(list) && count < ARGUMENTS_MAX; i++) {
    struct argument argument = {0};
    const char *type = json_string_value(json_object_get(json_array_get(list, i), "type"));
    argument.enumeration = type ? find_enumeration(components, type) : NULL;
    if (argument.enumeration)
      type = json_string_value(json_object_get(argument.enumeration, "type"));
    if (!type || !read_number(type, &bytes, &argument))
      break;
    arguments[count++] = argument;
  }
  return count;
}

static const char *entry_text(const json_t *enumeration, uint64_t value) {
  char key[24];
  snprintf(key, sizeof key, "%llu", (unsigned long long)value);
  const json_t *entry = json_object_get(json_object_get(enumeration, "entries"), key);
  const char *description = json_string_value(json_object_get(entry, "description"));
  return description ? description : json_string_value(json_object_get(entry, "name"));
}

/* An entry's words; of a bit field those of all bits that are set. */
static bool put_enumeration(struct buffer *out, const struct argument *argument) {
  uint64_t value = argument->value >= 0 && argument->value < 1.8e19 ? (uint64_t)argument->value : 0;
  bool any = false;
  if (!json_is_true(json_object_get(argument->enumeration, "is_bitfield"))) {
    const char *words = entry_text(argument->enumeration, value);
    buffer_format(out, "%s", words ? words : "");
    return words != NULL;
  }
  for (uint32_t bit = 0; bit < 64; bit++) {
    const char *words = value >> bit & 1 ? entry_text(argument->enumeration, UINT64_C(1) << bit) : NULL;
    if (words)
      buffer_format(out, "%s%s", any ? ", " : "", words);
    any |= words != NULL;
  }
  return any;
}

/* inside: what stands between the braces, "2:.1m_v". */
static void put_argument(struct buffer *out, struct text inside, const struct argument *arguments, uint32_t count) {
  size_t at = 0;
  uint32_t number = 0;
  int decimals = -1;
  while (at < inside.size && isdigit((unsigned char)inside.data[at]) && number < 100)
    number = number * 10 + (uint32_t)(inside.data[at++] - '0');
  if (number < 1 || number > count)
    return;
  if (at + 2 < inside.size && inside.data[at] == ':' && inside.data[at + 1] == '.' &&
      isdigit((unsigned char)inside.data[at + 2])) {
    decimals = inside.data[at + 2] - '0';
    at += 3;
  }
  const struct argument *argument = &arguments[number - 1];
  if (argument->enumeration && put_enumeration(out, argument))
    return;
  if (decimals >= 0 || argument->is_float)
    buffer_format(out, "%.*f", decimals >= 0 ? decimals : 1, argument->value);
  else
    buffer_format(out, "%.0f", argument->value);
  struct text unit = {inside.data + at, inside.size - at};
  ptrdiff_t vertical = text_find(unit, "_v");
  if (unit.size)
    buffer_format(out, " %.*s", (int)(vertical >= 0 ? (size_t)vertical : unit.size), unit.data);
}

static void put_message(struct buffer *out, struct text message, const struct argument *arguments, uint32_t count) {
  for (size_t i = 0; i < message.size; i++) {
    struct text rest = {message.data + i + 1, message.size - i - 1};
    char c = message.data[i];
    ptrdiff_t end = c == '{' ? text_find(rest, "}") : c == '<' ? text_find(rest, ">") : -1;
    if (c == '\\' && rest.size) {
      buffer_add(out, rest.data, 1);
      i++;
    } else if (end >= 0) {
      if (c == '{')
        put_argument(out, (struct text){rest.data, (size_t)end}, arguments, count);
      i += (size_t)end + 1;
    } else {
      buffer_add(out, &c, 1);
    }
  }
}

struct text px4_event_text(struct px4_events *events, uint32_t id, struct bytes arguments, struct arena *arena) {
  struct argument read[ARGUMENTS_MAX];
  const json_t *components, *event = find_event(events, id, &components);
  const char *message = json_string_value(json_object_get(event, "message"));
  if (!message)
    return text_of(arena_format(arena, "event %u of component %u", id & 0xFFFFFF, id >> 24));
  uint32_t count = read_arguments(event, components, arguments, read);
  scoped(buffer) struct buffer out = buffer_with_max(TEXT_MAX);
  put_message(&out, text_of(message), read, count);
  return text_of(arena_copy(arena, buffer_text(&out), strlen(buffer_text(&out))));
}
