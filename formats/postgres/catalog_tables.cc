#include "formats/postgres/catalog_tables.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "engine/base/endian.h"

namespace pulih {
namespace {

constexpr size_t kAllPages = size_t{1} << 22;  // 32 GiB of one catalog
constexpr size_t kSamplePages = 8;
constexpr size_t kFewestRows = 5;  // a catalog that is found by its contents only shows at least so many
constexpr PgMajor kMajors[] = {1800, 1700, 1600, 1500, 1400, 1300, 1200, 1100, 1000, 906, 905, 904, 903, 902, 901, 900, 804};

struct FileName {
  uint32_t filenode = 0;
  size_t segment = 0;
};

// "1259", "1259.1": the main fork. A path may stand before it.
std::optional<FileName> ParseFileName(std::string_view name) {
  if (const size_t slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  FileName out;
  const char* const end = name.data() + name.size();
  const auto number = std::from_chars(name.data(), end, out.filenode);
  if (number.ec != std::errc() || out.filenode == 0) return std::nullopt;
  if (number.ptr == end) return out;
  if (*number.ptr != '.') return std::nullopt;
  const auto segment = std::from_chars(number.ptr + 1, end, out.segment);
  if (segment.ec != std::errc() || segment.ptr != end || out.segment == 0) return std::nullopt;
  return out;
}

bool EndsWith(std::string_view name, std::string_view end) {
  return name == end || (name.size() > end.size() && name.ends_with(end) && name[name.size() - end.size() - 1] == '/');
}

const std::vector<const CatalogRow*> kNoRows;
const std::map<int, const CatalogRow*> kNoAttributes;

uint64_t KeyOf(uint32_t catalog, const CatalogRow& row) {
  switch (catalog) {
    case catalog_oid::kAttribute:
      return (uint64_t{row.Word("attrelid")} << 16) | static_cast<uint16_t>(row.Short("attnum"));
    case catalog_oid::kIndex: return row.Word("indexrelid");
    case catalog_oid::kRange: return row.Word("rngtypid");
    default: return row.oid();
  }
}

}  // namespace

CatalogTables::CatalogTables(const std::vector<CatalogFile>& files, const CatalogOptions& options)
    : options_(options), major_(options.major) {
  SortFiles(files);
  LoadAttributes();
  Load(catalog_oid::kClass, "pg_class", true);
  Load(catalog_oid::kType, "pg_type", true);
  Load(catalog_oid::kNamespace, "pg_namespace", true);
  Load(catalog_oid::kIndex, "pg_index", true);
  Load(catalog_oid::kConstraint, "pg_constraint", true);
  Load(catalog_oid::kEnum, "pg_enum", false);
  Load(catalog_oid::kRange, "pg_range", false);
}

void CatalogTables::SortFiles(const std::vector<CatalogFile>& files) {
  std::map<uint32_t, std::map<size_t, ByteView>> segments;
  for (const CatalogFile& file : files) {
    if (const auto name = ParseFileName(file.name)) {
      segments[name->filenode][name->segment] = file.bytes;
    } else if (EndsWith(file.name, "PG_VERSION")) {
      if (major_ == 0) major_ = MajorOfVersionFile(AsText(file.bytes.first(std::min<size_t>(file.bytes.size(), 16))));
    } else if (EndsWith(file.name, "pg_filenode.map")) {
      if (auto map = ReadFilenodeMap(file.bytes); map.ok()) {
        mapped_ = std::move(map).value();
      } else {
        remarks_.push_back(map.status().message());
      }
    }
  }
  for (const auto& [filenode, parts] : segments)
    for (const auto& [number, bytes] : parts) files_[filenode].push_back(bytes);
}

const std::vector<const CatalogRow*>& CatalogTables::Rows(uint32_t catalog) const {
  const auto at = loaded_.find(catalog);
  return at == loaded_.end() ? kNoRows : at->second.current;
}

const std::map<int, const CatalogRow*>& CatalogTables::Attributes(uint32_t relation) const {
  const auto at = attributes_.find(relation);
  return at == attributes_.end() ? kNoAttributes : at->second;
}

uint32_t CatalogTables::MappedFilenode(uint32_t oid) const {
  const auto at = mapped_.find(oid);
  return at == mapped_.end() ? oid : at->second;
}

uint32_t CatalogTables::FilenodeByClass(uint32_t oid) const {
  for (const CatalogRow* row : Rows(catalog_oid::kClass))
    if (row->oid() == oid) return row->Word("relfilenode");
  return 0;
}

size_t CatalogTables::Score(uint32_t catalog, const CatalogLayout& layout, uint32_t filenode) const {
  const auto file = files_.find(filenode);
  if (file == files_.end()) return 0;
  const CatalogPages sample = ReadCatalogPages(catalog, layout, file->second, kSamplePages);
  const auto complete = static_cast<size_t>(
      std::count_if(sample.rows.begin(), sample.rows.end(), [](const CatalogRow& row) { return row.IsComplete(); }));
  return complete > sample.strangers ? complete - sample.strangers : 0;
}

bool CatalogTables::Locate(uint32_t catalog, const CatalogLayout& layout, uint32_t& filenode) const {
  for (const uint32_t likely : {MappedFilenode(catalog), FilenodeByClass(catalog), catalog}) {
    if (likely == 0 || Score(catalog, layout, likely) == 0) continue;
    filenode = likely;
    return true;
  }
  size_t best = 0;
  for (const auto& [candidate, parts] : files_) {
    const size_t score = Score(catalog, layout, candidate);
    if (score <= best || score < kFewestRows) continue;
    best = score;
    filenode = candidate;
  }
  return best > 0;
}

// Only this catalog must be read by a list of our own: of several releases the one whose list fits most rows, the given
// one first.
void CatalogTables::LoadAttributes() {
  constexpr uint32_t kCatalog = catalog_oid::kAttribute;
  std::vector<PgMajor> majors(std::begin(kMajors), std::end(kMajors));
  if (major_ != 0) majors.insert(majors.begin(), major_);
  size_t best = 0;
  uint32_t best_filenode = 0;
  PgMajor best_major = 0;
  for (const PgMajor major : majors) {
    const CatalogLayout layout = BuiltinLayout(kCatalog, major);
    uint32_t filenode = 0;
    if (!Locate(kCatalog, layout, filenode)) continue;
    const size_t score = Score(kCatalog, layout, filenode);
    if (score <= best) continue;
    best = score;
    best_filenode = filenode;
    best_major = major;
    if (major == major_ && (filenode == kCatalog || mapped_.count(kCatalog) != 0)) break;  // no need to look further
  }
  if (best == 0) {
    complete_ = false;
    is_guessed_ = major_ == 0;
    remarks_.push_back("pg_attribute is lost");
    return;
  }
  is_guessed_ = major_ != best_major;
  if (is_guessed_ && major_ != 0)
    remarks_.push_back("the catalog is not of PostgreSQL " + MajorText(major_) + " but like that of " + MajorText(best_major));
  major_ = best_major;
  loaded_[kCatalog].layout = BuiltinLayout(kCatalog, best_major);
  Read(kCatalog, best_filenode, "pg_attribute");
  for (const CatalogRow* row : Rows(kCatalog))
    if (row->Short("attnum") > 0) attributes_[row->Word("attrelid")][row->Short("attnum")] = row;
}

CatalogLayout CatalogTables::LayoutFor(uint32_t catalog) const {
  const CatalogLayout builtin = BuiltinLayout(catalog, major_ == 0 ? kNewestMajor : major_);
  const auto& attributes = Attributes(catalog);
  if (attributes.empty() || attributes.rbegin()->first != static_cast<int>(attributes.size())) return builtin;
  CatalogLayout layout;
  layout.has_oid = builtin.has_oid;
  for (const auto& [number, row] : attributes)
    layout.fields.push_back({row->Name("attname"), static_cast<int16_t>(row->Short("attlen")), row->Byte("attalign"),
                             !row->Flag("attnotnull")});
  layout.Place();
  // The last rows may be among the lost ones; then it is a beginning only.
  return layout.fields.size() >= builtin.fixed_fields ? layout : builtin;
}

void CatalogTables::Load(uint32_t catalog, const char* name, bool needed) {
  // A release that was only guessed may be another one with the same pg_attribute.
  std::vector<std::pair<PgMajor, CatalogLayout>> layouts = {{major_, LayoutFor(catalog)}};
  if (is_guessed_)
    for (const PgMajor major : kMajors) layouts.emplace_back(major, BuiltinLayout(catalog, major));
  size_t best = 0;
  uint32_t best_filenode = 0;
  PgMajor best_major = major_;
  for (const auto& [major, layout] : layouts) {
    uint32_t filenode = 0;
    if (layout.fixed_fields == 0 || !Locate(catalog, layout, filenode)) continue;
    const size_t score = Score(catalog, layout, filenode);
    if (score <= best) continue;
    best = score;
    best_filenode = filenode;
    best_major = major;
    loaded_[catalog].layout = layout;
  }
  if (is_guessed_ && catalog == catalog_oid::kClass) major_ = best_major;
  if (best > 0) return Read(catalog, best_filenode, name);
  if (!needed) return;  // it may be empty
  complete_ = false;
  remarks_.push_back(std::string(name) + " is lost");
}

void CatalogTables::Read(uint32_t catalog, uint32_t filenode, const char* name) {
  Loaded& loaded = loaded_[catalog];
  loaded.pages = ReadCatalogPages(catalog, loaded.layout, files_.at(filenode), kAllPages);
  loaded.current = Current(loaded.pages.rows, options_.xacts, [&](const CatalogRow& row) { return KeyOf(catalog, row); });
  if (loaded.pages.damaged_pages == 0) return;
  complete_ = false;
  remarks_.push_back(std::to_string(loaded.pages.damaged_pages) + " of " + std::to_string(loaded.pages.pages) + " pages of " +
                     name + " are damaged");
}

}  // namespace pulih
