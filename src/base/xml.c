/* xml: Expat, a stack of names, and one text a level. */
#include "base/xml.h"

#include <expat.h>

#define PATH_MAX_BYTES 512u
#define TEXT_MAX ((size_t)64 << 10)

struct level {
  size_t path_size; /* of the path without this level */
  struct buffer text;
};

struct xml {
  const struct xml_callbacks *callbacks;
  XML_Parser parser;
  char path[PATH_MAX_BYTES];
  struct level levels[XML_DEPTH];
  uint32_t depth;
  enum status status;
  struct error *error;
};

static void stop(struct xml *xml, enum status status) {
  xml->status = status;
  XML_StopParser(xml->parser, XML_FALSE);
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes) {
  (void)attributes;
  struct xml *xml = context;
  const char *colon = strrchr(name, ':');
  name = colon ? colon + 1 : name;
  size_t before = strlen(xml->path), size = strlen(name);
  if (xml->status != STATUS_OK)
    return;
  if (xml->depth == XML_DEPTH || before + size + 2 > sizeof xml->path) {
    stop(xml, error_set(xml->error, STATUS_LIMIT, "the server's XML is nested too deep"));
    return;
  }
  struct level *level = &xml->levels[xml->depth++];
  level->path_size = before;
  level->text.max = TEXT_MAX;
  buffer_clear(&level->text);
  if (before)
    xml->path[before++] = '/';
  memcpy(xml->path + before, name, size + 1);
}

static void XMLCALL on_end(void *context, const XML_Char *name) {
  (void)name;
  struct xml *xml = context;
  if (xml->status != STATUS_OK || xml->depth == 0)
    return;
  struct level *level = &xml->levels[--xml->depth];
  struct text text = text_of(buffer_text(&level->text));
  enum status status = level->text.failed
                           ? error_set(xml->error, STATUS_LIMIT, "a value of the server's XML is too long")
                           : xml->callbacks->element(xml->callbacks->context, xml->path, text, xml->error);
  xml->path[level->path_size] = 0;
  if (status != STATUS_OK)
    stop(xml, status);
}

static void XMLCALL on_text(void *context, const XML_Char *text, int size) {
  struct xml *xml = context;
  if (xml->depth && size > 0)
    buffer_add(&xml->levels[xml->depth - 1].text, text, (size_t)size);
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_subset) {
  (void)name, (void)system_id, (void)public_id, (void)has_subset;
  struct xml *xml = context;
  stop(xml, error_set(xml->error, STATUS_BAD_DATA, "the server's XML has a document type, which is not allowed"));
}

enum status xml_read(struct bytes document, const struct xml_callbacks *callbacks, struct error *error) {
  struct xml xml = {.callbacks = callbacks, .parser = XML_ParserCreate(NULL), .error = error};
  if (!xml.parser || document.size > XML_MAX) {
    XML_ParserFree(xml.parser);
    return error_set(error, STATUS_LIMIT, "the server's XML of %zu bytes is too long", document.size);
  }
  XML_SetUserData(xml.parser, &xml);
  XML_SetElementHandler(xml.parser, on_start, on_end);
  XML_SetCharacterDataHandler(xml.parser, on_text);
  XML_SetStartDoctypeDeclHandler(xml.parser, on_doctype);
  bool good = XML_Parse(xml.parser, (const char *)document.data, (int)document.size, XML_TRUE) == XML_STATUS_OK;
  if (!good && xml.status == STATUS_OK)
    xml.status = error_set(error, STATUS_BAD_DATA, "the server's answer is no whole XML: %s",
                           XML_ErrorString(XML_GetErrorCode(xml.parser)));
  XML_ParserFree(xml.parser);
  for (uint32_t i = 0; i < XML_DEPTH; i++)
    buffer_free(&xml.levels[i].text);
  return xml.status;
}
