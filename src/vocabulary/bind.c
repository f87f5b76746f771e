/* bind: see bind.h. Done once a message definition, so that rows cost no name look-ups. */
#include "vocabulary/bind.h"

#include "vocabulary/transform.h"

#include <ctype.h>
#include <stdio.h>

static int find_field(const struct message *message, struct text name) {
  for (uint16_t i = 0; i < message->field_count; i++)
    if (text_is(name, message->fields[i].name))
      return i;
  return -1;
}

/* Puts k in place of {k}, k - 1 in place of {k-1}. */
static struct text put_k(struct text name, int k, char *room, size_t size) {
  ptrdiff_t at = text_find(name, "{k}");
  size_t mark = 3;
  if (at < 0) {
    at = text_find(name, "{k-1}");
    mark = 5;
    k--;
  }
  if (at < 0)
    return name;
  snprintf(room, size, "%.*s%d%.*s", (int)at, name.data, k, (int)(name.size - (size_t)at - mark),
           name.data + at + mark);
  return text_of(room);
}

struct ref bind_ref(const struct message *message, struct text name, int k) {
  static const struct ref none = {-1, 0, false};
  char room[80];
  struct text rest = name = put_k(name, k, room, sizeof room);
  int field = find_field(message, name);
  if (field >= 0)
    return (struct ref){(int16_t)field, 0, true};
  struct text base = text_cut(&rest, '['), index = text_cut(&rest, ']');
  int64_t element;
  field = find_field(message, base);
  if (field < 0 || !text_to_i64(index, &element) || element < 0 || element >= message->fields[field].count)
    return none;
  return (struct ref){(int16_t)field, (uint16_t)element, false};
}

/* The letter a DataFlash number is stored by, as far as rules ask: h a 16-bit integer, f a float. */
static bool format_is(const struct message *message, struct text name, char letter) {
  int field = find_field(message, name);
  if (field < 0)
    return false;
  enum column_type type = message->fields[field].type;
  return letter == 'f' ? type == COLUMN_F32 : type == COLUMN_I16 || type == COLUMN_U16;
}

static struct text inside(struct text condition) {
  struct text rest = condition;
  text_cut(&rest, '(');
  return rest.data ? text_cut(&rest, ')') : (struct text){"", 0};
}

static bool parse_compare(const struct message *message, struct text text, struct condition *ret_condition,
                          bool *ret_missing_ok) {
  static const struct {
    const char *sign;
    enum comparison comparison;
  } signs[] = {{"==", COMPARE_EQUAL},   {"!=", COMPARE_NOT_EQUAL}, {">=", COMPARE_AT_LEAST},
               {"<=", COMPARE_AT_MOST}, {">", COMPARE_ABOVE},      {"<", COMPARE_BELOW}};
  *ret_missing_ok = text.size && text.data[text.size - 1] == '?';
  text.size -= *ret_missing_ok;
  for (size_t i = 0; i < ARRAY_COUNT(signs); i++) {
    ptrdiff_t at = text_find(text, signs[i].sign);
    if (at < 0)
      continue;
    size_t after = (size_t)at + strlen(signs[i].sign);
    struct text name = {text.data, (size_t)at}, bits = name;
    struct condition condition = {.kind = CONDITION_COMPARE, .comparison = signs[i].comparison};
    if (!text_to_double((struct text){text.data + after, text.size - after}, &condition.value))
      return false;
    ptrdiff_t k = text_find(name, "[k]");
    condition.per_k = k >= 0;
    if (k >= 0)
      name.size = (size_t)k;
    name = text_cut(&bits, '&');
    if (bits.data && !text_to_i64(bits, &condition.mask))
      return false;
    condition.ref = bind_ref(message, name, 0);
    *ret_condition = condition;
    return true;
  }
  return false;
}

