/* s3_location: what "s3://bucket/prefix?name=value&…" says.
 *
 *   region=eu-west-1        else AWS_REGION, the profile's, us-east-1; a bucket elsewhere is followed
 *   endpoint=http://…       another service that speaks S3; else AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL
 *   style=path|virtual      path where an endpoint is given or the bucket's name has dots
 *   profile=NAME            of ~/.aws; else the usual order of credentials
 *   sse=AES256|aws:kms      encryption at rest, kms_key=…, bucket_key=on; require_sse=on refuses what comes back
 * without storage_class=…         STANDARD_IA, INTELLIGENT_TIERING, … lock_days=N, hold=on    object lock (governance)
 * and legal hold of everything that is put; bypass_lock=on for removal checksum=…              sha256, crc64nvme,
 * crc32c, kept by the service; auto; when_required: none payload=…               signed, unsigned; auto: parts unsigned
 * over TLS, all else signed tags=off                no object tags        conditional=off   no If-None-Match (services
 * that don't know it) part_size=BYTES parallel=N attempts=N retry_ms=N connect_ms=N stall_s=N upload_rate=BYTES
 * keep_uploads_days=N proxy=URL ca=FILE ip=4|6
 *
 * Values may be %-encoded. Secrets have no place here: it stands in lake.json. */
#include "store/s3_private.h"

#include <stdio.h>
#include <stdlib.h>

#define PART_LEAST (UINT64_C(5) << 20) /* S3's own */
#define PART_MOST (UINT64_C(512) << 20)

static int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static const char *decoded(struct arena *arena, struct text text) {
  char *out = arena_alloc(arena, text.size + 1), *at = out;
  for (size_t i = 0; i < text.size; i++) {
    bool is_code = text.data[i] == '%' && i + 2 < text.size && hex_digit(text.data[i + 1]) >= 0 &&
                   hex_digit(text.data[i + 2]) >= 0;
    *at++ = is_code ? (char)(hex_digit(text.data[i + 1]) * 16 + hex_digit(text.data[i + 2])) : text.data[i];
    i += is_code ? 2 : 0;
  }
  *at = 0;
  return out;
}

static enum status wrong(const char *name, const char *value, const char *wanted, struct error *error) {
  return error_set(error, STATUS_SETTINGS, "'%.60s' can't be the %s of an S3 location: %s", value, name, wanted);
}

static enum status set_text(struct s3_settings *s, const char *name, const char *value, bool *ret_known) {
  const struct {
    const char *name, **place;
  } texts[] = {{"region", &s->region},   {"endpoint", &s->endpoint},
               {"profile", &s->profile}, {"proxy", &s->proxy},
               {"ca", &s->ca_file},      {"kms_key", &s->kms_key},
               {"sse", &s->sse},         {"storage_class", &s->storage_class}};
  for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
    if (strcmp(texts[i].name, name) == 0) {
      *texts[i].place = value;
      *ret_known = true;
    }
  return STATUS_OK;
}

static enum status set_switch(struct s3_settings *s, const char *name, const char *value, bool *ret_known,
                              struct error *error) {
  const struct {
    const char *name;
    bool *place;
  } switches[] = {{"bucket_key", &s->bucket_key},
                  {"hold", &s->hold},
                  {"tags", &s->tags},
                  {"conditional", &s->conditional},
                  {"bypass_lock", &s->bypass_lock},
                  {"require_sse", &s->require_sse}};
  for (size_t i = 0; i < ARRAY_COUNT(switches); i++)
    if (strcmp(switches[i].name, name) == 0) {
      if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
        return wrong(name, value, "on or off", error);
      *switches[i].place = strcmp(value, "on") == 0;
      *ret_known = true;
    }
  return STATUS_OK;
}

