/* rate_drop: a steady message comes at less than half of its own usual rate for seconds in flight: the logger was
 * overloaded, the link was bad, or a sensor was lost and found. The usual rate is the median over the steps (a second
 * or longer) in the air; only messages of at least 4 a second are judged, and only after they had reached three
 * quarters of the usual rate, for rates are also changed on purpose. Silence of attitude is told by the rule `gap`.
 * 3 s are the least. 5 points, plus a fifth a second, at most 15; the worst message speaks. */
#include "quality/lane.h"
#include "quality/quality.h"

#include "flight/series.h"
#include "vocabulary/rows.h"

#define STREAMS 24u
#define LEAST_RATE_HZ 4.0
#define LEAST_STEPS 20u
#define LEAST_S 3.0

struct stream {
  const struct table *table;
  uint64_t columns; /* which of its columns the message fills */
  uint32_t counts[LANE_CELLS];
};
struct rates {
  struct stream streams[STREAMS];
  uint32_t stream_count;
};

static uint64_t columns_of(const struct rows *rows) {
  uint64_t bits = 0;
  for (uint16_t i = 0; i < rows->table->column_count; i++)
    if (rows->columns[i].values)
      bits |= UINT64_C(1) << (i % 64);
  return bits;
}

static void rates_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct rates *rates = state;
  uint64_t columns = columns_of(rows);
  if (rows_are_of(rows, "attitude") && !rows_column(rows, "roll_deg")) /* the turn rates of the IMU's message */
    return;
  uint32_t i = 0;
  while (i < rates->stream_count && (rates->streams[i].table != rows->table || rates->streams[i].columns != columns))
    i++;
  if (i == STREAMS)
    return;
  if (i == rates->stream_count) {
    rates->streams[i].table = rows->table;
    rates->streams[i].columns = columns;
    rates->stream_count++;
  }
  for (uint32_t row = 0; row < rows->count; row++) {
    uint32_t cell = lane_cell(log, rows->log_us[row]);
    if (cell < LANE_CELLS)
      rates->streams[i].counts[cell]++;
  }
}

struct drop {
  const struct table *table;
  uint32_t from, count, records;
  double usual;
};

static double usual_count(const struct stream *stream, uint32_t from, uint32_t end) {
  double values[LANE_CELLS];
  uint32_t count = 0;
  for (uint32_t cell = from; cell < end; cell++)
    if (stream->counts[cell])
      values[count++] = stream->counts[cell];
  return count >= LEAST_STEPS ? median_of(values, count) : 0;
}

/* The longest drop of a stream between two cells; records 0 in all of it is silence. */
static void find_drop(const struct stream *stream, uint32_t from, uint32_t end, double usual, struct drop *worst) {
  struct drop drop = {stream->table, 0, 0, 0, usual};
  bool reached = false;
  for (uint32_t cell = from; cell < end; cell++) {
    uint32_t count = stream->counts[cell];
    reached |= count >= 0.75 * usual;
    if (!reached || count >= 0.5 * usual) {
      drop.count = drop.records = 0;
      continue;
    }
    if (!drop.count++)
      drop.from = cell;
    drop.records += count;
    bool silent = drop.records == 0 && strcmp(stream->table->name, "attitude") == 0;
    if (drop.count > worst->count && !silent)
      *worst = drop;
  }
}

static uint32_t rates_check(void *state, const struct decode *decode, const struct log_summary *log,
                            struct quality_finding *findings, uint32_t room) {
  (void)decode;
  const struct rates *rates = state;
  struct drop worst = {0};
  double step_s = (double)lane_step_us(log) * 1e-6;
  for (uint32_t i = 0; i < rates->stream_count; i++)
    for (uint32_t k = 0; k < log->flight_count; k++) {
      uint32_t end, from = lane_air(log, &log->flights[k], &end);
      double usual = from < end ? usual_count(&rates->streams[i], from, end) : 0;
      if (usual >= LEAST_RATE_HZ * step_s)
        find_drop(&rates->streams[i], from, end, usual, &worst);
    }
  double length_s = worst.count * step_s;
  if (!room || length_s < LEAST_S)
    return 0;
  double rate_hz = worst.records / length_s, usual_hz = worst.usual / step_s;
  *findings = quality_say(fmin(15, 5 + length_s / 5), lane_time_us(log, worst.from),
                          lane_time_us(log, worst.from + worst.count), rate_hz, usual_hz / 2,
                          "%s records fall from %.1f to %.1f a second for %.0f s in flight, at second %.0f",
                          worst.table->name, usual_hz, rate_hz, length_s, (double)lane_time_us(log, worst.from) * 1e-6);
  return 1;
}

const struct rule rule_rate_drop = {
    .name = "rate_drop",
    .about = "a steady message comes too rarely for seconds",
    .points = "5, plus a fifth a second, at most 15",
    .limit = "half of the message's own median rate in the air, for 3 s; of messages of 4 a second and more",
    .reason = "its own usual rate",
    .tables = (const char *const[]){"attitude", "imu", "gps", "baro", "battery", "motor", "vibration", NULL},
    .state_size = sizeof(struct rates),
    .rows = rates_rows,
    .check = rates_check};
