#include "formats/postgres/copy_binary.h"

#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/endian.h"

namespace pulih {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr size_t kHeaderSize = 11 + 4 + 4;
constexpr uint32_t kCriticalFlags = 0xffff0000;  // a reader that does not know one of these must stop
constexpr uint32_t kMaxExtension = 1u << 20;     // none has ever been defined
constexpr int16_t kTrailer = -1;
constexpr int32_t kNull = -1;

Status Corrupt(const std::string& why) { return Status(Code::corrupt, "COPY stream: " + why); }

template <typename T>
void AppendBe(T value, Bytes& out) {
  out.resize(out.size() + sizeof value);
  StoreBe(out.data() + out.size() - sizeof value, value);
}

}  // namespace

// `used` stays 0 and needed_ says how many bytes are wanted where there are not enough.
Status CopyParser::ParseHeader(ByteView bytes, size_t& used) {
  const size_t there = std::min(bytes.size(), kSignature.size());
  if (AsText(bytes.first(there)) != kSignature.substr(0, there)) return Corrupt("it does not begin as one");
  needed_ = kHeaderSize;
  if (bytes.size() < needed_) return OkStatus();
  if ((LoadBe<uint32_t>(bytes.data() + kSignature.size()) & kCriticalFlags) != 0)
    return Corrupt("it has a flag that is not known");
  const auto extension = LoadBe<uint32_t>(bytes.data() + kSignature.size() + 4);
  if (extension > kMaxExtension) return Corrupt("the extension of its header is too long");
  needed_ += extension;
  if (bytes.size() < needed_) return OkStatus();
  used = needed_;
  part_ = Part::rows;
  return OkStatus();
}

Status CopyParser::ParseRow(ByteView bytes, size_t& used) {
  size_t at = sizeof(int16_t);
  needed_ = at;
  if (bytes.size() < needed_) return OkStatus();
  const auto count = LoadBe<int16_t>(bytes.data());
  if (count == kTrailer) {
    part_ = Part::behind;
    used = at;
    return OkStatus();
  }
  if (count < 0 || static_cast<size_t>(count) != columns_) {
    return Corrupt("a row has " + std::to_string(count) + " columns where " + std::to_string(columns_) +
                   " were asked for");
  }
  for (std::optional<ByteView>& column : row_) {
    needed_ = at + sizeof(int32_t);
    if (bytes.size() < needed_) return OkStatus();
    const auto length = LoadBe<int32_t>(bytes.data() + at);
    at = needed_;
    column.reset();
    if (length == kNull) continue;
    if (length < 0) return Corrupt("a column has a negative length");
    if (at + static_cast<uint64_t>(length) > kMaxCopyRow) return Corrupt("a row is longer than 1 GiB");
    needed_ = at + static_cast<size_t>(length);
    if (bytes.size() < needed_) return OkStatus();
    column = bytes.subspan(at, static_cast<size_t>(length));
    at = needed_;
  }
  used = at;
  return OkStatus();
}

// Takes what is complete off the front of `bytes`.
Status CopyParser::Parse(ByteView bytes, size_t& used, const std::function<Status(const CopyRow&)>& each) {
  used = 0;
  for (;;) {
    const ByteView rest = bytes.subspan(used);
    if (part_ == Part::behind) return rest.empty() ? OkStatus() : Corrupt("bytes follow its end");
    size_t taken = 0;
    const bool is_row = part_ == Part::rows;
    PULIH_TRY(is_row ? ParseRow(rest, taken) : ParseHeader(rest, taken));
    if (taken == 0) return OkStatus();
    if (is_row && part_ == Part::rows) PULIH_TRY(each(row_));
    used += taken;
  }
}

Status CopyParser::Feed(ByteView bytes, const std::function<Status(const CopyRow&)>& each) {
  size_t used = 0;
  // Completes what is held with as little of `bytes` as it takes, so that the rest is not copied.
  while (!held_.empty() && !bytes.empty()) {
    const size_t missing = std::min(needed_ - held_.size(), bytes.size());
    Append(held_, bytes.first(missing));
    bytes = bytes.subspan(missing);
    if (held_.size() < needed_) return OkStatus();
    PULIH_TRY(Parse(held_, used, each));
    if (used == 0) continue;
    PULIH_CHECK(used == held_.size());
    if (held_.capacity() > (1u << 20)) held_ = Bytes();
    held_.clear();
    break;
  }
  if (!held_.empty()) return OkStatus();
  PULIH_TRY(Parse(bytes, used, each));
  Append(held_, bytes.subspan(used));
  return OkStatus();
}

Status CopyParser::Finish() const {
  if (part_ != Part::behind) return Corrupt("it is cut short");
  return OkStatus();
}

void AppendCopyHeader(Bytes& out) {
  Append(out, AsBytes(kSignature));
  AppendBe(uint32_t{0}, out);
  AppendBe(uint32_t{0}, out);
}

Status AppendCopyRow(const CopyRow& row, Bytes& out) {
  uint64_t size = sizeof(int16_t);
  for (const std::optional<ByteView>& column : row) size += sizeof(int32_t) + (column ? column->size() : 0);
  if (size > kMaxCopyRow) return Status(Code::too_large, "writing a row: it is longer than 1 GiB");
  AppendBe(static_cast<int16_t>(row.size()), out);
  for (const std::optional<ByteView>& column : row) {
    AppendBe(column ? static_cast<int32_t>(column->size()) : kNull, out);
    if (column) Append(out, *column);
  }
  return OkStatus();
}

void AppendCopyTrailer(Bytes& out) { AppendBe(kTrailer, out); }

}  // namespace pulih
