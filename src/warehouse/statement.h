/* statement: a look at the words of an SQL text, without parsing it. */
#ifndef UAVLAKE_STATEMENT_H
#define UAVLAKE_STATEMENT_H

#include "base/text.h"

/* Cuts the next word (letters, digits, '_') off the text, in lower case, at most `size` - 1 bytes; quoted names count
 * as words, comments and other characters are skipped, text literals are given as words too (harmless: a table more is
 * prepared). False at the end. */
bool statement_next_word(struct text *rest, char *word, size_t size);
/* Where the text is EXPLAIN [ANALYZE] [(options)] X: X; else an empty view. */
struct text statement_explained(struct text sql);
/* The text up to its first semicolon, without outer blanks. */
struct text statement_body(struct text sql);

#endif
