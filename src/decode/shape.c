/* shape: looking at text without knowing its format (see shape.h). */
#include "decode/shape.h"

#include <ctype.h>
#include <strings.h>

#define CLEAN_BYTES ((size_t)1024) /* a text's beginning that damage must have spared */

struct text shape_text(struct bytes head) {
  struct text text = text_from(head.data, head.size);
  if (text_starts(text, "\xEF\xBB\xBF"))
    text = text_from(text.data + 3, text.size - 3);
  return text;
}

static bool is_text_byte(uint8_t byte) {
  return byte >= 0x20 ? byte != 0x7F : (byte >= '\t' && byte <= '\r') || byte == 0x1B;
}

/* Up to three bytes of a character may be missing at the head's end. */
static bool is_utf8(struct bytes head) {
  for (size_t cut = 0; cut < 4 && cut < head.size; cut++)
    if (text_is_utf8(text_from(head.data, head.size - cut)))
      return true;
  return false;
}

/* Latin-1: a few bytes above 9F among plain words. */
static bool is_latin1(struct bytes head) {
  size_t high = 0;
  for (size_t i = 0; i < head.size; i++) {
    if (head.data[i] >= 0x80 && head.data[i] < 0xA0)
      return false;
    high += head.data[i] >= 0xA0;
  }
  return high * 10 <= head.size;
}

/* UTF-16 with a mark: Latin letters have a zero as their high byte. */
static bool is_utf16(struct bytes head) {
  if (head.size < 4 || (load_u16(head.data) != 0xFEFF && load_u16(head.data) != 0xFFFE))
    return false;
  size_t high = head.data[0] == 0xFF ? 1 : 0, zeros = 0;
  for (size_t i = 2; i + 1 < head.size; i += 2)
    zeros += head.data[i + high] == 0;
  return zeros * 4 >= head.size;
}

static bool is_clean_text(struct bytes head) {
  for (size_t i = 0; i < head.size; i++)
    if (!is_text_byte(head.data[i]))
      return false;
  return is_utf8(head) || is_latin1(head);
}

/* Bytes of the UTF-8 character at `at`, 0 where there is none. */
static size_t character_size(struct bytes head, size_t at) {
  uint8_t first = head.data[at];
  size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (!size || size > head.size - at || !is_text_byte(first))
    return 0;
  for (size_t i = 1; i < size; i++)
    if ((head.data[at + i] & 0xC0) != 0x80)
      return 0;
  return size;
}

/* Text with holes: clean at first, and three quarters of it in all. Of arbitrary bytes half are no characters. */
static bool is_damaged_text(struct bytes head) {
  size_t odd = 0, at = CLEAN_BYTES;
  if (head.size < 2 * CLEAN_BYTES || !is_clean_text(bytes_of(head.data, CLEAN_BYTES)))
    return false;
  while (at < head.size) {
    size_t size = character_size(head, at);
    odd += size == 0;
    at += MAX(size, (size_t)1);
  }
  return odd * 4 <= head.size;
}

bool shape_is_text(struct bytes head) {
  return head.size && (is_utf16(head) || is_clean_text(head) || is_damaged_text(head));
}

struct text shape_line(struct text *rest) {
  struct text line = text_cut(rest, '\n');
  if (line.size && line.data[line.size - 1] == '\r')
    line.size--;
  return line;
}

struct text shape_full_line(struct text *rest) {
  while (rest->data) {
    struct text line = shape_line(rest);
    if (text_trim(line).size)
      return line;
  }
  return (struct text){0};
}

bool shape_contains_ignore_case(struct text text, const char *needle) {
  size_t size = strlen(needle);
  for (size_t i = 0; i + size <= text.size; i++)
    if (strncasecmp(text.data + i, needle, size) == 0)
      return true;
  return false;
}

bool shape_is_json(struct text text) {
  text = text_trim(text);
  if (text.size < 2 || (text.data[0] != '{' && text.data[0] != '['))
    return false;
  bool array = text.data[0] == '[';
  struct text rest = text_trim(text_from(text.data + 1, text.size - 1));
  if (!rest.size)
    return false;
  char c = rest.data[0];
  if (c == '"' || c == (array ? ']' : '}'))
    return true;
  return array && (c == '{' || c == '[' || c == '-' || isdigit((unsigned char)c) || c == 't' || c == 'f' || c == 'n');
}
