// The work of AppendDiskImage: one writer for one value, with what it contains. Depth is limited, and so is what
// compressed fields inside rows may grow to, for each level could multiply the one above.
//
// Private to formats/postgres. Pure.
#pragma once

#include "engine/base/bytes.h"
#include "engine/base/endian.h"
#include "engine/base/result.h"
#include "formats/postgres/disk_value.h"
#include "formats/postgres/toast.h"

namespace pulih {

Status CorruptDisk(const PgType& type, std::string_view why);

// disk_scalar.cc. Base types without parts: false for bytes that are no value. nullptr for a type that is not known.
using DiskBase = bool (*)(const DiskContext& context, ByteView value, Bytes& image);
DiskBase DiskBaseOf(uint32_t oid);
bool IsTextType(uint32_t oid);  // kept as text: its image is its bytes
bool IsSoundText(const DiskContext& context, ByteView text);
// disk_numeric.cc
bool NumericFromDisk(const DiskContext& context, ByteView value, Bytes& image);
// disk_jsonb.cc
bool JsonbFromDisk(const DiskContext& context, ByteView value, Bytes& image);
// disk_search.cc
bool TsvectorFromDisk(const DiskContext& context, ByteView value, Bytes& image);
bool TsqueryFromDisk(const DiskContext& context, ByteView value, Bytes& image);

class DiskImage {
 public:
  explicit DiskImage(const DiskContext& context) : context_(context) {}

  // Appends; on a failure what stands behind the caller's bytes is undefined.
  Status Append(TypeIndex type, ByteView value, Bytes& image);

 private:
  static constexpr int kMaxDepth = 32;
  static constexpr uint32_t kMaxInflated = uint32_t{64} << 20;

  struct Part {  // a value inside a value, with the place behind it
    TupleField field;
    size_t end = 0;
  };

  Status AppendByKind(TypeIndex at, ByteView value, Bytes& image);
  // disk_container.cc
  Status AppendArray(const PgType& type, ByteView value, Bytes& image);
  Status AppendComposite(const PgType& type, ByteView value, Bytes& image);
  Status AppendRange(const PgType& type, ByteView value, Bytes& image);
  Status AppendMultirange(const PgType& type, ByteView value, Bytes& image);
  // The bounds that `flags` announce, from `at` on; alignment counts from `base`.
  Status AppendBounds(const PgType& range, uint8_t flags, ByteView value, size_t base, size_t& at, Bytes& image);
  // A length be32, then the value.
  Status AppendSized(TypeIndex type, const TupleField& field, Bytes& image);
  // The value of a type at `at`, aligned when `origin` + its place is. False when there is none.
  bool TakePart(TypeIndex type, ByteView bytes, size_t at, size_t origin, Part& part) const;

  const DiskContext& context_;
  int depth_ = 0;
  uint32_t inflated_ = 0;
};

inline size_t AlignmentOfForm(char align) { return align == 'c' ? 1 : align == 's' ? 2 : align == 'd' ? 8 : 4; }

template <typename Integer>
void AppendBe(Bytes& to, Integer value) {
  to.resize(to.size() + sizeof value);
  StoreBe(to.data() + to.size() - sizeof value, value);
}

}  // namespace pulih
