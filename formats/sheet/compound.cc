#include "formats/sheet/compound.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/endian.h"

namespace pulih::sheet {
namespace {

constexpr uint32_t kLastSector = 0xFFFFFFFA;  // and above: marks, no sectors
constexpr size_t kHeader = 512, kEntry = 128, kNumbersInHeader = 109;

uint16_t Le16(ByteView bytes, size_t at) { return static_cast<uint16_t>(bytes[at] | bytes[at + 1] << 8); }
uint32_t Le32(ByteView bytes, size_t at) { return Le16(bytes, at) | uint32_t{Le16(bytes, at + 2)} << 16; }

class Compound {
 public:
  explicit Compound(ByteView bytes) : bytes_(bytes) {
    sector_ = size_t{1} << std::min<uint16_t>(Le16(bytes, 30), 12);
    small_ = size_t{1} << std::min<uint16_t>(Le16(bytes, 32), 12);
    if (sector_ < 512 || small_ < 16) return;
    ReadTable();
    directory_ = Chain(Le32(bytes, 48), UINT64_MAX);
    FindSmall();
  }

  std::optional<CompoundStream> Find(std::string_view name, uint64_t most) const {
    for (size_t at = 0; at + kEntry <= directory_.size(); at += kEntry) {
      const ByteView entry = ByteView(directory_).subspan(at, kEntry);
      if (entry[66] != 2 || NameOf(entry) != name) continue;
      const uint64_t size = Le32(entry, 120);
      const uint64_t wanted = std::min(size, most);
      CompoundStream stream;
      stream.bytes = size < Le32(bytes_, 56) ? SmallChain(Le32(entry, 116), wanted) : Chain(Le32(entry, 116), wanted);
      stream.whole = stream.bytes.size() == size;
      return stream;
    }
    return std::nullopt;
  }

 private:
  static std::string NameOf(ByteView entry) {
    std::string name;
    const size_t size = std::min<size_t>(Le16(entry, 64), 64);
    for (size_t i = 0; i + 2 < size; i += 2) name.push_back(entry[i + 1] == 0 ? static_cast<char>(entry[i]) : '?');
    return name;
  }

  // What there is of a sector.
  ByteView Sector(uint32_t number) const {
    const uint64_t at = (uint64_t{number} + 1) * sector_;
    if (at >= bytes_.size()) return {};
    return bytes_.subspan(static_cast<size_t>(at), std::min<size_t>(sector_, bytes_.size() - static_cast<size_t>(at)));
  }

  void AddTable(uint32_t number) {
    const ByteView sector = Sector(number);
    for (size_t at = 0; at + 4 <= sector.size(); at += 4) next_.push_back(Le32(sector, at));
    if (sector.size() < sector_) next_.resize(next_.size() + (sector_ - sector.size()) / 4, kLastSector);
  }

  // The table says for each sector which one follows it.
  void ReadTable() {
    const size_t most = bytes_.size() / sector_ + 1;
    for (size_t i = 0; i < kNumbersInHeader; ++i) {
      const uint32_t number = Le32(bytes_, 76 + i * 4);
      if (number < kLastSector && next_.size() < most + sector_) AddTable(number);
    }
    uint32_t more = Le32(bytes_, 68);
    for (size_t i = 0; i < most && more < kLastSector; ++i) {
      const ByteView sector = Sector(more);
      if (sector.size() < sector_) return;
      for (size_t at = 0; at + 8 <= sector_; at += 4) {
        const uint32_t number = Le32(sector, at);
        if (number < kLastSector && next_.size() < most + sector_) AddTable(number);
      }
      more = Le32(sector, sector_ - 4);
    }
  }

  Bytes Chain(uint32_t from, uint64_t most) const {
    Bytes out;
    // A chain that comes back to itself ends when it is longer than the file.
    for (size_t i = 0; i <= bytes_.size() / sector_ && from < kLastSector && out.size() < most; ++i) {
      const ByteView sector = Sector(from);
      if (sector.empty()) break;
      Append(out, sector.first(static_cast<size_t>(std::min<uint64_t>(sector.size(), most - out.size()))));
      if (sector.size() < sector_ || from >= next_.size()) break;
      from = next_[from];
    }
    return out;
  }

  // Small streams lie in the root's stream, in sectors of their own with a table of their own.
  void FindSmall() {
    if (directory_.size() < kEntry) return;
    small_bytes_ = Chain(Le32(directory_, 116), Le32(directory_, 120));
    const Bytes table = Chain(Le32(bytes_, 60), UINT64_MAX);
    for (size_t at = 0; at + 4 <= table.size(); at += 4) small_next_.push_back(Le32(table, at));
  }

  Bytes SmallChain(uint32_t from, uint64_t most) const {
    Bytes out;
    for (size_t i = 0; i <= small_bytes_.size() / small_ && from < kLastSector && out.size() < most; ++i) {
      const uint64_t at = uint64_t{from} * small_;
      if (at >= small_bytes_.size()) break;
      const size_t there = static_cast<size_t>(std::min<uint64_t>({small_, small_bytes_.size() - at, most - out.size()}));
      Append(out, ByteView(small_bytes_).subspan(static_cast<size_t>(at), there));
      if (from >= small_next_.size()) break;
      from = small_next_[from];
    }
    return out;
  }

  const ByteView bytes_;
  size_t sector_ = 512, small_ = 64;
  std::vector<uint32_t> next_, small_next_;
  Bytes directory_, small_bytes_;
};

}  // namespace

bool IsCompoundHead(ByteView bytes) { return bytes.size() >= 8 && AsText(bytes.first(8)) == std::string_view("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8); }

std::optional<CompoundStream> ReadCompoundStream(ByteView bytes, std::string_view name, uint64_t most) {
  if (!IsCompoundHead(bytes) || bytes.size() < kHeader) return std::nullopt;
  return Compound(bytes).Find(name, most);
}

}  // namespace pulih::sheet
