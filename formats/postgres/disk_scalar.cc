// Base types whose values are numbers side by side: on disk little-endian, in an image big-endian. And texts.
#include <cmath>
#include <cstring>
#include <limits>

#include "formats/postgres/disk_image.h"

namespace pulih {

namespace {

constexpr uint32_t kPgNodeTree = 194, kTxidSnapshot = 2970, kPgSnapshot = 5038;
constexpr uint32_t kRegKin[] = {pg_oid::kRegproc, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191};

void AppendReversed(ByteView bytes, Bytes& image) { image.insert(image.end(), bytes.rbegin(), bytes.rend()); }

// Numbers of these sizes, one behind the other, and nothing else.
template <size_t... kSizes>
bool Numbers(const DiskContext&, ByteView value, Bytes& image) {
  if (value.size() != (kSizes + ...)) return false;
  size_t at = 0;
  ((AppendReversed(value.subspan(at, kSizes), image), at += kSizes), ...);
  return true;
}

bool Raw(const DiskContext&, ByteView value, Bytes& image) {
  Append(image, value);
  return true;
}

template <size_t kSize>
bool RawOf(const DiskContext&, ByteView value, Bytes& image) {
  Append(image, value);
  return value.size() == kSize;
}

bool Bool(const DiskContext&, ByteView value, Bytes& image) {
  Append(image, value);
  return value.size() == 1 && value[0] <= 1;
}

bool Text(const DiskContext& context, ByteView value, Bytes& image) {
  Append(image, value);
  return IsSoundText(context, value);
}

// 64 bytes, filled with zeros.
bool Name(const DiskContext& context, ByteView value, Bytes& image) {
  constexpr size_t kNameSize = 64;
  if (value.size() != kNameSize) return false;
  size_t length = 0;
  while (length < kNameSize && value[length] != 0) ++length;
  for (size_t i = length; i < kNameSize; ++i) {
    if (value[i] != 0) return false;
  }
  Append(image, value.first(length));
  return length < kNameSize && IsSoundText(context, value.first(length));
}

// Seconds as float8 to microseconds; false for what no instant has.
bool MicrosOfFloat(uint64_t bits, int64_t& micros) {
  double seconds;
  std::memcpy(&seconds, &bits, sizeof seconds);
  if (std::isnan(seconds)) return false;
  if (std::isinf(seconds)) {
    micros = seconds > 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
    return true;
  }
  const double exact = std::rint(seconds * 1e6);
  if (std::fabs(exact) >= 9.2e18) return false;
  micros = static_cast<int64_t>(exact);
  return true;
}

// An instant or a time of eight bytes, then further numbers.
template <size_t... kMore>
bool Time(const DiskContext& context, ByteView value, Bytes& image) {
  if (!context.float_times) return Numbers<8, kMore...>(context, value, image);
  if (value.size() != (size_t{8} + ... + kMore)) return false;
  int64_t micros = 0;
  if (!MicrosOfFloat(LoadLe<uint64_t>(value.data()), micros)) return false;
  AppendBe(image, micros);
  size_t at = 8;
  ((AppendReversed(value.subspan(at, kMore), image), at += kMore), ...);
  return true;
}

bool TidValue(const DiskContext&, ByteView value, Bytes& image) {
  if (value.size() != 6) return false;
  for (const size_t at : {0, 2, 4}) AppendReversed(value.subspan(at, 2), image);
  return true;
}

// family | bits | address; both numbers of the families are PostgreSQL's own.
template <bool kIsCidr>
bool Network(const DiskContext&, ByteView value, Bytes& image) {
  if (value.size() < 2) return false;
  const size_t size = value.size() - 2;
  if ((value[0] != 2 || size != 4) && (value[0] != 3 || size != 16)) return false;
  image.insert(image.end(), {value[0], value[1], kIsCidr ? uint8_t{1} : uint8_t{0}, static_cast<uint8_t>(size)});
  Append(image, value.subspan(2));
  return value[1] <= 8 * size;
}

// length le32 | bits, the unused ones zero.
bool Bits(const DiskContext&, ByteView value, Bytes& image) {
  if (value.size() < 4) return false;
  const auto count = LoadLe<uint32_t>(value.data());
  if (value.size() - 4 != (uint64_t{count} + 7) / 8 || count > uint32_t{std::numeric_limits<int32_t>::max()})
    return false;
  AppendBe(image, count);
  Append(image, value.subspan(4));
  return count % 8 == 0 || static_cast<uint8_t>(value.back() << (count % 8)) == 0;
}

bool AppendDoubles(ByteView doubles, Bytes& image) {
  for (size_t at = 0; at < doubles.size(); at += 8) AppendReversed(doubles.subspan(at, 8), image);
  return true;
}

// points le32 | closed le32 | padding le32 | points
bool Path(const DiskContext&, ByteView value, Bytes& image) {
  if (value.size() < 12) return false;
  const auto points = LoadLe<uint32_t>(value.data()), closed = LoadLe<uint32_t>(value.data() + 4);
  if (value.size() - 12 != uint64_t{points} * 16 || closed > 1) return false;
  image.push_back(static_cast<uint8_t>(closed));
  AppendBe(image, points);
  return AppendDoubles(value.subspan(12), image);
}

// points le32 | bounding box | points. (The length and the number of points are eight bytes, so doubles are aligned.)
bool Polygon(const DiskContext&, ByteView value, Bytes& image) {
  constexpr size_t kHead = 4 + 32;
  if (value.size() < kHead) return false;
  const auto points = LoadLe<uint32_t>(value.data());
  if (value.size() - kHead != uint64_t{points} * 16) return false;
  AppendBe(image, points);
  return AppendDoubles(value.subspan(kHead), image);
}

// count le32 | lowest, highest, and as many as count says, le64
bool Snapshot(const DiskContext&, ByteView value, Bytes& image) {
  if (value.size() < 20) return false;
  const auto count = LoadLe<uint32_t>(value.data());
  if (value.size() - 20 != uint64_t{count} * 8) return false;
  AppendBe(image, count);
  return AppendDoubles(value.subspan(4), image);
}

// An array of one dimension from 0 on, without nulls.
template <size_t kSize>
bool Vector(const DiskContext&, ByteView value, Bytes& image) {
  constexpr size_t kHead = 20;
  if (value.size() < kHead) return false;
  const auto dimensions = LoadLe<uint32_t>(value.data()), nulls = LoadLe<uint32_t>(value.data() + 4),
             count = LoadLe<uint32_t>(value.data() + 12), lower = LoadLe<uint32_t>(value.data() + 16);
  if (dimensions != 1 || nulls != 0 || lower != 0 || value.size() - kHead != uint64_t{count} * kSize) return false;
  for (const uint32_t word : {uint32_t{1}, uint32_t{0}, LoadLe<uint32_t>(value.data() + 8), count, lower})
    AppendBe(image, word);
  for (size_t at = kHead; at < value.size(); at += kSize) {
    AppendBe(image, uint32_t{kSize});
    AppendReversed(value.subspan(at, kSize), image);
  }
  return true;
}

// The length of a sound UTF-8 character at `p`, 0 for none.
size_t Utf8Length(const uint8_t* p, size_t left) {
  const auto follows = [&](size_t i) { return i < left && (p[i] & 0xc0) == 0x80; };
  if (p[0] < 0x80) return 1;
  if (p[0] < 0xc2) return 0;
  if (p[0] < 0xe0) return follows(1) ? 2 : 0;
  if (p[0] < 0xf0) {
    if (!follows(1) || !follows(2) || (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0)) return 0;
    return 3;
  }
  if (p[0] > 0xf4 || !follows(1) || !follows(2) || !follows(3)) return 0;
  if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90)) return 0;
  return 4;
}

