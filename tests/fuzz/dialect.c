/* dialect: any bytes as a MAVLink definition; one that is read can be written, reads again as the same, and decodes. */
#include "base/arena.h"
#include "decode/mavlink_dialect_xml.h"
#include "target.h"

static void check_definition(const struct mavlink_dialect *dialect, uint32_t index) {
  const struct mavlink_definition *definition = &dialect->definitions[index];
  demand(!index || dialect->definitions[index - 1].id < definition->id);
  demand(definition->min_length <= definition->max_length && definition->field_count <= MAVLINK_FIELDS_MAX);
  demand(definition->instance >= -1 && definition->instance < (int)definition->field_count);
  for (uint16_t i = 0; i < definition->field_count; i++) {
    const struct mavlink_field *field = &dialect->fields[definition->first_field + i];
    demand(field->count && field->name[0]);
    demand(field->offset + column_type_size(field->type) * field->count <= definition->max_length);
  }
}

void fuzz_dialect(const uint8_t *data, size_t size) {
  struct arena *arena = arena_new(MAVLINK_DIALECT_MEMORY), *again = arena_new(MAVLINK_DIALECT_MEMORY);
  const struct mavlink_dialect *dialect = NULL, *second = NULL;
  struct error error = {0};
  enum status status = mavlink_dialect_parse(arena, "fuzz.xml", bytes_of(data, size), &dialect, &error);
  demand(status == STATUS_OK || error.text[0]);
  if (status == STATUS_OK) {
    struct buffer out = buffer_with_max((size_t)4 << 20);
    for (uint32_t i = 0; i < dialect->count; i++)
      check_definition(dialect, i);
    mavlink_dialect_write(dialect, &out);
    demand(!out.failed);
    status = mavlink_dialect_parse(again, "again.xml", bytes_of(out.data, out.size), &second, &error);
    demand(status == STATUS_OK && second->count == dialect->count);
    buffer_free(&out);
  }
  arena_free(arena);
  arena_free(again);
}
