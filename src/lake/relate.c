/* relate: logs, photos and films whose clock does not know UTC, or that do not know their vehicle, find their flight.
 *
 * What has one clock (a camera, a radio's folder) on one day is a group. Its photos are cut into bursts at pauses of
 * two minutes; a burst, a film or a radio's log is a source with a track on the group's clock. Each source is held
 * against each flight within 14 hours, at every whole quarter of an hour (civil time differs from UTC by such) and five
 * minutes to either side (clocks drift); flight/match.h says how. Then the group votes: all its sources have one zone.
 * In that zone a source takes the flight that fits best, unless another flight fits nearly as well: then it stays
 * apart and says so. What has no place takes the clock that the rest of its group showed, and the one flight of the
 * same vehicle that was under way then. Sources whose clock knows UTC are matched without any zone.
 *
 * Confidence: the share of fixes that lay on the track, less where few fixes speak or another flight fits too. */
#include "lake/relate.h"

#include <math.h>
#include <stdlib.h>

#define ZONES 113 /* −14 h … +14 h */
#define BURST_US (120 * US_PER_S)
#define DRIFT_US (300 * US_PER_S)
#define SINGLE_DRIFT_US (60 * US_PER_S) /* one or two fixes can be found near anything that passes */
#define TRUSTED_US (3 * US_PER_S)
#define MARGIN_US (15 * US_PER_S)
#define CANDIDATES_MAX 32u
#define CLEAR_VOTE 1.3 /* times the votes of the next zone */
#define RIVAL 0.75     /* of the best score: as good */
#define FAR_ZONE 0.8   /* weight of zones that no place of that longitude uses */

struct candidate {
  const struct reference *flight;
  int zone;
  struct track_match match;
  double score;
};

struct source {
  struct member *members;
  uint32_t count;
  struct track track;
  struct candidate candidates[CANDIDATES_MAX];
  uint32_t candidate_count;
  const struct candidate *chosen;
  double rival; /* score of the best of another flight, over that of the chosen */
};

struct group {
  struct arena *arena;
  struct member *members;
  uint32_t count;
  struct references flights;
  struct source *sources;
  uint32_t source_count;
  int zone; /* what it voted for */
  bool zone_clear;
};

/* ---- sources ---- */

static struct track join_tracks(struct arena *arena, const struct member *members, uint32_t count) {
  uint32_t total = 0;
  for (uint32_t i = 0; i < count; i++)
    total += members[i].track.count;
  struct track_fix *fixes = arena_alloc_array(arena, MAX(total, 1u), sizeof *fixes);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t k = 0; k < members[i].track.count; k++)
      fixes[kept++] = members[i].track.fixes[k];
  return (struct track){fixes, kept};
}

static bool is_instant(const struct member *member) {
  return member->track.count <= 1 && member->end_us - member->start_us < US_PER_S;
}

static void cut_sources(struct group *group) {
  group->sources = arena_alloc_array(group->arena, group->count, sizeof *group->sources);
  for (uint32_t from = 0, to; from < group->count; from = to) {
    struct member *first = &group->members[from];
    for (to = from + 1; to < group->count && is_instant(first) && is_instant(&group->members[to]) &&
                        group->members[to].start_us - group->members[to - 1].start_us < BURST_US &&
                        strcmp(group->members[to].vehicle, first->vehicle) == 0;
         to++)
      ;
    group->sources[group->source_count++] = (struct source){
        .members = first, .count = to - from, .track = join_tracks(group->arena, first, to - from)};
  }
}

/* ---- candidates ---- */

/* Keeps the best. */
static void add_candidate(struct source *source, const struct candidate *candidate) {
  uint32_t at = source->candidate_count;
  if (at == CANDIDATES_MAX) {
    at = 0;
    for (uint32_t i = 1; i < CANDIDATES_MAX; i++)
      if (source->candidates[i].score < source->candidates[at].score)
        at = i;
    if (source->candidates[at].score >= candidate->score)
      return;
  } else {
    source->candidate_count++;
  }
  source->candidates[at] = *candidate;
}

