#include "engine/source/ocds_table.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "engine/base/checksum.h"
#include "engine/source/table_shape.h"
#include "formats/ocds/merge.h"
#include "formats/ocds/package.h"

namespace pulih {
namespace {

// Where releases lie for the merge: 24 bytes each, so at most 96 MiB of them.
constexpr size_t kMaxPlaces = 4u << 20;
constexpr size_t kMaxProcessBytes = 64u << 20;  // of the releases of one contracting process
constexpr size_t kMaxFrameBytes = 64u << 20;
// A piece is read again for each process in it: once, mostly. Where pieces are packages it would be far too often.
constexpr uint64_t kMostReadAgain = 16;

Status TakePiece(const JsonPiece& piece, const Json& value, const ocds::PackageTaker& take) {
  return piece.place == JsonPiece::Place::frame ? ocds::TakeFrame(value, take) : ocds::TakePackage(value, take);
}

// A member's value as text: an id may be a number.
class TextImage {
 public:
  std::optional<ByteView> Of(const Json* value) const {
    if (value == nullptr) return std::nullopt;
    if (const std::string* text = value->string()) return AsBytes(*text);
    if (const JsonNumber* number = value->number()) return AsBytes(number->digits);
    return std::nullopt;
  }
};

std::optional<std::string_view> AsOptionalText(std::optional<ByteView> image) {
  if (!image) return std::nullopt;
  return AsText(*image);
}

// The rows of the table of releases. Images borrow from the release and from here.
class ReleaseRow {
 public:
  const RowImages& Of(const Json& release) {
    release_text_ = JsonText(release);
    const Json* tag = release.Find("tag");
    tag_text_ = tag == nullptr ? std::string() : JsonText(*tag);
    images_ = {text_.Of(release.Find("ocid")), text_.Of(release.Find("id")), text_.Of(release.Find("date")),
               tag == nullptr ? std::nullopt : std::optional<ByteView>(AsBytes(tag_text_)), AsBytes(release_text_)};
    return images_;
  }
  static TableDescriptor Table(const std::string& name) {
    TableDescriptor table = FileTable(TableOrigin::ocds, name);
    for (const char* column : {"ocid", "id", "date"}) AddColumn(table, column, FileColumn::text);
    for (const char* column : {"tag", "release"}) AddColumn(table, column, FileColumn::json);
    return table;
  }
  static std::vector<std::string> Columns() { return {"ocid", "id", "date", "tag", "release"}; }

 private:
  TextImage text_;
  std::string release_text_, tag_text_;
  RowImages images_;
};

// Where a release lies in the file, for the merge.
struct ReleasePlace {
  uint64_t ocid_hash;
  uint64_t offset;   // of its piece; for a frame: which of them, as those do not lie in one piece
  uint32_t length;
  bool is_frame;
  bool operator<(const ReleasePlace& other) const {
    return std::tuple(ocid_hash, is_frame, offset) < std::tuple(other.ocid_hash, other.is_frame, other.offset);
  }
  bool SamePiece(const ReleasePlace& other) const { return offset == other.offset && is_frame == other.is_frame; }
};

class OcdsReader {
 public:
  OcdsReader(const TableBytes& bytes, const JsonForm& form, const TableFile& file, const TableFileOptions& options, TableVisit& visit)
      : bytes_(bytes), form_(form), file_(file), options_(options), visit_(visit),
        key_(file.primary_key.empty() ? std::vector<std::string>{"ocid", "id"} : file.primary_key) {}

  Status Releases(const std::string& name);
  Status Compiled(const std::string& name);

 private:
  Status Scan(std::vector<uint32_t>& key);
  Status Remember(const JsonPiece& piece, const Json& release);
  // The releases of a contracting process, and what is left of its records.
  struct Process {
    std::vector<Json> releases;
    Json::Array records;
  };
  Status Collect(const ReleasePlace& place, std::map<std::string, Process>& processes);
  Status CompileGroup(size_t from, size_t to);
  Status CompiledRow(const std::string& ocid, Process process);
  Json Compile(Process& process);
  void Miss(const std::string& why) {
    if (++not_compiled_ == 1) first_not_compiled_ = why;
  }

