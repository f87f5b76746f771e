/* sqlite: the embedded catalogue. One file, one SQL table a collection (id, document as JSON text), expression indexes
 * on the fields that are looked up often; texts in an FTS5 table, whose rows are found by id through a table beside it.
 * WAL with synchronous=FULL: what was committed survives a pulled plug, and readers (serve, query) never wait for an
 * add. */
#include "catalog/driver.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define BUSY_TIMEOUT_MS 30000
#define STATEMENTS_MAX 64
#define VERSION 2 /* 2: search, texts */

/* Prepared statements are kept by their SQL text, which must be the same pointer-independent text each time. */
struct kept_statement {
  char *sql;
  sqlite3_stmt *statement;
};

struct sqlite_catalog {
  sqlite3 *db;
  char *path;
  struct kept_statement kept[STATEMENTS_MAX];
  uint32_t kept_count;
};

static enum status fail(struct sqlite_catalog *c, const char *doing, struct error *error) {
  int code = sqlite3_errcode(c->db);
  switch (code & 0xff) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return error_set(
        error, STATUS_BAD_DATA,
        "the catalogue %s is damaged (%s): move it away and run 'uavlake add' on the lake's own raw folder, "
        "which rebuilds it from the stored logs",
        c->path, sqlite3_errmsg(c->db));
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return error_set(error, STATUS_IO, "the catalogue %s is in use by another program; try again", c->path);
  case SQLITE_FULL:
    return error_set(error, STATUS_IO,
                     "the disk is full while %s in %s: free some space and run the same command again", doing, c->path);
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_CANTOPEN:
    return error_set(error, STATUS_DENIED, "cannot write the catalogue %s: %s", c->path, sqlite3_errmsg(c->db));
  default:
    return error_set(error, STATUS_IO, "%s in the catalogue %s failed: %s", doing, c->path, sqlite3_errmsg(c->db));
  }
}

static enum status run(struct sqlite_catalog *c, const char *sql, struct error *error) {
  return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? STATUS_OK : fail(c, "a statement", error);
}

static enum status prepare(struct sqlite_catalog *c, const char *sql, sqlite3_stmt **ret_statement,
                           struct error *error) {
  for (uint32_t i = 0; i < c->kept_count; i++)
    if (strcmp(c->kept[i].sql, sql) == 0) {
      sqlite3_reset(c->kept[i].statement);
      sqlite3_clear_bindings(c->kept[i].statement);
      *ret_statement = c->kept[i].statement;
      return STATUS_OK;
    }
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
    return fail(c, "reading", error);
  uint32_t slot = c->kept_count;
  if (slot == STATEMENTS_MAX) {
    slot = 0; /* oldest first; statements are few, so this hardly ever happens */
    sqlite3_finalize(c->kept[0].statement);
    free(c->kept[0].sql);
  } else {
    c->kept_count++;
  }
  c->kept[slot] = (struct kept_statement){memory_copy_text(sql), statement};
  *ret_statement = statement;
  return STATUS_OK;
}

static enum status create_collections(struct sqlite_catalog *c, struct error *error) {
  scoped(buffer) struct buffer sql = buffer_with_max(64 << 10);
  buffer_add_text(&sql, "BEGIN IMMEDIATE;");
  for (const struct collection *collection = catalog_collections; collection->name; collection++) {
    buffer_format(&sql, "CREATE TABLE IF NOT EXISTS %s(id TEXT PRIMARY KEY NOT NULL, document TEXT NOT NULL);",
                  collection->name);
    for (const char *const *field = collection->indexed; *field; field++)
      buffer_format(&sql, "CREATE INDEX IF NOT EXISTS %s_%s ON %s(json_extract(document,'$.%s'));", collection->name,
                    *field, collection->name, *field);
  }
  buffer_add_text(&sql, "CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5(words, tokenize='unicode61');"
                        "CREATE TABLE IF NOT EXISTS text_ids(row INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, "
                        "subject TEXT NOT NULL);"
                        "PRAGMA user_version=2;COMMIT;"); /* VERSION */
  return run(c, buffer_text(&sql), error);
}

static int64_t user_version(struct sqlite_catalog *c) {
  sqlite3_stmt *statement;
  int64_t version = -1;
  if (sqlite3_prepare_v2(c->db, "PRAGMA user_version", -1, &statement, NULL) != SQLITE_OK)
    return -1;
  if (sqlite3_step(statement) == SQLITE_ROW)
    version = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return version;
}

