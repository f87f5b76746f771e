/* The compact protocol byte by byte, against its specification. */
#include "table/thrift.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void expect(struct buffer *out, const char *bytes, size_t size) {
  assert_false(out->failed);
  assert_int_equal(out->size, size);
  assert_memory_equal(out->data, bytes, size);
  buffer_clear(out);
}
#define EXPECT(out, literal) expect(out, literal, sizeof(literal) - 1)

static void test_varints(void **state) {
  (void)state;
  scoped(buffer) struct buffer out = buffer_with_max(100);
  thrift_varint(&out, 0);
  thrift_varint(&out, 127);
  thrift_varint(&out, 300);
  EXPECT(&out, "\x00\x7f\xac\x02");
  thrift_varint(&out, UINT64_MAX);
  EXPECT(&out, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  thrift_zigzag(&out, -1);
  thrift_zigzag(&out, 1);
  thrift_zigzag(&out, -2);
  EXPECT(&out, "\x01\x02\x03");
  thrift_zigzag(&out, INT64_MIN);
  EXPECT(&out, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

static void test_fields(void **state) {
  (void)state;
  scoped(buffer) struct buffer out = buffer_with_max(1000);
  struct thrift_writer thrift = thrift_writer_of(&out);
  thrift_i32(&thrift, 1, 5);      /* distance 1, type 5 */
  thrift_text(&thrift, 4, "ab");  /* distance 3, type 8 */
  thrift_bool(&thrift, 20, true); /* distance 16: long form */
  thrift_struct_begin(&thrift, 21);
  thrift_i64(&thrift, 1, -1); /* ids start anew inside */
  thrift_struct_end(&thrift);
  thrift_bool(&thrift, 22, false); /* and go on after it */
  thrift_struct_end(&thrift);
  EXPECT(&out, "\x15\x0a\x38\x02"
               "ab\x01\x28\x1c\x16\x01\x00\x12\x00");
}

static void test_lists(void **state) {
  (void)state;
  scoped(buffer) struct buffer out = buffer_with_max(1000);
  struct thrift_writer thrift = thrift_writer_of(&out);
  thrift_list(&thrift, 1, THRIFT_I32, 2);
  thrift_element_i32(&thrift, 3);
  thrift_element_i32(&thrift, -3);
  EXPECT(&out, "\x19\x25\x06\x05");
  thrift_list(&thrift, 2, THRIFT_STRUCT, 15);
  EXPECT(&out, "\x19\xfc\x0f");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_varints), cmocka_unit_test(test_fields),
                                     cmocka_unit_test(test_lists)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