  const TableBytes& bytes_;
  const JsonForm& form_;
  const TableFile& file_;
  const TableFileOptions& options_;
  TableVisit& visit_;
  std::vector<std::string> key_;

  std::vector<ReleasePlace> places_;
  std::vector<std::string> frames_;
  size_t frame_bytes_ = 0;
  bool too_many_ = false;
  bool has_frame_ = false, has_version_ = false;
  uint64_t without_ocid_ = 0;
  ocds::MergeRules rules_ = ocds::MergeRules::Ocds11();
  JsonReader reader_;
  uint64_t not_compiled_ = 0;
  std::string first_not_compiled_;
  uint64_t read_again_ = 0;
};

Status OcdsReader::Remember(const JsonPiece& piece, const Json& release) {
  const std::string* ocid = ocds::TextOf(release, "ocid");
  if (ocid == nullptr) {
    ++without_ocid_;
    return OkStatus();
  }
  ReleasePlace place{Checksum64(AsBytes(*ocid)), piece.offset, static_cast<uint32_t>(piece.text.size()), piece.place == JsonPiece::Place::frame};
  if (place.is_frame) {
    frame_bytes_ += piece.text.size();
    place.offset = frames_.size();
    frames_.emplace_back(piece.text);
  }
  // A record gives many releases from one piece, which need be read once.
  if (!places_.empty() && places_.back().ocid_hash == place.ocid_hash && places_.back().SamePiece(place)) return OkStatus();
  too_many_ = too_many_ || places_.size() == kMaxPlaces || frame_bytes_ > kMaxFrameBytes;
  if (too_many_) {
    places_ = {};
    frames_ = {};
    return OkStatus();
  }
  places_.push_back(place);
  return OkStatus();
}

// First pass: the keys, and where the releases lie.
Status OcdsReader::Scan(std::vector<uint32_t>& key) {
  Result<std::vector<uint32_t>> found = FindKey(key_, ReleaseRow::Columns());
  if (!found.ok()) return visit_.Final(std::move(found).error().Within("read table: " + visit_.path()));
  KeyCheck keys(options_.key_memory, options_.spill_directory);
  ReleaseRow row;
  std::vector<std::optional<std::string_view>> key_texts;
  PULIH_TRY_ASSIGN(const JsonPassResult pass, PassJson(bytes_, form_, ocds::PackageMembers(), [&](const JsonPiece& piece, const Json& value) {
    if (piece.place == JsonPiece::Place::frame) {
      has_frame_ = true;
      has_version_ = has_version_ || value.Find("version") != nullptr || ocds::TextOf(value, "ocid") != nullptr;
    }
    ocds::PackageTaker take;
    take.record = [&](const Json& record) { return Remember(piece, record); };
    take.release = [&](const Json& release) {
      PULIH_TRY(visit_.MayGoOn());
      const RowImages& images = row.Of(release);
      key_texts.clear();
      for (const uint32_t place : *found) key_texts.push_back(AsOptionalText(images[place]));
      PULIH_TRY(visit_.Final(keys.Add(key_texts)));
      return Remember(piece, release);
    };
    return TakePiece(piece, value, take);
  }));
  PULIH_TRY(TellJsonPass(pass, visit_));
  // Packages of 1.0 do not say their version.
  if (has_frame_ && !has_version_) rules_ = ocds::MergeRules::Ocds10();
  PULIH_TRY_ASSIGN(const auto verdict, keys.Finish());
  PULIH_TRY_ASSIGN(const bool is_key, JudgeKey(verdict, key_, visit_));
  if (is_key) key = std::move(*found);
  return OkStatus();
}

Status OcdsReader::Releases(const std::string& name) {
  TableDescriptor table = ReleaseRow::Table(name);
  PULIH_TRY(Scan(table.key));
  table.comment = "OCDS releases";
  PULIH_TRY(visit_.BeginTable(table));
  ReleaseRow row;
  ocds::PackageTaker take;
  take.record = [](const Json&) { return OkStatus(); };
  take.release = [&](const Json& release) { return visit_.Row(row.Of(release)); };
  PULIH_TRY_ASSIGN(const JsonPassResult again, PassJson(bytes_, form_, ocds::PackageMembers(), [&](const JsonPiece& piece, const Json& value) {
    return TakePiece(piece, value, take);
  }));
  static_cast<void>(again);
  PULIH_TRY(bytes_.Unchanged());
  return visit_.EndTable();
}

// Reads a piece again and sorts what is in it by its ocid.
Status OcdsReader::Collect(const ReleasePlace& place, std::map<std::string, Process>& processes) {
  Json value;
  JsonPiece piece;
  piece.place = place.is_frame ? JsonPiece::Place::frame : JsonPiece::Place::top;
  if (place.is_frame) {
    PULIH_TRY_ASSIGN(value, reader_.Read(frames_[place.offset]));
  } else {
    PULIH_TRY_ASSIGN(const Bytes text, bytes_.Read(form_.mark_size + place.offset, place.length));
    PULIH_TRY_ASSIGN(value, reader_.Read(AsText(text)));
  }
  const auto process_of = [&](const Json& item) -> Process* {
    const std::string* ocid = ocds::TextOf(item, "ocid");
    return ocid != nullptr && Checksum64(AsBytes(*ocid)) == place.ocid_hash ? &processes[*ocid] : nullptr;
  };
  ocds::PackageTaker take;
  take.release = [&](const Json& release) {
    if (Process* process = process_of(release)) process->releases.push_back(release);
    return OkStatus();
  };
  take.record = [&](const Json& record) {
    if (Process* process = process_of(record)) process->records.push_back(record);
    return OkStatus();
  };
  return TakePiece(piece, value, take);
}

// Merges the processes whose ocid has one hash: one, almost always.
Status OcdsReader::CompileGroup(size_t from, size_t to) {
  const auto new_end = std::unique(places_.begin() + static_cast<ptrdiff_t>(from), places_.begin() + static_cast<ptrdiff_t>(to),
                                   [](const ReleasePlace& a, const ReleasePlace& b) { return a.SamePiece(b); });
  const auto end = static_cast<size_t>(new_end - places_.begin());
  uint64_t size = 0;
  for (size_t i = from; i < end; ++i) size += places_[i].length;
  if (size > kMaxProcessBytes) {
    Miss("a process with more than 64 MiB of releases");
    return OkStatus();
  }
  read_again_ += size;
  if (read_again_ > kMostReadAgain * bytes_.size() + kMaxProcessBytes) {
    Miss("large packages within lines or arrays, which would be read again and again");
    return OkStatus();
  }
  std::map<std::string, Process> processes;
  for (size_t i = from; i < end; ++i) PULIH_TRY(Collect(places_[i], processes));
  for (auto& [ocid, process] : processes) PULIH_TRY(CompiledRow(ocid, std::move(process)));
  return OkStatus();
}

// null when there is nothing to merge, or it cannot be merged. What a publisher merged counts only where the releases
// are not there.
Json OcdsReader::Compile(Process& process) {
  std::vector<Json> own;
  const Json* published = nullptr;
  for (const Json& record : process.records) {
    const Json* compiled = record.Find("compiledRelease");
    if (compiled != nullptr && compiled->object() != nullptr) published = compiled;
  }
  for (const Json& release : process.releases) {
    if (ocds::IsCompiled(release)) {
      published = &release;
    } else {
      own.push_back(release);
    }
  }
  if (own.empty()) return published == nullptr ? Json() : *published;
  Result<Json> merged = ocds::CompiledRelease(own, rules_);
  if (merged.ok()) return std::move(*merged);
  Miss(merged.status().message());
  return Json();
}

Status OcdsReader::CompiledRow(const std::string& ocid, Process process) {
  const Json compiled = Compile(process);
  if (compiled.is_null() && process.records.empty()) return OkStatus();
  const std::string text = compiled.is_null() ? std::string() : JsonText(compiled);
  const std::string records = process.records.empty() ? std::string() : JsonText(Json(std::move(process.records)));
  const auto json_image = [](const std::string& json) { return json.empty() ? std::nullopt : std::optional<ByteView>(AsBytes(json)); };
  const TextImage images;
  return visit_.Row({AsBytes(ocid), json_image(text), images.Of(compiled.Path({"tender", "title"})), images.Of(compiled.Path({"buyer", "name"})),
                     images.Of(compiled.Path({"tender", "status"})), images.Of(compiled.Path({"tender", "value", "amount"})), json_image(records)});
}

Status OcdsReader::Compiled(const std::string& name) {
  if (too_many_) return visit_.Tell(Code::too_large, "too many releases to merge them; each is kept");
  TableDescriptor table = FileTable(TableOrigin::ocds, name + "_compiled");
  AddColumn(table, "ocid", FileColumn::text);
  AddColumn(table, "compiled", FileColumn::json);
  for (const char* column : {"title", "buyer_name", "tender_status", "value_amount"}) AddColumn(table, column, FileColumn::text);
  AddColumn(table, "records", FileColumn::json);
  table.key = {0};
  table.comment = "OCDS compiled releases";
  std::stable_sort(places_.begin(), places_.end());
  PULIH_TRY(visit_.BeginTable(table));
  for (size_t from = 0, to = 0; from < places_.size(); from = to) {
    while (to < places_.size() && places_[to].ocid_hash == places_[from].ocid_hash) ++to;
    PULIH_TRY(CompileGroup(from, to));
  }
  PULIH_TRY(bytes_.Unchanged());
  PULIH_TRY(visit_.EndTable());
  const uint64_t missing = not_compiled_ + without_ocid_;
  if (missing == 0) return OkStatus();
  return visit_.Tell(Code::invalid, std::to_string(missing) + " could not be merged (their releases are kept), the first: " +
                                        (not_compiled_ > 0 ? first_not_compiled_ : "a release without an ocid"));
}

}  // namespace

Result<bool> LooksLikeOcds(const TableBytes& bytes, const JsonForm& form) {
  // The first value decides; after a package's releases comes its frame, which no longer matters.
  bool is_ocds = false;
  const auto look = [&](const JsonPiece& piece, const Json& value) {
    if (piece.place == JsonPiece::Place::frame) {
      const bool is_empty_package = (value.Find("releases") != nullptr || value.Find("records") != nullptr) &&
                                    (value.Find("publisher") != nullptr || value.Find("publishedDate") != nullptr);
      is_ocds = ocds::IsRelease(value) || ocds::IsRecord(value) || is_empty_package;
    } else {
      bool seen = false, all_releases = true;
      ocds::PackageTaker take;
      take.record = [&](const Json&) {
        seen = true;
        return OkStatus();
      };
      take.release = [&](const Json& release) {
        seen = true;
        all_releases = all_releases && ocds::IsRelease(release);
        return OkStatus();
      };
      PULIH_TRY(TakePiece(piece, value, take));
      is_ocds = seen && all_releases;
    }
    return Status(Code::interrupted, "enough was seen");
  };
  const Status passed = PassJson(bytes, form, ocds::PackageMembers(), look).status();
  if (!passed.ok() && passed.code() != Code::interrupted) return passed;
  return is_ocds;
}

Status VisitOcds(const TableBytes& bytes, const JsonForm& form, const TableFile& file, const std::string& name, const TableFileOptions& options,
                 TableVisit& visit) {
  OcdsReader reader(bytes, form, file, options, visit);
  PULIH_TRY(reader.Releases(name));
  return reader.Compiled(name);
}

}  // namespace pulih
