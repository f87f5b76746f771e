/* mavlink_dialect_xml: MAVLink's XML definitions → the table that the decoder reads by.
 *
 * <mavlink> holds <include>file</include>, <enums>, and <messages> of <message id name> with <field type name units
 * instance> and, where the later fields were added to a message in use, <extensions/> before them. Rules (the MAVLink
 * guide, "Serialization" and "Message checksum"):
 *
 *  - On the wire the base fields are sorted by the size of an element, largest first, equals as they stand; extension
 *    fields follow as they stand. A payload has at most 255 bytes, a message at most 64 fields.
 *  - CRC_EXTRA: X.25 over the name and a blank, then over each base field in wire order: type, blank, name, blank and,
 *    of an array, its length as one byte; high and low byte of the result xored.
 *  - A message that is defined again replaces the one before; an including file has the last word.
 *
 * Enums say how values are called, not how they are stored: they are passed over. The file may come from anyone:
 * declared entities are refused before they could be expanded, external ones are never opened, size, number and depth
 * of files are limited, and a file that was read already is not read again, which also ends circles. Includes that are
 * not there are let go where the compiled-in dialect is made of them (common.xml and the like). */
#include "decode/mavlink_dialect_xml.h"

#include "base/file.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_BYTES_MAX ((size_t)4 << 20)
#define ALL_BYTES_MAX ((size_t)16 << 20)
#define FILES_MAX 64u
#define DEPTH_MAX 16u
#define NAME_BYTES_MAX 64u
#define MESSAGES_MAX 4096u
#define PATH_BYTES_MAX 4096u
#define PAYLOAD_MAX 255u
#define ID_MAX 0xFFFFFFu

struct raw_field {
  struct mavlink_field field;
  uint8_t size, length; /* length 0: no array */
  const char *type;     /* as the checksum has it */
};

struct raw_message {
  struct mavlink_definition definition;
  const struct mavlink_field *fields;
};

/* One dialect being read, through all its files. */
struct reading {
  struct arena *arena;
  struct error *error;
  enum status status;
  bool alone; /* includes are not followed */
  struct raw_message *messages;
  uint32_t count;
  const char *seen[FILES_MAX];
  uint32_t seen_count, depth;
  size_t bytes;
};

/* One file of it. */
struct file {
  struct reading *reading;
  const char *path;
  XML_Parser parser;
  bool in_message, extensions, in_include, is_dialect;
  const char *name;
  uint32_t id;
  struct raw_field fields[MAVLINK_FIELDS_MAX];
  uint16_t count, base_count;
  int8_t instance;
  char include[PATH_BYTES_MAX];
  size_t include_size;
};

static const struct {
  const char *name;
  uint8_t size;
  enum column_type type;
} types[] = {
    {"char", 1, COLUMN_CHARS},   {"uint8_t", 1, COLUMN_U8},   {"int8_t", 1, COLUMN_I8},   {"uint16_t", 2, COLUMN_U16},
    {"int16_t", 2, COLUMN_I16},  {"uint32_t", 4, COLUMN_U32}, {"int32_t", 4, COLUMN_I32}, {"float", 4, COLUMN_F32},
    {"uint64_t", 8, COLUMN_U64}, {"int64_t", 8, COLUMN_I64},  {"double", 8, COLUMN_F64},
};

/* Ends the reading of all files with a reason; later ones don't count. */
static void refuse(struct file *file, enum status status, const char *what, const char *which) {
  struct reading *r = file->reading;
  if (r->status != STATUS_OK)
    return;
  r->status = error_set(r->error, status, "%s, line %lu: %s%.80s", file->path,
                        (unsigned long)XML_GetCurrentLineNumber(file->parser), what, which);
  XML_StopParser(file->parser, XML_FALSE);
}

static void refuse_memory(struct file *file) {
  refuse(file, STATUS_LIMIT, "the dialect is too large", "");
}

static const char *attribute(const XML_Char **attributes, const char *name) {
  for (size_t i = 0; attributes[i]; i += 2)
    if (strcmp(attributes[i], name) == 0)
      return attributes[i + 1];
  return NULL;
}

static bool is_name(const char *name) {
  size_t size = name ? strlen(name) : 0;
  return size > 0 && size <= NAME_BYTES_MAX &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == size;
}

/* ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static void begin_message(struct file *file, const XML_Char **attributes) {
  const char *name = attribute(attributes, "name"), *id = attribute(attributes, "id");
  int64_t number = -1;
  if (!is_name(name) || !id || !text_to_i64(text_of(id), &number) || number < 0 || number > ID_MAX) {
    refuse(file, STATUS_BAD_DATA, "a message needs a name and an id from 0 to 16777215, not ", name ? name : "none");
    return;
  }
  file->name = arena_copy_text(file->reading->arena, name);
  if (!file->name)
    refuse_memory(file);
  file->id = (uint32_t)number;
  file->in_message = true;
  file->extensions = false;
  file->count = file->base_count = 0;
  file->instance = -1;
}

/* "uint8_t[16]" → type and length; false where there is no such type. */
static bool read_type(const char *text, struct raw_field *raw) {
  if (strcmp(text, "uint8_t_mavlink_version") == 0)
    text = "uint8_t";
  size_t size = strcspn(text, "[");
  int64_t length = 0;
  if (text[size] == '[') {
    struct text digits = text_of(text + size + 1);
    if (digits.size < 2 || digits.data[digits.size - 1] != ']')
      return false;
    digits.size--;
    if (!text_to_i64(digits, &length) || length < 1 || length > (int64_t)PAYLOAD_MAX)
      return false;
  }
  for (size_t i = 0; i < ARRAY_COUNT(types); i++)
    if (strlen(types[i].name) == size && strncmp(types[i].name, text, size) == 0) {
      raw->type = types[i].name;
      raw->size = types[i].size;
      raw->length = (uint8_t)length;
      raw->field.type = types[i].type;
      raw->field.count = (uint8_t)MAX(length, 1);
      raw->field.is_array = length > 0 && types[i].type != COLUMN_CHARS;
      return true;
    }
  return false;
}

/* "[cdeg]" and "cdeg" are both written. */
static const char *copy_unit(struct arena *arena, const char *unit) {
  struct text text = text_of(unit ? unit : "");
  if (text.size && text.data[0] == '[')
    text = text_from(text.data + 1, text.size - 1);
  if (text.size && text.data[text.size - 1] == ']')
    text.size--;
  return text.size <= NAME_BYTES_MAX && text_is_utf8(text) ? arena_copy(arena, text.data, text.size) : "";
}

static void add_field(struct file *file, const XML_Char **attributes) {
  const char *name = attribute(attributes, "name"), *type = attribute(attributes, "type");
  const char *instance = attribute(attributes, "instance");
  if (file->count == MAVLINK_FIELDS_MAX) {
    refuse(file, STATUS_BAD_DATA, "more than 64 fields in message ", file->name);
    return;
  }
  struct raw_field *raw = &file->fields[file->count];
  *raw = (struct raw_field){0};
  if (!is_name(name) || !type || !read_type(type, raw)) {
    refuse(file, STATUS_BAD_DATA, "a field needs a name and one of MAVLink's types, which is not so in message ",
           file->name);
    return;
  }
  raw->field.name = arena_copy_text(file->reading->arena, name);
  raw->field.unit = copy_unit(file->reading->arena, attribute(attributes, "units"));
  if (!raw->field.name || !raw->field.unit)
    refuse_memory(file);
  if (instance && strcmp(instance, "true") == 0 && file->instance < 0)
    file->instance = (int8_t)file->count;
  file->count++;
  file->base_count += !file->extensions;
}

/* Gives each field its place; returns the payload's length, and that of its base fields. */
static uint32_t place_fields(struct file *file, uint32_t *ret_base) {
  uint32_t offset = 0;
  for (uint8_t size = 8; size; size /= 2)
    for (uint16_t i = 0; i < file->base_count; i++)
      if (file->fields[i].size == size) {
        file->fields[i].field.offset = (uint16_t)offset;
        offset += (uint32_t)size * file->fields[i].field.count;
      }
  *ret_base = offset;
  for (uint16_t i = file->base_count; i < file->count; i++) {
    file->fields[i].field.offset = (uint16_t)offset;
    offset += (uint32_t)file->fields[i].size * file->fields[i].field.count;
  }
  return offset;
}

static uint16_t add_to_crc(uint16_t crc, const char *data, size_t size) {
  for (size_t i = 0; i < size; i++) {
    crc ^= (uint8_t)data[i];
    for (int bit = 0; bit < 8; bit++)
      crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0x8408 : 0));
  }
  return crc;
}