/* One condition. True: it may hold; what must be asked a row is added to `bound`. */
static bool take_condition(const struct message *message, struct text text, struct bound *bound) {
  struct condition condition = {.ref.field = -1};
  bool missing_ok = false;
  if (text_starts(text, "has("))
    return bind_ref(message, inside(text), 0).field >= 0;
  if (text_starts(text, "no("))
    return bind_ref(message, inside(text), 0).field < 0;
  if (text_is(text, "alone"))
    return bound->sources != NULL;
  if (text_starts(text, "without(")) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)inside(text).size, inside(text).data);
    return bound->sources && !bound->sources->occurs(bound->sources->context, name);
  }
  if (text_starts(text, "fmt("))
    return format_is(message, inside(text), text.data[text.size - 1]);
  if (text_starts(text, "unit(")) {
    int field = find_field(message, inside(text));
    return field >= 0 && message->fields[field].unit[0] == text.data[text.size - 1] && !message->fields[field].unit[1];
  }
  if (text_starts(text, "k<")) {
    condition = (struct condition){.kind = CONDITION_K_BELOW, .per_k = true};
    condition.ref = bind_ref(message, (struct text){text.data + 2, text.size - 2}, 0);
  } else if (text_is(text, "primary C")) {
    condition.kind = CONDITION_PRIMARY_CORE;
    condition.ref = bind_ref(message, TEXT("C"), 0);
    missing_ok = true;
  } else if (text_is(text, "primary_gps")) {
    condition.kind = CONDITION_PRIMARY_GPS;
    condition.ref = bind_ref(message, TEXT("I"), 0);
    missing_ok = true;
  } else if (!parse_compare(message, text, &condition, &missing_ok)) {
    return false;
  }
  if (condition.ref.field < 0)
    return missing_ok;
  if (bound->condition_count == CONDITIONS_MAX)
    return false;
  bound->conditions[bound->condition_count++] = condition;
  size_t used = strlen(bound->dynamic);
  snprintf(bound->dynamic + used, sizeof bound->dynamic - used, "%.*s;", (int)text.size, text.data);
  return true;
}

static bool take_where(const struct message *message, const char *where, struct bound *bound) {
  if (strcmp(where, "-") == 0)
    return true;
  struct text rest = text_of(where);
  while (rest.size) {
    ptrdiff_t at = text_find(rest, " and ");
    struct text part = {rest.data, at < 0 ? rest.size : (size_t)at};
    if (!take_condition(message, part, bound))
      return false;
    size_t taken = at < 0 ? rest.size : (size_t)at + 5;
    rest = (struct text){rest.data + taken, rest.size - taken};
  }
  return true;
}

#define WORDS_MAX 10

static uint32_t split_words(struct text clause, struct text words[WORDS_MAX]) {
  uint32_t count = 0;
  struct text rest = text_trim(clause);
  while (rest.data && count < WORDS_MAX)
    words[count++] = text_cut(&rest, ' ');
  return count;
}

static int32_t number_of(struct text word) {
  int64_t value = 0;
  text_to_i64(word, &value);
  return (int32_t)value;
}

static int16_t column_of(const struct table *table, struct text name) {
  for (uint16_t i = 0; i < table->column_count; i++)
    if (text_is(name, table->columns[i].name))
      return (int16_t)i;
  return -1;
}

/* const N [as COLUMN], field F,G [else N] [as COLUMN] [plus N] */
static bool take_key(const struct message *message, const struct text *words, uint32_t count, struct bound *bound) {
  bool has_else = false;
  int32_t or_else = 0, plus = 0;
  bound->key_column = column_of(bound->table, TEXT("instance"));
  for (uint32_t i = 2; i + 1 < count; i += 2) {
    if (text_is(words[i], "as"))
      bound->key_column = column_of(bound->table, words[i + 1]);
    else if (text_is(words[i], "else"))
      has_else = true, or_else = number_of(words[i + 1]);
    else if (text_is(words[i], "plus"))
      plus = number_of(words[i + 1]);
  }
  if (text_is(words[0], "const")) {
    bound->key_const = number_of(words[1]);
    return true;
  }
  struct text names = words[1];
  bound->key_ref.field = -1;
  while (names.data && bound->key_ref.field < 0)
    bound->key_ref = bind_ref(message, text_cut(&names, ','), 0);
  bound->key_from_field = bound->key_ref.field >= 0;
  bound->key_const = bound->key_from_field ? plus : or_else;
  return bound->key_from_field || has_else;
}

