#pragma once
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>

// xmlFree is a variable that holds a function, which Swift cannot read safely.
static inline void trellis_xml_free(void *pointer) { xmlFree(pointer); }
