/* search_where: see search_where.h. A recursive descent into a tree of nodes; depth and size are bounded. */
#include "lake/search_where.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define DEPTH_MAX 64u
#define EXPRESSION_MAX 8192u
#define VALUES_MAX 256u

enum operation {
  OP_AND,
  OP_OR,
  OP_NOT,
  OP_EQUAL,
  OP_UNEQUAL,
  OP_LESS,
  OP_LESS_EQUAL,
  OP_MORE,
  OP_MORE_EQUAL,
  OP_LIKE,
  OP_PART,
  OP_IN,
  OP_MISSING
};

struct value {
  const char *text; /* NULL: a number alone */
  double number;    /* NAN: none */
};

struct node {
  enum operation op;
  struct node *left, *right;
  const char *name;
  const uint32_t *numbers; /* of the names that it means */
  uint32_t number_count;
  bool text_seen;
  struct value *values;
  uint32_t value_count;
  struct node *next_leaf;
};

struct where {
  struct node *root, *leaves;
};

struct parser {
  const char *start, *at;
  const struct search_names *names;
  struct arena *arena;
  struct where *where;
  struct error *error;
  uint32_t depth;
};

/* ---- words ---- */

static enum status wrong(struct parser *parser, const char *wanted) {
  int place = (int)(parser->at - parser->start) + 1;
  return error_set(parser->error, STATUS_SETTINGS, "the expression is wrong at character %d, '%.20s': %s is wanted",
                   place, *parser->at ? parser->at : "(its end)", wanted);
}

static void skip_blanks(struct parser *parser) {
  while (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\n')
    parser->at++;
}

static bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-' || (c & 0x80);
}

static size_t word_size(const char *at) {
  size_t size = 0;
  while (is_name_byte(at[size]))
    size++;
  return size;
}

/* Takes the keyword, in any case. */
static bool take_word(struct parser *parser, const char *word) {
  skip_blanks(parser);
  size_t size = word_size(parser->at);
  if (size != strlen(word) || strncasecmp(parser->at, word, size) != 0)
    return false;
  parser->at += size;
  return true;
}

static bool take_sign(struct parser *parser, const char *sign) {
  skip_blanks(parser);
  size_t size = strlen(sign);
  if (strncmp(parser->at, sign, size) != 0)
    return false;
  parser->at += size;
  return true;
}

/* ---- values and names ---- */

static enum status parse_quoted(struct parser *parser, struct value *value) {
  char quote = *parser->at++, *out = arena_alloc(parser->arena, strlen(parser->at) + 1);
  size_t used = 0;
  for (;; parser->at++) {
    if (!*parser->at)
      return wrong(parser, "a closing quote");
    if (*parser->at == quote && *++parser->at != quote)
      break;
    out[used++] = *parser->at;
  }
  out[used] = 0;
  value->text = out;
  value->number = NAN;
  return STATUS_OK;
}

static enum status parse_value(struct parser *parser, struct value *value) {
  skip_blanks(parser);
  if (*parser->at == '\'' || *parser->at == '"')
    return parse_quoted(parser, value);
  size_t size = word_size(parser->at) + (*parser->at == '+');
  if (*parser->at == '+')
    size = 1 + word_size(parser->at + 1);
  struct text word = {parser->at, size};
  value->text = arena_copy(parser->arena, word.data, word.size);
  if (strcasecmp(value->text, "true") == 0 || strcasecmp(value->text, "false") == 0)
    value->number = strcasecmp(value->text, "true") == 0;
  else if (!size || !text_to_double(word, &value->number))
    return wrong(parser, "a number, or text in quotes,");
  parser->at += size;
  return STATUS_OK;
}

/* Every number that the name means: itself, or itself with any index. */
static void find_numbers(struct parser *parser, struct node *node) {
  uint32_t *numbers = arena_alloc_array(parser->arena, parser->names->count + 1u, sizeof *numbers);
  size_t size = strlen(node->name);
  for (uint32_t i = 0; i < parser->names->count; i++) {
    const char *name = parser->names->names[i];
    if (strncmp(name, node->name, size) == 0 && (name[size] == 0 || name[size] == '['))
      numbers[node->number_count++] = i;
  }
  node->numbers = numbers;
}

