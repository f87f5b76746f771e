/* format_table: aligned text for people. Numbers stand right, null is empty, at most row_limit rows are shown and a
 * last line says how many there are. Where the columns don't fit into the terminal's width the widest are cut with "…";
 * where they can't be cut enough each row becomes a block of "name  value" lines. Control characters become '?', so
 * that a text out of a log can't write to the terminal. */
#include "warehouse/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { ROWS_DEFAULT = 1000, WIDTH_LEAST = 8, GAP = 2 };
#define CELLS_MAX ((size_t)256 << 20)

struct table_column {
  const char *name;
  bool right;
  uint32_t width;
};

struct table_state {
  struct arena *arena;
  struct table_column *columns;
  uint16_t count;
  char **cells; /* rows × count */
  size_t shown, capacity;
  struct buffer cell;
  bool plan; /* the answer to EXPLAIN: its last column is a drawing */
};

/* Code point at text[i], its bytes in *ret_size. The text is valid UTF-8. */
static uint32_t code_point(const char *text, size_t *ret_size) {
  const uint8_t *p = (const uint8_t *)text;
  size_t size = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
  uint32_t code = size == 1 ? p[0] : p[0] & (0x7Fu >> size);
  for (size_t i = 1; i < size; i++)
    code = code << 6 | (p[i] & 0x3F);
  *ret_size = size;
  return code;
}

/* Cells of a terminal: combining marks 0, East Asian wide and emoji 2. */
static uint32_t code_width(uint32_t code) {
  static const struct {
    uint32_t from, to, width;
  } ranges[] = {{0x300, 0x36F, 0},   {0x200B, 0x200F, 0}, {0xFE00, 0xFE0F, 0},   {0x1100, 0x115F, 2},
                {0x2E80, 0xA4CF, 2}, {0xAC00, 0xD7A3, 2}, {0xF900, 0xFAFF, 2},   {0xFE30, 0xFE6F, 2},
                {0xFF00, 0xFF60, 2}, {0xFFE0, 0xFFE6, 2}, {0x1F300, 0x1FAFF, 2}, {0x20000, 0x3FFFD, 2}};
  for (size_t i = 0; i < ARRAY_COUNT(ranges); i++)
    if (code >= ranges[i].from && code <= ranges[i].to)
      return ranges[i].width;
  return 1;
}

static uint32_t text_width(const char *text) {
  uint32_t width = 0;
  for (size_t size; *text; text += size)
    width += code_width(code_point(text, &size));
  return width;
}

/* A copy that is UTF-8 and has no control characters, except line breaks where they are wanted. */
static char *clean_text(struct arena *arena, struct text text, bool lines) {
  char *copy = text_to_utf8(arena, text);
  for (char *p = copy; *p; p++)
    if (lines && *p == '\n')
      continue;
    else if ((uint8_t)*p < 0x20 || *p == 0x7F)
      *p = *p == '\n' || *p == '\t' ? ' ' : '?';
    else if ((uint8_t)*p == 0xC2 && (uint8_t)p[1] < 0xA0)
      p[0] = p[1] = '?';
  return copy;
}

static enum status table_begin(struct result_writer *writer, const struct field *fields, uint16_t count,
                               struct error *error) {
  (void)error;
  struct table_state *state = writer->state = memory_new(sizeof *state);
  state->arena = arena_new(0);
  state->count = count;
  state->cell = buffer_with_max((size_t)64 << 20);
  state->plan = count == 2 && strcmp(fields[1].name, "explain_value") == 0;
  state->columns = arena_alloc_array(state->arena, count + 1u, sizeof *state->columns);
  for (uint16_t i = 0; i < count; i++) {
    struct table_column *column = &state->columns[i];
    column->name = clean_text(state->arena, text_of(fields[i].name), false);
    column->right = column_type_is_number(fields[i].type) && fields[i].type != COLUMN_TIME &&
                    fields[i].type != COLUMN_BOOL && !fields[i].is_array;
    column->width = text_width(column->name);
  }
  return STATUS_OK;
}

/* People compare numbers by their first digits: 10 of a double and 7 of a float, the other forms keep all. */
static void add_cell(struct buffer *out, const struct column *column, uint32_t row) {
  const struct field *field = column->field;
  bool real = (field->type == COLUMN_F64 || field->type == COLUMN_F32) && field->count == 1 && column->values;
  double value = real ? column_double(column, row) : 0;
  if (real && column_is_valid(column, row) && isfinite(value))
    buffer_format(out, "%.*g", field->type == COLUMN_F32 ? 7 : 10, value);
  else
    format_cell(out, column, row);
}

static void keep_row(struct table_state *state, const struct column *columns, uint32_t row) {
  if (state->shown == state->capacity) {
    state->capacity = MAX((size_t)64, state->capacity * 2);
    state->cells = memory_resize(state->cells, state->capacity * state->count, sizeof *state->cells);
  }
  for (uint16_t i = 0; i < state->count; i++) {
    buffer_clear(&state->cell);
    add_cell(&state->cell, &columns[i], row);
    char *text = clean_text(state->arena, text_from(state->cell.data, state->cell.size), state->plan);
    state->cells[state->shown * state->count + i] = text;
    state->columns[i].width = MAX(state->columns[i].width, text_width(text));
  }
  state->shown++;
}

