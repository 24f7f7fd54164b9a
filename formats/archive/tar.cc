#include "formats/archive/tar.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace pulih {
namespace {

// Fields of a header: offset and size.
struct Field {
  size_t at, size;
};
constexpr Field kName = {0, 100}, kSize = {124, 12}, kMtime = {136, 12}, kChecksum = {148, 8}, kType = {156, 1};
constexpr Field kMagic = {257, 5}, kPrefix = {345, 155};

// Names and pax records beyond this are nobody's.
constexpr uint64_t kLongestExtra = 1u << 20;

std::string_view Raw(ByteView block, Field field) { return AsText(block.subspan(field.at, field.size)); }

std::string Text(ByteView block, Field field) {
  const std::string_view raw = Raw(block, field);
  return std::string(raw.substr(0, raw.find('\0')));
}

// Octal between blanks; or, with the highest bit set, a big-endian number (GNU).
std::optional<uint64_t> Number(ByteView block, Field field) {
  const std::string_view raw = Raw(block, field);
  uint64_t value = 0;
  if ((static_cast<uint8_t>(raw[0]) & 0x80) != 0) {
    for (size_t i = 0; i < raw.size(); ++i) {
      const auto byte = static_cast<uint8_t>(i == 0 ? raw[i] & 0x3f : raw[i]);
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | byte;
    }
    return value;
  }
  size_t i = 0;
  while (i < raw.size() && raw[i] == ' ') ++i;
  for (; i < raw.size() && raw[i] >= '0' && raw[i] <= '7'; ++i) value = value * 8 + static_cast<uint64_t>(raw[i] - '0');
  for (; i < raw.size(); ++i)
    if (raw[i] != ' ' && raw[i] != '\0') return std::nullopt;
  return value;
}

bool AllZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

uint64_t Blocks(uint64_t size) { return size / kTarBlock * kTarBlock + (size % kTarBlock != 0 ? kTarBlock : 0); }

struct Extra {
  std::optional<std::string> name;
  std::optional<uint64_t> size;
  uint64_t header = 0;
  bool present = false;
};

// Records "<length> <key>=<value>\n". What does not parse ends them.
void ReadPax(std::string_view records, Extra& extra) {
  while (!records.empty()) {
    size_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    const auto digits = static_cast<size_t>(end - records.data());
    if (error != std::errc() || length <= digits + 1 || length > records.size() || *end != ' ') return;
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    const size_t equals = record.find('=');
    if (records[length - 1] != '\n' || equals == std::string_view::npos) return;
    const std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
    if (key == "path") extra.name = std::string(value);
    if (key == "size") {
      uint64_t size = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), size);
      if (parsed.ec == std::errc() && parsed.ptr == value.data() + value.size()) extra.size = size;
    }
    records.remove_prefix(length);
  }
}

class Lister {
 public:
  Lister(ByteView bytes, size_t most) : bytes_(bytes), most_(most) {}

  TarList Run() {
    while (at_ + kTarBlock <= bytes_.size() && list_.members.size() < most_ && !list_.ended) Block();
    // Behind the end there is padding, and at times another archive (tar --append does not, cat does).
    while (at_ + kTarBlock <= bytes_.size() && list_.members.size() < most_) {
      if (IsTarHeader(Here())) Block();
      else Skip();
    }
    if (at_ < bytes_.size() && !AllZero(bytes_.subspan(at_))) Damage(at_, bytes_.size() - at_);
    return std::move(list_);
  }

 private:
  ByteView Here() const { return bytes_.subspan(at_, kTarBlock); }

  void Block() {
    if (IsTarHeader(Here())) {
      zeros_ = 0;
      Header();
      return;
    }
    if (AllZero(Here())) {
      if (++zeros_ == 2) list_.ended = true;
      at_ += kTarBlock;
      return;
    }
    Skip();
  }

  void Skip() {
    if (!AllZero(Here())) Damage(at_, kTarBlock);
    at_ += kTarBlock;
  }

