// A row of COPY … TO STDOUT (text form): fields between tabs, with escapes, on one line.
//
//   \N NULL | \b \f \n \r \t \v | \ooo octal | \xhh hexadecimal | \c any other character c itself
//
// Pure; no state. Bytes of a line that damage took are the caller's business: SplitCopyLine says where each field and
// each of its bytes stood, so that they can be followed. Source: src/backend/commands/copyfromparse.c (CopyReadAttributesText),
// copyto.c (CopyAttributeOutText).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pulih {

struct CopyField {
  uint32_t begin = 0, end = 0;  // in the line, as written
  bool operator==(const CopyField&) const = default;
};

// More than PostgreSQL allows columns: what has more is no row.
inline constexpr size_t kMaxCopyFields = 1665;

// The fields of a line without its line end. False (and what was found so far) for a line with more than kMaxCopyFields.
bool SplitCopyLine(std::string_view line, std::vector<CopyField>& fields);

// The end of COPY data.
inline bool IsCopyEnd(std::string_view line) { return line == "\\." || line == "\\.\r"; }
inline bool IsCopyNull(std::string_view field) { return field == "\\N"; }

// Appends the value of a written field. `places`, when given, gets the place in `field` of the first byte behind each
// byte of the value. False for a field that ends inside an escape.
bool DecodeCopyField(std::string_view field, std::string& out, std::vector<uint32_t>* places = nullptr);

// The other way, as COPY TO writes it.
void AppendCopyField(std::string_view value, std::string& out);

}  // namespace pulih
