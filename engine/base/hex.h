// Lower-case hexadecimal, both ways. FromHex accepts lower case only (I5) and an even number of digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace pulih {

std::string ToHex(ByteView bytes);
std::optional<Bytes> FromHex(std::string_view text);

}  // namespace pulih
