/* Signatures against the examples that AWS publishes (S3 API Reference, "Signature Calculation Examples"; General
 * Reference, the test suite's "get-vanilla" family), and against ours by a second implementation for what they lack. */
#include "unit.h"

#include "base/clock.h"
#include "base/sigv4.h"

static const struct sigv4_credentials s3_keys = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                                 NULL};
static const struct sigv4_credentials suite_keys = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL};

static struct sigv4_request s3_request(const char *method, const char *path) {
  return (struct sigv4_request){.method = method,
                                .host = "examplebucket.s3.amazonaws.com",
                                .path = path,
                                .payload = SIGV4_EMPTY,
                                .region = "us-east-1",
                                .service = "s3",
                                .time_us = clock_from_civil(2013, 5, 24, 0, 0, 0),
                                .hash_header = true};
}

static void check(const struct sigv4_credentials *keys, const struct sigv4_request *request, const char *expected) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct sigv4_signed result;
  sigv4_sign(arena, keys, request, &result);
  assert_string_equal(result.signature, expected);
}

static void get_a_range(void **state) {
  (void)state;
  struct sigv4_pair range = {"Range", "bytes=0-9"};
  struct sigv4_request request = s3_request("GET", "/test.txt");
  request.headers = &range;
  request.header_count = 1;
  check(&s3_keys, &request, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  scoped(arena) struct arena *arena = arena_new(0);
  struct sigv4_signed result;
  sigv4_sign(arena, &s3_keys, &request, &result);
  assert_string_equal(result.date, "20130524T000000Z");
  assert_non_null(strstr(result.authorization, "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"));
  assert_non_null(strstr(result.authorization, "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date"));
}

static void put_with_an_odd_name(void **state) {
  (void)state;
  struct sigv4_pair headers[] = {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                                 {"date", "Fri, 24 May 2013 00:00:00 GMT"}};
  struct sigv4_request request = s3_request("PUT", "/test$file.text");
  request.headers = headers;
  request.header_count = 2;
  request.payload = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
  check(&s3_keys, &request, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

static void valueless_and_sorted_queries(void **state) {
  (void)state;
  struct sigv4_pair lifecycle = {"lifecycle", NULL}, list[] = {{"prefix", "J"}, {"max-keys", "2"}};
  struct sigv4_request request = s3_request("GET", "/");
  request.query = &lifecycle;
  request.query_count = 1;
  check(&s3_keys, &request, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  request.query = list;
  request.query_count = 2;
  check(&s3_keys, &request, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void presigned(void **state) {
  (void)state;
  scoped(arena) struct arena *arena = arena_new(0);
  struct sigv4_request request = s3_request("GET", "/test.txt");
  request.payload = SIGV4_UNSIGNED;
  const char *url = sigv4_presign(arena, &s3_keys, &request, 86400);
  assert_non_null(strstr(url, "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
  assert_non_null(strstr(url, "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"));
}

static void streamed_in_chunks(void **state) {
  (void)state;
  scoped(arena) struct arena *arena = arena_new(0);
  struct sigv4_pair headers[] = {{"content-encoding", "aws-chunked"},
                                 {"content-length", "66824"},
                                 {"x-amz-decoded-content-length", "66560"},
                                 {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  struct sigv4_request request = s3_request("PUT", "/examplebucket/chunkObject.txt");
  request.host = "s3.amazonaws.com";
  request.headers = headers;
  request.header_count = ARRAY_COUNT(headers);
  request.payload = SIGV4_STREAMING;
  struct sigv4_signed result;
  sigv4_sign(arena, &s3_keys, &request, &result);
  assert_string_equal(result.signature, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
  char *letters = arena_alloc(arena, 65536);
  memset(letters, 'a', 65536);
  const char *first = sigv4_chunk(arena, &s3_keys, &request, result.signature, bytes_of(letters, 65536));
  assert_string_equal(first, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
  const char *second = sigv4_chunk(arena, &s3_keys, &request, first, bytes_of(letters, 1024));
  assert_string_equal(second, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
  const char *last = sigv4_chunk(arena, &s3_keys, &request, second, bytes_of(letters, 0));
  assert_string_equal(last, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
}

static struct sigv4_request suite_request(const char *method, const char *path) {
  return (struct sigv4_request){.method = method,
                                .host = "example.amazonaws.com",
                                .path = path,
                                .payload = SIGV4_EMPTY,
                                .region = "us-east-1",
                                .service = "service",
                                .time_us = clock_from_civil(2015, 8, 30, 12, 36, 0)};
}

static void the_test_suite(void **state) {
  (void)state;
  struct sigv4_request request = suite_request("GET", "/");
  check(&suite_keys, &request, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  struct sigv4_pair query[] = {{"Param2", "value2"}, {"Param1", "value1"}};
  request.query = query;
  request.query_count = 2;
  check(&suite_keys, &request, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  request = suite_request("GET", "/\u1234");
  check(&suite_keys, &request, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
  request = suite_request("POST", "/");
  check(&suite_keys, &request, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  struct sigv4_pair type = {"content-type", "application/x-www-form-urlencoded; charset=utf-8"};
  struct sigv4_pair list[] = {{"Version", "2010-05-08"}, {"Action", "ListUsers"}};
  request = suite_request("GET", "/");
  request.host = "iam.amazonaws.com";
  request.service = "iam";
  request.headers = &type;
  request.header_count = 1;
  request.query = list;
  request.query_count = 2;
  check(&suite_keys, &request, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

/* What the lake's keys hold: '=', '+', blanks, UTF-8; and values that need their blanks folded. */
static void what_is_signed_is_what_is_sent(void **state) {
  (void)state;
  scoped(arena) struct arena *arena = arena_new(0);
  struct sigv4_request request = s3_request("PUT", "/b/raw/uav=7/date=2026-01-01/a+b c\u00fc~.bin");
  struct sigv4_pair query[] = {{"uploads", NULL}, {"a=b", "c&d/e"}}, header = {"X-Amz-Meta-Name", "  two   blanks "};
  struct sigv4_signed one, two;
  request.query = query;
  request.query_count = 2;
  request.headers = &header;
  request.header_count = 1;
  sigv4_sign(arena, &s3_keys, &request, &one);
  assert_string_equal(one.url_path, "/b/raw/uav%3D7/date%3D2026-01-01/a%2Bb%20c%C3%BC~.bin?a%3Db=c%26d%2Fe&uploads=");
  header.value = "two blanks";
  sigv4_sign(arena, &s3_keys, &request, &two);
  assert_string_equal(one.signature, two.signature);
  struct sigv4_credentials session = s3_keys;
  session.session_token = "token";
  sigv4_sign(arena, &session, &request, &two);
  assert_non_null(strstr(two.authorization, ";x-amz-security-token"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(get_a_range),
                                     cmocka_unit_test(put_with_an_odd_name),
                                     cmocka_unit_test(valueless_and_sorted_queries),
                                     cmocka_unit_test(presigned),
                                     cmocka_unit_test(streamed_in_chunks),
                                     cmocka_unit_test(the_test_suite),
                                     cmocka_unit_test(what_is_signed_is_what_is_sent)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
