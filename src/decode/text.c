/* text: any text that no other format claims: notes, reports, console output.
 *
 * Message "event", one row a line that says something: the line's number, the text, and how serious it is where a word
 * at its front says so. A time stamp at the front ("2023-09-01 15:56:44.545", "[12:00:01]", "12.345 s" is none) goes
 * into `stamp` and, where it has date and zone, gives the log clock UTC; without a zone the log clock counts from the
 * first stamp, and time_basis says that the zone is unknown. Severity is syslog's: 0 emergency … 3 error, 4 warning, 5
 * notice, 6 information, 7 debugging. Lines over 16 KiB are cut into pieces; control characters become blanks. */
#include "decode/row_set.h"
#include "decode/shape.h"
#include "decode/text_source.h"
#include "decode/text_value.h"

#include <ctype.h>
#include <strings.h>

#define LINE_MAX_BYTES ((size_t)16 << 10)
#define STAMP_WORDS 3
#define HEAD_BYTES ((size_t)64) /* within which a level is looked for behind the stamp */

enum { EVENT_LINE, EVENT_STAMP, EVENT_SEVERITY, EVENT_TEXT };

struct text_log {
  struct text_source source;
  struct row_set rows;
  struct row_table *table;
  int64_t line, base_us, now_us;
  bool zoned, stamped, ended;
};

static int text_probe(const struct probe *probe) {
  return shape_is_text(probe->head) ? 10 : 0;
}

/* The stamp at the front of a line, cut off it: one to three words within brackets or not. */
static bool cut_stamp(struct text *line, struct text_time *time, struct text *ret_stamp) {
  struct text text = text_trim(*line);
  bool bracket = text.size && (text.data[0] == '[' || text.data[0] == '(');
  if (bracket)
    text = text_from(text.data + 1, text.size - 1);
  if (!text.size || !isdigit((unsigned char)text.data[0]))
    return false;
  size_t ends[STAMP_WORDS], count = 0;
  for (size_t i = 0; i <= text.size && i < 48 && count < STAMP_WORDS; i++)
    if (i == text.size || strchr(" \t])|", text.data[i]))
      ends[count++] = i;
  while (count--) {
    size_t size = ends[count];
    while (size && strchr(":,;", text.data[size - 1]))
      size--;
    struct text stamp = text_from(text.data, size);
    if (!text_value_time(stamp, DATE_UNKNOWN, time) || !time->has_time || time->ambiguous)
      continue;
    *ret_stamp = text_trim(stamp);
    size_t passed = MIN(ends[count] + 1, text.size);
    *line = text_trim(text_from(text.data + passed, text.size - passed));
    return true;
  }
  return false;
}

static int severity_of(struct text text) {
  static const struct {
    const char *word;
    int severity;
  } words[] = {{"EMERGENCY", 0}, {"PANIC", 0}, {"ALERT", 1},  {"CRITICAL", 2}, {"FATAL", 2}, {"ERROR", 3}, {"ERR", 3},
               {"WARNING", 4},   {"WARN", 4},  {"NOTICE", 5}, {"INFO", 6},     {"DEBUG", 7}, {"TRACE", 7}};
  size_t end = MIN(text.size, HEAD_BYTES);
  for (size_t at = 0; at < end; at++) {
    if (at && isalnum((unsigned char)text.data[at - 1]))
      continue;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
      size_t size = strlen(words[i].word);
      bool there = at + size <= text.size && strncmp(text.data + at, words[i].word, size) == 0;
      if (!there && at == 0) /* at the very front also "Error:" */
        there = size < text.size && strncasecmp(text.data, words[i].word, size) == 0 && strchr(":]", text.data[size]);
      if (there && (at + size == text.size || !isalnum((unsigned char)text.data[at + size])))
        return words[i].severity;
    }
  }
  return -1;
}

