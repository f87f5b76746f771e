/* s3_private: what the files s3*.c share: the settings of a location, the store, and a call to the service. */
#ifndef UAVLAKE_S3_PRIVATE_H
#define UAVLAKE_S3_PRIVATE_H

#include "base/aws_credentials.h"
#include "base/crc.h"
#include "base/http_client.h"
#include "base/retry.h"
#include "base/sigv4.h"
#include "store/store.h"

#include <pthread.h>

#define S3_KEY_MAX 1024u

/* AUTO: SHA-256 of objects in one piece, which is known anyway, CRC-64/NVME of those in parts. */
enum s3_checksum { S3_CHECKSUM_AUTO, S3_CHECKSUM_SHA256, S3_CHECKSUM_CRC64NVME, S3_CHECKSUM_CRC32C, S3_CHECKSUM_NONE };
enum s3_payload { S3_PAYLOAD_AUTO, S3_PAYLOAD_SIGNED, S3_PAYLOAD_UNSIGNED };

/* All of a location; texts are in the store's arena, NULL where not given. */
struct s3_settings {
  const char *bucket, *prefix; /* prefix: "" or without '/' at its ends */
  const char *region, *endpoint, *profile, *proxy, *ca_file;
  bool path_style, secure;
  const char *host; /* that is connected to and signed: "bucket.s3.eu-west-1.amazonaws.com", "127.0.0.1:9000" */
  const char *sse, *kms_key; /* "AES256" or "aws:kms" */
  bool bucket_key, require_sse, virtual_style;
  const char *storage_class;
  uint32_t lock_days; /* governance; 0: no object lock */
  bool hold, tags, conditional, bypass_lock;
  enum s3_checksum checksum;
  enum s3_payload payload;
  enum http_family family;
  uint64_t part_bytes, upload_per_s;
  uint32_t parallel, attempts, retry_ms, connect_ms, stall_s, keep_uploads_days;
};
/* "s3://bucket/prefix?region=…&…": names and values in s3_location.c. */
must_check enum status s3_settings_read(struct arena *arena, const char *location, struct s3_settings *ret_settings,
                                        struct error *error);
/* Fills region, host and style from what is set; after the region changed, too. */
void s3_settings_locate(struct arena *arena, struct s3_settings *settings);

struct s3_store {
  struct store store;
  struct arena *arena;
  struct s3_settings settings;
  struct http_client *client;
  struct aws_chain *chain;
  struct retry_budget budget;
  pthread_mutex_t lock; /* of what follows, and of settings.region and .host */
  int64_t clock_offset_us;
  const char *state_folder; /* NULL none */
};

#define S3_PAIRS_MAX 28u
#define S3_CODE_MAX 64u

/* One request, tried until it succeeds or must not be tried again. */
struct s3_call {
  const char *method;
  const char *key;  /* the store's key without the prefix; NULL: the bucket */
  const char *what; /* "write", for error texts */
  struct sigv4_pair query[S3_PAIRS_MAX], headers[S3_PAIRS_MAX];
  uint32_t query_count, header_count;
  const char *payload;      /* SHA-256 of the body, SIGV4_UNSIGNED; NULL: of no body */
  struct http_request body; /* body, read, rewind, …, take, answer_max are used */
  bool error_in_200;        /* the service may answer 200 and tell an error in the body (complete, copy) */
  bool quiet_412;           /* STATUS_EXISTS is an answer, not trouble */

  struct arena *arena; /* of the attempts' texts */
  struct http_answer answer;
  struct http_header sent[S3_PAIRS_MAX + 8u];
  char code[S3_CODE_MAX]; /* "NoSuchKey" of the last answer, "" none */
  char message[256], region[40];
  uint32_t tries, paid, redirects;
  bool renewed; /* credentials were fetched anew for it */
  const char *access_key;
};

void s3_call_begin(struct s3_call *call, const char *method, const char *key, const char *what);
void s3_call_end(struct s3_call *call);
static inline void s3_call_scope_end(struct s3_call *call) {
  s3_call_end(call);
}
void s3_call_query(struct s3_call *call, const char *name, const char *value);
void s3_call_header(struct s3_call *call, const char *name, const char *value);
must_check enum status s3_call_run(struct s3_store *s3, struct s3_call *call, struct error *error);

/* The two halves of one attempt, for calls that run side by side. */
must_check enum status s3_call_sign(struct s3_store *s3, struct s3_call *call, struct http_request *ret_request,
                                    struct error *error);
/* `sent`: how the exchange ended. *ret_again: try again after *ret_delay_ms; else the status is the call's. */
must_check enum status s3_call_judge(struct s3_store *s3, struct s3_call *call, enum status sent, bool *ret_again,
                                     uint32_t *ret_delay_ms, struct error *error);

/* Headers of everything that makes an object: encryption, class, lock, tags. */
must_check enum status s3_object_headers(struct s3_store *s3, struct s3_call *call, const char *sha256,
                                         const struct store_tag *tags, uint32_t tag_count, struct error *error);
/* STATUS_OK where the key holds these bytes already, STATUS_EXISTS with others, STATUS_NOT_FOUND where there is none.
 */
must_check enum status s3_same_content(struct s3_store *s3, const char *key, uint64_t bytes, const char *sha256,
                                       struct error *error);

must_check enum status s3_put(struct store *store, const char *key, struct input *input, const char *sha256,
                              const struct store_tag *tags, uint32_t tag_count, struct error *error);
must_check enum status s3_put_parts(struct s3_store *s3, const char *key, struct input *input, const char *sha256,
                                    const struct store_tag *tags, uint32_t tag_count, struct error *error);
must_check enum status s3_get(struct store *store, const char *key, struct input **ret_input, struct error *error);
must_check enum status s3_list(struct store *store, const char *prefix,
                               enum status (*object)(void *context, const struct store_object *object,
                                                     struct error *error),
                               void *context, struct error *error);
must_check enum status s3_remove(struct store *store, const char *key, struct error *error);
must_check enum status s3_clean(struct store *store, struct error *error);

/* With '_' for what some service allows in no tag: all but ASCII's letters, digits, blanks and + - = . _ : / @. */
const char *s3_tag_text(struct arena *arena, const char *text);
/* "sha256" in hex → base64. */
void s3_digest_text(char out[BASE64_SIZE(32)], const char *sha256);

/* What is noted on this machine of an upload in parts, so that another process can go on with it. */
struct s3_upload {
  char id[1025];
  uint64_t bytes, part_bytes;
};
/* False where nothing (or nothing that fits) is noted. */
bool s3_journal_find(struct s3_store *s3, const char *key, const char *sha256, struct s3_upload *ret_upload);
void s3_journal_note(struct s3_store *s3, const char *key, const char *sha256, const struct s3_upload *upload);
void s3_journal_forget(struct s3_store *s3, const char *key, const char *sha256);
/* Ends an upload at the service; what can't be ended is left to the bucket's lifecycle rule. */
void s3_abort(struct s3_store *s3, const char *key, const char *id);

/* "<prefix>/<key>" in the arena. */
const char *s3_full_key(const struct s3_store *s3, struct arena *arena, const char *key);

#endif
