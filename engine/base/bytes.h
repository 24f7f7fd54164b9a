// Bytes own, ByteView borrows. A view is valid as long as the buffer that it was made from; a header that
// hands one out says until when.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pulih {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;
using MutableByteView = std::span<uint8_t>;

inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes ToBytes(ByteView view) { return Bytes(view.begin(), view.end()); }
inline Bytes ToBytes(std::string_view text) { return ToBytes(AsBytes(text)); }
inline std::string ToText(ByteView view) { return std::string(AsText(view)); }

inline void Append(Bytes& to, ByteView what) { to.insert(to.end(), what.begin(), what.end()); }

// Lexicographic by unsigned byte: the order of every key in pulih.
inline int Compare(ByteView a, ByteView b) {
  const size_t n = std::min(a.size(), b.size());
  const int c = n == 0 ? 0 : std::memcmp(a.data(), b.data(), n);
  if (c != 0) return c;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

inline bool Equal(ByteView a, ByteView b) { return a.size() == b.size() && Compare(a, b) == 0; }

}  // namespace pulih
