// How like two texts are, by measures that are known to work for names, codes and titles.
// Pure. Bytes, not characters: values are folded before they come here. Sources: Jaro 1989, Winkler 1990; Damerau 1964 in the
// form that edits no stretch twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pulih::link {

// 0 nothing in common to 1 equal; what begins alike counts more. Only the first 64 bytes are looked at.
double JaroWinkler(std::string_view a, std::string_view b);

// Insertions, deletions, substitutions and swaps of neighbours, at most `limit` + 1: whoever asks for 2 need not know more.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit);

// [least, beyond) of "least" or "least beyond"; nullopt when it is none, or below 0.
struct Range {
  int64_t least = 0, beyond = 0;
};
std::optional<Range> ReadRange(std::string_view text);

// Days since 1970-01-01 of "2014-03-04…" or "20140304"; nullopt when there is no such day.
std::optional<int32_t> ReadDay(std::string_view text);

}  // namespace pulih::link
