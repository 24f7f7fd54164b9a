#include <charconv>

#include "formats/postgres/net_address.h"
#include "formats/postgres/value_parse.h"
#include "formats/postgres/words.h"

namespace pulih {

namespace {

constexpr uint8_t kFamilyV4 = 2, kFamilyV6 = 3;

// A whole text that is one number up to `most`; -1 when it is not.
int Number(std::string_view text, int most, int base = 10) {
  int value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool sound = end.ec == std::errc() && end.ptr == text.data() + text.size() && text[0] != '-';
  const bool padded = base == 10 && text.size() > 1 && text[0] == '0';  // some read it as octal
  return sound && !padded && value <= most ? value : -1;
}

// Four numbers with points between them, into the bytes at `to`.
bool ReadV4(std::string_view text, uint8_t* to) {
  for (int i = 0; i < 4; ++i) {
    const size_t point = i < 3 ? text.find('.') : text.size();
    if (point == std::string_view::npos) return false;
    const int value = Number(text.substr(0, point), 255);
    if (value < 0) return false;
    to[i] = static_cast<uint8_t>(value);
    text.remove_prefix(i < 3 ? point + 1 : point);
  }
  return true;
}

// Words with colons between them, the last two perhaps as IPv4; appends their bytes. An empty text has none.
bool ReadWords(std::string_view text, Bytes& to) {
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const std::string_view word = text.substr(0, colon);
    if (colon == std::string_view::npos && word.find('.') != std::string_view::npos) {
      uint8_t v4[4];
      if (!ReadV4(word, v4)) return false;
      Append(to, v4);
      return true;
    }
    const int value = word.size() <= 4 ? Number(word, 0xffff, 16) : -1;
    if (value < 0 || to.size() > 16) return false;
    PutBe(to, static_cast<uint16_t>(value));
    if (colon == std::string_view::npos) return true;
    text.remove_prefix(colon + 1);
    if (text.empty()) return false;
  }
  return true;
}

bool ReadV6(std::string_view text, NetAddress& address) {
  Bytes front, back;
  const size_t gap = text.find("::");
  if (!ReadWords(text.substr(0, gap), front)) return false;
  if (gap != std::string_view::npos && !ReadWords(text.substr(gap + 2), back)) return false;
  const size_t size = front.size() + back.size();
  if (gap == std::string_view::npos ? size != 16 : size > 14) return false;
  std::copy(front.begin(), front.end(), address.bytes.begin());
  std::copy(back.begin(), back.end(), address.bytes.end() - static_cast<ptrdiff_t>(back.size()));
  return true;
}

}  // namespace

Result<Bytes> NetAddressImage(std::string_view text, bool is_cidr) {
  const std::string_view type = is_cidr ? "cidr" : "inet";
  const size_t slash = text.find('/');
  const std::string_view whole = text.substr(0, slash);
  NetAddress address;
  address.v6 = whole.find(':') != std::string_view::npos;
  if (address.v6 ? !ReadV6(whole, address) : !ReadV4(whole, address.bytes.data())) {
    return InvalidText(type, text, "not a whole address like 10.0.0.1 or fe80::1");
  }
  const auto max_bits = static_cast<int>(address.max_bits());
  const int bits = slash == std::string_view::npos ? max_bits : Number(text.substr(slash + 1), max_bits);
  if (bits < 0) return InvalidText(type, text, "not a number of bits behind the slash");
  address.bits = static_cast<unsigned>(bits);
  if (is_cidr && !address.IsNetwork()) return InvalidText(type, text, "bits are set behind its network");
  Bytes image = {address.v6 ? kFamilyV6 : kFamilyV4, static_cast<uint8_t>(bits), static_cast<uint8_t>(is_cidr ? 1 : 0),
                 static_cast<uint8_t>(address.size())};
  Append(image, ByteView(address.bytes).first(address.size()));
  return image;
}

}  // namespace pulih
