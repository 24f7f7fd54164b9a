// Whether a column of a live table takes the values that a column had when it was captured. A narrower one would round
// or cut them without a word.
//
// Pure.
#pragma once

#include <cstdint>
#include <string>

namespace pulih {

// Whether the column takes every value that it had and changes none. `had`, `has`: numbers of types in the target; the
// texts have their modifiers: "numeric(12,2)[]".
bool KeepsValues(uint32_t had, const std::string& had_text, uint32_t has, const std::string& has_text);

}  // namespace pulih
