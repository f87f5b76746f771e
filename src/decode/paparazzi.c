/* paparazzi: Paparazzi UAV writes two files a session.
 *
 *   .data   a line each: seconds since the session's begin, aircraft's number, message, its values, blanks between
 * them. Lists have commas between their elements. .log    XML: <configuration time_of_day="1594356783.16"
 * data_file="….data"> with the whole configuration, and in <protocol> the definitions of the messages.
 *
 * A .data file alone doesn't name its values. Names and units of the messages that matter stand here, from the standard
 * definitions (messages.xml, v1.0); of others the values are value_1, value_2, … A message's first line fixes how many
 * values it has and which are numbers. GPS gives UTM coordinates of the northern hemisphere: lat and lon are reckoned
 * from them (Krüger's series, as in C. Karney, Transverse Mercator with an accuracy of a few nanometers, 2011, to the
 * third order). From a .log the definitions are read: message_definition has a row for each field. */
#include "decode/shape.h"

#include <math.h>
#include <stdio.h>

#define LINE_LIMIT ((size_t)16 << 10)
#define KINDS_MAX 512u
#define VALUES_MAX 64u
#define CAPACITY 512u

struct known {
  const char *name, *fields, *units; /* with blanks between them; "-" no unit */
};

static const struct known known_messages[] = {
    {"ATTITUDE", "phi psi theta", "rad rad rad"},
    {"GPS", "mode utm_east utm_north course alt speed climb week itow utm_zone gps_nb_err",
     "- cm cm ddeg mm cm/s cm/s - ms - -"},
    {"NAVIGATION_REF", "utm_east utm_north utm_zone ground_alt", "m m - m"},
    {"NAVIGATION",
     "cur_block cur_stage pos_x pos_y dist_wp dist_home flight_time block_time stage_time kill_auto_throttle "
     "circle_count "
     "oval_count",
     "- - m m m m s s s - - -"},
    {"PPRZ_MODE", "ap_mode ap_gaz ap_lateral ap_horizontal if_calib_mode mcu1_status", "- - - - - -"},
    {"ENERGY", "throttle voltage current power charge energy", "% V A W Ah Wh"},
    {"DESIRED", "roll pitch course x y altitude climb airspeed", "rad rad rad m m m m/s m/s"},
    {"GPS_SOL", "Pacc Sacc PDOP numSV", "cm cm/s - -"},
    {"ESTIMATOR", "z z_dot", "m m/s"},
    {"AIRSPEED", "airspeed airspeed_sp airspeed_cnt groundspeed_sp", "m/s m/s m/s m/s"},
    {"FBW_STATUS", "rc_status frame_rate mode vsupply current", "- Hz - V A"},
    {"IMU_GYRO", "gp gq gr", "rad/s rad/s rad/s"},
    {"IMU_ACCEL", "ax ay az", "m/s2 m/s2 m/s2"},
    {"IMU_MAG", "mx my mz", "- - -"},
    {"AIR_DATA", "pressure diff_p temp qnh amsl_baro airspeed tas", "Pa Pa degC hPa m m/s m/s"},
    {"WIND_INFO", "ac_id flags east north up airspeed", "- - m/s m/s m/s m/s"},
    {"WP_MOVED", "wp_id utm_east utm_north alt utm_zone", "- m m m -"},
    {"CIRCLE", "center_east center_north radius", "m m m"},
    {"DL_VALUE", "index value", "- -"},
    {"AUTOPILOT_VERSION", "version desc", "- -"},
};

struct kind {
  struct message *message;
  struct batch_builder *builder;
  uint16_t values; /* in a line */
  bool is_text[VALUES_MAX];
  bool is_gps;
};

struct paparazzi {
  struct kind kinds[KINDS_MAX];
  uint32_t count, drained;
  struct kind *full, *given;
  bool is_xml, ended, limit_reached, overlong;
  uint64_t overlong_offset;
  char message[64]; /* of the XML: the one whose fields follow */
  int64_t message_id;
};

