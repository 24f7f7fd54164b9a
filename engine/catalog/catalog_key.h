// The catalog's keys (catalog.h lists them): built on the stack, because a look-up must not allocate.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/endian.h"

namespace pulih {

class CatalogKey {
 public:
  explicit CatalogKey(char table) { bytes_[size_++] = static_cast<uint8_t>(table); }

  CatalogKey& Raw(ByteView bytes) {
    PULIH_CHECK(bytes.size() <= bytes_.size() - size_);
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += bytes.size();
    return *this;
  }
  template <typename T>
  CatalogKey& Be(T v) {
    std::array<uint8_t, sizeof(T)> big;
    StoreBe(big.data(), v);
    return Raw(big);
  }

  ByteView view() const { return ByteView(bytes_).first(size_); }
  operator ByteView() const { return view(); }  // NOLINT(google-explicit-constructor)

 private:
  std::array<uint8_t, 40> bytes_;
  size_t size_ = 0;
};

}  // namespace pulih
