#include "engine/recover/nested.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "engine/recover/extract_dump.h"
#include "engine/recover/extract_source.h"
#include "engine/recover/extractors.h"
#include "engine/recover/gather_units.h"
#include "engine/recover/unpacked_file.h"
#include "formats/archive/tar.h"
#include "formats/postgres/ddl.h"

namespace pulih {
namespace {

constexpr size_t kHead = 64u << 10;

Identity IdentityOf(ByteView bytes) { return IdentifyFile(bytes.first(std::min(bytes.size(), kHead)), bytes.size()); }

// From the bytes of an inner file back to those of the file that was added.
class WayBack {
 public:
  virtual ~WayBack() = default;
  virtual void Append(const ByteRange& inner, std::vector<ByteRange>& outer) const = 0;
  virtual SegmentTrust TrustOf(const ByteRange&) const { return SegmentTrust::exact; }
};

class TarWay final : public WayBack {
 public:
  std::vector<uint64_t> begins;  // of the unit's files in the archive
  void Append(const ByteRange& inner, std::vector<ByteRange>& outer) const override {
    if (inner.file < begins.size()) outer.push_back({0, begins[inner.file] + inner.offset, inner.length});
  }
};

class UnpackedWay final : public WayBack {
 public:
  explicit UnpackedWay(const UnpackedFile& of) : of_(of) {}
  void Append(const ByteRange& inner, std::vector<ByteRange>& outer) const override { of_.AppendOuter(inner.offset, inner.length, outer); }
  SegmentTrust TrustOf(const ByteRange& inner) const override { return of_.TrustOf(inner.offset, inner.length); }

 private:
  const UnpackedFile& of_;
};

// Passes on what an inner extractor tells, in terms of the outer file.
class OuterSink final : public ExtractSink {
 public:
  OuterSink(const WayBack& way, std::string path, ExtractSink& sink) : way_(way), path_(std::move(path)), sink_(sink) {}

  Status Row(const RowClaim& inner) override {
    RowClaim claim = inner;
    claim.bytes.clear();
    SegmentTrust least = SegmentTrust::proven;
    for (const ByteRange& range : inner.bytes) {
      way_.Append(range, claim.bytes);
      least = std::max(least, way_.TrustOf(range));
    }
    if (least == SegmentTrust::proven && claim.grade == Grade::b && !inner.bytes.empty()) claim.grade = Grade::a;
    if (least > SegmentTrust::exact && (claim.grade == Grade::b || claim.grade == Grade::c)) claim.grade = Grade::d;
    claim.path = PathOf(inner.path);
    return sink_.Row(claim);
  }
  Status Key(const RowClaim& inner) override {
    RowClaim claim = inner;
    claim.bytes.clear();
    for (const ByteRange& range : inner.bytes) {
      // Bytes that are not certain name nobody.
      if (way_.TrustOf(range) > SegmentTrust::exact) return OkStatus();
      way_.Append(range, claim.bytes);
    }
    claim.path = PathOf(inner.path);
    return sink_.Key(claim);
  }
  Status Tender(const tender::TenderClaim& inner) override {
    tender::TenderClaim claim = inner;
    std::vector<ByteRange> ranges;
    const ByteRange range{inner.file, inner.offset, inner.length};
    way_.Append(range, ranges);
    claim.file = 0;
    claim.offset = ranges.empty() ? 0 : ranges.front().offset;
    claim.length = ranges.empty() ? 0 : ranges.back().offset + ranges.back().length - claim.offset;
    if (way_.TrustOf(range) > SegmentTrust::exact) claim.grade = static_cast<uint8_t>(Grade::d);
    claim.path = PathOf(inner.path);
    return sink_.Tender(claim);
  }
  Status Range(const RangeNote& inner) override {
    // What was read of compressed bytes is told already.
    std::vector<ByteRange> ranges;
    way_.Append(inner.range, ranges);
    for (const ByteRange& range : ranges) PULIH_TRY(sink_.Range({range, inner.fate, PathOf(inner.what)}));
    return OkStatus();
  }
  Status Remark(const std::string& text) override { return sink_.Remark(PathOf(text)); }

 private:
  std::string PathOf(const std::string& inner) const { return path_.empty() ? inner : inner.empty() ? path_ : path_ + " » " + inner; }