static enum status table_rows(struct result_writer *writer, const struct column *columns, uint32_t rows,
                              struct error *error) {
  struct table_state *state = writer->state;
  uint64_t limit = writer->output.row_limit ? writer->output.row_limit : ROWS_DEFAULT;
  for (uint32_t row = 0; row < rows && state->shown < limit; row++) {
    keep_row(state, columns, row);
    if (arena_used(state->arena) > CELLS_MAX)
      return error_set(error, STATUS_LIMIT,
                       "The result is too wide for a table: ask for fewer rows or use the format csv");
  }
  return STATUS_OK;
}

/* Cuts the widest columns until the line fits; false where that isn't enough. */
static bool fit(struct table_state *state, uint32_t width) {
  uint64_t total = state->count ? (state->count - 1u) * (uint64_t)GAP : 0;
  for (uint16_t i = 0; i < state->count; i++)
    total += state->columns[i].width;
  while (total > width) {
    struct table_column *widest = &state->columns[0], *second = NULL;
    for (uint16_t i = 1; i < state->count; i++) {
      struct table_column *column = &state->columns[i];
      if (column->width > widest->width) {
        second = widest;
        widest = column;
      } else if (!second || column->width > second->width) {
        second = column;
      }
    }
    uint32_t floor = MAX((uint32_t)WIDTH_LEAST, second ? second->width : 0);
    uint64_t cut = MIN(total - width, (uint64_t)MAX(widest->width, floor + 1) - floor);
    if (widest->width <= WIDTH_LEAST)
      return false;
    widest->width -= (uint32_t)MIN(cut, (uint64_t)(widest->width - WIDTH_LEAST));
    total -= cut;
  }
  return true;
}

static void add_repeated(struct buffer *out, const char *text, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    buffer_add_text(out, text);
}

/* At most `width` cells of the text, with "…" where it was cut. Returns the cells used. */
static uint32_t add_cut(struct buffer *out, const char *text, uint32_t width) {
  uint32_t whole = text_width(text);
  if (whole <= width) {
    buffer_add_text(out, text);
    return whole;
  }
  uint32_t used = 0;
  for (size_t size; *text; text += size) {
    uint32_t wide = code_width(code_point(text, &size));
    if (used + wide + 1 > width)
      break;
    buffer_add(out, text, size);
    used += wide;
  }
  buffer_add_text(out, "…");
  return used + 1;
}

static void add_line(struct result_writer *writer, const struct table_state *state, char *const *cells) {
  struct buffer *out = &writer->text;
  for (uint16_t i = 0; i < state->count; i++) {
    const struct table_column *column = &state->columns[i];
    const char *text = cells ? cells[i] : column->name;
    uint32_t own = MIN(text_width(text), column->width);
    if (column->right)
      add_repeated(out, " ", column->width - own);
    uint32_t used = add_cut(out, text, column->width);
    if (i + 1 == state->count)
      break;
    if (!column->right)
      add_repeated(out, " ", column->width - used);
    add_repeated(out, " ", GAP);
  }
  buffer_add_byte(out, '\n');
}

static void add_grid(struct result_writer *writer, const struct table_state *state) {
  add_line(writer, state, NULL);
  for (uint16_t i = 0; i < state->count; i++) {
    add_repeated(&writer->text, " ", i ? GAP : 0);
    add_repeated(&writer->text, "─", state->columns[i].width);
  }
  buffer_add_byte(&writer->text, '\n');
  for (size_t row = 0; row < state->shown; row++)
    add_line(writer, state, state->cells + row * state->count);
}

static void add_blocks(struct result_writer *writer, const struct table_state *state) {
  uint32_t widest = 0;
  for (uint16_t i = 0; i < state->count; i++)
    widest = MAX(widest, text_width(state->columns[i].name));
  for (size_t row = 0; row < state->shown; row++) {
    buffer_format(&writer->text, "── row %zu\n", row + 1);
    for (uint16_t i = 0; i < state->count; i++) {
      buffer_add_text(&writer->text, state->columns[i].name);
      add_repeated(&writer->text, " ", widest - text_width(state->columns[i].name) + GAP);
      buffer_add_text(&writer->text, state->cells[row * state->count + i]);
      buffer_add_byte(&writer->text, '\n');
    }
  }
}

static enum status table_finish(struct result_writer *writer, struct error *error) {
  (void)error;
  struct table_state *state = writer->state;
  if (state->plan) {
    for (size_t row = 0; row < state->shown; row++)
      buffer_format(&writer->text, "%s\n", state->cells[row * state->count + 1]);
    return STATUS_OK;
  }
  if (!writer->output.width || fit(state, writer->output.width))
    add_grid(writer, state);
  else
    add_blocks(writer, state);
  if (state->shown < writer->rows)
    buffer_format(&writer->text, "%zu of %" PRIu64 " rows shown\n", state->shown, writer->rows);
  else
    buffer_format(&writer->text, "%" PRIu64 " row%s\n", writer->rows, writer->rows == 1 ? "" : "s");
  return STATUS_OK;
}

static void table_free(struct result_writer *writer) {
  struct table_state *state = writer->state;
  if (!state)
    return;
  arena_free(state->arena);
  buffer_free(&state->cell);
  free(state->cells);
  free(state);
}

const struct result_format format_table = {
    .name = "table",
    .about = "aligned text for people",
    .media_type = "text/plain; charset=utf-8",
    .begin = table_begin,
    .rows = table_rows,
    .finish = table_finish,
    .free = table_free,
};
