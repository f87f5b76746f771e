/* shape: what the probes of text formats ask about a file's first bytes. */
#ifndef UAVLAKE_SHAPE_H
#define UAVLAKE_SHAPE_H

#include "decode/decoder.h"

/* The head as text, without a UTF-8 byte order mark. */
struct text shape_text(struct bytes head);
/* Valid UTF-8 (a character cut by the head's end is allowed), UTF-16 with its mark, or Latin-1 words; no control
 * characters but blanks, escape and form feed. Or such a text with damage: its first KiB is clean, and three quarters
 * of all. An empty file is not text. */
bool shape_is_text(struct bytes head);
/* Cuts the next line off `*rest`, without its line end; ->data is NULL after the last. The head may cut the last line.
 */
struct text shape_line(struct text *rest);
/* As shape_line, but passes over lines that are blank. */
struct text shape_full_line(struct text *rest);
bool shape_contains_ignore_case(struct text text, const char *needle);
/* Starts with "{" or "[" after blanks, and what follows is JSON's next character. */
bool shape_is_json(struct text text);

#define SHAPE_KEPT(what) what " are recognised, but not decoded yet; the bytes are kept as they are"

#define SHAPE_ARCHIVE "an archive: what is in it is taken into a lake as logs of their own"

#endif
