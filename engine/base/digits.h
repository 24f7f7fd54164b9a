// Numbers as digits at the end of a text, without a text of their own. Pure.
#pragma once

#include <charconv>
#include <string>

namespace pulih {

template <typename Integer>
void AppendInteger(Integer value, std::string& out, int base = 10) {
  char digits[72];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value, base).ptr);
}

}  // namespace pulih