  void Damage(uint64_t begin, uint64_t size) {
    in_sequence_ = false;
    extra_ = {};
    if (!list_.damaged.empty() && list_.damaged.back().begin + list_.damaged.back().size == begin) {
      list_.damaged.back().size += size;
    } else {
      list_.damaged.push_back({begin, size});
    }
  }

  void Header() {
    const ByteView block = Here();
    const char type = Raw(block, kType)[0];
    const uint64_t size = *Number(block, kSize);
    const uint64_t content = at_ + kTarBlock;
    const uint64_t left = bytes_.size() - content;
    if (type == 'L' || type == 'x' || type == 'g' || type == 'K') {
      const ByteView text = bytes_.subspan(content, std::min({size, left, kLongestExtra}));
      if (!extra_.present) extra_.header = at_;
      extra_.present = true;
      if (type == 'L') extra_.name = Text(text, {0, text.size()});
      if (type == 'x') ReadPax(AsText(text), extra_);
      at_ = content + std::min(left, Blocks(size));
      return;
    }
    Member(block, type, content);
  }

  void Member(ByteView block, char type, uint64_t content) {
    TarMember member;
    member.type = type == '\0' ? '0' : type;
    member.name = Text(block, kName);
    if (Raw(block, kMagic) == "ustar")
      if (const std::string prefix = Text(block, kPrefix); !prefix.empty() && block[kMagic.at + 5] == 0)
        member.name = prefix + "/" + member.name;
    if (extra_.name) member.name = *extra_.name;
    member.header = extra_.present ? extra_.header : at_;
    member.begin = content;
    // A link or a directory may state a size and has no content.
    const bool has_content = type == '0' || type == '\0' || type == '7' || type == 'S';
    member.stated_size = !has_content ? 0 : extra_.size ? *extra_.size : *Number(block, kSize);
    member.mtime = static_cast<int64_t>(Number(block, kMtime).value_or(0));
    member.in_sequence = in_sequence_;
    member.size = ContentSize(content, member.stated_size);
    at_ = content + std::min<uint64_t>(bytes_.size() - content, Blocks(member.size));
    in_sequence_ = member.size == member.stated_size;
    extra_ = {};
    list_.members.push_back(std::move(member));
  }

  // What stands of a content: up to the next header, where the place that the size leads to is none.
  uint64_t ContentSize(uint64_t content, uint64_t stated) const {
    const uint64_t left = bytes_.size() - content;
    if (stated <= left) {
      const ByteView rest = bytes_.subspan(content + std::min(left, Blocks(stated)));
      if (rest.size() < kTarBlock || IsTarHeader(rest.first(kTarBlock)) || AllZero(rest.first(kTarBlock))) return stated;
    }
    const uint64_t end = std::min(stated, left);
    for (uint64_t at = 0; at < end && at + kTarBlock <= left; at += kTarBlock)
      if (IsTarHeader(bytes_.subspan(content + at, kTarBlock))) return at;
    return end;
  }

  ByteView bytes_;
  size_t most_;
  uint64_t at_ = 0;
  int zeros_ = 0;
  bool in_sequence_ = true;
  Extra extra_;
  TarList list_;
};

}  // namespace

bool IsTarHeader(ByteView block) {
  if (block.size() < kTarBlock || block[0] == 0) return false;
  block = block.first(kTarBlock);
  const auto stated = Number(block, kChecksum);
  if (!stated || *stated == 0 || !Number(block, kSize)) return false;
  // The sum counts the checksum's own field as blanks. Some old programs summed signed bytes.
  int64_t sum = 0, signed_sum = 0;
  for (size_t i = 0; i < kTarBlock; ++i) {
    const bool own = i >= kChecksum.at && i < kChecksum.at + kChecksum.size;
    sum += own ? ' ' : block[i];
    signed_sum += own ? ' ' : static_cast<int8_t>(block[i]);
  }
  return static_cast<int64_t>(*stated) == sum || static_cast<int64_t>(*stated) == signed_sum;
}

TarList ListTar(ByteView bytes, size_t most_members) { return Lister(bytes, most_members).Run(); }

}  // namespace pulih
