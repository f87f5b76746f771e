/* audit_storage: what is kept, and what it costs: originals by kind, source, age and month of arrival, table files by
 * table.
 *
 * A price is an amount of money a GB (10^9 bytes) and month of a storage class: the class that a log's document names
 * ("storage_class"), else the name of the store ("disk"); table files lie on "disk". Prices and currency are kept in
 * the catalogue's settings, "audit_prices". */
#include "lake/audit_private.h"

#include "lake/lake_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CLASSES_MAX 8u
#define AGES 4u
#define SHARES_MAX 240u

static const char *const age_names[AGES] = {"up to 30 days", "31 to 90 days", "91 days to 1 year", "over 1 year"};
static const int64_t age_ends_us[AGES] = {30 * US_PER_DAY, 90 * US_PER_DAY, 365 * US_PER_DAY, INT64_MAX};

struct share {
  char name[48];
  uint64_t files, bytes, class_bytes[CLASSES_MAX], age_bytes[AGES];
};

struct shares {
  const char *name; /* in the report */
  struct share list[SHARES_MAX];
  uint32_t count;
  bool by_name; /* its order; else the most bytes first */
};

enum { BY_KIND, BY_SOURCE, BY_MONTH, BY_AGE, BY_TABLE, GROUPINGS };

struct state {
  struct shares shares[GROUPINGS];
  struct {
    char name[32];
    double price; /* NAN not known */
    uint64_t files, bytes;
  } classes[CLASSES_MAX];
  uint32_t class_count;
  const char *store, *currency;
  int64_t now_us;
};

static void *begin(struct audit *audit) {
  struct state *state = arena_alloc(audit->arena, sizeof *state);
  static const char *const names[GROUPINGS] = {"by_kind", "by_source", "by_month", "by_age", "by_table"};
  for (size_t i = 0; i < GROUPINGS; i++)
    state->shares[i].name = names[i];
  for (size_t i = 0; i < AGES; i++)
    snprintf(state->shares[BY_AGE].list[state->shares[BY_AGE].count++].name, sizeof(char[48]), "%s", age_names[i]);
  state->shares[BY_MONTH].by_name = true;
  state->store = lake_store(audit->lake)->driver->name;
  state->now_us = clock_now_us();
  state->currency = "";
  return state;
}

/* The last class takes what is too many. */
static uint32_t class_of(struct state *state, const char *name) {
  uint32_t i = 0;
  while (i < state->class_count && strcmp(state->classes[i].name, name) != 0)
    i++;
  if (i == CLASSES_MAX)
    return CLASSES_MAX - 1;
  if (i == state->class_count) {
    snprintf(state->classes[i].name, sizeof state->classes[i].name, "%s", name);
    state->classes[i].price = NAN;
    state->class_count++;
  }
  return i;
}

static void add(struct shares *shares, const char *name, uint64_t bytes, uint32_t class, uint32_t age) {
  uint32_t i = 0;
  while (i < shares->count && strcmp(shares->list[i].name, name) != 0)
    i++;
  if (i == SHARES_MAX)
    i = SHARES_MAX - 1;
  else if (i == shares->count)
    snprintf(shares->list[shares->count++].name, sizeof shares->list[0].name, "%s", name);
  shares->list[i].files++;
  shares->list[i].bytes += bytes;
  shares->list[i].class_bytes[class] += bytes;
  shares->list[i].age_bytes[age] += bytes;
}

static uint32_t age_of(const struct state *state, const char *time) {
  int64_t time_us;
  uint32_t age = 0;
  if (!clock_parse(text_of(time), &time_us))
    return AGES - 1;
  while (state->now_us - time_us > age_ends_us[age])
    age++;
  return age;
}

static void count_class(struct state *state, uint32_t class, uint64_t bytes) {
  state->classes[class].files++;
  state->classes[class].bytes += bytes;
}

static const char *or_unknown(const char *text) {
  return text[0] ? text : "unknown";
}

static void take_log(struct audit *audit, void *opaque, const char *id, const json_t *log) {
  struct state *state = opaque;
  const char *class_name = audit_text(log, "storage_class");
  char month[8];
  (void)audit, (void)id;
  if (!audit_text(log, "key")[0])
    return;
  uint64_t bytes = audit_number(log, "bytes");
  uint32_t class = class_of(state, class_name[0] ? class_name : state->store);
  uint32_t age = age_of(state, audit_text(log, "added"));
  snprintf(month, sizeof month, "%.7s", audit_text(log, "added"));
  add(&state->shares[BY_KIND], or_unknown(audit_text(log, "kind")), bytes, class, age);
  add(&state->shares[BY_SOURCE], or_unknown(audit_text(log, "source")), bytes, class, age);
  add(&state->shares[BY_MONTH], or_unknown(month), bytes, class, age);
  add(&state->shares[BY_AGE], age_names[age], bytes, class, age);
  count_class(state, class, bytes);
}

static void take_file(struct audit *audit, void *opaque, const char *path, const json_t *file) {
  struct state *state = opaque;
  uint64_t bytes = audit_number(file, "bytes");
  uint32_t class = class_of(state, "disk");
  (void)audit, (void)path;
  add(&state->shares[BY_TABLE], or_unknown(audit_text(file, "table")), bytes, class, 0);
  count_class(state, class, bytes);
}

/* ---- prices ---- */

