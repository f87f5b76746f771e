/* s3_call: one request to the service, signed anew at each try, and what its answer means.
 *
 *   no whole answer, 429, 5xx, SlowDown, RequestTimeout, damaged body   again, after a delay, while the budget lasts
 *   200 with an <Error> in the body (copy, complete)                   as the error that it tells
 *   RequestTimeTooSkewed                                               the offset to the service's clock is kept; again
 *   ExpiredToken                                                       new credentials once; again
 *   301, 307, AuthorizationHeaderMalformed with a region               that region from now on; again
 *   409 ConditionalRequestConflict                                     two wrote at once; again
 *   412                                                                STATUS_EXISTS
 *   other 4xx                                                          never again; the text names action and resource
 *
 * A signature that does not match is tried once more: a damaged header looks the same as a wrong secret.
 * Source: Amazon S3 API Reference, "Error responses". */
#include "store/s3_private.h"

#include "base/clock.h"
#include "base/xml.h"

#include <stdio.h>
#include <stdlib.h>

#define REDIRECTS_MAX 3u
#define SKEW_LEAST_US (60 * US_PER_S)

void s3_call_begin(struct s3_call *call, const char *method, const char *key, const char *what) {
  *call = (struct s3_call){.method = method, .key = key, .what = what, .arena = arena_new(0)};
}

void s3_call_end(struct s3_call *call) {
  arena_free(call->arena);
  http_answer_free(&call->answer);
}

void s3_call_query(struct s3_call *call, const char *name, const char *value) {
  if (call->query_count < S3_PAIRS_MAX)
    call->query[call->query_count++] = (struct sigv4_pair){name, value};
}

void s3_call_header(struct s3_call *call, const char *name, const char *value) {
  if (call->header_count < S3_PAIRS_MAX)
    call->headers[call->header_count++] = (struct sigv4_pair){name, value};
}

const char *s3_full_key(const struct s3_store *s3, struct arena *arena, const char *key) {
  return arena_format(arena, "%s%s%s", s3->settings.prefix, s3->settings.prefix[0] && key[0] ? "/" : "", key);
}

/* ---- sending ---- */

static const char *path_of(struct s3_store *s3, struct s3_call *call) {
  const struct s3_settings *s = &s3->settings;
  const char *key = call->key ? s3_full_key(s3, call->arena, call->key) : "";
  return arena_format(call->arena, "/%s%s%s", s->path_style ? s->bucket : "", s->path_style && call->key ? "/" : "",
                      key);
}

static void fill_sent(struct s3_call *call, const struct sigv4_request *signing, const struct sigv4_signed *result,
                      const char *token, struct http_request *request) {
  uint32_t count = 0;
  for (; count < call->header_count; count++)
    call->sent[count] = (struct http_header){call->headers[count].name, call->headers[count].value};
  call->sent[count++] = (struct http_header){"authorization", result->authorization};
  call->sent[count++] = (struct http_header){"x-amz-date", result->date};
  call->sent[count++] = (struct http_header){"x-amz-content-sha256", signing->payload};
  if (token[0])
    call->sent[count++] = (struct http_header){"x-amz-security-token", token};
  request->headers = call->sent;
  request->header_count = count;
}

enum status s3_call_sign(struct s3_store *s3, struct s3_call *call, struct http_request *ret_request,
                         struct error *error) {
  struct sigv4_credentials keys;
  struct sigv4_signed result;
  TRY(aws_chain_get(s3->chain, call->arena, &keys, error));
  call->access_key = keys.access_key;
  pthread_mutex_lock(&s3->lock);
  struct sigv4_request signing = {.method = call->method,
                                  .host = s3->settings.host,
                                  .path = path_of(s3, call),
                                  .query = call->query,
                                  .query_count = call->query_count,
                                  .headers = call->headers,
                                  .header_count = call->header_count,
                                  .payload = call->payload ? call->payload : SIGV4_EMPTY,
                                  .region = s3->settings.region,
                                  .service = "s3",
                                  .time_us = clock_now_us() + s3->clock_offset_us,
                                  .hash_header = true};
  pthread_mutex_unlock(&s3->lock);
  sigv4_sign(call->arena, &keys, &signing, &result);
  *ret_request = call->body;
  ret_request->method = call->method;
  ret_request->url = arena_format(call->arena, "%s://%s%s", s3->settings.secure ? "https" : "http", signing.host,
                                  result.url_path);
  fill_sent(call, &signing, &result, keys.session_token, ret_request);
  call->tries++;
  return STATUS_OK;
}

/* ---- reading the answer ---- */

