/* sigv4: AWS Signature Version 4, as S3 and the other services check it.
 *
 * Paths, names and values are given as they are; encoding, sorting and trimming happen here, and what is signed is what
 * is sent: use the url_path that comes back. Nothing here holds state. */
#ifndef UAVLAKE_SIGV4_H
#define UAVLAKE_SIGV4_H

#include "base/arena.h"
#include "base/text.h"

struct sigv4_pair {
  const char *name, *value; /* value NULL: a query parameter without '=' */
};

struct sigv4_credentials {
  const char *access_key, *secret_key;
  const char *session_token; /* NULL or "": none */
};

#define SIGV4_UNSIGNED "UNSIGNED-PAYLOAD"
#define SIGV4_STREAMING "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
#define SIGV4_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" /* SHA-256 of no bytes */

struct sigv4_request {
  const char *method; /* "PUT" */
  const char *host;   /* with ":port" where it isn't the scheme's own */
  const char *path;   /* "/bucket/raw/uav=7/a b", not encoded */
  const struct sigv4_pair *query;
  uint32_t query_count;
  const struct sigv4_pair *headers; /* to be signed beside host, x-amz-date, -content-sha256 and -security-token */
  uint32_t header_count;
  const char *payload; /* the body's SHA-256 in hex, or SIGV4_UNSIGNED, … */
  const char *region, *service;
  int64_t time_us;
  bool hash_header; /* x-amz-content-sha256 is sent and signed (S3 wants it) */
};

struct sigv4_signed {
  const char *url_path;      /* encoded path and query, as it must be sent */
  const char *authorization; /* value of the header */
  const char *date;          /* value of x-amz-date */
  const char *signature;     /* hex */
};

/* All results are in the arena. */
void sigv4_sign(struct arena *arena, const struct sigv4_credentials *credentials, const struct sigv4_request *request,
                struct sigv4_signed *ret_signed);

/* A URL's path and query that anybody may use for `seconds` (at most 604,800), without further headers than those
 * signed. */
const char *sigv4_presign(struct arena *arena, const struct sigv4_credentials *credentials,
                          const struct sigv4_request *request, uint32_t seconds);

/* The signature of one chunk of a body sent as SIGV4_STREAMING: `previous` is the signature of the chunk before, or of
 * the request. In hex, in the arena. */
const char *sigv4_chunk(struct arena *arena, const struct sigv4_credentials *credentials,
                        const struct sigv4_request *request, const char *previous, struct bytes chunk);

/* RFC 3986: all but A–Z a–z 0–9 - . _ ~ becomes %XX; '/' stays where keep_slash. */
char *sigv4_encode(struct arena *arena, struct text text, bool keep_slash);

#endif