static double weight_of_zone(const struct source *source, int64_t zone_us) {
  double clock_h = -(double)zone_us / 3.6e9, sun_h = source->track.fixes[0].lon_deg / 15;
  if (source->members->zoned && zone_us == 0)
    return 1.1;
  return fabs(clock_h) < 0.1 || fabs(clock_h - sun_h) <= 3 ? 1 : FAR_ZONE;
}

static bool touches(const struct track *track, const struct reference *flight, int64_t shift_us, int64_t slack_us) {
  return track->fixes[0].time_us + shift_us - slack_us <= flight->end_us &&
         track->fixes[track->count - 1].time_us + shift_us + slack_us >= flight->start_us;
}

static void try_zone(struct source *source, const struct reference *flight, int zone, int64_t slack_us) {
  struct candidate candidate = {.flight = flight, .zone = zone};
  int64_t zone_us = (zone - ZONES / 2) * ZONE_STEP_US;
  if (!touches(&source->track, flight, zone_us, slack_us) ||
      !track_match(&flight->track, &source->track, zone_us, slack_us, &candidate.match))
    return;
  candidate.score = track_match_score(&candidate.match) * weight_of_zone(source, zone_us);
  add_candidate(source, &candidate);
}

/* Does the flight pass anywhere near? A degree of latitude is enough to spare the search. */
static bool is_elsewhere(const struct track *track, const struct track *flight) {
  if (flight->count == 0)
    return true;
  double lon = fabs(track->fixes[0].lon_deg - flight->fixes[0].lon_deg);
  return fabs(track->fixes[0].lat_deg - flight->fixes[0].lat_deg) > 1 ||
         (MIN(lon, 360 - lon) > 2 && fabs(track->fixes[0].lat_deg) < 60);
}

static void find_candidates(struct group *group, struct source *source) {
  if (source->track.count == 0)
    return;
  bool trusted = source->members->trusted;
  int64_t slack_us = trusted ? TRUSTED_US : source->track.count < 3 ? SINGLE_DRIFT_US : DRIFT_US;
  for (uint32_t i = 0; i < group->flights.count; i++) {
    const struct reference *flight = &group->flights.items[i];
    bool other_vehicle = source->members->vehicle[0] && strcmp(source->members->vehicle, flight->vehicle) != 0;
    if (other_vehicle || is_elsewhere(&source->track, &flight->track))
      continue;
    for (int zone = trusted ? ZONES / 2 : 0; zone < (trusted ? ZONES / 2 + 1 : ZONES); zone++)
      try_zone(source, flight, zone, slack_us);
  }
}

/* ---- the vote, and what follows from it ---- */

static void vote(struct group *group) {
  double votes[ZONES] = {0};
  for (uint32_t i = 0; i < group->source_count; i++) {
    const struct source *source = &group->sources[i];
    double best[ZONES] = {0};
    for (uint32_t k = 0; k < source->candidate_count; k++)
      best[source->candidates[k].zone] = fmax(best[source->candidates[k].zone], source->candidates[k].score);
    for (int zone = 0; zone < ZONES; zone++)
      votes[zone] += best[zone];
  }
  int first = 0;
  for (int zone = 1; zone < ZONES; zone++)
    if (votes[zone] > votes[first])
      first = zone;
  double second = 0;
  for (int zone = 0; zone < ZONES; zone++)
    if (zone != first)
      second = fmax(second, votes[zone]);
  group->zone = first;
  group->zone_clear = votes[first] > CLEAR_VOTE * second;
}

static void choose(const struct group *group, struct source *source) {
  const struct candidate *best = NULL;
  for (uint32_t i = 0; i < source->candidate_count; i++) {
    const struct candidate *candidate = &source->candidates[i];
    if ((!group->zone_clear || candidate->zone == group->zone) && (!best || candidate->score > best->score))
      best = candidate;
  }
  source->chosen = best;
  for (uint32_t i = 0; best && i < source->candidate_count; i++) {
    const struct candidate *candidate = &source->candidates[i];
    if ((!group->zone_clear || candidate->zone == group->zone) && candidate->flight != best->flight)
      source->rival = fmax(source->rival, candidate->score / best->score);
  }
}

