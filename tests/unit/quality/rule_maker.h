/* rule_maker: one quality rule, fed with rows made by hand. */
#ifndef UAVLAKE_RULE_MAKER_H
#define UAVLAKE_RULE_MAKER_H

#include "../rows_maker.h"

#include "decode/decoder.h"
#include "quality/quality.h"

#define FINDINGS_MADE_MAX 8u

/* A log with one flight: take-off at second 10, landing at second 110 of the log's clock. */
struct rule_maker {
  const struct rule *rule;
  void *state;
  struct decoder decoder; /* "dataflash", of the vehicle */
  struct decode decode;   /* what the rule sees of the reading: decoder and report */
  struct flight flight;
  struct log_summary log;
  struct quality_finding findings[FINDINGS_MADE_MAX];
};

static inline void maker_feed(void *context, const struct rows *rows) {
  struct rule_maker *maker = context;
  maker->rule->rows(maker->state, &maker->log, rows);
}

static inline struct rule_maker *rule_begin(const struct rule *rule) {
  struct rule_maker *maker = calloc(1, sizeof *maker);
  maker->rule = rule;
  maker->state = calloc(1, rule->state_size + 1);
  maker->decoder = (struct decoder){.name = "dataflash", .source = "carrier"};
  maker->decode = (struct decode){.decoder = &maker->decoder};
  maker->flight = (struct flight){.start_us = 5 * US_PER_S,
                                  .takeoff_us = 10 * US_PER_S,
                                  .landing_us = 110 * US_PER_S,
                                  .end_us = 115 * US_PER_S,
                                  .airborne_s = 100};
  maker->log = (struct log_summary){
      .flights = &maker->flight, .flight_count = 1, .start_us = 0, .end_us = 120 * US_PER_S, .vehicle_class = "copter"};
  return maker;
}

/* Asks the rule and frees all; returns the number of findings, the first of which goes to *ret_first. */
static inline uint32_t rule_end(struct rule_maker *maker, struct quality_finding *ret_first) {
  uint32_t count = maker->rule->check(maker->state, &maker->decode, &maker->log, maker->findings, FINDINGS_MADE_MAX);
  *ret_first = maker->findings[0];
  for (uint32_t i = 0; i < count; i++) {
    assert_true(maker->findings[i].severity > 0 && maker->findings[i].severity <= 100);
    assert_true(maker->findings[i].text[0]);
  }
  assert_int_equal(
      0, maker->rule->check(maker->state, &maker->decode, &maker->log, maker->findings, 0)); /* no room, no write */
  free(maker->state);
  free(maker);
  return count;
}

#endif