static enum status parse_name(struct parser *parser, struct node *node) {
  skip_blanks(parser);
  size_t size = word_size(parser->at);
  if (size == 0)
    return wrong(parser, "a name");
  if (parser->at[size] == '[') {
    size_t index = size + 1;
    while (parser->at[index] >= '0' && parser->at[index] <= '9')
      index++;
    if (parser->at[index] != ']')
      return wrong(parser, "name[number]");
    size = index + 1;
  }
  node->name = arena_copy(parser->arena, parser->at, size);
  parser->at += size;
  find_numbers(parser, node);
  node->next_leaf = parser->where->leaves;
  parser->where->leaves = node;
  return STATUS_OK;
}

static enum status parse_list(struct parser *parser, struct node *node) {
  if (!take_sign(parser, "("))
    return wrong(parser, "'('");
  node->values = arena_alloc_array(parser->arena, VALUES_MAX, sizeof *node->values);
  do {
    if (node->value_count == VALUES_MAX)
      return wrong(parser, "a shorter list");
    if (parse_value(parser, &node->values[node->value_count++]) != STATUS_OK)
      return parser->error->status;
  } while (take_sign(parser, ","));
  return take_sign(parser, ")") ? STATUS_OK : wrong(parser, "',' or ')'");
}

/* ---- conditions ---- */

static struct node *negated(struct parser *parser, struct node *node) {
  struct node *not = arena_alloc(parser->arena, sizeof *not );
  *not = (struct node){.op = OP_NOT, .left = node};
  return not ;
}

static bool take_operator(struct parser *parser, enum operation *ret_op) {
  static const struct {
    const char *sign;
    enum operation op;
  } signs[] = {{"!=", OP_UNEQUAL}, {"<>", OP_UNEQUAL}, {"<=", OP_LESS_EQUAL}, {">=", OP_MORE_EQUAL}, {"==", OP_EQUAL},
               {"=", OP_EQUAL},    {"<", OP_LESS},     {">", OP_MORE},        {"~", OP_PART}};
  for (size_t i = 0; i < ARRAY_COUNT(signs); i++)
    if (take_sign(parser, signs[i].sign)) {
      *ret_op = signs[i].op;
      return true;
    }
  return false;
}

static enum status parse_missing(struct parser *parser, struct node *node, struct node **ret_node) {
  bool not = take_word(parser, "not");
  node->op = OP_MISSING;
  *ret_node = not ? negated(parser, node) : node;
  return take_word(parser, "missing") || take_word(parser, "null") ? STATUS_OK
                                                                   : wrong(parser, "missing or not missing");
}

static enum status parse_condition(struct parser *parser, struct node **ret_node) {
  struct node *node = arena_alloc(parser->arena, sizeof *node);
  *node = (struct node){.op = OP_EQUAL};
  if (parse_name(parser, node) != STATUS_OK)
    return parser->error->status;
  if (take_word(parser, "is"))
    return parse_missing(parser, node, ret_node);
  bool not = take_word(parser, "not");
  *ret_node = not ? negated(parser, node) : node;
  if (take_word(parser, "in")) {
    node->op = OP_IN;
    return parse_list(parser, node);
  }
  if (take_word(parser, "like"))
    node->op = OP_LIKE;
  else if (not || !take_operator(parser, &node->op))
    return wrong(parser, not ? "in or like" : "one of = != < <= > >= ~ like in is");
  node->values = arena_alloc(parser->arena, sizeof *node->values);
  node->value_count = 1;
  return parse_value(parser, node->values);
}

static enum status parse_or(struct parser *parser, struct node **ret_node);

static enum status parse_factor(struct parser *parser, struct node **ret_node) {
  if (++parser->depth > DEPTH_MAX)
    return wrong(parser, "less nesting");
  enum status status;
  if (take_word(parser, "not")) {
    status = parse_factor(parser, ret_node);
    if (status == STATUS_OK)
      *ret_node = negated(parser, *ret_node);
  } else if (take_sign(parser, "(")) {
    status = parse_or(parser, ret_node);
    if (status == STATUS_OK && !take_sign(parser, ")"))
      status = wrong(parser, "')'");
  } else {
    status = parse_condition(parser, ret_node);
  }
  parser->depth--;
  return status;
}

static enum status join(struct parser *parser, enum operation op, const char *word,
                        enum status (*part)(struct parser *, struct node **), struct node **ret_node) {
  enum status status = part(parser, ret_node);
  while (status == STATUS_OK && take_word(parser, word)) {
    struct node *node = arena_alloc(parser->arena, sizeof *node);
    *node = (struct node){.op = op, .left = *ret_node};
    status = part(parser, &node->right);
    *ret_node = node;
  }
  return status;
}

