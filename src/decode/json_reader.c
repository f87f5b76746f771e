/* json_reader: see json_reader.h. Grammar of RFC 8259; commas are taken as blanks, NaN and Infinity as numbers, since
 * programs write them. Several values may follow one another, with line ends, commas or record separators (RS)
 * between: lines of JSON, or a text that was appended to. */
#include "decode/json_reader.h"

#define VALUE_MAX ((size_t)128) /* of a number or word */

enum status json_reader_open(struct decode *d, struct text_source *source, struct json_reader *reader,
                             struct error *error) {
  *reader = (struct json_reader){.source = source, .room = arena_alloc(d->arena, JSON_TEXT_MAX)};
  return reader->room ? STATUS_OK : error_set(error, STATUS_LIMIT, "no memory is left to read JSON; raise the limit");
}

/* At least `want` bytes from ->at on, or all that are left. */
static enum status need(struct json_reader *reader, size_t want, struct error *error) {
  if (reader->view.size - reader->at >= want || reader->last)
    return STATUS_OK;
  text_source_skip(reader->source, reader->at);
  size_t asked = MAX(want, TEXT_SOURCE_VIEW);
  TRY(text_source_view(reader->source, asked, &reader->view, error));
  reader->last = reader->view.size < asked;
  reader->at = 0;
  return STATUS_OK;
}

static uint8_t byte_at(const struct json_reader *reader, size_t ahead) {
  size_t at = reader->at + ahead;
  return at < reader->view.size ? reader->view.data[at] : 0;
}

static enum status skip_blanks(struct json_reader *reader, struct error *error) {
  for (;;) {
    while (reader->at < reader->view.size && strchr(" \t\r\n,\x1e", reader->view.data[reader->at]) &&
           reader->view.data[reader->at])
      reader->at++;
    if (reader->at < reader->view.size || reader->last)
      return STATUS_OK;
    TRY(need(reader, 1, error));
    if (reader->at == reader->view.size)
      return STATUS_OK;
  }
}

static size_t put_utf8(char *out, uint32_t code) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    out[0] = (char)(0xC0 | code >> 6), out[1] = (char)(0x80 | (code & 63));
    return 2;
  }
  if (code < 0x10000) {
    out[0] = (char)(0xE0 | code >> 12), out[1] = (char)(0x80 | (code >> 6 & 63)), out[2] = (char)(0x80 | (code & 63));
    return 3;
  }
  out[0] = (char)(0xF0 | code >> 18), out[1] = (char)(0x80 | (code >> 12 & 63));
  out[2] = (char)(0x80 | (code >> 6 & 63)), out[3] = (char)(0x80 | (code & 63));
  return 4;
}

static bool hex4(const uint8_t *digits, uint32_t *ret_code) {
  uint32_t code = 0;
  for (int i = 0; i < 4; i++) {
    uint8_t c = digits[i];
    uint32_t value = c >= '0' && c <= '9'   ? c - 0u - '0'
                     : c >= 'a' && c <= 'f' ? c - 'a' + 10u
                     : c >= 'A' && c <= 'F' ? c - 'A' + 10u
                                            : 16u;
    if (value == 16)
      return false;
    code = code << 4 | value;
  }
  *ret_code = code;
  return true;
}

/* One escape at ->at (which is a backslash, 12 bytes are there or the end); returns its length, 0 where it is none. */
static size_t take_escape(const struct json_reader *reader, char *out, size_t *used) {
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  uint8_t letter = byte_at(reader, 1);
  const char *found = letter ? strchr(letters, letter) : NULL;
  if (found) {
    out[(*used)++] = meanings[found - letters];
    return 2;
  }
  uint32_t code, low;
  const uint8_t *at = reader->view.data + reader->at;
  size_t left = reader->view.size - reader->at;
  if (letter != 'u' || left < 6 || !hex4(at + 2, &code))
    return 0;
  size_t length = 6;
  if (code >= 0xD800 && code < 0xDC00 && left >= 12 && at[6] == '\\' && at[7] == 'u' && hex4(at + 8, &low) &&
      low >= 0xDC00 && low < 0xE000) {
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    length = 12;
  } else if (code >= 0xD800 && code < 0xE000) {
    code = 0xFFFD;
  }
  *used += put_utf8(out + *used, code ? code : 0xFFFD);
  return length;
}

static void note(struct json_reader *reader, uint64_t bytes, const char *reason) {
  if (!reader->quiet)
    decode_damage(reader->source->d, reader->offset, bytes, reason, TIME_NONE, TIME_NONE);
}

static uint64_t offset_of(const struct json_reader *reader) {
  return text_source_place(reader->source, reader->at);
}

