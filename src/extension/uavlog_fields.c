/* uavlog_fields: the fields of a log's message types, with unit and scale: physical value = raw value × scale. */
#include "extension/report_table.h"

static const struct report_column columns[] = {
    {"message", DUCKDB_TYPE_VARCHAR}, {"field", DUCKDB_TYPE_VARCHAR},       {"position", DUCKDB_TYPE_BIGINT},
    {"type", DUCKDB_TYPE_VARCHAR},    {"elements", DUCKDB_TYPE_BIGINT},     {"unit", DUCKDB_TYPE_VARCHAR},
    {"scale", DUCKDB_TYPE_DOUBLE},    {"stored_scale", DUCKDB_TYPE_DOUBLE},
};
enum { MESSAGE, FIELD, POSITION, TYPE, ELEMENTS, UNIT, SCALE, STORED_SCALE };

static const struct message *find_row(const struct decode_report *report, uint64_t *row) {
  for (uint32_t i = 0; i < report->message_count; i++) {
    if (*row < report->messages[i]->field_count)
      return report->messages[i];
    *row -= report->messages[i]->field_count;
  }
  return NULL;
}

static bool value_of(const struct decode_report *report, uint64_t row, uint32_t column, struct report_value *value) {
  const struct message *message = find_row(report, &row);
  if (!message)
    return false;
  const struct field *field = &message->fields[row];
  value->is_known = true;
  switch (column) {
  case MESSAGE:
    value->text = message->name;
    break;
  case FIELD:
    value->text = field->name;
    break;
  case POSITION:
    value->number = (int64_t)row + 1;
    break;
  case TYPE:
    value->text = column_type_name(field->type);
    break;
  case ELEMENTS:
    value->number = field->is_array ? field->count : 1;
    break;
  case UNIT:
    value->text = field->unit;
    value->is_known = field->unit && field->unit[0];
    break;
  case SCALE:
    value->real = field->scale;
    break;
  default:
    value->real = field->storage_scale != 0 ? field->storage_scale : 1;
  }
  return true;
}

const struct report_table uavlog_fields_table = {"uavlog_fields", columns, ARRAY_COUNT(columns), value_of};