  const WayBack& way_;
  const std::string path_;
  ExtractSink& sink_;
};

struct Inner {
  std::unique_ptr<Extractor> extractor;
  std::vector<UnitFile> files;
  const WayBack* way = nullptr;
  std::string path;  // inside the outer file
};

std::unique_ptr<Extractor> NestedAt(FileKind kind, unsigned depth, uint64_t room);

// The extractor of something inside something else; null: nothing here reads it.
std::unique_ptr<Extractor> ExtractorOf(UnitKind unit, FileKind kind, unsigned depth, uint64_t room) {
  if (unit == UnitKind::file && MayBeNested(kind)) return depth < kMostNesting ? NestedAt(kind, depth + 1, room) : nullptr;
  Evidence evidence;
  evidence.unit = unit;
  evidence.kind = kind;
  return ChooseExtractor(evidence);
}

// --- tar ---------------------------------------------------------------------------------------------------------------

class TarContent {
 public:
  explicit TarContent(ByteView bytes) : bytes_(bytes), list_(ListTar(bytes)) {
    std::map<std::string, Identity> files;
    for (size_t i = 0; i < list_.members.size(); ++i) {
      const TarMember& member = list_.members[i];
      if (!IsFile(member)) continue;
      // Two members of one name are two files.
      std::string path = PathOf(member.name);
      while (members_.contains(path)) path += "'";
      members_[path] = i;
      files[path] = IdentityOf(bytes_.subspan(member.begin, member.size));
    }
    units_ = GatherUnits(std::move(files));
  }

  // A dump of the form tar or directory, whatever else lies beside it.
  bool IsOneDump() const {
    std::set<std::string> dumps;
    bool others = false;
    for (const FoundUnit& unit : units_) {
      if (unit.unit == UnitKind::directory_dump) dumps.insert(unit.path);
      else if (unit.unit != UnitKind::file) others = true;
      else others = others || IsWorthOpening(unit);
    }
    return dumps.size() <= 1 && !others;
  }
  const std::vector<FoundUnit>& units() const { return units_; }
  const TarMember& Member(const std::string& path) const { return list_.members[members_.at(path)]; }
  ByteView Content(const TarMember& member) const { return bytes_.subspan(member.begin, member.size); }

  Status TellRanges(ExtractSink& sink) const {
    if (!bytes_.empty()) PULIH_TRY(sink.Range({{0, 0, bytes_.size()}, RangeFate::read, "tar archive"}));
    for (const TarMember& member : list_.members)
      if (member.size > 0) PULIH_TRY(sink.Range({{0, member.begin, member.size}, RangeFate::skipped, "tar member " + member.name}));
    for (const TarStretch& stretch : list_.damaged)
      PULIH_TRY(sink.Range({{0, stretch.begin, stretch.size}, RangeFate::damaged, "no member of the tar archive"}));
    return OkStatus();
  }

 private:
  static bool IsFile(const TarMember& member) { return member.type == '0' || member.type == '7' || member.type == 0; }
  static std::string PathOf(std::string_view name) {
    while (name.starts_with("./")) name.remove_prefix(2);
    while (name.starts_with("/")) name.remove_prefix(1);
    return "/" + std::string(name);
  }
  // One file that says itself what it is. A script stands in each archive of pg_dump -Ft, and text anywhere.
  static bool IsWorthOpening(const FoundUnit& unit) {
    const std::string name = unit.path.substr(unit.path.rfind('/') + 1);
    switch (unit.files.front().identity.kind) {
      case FileKind::dump_custom:
      case FileKind::tar:
      case FileKind::relation:
      case FileKind::html:
      case FileKind::json:
      case FileKind::csv:
      case FileKind::warc:
      case FileKind::zip:
      case FileKind::ole2:
      case FileKind::wal: return true;
      case FileKind::gzip:
      case FileKind::lz4:
      case FileKind::zstd: return name.find(".dat") == std::string::npos;
      case FileKind::sql: return name != "restore.sql";
      default: return false;
    }
  }

  ByteView bytes_;
  TarList list_;
  std::map<std::string, size_t> members_;  // by path
  std::vector<FoundUnit> units_;
};

// --- the extractor -----------------------------------------------------------------------------------------------------

class NestedExtractor final : public Extractor {
 public:
  NestedExtractor(FileKind kind, unsigned depth, uint64_t room) : kind_(kind), depth_(depth), room_(room) {}

  Status LearnSchema(const std::vector<UnitFile>& files, Schema& found) override {
    return Open(files, nullptr, [&](Inner& inner) {
      Schema learnt;
      PULIH_TRY(inner.extractor->LearnSchema(inner.files, learnt));
      AddSchema(found, learnt);
      return OkStatus();
    });
  }

  Status Extract(const std::vector<UnitFile>& files, const Schema& known, ExtractSink& sink) override {
    return Open(files, &sink, [&](Inner& inner) {
      if (inner.way == nullptr) return inner.extractor->Extract(inner.files, known, sink);
      OuterSink outer(*inner.way, inner.path, sink);
      const Status done = inner.extractor->Extract(inner.files, known, outer);
      // What cannot be read as what it seemed to be costs itself, and not what lies beside it.
      return done.ok() || done.code() != Code::corrupt ? done : outer.Remark(done.message());
    });
  }