/* ── UTM ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

#define FLATTENING (1 / 298.257223563)
#define RADIUS_M 6378137.0

/* East and north in metres → degrees. */
static void from_utm(double east_m, double north_m, double zone, double *ret_lat, double *ret_lon) {
  const double n = FLATTENING / (2 - FLATTENING), n2 = n * n, n3 = n2 * n;
  const double rectifying_m = RADIUS_M / (1 + n) * (1 + n2 / 4 + n2 * n2 / 64);
  const double beta[] = {n / 2 - 2 * n2 / 3 + 37 * n3 / 96, n2 / 48 + n3 / 15, 17 * n3 / 480};
  const double delta[] = {2 * n - 2 * n2 / 3 - 2 * n3, 7 * n2 / 3 - 8 * n3 / 5, 56 * n3 / 15};
  double xi0 = north_m / (0.9996 * rectifying_m), eta0 = (east_m - 500000) / (0.9996 * rectifying_m);
  double xi = xi0, eta = eta0;
  for (int j = 1; j <= 3; j++) {
    xi -= beta[j - 1] * sin(2 * j * xi0) * cosh(2 * j * eta0);
    eta -= beta[j - 1] * cos(2 * j * xi0) * sinh(2 * j * eta0);
  }
  double chi = asin(sin(xi) / cosh(eta)), lat = chi;
  for (int j = 1; j <= 3; j++)
    lat += delta[j - 1] * sin(2 * j * chi);
  *ret_lat = lat * 180 / M_PI;
  *ret_lon = zone * 6 - 183 + atan2(sinh(eta), cos(xi)) * 180 / M_PI;
}

static void reckon_place(const struct kind *kind) {
  struct batch_builder *builder = kind->builder;
  size_t row = builder->batch.rows;
  double lat = NAN, lon = NAN, values[3];
  static const uint16_t columns[] = {2, 3, 10}; /* east, north, zone; aircraft's number stands before them */
  for (int i = 0; i < 3; i++)
    values[i] = ((double *)builder->columns[columns[i]].values)[row];
  bool sane = fabs(values[0]) < 1e8 && values[1] >= 0 && values[1] < 1e9 && values[2] >= 1 && values[2] <= 60;
  if (sane && (values[0] != 0 || values[1] != 0))
    from_utm(values[0] / 100, values[1] / 100, values[2], &lat, &lon);
  ((double *)builder->columns[kind->values + 1].values)[row] = lat;
  ((double *)builder->columns[kind->values + 2].values)[row] = lon;
}

/* ── kinds ────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct line {
  int64_t time_us;
  int64_t aircraft;
  struct text name, values;
};

static bool read_line(struct text text, struct line *line) {
  double seconds;
  struct text rest = text;
  if (!text_to_double(text_cut(&rest, ' '), &seconds) || !(seconds >= 0 && seconds < 1e8) ||
      !text_to_i64(text_cut(&rest, ' '), &line->aircraft) || line->aircraft < 0 || line->aircraft > 255)
    return false;
  line->time_us = (int64_t)(seconds * 1e6 + 0.5);
  line->name = text_cut(&rest, ' ');
  line->values = rest.data ? text_trim(rest) : (struct text){"", 0};
  if (line->name.size < 3 || line->name.size >= 64 || line->name.data[0] <= '9')
    return false;
  for (size_t i = 0; i < line->name.size; i++) {
    char c = line->name.data[i];
    if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
      return false;
  }
  return true;
}

static const struct known *find_known(struct text name, uint16_t values) {
  for (size_t i = 0; i < ARRAY_COUNT(known_messages); i++) {
    uint16_t fields = 1;
    for (const char *c = known_messages[i].fields; *c; c++)
      fields += *c == ' ';
    if (text_is(name, known_messages[i].name) && fields == values)
      return &known_messages[i];
  }
  return NULL;
}

static uint16_t count_values(struct text values) {
  uint16_t count = 0;
  while (values.data && values.size && count < VALUES_MAX)
    count += text_cut(&values, ' ').data != NULL;
  return count;
}

/* One word of a list, as a string of its own. */
static const char *take_word(struct decode *d, struct text *list) {
  struct text word = text_cut(list, ' ');
  return text_is(word, "-") ? "" : arena_copy(d->arena, word.data, word.size);
}