static void sqlite_close(void *state) {
  struct sqlite_catalog *c = state;
  for (uint32_t i = 0; i < c->kept_count; i++) {
    sqlite3_finalize(c->kept[i].statement);
    free(c->kept[i].sql);
  }
  sqlite3_close(c->db);
  free(c->path);
  free(c);
}

static enum status set_up(struct sqlite_catalog *c, struct error *error) {
  sqlite3_extended_result_codes(c->db, 1);
  sqlite3_busy_timeout(c->db, BUSY_TIMEOUT_MS);
  int64_t version = user_version(c);
  if (version < 0)
    return fail(c, "opening", error);
  if (version > VERSION)
    return error_set(error, STATUS_UNSUPPORTED, "the catalogue %s was written by a newer uavlake; use that one",
                     c->path);
  TRY(run(c, "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cell_size_check=ON;PRAGMA cache_size=-16000;",
          error));
  return version == VERSION ? STATUS_OK : create_collections(c, error);
}

static enum status sqlite_open(const char *path, void **ret_state, struct error *error) {
  struct sqlite_catalog *c = memory_new(sizeof *c);
  c->path = memory_copy_text(path);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  enum status status = sqlite3_open_v2(path, &c->db, flags, NULL) == SQLITE_OK ? set_up(c, error)
                                                                               : fail(c, "opening", error);
  if (status != STATUS_OK) {
    sqlite_close(c);
    return status;
  }
  *ret_state = c;
  return STATUS_OK;
}

static enum status step_once(struct sqlite_catalog *c, sqlite3_stmt *statement, const char *doing,
                             struct error *error) {
  int code = sqlite3_step(statement);
  enum status status = code == SQLITE_DONE || code == SQLITE_ROW ? STATUS_OK : fail(c, doing, error);
  sqlite3_reset(statement);
  return status;
}

static enum status sqlite_put(void *state, const char *collection, const char *id, const char *json,
                              struct error *error) {
  struct sqlite_catalog *c = state;
  char sql[160];
  snprintf(sql, sizeof sql,
           "INSERT INTO %s(id,document) VALUES(?1,json(?2)) ON CONFLICT(id) DO UPDATE SET document=excluded.document",
           collection);
  sqlite3_stmt *statement;
  TRY(prepare(c, sql, &statement, error));
  sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 2, json, -1, SQLITE_STATIC);
  return step_once(c, statement, "writing a document", error);
}

/* The first column of the one row, in the arena. */
static enum status copy_column(struct sqlite_catalog *c, sqlite3_stmt *statement, struct arena *arena,
                               const char *collection, const char *id, const char **ret_text, struct error *error) {
  int code = sqlite3_step(statement);
  enum status status = STATUS_OK;
  if (code == SQLITE_ROW) {
    const char *copy = arena_copy(arena, sqlite3_column_text(statement, 0), (size_t)sqlite3_column_bytes(statement, 0));
    if (copy)
      *ret_text = copy;
    else
      status = error_set(error, STATUS_LIMIT, "the document %s is larger than this request allows", id);
  } else if (code == SQLITE_DONE) {
    status = error_set(error, STATUS_NOT_FOUND, "there is no '%s' in %s", id, collection);
  } else {
    status = fail(c, "reading a document", error);
  }
  sqlite3_reset(statement);
  return status;
}

static enum status sqlite_get(void *state, struct arena *arena, const char *collection, const char *id,
                              const char **ret_json, struct error *error) {
  struct sqlite_catalog *c = state;
  char sql[96];
  snprintf(sql, sizeof sql, "SELECT document FROM %s WHERE id=?1", collection);
  sqlite3_stmt *statement;
  TRY(prepare(c, sql, &statement, error));
  sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
  return copy_column(c, statement, arena, collection, id, ret_json, error);
}

static enum status sqlite_remove(void *state, const char *collection, const char *id, struct error *error) {
  struct sqlite_catalog *c = state;
  char sql[96];
  snprintf(sql, sizeof sql, "DELETE FROM %s WHERE id=?1", collection);
  sqlite3_stmt *statement;
  TRY(prepare(c, sql, &statement, error));
  sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
  return step_once(c, statement, "removing a document", error);
}

/* The SQL expression of a field; names were checked by catalog.c. */
static void add_field(struct buffer *sql, const char *field) {
  if (strcmp(field, "id") == 0)
    buffer_add_text(sql, "id");
  else if (strcmp(field, "*") == 0)
    buffer_add_text(sql, "document");
  else
    buffer_format(sql, "json_extract(document,'$.%s')", field);
}

