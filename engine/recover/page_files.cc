#include "engine/recover/page_files.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "formats/postgres/heap_page.h"

namespace pulih {
namespace {

constexpr uint32_t kSegmentBlocks = 131072;  // RELSEG_SIZE, 1 GiB
// A loose file of any name gets a number that no relation has.
constexpr uint32_t kLooseNumber = 4000000000;

struct Place {
  std::string folder, name;
};

Place PlaceOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

std::string LastOf(const std::string& folder) { return folder.substr(folder.rfind('/') + 1); }

struct RelationName {
  uint32_t number = 0, segment = 0;
  std::string fork;
};

// "16384", "16384.1", "16384_fsm", "16384_vm.2".
std::optional<RelationName> ReadRelationName(std::string_view name) {
  RelationName read;
  const char *at = name.data(), *end = name.data() + name.size();
  const auto number = std::from_chars(at, end, read.number);
  if (number.ec != std::errc() || read.number == 0) return std::nullopt;
  at = number.ptr;
  if (at != end && *at == '_') {
    const char* dot = std::find(at, end, '.');
    read.fork.assign(at + 1, dot);
    at = dot;
  }
  if (at != end) {
    if (*at != '.') return std::nullopt;
    const auto segment = std::from_chars(at + 1, end, read.segment);
    if (segment.ec != std::errc() || segment.ptr != end || read.segment > UINT32_MAX / kSegmentBlocks)
      return std::nullopt;
  }
  return read;
}

std::string ForkText(const std::string& fork) {
  if (fork == "fsm") return "free space map";
  if (fork == "vm") return "visibility map";
  return "fork " + fork;
}

class Sorter {
 public:
  explicit Sorter(const std::vector<UnitFile>& files) : files_(files) {}

  PageFiles Run() {
    for (uint32_t i = 0; i < files_.size(); ++i) Take(i);
    for (auto& [folder, database] : databases_) {
      for (auto& [number, segments] : database.relations) SortSegments(segments, database.names[number]);
      out_.databases.push_back(std::move(database));
    }
    if (out_.major == 0) out_.major = out_.control.major;
    return std::move(out_);
  }

 private:
  void Take(uint32_t i) {
    const Place place = PlaceOf(files_[i].name);
    const std::string folder = LastOf(place.folder);
    if (place.name == "PG_VERSION") {
      if (const PgMajor major = MajorOfVersionFile(AsText(files_[i].bytes)); major != 0) out_.major = major;
      return Skip(i, "version");
    }
    if (place.name == "pg_control") {
      if (auto control = ReadPgControl(files_[i].bytes); control.ok()) out_.control = *control;
      return Skip(i, "control file");
    }
    if (folder == "pg_xact" || folder == "pg_clog") return TakeXacts(i, place.name);
    if (place.name == "pg_filenode.map") {
      if (folder != "global") DatabaseOf(place.folder).files.push_back({place.name, files_[i].bytes});
      return Skip(i, "map of catalog files");
    }
    const auto relation = ReadRelationName(place.name);
    if (!relation && files_.size() == 1) return TakeRelation(i, "", {kLooseNumber, 0, ""});
    if (!relation) return Skip(i, "not a relation");
    if (folder == "global") return Skip(i, "shared catalog");
    if (!relation->fork.empty()) return Skip(i, ForkText(relation->fork));
    TakeRelation(i, place.folder, *relation);
  }

  void TakeXacts(uint32_t i, const std::string& name) {
    const auto number = XactLog::SegmentNumber(name);
    if (number) out_.xacts.AddSegment(*number, files_[i].bytes);
    Skip(i, number ? "transaction log" : "not a segment of the transaction log");
  }

  void TakeRelation(uint32_t i, const std::string& folder, const RelationName& relation) {
    DatabaseFiles& database = DatabaseOf(folder);
    const std::string suffix = relation.segment == 0 ? "" : "." + std::to_string(relation.segment);
    database.files.push_back({std::to_string(relation.number) + suffix, files_[i].bytes});
    database.relations[relation.number].push_back({files_[i].bytes, i, relation.segment * kSegmentBlocks});
    database.names[relation.number].push_back(files_[i].name);
  }

  // A database's relations may lie in several table spaces, each in a folder of the database's number.
  DatabaseFiles& DatabaseOf(const std::string& folder) {
    const std::string last = LastOf(folder);
    const bool is_number =
        !last.empty() && std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
    DatabaseFiles& database = databases_[is_number ? last : folder];
    if (database.folder.empty()) database.folder = folder;
    return database;
  }

  static void SortSegments(std::vector<RelationSegment>& segments, std::vector<std::string>& names) {
    std::vector<size_t> order(segments.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return segments[a].first_block < segments[b].first_block; });
    std::vector<RelationSegment> sorted;
    std::vector<std::string> sorted_names;
    for (const size_t i : order) {
      sorted.push_back(segments[i]);
      sorted_names.push_back(names[i]);
    }
    segments = std::move(sorted);
    names = std::move(sorted_names);
  }

  void Skip(uint32_t file, std::string what) { out_.others.push_back({file, std::move(what)}); }

  const std::vector<UnitFile>& files_;
  std::map<std::string, DatabaseFiles> databases_;
  PageFiles out_;
};

}  // namespace

PageFiles SortPageFiles(const std::vector<UnitFile>& files) { return Sorter(files).Run(); }

}  // namespace pulih
