/* clang-format off */
/* rules: parses the mapping files (ardupilot.tsv, mavlink.tsv, px4.tsv, …), which are embedded in the program, once each.
 *
 * A line has ten columns, parted by tabs; "-" means none:
 *
 *   table      that is filled
 *   message    that fills it
 *   instance   clauses with ';' between them:
 *                const N [as COLUMN]                        the row is of sensor N
 *                field F[,G] [else N] [as COLUMN] [plus N]  the message says which (F, or G in other firmware; N where it
 *                                                           has neither)
 *                each LO HI COLUMN N [by F M]               one row a k = LO … HI; COLUMN holds k + N (+ M × field F);
 *                                                           fields hold {k}
 *                motors                                     each output k from 1 that drives a motor; column motor
 *                set COLUMN WORD                            the row says so
 *   where      conditions joined by " and ". Asked once a log: has(F), no(F), fmt(F)==h|f, unit(F)==U.
 *              "alone": only where it is known that the log has no better source, so not in the first pass, which takes
 *              all sources; without(M): likewise, and the log has no message M.
 *              Asked once a row: F==N, F!=N, F>=N, F<=N, F>N, F<N, F[i]<N, count[k]>0, F&BITS==N, k<F (k is below the
 *              field's value); F==N? holds also where there is no F. "primary C", "primary_gps": the core, the receiver
 *              in use
 *   column     that is filled
 *   field      F, or F,G,… for transforms of several. F[3], F[{k}] an element; F{k}, F{k-1} a name with the number in it.
 *              A name that the message has as it stands, such as esc[0].esc_rpm, is taken before it is split at '['
 *   scale      applied to the value as the storage format leaves it (DataFlash letters scale; MAVLink is raw)
 *   transform  see enum transform in rules.h; "plus N" adds N after the scale
 *   invalid    values (before scale) that mean "none", at most two, ',' between them
 *   priority   1 wins; a higher number is used only in logs that lack all sources with a lower one
 *
 * Lines with the same table, message, instance and where make one row together. */
/* clang-format on */
#include "vocabulary/rules.h"

#include "vocabulary/embedded.h"
#include "vocabulary/map.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define RULES_MAX 2048

static const char *const transform_names[] = {
    [TRANSFORM_NONE] = "-",
    [TRANSFORM_WRAP_360] = "wrap_360",
    [TRANSFORM_MODE_NAME] = "mode_name",
    [TRANSFORM_MOTOR_PWM] = "motor_pwm",
    [TRANSFORM_ERR_KIND] = "err_kind",
    [TRANSFORM_EV_KIND] = "ev_kind",
    [TRANSFORM_ARMED_DISARMED] = "armed_disarmed",
    [TRANSFORM_ARMED_EDGE] = "armed_edge",
    [TRANSFORM_ARMED_BIT] = "armed_bit",
    [TRANSFORM_LANDED_EDGE] = "landed_edge",
    [TRANSFORM_FENCE_KIND] = "fence",
    [TRANSFORM_HOME_SET] = "home_set",
    [TRANSFORM_ARM_METHOD] = "arm_method",
    [TRANSFORM_QUAT_ROLL] = "quat_roll",
    [TRANSFORM_QUAT_PITCH] = "quat_pitch",
    [TRANSFORM_QUAT_YAW] = "quat_yaw",
    [TRANSFORM_SUM_CELLS] = "sum_cells",
    [TRANSFORM_JOIN_CHUNKS] = "join_chunks",
    [TRANSFORM_MAX] = "max",
    [TRANSFORM_ASCII] = "ascii",
    [TRANSFORM_FIRST_NONZERO] = "first_nonzero",
    [TRANSFORM_PLUS] = "plus",
    [TRANSFORM_DIV] = "div",
    [TRANSFORM_SUB] = "sub",
    [TRANSFORM_SUM] = "sum",
    [TRANSFORM_IF] = "if",
    [TRANSFORM_HPA_IF_SMALL] = "hpa_if_small",
    [TRANSFORM_VALUE_OF] = "value_of",
    [TRANSFORM_ABOVE_HOME] = "above_home",
    [TRANSFORM_PX4_MODE] = "px4_mode",
    [TRANSFORM_PX4_ARMED] = "px4_armed",
    [TRANSFORM_PX4_LANDED] = "px4_landed",
    [TRANSFORM_PX4_ARM_REASON] = "px4_arm_reason",
    [TRANSFORM_PX4_EVENT] = "px4_event",
    [TRANSFORM_PX4_EVENT_NAME] = "px4_event_name",
    [TRANSFORM_FAILSAFE_EDGE] = "failsafe_edge",
};

/* One mapping file a line: the format's name, and the name of the embedded file. */
#define RULE_SETS                                                                                                      \
  X(ardupilot_bin, ardupilot)                                                                                          \
  X(mavlink, mavlink)                                                                                                  \
  X(px4, px4)                                                                                                          \
  X(px4log, px4log)                                                                                                    \
  X(media, media)                                                                                                      \
  X(betaflight, betaflight)                                                                                            \
  X(paparazzi, paparazzi)                                                                                              \
  X(klv, klv)                                                                                                          \
  X(dji_txt, dji_txt)                                                                                                  \
  X(text, text)

enum {
#define X(format, file) SET_##format,
  RULE_SETS
#undef X
      SET_COUNT
};
static struct rule_set sets[SET_COUNT];

/* The files are part of the program: a mistake in them is ours, found by the first test that runs. */
static _Noreturn void mistake(struct text line, const char *what) {
  fprintf(stderr, "mapping rules: %s in: %.*s\n", what, (int)line.size, line.data);
  abort();
}

