/* MAVLink dialects read at run time: the same table as the compiled-in one, private messages, refusals. */
#include "whole_log.h"

#include "base/bytes.h"
#include "decode/mavlink_dialect_xml.h"
#include "decode/mavlink_frame.h"

#define TONGUE                                                                                                         \
  "<message id=\"56814\" name=\"TONGUE\"><description>Ours.</description>"                                             \
  "<field type=\"uint8_t\" name=\"number\" instance=\"true\">one</field>"                                              \
  "<field type=\"uint16_t\" name=\"heading\" units=\"cdeg\" enum=\"WORDS\">two</field>"                                \
  "<field type=\"char[4]\" name=\"word\"/><field type=\"int32_t[2]\" name=\"pair\" units=\"[mm]\"/>"                   \
  "<extensions/><field type=\"float\" name=\"late\" units=\"m/s\"/></message>"
#define DIALECT(content) "<?xml version=\"1.0\"?><mavlink>" content "</mavlink>"
#define MESSAGES(content) DIALECT("<messages>" content "</messages>")

static struct arena *arena;

static int begin_arena(void **state) {
  (void)state;
  arena = arena_new(MAVLINK_DIALECT_MEMORY);
  return 0;
}

static int end_arena(void **state) {
  (void)state;
  arena_free(arena);
  return 0;
}

static enum status parse(const char *xml, const struct mavlink_dialect **dialect) {
  return mavlink_dialect_parse(arena, "test.xml", bytes_of(xml, strlen(xml)), dialect, &error);
}

static void assert_same_field(const struct mavlink_field *a, const struct mavlink_field *b) {
  assert_string_equal(a->name, b->name);
  assert_string_equal(a->unit, b->unit);
  assert_int_equal(a->offset, b->offset);
  assert_int_equal(a->count, b->count);
  assert_int_equal(a->is_array, b->is_array);
  assert_int_equal(a->type, b->type);
}

/* Offsets, lengths and CRC_EXTRA are worked out anew from the written definitions: all must come out as generated. */
static void written_reads_as_compiled_in(void **state) {
  (void)state;
  const struct mavlink_dialect *own = mavlink_dialect_ardupilotmega(), *read = NULL;
  scoped(buffer) struct buffer xml = buffer_with_max((size_t)4 << 20);
  mavlink_dialect_write(own, &xml);
  assert_ok(mavlink_dialect_parse(arena, "own.xml", bytes_of(xml.data, xml.size), &read, &error));
  assert_int_equal(read->count, own->count);
  for (uint32_t i = 0; i < own->count; i++) {
    const struct mavlink_definition *a = &read->definitions[i], *b = &own->definitions[i];
    assert_int_equal(a->id, b->id);
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->crc_extra, b->crc_extra);
    assert_int_equal(a->min_length, b->min_length);
    assert_int_equal(a->max_length, b->max_length);
    assert_int_equal(a->instance, b->instance);
    assert_int_equal(a->field_count, b->field_count);
    for (uint16_t f = 0; f < a->field_count; f++)
      assert_same_field(&read->fields[a->first_field + f], &own->fields[b->first_field + f]);
  }
}

static void layout_of_a_private_message(void **state) {
  (void)state;
  const struct mavlink_dialect *dialect = NULL;
  assert_ok(parse(MESSAGES(TONGUE), &dialect));
  assert_int_equal(dialect->count, mavlink_dialect_ardupilotmega()->count + 1);
  const struct mavlink_definition *tongue = mavlink_dialect_find(dialect, 56814);
  assert_non_null(tongue);
  assert_int_equal(tongue->min_length, 15);
  assert_int_equal(tongue->max_length, 19);
  assert_int_equal(tongue->instance, 0);
  const struct mavlink_field *fields = dialect->fields + tongue->first_field;
  assert_int_equal(fields[3].offset, 0); /* pair: the widest comes first */
  assert_int_equal(fields[1].offset, 8);
  assert_int_equal(fields[0].offset, 10);
  assert_int_equal(fields[2].offset, 11);
  assert_int_equal(fields[4].offset, 15);
  assert_string_equal(fields[3].unit, "mm");
  assert_true(fields[3].is_array && !fields[2].is_array);
}

