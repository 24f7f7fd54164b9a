// Values of every type that formats/postgres knows: the image that PostgreSQL 15's send function gives, and the text
// that its output function gives, under the settings of value_text.h.
#pragma once

#include <string_view>
#include <vector>

#include "formats/postgres/value_text.h"

namespace pulih {

// The base types by their names in pg_type, "_int4" and the like for their arrays, and a few types of users:
// mood (enumeration), short (domain over text), pair (int4, text), pairs (array of pair), nest (pair, _text, numeric),
// int4range, textrange, int4multirange, hstore (of an extension, unknown here).
const TypeList& SpecimenTypes();
TypeIndex TypeNamed(std::string_view name);

struct ValueSpecimen {
  std::string_view type;
  std::string_view image;  // hexadecimal, with blanks
  std::string_view text;
};
const std::vector<ValueSpecimen>& ValueSpecimens();

}  // namespace pulih
