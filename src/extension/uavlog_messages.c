/* uavlog_messages: which message types a log has, how many records of each, over which time. */
#include "extension/report_table.h"

static const struct report_column columns[] = {
    {"message", DUCKDB_TYPE_VARCHAR}, {"id", DUCKDB_TYPE_BIGINT},
    {"count", DUCKDB_TYPE_BIGINT},    {"rate_hz", DUCKDB_TYPE_DOUBLE},
    {"first_us", DUCKDB_TYPE_BIGINT}, {"last_us", DUCKDB_TYPE_BIGINT},
    {"fields", DUCKDB_TYPE_BIGINT},   {"instance_field", DUCKDB_TYPE_VARCHAR},
};
enum { MESSAGE, ID, COUNT, RATE, FIRST, LAST, FIELDS, INSTANCE };

static void set_rate(const struct message *message, struct report_value *value) {
  value->is_known = message->count > 1 && message->first_us != TIME_NONE && message->last_us > message->first_us;
  if (value->is_known)
    value->real = (double)(message->count - 1) / ((double)(message->last_us - message->first_us) * 1e-6);
}

/* Types that are only defined, without a record, count as rows too. */
static bool value_of(const struct decode_report *report, uint64_t row, uint32_t column, struct report_value *value) {
  if (row >= report->message_count)
    return false;
  const struct message *message = report->messages[row];
  value->is_known = true;
  switch (column) {
  case MESSAGE:
    value->text = message->name;
    break;
  case ID:
    value->number = message->id;
    break;
  case COUNT:
    value->number = (int64_t)message->count;
    break;
  case RATE:
    set_rate(message, value);
    break;
  case FIRST:
  case LAST:
    value->number = column == FIRST ? message->first_us : message->last_us;
    value->is_known = value->number != TIME_NONE;
    break;
  case FIELDS:
    value->number = message->field_count;
    break;
  default:
    value->is_known = message->instance_field >= 0;
    value->text = value->is_known ? message->fields[message->instance_field].name : NULL;
  }
  return true;
}

const struct report_table uavlog_messages_table = {"uavlog_messages", columns, ARRAY_COUNT(columns), value_of};