static size_t put_frame(uint8_t *out, uint32_t id, uint8_t extra, const void *payload, uint8_t size) {
  const uint8_t head[] = {MAVLINK_V2, size, 0, 0, 1, 1, 1, (uint8_t)id, (uint8_t)(id >> 8), (uint8_t)(id >> 16)};
  const struct mavlink_crc *tables = mavlink_crc_tables();
  memcpy(out, head, sizeof head);
  memcpy(out + sizeof head, payload, size);
  uint16_t crc = mavlink_crc_step(tables, mavlink_crc_bytes(tables, out + 1, sizeof head - 1u + size), extra);
  memcpy(out + sizeof head + size, &crc, 2);
  return sizeof head + size + 2;
}

/* A bare stream of heartbeats with private messages between them. */
static size_t make_stream(uint8_t *out, const struct mavlink_dialect *dialect) {
  uint8_t beat[9] = {0, 0, 0, 0, 2, 3, 81, 4, 3}, tongue[19] = {0};
  size_t size = 0;
  memcpy(tongue, (int32_t[]){1500, -250}, 8);
  memcpy(tongue + 8, (uint16_t[]){27000}, 2);
  tongue[10] = 3;
  memcpy(tongue + 11, "alba", 4);
  memcpy(tongue + 15, (float[]){2.5f}, 4);
  for (int i = 0; i < 10; i++) {
    size += put_frame(out + size, 0, 50, beat, sizeof beat);
    size += put_frame(out + size, 56814, mavlink_dialect_find(dialect, 56814)->crc_extra, tongue, sizeof tongue);
  }
  return size;
}

static void private_message_needs_its_dialect(void **state) {
  (void)state;
  const struct mavlink_dialect *dialect = NULL;
  uint8_t stream[2048];
  assert_ok(parse(MESSAGES(TONGUE), &dialect));
  size_t size = make_stream(stream, dialect);
  struct whole_log without = whole_read(stream, size, "mavlink", (struct decode_options){0});
  assert_int_equal(whole_count(&without, "HEARTBEAT"), 10);
  assert_int_equal(whole_count(&without, "TONGUE"), 0);
  assert_int_equal(without.report->unknown_records, 10);
  whole_end(&without);
  struct whole_log with = whole_read(stream, size, "mavlink", (struct decode_options){.dialect = dialect});
  assert_int_equal(whole_count(&with, "HEARTBEAT"), 10);
  assert_int_equal(whole_count(&with, "TONGUE"), 10);
  assert_int_equal(with.report->unknown_records, 0);
  const struct whole_row *row = whole_row(&with, "TONGUE", 4);
  assert_int_equal(with.report->message_count, 2);
  assert_int_equal(row->message->instance_field, 2);
  assert_string_equal(row->message->fields[3].unit, "deg");
  assert_true(row->physical[2] == 3 && fabs(row->physical[3] - 270) < 1e-9 && fabs(row->physical[6] - 2.5) < 1e-9);
  assert_true(fabs(row->physical[5] - 1.5) < 1e-9);
  assert_string_equal(row->text[4], "alba");
  whole_end(&with);
}

/* What the file says replaces what is compiled in, number by number. */
static void own_definition_wins(void **state) {
  (void)state;
  const struct mavlink_dialect *dialect = NULL;
  assert_ok(parse(MESSAGES("<message id=\"30\" name=\"MINE\"><field type=\"double\" name=\"x\"/></message>"
                           "<message id=\"30\" name=\"MINE_TOO\"><field type=\"double\" name=\"x\"/></message>"),
                  &dialect));
  assert_int_equal(dialect->count, mavlink_dialect_ardupilotmega()->count);
  assert_string_equal(mavlink_dialect_find(dialect, 30)->name, "MINE_TOO");
  assert_string_equal(mavlink_dialect_find(dialect, 33)->name, "GLOBAL_POSITION_INT");
}

