#include "formats/postgres/wal_record.h"

#include <algorithm>
#include <array>
#include <optional>

#include "engine/base/byte_reader.h"
#include "engine/base/check.h"
#include "engine/base/crc32c.h"
#include "formats/postgres/toast.h"

namespace pulih {
namespace {

constexpr size_t kHeader = 24, kLegacyHeader = 32;
constexpr size_t kAlign = 8;
constexpr size_t kMaxBlocks = 33;
constexpr PgMajor kOldestReadable = 903, kFirstModern = 905, kFirstNewImages = 1500;
constexpr uint8_t kHighestRmgr = 30;
constexpr uint8_t kFirstCustomRmgr = 128;  // 15

constexpr uint64_t Aligned(uint64_t n) { return (n + kAlign - 1) / kAlign * kAlign; }
bool IsModern(PgMajor major) { return major >= kFirstModern; }
size_t HeaderSize(PgMajor major) { return IsModern(major) ? kHeader : kLegacyHeader; }

Status Bad(const char* why) { return Status(Code::corrupt, std::string("read WAL record: ") + why); }

// The CRC runs over what follows the header, then over the header up to itself.
bool CrcAgrees(PgMajor major, ByteView record) {
  const size_t header = HeaderSize(major), crc_at = header == kHeader ? 20 : 24;
  const auto agrees = [&](auto crc) {
    crc.Update(record.subspan(header));
    crc.Update(record.first(crc_at));
    return crc.Finish() == LoadLe<uint32_t>(record.data() + crc_at);
  };
  return IsModern(major) ? agrees(Crc32c()) : agrees(PgLegacyCrc());
}

Status ReadBlockImage(PgMajor major, ByteReader& in, WalBlock& block, uint32_t& length) {
  length = in.Le16();
  block.has_image = true;
  block.image.hole_offset = in.Le16();
  const uint8_t info = in.U8();
  const bool has_hole = (info & 1) != 0;
  uint8_t method = 0;
  if (major >= kFirstNewImages) {
    block.image.apply = (info & 2) != 0;
    method = (info >> 2) & 7;
  } else {
    method = (info & 2) != 0 ? 1 : 0;
    block.image.apply = major < 1000 || (info & 4) != 0;
  }
  using Method = WalImage::Method;
  switch (method) {
    case 0: block.image.method = Method::plain; break;
    case 1: block.image.method = Method::pglz; break;
    case 2: block.image.method = Method::lz4; break;
    case 4: block.image.method = Method::zstd; break;
    default: return Bad("an image compressed in two ways");
  }
  if (method != 0) {
    block.image.hole_length = has_hole ? in.Le16() : uint16_t{0};
  } else if (length <= kWalPageSize) {
    block.image.hole_length = static_cast<uint16_t>(kWalPageSize - length);
    if (has_hole != (block.image.hole_length != 0)) return Bad("an image whose hole is not as long as it should");
  } else {
    return Bad("an image larger than a page");
  }
  return OkStatus();
}

Status ParseModern(ByteView bytes, WalRecord& record) {
  ByteReader in(bytes);
  in.Le32();
  record.xid = in.Le32();
  record.previous = in.Le64();
  record.info = in.U8();
  record.rmid = in.U8();
  in.Le16();
  in.Le32();
  std::array<uint32_t, kMaxBlocks> image_lengths{}, data_lengths{};
  uint64_t data_left = 0, main_length = 0;
  RelationNode last;
  bool any = false;
  while (!in.failed() && in.remaining() > data_left) {
    const uint8_t id = in.U8();
    if (id == 255 || id == 254) {
      main_length = id == 255 ? in.U8() : in.Le32();
      data_left += main_length;
      break;  // always the last header
    }
    if (id == 253 || id == 252) {  // origin, top-level transaction
      in.Raw(id == 253 ? 2 : 4);
      continue;
    }
    if (id >= kMaxBlocks) return Bad("a block with a number beyond 32");
    const size_t number = record.blocks.size();
    if (number == kMaxBlocks) return Bad("more blocks than there are numbers for them");
    WalBlock block;
    block.id = id;
    const uint8_t flags = in.U8();
    block.fork = flags & 0x0f;
    block.init = (flags & 0x40) != 0;
    data_lengths[number] = in.Le16();
    if ((flags & 0x10) != 0) PULIH_TRY(ReadBlockImage(record.major, in, block, image_lengths[number]));
    if ((flags & 0x80) == 0) {
      last = {in.Le32(), in.Le32(), in.Le32()};
      any = true;
    } else if (!any) {
      return Bad("a block of the same relation as none");
    }
    block.node = last;
    block.block = in.Le32();
    data_left += image_lengths[number] + data_lengths[number];
    record.blocks.push_back(block);
  }
  if (in.failed() || in.remaining() != data_left) return Bad("its parts do not add up to its length");
  for (size_t i = 0; i < record.blocks.size(); ++i) {
    if (record.blocks[i].has_image) record.blocks[i].image.bytes = in.Raw(image_lengths[i]);
    record.blocks[i].data = in.Raw(data_lengths[i]);
  }
  record.main = in.Raw(main_length);
  return in.Finish() ? OkStatus() : Bad("its parts do not add up to its length");
}

Status ParseLegacy(ByteView bytes, WalRecord& record) {
  ByteReader in(bytes);
  in.Le32();
  record.xid = in.Le32();
  const uint32_t length = in.Le32();
  record.info = in.U8();
  record.rmid = in.U8();
  in.Le16();
  record.previous = in.Le64();
  in.Le32();
  in.Le32();
  record.main = in.Raw(length);
  for (unsigned i = 0; i < 4; ++i) {
    if ((record.info & (8u >> i)) == 0) continue;
    WalBlock block;
    block.id = static_cast<uint8_t>(i);
    block.node = {in.Le32(), in.Le32(), in.Le32()};
    const uint32_t fork = in.Le32();
    block.block = in.Le32();
    block.image.hole_offset = in.Le16();
    block.image.hole_length = in.Le16();
    if (fork > 3 || block.image.hole_length > kWalPageSize) return Bad("a backup block that can be none");
    block.fork = static_cast<uint8_t>(fork);
    block.has_image = true;
    block.image.bytes = in.Raw(kWalPageSize - block.image.hole_length);
    record.blocks.push_back(block);
  }
  return in.Finish() ? OkStatus() : Bad("its parts do not add up to its length");
}

// Each record names the one before it: what pairs of neighbours on a page say the page's address is. A byte that flipped
// in an address would else give true records at false places. Nothing when they agree with the address, or say nothing.
std::optional<uint64_t> ImpliedAddress(const WalPage& page) {
  const PgMajor major = page.header.major;
  const size_t header = HeaderSize(major), previous_at = IsModern(major) ? 8 : 16;
  std::vector<std::pair<uint64_t, int>> votes;  // most pages have one that agrees, and are done
  uint64_t at = page.header.size + Aligned(page.header.rem_len);
  while (at + 4 <= page.bytes.size()) {
    const uint32_t total = LoadLe<uint32_t>(page.bytes.data() + at);
    const uint64_t next = at + Aligned(total);
    if (total < header || next + header > page.bytes.size() || LoadLe<uint32_t>(page.bytes.data() + next) < header) break;
    const uint64_t address = LoadLe<uint64_t>(page.bytes.data() + next + previous_at) - at;
    if (address == page.header.address) return std::nullopt;
    const auto known = std::lower_bound(votes.begin(), votes.end(), std::pair(address, 0));
    if (known != votes.end() && known->first == address) ++known->second;
    else votes.insert(known, {address, 1});
    at = next;
  }
  if (votes.empty()) return std::nullopt;
  const auto most = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most->first % kWalPageSize == 0 ? std::optional(most->first) : std::nullopt;
}

// One walk over all pages.
class Walker {
 public:
  Walker(const WalPages& pages, WalSink& sink) : pages_(pages), sink_(sink) {}