static uint8_t crc_extra(const struct file *file) {
  uint16_t crc = add_to_crc(0xFFFF, file->name, strlen(file->name));
  crc = add_to_crc(crc, " ", 1);
  for (uint8_t size = 8; size; size /= 2)
    for (uint16_t i = 0; i < file->base_count; i++) {
      const struct raw_field *raw = &file->fields[i];
      if (raw->size != size)
        continue;
      crc = add_to_crc(add_to_crc(crc, raw->type, strlen(raw->type)), " ", 1);
      crc = add_to_crc(add_to_crc(crc, raw->field.name, strlen(raw->field.name)), " ", 1);
      if (raw->length)
        crc = add_to_crc(crc, (const char *)&raw->length, 1);
    }
  return (uint8_t)((crc & 0xFF) ^ (crc >> 8));
}

static struct raw_message *message_for(struct file *file) {
  struct reading *r = file->reading;
  for (uint32_t i = 0; i < r->count; i++)
    if (r->messages[i].definition.id == file->id)
      return &r->messages[i];
  if (!r->messages)
    r->messages = arena_alloc_array(r->arena, MESSAGES_MAX, sizeof *r->messages);
  if (!r->messages || r->count == MESSAGES_MAX) {
    refuse_memory(file);
    return NULL;
  }
  return &r->messages[r->count++];
}

static void end_message(struct file *file) {
  uint32_t base = 0, length = place_fields(file, &base);
  file->in_message = false;
  if (length > PAYLOAD_MAX) {
    refuse(file, STATUS_BAD_DATA, "more than 255 bytes in message ", file->name);
    return;
  }
  struct mavlink_field *fields = arena_alloc_array(file->reading->arena, MAX(file->count, (uint16_t)1), sizeof *fields);
  struct raw_message *message = fields ? message_for(file) : NULL;
  if (!message) {
    refuse_memory(file);
    return;
  }
  for (uint16_t i = 0; i < file->count; i++)
    fields[i] = file->fields[i].field;
  *message = (struct raw_message){
      .definition = {file->id, file->name, crc_extra(file), (uint8_t)base, (uint8_t)length, file->instance, 0,
                     file->count},
      .fields = fields,
  };
}

/* ── files ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status read_file(struct reading *r, const char *path);

static bool is_compiled_in(const char *path) {
  static const char *const names[] = {"ardupilotmega.xml", "common.xml",    "standard.xml",
                                      "minimal.xml",       "uAvionix.xml",  "icarous.xml",
                                      "loweheiser.xml",    "cubepilot.xml", "csAirLink.xml"};
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  for (size_t i = 0; i < ARRAY_COUNT(names); i++)
    if (strcmp(names[i], name) == 0)
      return true;
  return false;
}

/* Read at once: what is defined further on in the including file replaces it. */
static void end_include(struct file *file) {
  struct reading *r = file->reading;
  struct text name = text_trim(text_from(file->include, file->include_size));
  const char *slash = strrchr(file->path, '/');
  int folder = slash && name.size && name.data[0] != '/' ? (int)(slash - file->path) + 1 : 0;
  file->in_include = false;
  if (r->alone || !name.size || r->status != STATUS_OK)
    return;
  char path[2 * PATH_BYTES_MAX];
  snprintf(path, sizeof path, "%.*s%.*s", folder, file->path, (int)name.size, name.data);
  if (!file_exists(path) && is_compiled_in(path))
    return;
  if (r->depth == DEPTH_MAX)
    refuse(file, STATUS_LIMIT, "includes are more than 16 deep at ", path);
  else if (read_file(r, path) != STATUS_OK)
    XML_StopParser(file->parser, XML_FALSE);
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes) {
  struct file *file = context;
  if (strcmp(name, "mavlink") == 0) {
    file->is_dialect = true;
  } else if (strcmp(name, "include") == 0) {
    file->in_include = true;
    file->include_size = 0;
  } else if (strcmp(name, "message") == 0) {
    begin_message(file, attributes);
  } else if (file->in_message && strcmp(name, "extensions") == 0) {
    file->extensions = true;
  } else if (file->in_message && strcmp(name, "field") == 0) {
    add_field(file, attributes);
  }
}