/* The source nearest in time whose clock is known by its own track. */
static const struct source *clock_giver(const struct group *group, int64_t time_us) {
  const struct source *giver = NULL;
  for (uint32_t i = 0; i < group->source_count; i++) {
    const struct source *source = &group->sources[i];
    if (source->chosen && source->rival < RIVAL &&
        (!giver || llabs(source->members->start_us - time_us) < llabs(giver->members->start_us - time_us)))
      giver = source;
  }
  return giver;
}

/* The one flight of the group's vehicle (the giver's) that was under way. */
static const struct reference *flight_under_way(const struct group *group, const char *vehicle, int64_t time_us) {
  const struct reference *found = NULL;
  for (uint32_t i = 0; i < group->flights.count; i++) {
    const struct reference *flight = &group->flights.items[i];
    if (strcmp(flight->vehicle, vehicle) != 0 || time_us < flight->start_us - MARGIN_US ||
        time_us > flight->end_us + MARGIN_US)
      continue;
    if (found)
      return NULL;
    found = flight;
  }
  return found;
}

static bool is_one_vehicle(const struct group *group) {
  const char *vehicle = NULL;
  for (uint32_t i = 0; i < group->source_count; i++) {
    const struct candidate *chosen = group->sources[i].chosen;
    if (!chosen)
      continue;
    if (vehicle && strcmp(vehicle, chosen->flight->vehicle) != 0)
      return false;
    vehicle = chosen->flight->vehicle;
  }
  return vehicle != NULL;
}

static struct relation relate_by_clock(const struct group *group, const struct member *member) {
  const struct source *giver = clock_giver(group, member->start_us);
  struct relation relation = {.member = member, .distance_m = NAN};
  if (!giver || !is_one_vehicle(group)) {
    relation.doubt = !giver ? "it tells no place, and nothing else tells what its clock was worth"
                            : "it tells no place, and its camera was seen on several vehicles";
    return relation;
  }
  const struct candidate *given = giver->chosen;
  relation.shift_us = given->match.shift_us;
  relation.flight = flight_under_way(group, given->flight->vehicle, member->start_us + relation.shift_us);
  relation.method = "camera clock";
  relation.confidence = giver->track.count >= 3 ? 0.85 : 0.7;
  if (!relation.flight)
    relation.doubt = "no flight of its vehicle was under way at its time";
  return relation;
}

static bool is_on_track(const struct member *member, const struct candidate *chosen) {
  const struct track_fix *fix = member->track.fixes;
  double slack_m, distance_m = track_distance_m(&chosen->flight->track, fix->time_us + chosen->match.shift_us,
                                                fix->lat_deg, fix->lon_deg, &slack_m);
  return isnan(distance_m) ? member->start_us + chosen->match.shift_us >= chosen->flight->start_us - MARGIN_US &&
                                 member->start_us + chosen->match.shift_us <= chosen->flight->end_us + MARGIN_US
                           : distance_m <= slack_m;
}

static struct relation relate_by_place(const struct source *source, const struct member *member) {
  const struct candidate *chosen = source->chosen;
  struct relation relation = {.member = member, .distance_m = NAN};
  if (!chosen) {
    relation.doubt = "no flight passed its places at any time of its clock";
  } else if (source->rival >= RIVAL) {
    relation.doubt = "several flights passed its places at times that its clock may mean";
  } else if (is_instant(member) && !is_on_track(member, chosen)) {
    relation.doubt = "the flight of the pictures before and after it was elsewhere then";
  } else {
    relation.flight = chosen->flight;
    relation.shift_us = chosen->match.shift_us;
    relation.distance_m = chosen->match.distance_m;
    relation.method = is_instant(member) ? "place" : "track";
    double few = source->members->trusted ? 0.05 : 0.25;
    relation.confidence = fmin(0.99, chosen->match.share * (1 - few / source->track.count) * (1 - 0.3 * source->rival));
  }
  return relation;
}

