/* sigv4: the canonical request, the string to sign, the key of the day, the signature.
 *
 *   canonical = method \n encoded path \n sorted query \n name:value\n of each sorted header \n signed names \n payload
 *   to sign   = "AWS4-HMAC-SHA256" \n time \n day/region/service/aws4_request \n SHA-256(canonical)
 *   key       = HMAC(HMAC(HMAC(HMAC("AWS4" secret, day), region), service), "aws4_request")
 *   signature = HMAC(key, to sign)
 *
 * Pairs are sorted after encoding, by name and then value. A path is encoded once, as S3 has it; other services encode
 * twice, which is the same for "/", the only path asked of them here. A query parameter without '=' is signed, and
 * sent, as "name=". Source: AWS General Reference, "Signature Version 4 signing process", and Amazon S3 API Reference,
 * "Authenticating Requests". */
#include "base/sigv4.h"

#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAC_SIZE 32u
#define TEXT_MAX ((size_t)1 << 20)
#define OWN_HEADERS 4u
#define OWN_QUERY 6u

char *sigv4_encode(struct arena *arena, struct text text, bool keep_slash) {
  static const char hex[] = "0123456789ABCDEF";
  char *out = arena_alloc(arena, 3 * text.size + 1), *at = out;
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                 c == '_' || c == '~' || (c == '/' && keep_slash);
    if (plain) {
      *at++ = (char)c;
    } else {
      *at++ = '%';
      *at++ = hex[c >> 4];
      *at++ = hex[c & 15];
    }
  }
  *at = 0;
  return out;
}

static int compare_pairs(const void *a, const void *b) {
  const struct sigv4_pair *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  return order ? order : strcmp(x->value, y->value);
}

static const char *canonical_query(struct arena *arena, const struct sigv4_pair *query, uint32_t count) {
  struct sigv4_pair *pairs = arena_alloc_array(arena, count + 1u, sizeof *pairs);
  scoped(buffer) struct buffer out = buffer_with_max(TEXT_MAX);
  for (uint32_t i = 0; i < count; i++) {
    pairs[i].name = sigv4_encode(arena, text_of(query[i].name), false);
    pairs[i].value = sigv4_encode(arena, text_of(query[i].value), false);
  }
  qsort(pairs, count, sizeof *pairs, compare_pairs);
  for (uint32_t i = 0; i < count; i++)
    buffer_format(&out, "%s%s=%s", i ? "&" : "", pairs[i].name, pairs[i].value);
  return arena_copy_text(arena, buffer_text(&out));
}

/* Lower case; blanks at the ends go, a run of them inside becomes one. */
static struct sigv4_pair canonical_header(struct arena *arena, struct sigv4_pair header) {
  char *name = arena_copy_text(arena, header.name);
  for (char *c = name; *c; c++)
    *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
  struct text trimmed = text_trim(text_of(header.value));
  char *value = arena_copy(arena, trimmed.data ? trimmed.data : "", trimmed.size), *out = value;
  for (const char *c = value; *c; c++)
    if (*c != ' ' || c[1] != ' ')
      *out++ = *c;
  *out = 0;
  return (struct sigv4_pair){name, value};
}

struct canonical_headers {
  const char *lines, *names;
};

static struct canonical_headers canonical_headers(struct arena *arena, const struct sigv4_pair *headers,
                                                  uint32_t count) {
  struct sigv4_pair *pairs = arena_alloc_array(arena, count + 1u, sizeof *pairs);
  scoped(buffer) struct buffer lines = buffer_with_max(TEXT_MAX);
  scoped(buffer) struct buffer names = buffer_with_max(TEXT_MAX);
  for (uint32_t i = 0; i < count; i++)
    pairs[i] = canonical_header(arena, headers[i]);
  qsort(pairs, count, sizeof *pairs, compare_pairs);
  for (uint32_t i = 0; i < count; i++) {
    buffer_format(&lines, "%s:%s\n", pairs[i].name, pairs[i].value);
    buffer_format(&names, "%s%s", i ? ";" : "", pairs[i].name);
  }
  return (struct canonical_headers){arena_copy_text(arena, buffer_text(&lines)),
                                    arena_copy_text(arena, buffer_text(&names))};
}