static enum status take_price(json_t *prices, const char *typed, struct error *error) {
  const char *equals = strchr(typed, '=');
  double amount = 0;
  char name[32];
  if (!equals || equals == typed || (size_t)(equals - typed) >= sizeof name ||
      (equals[1] && (!text_to_double(text_of(equals + 1), &amount) || !(amount >= 0) || isinf(amount))))
    return error_set(error, STATUS_SETTINGS,
                     "'%s' is no price: it wants a storage class and an amount a GB and month, like disk=0.02", typed);
  snprintf(name, sizeof name, "%.*s", (int)(equals - typed), typed);
  if (equals[1])
    json_object_set_new(prices, name, json_real(amount));
  else
    json_object_del(prices, name);
  return STATUS_OK;
}

static enum status change_prices(struct audit *audit, json_t *settings, struct error *error) {
  const struct audit_options *options = audit->options;
  if (!options->price_count && !options->currency)
    return STATUS_OK;
  for (uint32_t i = 0; i < options->price_count; i++)
    TRY(take_price(json_object_get(settings, "prices"), options->prices[i], error));
  if (options->currency)
    json_object_set_new(settings, "currency", json_string(options->currency));
  return document_store(lake_catalog(audit->lake), "settings", "audit_prices", settings, error);
}

static void use_prices(struct audit *audit, struct state *state, const json_t *settings) {
  const json_t *prices = json_object_get(settings, "prices");
  state->currency = arena_copy_text(audit->arena, audit_text(settings, "currency"));
  for (uint32_t i = 0; i < state->class_count; i++) {
    const json_t *price = json_object_get(prices, state->classes[i].name);
    state->classes[i].price = json_is_number(price) ? json_number_value(price) : NAN;
  }
}

static enum status judge(struct audit *audit, void *opaque, struct error *error) {
  json_t *settings = document_load(lake_catalog(audit->lake), "settings", "audit_prices");
  if (!settings)
    settings = json_pack("{s:s,s:{},s:s}", "kind", "audit", "prices", "currency", "");
  enum status status = change_prices(audit, settings, error);
  use_prices(audit, opaque, settings);
  json_decref(settings);
  return status;
}

/* ---- the report ---- */

/* A month's money; NAN where a class that holds something, or every class, has no price. */
static double cost_of(const struct state *state, const uint64_t class_bytes[CLASSES_MAX]) {
  double sum = 0;
  bool any = false;
  for (uint32_t i = 0; i < state->class_count; i++) {
    any |= !isnan(state->classes[i].price);
    if (class_bytes[i])
      sum += (double)class_bytes[i] * 1e-9 * state->classes[i].price;
  }
  return any ? round(sum * 1e9) * 1e-9 : NAN;
}

static int compare_bytes(const void *a, const void *b) {
  const struct share *x = a, *y = b;
  return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : strcmp(x->name, y->name);
}

static int compare_share_names(const void *a, const void *b) {
  return strcmp(((const struct share *)a)->name, ((const struct share *)b)->name);
}

static void put_shares(const struct state *state, struct json_writer *json, struct shares *shares, bool with_ages) {
  if (shares != &state->shares[BY_AGE])
    qsort(shares->list, shares->count, sizeof shares->list[0], shares->by_name ? compare_share_names : compare_bytes);
  json_array_begin(json, shares->name);
  for (uint32_t i = 0; i < shares->count; i++) {
    const struct share *share = &shares->list[i];
    json_object_begin(json, NULL);
    json_c_string(json, "name", share->name);
    json_i64(json, "files", (int64_t)share->files);
    json_i64(json, "bytes", (int64_t)share->bytes);
    json_double(json, "month_cost", cost_of(state, share->class_bytes));
    if (with_ages) {
      json_array_begin(json, "age_bytes");
      for (uint32_t age = 0; age < AGES; age++)
        json_i64(json, NULL, (int64_t)share->age_bytes[age]);
      json_array_end(json);
    }
    json_object_end(json);
  }
  json_array_end(json);
}

static void put_classes(const struct state *state, struct json_writer *json) {
  uint64_t all[CLASSES_MAX] = {0};
  json_array_begin(json, "by_class");
  for (uint32_t i = 0; i < state->class_count; i++) {
    uint64_t bytes[CLASSES_MAX] = {0};
    all[i] = bytes[i] = state->classes[i].bytes;
    json_object_begin(json, NULL);
    json_c_string(json, "name", state->classes[i].name);
    json_i64(json, "files", (int64_t)state->classes[i].files);
    json_i64(json, "bytes", (int64_t)state->classes[i].bytes);
    json_double(json, "gb_month_price", state->classes[i].price);
    json_double(json, "month_cost", cost_of(state, bytes));
    json_object_end(json);
  }
  json_array_end(json);
  json_double(json, "month_cost", cost_of(state, all));
}

static void put(struct audit *audit, void *opaque, struct json_writer *json) {
  struct state *state = opaque;
  (void)audit;
  json_c_string(json, "currency", state->currency);
  put_classes(state, json);
  for (size_t i = 0; i < GROUPINGS; i++)
    put_shares(state, json, &state->shares[i], i == BY_KIND || i == BY_SOURCE);
}

const struct audit_check audit_check_storage = {
    .name = "storage", .begin = begin, .log = take_log, .table_file = take_file, .judge = judge, .put = put};
