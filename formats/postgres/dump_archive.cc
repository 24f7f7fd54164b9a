#include "formats/postgres/dump_archive.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "formats/postgres/words.h"

namespace pulih {

namespace {

constexpr uint8_t kOldestMinor = 10, kNewestMinor = 16;
constexpr uint8_t kCustom = 1;
// What a string in a table of contents can be long; a function's body, say.
constexpr int64_t kMaxString = 256 << 20;
// How far behind damage another entry is looked for: contents are a few kilobytes for each table. Bytes of what looked
// like an entry and was none count: they were read in vain.
constexpr uint64_t kMaxSearch = 64u << 20;

// Ints and strings in the archive's way. A failure sticks.
class ArchiveReader {
 public:
  ArchiveReader(ByteView bytes, const ArchiveHead& head, uint64_t at) : bytes_(bytes), head_(head), at_(at) {}

  bool failed() const { return failed_; }
  uint64_t at() const { return at_; }
  void Fail() { failed_ = true; }

  uint8_t Byte() {
    if (failed_ || at_ >= bytes_.size()) return Failed();
    return bytes_[at_++];
  }
  int64_t Int() {
    const uint8_t sign = Byte();
    if (sign > 1) return Failed();
    const auto value = static_cast<int64_t>(Unsigned(head_.int_size) & 0x7fffffff'ffffffff);
    return sign == 1 ? -value : value;
  }
  uint64_t Unsigned(unsigned size) {
    uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
      const uint64_t byte = Byte();
      if (i < 8) value |= byte << (8 * i);
    }
    return failed_ ? 0 : value;
  }
  // NULL is nullopt.
  std::optional<std::string> Text() {
    const int64_t length = Int();
    if (failed_ || length < 0) {
      if (length < -1) Fail();
      return std::nullopt;
    }
    if (length > kMaxString || static_cast<uint64_t>(length) > bytes_.size() - at_) {
      Fail();
      return std::nullopt;
    }
    std::string text = ToText(bytes_.subspan(at_, static_cast<size_t>(length)));
    at_ += static_cast<uint64_t>(length);
    return text;
  }
  std::string TextOrEmpty() { return Text().value_or(std::string()); }

 private:
  uint8_t Failed() {
    failed_ = true;
    return 0;
  }
  ByteView bytes_;
  const ArchiveHead& head_;
  uint64_t at_;
  bool failed_ = false;
};

bool ReadHead(ByteView bytes, ArchiveHead& head, uint64_t& end) {
  if (!IsArchive(bytes) || bytes.size() < 11) return false;
  ArchiveReader in(bytes, head, 5);
  head.major = in.Byte();
  head.minor = in.Byte();
  head.revision = in.Byte();
  head.int_size = in.Byte();
  head.offset_size = in.Byte();
  head.format = in.Byte();
  if (head.int_size == 0 || head.int_size > 8 || head.offset_size == 0 || head.offset_size > 16) return false;
  if (head.minor >= 15) {
    const uint8_t algorithm = in.Byte();
    if (algorithm > 3) return false;
    head.compression = static_cast<DumpCompression>(algorithm);
  } else {
    head.level = static_cast<int32_t>(in.Int());
    head.compression = head.level == 0 ? DumpCompression::none : DumpCompression::gzip;
  }
  for (int32_t& part : head.when) part = static_cast<int32_t>(in.Int());
  head.database = in.TextOrEmpty();
  head.server_version = in.TextOrEmpty();
  head.dump_version = in.TextOrEmpty();
  const int64_t count = in.Int();
  if (in.failed() || count < 0) return false;
  head.entry_count = static_cast<uint64_t>(count);
  end = in.at();
  return true;
}

bool IsNumber(const std::optional<std::string>& text) {
  return !text || (text->size() <= 10 && std::all_of(text->begin(), text->end(), IsDigit));
}

// "TABLE DATA", "FK CONSTRAINT", "ENCODING".
bool IsDesc(const std::string& text) {
  return !text.empty() && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == ' ' || c == '_'; });
}

// However the reading ends: how far it went.
struct EndNote {
  const ArchiveReader& in;
  ArchiveEntry& entry;
  ~EndNote() { entry.end = in.at(); }
};

