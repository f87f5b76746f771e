/* parameters: parameter files: a name in capitals, a blank, tab or comma, and a number a line (ArduPilot tools), or
 * five columns system, component, name, value, type (QGroundControl); "#" begins a remark. Message "parameter": the
 * name, the value, and system and component where they are told. The file has no clock. Remarks such as "# Vehicle-Id:
 * 1" become facts only where they name the vehicle's firmware. A line that is none of this is damage. */
#include "decode/row_set.h"
#include "decode/shape.h"
#include "decode/text_source.h"

#define LINE_MAX_BYTES ((size_t)4096)

struct parameters {
  struct text_source source;
  struct row_set rows;
  struct row_table *table;
  bool ended;
};

static bool is_name(struct text word) {
  if (word.size < 2 || word.size > 16)
    return false;
  for (size_t i = 0; i < word.size; i++)
    if (!(word.data[i] >= 'A' && word.data[i] <= 'Z') && !(i && word.data[i] >= '0' && word.data[i] <= '9') &&
        !(i && word.data[i] == '_'))
      return false;
  return true;
}

static int split(struct text line, struct text words[5]) {
  int count = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= line.size && count < 5; i++) {
    bool is_end = i == line.size || line.data[i] == ' ' || line.data[i] == '\t' || line.data[i] == ',';
    if (is_end && i > begin)
      words[count++] = text_from(line.data + begin, i - begin);
    if (is_end)
      begin = i + 1;
  }
  return count;
}

static bool is_parameter(struct text line) {
  struct text words[5];
  double value;
  int64_t number;
  int count = split(line, words);
  if (count == 5 && text_to_i64(words[0], &number))
    return text_to_i64(words[1], &number) && is_name(words[2]) && text_to_double(words[3], &value) &&
           text_to_i64(words[4], &number);
  return count >= 2 && is_name(words[0]) && text_to_double(words[1], &value) &&
         (count == 2 || words[2].data[0] == '#' || words[2].data[0] == '@');
}

static int parameters_probe(const struct probe *probe) {
  struct text rest = shape_text(probe->head);
  int good = 0, bad = 0;
  while (rest.data && good + bad < 200) {
    struct text line = text_trim(shape_full_line(&rest));
    if (line.size && line.data[0] != '#' && rest.data) {
      bool is_good = is_parameter(line);
      good += is_good;
      bad += !is_good;
      if (bad > 3 + good / 10)
        return 0;
    }
  }
  return good >= 2 && good > bad * 10 ? 80 : 0;
}

static void take_remark(struct decode *d, struct text remark) {
  struct text rest = text_trim(text_from(remark.data + 1, remark.size - 1));
  struct text key = text_trim(text_cut(&rest, ':'));
  if (!rest.data)
    return;
  if (text_is(key, "Stack"))
    decode_fact(d, "autopilot", text_is(text_trim(rest), "ArduPilot") ? TEXT("ardupilot") : TEXT("px4"));
  else if (text_is(key, "Version"))
    decode_fact(d, "firmware", text_trim(rest));
}

static void take_line(struct decode *d, const struct source_line *line) {
  struct parameters *state = d->state;
  struct text words[5] = {{0}}, text = text_trim(line->text);
  double value;
  int64_t number;
  if (!text.size)
    return;
  if (text.data[0] == '#') {
    take_remark(d, text);
    return;
  }
  int count = split(text, words);
  bool five = count == 5 && text_to_i64(words[0], &number);
  struct text name = five ? words[2] : words[0];
  if (!is_parameter(text) || !text_to_double(five ? words[3] : words[1], &value)) {
    d->report.bad_records++;
    decode_damage(d, line->offset, line->file_bytes, "a line that is no parameter", TIME_NONE, TIME_NONE);
    return;
  }
  row_begin(&state->rows, state->table, TIME_NONE);
  row_text(state->table, 0, name);
  row_double(state->table, 1, value);
  for (uint16_t i = 0; five && i < 2; i++)
    if (text_to_i64(words[i], &number))
      row_integer(state->table, (uint16_t)(2 + i), number);
}

static enum status parameters_open(struct decode *d, struct error *error) {
  static const struct field fields[] = {ROW_FIELD("name", "", COLUMN_TEXT), ROW_FIELD("value", "", COLUMN_F64),
                                        ROW_FIELD("system", "", COLUMN_I32), ROW_FIELD("component", "", COLUMN_I32)};
  struct parameters *state = d->state;
  state->rows.d = d;
  d->report.clock = DECODE_CLOCK_NONE;
  state->table = row_table_new(&state->rows, "parameter", fields, ARRAY_COUNT(fields));
  if (!state->table)
    return error_set(error, STATUS_LIMIT, "no memory is left for parameters; raise the limit");
  return text_source_open(d, &state->source, error);
}

static enum status parameters_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct parameters *state = d->state;
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
    return error_set(error, STATUS_BAD_DATA, "no parameter can be read from this file; keep the file as it is");
  return STATUS_OK;
}

const struct decoder decoder_parameters = {
    .name = "parameters",
    .about = "parameter file",
    .suffixes = "parm param params",
    .source = "ground_station",
    .vocabulary = "text",
    .state_size = sizeof(struct parameters),
    .probe = parameters_probe,
    .open = parameters_open,
    .next = parameters_next,
};
