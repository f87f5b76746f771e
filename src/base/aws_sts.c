/* aws_sts: the keys of a role, from the Security Token Service.
 *
 *   POST / with Action=AssumeRole (signed) or AssumeRoleWithWebIdentity (not signed; the token speaks for itself),
 *   Version=2011-06-15; the answer is XML with …/Credentials/{AccessKeyId, SecretAccessKey, SessionToken, Expiration}
 *
 * AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL names another server. Source: AWS Security Token Service API Reference. */
#include "base/aws_private.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TOKEN_MAX ((size_t)64 << 10)
#define STS_MS 20000u

struct sts_answer {
  struct arena *arena;
  struct aws_keys keys;
  const char *ends, *code, *message;
};

static enum status take_element(void *context, const char *path, struct text text, struct error *error) {
  (void)error;
  struct sts_answer *answer = context;
  const char *name = strrchr(path, '/');
  const char *value = arena_copy(answer->arena, text.data, text.size);
  name = name ? name + 1 : path;
  if (strcmp(name, "AccessKeyId") == 0)
    answer->keys.access_key = value;
  else if (strcmp(name, "SecretAccessKey") == 0)
    answer->keys.secret_key = value;
  else if (strcmp(name, "SessionToken") == 0)
    answer->keys.session_token = value;
  else if (strcmp(name, "Expiration") == 0)
    answer->ends = value;
  else if (strcmp(name, "Code") == 0)
    answer->code = value;
  else if (strcmp(name, "Message") == 0)
    answer->message = value;
  return STATUS_OK;
}

static enum status read_answer(const struct aws_asking *asking, struct http_answer *http, const char *role,
                               struct aws_keys *ret_keys, struct error *error) {
  struct sts_answer answer = {.arena = asking->arena, .keys.ends_us = TIME_NONE};
  struct xml_callbacks callbacks = {take_element, &answer};
  enum status status = xml_read(bytes_of(http->body.data, http->body.size), &callbacks, error);
  if (http->code != 200)
    return error_set(error, http->code >= 500 ? STATUS_NETWORK : STATUS_DENIED,
                     "the keys of role %.150s were refused with code %d (%.60s: %.150s)", role, http->code,
                     answer.code ? answer.code : "no reason", answer.message ? answer.message : "");
  if (status != STATUS_OK)
    return status;
  if (!answer.keys.access_key || !answer.keys.secret_key || !answer.ends ||
      !clock_parse(text_of(answer.ends), &answer.keys.ends_us))
    return error_set(error, STATUS_BAD_DATA, "the token service gave no whole keys for role %.150s", role);
  *ret_keys = answer.keys;
  return STATUS_OK;
}

static const char *site_of_sts(const struct aws_asking *asking) {
  static const char *const variables[] = {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"};
  for (size_t i = 0; i < ARRAY_COUNT(variables); i++) {
    const char *url = getenv(variables[i]);
    if (url && url[0])
      return url;
  }
  return arena_format(asking->arena, "https://sts.%s.amazonaws.com", asking->region);
}

/* `own`: keys that sign; NULL: not signed. */
static enum status post(const struct aws_asking *asking, const struct aws_keys *own, const char *body, const char *role,
                        struct aws_keys *ret_keys, struct error *error) {
  struct arena *arena = asking->arena;
  const char *site = site_of_sts(asking), *host = strstr(site, "://");
  char sha256[SHA256_TEXT];
  hash_bytes(bytes_of(body, strlen(body)), sha256);
  host = host ? host + 3 : site;
  struct sigv4_pair type = {"content-type", "application/x-www-form-urlencoded; charset=utf-8"};
  struct sigv4_request signing = {.method = "POST",
                                  .host = arena_copy(arena, host, strcspn(host, "/")),
                                  .path = "/",
                                  .headers = &type,
                                  .header_count = 1,
                                  .payload = sha256,
                                  .region = asking->region,
                                  .service = "sts",
                                  .time_us = clock_now_us()};
  struct sigv4_signed result = {0};
  struct http_header headers[4] = {{type.name, type.value}};
  uint32_t count = 1;
  if (own) {
    struct sigv4_credentials keys = {own->access_key, own->secret_key, own->session_token};
    sigv4_sign(arena, &keys, &signing, &result);
    headers[count++] = (struct http_header){"authorization", result.authorization};
    headers[count++] = (struct http_header){"x-amz-date", result.date};
    if (own->session_token && own->session_token[0])
      headers[count++] = (struct http_header){"x-amz-security-token", own->session_token};
  }
  struct http_request request = {.method = "POST",
                                 .url = arena_format(arena, "%s/", site),
                                 .headers = headers,
                                 .header_count = count,
                                 .body = bytes_of(body, strlen(body)),
                                 .total_ms = STS_MS};
  scoped(http_answer) struct http_answer answer = {0};
  TRY(http_send(asking->client, &request, &answer, error));
  return read_answer(asking, &answer, role, ret_keys, error);
}

static struct aws_asking with_region(const struct aws_asking *asking) {
  struct aws_asking known = *asking;
  if (!known.region)
    known.region = aws_region(asking->arena, asking->profile);
  if (!known.region)
    known.region = "us-east-1";
  return known;
}

static const char *session_name(struct arena *arena, const char *given) {
  const char *variable = getenv("AWS_ROLE_SESSION_NAME");
  if (given && given[0])
    return given;
  return variable && variable[0] ? variable : arena_format(arena, "uavlake-%ld", (long)getpid());
}

static const char *encoded(struct arena *arena, const char *text) {
  return sigv4_encode(arena, text_of(text), false);
}

enum status aws_web_identity(const struct aws_asking *asking, const char *role, const char *token_file,
                             const char *session, struct aws_keys *ret_keys, struct error *error) {
  struct aws_asking known = with_region(asking);
  struct arena *arena = asking->arena;
  struct bytes content;
  TRY(file_read(arena, token_file, TOKEN_MAX, &content, error));
  struct text token = text_trim(text_from(content.data, content.size));
  const char *body = arena_format(arena,
                                  "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=%s&RoleSessionName=%s"
                                  "&WebIdentityToken=%s",
                                  encoded(arena, role), encoded(arena, session_name(arena, session)),
                                  sigv4_encode(arena, token, false));
  return post(&known, NULL, body, role, ret_keys, error);
}

enum status aws_assume_role(const struct aws_asking *asking, const struct aws_keys *own, const char *role,
                            const char *session, const char *external_id, struct aws_keys *ret_keys,
                            struct error *error) {
  struct aws_asking known = with_region(asking);
  struct arena *arena = asking->arena;
  const char *body = arena_format(arena, "Action=AssumeRole&Version=2011-06-15&RoleArn=%s&RoleSessionName=%s%s%s",
                                  encoded(arena, role), encoded(arena, session_name(arena, session)),
                                  external_id ? "&ExternalId=" : "", external_id ? encoded(arena, external_id) : "");
  return post(&known, own, body, role, ret_keys, error);
}

enum status aws_from_web_identity(const struct aws_asking *asking, struct aws_keys *ret_keys, struct error *error) {
  const char *file = getenv("AWS_WEB_IDENTITY_TOKEN_FILE"), *role = getenv("AWS_ROLE_ARN");
  if (!file || !file[0] || !role || !role[0])
    return error_set(error, STATUS_NOT_FOUND, "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are not set");
  return aws_web_identity(asking, role, file, NULL, ret_keys, error);
}
