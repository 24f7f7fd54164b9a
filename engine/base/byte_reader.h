// ByteReader takes our encodings apart. A failure sticks: after the first one every further read yields
// zero or an empty view, so a decoder reads a whole structure and asks once, with Finish(), whether all of
// it was there. Nothing is allocated here; a length is compared with what is left before it is used.
//
// Views returned borrow from the input and are valid as long as it is.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/endian.h"

namespace pulih {

class ByteReader {
 public:
  explicit ByteReader(ByteView input) : input_(input) {}

  uint8_t U8() { return Int<uint8_t>(); }
  uint16_t Le16() { return Int<uint16_t>(); }
  uint32_t Le32() { return Int<uint32_t>(); }
  uint64_t Le64() { return Int<uint64_t>(); }

  ByteView Raw(uint64_t n) {
    if (n > remaining()) {
      Fail();
      return {};
    }
    ByteView v = input_.subspan(at_, static_cast<size_t>(n));
    at_ += static_cast<size_t>(n);
    return v;
  }

  template <size_t N>
  std::array<uint8_t, N> Array() {
    std::array<uint8_t, N> a{};
    if (ByteView v = Raw(N); v.size() == N) std::copy(v.begin(), v.end(), a.begin());
    return a;
  }

  // Shortest form only: a varint with a needless last byte is refused (I5).
  uint64_t Varint() {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t b = U8();
      if (shift == 63 && b > 1) break;
      v |= static_cast<uint64_t>(b & 0x7f) << shift;
      if ((b & 0x80) == 0) {
        if (b == 0 && shift != 0) break;
        return failed_ ? 0 : v;
      }
    }
    Fail();
    return 0;
  }
  int64_t SignedVarint() {
    const uint64_t z = Varint();
    return static_cast<int64_t>(z >> 1) ^ -static_cast<int64_t>(z & 1);
  }

  ByteView Sized() { return Raw(Varint()); }
  std::string_view SizedText() { return AsText(Sized()); }

  // For rules that a single field cannot check: an unknown number, an order that is not kept.
  void Fail() { failed_ = true; }

  bool failed() const { return failed_; }
  size_t remaining() const { return failed_ ? 0 : input_.size() - at_; }
  size_t offset() const { return at_; }
  // True when every read succeeded and nothing is left over.
  bool Finish() const { return !failed_ && at_ == input_.size(); }

 private:
  template <typename T>
  T Int() {
    if (remaining() < sizeof(T)) {
      Fail();
      return 0;
    }
    const T v = LoadLe<T>(input_.data() + at_);
    at_ += sizeof(T);
    return v;
  }

  ByteView input_;
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace pulih
