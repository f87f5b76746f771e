/* request: what a browser or a stranger may send, as far as our own code reads it. */
#include "base/arena.h"
#include "serve/auth.h"
#include "serve/route.h"
#include "target.h"
#include "warehouse/statement.h"

static void check_sql(struct text sql) {
  struct text rest = sql;
  char word[64];
  size_t words = 0;
  while (statement_next_word(&rest, word, sizeof word)) {
    demand(strlen(word) < sizeof word);
    demand(++words <= sql.size);
  }
  struct text body = statement_body(sql);
  demand(body.size <= sql.size);
  struct text explained = statement_explained(body);
  demand(explained.size <= body.size);
}

void fuzz_request(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  demand(text);
  if (size)
    memcpy(text, data, size);
  text[size] = 0;
  check_sql(text_from(text, size));
  struct arena *arena = arena_new(0);
  struct route_captures captures = {0};
  bool other = false;
  const struct route *route = route_find("GET", text, arena, &captures, &other);
  demand(!route || captures.count <= ROUTE_CAPTURES_MAX);
  const char *names[] = {"lake.example.org", NULL};
  (void)auth_host_is_own(text, names);
  arena_free(arena);
  free(text);
}