// One entry by the layout of 1.`minor`; false when what stands there is none.
bool ReadEntry(ByteView bytes, const ArchiveHead& head, uint8_t minor, uint64_t at, ArchiveEntry& entry) {
  ArchiveReader in(bytes, head, at);
  entry = {};
  entry.begin = at;
  const EndNote note{in, entry};
  const int64_t id = in.Int();
  const int64_t has_data = in.Int();
  if (in.failed() || id <= 0 || id > INT32_MAX || has_data < 0 || has_data > 1) return false;
  entry.dump_id = static_cast<int32_t>(id);
  entry.has_data = has_data == 1;
  if (!IsNumber(in.Text()) || !IsNumber(in.Text()) || in.failed()) return false;
  entry.tag = in.TextOrEmpty();
  entry.desc = in.TextOrEmpty();
  if (in.failed() || !IsDesc(entry.desc)) return false;
  if (minor >= 11) {
    const int64_t section = in.Int();
    if (section < 0 || section > 8) return false;
  }
  entry.definition = in.TextOrEmpty();
  in.Text();  // DROP
  entry.copy_statement = in.TextOrEmpty();
  entry.schema = in.TextOrEmpty();
  in.Text();  // tablespace
  if (minor >= 14) in.Text();
  if (minor >= 16) {
    const int64_t kind = in.Int();
    if (kind < 0 || kind > 127) return false;
  }
  entry.owner = in.TextOrEmpty();
  const auto with_oids = in.Text();
  if (in.failed() || (with_oids && *with_oids != "true" && *with_oids != "false")) return false;
  entry.with_oids = with_oids == "true";
  for (;;) {
    const auto dependency = in.Text();
    if (!dependency) break;
    if (!IsNumber(dependency)) return false;
  }
  if (head.format == kCustom) {
    entry.offset_state = in.Byte();
    entry.offset = in.Unsigned(head.offset_size);
    if (entry.offset_state < 1 || entry.offset_state > 3) return false;
  } else {
    entry.file = in.TextOrEmpty();
    if (entry.file.size() > 255 || entry.file.find('/') != std::string::npos) return false;
  }
  return !in.failed();
}

// Entries from `at` on, one behind the other.
uint64_t ReadRun(ByteView bytes, const ArchiveHead& head, uint8_t minor, uint64_t at, uint64_t most,
                 std::vector<ArchiveEntry>& entries) {
  ArchiveEntry entry;
  for (uint64_t n = 0; n < most && ReadEntry(bytes, head, minor, at, entry); ++n) {
    at = entry.end;
    entries.push_back(std::move(entry));
  }
  return at;
}

// Whether the bytes at `at` look like the beginning of an entry; a cheap question, asked at every place.
bool MayBeEntry(ByteView bytes, const ArchiveHead& head, uint64_t at) {
  if (head.int_size != 4 || bytes.size() - at < 16) return false;
  const uint8_t* p = bytes.data() + at;
  const bool id = p[0] == 0 && (p[1] | p[2] | p[3] | p[4]) != 0 && p[4] < 0x80;
  const bool has_data = p[5] == 0 && p[6] <= 1 && p[7] == 0 && p[8] == 0 && p[9] == 0;
  const bool oid = (p[10] == 0 && p[11] <= 10 && p[12] == 0 && p[13] == 0 && p[14] == 0) || (p[10] == 1 && p[11] == 1);
  return id && has_data && oid;
}

// The layout under which most entries can be read: as the head says, as a rule.
uint8_t BestMinor(ByteView bytes, const ArchiveHead& head, uint64_t at) {
  const uint8_t said = std::clamp(head.minor, kOldestMinor, kNewestMinor);
  constexpr uint64_t kTried = 50;
  std::vector<ArchiveEntry> entries;
  ReadRun(bytes, head, said, at, kTried, entries);
  if (entries.size() >= std::min(kTried, head.entry_count)) return said;
  uint8_t best = said;
  size_t most = entries.size();
  for (uint8_t minor = kNewestMinor; minor >= kOldestMinor; --minor) {
    entries.clear();
    ReadRun(bytes, head, minor, at, kTried, entries);
    if (entries.size() > most) {
      most = entries.size();
      best = minor;
    }
  }
  return best;
}

// A string with its length before it, at `at`.
std::optional<std::string_view> StringAt(ByteView bytes, const ArchiveHead& head, uint64_t at) {
  if (at < head.int_size + 1u) return std::nullopt;
  ArchiveReader in(bytes, head, at - head.int_size - 1u);
  const int64_t length = in.Int();
  if (in.failed() || length <= 0 || static_cast<uint64_t>(length) > bytes.size() - at) return std::nullopt;
  return AsText(bytes.subspan(at, static_cast<size_t>(length)));
}