static enum status take_error(void *context, const char *path, struct text text, struct error *error) {
  (void)error;
  struct s3_call *call = context;
  int size = (int)MIN(text.size, sizeof call->message - 1);
  if (strcmp(path, "Error/Code") == 0)
    snprintf(call->code, sizeof call->code, "%.*s", size, text.data);
  else if (strcmp(path, "Error/Message") == 0)
    snprintf(call->message, sizeof call->message, "%.*s", size, text.data);
  else if (strcmp(path, "Error/Region") == 0)
    snprintf(call->region, sizeof call->region, "%.*s", size, text.data);
  return STATUS_OK;
}

/* True where the body is a whole document. */
static bool read_error(struct s3_call *call) {
  struct xml_callbacks callbacks = {take_error, call};
  call->code[0] = call->message[0] = call->region[0] = 0;
  return call->answer.body.size &&
         xml_read(bytes_of(call->answer.body.data, call->answer.body.size), &callbacks, NULL) == STATUS_OK;
}

static bool code_is(const struct s3_call *call, const char *const *codes) {
  for (size_t i = 0; codes[i]; i++)
    if (strcmp(call->code, codes[i]) == 0)
      return true;
  return false;
}

static bool worth_another_try(const struct s3_call *call) {
  static const char *const codes[] = {"RequestTimeout",
                                      "SlowDown",
                                      "InternalError",
                                      "ServiceUnavailable",
                                      "Throttling",
                                      "ThrottlingException",
                                      "RequestThrottled",
                                      "TooManyRequests",
                                      "BadDigest",
                                      "XAmzContentSHA256Mismatch",
                                      "XAmzContentChecksumMismatch",
                                      "IncompleteBody",
                                      "ConditionalRequestConflict",
                                      "OperationAborted",
                                      NULL};
  int code = call->answer.code;
  return code == 408 || code == 429 || code == 500 || code == 502 || code == 503 || code == 504 ||
         code_is(call, codes) || (strcmp(call->code, "SignatureDoesNotMatch") == 0 && call->tries == 1);
}

/* "Tue, 24 Nov 2026 02:00:43 GMT" */
static bool read_http_date(const char *text, int64_t *ret_us) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  int day, year, hour, minute, second;
  char month[4];
  const char *comma = text ? strchr(text, ',') : NULL;
  if (!comma || sscanf(comma + 1, "%2d %3s %4d %2d:%2d:%2d", &day, month, &year, &hour, &minute, &second) != 6)
    return false;
  const char *found = strstr(months, month);
  if (!found || strlen(month) != 3)
    return false;
  *ret_us = clock_from_civil(year, (int)(found - months) / 3 + 1, day, hour, minute, second);
  return true;
}

/* The service's clock says another time than the one that was signed. HEAD has no body that could say so. */
static bool mend_clock(struct s3_store *s3, struct s3_call *call) {
  int64_t theirs_us, now_us = clock_now_us();
  bool told = strcmp(call->code, "RequestTimeTooSkewed") == 0 || strcmp(call->code, "RequestExpired") == 0 ||
              (call->answer.code == 403 && !call->code[0]);
  if (!told || !read_http_date(http_answer_header(&call->answer, "date"), &theirs_us))
    return false;
  pthread_mutex_lock(&s3->lock);
  int64_t change = theirs_us - now_us - s3->clock_offset_us;
  bool mended = llabs(change) > SKEW_LEAST_US;
  if (mended)
    s3->clock_offset_us = theirs_us - now_us;
  pthread_mutex_unlock(&s3->lock);
  return mended;
}

static bool follow_region(struct s3_store *s3, struct s3_call *call) {
  const char *region = http_answer_header(&call->answer, "x-amz-bucket-region");
  int code = call->answer.code;
  bool told = code == 301 || code == 307 || code == 400 || code == 403;
  region = region && region[0] ? region : call->region;
  if (!told || !region[0] || strlen(region) > 32 ||
      strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(region))
    return false;
  pthread_mutex_lock(&s3->lock);
  bool other = strcmp(region, s3->settings.region) != 0;
  if (other) {
    s3->settings.region = arena_copy_text(s3->arena, region);
    s3_settings_locate(s3->arena, &s3->settings);
  }
  pthread_mutex_unlock(&s3->lock);
  return other;
}

static bool renew_credentials(struct s3_store *s3, struct s3_call *call) {
  static const char *const codes[] = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken",
                                      NULL};
  bool silent = strcmp(call->method, "HEAD") == 0 && call->answer.code == 400;
  if (call->renewed || !(code_is(call, codes) || silent))
    return false;
  call->renewed = true;
  aws_chain_expire(s3->chain, call->access_key);
  return true;
}