static bool take_clause(const struct message *message, struct text clause, struct bound *bound) {
  struct text words[WORDS_MAX] = {{"", 0}};
  uint32_t count = split_words(clause, words);
  if (text_is(words[0], "const") || text_is(words[0], "field"))
    return take_key(message, words, count, bound);
  if (text_is(words[0], "motors")) {
    bound->expands = bound->motors = true;
    bound->low = 1;
    bound->high = OUTPUTS_MAX - 1;
    bound->k_column = column_of(bound->table, TEXT("motor"));
    return true;
  }
  if (text_is(words[0], "each") && count >= 5) {
    bound->expands = true;
    bound->low = (int16_t)number_of(words[1]);
    bound->high = (int16_t)number_of(words[2]);
    bound->k_column = column_of(bound->table, words[3]);
    bound->k_plus = number_of(words[4]);
    bound->k_by = count >= 8 ? bind_ref(message, words[6], 0) : (struct ref){.field = -1};
    bound->k_times = count >= 8 ? number_of(words[7]) : 0;
    return bound->k_column >= 0;
  }
  if (text_is(words[0], "set") && count == 3 && bound->set_count < ARRAY_COUNT(bound->sets)) {
    bound->sets[bound->set_count].column = column_of(bound->table, words[1]);
    bound->sets[bound->set_count++].word = words[2];
    return true;
  }
  return false;
}

static bool take_instance(const struct message *message, const char *instance, struct bound *bound) {
  bound->key_column = -1;
  bound->k_by.field = -1;
  if (strcmp(instance, "-") == 0)
    return true;
  struct text rest = text_of(instance);
  while (rest.data)
    if (!take_clause(message, text_cut(&rest, ';'), bound))
      return false;
  return true;
}

/* The op's sources; false where the log has none of them. */
static bool bind_op(struct arena *arena, const struct message *message, const struct bound *bound,
                    const struct rule *rule, struct op *op) {
  op->rule = rule;
  if (bound->expands) {
    uint32_t count = (uint32_t)(bound->high - bound->low + 1);
    bool any = false;
    op->source_count = 1;
    op->refs = arena_alloc_array(arena, count, sizeof *op->refs);
    for (uint32_t i = 0; i < count; i++) {
      op->refs[i] = bind_ref(message, text_of(rule->field), bound->low + (int)i);
      any |= op->refs[i].field >= 0;
    }
    return any;
  }
  op->refs = arena_alloc_array(arena, SOURCES_MAX, sizeof *op->refs);
  struct text names = text_of(rule->field);
  while (names.data && op->source_count < SOURCES_MAX)
    op->refs[op->source_count++] = bind_ref(message, text_cut(&names, ','), 0);
  return op->refs[0].field >= 0;
}

static bool same_ref(struct ref a, struct ref b) {
  return a.field == b.field && a.element == b.element;
}

static bool same_key(const struct bound *a, const struct bound *b) {
  return a->key_column == b->key_column && a->key_from_field == b->key_from_field && a->key_const == b->key_const &&
         (!a->key_from_field || same_ref(a->key_ref, b->key_ref));
}

static bool same_expansion(const struct bound *a, const struct bound *b) {
  if (a->expands != b->expands)
    return false;
  return !a->expands ||
         (a->motors == b->motors && a->low == b->low && a->high == b->high && a->k_column == b->k_column &&
          a->k_plus == b->k_plus && a->k_times == b->k_times && same_ref(a->k_by, b->k_by));
}

static bool same_words(const struct bound *a, const struct bound *b) {
  if (a->set_count != b->set_count)
    return false;
  for (uint8_t i = 0; i < a->set_count; i++)
    if (a->sets[i].column != b->sets[i].column || !text_equal(a->sets[i].word, b->sets[i].word))
      return false;
  return true;
}

/* Rules make one row together when they resolve to the same sensor, expansion, words and conditions in this log,
 * however they are written: "field I" and "field I else 0" are the same where the message has I. */
static struct bound *bound_for(struct binding *binding, const struct bound *wanted) {
  for (uint16_t i = 0; i < binding->count; i++) {
    struct bound *item = &binding->items[i];
    if (item->table == wanted->table && same_key(item, wanted) && same_expansion(item, wanted) &&
        same_words(item, wanted) && strcmp(item->dynamic, wanted->dynamic) == 0)
      return item;
  }
  return NULL;
}