/* A film whose subtitles lie beside it goes where these go (follow_companion). */
static bool follows(const struct member *member) {
  return member->companion[0] && member->track.count <= 1;
}

static enum status settle_source(struct lake *lake, const struct group *group, const struct source *source,
                                 uint64_t *ret_linked, struct error *error) {
  for (uint32_t i = 0; i < source->count; i++) {
    const struct member *member = &source->members[i];
    if (follows(member))
      continue;
    struct relation relation = member->track.count ? relate_by_place(source, member) : relate_by_clock(group, member);
    *ret_linked += relation.flight != NULL;
    TRY(relate_store(lake, &relation, error));
  }
  return STATUS_OK;
}

static enum status settle_group(struct lake *lake, struct group *group, uint64_t *ret_linked, struct error *error) {
  vote(group);
  for (uint32_t i = 0; i < group->source_count; i++)
    choose(group, &group->sources[i]);
  TRY(catalog_begin(lake->catalog, error));
  enum status status = STATUS_OK;
  for (uint32_t i = 0; i < group->source_count && status == STATUS_OK; i++)
    status = settle_source(lake, group, &group->sources[i], ret_linked, error);
  if (status == STATUS_OK)
    return catalog_commit(lake->catalog, error);
  catalog_rollback(lake->catalog);
  return status;
}

static enum status relate_group(struct lake *lake, struct member *members, uint32_t count, uint64_t *ret_linked,
                                struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct group group = {.arena = arena, .members = members, .count = count};
  int64_t day_us = US_PER_DAY, last_us = members[0].end_us;
  for (uint32_t i = 1; i < count; i++)
    last_us = MAX(last_us, members[i].end_us);
  TRY(relate_read_flights(lake, arena, members[0].start_us - day_us - ZONE_MAX_US, last_us + ZONE_MAX_US + DRIFT_US,
                          &group.flights, error));
  cut_sources(&group);
  for (uint32_t i = 0; i < group.source_count; i++)
    find_candidates(&group, &group.sources[i]);
  return settle_group(lake, &group, ret_linked, error);
}

static enum status follow_companion(struct lake *lake, const struct member *member, uint64_t *ret_linked,
                                    struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct relation relation = {.member = member, .method = "companion", .distance_m = NAN};
  struct references flights = {0};
  json_t *companion = document_load(lake->catalog, "logs", member->companion);
  json_t *flight = document_load(lake->catalog, "flights", json_field(companion, "flight"));
  int64_t start_us, clock_us, flight_us;
  enum status status = STATUS_OK;
  bool known = clock_parse(text_of(json_field(companion, "start")), &start_us) &&
               clock_parse(text_of(json_field(flight, "start")), &flight_us);
  if (known)
    status = relate_read_flights(lake, arena, flight_us, flight_us + 1, &flights, error);
  for (uint32_t i = 0; i < flights.count; i++)
    if (strcmp(flights.items[i].id, json_field(companion, "flight")) == 0)
      relation.flight = &flights.items[i];
  clock_us = member->start_us;
  relation.shift_us = known ? start_us - clock_us : 0;
  relation.confidence = json_number_value(json_object_get(json_object_get(companion, "link"), "confidence"));
  relation.doubt = "the subtitles beside it found no flight";
  json_decref(companion);
  json_decref(flight);
  *ret_linked += relation.flight != NULL;
  return status == STATUS_OK ? relate_store(lake, &relation, error) : status;
}

enum status relate_logs(struct lake *lake, uint64_t *ret_linked, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct members members;
  TRY(relate_read_members(lake, arena, &members, error));
  for (uint32_t from = 0, to; from < members.count; from = to) {
    for (to = from + 1; to < members.count && strcmp(members.items[to].group, members.items[from].group) == 0; to++)
      ;
    TRY(relate_group(lake, &members.items[from], to - from, ret_linked, error));
  }
  for (uint32_t i = 0; i < members.count; i++)
    if (follows(&members.items[i]))
      TRY(follow_companion(lake, &members.items[i], ret_linked, error));
  return STATUS_OK;
}