static enum status set_number(struct s3_settings *s, const char *name, const char *value, bool *ret_known,
                              struct error *error) {
  const struct {
    const char *name;
    uint32_t *place32;
    uint64_t *place64;
    uint64_t least, most;
  } numbers[] = {{"lock_days", &s->lock_days, NULL, 1, 36500},
                 {"parallel", &s->parallel, NULL, 1, 64},
                 {"attempts", &s->attempts, NULL, 1, 1000},
                 {"retry_ms", &s->retry_ms, NULL, 1, 60000},
                 {"connect_ms", &s->connect_ms, NULL, 1, 600000},
                 {"stall_s", &s->stall_s, NULL, 1, 3600},
                 {"keep_uploads_days", &s->keep_uploads_days, NULL, 1, 3650},
                 {"part_size", NULL, &s->part_bytes, PART_LEAST, PART_MOST},
                 {"upload_rate", NULL, &s->upload_per_s, 1, UINT64_C(1) << 40}};
  for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
    if (strcmp(numbers[i].name, name) == 0) {
      int64_t number;
      char wanted[80];
      snprintf(wanted, sizeof wanted, "a number from %llu to %llu", (unsigned long long)numbers[i].least,
               (unsigned long long)numbers[i].most);
      if (!text_to_i64(text_of(value), &number) || number < (int64_t)numbers[i].least ||
          number > (int64_t)numbers[i].most)
        return wrong(name, value, wanted, error);
      if (numbers[i].place32)
        *numbers[i].place32 = (uint32_t)number;
      else
        *numbers[i].place64 = (uint64_t)number;
      *ret_known = true;
    }
  return STATUS_OK;
}

static enum status set_word(struct s3_settings *s, const char *name, const char *value, bool *ret_known,
                            struct error *error) {
  static const struct {
    const char *name, *words;
  } choices[] = {{"style", "path virtual"},
                 {"checksum", "auto sha256 crc64nvme crc32c when_required"},
                 {"payload", "auto signed unsigned"},
                 {"ip", "any 4 6"}};
  for (size_t i = 0; i < ARRAY_COUNT(choices); i++) {
    if (strcmp(choices[i].name, name) != 0)
      continue;
    struct text rest = text_of(choices[i].words);
    int chosen = -1;
    for (int at = 0; rest.data; at++)
      if (text_is(text_cut(&rest, ' '), value))
        chosen = at;
    if (chosen < 0)
      return wrong(name, value, choices[i].words, error);
    s->path_style |= i == 0 && chosen == 0;
    s->virtual_style |= i == 0 && chosen == 1;
    s->checksum = i == 1 ? (enum s3_checksum)chosen : s->checksum;
    s->payload = i == 2 ? (enum s3_payload)chosen : s->payload;
    s->family = i == 3 ? (enum http_family)chosen : s->family;
    *ret_known = true;
  }
  return STATUS_OK;
}

static enum status set_options(struct arena *arena, struct s3_settings *settings, struct text rest,
                               struct error *error) {
  while (rest.data) {
    struct text pair = text_cut(&rest, '&');
    ptrdiff_t equals = text_find(pair, "=");
    bool known = false;
    if (!pair.size)
      continue;
    if (equals < 1)
      return error_set(error, STATUS_SETTINGS, "'%.*s' in an S3 location should be name=value",
                       (int)MIN(pair.size, (size_t)100), pair.data);
    const char *name = decoded(arena, text_from(pair.data, (size_t)equals));
    const char *value = decoded(arena, text_from(pair.data + equals + 1, pair.size - (size_t)equals - 1));
    TRY(set_text(settings, name, value, &known));
    TRY(set_switch(settings, name, value, &known, error));
    TRY(set_number(settings, name, value, &known, error));
    TRY(set_word(settings, name, value, &known, error));
    if (!known)
      return error_set(error, STATUS_SETTINGS,
                       "an S3 location knows no '%.60s'; known are region, endpoint, style, profile, sse, kms_key and "
                       "others (uavlake help init)",
                       name);
  }
  return STATUS_OK;
}

