// KEY words: how a person names one row. Values of the key's columns in key order, joined by ',' with CSV quoting; or
// col=value,… in any order; or '#' and 64 hexadecimal digits for a row of a table without a key.
//
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "formats/repo/table.h"

namespace pulih {

// The key of the table's map; `invalid` says what is wrong with the words.
Result<Bytes> KeyOfWords(const TableDescriptor& table, std::string_view words);

// The other way, from the values' texts.
std::string JoinKeyWords(const std::vector<std::string>& values);

}  // namespace pulih
