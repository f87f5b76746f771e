/* relate: what the files that find flights for doubtful clocks share (relate.c tells how). */
#ifndef UAVLAKE_RELATE_H
#define UAVLAKE_RELATE_H

#include "flight/match.h"
#include "lake/document.h"
#include "lake/lake_private.h"

/* A log, photo or film without a flight. In the arena of its group. */
struct member {
  const char *id, *group, *vehicle; /* vehicle: "" unknown */
  const char *companion;            /* the film's subtitles or the other way round, "" none */
  int64_t start_us, end_us;         /* by its own clock, as if that were UTC */
  bool trusted;                     /* its clock knows UTC */
  bool zoned;                       /* its clock says its zone */
  struct track track;               /* of a photo with a place: one fix */
};
struct members {
  struct member *items;
  uint32_t count;
};

/* A flight whose clock is known. */
struct reference {
  const char *id, *vehicle;
  int64_t start_us, end_us, zero_us; /* zero: take-off, else start */
  struct track track;
};
struct references {
  struct reference *items;
  uint32_t count;
};

/* What a member is told. */
struct relation {
  const struct member *member;
  const struct reference *flight; /* NULL: it stays apart */
  int64_t shift_us;
  double confidence, distance_m; /* distance NAN where no place was compared */
  const char *method;            /* "track", "place", "camera clock" */
  const char *doubt;             /* why it stays apart */
};

/* relate_read.c. All without a flight, sorted by group and start. */
must_check enum status relate_read_members(struct lake *lake, struct arena *arena, struct members *ret_members,
                                           struct error *error);
/* Flights between, at most RELATE_FLIGHTS_MAX. */
#define RELATE_FLIGHTS_MAX 4096u
must_check enum status relate_read_flights(struct lake *lake, struct arena *arena, int64_t from_us, int64_t to_us,
                                           struct references *ret_flights, struct error *error);

/* One flight, whatever its clock; STATUS_NOT_FOUND. */
must_check enum status relate_read_flight(struct lake *lake, struct arena *arena, const char *id,
                                          struct reference *ret_flight, struct error *error);
/* A log's document as a member. */
void relate_member_of(struct arena *arena, const json_t *log, struct member *ret_member);

/* relate_store.c: inside a transaction of the caller. */
must_check enum status relate_store(struct lake *lake, const struct relation *relation, struct error *error);

#endif
