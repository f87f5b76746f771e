/* metadata: see metadata.h. */
#include "lake/metadata.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SIDECAR_MAX ((size_t)1 << 20)
#define TAGS_MAX 50u
#define TAG_KEY_MAX 64u
#define TAG_VALUE_MAX 256u

static const char *const sources[] = {"carrier",   "payload",         "ground_station",
                                      "simulator", "user_experience", "maintenance"};

struct metadata_field {
  const char *name, *about;
  size_t most; /* bytes; 0: an object of tags */
  const char *const *words;
  size_t word_count;
};

static const struct metadata_field fields[] = {
    {"vehicle", "the UAV, where the log does not say it", 64, NULL, 0},
    {"operator", "who flew, as a pseudonym", 128, NULL, 0},
    {"payload", "what was carried", 128, NULL, 0},
    {"source", "what recorded the file", 32, sources, ARRAY_COUNT(sources)},
    {"note", "a remark", 4000, NULL, 0},
    {"tags", "names and values to find it by", 0, NULL, 0},
};

static const struct metadata_field *find_field(const char *name) {
  for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
    if (strcmp(fields[i].name, name) == 0)
      return &fields[i];
  return NULL;
}

/* ---- checks ---- */

static const char *kind_of(const json_t *value) {
  static const char *const kinds[] = {"an object", "a list", "a text", "a number", "a number", "true", "false", "null"};
  return kinds[json_typeof(value)];
}

static bool is_tag_key(const char *key) {
  size_t size = strlen(key);
  if (size == 0 || size > TAG_KEY_MAX)
    return false;
  for (size_t i = 0; i < size; i++)
    if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:", key[i]))
      return false;
  return true;
}

static enum status check_tags(const json_t *tags, const char *name, struct error *error) {
  const char *key;
  json_t *value;
  if (!json_is_object(tags))
    return error_set(error, STATUS_SETTINGS, "%s: $.tags is %s; an object is wanted, such as {\"site\": \"north\"}",
                     name, kind_of(tags));
  if (json_object_size(tags) > TAGS_MAX)
    return error_set(error, STATUS_SETTINGS, "%s: $.tags has more than %u tags", name, TAGS_MAX);
  json_object_foreach((json_t *)(uintptr_t)tags, key, value) {
    if (!is_tag_key(key))
      return error_set(error, STATUS_SETTINGS,
                       "%s: $.tags[\"%.80s\"] is no tag's name: letters, digits, '_', '-' and ':', at most %u", name,
                       key, TAG_KEY_MAX);
    if (json_is_object(value) || json_is_array(value))
      return error_set(error, STATUS_SETTINGS, "%s: $.tags.%s is %s; a text, a number, true or false is wanted", name,
                       key, kind_of(value));
    if (json_is_string(value) && json_string_length(value) > TAG_VALUE_MAX)
      return error_set(error, STATUS_SETTINGS, "%s: $.tags.%s is longer than %u bytes", name, key, TAG_VALUE_MAX);
  }
  return STATUS_OK;
}

static enum status check_word(const struct metadata_field *field, const char *text, const char *name,
                              struct error *error) {
  for (size_t i = 0; i < field->word_count; i++)
    if (strcmp(field->words[i], text) == 0)
      return STATUS_OK;
  if (!field->word_count)
    return STATUS_OK;
  scoped(buffer) struct buffer list = buffer_with_max(512);
  for (size_t i = 0; i < field->word_count; i++)
    buffer_format(&list, "%s%s", i ? ", " : "", field->words[i]);
  return error_set(error, STATUS_SETTINGS, "%s: $.%s is '%.40s'; it must be one of %s", name, field->name, text,
                   buffer_text(&list));
}