/* The string that begins at ->at into the room. *ret_good is false where the input ends within it or it is broken. */
static enum status take_string(struct json_reader *reader, bool *ret_good, struct error *error) {
  size_t used = 0;
  bool cut = false;
  *ret_good = false;
  reader->at++;
  for (;;) {
    TRY(need(reader, 12, error));
    if (reader->at >= reader->view.size)
      return STATUS_OK;
    const uint8_t *begin = reader->view.data + reader->at, *end = reader->view.data + reader->view.size, *at = begin;
    while (at < end && *at != '"' && *at != '\\' && *at >= 0x20)
      at++;
    size_t size = (size_t)(at - begin), kept = MIN(size, JSON_TEXT_MAX - 8 - used);
    memcpy(reader->room + used, begin, kept);
    used += kept;
    cut |= kept < size;
    reader->at += size;
    if (at == end)
      continue;
    if (*at == '"')
      break;
    TRY(need(reader, 12, error));
    char escaped[4];
    size_t more = 0, length = byte_at(reader, 0) == '\\' ? take_escape(reader, escaped, &more) : 0;
    if (!length && byte_at(reader, 0) != '\t')
      return STATUS_OK;
    if (!length)
      escaped[more++] = '\t', length = 1;
    if (used + more <= JSON_TEXT_MAX - 8) {
      memcpy(reader->room + used, escaped, more);
      used += more;
    } else {
      cut = true;
    }
    reader->at += length;
  }
  reader->at++;
  reader->text = text_from(reader->room, used);
  if (cut)
    note(reader, offset_of(reader) - reader->offset, "a text longer than 64 KiB is cut");
  *ret_good = true;
  return STATUS_OK;
}

/* A number or one of the words. */
static enum json_event take_word(struct json_reader *reader) {
  const uint8_t *data = reader->view.data + reader->at;
  size_t left = MIN(reader->view.size - reader->at, VALUE_MAX), size = 0;
  while (size < left && !strchr(" \t\r\n,]}:\"[{", data[size]) && data[size])
    size++;
  struct text word = text_from(data, size);
  memcpy(reader->room, data, size);
  reader->text = text_from(reader->room, size);
  enum json_event event = JSON_BROKEN;
  if (text_is(word, "true") || text_is(word, "false")) {
    reader->value = word.size == 4;
    event = JSON_BOOL;
  } else if (text_is(word, "null") || text_is(word, "None")) {
    event = JSON_NULL;
  } else if (size && size < VALUE_MAX &&
             (strchr("-+.0123456789", word.data[0]) || text_is(word, "NaN") || text_is(word, "nan") ||
              text_is(word, "Infinity"))) {
    event = JSON_NUMBER;
  }
  if (event != JSON_BROKEN)
    reader->at += size;
  return event;
}

/* Passes over the rest of the line: the next one may be a record again. */
static enum status recover(struct json_reader *reader, const char *reason, struct error *error) {
  uint64_t begin = reader->offset;
  bool torn = reader->last && reader->view.size - reader->at <= 8; /* broken off by the end */
  for (;;) {
    const uint8_t *data = reader->view.data + reader->at;
    const uint8_t *end = reader->view.size > reader->at ? memchr(data, '\n', reader->view.size - reader->at) : NULL;
    reader->at = end ? (size_t)(end - reader->view.data) + 1 : reader->view.size;
    if (end || reader->last)
      break;
    TRY(need(reader, 1, error));
    if (reader->view.size == 0)
      break;
  }
  if (torn && !reader->quiet)
    reader->source->d->report.truncated = true;
  else
    note(reader, offset_of(reader) - begin, reason);
  if (!reader->quiet && !torn)
    reader->source->d->report.bad_records++;
  reader->depth = 0;
  reader->after_key = false;
  return STATUS_OK;
}

static enum json_event open_level(struct json_reader *reader, bool object) {
  if (reader->depth == JSON_DEPTH_MAX)
    return JSON_BROKEN;
  reader->is_object[reader->depth++] = object;
  reader->after_key = false;
  reader->at++;
  return object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_event close_level(struct json_reader *reader, bool object) {
  if (!reader->depth || reader->is_object[reader->depth - 1] != object || reader->after_key)
    return JSON_BROKEN;
  reader->depth--;
  reader->at++;
  return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static enum status take_text(struct json_reader *reader, enum json_event *ret_event, struct error *error) {
  bool good, key = reader->depth && reader->is_object[reader->depth - 1] && !reader->after_key;
  TRY(take_string(reader, &good, error));
  *ret_event = !good ? JSON_BROKEN : key ? JSON_KEY : JSON_TEXT;
  if (!good || !key)
    return STATUS_OK;
  TRY(skip_blanks(reader, error));
  if (byte_at(reader, 0) != ':')
    *ret_event = JSON_BROKEN;
  else
    reader->at++;
  return STATUS_OK;
}

enum status json_reader_next(struct json_reader *reader, enum json_event *ret_event, struct error *error) {
  enum json_event event = JSON_BROKEN;
  TRY(skip_blanks(reader, error));
  TRY(need(reader, VALUE_MAX + 1, error));
  reader->offset = offset_of(reader);
  if (reader->at >= reader->view.size) {
    if (reader->depth && !reader->quiet)
      reader->source->d->report.truncated = true;
    *ret_event = JSON_END;
    return STATUS_OK;
  }
  uint8_t c = byte_at(reader, 0);
  bool wants_key = reader->depth && reader->is_object[reader->depth - 1] && !reader->after_key;
  bool may_close = c == '}' || c == ']';
  if (c == '"')
    TRY(take_text(reader, &event, error));
  else if (may_close)
    event = close_level(reader, c == '}');
  else if (!wants_key && (c == '{' || c == '['))
    event = open_level(reader, c == '{');
  else if (!wants_key)
    event = take_word(reader);
  if (event == JSON_BROKEN)
    TRY(recover(reader, "not JSON", error));
  else
    reader->after_key = event == JSON_KEY;
  *ret_event = event;
  return STATUS_OK;
}
