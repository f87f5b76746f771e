/* describe: what the public interface tells about formats, messages, fields and a log as a whole. Each call looks
 * something up; an index past the end gives the empty answer that include/uavlog.h names. */
#include "base/clock.h"
#include "library/library.h"

_Static_assert(TIME_NONE == UAVLOG_TIME_NONE, "the public time is the internal one"); // NOLINT: that is the point
_Static_assert(INPUT_SIZE_UNKNOWN == UAVLOG_SIZE_UNKNOWN && PROBE_HEAD == UAVLOG_PROBE_HEAD,
               "the public sizes are the internal ones");
_Static_assert((int)UAVLOG_BOOL == COLUMN_BOOL && (int)UAVLOG_UINT64 == COLUMN_U64 &&
                   (int)UAVLOG_DOUBLE == COLUMN_F64 && (int)UAVLOG_TIME == COLUMN_TIME &&
                   (int)UAVLOG_BYTES == COLUMN_BYTES && COLUMN_TYPE_COUNT == 15,
               "the public types are the internal ones");
_Static_assert((int)UAVLOG_CLOCK_BOOT == DECODE_CLOCK_BOOT && (int)UAVLOG_CLOCK_UTC == DECODE_CLOCK_UTC &&
                   (int)UAVLOG_CLOCK_NONE == DECODE_CLOCK_NONE,
               "the public clocks are the internal ones");

EXPORTED const char *uavlog_version(void) {
  return UAVLAKE_VERSION;
}

EXPORTED const char *uavlog_status_name(enum uavlog_status status) {
  static const char *const names[] = {
      "ok", "bad_data", "unsupported", "not_found", "denied", "limit", "io", "cancelled", "usage", "bug",
  };
  return (unsigned)status < ARRAY_COUNT(names) ? names[status] : "unknown";
}

EXPORTED size_t uavlog_format_count(void) {
  size_t count = 0;
  while (decoder_list[count])
    count++;
  return count;
}

static const struct decoder *decoder_at(size_t index) {
  return index < uavlog_format_count() ? decoder_list[index] : NULL;
}

EXPORTED const char *uavlog_format_name(size_t index) {
  const struct decoder *decoder = decoder_at(index);
  return decoder ? decoder->name : NULL;
}

EXPORTED const char *uavlog_format_about(size_t index) {
  const struct decoder *decoder = decoder_at(index);
  return decoder ? decoder->about : NULL;
}

EXPORTED int uavlog_format_is_decoded(size_t index) {
  const struct decoder *decoder = decoder_at(index);
  return decoder && !decoder->kept_raw;
}

EXPORTED const char *uavlog_probe(const void *head, size_t head_size, uint64_t size, int *ret_score) {
  locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0), callers = uselocale(locale);
  const struct decoder *decoder = decode_probe(bytes_of(head ? head : "", head ? head_size : 0), size, TEXT(""),
                                               ret_score);
  uselocale(callers);
  if (locale)
    freelocale(locale);
  return decoder->name;
}

EXPORTED uint32_t uavlog_message_count(const struct uavlog *log) {
  return log->report->message_count;
}

EXPORTED const struct uavlog_message *uavlog_get_message(const struct uavlog *log, uint32_t index) {
  return index < log->report->message_count ? message_public(log->report->messages[index]) : NULL;
}

EXPORTED const struct uavlog_message *uavlog_find_message(const struct uavlog *log, const char *name) {
  for (uint32_t i = 0; i < log->report->message_count; i++)
    if (strcmp(log->report->messages[i]->name, name) == 0)
      return message_public(log->report->messages[i]);
  return NULL;
}

EXPORTED const char *uavlog_message_name(const struct uavlog_message *message) {
  return message_of(message)->name;
}
EXPORTED uint32_t uavlog_message_id(const struct uavlog_message *message) {
  return message_of(message)->id;
}
EXPORTED uint32_t uavlog_message_index(const struct uavlog_message *message) {
  return message_of(message)->index;
}
EXPORTED uint64_t uavlog_message_rows(const struct uavlog_message *message) {
  return message_of(message)->count;
}
EXPORTED int64_t uavlog_message_first_us(const struct uavlog_message *message) {
  return message_of(message)->first_us;
}
EXPORTED int64_t uavlog_message_last_us(const struct uavlog_message *message) {
  return message_of(message)->last_us;
}

