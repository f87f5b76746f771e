/* shape: looking at text without knowing its format (see shape.h). */
#include "decode/shape.h"

#include <ctype.h>
#include <strings.h>

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

bool shape_is_text(struct bytes head) {
  if (!head.size)
    return false;
  if (is_utf16(head))
    return true;
  for (size_t i = 0; i < head.size; i++)
    if (!is_text_byte(head.data[i]))
      return false;
  return is_utf8(head) || is_latin1(head);
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
