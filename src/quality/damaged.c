/* damaged: bytes of the log that could not be read. A torn last record is a normal power-off and no damage. 5 points
 * for any loss, plus the share of bytes lost, at most 50. */
#include "quality/quality.h"

#include <math.h>
#include <stdio.h>

static uint32_t damaged_check(void *state, const struct decode *decode, const struct log_summary *log,
                              struct quality_finding *findings, uint32_t room) {
  (void)state, (void)log;
  const struct decode_report *report = decode_get_report(decode);
  if (!report->damaged_places || !room)
    return 0;
  char size[16];
  double share = report->bytes ? (double)report->damaged_bytes / (double)report->bytes : 1;
  const struct damage *first = report->damage;
  *findings = (struct quality_finding){.severity = fmin(50, 5 + 100 * share),
                                       .from_s = first->from_us == TIME_NONE ? NAN : (double)first->from_us * 1e-6,
                                       .to_s = NAN,
                                       .value = share,
                                       .limit = 0};
  snprintf(findings->text, sizeof findings->text,
           "%llu damaged places: %s (%.1f %%) could not be read; the first at byte %llu: %s",
           (unsigned long long)report->damaged_places, text_size(size, report->damaged_bytes), share * 100,
           (unsigned long long)first->offset, first->reason);
  return 1;
}

const struct rule rule_damaged = {.name = "damaged",
                                  .about = "bytes that could not be read",
                                  .points = "5, plus the share of bytes in percent, at most 50",
                                  .limit = "no byte lost; a torn last record is no damage",
                                  .reason = "a normal power-off tears the last record",
                                  .check = damaged_check};