static void add_conditions(struct buffer *sql, const struct catalog_query *query) {
  for (uint32_t i = 0; i < query->filter_count; i++) {
    const struct catalog_filter *filter = &query->filters[i];
    int text = (int)(2 * i + 1), number = text + 1;
    buffer_add_text(sql, i ? " AND " : " WHERE ");
    switch (filter->op) {
    case FILTER_EQUAL:
      buffer_add_text(sql, "(");
      add_field(sql, filter->field);
      buffer_format(sql, "=?%d OR ", text);
      add_field(sql, filter->field);
      buffer_format(sql, "=?%d)", number);
      break;
    case FILTER_AT_LEAST:
    case FILTER_BELOW:
      add_field(sql, filter->field);
      buffer_format(sql, "%scoalesce(?%d,?%d)", filter->op == FILTER_AT_LEAST ? ">=" : "<", number, text);
      break;
    case FILTER_CONTAINS:
      buffer_format(sql, "instr(lower(coalesce(");
      add_field(sql, filter->field);
      buffer_format(sql, ",'')),lower(?%d))>0", text);
      break;
    }
  }
}

/* Each filter has two parameters: the value as text, and as a number (NULL where it is none). */
static void bind_conditions(sqlite3_stmt *statement, const struct catalog_query *query) {
  for (uint32_t i = 0; i < query->filter_count; i++) {
    const char *value = query->filters[i].value;
    double number;
    sqlite3_bind_text(statement, (int)(2 * i + 1), value, -1, SQLITE_STATIC);
    if (text_to_double(text_of(value), &number))
      sqlite3_bind_double(statement, (int)(2 * i + 2), number);
  }
}

static void add_order(struct buffer *sql, const struct catalog_query *query) {
  if (query->any_order)
    return;
  buffer_add_text(sql, " ORDER BY ");
  if (query->order_by) {
    add_field(sql, query->order_by);
    buffer_add_text(sql, query->descending ? " DESC,id" : ",id");
  } else {
    buffer_add_text(sql, query->descending ? "id DESC" : "id");
  }
}

static enum status sqlite_find(void *state, const struct catalog_query *query, catalog_document_fn document,
                               void *context, struct error *error) {
  struct sqlite_catalog *c = state;
  scoped(buffer) struct buffer sql = buffer_with_max(64 << 10);
  buffer_format(&sql, "SELECT id,document FROM %s", query->collection);
  add_conditions(&sql, query);
  add_order(&sql, query);
  if (query->limit || query->offset)
    buffer_format(&sql, " LIMIT %lld OFFSET %u", query->limit ? (long long)query->limit : -1LL, query->offset);
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(c->db, buffer_text(&sql), -1, &statement, NULL) != SQLITE_OK)
    return fail(c, "searching", error);
  bind_conditions(statement, query);
  enum status status = STATUS_OK;
  int code;
  while (status == STATUS_OK && (code = sqlite3_step(statement)) != SQLITE_DONE) {
    if (code == SQLITE_ROW)
      status = document(context, (const char *)sqlite3_column_text(statement, 0),
                        (const char *)sqlite3_column_text(statement, 1), error);
    else
      status = fail(c, "searching", error);
  }
  sqlite3_finalize(statement);
  return status;
}

static enum status sqlite_count(void *state, const struct catalog_query *query, uint64_t *ret_count,
                                struct error *error) {
  struct sqlite_catalog *c = state;
  scoped(buffer) struct buffer sql = buffer_with_max(64 << 10);
  buffer_format(&sql, "SELECT count(*) FROM %s", query->collection);
  add_conditions(&sql, query);
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(c->db, buffer_text(&sql), -1, &statement, NULL) != SQLITE_OK)
    return fail(c, "counting", error);
  bind_conditions(statement, query);
  enum status status = STATUS_OK;
  if (sqlite3_step(statement) == SQLITE_ROW)
    *ret_count = (uint64_t)sqlite3_column_int64(statement, 0);
  else
    status = fail(c, "counting", error);
  sqlite3_finalize(statement);
  return status;
}

/* ---- texts ---- */

static enum status text_row(struct sqlite_catalog *c, const char *id, const char *subject, int64_t *ret_row,
                            struct error *error) {
  sqlite3_stmt *statement;
  TRY(prepare(c,
              "INSERT INTO text_ids(id,subject) VALUES(?1,?2) ON CONFLICT(id) DO UPDATE SET subject=excluded.subject "
              "RETURNING row",
              &statement, error));
  sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 2, subject, -1, SQLITE_STATIC);
  enum status status = sqlite3_step(statement) == SQLITE_ROW ? STATUS_OK : fail(c, "writing a text", error);
  if (status == STATUS_OK)
    *ret_row = sqlite3_column_int64(statement, 0);
  sqlite3_step(statement);
  sqlite3_reset(statement);
  return status;
}

