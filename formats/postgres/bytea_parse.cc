// Bytes written as text: bytea in both of its forms, and uuid.
#include "formats/postgres/value_parse.h"
#include "formats/postgres/words.h"

namespace pulih {

namespace {

Result<Bytes> HexForm(std::string_view text) {
  Bytes image;
  const std::string_view digits = text.substr(2);
  for (size_t i = 0; i < digits.size();) {
    if (IsSpace(digits[i])) {  // between bytes
      ++i;
      continue;
    }
    const int high = HexValue(digits[i]);
    const int low = i + 1 < digits.size() ? HexValue(digits[i + 1]) : -1;
    if (high < 0 || low < 0) return InvalidText("bytea", text, "not pairs of hexadecimal digits");
    image.push_back(static_cast<uint8_t>(16 * high + low));
    i += 2;
  }
  return image;
}

bool IsOctal(std::string_view three) {
  return three.size() == 3 && three[0] >= '0' && three[0] <= '3' && three[1] >= '0' && three[1] <= '7' &&
         three[2] >= '0' && three[2] <= '7';
}

// "\\" and "\ooo" stand for a byte each; any other byte stands for itself.
Result<Bytes> EscapeForm(std::string_view text) {
  Bytes image;
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      image.push_back(static_cast<uint8_t>(text[i++]));
    } else if (text.substr(i + 1).starts_with('\\')) {
      image.push_back('\\');
      i += 2;
    } else if (const std::string_view three = text.substr(i + 1, 3); IsOctal(three)) {
      image.push_back(static_cast<uint8_t>(((three[0] - '0') << 6) | ((three[1] - '0') << 3) | (three[2] - '0')));
      i += 4;
    } else {
      return InvalidText("bytea", text, "a backslash that begins no escape");
    }
  }
  return image;
}

}  // namespace

Result<Bytes> ByteaImage(std::string_view text) { return text.starts_with("\\x") ? HexForm(text) : EscapeForm(text); }

// Thirty-two digits, a hyphen allowed behind each four of them, braces around all.
Result<Bytes> UuidImage(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('{') && rest.ends_with('}')) rest = rest.substr(1, rest.size() - 2);
  Bytes image;
  size_t at = 0;
  while (image.size() < 16) {
    const int high = at < rest.size() ? HexValue(rest[at]) : -1;
    const int low = at + 1 < rest.size() ? HexValue(rest[at + 1]) : -1;
    if (high < 0 || low < 0) return InvalidText("uuid", text, "not 32 hexadecimal digits");
    image.push_back(static_cast<uint8_t>(16 * high + low));
    at += 2;
    if (image.size() % 2 == 0 && image.size() < 16 && at < rest.size() && rest[at] == '-') ++at;
  }
  if (at != rest.size()) return InvalidText("uuid", text, "longer than 32 hexadecimal digits");
  return image;
}

}  // namespace pulih
