// The parsers behind ValueImage: typed text to a value's binary image. Each answers `invalid` for text that is none
// of its type. Private to formats/postgres. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/endian.h"
#include "engine/base/result.h"

namespace pulih {

// "read date: '2024-13-01': why".
Status InvalidText(std::string_view type, std::string_view text, std::string_view why);

template <typename Integer>
void PutBe(Bytes& to, Integer value) {
  to.resize(to.size() + sizeof value);
  StoreBe(to.data() + to.size() - sizeof value, value);
}

template <typename Integer>
Bytes ImageOf(Integer value) {
  Bytes image;
  PutBe(image, value);
  return image;
}

// money_parse.cc
Result<Bytes> MoneyImage(std::string_view text);
// datetime_parse.cc
Result<Bytes> DateImage(std::string_view text);
Result<Bytes> TimeOfDayImage(std::string_view text);
Result<Bytes> TimestampImage(std::string_view text, bool with_zone);
// bytea_parse.cc
Result<Bytes> ByteaImage(std::string_view text);
Result<Bytes> UuidImage(std::string_view text);
// json_parse.cc
Result<Bytes> JsonImage(std::string_view text);   // as it is, once it is sound
Result<Bytes> JsonbImage(std::string_view text);  // in jsonb's own form

}  // namespace pulih
