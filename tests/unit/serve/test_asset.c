/* Which addresses are the page, which are its files, which are nothing. */
#include "serve/asset.h"

#include "unit.h"

static void files_and_pages(void **state) {
  static const char *const pages[] = {"/", "/flights", "/flights/uav1-20260301T100000Z", "/vehicles/name.with.dots",
                                      "/x"};
  static const char *const nothing[] = {"/x.js", "/api/v1/nothing", "/../app.js", "/app.js.map", "/.git/config"};
  (void)state;
  for (size_t i = 0; i < ARRAY_COUNT(pages); i++)
    assert_string_equal(asset_find(pages[i])->path, "/");
  for (size_t i = 0; i < ARRAY_COUNT(nothing); i++)
    assert_null(asset_find(nothing[i]));
  assert_string_equal(asset_find("/app.js")->media_type, "text/javascript; charset=utf-8");
  assert_int_equal(asset_find("/app.css")->etag[0], '"');
}

static void notices_are_text(void **state) {
  scoped(buffer) struct buffer out = buffer_with_max(4096);
  (void)state;
  asset_notice(&out, "<script>", "a & <img src=x>");
  const char *text = (const char *)buffer_text(&out);
  assert_null(strstr(text, "<script>"));
  assert_null(strstr(text, "<img"));
  assert_non_null(strstr(text, "a &amp; &lt;img src=x>"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(files_and_pages), cmocka_unit_test(notices_are_text)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
