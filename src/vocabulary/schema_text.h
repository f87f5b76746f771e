/* schema_text: the data dictionary in words. */
#ifndef UAVLAKE_SCHEMA_TEXT_H
#define UAVLAKE_SCHEMA_TEXT_H

#include "base/json.h"
#include "vocabulary/schema.h"

void schema_write_markdown(struct buffer *out);
/* One table as an object. */
void schema_write_json(struct json_writer *json, const struct table *table);

#endif