static void mac(const void *key, size_t key_size, const char *text, uint8_t out[MAC_SIZE]) {
  unsigned size = MAC_SIZE;
  HMAC(EVP_sha256(), key, (int)key_size, (const unsigned char *)text, strlen(text), out, &size);
}

static void signing_key(struct arena *arena, const struct sigv4_credentials *credentials,
                        const struct sigv4_request *request, const char *day, uint8_t key[MAC_SIZE]) {
  char *start = arena_format(arena, "AWS4%s", credentials->secret_key);
  mac(start, strlen(start), day, key);
  OPENSSL_cleanse(start, strlen(start));
  mac(key, MAC_SIZE, request->region, key);
  mac(key, MAC_SIZE, request->service, key);
  mac(key, MAC_SIZE, "aws4_request", key);
}

struct moment {
  char date[20]; /* 20130524T000000Z */
  char day[12];  /* 20130524 */
};

static struct moment moment_of(int64_t time_us) {
  struct moment moment;
  time_t seconds = (time_t)(time_us / 1000000);
  struct tm fields;
  gmtime_r(&seconds, &fields);
  strftime(moment.date, sizeof moment.date, "%Y%m%dT%H%M%SZ", &fields);
  strftime(moment.day, sizeof moment.day, "%Y%m%d", &fields);
  return moment;
}

static const char *scope_of(struct arena *arena, const struct sigv4_request *request, const char *day) {
  return arena_format(arena, "%s/%s/%s/aws4_request", day, request->region, request->service);
}

static const char *sign_text(struct arena *arena, const struct sigv4_credentials *credentials,
                             const struct sigv4_request *request, const char *day, const char *text) {
  uint8_t key[MAC_SIZE], signature[MAC_SIZE];
  char hex[2 * MAC_SIZE + 1];
  signing_key(arena, credentials, request, day, key);
  mac(key, sizeof key, text, signature);
  OPENSSL_cleanse(key, sizeof key);
  for (size_t i = 0; i < MAC_SIZE; i++)
    snprintf(hex + 2 * i, 3, "%02x", signature[i]);
  return arena_copy_text(arena, hex);
}

static const char *sign_canonical(struct arena *arena, const struct sigv4_credentials *credentials,
                                  const struct sigv4_request *request, const struct moment *moment,
                                  const char *canonical) {
  char sha256[SHA256_TEXT];
  hash_bytes(bytes_of(canonical, strlen(canonical)), sha256);
  const char *text = arena_format(arena, "AWS4-HMAC-SHA256\n%s\n%s\n%s", moment->date,
                                  scope_of(arena, request, moment->day), sha256);
  return sign_text(arena, credentials, request, moment->day, text);
}

static bool has_token(const struct sigv4_credentials *credentials) {
  return credentials->session_token && credentials->session_token[0];
}

/* The caller's headers and those that every signed request has. */
static struct canonical_headers headers_of(struct arena *arena, const struct sigv4_credentials *credentials,
                                           const struct sigv4_request *request, const struct moment *moment) {
  struct sigv4_pair *all = arena_alloc_array(arena, request->header_count + OWN_HEADERS, sizeof *all);
  uint32_t count = 0;
  for (; count < request->header_count; count++)
    all[count] = request->headers[count];
  all[count++] = (struct sigv4_pair){"host", request->host};
  all[count++] = (struct sigv4_pair){"x-amz-date", moment->date};
  if (request->hash_header)
    all[count++] = (struct sigv4_pair){"x-amz-content-sha256", request->payload};
  if (has_token(credentials))
    all[count++] = (struct sigv4_pair){"x-amz-security-token", credentials->session_token};
  return canonical_headers(arena, all, count);
}

