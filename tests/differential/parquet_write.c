/* parquet_write: turns a dump of columns into a Parquet file, so that other programs can check and time the writer.
 *
 *   parquet_write DUMP PARQUET [ROWS-A-CALL [REPEAT]]
 *
 * Prints one line: CPU seconds of the writing, bytes, rows. Dump (little-endian; made by columns.py): u32 columns,
 * u32 rows; then a column: u16 name length, name, u8 type (enum column_type), u8 is_array, u16 count, f64 scale,
 * u8 has_validity, [u64 words], then for TEXT and BYTES u32 offsets (rows + 1) and the bytes, else the values. */
#include "base/clock.h"
#include "base/file.h"
#include "table/table.h"

#include <stdio.h>
#include <stdlib.h>

struct dump {
  uint32_t columns, rows;
  struct field *fields;
  struct column *values;
};

static void take_texts(struct reader *reader, struct arena *arena, struct column *column, uint32_t rows) {
  struct text *texts = arena_alloc_array(arena, rows + 1, sizeof *texts);
  struct bytes offsets = read_bytes(reader, (size_t)(rows + 1) * 4);
  if (reader->overrun)
    return;
  uint32_t size = load_u32(offsets.data + (size_t)rows * 4);
  struct bytes pool = read_bytes(reader, size);
  for (uint32_t row = 0; row < rows && !reader->overrun; row++) {
    uint32_t from = load_u32(offsets.data + (size_t)row * 4), to = load_u32(offsets.data + (size_t)row * 4 + 4);
    texts[row] = text_from(pool.data + from, to - from);
  }
  column->values = texts;
}

static void take_column(struct reader *reader, struct arena *arena, struct dump *dump, uint32_t index) {
  struct field *field = &dump->fields[index];
  struct column *column = &dump->values[index];
  struct bytes name = read_bytes(reader, read_u16(reader));
  field->name = arena_copy(arena, name.data, name.size);
  field->unit = "";
  field->type = read_u8(reader);
  field->is_array = read_u8(reader);
  field->count = read_u16(reader);
  struct bytes scale = read_bytes(reader, sizeof(double));
  if (reader->overrun || field->type >= COLUMN_TYPE_COUNT)
    return;
  field->scale = load_f64(scale.data);
  column->field = field;
  if (read_u8(reader)) {
    size_t size = (size_t)(dump->rows + 63) / 64 * 8;
    struct bytes words = read_bytes(reader, size);
    column->valid = (uint64_t *)(void *)arena_copy(arena, words.data, words.size);
  }
  if (field->type == COLUMN_TEXT || field->type == COLUMN_BYTES) {
    take_texts(reader, arena, column, dump->rows);
    return;
  }
  struct bytes values = read_bytes(reader, column_width(field) * dump->rows);
  column->values = arena_copy(arena, values.data, values.size);
}

/* The columns from `first` on: validity only at multiples of 64 rows. */
static void cut(const struct dump *dump, uint32_t first, struct column *part) {
  for (uint32_t c = 0; c < dump->columns; c++) {
    part[c] = dump->values[c];
    part[c].values = (uint8_t *)part[c].values + first * column_width(part[c].field);
    part[c].valid = part[c].valid ? part[c].valid + first / 64 : NULL;
  }
}

static enum status write_dump(const struct dump *dump, const char *path, uint32_t step, struct error *error) {
  struct parquet_metadata metadata[] = {{"uavlake.test", "ünicode ✓"}};
  struct parquet_writer *writer;
  uint64_t bytes, rows;
  double start = clock_cpu_s();
  TRY(parquet_create(path, dump->fields, (uint16_t)dump->columns, NULL, metadata, 1, &writer, error));
  scoped(memory) struct column *part = memory_new(dump->columns * sizeof *part);
  enum status status = STATUS_OK;
  for (uint32_t first = 0; first < dump->rows && status == STATUS_OK; first += step) {
    cut(dump, first, part);
    status = parquet_rows(writer, part, MIN(step, dump->rows - first), error);
  }
  if (status == STATUS_OK)
    status = parquet_finish(writer, &bytes, &rows, error);
  parquet_free(writer);
  if (status == STATUS_OK)
    printf("%.6f %llu %llu\n", clock_cpu_s() - start, (unsigned long long)bytes, (unsigned long long)rows);
  return status;
}

int main(int argc, char **argv) {
  struct error error = {0};
  struct bytes content;
  if (argc < 3) {
    fprintf(stderr, "usage: parquet_write DUMP PARQUET [ROWS-A-CALL [REPEAT]]\n");
    return 2;
  }
  scoped(arena) struct arena *arena = arena_new(0);
  uint32_t step = argc > 3 ? (uint32_t)atoi(argv[3]) / 64 * 64 : 0;
  int repeat = argc > 4 ? atoi(argv[4]) : 1;
  enum status status = file_read(arena, argv[1], (size_t)2 << 30, &content, &error);
  if (status == STATUS_OK) {
    struct reader reader = reader_of(content);
    struct dump dump = {.columns = read_u32(&reader), .rows = read_u32(&reader)};
    dump.fields = arena_alloc_array(arena, dump.columns, sizeof *dump.fields);
    dump.values = arena_alloc_array(arena, dump.columns, sizeof *dump.values);
    for (uint32_t c = 0; c < dump.columns; c++)
      take_column(&reader, arena, &dump, c);
    if (reader.overrun)
      status = error_set(&error, STATUS_BAD_DATA, "The dump %s ends early", argv[1]);
    for (int i = 0; i < repeat && status == STATUS_OK; i++)
      status = write_dump(&dump, argv[2], step ? step : 8192, &error);
  }
  if (status != STATUS_OK)
    fprintf(stderr, "%s\n", error.text);
  return status_row(status)->exit_code;
}
