// Values that hold values, on disk. Alignment inside counts from the value's own length word, four bytes before what
// is seen here (kHead).
//
//   array       dimensions le32 | where elements begin le32 (0: no nulls) | element type | counts | lower bounds |
//               bitmap of what is not null, if any | elements, aligned
//   composite   a heap tuple in whose first 12 bytes length, modifier and type stand
//   range       type | lower, upper bound | flags u8
//   multirange  type | count le32 | count - 1 words | flags u8 each | bounds of all, each range's aligned
#include "formats/postgres/disk_image.h"
#include "formats/postgres/heap_page.h"

namespace pulih {

namespace {

constexpr size_t kHead = 4;
constexpr uint32_t kNull = 0xffffffff;
constexpr uint32_t kMaxDimensions = 6;
constexpr uint8_t kRangeEmpty = 0x01, kLowerInfinite = 0x08, kUpperInfinite = 0x10, kSentFlags = 0x1f;

uint32_t WordAt(ByteView bytes, size_t at) { return LoadLe<uint32_t>(bytes.data() + at); }

// A type number is the type's, or any when the type is a user's.
bool MayBe(uint32_t stored, const PgType& type) { return type.oid == 0 || stored == type.oid; }

struct ArrayHead {
  uint32_t dimensions = 0;
  uint64_t elements = 0;
  size_t bitmap = 0, data = 0;  // places; bitmap 0: none
};

bool ReadArrayHead(ByteView value, ArrayHead& head) {
  if (value.size() < 12) return false;
  head.dimensions = WordAt(value, 0);
  if (head.dimensions > kMaxDimensions || value.size() - 12 < size_t{8} * head.dimensions) return false;
  head.elements = head.dimensions == 0 ? 0 : 1;
  for (uint32_t d = 0; d < head.dimensions; ++d) {
    const uint32_t count = WordAt(value, 12 + 4 * size_t{d});
    // An element has a byte, or a bit when it is null.
    if (count == 0 || count > 8 * value.size()) return false;
    head.elements *= count;
    if (head.elements > 8 * value.size()) return false;
  }
  const size_t fixed = 12 + size_t{8} * head.dimensions;
  const uint32_t offset = WordAt(value, 4);
  const size_t bitmap_size = offset != 0 ? static_cast<size_t>((head.elements + 7) / 8) : 0;
  head.bitmap = offset != 0 ? fixed : 0;
  head.data = AlignUp(fixed + bitmap_size + kHead, kMaxAlign) - kHead;
  if (offset != 0 && offset != head.data + kHead) return false;
  // An empty array ends with its head.
  return head.elements == 0 ? value.size() == fixed : head.data <= value.size();
}

}  // namespace

bool DiskImage::TakePart(TypeIndex type, ByteView bytes, size_t at, size_t origin, Part& part) const {
  const PhysicalForm form = FormOf(context_.types, type);
  const size_t alignment = AlignmentOfForm(form.align);
  if (form.length == -2 || at > bytes.size()) return false;
  const bool may_stand = form.length == -1 && at < bytes.size() && bytes[at] != 0;
  if (!may_stand) {
    for (; (origin + at) % alignment != 0; ++at) {
      if (at >= bytes.size() || bytes[at] != 0) return false;
    }
  }
  if (at > bytes.size()) return false;
  if (form.length == -1) {
    if (at < bytes.size() && (bytes[at] & 1) == 0 && (origin + at) % alignment != 0) return false;
    const size_t size = ReadVarlena(bytes.subspan(at), part.field);
    part.end = at + size;
    return size != 0 && part.field.kind != TupleField::Kind::external;
  }
  const auto size = static_cast<size_t>(form.length);
  if (size > bytes.size() - at) return false;
  part = {{TupleField::Kind::plain, bytes.subspan(at, size), 0}, at + size};
  return true;
}

Status DiskImage::AppendSized(TypeIndex type, const TupleField& field, Bytes& image) {
  const size_t at = image.size();
  AppendBe(image, kNull);
  if (field.kind == TupleField::Kind::null || field.kind == TupleField::Kind::absent) return OkStatus();
  if (field.kind == TupleField::Kind::plain) {
    PULIH_TRY(Append(type, field.bytes, image));
  } else {
    if (field.kind != TupleField::Kind::compressed)
      return CorruptDisk(context_.types[type], "a part of it lies elsewhere");
    const Detoasted whole = DecompressWithWord(field.bytes, false, kMaxInflated - inflated_);
    if (whole.cut) return CorruptDisk(context_.types[type], "a part of it cannot be decompressed");
    inflated_ += static_cast<uint32_t>(whole.bytes.size());
    PULIH_TRY(Append(type, whole.bytes, image));
  }
  StoreBe(image.data() + at, static_cast<uint32_t>(image.size() - at - 4));
  return OkStatus();
}

Status DiskImage::AppendArray(const PgType& type, ByteView value, Bytes& image) {
  ArrayHead head;
  if (type.element >= context_.types.size() || !ReadArrayHead(value, head))
    return CorruptDisk(type, "its head is none");
  if (!MayBe(WordAt(value, 8), context_.types[type.element]))
    return CorruptDisk(type, "its elements are of another type");
  AppendBe(image, head.dimensions);
  AppendBe(image, uint32_t{head.bitmap != 0 ? 1u : 0u});
  AppendBe(image, uint32_t{0});
  for (size_t d = 0; d < head.dimensions; ++d) {
    AppendBe(image, WordAt(value, 12 + 4 * d));
    AppendBe(image, WordAt(value, 12 + 4 * (head.dimensions + d)));
  }
  size_t at = head.data;
  for (uint64_t i = 0; i < head.elements; ++i) {
    if (head.bitmap != 0 && ((value[head.bitmap + i / 8] >> (i % 8)) & 1) == 0) {
      AppendBe(image, kNull);
      continue;
    }
    Part part;
    if (!TakePart(type.element, value, at, kHead, part)) return CorruptDisk(type, "an element does not fit into it");
    PULIH_TRY(AppendSized(type.element, part.field, image));
    at = part.end;
  }
  // The last element may be followed by what aligns a next one.
  const bool whole = head.elements == 0 || value.size() - at < kMaxAlign;
  return whole ? OkStatus() : CorruptDisk(type, "it is longer than its elements");
}

Status DiskImage::AppendComposite(const PgType& type, ByteView value, Bytes& image) {
  TupleShape shape;
  for (const PgTypeField& field : type.fields) {
    const PhysicalForm form = FormOf(context_.types, field.type);
    shape.columns.push_back({form.length, static_cast<uint8_t>(AlignmentOfForm(form.align)), false});
    shape.has_varlena = shape.has_varlena || form.length < 0;
  }
  if (value.size() < kTupleHeaderSize - kHead) return CorruptDisk(type, "it is too short");
  // The walk wants transactions and a place, which a value has not.
  Bytes tuple(kHead, 0);
  pulih::Append(tuple, value);
  TupleHeader header = ReadTupleHeader(tuple);
  header.xmin = kFirstNormalXid;
  header.ctid = {0, 1};
  WriteTupleHeader(header, tuple.data());
  std::vector<TupleField> fields;
  size_t used = 0;
  if (const TupleFault fault = WalkTuple(shape, tuple, true, fields, used); fault != TupleFault::none)
    return CorruptDisk(type, FaultName(fault));
  AppendBe(image, static_cast<uint32_t>(fields.size()));
  for (size_t i = 0; i < fields.size(); ++i) {
    AppendBe(image, uint32_t{0});
    PULIH_TRY(AppendSized(type.fields[i].type, fields[i], image));
  }
  return OkStatus();
}

Status DiskImage::AppendBounds(const PgType& range, uint8_t flags, ByteView value, size_t base, size_t& at,
                               Bytes& image) {
  if ((flags & kRangeEmpty) != 0) return OkStatus();
  for (const uint8_t infinite : {kLowerInfinite, kUpperInfinite}) {
    if ((flags & infinite) != 0) continue;
    Part part;
    if (!TakePart(range.element, value, at, kMaxAlign - base % kMaxAlign, part))
      return CorruptDisk(range, "a bound does not fit into it");
    PULIH_TRY(AppendSized(range.element, part.field, image));
    at = part.end;
  }
  return OkStatus();
}

Status DiskImage::AppendRange(const PgType& type, ByteView value, Bytes& image) {
  constexpr size_t kTypeSize = 4;
  if (value.size() < kTypeSize + 1 || type.element >= context_.types.size())
    return CorruptDisk(type, "it is too short");
  if (!MayBe(WordAt(value, 0), type)) return CorruptDisk(type, "it is of another type");
  const uint8_t flags = value.back();
  if ((flags & ~kSentFlags) != 0) return CorruptDisk(type, "its flags are unknown");
  image.push_back(flags);
  size_t at = kTypeSize;
  PULIH_TRY(AppendBounds(type, flags, value.first(value.size() - 1), kTypeSize, at, image));
  return at == value.size() - 1 ? OkStatus() : CorruptDisk(type, "it is longer than its bounds");
}

Status DiskImage::AppendMultirange(const PgType& type, ByteView value, Bytes& image) {
  constexpr size_t kFixed = 8;
  if (value.size() < kFixed || type.element >= context_.types.size()) return CorruptDisk(type, "it is too short");
  const PgType& range = context_.types[type.element];
  const uint32_t count = WordAt(value, 4);
  if (!MayBe(WordAt(value, 0), type) || range.kind != PgTypeKind::range || range.element >= context_.types.size())
    return CorruptDisk(type, "it is of another type");
  AppendBe(image, count);
  // A range has four bytes of its place (but the first) and one of its flags.
  if (count > (value.size() - kFixed + 4) / 5) return CorruptDisk(type, "it has not as many ranges as it says");
  const size_t alignment = AlignmentOfForm(FormOf(context_.types, range.element).align);
  if (count == 0)
    return value.size() == AlignUp(kFixed + kHead, alignment) - kHead
               ? OkStatus()
               : CorruptDisk(type, "it is longer than its ranges");
  const size_t flags_at = kFixed + 4 * (size_t{count} - 1);
  size_t at = AlignUp(flags_at + count + kHead, alignment) - kHead;
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t flags = value[flags_at + i];
    if ((flags & ~kSentFlags) != 0 || (flags & kRangeEmpty) != 0) return CorruptDisk(type, "its flags are unknown");
    const size_t size_at = image.size(), begin = at;
    AppendBe(image, uint32_t{0});
    image.push_back(flags);
    PULIH_TRY(AppendBounds(range, flags, value, begin, at, image));
    StoreBe(image.data() + size_at, static_cast<uint32_t>(image.size() - size_at - 4));
    // The next range begins aligned; the last may be followed by as much.
    at = begin + AlignUp(at - begin, alignment);
  }
  return at >= value.size() && at - value.size() < kMaxAlign ? OkStatus()
                                                             : CorruptDisk(type, "it is longer than its ranges");
}

}  // namespace pulih
