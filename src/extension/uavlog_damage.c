/* uavlog_damage: the stretches of a log that can't be read, and between which times. No row: an undamaged log. */
#include "extension/report_table.h"

static const struct report_column columns[] = {
    {"byte_offset", DUCKDB_TYPE_BIGINT}, {"bytes", DUCKDB_TYPE_BIGINT}, {"reason", DUCKDB_TYPE_VARCHAR},
    {"from_us", DUCKDB_TYPE_BIGINT},     {"to_us", DUCKDB_TYPE_BIGINT},
};
enum { OFFSET, BYTES, REASON, FROM, TO };

static bool value_of(const struct decode_report *report, uint64_t row, uint32_t column, struct report_value *value) {
  if (row >= report->damage_count)
    return false;
  const struct damage *damage = &report->damage[row];
  value->is_known = true;
  switch (column) {
  case OFFSET:
    value->number = (int64_t)damage->offset;
    break;
  case BYTES:
    value->number = (int64_t)damage->bytes;
    break;
  case REASON:
    value->text = damage->reason;
    break;
  default:
    value->number = column == FROM ? damage->from_us : damage->to_us;
    value->is_known = value->number != TIME_NONE;
  }
  return true;
}

const struct report_table uavlog_damage_table = {"uavlog_damage", columns, ARRAY_COUNT(columns), value_of};