  Status Run() {
    return pages_.ForEach([this](const WalPage& page) { return Page(page); });
  }

 private:
  enum class Outcome : uint8_t { proven, wrong, no_page, empty };

  Status Page(const WalPage& page) {
    const WalPageHeader& header = page.header;
    uint64_t at = header.size + Aligned(header.rem_len);
    while (at + 4 <= page.bytes.size()) {
      const Outcome outcome = Assemble(page, at);
      if (outcome == Outcome::empty) break;
      if (outcome == Outcome::proven) {
        PULIH_TRY(Emit(page, at));
        at = NextOnPage(at);
        continue;
      }
      const uint64_t resumed = Resume(page, at);
      PULIH_TRY(Lose(page, at, std::min<uint64_t>(resumed, page.bytes.size()), outcome == Outcome::no_page));
      at = resumed;
    }
    return OkStatus();
  }

  // Where the record behind the one that was put together begins, if on this page; else behind the page.
  uint64_t NextOnPage(uint64_t at) const { return at + Aligned(total_); }

  // Behind a record that is not proven.
  uint64_t Resume(const WalPage& page, uint64_t at) {
    const uint64_t lsn = page.header.address + at;
    const uint64_t behind = at + Aligned(std::max<uint64_t>(total_, HeaderSize(page.header.major)));
    if (behind + 4 <= page.bytes.size() && Assemble(page, behind) == Outcome::proven && Previous(page) == lsn) return behind;
    // What follows names the record that failed, or one behind it: bytes that only look like a record (a log kept in a
    // table) do not.
    for (uint64_t next = at + kAlign; next + 4 <= page.bytes.size(); next += kAlign) {
      if (Assemble(page, next) != Outcome::proven) continue;
      if (Previous(page) >= lsn && Previous(page) < page.header.address + next) return next;
    }
    return page.bytes.size();
  }

