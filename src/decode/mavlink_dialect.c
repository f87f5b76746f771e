/* mavlink_dialect: the compiled-in dialect and the meaning of its units (see mavlink_dialect.h).
 *
 * Units are those of MAVLink's XML schema: a prefix (c, d, m, u, h, da, k), a symbol, and a power of ten that the
 * integer was multiplied with (degE7). "m/s*5" and "deg/2" of HIGH_LATENCY2 say what was done to the value before it
 * was sent. */
#include "decode/mavlink_dialect.h"

static const struct mavlink_field ardupilotmega_fields[] = {
#define M(id, name, extra, shortest, longest, instance, first, count)
#define F(name, type, count, unit, offset) {name, unit, offset, count, false, COLUMN_##type},
#define A(name, type, count, unit, offset) {name, unit, offset, count, true, COLUMN_##type},
#include "decode/mavlink_ardupilotmega.inc"
#undef M
#undef F
#undef A
};

static const struct mavlink_definition ardupilotmega_definitions[] = {
#define M(id, name, extra, shortest, longest, instance, first, count)                                                  \
  {id, name, extra, shortest, longest, instance, first, count},
#define F(name, type, count, unit, offset)
#define A(name, type, count, unit, offset)
#include "decode/mavlink_ardupilotmega.inc"
#undef M
#undef F
#undef A
};

static const struct mavlink_dialect ardupilotmega = {
    .name = "ardupilotmega",
    .definitions = ardupilotmega_definitions,
    .count = ARRAY_COUNT(ardupilotmega_definitions),
    .fields = ardupilotmega_fields,
};

const struct mavlink_dialect *mavlink_dialect_ardupilotmega(void) {
  return &ardupilotmega;
}

const struct mavlink_definition *mavlink_dialect_find(const struct mavlink_dialect *dialect, uint32_t id) {
  uint32_t low = 0, high = dialect->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (dialect->definitions[middle].id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < dialect->count && dialect->definitions[low].id == id ? &dialect->definitions[low] : NULL;
}

const struct mavlink_field *mavlink_dialect_find_field(const struct mavlink_dialect *dialect,
                                                       const struct mavlink_definition *definition, const char *name) {
  const struct mavlink_field *fields = dialect->fields + definition->first_field;
  for (uint16_t i = 0; i < definition->field_count; i++)
    if (strcmp(fields[i].name, name) == 0)
      return &fields[i];
  return NULL;
}

static const struct mavlink_unit units[] = {
    {"us", "s", 1e-6},         {"ms", "s", 1e-3},         {"ns", "s", 1e-9},          {"cs", "s", 1e-2},
    {"ds", "s", 1e-1},         {"mm", "m", 1e-3},         {"cm", "m", 1e-2},          {"dm", "m", 1e-1},
    {"dam", "m", 10},          {"km", "m", 1e3},          {"mm/s", "m/s", 1e-3},      {"cm/s", "m/s", 1e-2},
    {"dm/s", "m/s", 1e-1},     {"m/s*5", "m/s", 0.2},     {"m/s/s", "m/s/s", 1},      {"mG", "m/s/s", 9.80665e-3},
    {"degE7", "deg", 1e-7},    {"degE5", "deg", 1e-5},    {"cdegE7", "deg", 1e-9},    {"cdeg", "deg", 1e-2},
    {"ddeg", "deg", 1e-1},     {"deg/2", "deg", 2},       {"ddeg/s", "deg/s", 1e-1},  {"cdeg/s", "deg/s", 1e-2},
    {"mrad", "rad", 1e-3},     {"mrad/s", "rad/s", 1e-3}, {"mV", "V", 1e-3},          {"cV", "V", 1e-2},
    {"dV", "V", 1e-1},         {"mA", "A", 1e-3},         {"cA", "A", 1e-2},          {"dA", "A", 1e-1},
    {"mgauss", "gauss", 1e-3}, {"cdegC", "degC", 1e-2},   {"ddegC", "degC", 1e-1},    {"hPa", "Pa", 100},
    {"kPa", "Pa", 1e3},        {"mbar", "Pa", 100},       {"c%", "%", 1e-2},          {"d%", "%", 1e-1},
    {"hJ", "J", 100},          {"g", "kg", 1e-3},         {"kHz", "Hz", 1e3},         {"MHz", "Hz", 1e6},
    {"KiB", "bytes", 1024},    {"MiB", "bytes", 1048576}, {"KiB/s", "bytes/s", 1024}, {"MiB/s", "bytes/s", 1048576},
    {"cm^2", "m^2", 1e-4},
};

struct mavlink_unit mavlink_unit_of(const char *written) {
  for (size_t i = 0; i < ARRAY_COUNT(units); i++)
    if (strcmp(units[i].written, written) == 0)
      return units[i];
  return (struct mavlink_unit){written, written, 1};
}