  bool Solves() const override { return true; }
  // Markers are names of bytes of the file itself, so only of what is read as it streams.
  Status Solve(const std::vector<UnitFile>& files, const Schema& known, const DonorRows& donors, ExtractSink& sink) override {
    return Open(files, nullptr, [&](Inner& inner) {
      return inner.way == nullptr && inner.extractor->Solves() ? inner.extractor->Solve(inner.files, known, donors, sink) : OkStatus();
    });
  }

 private:
  using Each = std::function<Status(Inner&)>;

  // `sink`, where there is one, is told of the outer bytes first.
  Status Open(const std::vector<UnitFile>& files, ExtractSink* sink, const Each& each) const {
    if (files.size() != 1 || files[0].bytes.empty()) return AsItStands(files, each);
    if (kind_ == FileKind::tar) return OpenTar(files, sink, each);
    const UnpackedFile head(kind_, files[0].bytes, kHead);
    const FileKind inside = IdentityOf(head.bytes()).kind;
    // The readers of sources open gzip themselves: a web archive has a member for each record.
    if (kind_ == FileKind::gzip && IsSource(inside)) return AsSource(files, each);
    if (!NeedsUnpacking(inside)) return AsItStands(files, each);
    return OpenCompressed(files, inside, sink, each);
  }

  // What no reader of streams can do. A zlib stream is no form of a script.
  bool NeedsUnpacking(FileKind inside) const {
    return kind_ == FileKind::zlib || MayBeNested(inside) || inside == FileKind::dump_custom || inside == FileKind::relation ||
           inside == FileKind::wal || IsSource(inside);
  }

  static bool IsSource(FileKind kind) {
    return kind == FileKind::html || kind == FileKind::json || kind == FileKind::csv || kind == FileKind::warc || kind == FileKind::zip || kind == FileKind::ole2;
  }
  static Status AsSource(const std::vector<UnitFile>& files, const Each& each) {
    Inner inner;
    inner.extractor = MakeSourceExtractor();
    inner.files = files;
    return each(inner);
  }

  static Status AsItStands(const std::vector<UnitFile>& files, const Each& each) {
    Inner inner;
    inner.extractor = MakeDumpExtractor();
    inner.files = files;
    return each(inner);
  }

  Status OpenCompressed(const std::vector<UnitFile>& files, FileKind inside, ExtractSink* sink, const Each& each) const {
    const UnpackedFile content(kind_, files[0].bytes, room_);
    if (sink != nullptr) {
      for (const RangeNote& note : content.notes()) PULIH_TRY(sink->Range(note));
      PULIH_TRY(sink->Remark("it holds a file of the kind " + std::string(FileKindName(inside)) +
                             (content.is_whole() ? "" : ", of which only the first " + std::to_string(content.bytes().size()) +
                                                            " bytes were looked at: unpack it and add what comes out")));
    }
    Inner inner;
    inner.extractor = ExtractorOf(UnitKind::file, inside, depth_, room_ - std::min<uint64_t>(room_, content.bytes().size()));
    if (!inner.extractor) return OkStatus();
    const UnpackedWay way(content);
    inner.way = &way;
    inner.path = std::string(FileKindName(kind_));
    inner.files = {{files[0].name, content.bytes()}};
    return each(inner);
  }

  Status OpenTar(const std::vector<UnitFile>& files, ExtractSink* sink, const Each& each) const {
    const TarContent content(files[0].bytes);
    if (content.IsOneDump()) return AsItStands(files, each);
    if (sink != nullptr) PULIH_TRY(content.TellRanges(*sink));
    for (const FoundUnit& unit : content.units()) {
      TarWay way;
      Inner inner;
      inner.extractor = ExtractorOf(unit.unit, unit.files.front().identity.kind, depth_, room_);
      if (!inner.extractor) continue;
      for (const FoundFile& file : unit.files) {
        const TarMember& member = content.Member(file.path);
        inner.files.push_back({file.name, content.Content(member)});
        way.begins.push_back(member.begin);
      }
      inner.way = &way;
      inner.path = unit.path.substr(1);
      PULIH_TRY(each(inner));
    }
    return OkStatus();
  }

  const FileKind kind_;
  const unsigned depth_;
  const uint64_t room_;
};

std::unique_ptr<Extractor> NestedAt(FileKind kind, unsigned depth, uint64_t room) {
  return std::make_unique<NestedExtractor>(kind, depth, room);
}

}  // namespace

bool MayBeNested(FileKind kind) { return kind == FileKind::tar || IsCompressed(kind); }

std::unique_ptr<Extractor> MakeNestedExtractor(FileKind kind) { return NestedAt(kind, 1, kMostUnpacked); }

}  // namespace pulih
