/* json_reader: JSON as a stream of events from a bounded window, whatever its size and however it is broken into lines.
 */
#ifndef UAVLAKE_JSON_READER_H
#define UAVLAKE_JSON_READER_H

#include "decode/text_source.h"

#define JSON_DEPTH_MAX 64u
#define JSON_TEXT_MAX ((size_t)64 << 10) /* of one string; what is longer is cut, and damage */

enum json_event {
  JSON_END, /* of the input */
  JSON_OBJECT,
  JSON_OBJECT_END,
  JSON_ARRAY,
  JSON_ARRAY_END,
  JSON_KEY,
  JSON_TEXT,
  JSON_NUMBER, /* text holds its digits; also NaN, Infinity */
  JSON_BOOL,
  JSON_NULL,
  JSON_BROKEN, /* damage was noted, the rest of the line is passed over, depth is 0 again */
};

struct json_reader {
  struct text_source *source;
  struct bytes view;
  size_t at, want;
  bool last;
  uint32_t depth; /* open objects and arrays */
  bool is_object[JSON_DEPTH_MAX];
  bool after_key;
  struct text text; /* of KEY, TEXT, NUMBER; valid until the next event */
  bool value;       /* of BOOL */
  char *room;       /* JSON_TEXT_MAX */
  uint64_t offset;  /* of the event, in the file */
  bool quiet;       /* damage is not noted: a first look */
};

/* STATUS_LIMIT where memory is out. */
must_check enum status json_reader_open(struct decode *d, struct text_source *source, struct json_reader *reader,
                                        struct error *error);
must_check enum status json_reader_next(struct json_reader *reader, enum json_event *ret_event, struct error *error);

#endif