bool IsPlain(const uint8_t* eight) {
  constexpr uint64_t kHigh = 0x8080808080808080u, kOnes = 0x0101010101010101u;
  const auto word = LoadLe<uint64_t>(eight);
  return ((word | (word - kOnes)) & kHigh) == 0;
}

// How many bytes from `at` on, eight at a time, are plain ASCII and not zero. The last ones are looked at together with
// some before them, which are known.
size_t PlainRun(ByteView text, size_t at) {
  const size_t begin = at;
  for (; text.size() - at >= 8; at += 8) {
    if (!IsPlain(text.data() + at)) return at - begin;
  }
  const bool is_plain = text.size() >= 8 && IsPlain(text.data() + text.size() - 8);
  return (is_plain ? text.size() : at) - begin;
}

}  // namespace

bool IsSoundText(const DiskContext& context, ByteView text) {
  if (!context.utf8) return text.empty() || std::memchr(text.data(), 0, text.size()) == nullptr;
  for (size_t at = 0; at < text.size();) {
    at += PlainRun(text, at);
    if (at == text.size()) break;
    const size_t length = text[at] == 0 ? 0 : Utf8Length(text.data() + at, text.size() - at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

bool IsTextType(uint32_t oid) {
  switch (oid) {
    case pg_oid::kText:
    case pg_oid::kVarchar:
    case pg_oid::kBpchar:
    case pg_oid::kUnknown:
    case pg_oid::kRefcursor:
    case pg_oid::kXml:
    case pg_oid::kJson:
    case kPgNodeTree: return true;
    default: return false;
  }
}

DiskBase DiskBaseOf(uint32_t oid) {
  if (IsTextType(oid)) return Text;
  for (const uint32_t kin : kRegKin) {
    if (oid == kin) return Numbers<4>;
  }
  switch (oid) {
    case pg_oid::kBool: return Bool;
    case pg_oid::kInt2: return Numbers<2>;
    case pg_oid::kInt4:
    case pg_oid::kOid:
    case pg_oid::kXid:
    case pg_oid::kCid:
    case pg_oid::kFloat4:
    case pg_oid::kDate: return Numbers<4>;
    case pg_oid::kInt8:
    case pg_oid::kXid8:
    case pg_oid::kFloat8:
    case pg_oid::kMoney:
    case pg_oid::kPgLsn: return Numbers<8>;
    case pg_oid::kNumeric: return NumericFromDisk;
    case pg_oid::kName: return Name;
    case pg_oid::kChar: return RawOf<1>;
    case pg_oid::kUuid: return RawOf<16>;
    case pg_oid::kMacaddr: return RawOf<6>;
    case pg_oid::kMacaddr8: return RawOf<8>;
    case pg_oid::kBytea: return Raw;
    case pg_oid::kBit:
    case pg_oid::kVarbit: return Bits;
    case pg_oid::kTid: return TidValue;
    case pg_oid::kTime:
    case pg_oid::kTimestamp:
    case pg_oid::kTimestamptz: return Time<>;
    case pg_oid::kTimetz: return Time<4>;
    case pg_oid::kInterval: return Time<4, 4>;
    case pg_oid::kInet: return Network<false>;
    case pg_oid::kCidr: return Network<true>;
    case pg_oid::kPoint: return Numbers<8, 8>;
    case pg_oid::kLine:
    case pg_oid::kCircle: return Numbers<8, 8, 8>;
    case pg_oid::kLseg:
    case pg_oid::kBox: return Numbers<8, 8, 8, 8>;
    case pg_oid::kPath: return Path;
    case pg_oid::kPolygon: return Polygon;
    case pg_oid::kInt2Vector: return Vector<2>;
    case pg_oid::kOidVector: return Vector<4>;
    case pg_oid::kJsonb: return JsonbFromDisk;
    case pg_oid::kTsvector: return TsvectorFromDisk;
    case pg_oid::kTsquery: return TsqueryFromDisk;
    case kTxidSnapshot:
    case kPgSnapshot: return Snapshot;
    default: return nullptr;
  }
}

}  // namespace pulih