static bool bucket_is_good(const char *name) {
  size_t size = strlen(name);
  for (const char *c = name; *c; c++)
    if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || strchr(".-_", *c)))
      return false;
  return size >= 3 && size <= 255 && name[0] != '.' && name[0] != '-' && !strstr(name, "..");
}

static const char *endpoint_of_environment(void) {
  static const char *const variables[] = {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"};
  for (size_t i = 0; i < ARRAY_COUNT(variables); i++) {
    const char *url = getenv(variables[i]);
    if (url && url[0])
      return url;
  }
  return NULL;
}

static enum status check(const struct s3_settings *s, struct error *error) {
  if (!bucket_is_good(s->bucket))
    return error_set(error, STATUS_SETTINGS, "'%.100s' is not a bucket's name", s->bucket);
  if (s->prefix[0] && (!store_key_is_safe(s->prefix) || strlen(s->prefix) > 100))
    return error_set(error, STATUS_SETTINGS, "'%.100s' can't be a lake's prefix: no '..', and 100 bytes at most",
                     s->prefix);
  if (s->sse && strcmp(s->sse, "AES256") != 0 && strcmp(s->sse, "aws:kms") != 0)
    return wrong("sse", s->sse, "AES256 or aws:kms", error);
  if (s->kms_key && (!s->sse || strcmp(s->sse, "aws:kms") != 0))
    return error_set(error, STATUS_SETTINGS, "a kms_key needs sse=aws:kms");
  if (s->endpoint && strncmp(s->endpoint, "http://", 7) != 0 && strncmp(s->endpoint, "https://", 8) != 0)
    return wrong("endpoint", s->endpoint, "a URL that begins with http:// or https://", error);
  return STATUS_OK;
}

void s3_settings_locate(struct arena *arena, struct s3_settings *s) {
  s->secure = !s->endpoint || strncmp(s->endpoint, "https://", 8) == 0;
  bool path = s->path_style || (!s->virtual_style && (s->endpoint || strchr(s->bucket, '.')));
  const char *host = s->endpoint ? strstr(s->endpoint, "://") + 3
                                 : arena_format(arena, "s3.%s.amazonaws.com%s", s->region,
                                                strncmp(s->region, "cn-", 3) == 0 ? ".cn" : "");
  host = arena_copy(arena, host, strcspn(host, "/"));
  const char *own_port = s->secure ? ":443" : ":80";
  if (text_ends_ignore_case(text_of(host), own_port)) /* HTTP leaves the usual port out of Host */
    host = arena_copy(arena, host, strlen(host) - strlen(own_port));
  s->path_style = path;
  s->host = path ? host : arena_format(arena, "%s.%s", s->bucket, host);
}

enum status s3_settings_read(struct arena *arena, const char *location, struct s3_settings *ret_settings,
                             struct error *error) {
  struct s3_settings s = {
      .tags = true, .conditional = true, .part_bytes = UINT64_C(8) << 20, .parallel = 4, .keep_uploads_days = 7};
  const char *rest = location + strlen("s3://");
  size_t size = strcspn(rest, "?"), bucket = strcspn(rest, "/?");
  s.bucket = arena_copy(arena, rest, bucket);
  struct text prefix = text_from(rest + bucket, size - bucket);
  while (prefix.size && prefix.data[0] == '/')
    prefix = text_from(prefix.data + 1, prefix.size - 1);
  while (prefix.size && prefix.data[prefix.size - 1] == '/')
    prefix.size--;
  s.prefix = decoded(arena, prefix);
  if (rest[size] == '?')
    TRY(set_options(arena, &s, text_of(rest + size + 1), error));
  if (!s.endpoint && endpoint_of_environment())
    s.endpoint = arena_copy_text(arena, endpoint_of_environment());
  TRY(check(&s, error));
  if (!s.region)
    s.region = aws_region(arena, s.profile);
  if (!s.region)
    s.region = "us-east-1";
  s3_settings_locate(arena, &s);
  *ret_settings = s;
  return STATUS_OK;
}