static enum status check_text(const struct metadata_field *field, const json_t *value, const char *name,
                              struct error *error) {
  if (!json_is_string(value))
    return error_set(error, STATUS_SETTINGS, "%s: $.%s is %s; a text is wanted", name, field->name, kind_of(value));
  if (json_string_length(value) > field->most)
    return error_set(error, STATUS_SETTINGS, "%s: $.%s is longer than %zu bytes", name, field->name, field->most);
  if (strlen(json_string_value(value)) != json_string_length(value))
    return error_set(error, STATUS_SETTINGS, "%s: $.%s holds a NUL character", name, field->name);
  return check_word(field, json_string_value(value), name, error);
}

static enum status refuse_field(const char *key, const char *name, struct error *error) {
  scoped(buffer) struct buffer list = buffer_with_max(256);
  for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
    buffer_format(&list, "%s%s", i ? ", " : "", fields[i].name);
  return error_set(error, STATUS_SETTINGS, "%s: there is no field $.%.60s; there are %s (anything else: as a tag)",
                   name, key, buffer_text(&list));
}

enum status metadata_check(const json_t *metadata, const char *name, struct error *error) {
  const char *key;
  json_t *value;
  if (!json_is_object(metadata))
    return error_set(error, STATUS_SETTINGS, "%s: $ is %s; an object is wanted", name,
                     metadata ? kind_of(metadata) : "nothing");
  json_object_foreach((json_t *)(uintptr_t)metadata, key, value) {
    const struct metadata_field *field = find_field(key);
    if (!field && strcmp(key, "$schema") != 0)
      return refuse_field(key, name, error);
    if (!field || json_is_null(value))
      continue;
    TRY(field->most ? check_text(field, value, name, error) : check_tags(value, name, error));
  }
  return STATUS_OK;
}

/* ---- sidecars ---- */

bool metadata_is_sidecar(const char *path) {
  size_t size = strlen(path), suffix = strlen(METADATA_SUFFIX);
  char log[PATH_LIMIT];
  struct stat info;
  if (size <= suffix || size - suffix >= sizeof log || strcmp(path + size - suffix, METADATA_SUFFIX) != 0)
    return false;
  memcpy(log, path, size - suffix);
  log[size - suffix] = 0;
  return stat(log, &info) == 0 && S_ISREG(info.st_mode);
}

enum status metadata_read_sidecar(const char *log_path, json_t **ret_metadata, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(SIDECAR_MAX + PATH_LIMIT * 2);
  char path[PATH_LIMIT];
  struct bytes content;
  *ret_metadata = NULL;
  if ((size_t)snprintf(path, sizeof path, "%s" METADATA_SUFFIX, log_path) >= sizeof path || !file_exists(path))
    return STATUS_OK;
  TRY(file_read(arena, path, SIDECAR_MAX, &content, error));
  json_error_t where;
  json_t *metadata = json_loadb((const char *)content.data, content.size, JSON_REJECT_DUPLICATES, &where);
  if (!metadata)
    return error_set(error, STATUS_SETTINGS, "line %d, column %d: %s", where.line, where.column, where.text);
  enum status status = metadata_check(metadata, "it is not used", error);
  if (status == STATUS_OK)
    *ret_metadata = metadata;
  else
    json_decref(metadata);
  return status;
}

/* ---- options ---- */

json_t *metadata_of_options(const struct add_options *options) {
  json_t *tags = json_object();
  for (uint32_t i = 0; i < options->tag_count; i++) {
    struct text rest = text_of(options->tags[i]);
    struct text key = text_cut(&rest, '=');
    json_object_setn_new(tags, key.data, key.size, json_stringn(rest.data ? rest.data : "", rest.size));
  }
  return json_pack("{s:s*, s:s*, s:s*, s:s*, s:s*, s:o}", "vehicle", options->vehicle, "source", options->source,
                   "operator", options->operator, "payload", options->payload, "note", options->note, "tags", tags);
}

/* ---- merging and history ---- */