static void hostile_files_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *xml, *word;
  } cases[] = {
      {"", "no element found"},
      {"<html/>", "no element mavlink"},
      {"<mavlink>", "no element found"},
      {DIALECT(""), "defines no message"},
      {"<!DOCTYPE m [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><mavlink>&b;</mavlink>", "entities"},
      {"<!DOCTYPE m [<!ENTITY a SYSTEM \"file:///etc/hostname\">]><mavlink>&a;</mavlink>", "entities"},
      {"<!DOCTYPE m [<!ENTITY % a \"x\"> %a;]><mavlink/>", "entities"},
      {MESSAGES("<message id=\"-1\" name=\"A\"/>"), "id from 0"},
      {MESSAGES("<message id=\"16777216\" name=\"A\"/>"), "id from 0"},
      {MESSAGES("<message id=\"1\" name=\"A B\"/>"), "A B"},
      {MESSAGES("<message id=\"1\" name=\"A\"><field type=\"uint9_t\" name=\"x\"/></message>"), "types"},
      {MESSAGES("<message id=\"1\" name=\"A\"><field type=\"uint8_t[0]\" name=\"x\"/></message>"), "types"},
      {MESSAGES("<message id=\"1\" name=\"A\"><field type=\"uint8_t[256]\" name=\"x\"/></message>"), "types"},
      {MESSAGES("<message id=\"1\" name=\"A\"><field type=\"uint8_t\" name=\"x'\"/></message>"), "types"},
      {MESSAGES("<message id=\"1\" name=\"A\"><field type=\"double[32]\" name=\"x\"/></message>"), "255 bytes"},
  };
  for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
    const struct mavlink_dialect *dialect = NULL;
    assert_status(STATUS_BAD_DATA, parse(cases[i].xml, &dialect));
    assert_non_null(strstr(error.text, cases[i].word));
    assert_null(dialect);
  }
}

static void too_many_fields_and_messages(void **state) {
  (void)state;
  scoped(buffer) struct buffer xml = buffer_with_max((size_t)1 << 20);
  const struct mavlink_dialect *dialect = NULL;
  buffer_add_text(&xml, "<mavlink><messages><message id=\"1\" name=\"A\">");
  for (int i = 0; i < 65; i++)
    buffer_format(&xml, "<field type=\"uint8_t\" name=\"x%d\"/>", i);
  buffer_add_text(&xml, "</message></messages></mavlink>");
  assert_status(STATUS_BAD_DATA, parse(buffer_text(&xml), &dialect));
  buffer_clear(&xml);
  buffer_add_text(&xml, "<mavlink><messages>");
  for (int i = 0; i < 5000; i++)
    buffer_format(&xml, "<message id=\"%d\" name=\"A\"/>", i);
  buffer_add_text(&xml, "</messages></mavlink>");
  assert_status(STATUS_LIMIT, parse(buffer_text(&xml), &dialect));
}

static void write_file(const char *folder, const char *name, const char *text) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_ok(file_write(path, bytes_of(text, strlen(text)), &error));
}

static enum status read_from(const char *folder, const char *name, const struct mavlink_dialect **dialect) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  *dialect = NULL;
  return mavlink_dialect_read(arena, path, dialect, &error);
}

static void includes(void **state) {
  (void)state;
  const struct mavlink_dialect *dialect = NULL;
  char *folder = new_folder(), name[32], text[128];
  write_file(folder, "a.xml",
             DIALECT("<include> b.xml </include><include>common.xml</include><messages>" TONGUE "</messages>"));
  write_file(folder, "b.xml",
             DIALECT("<include>a.xml</include><messages><message id=\"56814\" name=\"OLD\"/>"
                     "<message id=\"56815\" name=\"OTHER\"/></messages>"));
  assert_ok(read_from(folder, "a.xml", &dialect)); /* a circle ends, the including file has the last word */
  assert_string_equal(mavlink_dialect_find(dialect, 56814)->name, "TONGUE");
  assert_string_equal(mavlink_dialect_find(dialect, 56815)->name, "OTHER");
  write_file(folder, "c.xml", DIALECT("<include>nowhere.xml</include>"));
  assert_status(STATUS_NOT_FOUND, read_from(folder, "c.xml", &dialect));
  assert_non_null(strstr(error.text, "nowhere.xml"));
  for (int i = 0; i < 30; i++) {
    snprintf(name, sizeof name, "d%d.xml", i);
    snprintf(text, sizeof text, DIALECT("<include>d%d.xml</include>"), i + 1);
    write_file(folder, name, text);
  }
  assert_status(STATUS_LIMIT, read_from(folder, "d0.xml", &dialect));
  assert_ok(tree_remove(folder, &error));
  free(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(written_reads_as_compiled_in),
      cmocka_unit_test(layout_of_a_private_message),
      cmocka_unit_test(private_message_needs_its_dialect),
      cmocka_unit_test(own_definition_wins),
      cmocka_unit_test(hostile_files_are_refused),
      cmocka_unit_test(too_many_fields_and_messages),
      cmocka_unit_test(includes),
  };
  return cmocka_run_group_tests(tests, begin_arena, end_arena);
}
