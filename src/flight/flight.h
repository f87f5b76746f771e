/* flight: one log's rows → its clock against UTC, its flights with their phases, and who flew.
 *
 * Fed in the first pass with rows of the tables named by summary_tables; bounded memory. */
#ifndef UAVLAKE_FLIGHT_H
#define UAVLAKE_FLIGHT_H

#include "decode/decode.h"
#include "flight/match.h"
#include "vocabulary/map.h"
#include "vocabulary/schema.h"

#define FLIGHT_ID_MAX 96

/* UTC = log clock + offset_us + drift × (log clock − reference_us). */
struct clock_fit {
  int64_t offset_us;
  double drift;         /* s/s */
  int64_t reference_us; /* log clock at which offset_us holds */
  double error_s;       /* 1 sigma; INFINITY where UTC is a guess */
  /* "gps", "system_time", "receiver" (ground-station stamps), "camera" (its own clock; error_s INFINITY where it does
   * not say its zone), "local" (a radio's or computer's clock, likewise), "file" (the file's own time), "none" */
  const char *source;
};
int64_t clock_fit_utc(const struct clock_fit *fit, int64_t log_us); /* TIME_NONE in → TIME_NONE out */

/* One flight inside one log, on the log's clock. */
struct flight {
  char id[FLIGHT_ID_MAX];         /* stable: made from the vehicle and the UTC start in seconds, see flight_make_id */
  int64_t start_us, end_us;       /* armed (or moving, where arming isn't logged) from … to */
  int64_t takeoff_us, landing_us; /* TIME_NONE: never airborne */
  double armed_s, airborne_s;
  double max_height_m; /* above take-off */
  double distance_m;   /* horizontal path */
  double max_speed_m_s;
  double home_lat_deg, home_lon_deg, home_alt_msl_m; /* NAN unknown */
  double min_lat_deg, max_lat_deg, min_lon_deg, max_lon_deg;
  bool starts_in_air, ends_in_air; /* log began or ended in flight */
  bool is_part;                    /* another log tells what was before or after: the flight was split by a reboot */
  double link_confidence;          /* 0..1, how sure it is that this log tells of that flight; 0: it named the flight */
  int64_t lead_us;                 /* of a later part: from the flight's take-off to start_us; else 0 */
};

struct log_summary {
  struct clock_fit clock;
  struct flight *flights; /* in time order; may be none */
  uint32_t flight_count;
  int64_t start_us, end_us; /* log clock */
  char vehicle_uid[64];     /* board's own id, lower-case hex; "" unknown */
  int32_t system_id;        /* -1 unknown */
  char vehicle_class[16];   /* copter, plane, vtol, rover, boat, sub, …, "" unknown */
  char vehicle_type[32];    /* QUADROTOR, FIXED_WING, … where known */
  char autopilot[24], firmware[64], firmware_hash[24], board[48];
  char parameter_digest[17]; /* of all final parameter values; "" none */
  uint32_t parameter_count;
  uint8_t motor_of_output[33]; /* from SERVOk_FUNCTION */
  bool has_gps_time;
  struct track track; /* thinned, on the log's clock; the whole log's */
  char note[160];     /* what is doubtful, in words; "" nothing */
};

struct summary; /* the collector */
/* Bits of the tables that it wants fed (for map_new). */
const uint64_t *summary_tables(void);
/* file_time_us: the file's own time (modification or name), used where the log has none; TIME_NONE unknown. */
struct summary *summary_new(int64_t file_time_us);
void summary_free(struct summary *summary);
static inline void summary_scope_end(struct summary **summary) {
  summary_free(*summary);
}
/* A rows_fn (context = the summary). */
enum status summary_rows(void *summary, const struct rows *rows, struct error *error);
/* Result; `report` gives the decoder's facts. Flights are in the arena. Ids are filled by flight_make_id later, when
 * the vehicle is known. */
must_check enum status summary_end(struct summary *summary, const struct decode *decode, struct arena *arena,
                                   struct log_summary *ret_summary, struct error *error);
/* "uav11-20260314T101502Z". vehicle: as in the catalogue. */
void flight_make_id(struct flight *flight, const char *vehicle, const struct clock_fit *clock);
/* One end of a flight, for flight_continues. */
struct flight_end {
  int64_t utc_us;
  double lat_deg, lon_deg; /* NAN unknown */
  bool in_air;
};
/* Did the log that begins at `begin` go on with the flight that the log ending at `end` broke off in the air? At most
 * two minutes and what can be flown in them lie between; where a place is not known, half a minute. */
bool flight_continues(const struct flight_end *end, const struct flight_end *begin);
/* Do these two spans (UTC µs) belong to one flight of one vehicle? At least half of the shorter one overlaps. */
bool flight_same(int64_t a_start, int64_t a_end, int64_t b_start, int64_t b_end);

#endif