static enum transform transform_named(struct text line, struct text name) {
  for (size_t i = 0; i < ARRAY_COUNT(transform_names); i++)
    if (text_is(name, transform_names[i]))
      return (enum transform)i;
  mistake(line, "unknown transform");
}

static void parse_invalid(struct rule *rule, struct text line, struct text list) {
  while (list.data && !text_is(list, "-")) {
    struct text value = text_cut(&list, ',');
    if (rule->invalid_count == ARRAY_COUNT(rule->invalid) ||
        !text_to_double(value, &rule->invalid[rule->invalid_count]))
      mistake(line, "bad invalid value");
    rule->invalid_count++;
  }
}

static struct rule parse_line(struct arena *arena, struct text line) {
  struct text parts[10], rest = line;
  for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
    parts[i] = text_cut(&rest, '\t');
  if (rest.data || !parts[9].data)
    mistake(line, "not ten columns");
  const char *copies[10];
  for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
    copies[i] = arena_copy(arena, parts[i].data, parts[i].size);
  struct rule rule = {.message = copies[1], .instance = copies[2], .where = copies[3], .field = copies[5]};
  int64_t priority;
  rule.table = schema_find(copies[0]);
  int column = rule.table ? schema_column(rule.table, copies[4]) : -1;
  if (column < 0 || !text_to_double(parts[6], &rule.scale) || !text_to_i64(parts[9], &priority))
    mistake(line, "unknown table or column, or a bad number");
  rule.column = (uint16_t)column;
  rule.priority = (uint8_t)priority;
  struct text plus = parts[7], name = text_cut(&plus, ' ');
  rule.transform = transform_named(line, name);
  if ((rule.transform == TRANSFORM_PLUS) != (plus.data && text_to_double(plus, &rule.plus)))
    mistake(line, "bad number behind plus");
  parse_invalid(&rule, line, parts[8]);
  return rule;
}

static int compare(const void *a, const void *b) {
  const struct rule *x = a, *y = b;
  int order = strcmp(x->message, y->message);
  if (!order)
    order = (int)x->table->index - (int)y->table->index;
  if (!order)
    order = strcmp(x->instance, y->instance);
  if (!order)
    order = strcmp(x->where, y->where);
  if (!order)
    order = (int)x->priority - (int)y->priority;
  return order ? order : (int)x->column - (int)y->column;
}

static void parse(struct rule_set *set, struct text rest) {
  struct arena *arena = set->arena = arena_new(0);
  struct rule *rules = arena_alloc_array(arena, RULES_MAX, sizeof *rules);
  while (rest.data) {
    struct text line = text_cut(&rest, '\n');
    if (line.size == 0 || line.data[0] == '#')
      continue;
    if (set->count == RULES_MAX)
      mistake(line, "too many rules");
    rules[set->count++] = parse_line(arena, line);
  }
  qsort(rules, set->count, sizeof *rules, compare);
  set->rules = rules;
}

#define X(name, file)                                                                                                  \
  static pthread_once_t once_##name = PTHREAD_ONCE_INIT;                                                               \
  static void parse_##name(void) {                                                                                     \
    sets[SET_##name].format = #name;                                                                                   \
    parse(&sets[SET_##name], text_from(vocabulary_##file, vocabulary_##file##_size));                                  \
  }
RULE_SETS
#undef X

const struct rule_set *rules_find(const char *format) {
#define X(name, file)                                                                                                  \
  if (strcmp(format, #name) == 0) {                                                                                    \
    pthread_once(&once_##name, parse_##name);                                                                          \
    return &sets[SET_##name];                                                                                          \
  }
  RULE_SETS
#undef X
  return NULL;
}

const struct rule *rules_of_message(const struct rule_set *set, const char *message, size_t *ret_count) {
  size_t low = 0, high = set->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (strcmp(set->rules[middle].message, message) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  size_t end = low;
  while (end < set->count && strcmp(set->rules[end].message, message) == 0)
    end++;
  *ret_count = end - low;
  return set->rules + low;
}

/* ---- what is read ---- */

static bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* Past "[…]". */
static const char *skip_index(const char *at) {
  const char *end = *at == '[' ? strchr(at, ']') : NULL;
  return end ? end + 1 : at;
}

/* Does the name that begins at *rest mean the field? Indices count for nothing, "{k}" for any number. *rest moves past
 * the name. */
static bool takes_field(const char **rest, const char *field) {
  const char *at = *rest;
  bool same = true;
  while (is_name_byte(*at) || *at == '[' || *at == '{') {
    field = skip_index(field);
    if (*at == '[') {
      const char *end = skip_index(at);
      at = end == at ? at + 1 : end;
    } else if (*at == '{') {
      same &= *field >= '0' && *field <= '9';
      while (*field >= '0' && *field <= '9')
        field++;
      at += strcspn(at, "}");
      at += *at == '}';
    } else {
      same = same && *at == *field;
      field += *field != 0;
      at++;
    }
  }
  *rest = at;
  return same && *skip_index(field) == 0;
}

static bool names_field(const char *text, const char *field) {
  while (*text) {
    if (!is_name_byte(*text))
      text++;
    else if (takes_field(&text, field))
      return true;
  }
  return false;
}

bool map_reads(const char *source_format, const char *message, const char *field) {
  const struct rule_set *set = rules_find(source_format);
  size_t count = 0;
  const struct rule *rules = set ? rules_of_message(set, message, &count) : NULL;
  for (size_t i = 0; i < count && field; i++)
    if (names_field(rules[i].field, field) || names_field(rules[i].instance, field) ||
        names_field(rules[i].where, field))
      return true;
  return !field && count > 0;
}
