// The two compressions of TOAST, from their published descriptions.
//
// pglz: control bytes, each for eight items, lowest bit first. 0: one literal byte. 1: a copy of two or three bytes:
//   length - 3 in the low half of the first, its high half and the second are the distance (1 … 4095); length 18: one
//   more byte is added to it.
// LZ4 block: token (literals in the high half, match length - 4 in the low one; 15: more bytes follow, each up to 255),
//   literals, distance le16. The last sequence has literals only.
#include <algorithm>

#include "engine/base/endian.h"
#include "formats/postgres/toast.h"

namespace pulih {

namespace {

// A first reservation in proportion to the input: what an honest stream may need beyond it grows as it comes.
constexpr size_t kUsualRatio = 8;

class Output {
 public:
  Output(uint32_t size, size_t input) : size_(size) { bytes_.reserve(std::min<size_t>(size, kUsualRatio * input)); }

  size_t room() const { return size_ - bytes_.size(); }
  bool full() const { return room() == 0; }
  void Literal(ByteView bytes) { Append(bytes_, bytes.first(std::min(bytes.size(), room()))); }
  // False for a distance that leads before the beginning.
  bool Copy(size_t distance, size_t length) {
    if (distance == 0 || distance > bytes_.size()) return false;
    length = std::min(length, room());
    const size_t from = bytes_.size() - distance;
    bytes_.resize(bytes_.size() + length);
    // Byte by byte: a copy may overlap itself, which repeats it.
    uint8_t* to = bytes_.data() + from + distance;
    const uint8_t* source = bytes_.data() + from;
    for (size_t i = 0; i < length; ++i) to[i] = source[i];
    return true;
  }
  Detoasted Take(bool whole_input) {
    const bool cut = !full() || !whole_input;
    return {std::move(bytes_), cut};
  }

 private:
  uint32_t size_;
  Bytes bytes_;
};

// What is left of LZ4's lengths behind a half token of 15. False when the input ends.
bool MoreLength(ByteView input, size_t& at, size_t& length) {
  uint8_t byte = 255;
  while (byte == 255) {
    if (at == input.size()) return false;
    byte = input[at++];
    length += byte;
  }
  return true;
}

}  // namespace

Detoasted DecompressPglz(ByteView input, uint32_t raw_size) {
  Output out(raw_size, input.size());
  size_t at = 0;
  bool sound = true;
  while (sound && at < input.size() && !out.full()) {
    uint8_t control = input[at++];
    for (int i = 0; i < 8 && at < input.size() && !out.full(); ++i, control >>= 1) {
      if ((control & 1) == 0) {
        out.Literal(input.subspan(at++, 1));
        continue;
      }
      const size_t left = input.size() - at;
      const bool is_long = (input[at] & 0x0f) == 0x0f;
      sound = left >= (is_long ? 3u : 2u);
      if (!sound) break;
      size_t length = (input[at] & 0x0fu) + 3u;
      const size_t distance = ((input[at] & 0xf0u) << 4) | input[at + 1];
      if (is_long) length += input[at + 2];
      at += is_long ? 3 : 2;
      // A copy that would go beyond the raw size is damage as well.
      sound = length <= out.room() && out.Copy(distance, length);
      if (!sound) break;
    }
  }
  return out.Take(sound && at == input.size());
}

Detoasted DecompressLz4(ByteView input, uint32_t raw_size) {
  Output out(raw_size, input.size());
  size_t at = 0;
  while (at < input.size()) {
    const uint8_t token = input[at++];
    size_t literals = token >> 4;
    if (literals == 15 && !MoreLength(input, at, literals)) return out.Take(false);
    const bool whole = literals <= input.size() - at && literals <= out.room();
    out.Literal(input.subspan(at, std::min(literals, input.size() - at)));
    if (!whole) return out.Take(false);
    at += literals;
    if (at == input.size()) return out.Take(true);
    if (input.size() - at < 2) return out.Take(false);
    const size_t distance = LoadLe<uint16_t>(input.data() + at);
    at += 2;
    size_t length = token & 0x0fu;
    if (length == 15 && !MoreLength(input, at, length)) return out.Take(false);
    length += 4;
    if (length > out.room() || !out.Copy(distance, length)) return out.Take(false);
  }
  return out.Take(raw_size == 0);  // it must end with literals
}

}  // namespace pulih
