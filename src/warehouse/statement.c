/* statement: see statement.h. The engine parses; this only decides which views a statement may need, and what an
 * EXPLAIN would run. */
#include "warehouse/statement.h"

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Past blanks and comments. */
static struct text skip_blank(struct text sql) {
  for (;;) {
    sql = text_trim(sql);
    if (text_starts(sql, "--")) {
      const char *end = memchr(sql.data, '\n', sql.size);
      size_t skip = end ? (size_t)(end - sql.data) : sql.size;
      sql = text_from(sql.data + skip, sql.size - skip);
    } else if (text_starts(sql, "/*")) {
      ptrdiff_t end = text_find(sql, "*/");
      size_t skip = end < 0 ? sql.size : (size_t)end + 2;
      sql = text_from(sql.data + skip, sql.size - skip);
    } else {
      return sql;
    }
  }
}

bool statement_next_word(struct text *rest, char *word, size_t size) {
  size_t i = 0, length = 0;
  while (i < rest->size && !is_word(rest->data[i]))
    i++;
  for (; i < rest->size && is_word(rest->data[i]); i++)
    if (length + 1 < size)
      word[length++] = rest->data[i] >= 'A' && rest->data[i] <= 'Z' ? (char)(rest->data[i] + 32) : rest->data[i];
  word[length] = 0;
  *rest = text_from(rest->data + i, rest->size - i);
  return length > 0;
}

/* Cuts the word off the front, in any case; false where another stands there. */
static bool take_word(struct text *sql, const char *wanted) {
  char word[16];
  struct text rest = skip_blank(*sql);
  if (!rest.size || !is_word(rest.data[0]) || !statement_next_word(&rest, word, sizeof word) ||
      strcmp(word, wanted) != 0)
    return false;
  *sql = rest;
  return true;
}

/* Length of the comment, or of the text or name in quotes, that begins here; 0 where none does. */
static size_t opaque_size(struct text sql) {
  char c = sql.data[0];
  if (c == '\'' || c == '"') {
    const char *end = sql.size > 1 ? memchr(sql.data + 1, c, sql.size - 1) : NULL;
    return end ? (size_t)(end - sql.data) + 1 : sql.size;
  }
  if (text_starts(sql, "--")) {
    const char *end = memchr(sql.data, '\n', sql.size);
    return end ? (size_t)(end - sql.data) : sql.size;
  }
  if (text_starts(sql, "/*")) {
    ptrdiff_t end = text_find(sql, "*/");
    return end < 0 ? sql.size : (size_t)end + 2;
  }
  return 0;
}

/* Past a bracketed group at the front. */
static struct text skip_group(struct text sql) {
  int depth = 0;
  for (size_t i = 0; i < sql.size;) {
    size_t opaque = opaque_size(text_from(sql.data + i, sql.size - i));
    depth += opaque ? 0 : (sql.data[i] == '(') - (sql.data[i] == ')');
    if (!opaque && sql.data[i] == ')' && depth == 0)
      return skip_blank(text_from(sql.data + i + 1, sql.size - i - 1));
    i += opaque ? opaque : 1;
  }
  return text_from(sql.data + sql.size, 0);
}

struct text statement_explained(struct text sql) {
  if (!take_word(&sql, "explain"))
    return (struct text){NULL, 0};
  if (!take_word(&sql, "analyze"))
    take_word(&sql, "analyse");
  sql = skip_blank(sql);
  if (!text_starts(sql, "("))
    return sql;
  struct text after = skip_group(sql); /* options, or the query itself in brackets */
  return statement_body(after).size ? after : sql;
}

struct text statement_body(struct text sql) {
  for (size_t i = 0; i < sql.size;) {
    size_t opaque = opaque_size(text_from(sql.data + i, sql.size - i));
    if (!opaque && sql.data[i] == ';')
      return text_trim(text_from(sql.data, i));
    i += opaque ? opaque : 1;
  }
  return text_trim(sql);
}