  uint64_t Previous(const WalPage& page) const {
    return LoadLe<uint64_t>(record_.data() + (IsModern(page.header.major) ? 8 : 16));
  }

  // Collects the record at `at` of the page into record_ and asks its CRC.
  Outcome Assemble(const WalPage& page, uint64_t at) {
    record_ = {};
    joined_.clear();
    places_.clear();
    const PgMajor major = page.header.major;
    total_ = LoadLe<uint32_t>(page.bytes.data() + at);
    const size_t header = HeaderSize(major);
    if (total_ == 0) return Outcome::empty;
    if (total_ < header || total_ > kMaxWalRecord) return Outcome::wrong;
    if (total_ <= page.bytes.size() - at) {
      // All of it is on this page, as most are: no copy.
      record_ = page.bytes.subspan(at, total_);
      places_.push_back({page.file, page.offset + at, total_});
      if (!HeaderPlausible(major, page.header.address)) return Outcome::wrong;
      return CrcAgrees(major, record_) ? Outcome::proven : Outcome::wrong;
    }
    WalPage from = page;
    for (;;) {
      const uint64_t n = std::min<uint64_t>(total_ - joined_.size(), from.bytes.size() - at);
      Append(joined_, from.bytes.subspan(at, n));
      record_ = joined_;
      places_.push_back({from.file, from.offset + at, n});
      // A header that can be none ends it before many pages are gone through.
      if (record_.size() >= header && !HeaderPlausible(major, page.header.address)) return Outcome::wrong;
      if (record_.size() == total_) break;
      const std::optional<WalPage> next = pages_.Find(from.header.address + kWalPageSize);
      if (!next || next->bytes.size() <= next->header.size) return Outcome::no_page;
      if (next->header.major != major || next->header.rem_len != total_ - record_.size()) return Outcome::no_page;
      from = *next;
      at = next->header.size;
    }
    return CrcAgrees(major, record_) ? Outcome::proven : Outcome::wrong;
  }

