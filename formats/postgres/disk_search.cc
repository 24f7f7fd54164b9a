// tsvector on disk: count le32 | per lexeme le32: has positions 1 bit, length 11, place 20 | lexemes, and behind one with
// positions, aligned to two: count le16, positions le16. Places count from the first lexeme on.
//
// tsquery: items le32 | per item 12 bytes | operands' texts with a zero behind each.
//   operand    1 | weight | is prefix | 0 | CRC le32 | le32: length 12 bits, place 20
//   operator   2 | which | distance le16 | place of its left operand le32 | 0
#include "formats/postgres/disk_image.h"

namespace pulih {

namespace {

bool AppendPositions(ByteView lexemes, size_t at, Bytes& image) {
  at = (at + 1) & ~size_t{1};
  if (at + 2 > lexemes.size()) return false;
  const auto count = LoadLe<uint16_t>(lexemes.data() + at);
  if (lexemes.size() - at - 2 < size_t{count} * 2) return false;
  for (size_t i = 0; i <= count; ++i) AppendBe(image, LoadLe<uint16_t>(lexemes.data() + at + 2 * i));
  return true;
}

constexpr size_t kQueryItem = 12;
constexpr uint8_t kOperand = 1, kOperator = 2, kPhrase = 4;

bool AppendOperand(const DiskContext& context, const uint8_t* item, ByteView texts, size_t& taken, Bytes& image) {
  const auto word = LoadLe<uint32_t>(item + 8);
  const size_t length = word & 0xfff, place = word >> 12;
  if (place > texts.size() || length + 1 > texts.size() - place || texts[place + length] != 0) return false;
  const ByteView text = texts.subspan(place, length);
  image.insert(image.end(), {kOperand, item[1], item[2]});
  Append(image, text);
  image.push_back(0);
  // They stand in any order, but each once, so that what comes out is no more than what went in.
  taken += length + 1;
  return taken <= texts.size() && item[2] <= 1 && IsSoundText(context, text);
}

}  // namespace

bool TsvectorFromDisk(const DiskContext& context, ByteView value, Bytes& image) {
  if (value.size() < 4) return false;
  const auto count = LoadLe<uint32_t>(value.data());
  if (count > (value.size() - 4) / 4) return false;
  const ByteView lexemes = value.subspan(4 + 4 * size_t{count});
  AppendBe(image, count);
  size_t last_end = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const auto entry = LoadLe<uint32_t>(value.data() + 4 + 4 * size_t{i});
    const size_t length = (entry >> 1) & 0x7ff, place = entry >> 12;
    // In order, so that what comes out is no more than what went in.
    if (place < last_end || place > lexemes.size() || length > lexemes.size() - place) return false;
    const ByteView lexeme = lexemes.subspan(place, length);
    if (!IsSoundText(context, lexeme)) return false;
    Append(image, lexeme);
    image.push_back(0);
    last_end = place + length;
    if ((entry & 1) == 0) {
      AppendBe(image, uint16_t{0});
    } else if (!AppendPositions(lexemes, last_end, image)) {
      return false;
    }
  }
  return true;
}

bool TsqueryFromDisk(const DiskContext& context, ByteView value, Bytes& image) {
  if (value.size() < 4) return false;
  const auto count = LoadLe<uint32_t>(value.data());
  if (count > (value.size() - 4) / kQueryItem) return false;
  const ByteView texts = value.subspan(4 + kQueryItem * count);
  AppendBe(image, count);
  size_t taken = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t* item = value.data() + 4 + kQueryItem * i;
    if (item[0] == kOperand) {
      if (!AppendOperand(context, item, texts, taken, image)) return false;
    } else {
      if (item[0] != kOperator) return false;
      image.insert(image.end(), {kOperator, item[1]});
      if (item[1] == kPhrase) AppendBe(image, LoadLe<uint16_t>(item + 2));
    }
  }
  return taken == texts.size();
}

}  // namespace pulih