static void define(struct decode *d, struct kind *kind, const struct line *line) {
  struct field fields[VALUES_MAX + 3] = {{"ac_id", "", 1, COLUMN_U8, 1, false, 0}};
  kind->values = count_values(line->values);
  const struct known *known = find_known(line->name, kind->values);
  struct text names = text_of(known ? known->fields : ""), units = text_of(known ? known->units : ""),
              values = line->values;
  for (uint16_t i = 0; i < kind->values; i++) {
    double number;
    kind->is_text[i] = !text_to_double(text_cut(&values, ' '), &number);
    struct field *field = &fields[i + 1];
    *field = (struct field){"", "", 1, kind->is_text[i] ? COLUMN_TEXT : COLUMN_F64, 1, false, 0};
    field->name = known ? take_word(d, &names) : arena_format(d->arena, "value_%u", i + 1);
    field->unit = known ? take_word(d, &units) : "";
    if (!field->name || !field->unit)
      return;
  }
  uint16_t count = kind->values + 1;
  kind->is_gps = known && text_is(line->name, "GPS") && !kind->is_text[1] && !kind->is_text[2] && !kind->is_text[9];
  if (kind->is_gps) {
    fields[count++] = (struct field){"lat", "deg", 1, COLUMN_F64, 1, false, 0};
    fields[count++] = (struct field){"lon", "deg", 1, COLUMN_F64, 1, false, 0};
  }
  const char *name = arena_copy(d->arena, line->name.data, line->name.size);
  kind->message = name ? decode_define_message(d, name, 0, fields, count) : NULL;
}

static struct kind *kind_of(struct decode *d, const struct line *line) {
  struct paparazzi *p = d->state;
  for (uint32_t i = 0; i < p->count; i++)
    if (text_is(line->name, p->kinds[i].message->name))
      return &p->kinds[i];
  if (p->count == KINDS_MAX)
    return NULL;
  struct kind *kind = &p->kinds[p->count];
  define(d, kind, line);
  p->limit_reached |= !kind->message;
  p->count += kind->message != NULL;
  return kind->message ? kind : NULL;
}

static struct batch_builder *begin_row(struct decode *d, struct kind *kind) {
  struct paparazzi *p = d->state;
  kind->message->count++;
  d->report.records++;
  if (!kind->message->wanted)
    return NULL;
  if (!kind->builder)
    kind->builder = batch_builder_new(d, kind->message, CAPACITY);
  p->limit_reached |= !kind->builder;
  return kind->builder;
}

static void end_row(struct decode *d, struct kind *kind, int64_t time_us) {
  struct paparazzi *p = d->state;
  if (kind->builder && kind->message->wanted) {
    kind->builder->time_us[kind->builder->batch.rows++] = time_us;
    if (kind->builder->batch.rows == kind->builder->capacity)
      p->full = kind;
  }
  if (time_us == TIME_NONE)
    return;
  if (kind->message->first_us == TIME_NONE)
    kind->message->first_us = time_us;
  kind->message->last_us = time_us;
  d->report.first_us = d->report.first_us == TIME_NONE ? time_us : MIN(d->report.first_us, time_us);
  d->report.last_us = MAX(d->report.last_us, time_us);
}

/* ── .data ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void store_values(struct kind *kind, const struct line *line) {
  struct batch_builder *builder = kind->builder;
  size_t row = builder->batch.rows;
  struct text rest = line->values;
  ((uint8_t *)builder->columns[0].values)[row] = (uint8_t)line->aircraft;
  for (uint16_t i = 0; i < kind->values; i++) {
    bool last = i + 1 == kind->values;
    struct text value = last && kind->is_text[i] ? rest : text_cut(&rest, ' ');
    double number;
    if (kind->is_text[i])
      ((struct text *)builder->columns[i + 1].values)[row] = batch_builder_text(builder, value);
    else
      ((double *)builder->columns[i + 1].values)[row] = text_to_double(value, &number) ? number : NAN;
  }
  if (kind->is_gps)
    reckon_place(kind);
}

/* bytes: of the line with its end. */
static void take_data_line(struct decode *d, struct text text, uint64_t offset, uint64_t bytes) {
  struct line line;
  if (!text_trim(text).size)
    return;
  if (!read_line(text, &line)) {
    decode_damage(d, offset, bytes, "a line that is no message", d->report.last_us, TIME_NONE);
    d->report.bad_records++;
    return;
  }
  struct kind *kind = kind_of(d, &line);
  if (!kind)
    return;
  uint16_t values = count_values(line.values);
  bool open_end = kind->values && kind->is_text[kind->values - 1];
  if (values != kind->values && !(open_end && values > kind->values)) {
    decode_damage(d, offset, bytes, "a message with fewer or more values than before", line.time_us, line.time_us);
    d->report.bad_records++;
    return;
  }
  if (d->report.records == 0) {
    char number[8];
    snprintf(number, sizeof number, "%d", (int)line.aircraft);
    decode_fact(d, "system_id", text_of(number));
  }
  if (begin_row(d, kind))
    store_values(kind, &line);
  end_row(d, kind, line.time_us);
}