  bool HeaderPlausible(PgMajor major, uint64_t lsn) const {
    const uint8_t rmid = record_[IsModern(major) ? 17 : 13];
    const uint64_t previous = LoadLe<uint64_t>(record_.data() + (IsModern(major) ? 8 : 16));
    return (rmid <= kHighestRmgr || rmid >= kFirstCustomRmgr) && previous <= lsn + kMaxWalRecord;
  }

  Status Emit(const WalPage& page, uint64_t at) {
    told_.lsn = page.header.address + at;
    told_.places = places_;
    // The CRC agrees: what does not parse is of a form unknown here.
    if (!ParseWalRecord(page.header.major, record_, told_).ok()) return sink_.Loss({told_.lsn, places_.front(), false});
    return sink_.Record(told_);
  }

  Status Lose(const WalPage& page, uint64_t from, uint64_t to, bool missing_page) {
    return sink_.Loss({page.header.address + from, {page.file, page.offset + from, to - from}, missing_page});
  }

  const WalPages& pages_;
  WalSink& sink_;
  ByteView record_;  // on a page, or joined_
  Bytes joined_;
  WalRecord told_;   // its lists keep their memory from record to record
  std::vector<WalPlace> places_;
  uint64_t total_ = 0;
};

}  // namespace

Status ParseWalRecord(PgMajor major, ByteView bytes, WalRecord& record) {
  record.major = major;
  record.blocks.clear();
  if (bytes.size() < HeaderSize(major) || LoadLe<uint32_t>(bytes.data()) != bytes.size()) return Bad("its length is not its own");
  return IsModern(major) ? ParseModern(bytes, record) : ParseLegacy(bytes, record);
}

// A place that is taken by a page that says so itself stays taken.
WalPages PlacePages(const WalPages& pages, const std::function<void(const WalPage&)>& seen) {
  WalPages placed;
  std::vector<WalPage> moved;
  const Status status = pages.ForEach([&](const WalPage& page) {
    if (page.header.major >= kOldestReadable) {
      if (const auto implied = ImpliedAddress(page)) {
        moved.push_back(page);
        moved.back().header.address = *implied;
      } else {
        placed.Add(page);
      }
    }
    if (seen) seen(page);
    return OkStatus();
  });
  PULIH_CHECK(status.ok());
  for (const WalPage& page : moved)
    if (!placed.Find(page.header.address)) placed.Add(page);
  return placed;
}

Status ReadPlacedWal(const WalPages& placed, WalSink& sink) { return Walker(placed, sink).Run(); }

Status ReadWal(const WalPages& pages, WalSink& sink) { return ReadPlacedWal(PlacePages(pages, {}), sink); }

Result<Bytes> RestoreImage(const WalImage& image) {
  const size_t size = kWalPageSize - std::min<size_t>(kWalPageSize, image.hole_length);
  if (size_t{image.hole_offset} + image.hole_length > kWalPageSize) return Bad("an image whose hole leaves the page");
  Bytes restored;
  switch (image.method) {
    case WalImage::Method::plain: restored = ToBytes(image.bytes); break;
    case WalImage::Method::pglz:
    case WalImage::Method::lz4: {
      const auto raw = static_cast<uint32_t>(size);
      Detoasted page = image.method == WalImage::Method::pglz ? DecompressPglz(image.bytes, raw) : DecompressLz4(image.bytes, raw);
      if (page.cut) return Bad("an image that does not decompress");
      restored = std::move(page.bytes);
      break;
    }
    default: return Status(Code::unsupported, "restore page image: compressed with zstd");
  }
  if (restored.size() != size) return Bad("an image that is not as long as a page");
  restored.insert(restored.begin() + image.hole_offset, image.hole_length, uint8_t{0});
  return restored;
}

}  // namespace pulih
