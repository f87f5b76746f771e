/* ulog_format: ULog's type definitions.
 *
 * "name:type field;type[n] field;…" (PX4 developer guide, "ULog file format"). A type is a basic one or another
 * format's name, whose fields then stand in place of it. Fields whose name begins with "_padding" only take room; at
 * the end of the outer format the logger leaves them out (measured on logs of PX4 1.6 to 1.15; inside they stay).
 *
 * A field of basic type is one column, an array of it an array column, char[n] a text. A field of another format gives
 * a column for each of its fields: "esc[0].esc_rpm". */
#include "decode/ulog_format.h"

#include <stdlib.h>

#define DEPTH_MAX 8
#define NAME_MAX_SIZE 256u

static const struct ulog_type types[] = {
    {"int8_t", COLUMN_I8, 1},   {"uint8_t", COLUMN_U8, 1},   {"int16_t", COLUMN_I16, 2}, {"uint16_t", COLUMN_U16, 2},
    {"int32_t", COLUMN_I32, 4}, {"uint32_t", COLUMN_U32, 4}, {"int64_t", COLUMN_I64, 8}, {"uint64_t", COLUMN_U64, 8},
    {"float", COLUMN_F32, 4},   {"double", COLUMN_F64, 8},   {"bool", COLUMN_BOOL, 1},   {"char", COLUMN_CHARS, 1},
};

const struct ulog_type *ulog_type_find(struct text name) {
  for (size_t i = 0; i < ARRAY_COUNT(types); i++)
    if (text_is(name, types[i].name))
      return &types[i];
  return NULL;
}

bool ulog_declaration_read(struct text text, struct ulog_declaration *ret_declaration) {
  struct text rest = text_trim(text), type = text_cut(&rest, ' ');
  if (!rest.data)
    return false;
  *ret_declaration = (struct ulog_declaration){.name = text_trim(rest), .count = 1};
  struct text size = type;
  ret_declaration->type = text_cut(&size, '[');
  if (size.data) {
    int64_t count;
    if (!text_to_i64(text_cut(&size, ']'), &count) || count < 0 || count > (int64_t)ULOG_RECORD_MAX)
      return false;
    ret_declaration->count = (uint32_t)count;
    ret_declaration->is_array = true;
  }
  return ret_declaration->type.size && ret_declaration->name.size && ret_declaration->name.size < NAME_MAX_SIZE;
}

const struct ulog_format *ulog_formats_find(const struct ulog_formats *formats, struct text name) {
  for (uint32_t i = 0; i < formats->count; i++)
    if (text_equal(formats->items[i].name, name))
      return &formats->items[i];
  return NULL;
}

static bool is_name(struct text name) {
  for (size_t i = 0; i < name.size; i++)
    if (name.data[i] <= ' ' || name.data[i] > '~')
      return false;
  return name.size > 0 && name.size < NAME_MAX_SIZE;
}

bool ulog_formats_add(struct ulog_formats *formats, struct arena *arena, struct text payload) {
  struct text rest = payload, name = text_cut(&rest, ':');
  if (!rest.data || !is_name(name))
    return false;
  if (!formats->items)
    formats->items = arena_alloc_array(arena, ULOG_FORMATS_MAX, sizeof *formats->items);
  struct ulog_format *format = (struct ulog_format *)(uintptr_t)ulog_formats_find(formats, name);
  if (!formats->items || (!format && formats->count == ULOG_FORMATS_MAX))
    return false;
  if (format && text_equal(format->fields, rest))
    return true;
  const char *copy = arena_copy(arena, payload.data, payload.size);
  if (!copy)
    return false;
  if (!format)
    format = &formats->items[formats->count++];
  format->name = text_from(copy, name.size);
  format->fields = text_from(copy + name.size + 1, rest.size);
  return true;
}

/* ---- layout ---- */

struct laying {
  const struct ulog_formats *formats;
  struct arena *arena;
  struct ulog_layout *layout;
  uint32_t padding; /* at the end, as far as laid out */
};

static bool add_column(struct laying *laying, const char *prefix, const struct ulog_declaration *declaration,
                       const struct ulog_type *type) {
  struct ulog_layout *layout = laying->layout;
  uint64_t size = (uint64_t)type->size * declaration->count;
  if (layout->size + size > ULOG_RECORD_MAX)
    return false;
  uint32_t offset = layout->size;
  layout->size += (uint32_t)size;
  if (text_starts(declaration->name, "_padding")) {
    laying->padding += (uint32_t)size;
    return true;
  }
  if (size == 0)
    return true;
  laying->padding = 0;
  if (layout->count == ULOG_COLUMNS_MAX)
    return false;
  struct ulog_column *column = &layout->columns[layout->count++];
  *column = (struct ulog_column){.type = type->type, .count = (uint16_t)declaration->count, .offset = offset};
  column->is_array = declaration->is_array && type->type != COLUMN_CHARS;
  column->name = arena_format(laying->arena, "%s%.*s", prefix, (int)declaration->name.size, declaration->name.data);
  return column->name != NULL;
}

static bool lay_out(struct laying *laying, const struct ulog_format *format, const char *prefix, int depth);

static bool lay_nested(struct laying *laying, const struct ulog_declaration *declaration, const char *prefix,
                       int depth) {
  const struct ulog_format *inner = ulog_formats_find(laying->formats, declaration->type);
  if (!inner || depth == DEPTH_MAX || strlen(prefix) > NAME_MAX_SIZE)
    return false;
  for (uint32_t i = 0; i < declaration->count; i++) {
    const char *own =
        declaration->is_array
            ? arena_format(laying->arena, "%s%.*s[%u].", prefix, (int)declaration->name.size, declaration->name.data, i)
            : arena_format(laying->arena, "%s%.*s.", prefix, (int)declaration->name.size, declaration->name.data);
    uint32_t before = laying->layout->size;
    if (!own || !lay_out(laying, inner, own, depth + 1) || laying->layout->size == before)
      return false; /* a format without room in an array of thousands would never end */
    laying->padding = 0;
  }
  return true;
}

static bool lay_out(struct laying *laying, const struct ulog_format *format, const char *prefix, int depth) {
  struct text rest = format->fields;
  while (rest.data && rest.size) {
    struct text field = text_trim(text_cut(&rest, ';'));
    struct ulog_declaration declaration;
    if (!field.size)
      continue;
    if (!ulog_declaration_read(field, &declaration))
      return false;
    const struct ulog_type *type = ulog_type_find(declaration.type);
    if (type ? !add_column(laying, prefix, &declaration, type) : !lay_nested(laying, &declaration, prefix, depth))
      return false;
  }
  return true;
}

bool ulog_layout_make(struct decode *d, const struct ulog_formats *formats, const struct ulog_format *format,
                      struct ulog_layout *ret_layout) {
  static const struct ulog_layout none;
  *ret_layout = none;
  struct ulog_column *columns = heap_alloc_array(d->heap, ULOG_COLUMNS_MAX, sizeof *columns);
  if (!columns)
    return false;
  ret_layout->columns = columns;
  struct laying laying = {formats, d->arena, ret_layout, 0};
  bool done = lay_out(&laying, format, "", 0);
  ret_layout->trimmed = ret_layout->size - laying.padding;
  ret_layout->columns = arena_alloc_array(d->arena, MAX(ret_layout->count, 1u), sizeof *columns);
  if (ret_layout->columns)
    memcpy(ret_layout->columns, columns, ret_layout->count * sizeof *columns);
  heap_free(d->heap, columns);
  return done && ret_layout->columns && ret_layout->size > 0;
}
