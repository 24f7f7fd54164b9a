#include "engine/os/file_name.h"

namespace pulih {

std::string FileNamePart(std::string_view name) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string part;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/' || c == '%' || c == '.' || byte < 0x20 || byte == 0x7F) {
      part += '%';
      part += kDigits[byte >> 4];
      part += kDigits[byte & 15];
    } else {
      part += c;
    }
  }
  return part;
}

}  // namespace pulih
