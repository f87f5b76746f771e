/* mavlink_dialect: which messages a MAVLink stream may hold, as data. One dialect is compiled in; another one made at
 * run time has the same shape, and the decoder knows no difference. */
#ifndef UAVLAKE_MAVLINK_DIALECT_H
#define UAVLAKE_MAVLINK_DIALECT_H

#include "base/column.h"

#define MAVLINK_FIELDS_MAX 64 /* MAVLink's own limit of fields in a message */

struct mavlink_field {
  const char *name;
  const char *unit; /* as the definition writes it: "cdegE7"; "" none */
  uint16_t offset;  /* in the payload */
  uint8_t count;    /* elements, or characters of COLUMN_CHARS */
  bool is_array;
  enum column_type type;
};

struct mavlink_definition {
  uint32_t id;
  const char *name;
  uint8_t crc_extra;
  uint8_t min_length, max_length; /* of the payload, without and with extension fields */
  int8_t instance;                /* field that tells sensors apart, -1 none */
  uint16_t first_field;           /* in the dialect's fields */
  uint16_t field_count;
};

struct mavlink_dialect {
  const char *name;
  const struct mavlink_definition *definitions; /* sorted by id */
  uint32_t count;
  const struct mavlink_field *fields;
};

/* ArduPilot's dialect, generated from its XML by tools/mavlink_dialect.py. */
const struct mavlink_dialect *mavlink_dialect_ardupilotmega(void);

/* NULL: the dialect has no such message. */
const struct mavlink_definition *mavlink_dialect_find(const struct mavlink_dialect *dialect, uint32_t id);
/* Field by name: NULL where there is none. */
const struct mavlink_field *mavlink_dialect_find_field(const struct mavlink_dialect *dialect,
                                                       const struct mavlink_definition *definition, const char *name);

/* The unit that a value has after multiplication by the scale: "cm/s" → "m/s", 0.01. Units that are not in the table
 * stay as they are, with scale 1. */
struct mavlink_unit {
  const char *written, *unit;
  double scale;
};
struct mavlink_unit mavlink_unit_of(const char *written);

#endif
