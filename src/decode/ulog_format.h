/* ulog_format: ULog's type definitions ("F" messages) and how a record of a type lies in memory. Nothing here reads a
 * file. */
#ifndef UAVLAKE_ULOG_FORMAT_H
#define UAVLAKE_ULOG_FORMAT_H

#include "decode/decoder.h"

#define ULOG_FORMATS_MAX 2048u
#define ULOG_COLUMNS_MAX 4096u
#define ULOG_RECORD_MAX 65533u /* behind message type and id */

struct ulog_type {
  const char *name; /* "uint8_t" */
  enum column_type type;
  uint8_t size;
};
/* The basic type of this name; NULL: it is another format's name, or nothing. */
const struct ulog_type *ulog_type_find(struct text name);

/* "float[3] xyz" → type "float", count 3, is_array, name "xyz". False where it is no such thing. */
struct ulog_declaration {
  struct text type, name;
  uint32_t count;
  bool is_array;
};
bool ulog_declaration_read(struct text text, struct ulog_declaration *ret_declaration);

struct ulog_formats {
  struct ulog_format {
    struct text name, fields; /* as they stand in the definition, in the decode's arena */
  } * items;
  uint32_t count;
};
/* Takes the payload of an F message; a second definition of a name replaces the first. False: it is none. */
bool ulog_formats_add(struct ulog_formats *formats, struct arena *arena, struct text payload);
const struct ulog_format *ulog_formats_find(const struct ulog_formats *formats, struct text name);

struct ulog_column {
  const char *name; /* "q", "esc[0].esc_rpm" */
  enum column_type type;
  uint16_t count;
  bool is_array;
  uint32_t offset; /* in the record */
};
struct ulog_layout {
  struct ulog_column *columns;
  uint32_t count;
  uint32_t size;    /* of a whole record */
  uint32_t trimmed; /* without the padding at its end, which loggers leave out */
};
/* Lays a format out, with the formats in it. False: a type is missing, or a limit is passed (columns, size, depth). */
bool ulog_layout_make(struct decode *d, const struct ulog_formats *formats, const struct ulog_format *format,
                      struct ulog_layout *ret_layout);

#endif