static enum status sqlite_text_put(void *state, const char *id, const char *subject, const char *text,
                                   struct error *error) {
  struct sqlite_catalog *c = state;
  sqlite3_stmt *statement;
  int64_t row;
  TRY(text_row(c, id, subject, &row, error));
  TRY(prepare(c,
              text[0] ? "INSERT OR REPLACE INTO texts(rowid,words) VALUES(?1,?2)" : "DELETE FROM texts WHERE rowid=?1",
              &statement, error));
  sqlite3_bind_int64(statement, 1, row);
  if (text[0])
    sqlite3_bind_text(statement, 2, text, -1, SQLITE_STATIC);
  return step_once(c, statement, "writing a text", error);
}

/* Each word in quotes, the last as a beginning: nothing of FTS5's own language comes from outside. */
static void add_words(struct buffer *out, const char *words) {
  bool inside = false;
  for (const unsigned char *c = (const unsigned char *)words; *c; c++) {
    bool part = *c >= 0x80 || (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
    if (part && !inside)
      buffer_add_text(out, out->size ? " \"" : "\"");
    if (!part && inside)
      buffer_add_byte(out, '"');
    if (part)
      buffer_add_byte(out, *c);
    inside = part;
  }
  if (inside)
    buffer_add_text(out, "\"*");
}

/* The texts themselves stay where they are: reading 10,000 of them takes longer than finding them. */
static enum status sqlite_text_find(void *state, const char *words, catalog_text_fn hit, void *context,
                                    struct error *error) {
  struct sqlite_catalog *c = state;
  sqlite3_stmt *statement;
  scoped(buffer) struct buffer match = buffer_with_max(64 << 10);
  add_words(&match, words);
  if (!match.size)
    return STATUS_OK;
  if (sqlite3_prepare_v2(c->db,
                         "SELECT i.id,i.subject FROM texts t JOIN text_ids i ON i.row=t.rowid "
                         "WHERE texts MATCH ?1 AND EXISTS(SELECT 1 FROM search s WHERE s.id=i.subject) ORDER BY rank",
                         -1, &statement, NULL) != SQLITE_OK)
    return fail(c, "searching", error);
  sqlite3_bind_text(statement, 1, buffer_text(&match), -1, SQLITE_STATIC);
  enum status status = STATUS_OK;
  int code;
  while (status == STATUS_OK && (code = sqlite3_step(statement)) != SQLITE_DONE)
    status = code == SQLITE_ROW ? hit(context, (const char *)sqlite3_column_text(statement, 0),
                                      (const char *)sqlite3_column_text(statement, 1), error)
                                : fail(c, "searching", error);
  sqlite3_finalize(statement);
  return status;
}

static enum status sqlite_text_get(void *state, struct arena *arena, const char *id, const char **ret_text,
                                   struct error *error) {
  struct sqlite_catalog *c = state;
  sqlite3_stmt *statement;
  TRY(prepare(c, "SELECT t.words FROM text_ids i JOIN texts t ON t.rowid=i.row WHERE i.id=?1", &statement, error));
  sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
  return copy_column(c, statement, arena, "texts", id, ret_text, error);
}

static enum status sqlite_begin(void *state, struct error *error) {
  return run(state, "BEGIN IMMEDIATE", error);
}
static enum status sqlite_commit(void *state, struct error *error) {
  return run(state, "COMMIT", error);
}

static void sqlite_rollback(void *state) {
  struct sqlite_catalog *c = state;
  if (!sqlite3_get_autocommit(c->db))
    sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}

static bool sqlite_takes(const char *location) {
  return strstr(location, "://") == NULL;
}

const struct catalog_driver catalog_sqlite = {
    .name = "sqlite",
    .about = "embedded: one SQLite file in the lake's folder",
    .takes = sqlite_takes,
    .open = sqlite_open,
    .close = sqlite_close,
    .put = sqlite_put,
    .get = sqlite_get,
    .remove = sqlite_remove,
    .find = sqlite_find,
    .count = sqlite_count,
    .text_put = sqlite_text_put,
    .text_find = sqlite_text_find,
    .text_get = sqlite_text_get,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
};
