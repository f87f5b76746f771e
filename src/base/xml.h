/* xml: small answers of servers, element by element.
 *
 * The document is at most XML_MAX bytes, XML_DEPTH deep, and declares no entities. */
#ifndef UAVLAKE_XML_H
#define UAVLAKE_XML_H

#include "base/bytes.h"
#include "base/text.h"

#define XML_MAX ((size_t)16 << 20)
#define XML_DEPTH 16u

struct xml_callbacks {
  /* An element ended: its path without namespaces ("ListBucketResult/Contents/Key") and its own text, trimmed of
   * nothing. A failure ends the reading. */
  enum status (*element)(void *context, const char *path, struct text text, struct error *error);
  void *context;
};
/* STATUS_BAD_DATA where it is no whole XML document. */
must_check enum status xml_read(struct bytes document, const struct xml_callbacks *callbacks, struct error *error);

#endif