/* ── .log ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The value of name="…" in an element; size 0: not there. */
static struct text attribute(struct text element, const char *name) {
  size_t size = strlen(name);
  for (struct text rest = element; rest.size > size + 2;) {
    ptrdiff_t at = text_find(rest, name);
    if (at < 0)
      break;
    const char *after = rest.data + at + size;
    size_t left = rest.size - (size_t)at - size;
    bool starts = at > 0 && (rest.data[at - 1] == ' ' || rest.data[at - 1] == '\n' || rest.data[at - 1] == '\t');
    if (starts && left > 2 && after[0] == '=' && after[1] == '"') {
      struct text value = text_from(after + 2, left - 2);
      return text_cut(&value, '"');
    }
    rest = text_from(after, left);
  }
  return (struct text){"", 0};
}

/* Older definitions write their attributes in capitals. */
static struct text either(struct text element, const char *lower, const char *upper) {
  struct text value = attribute(element, lower);
  return value.size ? value : attribute(element, upper);
}

static void take_configuration(struct decode *d, struct text element) {
  double seconds;
  char text[CLOCK_TEXT_SIZE];
  if (text_to_double(attribute(element, "time_of_day"), &seconds) && seconds > 0 && seconds < 1e11)
    decode_fact(d, "created", text_of(clock_format(text, (int64_t)(seconds * 1e6))));
  decode_fact(d, "data_file", attribute(element, "data_file"));
}

static void take_definition(struct decode *d, struct text element) {
  struct paparazzi *p = d->state;
  struct kind *kind = &p->kinds[0];
  struct text parts[] = {text_of(p->message), either(element, "name", "NAME"), either(element, "type", "TYPE"),
                         either(element, "unit", "UNIT")};
  if (!p->message[0] || !parts[1].size)
    return;
  struct batch_builder *builder = begin_row(d, kind);
  if (builder) {
    ((int64_t *)builder->columns[0].values)[builder->batch.rows] = p->message_id;
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
      ((struct text *)builder->columns[i + 1].values)[builder->batch.rows] = batch_builder_text(builder, parts[i]);
  }
  end_row(d, kind, TIME_NONE);
}

static void take_element(struct decode *d, struct text element) {
  struct paparazzi *p = d->state;
  if (text_starts(element, "configuration ")) {
    take_configuration(d, element);
  } else if (text_starts(element, "aircraft ")) {
    decode_fact(d, "vehicle_name", attribute(element, "name"));
    decode_fact(d, "system_id", attribute(element, "ac_id"));
  } else if (text_starts(element, "message ")) {
    struct text name = either(element, "name", "NAME"), id = either(element, "id", "ID");
    p->message_id = -1;
    bool defines = id.size && text_to_i64(id, &p->message_id);
    snprintf(p->message, sizeof p->message, "%.*s", defines ? (int)MIN(name.size, (size_t)63) : 0, name.data);
  } else if (text_starts(element, "/message")) {
    p->message[0] = 0;
  } else if (text_starts(element, "field ")) {
    take_definition(d, element);
  }
}

/* ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The piece up to `mark` at the input's position. An overlong one is damage up to the next mark. */
static enum status take_piece(struct decode *d, char mark, struct error *error) {
  struct paparazzi *p = d->state;
  struct bytes view;
  TRY(input_view(d->input, LINE_LIMIT, &view, error));
  uint64_t offset = input_offset(d->input);
  d->report.bytes = offset + view.size;
  if (!view.size) {
    p->ended = true;
    return STATUS_OK;
  }
  size_t limit = MIN(view.size, LINE_LIMIT);
  const uint8_t *end = memchr(view.data, mark, limit);
  size_t size = end ? (size_t)(end - view.data) : limit;
  struct text piece = text_from(view.data, size);
  if ((!end && view.size >= LINE_LIMIT) || p->overlong) {
    if (!p->is_xml)
      decode_damage(d, offset, size, "a line that is too long", d->report.last_us, TIME_NONE);
    p->overlong = !end;
  } else if (p->is_xml) {
    take_element(d, piece);
  } else if (!end && d->report.records) {
    d->report.truncated = true; /* the last line is torn: its last value can't be trusted */
  } else {
    if (piece.size && piece.data[piece.size - 1] == '\r')
      piece.size--;
    take_data_line(d, piece, offset, size + (end != NULL));
  }
  input_skip(d->input, size + (end != NULL));
  return STATUS_OK;
}

static int paparazzi_probe(const struct probe *probe) {
  struct text rest = shape_text(probe->head);
  if (text_find(rest, "<configuration time_of_day=") >= 0 && text_find(rest, "data_file=") >= 0)
    return 95;
  int good = 0;
  while (rest.data && good < 8) {
    struct text text = shape_full_line(&rest);
    struct line line;
    if (!rest.data && good)
      break;
    if (!read_line(text_trim(text), &line))
      return 0;
    good++;
  }
  return good >= 3 ? 80 : 0;
}

static enum status paparazzi_open(struct decode *d, struct error *error) {
  static const struct field fields[] = {{"id", "", 1, COLUMN_I64, 1, false, 0},
                                        {"message", "", 1, COLUMN_TEXT, 1, false, 0},
                                        {"field", "", 1, COLUMN_TEXT, 1, false, 0},
                                        {"type", "", 1, COLUMN_TEXT, 1, false, 0},
                                        {"unit", "", 1, COLUMN_TEXT, 1, false, 0}};
  struct paparazzi *p = d->state;
  struct bytes head;
  TRY(input_view(d->input, PROBE_HEAD, &head, error));
  struct text text = shape_text(bytes_of(head.data, MIN(head.size, PROBE_HEAD)));
  p->is_xml = text_find(text, "<configuration time_of_day=") >= 0;
  d->report.clock = p->is_xml ? DECODE_CLOCK_NONE : DECODE_CLOCK_BOOT;
  decode_fact(d, "autopilot", TEXT("paparazzi"));
  if (!p->is_xml)
    return STATUS_OK;
  p->kinds[0].message = decode_define_message(d, "message_definition", 0, fields, ARRAY_COUNT(fields));
  p->count = 1;
  return p->kinds[0].message ? STATUS_OK : error_set(error, STATUS_LIMIT, "there is no memory for a message");
}

static struct kind *next_rest(struct paparazzi *p) {
  while (p->drained < p->count) {
    struct kind *kind = &p->kinds[p->drained++];
    if (kind->builder && kind->builder->batch.rows)
      return kind;
  }
  return NULL;
}

static enum status paparazzi_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct paparazzi *p = d->state;
  if (p->given)
    batch_builder_reset(p->given->builder);
  p->full = NULL;
  while (!p->full && !p->ended) {
    TRY(take_piece(d, p->is_xml ? '<' : '\n', error));
    if (p->limit_reached)
      return error_set(error, STATUS_LIMIT, "the log has more kinds of messages than fit %zu bytes; raise the limit",
                       d->options.memory_limit);
  }
  p->given = p->full ? p->full : next_rest(p);
  *ret_batch = p->given ? &p->given->builder->batch : NULL;
  return STATUS_OK;
}

const struct decoder decoder_paparazzi = {
    .name = "paparazzi",
    .about = "Paparazzi log",
    .suffixes = "log data",
    .source = "ground_station",
    .vocabulary = "paparazzi",
    .state_size = sizeof(struct paparazzi),
    .probe = paparazzi_probe,
    .open = paparazzi_open,
    .next = paparazzi_next,
};
