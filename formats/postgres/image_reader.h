// ImageReader takes a value's binary image apart: integers are big-endian, as PostgreSQL sends them. A failure sticks:
// after the first one every further read yields zero or an empty view, so a renderer reads a whole image, and its
// caller asks once, with Finish(), whether it was one. Private to formats/postgres.
//
// Views returned borrow from the image and are valid as long as it is.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/endian.h"

namespace pulih {

class ImageReader {
 public:
  explicit ImageReader(ByteView image) : image_(image) {}

  uint8_t U8() { return Int<uint8_t>(); }
  uint16_t U16() { return Int<uint16_t>(); }
  uint32_t U32() { return Int<uint32_t>(); }
  uint64_t U64() { return Int<uint64_t>(); }
  int16_t I16() { return static_cast<int16_t>(U16()); }
  int32_t I32() { return static_cast<int32_t>(U32()); }
  int64_t I64() { return static_cast<int64_t>(U64()); }
  double F64() { return std::bit_cast<double>(U64()); }

  ByteView Raw(uint64_t n) {
    if (n > remaining()) {
      Fail("it ends early");
      return {};
    }
    const ByteView view = image_.subspan(at_, static_cast<size_t>(n));
    at_ += static_cast<size_t>(n);
    return view;
  }
  ByteView Rest() { return Raw(remaining()); }

  // Up to a zero byte, which is taken and left out.
  std::string_view ZeroTerminated() {
    const std::string_view rest = AsText(image_.subspan(at_, remaining()));
    const size_t length = rest.find('\0');
    if (length == std::string_view::npos) {
      Fail("a text has no end");
      return {};
    }
    at_ += length + 1;
    return rest.substr(0, length);
  }

  // `why` is a literal; the first one is kept.
  void Fail(const char* why) {
    if (why_ == nullptr) why_ = why;
  }
  bool failed() const { return why_ != nullptr; }
  const char* why() const { return why_; }
  size_t remaining() const { return failed() ? 0 : image_.size() - at_; }

  // True when every read succeeded and nothing is left over.
  bool Finish() {
    if (remaining() != 0) Fail("it is too long");
    return !failed();
  }

 private:
  template <typename T>
  T Int() {
    const ByteView bytes = Raw(sizeof(T));
    return bytes.size() == sizeof(T) ? LoadBe<T>(bytes.data()) : T{0};
  }

  ByteView image_;
  size_t at_ = 0;
  const char* why_ = nullptr;
};

}  // namespace pulih