EXPORTED const char *uavlog_type_name(enum uavlog_type type) {
  return (unsigned)type < COLUMN_TYPE_COUNT ? column_type_name((enum column_type)type) : NULL;
}

static const struct field *field_at(const struct uavlog_message *message, uint16_t field) {
  static const struct field none = {.unit = "", .scale = 1, .type = (enum column_type)UAVLOG_NO_TYPE};
  return field < message_of(message)->field_count ? &message_of(message)->fields[field] : &none;
}

EXPORTED uint16_t uavlog_field_count(const struct uavlog_message *message) {
  return message_of(message)->field_count;
}
EXPORTED const char *uavlog_field_name(const struct uavlog_message *message, uint16_t field) {
  return field_at(message, field)->name;
}
EXPORTED const char *uavlog_field_unit(const struct uavlog_message *message, uint16_t field) {
  return field_at(message, field)->unit;
}
EXPORTED double uavlog_field_scale(const struct uavlog_message *message, uint16_t field) {
  return field_at(message, field)->scale;
}
EXPORTED enum uavlog_type uavlog_field_type(const struct uavlog_message *message, uint16_t field) {
  return (enum uavlog_type)field_at(message, field)->type;
}
EXPORTED uint16_t uavlog_field_elements(const struct uavlog_message *message, uint16_t field) {
  return field_at(message, field)->count;
}
EXPORTED int uavlog_field_is_array(const struct uavlog_message *message, uint16_t field) {
  return field_at(message, field)->is_array;
}

EXPORTED int uavlog_find_field(const struct uavlog_message *message, const char *name) {
  for (uint16_t i = 0; i < message_of(message)->field_count; i++)
    if (strcmp(message_of(message)->fields[i].name, name) == 0)
      return i;
  return -1;
}

EXPORTED int uavlog_time_field(const struct uavlog_message *message) {
  return message_of(message)->time_field;
}
EXPORTED int uavlog_instance_field(const struct uavlog_message *message) {
  return message_of(message)->instance_field;
}

EXPORTED const char *uavlog_get_format(const struct uavlog *log) {
  return decode_get_decoder(log->decode)->name;
}

EXPORTED enum uavlog_clock uavlog_get_clock(const struct uavlog *log) {
  return (enum uavlog_clock)log->report->clock;
}

EXPORTED uint32_t uavlog_fact_count(const struct uavlog *log) {
  return log->report->fact_count;
}
EXPORTED const char *uavlog_fact_key(const struct uavlog *log, uint32_t index) {
  return index < log->report->fact_count ? log->report->facts[index].key : NULL;
}
EXPORTED const char *uavlog_fact_value(const struct uavlog *log, uint32_t index) {
  return index < log->report->fact_count ? log->report->facts[index].value : NULL;
}
EXPORTED const char *uavlog_find_fact(const struct uavlog *log, const char *key) {
  return decode_get_fact(log->decode, key);
}

EXPORTED void uavlog_get_totals(const struct uavlog *log, struct uavlog_totals *totals) {
  const struct decode_report *report = log->report;
  struct uavlog_totals all = {
      .size = totals->size,
      .bytes = report->bytes,
      .records = report->records,
      .bad_records = report->bad_records,
      .unknown_records = report->unknown_records,
      .first_us = report->first_us,
      .last_us = report->last_us,
      .damaged_bytes = report->damaged_bytes,
      .damaged_places = report->damaged_places,
      .memory_bytes = log->heap.used,
      .memory_peak = log->heap.peak,
      .truncated = report->truncated,
  };
  memcpy(totals, &all, MIN(totals->size, sizeof all));
}

EXPORTED uint32_t uavlog_damage_count(const struct uavlog *log) {
  return log->report->damage_count;
}

EXPORTED int uavlog_get_damage(const struct uavlog *log, uint32_t index, struct uavlog_damage *ret_damage) {
  if (index >= log->report->damage_count)
    return 0;
  const struct damage *damage = &log->report->damage[index];
  *ret_damage = (struct uavlog_damage){damage->offset, damage->bytes, damage->reason, damage->from_us, damage->to_us};
  return 1;
}
