// ByteWriter builds our encodings. Integers are little-endian; a varint is unsigned LEB128 in its shortest
// form (at most 10 bytes); a signed varint is zigzag of that. ByteReader is its other half.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/base/endian.h"

namespace pulih {

class ByteWriter {
 public:
  void U8(uint8_t v) { out_.push_back(v); }
  void Le16(uint16_t v) { Le(v); }
  void Le32(uint32_t v) { Le(v); }
  void Le64(uint64_t v) { Le(v); }
  void Raw(ByteView bytes) { Append(out_, bytes); }
  void Zeros(size_t n) { out_.insert(out_.end(), n, 0); }

  void Varint(uint64_t v) {
    while (v >= 0x80) {
      out_.push_back(static_cast<uint8_t>(v) | 0x80);
      v >>= 7;
    }
    out_.push_back(static_cast<uint8_t>(v));
  }
  void SignedVarint(int64_t v) {
    Varint((static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63));
  }

  // varint length, then the bytes.
  void Sized(ByteView bytes) {
    Varint(bytes.size());
    Raw(bytes);
  }
  void Sized(std::string_view text) { Sized(AsBytes(text)); }

  size_t size() const { return out_.size(); }
  ByteView view() const { return out_; }
  Bytes Take() && { return std::move(out_); }
  Bytes& bytes() { return out_; }

 private:
  template <typename T>
  void Le(T v) {
    const size_t at = out_.size();
    out_.resize(at + sizeof v);
    StoreLe(out_.data() + at, v);
  }
  Bytes out_;
};

}  // namespace pulih