static void XMLCALL on_end(void *context, const XML_Char *name) {
  struct file *file = context;
  if (file->in_message && strcmp(name, "message") == 0)
    end_message(file);
  else if (file->in_include && strcmp(name, "include") == 0)
    end_include(file);
}

static void XMLCALL on_text(void *context, const XML_Char *text, int size) {
  struct file *file = context;
  if (!file->in_include || size <= 0)
    return;
  size_t room = sizeof file->include - file->include_size;
  if ((size_t)size > room) {
    refuse(file, STATUS_BAD_DATA, "the path of an include is too long", "");
    return;
  }
  memcpy(file->include + file->include_size, text, (size_t)size);
  file->include_size += (size_t)size;
}

static void XMLCALL on_entity(void *context, const XML_Char *name, int is_parameter, const XML_Char *value, int size,
                              const XML_Char *base, const XML_Char *system_id, const XML_Char *public_id,
                              const XML_Char *notation) {
  (void)is_parameter, (void)value, (void)size, (void)base, (void)system_id, (void)public_id, (void)notation;
  refuse(context, STATUS_BAD_DATA, "a dialect has no entities of its own, take out ", name);
}

static enum status parse(struct reading *r, const char *path, struct bytes xml) {
  struct file *file = arena_alloc(r->arena, sizeof *file);
  XML_Parser parser = file ? XML_ParserCreate(NULL) : NULL;
  if (!parser)
    return r->status = error_set(r->error, STATUS_LIMIT, "%s: the dialect is too large", path);
  *file = (struct file){.reading = r, .path = path, .parser = parser};
  XML_SetUserData(parser, file);
  XML_SetElementHandler(parser, on_start, on_end);
  XML_SetCharacterDataHandler(parser, on_text);
  XML_SetEntityDeclHandler(parser, on_entity);
  bool good = XML_Parse(parser, (const char *)xml.data, (int)xml.size, XML_TRUE) == XML_STATUS_OK;
  if (!good && r->status == STATUS_OK)
    refuse(file, STATUS_BAD_DATA, "this is no dialect: ", XML_ErrorString(XML_GetErrorCode(parser)));
  if (good && !file->is_dialect)
    refuse(file, STATUS_BAD_DATA, "this is no dialect: there is no element ", "mavlink");
  XML_ParserFree(parser);
  return r->status;
}

static enum status read_file(struct reading *r, const char *path) {
  char *real = realpath(path, NULL);
  if (!real)
    return r->status = error_set_errno(r->error, errno, "cannot read the dialect %s", path);
  const char *copy = arena_copy_text(r->arena, real);
  free(real);
  for (uint32_t i = 0; copy && i < r->seen_count; i++)
    if (strcmp(r->seen[i], copy) == 0)
      return STATUS_OK;
  if (!copy || r->seen_count == FILES_MAX)
    return r->status = error_set(r->error, STATUS_LIMIT, "%s: a dialect may have %u files", path, FILES_MAX);
  r->seen[r->seen_count++] = copy;
  struct bytes xml = {0};
  if ((r->status = file_read(r->arena, copy, FILE_BYTES_MAX, &xml, r->error)) != STATUS_OK)
    return r->status;
  if ((r->bytes += xml.size) > ALL_BYTES_MAX)
    return r->status = error_set(r->error, STATUS_LIMIT, "%s: a dialect may have 16 MB in all its files", path);
  r->depth++;
  parse(r, copy, xml);
  r->depth--;
  return r->status;
}

/* ── the whole ────────────────────────────────────────────────────────────────────────────────────────────────── */

static int compare_ids(const void *a, const void *b) {
  const struct raw_message *left = a, *right = b;
  return (left->definition.id > right->definition.id) - (left->definition.id < right->definition.id);
}

/* The compiled-in messages whose numbers are still free. */
static bool add_compiled_in(struct reading *r) {
  const struct mavlink_dialect *own = mavlink_dialect_ardupilotmega();
  uint32_t read_count = r->count;
  for (uint32_t i = 0; i < own->count; i++) {
    bool taken = false;
    for (uint32_t j = 0; j < read_count && !taken; j++)
      taken = r->messages[j].definition.id == own->definitions[i].id;
    if (taken)
      continue;
    if (r->count == MESSAGES_MAX)
      return false;
    r->messages[r->count++] = (struct raw_message){own->definitions[i], own->fields + own->definitions[i].first_field};
  }
  return true;
}