static void set_clock(struct decode *d, const struct text_time *time) {
  struct text_log *log = d->state;
  if (!time->has_date)
    return;
  if (!log->stamped) {
    char created[CLOCK_TEXT_SIZE];
    log->stamped = true;
    log->zoned = time->zoned;
    log->base_us = time->zoned ? 0 : time->us;
    clock_format(created, time->us);
    decode_fact(d, "created", text_from(created, strlen(created) - !time->zoned));
    if (!time->zoned)
      decode_fact(d, "time_basis", TEXT("local clock, zone unknown"));
  }
  if (time->zoned == log->zoned)
    log->now_us = time->us - log->base_us;
}

/* Control characters would reach terminals. */
static struct text make_printable(struct text text, char *room) {
  for (size_t i = 0; i < text.size; i++)
    room[i] = (uint8_t)text.data[i] < 0x20 || text.data[i] == 0x7F ? ' ' : text.data[i];
  return text_trim(text_from(room, text.size));
}

static void take_line(struct decode *d, const struct source_line *line) {
  struct text_log *log = d->state;
  char room[LINE_MAX_BYTES];
  struct text text = make_printable(line->text, room), stamp = TEXT("");
  struct text_time time;
  log->line += line->whole || line->last;
  if (!text.size)
    return;
  if (cut_stamp(&text, &time, &stamp))
    set_clock(d, &time);
  row_begin(&log->rows, log->table, log->now_us);
  row_integer(log->table, EVENT_LINE, log->line);
  row_text(log->table, EVENT_STAMP, stamp);
  int severity = severity_of(text);
  if (severity >= 0)
    row_integer(log->table, EVENT_SEVERITY, severity);
  row_text(log->table, EVENT_TEXT, text);
}

/* Is the clock UTC? The first lines tell. */
static enum status find_zone(struct decode *d, struct error *error) {
  struct text_log *log = d->state;
  struct bytes head;
  TRY(text_source_view(&log->source, TEXT_SOURCE_VIEW, &head, error));
  struct text rest = text_from(head.data, MIN(head.size, TEXT_SOURCE_VIEW)), stamp;
  d->report.clock = DECODE_CLOCK_NONE;
  while (rest.data) {
    struct text line = shape_line(&rest);
    struct text_time time;
    if (!cut_stamp(&line, &time, &stamp) || !time.has_date)
      continue;
    d->report.clock = time.zoned ? DECODE_CLOCK_UTC : DECODE_CLOCK_BOOT;
    break;
  }
  return STATUS_OK;
}

static enum status text_open(struct decode *d, struct error *error) {
  static const struct field fields[] = {
      [EVENT_LINE] = ROW_FIELD("line", "", COLUMN_I64),
      [EVENT_STAMP] = ROW_FIELD("stamp", "", COLUMN_TEXT),
      [EVENT_SEVERITY] = ROW_FIELD("severity", "", COLUMN_I32),
      [EVENT_TEXT] = ROW_FIELD("text", "", COLUMN_TEXT),
  };
  struct text_log *log = d->state;
  log->rows.d = d;
  log->now_us = TIME_NONE;
  log->table = row_table_new(&log->rows, "event", fields, ARRAY_COUNT(fields));
  if (!log->table)
    return error_set(error, STATUS_LIMIT, "no memory is left for a line of text; raise the limit");
  TRY(text_source_open(d, &log->source, error));
  return find_zone(d, error);
}

static enum status text_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct text_log *state = d->state;
  *ret_batch = row_set_next(&state->rows, state->ended);
  while (!*ret_batch && !state->ended) {
    struct source_line line;
    bool there = false;
    TRY(text_source_line(&state->source, LINE_MAX_BYTES, &line, &there, error));
    if (there) {
      take_line(d, &line);
      text_source_skip(&state->source, line.bytes);
    }
    state->ended = !there;
    *ret_batch = row_set_next(&state->rows, state->ended);
  }
  if (state->ended && !d->report.records)
    return error_set(error, STATUS_BAD_DATA, "there is no word in this text; keep the file as it is");
  return STATUS_OK;
}

const struct decoder decoder_text = {
    .name = "text",
    .about = "text",
    .suffixes = "txt md log",
    .source = "user_experience",
    .vocabulary = "text",
    .state_size = sizeof(struct text_log),
    .probe = text_probe,
    .open = text_open,
    .next = text_next,
};