static enum status parse_and(struct parser *parser, struct node **ret_node) {
  return join(parser, OP_AND, "and", parse_factor, ret_node);
}

static enum status parse_or(struct parser *parser, struct node **ret_node) {
  return join(parser, OP_OR, "or", parse_and, ret_node);
}

enum status where_parse(const char *expression, const struct search_names *names, struct arena *arena,
                        struct where **ret_where, struct error *error) {
  if (strlen(expression) > EXPRESSION_MAX || !text_is_utf8(text_of(expression)))
    return error_set(error, STATUS_SETTINGS, "the expression is no text, or longer than %u bytes", EXPRESSION_MAX);
  struct error own;
  struct where *where = arena_alloc(arena, sizeof *where);
  *where = (struct where){0};
  struct parser parser = {expression, expression, names, arena, where, error ? error : &own, 0};
  enum status status = parse_or(&parser, &where->root);
  skip_blanks(&parser);
  if (status == STATUS_OK && *parser.at)
    status = wrong(&parser, "and, or, or the end");
  *ret_where = where;
  return status;
}

/* ---- does it hold? ---- */

/* SQL's LIKE without regard to case: % any text, _ one character. Linear: the last % is where it is tried again. */
static bool is_like(const char *text, const char *pattern) {
  const char *again_text = NULL, *again_pattern = NULL;
  while (*text) {
    if (*pattern == '%') {
      again_pattern = ++pattern;
      again_text = text;
    } else if (*pattern == '_' || (*pattern && strncasecmp(text, pattern, 1) == 0)) {
      text++;
      pattern++;
    } else if (again_pattern) {
      pattern = again_pattern;
      text = ++again_text;
    } else {
      return false;
    }
  }
  while (*pattern == '%')
    pattern++;
  return *pattern == 0;
}

static bool ordered(enum operation op, int order) {
  switch (op) {
  case OP_EQUAL:
  case OP_IN:
    return order == 0;
  case OP_UNEQUAL:
    return order != 0;
  case OP_LESS:
    return order < 0;
  case OP_LESS_EQUAL:
    return order <= 0;
  case OP_MORE:
    return order > 0;
  case OP_MORE_EQUAL:
    return order >= 0;
  default:
    return false;
  }
}

static bool number_fulfils(enum operation op, double number, const struct value *value) {
  /* a record holds single precision: 0.1 typed must equal 0.1 kept */
  double typed = (double)(float)value->number;
  return !isnan(number) && !isnan(typed) && ordered(op, (number > typed) - (number < typed));
}

static bool text_fulfils(enum operation op, const char *text, const struct value *value) {
  if (op == OP_LIKE)
    return is_like(text, value->text);
  if (op == OP_PART)
    return strcasestr(text, value->text) != NULL;
  return ordered(op, strcmp(text, value->text));
}

static bool leaf_holds(struct node *node, const struct search_record *record) {
  const char *text = search_record_text(record, node->name);
  bool present = text != NULL;
  node->text_seen |= present;
  for (uint32_t i = 0; i < node->number_count && (!present || node->op != OP_MISSING); i++)
    present |= !isnan(search_record_number(record, node->numbers[i]));
  if (node->op == OP_MISSING)
    return !present;
  for (uint32_t v = 0; v < node->value_count; v++) {
    if (text && text_fulfils(node->op, text, &node->values[v]))
      return true;
    for (uint32_t i = 0; i < node->number_count; i++)
      if (number_fulfils(node->op, (double)search_record_number(record, node->numbers[i]), &node->values[v]))
        return true;
  }
  return false;
}

static bool holds(struct node *node, const struct search_record *record) {
  bool left;
  switch (node->op) {
  case OP_AND:
    left = holds(node->left, record);
    return holds(node->right, record) && left; /* both: names are noted as known */
  case OP_OR:
    left = holds(node->left, record);
    return holds(node->right, record) || left;
  case OP_NOT:
    return !holds(node->left, record);
  default:
    return leaf_holds(node, record);
  }
}

bool where_holds(struct where *where, const struct search_record *record) {
  return holds(where->root, record);
}

const char *where_unknown_name(const struct where *where, bool (*is_usual)(const char *name)) {
  for (const struct node *leaf = where->leaves; leaf; leaf = leaf->next_leaf)
    if (!leaf->number_count && !leaf->text_seen && !is_usual(leaf->name))
      return leaf->name;
  return NULL;
}