static enum status finish(struct reading *r, const char *path, const struct mavlink_dialect **ret_dialect) {
  if (r->status != STATUS_OK)
    return r->status;
  if (!r->count)
    return error_set(r->error, STATUS_BAD_DATA, "%s defines no message", path);
  bool fits = add_compiled_in(r);
  uint32_t field_count = 0;
  for (uint32_t i = 0; i < r->count; i++)
    field_count += r->messages[i].definition.field_count;
  qsort(r->messages, r->count, sizeof *r->messages, compare_ids);
  struct mavlink_dialect *dialect = arena_alloc(r->arena, sizeof *dialect);
  struct mavlink_definition *definitions = arena_alloc_array(r->arena, r->count, sizeof *definitions);
  struct mavlink_field *fields = arena_alloc_array(r->arena, field_count, sizeof *fields);
  const char *slash = strrchr(path, '/'), *name = arena_copy_text(r->arena, slash ? slash + 1 : path);
  if (!fits || field_count > UINT16_MAX || !dialect || !definitions || !fields || !name)
    return error_set(r->error, STATUS_LIMIT, "%s: the dialect is too large", path);
  for (uint32_t i = 0, first = 0; i < r->count; i++) {
    definitions[i] = r->messages[i].definition;
    definitions[i].first_field = (uint16_t)first;
    memcpy(fields + first, r->messages[i].fields, definitions[i].field_count * sizeof *fields);
    first += definitions[i].field_count;
  }
  *dialect = (struct mavlink_dialect){name, definitions, r->count, fields};
  *ret_dialect = dialect;
  return STATUS_OK;
}

enum status mavlink_dialect_read(struct arena *arena, const char *path, const struct mavlink_dialect **ret_dialect,
                                 struct error *error) {
  struct reading *r = arena_alloc(arena, sizeof *r);
  if (!r)
    return error_set(error, STATUS_LIMIT, "%s: the dialect is too large", path);
  *r = (struct reading){.arena = arena, .error = error};
  TRY(read_file(r, path));
  return finish(r, path, ret_dialect);
}

enum status mavlink_dialect_parse(struct arena *arena, const char *name, struct bytes xml,
                                  const struct mavlink_dialect **ret_dialect, struct error *error) {
  struct reading *r = arena_alloc(arena, sizeof *r);
  if (!r || xml.size > FILE_BYTES_MAX)
    return error_set(error, STATUS_LIMIT, "%s: the dialect is too large", name);
  *r = (struct reading){.arena = arena, .error = error, .alone = true};
  TRY(parse(r, name, xml));
  return finish(r, name, ret_dialect);
}

static const char *type_name(enum column_type type) {
  for (size_t i = 0; i < ARRAY_COUNT(types); i++)
    if (types[i].type == type)
      return types[i].name;
  return "char";
}

static void write_field(const struct mavlink_field *field, bool is_instance, struct buffer *out) {
  bool array = field->is_array || field->count > 1;
  buffer_format(out, "<field name=\"%s\" type=\"%s", field->name, type_name(field->type));
  if (array)
    buffer_format(out, "[%u]", field->count);
  buffer_add_text(out, "\" units=\"");
  for (const char *c = field->unit; *c; c++)
    if (strchr("<>&\"", *c))
      buffer_format(out, "&#%d;", *c);
    else
      buffer_add_byte(out, (uint8_t)*c);
  buffer_add_text(out, is_instance ? "\" instance=\"true\"/>" : "\"/>");
}

void mavlink_dialect_write(const struct mavlink_dialect *dialect, struct buffer *out) {
  buffer_add_text(out, "<?xml version=\"1.0\"?>\n<mavlink><messages>\n");
  for (uint32_t i = 0; i < dialect->count; i++) {
    const struct mavlink_definition *definition = &dialect->definitions[i];
    const struct mavlink_field *fields = dialect->fields + definition->first_field;
    bool extensions = false;
    buffer_format(out, "<message id=\"%u\" name=\"%s\">", definition->id, definition->name);
    for (uint16_t f = 0; f < definition->field_count; f++) {
      if (!extensions && fields[f].offset >= definition->min_length) {
        buffer_add_text(out, "<extensions/>");
        extensions = true;
      }
      write_field(&fields[f], definition->instance == (int)f, out);
    }
    buffer_add_text(out, "</message>\n");
  }
  buffer_add_text(out, "</messages></mavlink>\n");
}
