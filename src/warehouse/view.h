/* view: what SQL sees under each name. Tables of samples are views over their Parquet files; the catalogue's documents
 * are tables filled from them. */
#ifndef UAVLAKE_VIEW_H
#define UAVLAKE_VIEW_H

#include "warehouse/duckdb_engine.h"

/* Files of a table, relative to the lake's root. `linked`: those with rows of a log whose flight was found or corrected
 * after they had been written; its rows are shown as VIEW_LINKS says. */
struct view_paths {
  const char **paths, **linked;
  size_t count, linked_count;
  const char *vehicle_cases; /* "WHEN 'old' THEN 'new' …" of vehicles that were renamed; NULL none */
};
#define VIEW_LINKS "uavlake_links"

/* The SQL that creates the view of a table over its files. Columns that a file lacks are null; without a file the view
 * is empty and still has its types. */
void view_table_sql(const struct table *table, const char *root, const struct view_paths *paths, struct buffer *out);

/* One collection of the catalogue as a table. */
struct document_view;
/* By the name that SQL uses ("flights", "findings", also "finding"); NULL: none. */
const struct document_view *document_view_find(const char *name);
/* In the order of documentation; NULL past the last. */
const struct document_view *document_view_at(size_t index);
const char *document_view_name(const struct document_view *view);
/* Loads the collection's documents as they are now. */
must_check enum status document_view_load(const struct document_view *view, struct engine *engine,
                                          struct catalog *catalog, struct error *error);

#endif