static bool column_taken(const struct bound *bound, uint16_t column) {
  for (uint16_t i = 0; i < bound->op_count; i++)
    if (bound->ops[i].rule->column == column)
      return true;
  return false;
}

static bool take_rule(struct arena *arena, const struct message *message, const struct rule *rule, struct bound *bound,
                      struct op *op) {
  return take_where(message, rule->where, bound) && take_instance(message, rule->instance, bound) &&
         bind_op(arena, message, bound, rule, op);
}

bool bind_is_possible(struct arena *scratch, const struct message *message, const struct rule *rule,
                      const struct sources *sources) {
  struct bound bound = {.table = rule->table, .sources = sources};
  struct op op = {0};
  return take_rule(scratch, message, rule, &bound, &op);
}

/* Messages that repeat a state: only its changes are rows. */
static bool is_state(const char *message, const struct table *table) {
  if (strcmp(message, "HEARTBEAT") == 0 || strcmp(message, "PPRZ_MODE") == 0 || strcmp(message, "home_position") == 0)
    return true;
  return strcmp(table->name, "mode") == 0 &&
         (strcmp(message, "vehicle_status") == 0 || strcmp(message, "commander_state") == 0);
}

static void bind_rule(struct arena *arena, const struct message *message, const struct rule *rule, size_t rules,
                      const struct sources *sources, struct binding *binding) {
  struct bound wanted = {.table = rule->table, .sources = sources};
  struct op op = {0};
  if (!take_rule(arena, message, rule, &wanted, &op))
    return;
  struct bound *bound = bound_for(binding, &wanted);
  if (!bound) {
    bound = &binding->items[binding->count++];
    *bound = wanted;
    bound->ops = arena_alloc_array(arena, rules, sizeof *bound->ops);
  }
  if (column_taken(bound, rule->column))
    return;
  bound->ops[bound->op_count++] = op;
  bound->on_change |= is_state(message->name, rule->table) || transform_is_edge(rule->transform);
}

static bool starts_with_any(const char *name, const char *const *starts, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strncmp(name, starts[i], strlen(starts[i])) == 0)
      return true;
  return false;
}

/* Radios stamp their own system on what they report; Remote ID is also sent by ground stations. */
static bool from_any_system(const char *name) {
  static const char *const starts[] = {"RADIO_STATUS", "OPEN_DRONE_ID"};
  return strcmp(name, "RADIO") == 0 || starts_with_any(name, starts, ARRAY_COUNT(starts));
}

/* Messages about the vehicle that other parts of it send, not its autopilot. */
static bool from_any_component(const char *name) {
  static const char *const starts[] = {"CAMERA_", "GIMBAL_", "MOUNT_", "ESC_", "DISTANCE_SENSOR"};
  return starts_with_any(name, starts, ARRAY_COUNT(starts));
}

static bool table_wanted(const uint64_t *tables, const struct table *table) {
  return !tables || (tables[table->index / 64] >> (table->index % 64) & 1);
}

struct binding *bind_message(struct arena *arena, const struct rule_set *rules, const struct message *message,
                             const uint64_t *tables, const uint8_t *const *best_priorities,
                             const struct sources *sources) {
  size_t count;
  const struct rule *list = rules_of_message(rules, message->name, &count);
  struct binding *binding = arena_alloc(arena, sizeof *binding);
  binding->items = arena_alloc_array(arena, MAX(count, (size_t)1), sizeof *binding->items);
  bool has_senders = strcmp(rules->format, "mavlink") == 0;
  binding->system_field = has_senders ? (int16_t)find_field(message, TEXT("system_id")) : -1;
  binding->component_field = has_senders ? (int16_t)find_field(message, TEXT("component_id")) : -1;
  binding->any_component = from_any_component(message->name);
  binding->any_system = from_any_system(message->name);
  for (size_t i = 0; i < count; i++) {
    const struct rule *rule = &list[i];
    bool replaced = best_priorities && best_priorities[rule->table->index][rule->column] < rule->priority;
    if (table_wanted(tables, rule->table) && !replaced)
      bind_rule(arena, message, rule, count, sources, binding);
  }
  return binding;
}