void sigv4_sign(struct arena *arena, const struct sigv4_credentials *credentials, const struct sigv4_request *request,
                struct sigv4_signed *ret_signed) {
  struct moment moment = moment_of(request->time_us);
  const char *path = sigv4_encode(arena, text_of(request->path), true);
  const char *query = canonical_query(arena, request->query, request->query_count);
  struct canonical_headers headers = headers_of(arena, credentials, request, &moment);
  const char *canonical = arena_format(arena, "%s\n%s\n%s\n%s\n%s\n%s", request->method, path, query, headers.lines,
                                       headers.names, request->payload);
  const char *signature = sign_canonical(arena, credentials, request, &moment, canonical);
  *ret_signed = (struct sigv4_signed){
      .url_path = arena_format(arena, "%s%s%s", path, query[0] ? "?" : "", query),
      .authorization = arena_format(arena, "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s",
                                    credentials->access_key, scope_of(arena, request, moment.day), headers.names,
                                    signature),
      .date = arena_copy_text(arena, moment.date),
      .signature = signature,
  };
}

const char *sigv4_presign(struct arena *arena, const struct sigv4_credentials *credentials,
                          const struct sigv4_request *request, uint32_t seconds) {
  struct moment moment = moment_of(request->time_us);
  struct sigv4_pair *all = arena_alloc_array(arena, request->header_count + 1u, sizeof *all);
  for (uint32_t i = 0; i < request->header_count; i++)
    all[i] = request->headers[i];
  all[request->header_count] = (struct sigv4_pair){"host", request->host};
  struct canonical_headers headers = canonical_headers(arena, all, request->header_count + 1u);
  struct sigv4_pair *pairs = arena_alloc_array(arena, request->query_count + OWN_QUERY, sizeof *pairs);
  uint32_t count = 0;
  for (; count < request->query_count; count++)
    pairs[count] = request->query[count];
  pairs[count++] = (struct sigv4_pair){"X-Amz-Algorithm", "AWS4-HMAC-SHA256"};
  pairs[count++] = (struct sigv4_pair){
      "X-Amz-Credential", arena_format(arena, "%s/%s", credentials->access_key, scope_of(arena, request, moment.day))};
  pairs[count++] = (struct sigv4_pair){"X-Amz-Date", moment.date};
  pairs[count++] = (struct sigv4_pair){"X-Amz-Expires", arena_format(arena, "%u", seconds)};
  if (has_token(credentials))
    pairs[count++] = (struct sigv4_pair){"X-Amz-Security-Token", credentials->session_token};
  pairs[count++] = (struct sigv4_pair){"X-Amz-SignedHeaders", headers.names};
  const char *path = sigv4_encode(arena, text_of(request->path), true);
  const char *query = canonical_query(arena, pairs, count);
  const char *canonical = arena_format(arena, "%s\n%s\n%s\n%s\n%s\n%s", request->method, path, query, headers.lines,
                                       headers.names, request->payload);
  return arena_format(arena, "%s?%s&X-Amz-Signature=%s", path, query,
                      sign_canonical(arena, credentials, request, &moment, canonical));
}

const char *sigv4_chunk(struct arena *arena, const struct sigv4_credentials *credentials,
                        const struct sigv4_request *request, const char *previous, struct bytes chunk) {
  struct moment moment = moment_of(request->time_us);
  char sha256[SHA256_TEXT];
  hash_bytes(chunk, sha256);
  const char *text = arena_format(arena, "AWS4-HMAC-SHA256-PAYLOAD\n%s\n%s\n%s\n" SIGV4_EMPTY "\n%s", moment.date,
                                  scope_of(arena, request, moment.day), previous, sha256);
  return sign_text(arena, credentials, request, moment.day, text);
}