void metadata_merge(json_t *into, const json_t *from) {
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)from, key, value) {
    json_t *tags = json_object_get(into, "tags");
    if (strcmp(key, "tags") == 0 && json_is_object(tags) && json_is_object(value))
      json_object_update(tags, value);
    else if (find_field(key))
      json_object_set_new(into, key, json_deep_copy(value));
  }
}

/* Sets or, by null, removes; notes the change. */
static void change(json_t *object, const char *key, json_t *value, const char *name, json_t *changes) {
  json_t *old = json_object_get(object, key);
  bool removes = json_is_null(value);
  if (removes ? !old : old && json_equal(old, value))
    return;
  json_object_set_new(
      changes, name,
      json_pack("{s:o, s:o}", "from", old ? json_deep_copy(old) : json_null(), "to", json_deep_copy(value)));
  if (removes)
    json_object_del(object, key);
  else
    json_object_set_new(object, key, json_deep_copy(value));
}

static void change_tags(json_t *document, const json_t *tags, json_t *changes) {
  const char *key;
  json_t *value;
  if (!json_is_object(json_object_get(document, "tags")))
    json_object_set_new(document, "tags", json_object());
  json_object_foreach((json_t *)(uintptr_t)tags, key, value) {
    char name[TAG_KEY_MAX + 8];
    snprintf(name, sizeof name, "tags.%s", key);
    change(json_object_get(document, "tags"), key, value, name, changes);
  }
}

bool metadata_apply(json_t *document, const json_t *metadata, const char *by) {
  char time[CLOCK_TEXT_SIZE];
  json_t *changes = json_object();
  for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
    json_t *value = json_object_get(metadata, fields[i].name);
    bool is_identity = strcmp(fields[i].name, "vehicle") == 0 || strcmp(fields[i].name, "source") == 0;
    if (!value || is_identity)
      continue;
    if (fields[i].most)
      change(document, fields[i].name, value, fields[i].name, changes);
    else if (json_is_object(value))
      change_tags(document, value, changes);
  }
  bool changed = json_object_size(changes) > 0;
  if (changed) {
    if (!json_is_array(json_object_get(document, "history")))
      json_object_set_new(document, "history", json_array());
    json_array_append_new(
        json_object_get(document, "history"),
        json_pack("{s:s, s:s, s:O}", "time", clock_format(time, clock_now_us()), "by", by, "changes", changes));
  }
  json_decref(changes);
  return changed;
}

/* ---- schema ---- */

static json_t *schema_of_tags(void) {
  return json_pack("{s:[s,s], s:s, s:i, s:{s:s}, s:{s:[s,s,s,s], s:i}}", "type", "object", "null", "description",
                   "names and values to find it by", "maxProperties", (int)TAGS_MAX, "propertyNames", "pattern",
                   "^[A-Za-z0-9_:-]{1,64}$", "additionalProperties", "type", "string", "number", "boolean", "null",
                   "maxLength", (int)TAG_VALUE_MAX);
}

static json_t *schema_of_field(const struct metadata_field *field) {
  if (!field->most)
    return schema_of_tags();
  json_t *schema = json_pack("{s:[s,s], s:s, s:i}", "type", "string", "null", "description", field->about, "maxLength",
                             (int)field->most);
  if (field->word_count) {
    json_t *words = json_array();
    for (size_t i = 0; i < field->word_count; i++)
      json_array_append_new(words, json_string(field->words[i]));
    json_array_append_new(words, json_null());
    json_object_set_new(schema, "enum", words);
  }
  return schema;
}

json_t *metadata_schema(void) {
  json_t *properties = json_pack("{s:{s:s}}", "$schema", "type", "string");
  for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
    json_object_set_new(properties, fields[i].name, schema_of_field(&fields[i]));
  return json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
                   "uavlake metadata", "description",
                   "What is said of a log: in FILE.meta.json beside it, or in uavlake annotate --from", "type",
                   "object", "additionalProperties", 0, "properties", properties);
}
