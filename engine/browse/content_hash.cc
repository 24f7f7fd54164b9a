#include "engine/browse/content_hash.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "engine/base/endian.h"

namespace pulih {

// The sparse digest says of each region of data where it lies and how long it is, before its bytes.
void ContentHash::BeginRegion() {
  uint64_t length = 0;
  for (size_t i = next_; i < segments_.size() && !std::holds_alternative<Hole>(segments_[i]); ++i) length += SegmentLength(segments_[i]);
  std::array<uint8_t, 16> head;
  StoreLe(head.data(), offset_);
  StoreLe(head.data() + 8, length);
  hash_.Update(head);
}

void ContentHash::Add(ByteView bytes) {
  PULIH_CHECK(next_ < segments_.size());
  const Segment& segment = segments_[next_];
  const bool is_sparse = content_.digest_kind == DigestKind::sparse_sha256;
  if (std::holds_alternative<Hole>(segment)) {
    in_region_ = false;
    static constexpr std::array<uint8_t, 64u << 10> kZeros{};
    for (uint64_t left = is_sparse ? 0 : SegmentLength(segment); left > 0;) {
      const auto n = static_cast<size_t>(std::min<uint64_t>(left, kZeros.size()));
      hash_.Update(ByteView(kZeros).first(n));
      left -= n;
    }
  } else {
    if (is_sparse && !in_region_) BeginRegion();
    in_region_ = true;
    hash_.Update(bytes);
  }
  offset_ += SegmentLength(segment);
  ++next_;
}

Status ContentHash::Check() {
  if (content_.digest_kind == DigestKind::sparse_sha256) {
    std::array<uint8_t, 8> size;
    StoreLe(size.data(), offset_);
    hash_.Update(size);
  }
  if (hash_.Finish() == content_.digest) return OkStatus();
  return Status(Code::corrupt, "checking the content: its SHA-256 is not the one that was recorded");
}

}  // namespace pulih