// Statements in a damaged stretch, of entries that cannot be read any more.
void FindStatements(ByteView bytes, const ArchiveHead& head, const ByteStretch& in, std::vector<ArchiveEntry>& entries) {
  const std::string_view text = AsText(bytes).substr(0, in.end);
  const auto each = [&](std::string_view begins, std::string_view ends, bool is_copy) {
    for (size_t at = text.find(begins, in.begin); at != std::string_view::npos;) {
      const auto found = StringAt(bytes, head, at);
      const bool taken = found && found->ends_with(ends);
      if (taken) {
        ArchiveEntry entry;
        entry.desc = is_copy ? "TABLE DATA" : "TABLE";
        entry.begin = at;
        entry.end = at + found->size();
        (is_copy ? entry.copy_statement : entry.definition) = *found;
        entries.push_back(std::move(entry));
      }
      at = text.find(begins, at + (taken ? found->size() : 1));
    }
  };
  each("COPY ", " FROM stdin;\n", true);
  each("CREATE TABLE ", ";\n", false);
}

// A data block begins here: 01, a dump id, the length of the first chunk. Contents end before it.
bool BeginsData(ByteView bytes, uint64_t at) {
  if (bytes.size() - at < 12) return false;
  const uint8_t* p = bytes.data() + at;
  return p[0] == 1 && p[1] == 0 && p[6] == 0 && p[7] == 0 && p[8] == 0x10 && p[9] == 0 && p[10] == 0 && p[11] == 0x78;
}

}  // namespace

const ArchiveEntry* ArchiveToc::Find(int32_t dump_id) const {
  for (const ArchiveEntry& entry : entries) {
    if (entry.dump_id == dump_id && dump_id != 0) return &entry;
  }
  return nullptr;
}

bool IsArchive(ByteView bytes) { return bytes.size() >= 5 && std::memcmp(bytes.data(), "PGDMP", 5) == 0; }

ArchiveToc ReadArchiveToc(ByteView bytes, bool custom) {
  ArchiveToc toc;
  uint64_t at = 0;
  toc.head_read = ReadHead(bytes, toc.head, at);
  if (!toc.head_read) {
    toc.head = {};
    toc.head.format = custom ? kCustom : 3;
    at = 0;
  }
  uint64_t left = toc.head_read ? toc.head.entry_count : UINT64_MAX;
  uint8_t minor = BestMinor(bytes, toc.head, at);
  bool tried_all = toc.head_read;
  while (left > 0) {
    const size_t before = toc.entries.size();
    at = ReadRun(bytes, toc.head, minor, at, left, toc.entries);
    left -= std::min<uint64_t>(left, toc.entries.size() - before);
    if (left == 0) break;
    // From here on something is damaged, or the contents are over, or they never began.
    const uint64_t lost = at;
    uint64_t most = std::min<uint64_t>(bytes.size(), at + kMaxSearch);
    bool found = false;
    ArchiveEntry entry;
    for (; at < most && !found; at += found ? 0 : 1) {
      if (custom && BeginsData(bytes, at)) break;
      if (!MayBeEntry(bytes, toc.head, at)) continue;
      // The version stands in the head; without one the first entry that fits any layout tells.
      for (uint8_t m = tried_all ? minor : kNewestMinor; m >= (tried_all ? minor : kOldestMinor) && !found; --m) {
        found = ReadEntry(bytes, toc.head, m, at, entry);
        if (found) minor = m;
        else most -= std::min(most, entry.end - at);
      }
    }
    if (found) tried_all = true;
    const ByteStretch stretch{lost, at};
    if (stretch.end > stretch.begin) {
      toc.damaged.push_back(stretch);
      FindStatements(bytes, toc.head, stretch, toc.entries);
    }
    if (!found) {
      at = lost;
      break;
    }
    left -= left == UINT64_MAX ? 0 : std::min<uint64_t>(left - 1, 1);
    left = std::max<uint64_t>(left, 1);
  }
  toc.complete = toc.head_read && left == 0 && toc.damaged.empty();
  for (const ArchiveEntry& entry : toc.entries) toc.end = std::max(toc.end, entry.end);
  if (toc.end == 0) toc.end = at;
  return toc;
}

}  // namespace pulih
