/* flights: what was flown: all, or those that a search finds. */
#include "command/listing.h"
#include "lake/search.h"

#include <jansson.h>

static const struct listing listing = {
    .collection = "flights",
    .columns = (const struct listing_column[]){{"id", "flight", FORM_TEXT},
                                               {"start", "start (UTC)", FORM_TIME},
                                               {"vehicle", "vehicle", FORM_TEXT},
                                               {"airborne_s", "airborne", FORM_SECONDS},
                                               {"distance_m", "distance m", FORM_NUMBER},
                                               {"max_height_m", "height m", FORM_NUMBER},
                                               {"logs", "logs", FORM_COUNT},
                                               {"quality", "quality", FORM_NUMBER},
                                               {"findings", "findings", FORM_COUNT},
                                               {"worst", "worst", FORM_TEXT},
                                               {NULL}},
    .order_by = "start",
    .one = "flight",
    .many = "flights",
};

#define LIKE_LIMIT 10

static enum status print_fields(struct invocation *in, struct lake *lake, struct error *error) {
  const char *const *names;
  uint32_t count;
  TRY(search_names(lake, in->arena, &names, &count, error));
  for (uint32_t i = 0; i < count; i++)
    puts(names[i]);
  return STATUS_OK;
}

/* The whole id of what was typed. */
static enum status find_flight(struct invocation *in, struct lake *lake, const char **typed, struct error *error) {
  const char *json, *collection;
  TRY(document_find(lake, in->arena, *typed, &json, &collection, error));
  if (strcmp(collection, "flights") != 0)
    return error_set(error, STATUS_SETTINGS, "'%s' is none of the flights", *typed);
  json_t *flight = json_loads(json, 0, NULL);
  *typed = arena_copy_text(in->arena, json_string_value(json_object_get(flight, "id")));
  json_decref(flight);
  return STATUS_OK;
}

static enum status search(struct invocation *in, struct lake *lake, struct error *error) {
  struct search_query query = {.where = invocation_option(in, "where"),
                               .text = invocation_option(in, "text"),
                               .like = invocation_option(in, "like")};
  int64_t limit = LIKE_LIMIT;
  struct search_hits hits;
  TRY(invocation_number(in, "limit", 1, 1000, &limit, error));
  query.like_limit = (uint32_t)limit;
  if (query.like)
    TRY(find_flight(in, lake, &query.like, error));
  TRY(search_flights(lake, in->arena, &query, &hits, error));
  return listing_print_hits(in, lake, &listing, &hits, error);
}

static enum status flights_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  bool fields = invocation_option(in, "fields") != NULL;
  if (!fields && !invocation_option(in, "where") && !invocation_option(in, "text") && !invocation_option(in, "like"))
    return listing_print(in, &listing, error);
  TRY(open_lake(in, &lake, error));
  return fields ? print_fields(in, lake, error) : search(in, lake, error);
}

const struct command command_flights = {
    .name = "flights",
    .arguments = "",
    .about = "list the flights, or search them",
    .details =
        "--where takes names of figures (airborne_s), features (vibration_m_s2: any sensor; vibration_m_s2[1]: that\n"
        "one) and metadata (operator, tags.site); = != < <= > >=, ~ 'part', like 'pat%', in (…), is missing, and, or,\n"
        "not, brackets. Text and times stand in quotes. --text finds words in messages, events, notes, tags, names of\n"
        "files and findings; the last word may be a beginning. --like names the nearest flights by their features.\n\n"
        "Examples: uavlake flights --vehicle uav11 --from 2026-03-01\n"
        "          uavlake flights --where \"vibration_m_s2 > 20 and (tags.site = 'north' or airborne_s > 1200)\"\n"
        "          uavlake flights --text 'battery failsafe'\n"
        "          uavlake flights --like uav11-20260314T115828Z",
    .options = (const struct option[]){LISTING_OPTIONS,
                                       {"where", 'w', "EXPRESSION", "only flights of which this holds"},
                                       {"text", 0, "WORDS", "only flights with these words in their texts"},
                                       {"like", 0, "FLIGHT", "the flights most like this one"},
                                       {"fields", 0, NULL, "list the names that --where knows"},
                                       {NULL}},
    .run = flights_run,
};
