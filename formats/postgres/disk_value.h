// A value as it stands on a page, turned into the binary image that its type's send function gives: value_text.h then
// writes it as PostgreSQL does. What is inside a value (elements of arrays, fields of rows, bounds of ranges, the tree
// of a jsonb) is taken apart here.
//
// Input is the value's bytes: of a type of fixed length just these, of a varlena without its length, decompressed and
// fetched (toast.h). Little-endian, 64-bit. Hostile: `corrupt` for bytes that can be no value of the type, with bounded
// depth and output in proportion to the input; `unsupported` for types whose form on disk is not known here.
//
// Pure. Source: src/include/utils/{numeric,array,jsonb,rangetypes,multirangetypes,inet,geo_decls,timestamp,date}.h and
// tsearch/ts_type.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "formats/postgres/heap_tuple.h"
#include "formats/postgres/schema.h"

namespace pulih {

struct DiskContext {
  const TypeList& types;
  const std::map<uint32_t, std::string>& enum_labels;  // Schema::enum_labels
  bool float_times =
      false;         // timestamps, times and intervals are float8 seconds (8.3 and builds without integer-datetimes)
  bool utf8 = true;  // texts must be sound UTF-8 (Schema::encoding is UTF8)
};
// Borrows from the schema.
DiskContext ContextOf(const Schema& schema, bool float_times = false);

// Appends the send image. On a failure `image` is as it was.
Status AppendDiskImage(const DiskContext& context, TypeIndex type, ByteView value, Bytes& image);
// And from there to text.
Status AppendDiskText(const DiskContext& context, TypeIndex type, ByteView value, std::string& text);

// Whether the image of a value can be one of a column with this modifier (atttypmod): the scale and digits of
// numeric(p,s), the characters of char(n) and varchar(n). A cheap and strong sign that bytes are what they seem.
bool FitsModifier(const DiskContext& context, TypeIndex type, int32_t modifier, ByteView image);

// What of a value's text its first bytes give, when the rest is lost: texts (to the last whole character), json, xml
// and bytea. False for a type whose beginning says nothing.
bool AppendPrefixText(const DiskContext& context, TypeIndex type, ByteView beginning, std::string& text);

// How a type's values lie: attlen and attalign of a column of it. Unknown base types are varlena aligned to 4.
struct PhysicalForm {
  int16_t length = -1;
  char align = 'i';
};
PhysicalForm FormOf(const TypeList& types, TypeIndex type);

}  // namespace pulih