static uint32_t asked_delay_ms(const struct s3_call *call) {
  const char *text = http_answer_header(&call->answer, "retry-after");
  int64_t seconds = 0;
  return text && text_to_i64(text_of(text), &seconds) && seconds > 0 ? (uint32_t)MIN(seconds, 86400) * 1000 : 0;
}

static enum status status_of(const struct s3_call *call) {
  switch (call->answer.code) {
  case 401:
  case 403:
    return STATUS_DENIED;
  case 404:
    return STATUS_NOT_FOUND;
  case 412:
    return STATUS_EXISTS;
  case 405:
  case 501:
    return STATUS_UNSUPPORTED;
  default:
    return call->answer.code >= 500 || call->answer.code == 429 ? STATUS_NETWORK : STATUS_SETTINGS;
  }
}

static enum status explain(const struct s3_store *s3, const struct s3_call *call, struct error *error) {
  enum status status = status_of(call);
  const char *key = call->key ? s3_full_key(s3, call->arena, call->key) : "";
  const char *code = call->code[0] ? call->code : "no reason given";
  if (strcmp(call->code, "NoSuchBucket") == 0)
    return error_set(error, STATUS_NOT_FOUND, "there is no bucket '%s': make it, or name another", s3->settings.bucket);
  if (status == STATUS_NOT_FOUND)
    return error_set(error, status, "there is no s3://%s/%.250s", s3->settings.bucket, key);
  if (status == STATUS_EXISTS)
    return error_set(error, status, "s3://%s/%.250s is there already", s3->settings.bucket, key);
  if (strcmp(call->code, "InvalidAccessKeyId") == 0 || strcmp(call->code, "SignatureDoesNotMatch") == 0)
    return error_set(error, STATUS_DENIED, "the AWS credentials are wrong (%s): check key id and secret", code);
  if (status == STATUS_DENIED)
    return error_set(error, status, "%s on s3://%s/%.150s is not allowed (%s: %.150s); give the role this permission",
                     call->what, s3->settings.bucket, key, code, call->message);
  return error_set(error, status, "%s on s3://%s/%.150s failed with code %d (%s: %.150s)", call->what,
                   s3->settings.bucket, key, call->answer.code, code, call->message);
}

/* ---- judging ---- */

static bool again_after(struct s3_store *s3, struct s3_call *call, enum retry_cause cause, uint32_t *ret_delay_ms) {
  uint32_t asked = cause == RETRY_ANSWER ? asked_delay_ms(call) : 0;
  return retry_again(&s3->budget, cause, call->tries, asked, ret_delay_ms, &call->paid);
}

static enum status judge_success(struct s3_store *s3, struct s3_call *call, bool *ret_again, uint32_t *ret_delay_ms,
                                 struct error *error) {
  bool whole = !call->error_in_200 || read_error(call);
  if (whole && !call->code[0]) {
    retry_success(&s3->budget, call->paid);
    return STATUS_OK;
  }
  call->answer.code = 500;
  *ret_again = again_after(s3, call, RETRY_ANSWER, ret_delay_ms);
  return explain(s3, call, error);
}

enum status s3_call_judge(struct s3_store *s3, struct s3_call *call, enum status sent, bool *ret_again,
                          uint32_t *ret_delay_ms, struct error *error) {
  *ret_again = false;
  *ret_delay_ms = 0;
  call->code[0] = 0;
  if (sent == STATUS_NETWORK)
    *ret_again = again_after(s3, call, RETRY_SILENCE, ret_delay_ms);
  if (sent != STATUS_OK)
    return sent;
  if (call->answer.code >= 200 && call->answer.code < 300)
    return judge_success(s3, call, ret_again, ret_delay_ms, error);
  read_error(call);
  bool mended = call->redirects < REDIRECTS_MAX &&
                (follow_region(s3, call) || mend_clock(s3, call) || renew_credentials(s3, call));
  call->redirects += mended;
  *ret_again = mended || (worth_another_try(call) && again_after(s3, call, RETRY_ANSWER, ret_delay_ms));
  return explain(s3, call, error);
}

enum status s3_call_run(struct s3_store *s3, struct s3_call *call, struct error *error) {
  for (;;) {
    struct http_request request;
    bool again;
    uint32_t delay_ms;
    TRY(s3_call_sign(s3, call, &request, error));
    if (call->tries > 1 && call->body.read && !call->body.rewind(call->body.read_context))
      return error_set(error, STATUS_IO, "the bytes can't be read a second time");
    enum status status = http_send(s3->client, &request, &call->answer, error);
    status = s3_call_judge(s3, call, status, &again, &delay_ms, error);
    if (!again)
      return status;
    retry_sleep(delay_ms);
  }
}
